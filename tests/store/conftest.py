"""A small layer with a field of every type, and tables for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely

from geo.model import Layer
from geo.store import close_all, schema_of, with_geometries

FIELDS: tuple[tuple[str, str, bool], ...] = (
    ("key", "string", True),
    ("name", "string", True),
    ("floors", "integer", True),
    ("height", "number", True),
    ("open", "boolean", True),
    ("built", "date", True),
    ("seen", "datetime", True),
    ("secret", "string", False),
)


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    close_all()


@pytest.fixture
def make_layer() -> Callable[..., Layer]:
    def make(geometry: str = "MultiPolygon", id_type: str = "string", **more: Any) -> Layer:
        text = {"pl": "x", "en": "x"}
        fields = [
            {
                "name": name,
                "type": id_type if name == "key" else kind,
                "public": public,
                "title": text,
            }
            for name, kind, public in FIELDS
        ]
        return Layer.model_validate(
            {
                "id": "things", "title": text, "description": text, "source": {"name": text},
                "licence": {"id": "CC0-1.0", "name": "CC0"},
                "steward": {"name": "A", "email": "a@example.org"},
                "update_interval": "P1Y", "crs": "EPSG:2180", "geometry": geometry,
                "id_field": "key", "fields": fields, **more,
            }
        )  # fmt: skip

    return make


@pytest.fixture
def make_table() -> Callable[..., pa.Table]:
    def make(layer: Layer, shapes: np.ndarray, **columns: Any) -> pa.Table:
        n = len(shapes)
        values: dict[str, Any] = {
            "key": [f"a/{i}" for i in range(n)],
            "name": [f"nazwa {i % 3}" for i in range(n)],
            "floors": [i % 5 for i in range(n)],
            "height": [i / 7 for i in range(n)],
            "open": [i % 2 == 0 for i in range(n)],
            "built": [date(2000, 1, 1 + i % 28) for i in range(n)],
            "seen": [datetime(2026, 11, 22, 3, i % 60, tzinfo=UTC) for i in range(n)],
            "secret": ["never served"] * n,
        }
        values.update(columns)
        schema = schema_of(layer)
        table = pa.table(
            [
                pa.array(values[field.name], type=field.type)
                for field in schema
                if field.name in values
            ],
            schema=pa.schema([field for field in schema if field.name in values]),
        )
        return with_geometries(table, shapes)

    return make


@pytest.fixture
def squares() -> Callable[..., np.ndarray]:
    """Squares of 10 m in Siemianowice, in a grid that is turned so that boxes overlap."""

    def make(n: int, side: float = 10.0) -> np.ndarray:
        i = np.arange(n)
        across = max(int(np.sqrt(n)), 1)
        x = 505_000 + (i % across) * side * 1.5 + (i // across) * 3
        y = 270_000 + (i // across) * side * 1.5
        corners = np.stack([np.c_[x, y], np.c_[x + side, y + 4], np.c_[x + side - 4, y + side + 4],
                            np.c_[x - 4, y + side]], axis=1)  # fmt: skip
        return shapely.multipolygons(shapely.polygons(corners).reshape(-1, 1))

    return make
