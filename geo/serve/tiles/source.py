"""One version of a layer as arrays in EPSG:3857: what tiles are drawn from, never measured."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geo import crs
from geo.crs import Box
from geo.model import Layer
from geo.model.derived import WHOLE
from geo.model.layer import Field
from geo.serve.tiles.attributes import Column, column_of
from geo.serve.tiles.paths import Paths, from_shapes
from geo.serve.tiles.pyramid import anchors, detail_zoom
from geo.store.query import open_serve
from geo.store.snapshot import Snapshot, read_table
from geo.store.table import GEOMETRY, geometries

_BLOCK = 64
"""Features whose boxes are looked at together: neighbours lie side by side in a version."""


@dataclass(frozen=True)
class Source:
    """The features of a version, in the order of its file.

    Attributes
    ----------
    paths : Paths
        EPSG:3857, metres; exteriors clockwise.
    coverage : bool
        The polygons share their edges.
    boxes : numpy.ndarray of float64, shape (n, 4)
        minx, miny, maxx, maxy, EPSG:3857.
    anchor : numpy.ndarray of int32, shape (n, 2)
        See :func:`geo.serve.tiles.pyramid.anchors`.
    ids : numpy.ndarray of int64, shape (n,)
        The ``rid`` of serve.sqlite: stable within a version.
    columns : tuple of Column
        The public fields.
    """

    paths: Paths
    coverage: bool
    boxes: np.ndarray
    anchor: np.ndarray
    ids: np.ndarray
    columns: tuple[Column, ...]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def nbytes(self) -> int:
        """Memory that the arrays take, bytes."""
        own = self.boxes.nbytes + self.anchor.nbytes + self.ids.nbytes
        return own + self.paths.nbytes + sum(column.nbytes for column in self.columns)

    @cached_property
    def bounds(self) -> Box | None:
        """The box of everything, EPSG:3857; None without features."""
        if len(self) == 0:
            return None
        low, high = self.boxes[:, :2].min(axis=0), self.boxes[:, 2:].max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    @cached_property
    def detail_zoom(self) -> int:
        """The first zoom that draws features one by one."""
        return detail_zoom(self.anchor)

    @cached_property
    def _blocks(self) -> np.ndarray:
        begin = np.arange(0, len(self), _BLOCK)
        low = np.minimum.reduceat(self.boxes[:, :2], begin, axis=0)
        return np.hstack((low, np.maximum.reduceat(self.boxes[:, 2:], begin, axis=0)))

    def touching(self, box: Box) -> np.ndarray:
        """Return the features whose boxes touch a box in EPSG:3857: int64, ascending."""
        if len(self) == 0:
            return np.empty(0, dtype=np.int64)
        blocks = np.flatnonzero(_touch(self._blocks, box))
        rows = (blocks[:, None] * _BLOCK + np.arange(_BLOCK)).ravel()
        rows = rows[rows < len(self)]
        return np.asarray(rows[_touch(self.boxes[rows], box)])


def _touch(boxes: np.ndarray, box: Box) -> np.ndarray:
    left, low, right, high = box
    return np.asarray(
        (boxes[:, 0] <= right)
        & (boxes[:, 2] >= left)
        & (boxes[:, 1] <= high)
        & (boxes[:, 3] >= low)
    )


def load_source(snapshot: Snapshot, layer: Layer, indicator: str = "") -> Source:
    """Read a version.

    Parameters
    ----------
    layer : Layer
        Of its fields those are read that are public now and were when it was published.
    indicator : str
        Of the layer of values: only this indicator, only its zones, and only the class
        that its map shows; empty: everything.
    """
    served = open_serve(snapshot).fields
    fields = [field for field in layer.public_fields if field.name in served]
    table = read_table(snapshot, [*(field.name for field in fields), GEOMETRY])
    ids = np.arange(1, len(table) + 1)
    if indicator:
        shown = pc.and_(table.column("headline"), pc.not_equal(table.column("zone_id"), WHOLE))
        mine = pc.and_(pc.equal(table.column("indicator"), indicator), pc.fill_null(shown, False))
        ids, table = ids[mine.to_numpy()], table.filter(mine)
    return source_of(
        geometries(table), layer, table, fields, ids, coverage=layer.coverage or bool(indicator)
    )


def source_of(
    shapes: np.ndarray,
    layer: Layer,
    table: pa.Table,
    fields: list[Field],
    ids: np.ndarray,
    *,
    coverage: bool,
) -> Source:
    """Return geometries in EPSG:2180, shape (n,), and columns of a table as a source."""
    moved = crs.reproject(shapes, crs.METRIC, crs.WEB_MERCATOR) if len(shapes) else shapes
    if layer.family == "polygon" and len(moved):
        # Clockwise with y upwards is what a tile, whose y points down, wants of an exterior.
        moved = np.asarray(shapely.orient_polygons(moved, exterior_cw=True))
    boxes = shapely.bounds(moved).reshape(-1, 4)
    columns = [column_of(field.name, field.type, table.column(field.name)) for field in fields]
    return Source(
        from_shapes(moved, layer.family), coverage, boxes, anchors(boxes), ids, tuple(columns)
    )
