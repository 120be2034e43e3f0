"""What a card reads: layers, columns and filters, known before anything is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from geo.errors import MeasureError
from geo.measure import where
from geo.measure.classes import NOT_CLASSED, Classing
from geo.measure.verbs import VERBS, Kind, Rule
from geo.model import Layer, Project, Recipe, Term
from geo.model.cells import Cells
from geo.model.indicator import OWN_AREA, Measure, Statistic
from geo.model.layer import Family, ModelledField
from geo.model.text import Language
from geo.model.units import AREA, FEATURES, LENGTH, NONE, PERSONS, Dimension, parse_unit

Role = Literal["numerator", "denominator"]
Reading = Literal["", "distance", "within", "reached"]
OWN_UNIT: dict[Measure, str] = {"area": "m2", "length": "m", "count": "feature"}
TIMES_METRES = {"feature": "m", "person": "person*m"}
"""The unit of a sum of distances, by what each of them is counted for."""


@dataclass(frozen=True)
class TargetPlan:
    """What the features of a term are measured to.

    Attributes
    ----------
    columns : tuple of str
        What is read beside the geometry, id first.
    distance_m : float or None
        How near is near, for share_within.
    along : str
        The layer of ways; empty for straight distances.
    """

    layer: str
    where: str = ""
    least_m2: float = 0.0
    columns: tuple[str, ...] = ()
    distance_m: float | None = None
    along: str = ""
    along_columns: tuple[str, ...] = ()


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
    by : Classing
        The classes that its sums are told apart by.
    reading : str
        What each feature's measure is multiplied by beside its field: its distance to the nearest
        target; 1 where that is within a distance, else 0; 1 where there is a target at all.
    ellipsoid : bool
        Areas and lengths on the ellipsoid.
    modelled : ModelledField or None
        What `field` or `weight` is made of, where no file holds it; `total_columns` is read of
        its zones.
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
    by: Classing = NOT_CLASSED
    reading: Reading = ""
    target: TargetPlan | None = None
    ellipsoid: bool = False
    modelled: ModelledField | None = None
    total_columns: tuple[str, ...] = ()

    @property
    def local(self) -> bool:
        """Whether a feature's part follows from that feature and the zones alone."""
        return self.target is None and not self.once and self.modelled is None

    def explain(self, language: Language) -> str:
        """Return the term in one line for a person."""
        polish = language == "pl"
        words = [f"{self.measure}({self.field or self.layer})", "z" if polish else "from"]
        words += [f"{self.layer} [{', '.join(self.columns)}]"]
        words += [f"{'gdzie' if polish else 'where'} {self.where}"] if self.where else []
        words += [f"× {self.weight}"] if self.weight else []
        if self.target is not None:
            words += [f"× {self.reading}({self.target.layer} {self.target.where})"]
            words += [f"{'wzdłuż' if polish else 'along'} {self.target.along}"] * bool(
                self.target.along
            )
        words += ["(nakładanie raz)" if polish else "(overlaps once)"] if self.once else []
        words += [f"-> {self.unit}"]
        return " ".join(words)


@dataclass(frozen=True)
class Plan:
    """All that a card reads: zones, numerator, and denominator if it has one.

    Attributes
    ----------
    zones : Layer
        The zones; for cells, the layer that they would be.
    extent : Layer
        The layer that the zones are read from: the zones, or what cells are to cover.
    """

    card: Recipe
    zones: Layer
    rule: Rule
    numerator: TermPlan
    denominator: TermPlan | None
    extent: Layer

    @property
    def cells(self) -> Cells | None:
        """The cells that are the zones, if they are no layer."""
        return self.card.per if isinstance(self.card.per, Cells) else None

    @property
    def statistic(self) -> Statistic:
        """What is taken of the features' readings; mean: a sum over a sum."""
        return "median" if self.card.verb == "median" else self.card.statistic or "mean"

    @property
    def kind(self) -> Kind:
        """How a value is made of what was measured."""
        return "order" if self.statistic != "mean" else self.rule.value

    @property
    def terms(self) -> tuple[TermPlan, ...]:
        """The numerator, then the denominator if there is one."""
        return (self.numerator, *((self.denominator,) if self.denominator else ()))

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that are read, zones first, each once."""
        return tuple(self.reads)

    @property
    def reads(self) -> dict[str, tuple[str, ...]]:
        """The layers that are read, zones first, with their columns beside the geometry."""
        zones = (self.extent.id_field, self.extent.title_field)
        parts = [(self.extent.id, tuple(name for name in zones if name))]
        for term in self.terms:
            if not term.itself:
                parts.append((term.layer, term.columns))
            if term.target is not None:
                parts.append((term.target.layer, term.target.columns))
                parts.append((term.target.along, term.target.along_columns))
            if term.modelled is not None:
                parts.append((term.modelled.spread.layer, term.total_columns))
        found: dict[str, tuple[str, ...]] = {}
        for layer, columns in parts:
            if layer:
                found[layer] = tuple(dict.fromkeys((*found.get(layer, ()), *columns)))
        return found

    def explain(self, language: Language = "pl") -> tuple[str, ...]:
        """Return the plan, a line for the zones and for each term."""
        polish = language == "pl"
        names = {"numerator": "licznik" if polish else "numerator",
                 "denominator": "mianownik" if polish else "denominator"}  # fmt: skip
        first = f"{'strefy' if polish else 'zones'}: {self.zones.id}"
        return (first, *(f"{names[t.role]}: {t.explain(language)}" for t in self.terms))


def plan(project: Project, card: Recipe) -> Plan:
    """Return what a card reads.

    Raises
    ------
    MeasureError
        If a filter cannot be read or names a field that its layer does not have, or an answer
        would show one feature's own value of a field that is not public.
    """
    rule = VERBS[card.verb]
    zones = project.zones_of(card)
    extent = project.layer(project.site.zones) if isinstance(card.per, Cells) else zones
    reading: Reading = ""
    if card.to is not None:
        reading = "distance" if card.distance is None else "within"
    above = _term(project, card, "numerator", card.of, card.measure_of(card.of), reading=reading)
    found = Plan(card, zones, rule, above, _below(project, card, rule, zones), extent)
    if found.kind == "order" and above.private:
        raise MeasureError(
            f"a {found.statistic} shows one feature's own value, "
            f"and the field {card.of.field!r} is not public",
            where=above.layer,
            fix="take a sum, a mean or a share: these are published for groups",
        )
    return found


def _below(project: Project, card: Recipe, rule: Rule, zones: Layer) -> TermPlan | None:
    measure = card.measure_of(card.of)
    if rule.below == "zone_area":
        return TermPlan(
            "denominator", zones.id, "polygon", "area",
            columns=(zones.id_field,), itself=True, ellipsoid=card.ellipsoid,
        )  # fmt: skip
    if rule.below == "count":
        given = "" if card.of.field == OWN_AREA else card.of.field
        return _term(project, card, "denominator", card.of, "count", given=given)
    if rule.below == "reached":
        return _term(project, card, "denominator", card.of, measure, reading="reached")
    if rule.below == "all":
        return _term(project, card, "denominator", card.of, measure)
    if rule.below == "persons":
        people = project.site.residents
        assert people is not None  # noqa: S101 - check_recipe has seen to it
        term = Term(layer=people.layer, measure="sum", field=people.field)
        return _term(project, card, "denominator", term, "sum")
    if card.over is not None:
        return _term(project, card, "denominator", card.over, card.measure_of(card.over))
    return None


def _term(
    project: Project,
    card: Recipe,
    role: Role,
    term: Term,
    measure: Measure,
    *,
    given: str = "",
    reading: Reading = "",
) -> TermPlan:
    layer = project.layer(term.layer)
    by = _classing(card, layer) if term is card.of else NOT_CLASSED
    filtered = (*where.fields(term.where), *_class_fields(by))
    _check_filter(layer, filtered, term.weight)
    name = term.field if measure == "sum" else given
    field, added = layer.field(name), layer.modelled_field(name) or layer.field(name)
    weight = layer.field(term.weight)
    modelled = layer.modelled_field(name) or layer.modelled_field(term.weight)
    symbol = added.unit if added and measure == "sum" else ""
    unit = parse_unit(symbol) if symbol else None
    dimension = unit.dimension if unit else NONE
    read = layer.field(term.field)
    private = read is not None and not read.public
    own = (each.name for each in (field, weight) if each is not None)
    names = (*filtered, *own, *_made_of(modelled))
    base = _base_unit(term, measure, dimension)
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
        unit=base if reading != "distance" else TIMES_METRES.get(base, "1"),
        factor=unit.factor if unit else 1.0,
        by=by,
        reading=reading,
        target=_target(project, card) if reading else None,
        ellipsoid=card.ellipsoid,
        modelled=modelled,
        total_columns=_total_columns(project, modelled),
    )


def _made_of(modelled: ModelledField | None) -> tuple[str, ...]:
    """Return the fields that a modelled one is made of, in its own layer."""
    if modelled is None:
        return ()
    spread = modelled.spread
    return (*where.fields(spread.where), *(name for name in spread.by if name != OWN_AREA))


def _total_columns(project: Project, modelled: ModelledField | None) -> tuple[str, ...]:
    if modelled is None:
        return ()
    return (project.layer(modelled.spread.layer).id_field, modelled.spread.field)


def _classing(card: Recipe, layer: Layer) -> Classing:
    if not isinstance(card.by, str):
        return Classing(groups=card.by, names=tuple(group.id for group in card.by))
    field = layer.field(card.by)
    return Classing(field=card.by, names=tuple(field.values or ()) if field else ())


def _class_fields(by: Classing) -> tuple[str, ...]:
    names = [name for group in by.groups for name in where.fields(group.where)]
    return (*names, *((by.field,) if by.field else ()))


def _target(project: Project, card: Recipe) -> TargetPlan | None:
    target = card.to
    if target is None:
        return None
    layer = project.layer(target.layer)
    filtered = where.fields(target.where)
    _check_filter(layer, filtered, "")
    columns = tuple(dict.fromkeys((layer.id_field, *filtered)))
    ways = (project.layer(target.along).id_field,) if target.along else ()
    return TargetPlan(
        layer.id, target.where, target.least_m2, columns, card.distance, target.along, ways
    )


def _check_filter(layer: Layer, names: tuple[str, ...], weight: str) -> None:
    """Refuse a filter or weight over a secret field: each piece of evidence would show it."""
    # A modelled weight is made of public totals and public fields: nothing of it is secret.
    weights = () if layer.modelled_field(weight) else (weight,)
    for name in (*names, *filter(None, weights)):
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
