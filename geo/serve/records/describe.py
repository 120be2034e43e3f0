"""What the catalogue says of itself, as a collection of OGC API Records."""

from __future__ import annotations

from typing import Any

from geo import crs
from geo.crs import Box
from geo.model import Text
from geo.model.text import Language
from geo.serve.config import outward
from geo.serve.live import Edition
from geo.serve.records.parameters import SORTABLES
from geo.serve.records.record import (
    CATALOGUE_TITLE,
    GEOJSON,
    ID,
    KINDS,
    LANGUAGES,
    Document,
    link,
)

_RECORDS = "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/"
CONFORMANCE = tuple(
    _RECORDS + name
    for name in (
        "record-core", "record-collection", "record-core-query-parameters", "records-api",
        "searchable-catalog", "sorting", "searchable-catalog-sorting", "json", "html", "oas30",
    )
)  # fmt: skip
"""Of OGC API Records, part 1 (20-004r1): what tests/serve/records asks about."""

CATALOGUE_TYPE = "application/ogc-catalog+json"
_SORTABLES = "http://www.opengis.net/def/rel/ogc/1.0/sortables"
_QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_SCHEMA = "application/schema+json"
_ABOUT = Text(
    pl="Wszystko, co jest w tym Geobanku, w jednym miejscu: warstwy, karty wskaźników i notatniki. "
    "Szukaj słowem, bez polskich znaków też.",
    en="Everything in this Geobank in one place: layers, indicator cards and notebooks. "
    "Search by a word, in Polish without its accents, too.",
)
_NAMES: dict[str, Text] = {
    "title": Text(pl="Tytuł", en="Title"),
    "type": Text(pl="Rodzaj", en="Kind"),
    "created": Text(pl="Pierwsza publikacja", en="First published"),
    "updated": Text(pl="Ostatnia zmiana", en="Last changed"),
}


def collection(edition: Edition, language: Language) -> dict[str, Any]:
    """Return the catalogue as a collection."""
    project = edition.project
    manifests = [snapshot.manifest for snapshot in edition.snapshots.values()]
    box = _around([each.bbox84 for each in manifests if each.bbox84]) or project.site.bbox
    changed = max((each.created_at for each in manifests), default="")
    others = [LANGUAGES[each] for each in project.site.languages if each != language]
    found: Document = {
        "id": ID,
        "type": "Collection",
        "itemType": "record",
        "title": CATALOGUE_TITLE[language],
        "description": _ABOUT[language],
        "keywords": [kind[language] for kind in KINDS.values()],
        "language": LANGUAGES[language],
        "languages": others,
        "resourceLanguages": [LANGUAGES[each] for each in project.site.languages],
        "contacts": [
            {
                "organization": project.site.contact.name,
                "emails": [{"value": project.site.contact.email}],
                "roles": ["publisher"],
            }
        ],
        "extent": {"spatial": {"bbox": [outward(box)], "crs": crs.CRS84_URI}},
        "crs": [crs.CRS84_URI],
        "defaultSortOrder": [{"field": "title", "direction": "asc"}],
        "links": links(edition.base_url, language),
    }
    return found | ({"updated": changed} if changed else {})


def _around(boxes: list[Box]) -> Box | None:
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def links(base: str, language: Language) -> list[Document]:
    """Return the links of the catalogue."""
    title, here = CATALOGUE_TITLE[language], f"{base}/collections/{ID}"
    return [
        link("self", CATALOGUE_TYPE, title, f"{here}?f=json"),
        link("alternate", "text/html", title, f"{here}?f=html"),
        link("items", GEOJSON, title, f"{here}/items?f=json"),
        link("items", "text/html", title, f"{here}/items?f=html"),
        link(_SORTABLES, _SCHEMA, title, f"{here}/sortables?f=json"),
        link(_QUERYABLES, _SCHEMA, title, f"{here}/queryables?f=json"),
        link("root", "application/json", "API", f"{base}?f=json"),
    ]


def landing_links(base: str, language: Language) -> list[Document]:
    """Return the link that the landing page holds."""
    rel = "http://www.opengis.net/def/rel/ogc/1.0/ogc-catalog"
    here = f"{base.rstrip('/')}/collections/{ID}/items"
    return [link(rel, GEOJSON, CATALOGUE_TITLE[language], here)]


def sortables(base: str, language: Language) -> Document:
    """Return what records may be sorted by, as JSON Schema."""
    return _schema(f"{base}/collections/{ID}/sortables", language, SORTABLES)


def queryables(base: str, language: Language) -> Document:
    """Return what records may be filtered by, as JSON Schema: the parameter of that name."""
    return _schema(f"{base}/collections/{ID}/queryables", language, ("type",))


def _schema(url: str, language: Language, names: tuple[str, ...]) -> Document:
    return {
        "$schema": _DRAFT,
        "$id": url,
        "type": "object",
        "title": CATALOGUE_TITLE[language],
        "properties": {name: _property(name, language) for name in names},
        "additionalProperties": False,
    }


def _property(name: str, language: Language) -> Document:
    found: Document = {"type": "string", "title": _NAMES[name][language]}
    if name == "type":
        return found | {"enum": list(KINDS)}
    return found | ({"format": "date-time"} if name in ("created", "updated") else {})
