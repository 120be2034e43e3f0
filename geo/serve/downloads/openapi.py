"""The paths of the files for the server's OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from geo.flow.export.formats import FORMATS
from geo.model import Layer
from geo.model.text import Language

_BINARY = {"type": "string", "format": "binary"}


def paths(layers: Iterable[Layer], language: Language) -> dict[str, Any]:
    """Return path -> path item, for OpenAPI 3.0.

    Parameters
    ----------
    layers : iterable of Layer
        The published ones.
    """
    return {
        f"/collections/{layer.id}/files/{{name}}": {"get": _get(layer, language)}
        for layer in layers
    }


def _get(layer: Layer, language: Language) -> dict[str, Any]:
    summary = f"{layer.title[language]}: {'pliki' if language == 'pl' else 'files'}"
    name = "".join(part.capitalize() for part in layer.id.split("_"))
    media_types = {form.media_type: {"schema": _BINARY} for form in FORMATS.values()}
    refusal = {"application/json": {"schema": {"type": "object"}}}
    return {
        "tags": [layer.id],
        "operationId": f"file{name}",
        "summary": summary,
        "parameters": [
            {
                "name": "name",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "enum": [f"{layer.id}{suffix}" for suffix in FORMATS]},
            }
        ],
        "responses": {
            "200": {"description": summary, "content": media_types},
            "206": {"description": "Part of the file", "content": media_types},
            "304": {"description": "Not modified since the ETag that was sent"},
            "400": {"description": "A parameter has no meaning", "content": refusal},
            "404": {"description": "There is no such file", "content": refusal},
            "416": {"description": "The range lies outside of the file"},
            "500": {"description": "The server failed", "content": refusal},
        },
    }
