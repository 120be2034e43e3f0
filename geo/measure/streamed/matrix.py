"""Zone by class, in parts: each part of a layer gives its sums, and sums add up in any order.

A piece's measure follows from its feature and the zones alone: the cells of the index are chosen
from the zones and a size that is given, never from the features at hand. Sums are integers
(:mod:`geo.measure.streamed.fixed`). So the order of features, how they are parted, the number of
threads and who computed what change no bit. Without numba shapely answers, with the same numbers
to 1e-9.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import shapely

from geo.errors import MeasureError
from geo.measure import kernels
from geo.measure.engine import Form, compiled_here
from geo.measure.streamed import fixed
from geo.measure.streamed.places import Places, places
from geo.measure.zones import Bools, Floats, Geometries, Ints

__all__ = [
    "Column", "Loose", "Measure", "Partial", "Places", "loose", "no_pieces", "nothing", "partial",
    "places", "summed",
]  # fmt: skip

Measure = Literal["area", "length", "count"]
Column = Any
"""An Arrow array of WKB: little endian, 2D, EPSG:2180."""


@dataclass(frozen=True)
class Partial:
    """The sums of one part of a layer, or of several; c classes, r of the k zones.

    Attributes
    ----------
    measure : str
        area (m2), length (m) or count.
    zones : int
        k: the number of all zones.
    rows : numpy.ndarray of int, shape (r,)
        The zones that any feature met, ascending.
    inside_sums : numpy.ndarray of int, shape (r, c, fixed.LIMBS)
        As :mod:`geo.measure.streamed.fixed` keeps them, like the next three.
    outside_sums, whole_sums, repeated_sums, away_sums : numpy.ndarray, shape (c, fixed.LIMBS)
        What lies in no zone; the features' own; counted again where zones overlap; ground of
        the features that others hold already.
    met : numpy.ndarray of int, shape (r, c)
        Features with a piece in a zone.
    features : numpy.ndarray of int, shape (c,)
        Features.
    """

    measure: Measure
    zones: int
    rows: Ints
    inside_sums: Ints
    outside_sums: Ints
    whole_sums: Ints
    repeated_sums: Ints
    met: Ints
    features: Ints
    away_sums: Ints

    @property
    def inside(self) -> Floats:
        """The measure by zone and class, each rounded once, shape (k, c)."""
        out = np.zeros((self.zones, len(self.features)))
        out[self.rows] = fixed.floats(self.inside_sums)
        return out

    @property
    def counts(self) -> Ints:
        """Features with a piece by zone and class, shape (k, c)."""
        out = np.zeros((self.zones, len(self.features)), dtype=np.int64)
        out[self.rows] = self.met
        return out

    @property
    def outside(self) -> Floats:
        """What lies in no zone, shape (c,)."""
        return fixed.floats(self.outside_sums)

    @property
    def whole(self) -> Floats:
        """The features' own measure, shape (c,)."""
        return fixed.floats(self.whole_sums)

    @property
    def repeated(self) -> Floats:
        """What is counted again because zones overlap, shape (c,)."""
        return fixed.floats(self.repeated_sums)

    @property
    def away(self) -> Floats:
        """Ground that other features hold already, shape (c,)."""
        return fixed.floats(self.away_sums)

    @property
    def together(self) -> Floats:
        """The measure by zone, all classes together, rounded once, shape (k,)."""
        out = np.zeros(self.zones)
        out[self.rows] = fixed.floats(_added(self.inside_sums, 1))
        return out

    @property
    def totals(self) -> tuple[float, float, float, float, float]:
        """Inside, outside, whole, repeated, away: over all zones and classes, rounded once."""
        inside = _added(_added(self.inside_sums, 1), 0)
        found = (inside, *(_added(sums, 0) for sums in self._by_class))
        return tuple(float(fixed.floats(sums)) for sums in found)  # type: ignore[return-value]

    def closes(self) -> float:
        """Return how far the parts are from the whole, relative to it."""
        inside = _added(_added(self.inside_sums, 1), 0)
        outside, whole, repeated, away = (_added(sums, 0) for sums in self._by_class)
        gap = inside + outside - repeated + away - whole
        # Exactly: classes come in any order.
        scale = math.fsum((*np.abs(self.whole).tolist(), *(-np.abs(self.away)).tolist()))
        return abs(float(fixed.floats(gap))) / scale if scale > 0.0 else 0.0

    def spread(self, at: Ints, classes: int) -> Partial:
        """Return the same sums with class i in place at[i] of `classes`; no place twice."""
        rows = len(self.rows)
        inside, met = fixed.zeros(rows, classes), np.zeros((rows, classes), dtype=np.int64)
        inside[:, at], met[:, at] = self.inside_sums, self.met
        features = np.zeros(classes, dtype=np.int64)
        features[at] = self.features
        others = [fixed.zeros(classes) for _ in range(4)]
        for new, old in zip(others, self._by_class, strict=True):
            new[at] = old
        return replace(self, inside_sums=inside, met=met, features=features,
                       outside_sums=others[0], whole_sums=others[1],
                       repeated_sums=others[2], away_sums=others[3])  # fmt: skip

    @property
    def _by_class(self) -> tuple[Ints, Ints, Ints, Ints]:
        return self.outside_sums, self.whole_sums, self.repeated_sums, self.away_sums

    def __add__(self, other: Partial) -> Partial:
        """Return the sums of both: any order and any grouping give the same bits.

        Raises
        ------
        MeasureError
            If the two are sums of different things.
        """
        same = (self.measure, self.zones, len(self.features))
        if same != (other.measure, other.zones, len(other.features)):
            raise MeasureError("these sums are of different measures, zones or classes")
        rows = np.union1d(self.rows, other.rows)
        inside = fixed.zeros(len(rows), len(self.features))
        met = np.zeros((len(rows), len(self.features)), dtype=np.int64)
        for one in (self, other):
            here = np.searchsorted(rows, one.rows)
            inside[here] += one.inside_sums
            met[here] += one.met
        fixed.settle(inside)
        outside, whole, repeated, away = (
            fixed.merged(a, b) for a, b in zip(self._by_class, other._by_class, strict=True)
        )
        features = self.features + other.features
        return Partial(self.measure, self.zones, rows, inside, outside, whole, repeated,
                       met, features, away)  # fmt: skip


def _added(sums: Ints, axis: int) -> Ints:
    """Return sums added up along an axis, carried, so that they may be added again."""
    found: Ints = sums.sum(axis=axis)
    fixed.settle(found)
    return found


def nothing(measure: Measure, where: Places, classes: int) -> Partial:
    """Return the sums of no feature."""
    none = np.empty(0, dtype=np.int64)
    nobody = np.zeros(classes, dtype=np.int64)
    return Partial(measure, len(where), none, fixed.zeros(0, classes), fixed.zeros(classes),
                   fixed.zeros(classes), fixed.zeros(classes),
                   np.zeros((0, classes), dtype=np.int64), nobody,
                   fixed.zeros(classes))  # fmt: skip


@dataclass(frozen=True)
class Loose:
    """Pieces in no order, and what became of the rest of n features.

    Attributes
    ----------
    feature, zone, measure : numpy.ndarray, shape (m,)
    total, outside, repeated : numpy.ndarray of float, shape (n,)
        As in :class:`geo.measure.kernels.Measured`.
    away : numpy.ndarray of float, shape (n,), optional
        Ground that other features hold already.
    """

    feature: Ints
    zone: Ints
    measure: Floats
    total: Floats
    outside: Floats
    repeated: Floats
    away: Floats | None = None

    def take(self, keep: Bools) -> Loose:
        """Return what became of some of the features; `keep` has shape (n,)."""
        mine, rank = keep[self.feature], np.cumsum(keep) - 1
        return Loose(
            rank[self.feature[mine]], self.zone[mine], self.measure[mine], self.total[keep],
            self.outside[keep], self.repeated[keep],
            None if self.away is None else self.away[keep],
        )  # fmt: skip


def partial(
    measure: Measure,
    column: Column,
    codes: Ints,
    classes: int,
    where: Places,
    weights: Floats | None = None,
    form: Form | None = None,
) -> Partial:
    """Return the sums of one part of a layer.

    Parameters
    ----------
    measure : str
        area of polygons, length of lines, or count: of points, and of polygons and lines by a
        point that lies on each.
    column : pyarrow.Array or pyarrow.ChunkedArray
        n features as little-endian 2D WKB in EPSG:2180, without nulls.
    codes : numpy.ndarray of int, shape (n,)
        The class of each feature, 0 to classes - 1.
    classes : int
        The number of classes, c.
    where : Places
        The zones.
    weights : numpy.ndarray of float, shape (n,), optional
        What each feature's measure is multiplied by.
    form : str, optional
        ``compiled`` (where numba is there, the default) or ``plain``: the same for all parts.

    Raises
    ------
    MeasureError
        If a row is of another type or not finite (the message names the first), a code is not
        among the classes, or a weight is not finite.
    """
    if not len(column):
        _check(np.asarray(codes, dtype=np.int64), classes, weights)
        return nothing(measure, where, classes)
    return summed(measure, loose(measure, column, where, form), codes, classes, where, weights)


def no_pieces() -> Loose:
    """Return what became of no feature."""
    none, zero = np.empty(0, dtype=np.int64), np.empty(0)
    return Loose(none, none, zero, zero, zero, zero)


def loose(measure: Measure, column: Column, where: Places, form: Form | None = None) -> Loose:
    """Return the pieces of features in zones, for any number of :func:`summed`.

    Parameters
    ----------
    column : pyarrow.Array or pyarrow.ChunkedArray
        As for :func:`partial`; at least one feature.

    Raises
    ------
    MeasureError
        If a row is of another type or not finite (the message names the first).
    """
    if (form or ("compiled" if compiled_here() else "plain")) == "compiled":
        return where.ready.loose(measure, column)
    return _plain(measure, column, where)


def summed(
    measure: Measure,
    found: Loose,
    codes: Ints,
    classes: int,
    where: Places,
    weights: Floats | None = None,
    keep: Bools | None = None,
) -> Partial:
    """Return the sums of pieces, each times the weight of its feature.

    Parameters
    ----------
    found : Loose
        Of n features.
    codes, classes, where, weights
        As for :func:`partial`.
    keep : numpy.ndarray of bool, shape (n,), optional
        The features that count.

    Raises
    ------
    MeasureError
        If a code is not among the classes, or a weight is not finite.
    """
    codes = np.asarray(codes, dtype=np.int64)
    if keep is not None and not keep.all():
        found, codes = found.take(keep), codes[keep]
        weights = None if weights is None else weights[keep]
    _check(codes, classes, weights)
    weigh = np.ones(len(codes)) if weights is None else np.asarray(weights, dtype=np.float64)
    touched = np.zeros(len(where), dtype=np.bool_)
    touched[found.zone] = True
    rows = np.flatnonzero(touched)
    at = (np.cumsum(touched) - 1)[found.zone] * classes + codes[found.feature]
    inside = fixed.zeros(len(rows) * classes)
    fixed.add(inside, at, found.measure * weigh[found.feature])
    outside, whole, repeated = (
        _by_class(values * weigh, codes, classes)
        for values in (found.outside, found.total, found.repeated)
    )
    away = fixed.zeros(classes)
    if found.away is not None:
        away = _by_class(found.away * weigh, codes, classes)
    met = np.bincount(at, minlength=len(inside))
    return Partial(
        measure, len(where), rows, inside.reshape(len(rows), classes, fixed.LIMBS),
        outside, whole, repeated,
        met.reshape(len(rows), classes), np.bincount(codes, minlength=classes), away,
    )  # fmt: skip


def _by_class(values: Floats, codes: Ints, classes: int) -> Ints:
    sums, some = fixed.zeros(classes), np.flatnonzero(values)
    fixed.add(sums, codes[some], values[some])
    return sums


def _check(codes: Ints, classes: int, weights: Floats | None) -> None:
    if len(codes) and not (codes.min() >= 0 and codes.max() < classes):
        raise MeasureError("a code is not among the classes", where="class")
    if weights is not None and not np.isfinite(weights).all():
        row = int(np.flatnonzero(~np.isfinite(weights))[0])
        raise MeasureError("a weight is not a finite number", where=f"weight, row {row}")


def _plain(measure: Measure, column: Column, where: Places) -> Loose:
    features: Geometries = shapely.from_wkb(column.to_numpy(zero_copy_only=False))
    zones = where.own
    if measure == "area":
        found = kernels.area_in_zones(features, zones)
    elif measure == "length":
        found = kernels.length_in_zones(features, zones)
    else:
        found = kernels.points_in_zones(shapely.point_on_surface(features), zones)
    pieces = found.pieces
    return Loose(pieces.feature, pieces.zone, pieces.measure, found.total, found.outside,
                 found.repeated)  # fmt: skip
