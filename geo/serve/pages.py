"""The API's pages: own templates, one environment for all requests, nothing foreign."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
from babel import Locale
from jinja2 import Environment, FileSystemLoader

from geo.limits import limit
from geo.model import Layer
from geo.model.derived import VALUES
from geo.model.palettes import palettes
from geo.model.text import Language
from geo.serve.describe import readable
from geo.serve.filterform import form
from geo.serve.live import Edition
from geo.serve.places import offered
from geo.serve.question import Question
from geo.store.query import open_serve
from geo.store.snapshot import read_table

_PREVIEW = 5
"""Features that the page of a collection shows."""

FOLDER = Path(__file__).parent / "templates"


@cache
def environment() -> Environment:
    """Return the templates; pygeoapi would parse them anew for each request (100 ms)."""
    return Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, auto_reload=False, trim_blocks=True
    )


def render(
    question: Question,
    template: str,
    data: Mapping[str, Any],
    **more: Any,  # noqa: ANN401 - whatever a template shows
) -> bytes:
    """Return a page as UTF-8 bytes.

    Parameters
    ----------
    template : str
        Below geo/serve/templates; a stock pygeoapi uses the same ones.
    data : mapping
        The JSON document that the page shows.
    more : Any
        What only this server knows beside it, such as where Leaflet is.
    """
    known: dict[str, Any] = {
        "data": data,
        "config": _config(question),
        "locale": Locale(question.language),
        "portal": getattr(question.request.app.state, "portal", False),
        "address": question.edition.base_url,
        "json_href": question.link(f="json"),
        "switch_href": question.link(lang="pl" if question.language == "en" else "en"),
    }
    if question.layer_id:
        known |= about_collection(question)
        known |= _MORE[template](question) if template in _MORE else {}
    return environment().get_template(template).render(known | more).encode()


def about_collection(question: Question) -> dict[str, Any]:
    """Return what a page says about a collection beside the standard's own document."""
    layer, language = question.layer, question.language
    manifest = question.edition.snapshot(layer.id).manifest
    return {
        "title": question.title,
        "fields": readable(layer, language),
        "id_field": layer.id_field,
        "about": {
            "version": manifest.version,
            "created_at": manifest.created_at,
            "features": manifest.features,
            "synthetic": manifest.synthetic,
            "geometry": layer.geometry,
            "source": layer.source.name[language],
            "steward": layer.steward.name,
        },
    }


def _of_collection(question: Question) -> dict[str, Any]:
    if question.layer_id == VALUES:
        cards = question.edition.project.indicators.values()
        named = sorted((card.title[question.language], card.id) for card in cards)
        return {"indicators": [(card_id, title) for title, card_id in named]}
    if question.edition.promised(question.layer_id):
        return {"preview": []}  # a look at the collection need not make anything
    page = open_serve(question.edition.snapshot(question.layer_id)).page(limit=_PREVIEW)
    return {"preview": [orjson.loads(one) for one in page.fragments], **_tilemap(question)}


def _tilemap(question: Question) -> dict[str, Any]:
    """Return what a map of the whole collection needs; nothing where there is nothing to draw."""
    layer, manifest = question.layer, question.edition.snapshot(question.layer_id).manifest
    indicator = question.request.query_params.get("indicator", "")
    if manifest.bbox84 is None or (layer.id == VALUES and not indicator):
        return {}
    above = f"{urlsplit(question.edition.base_url).path}/collections/{layer.id}"
    about = f"&indicator={indicator}" if indicator else ""
    return {
        "tilemap": {
            "style": f"{above}/style?f=json&lang={question.language}{about}",
            "layer": layer.id,
            "items": f"{above}/items",
            "id_field": layer.id_field,
            "bounds": list(manifest.bbox84),
            "far": manifest.features > limit("tile_features"),
            "legend": [] if indicator else _legend(question.edition, layer, question.language),
        }
    }


def _legend(edition: Edition, layer: Layer, language: Language) -> list[tuple[str, str]]:
    """Return colour and meaning of what the layer's style tells apart."""
    if layer.style.palette:
        return _of_palette(edition, layer, language)
    field = layer.field(layer.style.by[-1]) if layer.style.by else None
    words = (field.values if field else None) or {}
    return [
        (colour, words[value][language] if value in words else value)
        for value, colour in layer.style.colours.items()
    ]


def _of_palette(edition: Edition, layer: Layer, language: Language) -> list[tuple[str, str]]:
    """Return the classes of a palette that the published version holds."""
    key = ("legend", layer.id, language)
    if key not in edition.documents:
        table = read_table(edition.snapshots[layer.id], columns=list(layer.style.by))
        held = {"/".join(map(str, row.values())) for row in table.group_by(
            list(layer.style.by)).aggregate([]).to_pylist()}  # fmt: skip
        palette = palettes()[layer.style.palette]
        edition.documents[key] = [
            (use.colour, f"{use.id}: {use.title[language]}")
            for use in palette.classes
            if held & set(palette.keys(use))
        ]
    found: list[tuple[str, str]] = edition.documents[key]
    return found


def _of_items(question: Question) -> dict[str, Any]:
    """Return what a form of the page sends on besides the filter."""
    params = question.request.query_params
    kept = ("filter-crs", "filter-lang", "lang", "f")
    return {"hidden": {name: params[name] for name in kept if name in params}}


def _of_queryables(question: Question) -> dict[str, Any]:
    places = offered(question.edition, question.layer_id)
    return {"form": form(question.layer, question.language, {}, places)}


_MORE: dict[str, Callable[[Question], dict[str, Any]]] = {
    "collections/collection.html": _of_collection,
    "collections/items/index.html": _of_items,
    "collections/queryables.html": _of_queryables,
    "tiles/tileset.html": _tilemap,
    "tiles/style.html": _tilemap,
}
"""Template -> what only it needs to know about a collection."""


def _config(question: Question) -> dict[str, Any]:
    """Return the part of the configuration that templates use, in one language."""
    found = question.edition.config["metadata"]
    title: dict[str, str] = found["identification"]["title"]
    return {
        # Without its host: the page works under every name that the server is reached by.
        "server": {"url": urlsplit(question.edition.base_url).path},
        "metadata": {
            "identification": {"title": title[question.language]},
            "contact": found["contact"],
        },
        "resources": question.edition.config["resources"],
    }
