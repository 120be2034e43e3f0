"""A feature table in Hilbert order: in memory while it is small, through a file when it is not.

A large table comes from a memory-mapped file (:mod:`geo.ingest.read`), and leaves as one: what is
in memory at a time are the features of one piece, and 60 bytes for each feature of the whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely

from geo.crs import Box
from geo.store.table import geometries, hilbert_order, with_geometries

LARGE = 250_000
"""Features from which the order is made through a file: below, memory is quicker."""
PIECE = 125_000
"""Features of a piece: those of a row group."""


class Shapes:
    """The geometries of an ordered table, made anew for each slice that is asked for.

    Parameters
    ----------
    table : pyarrow.Table
        n rows, in their order.
    extent : tuple of float
        minx, miny, maxx, maxy, EPSG:2180.
    kinds : frozenset of int
        Type ids of GEOS that occur.
    """

    def __init__(self, table: pa.Table, extent: Box, kinds: frozenset[int]) -> None:
        self._table = table
        self.extent = extent
        self.kinds = kinds

    def __len__(self) -> int:
        return len(self._table)

    def __getitem__(self, part: slice) -> np.ndarray:
        """Return some geometries, EPSG:2180."""
        start, stop, _ = part.indices(len(self))
        return geometries(self._table.slice(start, max(stop - start, 0)))


@dataclass(frozen=True)
class Ordered:
    """A table in the order that it is written in, and its geometries."""

    table: pa.Table
    shapes: np.ndarray | Shapes


def extent_of(shapes: np.ndarray | Shapes) -> Box | None:
    """Return the box around geometries, EPSG:2180; None where there are none."""
    if len(shapes) == 0:
        return None
    if isinstance(shapes, Shapes):
        return shapes.extent
    minx, miny, maxx, maxy = shapely.total_bounds(shapes).tolist()
    return minx, miny, maxx, maxy


def kinds_of(shapes: np.ndarray | Shapes) -> frozenset[int]:
    """Return the type ids of GEOS that occur."""
    if isinstance(shapes, Shapes):
        return shapes.kinds
    return frozenset(np.unique(shapely.get_type_id(shapes)).tolist())


def in_order(table: pa.Table, beside: Path) -> Ordered:
    """Put rows in Hilbert order, and exteriors counter-clockwise as RFC 7946 has them.

    Parameters
    ----------
    table : pyarrow.Table
        The feature table, EPSG:2180.
    beside : Path
        A file for a large table; the caller removes it when the result is no longer used.
    """
    if len(table) >= LARGE:
        return _through_file(table, beside)
    shapes = geometries(table)
    if len(shapes) == 0:
        return Ordered(table, shapes)
    order = hilbert_order(shapely.bounds(shapes))
    shapes = _turned(shapes[order])
    return Ordered(with_geometries(table.take(order), shapes), shapes)


def _turned(shapes: np.ndarray) -> np.ndarray:
    return np.asarray(shapely.orient_polygons(shapes, exterior_cw=False))


def _through_file(table: pa.Table, path: Path) -> Ordered:
    batches = table.to_batches(max_chunksize=PIECE)
    bounds, kinds = np.empty((len(table), 4)), set[int]()
    start = 0
    for batch in batches:
        shapes = geometries(batch)
        bounds[start : start + len(shapes)] = shapely.bounds(shapes)
        kinds |= set(np.unique(shapely.get_type_id(shapes)).tolist())
        start += len(shapes)
    low, high = bounds[:, :2].min(axis=0).tolist(), bounds[:, 2:].max(axis=0).tolist()
    order = hilbert_order(bounds)
    del bounds
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        for piece in _pieces(batches, order):
            writer.write_table(with_geometries(piece, _turned(geometries(piece))))
    with pa.memory_map(str(path)) as file:
        ordered = pa.ipc.open_file(file).read_all()
    return Ordered(ordered, Shapes(ordered, (low[0], low[1], high[0], high[1]), frozenset(kinds)))


def _pieces(batches: list[pa.RecordBatch], order: np.ndarray) -> Iterator[pa.Table]:
    """Give the rows of batches in an order, a piece at a time."""
    ends = np.cumsum([batch.num_rows for batch in batches])
    for start in range(0, len(order), PIECE):
        rows = order[start : start + PIECE]
        owner = np.searchsorted(ends, rows, side="right")
        by_owner = np.argsort(owner, kind="stable")
        used, firsts = np.unique(owner[by_owner], return_index=True)
        parts = [
            batches[one].take(pa.array(rows[group] - ends[one] + batches[one].num_rows))
            for one, group in zip(used.tolist(), np.split(by_owner, firsts[1:]), strict=True)
        ]
        back = np.empty(len(rows), dtype=np.int64)
        back[by_owner] = np.arange(len(rows))
        yield pa.Table.from_batches(parts).combine_chunks().take(pa.array(back))
