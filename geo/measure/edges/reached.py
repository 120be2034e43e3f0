"""The search for what is within a distance: features in groups, most of them by boxes alone.

A run of edges touches each side of its box, so that the boxes of a feature and a run say how far
apart the two are at most, as well as at least: whole groups are often near enough to one run, or
to none. Where boxes leave it open, a vertex of the feature near one of a run settles most, and
what is left is measured as for what is nearest (:mod:`geo.measure.edges.search`).
"""

from __future__ import annotations

from geo.measure.edges.apart import Best, Shapes, Targets, held, try_run
from geo.measure.edges.bare import bare, inlined
from geo.measure.edges.compiled import compiled
from geo.measure.edges.group import ALL, SLACK, TOO_MANY, Room, frame, gather
from geo.measure.edges.inside import NOBODY
from geo.measure.edges.runs import EDGES
from geo.measure.edges.search import walk
from geo.measure.edges.tree import meeting
from geo.measure.zones import Bools, Floats, Ints

GROUP = 16
"""Features of a group: nothing is sought for each, so that more may share a walk."""


@inlined
def _by_boxes(boxes: Floats, i: int, room: Room, count: int, limit: float) -> bool:
    """Tell whether box i is surely within reach of a run; write how far it is from each at least.

    As :func:`geo.measure.edges.group.gap` and :func:`~geo.measure.edges.group.sure`, over arrays
    by coordinate and with a sum in place of a way out: the processor takes several at once.
    """
    x1, y1, x2, y2 = boxes[i, 0], boxes[i, 1], boxes[i, 2], boxes[i, 3]
    box, away, reached = room.boxes, room.away, 0
    for k in range(count):
        west, south, east, north = box[0, k], box[1, k], box[2, k], box[3, k]
        dx, dy = max(0.0, x1 - east, west - x2), max(0.0, y1 - north, south - y2)
        away[k] = dx * dx + dy * dy
        left, right = max(west - x1, x2 - west), max(east - x1, x2 - east)
        below, above = max(south - y1, y2 - south), max(north - y1, y2 - north)
        across, up, dx, dy = (
            max(left, right),
            max(below, above),
            min(left, right),
            min(below, above),
        )
        reached += min(dx * dx + up * up, across * across + dy * dy) * SLACK <= limit
    return reached > 0


@bare
def _by_vertices(shapes: Shapes, i: int, edges: Floats, run: int, limit: float) -> bool:
    """Tell whether a vertex of shape i is surely within reach of one where a run's edge begins."""
    xy = shapes.xy
    for j in range(shapes.parts[shapes.geoms[i]], shapes.parts[shapes.geoms[i + 1]]):
        x, y, reached = xy[j, 0], xy[j, 1], 0
        for k in range(EDGES):
            dx, dy = edges[run, 0, k] - x, edges[run, 1, k] - y
            reached += (dx * dx + dy * dy) * SLACK <= limit
        if reached > 0:
            return True
    return False


@inlined
def _reached(
    shapes: Shapes, i: int, targets: Targets, limit: float, count: int, many: int, room: Room
) -> bool:
    """Tell whether a feature is within reach of what is near its group."""
    away = room.away
    if _by_boxes(shapes.boxes, i, room, count, limit):
        return True
    first, least = -1, limit
    for k in range(count):
        if away[k] <= least:
            first, least = k, away[k]
    if first >= 0 and _by_vertices(shapes, i, targets.runs.edges, room.runs[first], limit):
        return True
    if many > 0 and held(shapes, i, targets, room.whole, many, room.stack) < NOBODY:
        return True
    best = Best(limit, NOBODY, -1)
    for place in range(-1, count if first >= 0 else -1):
        k = first if place < 0 else place
        if away[k] <= limit and place != first:
            best = try_run(shapes, i, targets, room.runs[k], best, room.squares)
        if best.owner < NOBODY:
            return True
    return False


@inlined
def _alone(shapes: Shapes, i: int, targets: Targets, limit: float, many: int, room: Room) -> bool:
    """Tell whether a feature is within reach of anything; too much is near its group."""
    if many > 0 and held(shapes, i, targets, room.whole, many, room.stack) < NOBODY:
        return True
    best = walk(shapes, i, targets, limit, Best(limit, NOBODY, -1), room)
    return best.owner < NOBODY


@bare
def _fetch(order: Ints, first: int, last: int, shapes: Shapes, out: Floats) -> None:
    """Read a vertex of each feature of a group.

    The features of a group lie far apart in memory, each behind two indexes: asked for together
    they come together, else each is waited for.
    """
    for n in range(first, last):
        k = shapes.parts[shapes.geoms[order[n]]]
        out[0] += shapes.xy[k, 0]


@compiled
def reach_chunk(
    order: Ints, shapes: Shapes, targets: Targets, limit: float, near: Bools, room: Room
) -> None:
    """Mark the features within reach of any target.

    Parameters
    ----------
    order : numpy.ndarray of int, shape (m,)
        The features, in the order in which they are asked.
    limit : float
        Squared metres.
    near : numpy.ndarray of bool, shape (n,)
        Takes the answers.
    room : Room
        Scratch: from :func:`geo.measure.edges.group.new_room`.
    """
    box = room.frame
    for first in range(0, len(order), GROUP):
        last, many = min(first + GROUP, len(order)), 0
        frame(order, first, last, shapes.boxes, box)
        count = gather(targets.runs.tree, box, limit, limit, room)
        if targets.filled and count != ALL:
            many = meeting(targets.whole, box[0], box[1], box[2], box[3], room.stack, room.whole)
        if count == 0 and many == 0:
            continue
        if count > 0:
            _fetch(order, first, last, shapes, room.squares)
        for n in range(first, last):
            if count == ALL:
                near[order[n]] = True
            elif count == TOO_MANY:
                near[order[n]] = _alone(shapes, order[n], targets, limit, many, room)
            else:
                near[order[n]] = _reached(shapes, order[n], targets, limit, count, many, room)
