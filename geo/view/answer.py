"""Everything that a page or a map says of one indicator, read from results and snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import shapely

from geo.errors import NotFoundError
from geo.flow.results import Results, ValueRow, load_all, load_results
from geo.measure.verbs import VERBS
from geo.model import Indicator, Layer, Project
from geo.model.derived import STATUSES, VALUES, WHOLE
from geo.model.indicator import UNCLASSIFIED
from geo.model.text import Language
from geo.store import table
from geo.store.catalog import Catalog
from geo.store.snapshot import Snapshot, open_snapshot, read_table
from geo.view import numbers, picture
from geo.view.classes import Classes, classify
from geo.view.groups import Group, groups_of
from geo.view.picture import Caption, Zone


@dataclass(frozen=True)
class Row:
    """One zone of an answer.

    Attributes
    ----------
    result : ValueRow
        As it was computed: value in the card's unit, numerator and denominator in base units.
    rank : int or None
        1 is the best (or the greatest, where neither direction is better); ties share a rank.
    colour : str or None
        Of its class; None where there is no data.
    bar : int
        The value in percent of the greatest one, for a bar beside the number.
    """

    result: ValueRow
    rank: int | None
    colour: str | None
    bar: int


@dataclass(frozen=True)
class Input:
    """A layer that an indicator was computed from, at the version that was used.

    Attributes
    ----------
    outdated : bool
        Another version is served today.
    """

    layer: Layer
    snapshot: Snapshot
    outdated: bool


@dataclass(frozen=True)
class Answer:
    """An indicator with its values, classes, inputs and zone geometries.

    Attributes
    ----------
    rows : tuple of Row
        By rank, zones without a value last.
    geometries : dict
        Zone id to its polygon in EPSG:2180.
    numerator_unit, denominator_unit : str
        Base units (m2, m, person, feature) of the two parts; the second may be empty.
    headline : str
        The class that `rows` and `whole` speak of; empty: all classes together.
    groups : tuple of Group
        Of an indicator by class: every class.
    """

    card: Indicator
    zones: Layer
    rows: tuple[Row, ...]
    whole: ValueRow
    classes: Classes
    inputs: tuple[Input, ...]
    geometries: dict[str, shapely.Geometry]
    numerator_unit: str
    denominator_unit: str
    synthetic: bool
    computed_at: str
    ledger: dict[str, Any]
    headline: str = ""
    groups: tuple[Group, ...] = ()

    @property
    def outdated(self) -> bool:
        """Whether an input has changed since: the numbers wait to be computed again."""
        return any(each.outdated for each in self.inputs)

    def quantity(self, value: float | None, language: Language) -> str:
        """Return a value with the card's precision and unit."""
        return numbers.quantity(value, self.card.precision, self.card.unit, language)

    def title(self, language: Language) -> str:
        """Return the card's title, with the class that the numbers speak of."""
        named = self.spoken_class(language)
        return ": ".join([self.card.title[language], *([named] if named else [])])

    def spoken_class(self, language: Language) -> str:
        """Return the name of the class that the numbers speak of; empty: all together."""
        named = (group.title[language] for group in self.groups if group.id == self.headline)
        return next(named, "")

    def largest(self, language: Language) -> str:
        """Return the class that has most of the whole, with its share; empty: the headline has.

        What shares of classes are asked for, ``What is it set aside for?``, the headline alone
        does not answer.
        """
        if self.card.verb != "share_by_class":
            return ""
        shares = {
            group.id: value
            for group in self.groups
            if group.id != UNCLASSIFIED and (value := group.rows[WHOLE].value) is not None
        }
        most = max(shares, key=lambda each: shares[each], default="")
        if most in ("", self.headline):
            return ""
        [name] = [group.title[language] for group in self.groups if group.id == most]
        return f"{name}, {self.quantity(shares[most], language)}"

    def spoken(self, language: Language) -> str:
        """Return the whole city's value as a sentence says it: things are not counted in pieces."""
        if self.whole.value is None:
            return STATUSES[self.whole.status][language]
        if self.card.unit == "feature":
            return numbers.number(self.whole.value, self.card.precision, language)
        return self.quantity(self.whole.value, language)

    def picture(self, language: Language, *, uid: str = "") -> str:
        """Return the SVG choropleth."""
        zones = [
            Zone(
                r.result.zone_id,
                r.result.zone_name,
                self.geometries[r.result.zone_id],
                r.result.value,
                r.result.status if r.result.value is None else "null",
            )
            for r in self.rows
            if r.result.zone_id in self.geometries
        ]
        caption = Caption(
            uid=uid or self.card.id,
            title=self.title(language),
            description=self.summary(language),
            unit=self.card.unit,
            decimals=self.card.precision,
            language=language,
        )
        return picture.choropleth(zones, self.classes, caption) if zones else ""

    def summary(self, language: Language) -> str:
        """Return the extremes in words, for those who do not see the picture."""
        known = [row.result for row in self.rows if row.result.value is not None]
        if not known:
            return "; ".join(sorted({STATUSES[row.result.status][language] for row in self.rows}))
        top = max(known, key=lambda row: row.value or 0.0)
        low = min(known, key=lambda row: row.value or 0.0)
        words = ("najwięcej", "najmniej") if language == "pl" else ("most", "least")
        return (
            f"{words[0]}: {top.zone_name}, {self.quantity(top.value, language)}; "
            f"{words[1]}: {low.zone_name}, {self.quantity(low.value, language)}."
        )


def load_answer(project: Project, root: Path, indicator_id: str) -> Answer:
    """Read what was computed of an indicator.

    Raises
    ------
    NotFoundError
        If there is no such indicator, or it was never computed.
    """
    return _answer(project, root, load_results(project, root, indicator_id))


def load_answers(project: Project, root: Path) -> dict[str, Answer]:
    """Read every indicator that was computed, by id; one whose inputs are gone is left out."""
    found = {}
    for indicator_id, results in load_all(root).items():
        if indicator_id not in project.indicators:
            continue
        try:
            found[indicator_id] = _answer(project, root, results)
        except NotFoundError:
            continue  # a layer or a version is gone: the page says that it is not computed
    return found


def _answer(project: Project, root: Path, results: Results) -> Answer:
    card = project.indicator(results.indicator)
    values = [row.value for row in results.rows]
    classes = classify(values, card.legend, card.precision)
    zones = project.zones_of(card)
    return Answer(
        card=card,
        zones=zones,
        rows=_ranked(results, classes, card),
        whole=results.whole,
        classes=classes,
        inputs=_inputs(project, root, results),
        geometries=_geometries(root, zones, results),
        numerator_unit=_unit(results, "numerator"),
        denominator_unit=_denominator_unit(card, results),
        synthetic=results.synthetic,
        computed_at=results.computed_at,
        ledger=dict(results.ledger),
        headline=results.headline,
        groups=groups_of(card, project.layer(card.of.layer), results),
    )


def _ranked(results: Results, classes: Classes, card: Indicator) -> tuple[Row, ...]:
    known = [row.value for row in results.rows if row.value is not None]
    shown = np.array([round(value, card.precision) for value in known], dtype=float)
    greatest = max((abs(value) for value in known), default=0.0) or 1.0

    def row(result: ValueRow) -> Row:
        if result.value is None:
            return Row(result, None, None, 0)
        mine = round(result.value, card.precision)
        better = shown < mine if card.direction == "down" else shown > mine
        bar = round(100 * max(result.value, 0.0) / greatest)
        return Row(result, int(better.sum()) + 1, classes.colour(result.value), bar)

    rows = [row(result) for result in results.rows]
    return tuple(sorted(rows, key=lambda r: (r.rank is None, r.rank, r.result.zone_name)))


def _inputs(project: Project, root: Path, results: Results) -> tuple[Input, ...]:
    return tuple(
        Input(
            project.layer(layer_id),
            open_snapshot(root, layer_id, version),
            outdated=layer_id in results.outdated,
        )
        for layer_id, version in results.inputs.items()
    )


def _geometries(root: Path, zones: Layer, results: Results) -> dict[str, shapely.Geometry]:
    if zones.derived:
        return _cells(root, results)
    version = results.inputs.get(zones.id)
    if version is None:
        raise NotFoundError(
            f"the results do not name the version of {zones.id!r}",
            fix="compute the indicator again: geobank indicators compute",
        )
    rows = read_table(open_snapshot(root, zones.id, version), columns=[zones.id_field, "geometry"])
    ids = [str(value) for value in rows.column(zones.id_field).to_pylist()]
    return dict(zip(ids, table.geometries(rows), strict=True))


def _cells(root: Path, results: Results) -> dict[str, shapely.Geometry]:
    """Return the polygons of cells: no layer holds them but the values."""
    snapshot = Catalog(root).current(VALUES)
    if snapshot is None:
        raise NotFoundError("no indicator is computed", fix="geobank indicators compute")
    rows = read_table(snapshot, columns=["indicator", "zone_id", "geometry"])
    rows = rows.filter(pc.equal(rows.column("indicator"), results.indicator))
    return dict(zip(rows.column("zone_id").to_pylist(), table.geometries(rows), strict=True))


def _unit(results: Results, role: str) -> str:
    """Return the base unit of a term, as its ledger has it: m2, m, person, feature, 1."""
    return str(results.ledger.get(role, {}).get("unit", ""))


def _denominator_unit(card: Indicator, results: Results) -> str:
    role = "numerator" if VERBS[card.verb].below == "classified" else "denominator"
    return _unit(results, role)


def measured(value: float | None, unit: str, language: Language) -> str:
    """Return a numerator or denominator as a person reads it: areas in ha, lengths in km."""
    if value is None:
        return "–"
    larger = {"m2": ("ha", 1e4, 2), "m": ("km", 1e3, 2)}
    shown, factor, decimals = larger.get(unit, (unit, 1.0, 0))
    if unit in ("", "1"):
        decimals = 0 if float(value).is_integer() else 2
    return numbers.quantity(value / factor, decimals, shown or "1", language)
