"""Kernels of :mod:`geo.measure.edges.raster`: from runs of cells to the sums of zones.

Border cells are added one by one. Spans are most of the cells, and their loops have no branches:
the j-th cell of every span is added to lane j, so that no addition waits for the one before it
and the compiler takes several cells at once. Which cell meets which lane is a matter of the zone
alone: the bits are the same on every processor.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.measure.edges.bare import bare
from geo.measure.edges.blocks import Blocks
from geo.measure.edges.compiled import compiled
from geo.measure.edges.coverage import Room, Runs, Window, cover, window_of
from geo.measure.raster import COUNT, COVERED, MAXIMUM, MINIMUM, SUM
from geo.measure.zones import Floats, Ints

LANES = 256
"""Cells of a span that are added side by side: their sums stay in the nearest cache."""
WAYS = 4
"""Counters of each class: one that has just been written cannot be read at once."""
LINE_BYTES = 64
"""Of a line of cache."""


class Tile(NamedTuple):
    """A rectangle of cells, as the kernels take it; its rows are laid end to end.

    Attributes
    ----------
    column, row, width, height : int
        Its north-west cell in the raster, and its size in cells.
    values : numpy.ndarray of float, shape (width * height,) or (0,)
    codes : numpy.ndarray of int, shape (width * height,) or (0,)
        Class of each cell; k and above (k classes): none. Of a type that holds k.
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


class Lanes(NamedTuple):
    """Sums of one thread for spans, as at the beginning between zones.

    Attributes
    ----------
    sums, lows, highs : numpy.ndarray of float, shape (LANES,)
    counts : numpy.ndarray of int, shape (WAYS, k + 1)
        Cells by class; the last one is no class.
    seen : numpy.ndarray of int, shape (1,)
        See :func:`_fetch`.
    """

    sums: Floats
    lows: Floats
    highs: Floats
    counts: NDArray[np.int64]
    seen: NDArray[np.int64]


def new_lanes(classes: int) -> Lanes:
    """Return lanes for so many classes."""
    return Lanes(
        np.zeros(LANES),
        np.full(LANES, np.inf),
        np.full(LANES, -np.inf),
        np.zeros((WAYS, classes + 1), dtype=np.int64),
        np.zeros(1, dtype=np.int64),
    )


@bare
def _fetch(lanes: Lanes, runs: Runs, spans: int, band: Floats | Ints) -> None:
    """Read one cell of every line of cache that spans lie in, to have them all under way.

    A zone's row is short and the next one is far away, so that no processor foresees it: waiting
    for memory was half of all time. What was seen is kept only so that it has to be read.
    """
    step = LINE_BYTES // band.itemsize
    seen = 0
    for k in range(spans):
        for c in range(runs.spans[k, 0], runs.spans[k, 1], step):
            seen += band[c] > 0
    lanes.seen[0] = seen


@bare
def _add_span(values: Floats, nodata: float, share: float, lanes: Lanes) -> int:
    """Add at most LANES cells of one share to the lanes; return how many have data."""
    sums, lows, highs = lanes.sums, lanes.lows, lanes.highs
    many = 0
    for j in range(len(values)):
        has = (values[j] != nodata) & (values[j] == values[j])
        v = np.float64(values[j])
        many += has
        sums[j] += share * v if has else 0.0
        lows[j] = v if has & (v < lows[j]) else lows[j]
        highs[j] = v if has & (v > highs[j]) else highs[j]
    return many


@bare
def _add_values(
    line: Floats, lanes: Lanes, runs: Runs, spans: int, cells: int, values: Floats, nodata: float
) -> None:
    """Add the values of a band: spans to the lanes, border cells to the zone's line."""
    _fetch(lanes, runs, spans, values)
    count, total, low, high = 0.0, 0.0, line[MINIMUM], line[MAXIMUM]
    for k in range(spans):
        stop, many = runs.spans[k, 1], 0
        for c in range(runs.spans[k, 0], stop, LANES):
            many += _add_span(values[c : min(c + LANES, stop)], nodata, runs.span_shares[k], lanes)
        count += runs.span_shares[k] * many
    for k in range(cells):
        value, share = values[runs.cells[k]], runs.shares[k]
        has = (value != nodata) & (value == value)
        v = np.float64(value)
        count += share if has else 0.0
        total += share * v if has else 0.0
        low = v if has & (v < low) else low
        high = v if has & (v > high) else high
    line[COUNT] += count
    line[SUM] += total
    line[MINIMUM], line[MAXIMUM] = low, high


@bare
def _count(counts: NDArray[np.int64], codes: Ints) -> None:
    """Count whole cells by class."""
    a, b, c, d = counts[0], counts[1], counts[2], counts[3]
    none = codes.dtype.type(len(a) - 1)
    fours = len(codes) >> 2  # shifts, and j from 0 on by 1: what the compiler sees through
    for j in range(fours):
        a[min(codes[4 * j], none)] += 1
        b[min(codes[4 * j + 1], none)] += 1
        c[min(codes[4 * j + 2], none)] += 1
        d[min(codes[4 * j + 3], none)] += 1
    for j in range(4 * fours, len(codes)):
        a[min(codes[j], none)] += 1


@bare
def _add_codes(
    classes: Floats, lanes: Lanes, runs: Runs, spans: int, cells: int, codes: Ints
) -> None:
    """Add the coverage of a band to its classes: whole cells are counted, others added."""
    _fetch(lanes, runs, spans, codes)
    known = len(classes)
    for k in range(spans):
        part, share = codes[runs.spans[k, 0] : runs.spans[k, 1]], runs.span_shares[k]
        if share == 1.0:
            _count(lanes.counts, part)
            continue
        for code in part:
            if code < known:
                classes[code] += share
    for k in range(cells):
        code = codes[runs.cells[k]]
        if code < known:
            classes[code] += runs.shares[k]


@bare
def _fold(line: Floats, classes: Floats, lanes: Lanes) -> None:
    """Add the lanes to the zone, and clear them."""
    for j in range(LANES):
        line[SUM] += lanes.sums[j]
        line[MINIMUM] = min(line[MINIMUM], lanes.lows[j])
        line[MAXIMUM] = max(line[MAXIMUM], lanes.highs[j])
        lanes.sums[j], lanes.lows[j], lanes.highs[j] = 0.0, np.inf, -np.inf
    for k in range(len(classes)):
        for way in range(WAYS):
            classes[k] += lanes.counts[way, k]
    lanes.counts[:] = 0


@bare
def _zone_sums(
    zone: int,
    window: Window,
    cells: Floats,
    blocks: Blocks,
    tile: Tile,
    line: Floats,
    classes: Floats,
    room: Room,
    lanes: Lanes,
) -> None:
    """Add the cells of one window to the sums of one zone, a band of rows at a time."""
    c, top, w, height = window
    band = len(room.acc) // (w + 1)
    for r in range(top, top + height, band):
        part = (c, r, w, min(band, top + height - r))
        place = (r - tile.row) * tile.width + c - tile.column
        spans, alone, covered = cover(room, part, zone, cells, blocks, place, tile.width)
        line[COVERED] += covered
        if len(tile.values) > 0:
            _add_values(line, lanes, room.runs, spans, alone, tile.values, tile.nodata)
        if len(tile.codes) > 0:
            _add_codes(classes, lanes, room.runs, spans, alone, tile.codes)
    _fold(line, classes, lanes)


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
    lanes: Lanes,
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
    lanes : Lanes
        For k classes.
    """
    place = (tile.column, tile.row, tile.width, tile.height)
    for z in chosen:
        window = window_of(bounds[z], place)
        if window[2] > 0 and window[3] > 0:
            _zone_sums(z, window, cells, blocks, tile, stats[z], classes[z], room, lanes)
