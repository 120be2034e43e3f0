"""Layers for the real files of Warsaw and Wrocław, and small files made on the spot."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from geo.ingest.read import Intake, take_in
from geo.model import Layer

WARSAW = (20.85, 52.09, 21.28, 52.37)
TEXT = {"pl": "x", "en": "x"}


@pytest.fixture
def make_layer() -> Callable[..., Layer]:
    def make(id_field: str = "key", *fields: dict[str, Any], **more: Any) -> Layer:
        all_fields = [{"name": id_field, "type": "string", "required": True}, *fields]
        return Layer.model_validate(
            {
                "id": "things", "title": TEXT, "description": TEXT, "source": {"name": TEXT},
                "licence": {"id": "CC0-1.0", "name": "CC0"},
                "steward": {"name": "A", "email": "a@example.org"},
                "update_interval": "P1Y", "crs": "EPSG:2180", "geometry": "MultiPolygon",
                "id_field": id_field, "fields": [{"title": TEXT, **field} for field in all_fields],
                **more,
            }
        )  # fmt: skip

    return make


@pytest.fixture
def take(make_layer: Callable[..., Layer]) -> Callable[..., Intake]:
    def one(path: Path, *fields: dict[str, Any], **more: Any) -> Intake:
        options = {
            name: more.pop(name)
            for name in ("assume_crs", "reproject", "repair", "drop_invalid", "progress")
            if name in more
        }
        box = more.pop("bbox84", WARSAW)
        layer = more.pop("layer", None) or make_layer(more.pop("id_field", "key"), *fields, **more)
        return take_in(layer, path, bbox84=box, **options)

    return one


@pytest.fixture
def geojson(tmp_path: Path) -> Callable[..., Path]:
    """Write a GeoJSON in EPSG:2180 from (properties, geometry) pairs."""

    def write(
        *features: tuple[dict[str, Any], Any], name: str = "plik.geojson", **top: Any
    ) -> Path:
        data = {
            "type": "FeatureCollection",
            "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2180"}},
            "features": [
                {"type": "Feature", "properties": properties, "geometry": geometry}
                for properties, geometry in features
            ],
        }
        data = {key: value for key, value in (data | top).items() if value != "absent"}
        path = tmp_path / name
        path.write_text(json.dumps(data), encoding="utf-8")
        return path

    return write


@pytest.fixture
def square() -> Callable[..., dict[str, Any]]:
    def make(x: float = 637_000, y: float = 487_000, side: float = 10) -> dict[str, Any]:
        ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
        return {"type": "Polygon", "coordinates": [ring]}

    return make
