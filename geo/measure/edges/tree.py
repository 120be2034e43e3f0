"""A packed tree over boxes: sixteen to a node, in Morton order, one array a level.

It is built once and never changed, holds no pointers, and threads share it. An answer never
depends on its shape: the search gives the same for any order of the boxes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geo.measure.edges.bare import bare
from geo.measure.edges.compiled import compiled
from geo.measure.zones import Floats, Ints

FAN = 16
"""Boxes of a node."""
DEPTH = 20
"""Levels at most: 16 to the 20th boxes are more than memory holds."""
PLACE = 31
"""Bits for a box's place: two thousand million boxes; a key has 32."""


class Tree(NamedTuple):
    """Boxes in levels, leaves first.

    Attributes
    ----------
    boxes : numpy.ndarray of float, shape (m, 4)
        minx, miny, maxx, maxy of all levels, one after the other.
    levels : numpy.ndarray of int, shape (l + 1,)
        Level i has the boxes levels[i] to levels[i + 1] - 1; the last has at most FAN.
    items : numpy.ndarray of int, shape (n,)
        Leaf i is the box items[i] of those that the tree was built over.
    """

    boxes: Floats
    levels: Ints
    items: Ints


def tree(boxes: Floats) -> Tree:
    """Return a tree over boxes, shape (n, 4): minx, miny, maxx, maxy; empty ones are left out."""
    items = np.flatnonzero(boxes[:, 0] <= boxes[:, 2])
    items = items[morton_order(boxes[items])]
    level = np.ascontiguousarray(boxes[items])
    made = [level]
    while len(level) > FAN:
        level = _parents(level)
        made.append(level)
    levels = np.concatenate(([0], np.cumsum([len(one) for one in made])))
    return Tree(np.concatenate(made), levels, items)


def morton_order(boxes: Floats) -> Ints:
    """Return the order of boxes along a Z-shaped curve through their middles; none is empty.

    Neighbours in the order are near each other, so that what one search leaves in the
    processor's cache the next one needs. (G. M. Morton, 1966.)
    """
    if len(boxes) == 0:
        return np.empty(0, dtype=np.int64)
    keys = np.empty(len(boxes), dtype=np.int64)
    _write_keys(boxes, keys)
    # Each with its place: numbers alone sort ten times faster than places by numbers.
    keys = (keys << PLACE) | np.arange(len(keys))
    keys.sort()
    return keys & ((1 << PLACE) - 1)


@compiled
def _write_keys(boxes: Floats, out: Ints) -> None:
    """Write the place of each box's middle along the curve, 32 bits."""
    x1, y1, x2, y2 = np.inf, np.inf, -np.inf, -np.inf
    for i in range(len(boxes)):
        x, y = boxes[i, 0] + boxes[i, 2], boxes[i, 1] + boxes[i, 3]
        x1, y1, x2, y2 = min(x1, x), min(y1, y), max(x2, x), max(y2, y)
    across, up = 65_535.0 / max(x2 - x1, 1e-300), 65_535.0 / max(y2 - y1, 1e-300)
    for i in range(len(boxes)):
        x, y = boxes[i, 0] + boxes[i, 2], boxes[i, 1] + boxes[i, 3]
        out[i] = _spread(int((x - x1) * across)) | (_spread(int((y - y1) * up)) << 1)


@bare
def _spread(number: int) -> int:
    """Put a zero before each of 16 bits."""
    number = (number | (number << 8)) & 0x00FF00FF
    number = (number | (number << 4)) & 0x0F0F0F0F
    number = (number | (number << 2)) & 0x33333333
    return (number | (number << 1)) & 0x55555555


def _parents(boxes: Floats) -> Floats:
    """Return one box around each sixteen."""
    first = np.arange(0, len(boxes), FAN)
    low = np.minimum.reduceat(boxes[:, :2], first, axis=0)
    high = np.maximum.reduceat(boxes[:, 2:], first, axis=0)
    return np.concatenate((low, high), axis=1)


def new_stack() -> Ints:
    """Return room for a walk through the tree: (level, node) pairs."""
    return np.empty((FAN * DEPTH, 2), np.int64)


@bare
def meeting(index: Tree, x1: float, y1: float, x2: float, y2: float, stack: Ints, out: Ints) -> int:
    """Write the items whose boxes meet a box, in no particular order; return how many.

    Parameters
    ----------
    stack : numpy.ndarray of int
        From :func:`new_stack`.
    out : numpy.ndarray of int, shape (m,)
        Takes the first m of them; more than m are counted alone.
    """
    boxes, levels = index.boxes, index.levels
    count, top = 0, 1
    stack[0, 0], stack[0, 1] = len(levels) - 1, 0
    while top > 0:
        top -= 1
        level, node = stack[top, 0] - 1, stack[top, 1]
        base = levels[level]
        last = min((node + 1) * FAN, levels[level + 1] - base)
        for k in range(node * FAN, last):
            b = base + k
            if boxes[b, 0] > x2 or boxes[b, 2] < x1 or boxes[b, 1] > y2 or boxes[b, 3] < y1:
                continue
            if level > 0:
                stack[top, 0], stack[top, 1] = level, k
                top += 1
            else:
                if count < len(out):
                    out[count] = index.items[k]
                count += 1
    return count
