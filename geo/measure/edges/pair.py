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
UPRIGHT = 1e-100
"""Metres: what is narrower counts as upright, for products of its slope might overflow."""

EX1, EX2, EY1, ESLOPE, ESUM = 0, BLOCK, 2 * BLOCK, 3 * BLOCK, 4 * BLOCK
"""First columns of a block's edges, in the order of the walk: BLOCK times where one begins (x),
where it ends (x), where it begins (y), its slope, and room for what :func:`_meet` sums. A block
that the ring does not fill has edges of no width after its last."""
EDGE_COLUMNS = 5 * BLOCK
BX1, BX2, BY1, BY2, BSUM, BFROM, BTO = range(7)
"""Columns of a block: its box, its sum over y0, and where its walk begins and ends (x)."""
BLOCK_COLUMNS = 7
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
    edges : numpy.ndarray of float, shape (blocks_of(last - first) or more, EDGE_COLUMNS)
    blocks : numpy.ndarray of float, shape (blocks_of(last - first) or more, BLOCK_COLUMNS)
    levels : numpy.ndarray of int, shape (SHORT,)
        Takes where the blocks of each level begin, if the ring is long; :func:`under` writes on
        it if the ring is short.
    """
    count = 0
    for start in range(first, last, BLOCK):
        stop = min(start + BLOCK, last)
        _load_block(xy[start : stop + 1], x0, y0, edges[count], blocks[count])
        count += 1
    if count > SHORT:
        _raise_levels(blocks, count, levels)
    return count


@bare
def _load_block(xy: Floats, x0: float, y0: float, edges: Floats, block: Floats) -> None:
    px, py = xy[0, 0] - x0, xy[0, 1] - y0
    west, east, south, north, twice = px, px, py, py, 0.0
    block[BFROM] = px
    for k in range(len(xy) - 1):
        qx, qy = xy[k + 1, 0] - x0, xy[k + 1, 1] - y0
        width = qx - px
        edges[EX1 + k], edges[EX2 + k], edges[EY1 + k] = px, qx, py
        edges[ESLOPE + k] = (qy - py) / width if abs(width) > UPRIGHT else 0.0
        west, east = min(west, qx), max(east, qx)
        south, north = min(south, qy), max(north, qy)
        twice -= width * (py + qy)
        px, py = qx, qy
    for k in range(len(xy) - 1, BLOCK):
        edges[EX1 + k], edges[EX2 + k], edges[EY1 + k], edges[ESLOPE + k] = px, px, py, 0.0
    block[BX1], block[BX2], block[BY1], block[BY2] = west, east, south, north
    block[BSUM], block[BTO] = 0.5 * twice, px


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
    levels[LEVELS - 1] = level


@bare
def _meet(edges: Floats, x1: float, x2: float, y1: float, slope: float) -> float:
    """Return the signed integral of min(e, f) over the x that f and edges e of a block have.

    f goes from (x1, y1) east to x2 with `slope`; an edge that is not there goes from x1 to x1 or
    from x2 to x2. Columns lie at distances that the compiler knows: only so does it see that what
    is written is not read, and takes several edges at a time. (It unrolls a loop of less first.)
    """
    for k in range(BLOCK):
        ex, ey, steep = edges[EX1 + k], edges[EY1 + k], edges[ESLOPE + k]
        start, end = min(max(ex, x1), x2), min(max(edges[EX2 + k], x1), x2)
        e1, e2 = ey + steep * (start - ex), ey + steep * (end - ex)
        f1, f2 = y1 + slope * (start - x1), y1 + slope * (end - x1)
        d1, d2 = e1 - f1, e2 - f2
        # Where they cross, below the chord of the minima lies a triangle too little.
        less = abs(d1) * abs(d2) / (abs(d1) + abs(d2)) if d1 * d2 < 0.0 else 0.0
        edges[ESUM + k] = (start - end) * (min(e1, f1) + min(e2, f2) + less)
    west = (edges[ESUM] + edges[ESUM + 1]) + (edges[ESUM + 2] + edges[ESUM + 3])
    east = (edges[ESUM + 4] + edges[ESUM + 5]) + (edges[ESUM + 6] + edges[ESUM + 7])
    area: float = 0.5 * (west + east)
    return area


@bare
def _step(blocks: Floats, k: int, x1: float, x2: float, y1: float, slope: float) -> float:
    """Return what block k, wholly above f, adds: f from where the block begins to where it ends."""
    start, end = min(max(blocks[k, BFROM], x1), x2), min(max(blocks[k, BTO], x1), x2)
    area: float = (start - end) * (y1 + slope * (0.5 * (start + end) - x1))
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
            whole = x1 <= blocks[node, BX1] and x2 >= blocks[node, BX2]
            if whole and low >= blocks[node, BY2]:
                total += blocks[node, BSUM]
            elif level > 0:
                node = levels[level - 1] + (node - levels[level]) * FAN
                level -= 1
                continue
            else:
                total += _meet(edges[node], x1, x2, y1, slope)
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
    slope = (y2 - y1) / (x2 - x1) if x2 - x1 > UPRIGHT else 0.0
    low, high = min(y1, y2), max(y1, y2)
    if count > SHORT:
        return _under_long(edges, blocks, levels, x1, x2, y1, slope, low, high)
    # Which blocks lie in its x-range cannot be foreseen: noted without a branch, then walked.
    near = 0
    for k in range(count):
        levels[near] = k
        near += (x1 < blocks[k, BX2]) & (x2 > blocks[k, BX1])
    total = 0.0
    for n in range(near):
        k = levels[n]
        if high <= blocks[k, BY1]:
            total += _step(blocks, k, x1, x2, y1, slope)
        elif (low >= blocks[k, BY2]) & (x1 <= blocks[k, BX1]) & (x2 >= blocks[k, BX2]):
            total += blocks[k, BSUM]
        else:
            total += _meet(edges[k], x1, x2, y1, slope)
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
    """Return the area that a ring and a zone have in common, m2; less than 0 if walked clockwise.

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
