"""A city's whole model: site, layers and indicators, checked against each other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from geo.errors import NotFoundError, UsageError
from geo.model import cql2, units
from geo.model.document import Document
from geo.model.indicator import OWN_AREA, Indicator, Term
from geo.model.layer import Layer
from geo.model.site import Site
from geo.model.units import Dimension


@dataclass(frozen=True)
class Project:
    """Everything that the YAML files say.

    Attributes
    ----------
    root : Path
        The folder that holds config/, layers/ and indicators/.
    layers, indicators : mapping
        By id, in alphabetical order.
    """

    root: Path
    site: Site
    layers: Mapping[str, Layer]
    indicators: Mapping[str, Indicator]

    def layer(self, layer_id: str) -> Layer:
        """Return a layer, or raise NotFoundError with the ones there are."""
        return _get(self.layers, layer_id, "layer")

    def indicator(self, indicator_id: str) -> Indicator:
        """Return an indicator, or raise NotFoundError with the ones there are."""
        return _get(self.indicators, indicator_id, "indicator")

    def zones_of(self, card: Indicator) -> Layer:
        """Return the layer of zones that a card is computed over."""
        return self.layer(card.per or self.site.zones)


_COMPUTED = re.compile(r"indicator_values|evidence_.*")
"""The ids of :mod:`geo.model.derived`: a file under one would replace numbers or evidence."""


def _get[T](items: Mapping[str, T], key: str, kind: str) -> T:
    if key not in items:
        raise NotFoundError(
            f"there is no {kind} {key!r}", fix=f"there are: {', '.join(items) or 'none yet'}"
        )
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
    layers: dict[str, Layer] = {}
    for path in sorted((root / "layers").glob("*/layer.yml")):
        name = path.parent.name
        label = f"layers/{name}/layer.yml"
        layer = Document(path, label, Layer, _identity(name))
        if _COMPUTED.fullmatch(name):
            layer.refuse(f"{name!r} is the id of a computed layer", fix="rename the folder")
        layers[name] = layer.value
    if site.value.zones not in layers or layers[site.value.zones].family != "polygon":
        site.refuse(f"{site.value.zones!r} is not a layer of polygons", at=("zones",))
    indicators: dict[str, Indicator] = {}
    for path in sorted((root / "indicators").glob("*.yml")):
        card = Document(path, f"indicators/{path.name}", Indicator, _identity(path.stem))
        _check_card(card, layers, site.value)
        indicators[path.stem] = card.value
    return Project(root, site.value, MappingProxyType(layers), MappingProxyType(indicators))


def _identity(name: str) -> dict[str, Any]:
    return {"id": name}


def _check_card(document: Document[Indicator], layers: Mapping[str, Layer], site: Site) -> None:
    card = document.value
    zones = layers.get(card.per or site.zones)
    if zones is None or zones.family != "polygon":
        document.refuse(f"{card.per!r} is not a layer of polygons", at=("per",))
    for key, term in (("of", card.of), ("over", card.over)):
        if term is not None:
            _check_term(document, key, term, layers)
    natural = _dimension(card, layers)
    if natural != card.parsed_unit.dimension:
        document.refuse(
            f"the unit {card.unit!r} does not have the dimension of the formula "
            f"(powers of metre, person, feature: {natural})",
            at=("unit",),
        )
    unknown = set(card.example.expect) ^ set(card.example.zones)
    if unknown:
        document.refuse(f"zones without an expected value: {sorted(unknown)}", at=("example",))


def _check_term(
    document: Document[Indicator], key: str, term: Term, layers: Mapping[str, Layer]
) -> None:
    layer = layers.get(term.layer)
    if layer is None:
        document.refuse(
            f"there is no layer {term.layer!r}",
            at=(key, "layer"),
            fix=f"there are: {', '.join(layers)}",
        )
    measure = document.value.measure_of(term)
    needed = {"area": "polygon", "length": "line"}.get(measure)
    if needed is not None and layer.family != needed:
        document.refuse(f"{measure} needs {needed}s, {layer.id} has {layer.family}s", at=(key,))
    if measure == "area" and not layer.coverage and "overlaps" not in term.model_fields_set:
        document.refuse(
            f"{layer.id} may overlap itself: say whether shared ground counts once or each time",
            at=(key,),
            fix="add overlaps: once (ground) or overlaps: each (features)",
        )
    if term.field == OWN_AREA and layer.family != "polygon":
        document.refuse(f"{OWN_AREA} needs polygons", at=(key, "field"))
    _check_where(document, key, term, layer)
    for part, name in (("field", term.field), ("weight", term.weight)):
        if not name or name == OWN_AREA:
            continue
        field = layer.field(name)
        if field is None or field.type not in ("integer", "number"):
            document.refuse(f"{layer.id} has no numeric field {name!r}", at=(key, part))


def _check_where(document: Document[Indicator], key: str, term: Term, layer: Layer) -> None:
    if not term.where.strip():
        return
    try:
        tree = cql2.parse_text(term.where)
        cql2.check(tree, {field.name: field.type for field in layer.fields}, geometry=False)
    except UsageError as error:
        place = "" if error.where == "filter" else f"{error.where}: "
        document.refuse(place + error.what, at=(key, "where"), fix=error.fix)


def _dimension(card: Indicator, layers: Mapping[str, Layer]) -> Dimension:
    if card.verb == "share_of_area":
        return units.NONE
    top = _term_dimension(card, card.of, layers)
    if card.verb == "density":
        return units.divide(top, units.AREA)
    if card.over is not None:
        return units.divide(top, _term_dimension(card, card.over, layers))
    return top


def _term_dimension(card: Indicator, term: Term, layers: Mapping[str, Layer]) -> Dimension:
    measure = card.measure_of(term)
    if measure != "sum":
        return {"area": units.AREA, "length": units.LENGTH, "count": units.FEATURES}[measure]
    if term.field == OWN_AREA:
        return units.AREA
    field = layers[term.layer].field(term.field)
    assert field is not None  # noqa: S101 - _check_term has seen to it
    return units.parse_unit(field.unit).dimension if field.unit else units.NONE
