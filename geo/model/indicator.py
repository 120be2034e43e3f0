"""An indicator card: indicators/<id>.yml, executable, with an example computed by hand."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field as PydanticField
from pydantic import field_validator, model_validator

from geo.model.layer import IDENTIFIER
from geo.model.site import Contact
from geo.model.text import Frozen, Text
from geo.model.units import Unit, parse_unit

Verb = Literal["area", "length", "count", "sum", "mean", "share_of_area", "density", "ratio"]
Measure = Literal["area", "length", "count", "sum"]
Theme = Literal[
    "population", "education", "health", "sport_culture", "civic_activity", "administration",
    "environment_climate", "spatial_planning", "economy", "housing", "recreation", "agriculture",
    "finance", "safety", "water", "wastewater", "energy", "solid_waste", "telecommunication",
    "transport",
]  # fmt: skip
"""The twenty dashboards of Kielce, which are the themes of ISO 37120:2018."""

OWN_AREA = "$area"
"""As a term's field: the feature's own area in EPSG:2180, m2, counted where its point lies."""


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
        Zone id to the value in the card's unit; None: not computable.
    """

    working: Text
    zones: dict[str, str]
    layers: dict[str, tuple[dict[str, str | int | float | bool | None], ...]]
    expect: dict[str, float | None]


class Legend(Frozen):
    """How a choropleth of the indicator is classed and coloured."""

    scheme: Literal["quantiles", "equal_interval", "fisher_jenks", "breaks"] = "quantiles"
    classes: Annotated[int, PydanticField(ge=2, le=7)] = 5
    breaks: tuple[float, ...] = ()
    palette: Literal["YlGnBu", "viridis", "Greens", "Blues", "Purples"] = "YlGnBu"


DEFAULT_MEASURE: dict[Verb, Measure | None] = {
    "area": "area",
    "share_of_area": "area",
    "length": "length",
    "count": "count",
    "sum": "sum",
    "mean": "sum",
    "density": None,
    "ratio": None,
}


class Indicator(Frozen):
    """An indicator: a question, its recipe, and how to read the answer.

    Attributes
    ----------
    sentence : Text
        The answer in plain words; ``{zone}`` and ``{value}`` are filled in.
    unit : str
        See :mod:`geo.model.units`; must have the dimension of the formula.
    precision : int
        Decimals shown to people. Stored values keep all of theirs.
    direction : str
        up: more is better; down: less is; none: neither.
    per : str
        The layer of zones; the site's own when empty.
    verb : str
        area, length, count, sum (of one term); mean (of a field); share_of_area (of the zone);
        density (per area of the zone); ratio (`of` over `over`).
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
    unit: str
    precision: Annotated[int, PydanticField(ge=0, le=6)] = 1
    direction: Literal["up", "down", "none"]
    per: str = ""
    verb: Verb
    of: Term
    over: Term | None = None
    caveat: Text
    modelled: Text | None = None
    steward: Contact
    legend: Legend = Legend()
    example: Example

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

    @field_validator("sentence")
    @classmethod
    def _sentence_has_its_places(cls, sentence: Text) -> Text:
        for words in (sentence.pl, sentence.en):
            if "{value}" not in words or "{zone}" not in words:
                raise ValueError("the sentence must hold {zone} and {value} in both languages")
        return sentence

    @field_validator("of", "over")
    @classmethod
    def _sum_names_its_field(cls, term: Term | None) -> Term | None:
        if term is not None and term.measure == "sum" and not term.field:
            raise ValueError("measure: sum needs a field to add up")
        return term

    @model_validator(mode="after")
    def _verb_has_its_terms(self) -> Indicator:
        if (self.over is not None) != (self.verb == "ratio"):
            raise ValueError("`over` goes with verb: ratio, and only with it")
        fixed = DEFAULT_MEASURE[self.verb]
        for term in self.terms:
            measure = term.measure or fixed
            if measure is None:
                raise ValueError(f"verb {self.verb} needs `measure` in each of its terms")
            if fixed is not None and measure != fixed:
                raise ValueError(f"verb {self.verb} measures {fixed}, not {measure}")
            if measure == "sum" and not term.field:
                raise ValueError(f"verb {self.verb} needs a field to add up")
        return self

    def measure_of(self, term: Term) -> Measure:
        """Return what is measured of a term: its own word, or the verb's default."""
        measure = term.measure or DEFAULT_MEASURE[self.verb]
        assert measure is not None  # noqa: S101 - the validator has seen to it
        return measure
