"""What a layer's fields are, as JSON Schema and as a person reads them."""

from __future__ import annotations

from typing import Any

from geo.model import Field, Layer
from geo.model.text import Language
from geo.serve.config import json_type

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TYPES: dict[Language, dict[str, str]] = {
    "pl": {
        "string": "tekst", "integer": "liczba całkowita", "number": "liczba",
        "boolean": "tak/nie", "date": "data", "datetime": "data i godzina",
    },
    "en": {
        "string": "text", "integer": "whole number", "number": "number",
        "boolean": "yes/no", "date": "date", "datetime": "date and time",
    },
}  # fmt: skip


def queryables(layer: Layer, title: str, language: Language, url: str) -> dict[str, Any]:
    """Return the fields that a client may filter by, as JSON Schema.

    Parameters
    ----------
    title : str
        The collection's title in `language`.
    url : str
        The address of this document.
    """
    return _schema(layer, title, language, url) | {"additionalProperties": False}


def schema(layer: Layer, title: str, language: Language, url: str) -> dict[str, Any]:
    """Return the JSON Schema of a feature's properties and geometry (OGC API Features, part 5).

    All of it is read-only, and complete: QGIS 3.44 drops columns that a schema omits.
    """
    found = _schema(layer, title, language, url)
    for one in found["properties"].values():
        one["readOnly"] = True
    order = {name: place for place, name in enumerate(found["properties"], 1)}
    for name, place in order.items():
        found["properties"][name]["x-ogc-propertySeq"] = place
    return found | {
        "description": layer.description[language],
        "required": ["geometry", *(f.name for f in layer.public_fields if f.required)],
        "additionalProperties": False,
    }


def readable(layer: Layer, language: Language) -> dict[str, dict[str, Any]]:
    """Return the public fields as a page shows them: title, type, unit, codes by field name."""
    return {
        field.name: {
            "title": field.title[language],
            "description": field.description[language] if field.description else "",
            "type": _TYPES[language][field.type],
            "unit": field.unit,
            "codes": {code: text[language] for code, text in (field.values or {}).items()},
        }
        for field in layer.public_fields
    }


def operation_name(layer: Layer) -> str:
    """Return what the operations on a layer are called after: ``bike_paths`` -> ``BikePaths``."""
    return "".join(part.capitalize() for part in layer.id.split("_"))


def property_schema(field: Field, language: Language) -> dict[str, Any]:
    """Return the JSON Schema of one field's values."""
    found: dict[str, Any] = {**json_type(field.type), "title": field.title[language]}
    if field.description:
        found["description"] = field.description[language]
    if field.unit:
        found["x-ogc-unit"] = field.unit
    if field.values:
        found["enum"] = list(field.values)
    for key, value in (("minimum", field.minimum), ("maximum", field.maximum)):
        if value is not None:
            found[key] = value
    return found


def _codes(field: Field, language: Language) -> dict[str, Any]:
    """Say what codes mean, as JSON Schema names the values of an enumeration."""
    named = [
        {"const": code, "title": text[language]} for code, text in (field.values or {}).items()
    ]
    return {"oneOf": named} if named else {}


def _schema(layer: Layer, title: str, language: Language, url: str) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "geometry": {
            "title": "Geometria" if language == "pl" else "Geometry",
            "format": f"geometry-{layer.geometry.lower()}",
            "x-ogc-role": "primary-geometry",
        }
    }
    for field in layer.public_fields:
        properties[field.name] = property_schema(field, language) | _codes(field, language)
    properties[layer.id_field]["x-ogc-role"] = "id"
    return {
        "$schema": _DRAFT,
        "$id": url,
        "type": "object",
        "title": title,
        "properties": properties,
    }
