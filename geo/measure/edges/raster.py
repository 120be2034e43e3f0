r"""Raster cells in zones with exact coverage: no rasterisation, no cell centres, no sampling.

The share of cell :math:`(r, k)` that lies in a zone comes from the zone's border alone. An edge
that runs down through row :math:`r` by the height :math:`h_e` (a fraction of the row; negative
where it runs up) puts everything to its right into the zone, so

.. math:: a_{rk} = \sum_{j \le k} \Delta_{rj}, \qquad
          \Delta_{rj} = \sum_e s_e\,h_e\,(w_{ej} - w_{e,j-1}),

where :math:`w_{ej}` is the mean share of column :math:`j` that lies to the right of the edge
within the row, and :math:`s_e = \pm 1` tells on which side of the ring the interior is. An edge
leaves a handful of numbers :math:`\Delta`; one running sum per row turns them into coverage, and
between two edges coverage is constant. Two zones that share an edge leave the same numbers with
opposite signs, so that the coverage of a tiling adds to one. Signed areas accumulated like this
are what font rasterisers draw smooth edges with (R. Levien's libart and font-rs).

What comes in and what is said of each zone stands in :mod:`geo.measure.raster`.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from geo.measure.edges import blocks, coverage
from geo.measure.edges.flat import Flat
from geo.measure.edges.threads import each
from geo.measure.edges.tree import morton_order
from geo.measure.raster import (
    COUNT,
    Cells,
    Grid,
    Tile,
    Zonal,
    checked_size,
    figures,
    new_stats,
    working_type,
)
from geo.measure.zones import Floats

FAR = 2.0**40
"""Cells; beyond it an index would not fit, and no raster reaches."""
TASKS = 16
"""Chunks of zones, one at a time on each core."""


def zonal(
    zones: Flat,
    grid: Grid,
    tiles: Iterable[Tile],
    *,
    nodata: float | None = None,
    classes: int = 0,
) -> Zonal:
    """Return statistics of a raster in zones, with exact coverage.

    Memory is bounded by one tile: a raster larger than memory streams through. Tiles are taken
    in their order and a zone is one core's alone: the number of cores changes no bit.

    Parameters
    ----------
    zones : Flat
        Polygons in the raster's CRS; they may overlap, each is measured by itself.
    grid : Grid
        Where the raster lies.
    tiles : iterable of Tile
        Disjoint; what no tile has is outside the raster.
    nodata : float, optional
        The value of cells without data; NaN is without data always.
    classes : int
        k: how many classes `codes` have.

    Raises
    ------
    MeasureError
        If a tile reaches beyond the raster, differs from its classes' shape, or if tiles overlap.
    """
    cells = _in_cells(zones.xy, grid)
    of_cells = blocks.blocks(zones._replace(xy=cells))
    bounds = _bounds(zones, grid)
    stats = new_stats(zones.size)
    by_class = np.zeros((zones.size, classes))
    seen, valued = 0, False
    for tile in tiles:
        seen += checked_size(tile, grid, seen)
        valued |= tile.values is not None
        _add(cells, of_cells, bounds, _raw(tile, nodata), stats, by_class)
    if not valued:
        stats[:, COUNT] = by_class.sum(axis=1)
    return figures(zones.areas_m2, grid, stats, by_class)


def _in_cells(xy: Floats, grid: Grid) -> Floats:
    """Return coordinates in cells from the raster's north-west corner."""
    cells = np.empty_like(xy)
    cells[:, 0] = (xy[:, 0] - grid.west) / grid.cell_width
    cells[:, 1] = (grid.north - xy[:, 1]) / grid.cell_height
    return cells


def _bounds(zones: Flat, grid: Grid) -> Floats:
    """Return west, north, east and south of each zone in cells; empty zones have west > east."""
    west, south, east, north = zones.boxes.T
    bounds: Floats = np.stack(
        [
            (west - grid.west) / grid.cell_width,
            (grid.north - north) / grid.cell_height,
            (east - grid.west) / grid.cell_width,
            (grid.north - south) / grid.cell_height,
        ],
        axis=1,
    )
    np.clip(bounds, -FAR, FAR, out=bounds)
    return bounds


def _raw(tile: Tile, nodata: float | None) -> coverage.Tile:
    """Return the tile in the few types that kernels are compiled for."""
    rows, columns = tile.shape
    values: Cells = np.empty((rows, 0), dtype=np.float32)
    if tile.values is not None:
        values = np.ascontiguousarray(tile.values, dtype=working_type(tile.values))
    codes: Cells = np.empty((rows, 0), dtype=np.uint8)
    if tile.codes is not None:
        short = tile.codes.dtype == np.uint8
        codes = np.ascontiguousarray(tile.codes, dtype=np.uint8 if short else np.uint64)
    missing = values.dtype.type(np.nan if nodata is None else nodata)
    return coverage.Tile(tile.column, tile.row, columns, rows, values, codes, missing)


def _add(
    cells: Floats,
    of_cells: blocks.Blocks,
    bounds: Floats,
    tile: coverage.Tile,
    stats: Floats,
    by_class: Floats,
) -> None:
    """Add a tile to the zones that meet it, on all cores; each zone is one core's alone."""
    meets = (bounds[:, 0] < tile.column + tile.width) & (bounds[:, 2] > tile.column)
    meets &= (bounds[:, 1] < tile.row + tile.height) & (bounds[:, 3] > tile.row)
    chosen = np.flatnonzero(meets)
    chosen = chosen[morton_order(bounds[chosen])]  # neighbours read the same rows of cells

    def work(start: int, stop: int) -> None:
        some, room = chosen[start:stop], coverage.new_room(tile.width)
        coverage.tile_stats(cells, of_cells, bounds, tile, some, stats, by_class, room)

    size = max(1, -(-len(chosen) // TASKS))
    each(work, [(a, min(a + size, len(chosen))) for a in range(0, len(chosen), size)])
