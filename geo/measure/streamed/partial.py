"""Sums of one part of a large layer, in zones and by class, and how parts become the whole.

A part is a table of rows that is small enough for memory. Sums are kept as integers
(:mod:`geo.measure.streamed.matrix`), so that the order of parts, their number and who computed them
change no bit of the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from geo.measure.forms import Form
from geo.measure.plan import TermPlan
from geo.measure.quantity import field_of, multiplier, weight_of
from geo.measure.streamed import matrix
from geo.measure.streamed.batch import Batch, Label, check_classes
from geo.measure.streamed.collected import NO_READINGS, Collected
from geo.measure.streamed.question import Question
from geo.measure.streamed.whole import Whole, whole_of_sums
from geo.measure.zones import Bools, Floats, Ints
from geo.model.indicator import Measure

__all__ = ["SUMS", "Partial", "Question", "Sums", "Whole", "joined", "partial"]

KINDS: dict[Measure, matrix.Measure] = {
    "area": "area",
    "length": "length",
    "count": "count",
    "sum": "count",
}
SUMS = ("found", "lost", "below", "below_lost")
"""The sums of a part, by the names of their attributes."""

Held = Callable[[Batch, matrix.Places], matrix.Loose]
"""Where ground counts once: the pieces of what each feature holds of it."""


@dataclass(frozen=True)
class Partial:
    """The sums of one part, or of several.

    Attributes
    ----------
    labels : tuple of str or None
        The classes, c, in no order.
    found : matrix.Partial
        The numerator, of features with a value.
    lost : matrix.Partial, optional
        Of features without a value; None where there are none.
    read, taken : int
        Rows that were read, and those of them that the filter took.
    below, below_lost : matrix.Partial, optional
        The same of the denominator, where it is measured of features.
    readings : Collected
        The features' own numbers, where a median or a greatest value is asked for.
    """

    labels: tuple[Label, ...]
    found: matrix.Partial
    lost: matrix.Partial | None
    read: int
    taken: int
    below: matrix.Partial | None = None
    below_lost: matrix.Partial | None = None
    readings: Collected = NO_READINGS


def partial(
    question: Question,
    table: pa.Table,
    geometry: str,
    places: matrix.Places,
    *,
    checked: bool = False,
    held: Held | None = None,
    form: Form | None = None,
) -> Partial:
    """Return the sums of one part.

    Parameters
    ----------
    question : Question
        Settled (:func:`geo.measure.streamed.question.settled`).
    table : pyarrow.Table
        n rows: the question's columns, and WKB in EPSG:2180.
    geometry : str
        Name of the column of WKB.
    places : matrix.Places
        The zones, and what distances go to.
    checked : bool
        Look at the validity of each geometry that the filter takes; the engine itself gives a
        bow-tie the difference of its halves.
    held : callable, optional
        Gives the pieces, where ground under several features counts once.
    form : str, optional
        As for :func:`geo.measure.streamed.matrix.partial`.

    Raises
    ------
    MeasureError
        If a geometry cannot be measured, a filter not be read, or a value is not a number.
    LimitExceededError
        If there are too many classes.
    """
    rows = Batch(table, geometry)
    first = rows.take(question.where)
    labels, codes = first.classes(question.by, question.names)
    terms: list[tuple[matrix.Partial, matrix.Partial | None]] = []
    readings, pieces = NO_READINGS, dict[tuple[str, str], matrix.Loose]()
    for plan in question.terms:
        mine = first if plan.where == question.where else rows.take(plan.where)
        kind = KINDS[plan.measure]
        here = (plan.where, kind)
        if here not in pieces:
            if checked:
                mine.check_valid()
            pieces[here] = _pieces(kind, mine, places, held, form)
        term = _Term(plan, mine, places, form)
        classed = (codes, len(labels)) if plan.by or plan is question.above else _one(mine)
        terms.append(_sums(kind, pieces[here], term.values, *classed, places))
        if question.kind == "order" and plan is question.above:
            readings = _readings(term, pieces[here], codes, labels)
    below, below_lost = terms[1] if len(terms) > 1 else (None, None)
    found, lost = terms[0]
    return Partial(labels, found, lost, len(rows), len(first), below, below_lost, readings)


def _pieces(
    kind: matrix.Measure, rows: Batch, places: matrix.Places, held: Held | None, form: Form | None
) -> matrix.Loose:
    if not len(rows):
        return matrix.no_pieces()
    return matrix.loose(kind, rows.column, places, form) if held is None else held(rows, places)


def _one(rows: Batch) -> tuple[Ints, int]:
    """Return one class for all rows, as (codes, classes)."""
    return np.zeros(len(rows), dtype=np.int64), 1


class _Term:
    """What a term reads of some rows: the functions of a card, over a batch."""

    def __init__(
        self, plan: TermPlan, rows: Batch, places: matrix.Places, form: Form | None
    ) -> None:
        self.plan, self._rows = plan, rows
        field, self.weight = field_of(plan, rows), weight_of(plan, rows)
        self.reading = field
        self.values: Floats = field * self.weight
        if plan.reading:
            self.reading = places.goals.distances(rows.geometries, form)
            self.weight = self.values
            self.values = self.values * multiplier(plan, self.reading)


def _sums(
    kind: matrix.Measure,
    pieces: matrix.Loose,
    values: Floats,
    codes: Ints,
    classes: int,
    places: matrix.Places,
) -> tuple[matrix.Partial, matrix.Partial | None]:
    """Return the sums of features with a value, and of those without, if there are any."""
    has: Bools = ~np.isnan(values)
    found = matrix.summed(kind, pieces, codes, classes, places, values, has)
    if has.all():
        return found, None
    return found, matrix.summed(kind, pieces, codes, classes, places, None, ~has)


def _readings(
    term: _Term, pieces: matrix.Loose, codes: Ints, labels: tuple[Label, ...]
) -> Collected:
    """Return the numbers of features that lie in a zone and have one."""
    row = pieces.feature
    some = ~np.isnan(term.reading[row] * term.weight[row])
    row, zone = row[some], pieces.zone[some]
    return Collected(labels, zone, codes[row], term.reading[row], term.weight[row])


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

    Only a median keeps a number of each feature.

    Parameters
    ----------
    question : Question
    places : matrix.Places
        The zones, k.
    """

    def __init__(self, question: Question, places: matrix.Places) -> None:
        self._question, self._places = question, places
        self._columns: dict[Label, int] = {}
        self._kept: dict[str, matrix.Partial] = {}
        self._readings: list[Collected] = []
        self.read = self.taken = 0

    def add(self, part: Partial) -> None:
        """Add one part."""
        for label in part.labels:
            self._columns.setdefault(label, len(self._columns))
        check_classes(len(self._columns), self._question.by)
        at = np.array([self._columns[label] for label in part.labels], dtype=np.int64)
        for name in SUMS:
            more = getattr(part, name)
            if more is None:
                continue
            one = name.startswith("below") and not self._question.rule.of_same_term
            where, count = (np.zeros(1, np.int64), 1) if one else (at, len(self._columns))
            self._kept[name] = self._sum(name, more, where, count)
        if part.readings.labels:
            self._readings.append(part.readings)
        self.read += part.read
        self.taken += part.taken

    def _sum(self, name: str, more: matrix.Partial, at: Ints, count: int) -> matrix.Partial:
        before = self._kept.get(name)
        if before is None:
            return more.spread(at, count)
        known = np.arange(len(before.features))
        return before.spread(known, count) + more.spread(at, count)

    def partial(self) -> Partial:
        """Return what was added, as one part."""
        found = {name: self._term(name) for name in SUMS}
        return Partial(
            labels=tuple(self._columns), read=self.read, taken=self.taken,
            readings=Collected.joined(self._readings), **found,  # type: ignore[arg-type]
        )  # fmt: skip

    def _term(self, name: str) -> matrix.Partial | None:
        """Return sums over all the classes that are known by now."""
        plans = self._question.terms
        plan = plans[0] if not name.startswith("below") else plans[-1]
        classed = plan is plans[0] or self._question.rule.of_same_term
        count = len(self._columns) if classed else 1
        found = self._kept.get(name)
        if found is None:
            must = name == "found" or (name == "below" and len(plans) > 1)
            return matrix.nothing(KINDS[plan.measure], self._places, count) if must else None
        return found.spread(np.arange(len(found.features)), count)

    def whole(self) -> Whole:
        """Return the answer for what was added."""
        found = self.partial()
        labels = self._ordered(found.labels)
        order = np.array([self._columns.get(label, -1) for label in labels], dtype=np.int64)
        return whole_of_sums(self._question, self._places, replace(found, labels=labels), order)

    def _ordered(self, there: tuple[Label, ...]) -> tuple[Label, ...]:
        """Return the classes: a closed list in its order, else as the alphabet has them."""
        names = self._question.names or sorted(label for label in there if label is not None)
        return (*names, None) if None in there else tuple(names)
