"""What the project holds: every published collection, in groups, the uppermost first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from geo.flow.results import load_all
from geo.model import Layer, Project
from geo.model.derived import VALUES, WHOLE, evidence_id, evidence_layer, values_layer
from geo.model.indicator import Indicator
from geo.model.palettes import palettes
from geo.model.raster import Raster
from geo.model.text import Language, Text
from geo.store.catalog import Catalog
from geo.store.raster import grid_of
from geo.store.snapshot import Snapshot
from geo.view.cells import look_of, unit_of
from geo.view.classes import classify
from geo.view.numbers import unit_text
from geo.view.qgis import styles
from geo.view.qgis.elements import column, literal
from geo.view.qgis.layers import Drawn
from geo.view.qgis.rasters import DrawnRaster

_MANY = 1_000
"""Above so many features a layer is fetched by view and not at once."""

_TOO_MANY = 5_000
"""Above so many pieces, evidence is not drawn for the whole city."""

_EVIDENCE_FROM = 20_000


@dataclass(frozen=True)
class Group:
    """A group of the list of layers.

    Attributes
    ----------
    exclusive : bool
        Of its layers at most one is shown.
    """

    name: str
    layers: tuple[Drawn | DrawnRaster, ...]
    open: bool = True
    shown: bool = True
    exclusive: bool = False


GROUPS: dict[str, Text] = {
    "boundaries": Text(pl="Granice", en="Boundaries"),
    "services": Text(pl="Ludzie i usługi", en="People and services"),
    "transport": Text(pl="Transport", en="Transport"),
    "other": Text(pl="Inne", en="Other"),
    "evidence": Text(pl="Dowody", en="Evidence"),
    "buildings": Text(pl="Zabudowa i działki", en="Buildings and parcels"),
    "indicators": Text(pl="Wskaźniki", en="Indicators"),
    "rasters": Text(pl="Rastry", en="Rasters"),
    "greenery": Text(pl="Zieleń", en="Greenery"),
    "planning": Text(pl="Planowanie", en="Planning"),
}
"""The order is that of drawing: what is named first lies above."""


@dataclass
class Published:
    """The city as its catalogue has it now."""

    project: Project
    root: Path
    language: Language
    _snapshots: dict[str, Snapshot | None] = field(default_factory=dict)

    def snapshot(self, layer_id: str) -> Snapshot | None:
        """Return the current version of a collection, if it has one."""
        if layer_id not in self._snapshots:
            self._snapshots[layer_id] = Catalog(self.root).current(layer_id)
        return self._snapshots[layer_id]

    def groups(self) -> list[Group]:
        """Return the groups that hold anything, the uppermost first."""
        made: dict[str, tuple[Drawn | DrawnRaster, ...]] = {
            name: self._city(name) for name in GROUPS
        }
        made["indicators"], made["evidence"] = self._indicators(), self._evidence()
        made["rasters"] = self._rasters()
        return [
            Group(
                title[self.language],
                made[name],
                open=name not in ("evidence", "indicators", "rasters"),
                shown=name not in ("evidence", "indicators"),
                exclusive=name in ("indicators", "rasters"),
            )
            for name, title in GROUPS.items()
            if made[name]
        ]

    def _city(self, group: str) -> tuple[Drawn, ...]:
        mine = [layer for layer in self.project.layers.values() if layer.style.group == group]
        mine.sort(key=lambda layer: -layer.style.order)
        return tuple(self._of_city(layer) for layer in mine if self.snapshot(layer.id))

    def _of_city(self, layer: Layer) -> Drawn:
        return self._drawn(
            layer,
            name=layer.title[self.language],
            note=_of_colours(layer, self.language),
            renderer=styles.renderer(layer, self.language),
            labels=styles.title_labels(layer),
            drawn_from=layer.style.drawn_from,
            shown=layer.style.shown,
        )

    def _rasters(self) -> tuple[DrawnRaster, ...]:
        """Return the rasters, switched off: they cover what lies below them."""
        found = ((raster, self.snapshot(name)) for name, raster in self.project.rasters.items())
        return tuple(self._of_raster(raster, snapshot) for raster, snapshot in found if snapshot)

    def _of_raster(self, raster: Raster, snapshot: Snapshot) -> DrawnRaster:
        synthetic, title = snapshot.manifest.synthetic, raster.title[self.language]
        unit = unit_of(raster, self.language)
        return DrawnRaster(
            id=f"geobank_collection_{raster.id}",
            name=f"{title} [{unit}]" if unit else title,
            abstract=self._flagged(raster.description[self.language], synthetic),
            layer=raster,
            look=look_of(self.project, raster, snapshot, self.language),
            box=grid_of(snapshot).bbox2180,
            synthetic=synthetic,
        )

    def _indicators(self) -> tuple[Drawn, ...]:
        snapshot = self.snapshot(VALUES)
        if snapshot is None:
            return ()
        found = load_all(self.root)
        cards = [card for name, card in self.project.indicators.items() if name in found]
        return tuple(
            self._choropleth(
                card, [row.value for row in found[card.id].rows], found[card.id].synthetic
            )
            for card in _sorted(cards, self.language)
        )

    def _choropleth(self, card: Indicator, values: list[float | None], synthetic: bool) -> Drawn:
        unit = unit_text(card.unit, self.language)
        title = card.title[self.language]
        mine = f"{column('indicator')} = {literal(card.id)}"
        if card.by:
            mine += f" AND {column('headline')} = true"
        only = f"{mine} AND {column('zone_id')}"
        return Drawn(
            id=f"{styles.INDICATOR}{card.id}",
            name=f"{title} [{unit}]" if unit else title,
            abstract=self._flagged(
                " ".join(
                    each[self.language]
                    for each in (card.definition, card.caveat, card.modelled)
                    if each
                ),
                synthetic,
            ),
            layer=values_layer(self.project),
            renderer=styles.choropleth(
                card, classify(values, card.legend, card.precision), self.language
            ),
            labels=styles.value_labels(card, self.language, unit),
            subset=f"{only} <> {literal(WHOLE)}",
            shown=False,
            synthetic=synthetic,
        )

    def _evidence(self) -> tuple[Drawn, ...]:
        cards = [c for c in self.project.indicators.values() if self.snapshot(evidence_id(c.id))]
        return tuple(self._of_evidence(card) for card in _sorted(cards, self.language))

    def _of_evidence(self, card: Indicator) -> Drawn:
        layer = evidence_layer(self.project, card)
        return self._drawn(
            layer,
            name=layer.title[self.language],
            renderer=styles.evidence(layer, self.language),
            drawn_from=_EVIDENCE_FROM if self._features(layer) > _TOO_MANY else 0,
            shown=False,
        )

    def _drawn(self, layer: Layer, note: str = "", **more: object) -> Drawn:
        snapshot = self.snapshot(layer.id)
        synthetic = snapshot is not None and snapshot.manifest.synthetic
        return Drawn(
            id=f"geobank_collection_{layer.id}",
            abstract=self._flagged(layer.description[self.language] + note, synthetic),
            layer=layer,
            by_view=self._features(layer) > _MANY,
            synthetic=synthetic,
            **more,  # type: ignore[arg-type]
        )

    def _features(self, layer: Layer) -> int:
        snapshot = self.snapshot(layer.id)
        return snapshot.manifest.features if snapshot else 0

    def _flagged(self, text: str, synthetic: bool) -> str:
        if not synthetic:
            return text
        words = "Dane syntetyczne, zmyślone." if self.language == "pl" else "Synthetic data."
        return f"{words} {text}"


def _of_colours(layer: Layer, language: Language) -> str:
    """Return where the colours of planning come from, for whoever relies on them."""
    if not layer.style.palette:
        return ""
    return f" {palettes()[layer.style.palette].source[language]}"


def _sorted(cards: Iterable[Indicator], language: Language) -> list[Indicator]:
    return sorted(cards, key=lambda card: (card.theme, card.title[language], card.id))
