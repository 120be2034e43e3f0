"""Zones redrawn: the ground that changed hands, and which features meet it.

An edge that a zone's border had before and has now, in the same direction, has the zone on the
same side: ground changed hands only within the edges that came or went. A shape that meets none
of those lies wholly in such ground or wholly out of it; all else of the zone is of no account.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import shapely

from geo.measure.edits import Change
from geo.measure.inputs import ZoneSet, zone_set
from geo.measure.local import measured_near
from geo.measure.plan import TermPlan
from geo.measure.quantity import Quantity, quantity, themselves
from geo.measure.zones import Bools, Floats, Geometries, Ints, Zones, only

NEAR_M = 1e-3
"""What is nearer to an edge than this meets it: far more than rounding."""
_DUST_M2 = 1e-6
"""Less ground than this is what rounding left of none."""
_SURE = 1e-12
"""The gap of a ledger, relative, up to which what changed was measured well."""


@dataclass(frozen=True)
class Rezoned:
    """Zones before and after: where each went, and what became of its ground.

    Attributes
    ----------
    place : numpy.ndarray of int, shape (k,)
        The row of each zone among those after; -1: it is gone.
    pairs : tuple
        (before or None, after or None) of every zone that was redrawn, p of them.
    edges : numpy.ndarray of shapely.LineString, shape (e,)
        The edges that came or went.
    owner : numpy.ndarray of int, shape (e,)
        Whose they are: rows of `pairs`, ascending.
    """

    before: ZoneSet
    after: ZoneSet
    place: Ints
    pairs: tuple[tuple[Any, Any], ...]
    edges: Geometries
    owner: Ints

    @classmethod
    def of(cls, zones: ZoneSet, change: Change) -> Rezoned:
        """Return zones with a change of their layer."""
        after = _after(zones, change)
        rows = {name: row for row, name in enumerate(after.ids)}
        old = {name: row for row, name in enumerate(zones.ids)}
        place = np.array([rows.get(name, -1) for name in zones.ids], dtype=np.int64)
        names = dict.fromkeys((*change.gone, *map(str, change.come.ids)))
        pairs = tuple(
            (
                zones.zones.geometries[old[name]] if name in old else None,
                after.zones.geometries[rows[name]] if name in rows else None,
            )
            for name in names
            if name in old or name in rows  # one that came and went again never was
        )
        found = [changed_edges(*pair) for pair in pairs]
        owner = np.repeat(np.arange(len(pairs)), [len(each) for each in found])
        edges = np.concatenate([np.zeros((0, 2, 2)), *found])
        return cls(zones, after, place, pairs, shapely.linestrings(edges), owner)

    @cached_property
    def boxes(self) -> Floats:
        """The box of what changed of each pair, shape (p, 4); NaN where nothing did."""
        out = np.full((len(self.pairs), 4), np.nan)
        bounds = shapely.bounds(self.edges)
        some, starts = np.unique(self.owner, return_index=True)
        if len(some):
            out[some, :2] = np.minimum.reduceat(bounds[:, :2], starts) - NEAR_M
            out[some, 2:] = np.maximum.reduceat(bounds[:, 2:], starts) + NEAR_M
        return out

    def touches(self, shapes: Geometries, boxes: Floats) -> Bools:
        """Tell which shapes may lie otherwise than before; shape (n,).

        Parameters
        ----------
        shapes : numpy.ndarray of shapely.Geometry, shape (n,)
            EPSG:2180; what is empty touches nothing.
        boxes : numpy.ndarray of float, shape (n, 4)
            Boxes that hold them.
        """
        out = np.zeros(len(shapes), dtype=bool)
        if not len(self.edges):
            return out
        rows = in_box(boxes, np.concatenate(
            (np.nanmin(self.boxes[:, :2], axis=0), np.nanmax(self.boxes[:, 2:], axis=0))
        ))  # fmt: skip
        rows = rows[~shapely.is_empty(shapes[rows])]
        met = shapely.STRtree(self.edges).query(shapes[rows], predicate="dwithin", distance=NEAR_M)
        out[rows[met[0]]] = True
        rest = rows[~out[rows]]
        out[rest] = self._within(shapes[rest])
        return out

    def _within(self, shapes: Geometries) -> Bools:
        """Tell which shapes, that meet no changed edge, have a part in ground that changed hands.

        A part lies there as a whole, so that any of its points tells.
        """
        parts, shape = shapely.get_parts(shapes, return_index=True)
        xy, part = shapely.get_coordinates(parts, return_index=True)
        xy = xy[np.flatnonzero(np.diff(part, prepend=-1))]
        found = np.zeros(len(shapes), dtype=bool)
        for near, pair in self._near(xy):
            before, after = (_holds(zone, xy[near]) for zone in self.pairs[pair])
            found[shape[near[before != after]]] = True
        return found

    def _near(self, xy: Floats) -> list[tuple[Ints, int]]:
        """Return each pair that changed, with the points in the box of what changed."""
        if not len(xy):
            return []
        some = np.unique(self.owner)
        tree = shapely.STRtree(shapely.box(*self.boxes[some].T))
        point, pair = tree.query(shapely.points(xy))
        order = np.argsort(pair, kind="stable")
        names, starts = np.unique(pair[order], return_index=True)
        groups = np.split(point[order], starts[1:]) if len(names) else []
        return list(zip(groups, some[names].tolist(), strict=True))

    @cached_property
    def ground(self) -> Geometries:
        """The ground that changed hands, each place once: polygons that share none, shape (g,)."""
        moved = [
            _moved_ground(self.pairs[pair], self.boxes[pair])
            for pair in np.unique(self.owner).tolist()
        ]
        whole = shapely.union_all(np.array(moved, dtype=object))
        parts: Geometries = shapely.get_parts(only(np.array([whole], dtype=object), 2))
        return parts

    def themselves(self, plan: TermPlan, before: Quantity) -> Quantity:
        """Return the zones' own area as a term: of their union, only what changed is measured.

        The ground that changed hands is measured as features are, in the zones before and in
        those after: what of it lay outside all of them, and what in several.
        """
        parts = before.parts
        if plan.ellipsoid or parts is None:
            return quantity(plan, self.after.features, self.after)
        was, now = (measured_near(plan, self.ground, z.zones) for z in (self.before, self.after))
        union_m2 = float(parts.total[0] + was.outside.sum() - now.outside.sum())
        again = float(parts.repeated[0] - was.repeated.sum() + now.repeated.sum())
        found = themselves(plan, self.after, union_m2, again if again > _DUST_M2 else 0.0)
        if found.entry.gap <= _SURE:
            return found
        # Ground as thin as rounding, where every vertex moved by nanometres, cannot be cut out.
        return quantity(plan, self.after.features, self.after)


class _Sharing(Zones):
    """Zones that share what did not change with those before, for the thread that has both."""

    def __init__(self, geometries: Geometries) -> None:
        self.geometries = geometries
        shapely.prepare(geometries)
        self.areas_m2 = shapely.area(geometries)
        self.tree = shapely.STRtree(geometries)
        self._unions = {}


def _after(zones: ZoneSet, change: Change) -> ZoneSet:
    """Return zones after a change; those that stay are neither copied nor prepared again."""
    before = replace(zones.features, geometries=zones.zones.geometries)
    come = replace(change.come, geometries=Zones(change.come.geometries).geometries)
    return zone_set(Change(change.gone, come).applied(before), _Sharing)


def changed_edges(before: Any, after: Any) -> Floats:  # noqa: ANN401 - shapely is not typed
    """Return the edges that one of two borders has and the other has not, shape (e, 2, 2).

    Parameters
    ----------
    before, after : shapely.Polygon or shapely.MultiPolygon or None
        None: no zone.
    """
    # Rows of bytes: equal ones cancel in a set, twenty times quicker than in sorted columns.
    old, new = (set(_edges(zone).view("V32").ravel().tolist()) for zone in (before, after))
    return np.frombuffer(b"".join(sorted(old ^ new))).reshape(-1, 2, 2)


def _edges(zone: Any) -> Floats:  # noqa: ANN401
    """Return the edges of a zone that keep it on their left, shape (e, 4): x, y, x, y."""
    if zone is None:
        return np.zeros((0, 4))
    turned = shapely.orient_polygons(shapely.get_parts(zone))
    xy, ring = shapely.get_coordinates(shapely.get_rings(turned), return_index=True)
    within = ring[:-1] == ring[1:]
    return np.ascontiguousarray(np.hstack((xy[:-1][within], xy[1:][within])))


def _holds(zone: Any, xy: Floats) -> Bools:  # noqa: ANN401
    if zone is None:
        return np.zeros(len(xy), dtype=bool)
    return np.asarray(shapely.intersects_xy(zone, xy[:, 0], xy[:, 1]))


def _moved_ground(pair: tuple[Any, Any], box: Floats) -> Any:  # noqa: ANN401
    before, after = pair
    if before is None or after is None:
        return before if after is None else after
    # Both lose the same ground at the box: it takes no part in their difference.
    near = shapely.intersection([before, after], shapely.box(*box.tolist()))
    return shapely.symmetric_difference(*near)


def in_box(boxes: Floats, box: Floats) -> Ints:
    """Return the rows of boxes, shape (n, 4), that meet another; NaN meets nothing."""
    low_x, low_y, high_x, high_y = boxes.T
    west, south, east, north = box.tolist()
    across = (low_x <= east) & (high_x >= west)
    return np.flatnonzero(across & (low_y <= north) & (high_y >= south))
