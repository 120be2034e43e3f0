"""A caller's question over published layers: the engine of the cards, and nothing published.

Only public fields are read, and no number is shown that fewer than three features stand behind
(ten persons, where persons are added up): see docs/decisions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import h3
import numpy as np
import shapely

from geo.errors import LimitExceededError, UsageError
from geo.flow.asked import Asked, asked
from geo.flow.sources import Sources
from geo.limits import limit
from geo.measure.answers import Value, answers
from geo.measure.card import CardResult, measure
from geo.measure.disclose import Hidden, Threshold, hidden_cells, of_cells, too_few
from geo.measure.inputs import Features, ZoneSet
from geo.measure.ledger import Entry
from geo.measure.plan import Plan, plan
from geo.measure.quantity import Quantity
from geo.measure.tessellation import polygons_as_zones
from geo.measure.zones import Bools, Floats
from geo.model import Layer, Project, Recipe
from geo.model.indicator import UNCLASSIFIED
from geo.model.progress import Progress, silent
from geo.model.text import Language

STEPS = 4
"""Of the progress: read, zones, measure, done."""


@dataclass(frozen=True)
class Aggregate:
    """The answer to a question: k zones, C classes.

    Attributes
    ----------
    zones : ZoneSet
        In the order of their ids.
    names : tuple of str, length k
        The zones as a person calls them.
    classes : tuple of str
        Of the values' columns but the last, which is all together.
    rows : tuple of tuple of Value, shape (k + 1, C + 1)
        The last row is all zones together. Suppressed ones hold no number.
    ledger : tuple of Entry
        Without what would tell of too few features.
    inputs : dict of str to str
        Layer id to version.
    layer : Layer
        What was measured.
    """

    recipe: Recipe
    plan: Plan
    zones: ZoneSet
    names: tuple[str, ...]
    classes: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    ledger: tuple[Entry, ...]
    inputs: dict[str, str]
    synthetic: bool
    read_at: datetime
    layer: Layer

    @property
    def own(self) -> bool:
        """Whether the zones are the caller's polygons."""
        return self.plan.zones.id not in self.inputs and self.plan.cells is None

    def class_title(self, name: str, language: Language) -> str:
        """Return a class as a person calls it: as its layer's list of codes does, or its code."""
        if name == UNCLASSIFIED:
            return "bez klasy" if language == "pl" else "no class"
        field = self.layer.field(self.recipe.by) if isinstance(self.recipe.by, str) else None
        title = (field.values or {}).get(name) if field is not None else None
        return name if title is None else title[language]

    @property
    def suppressed(self) -> int:
        """How many answers are hidden."""
        return sum(value.status == "suppressed" for row in self.rows for value in row)


def aggregate(
    project: Project,
    root: Path,
    request: Mapping[str, Any],
    *,
    progress: Progress = silent,
) -> Aggregate:
    """Answer a question over published layers.

    Parameters
    ----------
    root : Path
        The data folder.
    request : mapping
        See :func:`geo.flow.asked.asked`.

    Raises
    ------
    UsageError, LimitExceededError
        If the question has no meaning, asks for what is not public, or for too much.
    MeasureError
        If a layer cannot be measured.
    """
    question = asked(project, request)
    recipe = plan(question.project, question.recipe)
    _check_secrets(recipe)

    progress("read", 0, STEPS)
    sources = Sources(question.project, root, [recipe])
    _check_published(question, recipe, sources)
    features = {
        layer: sources.source(layer)
        for layer in recipe.layers
        if question.own is None or layer != recipe.zones.id
    }
    progress("zones", 1, STEPS)
    zones, names = _zones(question, recipe, sources)
    progress("measure", 2, STEPS)
    found = measure(recipe, zones, features)
    progress("done", 3, STEPS)
    return _answer(found, names, sources, question)


def _check_secrets(recipe: Plan) -> None:
    """Refuse what adds up a field that is not public, whichever key it came from."""
    for term in recipe.terms:
        if term.private:
            raise UsageError(
                f"{term.layer} is read in a field that is not public",
                where="input 'verb'",
                fix="ask for public fields; indicators publish sums of others per district",
            )


def _check_published(question: Asked, recipe: Plan, sources: Sources) -> None:
    missing = [
        layer
        for layer in sources.missing(recipe)
        if question.own is None or layer != recipe.zones.id
    ]
    if missing:
        raise UsageError(
            f"the layer {missing[0]!r} is not published",
            where="input 'layer'" if missing[0] == recipe.numerator.layer else "input 'zones'",
            fix="ask for one of /collections",
        )


def _zones(question: Asked, recipe: Plan, sources: Sources) -> tuple[ZoneSet, tuple[str, ...]]:
    if question.own is not None:
        own = question.own
        zones = polygons_as_zones(recipe.zones, own.geometries, own.ids)
        named = dict(zip(own.ids, own.names, strict=True))
        return zones, tuple(named[each] for each in zones.ids)
    if recipe.cells is not None:
        _check_cells(recipe, sources.features(recipe.extent.id))
    zones = sources.zones(recipe)
    return zones, zones.names


def _check_cells(recipe: Plan, extent: Features) -> None:
    cells, most = recipe.cells, limit("own_cells")
    assert cells is not None  # noqa: S101 - asked only then
    west, south, east, north = shapely.total_bounds(extent.geometries)
    if cells.grid is not None:
        size_m2 = float(cells.grid) ** 2
    else:
        size_m2 = h3.average_hexagon_area(cells.h3, unit="m^2")
    count = int((east - west) * (north - south) / size_m2)
    if count > most:
        raise LimitExceededError(
            f"the city takes about {count} such cells, at most {most} are made",
            where="input 'zones'",
            fix="ask for larger ones",
        )


def _answer(
    found: CardResult, names: tuple[str, ...], sources: Sources, question: Asked
) -> Aggregate:
    secret = guarded(found.quantities, Threshold())
    table = answers(found.plan, found.quantities, secret, len(found.zones))
    rows = tuple(tuple(_hushed(value, found.plan) for value in row) for row in table.rows)
    published = [
        layer for layer in found.plan.layers if question.own is None or layer != found.plan.zones.id
    ]
    snapshots = {layer: sources.snapshot(layer) for layer in published}
    return Aggregate(
        found.plan.card,
        found.plan,
        found.zones,
        names,
        table.names,
        rows,
        tuple(_told(each, secret) for each in found.quantities),
        {layer: snapshot.version for layer, snapshot in snapshots.items()},
        any(snapshot.manifest.synthetic for snapshot in snapshots.values()),
        sources.read_at,
        question.project.layer(question.recipe.of.layer),
    )


def guarded(quantities: tuple[Quantity, ...], threshold: Threshold) -> Hidden:
    """Return what is not shown: numbers that too few features stand behind, and what tells them.

    It is stricter than a card, whose question somebody has looked at before it was published.
    """
    terms = [each for each in quantities if not each.plan.itself]
    width = max(_sizes(each).shape[1] for each in terms)
    cells: Bools = np.zeros((len(quantities[0].sums) + 1, width), dtype=bool)
    for each in terms:
        if each.cells is not None:
            continue  # a raster has no features that could be few: its cells are ground
        small = hidden_cells(_sizes(each), threshold.features)
        if each.plan.unit == "person":
            small |= hidden_cells(_persons(each), threshold.persons)
        cells |= small if small.shape == cells.shape else small[:, -1:]
    cells |= cells[:, -1:]
    return of_cells(cells)


def _sizes(found: Quantity) -> Floats:
    """Return the features behind each number, shape (k, C + 2); the last column is all."""
    total = found.counted + found.missing
    if found.classes is None:
        return total[:, None].astype(np.float64)
    by_class = found.classes.counted + found.classes.missing
    return np.column_stack((by_class, total)).astype(np.float64)


def _persons(found: Quantity) -> Floats:
    if found.classes is None:
        return found.sums[:, None]
    return np.column_stack((found.classes.sums, found.sums))


def _hushed(value: Value, recipe: Plan) -> Value:
    """Take every number out of a suppressed answer, but the zone's own area."""
    if value.status != "suppressed":
        return value
    area = value.denominator if recipe.rule.below == "zone_area" else None
    return Value(None, "suppressed", None, area, 0)


def _told(found: Quantity, secret: Hidden) -> Entry:
    """Leave out of the ledger what tells of too few features."""
    if found.plan.itself:
        return found.entry
    outside = found.parts.outside if found.parts is not None else np.zeros(0)
    few = too_few(int((outside != 0).sum()), persons=False, threshold=Threshold())
    few = few or secret.whole
    entry = found.entry
    return replace(
        entry,
        whole=None if few else entry.whole,
        outside=None if few else entry.outside,
        inside=None if secret.whole else entry.inside,
        counted_away=0.0 if few else entry.counted_away,
        repeated=0.0 if few else entry.repeated,
        unclassified=0.0 if secret.cells[-1, -2:-1].any() else entry.unclassified,
        worst="",
    )
