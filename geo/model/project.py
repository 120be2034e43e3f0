"""A city's whole model: site, layers and indicators, checked against each other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from geo.errors import NotFoundError
from geo.model.cells import Cells, cells_layer
from geo.model.document import Document
from geo.model.indicator import Indicator, Recipe
from geo.model.layer import Layer
from geo.model.meant import meant
from geo.model.raster import Raster, as_layer
from geo.model.recipes import check_modelled, check_recipe
from geo.model.site import Site


@dataclass(frozen=True)
class Project:
    """Everything that the YAML files say.

    Attributes
    ----------
    root : Path
        The folder that holds config/, layers/ and indicators/.
    layers, indicators, rasters : mapping
        By id, in alphabetical order. Layers hold features; a raster is none of them.
    """

    root: Path
    site: Site
    layers: Mapping[str, Layer]
    indicators: Mapping[str, Indicator]
    rasters: Mapping[str, Raster] = field(default_factory=lambda: MappingProxyType({}))

    def layer(self, layer_id: str) -> Layer:
        """Return a layer, or a raster as cards see it; NotFoundError tells the ones there are."""
        return _get(self.measurable, layer_id, "layer")

    @cached_property
    def measurable(self) -> Mapping[str, Layer]:
        """What cards may measure: the layers, and the rasters as layers of their classes."""
        return MappingProxyType(measurable(self.layers, self.rasters))

    def raster(self, raster_id: str) -> Raster:
        """Return a raster, or raise NotFoundError with the ones there are."""
        return _get(self.rasters, raster_id, "raster")

    def indicator(self, indicator_id: str) -> Indicator:
        """Return an indicator, or raise NotFoundError with the ones there are."""
        return _get(self.indicators, indicator_id, "indicator")

    def zones_of(self, card: Recipe) -> Layer:
        """Return the layer of zones that a card is computed over; cells have one of their own."""
        if isinstance(card.per, Cells):
            return cells_layer(card.per, self.site.contact)
        return self.layer(card.per or self.site.zones)


_COMPUTED = re.compile(r"indicator_values|evidence_.*|grid_\d+|h3_\d+|catalogue")
"""The ids of :mod:`geo.model.derived`: a file under one would replace numbers or evidence."""


_RASTER = re.compile(rb"^geometry\s*:\s*[\"']?Raster\b", re.MULTILINE)
"""Which of the two kinds a layer.yml is, told before it is read as one of them."""


def _get[T](items: Mapping[str, T], key: str, kind: str) -> T:
    if key not in items:
        raise NotFoundError(f"there is no {kind} {key!r}", fix=meant(key, items))
    return items[key]


def find_project(start: Path) -> Path:
    """Return the nearest folder, from `start` upwards, that holds config/site.yml.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    for folder in (start, *start.parents):
        if (folder / "config" / "site.yml").is_file():
            return folder
    raise NotFoundError(
        "no config/site.yml here or in any folder above",
        fix="run the command inside a city's folder, or name it with --project DIR",
    )


def load_project(root: Path) -> Project:
    """Read config/site.yml, layers/*/layer.yml and indicators/*.yml.

    Raises
    ------
    ModelError
        At the first file that does not hold, with its line and key.
    """
    site = Document(root / "config" / "site.yml", "config/site.yml", Site, {})
    layers, rasters = _load_layers(root)
    if site.value.zones not in layers or layers[site.value.zones].family != "polygon":
        site.refuse(f"{site.value.zones!r} is not a layer of polygons", at=("zones",))
    indicators: dict[str, Indicator] = {}
    for path in sorted((root / "indicators").glob("*.yml")):
        card = Document(path, f"indicators/{path.name}", Indicator, {"id": path.stem})
        _check_card(card, measurable(layers, rasters), site.value)
        indicators[path.stem] = card.value
    return Project(root, site.value, MappingProxyType(layers), MappingProxyType(indicators),
                   MappingProxyType(rasters))  # fmt: skip


def measurable(layers: Mapping[str, Layer], rasters: Mapping[str, Raster]) -> dict[str, Layer]:
    """Return layers, and rasters as the layers that cards see."""
    return {**layers, **{name: as_layer(raster) for name, raster in rasters.items()}}


def _load_layers(root: Path) -> tuple[dict[str, Layer], dict[str, Raster]]:
    layers: dict[str, Layer] = {}
    rasters: dict[str, Raster] = {}
    documents: dict[str, Document[Layer]] = {}
    for path in sorted((root / "layers").glob("*/layer.yml")):
        name = path.parent.name
        label = f"layers/{name}/layer.yml"
        found: Document[Layer] | Document[Raster]
        if _RASTER.search(path.read_bytes()):
            found = Document(path, label, Raster, {"id": name})
            rasters[name] = found.value
        else:
            found = documents[name] = Document(path, label, Layer, {"id": name})
            layers[name] = found.value
        if _COMPUTED.fullmatch(name):
            found.refuse(f"{name!r} is the id of a computed layer", fix="rename the folder")
    for name, document in documents.items():
        check_modelled(layers[name], layers, document.refuse)
    return layers, rasters


def _check_card(document: Document[Indicator], layers: Mapping[str, Layer], site: Site) -> None:
    card = document.value
    check_recipe(card, layers, site, document.refuse)
    _check_headline(document, card, layers[card.of.layer])
    if card.modelled is None and _is_modelled(card, layers, site):
        document.refuse("it adds up a modelled field: say what is modelled", at=("modelled",),
                        fix="add modelled: { pl: ..., en: ... }")  # fmt: skip
    unknown = set(card.example.expect) ^ set(card.example.zones)
    if unknown:
        document.refuse(f"zones without an expected value, or an expected value without a zone: "
                        f"{sorted(unknown)}", at=("example",))  # fmt: skip


def _is_modelled(card: Indicator, layers: Mapping[str, Layer], site: Site) -> bool:
    """Tell whether a modelled field is added up, weighs, or is what people are counted by."""
    used = [(term.layer, name) for term in card.terms for name in (term.field, term.weight)]
    if card.verb == "per_person" and site.residents is not None:
        used.append((site.residents.layer, site.residents.field))
    return any(layers[layer].modelled_field(name) for layer, name in used)


def _check_headline(document: Document[Indicator], card: Indicator, layer: Layer) -> None:
    field = layer.field(card.by) if isinstance(card.by, str) else None
    closed = field.values if field is not None else None
    if card.headline and closed and card.headline not in closed:
        document.refuse(
            f"{card.headline!r} is none of the classes of {card.by!r}",
            at=("headline",),
            fix=f"there are: {', '.join(closed)}",
        )
