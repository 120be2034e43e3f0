"""Ground under several features, counted once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geo.measure.zones import Floats, Geometries, Ints, only

_INTERIORS_SHARE_AREA = "2********"
"""DE-9IM: the interiors have ground in common, not only a border."""


@dataclass(frozen=True)
class Ground:
    """Polygons that no longer overlap.

    Attributes
    ----------
    geometries : numpy.ndarray of shapely.Geometry, shape (n,)
        In the order of the input; empty where others hold all of a feature's ground.
    counted_away_m2 : numpy.ndarray of float, shape (n,)
        Ground that features before this one hold already.
    """

    geometries: Geometries
    counted_away_m2: Floats


def once(
    polygons: Geometries, ids: Sequence[str] | Sequence[int] | Ints, first: int | None = None
) -> Ground:
    """Take from each polygon what polygons with a smaller id hold already.

    Parameters
    ----------
    polygons : numpy.ndarray of shapely.Geometry, shape (n,)
        Valid, in EPSG:2180.
    ids : sequence, shape (n,)
        What orders them: the same input gives the same pieces, in whatever order it comes.
    first : int, optional
        Only of so many polygons the ground is wanted; the others are there to hold theirs.
    """
    rank = np.empty(len(polygons), dtype=np.int64)
    rank[np.argsort(np.asarray(ids), kind="stable")] = np.arange(len(polygons))
    out: Geometries = np.array(polygons[:first], dtype=object).reshape(-1)
    away = np.zeros(len(out))
    for later, earlier in _overlapping(np.array(polygons, dtype=object), rank, len(out)):
        before = shapely.union_all(np.asarray(polygons)[earlier])
        away[later] = shapely.area(shapely.intersection(polygons[later], before))
        out[later] = shapely.difference(polygons[later], before)
    return Ground(only(out, 2), away)


def _overlapping(polygons: Geometries, rank: Ints, first: int) -> list[tuple[int, Ints]]:
    """Return each polygon that overlaps polygons of lower rank, with those, in order of rank."""
    later, earlier = shapely.STRtree(polygons).query(polygons[:first], predicate="intersects")
    keep = rank[earlier] < rank[later]
    later, earlier = later[keep], earlier[keep]
    share = shapely.relate_pattern(polygons[later], polygons[earlier], _INTERIORS_SHARE_AREA)
    later, earlier = later[share], earlier[share]
    order = np.lexsort((rank[earlier], later))
    names, starts = np.unique(later[order], return_index=True)
    groups = np.split(earlier[order], starts[1:]) if len(names) else []
    return list(zip(names.tolist(), groups, strict=True))
