"""The zone of each point: the first that holds it, borders included."""

from __future__ import annotations

import numpy as np

from geo.measure.edges.bare import bare
from geo.measure.edges.compiled import compiled
from geo.measure.edges.index import Index
from geo.measure.edges.segment import TIE
from geo.measure.edges.sweep import MIXED, NOWHERE, PURE, candidates, look
from geo.measure.edges.threads import cut, each
from geo.measure.zones import Floats, Ints


def first_zone(points: Floats, index: Index) -> Ints:
    """Return the first zone that holds each point, or -1 where none does; shape (n,).

    A point on a border (within a millionth of a millimetre) is in the zones on both sides, and
    so goes to the first of them; on the outer border it is inside.

    Parameters
    ----------
    points : numpy.ndarray of float, shape (n, 2)
        EPSG:2180; a point that is not finite is in no zone.
    index : Index
        The zones.
    """
    out = np.empty(len(points), dtype=np.int64)
    each(lambda a, b: _locate_chunk(points, index, a, b, out), cut(len(points)))
    return out


def _locate_chunk(points: Floats, index: Index, start: int, stop: int, out: Ints) -> None:
    seen, near = np.full(index.size, -1, np.int64), np.empty(index.size, np.int64)
    _locate(points, index, start, stop, seen, near, out)


@compiled
def _locate(
    points: Floats, index: Index, start: int, stop: int, seen: Ints, near: Ints, out: Ints
) -> None:
    grid = index.grid
    for k in range(start, stop):
        out[k] = NOWHERE
        x, y = points[k, 0], points[k, 1]
        state, cell = look(grid, x - TIE, y - TIE, x + TIE, y + TIE)
        if state == PURE and grid.offsets[cell] < grid.offsets[cell + 1]:
            out[k] = grid.entries[grid.offsets[cell]] >> 1
        if state != MIXED:
            continue
        count = candidates(index, x - TIE, y - TIE, x + TIE, y + TIE, k, seen, near)
        for m in range(count):
            if holds(index, near[m], x, y):
                out[k] = near[m]
                break


@bare
def holds(index: Index, zone: int, x: float, y: float) -> bool:
    """Tell whether a zone or its border holds a point.

    A ray north from the point crosses edges whose x-range, half open, has x: the sum of their
    signs is the winding number.
    """
    blocks = index.blocks
    winding = 0.0
    for chain in range(blocks.zones[zone], blocks.zones[zone + 1]):
        if _beside(blocks.chain_boxes, chain, x, y):
            continue
        first, last = blocks.chain_blocks[chain, 0], blocks.chain_blocks[chain, 1]
        for block in range(first, last):
            if _beside(blocks.boxes, block, x, y):
                continue
            for k in range(blocks.edges[block, 0], blocks.edges[block, 1]):
                crossing, on = _cross(index.flat.xy, k, x, y)
                if on:
                    return True
                winding += blocks.chain_signs[chain] * crossing
    return winding > 0.5


@bare
def _beside(boxes: Floats, k: int, x: float, y: float) -> bool:
    beside: bool = boxes[k, 0] > x + TIE or boxes[k, 2] < x - TIE or boxes[k, 3] < y - TIE
    return beside


@bare
def _cross(xy: Floats, k: int, x: float, y: float) -> tuple[float, bool]:
    """Return how edge k crosses the ray (+1 westward, -1 eastward) and whether the point is on it.

    Both directions of an edge are judged by the same numbers.
    """
    x1, y1, x2, y2, side = xy[k, 0] - x, xy[k, 1] - y, xy[k + 1, 0] - x, xy[k + 1, 1] - y, -1.0
    if x1 > x2 or (x1 == x2 and y1 > y2):
        x1, y1, x2, y2, side = x2, y2, x1, y1, 1.0
    dx, dy = x2 - x1, y2 - y1
    length = np.sqrt(dx * dx + dy * dy)
    if length == 0.0:
        return 0.0, False
    cross = x1 * dy - y1 * dx
    along = -(x1 * dx + y1 * dy)
    reach = TIE * length
    if abs(cross) <= reach and -reach <= along <= length * length + reach:
        return 0.0, True
    if x1 <= 0.0 < x2 and cross < 0.0:
        return side, False
    return 0.0, False
