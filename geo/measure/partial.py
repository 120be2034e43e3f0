"""Sums of one part of a large layer, in zones and by class, and how parts become the whole.

A part is a table of rows that is small enough for memory. Sums are kept as integers
(:mod:`geo.measure.matrix`), so that the order of parts, their number and who computed them
change no bit of the result.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geo.errors import LimitExceededError, MeasureError, UsageError
from geo.limits import limit
from geo.measure import matrix
from geo.measure.ledger import Entry
from geo.measure.where import fields, select
from geo.measure.zones import Bools, Floats, Ints
from geo.model.layer import Family

Verb = Literal["area", "length", "count", "sum", "mean"]
Label = str | None
"""A class: a value of the class column as text; None: the feature has none."""

MEASURES: dict[Verb, matrix.Measure] = {
    "area": "area",
    "length": "length",
    "count": "count",
    "sum": "count",
    "mean": "count",
}
UNITS: dict[Verb, str] = {"area": "m2", "length": "m", "count": "feature", "sum": "", "mean": ""}
"""Unit of a verb's values; empty: that of the field."""
_NEEDS: dict[Verb, Family] = {"area": "polygon", "length": "line"}


@dataclass(frozen=True)
class Question:
    """What is asked of every part.

    Attributes
    ----------
    verb : str
        area, length, count, sum (of a field) or mean (of a field over features).
    field : str
        The field that is added up; sum and mean need one, the others take none.
    by : str
        A column of classes; empty: no classes.
    where : str
        CQL2 text over the columns; empty: every feature.
    """

    verb: Verb
    field: str = ""
    by: str = ""
    where: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The attributes that are read, each once."""
        return tuple(dict.fromkeys(n for n in (self.by, self.field, *fields(self.where)) if n))


@dataclass(frozen=True)
class Partial:
    """The sums of one part, or of several.

    Attributes
    ----------
    labels : tuple of str or None
        The classes, c, in no order.
    found : matrix.Partial
        Of features with a value.
    lost : matrix.Partial, optional
        Count of features without a value (sum and mean); None where there are none.
    read, taken : int
        Rows that were read, and those of them that the filter took.
    """

    labels: tuple[Label, ...]
    found: matrix.Partial
    lost: matrix.Partial | None
    read: int
    taken: int


@dataclass(frozen=True)
class Whole:
    """The answer: k zones by c classes.

    Attributes
    ----------
    labels : tuple of str or None
        Classes in order; the one without a label last.
    values : numpy.ndarray of float, shape (k, c)
        NaN where no feature has a value.
    totals : numpy.ndarray of float, shape (k,)
        All classes together.
    entry : Entry
        The ledger of the sums (of a mean: of its numerator).
    read, taken : int
    """

    labels: tuple[Label, ...]
    values: Floats
    totals: Floats
    entry: Entry
    read: int
    taken: int


def check(question: Question, family: Family) -> None:
    """Refuse a question that has no meaning for a kind of geometry.

    Raises
    ------
    UsageError
        If a verb lacks its field, or has one too many.
    MeasureError
        If the geometry is of the wrong family.
    """
    needed = question.verb in ("sum", "mean")
    if needed != bool(question.field):
        raise UsageError(
            f"{question.verb} {'needs a field' if needed else 'takes no field'}",
            where="field",
            fix="--field NAME goes with --verb sum and --verb mean",
        )
    family_needed = _NEEDS.get(question.verb, family)
    if family != family_needed:
        raise MeasureError(
            f"{question.verb} is measured of {family_needed}s, and these are {family}s",
            where="verb",
            fix="count works for every kind of geometry",
        )


def partial(
    question: Question,
    table: pa.Table,
    geometry: str,
    places: matrix.Places,
    *,
    checked: bool = False,
) -> Partial:
    """Return the sums of one part.

    Parameters
    ----------
    table : pyarrow.Table
        n rows: the question's columns, and WKB in EPSG:2180.
    geometry : str
        Name of the column of WKB.
    places : matrix.Places
        The zones.
    checked : bool
        Look at the validity of each geometry that the filter takes; the engine itself gives a
        bow-tie the difference of its halves.

    Raises
    ------
    MeasureError
        If a geometry cannot be measured, a filter not be read, or a value is not a number.
    LimitExceededError
        If there are too many classes.
    """
    keep = select(question.where, table.drop_columns([geometry]))
    taken = _take(table, keep)
    labels, codes = _classes(taken, question.by)
    values = _values(taken, question.field)
    measure = MEASURES[question.verb]
    column = taken.column(geometry)
    if checked:
        _check_valid(column, keep)
    if values is None:
        found = matrix.partial(measure, column, codes, len(labels), places)
        return Partial(labels, found, None, table.num_rows, taken.num_rows)
    has = ~np.isnan(values)
    some = column.filter(pa.array(has))
    found = matrix.partial(measure, some, codes[has], len(labels), places, values[has])
    lost = None
    if not has.all():
        rest = column.filter(pa.array(~has))
        lost = matrix.partial("count", rest, codes[~has], len(labels), places)
    return Partial(labels, found, lost, table.num_rows, taken.num_rows)


def _take(table: pa.Table, keep: Bools) -> pa.Table:
    return table if keep.all() else table.filter(pa.array(keep))


def _check_valid(column: pa.ChunkedArray, keep: Bools) -> None:
    shapes = shapely.from_wkb(column.to_numpy(zero_copy_only=False), on_invalid="ignore")
    bad = np.flatnonzero(~shapely.is_valid(shapes))
    if len(bad):
        first = int(bad[0])
        raise MeasureError(
            f"the geometry is not valid ({shapely.is_valid_reason(shapes[first])})",
            where=f"geometry, row {int(np.flatnonzero(keep)[first])}",
            fix="mend the feature",
        )


def _classes(table: pa.Table, by: str) -> tuple[tuple[Label, ...], Ints]:
    """Return the labels of a part's classes and the code of each row."""
    if not by:
        return (None,), np.zeros(table.num_rows, dtype=np.int64)
    column = table.column(by)
    if pa.types.is_floating(column.type):
        raise MeasureError(
            "a column of real numbers has no classes", where=by, fix="take a column of codes"
        )
    text = column.cast(pa.string()).combine_chunks().dictionary_encode(null_encoding="encode")
    if isinstance(text, pa.ChunkedArray):
        text = text.combine_chunks()
    labels: tuple[Label, ...] = tuple(text.dictionary.to_pylist())
    _check_classes(len(labels), by)
    return labels, np.asarray(text.indices).astype(np.int64)


def _check_classes(count: int, by: str) -> None:
    if count > limit("measure_classes"):
        raise LimitExceededError(
            f"the column has more than {limit('measure_classes')} classes",
            where=by,
            fix="take a column of classes, or put features into groups first",
        )


def _values(table: pa.Table, field: str) -> Floats | None:
    """Return what features are multiplied by, shape (n,); NaN: no value; None: nothing."""
    if not field:
        return None
    column = table.column(field)
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        raise MeasureError("the field holds no numbers", where=field, fix="take a numeric field")
    values: Floats = pc.cast(column, pa.float64(), safe=False).to_numpy()
    if np.isinf(values).any():
        row = int(np.flatnonzero(np.isinf(values))[0])
        raise MeasureError("a value is infinite", where=f"{field}, row {row}", fix="mend the value")
    return values


def joined(question: Question, places: matrix.Places, parts: Iterable[Partial]) -> Partial:
    """Return the sums of several parts as one; their order changes nothing.

    Raises
    ------
    LimitExceededError
        If the parts together have too many classes.
    """
    sums = Sums(question, places)
    for part in parts:
        sums.add(part)
    return sums.partial()


class Sums:
    """Parts added up as they come: what is kept does not grow with their number.

    Parameters
    ----------
    question : Question
    places : matrix.Places
        The zones, k.
    """

    def __init__(self, question: Question, places: matrix.Places) -> None:
        self._question = question
        self._measure = MEASURES[question.verb]
        self._places = places
        self._columns: dict[Label, int] = {}
        self._found = matrix.nothing(self._measure, places, 0)
        self._lost: matrix.Partial | None = None
        self.read = self.taken = 0

    def add(self, part: Partial) -> None:
        """Add one part."""
        for label in part.labels:
            self._columns.setdefault(label, len(self._columns))
        _check_classes(len(self._columns), self._question.by)
        at = np.array([self._columns[label] for label in part.labels], dtype=np.int64)
        self._found = self._sum(self._found, part.found, at)
        if part.lost is not None:
            before = self._lost or matrix.nothing("count", self._places, 0)
            self._lost = self._sum(before, part.lost, at)
        self.read += part.read
        self.taken += part.taken

    def _sum(self, before: matrix.Partial, more: matrix.Partial, at: Ints) -> matrix.Partial:
        count = len(self._columns)
        known = np.arange(len(before.features))
        return before.spread(known, count) + more.spread(at, count)

    def partial(self) -> Partial:
        """Return what was added, as one part."""
        return Partial(tuple(self._columns), self._found, self._lost, self.read, self.taken)

    def whole(self) -> Whole:
        """Return the answer for what was added."""
        labels = sorted(self._columns, key=lambda label: (label is None, label or ""))
        order = np.array([self._columns[label] for label in labels], dtype=np.int64)
        found = self._found
        sums, counts = found.inside[:, order], found.counts[:, order]
        lost = np.zeros_like(counts)
        if self._lost is not None:
            seen = self._lost.spread(np.arange(len(self._lost.features)), len(self._columns))
            lost = seen.counts[:, order]
        mean = self._question.verb == "mean"
        values = _values_of(sums, counts, lost, mean=mean)
        totals = _values_of(_across(sums), counts.sum(axis=1), lost.sum(axis=1), mean=mean)
        return Whole(tuple(labels), values, totals, self._entry(), self.read, self.taken)

    def _entry(self) -> Entry:
        found = self._found
        missing = 0 if self._lost is None else int(self._lost.features.sum())
        return Entry(
            role="numerator",
            layer="",
            unit=UNITS[self._question.verb],
            whole=math.fsum(found.whole.tolist()),
            inside=math.fsum(found.inside.ravel().tolist()),
            outside=math.fsum(found.outside.tolist()),
            repeated=math.fsum(found.repeated.tolist()),
            counted_away=0.0,
            missing=missing,
            gap=found.closes(),
        )


def _across(sums: Floats) -> Floats:
    """Return the sum over classes, correctly rounded, shape (k,)."""
    return np.array([math.fsum(row) for row in sums.tolist()], dtype=np.float64)


def _values_of(sums: Floats, counts: Ints, lost: Ints, *, mean: bool) -> Floats:
    """Return values: NaN where features are there but none has a value, or a mean has none."""
    if mean:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(counts > 0, sums / counts, np.nan))
    return np.asarray(np.where((lost > 0) & (counts == 0), np.nan, sums))
