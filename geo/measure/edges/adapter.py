"""The engine in the place of :mod:`geo.measure.kernels`: the same questions, the same answers.

Where numba is missing, or there is little to measure, the shapely form answers; both agree to
1e-9. Which of the two it is depends on the input and the machine's packages alone, so that a run
can be repeated to the last bit.

Where zones overlap, what a feature has outside and what is counted again are measured against
the zones' union and their overlaps, which GEOS makes once; the engine tells whether they do by
measuring the zones in each other. Otherwise outside is measured against the zones' cover.
"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.measure import kernels
from geo.measure.kernels import Measured, Pieces
from geo.measure.zones import Floats, Geometries, Ints, Zones

if TYPE_CHECKING:
    from geo.measure.edges.flat import Flat
    from geo.measure.edges.pieces import EdgePieces

WORTH = 2_000
"""Features from which the engine is worth loading its compiled code (about a second)."""
OVERLAP = 1e-12
"""Of the zones' area: common ground below it is rounding on their borders."""


def area_in_zones(polygons: Geometries, zones: Zones, column: Any = None) -> Measured:  # noqa: ANN401 - Arrow has no types
    """Return the area of polygons in zones, m2; see :func:`geo.measure.kernels.area_in_zones`.

    Parameters
    ----------
    polygons : numpy.ndarray of shapely.Geometry, shape (n,)
        Valid or empty polygons in EPSG:2180.
    zones : Zones
        The zones.
    column : pyarrow.ChunkedArray, optional
        The same polygons as WKB, when the caller has them: four times quicker to read.
    """
    if not _worth(len(polygons)):
        return kernels.area_in_zones(polygons, zones)
    from geo.measure.edges import area, flat
    from geo.measure.edges.index import index
    from geo.measure.edges.sweep import homes

    features = flat.polygons(polygons) if column is None else flat.polygons_from_wkb(column)
    places = flat.polygons(zones.geometries)
    ready = index(places, features.boxes)
    home = homes(ready, features.boxes)
    again = _repeats(places, zones)
    ground = None if again is None else flat.polygons(np.array([zones.whole]))
    outside = area.area_outside(features, ready, home, ground)
    repeated = np.zeros(features.size)
    if again is not None:
        nothing = np.zeros(features.size, dtype=np.int64)
        _, repeated = area.area_matrix(features, index(again, features.boxes), nothing, 1)
    pieces = _pieces(area.area_pieces(features, ready, home))
    return Measured(pieces, features.areas_m2, outside, repeated)


def length_in_zones(lines: Geometries, zones: Zones, column: Any = None) -> Measured:  # noqa: ANN401 - Arrow has no types
    """Return the length of lines in zones, m; see :func:`geo.measure.kernels.length_in_zones`.

    A line on the outer border, or on a border whose vertices differ on its two sides, is inside
    on the zones' south and west only (:mod:`geo.measure.edges.segment`).

    Parameters
    ----------
    lines : numpy.ndarray of shapely.Geometry, shape (n,)
        Lines in EPSG:2180.
    zones : Zones
        The zones.
    column : pyarrow.ChunkedArray, optional
        The same lines as WKB, when the caller has them.
    """
    if not _worth(len(lines)):
        return kernels.length_in_zones(lines, zones)
    from geo.measure.edges import flat
    from geo.measure.edges.length import line_zones, measure_lengths

    features = flat.lines(lines) if column is None else flat.lines_from_wkb(column)
    places = flat.polygons(zones.geometries)
    again = _repeats(places, zones)
    ground = None if again is None else flat.polygons(np.array([zones.whole]))
    measured = measure_lengths(features, line_zones(places, features, ground))
    repeated = np.zeros(features.size)
    if again is not None:
        twice = measure_lengths(features, line_zones(again, features))
        nothing = np.zeros(features.size, dtype=np.int64)
        _, repeated = twice.matrix(again.size, nothing, 1)
    return Measured(_pieces(measured.pieces()), features.lengths_m, measured.outside_m, repeated)


def points_in_zones(points: Geometries, zones: Zones, column: Any = None) -> Measured:  # noqa: ANN401 - Arrow has no types
    """Return the zone of each point; see :func:`geo.measure.kernels.points_in_zones`.

    Parameters
    ----------
    points : numpy.ndarray of shapely.Point, shape (n,)
        In EPSG:2180.
    zones : Zones
        The zones.
    column : pyarrow.ChunkedArray, optional
        The same points as WKB, when the caller has them.
    """
    if not _worth(len(points)):
        return kernels.points_in_zones(points, zones)
    from geo.measure.edges import flat
    from geo.measure.edges.index import index
    from geo.measure.edges.points import first_zone

    xy = flat.points(points) if column is None else flat.points_from_wkb(column)
    zone = first_zone(xy, index(flat.polygons(zones.geometries), count=len(xy)))
    feature: Ints = np.flatnonzero(zone >= 0)
    feature = feature[np.argsort(zone[feature], kind="stable")]
    ones: Floats = np.ones(len(feature))
    pieces = Pieces(feature, zone[feature], ones, np.ones(len(feature), dtype=np.bool_))
    return Measured(pieces, np.ones(len(xy)), (zone < 0).astype(np.float64), np.zeros(len(xy)))


def _worth(count: int) -> bool:
    return count >= WORTH and importlib.util.find_spec("numba") is not None


def _repeats(places: Flat, zones: Zones) -> Flat | None:
    """Return where zones overlap: each zone's ground that an earlier zone has too."""
    from geo.measure.edges import flat
    from geo.measure.edges.area import area_pieces
    from geo.measure.edges.index import index

    pieces = area_pieces(places, index(places, places.boxes))
    other = pieces.feature != pieces.zone
    if pieces.measure[other].sum() <= OVERLAP * places.areas_m2.sum() or zones.repeats is None:
        return None
    return flat.polygons(zones.repeats.geometries)


def _pieces(found: EdgePieces) -> Pieces:
    return Pieces(found.feature, found.zone, found.measure, found.whole)
