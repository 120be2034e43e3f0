"""A raster as a source of measures: read strip by strip, cut into tiles, its cells counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from geo.measure.inputs import Features
from geo.measure.medians import Real, keys_of
from geo.measure.raster import Cells, Grid, Tile, class_codes
from geo.measure.where import select
from geo.measure.zones import Bools
from geo.model.raster import CLASS, VALUE, Raster, as_layer

STRIP = 1024
"""Rows of a raster that are in memory at once."""
NUMBERS = "values"
"""The class of a raster of numbers, which has none."""


@dataclass(frozen=True)
class RasterGrid:
    """A raster as a source of measures.

    Attributes
    ----------
    raster : Raster
    grid : Grid
        Where its cells lie, EPSG:2180.
    nodata : float
        The number for no data; NaN is without data always.
    read : callable
        (row, column, rows, columns) to an array of that shape.
    """

    raster: Raster
    grid: Grid
    nodata: float
    read: Callable[[int, int, int, int], Cells]

    def strips(self) -> Iterator[tuple[int, Cells]]:
        """Give the raster from north to south: the first row of each strip, and its cells."""
        for row in range(0, self.grid.rows, STRIP):
            rows = min(STRIP, self.grid.rows - row)
            yield row, self.read(row, 0, rows, self.grid.columns)

    @property
    def outline(self) -> Any:  # noqa: ANN401 - shapely has no types
        """The raster's rectangle."""
        grid = self.grid
        south = grid.north - grid.rows * grid.cell_height
        east = grid.west + grid.columns * grid.cell_width
        return shapely.box(grid.west, south, east, grid.north)

    @cached_property
    def features(self) -> Features:
        """Its classes as features: ids and codes, n of them, each without a geometry."""
        layer = as_layer(self.raster)
        ids = [str(each) for each in sorted(self.raster.classes)] or [NUMBERS]
        table = pa.table({CLASS: pa.array(ids, pa.string())})
        return Features(layer, table, np.array(ids, dtype=object), np.full(len(ids), None))


class Tally:
    """Cuts a raster into tiles for the kernel, and counts its cells on the way.

    Codes are the classes in their order, then what a filter over numbers leaves out, then no data.
    """

    def __init__(self, source: RasterGrid, where: str) -> None:
        self._source, self._where = source, where
        self.names = source.features.ids
        self.numbers = not source.raster.classes
        size = len(self.names)
        self.kept: Bools = np.ones(size, dtype=bool)
        if not self.numbers:
            self.kept = select(where, source.features.table)
        self.cells = np.zeros(size + 2, dtype=np.int64)
        self.totals: list[float] = []
        self.scales: list[float] = []

    def tiles(self) -> Iterator[Tile]:
        """Give the raster tile by tile."""
        for row, cells in self._source.strips():
            codes = self._codes(cells)
            self.cells += np.bincount(codes.ravel(), minlength=len(self.cells))
            values = None
            if self.numbers:
                values = _numbers(cells, codes)
                self.totals.append(float(np.nansum(values, dtype=np.float64)))
                self.scales.append(float(np.nansum(np.abs(values), dtype=np.float64)))
            yield Tile(row, 0, values, codes)

    def keys(self, kind: Real) -> Iterator[Tile]:
        """Give a raster of numbers as the keys that medians are found by."""
        for row, cells in self._source.strips():
            yield Tile(row, 0, None, keys_of(_numbers(cells, self._codes(cells)), kind))

    def _codes(self, cells: Cells) -> NDArray[np.uint8]:
        source, size = self._source, len(self.names)
        without = cells == source.nodata
        if cells.dtype.kind == "f":
            without |= np.isnan(cells)
        if self.numbers:
            codes = np.zeros(cells.shape, dtype=np.uint8)
            if self._where.strip():
                table = pa.table({VALUE: pa.array(cells.ravel().astype(np.float64))})
                codes[~select(self._where, table).reshape(cells.shape)] = 1
        else:
            codes = class_codes(cells, sorted(source.raster.classes))
            codes[codes == 255] = size
        codes[without] = size + 1
        return codes


def _numbers(cells: Cells, codes: NDArray[np.uint8]) -> Cells:
    return np.where(codes == 0, cells, np.nan)
