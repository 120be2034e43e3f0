"""What changed between two versions of a layer: features, ground from class to class, answers.

Features are told apart by their id. A feature has not moved when its vertices are the same to the
tolerance, or when no point of either outline is farther from the other than that (Hausdorff
distance), so a vertex put in the middle of a straight edge is no change.

Ground that goes from one class to another is the area of the later features on the earlier ones.
Of features that are the same in both nothing is cut. What neither version has as its own counts
once (:mod:`geo.measure.overlaps`); each row of the matrix sums to the area of its class before,
each column to that of its class after, and both are measured by themselves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geo.errors import MeasureError
from geo.measure.card import CardResult, Value
from geo.measure.inputs import Features
from geo.measure.ledger import TOLERANCE
from geo.measure.overlaps import once
from geo.measure.where import GEOMETRY
from geo.measure.zones import Bools, Floats, Geometries, Ints

TOLERANCE_M = 0.01
"""A vertex that moved by less was not moved: files hold centimetres."""
NOTHING = "_none"
"""As a class: ground that the layer does not have."""
_ROUND = 1.005
"""A circle of GEOS has 32 corners; of one so much wider, the sides lie outside the true one."""


@dataclass(frozen=True)
class Changed:
    """A feature that is in both versions, and not the same.

    Attributes
    ----------
    moved_m : float
        How far its outline went at most (Hausdorff distance), metres; 0 where it stayed.
    fields : tuple of str
        Fields with another value.
    """

    id: str
    moved_m: float
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """Two versions of a layer, feature by feature.

    Attributes
    ----------
    added, removed : tuple of str
        Ids, in alphabetical order.
    changed : tuple of Changed
    same : int
    size_before, size_after : float
        The features' own area in m2, length in m, or their number.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[Changed, ...]
    same: int
    size_before: float
    size_after: float


def compare(before: Features, after: Features, *, tolerance_m: float = TOLERANCE_M) -> Comparison:
    """Compare two versions of a layer feature by feature.

    Parameters
    ----------
    before, after : Features
        EPSG:2180; fields that only one of them has are not compared.
    tolerance_m : float
        Metres, 0 or more.

    Raises
    ------
    MeasureError
        If the tolerance is no distance, or an id stands twice.
    """
    if not (math.isfinite(tolerance_m) and tolerance_m >= 0.0):
        raise MeasureError("the tolerance is a distance, 0 or more", where="change")
    first, second = _rows(before), _rows(after)
    both = sorted(first.keys() & second.keys())
    here = np.array([first[key] for key in both], dtype=np.int64)
    there = np.array([second[key] for key in both], dtype=np.int64)
    moved = _moved(before.geometries[here], after.geometries[there], tolerance_m)
    fields = _other_fields(before, after, here, there)
    changed = tuple(
        Changed(key, float(metres), names)
        for key, metres, names in zip(both, moved, fields, strict=True)
        if metres or names
    )
    return Comparison(
        added=tuple(sorted(second.keys() - first.keys())),
        removed=tuple(sorted(first.keys() - second.keys())),
        changed=changed,
        same=len(both) - len(changed),
        size_before=_size(before),
        size_after=_size(after),
    )


def _rows(features: Features) -> dict[str, int]:
    rows = {str(key): row for row, key in enumerate(features.ids)}
    if len(rows) != len(features):
        raise MeasureError("an id stands twice", where=features.layer.id)
    return rows


def _moved(before: Geometries, after: Geometries, tolerance_m: float) -> Floats:
    """Return how far each outline went, shape (n,); 0 within the tolerance."""
    moved = np.zeros(len(before))
    other = ~shapely.equals_exact(before, after, tolerance=tolerance_m, normalize=True)
    rows = np.flatnonzero(other)
    distance = shapely.hausdorff_distance(before[rows], after[rows])
    still = distance <= tolerance_m
    close = rows[still]
    still[still] = _alike(before[close], after[close], tolerance_m)
    moved[rows] = np.where(still, 0.0, np.maximum(distance, np.nextafter(tolerance_m, np.inf)))
    return moved


def _alike(before: Geometries, after: Geometries, tolerance_m: float) -> Bools:
    """Tell which outlines, vertices of which are near, are so between their vertices too.

    GEOS takes Hausdorff's distance at vertices: a way that lost its middle has none that is far.
    """
    alike = np.ones(len(before), dtype=bool)
    rims = [np.where(shapely.get_dimensions(each) == 2, shapely.boundary(each), each)
            for each in (before, after)]  # fmt: skip
    for one, other in (rims, rims[::-1]):
        around = shapely.buffer(other, tolerance_m * _ROUND) if tolerance_m else other
        alike &= shapely.length(shapely.difference(one, around)) == 0.0
    return alike


def _other_fields(
    before: Features, after: Features, here: Ints, there: Ints
) -> list[tuple[str, ...]]:
    names = [
        name
        for name in before.table.column_names
        if name not in (GEOMETRY, before.layer.id_field) and name in after.table.column_names
    ]
    found: list[list[str]] = [[] for _ in here]
    for name in names:
        old = before.table.column(name).take(here).to_pylist()
        new = after.table.column(name).take(there).to_pylist()
        for row, (a, b) in enumerate(zip(old, new, strict=True)):
            if a != b and not (a != a and b != b):  # NaN stays NaN
                found[row].append(name)
    return [tuple(each) for each in found]


def _size(features: Features) -> float:
    if features.layer.family == "point":
        return float(len(features))
    measure = shapely.area if features.layer.family == "polygon" else shapely.length
    return math.fsum(measure(features.geometries).tolist())


@dataclass(frozen=True)
class Transition:
    """Ground that went from class to class.

    Attributes
    ----------
    classes : tuple of str
        m of them, and :data:`NOTHING` last.
    area_m2 : numpy.ndarray of float, shape (m + 1, m + 1)
        From the row's class to the column's; the last cell of both is 0.
    before_m2, after_m2 : numpy.ndarray of float, shape (m,)
        Of each class, measured by itself.
    gap : float
        What rows and columns miss of them, relative to all the ground.
    """

    classes: tuple[str, ...]
    area_m2: Floats
    before_m2: Floats
    after_m2: Floats
    gap: float

    @property
    def closes(self) -> bool:
        """Whether rows and columns add up to the classes at 1e-9."""
        return self.gap <= TOLERANCE

    @property
    def gained_m2(self) -> Floats:
        """What each class took from others, shape (m,)."""
        kept = np.diagonal(self.area_m2)[:-1]
        return np.asarray(self.area_m2[:, :-1].sum(axis=0) - kept)

    @property
    def lost_m2(self) -> Floats:
        """What each class gave to others, shape (m,)."""
        kept = np.diagonal(self.area_m2)[:-1]
        return np.asarray(self.area_m2[:-1].sum(axis=1) - kept)


def transition(before: Features, after: Features, field: str = "") -> Transition:
    """Return how much ground went from each class to each other.

    Parameters
    ----------
    before, after : Features
        Polygons, EPSG:2180.
    field : str
        The field of classes; all features are one class when empty, a missing value is the class
        ``?``.

    Raises
    ------
    MeasureError
        If a version has no such field, or the layer has no polygons.
    """
    if before.layer.family != "polygon":
        raise MeasureError("ground changes between polygons only", where=before.layer.id)
    old, new = _classed(before, field), _classed(after, field)
    names = tuple(sorted({*old, *new}))
    ground, later = (once(each.geometries, each.ids).geometries for each in (before, after))
    a = np.searchsorted(names, old).astype(np.int64)
    b = np.searchsorted(names, new).astype(np.int64)
    size = len(names) + 1
    cells: list[list[float]] = [[] for _ in range(size * size)]

    def add(row: Ints, column: Ints, measure: Floats) -> None:
        for cell, area in zip((row * size + column).tolist(), measure.tolist(), strict=True):
            cells[cell].append(area)

    stayed, still = _unmoved(ground, later)
    add(a[stayed], b[still], shapely.area(ground[stayed]))
    rest, fresh = _others(len(ground), stayed), _others(len(later), still)
    i, j = shapely.STRtree(later[fresh]).query(ground[rest], predicate="intersects")
    add(
        a[rest[i]],
        b[fresh[j]],
        shapely.area(shapely.intersection(ground[rest[i]], later[fresh[j]])),
    )
    nothing = np.int64(size - 1)
    add(a[rest], np.full(len(rest), nothing), _beyond(ground[rest], later[fresh]))
    add(np.full(len(fresh), nothing), b[fresh], _beyond(later[fresh], ground[rest]))
    area = np.array([math.fsum(cell) for cell in cells]).reshape(size, size)
    sums = [
        np.bincount(codes, weights=shapely.area(shapes), minlength=size - 1)
        for codes, shapes in ((a, ground), (b, later))
    ]
    return Transition((*names, NOTHING), area, sums[0], sums[1], _gap(area, sums[0], sums[1]))


def _classed(features: Features, field: str) -> np.ndarray:
    if not field:
        return np.full(len(features), features.layer.id, dtype=object)
    if field not in features.table.column_names:
        raise MeasureError(
            f"this version has no field {field!r}",
            where=features.layer.id,
            fix=f"there are: {', '.join(features.table.column_names)}",
        )
    values = features.table.column(field).to_pylist()
    return np.array(["?" if each is None else str(each) for each in values], dtype=object)


def _unmoved(before: Geometries, after: Geometries) -> tuple[Ints, Ints]:
    """Return rows of features whose ground is the same to the last bit, each taken once."""
    where = {bytes_: row for row, bytes_ in enumerate(shapely.to_wkb(shapely.normalize(after)))}
    pairs = {}
    for row, bytes_ in enumerate(shapely.to_wkb(shapely.normalize(before))):
        if bytes_ in where:
            pairs[where[bytes_]] = row
    first = np.array(list(pairs.values()), dtype=np.int64)
    return first, np.array(list(pairs), dtype=np.int64)


def _others(count: int, rows: Ints) -> Ints:
    rest: Bools = np.ones(count, dtype=bool)
    rest[rows] = False
    return np.flatnonzero(rest)


def _beyond(shapes: Geometries, others: Geometries) -> Floats:
    """Return the area of each shape that none of the others has, shape (n,), m2."""
    out: Floats = shapely.area(shapes)
    near, other = shapely.STRtree(others).query(shapes, predicate="intersects")
    for row in np.unique(near).tolist():
        cover = shapely.union_all(others[other[near == row]])
        out[row] = shapely.area(shapely.difference(shapes[row], cover))
    return out


def _gap(area: Floats, before: Floats, after: Floats) -> float:
    off = max(
        float(np.abs(area[:-1].sum(axis=1) - before).max(initial=0.0)),
        float(np.abs(area[:, :-1].sum(axis=0) - after).max(initial=0.0)),
    )
    scale = max(float(before.sum()), float(after.sum()))
    return off / scale if scale else off


@dataclass(frozen=True)
class Difference:
    """An answer then and now, in the card's unit.

    Attributes
    ----------
    difference : float or None
        Now less then; None where one of them has no value. Of shares, percentage points.
    """

    zone: str
    then: Value | None
    now: Value | None
    difference: float | None


def differences(then: CardResult, now: CardResult) -> tuple[Difference, ...]:
    """Compare a card measured at two versions, zone by zone; the whole city is last.

    For additive verbs the differences of zones add up to the city's. A zone that only one of them
    has is there with the other empty.

    Raises
    ------
    MeasureError
        If they are two different cards.
    """
    if then.plan.card.model_dump() != now.plan.card.model_dump():
        raise MeasureError("two different cards cannot be compared", where=now.plan.card.id)
    old = dict(zip(then.zones.ids, then.values, strict=True))
    new = dict(zip(now.zones.ids, now.values, strict=True))
    zones = list(dict.fromkeys((*then.zones.ids, *now.zones.ids)))
    found = [_difference(zone, old.get(zone), new.get(zone)) for zone in zones]
    return (*found, _difference("", then.whole, now.whole))


def _difference(zone: str, then: Value | None, now: Value | None) -> Difference:
    both: Sequence[Any] = [each.value for each in (then, now) if each is not None]
    lacks = len(both) < 2 or None in both
    return Difference(zone, then, now, None if lacks else both[1] - both[0])
