"""Texts and geometries of the city as folium and Leaflet may have them: data, never code."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

import numpy as np
import shapely

from geo import crs
from geo.model import Layer
from geo.model.reasons import SIGNS
from geo.model.text import Language
from geo.store.snapshot import Snapshot, read_table
from geo.view.answer import Answer
from geo.view.classes import ink_on
from geo.view.numbers import number


def inert(words: str) -> str:
    """Return a text of the city as folium may have it: no markup, and no template.

    Leaflet writes names and tooltips into innerHTML; branca compiles every rendered script as a
    Jinja template once more, so that ``{{...}}`` in a district's name would run on the server.
    """
    return escape(words).replace("{", "&#123;").replace("}", "&#125;")


def collection(shapes: np.ndarray, properties: Iterable[dict[str, str]]) -> dict[str, Any]:
    """Return GeoJSON in CRS84, 6 decimals (10 cm), with every text escaped for innerHTML."""
    moved = shapely.set_precision(
        crs.reproject(np.asarray(shapes), crs.METRIC, crs.CRS84), 1e-6, mode="pointwise"
    )
    features = [
        {
            "type": "Feature",
            "properties": {key: inert(value) for key, value in each.items()},
            "geometry": shapely.geometry.mapping(shape),
        }
        for shape, each in zip(moved, properties, strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}


def public_rows(layer: Layer, snapshot: Snapshot, language: Language) -> list[dict[str, str]]:
    """Return each feature's public fields as a person reads them: names in place of codes."""
    fields = layer.public_fields
    rows = read_table(snapshot, columns=[field.name for field in fields]).to_pylist()
    codes = {field.name: field.values or {} for field in fields}

    def text(name: str, value: object) -> str:
        if value is None:
            return "–"  # not "no data": a path without a name has none
        if isinstance(value, bool):
            return {"pl": ("nie", "tak"), "en": ("no", "yes")}[language][value]
        if isinstance(value, float):
            return number(value, 0 if value.is_integer() else 2, language)
        known = codes[name].get(str(value))
        return known[language] if known else str(value)

    return [{name: text(name, value) for name, value in row.items()} for row in rows]


def zone_labels(answer: Answer, language: Language) -> list[dict[str, Any]]:
    """Return name and value of each zone, and where they stand: inside its largest part."""
    rows = [row for row in answer.rows if row.result.zone_id in answer.geometries]
    largest = [
        max(
            shapely.get_parts(answer.geometries[row.result.zone_id]),
            key=lambda part: float(part.area),
        )
        for row in rows
    ]
    centres = shapely.get_point(
        shapely.maximum_inscribed_circle(np.array(largest), tolerance=10), 0
    )
    places = shapely.get_coordinates(crs.reproject(centres, crs.METRIC, crs.CRS84))
    labels = []
    for row, (lon, lat) in zip(rows, places, strict=True):
        value = row.result.value
        short = (
            SIGNS[row.result.status][language]
            if value is None
            else number(value, answer.card.precision, language)
        )
        dark = row.colour is not None and ink_on(row.colour) == "#ffffff"
        words = f"{inert(row.result.zone_name)}<br><b>{inert(short)}</b>"
        labels.append(
            {"at": [lat, lon], "html": words, "kind": "label on-dark" if dark else "label"}
        )
    return labels
