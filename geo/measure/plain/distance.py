"""Nearest and within by GEOS: a tree over the targets."""

from __future__ import annotations

import numpy as np
import shapely

from geo.measure.zones import Bools, Floats, Geometries, Ints


def nearest(features: Geometries, targets: Geometries, limit_m: float) -> tuple[Floats, Ints]:
    """Return the distance to the nearest target (m; inf) and its index (-1), shape (n,) each.

    Parameters
    ----------
    features, targets : numpy.ndarray of shapely.Geometry, shape (n,) and (k,)
        EPSG:2180; none missing or empty.
    limit_m : float
        What is farther is not found; not negative.
    """
    distance, index = np.full(len(features), np.inf), np.full(len(features), -1, dtype=np.int64)
    if not len(features) or not len(targets):
        return distance, index
    reach = None if np.isinf(limit_m) else float(np.nextafter(limit_m, np.inf))
    (row, target), metres = shapely.STRtree(targets).query_nearest(
        features, max_distance=reach, return_distance=True, all_matches=True
    )
    near = metres <= limit_m
    row, target, metres = row[near], target[near], metres[near]
    order = np.lexsort((target, row))  # of those equally near, the first
    found, first = np.unique(row[order], return_index=True)
    distance[found] = metres[order][first]
    index[found] = target[order][first]
    return distance, index


def within(features: Geometries, targets: Geometries, distance_m: float) -> Bools:
    """Tell which features are at most `distance_m` from any target, shape (n,).

    Parameters
    ----------
    features, targets : numpy.ndarray of shapely.Geometry, shape (n,) and (k,)
        EPSG:2180; none missing or empty.
    """
    near = np.zeros(len(features), dtype=np.bool_)
    row, _ = shapely.STRtree(targets).query(features, "dwithin", distance_m)
    near[row] = True
    return near
