"""The ground that overlapping features cover in each zone, by GEOS: their union, clipped."""

from __future__ import annotations

import numpy as np
import shapely

from geo.measure.zones import Floats, Geometries


def union_area(polygons: Geometries, zones: Geometries) -> Floats:
    """Return the area that polygons cover in each zone, overlaps once, shape (k,), m2.

    Parameters
    ----------
    polygons, zones : numpy.ndarray of shapely.Geometry, shape (n,) and (k,)
        Valid, EPSG:2180; empty ones cover nothing.
    """
    tree = shapely.STRtree(polygons)
    out = np.zeros(len(zones))
    for number, zone in enumerate(zones):
        near = polygons[np.sort(tree.query(zone, predicate="intersects"))]
        out[number] = shapely.area(shapely.intersection(shapely.union_all(near), zone))
    return out
