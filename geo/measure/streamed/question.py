"""What is asked of a large layer: one verb of the closed set, as terms that are added up in parts.

A question is a recipe as a card has one (:class:`geo.model.indicator.Recipe`), over a source that
no project describes. What a verb divides by stands in :mod:`geo.measure.verbs`, as for cards.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Literal, get_args

from pydantic import ValidationError

from geo.errors import MeasureError, UsageError
from geo.measure.classes import NOT_CLASSED, Classing
from geo.measure.plan import OWN_UNIT, Reading, TargetPlan, TermPlan
from geo.measure.verbs import VERBS, Kind, Rule
from geo.measure.where import fields
from geo.model.indicator import OWN_AREA, Index, Measure, Recipe, Statistic, Target, Term
from geo.model.layer import Family
from geo.model.units import AREA, parse_unit
from geo.model.verbs import GRAMMAR, Verb

VERBS_ASKED: tuple[Verb, ...] = tuple(verb for verb in GRAMMAR if verb != "per_person")
"""All but per_person: it divides by residents, whom only a card protects."""
MEASURES: tuple[Measure, ...] = get_args(Measure)
SOURCE, TARGETS = "source", "targets"
_SHAPES: dict[Measure, Family] = {"area": "polygon", "length": "line"}
_OF_FAMILY: dict[Family, Measure] = {"polygon": "area", "line": "length", "point": "count"}
_FIXES = {
    "to": "say what distances go to: --to LAYER",
    "distance": "say how near is near, in metres: --distance 300",
    "by": "name a column of classes: --by FIELD",
    "index": "--index shannon, simpson or evenness",
    "over": "say what to divide by: --over area, length, count or sum:FIELD",
    "measure": "--measure area, length, count or sum",
}
"""How an option that a verb needs is given."""
_NEEDS = re.compile(r"needs `(\w+)`")
_OWN_AREA = re.compile(r"""('(?:[^']|'')*'|"[^"]*")|\$area\b""")


@dataclass(frozen=True)
class Over:
    """What a ratio divides by: a second sum over the same source.

    Attributes
    ----------
    measure : str
        area, length, count or sum.
    field : str
        What sum adds up.
    where : str
        CQL2 text; empty: every feature.
    """

    measure: Measure
    field: str = ""
    where: str = ""


@dataclass(frozen=True)
class Question:
    """What is asked of every part.

    Attributes
    ----------
    verb : str
        One of :data:`VERBS_ASKED`.
    field : str
        The field that is added up, or ``$area``: the feature's own area.
    by : str
        A column of classes; empty: no classes.
    where : str
        CQL2 text over the columns and ``"$area"``; empty: every feature.
    measure : str
        area, length, count or sum, where the verb leaves a choice; :func:`settled` fills it in.
    weight : str
        A numeric column that multiplies each feature's measure.
    over : Over, optional
        What a ratio divides by.
    index : str, optional
        shannon, simpson or evenness: of a diversity.
    statistic : str, optional
        mean, median or max: of the distances to the nearest.
    far : bool
        There are targets: the verb measures distances to them.
    distance : float, optional
        How near is near, metres.
    once : bool
        Ground under several features counts once.
    key : str
        The column that orders features which share ground; the smallest keeps it.
    names : tuple of str
        The classes, where they are a closed list.
    """

    verb: Verb
    field: str = ""
    by: str = ""
    where: str = ""
    measure: Measure | Literal[""] = ""
    weight: str = ""
    over: Over | None = None
    index: Index | None = None
    statistic: Statistic | None = None
    far: bool = False
    distance: float | None = None
    once: bool = False
    key: str = ""
    names: tuple[str, ...] = ()

    @property
    def read(self) -> tuple[str, ...]:
        """What is read of a feature, ``$area`` too, each once."""
        over = self.over or Over("count")
        names = (self.by, self.field, self.weight, *fields(self.where))
        names = (*names, over.field, *fields(over.where), self.key)
        return tuple(dict.fromkeys(name for name in names if name))

    @property
    def every_row(self) -> str:
        """A filter that takes each row which any of the sums needs; empty: all."""
        if self.over is None or not self.where.strip():
            return self.where
        return f"({self.where}) OR ({self.over.where})" if self.over.where.strip() else ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The attributes that are read, each once."""
        return tuple(name for name in self.read if name != OWN_AREA)

    @property
    def coded(self) -> tuple[str, ...]:
        """The columns that are read as codes and a dictionary: classes that no filter names."""
        named = {name for plan in self.terms for name in fields(plan.where)}
        return (self.by,) if self.by and self.by not in named else ()

    @property
    def rule(self) -> Rule:
        """What the verb divides by, and how zones become the whole."""
        return VERBS[self.verb]

    @property
    def taken(self) -> Statistic:
        """What is taken of the features' own numbers; mean: a sum over a sum."""
        return "median" if self.verb == "median" else self.statistic or "mean"

    @property
    def kind(self) -> Kind:
        """How a value is made of what was measured."""
        return "order" if self.taken != "mean" else self.rule.value

    @property
    def measured(self) -> Measure:
        """What is measured of each feature."""
        found = self.measure or GRAMMAR[self.verb].default
        assert found  # noqa: S101 - settled has filled it in
        return found

    def told(self) -> dict[str, Any]:
        """Return the question as an answer tells it: the verb, and what was said beside it."""
        first = ("verb", "field", "by", "where")
        told = {name: getattr(self, name) or None for name in first}
        if self.measured != self.verb:
            told["measure"] = self.measured
        if self.over is not None:
            told["over"] = {key: value for key, value in asdict(self.over).items() if value}
        more = ("weight", "index", "statistic", "distance", "key", "names")
        rest = {name: getattr(self, name) for name in more}
        return told | {name: value for name, value in rest.items() if value not in (None, "", ())}

    @cached_property
    def recipe(self) -> Recipe:
        """The question as a card would put it.

        Raises
        ------
        UsageError
            If something is missing, or does not go with the verb.
        """
        over = self.over and Term(
            layer=SOURCE, measure=self.over.measure, field=self.over.field, where=self.over.where
        )
        term = Term(
            layer=SOURCE, measure=self.measure or None, field=self.field, where=self.where,
            weight=self.weight, overlaps="once" if self.once else "each",
        )  # fmt: skip
        try:
            return Recipe(
                verb=self.verb, of=term, over=over, distance=self.distance, index=self.index,
                to=Target(layer=TARGETS) if self.far else None, statistic=self.statistic,
                by=self.by, unit=_scale(self),
            )  # fmt: skip
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            what = first["msg"].removeprefix("Value error, ")
            needed = _NEEDS.search(what)
            fix = _FIXES.get(needed[1], "") if needed else ""
            raise UsageError(what, where="verb", fix=fix or "see geobank measure --help") from None

    @cached_property
    def above(self) -> TermPlan:
        """The numerator."""
        reading: Reading = ""
        if self.far:
            reading = "distance" if self.distance is None else "within"
        return self._term("numerator", self.measured, reading)

    @cached_property
    def below(self) -> TermPlan | None:
        """The denominator, where the verb has one that is measured of features."""
        how = self.rule.below
        if how == "count":
            given = "" if self.field == OWN_AREA else self.field
            return replace(self._term("denominator", "count"), field="", given=given)
        if how in ("reached", "all"):
            reading: Reading = "reached" if how == "reached" else ""
            return self._term("denominator", self.measured, reading)
        if how == "over" and self.over is not None:
            over = self.over
            return TermPlan(
                "denominator", SOURCE, "polygon", over.measure, where=over.where,
                field=over.field, unit=OWN_UNIT.get(over.measure, ""),
            )  # fmt: skip
        return None

    @property
    def terms(self) -> tuple[TermPlan, ...]:
        """What is added up of features: the numerator, then the denominator if there is one."""
        return (self.above,) if self.below is None else (self.above, self.below)

    def _term(
        self, role: Literal["numerator", "denominator"], measure: Measure, reading: Reading = ""
    ) -> TermPlan:
        unit = "m" if reading == "distance" else OWN_UNIT.get(measure, "")
        return TermPlan(
            role, SOURCE, "polygon", measure,
            where=self.where,
            field=self.field if measure == "sum" else "",
            weight=self.weight,
            once=self.once,
            unit="m2" if measure == "sum" and self.field == OWN_AREA else unit,
            by=Classing(field=self.by, names=self.names) if self.by else NOT_CLASSED,
            reading=reading,
            target=TargetPlan(TARGETS, distance_m=self.distance) if reading else None,
        )  # fmt: skip


def own_area(where: str) -> str:
    """Return a filter in which ``$area`` is quoted, as CQL2 asks for such a name."""
    return _OWN_AREA.sub(lambda found: found[1] or f'"{OWN_AREA}"', where)


def settled(question: Question, family: Family) -> Question:
    """Return a question with its measure, after what has no meaning was refused.

    Parameters
    ----------
    family : str
        What the features are: point, line or polygon.

    Raises
    ------
    UsageError
        If a verb lacks something, or has something too many.
    MeasureError
        If the geometry is of the wrong family.
    """
    if question.verb not in VERBS_ASKED:
        raise UsageError(
            "per_person divides by residents, whose counts are not public",
            where="verb",
            fix="write an indicator card: it keeps groups back that are too small to show",
        )
    found = replace(question, measure=_measure(question, family))
    _check_field(found)
    if found.distance is not None and not found.distance >= 0.0:
        raise UsageError("a distance is 0 or more", where="distance", fix="--distance 300")
    _ = found.recipe
    _check_shapes(found, family)
    _check_once(found)
    if found.index == "evenness" and not found.names:
        raise UsageError(
            "evenness needs to know how many classes there are, and the column has no closed list",
            where=f"index, {found.by}",
            fix="name them: --classes MN,U,ZP; a published layer has them under `values`",
        )
    return found


def _measure(question: Question, family: Family) -> Measure:
    grammar = GRAMMAR[question.verb]
    if question.measure:
        return question.measure
    if question.field and "sum" in grammar.measures:
        return "sum"
    return grammar.default or _OF_FAMILY[family]


def _check_field(question: Question) -> None:
    for option in ("by", "weight", "key"):
        if getattr(question, option) == OWN_AREA:
            raise UsageError(
                f"{OWN_AREA} is no column: classes, weights and ids come from one",
                where=option,
                fix=f"name a column; {OWN_AREA} goes with --field and --where",
            )
    needed = question.measured == "sum"
    if needed == bool(question.field):
        return
    verbs = ", ".join(verb for verb in VERBS_ASKED if GRAMMAR[verb].measures == ("sum",))
    raise UsageError(
        f"{question.verb} {'needs a field to add up' if needed else 'takes no field'}",
        where="field",
        fix=f"--field NAME goes with --verb {verbs}, and with --measure sum",
    )


def _check_shapes(question: Question, family: Family) -> None:
    asked = [question.measured, *([question.over.measure] if question.over else [])]
    for measure in asked:
        needed = _SHAPES.get(measure, family)
        if family != needed:
            raise MeasureError(
                f"{measure} is measured of {needed}s, and these are {family}s",
                where="verb",
                fix="count works for every kind of geometry",
            )
    if OWN_AREA in question.read and family != "polygon":
        raise MeasureError(f"{OWN_AREA} needs polygons, and these are {family}s", where="field")


def _check_once(question: Question) -> None:
    if question.once and question.measured != "area":
        raise UsageError(
            "only ground is counted once: points and lines have none",
            where="--overlaps",
            fix="--overlaps once goes with what measures area",
        )
    if question.once and question.over is not None:
        raise UsageError(
            "a ratio counts each feature by itself", where="--overlaps", fix="--overlaps each"
        )


def unit_of(question: Question, of_field: str, of_over: str = "") -> str:
    """Return the unit of the answer.

    Parameters
    ----------
    of_field, of_over : str
        Units of the fields that are added up, as their layer has them; empty: none.
    """
    shape = GRAMMAR[question.verb].unit
    if shape in ("none", "length"):
        return "m" if shape == "length" else ("1" if question.verb == "diversity" else "%")
    above = _unit(question.measured, question.field, of_field)
    if shape == "term/zone":
        return "%" if _scale(question) == "%" else f"{above or '1'}/km2"
    if question.over is None:
        return above
    below = _unit(question.over.measure, question.over.field, of_over)
    return "1" if above == below else f"{above or '1'}/{below or '1'}"


def _unit(measure: Measure, field: str, of_field: str) -> str:
    if measure == "sum":
        return "m2" if field == OWN_AREA else of_field
    return OWN_UNIT[measure]


def _scale(question: Question) -> str:
    """Return a unit without a dimension that values are told in: only its factor counts."""
    shape = GRAMMAR[question.verb].unit
    if shape == "none":
        return "1" if question.verb == "diversity" else "%"
    if shape == "term/zone":
        ground = _unit(question.measured, question.field, "") if question.measure else ""
        return "%" if ground and parse_unit(ground).dimension == AREA else "1/km2"
    return "1"
