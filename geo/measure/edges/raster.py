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

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.measure.edges import blocks, coverage
from geo.measure.edges import cells as sums
from geo.measure.edges.digits import tile_digits
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
from geo.measure.zones import Floats, Ints

NO_CLASS = 255
"""The greatest code of a byte."""
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
    places = _places(zones, grid)
    stats = new_stats(zones.size)
    by_class = np.zeros((zones.size, classes))
    seen, valued = 0, False
    for tile in tiles:
        seen += checked_size(tile, grid, seen)
        valued |= tile.values is not None
        _add(places, _raw(tile, nodata, classes), stats, by_class)
    if not valued:
        stats[:, COUNT] = by_class.sum(axis=1)
    return figures(zones.areas_m2, grid, stats, by_class)


def digits(
    zones: Flat, grid: Grid, tiles: Iterable[Tile], upper: NDArray[np.uint64], shift: int
) -> Floats:
    """Return what zones cover by one byte of the cells' keys, cells, shape (n, 256).

    Parameters
    ----------
    zones, grid
        As for :func:`zonal`.
    tiles : iterable of Tile
        Their codes are keys: see :mod:`geo.measure.medians`.
    upper : numpy.ndarray of uint64, shape (n,)
        Of each zone: what the bits above the byte are; other cells are left out.
    shift : int
        The bits below the byte.
    """
    places = _places(zones, grid)
    out, seen = np.zeros((zones.size, 256)), 0
    for tile in tiles:
        seen += checked_size(tile, grid, seen)
        _add_digits(places, tile, upper, shift, out)
    return out


class _Places(NamedTuple):
    """Zones in cells from the raster's north-west corner: vertices, boxes over edges, bounds."""

    cells: Floats
    of_cells: blocks.Blocks
    bounds: Floats


def _places(zones: Flat, grid: Grid) -> _Places:
    cells = _in_cells(zones.xy, grid)
    return _Places(cells, blocks.blocks(zones._replace(xy=cells)), _bounds(zones, grid))


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


def _raw(tile: Tile, nodata: float | None, classes: int) -> sums.Tile:
    """Return the tile in the few types that kernels are compiled for."""
    rows, columns = tile.shape
    values: Cells = np.empty((rows, 0), dtype=np.float32)
    if tile.values is not None:
        values = np.ascontiguousarray(tile.values, dtype=working_type(tile.values))
    codes: Cells = np.empty((rows, 0), dtype=np.uint8)
    if tile.codes is not None:
        short = tile.codes.dtype == np.uint8 and classes <= NO_CLASS
        codes = np.ascontiguousarray(tile.codes, dtype=np.uint8 if short else np.uint64)
    missing = values.dtype.type(np.nan if nodata is None else nodata)
    flat = values.reshape(-1), codes.reshape(-1)
    return sums.Tile(tile.column, tile.row, columns, rows, *flat, missing)


def _add(places: _Places, tile: sums.Tile, stats: Floats, by_class: Floats) -> None:
    """Add a tile to the zones that meet it."""

    def work(chosen: Ints) -> None:
        room, lanes = coverage.new_room(tile.width), sums.new_lanes(by_class.shape[1])
        sums.tile_stats(*places, tile, chosen, stats, by_class, room, lanes)

    _each_zone(places.bounds, (tile.column, tile.row, tile.width, tile.height), work)


def _add_digits(
    places: _Places, tile: Tile, upper: NDArray[np.uint64], shift: int, out: Floats
) -> None:
    """Add a tile of keys to the zones that meet it."""
    assert tile.codes is not None  # noqa: S101 - they are the keys
    keys = np.ascontiguousarray(tile.codes).reshape(-1)
    rows, columns = tile.shape
    window = (tile.column, tile.row, columns, rows)
    none, bits = np.uint64(np.iinfo(keys.dtype).max), np.uint64(shift)

    def work(chosen: Ints) -> None:
        room = coverage.new_room(columns)
        tile_digits(*places, window, keys, none, chosen, upper, bits, out, room)

    _each_zone(places.bounds, window, work)


def _each_zone(bounds: Floats, tile: coverage.Window, work: Callable[[Ints], None]) -> None:
    """Do something with the zones that meet a tile, on all cores; each zone is one core's alone."""
    column, row, width, height = tile
    meets = (bounds[:, 0] < column + width) & (bounds[:, 2] > column)
    meets &= (bounds[:, 1] < row + height) & (bounds[:, 3] > row)
    chosen = np.flatnonzero(meets)
    chosen = chosen[morton_order(bounds[chosen])]  # neighbours read the same rows of cells
    size = max(1, -(-len(chosen) // TASKS))
    parts = [(a, min(a + size, len(chosen))) for a in range(0, len(chosen), size)]
    each(lambda start, stop: work(chosen[start:stop]), parts)
