"""What a card reads: layers, columns and filters, known before anything is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from geo.errors import MeasureError
from geo.measure import where
from geo.measure.verbs import VERBS, Rule
from geo.model import Indicator, Layer, Project, Term
from geo.model.indicator import OWN_AREA, Measure
from geo.model.layer import Family
from geo.model.text import Language
from geo.model.units import AREA, FEATURES, LENGTH, NONE, PERSONS, Dimension, parse_unit

Role = Literal["numerator", "denominator"]
OWN_UNIT: dict[Measure, str] = {"area": "m2", "length": "m", "count": "feature"}


@dataclass(frozen=True)
class TermPlan:
    """One quantity that a card adds up per zone.

    Attributes
    ----------
    columns : tuple of str
        What is read beside the geometry, id first.
    given : str
        Count only features that have a value here (the denominator of a mean).
    private : bool
        It adds up a field that is not public: no single feature may show.
    persons : bool
        The private field counts people.
    unit, factor : str, float
        The base unit of the quantity, and how much of it one of the field's own unit is.
    itself : bool
        The zones' own area.
    """

    role: Role
    layer: str
    family: Family
    measure: Measure
    where: str = ""
    field: str = ""
    weight: str = ""
    given: str = ""
    once: bool = False
    columns: tuple[str, ...] = ()
    private: bool = False
    persons: bool = False
    unit: str = "m2"
    factor: float = 1.0
    itself: bool = False

    def explain(self, language: Language) -> str:
        """Return the term in one line for a person."""
        polish = language == "pl"
        words = [f"{self.measure}({self.field or self.layer})", "z" if polish else "from"]
        words += [f"{self.layer} [{', '.join(self.columns)}]"]
        words += [f"{'gdzie' if polish else 'where'} {self.where}"] if self.where else []
        words += [f"× {self.weight}"] if self.weight else []
        words += ["(nakładanie raz)" if polish else "(overlaps once)"] if self.once else []
        words += [f"-> {self.unit}"]
        return " ".join(words)


@dataclass(frozen=True)
class Plan:
    """All that a card reads: zones, numerator, and denominator if it has one."""

    card: Indicator
    zones: Layer
    rule: Rule
    numerator: TermPlan
    denominator: TermPlan | None

    @property
    def terms(self) -> tuple[TermPlan, ...]:
        """The numerator, then the denominator if there is one."""
        return (self.numerator, *((self.denominator,) if self.denominator else ()))

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that are read, zones first, each once."""
        return tuple(dict.fromkeys((self.zones.id, *(term.layer for term in self.terms))))

    def explain(self, language: Language = "pl") -> tuple[str, ...]:
        """Return the plan, a line for the zones and for each term."""
        polish = language == "pl"
        names = {"numerator": "licznik" if polish else "numerator",
                 "denominator": "mianownik" if polish else "denominator"}  # fmt: skip
        first = f"{'strefy' if polish else 'zones'}: {self.zones.id}"
        return (first, *(f"{names[t.role]}: {t.explain(language)}" for t in self.terms))


def plan(project: Project, card: Indicator) -> Plan:
    """Return what a card reads.

    Raises
    ------
    MeasureError
        If a filter cannot be read or names a field that its layer does not have.
    """
    rule = VERBS[card.verb]
    zones = project.zones_of(card)
    below: TermPlan | None = None
    if rule.below == "zone_area":
        below = TermPlan(
            "denominator", zones.id, "polygon", "area", columns=(zones.id_field,), itself=True
        )
    elif rule.below == "count":
        given = "" if card.of.field == OWN_AREA else card.of.field
        below = _term(project, "denominator", card.of, "count", given)
    elif card.over is not None:
        below = _term(project, "denominator", card.over, card.measure_of(card.over))
    above = _term(project, "numerator", card.of, card.measure_of(card.of))
    return Plan(card, zones, rule, above, below)


def _term(project: Project, role: Role, term: Term, measure: Measure, given: str = "") -> TermPlan:
    layer = project.layer(term.layer)
    filtered = where.fields(term.where)
    _check_filter(layer, filtered, term.weight)
    field = layer.field(term.field) if measure == "sum" else layer.field(given)
    unit = parse_unit(field.unit) if measure == "sum" and field and field.unit else None
    dimension = unit.dimension if unit else NONE
    read = layer.field(term.field)
    private = read is not None and not read.public
    names = (*filtered, field.name if field else "", term.weight)
    return TermPlan(
        role=role,
        layer=layer.id,
        family=layer.family,
        measure=measure,
        where=term.where,
        field=term.field if measure == "sum" else "",
        weight=term.weight,
        given=given,
        once=term.overlaps == "once",
        columns=tuple(dict.fromkeys((layer.id_field, *(name for name in names if name)))),
        private=private,
        persons=private and measure == "sum" and dimension == PERSONS,
        unit=_base_unit(term, measure, dimension),
        factor=unit.factor if unit else 1.0,
    )


def _check_filter(layer: Layer, names: tuple[str, ...], weight: str) -> None:
    """Refuse a filter or weight over a secret field: each piece of evidence would show it."""
    for name in (*names, *((weight,) if weight else ())):
        field = layer.field(name)
        if field is None:
            raise where.unknown_field(name, [each.name for each in layer.fields])
        if not field.public:
            raise MeasureError(
                f"a filter or weight uses the field {name!r}, which is not public",
                where=layer.id,
                fix="only a sum or mean may read such a field: it is published per zone",
            )


def _base_unit(term: Term, measure: Measure, dimension: Dimension) -> str:
    if measure != "sum":
        return OWN_UNIT[measure]
    if term.field == OWN_AREA:
        return "m2"
    known = {AREA: "m2", LENGTH: "m", PERSONS: "person", FEATURES: "feature"}
    return known.get(dimension, "1")
