"""The ground that zones cover, as the edges that no two of them share.

Where two zones meet, the same edge stands in both with opposite signs and adds nothing to their
sum. Without such pairs there remain the outer boundary and the rims of gaps: chains of edges,
each closed as a whole only. Kernels need no more than that, for they sum edges, not rings.
A pair that is not found (a vertex on one side of a border alone) costs time and changes nothing.

Where zones overlap, the sum counts their common ground as often as they do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.measure.edges.bare import bare
from geo.measure.edges.compiled import compiled
from geo.measure.edges.flat import Flat
from geo.measure.zones import Bools, Floats, Ints

Bits = NDArray[np.uint64]
Int32s = NDArray[np.int32]
Ranks = NDArray[np.int8]

ALONE, FIRST, LATER, LOST, NO_EDGE = 0, 1, 2, 3, 4
"""Of an edge: no other zone has it the other way round; a later zone has; an earlier zone has.
LOST: an earlier zone has it too, but has its partner already (zones overlap). Up to FIRST, what
lies on the edge is the zone's."""
NONE = -1
MIX = np.uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio: spreads the bits of coordinates."""


def cover(zones: Flat, ranks: Ranks | None = None) -> Flat:
    """Return the ground of all zones as one geometry of open chains.

    Parameters
    ----------
    zones : Flat
        k polygons.
    ranks : numpy.ndarray of int8, shape (v,), optional
        ``partners(zones)``, when the caller has it.

    Returns
    -------
    Flat
        One geometry (none for no zones). Its rings are chains of edges, its area the sum of the
        zones' areas.
    """
    if zones.size == 0:
        return zones
    known = partners(zones) if ranks is None else ranks
    lonely = lonesome(known)
    firsts, lasts, signs = (np.empty(len(lonely), kind) for kind in (np.int64, np.int64, float))
    count = _chains(lonely, zones.rings, zones.signs, firsts, lasts, signs)
    firsts, lasts, signs = firsts[:count], lasts[:count], signs[:count].copy()
    sizes = lasts - firsts + 1
    rings = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
    take = np.arange(rings[-1]) - np.repeat(rings[:-1] - firsts, sizes)
    xy = zones.xy[take]
    box = np.array([[np.inf, np.inf, -np.inf, -np.inf]])
    if len(xy):
        box = np.concatenate((xy.min(axis=0), xy.max(axis=0)))[None]
    geoms = np.array([0, len(signs)], dtype=np.int64)
    return Flat(xy, rings, geoms, signs, zones.areas_m2.sum(keepdims=True), box)


def lonesome(ranks: Ranks) -> Bools:
    """Tell which edges have no partner, shape (v,)."""
    return np.asarray((ranks == ALONE) | (ranks == LOST))


def partners(zones: Flat) -> Ranks:
    """Tell of each edge whether a zone has it the other way round.

    Returns
    -------
    numpy.ndarray of int8, shape (v,)
        For the edge from vertex i to i + 1: FIRST or LATER of two, or without a partner, ALONE or
        LOST. NO_EDGE for the last vertex of a ring: what leads to the next ring may look like one.
    """
    out = np.zeros(len(zones.xy), dtype=np.int8)
    out[zones.rings[1:][np.diff(zones.rings) > 0] - 1] = NO_EDGE
    table = np.full(1 << max(4, len(zones.xy).bit_length()), NONE, dtype=np.int32)
    signs = np.repeat(zones.signs, np.diff(zones.rings))
    _pair_off(zones.xy, zones.xy.view(np.uint64), zones.rings, signs, table, out)
    return out


@bare
def _slot(bits: Bits, k: int, mask: int) -> int:
    """Return a place in the table that does not depend on the direction of edge k."""
    a = (bits[k, 0] * MIX ^ bits[k, 1]) * MIX
    b = (bits[k + 1, 0] * MIX ^ bits[k + 1, 1]) * MIX
    return np.int64((a + b) >> np.uint64(20)) & mask  # type: ignore[return-value]


@bare
def _same(xy: Floats, k: int, m: int) -> int:
    """Return 1 where edges k and m run the same way, -1 the other way round, 0 otherwise."""
    if (
        xy[k, 0] == xy[m + 1, 0]
        and xy[k, 1] == xy[m + 1, 1]
        and xy[k + 1, 0] == xy[m, 0]
        and xy[k + 1, 1] == xy[m, 1]
    ):
        return -1
    if (
        xy[k, 0] == xy[m, 0]
        and xy[k, 1] == xy[m, 1]
        and xy[k + 1, 0] == xy[m + 1, 0]
        and xy[k + 1, 1] == xy[m + 1, 1]
    ):
        return 1
    return 0


@bare
def _cancels(xy: Floats, signs: Floats, ranks: Ranks, k: int, m: int) -> bool:
    """Tell whether edge m waits for a partner and edge k, with its own sign, is one."""
    if m < 0 or m >= k or (ranks[m] != ALONE and ranks[m] != LOST):
        return False
    opposite: bool = _same(xy, k, m) * signs[k] * signs[m] < 0.0
    return opposite


@bare
def _taken(xy: Floats, signs: Floats, ranks: Ranks, k: int, m: int) -> bool:
    """Tell whether edge m says that an earlier zone has edge k the other way round.

    Of edges that run the same way and have partners, the partner is that zone's.
    """
    way = _same(xy, k, m) * signs[k] * signs[m]
    return bool(way < 0.0 or (way > 0.0 and ranks[m] != ALONE))


@compiled
def _pair_off(
    xy: Floats, bits: Bits, rings: Ints, signs: Floats, table: Int32s, ranks: Ranks
) -> None:
    """Write the rank of each edge.

    The partner of an edge is looked for beside the partner of the edge before it, for borders
    are shared by the run; only then in the table.
    """
    mask = len(table) - 1
    for ring in range(len(rings) - 1):
        near = NONE
        for k in range(rings[ring], rings[ring + 1] - 1):
            found, slot, lost = NONE, 0, False
            if near >= 0 and _cancels(xy, signs, ranks, k, near - 1):
                found = near - 1
            elif near >= 0 and _cancels(xy, signs, ranks, k, near + 1):
                found = near + 1
            else:
                slot = _slot(bits, k, mask)
            while found < 0 and table[slot] >= 0:
                other: int = np.int64(table[slot])  # type: ignore[assignment]  # numba: one type
                if _cancels(xy, signs, ranks, k, other):
                    found = other
                lost = lost or _taken(xy, signs, ranks, k, other)
                slot = (slot + 1) & mask
            if found < 0:
                table[slot] = k
                ranks[k] = LOST if lost else ALONE
            else:
                ranks[found] = LATER if ranks[found] == LOST else FIRST
                ranks[k] = LATER
            near = found


@compiled
def _chains(
    lonely: Bools, rings: Ints, signs: Floats, firsts: Ints, lasts: Ints, kept: Floats
) -> int:
    """Write the first and last vertex and the sign of each run of lonely edges of a ring."""
    count = 0
    for ring in range(len(rings) - 1):
        for k in range(rings[ring], rings[ring + 1] - 1):
            if not lonely[k]:
                continue
            if k == rings[ring] or not lonely[k - 1]:
                firsts[count], kept[count] = k, signs[ring]
                count += 1
            lasts[count - 1] = k + 1
    return count
