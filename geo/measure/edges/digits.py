"""Kernels of :mod:`geo.measure.medians`: what zones cover, by one byte of the cells' keys."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.measure.edges.bare import bare
from geo.measure.edges.blocks import Blocks
from geo.measure.edges.compiled import compiled
from geo.measure.edges.coverage import Room, Runs, Window, cover, window_of
from geo.measure.zones import Floats, Ints

Words = NDArray[np.uint64]
BYTE, MOST = np.uint64(8), np.uint64(255)


@bare
def _add(
    line: Floats,
    runs: Runs,
    spans: int,
    cells: int,
    keys: Words,
    none: np.uint64,
    upper: np.uint64,
    shift: np.uint64,
) -> None:
    """Add the cells of a band whose keys have the upper bits that are asked for."""
    for k in range(spans):
        for c in range(runs.spans[k, 0], runs.spans[k, 1]):
            key = np.uint64(keys[c])
            if key != none and key >> shift >> BYTE == upper:
                line[(key >> shift) & MOST] += runs.span_shares[k]
    for k in range(cells):
        key = np.uint64(keys[runs.cells[k]])
        if key != none and key >> shift >> BYTE == upper:
            line[(key >> shift) & MOST] += runs.shares[k]


@compiled
def tile_digits(
    cells: Floats,
    blocks: Blocks,
    bounds: Floats,
    tile: Window,
    keys: Words,
    none: np.uint64,
    chosen: Ints,
    upper: Words,
    shift: np.uint64,
    out: Floats,
    room: Room,
) -> None:
    """Add one tile to the sums of the zones `chosen`.

    Parameters
    ----------
    cells, bounds, room
        As for :func:`geo.measure.edges.cells.tile_stats`.
    keys : numpy.ndarray of uint32 or uint64, shape (width * height,)
    none : int
        The key of cells without a value.
    upper : numpy.ndarray of uint64, shape (n,)
        Of each zone: what the bits of a key above the byte are.
    shift : int
        The bits below the byte.
    out : numpy.ndarray of float, shape (n, 256)
    """
    for z in chosen:
        c, top, w, h = window_of(bounds[z], tile)
        if w <= 0 or h <= 0:
            continue
        band = len(room.acc) // (w + 1)
        for r in range(top, top + h, band):
            part = (c, r, w, min(band, top + h - r))
            place = (r - tile[1]) * tile[2] + c - tile[0]
            spans, alone, _ = cover(room, part, z, cells, blocks, place, tile[2])
            _add(out[z], room.runs, spans, alone, keys, none, upper[z], shift)
