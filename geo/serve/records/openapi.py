"""The paths of the catalogue for the server's OpenAPI document."""

from __future__ import annotations

from typing import Any

from geo.limits import limit
from geo.model import Project
from geo.model.text import Language
from geo.serve.records.describe import CATALOGUE_TYPE
from geo.serve.records.notebooks import MEDIA_TYPE
from geo.serve.records.parameters import PAGE, SORTABLES
from geo.serve.records.record import CATALOGUE_TITLE, GEOJSON, ID, KINDS

_OBJECT: dict[str, Any] = {"type": "object"}
_SCHEMA = "application/schema+json"


def paths(project: Project, language: Language) -> dict[str, Any]:
    """Return path -> path item, for OpenAPI 3.0."""
    here, title = f"/collections/{ID}", CATALOGUE_TITLE[language]
    common = [
        _query("f", {"type": "string", "enum": ["json", "html"], "default": "json"}),
        _query("lang", {"type": "string", "enum": list(project.site.languages)}),
    ]
    return {
        here: _get("describeCatalogue", title, CATALOGUE_TYPE, common),
        f"{here}/items": _get("getRecords", f"{title}: items", GEOJSON, [*common, *_search()]),
        f"{here}/items/{{recordId}}": _get(
            "getRecord", f"{title}: item", GEOJSON, [*common, _place("recordId")]
        ),
        f"{here}/sortables": _get("sortCatalogue", f"{title}: sortables", _SCHEMA, common),
        f"{here}/queryables": _get("queryCatalogue", f"{title}: queryables", _SCHEMA, common),
        "/notebooks/{notebook}": _get(
            "getNotebook", "Notatnik" if language == "pl" else "Notebook", MEDIA_TYPE,
            [_place("notebook")],
        ),
    }  # fmt: skip


def _search() -> list[dict[str, Any]]:
    text: dict[str, Any] = {"type": "string"}
    number = {"type": "number"}
    corners = {"type": "array", "items": number, "minItems": 4, "maxItems": 6}
    return [
        _query("q", _list(text), "Words; commas part alternatives, accents and endings are free"),
        _query("type", _list({"type": "string", "enum": list(KINDS)}), "Kinds of resources"),
        _query("ids", _list(text), "Identifiers of records"),
        _query("externalIds", _list(text), "scheme:value, or one of them"),
        _query("bbox", corners, "Records whose extent meets this box: CRS84"),
        _query("datetime", text, "An instant or an interval of RFC 3339"),
        _query(
            "sortby", _list({"type": "string", "pattern": f"^[+-]?({'|'.join(SORTABLES)})$"}),
            "Properties to sort by; -property descends",
        ),
        _query(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": limit("items_maximum"), "default": PAGE},
            "Records in one answer",
        ),
        _query("offset", {"type": "integer", "minimum": 0, "default": 0}, "Records to pass over"),
    ]  # fmt: skip


def _list(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema}


def _query(name: str, schema: dict[str, Any], description: str = "") -> dict[str, Any]:
    # Said though "form" is the default: OGC's suite looks for it.
    found = {"name": name, "in": "query", "required": False, "style": "form", "explode": False,
             "schema": schema}  # fmt: skip
    return found | ({"description": description} if description else {})


def _place(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _get(
    operation: str, summary: str, media_type: str, parameters: list[dict[str, Any]]
) -> dict[str, Any]:
    content: dict[str, Any] = {media_type: {"schema": _OBJECT}}
    if media_type == CATALOGUE_TYPE:
        content["application/json"] = {"schema": _OBJECT}
    if any(each["name"] == "f" for each in parameters):
        content["text/html"] = {"schema": {"type": "string"}}
    return {
        "get": {
            "tags": ["server"],
            "operationId": operation,
            "summary": summary,
            "parameters": parameters,
            "responses": {
                "200": {"description": summary, "content": content},
                "304": {"description": "Not modified since the ETag that was sent"},
                "400": _refusal("A parameter is unknown or has no meaning"),
                "404": _refusal("There is no such record"),
                "500": _refusal("The server failed"),
            },
        }
    }


def _refusal(description: str) -> dict[str, Any]:
    text = {"schema": {"type": "string"}}
    content = {"application/json": {"schema": _OBJECT}, "text/html": text}
    return {"description": description, "content": content}
