r"""The area that a ring and a zone have in common, without finding where they cross.

Let :math:`E` be the edges of a ring and :math:`F` those of a zone, each directed from west to
east, with a sign :math:`s` of +1 where the interior lies below the edge and -1 where above. A
point :math:`(x, y)` lies in the ring :math:`\sum_E s_e [y < e(x)]` times, and so

.. math::

    A = \iint \sum_E s_e [y < e(x)] \sum_F s_f [y < f(x)] \,dy\,dx
      = \sum_E \sum_F s_e s_f \int (\min(e(x), f(x)) - y_0) \,dx

over the x that both edges have, for any :math:`y_0` below the ring (what lies below it is covered
by :math:`\sum_E s_e = 0` edges, so that f may be cut at :math:`y_0`). There are no nodes, no
topology and nothing that can throw; where edges lie on each other, min takes either. Two zones
that share an edge add the same number with opposite signs, so that what they have together does
not depend on the edge between them (and the number is reckoned once: `memo`).

Edges of the ring come in blocks of consecutive ones. A block wholly above f is one step
:math:`\int f` from where it begins to where it ends, whatever it does between; a block wholly
below f and within its x-range is its own sum, known beforehand. Only blocks that meet f are
walked edge by edge. A long ring has blocks of blocks above them, of which the same is true.

Coordinates are relative to the south-west corner of the ring's box: at 1e6 metres a product of
absolute coordinates would lose six digits.
"""

from __future__ import annotations

import numpy as np

from geo.measure.edges.bare import bare
from geo.measure.edges.gather import RUN, SIGN, X1, X2, Y1, Y2
from geo.measure.zones import Floats, Ints

BLOCK = 8
"""Edges of a block of the ring."""
FAN = 8
"""Blocks of a block of blocks."""
SHORT = 64
"""Blocks of a ring that is walked block by block."""
LEVELS = 12
"""Of blocks of blocks at most, with room to spare; the last place holds how many there are."""

EX1, EY1, EX2, ESLOPE, ESIGN = 0, 1, 2, 3, 4
"""Columns of an edge of the ring: west end, east end's x, slope, sign (+1: interior below)."""
EDGE_COLUMNS = 5
BX1, BX2, BY1, BY2, BSUM, BFROM, BTO, BSIGN, BFIRST, BLAST = range(10)
"""Columns of a block: its box, its signed sum over y0, where its walk begins and ends (x), the
sign of its ring, and its edges. Of blocks of blocks the edges do not count."""
BLOCK_COLUMNS = 10
MRING, MX1, MY1, MX2, MY2, MSUM = range(6)
"""Columns of the memo: the ring, an edge of a zone, and the ring's area below it."""
MEMO_COLUMNS = 6
MEMO = 256
"""Edges remembered (a power of two): those of one zone near one ring, and few more."""


@bare
def _bound(block: Floats, x: float, y: float) -> None:
    block[BX1], block[BX2] = min(block[BX1], x), max(block[BX2], x)
    block[BY1], block[BY2] = min(block[BY1], y), max(block[BY2], y)


@bare
def load_ring(
    xy: Floats,
    first: int,
    last: int,
    sign: float,
    x0: float,
    y0: float,
    edges: Floats,
    blocks: Floats,
    levels: Ints,
) -> int:
    """Write a ring's edges and blocks relative to (x0, y0); return the number of blocks.

    Parameters
    ----------
    first, last : int
        The ring's first and last vertex.
    sign : float
        +1 where the interior lies on the left of the walk.
    edges : numpy.ndarray of float, shape (at least last - first, EDGE_COLUMNS)
    blocks : numpy.ndarray of float, shape (blocks_of(last - first) or more, BLOCK_COLUMNS)
    levels : numpy.ndarray of int, shape (LEVELS,)
        Takes where the blocks of each level begin, if the ring is long.
    """
    edge, count = 0, 0
    for start in range(first, last, BLOCK):
        stop = min(start + BLOCK, last)
        block = blocks[count]
        px, py = xy[start, 0] - x0, xy[start, 1] - y0
        block[BX1], block[BX2], block[BY1], block[BY2] = px, px, py, py
        block[BFROM], block[BSIGN], block[BFIRST] = px, sign, edge
        twice = 0.0
        for k in range(start + 1, stop + 1):
            qx, qy = xy[k, 0] - x0, xy[k, 1] - y0
            twice -= (qx - px) * (py + qy)
            _bound(block, qx, qy)
            if px < qx:
                edges[edge, EX1], edges[edge, EY1], edges[edge, EX2] = px, py, qx
                edges[edge, ESLOPE], edges[edge, ESIGN] = (qy - py) / (qx - px), -sign
                edge += 1
            elif qx < px:
                edges[edge, EX1], edges[edge, EY1], edges[edge, EX2] = qx, qy, px
                edges[edge, ESLOPE], edges[edge, ESIGN] = (py - qy) / (px - qx), sign
                edge += 1
            px, py = qx, qy
        block[BSUM], block[BTO], block[BLAST] = 0.5 * twice * sign, px, edge
        count += 1
    if count > SHORT:
        _raise_levels(blocks, count, levels)
    return count


def blocks_of(edges: int) -> int:
    """Return how many blocks of all levels a ring may have, at most."""
    return (edges // BLOCK + 1) * FAN // (FAN - 1) + LEVELS


@bare
def _raise_levels(blocks: Floats, count: int, levels: Ints) -> None:
    """Write blocks of blocks until one holds all."""
    first, last, level = 0, count, 0
    levels[0] = 0
    while last - first > 1:
        level += 1
        levels[level] = last
        node = last
        for start in range(first, last, FAN):
            stop = min(start + FAN, last)
            for column in range(BLOCK_COLUMNS):
                blocks[node, column] = blocks[start, column]
            for child in range(start + 1, stop):
                _bound(blocks[node], blocks[child, BX1], blocks[child, BY1])
                _bound(blocks[node], blocks[child, BX2], blocks[child, BY2])
                blocks[node, BSUM] += blocks[child, BSUM]
            blocks[node, BTO] = blocks[stop - 1, BTO]
            node += 1
        first, last = last, node
    levels[level + 1] = last
    levels[LEVELS - 1] = level


@bare
def _meet(edges: Floats, k: int, x1: float, x2: float, y1: float, slope: float) -> float:
    """Return the signed integral of min(e, f) over the x that edge k, e, and f have.

    f goes from (x1, y1) east to x2 with `slope`.
    """
    low, high = max(edges[k, EX1], x1), min(edges[k, EX2], x2)
    width = high - low
    if width <= 0.0:
        return 0.0
    e1 = edges[k, EY1] + edges[k, ESLOPE] * (low - edges[k, EX1])
    e2 = edges[k, EY1] + edges[k, ESLOPE] * (high - edges[k, EX1])
    f1 = y1 + slope * (low - x1)
    f2 = y1 + slope * (high - x1)
    d1, d2 = e1 - f1, e2 - f2
    twice = min(e1, f1) + min(e2, f2)
    if d1 * d2 < 0.0:
        # They cross: below the chord of the minima lies a triangle too little.
        twice += abs(d1) * abs(d2) / (abs(d1) + abs(d2))
    area: float = 0.5 * edges[k, ESIGN] * width * twice
    return area


@bare
def _below(edges: Floats, first: int, last: int, x1: float, x2: float) -> float:
    """Return the signed integral of edges over the part of [x1, x2] that each has."""
    total = 0.0
    for k in range(first, last):
        low, high = max(edges[k, EX1], x1), min(edges[k, EX2], x2)
        if low < high:
            middle = 0.5 * (low + high) - edges[k, EX1]
            total += edges[k, ESIGN] * (high - low) * (edges[k, EY1] + edges[k, ESLOPE] * middle)
    return total


@bare
def _step(blocks: Floats, k: int, x1: float, x2: float, y1: float, slope: float) -> float:
    """Return what block k, wholly above f, adds: f from where the block begins to where it ends."""
    start, end = min(max(blocks[k, BFROM], x1), x2), min(max(blocks[k, BTO], x1), x2)
    area: float = blocks[k, BSIGN] * (start - end) * (y1 + slope * (0.5 * (start + end) - x1))
    return area


@bare
def _under_long(
    edges: Floats,
    blocks: Floats,
    levels: Ints,
    x1: float,
    x2: float,
    y1: float,
    slope: float,
    low: float,
    high: float,
) -> float:
    """Return what `under` returns, down the levels of a long ring and along them."""
    total, level, top = 0.0, levels[LEVELS - 1], levels[LEVELS - 1]
    node = levels[level]
    while level < top or node == levels[top]:
        if high <= blocks[node, BY1] and x1 < blocks[node, BX2] and x2 > blocks[node, BX1]:
            total += _step(blocks, node, x1, x2, y1, slope)
        elif x1 < blocks[node, BX2] and x2 > blocks[node, BX1]:
            first, last = int(blocks[node, BFIRST]), int(blocks[node, BLAST])
            below = low >= blocks[node, BY2]
            if below and x1 <= blocks[node, BX1] and x2 >= blocks[node, BX2]:
                total += blocks[node, BSUM]
            elif level > 0:
                node = levels[level - 1] + (node - levels[level]) * FAN
                level -= 1
                continue
            elif below:
                total += _below(edges, first, last, x1, x2)
            else:
                for e in range(first, last):
                    total += _meet(edges, e, x1, x2, y1, slope)
        node += 1
        while level < top and (node == levels[level + 1] or (node - levels[level]) % FAN == 0):
            node = levels[level + 1] + (node - levels[level] - 1) // FAN + 1
            level += 1
    return total


@bare
def under(
    edges: Floats,
    blocks: Floats,
    levels: Ints,
    count: int,
    x1: float,
    y1: float,
    x2: float,
    y2: float,
) -> float:
    """Return the ring's area below one edge f, from (x1, y1) east to (x2, y2); m2.

    f lies within the ring's box: 0 <= y.
    """
    slope = (y2 - y1) / (x2 - x1)
    low, high = min(y1, y2), max(y1, y2)
    if count > SHORT:
        return _under_long(edges, blocks, levels, x1, x2, y1, slope, low, high)
    total = 0.0
    for k in range(count):
        if x1 >= blocks[k, BX2] or x2 <= blocks[k, BX1]:
            continue
        first, last = int(blocks[k, BFIRST]), int(blocks[k, BLAST])
        if high <= blocks[k, BY1]:
            total += _step(blocks, k, x1, x2, y1, slope)
        elif low < blocks[k, BY2]:
            for e in range(first, last):
                total += _meet(edges, e, x1, x2, y1, slope)
        elif x1 <= blocks[k, BX1] and x2 >= blocks[k, BX2]:
            total += blocks[k, BSUM]
        else:
            total += _below(edges, first, last, x1, x2)
    return total


@bare
def _under_cut(
    edges: Floats,
    blocks: Floats,
    levels: Ints,
    count: int,
    x1: float,
    y1: float,
    x2: float,
    y2: float,
    top: float,
) -> float:
    """Return the ring's area below an edge that may leave the ring's box, cut at 0 and at top."""
    total = 0.0
    if y1 < 0.0 or y2 < 0.0:
        cut = x1 + (x2 - x1) * (y1 / (y1 - y2))
        if y1 < 0.0:
            x1, y1 = cut, 0.0
        else:
            x2, y2 = cut, 0.0
    if y1 > top or y2 > top:
        cut = x1 + (x2 - x1) * ((top - y1) / (y2 - y1))
        if y1 > top:
            if x1 < cut:
                total += under(edges, blocks, levels, count, x1, top, cut, top)
            x1, y1 = cut, top
        else:
            if cut < x2:
                total += under(edges, blocks, levels, count, cut, top, x2, top)
            x2, y2 = cut, top
    if x1 < x2:
        total += under(edges, blocks, levels, count, x1, y1, x2, y2)
    return total


def new_memo() -> Floats:
    """Return room for what a ring's edges were last summed with, shape (MEMO, MEMO_COLUMNS)."""
    return np.full((MEMO, MEMO_COLUMNS), -1.0)


@bare
def common_area(
    edges: Floats,
    blocks: Floats,
    levels: Ints,
    count: int,
    zone: Floats,
    n: int,
    top: float,
    memo: Floats,
    ring: int,
) -> float:
    """Return the area that a ring and a zone have in common, m2; negative for a hole.

    Parameters
    ----------
    edges, blocks, levels, count
        From :func:`load_ring`.
    zone : numpy.ndarray of float
        n gathered edges of the zone, relative to the ring's box.
    top : float
        The height of the ring's box.
    memo : numpy.ndarray of float
        From :func:`new_memo`: an edge that the zone shares with one before is not summed again.
    ring : int
        A number of the ring's own, the stamp of what it leaves in the memo.
    """
    total = 0.0
    for k in range(n):
        x1, y1, x2, y2 = zone[k, X1], zone[k, Y1], zone[k, X2], zone[k, Y2]
        if zone[k, RUN] != 0.0:
            total += zone[k, SIGN] * under(edges, blocks, levels, count, x1, top, x2, top)
            continue
        slot = int((abs(x1) + 3.0 * abs(y1) + 7.0 * abs(x2)) / top * 8192.0) & (MEMO - 1)
        known = (
            memo[slot, MRING] == ring
            and memo[slot, MX1] == x1
            and memo[slot, MY1] == y1
            and memo[slot, MX2] == x2
            and memo[slot, MY2] == y2
        )
        if not known:
            memo[slot, MRING], memo[slot, MX1], memo[slot, MY1] = ring, x1, y1
            memo[slot, MX2], memo[slot, MY2] = x2, y2
            memo[slot, MSUM] = _under_cut(edges, blocks, levels, count, x1, y1, x2, y2, top)
        total += zone[k, SIGN] * memo[slot, MSUM]
    return total


@bare
def winding(zone: Floats, n: int, width: float) -> float:
    """Return how often the zone covers all of a box that no edge crosses, or NaN if one may.

    Only runs that span the box's width say so.
    """
    times = 0.0
    for k in range(n):
        if zone[k, RUN] == 0.0 or zone[k, X1] != 0.0 or zone[k, X2] != width:
            return np.nan
        times += zone[k, SIGN]
    return times
