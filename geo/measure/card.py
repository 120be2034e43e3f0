"""A whole card measured: a value per zone and class and for all of them, statuses and ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from geo.errors import MeasureError
from geo.measure.answers import Answers, Value, answers
from geo.measure.dasymetric import with_modelled
from geo.measure.disclose import Hidden, Threshold, too_few
from geo.measure.distance import Reached, straight
from geo.measure.inputs import Features, ZoneSet
from geo.measure.ledger import Entry
from geo.measure.nearer import is_target
from geo.measure.network import Network
from geo.measure.plan import Plan, TermPlan
from geo.measure.quantity import Quantity, quantity
from geo.measure.secrets import inside_tells, secrets
from geo.measure.where import select
from geo.measure.zonal import RasterGrid, Source, raster_quantity

__all__ = ["CardResult", "ClassValues", "Value", "assemble", "measure"]


@dataclass(frozen=True)
class ClassValues:
    """The answers of one class: a value per zone, and one for all zones.

    Attributes
    ----------
    name : str
        The class; :data:`geo.model.indicator.UNCLASSIFIED` for what has none.
    """

    name: str
    values: tuple[Value, ...]
    whole: Value


@dataclass(frozen=True)
class CardResult:
    """A card measured in k zones.

    Attributes
    ----------
    values : tuple of Value, length k
        In the order of the zones; all classes together.
    whole : Value
        All zones together: for a ratio, the sum of numerators over the sum of denominators.
        Ground in several zones counts once. A suppressed answer keeps its public part.
    hidden : Hidden
        What has too few people or features behind it to be shown.
    ledger : tuple of Entry
        Fit for publication.
    classes : tuple of ClassValues
        With `by`: a class each, in the order of the card or of the alphabet; what has no class is
        the last one, if there is any.
    """

    plan: Plan
    zones: ZoneSet
    quantities: tuple[Quantity, ...]
    values: tuple[Value, ...]
    whole: Value
    hidden: Hidden
    ledger: tuple[Entry, ...]
    classes: tuple[ClassValues, ...] = ()

    @property
    def closes(self) -> bool:
        """Whether every entry of the ledger closes."""
        return all(found.closes for found in self.ledger)


def measure(
    plan: Plan,
    zones: ZoneSet,
    sources: Mapping[str, Source],
    *,
    threshold: Threshold | None = None,
) -> CardResult:
    """Measure a card.

    Parameters
    ----------
    sources : mapping of str to Source
        The layers of the plan.
    threshold : Threshold, optional
        The smallest groups that may be shown; 10 persons, 3 features when not given.

    Raises
    ------
    MeasureError
        If a filter or a value does not fit.
    """
    reached = _reached(plan.numerator, sources)
    median = plan.kind == "order"
    quantities = tuple(_quantity(term, sources, zones, reached, median) for term in plan.terms)
    return assemble(plan, zones, quantities, threshold=threshold)


def _quantity(
    term: TermPlan,
    sources: Mapping[str, Source],
    zones: ZoneSet,
    reached: Reached | None,
    median: bool,
) -> Quantity:
    if term.itself:
        return quantity(term, zones.features, zones)
    source = sources[term.layer]
    if isinstance(source, RasterGrid):
        return raster_quantity(term, source, zones, median=median and term.role == "numerator")
    if term.modelled is None:
        return quantity(term, source, zones, reached)
    totals = _features(sources, term.modelled.spread.layer)
    source, unplaced = with_modelled(source, term.modelled, totals)
    found = quantity(term, source, zones, reached)
    if not _adds_only(term, term.modelled.name):
        return found
    return replace(found, entry=replace(found.entry, unplaced=unplaced * term.factor))


def _adds_only(term: TermPlan, modelled: str) -> bool:
    """Tell whether a term adds up a modelled field alone: people, and not people times metres.

    Of what is times something else the denominator tells who is missing.
    """
    if term.measure not in ("sum", "count") or term.reading not in ("", "reached"):
        return False
    return {term.field, term.weight} == {modelled, ""}


def _reached(term: TermPlan, sources: Mapping[str, Source]) -> Reached | None:
    """Return how far the features of a term are from its targets, if it asks for that."""
    target = term.target
    if target is None:
        return None
    source, whole = _features(sources, term.layer), _features(sources, target.layer)
    origins = source.take(select(term.where, source.table))
    targets = whole.take(is_target(target, whole))
    if not target.along:
        return straight(origins, targets)
    ways = Network(_features(sources, target.along).geometries)
    return ways.reach(origins.points, targets.geometries)


def _features(sources: Mapping[str, Source], layer_id: str) -> Features:
    found = sources[layer_id]
    if isinstance(found, RasterGrid):
        raise MeasureError("a raster has no features to go from or to", where=layer_id)
    return found


def assemble(
    plan: Plan,
    zones: ZoneSet,
    quantities: tuple[Quantity, ...],
    *,
    threshold: Threshold | None = None,
) -> CardResult:
    """Put a card together from its measured terms, whoever measured them.

    Parameters
    ----------
    quantities : tuple of Quantity
        Of the plan's terms, in their order.
    """
    threshold = threshold or Threshold()
    secret = secrets(plan, quantities, threshold)
    found = answers(plan, quantities, secret, len(zones))
    told = inside_tells(plan, secret)
    ledger = tuple(_published(each, secret, threshold, told) for each in quantities)
    return CardResult(
        plan,
        zones,
        quantities,
        found.column(-1)[:-1],
        found.column(-1)[-1],
        secret,
        ledger,
        _classes(found),
    )


def _classes(found: Answers) -> tuple[ClassValues, ...]:
    columns = (found.column(number) for number in range(len(found.names)))
    return tuple(
        ClassValues(name, column[:-1], column[-1])
        for name, column in zip(found.names, columns, strict=True)
    )


def _published(found: Quantity, secret: Hidden, threshold: Threshold, told: bool) -> Entry:
    """Leave out of the ledger what would disclose a small group; `told`: what is inside would."""
    if not found.plan.private:
        return found.entry
    outside = found.entry.outside or 0.0
    if found.plan.persons and not found.plan.reading:
        few = too_few(outside, persons=True, threshold=threshold)
    else:
        few = outside != 0
    few = few or secret.whole or told
    rest, unplaced = found.entry.unclassified, found.entry.unplaced or 0.0
    whole, inside = found.entry.whole, found.entry.inside
    return replace(
        found.entry,
        whole=None if few else whole,
        outside=None if few else outside,
        inside=None if secret.whole or told else inside,
        unclassified=0.0 if secret.cells[-1, -2:-1].any() else rest,
        unplaced=None if too_few(unplaced, persons=True, threshold=threshold) else unplaced,
        worst="",
    )
