"""Features in groups of neighbours, and the runs of edges that are near a group.

A group finds the runs (:mod:`geo.measure.edges.runs`) that matter to any of its features once,
by one walk through their tree.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geo.measure.edges.bare import bare, inlined
from geo.measure.edges.runs import EDGES
from geo.measure.edges.tree import FAN, Tree, new_stack
from geo.measure.zones import Floats, Ints

NEAR = 1024
"""Runs near a group at most."""
TOO_MANY = -1
"""More are near."""
ALL = -2
"""All of the group is near enough to one."""
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
def gap(a: Floats, i: int, x1: float, y1: float, x2: float, y2: float) -> float:
    """Return the squared distance of box i from another box."""
    dx = max(0.0, x1 - a[i, 2], a[i, 0] - x2)
    dy = max(0.0, y1 - a[i, 3], a[i, 1] - y2)
    return float(dx * dx + dy * dy)


@bare
def sure(a: Floats, i: int, x1: float, y1: float, x2: float, y2: float) -> float:
    """Return a squared distance that nothing in another box is farther from what box i is around.

    A box is touched on each of its four sides by a vertex of what is in it: of the four, the
    farthest place on the side whose farthest place is nearest.
    """
    west, east = max(a[i, 0] - x1, x2 - a[i, 0]), max(a[i, 2] - x1, x2 - a[i, 2])
    south, north = max(a[i, 1] - y1, y2 - a[i, 1]), max(a[i, 3] - y1, y2 - a[i, 3])
    across, up, dx, dy = max(west, east), max(south, north), min(west, east), min(south, north)
    return float(min(dx * dx + up * up, across * across + dy * dy)) * SLACK


@inlined
def gather(index: Tree, box: Floats, bound: float, enough: float, room: Room) -> int:
    """Write the runs no farther than `bound` from a box; return how many; TOO_MANY; ALL.

    `bound` and `enough` are squared; ALL: whatever is in the box is as near as `enough` to one
    run; -1: that is not asked.
    """
    x1, y1, x2, y2 = box[0], box[1], box[2], box[3]
    boxes, levels, stack = index.boxes, index.levels, room.stack
    count, top = 0, 1
    stack[0, 0], stack[0, 1] = len(levels) - 1, 0
    while top > 0:
        top -= 1
        level, node = stack[top, 0] - 1, stack[top, 1]
        base = levels[level]
        for k in range(node * FAN, min((node + 1) * FAN, levels[level + 1] - base)):
            if gap(boxes, base + k, x1, y1, x2, y2) > bound:
                continue
            if enough >= 0.0 and sure(boxes, base + k, x1, y1, x2, y2) <= enough:
                return ALL
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
def frame(order: Ints, first: int, last: int, boxes: Floats, out: Floats) -> None:
    """Write the box around a group."""
    out[0], out[1], out[2], out[3] = np.inf, np.inf, -np.inf, -np.inf
    for n in range(first, last):
        i = order[n]
        out[0], out[1] = min(out[0], boxes[i, 0]), min(out[1], boxes[i, 1])
        out[2], out[3] = max(out[2], boxes[i, 2]), max(out[3], boxes[i, 3])
