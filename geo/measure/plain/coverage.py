"""Raster cells in zones with exact coverage, by numpy alone.

The sums are those of :mod:`geo.measure.edges.raster`: every edge of a zone is cut at the lines
between cells, each piece leaves what it covers in its cell and to the right of it, and a running
sum along each row makes coverage of it.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.measure.raster import (
    COUNT,
    COVERED,
    MAXIMUM,
    MINIMUM,
    NOISE,
    SUM,
    Grid,
    Tile,
    Zonal,
    checked_size,
    figures,
    new_stats,
    working_type,
)
from geo.measure.zones import Floats, Geometries, Ints

BAND_CELLS = 1 << 20
"""Cells of coverage at a time: 8 MB."""

Window = tuple[int, int, int, int]
"""First column, first row, width and height, in cells of the raster."""


def zonal(
    zones: Geometries, grid: Grid, tiles: Iterable[Tile], nodata: float | None, classes: int
) -> Zonal:
    """Return statistics of a raster in zones; see :func:`geo.measure.engine.raster_in_zones`."""
    edges = [_edges(zone, grid) for zone in zones]
    stats, by_class = new_stats(len(zones)), np.zeros((len(zones), classes))
    seen, valued = 0, False
    for tile in tiles:
        seen += checked_size(tile, grid, seen)
        valued |= tile.values is not None
        for zone, some in enumerate(edges):
            for window in _windows(some, tile):
                _add(some, window, tile, nodata, stats[zone], by_class[zone])
    if not valued:
        stats[:, COUNT] = by_class.sum(axis=1)
    return figures(shapely.area(zones), grid, stats, by_class)


def digits(
    zones: Geometries, grid: Grid, tiles: Iterable[Tile], upper: NDArray[np.uint64], shift: int
) -> Floats:
    """Return sums by a byte of keys; see :func:`geo.measure.engine.digits_in_zones`."""
    edges = [_edges(zone, grid) for zone in zones]
    out, seen = np.zeros((len(zones), 256)), 0
    for tile in tiles:
        seen += checked_size(tile, grid, seen)
        assert tile.codes is not None  # noqa: S101 - they are the keys
        none = np.iinfo(tile.codes.dtype).max
        for zone, some in enumerate(edges):
            for window in _windows(some, tile):
                share, place = _covered(some, window, tile)
                keys = tile.codes[place].astype(np.uint64)
                above = keys >> np.uint64(shift) >> np.uint64(8)
                mine = (keys != none) & (above == upper[zone])
                byte = (keys[mine] >> np.uint64(shift)) & np.uint64(255)
                out[zone] += np.bincount(byte.astype(np.int64), share[mine], minlength=256)
    return out


def coverage(edges: Floats, width: int, height: int) -> Floats:
    """Return the share of each cell that lies inside, shape (height, width).

    Parameters
    ----------
    edges : numpy.ndarray of float, shape (m, 4)
        x0, y0, x1, y1 in cells, y growing southwards, the interior on the left of the walk
        as a map shows it; they may reach beyond the window.
    """
    row, x0, x1, rise = _cut_rows(edges, height)
    left = _left_of(x0, x1)
    acc = np.bincount(row * (width + 1), rise * left, minlength=height * (width + 1))
    rise = rise * (1.0 - left)
    x0, x1 = np.maximum(x0, 0.0), np.maximum(x1, 0.0)
    beyond = _left_of(width - np.minimum(x0, x1), width - np.maximum(x0, x1))
    rise = rise * (1.0 - beyond)
    cell, column, share, rise = _cut_columns(
        row, np.minimum(x0, width), np.minimum(x1, width), rise, width
    )
    inside = column < width
    at = cell[inside] * (width + 1) + column[inside]
    part, share = rise[inside], share[inside]
    acc += np.bincount(at, part * (1.0 - share), minlength=len(acc))
    acc += np.bincount(at + 1, part * share, minlength=len(acc))
    return np.cumsum(acc.reshape(height, width + 1), axis=1)[:, :width]


def _edges(zone: object, grid: Grid) -> Floats:
    """Return the edges of a zone in cells, interior on the left, shape (m, 4)."""
    parts = shapely.orient_polygons(shapely.get_parts(zone), exterior_cw=False)
    xy, ring = shapely.get_coordinates(shapely.get_rings(parts), return_index=True)
    x, y = (xy[:, 0] - grid.west) / grid.cell_width, (grid.north - xy[:, 1]) / grid.cell_height
    first = np.flatnonzero(ring[1:] == ring[:-1])
    return np.stack((x[first], y[first], x[first + 1], y[first + 1]), axis=1)


def _windows(edges: Floats, tile: Tile) -> list[Window]:
    """Return the cells around a zone in a tile, in bands of bounded size."""
    if not len(edges):
        return []
    rows, columns = tile.shape
    x, y = edges[:, ::2], edges[:, 1::2]
    west, north, east, south = x.min(), y.min(), x.max(), y.max()
    c1, c2 = max(tile.column, np.floor(west)), min(tile.column + columns, np.ceil(east))
    r1, r2 = max(tile.row, np.floor(north)), min(tile.row + rows, np.ceil(south))
    if c2 <= c1 or r2 <= r1:
        return []
    first, last, width = int(r1), int(r2), int(c2 - c1)
    band = max(1, BAND_CELLS // (width + 1))
    return [(int(c1), r, width, min(band, last - r)) for r in range(first, last, band)]


def _add(
    edges: Floats,
    window: Window,
    tile: Tile,
    nodata: float | None,
    line: Floats,
    classes: Floats,
) -> None:
    """Add the cells of one window to the statistics of one zone."""
    share, place = _covered(edges, window, tile)
    line[COVERED] += share.sum()
    if tile.values is not None:
        kind = working_type(tile.values)
        values = tile.values[place].astype(kind)
        has = (share != 0.0) & ~np.isnan(values)
        if nodata is not None:
            has &= values != kind(nodata)
        if has.any():
            some, weight = values[has].astype(np.float64), share[has]
            line[COUNT] += weight.sum()
            line[SUM] += (weight * some).sum()
            line[MINIMUM] = min(line[MINIMUM], some.min())
            line[MAXIMUM] = max(line[MAXIMUM], some.max())
    if tile.codes is not None:
        codes = tile.codes[place]
        known = codes < len(classes)
        classes += np.bincount(codes[known], share[known], minlength=len(classes))


def _covered(edges: Floats, window: Window, tile: Tile) -> tuple[Floats, tuple[slice, slice]]:
    """Return the shares of a window's cells, and where they are in the tile."""
    c, r, width, height = window
    share = coverage(edges - np.array([c, r, c, r], dtype=np.float64), width, height)
    share[np.abs(share) <= NOISE] = 0.0
    row, column = r - tile.row, c - tile.column
    return share, np.s_[row : row + height, column : column + width]


def _cut_rows(edges: Floats, height: int) -> tuple[Ints, Floats, Floats, Floats]:
    """Cut edges at the lines between rows: row, x where a piece begins and ends, signed rise."""
    turned = edges[:, 1] > edges[:, 3]
    x0, y0, x1, y1 = np.where(turned[:, None], edges[:, [2, 3, 0, 1]], edges).T
    first = np.clip(np.floor(y0), 0, height).astype(np.int64)
    count = np.maximum(np.clip(np.ceil(y1), 0, height).astype(np.int64) - first, 0)
    edge = np.repeat(np.arange(len(edges)), count)
    row = first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    top, foot = np.maximum(y0[edge], row), np.minimum(y1[edge], row + 1.0)
    some = foot > top
    edge, row, top, foot = edge[some], row[some], top[some], foot[some]
    lean = (x1[edge] - x0[edge]) / (y1[edge] - y0[edge])
    rise = np.where(turned[edge], top - foot, foot - top)
    return row, x0[edge] + lean * (top - y0[edge]), x0[edge] + lean * (foot - y0[edge]), rise


def _left_of(x0: Floats, x1: Floats) -> Floats:
    """Return the share of each piece from x0 to x1 that lies below zero."""
    west, east = np.minimum(x0, x1), np.maximum(x0, x1)
    level = np.where(east > west, east - west, 1.0)
    share = np.where(east > west, -west / level, (west < 0.0).astype(np.float64))
    return np.clip(share, 0.0, 1.0)


def _cut_columns(
    row: Ints, x0: Floats, x1: Floats, rise: Floats, width: int
) -> tuple[Ints, Ints, Floats, Floats]:
    """Cut pieces at the lines between columns: row, column, mean x in the column, rise."""
    west, east = np.minimum(x0, x1), np.maximum(x0, x1)
    first = np.floor(west).astype(np.int64)
    count = np.maximum(np.ceil(east).astype(np.int64) - first, 1)
    piece = np.repeat(np.arange(len(row)), count)
    column = first[piece] + np.arange(len(piece)) - np.repeat(np.cumsum(count) - count, count)
    a, b = np.maximum(west[piece], column), np.minimum(east[piece], column + 1.0)
    run = (east - west)[piece]
    part = np.where(run > 0.0, (b - a) / np.where(run > 0.0, run, 1.0), 1.0)
    return row[piece], column, 0.5 * (a + b) - column, rise[piece] * part
