r"""The part of a segment that lies in a zone.

A point p lies in a zone :math:`\sum_F s_f [p < f]` times, and the length of a segment in a zone
is therefore :math:`\sum_F s_f |\{p \in segment: p < f\}|`: for each edge of the zone the part of
the segment below it, told by the sign of their distance at the two ends of the x-range that they
have in common. A vertical segment asks at x + 0, just to the east.

Where the segment runs along an edge, sides are a convention: what lies on a zone's border is in
the zone, unless an earlier zone lies on the other side of it. So a shared border belongs to the
first zone, and the outer border to the zone that it bounds. Where the vertices on the two sides of
a border differ, they are made to agree first (:mod:`geo.measure.edges.borders`).
"""

from __future__ import annotations

import numpy as np

from geo.measure.edges.bare import bare
from geo.measure.edges.cover import FIRST, Ranks
from geo.measure.edges.index import Index
from geo.measure.zones import Floats

TIE = 1e-9
"""Metres: what lies nearer to an edge lies on it; ten times the rounding at 1e6 metres."""
BESIDE, ABOVE, NEAR = 0, 1, 2


@bare
def part_in_zone(
    index: Index, ranks: Ranks, zone: int, ax: float, ay: float, bx: float, by: float
) -> float:
    """Return the share of a segment that lies in a zone, 0 to 1 up to rounding.

    Parameters
    ----------
    ranks : numpy.ndarray of int8, shape (v,)
        Of the zones' edges, from :func:`geo.measure.edges.cover.partners`.
    ax, ay, bx, by : float
        The ends of the segment, ax <= bx, not the same.
    """
    xy, boxes, edges = index.flat.xy, index.blocks.boxes, index.blocks.edges
    chain_boxes, chain_blocks = index.blocks.chain_boxes, index.blocks.chain_blocks
    signs, zones = index.blocks.chain_signs, index.blocks.zones
    south, north = min(ay, by) - TIE, max(ay, by) + TIE
    total = 0.0
    for chain in range(zones[zone], zones[zone + 1]):
        side = _side(chain_boxes, chain, ax, south, bx, north)
        if side == BESIDE:
            continue
        sign = signs[chain]
        first, last = chain_blocks[chain, 0], chain_blocks[chain, 1]
        if side == ABOVE:
            start, end = edges[first, 0], edges[last - 1, 1]
            total += sign * _passed(xy[start, 0], xy[end, 0], ax, bx)
            continue
        for block in range(first, last):
            side = _side(boxes, block, ax, south, bx, north)
            start, end = edges[block, 0], edges[block, 1]
            if side == ABOVE:
                total += sign * _passed(xy[start, 0], xy[end, 0], ax, bx)
            elif side == NEAR:
                total += sign * _near(xy, ranks, start, end, sign, ax, ay, bx, by)
    return total


@bare
def _side(boxes: Floats, k: int, ax: float, south: float, bx: float, north: float) -> int:
    """Return where box k lies of a segment: BESIDE (or below) it, ABOVE it, or NEAR."""
    if boxes[k, 2] < ax - TIE or boxes[k, 0] > bx + TIE or boxes[k, 3] < south:
        return BESIDE
    return ABOVE if boxes[k, 1] > north else NEAR


@bare
def _passed(start: float, end: float, ax: float, bx: float) -> float:
    """Return what a walk above the segment from x `start` to `end` adds, with the ring's sign."""
    if bx > ax:
        return (min(max(start, ax), bx) - min(max(end, ax), bx)) / (bx - ax)
    return (1.0 if start > ax else 0.0) - (1.0 if end > ax else 0.0)


@bare
def _near(
    xy: Floats,
    ranks: Ranks,
    first: int,
    last: int,
    sign: float,
    ax: float,
    ay: float,
    bx: float,
    by: float,
) -> float:
    """Return what edges first to last - 1 add, with the ring's sign."""
    south, north = min(ay, by), max(ay, by)
    total = 0.0
    for k in range(first, last):
        # From west to east, so that the two zones of a shared edge see the same numbers.
        west, east, side = k, k + 1, -1.0
        if xy[k, 0] > xy[k + 1, 0] or (xy[k, 0] == xy[k + 1, 0] and xy[k, 1] > xy[k + 1, 1]):
            west, east, side = k + 1, k, 1.0
        x1, y1 = xy[west, 0] - ax, xy[west, 1] - south
        x2, y2 = xy[east, 0] - ax, xy[east, 1] - south
        if bx > ax:
            inner = side * sign > 0.0
            part = _below(x1, y1, x2, y2, bx - ax, ay - south, by - south, ranks[k], inner)
        else:
            part = _below_upright(x1, y1, x2, y2, north - south, ranks[k], side * sign > 0.0)
        total += side * part
    return total


@bare
def _below(
    x1: float,
    y1: float,
    x2: float,
    y2: float,
    width: float,
    start: float,
    end: float,
    rank: int,
    inner: bool,
) -> float:
    """Return the share of the segment (0, start)-(width, end) below the edge (x1, y1)-(x2, y2).

    `inner`: the zone lies below the edge.
    """
    low, high = max(0.0, x1), min(width, x2)
    if high <= low:
        return 0.0
    slope, rise = (y2 - y1) / (x2 - x1), (end - start) / width
    d1 = y1 + slope * (low - x1) - (start + rise * low)
    d2 = y1 + slope * (high - x1) - (start + rise * high)
    share = (high - low) / width
    reach = TIE * np.sqrt(1.0 + slope * slope)
    if abs(d1) <= reach and abs(d2) <= reach:
        mine = rank <= FIRST
        return share if mine == inner else 0.0
    if d1 > 0.0 and d2 > 0.0:
        return share
    if d1 > 0.0:
        return share * (d1 / (d1 - d2))
    if d2 > 0.0:
        return share * (d2 / (d2 - d1))
    return 0.0


@bare
def _below_upright(
    x1: float, y1: float, x2: float, y2: float, height: float, rank: int, inner: bool
) -> float:
    """Return the share of the vertical segment (0, 0)-(0, height) below an edge.

    Of an edge that is vertical too, `inner` says that the zone lies to its east: at x + 0 what
    lies on the edge is inside, and else it is not; it is moved where the border's owner differs.
    """
    if x1 == 0.0 and x2 == 0.0:
        common = max(0.0, min(height, y2) - max(0.0, y1)) / height
        mine = rank <= FIRST
        return -common if mine != inner else 0.0
    if x1 <= 0.0 < x2:
        at = y1 + (y2 - y1) / (x2 - x1) * -x1
        return min(height, max(0.0, at)) / height
    return 0.0
