"""The search for what is nearest: features in groups of neighbours, each with what is near it.

A group finds the runs of edges (:mod:`geo.measure.edges.runs`) that may be nearest to any of its
features once, by one walk through their tree. How far that may be is known from the feature
before: as far as its nearest vertex at most. Each feature then takes what of it is nearest
first. Where a group is so wide that too much is near it, every feature walks by itself.
"""

from __future__ import annotations

import numpy as np

from geo.measure.edges.apart import Best, Shapes, Targets, held, try_run
from geo.measure.edges.bare import bare, inlined
from geo.measure.edges.compiled import compiled
from geo.measure.edges.group import SLACK, TOO_MANY, Room, frame, gap, gather
from geo.measure.edges.inside import NOBODY
from geo.measure.edges.tree import FAN, Tree, meeting
from geo.measure.zones import Floats, Ints

GROUP = 8
"""Features of a group: with more, more is near them; with fewer, more walks are needed."""


@bare
def _settled(best: Best, enough: float) -> bool:
    """Tell whether the search may end."""
    return best.owner < NOBODY and best.square <= enough


@inlined
def _choose(shapes: Shapes, i: int, targets: Targets, best: Best, count: int, room: Room) -> Best:
    """Return the nearest of all that is near the group."""
    box, boxes, away = shapes.boxes, room.boxes, room.away
    x1, y1, x2, y2 = box[i, 0], box[i, 1], box[i, 2], box[i, 3]
    for n in range(count):
        dx = max(0.0, x1 - boxes[2, n], boxes[0, n] - x2)
        dy = max(0.0, y1 - boxes[3, n], boxes[1, n] - y2)
        away[n] = dx * dx + dy * dy
    if count == 0:
        return best
    first, least = 0, np.inf
    for n in range(count):
        if away[n] < least:
            first, least = n, away[n]
    for place in range(-1, count):
        n = first if place < 0 else place
        if away[n] <= best.square and place != first:
            best = try_run(shapes, i, targets, room.runs[n], best, room.squares)
    return best


@inlined
def _push(
    index: Tree, level: int, node: int, box: Floats, bound: float, top: int, room: Room
) -> int:
    """Put the children of a node on the stack, the nearest on top; return the new top."""
    base, stack, gaps = index.levels[level], room.stack, room.gaps
    start = top
    for k in range(node * FAN, min((node + 1) * FAN, index.levels[level + 1] - base)):
        away = gap(index.boxes, base + k, box[0], box[1], box[2], box[3])
        if away > bound:
            continue
        at = top
        while at > start and gaps[at - 1] < away:
            gaps[at], stack[at, 0], stack[at, 1] = gaps[at - 1], stack[at - 1, 0], stack[at - 1, 1]
            at -= 1
        gaps[at], stack[at, 0], stack[at, 1] = away, level, k
        top += 1
    return top


@inlined
def walk(shapes: Shapes, i: int, targets: Targets, enough: float, best: Best, room: Room) -> Best:
    """Return the nearest of all targets, or the first found that is near enough."""
    index, box = targets.runs.tree, shapes.boxes[i]
    top = _push(index, len(index.levels) - 2, 0, box, best.square, 0, room)
    while top > 0 and not _settled(best, enough):
        top -= 1
        if room.gaps[top] > best.square:
            continue
        level, node = room.stack[top, 0], room.stack[top, 1]
        if level == 0:
            best = try_run(shapes, i, targets, node, best, room.squares)
        else:
            top = _push(index, level - 1, node, box, best.square, top, room)
    return best


@inlined
def _reach(shapes: Shapes, i: int, x: float, y: float) -> float:
    """Return the squared distance of shape i's nearest vertex from a point."""
    xy, least = shapes.xy, np.inf
    for j in range(shapes.parts[shapes.geoms[i]], shapes.parts[shapes.geoms[i + 1]]):
        dx, dy = xy[j, 0] - x, xy[j, 1] - y
        least = min(least, dx * dx + dy * dy)
    return least * SLACK


@inlined
def _bound(
    order: Ints, first: int, last: int, shapes: Shapes, x: float, y: float, limit: float
) -> float:
    """Return how far the answer of any feature of a group may be, squared."""
    most = 0.0
    for n in range(first, last):
        most = max(most, _reach(shapes, order[n], x, y))
    return min(most, limit)


@inlined
def _search_one(
    shapes: Shapes,
    i: int,
    targets: Targets,
    best: Best,
    count: int,
    many: int,
    room: Room,
) -> Best:
    """Return the answer of one feature; of numbers that :func:`_surround` gave."""
    if targets.filled:
        owner = held(shapes, i, targets, room.whole, many, room.stack)
        if owner < NOBODY:
            best = Best(0.0, owner, best.edge)
    if count == TOO_MANY:
        return walk(shapes, i, targets, -1.0, best, room)
    return _choose(shapes, i, targets, best, count, room)


@inlined
def _surround(
    order: Ints,
    first: int,
    last: int,
    shapes: Shapes,
    targets: Targets,
    limit: float,
    seed: int,
    room: Room,
) -> tuple[int, int]:
    """Write what is near a group: return how many runs, or TOO_MANY, and how many polygons."""
    box, bound = room.frame, limit
    frame(order, first, last, shapes.boxes, box)
    if seed >= 0:
        bound = _bound(order, first, last, shapes, targets.xy[seed, 0], targets.xy[seed, 1], limit)
    count, many = TOO_MANY, 0
    if bound < np.inf:
        count = gather(targets.runs.tree, box, bound, -1.0, room)
    if targets.filled:
        many = meeting(targets.whole, box[0], box[1], box[2], box[3], room.stack, room.whole)
    return count, many


@compiled
def search_chunk(
    order: Ints,
    shapes: Shapes,
    targets: Targets,
    limit: float,
    square: Floats,
    index: Ints,
    room: Room,
) -> None:
    """Write the squared distance and the index of the nearest target of each feature.

    Parameters
    ----------
    order : numpy.ndarray of int, shape (m,)
        The features, in the order in which they are asked.
    limit : float
        Squared metres; what is farther is left as it was in `square` and `index`.
    square, index : numpy.ndarray, shape (n,)
        Take the answers.
    room : Room
        Scratch: from :func:`geo.measure.edges.group.new_room`.
    """
    seed, count, many = -1, TOO_MANY, 0
    for n in range(len(order)):
        i, bound = order[n], limit
        if n % GROUP == 0:
            last = min(n + GROUP, len(order))
            count, many = _surround(order, n, last, shapes, targets, limit, seed, room)
        if seed >= 0:
            bound = min(limit, _reach(shapes, i, targets.xy[seed, 0], targets.xy[seed, 1]))
        best = Best(bound, NOBODY, seed)
        best = _search_one(shapes, i, targets, best, count, many, room)
        if best.owner < NOBODY:
            square[i], index[i], seed = best.square, best.owner, best.edge
