"""A whole card measured: a value per zone and one for all zones, with statuses and ledger."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from geo.measure.disclose import Hidden, Threshold, hidden, too_few
from geo.measure.inputs import Features, ZoneSet
from geo.measure.ledger import TOLERANCE, Entry
from geo.measure.plan import Plan
from geo.measure.quantity import Quantity, quantity
from geo.measure.verbs import Status, value_of


@dataclass(frozen=True)
class Value:
    """One answer: in the card's unit; numerator and denominator in base units."""

    value: float | None
    status: Status
    numerator: float | None
    denominator: float | None
    pieces: int


@dataclass(frozen=True)
class CardResult:
    """A card measured in k zones.

    Attributes
    ----------
    values : tuple of Value, length k
        In the order of the zones.
    whole : Value
        All zones together: for a ratio, the sum of numerators over the sum of denominators.
        Ground in several zones counts once. A suppressed answer keeps its public part.
    hidden : numpy.ndarray of bool, shape (k,)
        Zones whose people or features are too few to show.
    ledger : tuple of Entry
        Fit for publication.
    """

    plan: Plan
    zones: ZoneSet
    quantities: tuple[Quantity, ...]
    values: tuple[Value, ...]
    whole: Value
    hidden: Hidden
    ledger: tuple[Entry, ...]

    @property
    def closes(self) -> bool:
        """Whether every entry of the ledger closes."""
        return all(found.closes for found in self.ledger)


def measure(
    plan: Plan,
    zones: ZoneSet,
    sources: Mapping[str, Features],
    *,
    threshold: Threshold | None = None,
) -> CardResult:
    """Measure a card.

    Parameters
    ----------
    sources : mapping of str to Features
        The layers of the plan.
    threshold : Threshold, optional
        The smallest groups that may be shown; 10 persons, 3 features when not given.

    Raises
    ------
    MeasureError
        If a filter or a value does not fit.
    """
    threshold = threshold or Threshold()
    quantities = tuple(quantity(term, sources[term.layer], zones) for term in plan.terms)
    secret = _hidden(quantities, threshold, len(zones))
    values = tuple(_value(plan, quantities, secret, zone) for zone in range(len(zones)))
    ledger = tuple(_published(found, secret, threshold) for found in quantities)
    return CardResult(
        plan, zones, quantities, values, _whole(plan, quantities, secret), secret, ledger
    )


def _hidden(quantities: tuple[Quantity, ...], threshold: Threshold, count: int) -> Hidden:
    zones, whole = np.zeros(count, dtype=bool), False
    for found in quantities:
        if found.plan.private:
            secret = hidden(
                found.sums, found.counted, persons=found.plan.persons, threshold=threshold
            )
            zones, whole = zones | secret.zones, whole or secret.whole
    return Hidden(zones, whole)


def _value(plan: Plan, quantities: tuple[Quantity, ...], secret: Hidden, zone: int) -> Value:
    above = quantities[0]
    count = 1 if above.plan.private else int(above.counted[zone])
    amounts = [found.amount(zone) for found in quantities]
    if secret.zones[zone]:
        return _suppressed(quantities, amounts, count)
    return _answer(plan, amounts[0], amounts[1] if len(amounts) > 1 else None, count)


def _suppressed(quantities: tuple[Quantity, ...], amounts: list[float | None], count: int) -> Value:
    """Hide the value and its private part; the public part (an area) stays."""
    shown = [
        None if found.plan.private else amount
        for found, amount in zip(quantities, amounts, strict=True)
    ]
    below = shown[1] if len(shown) > 1 else None
    return Value(None, "suppressed", shown[0], below, 0 if quantities[0].plan.private else count)


def _answer(plan: Plan, above: float | None, below: float | None, count: int) -> Value:
    divided = plan.denominator is not None
    value, status = value_of(above, below, divided=divided)
    shown = None if value is None else plan.card.parsed_unit.from_base(value)
    return Value(shown, status, above, below if divided else None, count)


def _whole(plan: Plan, quantities: tuple[Quantity, ...], secret: Hidden) -> Value:
    above = quantities[0]
    shown = ~secret.zones
    count = int(shown.sum()) if above.plan.private else int(above.counted.sum())
    amounts = [_total(found) for found in quantities]
    if secret.whole:
        return _suppressed(quantities, amounts, count)
    return _answer(plan, amounts[0], amounts[1] if len(amounts) > 1 else None, count)


def _total(found: Quantity) -> float | None:
    """Add up the zones, less what they share where they overlap beyond rounding."""
    if found.missing.sum() and not found.counted.sum():
        return None
    total = math.fsum(found.sums.tolist())
    repeated = found.entry.repeated
    return total - repeated if abs(repeated) > TOLERANCE * abs(total) else total


def _published(found: Quantity, secret: Hidden, threshold: Threshold) -> Entry:
    """Leave out of the ledger what would disclose a small group."""
    if not found.plan.private:
        return found.entry
    outside = found.entry.outside or 0.0
    if found.plan.persons:
        few = too_few(outside, persons=True, threshold=threshold)
    else:
        few = outside != 0
    few = few or secret.whole
    whole, inside = found.entry.whole, found.entry.inside
    return replace(
        found.entry,
        whole=None if few else whole,
        outside=None if few else outside,
        inside=None if secret.whole else inside,
        worst="",
    )
