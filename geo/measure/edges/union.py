r"""The ground that overlapping features cover in each zone, every place once.

The area of a shape is the sum over its border of :math:`\pm \int y\,dx`: plus where the shape is
below the edge. The border of (union of features) and zone is made of

- the parts of features' edges that no other feature covers and that lie in the zone, and
- the parts of the zone's edges that any feature covers.

Whether a point of an edge is covered is a count over the edges of other features above it: +1
for each that has its interior below, -1 for each that has it above. Along an edge the count
changes at vertices and crossings alone (:func:`geo.measure.edges.above.below`), so that one walk
along it finds the parts. No polygon is built, nothing is snapped, and nothing can throw.

Two zones that share an edge add and subtract the same numbers. Identical features, features that
share borders and edges that lie on others are told apart by their order in the input
(:mod:`geo.measure.edges.above`): one of them counts, never both or neither.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geo.measure.edges.above import COLUMNS, OWNER, SIGN, below
from geo.measure.edges.around import (
    COVERED,
    NO_ROOM,
    Field,
    field_of,
    gather_all,
    near_edges,
    origin_of,
)
from geo.measure.edges.bare import bare
from geo.measure.edges.compiled import compiled
from geo.measure.edges.flat import Flat
from geo.measure.edges.threads import cut, each
from geo.measure.edges.tree import new_stack
from geo.measure.zones import Floats, Ints

ROOM = 512
"""Edges around a block, to begin with."""
BLOCKS, BORDER_BLOCKS = 1024, 64
"""Blocks of a chunk, of features and of zones."""
SHORT = 2
"""Edges that are walked along together: what is around them is picked from the block's."""
LAST = 2**62
"""The rank of zones: where an edge of a zone lies on a feature's, the feature's is below."""
FIRST = -1
"""The rank before all zones."""


class Room(NamedTuple):
    """Scratch of one thread; grown when a block has more around it than there is room for.

    Attributes
    ----------
    stack : numpy.ndarray of int
        For walks through trees.
    near : numpy.ndarray of int, shape (m,)
        Polygons around a block.
    edges, borders : numpy.ndarray of float, shape (m, COLUMNS)
        Edges of features and of zones around a block.
    close : numpy.ndarray of float, shape (m, COLUMNS)
        Those of `edges` that are around a part of the block.
    events : numpy.ndarray of float, shape (2 m, 2)
        Where along an edge the count changes, and by how much.
    parts : numpy.ndarray of float, shape (2 m + 1, 2)
        The x-ranges that are asked for.
    """

    stack: Ints
    near: Ints
    edges: Floats
    borders: Floats
    close: Floats
    events: Floats
    parts: Floats


def union_area(features: Flat, zones: Flat) -> Floats:
    """Return the area that features cover in each zone, overlaps once, m2.

    Parameters
    ----------
    features : Flat
        Valid polygons, EPSG:2180; they may overlap, touch, or be the same.
    zones : Flat
        Valid polygons; each is measured by itself.

    Returns
    -------
    numpy.ndarray of float, shape (k,)
        The same for any order of features, up to rounding.
    """
    if features.size == 0 or zones.size == 0 or len(features.xy) == 0 or len(zones.xy) == 0:
        return np.zeros(zones.size)
    origin = origin_of(np.concatenate([features.boxes, zones.boxes]))
    ground, districts = field_of(features, origin), field_of(zones, origin)
    sums = each(
        lambda a, b: _free_edges(ground, districts, a, b, zones.size),
        cut(len(ground.owners), BLOCKS),
    )
    sums += each(
        lambda a, b: _covered_borders(ground, districts, a, b, zones.size),
        cut(len(districts.owners), BORDER_BLOCKS),
    )
    total = np.zeros(zones.size)
    for part in sums:
        total += part
    return np.maximum(total, 0.0)


def _new_room(size: int) -> Room:
    return Room(
        new_stack(), np.empty(size, np.int64), np.empty((size, COLUMNS)),
        np.empty((size, COLUMNS)), np.empty((size, COLUMNS)),
        np.empty((2 * size, 2)), np.empty((2 * size + 1, 2)),
    )  # fmt: skip


def _free_edges(ground: Field, districts: Field, start: int, stop: int, zones: int) -> Floats:
    """Return what the features' blocks [start, stop) add to each zone."""
    out = np.zeros(zones)
    size = ROOM
    room = _new_room(size)
    while start < stop:
        start = _free_blocks(ground, districts, start, stop, room, out)
        if start < stop:
            size *= 2
            room = _new_room(size)
    return out


def _covered_borders(ground: Field, districts: Field, start: int, stop: int, zones: int) -> Floats:
    """Return what the zones' blocks [start, stop) add to each zone."""
    out = np.zeros(zones)
    size = ROOM
    room = _new_room(size)
    while start < stop:
        start = _border_blocks(ground, districts, start, stop, room, out)
        if start < stop:
            size *= 2
            room = _new_room(size)
    return out


@bare
def _order(events: Floats, count: int) -> None:
    """Sort events by x; there are few."""
    for i in range(1, count):
        x, w = events[i, 0], events[i, 1]
        k = i
        while k > 0 and events[k - 1, 0] > x:
            events[k, 0], events[k, 1] = events[k - 1, 0], events[k - 1, 1]
            k -= 1
        events[k, 0], events[k, 1] = x, w


@bare
def _parts(
    ax: float, ay: float, bx: float, by: float, rank: int, n: int, covered: bool, room: Room
) -> int:
    """Write the x-ranges of an edge that features cover, or that none covers; return how many."""
    edges, events, parts = room.close, room.events, room.parts
    count, many = 0.0, 0
    for j in range(n):
        low, high = below(ax, ay, bx, by, edges, j, rank < edges[j, OWNER])
        if high <= low:
            continue
        if low <= ax and high >= bx:
            count += edges[j, SIGN]
            continue
        events[many, 0], events[many, 1] = low, edges[j, SIGN]
        events[many + 1, 0], events[many + 1, 1] = high, -edges[j, SIGN]
        many += 2
    _order(events, many)
    found, x = 0, ax
    for k in range(many + 1):
        end = events[k, 0] if k < many else bx
        if end > x:
            if (count > 0.5) == covered:
                parts[found, 0], parts[found, 1] = x, end
                found += 1
            x = end
        if k < many:
            count += events[k, 1]
    return found


@bare
def _area_below(ax: float, ay: float, bx: float, by: float, low: float, high: float) -> float:
    """Return the area between the x-axis and a part of an edge."""
    middle = 0.5 * ((low - ax) + (high - ax))
    return (high - low) * (ay + (by - ay) / (bx - ax) * middle)


@bare
def _west_first(xy: Floats, k: int) -> tuple[float, float, float, float, float]:
    """Return the ends of the edge from vertex k, west first, and -1 where that is its own way."""
    if xy[k, 0] < xy[k + 1, 0]:
        return xy[k, 0], xy[k, 1], xy[k + 1, 0], xy[k + 1, 1], -1.0
    return xy[k + 1, 0], xy[k + 1, 1], xy[k, 0], xy[k, 1], 1.0


@bare
def _free_block(ground: Field, b: int, n: int, borders: int, room: Room, out: Floats) -> None:
    """Add the parts of a block's edges that no other feature covers, zone by zone."""
    xy, start, stop = ground.xy, ground.blocks.edges[b, 0], ground.blocks.edges[b, 1]
    for first in range(start, stop, SHORT):
        last = min(first + SHORT, stop)
        close = near_edges(xy, first, last, room.edges, n, room.close)
        for k in range(first, last):
            ax, ay, bx, by, up = _west_first(xy, k)
            if ax < bx:
                found = _parts(ax, ay, bx, by, ground.owners[b], close, False, room)
                up *= ground.signs[b]
                _add_parts(ax, ay, bx, by, up, found, borders, room, out)


@bare
def _add_parts(
    ax: float,
    ay: float,
    bx: float,
    by: float,
    up: float,
    found: int,
    borders: int,
    room: Room,
    out: Floats,
) -> None:
    """Add parts of an edge to the zones that they lie in."""
    rows, parts = room.borders, room.parts
    for j in range(borders if found else 0):
        low, high = below(ax, ay, bx, by, rows, j, True)
        for p in range(found if high > low else 0):
            west, east = max(low, parts[p, 0]), min(high, parts[p, 1])
            if east > west:
                area = _area_below(ax, ay, bx, by, west, east)
                out[int(rows[j, OWNER])] += up * rows[j, SIGN] * area


@compiled
def _free_blocks(
    ground: Field, districts: Field, start: int, stop: int, room: Room, out: Floats
) -> int:
    """Add the blocks [start, stop) of features; return the first that there is no room for."""
    boxes, stack, near = ground.blocks.boxes, room.stack, room.near
    for b in range(start, stop):
        borders = gather_all(districts, boxes, b, -1, stack, near, room.borders, False)
        n = 0
        if borders > 0:
            n = gather_all(ground, boxes, b, ground.owners[b], stack, near, room.edges, True)
        if borders == NO_ROOM or n == NO_ROOM:
            return b
        if borders > 0 and n != COVERED:
            _free_block(ground, b, n, borders, room, out)
    return stop


@compiled
def _border_blocks(
    ground: Field, districts: Field, start: int, stop: int, room: Room, out: Floats
) -> int:
    """Add the blocks [start, stop) of zones; return the first that there is no room for."""
    xy, index = districts.xy, districts.blocks
    for b in range(start, stop):
        n = gather_all(ground, index.boxes, b, -1, room.stack, room.near, room.edges, False)
        if n == NO_ROOM:
            return b
        for k in range(index.edges[b, 0], index.edges[b, 1] if n else 0):
            ax, ay, bx, by, up = _west_first(xy, k)
            close = near_edges(xy, k, k + 1, room.edges, n, room.close) if ax < bx else 0
            found = _parts(ax, ay, bx, by, LAST, close, True, room) if close else 0
            for p in range(found):
                area = _area_below(ax, ay, bx, by, room.parts[p, 0], room.parts[p, 1])
                out[districts.owners[b]] += up * districts.signs[b] * area
    return stop
