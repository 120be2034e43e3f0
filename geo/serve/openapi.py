"""The OpenAPI document, written from the layers: self-contained, every parameter declared.

pygeoapi's own has 71 references to other hosts and declares free-form parameters, so that no
validator can read it offline and an unknown parameter would be right.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from geo.limits import limit
from geo.model import Layer, Project
from geo.model.text import Language
from geo.serve.config import PREFIX, crs_uris
from geo.serve.describe import operation_name, property_schema
from geo.serve.downloads import openapi as downloads
from geo.serve.parameters import FILTER_LANGUAGES
from geo.serve.processes import openapi as processes
from geo.serve.records import openapi as records
from geo.serve.tiles import openapi as tiles

MEDIA_TYPE = "application/vnd.oai.openapi+json;version=3.0"
_GEOJSON = "application/geo+json"


def document(
    project: Project, layers: Iterable[Layer], server_url: str, language: Language
) -> dict[str, Any]:
    """Return the OpenAPI 3.0 document of the collections that are published.

    Parameters
    ----------
    layers : iterable of Layer
        The published ones.
    server_url : str
        Scheme, host and port, without ``/api``.
    """
    pl = language == "pl"
    city = project.site.city[language]
    paths: dict[str, Any] = {
        "/": _get("getLandingPage", "Strona startowa API" if pl else "Landing page", "LandingPage"),
        "/conformance": _get(
            "getConformance", "Klasy zgodności" if pl else "Conformance classes", "Conformance"
        ),
        "/openapi": _get("getOpenAPI", "Ten dokument" if pl else "This document", "OpenAPI"),
        "/collections": _get("getCollections", "Kolekcje" if pl else "Collections", "Collections"),
    }
    shown = list(layers)
    for layer in shown:
        paths |= _paths(layer, language)
    paths |= tiles.paths(project, shown, language)
    paths |= records.paths(project, language)
    paths |= processes.paths(project, shown, language)
    paths |= downloads.paths(project, shown, language)
    contact = project.site.contact
    return {
        "openapi": "3.0.3",
        "info": {
            "title": f"Geobank: {city}",
            "version": "1.0.0",
            "contact": {"name": contact.name, "email": contact.email},
            "license": {
                "name": "CC-BY-4.0",
                "url": "https://creativecommons.org/licenses/by/4.0/",
            },
        },
        "servers": [{"url": f"{server_url.rstrip('/')}/{PREFIX}"}],
        "tags": [{"name": "server"}]
        + [{"name": layer.id, "description": layer.title[language]} for layer in shown],
        "paths": paths,
        "components": {
            "parameters": _parameters(project),
            "responses": _responses(),
            "schemas": _SCHEMAS,
        },
    }


def _paths(layer: Layer, language: Language) -> dict[str, Any]:
    title = layer.title[language]
    base = f"/collections/{layer.id}"
    name = operation_name(layer)
    items = _refs(
        "bbox", "bbox-crs", "crs", "cursor", "datetime", "filter", "filter-crs", "filter-lang"
    )
    items += _refs("limit", "offset", "properties", "resulttype", "skipGeometry", "sortby")
    items += [
        {
            "name": field.name,
            "in": "query",
            "required": False,
            "style": "form",
            "explode": False,
            "schema": property_schema(field, language),
        }
        for field in layer.public_fields
    ]
    one = [{"$ref": "#/components/parameters/featureId"}, *_refs("crs")]
    return {
        base: _get(f"describe{name}", title, "Collection", tag=layer.id),
        f"{base}/queryables": _get(f"query{name}", f"{title}: queryables", "Schema", tag=layer.id),
        f"{base}/schema": _get(f"schema{name}", f"{title}: schema", "Schema", tag=layer.id),
        f"{base}/items": _get(
            f"get{name}", f"{title}: items", "Features", more=items, tag=layer.id
        ),
        f"{base}/items/{{featureId}}": _get(
            f"getOne{name}", f"{title}: item", "Feature", more=one, tag=layer.id
        ),
    }


def _get(
    operation: str,
    summary: str,
    response: str,
    *,
    more: Iterable[dict[str, Any]] = (),
    tag: str = "server",
) -> dict[str, Any]:
    answers = {
        "200": {"$ref": f"#/components/responses/{response}"},
        "304": {"description": "Not modified since the ETag that was sent"},
        "400": {"$ref": "#/components/responses/InvalidParameter"},
    }
    if tag != "server":
        answers["404"] = {"$ref": "#/components/responses/NotFound"}
    if response == "Features":
        answers["410"] = {"$ref": "#/components/responses/Gone"}
        answers["503"] = {"$ref": "#/components/responses/TooSlow"}
    answers["500"] = {"$ref": "#/components/responses/ServerError"}
    return {
        "get": {
            "tags": [tag],
            "operationId": operation,
            "summary": summary,
            "parameters": [*_refs("f", "lang"), *more],
            "responses": answers,
        }
    }


def _refs(*names: str) -> list[dict[str, Any]]:
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _parameters(project: Project) -> dict[str, Any]:
    text: dict[str, Any] = {"type": "string"}
    names = {"type": "array", "items": text}
    systems = list(crs_uris(project.site))
    crs = {
        "type": "string",
        "format": "uri",
        "enum": systems,
        "default": systems[0],
    }
    box = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
    schemas: dict[str, dict[str, Any]] = {
        "f": {"type": "string", "enum": ["json", "html"], "default": "json"},
        "lang": {"type": "string", "enum": list(project.site.languages)},
        "bbox": {**box, "oneOf": [{"maxItems": 4}, {"minItems": 6}]},
        "bbox-crs": crs,
        "crs": crs,
        "cursor": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "maxLength": 200},
        "datetime": text,
        "filter": {"type": "string", "minLength": 1, "maxLength": limit("query_chars")},
        "filter-crs": crs,
        "filter-lang": {
            "type": "string",
            "enum": list(FILTER_LANGUAGES),
            "default": next(iter(FILTER_LANGUAGES)),
        },
        "limit": {
            "type": "integer",
            "minimum": 1,
            "maximum": limit("items_maximum"),
            "default": limit("items_default"),
        },
        "offset": {"type": "integer", "minimum": 0, "default": 0},
        "properties": names,
        "resulttype": {"type": "string", "enum": ["results", "hits"], "default": "results"},
        "skipGeometry": {"type": "boolean", "default": False},
        "sortby": {"type": "array", "items": {"type": "string", "pattern": "^[+-]?.+"}},
    }
    found: dict[str, Any] = {
        name: {
            "name": name,
            "in": "query",
            "required": False,
            "style": "form",
            "explode": False,
            "description": _MEANING[name],
            "schema": schema,
        }
        for name, schema in schemas.items()
    }
    found["featureId"] = {
        "name": "featureId",
        "in": "path",
        "required": True,
        "description": "Identifier of a feature; it may hold slashes, plain or as %2F",
        "schema": text,
    }
    return found


_MEANING = {
    "cursor": "Where the page before ended; the link with rel=next bears it",
    "f": "Format of the answer; without it the Accept header decides, and JSON is the default",
    "lang": "Language of titles and pages",
    "bbox": "Features that intersect this box: two corners, lower first, in bbox-crs",
    "bbox-crs": "CRS of bbox; EPSG:2180 is northing, easting",
    "crs": "CRS of the answer; EPSG:2180 is northing, easting",
    "datetime": "An instant or an interval of RFC 3339; features without a time always match",
    "filter": "CQL2 over the queryables; all other conditions hold besides",
    "filter-crs": "CRS of the geometries in filter; EPSG:2180 is northing, easting",
    "filter-lang": "Encoding of filter",
    "limit": "Features in one answer",
    "offset": "Features to pass over",
    "properties": "Only these fields",
    "resulttype": "hits: only how many features match",
    "skipGeometry": "Leave the geometry out",
    "sortby": "Fields to sort by; -field descends",
}


def _body(description: str, schema: str, media_type: str = "application/json") -> dict[str, Any]:
    return {
        "description": description,
        "content": {
            media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}},
            "text/html": {"schema": {"type": "string"}},
        },
    }


def _responses() -> dict[str, Any]:
    pages = {
        "LandingPage": _body("Links to the parts of the API", "landingPage"),
        "Conformance": _body("What the server conforms to", "confClasses"),
        "OpenAPI": _body("This document", "any", MEDIA_TYPE),
        "Collections": _body("The published layers", "collections"),
        "Collection": _body("One layer", "collection"),
        "Schema": _body("Fields as JSON Schema", "any", "application/schema+json"),
        "Features": _body("A page of features", "featureCollectionGeoJSON", _GEOJSON),
        "Feature": _body("One feature", "featureGeoJSON", _GEOJSON),
    }
    crs_header = {
        "Content-Crs": {"description": "CRS of the geometry", "schema": {"type": "string"}}
    }
    for name in ("Features", "Feature"):
        pages[name]["headers"] = crs_header
    return pages | {
        "InvalidParameter": _body("A parameter is unknown or has no meaning", "exception"),
        "Gone": _body("The collection changed since the page of the cursor", "exception"),
        "TooSlow": _body("The question took too long and was stopped", "exception"),
        "NotFound": _body("There is no such collection or feature", "exception"),
        "ServerError": _body("The server failed", "exception"),
    }


def _object(required: tuple[str, ...] = (), **properties: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "object", "properties": properties}
    return {**found, "required": list(required)} if required else found


def _list(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


_TEXT: dict[str, Any] = {"type": "string"}
_LINKS = _list(_ref("link"))
_COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
_SCHEMAS: dict[str, Any] = {
    "any": {"type": "object", "additionalProperties": True},
    "exception": _object(("code",), code=_TEXT, type=_TEXT, description=_TEXT),
    "link": _object(("href",), href=_TEXT, rel=_TEXT, type=_TEXT, hreflang=_TEXT, title=_TEXT),
    "landingPage": _object(("links",), title=_TEXT, description=_TEXT, links=_LINKS),
    "confClasses": _object(("conformsTo",), conformsTo=_list(_TEXT)),
    "extent": _object(
        spatial=_object(bbox=_list(_list({"type": "number"})), crs=_TEXT),
    ),
    "collection": _object(
        ("id", "links"),
        id=_TEXT,
        title=_TEXT,
        description=_TEXT,
        keywords=_list(_TEXT),
        links=_LINKS,
        extent=_ref("extent"),
        itemType={"type": "string", "default": "feature"},
        crs=_list(_TEXT),
        storageCrs=_TEXT,
    ),
    "collections": _object(
        ("links", "collections"), links=_LINKS, collections=_list(_ref("collection"))
    ),
    "geometryGeoJSON": _object(
        ("type",),
        type={
            "type": "string",
            "enum": [
                "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon",
            ],
        },
        coordinates={"type": "array", "items": {}},
    ),
    "featureGeoJSON": _object(
        ("type", "geometry", "properties"),
        type={"type": "string", "enum": ["Feature"]},
        id={"oneOf": [_TEXT, {"type": "integer"}]},
        geometry={"nullable": True, "allOf": [_ref("geometryGeoJSON")]},
        properties={"type": "object", "nullable": True},
        links=_LINKS,
    ),
    "featureCollectionGeoJSON": _object(
        ("type", "features"),
        type={"type": "string", "enum": ["FeatureCollection"]},
        features=_list(_ref("featureGeoJSON")),
        links=_LINKS,
        timeStamp={"type": "string", "format": "date-time"},
        numberMatched=_COUNT,
        numberReturned=_COUNT,
    ),
}  # fmt: skip
