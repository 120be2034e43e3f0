"""A few features measured in large zones: only what the zones have near them is looked at.

Cutting a parcel from a district of three thousand vertices costs as much as the district has
vertices; the union of two such districts, for what lies outside both, costs more. So features
are gathered by place, and the zones are cut to a window around each gathering. No edge that comes
near a feature is cut: the window is as large as those edges, so that features meet the same edges
as in the whole zones, and GEOS gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

from geo.measure import engine
from geo.measure.inputs import ZoneSet
from geo.measure.kernels import Measured, Pieces
from geo.measure.plan import TermPlan
from geo.measure.quantity import Chosen, Quantity, measured_in, measured_shapes, weighed
from geo.measure.zones import Bools, Floats, Geometries, Ints, Zones, only

SPAN_M = 500.0
"""Features that lie within a box of this side are measured together."""
TOGETHER = 2_000
"""And at most so many: a grid over their zones, which many ask for, costs 0.1 s."""
MARGIN_M = 1.0
"""Around a window: far more than rounding, and than what counts as lying on a border."""


def weighed_near(
    plan: TermPlan, chosen: Chosen, zones: ZoneSet, form: engine.Form | None = None
) -> Quantity:
    """Return what :func:`geo.measure.quantity.weighed` does, quickly for a few features."""
    measured = measured_near(plan, measured_shapes(plan, chosen), zones.zones, form)
    return weighed(plan, chosen, zones, measured)


def measured_near(
    plan: TermPlan, shapes: Geometries, zones: Zones, form: engine.Form | None = None
) -> Measured:
    """Return what :func:`geo.measure.quantity.measured_in` does, quickly for a few features.

    Parameters
    ----------
    shapes : numpy.ndarray of shapely.Geometry, shape (n,)
        EPSG:2180; those that are empty have no pieces.
    zones : Zones
    form : str, optional
        As for :func:`geo.measure.engine.area_in_zones`.
    """
    # On the ellipsoid, where the ring of a piece begins changes its last bit: no window.
    whole = plan.ellipsoid or engine.form_of(plan.measure, shapes) == "compiled"
    if whole and len(shapes):
        return measured_in(plan, shapes, zones, form)
    boxes = shapely.bounds(shapes)
    some = np.flatnonzero(~np.isnan(boxes[:, 0]))
    total, outside, repeated = (np.zeros(len(shapes)) for _ in range(3))
    pieces = [_NOTHING]
    every = np.arange(len(zones))
    for rows, names, near in _windows(boxes, some, every, zones.geometries):
        found = measured_in(plan, shapes[rows], near, form)
        total[rows], outside[rows], repeated[rows] = found.total, found.outside, found.repeated
        each = found.pieces
        pieces.append(Pieces(rows[each.feature], names[each.zone], each.measure, each.whole))
    return Measured(_ordered(pieces), total, outside, repeated)


_NOTHING = Pieces(
    np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0, dtype=bool)
)


def _ordered(parts: list[Pieces]) -> Pieces:
    feature, zone, measure, whole = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("feature", "zone", "measure", "whole")
    )
    order = np.lexsort((feature, zone))
    return Pieces(feature[order], zone[order], measure[order], whole[order])


def _windows(
    boxes: Floats, rows: Ints, names: Ints, zones: Geometries
) -> Iterator[tuple[Ints, Ints, Zones]]:
    """Give features that lie together with the zones near them: rows, zone rows, cut zones."""
    if not len(rows):
        return
    low, high = boxes[rows, :2].min(axis=0), boxes[rows, 2:].max(axis=0)
    near, cut = cut_to(zones, (*low.tolist(), *high.tolist()))
    names = names[near]
    side, middle = high - low, (boxes[rows, :2] + boxes[rows, 2:]) / 2
    if len(rows) == 1 or (side.max() <= SPAN_M and len(rows) <= TOGETHER):
        yield rows, names, Zones(cut)
        return
    across = middle[:, int(np.argmax(np.ptp(middle, axis=0)))]
    first = across <= (across.min() + across.max()) / 2
    if first.all():  # all in one place, and too large or too many to part
        yield rows, names, Zones(cut)
        return
    yield from _windows(boxes, rows[first], names, cut)
    yield from _windows(boxes, rows[~first], names, cut)


def cut_to(zones: Geometries, box: tuple[float, float, float, float]) -> tuple[Ints, Geometries]:
    """Return the rows of the zones near a box, and of each what lies near it.

    Every edge that meets the box is whole.

    Parameters
    ----------
    zones : numpy.ndarray of shapely.Polygon or shapely.MultiPolygon, shape (k,)
        EPSG:2180.
    """
    west, south, east, north = box
    inner = np.array([west - MARGIN_M, south - MARGIN_M, east + MARGIN_M, north + MARGIN_M])
    rows = np.flatnonzero(_meet(shapely.bounds(zones), inner))
    outer = shapely.box(*_with_edges(zones[rows], inner))
    cut = only(shapely.intersection(zones[rows], outer), 2)
    left = ~shapely.is_empty(cut)
    rows, cut = rows[left], cut[left]
    odd = ~shapely.is_valid(cut)
    cut[odd] = zones[rows[odd]]
    return rows, cut


def _with_edges(zones: Geometries, inner: Floats) -> Any:  # noqa: ANN401 - four floats
    """Return a box grown until it holds every edge that meets it."""
    rings = shapely.get_rings(shapely.get_parts(zones))  # of a multipolygon it gives none
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    within = ring[:-1] == ring[1:]
    start, end = xy[:-1][within], xy[1:][within]
    edges = np.hstack((np.minimum(start, end), np.maximum(start, end)))
    met = edges[_meet(edges, inner)]
    low = np.minimum(inner[:2], met[:, :2].min(axis=0, initial=np.inf)) - MARGIN_M
    high = np.maximum(inner[2:], met[:, 2:].max(axis=0, initial=-np.inf)) + MARGIN_M
    return *low.tolist(), *high.tolist()


def _meet(boxes: Floats, box: Floats) -> Bools:
    """Tell which boxes, shape (n, 4), meet another; shape (n,)."""
    met = (boxes[:, :2] <= box[2:]).all(axis=1) & (boxes[:, 2:] >= box[:2]).all(axis=1)
    return np.asarray(met)
