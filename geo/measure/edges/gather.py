r"""The edges of one zone that matter to one box.

Whatever lies in a zone is a sum over the zone's edges f of "the part below f", with a sign. For
something inside a box, with the x-range of f cut to the box:

- an edge beside or below the box adds nothing;
- an edge above the box covers all of its height: only its x-range matters. Consecutive ones are
  one *run*, a level edge from where the first begins to where the last ends; a run that comes
  back to where it began is nothing;
- the others are *local* and are kept as they are.

So a zone of thousands of edges becomes a handful, found through two levels of boxes.
"""

from __future__ import annotations

import numpy as np

from geo.measure.edges.bare import bare
from geo.measure.edges.index import Index
from geo.measure.zones import Floats

X1, Y1, X2, Y2, SIGN, RUN, FROM, TO = 0, 1, 2, 3, 4, 5, 6, 7
"""Columns of a gathered edge: ends with X1 < X2 relative to the box's south-west corner; SIGN +1
where the interior lies below the edge; RUN 1 for a run, whose walk goes FROM x TO x."""
COLUMNS = 8
ROOM = 512
"""Rows to begin with."""


def new_edges(room: int) -> Floats:
    """Return room for gathered edges, shape (room, COLUMNS)."""
    return np.empty((room, COLUMNS))


@bare
def _add_run(
    out: Floats, n: int, start: float, end: float, top: float, width: float, sign: float
) -> int:
    """Add a walk above the box from `start` to `end` (relative x), joined to the run before it.

    ``out[n - 1, RUN]`` holds the ring's sign where the last edge is a run: runs of rings that
    wind otherwise are not joined.
    """
    start, end = min(max(start, 0.0), width), min(max(end, 0.0), width)
    if start == end:
        return n
    if n > 0 and out[n - 1, RUN] == sign and out[n - 1, TO] == start:
        start = out[n - 1, FROM]
        n -= 1
        if start == end:
            return n
    out[n, RUN], out[n, FROM], out[n, TO] = sign, start, end
    out[n, X1], out[n, X2] = min(start, end), max(start, end)
    out[n, SIGN] = -sign if start < end else sign
    out[n, Y1], out[n, Y2] = top, top
    return n + 1


@bare
def _add_local(
    out: Floats, n: int, ax: float, ay: float, bx: float, by: float, sign: float
) -> None:
    """Add an edge as it is, from west to east; coordinates relative to the box."""
    out[n, RUN] = 0.0
    if ax < bx:
        out[n, X1], out[n, Y1], out[n, X2], out[n, Y2], out[n, SIGN] = ax, ay, bx, by, -sign
    else:
        out[n, X1], out[n, Y1], out[n, X2], out[n, Y2], out[n, SIGN] = bx, by, ax, ay, sign


@bare
def _gather_block(
    xy: Floats,
    first: int,
    last: int,
    sign: float,
    x1: float,
    y1: float,
    x2: float,
    y2: float,
    out: Floats,
    n: int,
) -> int:
    """Gather edges first to last - 1; `out` has room for them."""
    top, width = 2.0 * (y2 - y1) + 1.0, x2 - x1
    for k in range(first, last):
        ax, ay, bx, by = xy[k, 0], xy[k, 1], xy[k + 1, 0], xy[k + 1, 1]
        if ax == bx or max(ax, bx) <= x1 or min(ax, bx) >= x2 or max(ay, by) <= y1:
            continue
        if min(ay, by) >= y2:
            n = _add_run(out, n, ax - x1, bx - x1, top, width, sign)
        else:
            _add_local(out, n, ax - x1, ay - y1, bx - x1, by - y1, sign)
            n += 1
    return n


@bare
def gather(index: Index, zone: int, x1: float, y1: float, x2: float, y2: float, out: Floats) -> int:
    """Return how many edges of a zone matter to a box, written to `out`; -1: too little room.

    Parameters
    ----------
    index : Index
    zone : int
    x1, y1, x2, y2 : float
        The box, x1 < x2 (widen a box that has no width).
    out : numpy.ndarray of float, shape (m, COLUMNS)
        Takes the edges.
    """
    xy, blocks = index.flat.xy, index.blocks
    boxes, chain_boxes = blocks.boxes, blocks.chain_boxes
    top, width, n = 2.0 * (y2 - y1) + 1.0, x2 - x1, 0
    for chain in range(blocks.zones[zone], blocks.zones[zone + 1]):
        if (
            chain_boxes[chain, 2] <= x1
            or chain_boxes[chain, 0] >= x2
            or chain_boxes[chain, 3] <= y1
        ):
            continue
        sign = blocks.chain_signs[chain]
        first, last = blocks.chain_blocks[chain, 0], blocks.chain_blocks[chain, 1]
        if chain_boxes[chain, 1] >= y2:
            start, end = blocks.edges[first, 0], blocks.edges[last - 1, 1]
            if n >= len(out):
                return -1
            n = _add_run(out, n, xy[start, 0] - x1, xy[end, 0] - x1, top, width, sign)
            continue
        for block in range(first, last):
            if boxes[block, 2] <= x1 or boxes[block, 0] >= x2 or boxes[block, 3] <= y1:
                continue
            start, end = blocks.edges[block, 0], blocks.edges[block, 1]
            if n + end - start > len(out):
                return -1
            if boxes[block, 1] >= y2:
                n = _add_run(out, n, xy[start, 0] - x1, xy[end, 0] - x1, top, width, sign)
            else:
                n = _gather_block(xy, start, end, sign, x1, y1, x2, y2, out, n)
    return n
