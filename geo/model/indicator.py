"""An indicator card: indicators/<id>.yml, executable, with an example computed by hand."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field as PydanticField
from pydantic import field_validator, model_validator

from geo.model.cells import Cells
from geo.model.layer import IDENTIFIER
from geo.model.site import Contact
from geo.model.text import Frozen, Text
from geo.model.themes import Theme
from geo.model.units import Unit, parse_unit
from geo.model.verbs import GRAMMAR, Key, Measure, Verb

__all__ = [
    "OWN_AREA", "UNCLASSIFIED", "Cells", "ClassGroup", "Example", "Indicator", "Legend", "Measure",
    "Recipe", "Standard", "Target", "Term", "Theme", "Verb",
]  # fmt: skip

Statistic = Literal["mean", "median", "max"]
Index = Literal["shannon", "simpson", "evenness"]
OWN_AREA = "$area"
"""As a term's field: the feature's own area in EPSG:2180, m2, counted where its point lies."""

UNCLASSIFIED = "_none"
"""As a class: what belongs to none."""


class Term(Frozen):
    """One additive quantity of one layer, summed per zone.

    Attributes
    ----------
    layer : str
        The layer that is measured.
    measure : str
        area (m2 inside the zone), length (m inside the zone), count (features whose point on
        surface lies in the zone), sum (of `field`, assigned like count).
    where : str
        A CQL2 text filter over the layer's fields; empty: every feature.
    field : str
        The field that `sum` adds up, or ``$area``.
    weight : str
        A numeric field that multiplies each feature's measure (a path on both sides: 2).
    overlaps : str
        once: ground under several features counts once; each: every feature counts.
    """

    layer: str
    measure: Measure | None = None
    where: str = ""
    field: str = ""
    weight: str = ""
    overlaps: Literal["once", "each"] = "each"


class Target(Frozen):
    """What a distance goes to, to the nearest feature: straight, or along ways.

    Attributes
    ----------
    where : str
        A CQL2 text filter over the layer's fields.
    least_m2 : float
        Smaller polygons do not count (a park of half a hectare: 5000).
    along : str
        A layer of lines that people walk along, both ways; straight when empty.
    """

    layer: str
    where: str = ""
    least_m2: Annotated[float, PydanticField(ge=0)] = 0.0
    along: str = ""


class ClassGroup(Frozen):
    """A class that a card makes itself: the features for which `where` is true.

    Attributes
    ----------
    colour : str
        Of its part of a bar; one that stands apart from the others when empty.
    """

    id: Annotated[str, PydanticField(pattern=IDENTIFIER)]
    title: Text
    where: str
    colour: Annotated[str, PydanticField(pattern=r"^(#[0-9a-fA-F]{6})?$")] = ""


class Standard(Frozen):
    """A standard that a card follows, and how closely."""

    code: str
    conformance: Literal["exact", "adapted", "proxy"]
    note: Text


class Example(Frozen):
    """A small city computed by hand; the tests run it through the engine.

    Attributes
    ----------
    working : Text
        The arithmetic, for a person to follow.
    zones : dict of str to str
        Zone id to WKT in EPSG:2180.
    layers : dict of str to tuple of dict
        Layer id to its features: `geometry` (WKT in EPSG:2180) and fields.
    expect : dict of str to float or None
        Zone id to the value in the card's unit (of the headline's class, if the card has one);
        None: not computable.
    classes : dict of str to dict
        The same for each class that is worked out.
    """

    working: Text
    zones: dict[str, str]
    layers: dict[str, tuple[dict[str, str | int | float | bool | None], ...]]
    expect: dict[str, float | None]
    classes: dict[str, dict[str, float | None]] = PydanticField(default_factory=dict)


class Legend(Frozen):
    """How a choropleth of the indicator is classed and coloured."""

    scheme: Literal["quantiles", "equal_interval", "fisher_jenks", "breaks"] = "quantiles"
    classes: Annotated[int, PydanticField(ge=2, le=7)] = 5
    breaks: tuple[float, ...] = ()
    palette: Literal["YlGnBu", "viridis", "Greens", "Blues", "Purples"] = "YlGnBu"


class Recipe(Frozen):
    """The part of an indicator that runs: what is measured, over what, per what.

    Attributes
    ----------
    verb : str
        One of :data:`geo.model.verbs.GRAMMAR`.
    of, over : Term
        What is measured; for a ratio, what it is divided by.
    to : Target
        For nearest and share_within: what the distance goes to.
    distance : float
        For share_within: metres.
    statistic : str
        For nearest: the mean, the median or the greatest of the distances.
    index : str
        For diversity: shannon, simpson or evenness.
    by : str or tuple of ClassGroup
        A value for each class: a public field of the measured layer, or groups of its features
        (the first whose filter is true).
    per : str or Cells
        The layer of zones, or cells; the site's own zones when empty.
    unit : str
        See :mod:`geo.model.units`; must have the dimension of the formula.
    ellipsoid : bool
        Areas and lengths on the GRS80 ellipsoid in place of the plane of EPSG:2180.
    """

    id: str = ""
    verb: Verb
    of: Term
    over: Term | None = None
    to: Target | None = None
    distance: Annotated[float, PydanticField(ge=0)] | None = None
    statistic: Statistic | None = None
    index: Index | None = None
    by: str | tuple[ClassGroup, ...] = ""
    per: str | Cells = ""
    unit: str
    ellipsoid: bool = False

    @property
    def parsed_unit(self) -> Unit:
        """The unit as factor and dimension."""
        return parse_unit(self.unit)

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms that read a layer: numerator first."""
        return (self.of,) if self.over is None else (self.of, self.over)

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, unit: str) -> str:
        parse_unit(unit)
        return unit

    @field_validator("of", "over")
    @classmethod
    def _sum_names_its_field(cls, term: Term | None) -> Term | None:
        if term is not None and term.measure == "sum" and not term.field:
            raise ValueError("measure: sum needs a field to add up")
        return term

    @field_validator("by")
    @classmethod
    def _groups_differ(cls, by: str | tuple[ClassGroup, ...]) -> str | tuple[ClassGroup, ...]:
        names = [] if isinstance(by, str) else [group.id for group in by]
        if len(set(names)) < len(names):
            raise ValueError("two groups of `by` have the same id")
        return by

    @model_validator(mode="after")
    def _verb_has_its_keys(self) -> Recipe:
        given: dict[Key, bool] = {
            "over": self.over is not None,
            "to": self.to is not None,
            "distance": self.distance is not None,
            "index": self.index is not None,
            "by": bool(self.by),
        }
        needs = GRAMMAR[self.verb].needs
        for key, is_given in given.items():
            if key in needs and not is_given:
                raise ValueError(f"verb {self.verb} needs `{key}`")
            if is_given and key not in needs and key != "by":
                verbs = ", ".join(verb for verb, each in GRAMMAR.items() if key in each.needs)
                raise ValueError(f"`{key}` goes with verb: {verbs}, and only with it")
        if self.statistic is not None and self.verb != "nearest":
            raise ValueError("`statistic` goes with verb: nearest, and only with it")
        if self.ellipsoid and not GRAMMAR[self.verb].ellipsoid:
            raise ValueError(f"verb {self.verb} measures nothing on the ellipsoid")
        return self

    @model_validator(mode="after")
    def _verb_has_its_terms(self) -> Recipe:
        grammar = GRAMMAR[self.verb]
        for term in self.terms:
            measure = term.measure or grammar.default
            if measure is None:
                raise ValueError(f"verb {self.verb} needs `measure` in each of its terms")
            if measure not in grammar.measures:
                allowed = " or ".join(grammar.measures)
                raise ValueError(f"verb {self.verb} measures {allowed}, not {measure}")
            if measure == "sum" and not term.field:
                raise ValueError(f"verb {self.verb} needs a field to add up")
        return self

    def measure_of(self, term: Term) -> Measure:
        """Return what is measured of a term: its own word, or the verb's default."""
        measure = term.measure or GRAMMAR[self.verb].default
        assert measure is not None  # noqa: S101 - the validator has seen to it
        return measure


class Indicator(Recipe):
    """An indicator: a question, its recipe, and how to read the answer.

    Attributes
    ----------
    sentence : Text
        The answer in plain words; ``{zone}`` and ``{value}`` are filled in.
    precision : int
        Decimals shown to people. Stored values keep all of theirs.
    direction : str
        up: more is better; down: less is; none: neither.
    headline : str
        The class that the sentence, the map and the ranks speak of; empty: all together.
    caveat : Text
        How not to read it.
    """

    id: Annotated[str, PydanticField(pattern=IDENTIFIER)]
    title: Text
    question: Text
    sentence: Text
    definition: Text
    formula: Text
    theme: Theme
    standards: tuple[Standard, ...] = ()
    precision: Annotated[int, PydanticField(ge=0, le=6)] = 1
    direction: Literal["up", "down", "none"]
    headline: str = ""
    caveat: Text
    modelled: Text | None = None
    steward: Contact
    legend: Legend = Legend()
    example: Example

    @field_validator("sentence")
    @classmethod
    def _sentence_has_its_places(cls, sentence: Text) -> Text:
        for words in (sentence.pl, sentence.en):
            if "{value}" not in words or "{zone}" not in words:
                raise ValueError("the sentence must hold {zone} and {value} in both languages")
        return sentence

    @model_validator(mode="after")
    def _headline_is_a_class(self) -> Indicator:
        if self.headline and not self.by:
            raise ValueError("`headline` names a class: it goes with `by`")
        if self.verb == "share_by_class" and not self.headline:
            raise ValueError("share_by_class needs `headline`: all classes together are always 1")
        if not isinstance(self.by, str) and self.headline not in ("", *(g.id for g in self.by)):
            raise ValueError(f"`headline` {self.headline!r} is none of the groups of `by`")
        return self
