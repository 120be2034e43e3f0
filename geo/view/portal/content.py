"""What stands on the pages: read once per generation of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import shapely

from geo.limits import limit
from geo.model import Indicator, Layer, Project
from geo.model.derived import VALUES, evidence_id
from geo.model.raster import Raster
from geo.model.text import Text
from geo.store import table
from geo.store.catalog import Catalog
from geo.store.snapshot import Snapshot, read_table
from geo.view.answer import Answer, load_answers
from geo.view.portal.words import THEMES


@dataclass(frozen=True)
class Published:
    """A layer, with its current version if it has one."""

    layer: Layer
    snapshot: Snapshot | None

    @property
    def mappable(self) -> bool:
        """Whether the layer is small enough for one HTML file."""
        return self.snapshot is not None and self.snapshot.manifest.features <= limit(
            "map_features"
        )


@dataclass(frozen=True)
class PublishedRaster:
    """A raster, with its current version if it has one."""

    raster: Raster
    snapshot: Snapshot | None


@dataclass(frozen=True)
class Figure:
    """A figure of the city: measured from the layers, and as the city publishes it."""

    measured: float | None
    published: float

    @property
    def difference_percent(self) -> float | None:
        """Of the measured from the published figure, in percent of the published one."""
        if self.measured is None:
            return None
        return 100 * (self.measured - self.published) / self.published


@dataclass(frozen=True)
class Entry:
    """A card on the start page; `answer` is None until it is computed."""

    card: Indicator
    answer: Answer | None


@dataclass(frozen=True)
class City:
    """Everything that is published, at one generation of the catalogue.

    Attributes
    ----------
    entries : tuple
        (theme, name of the theme, its cards), in the order of :data:`THEMES`.
    promised : frozenset of str
        The collections of evidence that are made when somebody asks: there is no file of them.
    """

    generation: int
    layers: tuple[Published, ...]
    derived: tuple[str, ...]
    answers: Mapping[str, Answer]
    entries: tuple[tuple[str, Text, tuple[Entry, ...]], ...]
    area_km2: Figure
    people: Figure
    rasters: tuple[PublishedRaster, ...] = ()
    promised: frozenset[str] = frozenset()

    @property
    def published(self) -> tuple[Published, ...]:
        """The layers that have a version."""
        return tuple(each for each in self.layers if each.snapshot is not None)

    @property
    def features(self) -> int:
        """How many features all published layers hold."""
        return sum(each.snapshot.manifest.features for each in self.published if each.snapshot)

    @property
    def changed(self) -> tuple[Layer, ...]:
        """The layers that changed after some indicator was computed from them."""
        inputs = (each for answer in self.answers.values() for each in answer.inputs)
        return tuple({each.layer.id: each.layer for each in inputs if each.outdated}.values())

    @property
    def synthetic(self) -> bool:
        """Whether any published layer is synthetic."""
        return any(each.snapshot.manifest.synthetic for each in self.published if each.snapshot)

    @property
    def renewed(self) -> str:
        """When the newest layer was published; empty before the first."""
        return max(
            (e.snapshot.manifest.created_at for e in self.published if e.snapshot), default=""
        )


def read_city(project: Project, root: Path) -> City:
    """Read catalogue, manifests and results."""
    catalog = Catalog(root)
    generation = catalog.generation()
    layers = tuple(
        Published(layer, catalog.current(layer_id)) for layer_id, layer in project.layers.items()
    )
    rasters = tuple(
        PublishedRaster(raster, catalog.current(name)) for name, raster in project.rasters.items()
    )
    made = (VALUES, *(evidence_id(each) for each in project.indicators))
    found = {each: catalog.current(each) for each in made}
    answers = load_answers(project, root)
    return City(
        generation=generation,
        layers=layers,
        derived=tuple(each for each, snapshot in found.items() if snapshot is not None),
        promised=frozenset(
            each for each, snapshot in found.items() if snapshot and snapshot.is_promised
        ),
        answers=answers,
        entries=_entries(project, answers),
        area_km2=Figure(_area_km2(project, layers), project.site.area_km2),
        people=Figure(_people(answers), project.site.population),
        rasters=rasters,
    )


def _entries(
    project: Project, answers: Mapping[str, Answer]
) -> tuple[tuple[str, Text, tuple[Entry, ...]], ...]:
    groups = []
    for theme, name in THEMES.items():
        cards = [card for card in project.indicators.values() if card.theme == theme]
        if cards:
            groups.append((theme, name, tuple(Entry(c, answers.get(c.id)) for c in cards)))
    return tuple(groups)


def _area_km2(project: Project, layers: tuple[Published, ...]) -> float | None:
    zones = next((each.snapshot for each in layers if each.layer.id == project.site.zones), None)
    if zones is None:
        return None
    shapes = table.geometries(read_table(zones, columns=["geometry"]))
    return float(shapely.area(shapes).sum()) / 1e6


def _people(answers: Mapping[str, Answer]) -> float | None:
    """Return the people of the whole city, as any card's numerator or denominator counted them.

    Only a term without a filter counts everybody.
    """
    for answer in answers.values():
        whole, card = answer.whole, answer.card
        if answer.numerator_unit == "person" and not (card.of.where or card.to or card.by):
            return whole.numerator
        over = card.over
        if answer.denominator_unit == "person" and over is not None and not over.where:
            return whole.denominator
    return None
