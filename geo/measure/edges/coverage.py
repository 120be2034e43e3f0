"""Kernels of :mod:`geo.measure.edges.raster`: from edges to runs of cells of one coverage.

Coordinates are in cells: x is the column and y the row, both counted from the north-west corner
of the raster, y growing southwards. What is made of the runs stands in
:mod:`geo.measure.edges.cells`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.measure.edges.bare import bare
from geo.measure.edges.blocks import Blocks
from geo.measure.raster import NOISE
from geo.measure.zones import Floats, Ints

BAND_CELLS = 32_768
"""Cells of coverage kept at a time: 256 KiB, which stays in the processor's cache."""
ONE, WORD, LAST = np.uint64(1), 6, 63
"""A word of marks is 2^6 columns; the last of them."""
LEVEL = 1e-150
"""Cells; an edge that falls by less is level: its slope, beyond all floats, would be of no use."""
DE_BRUIJN, TOP = np.uint64(0x03F79D71B4CB0A89), np.uint64(58)
"""A number whose 64 runs of six bits all differ: times a power of two, its run on top tells which
(C. E. Leiserson, H. Prokop, K. H. Randall, Using de Bruijn sequences to index a 1 in a computer
word, 1998)."""
PLACES = np.argsort([(0x03F79D71B4CB0A89 << k & (1 << 64) - 1) >> 58 for k in range(64)])
"""Of the lowest bit of a word, by that run."""

Marks = NDArray[np.uint64]
"""A bit for each column where coverage may change, (width >> WORD) + 1 words a row."""
Window = tuple[int, int, int, int]
"""Column and row of its north-west cell in the raster, width and height."""


class Runs(NamedTuple):
    """What lies in a zone in one band: border cells by themselves, and spans between them.

    Places are those of a tile whose rows are laid end to end.

    Attributes
    ----------
    cells : numpy.ndarray of int, shape (m,)
        Cells whose neighbours in the row are covered by other shares: the zone's border.
    shares : numpy.ndarray of float, shape (m,)
    spans : numpy.ndarray of int, shape (m, 2)
        First cell, and the cell after the last, of one share; mostly 1, the inside of the zone.
    span_shares : numpy.ndarray of float, shape (m,)
    """

    cells: Ints
    shares: Floats
    spans: Ints
    span_shares: Floats


class Room(NamedTuple):
    """Scratch of one thread for bands of at least one row.

    Attributes
    ----------
    acc : numpy.ndarray of float, shape (m,)
        Changes of coverage, zero between bands.
    marks : numpy.ndarray of uint64, shape (m,)
        Where they are, zero between bands.
    runs : Runs
        Of m cells.
    """

    acc: Floats
    marks: Marks
    runs: Runs


def new_room(width: int) -> Room:
    """Return room for tiles of `width` columns."""
    size = max(BAND_CELLS, width + 1)
    places = np.empty((size, 2), dtype=np.int64)
    runs = Runs(np.empty(size, dtype=np.int64), np.empty(size), places, np.empty(size))
    return Room(np.zeros(size), np.zeros(size, dtype=np.uint64), runs)


@bare
def _leave(acc: Floats, marks: Marks, row: int, column: int, width: int, value: float) -> None:
    """Add to the change of coverage at a cell, and mark it."""
    acc[row * (width + 1) + column] += value
    marks[row * ((width >> WORD) + 1) + (column >> WORD)] |= ONE << np.uint64(column & LAST)


@bare
def _cross_row(
    acc: Floats, marks: Marks, row: int, width: int, west: float, east: float, height: float
) -> None:
    """Leave what a piece of an edge within one row puts to its right (signed `height`)."""
    if west >= width:
        return
    if east <= 0.0:
        _leave(acc, marks, row, 0, width, height)
        return
    if west < 0.0:
        left = -west / (east - west)
        _leave(acc, marks, row, 0, width, height * left)
        height *= 1.0 - left
        west = 0.0
    if east > width:
        height *= (width - west) / (east - west)
        east = float(width)
    first = int(west)
    last = int(np.ceil(east))
    if last <= first + 1:
        share = 0.5 * (west + east) - first
        _leave(acc, marks, row, first, width, height * (1.0 - share))
        _leave(acc, marks, row, first + 1, width, height * share)
        return
    slope = height / (east - west)
    for c in range(first, last):
        a = max(west, float(c))
        b = min(east, c + 1.0)
        share = 0.5 * (a + b) - c
        _leave(acc, marks, row, c, width, slope * (b - a) * (1.0 - share))
        _leave(acc, marks, row, c + 1, width, slope * (b - a) * share)


@bare
def _cross(
    acc: Floats,
    marks: Marks,
    width: int,
    height: int,
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    sign: float,
) -> None:
    """Leave one edge in the rows of the window; coordinates relative to the window's corner."""
    if abs(y1 - y0) < LEVEL:
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
            _cross_row(acc, marks, r, width, min(xa, xb), max(xa, xb), (b - a) * sign)


@bare
def _leave_block(
    acc: Floats,
    marks: Marks,
    window: Window,
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
        _cross(acc, marks, w, h, x0, y0, x1, y1, sign)
        x0, y0 = x1, y1


@bare
def _leave_zone(
    acc: Floats,
    marks: Marks,
    window: Window,
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
                _leave_block(acc, marks, window, cells, first, last, sign)
            else:  # wholly to the west: only its net height matters
                _cross(
                    acc, marks, w, h,
                    0.0, cells[first, 1] - r, 0.0, cells[last, 1] - r, sign,
                )  # fmt: skip


@bare
def _close(
    runs: Runs, spans: int, cells: int, first: int, stop: int, share: float
) -> tuple[int, int]:
    """Add a run of cells of one coverage, if there is any; return how many of each kind there are.

    It is written down as both kinds, and counted as the one that it is: a branch would be guessed
    wrongly at every other run.
    """
    runs.cells[cells], runs.shares[cells] = first, share
    runs.spans[spans, 0], runs.spans[spans, 1], runs.span_shares[spans] = first, stop, share
    alone = (stop == first + 1) & (share != 0.0)
    return spans + ((stop > first + 1) & (share != 0.0)), cells + alone


@bare
def _share(change: float) -> float:
    """Return what changes have added up to, without their rounding: nothing and all are exact."""
    if abs(change - 1.0) <= NOISE:
        return 1.0
    return change if abs(change) > NOISE else 0.0


@bare
def _settle(room: Room, rows: int, width: int, place: int, stride: int) -> tuple[int, int, float]:
    """Turn changes into runs, and clear them.

    Parameters
    ----------
    place, stride : int
        Where the band begins in the tile, and the tile's width.

    Returns
    -------
    tuple
        How many spans and border cells there are, and how many cells they cover.
    """
    acc, marks, runs = room.acc, room.marks, room.runs
    words = (width >> WORD) + 1
    spans, cells, covered = 0, 0, 0.0
    for i in range(rows):
        base, at = i * (width + 1), place + i * stride
        change, share, first = 0.0, 0.0, 0
        for word in range(words):
            bits = marks[i * words + word]
            marks[i * words + word] = 0
            while bits:
                c = (word << WORD) + PLACES[((bits & (~bits + ONE)) * DE_BRUIJN) >> TOP]
                bits &= bits - ONE
                spans, cells = _close(runs, spans, cells, at + first, at + c, share)
                covered += share * (c - first)
                change += acc[base + c]
                acc[base + c] = 0.0
                share, first = _share(change), c
        spans, cells = _close(runs, spans, cells, at + first, at + width, share)
        covered += share * (width - first)
    return spans, cells, covered


@bare
def cover(
    room: Room,
    window: Window,
    zone: int,
    cells: Floats,
    blocks: Blocks,
    place: int,
    stride: int,
) -> tuple[int, int, float]:
    """Find the runs of a zone in a window of at most len(room.acc) // (width + 1) rows.

    Parameters
    ----------
    cells : numpy.ndarray of float, shape (v, 2)
        The zones' vertices.
    place, stride : int
        Where the window begins in its tile, whose rows are laid end to end; the tile's width.

    Returns
    -------
    tuple
        How many spans and border cells `room.runs` has now, and how many cells they cover.
    """
    _leave_zone(room.acc, room.marks, window, zone, cells, blocks)
    return _settle(room, window[3], window[2], place, stride)


@bare
def window_of(bounds: Floats, tile: Window) -> Window:
    """Return the cells of a tile around a zone; of an empty window the width or height is < 1.

    Parameters
    ----------
    bounds : numpy.ndarray of float, shape (4,)
        West, north, east and south of the zone.
    """
    c1 = max(tile[0], int(np.floor(bounds[0])))
    c2 = min(tile[0] + tile[2], int(np.ceil(bounds[2])))
    r1 = max(tile[1], int(np.floor(bounds[1])))
    r2 = min(tile[1] + tile[3], int(np.ceil(bounds[3])))
    return c1, r1, c2 - c1, r2 - r1
