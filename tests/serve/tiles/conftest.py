"""Fixtures of the tiles, and tilebench.py under --import-mode=importlib."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import shapely

sys.path.insert(0, str(Path(__file__).parent))

from tilebench import CENTRE, Bench, Decoded, decode, make_layer

from geo.serve.tiles.matrix import Tile
from geo.serve.tiles.tileset import Tileset
from geo.store import close_all, schema_of, with_geometries, write_snapshot


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    layer = make_layer("Point")
    table = pa.table({"code": ["a"], "geometry": pa.array([b""], pa.binary())})
    table = with_geometries(table, np.array([shapely.Point(CENTRE)])).cast(schema_of(layer))
    folder: Path = tmp_path_factory.mktemp("bench")
    yield Bench(write_snapshot(folder, layer, table, source_name="sample.gpkg"))
    close_all()


@pytest.fixture(scope="session")
def whole() -> Callable[[Tileset, int], dict[Tile, Decoded]]:
    """Decode every tile of a zoom."""

    def read(tileset: Tileset, z: int) -> dict[Tile, Decoded]:
        limits = tileset.limits(z)
        assert limits is not None
        return {tile: decode(tileset.draw(tile)) for tile in limits.tiles()}

    return read
