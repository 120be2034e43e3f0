"""What was measured in the plane of EPSG:2180, measured again on the ellipsoid.

The pieces are cut in the plane, where a border is straight; their areas and lengths are then
taken on GRS80, so that the parts still make the whole.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from geo.measure.kernels import Measured, overlaid, piece_geometries
from geo.measure.zones import Floats, Geometries, Zones, only


def sizes_on_ellipsoid(shapes: Geometries, dimension: int) -> Floats:
    """Return areas in m2 (dimension 2) or lengths in m (1) on GRS80, shape (n,)."""
    from geo.measure import ellipsoid  # pyproj's geodesics: only a card that asks pays for them

    found = ellipsoid.areas_m2(shapes) if dimension == 2 else ellipsoid.lengths_m(shapes)
    return np.asarray(found)


def on_ellipsoid(measured: Measured, shapes: Geometries, zones: Zones, dimension: int) -> Measured:
    """Return the same pieces with their sizes on the ellipsoid.

    Parameters
    ----------
    measured : Measured
        Of `shapes` in the plane.
    shapes : numpy.ndarray of shapely.Geometry, shape (n,)
        EPSG:2180.
    dimension : int
        1 lines, 2 polygons.
    """
    total = sizes_on_ellipsoid(shapes, dimension)
    parts = piece_geometries(shapes, zones, measured.pieces, dimension)
    measure = sizes_on_ellipsoid(parts, dimension)
    outside = np.where(measured.outside > 0, total, 0.0)
    beyond = np.flatnonzero((measured.outside > 0) & (measured.outside < measured.total))
    if len(beyond):
        rest = only(overlaid(shapely.difference, shapes[beyond], zones.whole), dimension)
        outside[beyond] = sizes_on_ellipsoid(rest, dimension)
    return Measured(
        replace(measured.pieces, measure=measure),
        total,
        outside,
        _repeated(shapes, zones, dimension),
    )


def _repeated(shapes: Geometries, zones: Zones, dimension: int) -> Floats:
    if zones.repeats is None:
        return np.zeros(len(shapes))
    near, zone = zones.repeats.tree.query(shapes)
    parts = only(
        overlaid(shapely.intersection, shapes[near], zones.repeats.geometries[zone]), dimension
    )
    return np.bincount(near, sizes_on_ellipsoid(parts, dimension), minlength=len(shapes))
