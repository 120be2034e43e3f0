"""A published raster as something that cards measure from."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from geo.measure.raster import Grid
from geo.measure.zonal import RasterGrid
from geo.model.raster import Raster
from geo.store.snapshot import Snapshot


def raster_source(raster: Raster, snapshot: Snapshot) -> RasterGrid:
    """Return a version of a raster as a source; its cells are read window by window.

    Raises
    ------
    IntegrityError
        If the version is not a raster's.
    """
    # rasterio is a second of import that a layer of features need not wait for.
    from geo.store.raster import grid_of, open_cells

    grid = grid_of(snapshot)

    def read(row: int, column: int, rows: int, columns: int) -> NDArray[Any]:
        with open_cells(snapshot) as cells:
            return cells.read(row, column, rows, columns)

    place = Grid(grid.west, grid.north, grid.cell_width, grid.cell_height, grid.columns, grid.rows)
    return RasterGrid(raster, place, grid.nodata, read)
