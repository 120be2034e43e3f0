"""From sums to answers: a table of values, a row for each zone, a column for each class."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from geo.measure.classes import ByClass
from geo.measure.disclose import Hidden
from geo.measure.ledger import TOLERANCE, Entry
from geo.measure.plan import TermPlan
from geo.measure.statistics import Readings, contributions, order_statistic
from geo.measure.verbs import Kind, Rule, Status, value_of
from geo.measure.zones import Bools, Floats, Ints
from geo.model.indicator import UNCLASSIFIED, Recipe, Statistic


@dataclass(frozen=True)
class Value:
    """One answer: in the card's unit; numerator and denominator in base units."""

    value: float | None
    status: Status
    numerator: float | None
    denominator: float | None
    pieces: int


@dataclass(frozen=True)
class Answers:
    """The answers of a card: k zones and the whole below each other, classes beside each other.

    Attributes
    ----------
    names : tuple of str
        The classes, and UNCLASSIFIED if anything has none; the last column, all, is not named.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]

    def column(self, number: int) -> tuple[Value, ...]:
        """Return one class; -1: all together."""
        return tuple(row[number] for row in self.rows)


@dataclass(frozen=True)
class Amounts:
    """One term, shape (k + 1, m): the last row is the whole, the last column all classes."""

    sums: Floats
    given: Bools
    counted: Ints

    def at(self, row: int, column: int) -> float | None:
        """Return one sum; None where features are there but no value is."""
        column = column if self.sums.shape[1] > 1 else -1
        return float(self.sums[row, column]) if self.given[row, column] else None


class Formula(Protocol):
    """What values are made by: a card's plan, or what stands for one."""

    @property
    def card(self) -> Recipe:
        """The unit and the index that values are told in."""

    @property
    def rule(self) -> Rule:
        """What the verb divides by."""

    @property
    def kind(self) -> Kind:
        """How a value is made."""

    @property
    def statistic(self) -> Statistic:
        """What is taken of the features' own numbers."""


class Summed(Protocol):
    """A term added up in zones: a :class:`geo.measure.quantity.Quantity`, or sums of parts."""

    @property
    def plan(self) -> TermPlan:
        """What is measured."""

    @property
    def sums(self) -> Floats:
        """Exactly rounded, shape (k,)."""

    @property
    def counted(self) -> Ints:
        """Features with a value, shape (k,)."""

    @property
    def missing(self) -> Ints:
        """Features without one, shape (k,)."""

    @property
    def entry(self) -> Entry:
        """The ledger."""

    @property
    def classes(self) -> ByClass | None:
        """The same by class."""

    @property
    def readings(self) -> Readings | None:
        """The features' own numbers."""


def answers(plan: Formula, quantities: Sequence[Summed], secret: Hidden, zones: int) -> Answers:
    """Return every answer of a card.

    Parameters
    ----------
    secret : Hidden
        What is not shown.
    zones : int
        k.
    """
    names, _ = columns(quantities[0])
    return Answers(names, tuple(each(plan, quantities, secret, zones)))


def each(
    plan: Formula, quantities: Sequence[Summed], secret: Hidden, zones: int
) -> Iterator[tuple[Value, ...]]:
    """Give the answers of each zone, and last those of the whole: a value for each class, and all.

    Parameters
    ----------
    secret, zones
        As for :func:`answers`.
    """
    below = quantities[1] if len(quantities) > 1 else None
    maker = _Maker(plan, quantities[0], below, secret)
    _, there = columns(quantities[0])
    for row in range(zones + 1):
        yield tuple(maker.value(row, column) for column in there)


def columns(above: Summed) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the classes that are shown with their columns; all together last."""
    if above.classes is None:
        return (), (0,)
    names = above.classes.names
    count = len(names)
    if (above.classes.codes == -1).any() or above.classes.sums[:, -1].any():
        return (*names, UNCLASSIFIED), (*range(count + 1), count + 1)
    return names, (*range(count), count + 1)


class _Maker:
    """Makes the answers of one card."""

    def __init__(self, plan: Formula, above: Summed, below: Summed | None, secret: Hidden) -> None:
        self._plan, self._secret = plan, secret.cells
        self._private = (above.plan.private, below is not None and below.plan.private)
        self._above = amounts(above)
        self._below = None if below is None else amounts(below)
        self._last = self._above.sums.shape[1] - 1
        self._whole = len(self._above.sums) - 1
        self._shown = int((~secret.zones).sum())
        self._readings = None
        if plan.kind == "order" and above.readings is not None:
            self._readings = _Sorted(above.readings, self._whole)

    def value(self, row: int, column: int) -> Value:
        """Return the answer of one zone (or the whole) and class (or all)."""
        above, below = self._above.at(row, column), self._divisor(row, column)
        count = self._pieces(row, column)
        if self._secret[row, column]:
            return self._suppressed(above, below, count)
        if self._plan.rule.below == "classified":
            return self._of_classes(row, column, count)
        return self._answer(row, column, above, below, count)

    def _divisor(self, row: int, column: int) -> float | None:
        if self._below is None:
            return None
        return self._below.at(row, column)

    def _pieces(self, row: int, column: int) -> int:
        if not self._private[0]:
            return int(self._above.counted[row, column])
        return 1 if row < self._whole else self._shown

    def _suppressed(self, above: float | None, below: float | None, count: int) -> Value:
        """Hide the value and its private part; the public part (an area) stays."""
        private_above, private_below = self._private
        return Value(
            None,
            "suppressed",
            None if private_above else above,
            None if private_below else below,
            0 if private_above else count,
        )

    def _answer(
        self, row: int, column: int, above: float | None, below: float | None, count: int
    ) -> Value:
        divided = self._below is not None
        value, status = value_of(above, below, divided=divided)
        if self._readings is not None and status == "ok":
            code = None if column == self._last else column
            value = self._readings.take(self._plan, row, code, self._last)
        return Value(self._in_unit(value), status, above, below, count)

    def _of_classes(self, row: int, column: int, count: int) -> Value:
        """Return a share of what has a class, or what a class adds to an index of them."""
        parts = self._above.sums[row, : self._last - 1]
        classified = math.fsum(parts.tolist())
        amount = classified if column == self._last else float(self._above.sums[row, column])
        if column == self._last - 1:
            return Value(None, "unclassified", amount, None, count)
        if column == self._last:
            count -= self._pieces(row, column - 1)
        if self._above.at(row, self._last) is None:  # a raster without data there
            return Value(None, "null", amount, classified, count)
        if not classified:
            return Value(None, "not_computable", amount, classified, count)
        value = amount / classified
        index = self._plan.card.index
        if index is not None:
            adds = contributions(index, parts)
            value = math.fsum(adds.tolist()) if column == self._last else float(adds[column])
        return Value(self._in_unit(value), "ok", amount, classified, count)

    def _in_unit(self, value: float | None) -> float | None:
        return None if value is None else self._plan.card.parsed_unit.from_base(value)


class _Sorted:
    """Readings in the order of their zones."""

    def __init__(self, readings: Readings, zones: int) -> None:
        order = np.argsort(readings.zone, kind="stable")
        self._reading, self._weight = readings.reading[order], readings.weight[order]
        self._code = readings.code[order]
        self._edges = np.searchsorted(readings.zone[order], np.arange(zones + 1))
        self._known = readings.known

    def take(self, plan: Formula, row: int, code: int | None, last: int) -> float | None:
        """Return the statistic of one zone (the row after the last: of all) and class."""
        if self._known is not None:
            return float(self._known[row])
        inside = row < len(self._edges) - 1
        rows = slice(self._edges[row], self._edges[row + 1]) if inside else slice(None)
        reading, weight = self._reading[rows], self._weight[rows]
        if code is not None:
            mine = self._code[rows] == (-1 if code == last - 1 else code)
            reading, weight = reading[mine], weight[mine]
        return order_statistic(plan.statistic, reading, weight)


def amounts(found: Summed) -> Amounts:
    """Return a term's sums by zone and class, with those of the whole and of all classes."""
    sums, counted, missing = found.sums[:, None], found.counted[:, None], found.missing[:, None]
    repeated = np.array([found.entry.repeated])
    if found.classes is not None:
        by = found.classes
        sums = np.hstack((by.sums, sums))
        counted = np.hstack((by.counted, counted))
        missing = np.hstack((by.missing, missing))
        repeated = np.append(by.repeated, repeated)
    whole = [_total(sums[:, i], float(repeated[i])) for i in range(sums.shape[1])]
    counted = np.vstack((counted, counted.sum(axis=0)))
    missing = np.vstack((missing, missing.sum(axis=0)))
    return Amounts(np.vstack((sums, whole)), (missing == 0) | (counted > 0), counted)


def _total(sums: Floats, repeated: float) -> float:
    """Add up the zones, less what they share where they overlap beyond rounding."""
    total = math.fsum(sums.tolist())
    return total - repeated if abs(repeated) > TOLERANCE * abs(total) else total
