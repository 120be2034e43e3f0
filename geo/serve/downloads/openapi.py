"""The paths of the files for the server's OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from geo.flow.export.formats import FORMATS
from geo.model import Layer, Project
from geo.model.text import Language
from geo.serve.describe import operation_name
from geo.serve.downloads.routes import RASTER_SUFFIX, RASTER_TYPE

_BINARY = {"type": "string", "format": "binary"}
_JSON = {"type": "object"}


def paths(project: Project, layers: Iterable[Layer], language: Language) -> dict[str, Any]:
    """Return path -> path item, for OpenAPI 3.0.

    Parameters
    ----------
    layers : iterable of Layer
        The published ones.
    """
    found = {}
    for layer in layers:
        summary = f"{layer.title[language]}: {'pliki' if language == 'pl' else 'files'}"
        files = [f"{layer.id}{suffix}" for suffix in FORMATS]
        kinds = [form.media_type for form in FORMATS.values()]
        found[f"/collections/{layer.id}/files/{{name}}"] = _path(
            f"file{operation_name(layer)}", summary, layer.id, files, kinds
        )
    if project.rasters:
        files = [f"{raster_id}{RASTER_SUFFIX}" for raster_id in project.rasters]
        summary = "Rastry" if language == "pl" else "Rasters"
        found["/rasters/{name}"] = _path("raster", summary, "server", files, [RASTER_TYPE])
    return found


def _path(
    operation: str, summary: str, tag: str, files: list[str], kinds: list[str]
) -> dict[str, Any]:
    media_types = {kind: {"schema": _JSON if kind.endswith("json") else _BINARY} for kind in kinds}
    refusal = {"application/json": {"schema": {"type": "object"}}}
    get = {
        "tags": [tag],
        "operationId": operation,
        "summary": summary,
        "parameters": [
            {
                "name": "name",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "enum": files},
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
    return {"get": get}
