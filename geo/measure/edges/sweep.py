"""Which zones a box may meet: one look into the grid, or a walk through its cells."""

from __future__ import annotations

import numpy as np

from geo.measure.edges.bare import bare
from geo.measure.edges.compiled import compiled
from geo.measure.edges.grid import Grid, column, mixed_in
from geo.measure.edges.index import Index
from geo.measure.edges.threads import cut, each
from geo.measure.zones import Floats, Ints

WALK = 4096
"""Cells that are walked; a larger box asks every zone's box instead."""
NOTHING, PURE, MIXED = 0, 1, 2
"""A box touches no cell of the grid; its cells are all alike; an edge may be in it."""
NOWHERE, UNSETTLED = -1, -2
"""In place of a zone: the box lies outside every zone; it must be looked at more closely."""


@bare
def cells_of(grid: Grid, x1: float, y1: float, x2: float, y2: float) -> tuple[int, int, int, int]:
    """Return (first column, first row, last column, last row) of a box, cut to the grid.

    The first is larger than the last where the box lies beside the grid.
    """
    return (
        max(column(x1, grid.x0, grid.step_m), 0),
        max(column(y1, grid.y0, grid.step_m), 0),
        min(column(x2, grid.x0, grid.step_m), grid.columns - 1),
        min(column(y2, grid.y0, grid.step_m), grid.rows - 1),
    )


@bare
def look(grid: Grid, x1: float, y1: float, x2: float, y2: float) -> tuple[int, int]:
    """Return (NOTHING, PURE or MIXED; a cell of the box).

    The zones of a PURE box are the entries of that cell: each fills the box. A box that reaches
    over the rim of the grid is alike too: the rim has no edge and no zone behind it.
    """
    if not (x1 <= x2 and y1 <= y2):
        return NOTHING, 0
    c1, r1, c2, r2 = cells_of(grid, x1, y1, x2, y2)
    if c1 > c2 or r1 > r2:
        return NOTHING, 0
    cell = r1 * grid.columns + c1
    return (MIXED if mixed_in(grid, c1, r1, c2, r2) else PURE), cell


@compiled
def _homes(grid: Grid, boxes: Floats, start: int, stop: int, out: Ints) -> None:
    for k in range(start, stop):
        state, cell = look(grid, boxes[k, 0], boxes[k, 1], boxes[k, 2], boxes[k, 3])
        first, last = grid.offsets[cell], grid.offsets[cell + 1]
        if state == NOTHING or (state == PURE and first == last):
            out[k] = NOWHERE
        elif state == PURE and last == first + 1:
            out[k] = grid.entries[first] >> 1
        else:
            out[k] = UNSETTLED


def homes(index: Index, boxes: Floats) -> Ints:
    """Return the one zone that surely holds each box, NOWHERE, or UNSETTLED; shape (n,).

    Parameters
    ----------
    boxes : numpy.ndarray of float, shape (n, 4)
        minx, miny, maxx, maxy in EPSG:2180; minx > maxx of an empty geometry.
    """
    out = np.empty(len(boxes), dtype=np.int64)
    each(lambda a, b: _homes(index.grid, boxes, a, b, out), cut(len(boxes), 1 << 16))
    return out


@bare
def candidates(
    index: Index, x1: float, y1: float, x2: float, y2: float, stamp: int, seen: Ints, out: Ints
) -> int:
    """Return how many zones may meet a box, written to `out` by their order.

    Parameters
    ----------
    stamp : int
        A number that no call before has used.
    seen : numpy.ndarray of int, shape (k,)
        Scratch, -1 at first.
    out : numpy.ndarray of int, shape (k,)
    """
    grid, boxes = index.grid, index.flat.boxes
    c1, r1, c2, r2 = cells_of(grid, x1, y1, x2, y2)
    count = 0
    if c1 > c2 or r1 > r2:
        return 0
    if (c2 - c1 + 1) * (r2 - r1 + 1) > WALK + len(boxes):
        for zone in range(len(boxes)):
            if _touch(boxes[zone], x1, y1, x2, y2):
                out[count] = zone
                count += 1
        return count
    for row in range(r1, r2 + 1):
        first = row * grid.columns
        for k in range(grid.offsets[first + c1], grid.offsets[first + c2 + 1]):
            zone = grid.entries[k] >> 1
            if seen[zone] != stamp:
                seen[zone] = stamp
                if _touch(boxes[zone], x1, y1, x2, y2):
                    out[count] = zone
                    count += 1
    order(out, count)
    return count


@bare
def _touch(box: Floats, x1: float, y1: float, x2: float, y2: float) -> bool:
    touch: bool = box[0] <= x2 and box[2] >= x1 and box[1] <= y2 and box[3] >= y1
    return touch


@bare
def order(values: Ints, count: int) -> None:
    """Sort the first `count` values, few and nearly in order."""
    for k in range(1, count):
        value, at = values[k], k
        while at > 0 and values[at - 1] > value:
            values[at] = values[at - 1]
            at -= 1
        values[at] = value
