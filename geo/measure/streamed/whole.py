"""From sums of parts to answers: the table of values that a card would give, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, get_args

import numpy as np
from numpy.typing import NDArray

from geo.measure.answers import Formula, Summed, Value, amounts, columns, each
from geo.measure.classes import ByClass
from geo.measure.disclose import Hidden
from geo.measure.ledger import Entry
from geo.measure.plan import TermPlan
from geo.measure.quantity import quantity
from geo.measure.statistics import Readings
from geo.measure.streamed import matrix
from geo.measure.streamed.batch import Label
from geo.measure.streamed.question import Question
from geo.measure.streamed.standin import zone_set
from geo.measure.verbs import Kind, Rule, Status
from geo.measure.zones import Floats, Ints
from geo.model.indicator import UNCLASSIFIED, Recipe, Statistic

if TYPE_CHECKING:
    from geo.measure.streamed.partial import Partial

STATUSES: tuple[Status, ...] = get_args(Status)
_OK, _NULL = STATUSES.index("ok"), STATUSES.index("null")


@dataclass(frozen=True)
class Table:
    """Answers of k zones and, last, of all zones; of c classes and, last, of all classes.

    Attributes
    ----------
    values : numpy.ndarray of float, shape (k + 1, c + 1)
        NaN where there is none.
    status : numpy.ndarray of int, shape (k + 1, c + 1)
        Rows of :data:`STATUSES`.
    above, below : numpy.ndarray of float, shape (k + 1, c + 1), or None
        What a value is the quotient of, in base units; None where it is no quotient.
    """

    values: Floats
    status: NDArray[np.int8]
    above: Floats | None
    below: Floats | None


@dataclass(frozen=True)
class Whole:
    """The answer: k zones by c classes.

    Attributes
    ----------
    labels : tuple of str or None
        Classes in order; the one without a label last.
    table : Table
    ledger : tuple of Entry
        Of what is added up: of the numerator, then of the denominator if there is one.
    read, taken : int
        Rows, or cells of a raster, that were read; those that the filter took.
    """

    labels: tuple[Label, ...]
    table: Table
    ledger: tuple[Entry, ...]
    read: int
    taken: int

    @property
    def values(self) -> Floats:
        """By zone and class, NaN where there is none, shape (k, c)."""
        return self.table.values[:-1, :-1]

    @property
    def totals(self) -> Floats:
        """By zone, all classes together, shape (k,)."""
        return self.table.values[:-1, -1]

    @property
    def entry(self) -> Entry:
        """The ledger of the numerator."""
        return self.ledger[0]


@dataclass(frozen=True)
class Added:
    """A term added up from parts, as :func:`geo.measure.answers.each` takes it."""

    plan: TermPlan
    sums: Floats
    counted: Ints
    missing: Ints
    entry: Entry
    classes: ByClass | None = None
    readings: Readings | None = None


@dataclass(frozen=True)
class _Asked:
    """A question in the place of a card's plan."""

    question: Question

    @property
    def card(self) -> Recipe:
        return self.question.recipe

    @property
    def rule(self) -> Rule:
        return self.question.rule

    @property
    def kind(self) -> Kind:
        return self.question.kind

    @property
    def statistic(self) -> Statistic:
        return self.question.taken


def whole_of_sums(question: Question, places: matrix.Places, found: Partial, order: Ints) -> Whole:
    """Return the answer from the sums of all parts.

    Parameters
    ----------
    found : Partial
        With its labels in the order of the answer.
    order : numpy.ndarray of int, shape (c,)
        Where the sums of each label are; -1: nowhere, for no feature has it.
    """
    above = _term(question.above, found.found, found.lost, found.labels, order)
    if question.kind == "order":
        readings = found.readings.readings(found.labels) if found.readings.labels else _NO_READINGS
        above = replace(above, readings=readings)
    terms: list[Summed] = [above]
    if question.rule.below == "zone_area":
        terms.append(_ground(places))
    elif question.below is not None and found.below is not None:
        terms.append(_term(question.below, found.below, found.below_lost, found.labels, order))
    return whole(_Asked(question), terms, len(places), found.read, found.taken)


_NONE = np.empty(0)
_NO_READINGS = Readings(_NONE.astype(np.int64), _NONE.astype(np.int64), _NONE, _NONE)


def whole(formula: Formula, terms: Sequence[Summed], zones: int, read: int, taken: int) -> Whole:
    """Return the answer from terms that are added up.

    Parameters
    ----------
    formula : Formula
        How values are made of them.
    terms : sequence of Summed
        Numerator, and denominator if there is one.
    zones : int
        k.
    """
    names, there = columns(terms[0])
    labels: tuple[Label, ...] = tuple(None if name == UNCLASSIFIED else name for name in names)
    if terms[0].classes is None:
        labels, there = (None,), (0, 0)
    made = _sums if formula.kind == "sum" else _quotients
    table = made(formula, terms, zones, there)
    return Whole(labels, table, tuple(term.entry for term in terms), read, taken)


def _sums(formula: Formula, terms: Sequence[Summed], zones: int, there: tuple[int, ...]) -> Table:
    """Return sums as they are: a zone may be one of a million, and nothing is divided."""
    found = amounts(terms[0])
    given = found.given[:, there]
    values = np.where(given, found.sums[:, there], np.nan)
    return Table(values, np.where(given, _OK, _NULL).astype(np.int8), None, None)


def _quotients(
    formula: Formula, terms: Sequence[Summed], zones: int, there: tuple[int, ...]
) -> Table:
    shape = (zones + 1, len(there))
    values, above, below = (np.full(shape, np.nan) for _ in range(3))
    status = np.zeros(shape, dtype=np.int8)
    width = len(columns(terms[0])[1])
    every = each(formula, terms, _nothing_hidden(zones, terms[0]), zones)
    for row, found in enumerate(every):
        for column in range(len(there)):
            one: Value = found[min(column, width - 1)]
            values[row, column] = np.nan if one.value is None else one.value
            status[row, column] = STATUSES.index(one.status)
            above[row, column] = np.nan if one.numerator is None else one.numerator
            below[row, column] = np.nan if one.denominator is None else one.denominator
    return Table(values, status, above, below)


def _nothing_hidden(zones: int, above: Summed) -> Hidden:
    """Only public fields are measured here: a card hides groups that are too small."""
    count = 0 if above.classes is None else len(above.classes.names)
    nothing = np.zeros((zones + 1, count + 2), dtype=np.bool_)
    return Hidden(nothing[:-1, 0], False, nothing)


def _term(
    plan: TermPlan,
    found: matrix.Partial,
    lost: matrix.Partial | None,
    labels: tuple[Label, ...],
    order: Ints,
) -> Added:
    missing = np.zeros_like(found.counts) if lost is None else lost.counts
    entry = _entry(plan, found, 0 if lost is None else int(lost.features.sum()))
    classes = _classes(found, missing, lost, labels, order) if plan.by else None
    if classes is not None:
        entry = _unclassified(entry, classes)
    return Added(
        plan, found.together, found.counts.sum(axis=1),
        missing.sum(axis=1), entry, classes,
    )  # fmt: skip


def _classes(
    found: matrix.Partial,
    missing: Ints,
    lost: matrix.Partial | None,
    labels: tuple[Label, ...],
    order: Ints,
) -> ByClass:
    """Return sums by class: a column for each name, and the last one for what has none."""
    names = tuple(label for label in labels if label is not None)
    at = order if None in labels else np.append(order, -1)
    features = found.features + (0 if lost is None else lost.features)
    nobody = None in labels and features[order[labels.index(None)]] > 0
    codes = np.full(int(nobody), -1, dtype=np.int64)
    return ByClass(
        names, codes, _in_order(found.inside, at), _in_order(found.counts, at),
        _in_order(missing, at), _in_order(found.repeated[None, :], at)[0],
    )  # fmt: skip


def _in_order[T: (Floats, Ints)](values: T, at: Ints) -> T:
    """Return columns in another order; -1 is a column of nothing."""
    more = np.zeros((len(values), 1), dtype=values.dtype)
    return np.hstack((values, more))[:, at]


def _entry(plan: TermPlan, found: matrix.Partial, missing: int) -> Entry:
    inside, outside, whole_, repeated, away = found.totals
    return Entry(
        role=plan.role, layer="", unit=plan.unit, whole=whole_, inside=inside, outside=outside,
        repeated=repeated, counted_away=away, missing=missing, gap=found.closes(),
    )  # fmt: skip


def _unclassified(entry: Entry, classes: ByClass) -> Entry:
    return replace(entry, unclassified=classes.unclassified)


def _ground(places: matrix.Places) -> Summed:
    """Return the zones' own area; the whole is their union, measured by itself."""
    plan = TermPlan("denominator", "", "polygon", "area", itself=True)
    zones = zone_set(places.zones)
    return quantity(plan, zones.features, zones)
