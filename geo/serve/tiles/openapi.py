"""The paths of OGC API Tiles for the server's OpenAPI document: self-contained."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from geo.model import Layer, Project
from geo.model.derived import VALUES
from geo.model.text import Language
from geo.serve.describe import operation_name
from geo.serve.tiles.describe import STYLE_TYPE
from geo.serve.tiles.encoder import MEDIA_TYPE
from geo.serve.tiles.matrix import MAX_ZOOM, NAME

_OBJECT: dict[str, Any] = {"type": "object"}
_JSON = "application/json"


def paths(project: Project, layers: Iterable[Layer], language: Language) -> dict[str, Any]:
    """Return path -> path item, for OpenAPI 3.0.

    Parameters
    ----------
    layers : iterable of Layer
        The published ones.
    """
    kinds = _format("json", "html")
    lang = _query("lang", {"type": "string", "enum": list(project.site.languages)})
    found = {
        "/tileMatrixSets": _get(
            "getTileMatrixSetsList", "Tile matrix sets", "server", _JSON, [kinds, lang]
        ),
        f"/tileMatrixSets/{NAME}": _get("getTileMatrixSet", NAME, "server", _JSON, [kinds, lang]),
    }
    for layer in layers:
        found |= _of_layer(project, layer, language, lang)
    return found


def _of_layer(
    project: Project, layer: Layer, language: Language, lang: dict[str, Any]
) -> dict[str, Any]:
    base, title = f"/collections/{layer.id}", layer.title[language]
    name = operation_name(layer)
    more = []
    if layer.id == VALUES:
        more = [_query("indicator", {"type": "string", "enum": list(project.indicators)})]
    tile = [
        _place("tileMatrix", MAX_ZOOM),
        _place("tileRow", (1 << MAX_ZOOM) - 1),
        _place("tileCol", (1 << MAX_ZOOM) - 1),
        _format("mvt"),
        _query("v", {"type": "string"}),
        *more,
    ]
    words = [lang, *more]
    kinds = _format("json", "html")
    return {
        f"{base}/tiles": _get(
            f"collection.vector.getTileSetsList.{name}", f"{title}: tilesets", layer.id, _JSON,
            [kinds, *words],
        ),
        f"{base}/tiles/{NAME}": _get(
            f"collection.vector.getTileSet.{name}", f"{title}: tileset", layer.id, _JSON,
            [_format("json", "html", "tilejson"), *words],
        ),
        f"{base}/tiles/{NAME}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": _get(
            f"collection.vector.getTile.{name}", f"{title}: tile", layer.id, MEDIA_TYPE, tile,
            {"type": "string", "format": "binary"},
        ),
        f"{base}/style": _get(
            f"getStyle{name}", f"{title}: MapLibre", layer.id, STYLE_TYPE, [kinds, *words]
        ),
    }  # fmt: skip


def _get(
    operation: str,
    summary: str,
    tag: str,
    media_type: str,
    parameters: list[dict[str, Any]],
    schema: dict[str, Any] = _OBJECT,
) -> dict[str, Any]:
    content: dict[str, Any] = {media_type: {"schema": schema}}
    if media_type != MEDIA_TYPE:
        content["text/html"] = {"schema": {"type": "string"}}
    answers: dict[str, Any] = {
        "200": {"description": summary, "content": content},
        "304": {"description": "Not modified since the ETag that was sent"},
        "400": _refusal("A parameter has no meaning"),
        "404": _refusal("There is no such thing"),
        "500": _refusal("The server failed"),
    }
    if media_type == MEDIA_TYPE:
        answers["204"] = {"description": "The tile holds nothing"}
    return {
        "get": {
            "tags": [tag],
            "operationId": operation,
            "summary": summary,
            "parameters": parameters,
            "responses": answers,
        }
    }


def _refusal(description: str) -> dict[str, Any]:
    text = {"schema": {"type": "string"}}
    return {"description": description, "content": {_JSON: {"schema": _OBJECT}, "text/html": text}}


def _format(*names: str) -> dict[str, Any]:
    return _query("f", {"type": "string", "enum": list(names), "default": names[0]})


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _place(name: str, most: int) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": 0, "maximum": most}
    return {"name": name, "in": "path", "required": True, "schema": schema}
