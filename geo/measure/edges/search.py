"""The search for what is nearest: features in groups of neighbours, each with what is near it.

A group finds the runs of edges (:mod:`geo.measure.edges.runs`) that may be nearest to any of its
features once, by one walk through their tree. How far that may be is known from the feature
before: as far as its nearest vertex at most. Each feature then takes what of it is nearest
first. Where a group is so wide that too much is near it, every feature walks by itself.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geo.measure.edges.apart import Best, Shapes, Targets, held, try_run
from geo.measure.edges.bare import bare, inlined
from geo.measure.edges.compiled import compiled
from geo.measure.edges.inside import NOBODY
from geo.measure.edges.runs import EDGES
from geo.measure.edges.tree import FAN, Tree, meeting, new_stack
from geo.measure.zones import Floats, Ints

GROUP = 8
"""Features of a group: with more, more is near them; with fewer, more walks are needed."""
NEAR = 1024
"""Runs near a group at most."""
TOO_MANY = -1
"""More are near."""
SLACK = 1.0 + 1e-12
"""A bound is taken so much greater, for rounding."""


class Room(NamedTuple):
    """Scratch of one thread.

    Attributes
    ----------
    stack, gaps : numpy.ndarray
        What a walk has yet to look at: (level, node) and how far it is.
    runs : numpy.ndarray of int, shape (m,)
        Near a group.
    boxes : numpy.ndarray of float, shape (4, m)
        Theirs, by coordinate.
    away : numpy.ndarray of float, shape (m,)
        Their squared distances from a feature.
    whole : numpy.ndarray of int, shape (m,)
        Polygons that may hold some of a group.
    squares : numpy.ndarray of float, shape (EDGES,)
    frame : numpy.ndarray of float, shape (4,)
        The box around the group.
    """

    stack: Ints
    gaps: Floats
    runs: Ints
    boxes: Floats
    away: Floats
    whole: Ints
    squares: Floats
    frame: Floats


def new_room() -> Room:
    """Return scratch for one thread."""
    stack = new_stack()
    return Room(
        stack, np.empty(len(stack)), np.empty(NEAR, np.int64), np.empty((4, NEAR)),
        np.empty(NEAR), np.empty(NEAR, np.int64), np.empty(EDGES), np.empty(4),
    )  # fmt: skip


@bare
def _settled(best: Best, enough: float) -> bool:
    """Tell whether the search may end."""
    return best.owner < NOBODY and best.square <= enough


@bare
def _gap(a: Floats, i: int, x1: float, y1: float, x2: float, y2: float) -> float:
    """Return the squared distance of box i from another box."""
    dx = max(0.0, x1 - a[i, 2], a[i, 0] - x2)
    dy = max(0.0, y1 - a[i, 3], a[i, 1] - y2)
    return float(dx * dx + dy * dy)


@inlined
def _gather(index: Tree, box: Floats, bound: float, room: Room) -> int:
    """Write the runs no farther than `bound` (squared) from a box; return how many; TOO_MANY."""
    x1, y1, x2, y2 = box[0], box[1], box[2], box[3]
    boxes, levels, stack = index.boxes, index.levels, room.stack
    count, top = 0, 1
    stack[0, 0], stack[0, 1] = len(levels) - 1, 0
    while top > 0:
        top -= 1
        level, node = stack[top, 0] - 1, stack[top, 1]
        base = levels[level]
        for k in range(node * FAN, min((node + 1) * FAN, levels[level + 1] - base)):
            if _gap(boxes, base + k, x1, y1, x2, y2) > bound:
                continue
            if level > 0:
                stack[top, 0], stack[top, 1] = level, k
                top += 1
            elif count == len(room.runs):
                return TOO_MANY
            else:
                room.runs[count] = k
                for c in range(4):
                    room.boxes[c, count] = boxes[k, c]
                count += 1
    return count


@inlined
def _choose(
    shapes: Shapes, i: int, targets: Targets, enough: float, best: Best, count: int, room: Room
) -> Best:
    """Return the nearest of all that is near the group, or the first that is near enough."""
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
        if away[n] <= best.square and place != first and not _settled(best, enough):
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
        gap = _gap(index.boxes, base + k, box[0], box[1], box[2], box[3])
        if gap > bound:
            continue
        at = top
        while at > start and gaps[at - 1] < gap:
            gaps[at], stack[at, 0], stack[at, 1] = gaps[at - 1], stack[at - 1, 0], stack[at - 1, 1]
            at -= 1
        gaps[at], stack[at, 0], stack[at, 1] = gap, level, k
        top += 1
    return top


@inlined
def _walk(shapes: Shapes, i: int, targets: Targets, enough: float, best: Best, room: Room) -> Best:
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
def _frame(order: Ints, first: int, last: int, boxes: Floats, out: Floats) -> None:
    """Write the box around a group."""
    out[0], out[1], out[2], out[3] = np.inf, np.inf, -np.inf, -np.inf
    for n in range(first, last):
        i = order[n]
        out[0], out[1] = min(out[0], boxes[i, 0]), min(out[1], boxes[i, 1])
        out[2], out[3] = max(out[2], boxes[i, 2]), max(out[3], boxes[i, 3])


@bare
def _farthest(boxes: Floats, i: int, x: float, y: float) -> float:
    """Return the squared distance of the farthest corner of box i from a point."""
    dx, dy = max(x - boxes[i, 0], boxes[i, 2] - x), max(y - boxes[i, 1], boxes[i, 3] - y)
    return float(dx * dx + dy * dy)


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
    enough: float,
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
    if _settled(best, enough):
        return best
    if count == TOO_MANY:
        return _walk(shapes, i, targets, enough, best, room)
    return _choose(shapes, i, targets, enough, best, count, room)


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
    frame, bound = room.frame, limit
    _frame(order, first, last, shapes.boxes, frame)
    if seed >= 0:
        bound = _bound(order, first, last, shapes, targets.xy[seed, 0], targets.xy[seed, 1], limit)
    count, many = TOO_MANY, 0
    if bound < np.inf:
        count = _gather(targets.runs.tree, frame, bound, room)
    if targets.filled:
        many = meeting(
            targets.whole, frame[0], frame[1], frame[2], frame[3], room.stack, room.whole
        )
    return count, many


@compiled
def search_chunk(
    order: Ints,
    shapes: Shapes,
    targets: Targets,
    limit: float,
    enough: float,
    square: Floats,
    index: Ints,
    room: Room,
) -> None:
    """Write the answers of the features `order`, in that order; see `nearest.search`.

    `room` is scratch: from :func:`new_room`.
    """
    seed, far, count, many = -1, np.inf, TOO_MANY, len(room.whole) + 1
    for n in range(len(order)):
        i, bound = order[n], limit
        # Where any near one will do, it is sooner found by oneself.
        if n % GROUP == 0 and enough < 0.0:
            last = min(n + GROUP, len(order))
            count, many = _surround(order, n, last, shapes, targets, limit, seed, room)
        if seed >= 0:
            x, y = targets.xy[seed, 0], targets.xy[seed, 1]
            far = _farthest(shapes.boxes, i, x, y)
            if far <= enough:
                square[i], index[i] = far, targets.owners[seed]
                continue
            bound = min(limit, _reach(shapes, i, x, y))
        best = Best(bound, NOBODY, seed)
        best = _search_one(shapes, i, targets, enough, best, count, many, room)
        if best.owner < NOBODY:
            square[i], index[i], seed = best.square, best.owner, best.edge
