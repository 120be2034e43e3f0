"""Layers and features made on the spot for the tests of this folder."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from geo.measure.inputs import Features, features
from geo.model import Layer
from geo.model.arrow import ARROW

TEXT = {"pl": "x", "en": "x"}


def layer(name: str, geometry: str, fields: dict[str, str] | None = None, **more: Any) -> Layer:
    """A layer with the id field `key` and others of the types given."""
    listed = [{"name": "key", "type": "string", "required": True, "title": TEXT}]
    listed += [{"name": n, "type": t, "title": TEXT} for n, t in (fields or {}).items()]
    return Layer.model_validate(
        {
            "id": name, "title": TEXT, "description": TEXT, "source": {"name": TEXT},
            "licence": {"id": "CC0-1.0", "name": "CC0"},
            "steward": {"name": "A", "email": "a@example.org"},
            "update_interval": "P1Y", "crs": "EPSG:2180", "geometry": geometry,
            "id_field": "key", "fields": listed, **more,
        }
    )  # fmt: skip


def made(of: Layer, shapes: Any, keys: list[str] | None = None, **columns: Any) -> Features:
    """Features of a layer; ids are a, b, ... when none are given."""
    shapes = np.asarray(shapes, dtype=object)
    keys = keys or [f"{number:05d}" for number in range(len(shapes))]
    arrays = {"key": pa.array(keys, pa.string())}
    for field in of.fields[1:]:
        arrays[field.name] = pa.array(columns[field.name], ARROW[field.type], from_pandas=True)
    arrays["geometry"] = pa.array(shapely.to_wkb(shapes), pa.binary())
    return features(of, pa.table(arrays))
