"""Where zones do not fit: ground in several of them, and ground between them, with its place.

The ledger says how much is counted twice or nowhere; this says where to mend it.

A gap is ground in no zone that is either

- enclosed: a hole of the zones' union, however large (an enclave is one, and whoever reads the
  list knows it by its size); or
- a sliver: narrower than a metre, between two zones or more, though it opens to the outside.
  It is what a closing of the union by half a metre fills (a buffer out and back with mitred
  corners, which leaves the outer border as it is where its angles are wider than 23 degrees).

Below 1 dm2 it is rounding and not listed, as in the check of coverages when a file is taken in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal
from weakref import WeakKeyDictionary

import numpy as np
import shapely

from geo.measure.inputs import ZoneSet
from geo.measure.zones import Geometries, Ints, Zones, only

SLIVER_M = 1.0
"""Ground between two zones that is narrower than this is a gap even where it is open."""
SMALLEST_M2 = 0.01
"""Less than 1 dm2 is rounding."""


@dataclass(frozen=True)
class Seam:
    """One place where zones do not fit.

    Attributes
    ----------
    kind : str
        overlap: ground in two zones; gap: ground in none, between them.
    zones : tuple of str
        Ids of the zones that it lies in (overlap) or that it touches (gap).
    area_m2, width_m : float
        Its area, and 2 A / P: the width of a long strip.
    geometry : shapely.Geometry
        Polygon or MultiPolygon in EPSG:2180.
    """

    kind: Literal["overlap", "gap"]
    zones: tuple[str, ...]
    area_m2: float
    width_m: float
    geometry: Any


_KNOWN: WeakKeyDictionary[Zones, tuple[Seam, ...]] = WeakKeyDictionary()


def seams(zones: ZoneSet) -> tuple[Seam, ...]:
    """Return the overlaps of zones and the gaps between them, the largest first.

    Found once for a set of zones and kept as long as the set is.

    Parameters
    ----------
    zones : ZoneSet
        EPSG:2180.
    """
    if zones.zones not in _KNOWN:
        suspects = _unmatched(zones.zones.geometries)
        found = [*_overlaps(zones, suspects), *_gaps(zones, fit=not len(suspects))]
        _KNOWN[zones.zones] = tuple(sorted(found, key=lambda seam: (-seam.area_m2, seam.zones)))
    return _KNOWN[zones.zones]


def _overlaps(zones: ZoneSet, suspects: Ints) -> list[Seam]:
    """Measure pairs of zones that share ground: only those whose borders do not match."""
    shapes = zones.zones.geometries
    if not len(suspects):
        return []
    one, other = zones.zones.tree.query(shapes[suspects], predicate="intersects")
    one = suspects[one]
    once = (one < other) | ~np.isin(other, suspects)
    one, other = one[once], other[once]
    keep = one != other
    one, other = one[keep], other[keep]
    common = only(shapely.intersection(shapes[one], shapes[other]), 2)
    return [
        _seam("overlap", tuple(sorted((zones.ids[i], zones.ids[j]))), geometry)
        for i, j, geometry in zip(one.tolist(), other.tolist(), common, strict=True)
        if shapely.area(geometry) > SMALLEST_M2
    ]


def _unmatched(shapes: Geometries) -> Ints:
    """Return the zones with an edge that is not an edge of a neighbour, or the outer border."""
    faces, owner = shapely.get_parts(shapes, return_index=True)
    wrong = ~shapely.is_empty(shapely.coverage_invalid_edges(faces))
    found: Ints = np.unique(owner[wrong])
    return found


def _gaps(zones: ZoneSet, *, fit: bool) -> list[Seam]:
    # Zones whose edges match are joined without noding, five times quicker.
    union = shapely.coverage_union_all(zones.zones.geometries) if fit else zones.zones.whole
    closed = _grown(_grown(union, SLIVER_M / 2), -SLIVER_M / 2)
    slivers = shapely.get_parts(only(np.array([shapely.difference(closed, union)]), 2)[0])
    holes = _holes(union)
    if len(holes):  # a hole that is narrow is one of both
        slivers = slivers[~shapely.intersects(shapely.union_all(holes), slivers)]
    touching = [
        *((hole, _touched(zones, hole)) for hole in holes),
        *((sliver, names) for sliver in slivers if len(names := _touched(zones, sliver)) > 1),
    ]
    return [
        _seam("gap", names, shape) for shape, names in touching if shapely.area(shape) > SMALLEST_M2
    ]


def _grown(shape: Any, by_m: float) -> Any:  # noqa: ANN401 - shapely is not typed
    return shapely.buffer(shape, by_m, join_style="mitre", mitre_limit=5.0)


def _holes(union: Any) -> Geometries:  # noqa: ANN401
    rings, owner = shapely.get_rings(shapely.get_parts(union), return_index=True)
    first = np.concatenate(([True], owner[1:] != owner[:-1])) if len(owner) else owner
    shells = np.asarray(first, dtype=bool)
    holes: Geometries = shapely.polygons(rings[~shells])
    islands: Geometries = shapely.polygons(rings[shells])
    hole, island = shapely.STRtree(islands).query(holes, predicate="covers")
    for row in np.unique(hole).tolist():
        inside = shapely.union_all(islands[island[hole == row]])
        holes[row] = shapely.difference(holes[row], inside)
    parts: Geometries = shapely.get_parts(holes)
    return parts


def _touched(zones: ZoneSet, gap: Any) -> tuple[str, ...]:  # noqa: ANN401
    near = zones.zones.tree.query(gap, predicate="dwithin", distance=1e-6)
    return tuple(zones.ids[zone] for zone in np.sort(near).tolist())


def _seam(kind: Literal["overlap", "gap"], names: tuple[str, ...], shape: Any) -> Seam:  # noqa: ANN401
    area, around = float(shapely.area(shape)), float(shapely.length(shape))
    return Seam(kind, names, area, 2 * area / around, shape)
