"""Features of every kind as tilesets, and an independent decoder to read the tiles back."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import mapbox_vector_tile
import numpy as np
import pyarrow as pa
import shapely
from shapely.geometry import shape

from geo import crs
from geo.model import Layer
from geo.serve.tiles.matrix import EXTENT, HALF_M, Tile
from geo.serve.tiles.source import source_of
from geo.serve.tiles.tileset import Tileset
from geo.store import Snapshot
from geo.store.kept import Kept

CENTRE = (503_000.0, 268_500.0)
TEXT = {"pl": "Próba", "en": "Sample"}
BOX = shapely.box(0, 0, EXTENT, EXTENT)


def make_layer(geometry: str, fields: Sequence[dict[str, Any]] = (), **more: Any) -> Layer:
    return Layer.model_validate(
        {
            "id": "sample",
            "title": TEXT,
            "description": TEXT,
            "source": {"name": TEXT},
            "licence": {"id": "CC0-1.0", "name": "CC0"},
            "steward": {"name": "Test", "email": "test@example.org"},
            "update_interval": "P1Y",
            "crs": "EPSG:2180",
            "geometry": geometry,
            "id_field": "code",
            "fields": [{"name": "code", "type": "string", "title": TEXT}, *fields],
            **more,
        }
    )


@dataclass
class Read:
    """One feature as a tile gave it, in units of the tile."""

    id: int
    shape: shapely.Geometry
    properties: dict[str, Any]


@dataclass
class Decoded:
    """A tile as the independent decoder reads it."""

    features: list[Read] = field(default_factory=list)
    counted: int = 0

    @property
    def ids(self) -> list[int]:
        return [feature.id for feature in self.features]


def decode(raw: bytes) -> Decoded:
    found = Decoded()
    if not raw:
        return found
    for name, layer in mapbox_vector_tile.decode(
        raw, default_options={"y_coord_down": True}
    ).items():
        assert layer["version"] == 2
        assert layer["extent"] == EXTENT
        for each in layer["features"]:
            if name.endswith("_count"):
                found.counted += each["properties"]["count"]
            else:
                item = Read(each["id"], shape(each["geometry"]), each["properties"])
                found.features.append(item)
    return found


@dataclass
class Bench:
    """Makes tilesets of geometries in EPSG:2180 over one real snapshot."""

    snapshot: Snapshot = field(repr=False)

    def tileset(
        self,
        shapes: Sequence[shapely.Geometry],
        *,
        columns: dict[str, pa.Array] | None = None,
        fields: Sequence[dict[str, Any]] = (),
        coverage: bool = False,
    ) -> Tileset:
        kinds = {geometry.geom_type.removeprefix("Multi") for geometry in shapes}
        layer = make_layer(kinds.pop(), fields, coverage=coverage)
        codes = pa.array([f"nr {i}" for i in range(len(shapes))])
        table = pa.table({"code": codes, **(columns or {})})
        source = source_of(
            np.array(shapes, dtype=object), layer, table, list(layer.public_fields),
            np.arange(1, len(shapes) + 1), coverage=coverage,
        )  # fmt: skip
        return Tileset(layer, self.snapshot, source, Kept(10**9, lambda paths: paths.nbytes))


def unpacked(body: bytes) -> Decoded:
    return decode(gzip.decompress(body) if body else b"")


def in_world(geometry: shapely.Geometry, tile: Tile) -> shapely.Geometry:
    """Return a decoded geometry in units of its zoom, from the corner of the world."""
    return shapely.transform(geometry, lambda xy: xy + np.array(tile.corner))


def expected(shapes: Sequence[shapely.Geometry], z: int) -> np.ndarray:
    """Return geometries of EPSG:2180 in units of a zoom, unsnapped."""
    moved = crs.reproject(np.array(shapes, dtype=object), crs.METRIC, crs.WEB_MERCATOR)
    return in_units(moved, z)


def in_units(moved: Any, z: int) -> Any:
    """Return geometries of EPSG:3857 in units of a zoom, unsnapped."""
    scale = EXTENT * 2**z / (2 * HALF_M)
    return shapely.transform(
        moved,
        lambda xy: np.column_stack(((xy[:, 0] + HALF_M) * scale, (HALF_M - xy[:, 1]) * scale)),
    )
