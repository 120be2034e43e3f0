"""The tiles of one version of a layer, drawn when they are asked for."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from geo.limits import limit
from geo.model import Layer
from geo.serve.tiles import pyramid
from geo.serve.tiles.attributes import column_of, tags_of
from geo.serve.tiles.cut import cut, snapped, squares, visible
from geo.serve.tiles.encoder import encode_layer
from geo.serve.tiles.matrix import MAX_ZOOM, Limits, Tile, limits_of, to_units
from geo.serve.tiles.paths import Paths
from geo.serve.tiles.source import Source
from geo.store.kept import Kept
from geo.store.snapshot import Snapshot

COUNT = "count"
"""The only attribute of a cell: how many features it stands for."""

_THRIFT_MOST = 2
_COARSE = 4
"""Units of the grid of a tile that would be too large: half a pixel."""

REVISION = "1"
"""Raise it when the same version gives other bytes."""


@dataclass(frozen=True)
class Packed:
    """A tile as it is sent.

    Attributes
    ----------
    body : bytes
        Gzipped; empty when the tile holds nothing.
    thrift : int
        What was given up for its size. 0: nothing; 1: attributes that are nearly unique; 2:
        vertices besides.
    """

    body: bytes
    thrift: int = 0

    @property
    def nbytes(self) -> int:
        """Memory that it takes, bytes, with what Python adds."""
        return len(self.body) + 200


@dataclass(frozen=True)
class Scene:
    """What a tile shows, before its attributes are chosen.

    Attributes
    ----------
    paths : Paths or None
        In units of the tile; None: nothing is drawn.
    rows : numpy.ndarray of int64, shape (m,)
        The feature that each is, in the order of the source.
    counted : bytes
        The encoded layer of cells.
    """

    paths: Paths | None
    rows: np.ndarray
    counted: bytes


@dataclass(frozen=True)
class Tileset:
    """The tiles of one version of a layer, or of one indicator.

    Attributes
    ----------
    indicator : str
        Id of the indicator whose values are shown; empty: the layer's own features.
    levels : Kept of Paths
        Generalised shapes, shared by all tilesets.
    """

    layer: Layer
    snapshot: Snapshot
    source: Source
    levels: Kept[Paths]
    indicator: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from every other: layer, version, indicator."""
        return self.layer.id, self.snapshot.version, self.indicator

    @cached_property
    def edition(self) -> str:
        """The version, and what else the bytes of a tile depend on: it names a tile for ever."""
        names = [column.name for column in self.source.columns]
        made = "|".join((REVISION, str(self.source.coverage), *names))
        return f"{self.snapshot.version}-{hashlib.sha256(made.encode()).hexdigest()[:6]}"

    @property
    def count_layer(self) -> str:
        """Name of the layer of cells inside a tile."""
        return f"{self.layer.id}_count"

    def limits(self, z: int) -> Limits | None:
        """Return the tiles of a zoom that may hold something; None: there are no features."""
        bounds = self.source.bounds
        return None if bounds is None or not 0 <= z <= MAX_ZOOM else limits_of(bounds, z)

    def holds(self, tile: Tile) -> bool:
        """Tell whether a tile lies within the limits."""
        limits = self.limits(tile.z)
        return limits is not None and limits.hold(tile)

    def packed(self, tile: Tile) -> Packed:
        """Return a tile, gzipped.

        One that would be too large gives up attributes that are nearly unique (identifiers),
        and then every vertex that is no further than half a pixel from the one before it.
        """
        packed = Packed(b"")
        scene = self._scene(tile)
        for thrift in range(_THRIFT_MOST + 1):
            if thrift == _THRIFT_MOST:
                scene = self._scene(tile, _COARSE)
            raw = self._encoded(scene, thrift)
            packed = Packed(gzip.compress(raw, 6, mtime=0) if raw else b"", thrift)
            if len(packed.body) <= limit("tile_bytes"):
                break
        return packed

    def draw(self, tile: Tile) -> bytes:
        """Return a tile as Mapbox Vector Tile bytes, whatever its size; empty if it is empty."""
        return self._encoded(self._scene(tile), 0)

    def _scene(self, tile: Tile, grid: int = 1) -> Scene:
        rows = self.source.touching(tile.box())
        if len(rows) == 0:
            return Scene(None, rows, b"")
        if tile.z < self.source.detail_zoom:
            return Scene(None, rows, self._counted(tile, rows))
        paths = self.level(tile.z).take(rows)
        paths = paths.moved(to_units(paths.xy, tile.z) - np.array(tile.corner))
        shown = visible(snapped(paths), pyramid.least_units(tile.z))
        drawn = cut(paths, shown, grid)
        return Scene(drawn.paths, rows[drawn.rows], self._counted(tile, rows[~shown]))

    def _encoded(self, scene: Scene, thrift: int) -> bytes:
        if scene.paths is None:
            return scene.counted
        columns = [one for one in self.source.columns if thrift == 0 or not one.unique]
        tags = tags_of(columns, scene.rows)
        body = encode_layer(self.layer.id, scene.paths, tags, self.source.ids[scene.rows])
        return body + scene.counted

    def level(self, z: int) -> Paths:
        """Return the shapes of a zoom, EPSG:3857."""
        if z >= pyramid.WHOLE_FROM or self.source.paths.family == "point":
            return self.source.paths
        return self.levels.get(
            (*self.key, z),
            lambda: pyramid.generalised(self.source.paths, z, coverage=self.source.coverage),
        )

    def _counted(self, tile: Tile, rows: np.ndarray) -> bytes:
        cells, counts = pyramid.cells_of(self.source.anchor[rows], tile.z, tile.x, tile.y)
        if len(cells) == 0:
            return b""
        column = column_of(COUNT, "integer", pa.chunked_array([pa.array(counts)]))
        tags = tags_of([column], np.arange(len(cells)))
        return encode_layer(self.count_layer, squares(cells, pyramid.CELL), tags)
