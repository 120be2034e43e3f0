"""Kernels of :mod:`geo.measure.edges.raster`: edges to coverage, coverage to sums.

Coordinates are in cells: x is the column and y the row, both counted from the north-west corner
of the raster, y growing southwards.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.measure.edges.bare import bare
from geo.measure.edges.blocks import Blocks
from geo.measure.edges.compiled import compiled
from geo.measure.raster import COUNT, COVERED, MAXIMUM, MINIMUM, NOISE, SUM
from geo.measure.zones import Bools, Floats, Ints

RUN = 16
"""Columns of a stretch, which is marked where coverage changes in it."""
BAND_CELLS = 32_768
"""Cells of coverage kept at a time: 256 KiB, which stays in the processor's cache."""


class Tile(NamedTuple):
    """A rectangle of cells, as the kernels take it.

    Attributes
    ----------
    column, row, width, height : int
        Its north-west cell in the raster, and its size in cells.
    values : numpy.ndarray of float, shape (height, width) or (height, 0)
    codes : numpy.ndarray of int, shape (height, width) or (height, 0)
        Class of each cell; k and above (k classes): none.
    nodata : float
        Of the same type as `values`; NaN is nodata always.
    """

    column: int
    row: int
    width: int
    height: int
    values: Floats
    codes: Ints
    nodata: float


class Runs(NamedTuple):
    """Cells side by side that are covered by the same share.

    Attributes
    ----------
    places : numpy.ndarray of int32, shape (m, 3)
        Row, first column and the column after the last, in the band.
    shares : numpy.ndarray of float, shape (m,)
    """

    places: NDArray[np.int32]
    shares: Floats


class Room(NamedTuple):
    """Scratch of one thread for bands of at least one row.

    Attributes
    ----------
    acc : numpy.ndarray of float, shape (m,)
        Changes of coverage, zero between bands.
    mixed : numpy.ndarray of bool, shape (m,)
        Stretches with a change, False between bands.
    runs : Runs
        Of m cells.
    """

    acc: Floats
    mixed: Bools
    runs: Runs


def new_room(width: int) -> Room:
    """Return room for tiles of `width` columns."""
    size = max(BAND_CELLS, width + 1)
    runs = Runs(np.empty((size, 3), np.int32), np.empty(size))
    return Room(np.zeros(size), np.zeros(size, np.bool_), runs)


@bare
def _leave(acc: Floats, mixed: Bools, row: int, column: int, width: int, value: float) -> None:
    """Add to the change of coverage at a cell, and mark its stretch as not constant."""
    acc[row * (width + 1) + column] += value
    mixed[row * (width // RUN + 1) + column // RUN] = True


@bare
def _cross_row(
    acc: Floats, mixed: Bools, row: int, width: int, west: float, east: float, height: float
) -> None:
    """Leave what a piece of an edge within one row puts to its right (signed `height`)."""
    if west >= width:
        return
    if east <= 0.0:
        _leave(acc, mixed, row, 0, width, height)
        return
    if west < 0.0:
        left = -west / (east - west)
        _leave(acc, mixed, row, 0, width, height * left)
        height *= 1.0 - left
        west = 0.0
    if east > width:
        height *= (width - west) / (east - west)
        east = float(width)
    first = int(west)
    last = int(np.ceil(east))
    if last <= first + 1:
        share = 0.5 * (west + east) - first
        _leave(acc, mixed, row, first, width, height * (1.0 - share))
        _leave(acc, mixed, row, first + 1, width, height * share)
        return
    slope = height / (east - west)
    for c in range(first, last):
        a = max(west, float(c))
        b = min(east, c + 1.0)
        share = 0.5 * (a + b) - c
        _leave(acc, mixed, row, c, width, slope * (b - a) * (1.0 - share))
        _leave(acc, mixed, row, c + 1, width, slope * (b - a) * share)


@bare
def _cross(
    acc: Floats,
    mixed: Bools,
    width: int,
    height: int,
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    sign: float,
) -> None:
    """Leave one edge in the rows of the window; coordinates relative to the window's corner."""
    if y0 == y1:
        return
    if y0 > y1:
        x0, x1 = x1, x0
        y0, y1 = y1, y0
        sign = -sign
    lean = (x1 - x0) / (y1 - y0)
    for r in range(max(0, int(np.floor(y0))), min(height, int(np.ceil(y1)))):
        a = max(y0, float(r))
        b = min(y1, r + 1.0)
        if b > a:
            xa = x0 + lean * (a - y0)
            xb = x0 + lean * (b - y0)
            _cross_row(acc, mixed, r, width, min(xa, xb), max(xa, xb), (b - a) * sign)


@bare
def _leave_block(
    acc: Floats,
    mixed: Bools,
    window: tuple[int, int, int, int],
    cells: Floats,
    first: int,
    last: int,
    sign: float,
) -> None:
    """Leave the edges of one block, relative to the window's corner."""
    c, r, w, h = window
    x0, y0 = cells[first, 0] - c, cells[first, 1] - r
    for k in range(first + 1, last + 1):
        x1, y1 = cells[k, 0] - c, cells[k, 1] - r
        _cross(acc, mixed, w, h, x0, y0, x1, y1, sign)
        x0, y0 = x1, y1


@bare
def _leave_zone(
    acc: Floats,
    mixed: Bools,
    window: tuple[int, int, int, int],
    zone: int,
    cells: Floats,
    blocks: Blocks,
) -> None:
    """Leave all edges of a zone in a window (column, row, width, height)."""
    c, r, w, h = window
    boxes, chains = blocks.boxes, blocks.chain_boxes
    for chain in range(blocks.zones[zone], blocks.zones[zone + 1]):
        if chains[chain, 0] >= c + w or chains[chain, 1] >= r + h or chains[chain, 3] <= r:
            continue
        sign = blocks.chain_signs[chain]
        for b in range(blocks.chain_blocks[chain, 0], blocks.chain_blocks[chain, 1]):
            if boxes[b, 0] >= c + w or boxes[b, 1] >= r + h or boxes[b, 3] <= r:
                continue
            first, last = blocks.edges[b, 0], blocks.edges[b, 1]
            if boxes[b, 2] > c:
                _leave_block(acc, mixed, window, cells, first, last, sign)
            else:  # wholly to the west: only its net height matters
                _cross(
                    acc, mixed, w, h,
                    0.0, cells[first, 1] - r, 0.0, cells[last, 1] - r, sign,
                )  # fmt: skip


@bare
def _close(runs: Runs, n: int, row: int, first: int, stop: int, share: float) -> int:
    """Add a run of cells of one coverage, if there is any; return how many runs there are."""
    if stop <= first or abs(share) <= NOISE:
        return n
    runs.places[n, 0], runs.places[n, 1], runs.places[n, 2] = row, first, stop
    runs.shares[n] = share
    return n + 1


@bare
def _settle(acc: Floats, mixed: Bools, runs: Runs, rows: int, width: int) -> int:
    """Turn changes into runs of cells of one coverage, and clear them; return how many."""
    stretches = width // RUN + 1
    n = 0
    for i in range(rows):
        share, first = 0.0, 0
        base = i * (width + 1)
        for s in range(stretches):
            if not mixed[i * stretches + s]:
                continue
            mixed[i * stretches + s] = False
            for c in range(s * RUN, min((s + 1) * RUN, width)):
                if acc[base + c] != 0.0:
                    n = _close(runs, n, i, first, c, share)
                    share, first = share + acc[base + c], c
                    acc[base + c] = 0.0
        n = _close(runs, n, i, first, width, share)
        acc[base + width] = 0.0
    return n


@bare
def _take(
    v: float, nodata: float, many: int, total: float, low: float, high: float
) -> tuple[int, float, float, float]:
    """Add one value to a count, a sum, a minimum and a maximum."""
    if v != nodata and v == v:
        return many + 1, total + v, min(low, v), max(high, v)
    return many, total, low, high


@bare
def _add_values(line: Floats, runs: Runs, n: int, tile: Tile, north: int, west: int) -> None:
    """Add the values of a band whose north-west cell is (north, west) of the tile.

    Two sums at a time: an addition need not wait for the one before it.
    """
    values, nodata = tile.values, tile.nodata
    low, high = line[MINIMUM], line[MAXIMUM]
    low2, high2 = low, high
    count, weighted = 0.0, 0.0
    for k in range(n):
        r = north + runs.places[k, 0]
        first, stop = west + runs.places[k, 1], west + runs.places[k, 2]
        many, total, many2, total2 = 0, 0.0, 0, 0.0
        if (stop - first) % 2 == 1:
            many, total, low, high = _take(values[r, first], nodata, many, total, low, high)
            first += 1
        for c in range(first, stop, 2):
            many, total, low, high = _take(values[r, c], nodata, many, total, low, high)
            many2, total2, low2, high2 = _take(values[r, c + 1], nodata, many2, total2, low2, high2)
        count += runs.shares[k] * (many + many2)
        weighted += runs.shares[k] * (total + total2)
    line[COUNT] += count
    line[SUM] += weighted
    line[MINIMUM], line[MAXIMUM] = min(low, low2), max(high, high2)


@bare
def _add_codes(classes: Floats, runs: Runs, n: int, tile: Tile, north: int, west: int) -> None:
    """Add the coverage of a band to its classes."""
    codes, known = tile.codes, len(classes)
    for k in range(n):
        r, share = north + runs.places[k, 0], runs.shares[k]
        c, stop = west + runs.places[k, 1], west + runs.places[k, 2]
        while c < stop:  # classes come in patches: one addition for each
            code, first = codes[r, c], c
            c += 1
            while c < stop and codes[r, c] == code:
                c += 1
            if code < known:
                classes[code] += share * (c - first)


@bare
def _zone_stats(
    zone: int,
    window: tuple[int, int, int, int],
    cells: Floats,
    blocks: Blocks,
    room: Room,
    tile: Tile,
    line: Floats,
    classes: Floats,
) -> None:
    """Add the cells of one window to the statistics of one zone, a band of rows at a time."""
    acc, mixed, runs = room.acc, room.mixed, room.runs
    c, top, w, height = window
    band = len(acc) // (w + 1)
    for r in range(top, top + height, band):
        h = min(band, top + height - r)
        _leave_zone(acc, mixed, (c, r, w, h), zone, cells, blocks)
        n = _settle(acc, mixed, runs, h, w)
        for k in range(n):
            line[COVERED] += runs.shares[k] * (runs.places[k, 2] - runs.places[k, 1])
        north, west = r - tile.row, c - tile.column
        if tile.values.shape[1] > 0:
            _add_values(line, runs, n, tile, north, west)
        if tile.codes.shape[1] > 0:
            _add_codes(classes, runs, n, tile, north, west)


@compiled
def tile_stats(
    cells: Floats,
    blocks: Blocks,
    bounds: Floats,
    tile: Tile,
    chosen: Ints,
    stats: Floats,
    classes: Floats,
    room: Room,
) -> None:
    """Add one tile to the statistics of the zones `chosen`.

    Parameters
    ----------
    cells : numpy.ndarray of float, shape (v, 2)
        The zones' vertices.
    bounds : numpy.ndarray of float, shape (n, 4)
        West, north, east and south of each zone.
    stats : numpy.ndarray of float, shape (n, STATS)
        Cells, fractional; MINIMUM and MAXIMUM begin at inf and -inf.
    classes : numpy.ndarray of float, shape (n, k)
        Cells by class.
    room : Room
        Wider than the tile.
    """
    for z in chosen:
        c1 = max(tile.column, int(np.floor(bounds[z, 0])))
        c2 = min(tile.column + tile.width, int(np.ceil(bounds[z, 2])))
        r1 = max(tile.row, int(np.floor(bounds[z, 1])))
        r2 = min(tile.row + tile.height, int(np.ceil(bounds[z, 3])))
        if c2 > c1 and r2 > r1:
            window = (c1, r1, c2 - c1, r2 - r1)
            _zone_stats(z, window, cells, blocks, room, tile, stats[z], classes[z])
