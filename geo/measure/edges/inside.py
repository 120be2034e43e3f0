"""Kernels that tell what lies inside a polygon: the parity of what a ray eastwards meets."""

from __future__ import annotations

import numpy as np

from geo.measure.edges.bare import bare
from geo.measure.edges.blocks import Blocks
from geo.measure.edges.tree import FAN, Tree
from geo.measure.zones import Floats, Ints

NOBODY = np.iinfo(np.int64).max
"""An index after all others."""


@bare
def in_box(boxes: Floats, i: int, x: float, y: float) -> bool:
    """Tell whether a point lies in box i."""
    return bool(boxes[i, 0] <= x <= boxes[i, 2] and boxes[i, 1] <= y <= boxes[i, 3])


@bare
def parity(xy: Floats, first: int, last: int, x: float, y: float) -> bool:
    """Tell whether the ray eastwards from a point meets an odd number of edges."""
    odd = False
    for k in range(first, last):
        ax, ay, bx, by = xy[k, 0], xy[k, 1], xy[k + 1, 0], xy[k + 1, 1]
        if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
            odd = not odd
    return odd


@bare
def _beside(boxes: Floats, i: int, x: float, y: float) -> bool:
    """Tell whether the ray eastwards from a point may meet box i."""
    return bool(boxes[i, 2] >= x and boxes[i, 1] <= y <= boxes[i, 3])


@bare
def in_polygon(xy: Floats, blocks: Blocks, i: int, x: float, y: float) -> bool:
    """Tell whether a point lies in polygon i; on its border either may be said.

    Parameters
    ----------
    xy : numpy.ndarray of float, shape (v, 2)
        The vertices that `blocks` was built over.
    """
    odd = False
    for chain in range(blocks.zones[i], blocks.zones[i + 1]):
        if not _beside(blocks.chain_boxes, chain, x, y):
            continue
        for block in range(blocks.chain_blocks[chain, 0], blocks.chain_blocks[chain, 1]):
            if _beside(blocks.boxes, block, x, y):
                odd ^= parity(xy, blocks.edges[block, 0], blocks.edges[block, 1], x, y)
    return odd


@bare
def holder(whole: Tree, blocks: Blocks, xy: Floats, x: float, y: float, stack: Ints) -> int:
    """Return the first polygon that a point lies in; NOBODY if there is none.

    Parameters
    ----------
    whole : Tree
        Over the polygons' boxes.
    blocks : Blocks
        Of the polygons' edges, with their vertices `xy`.
    stack : numpy.ndarray of int
        From :func:`geo.measure.edges.tree.new_stack`.
    """
    first, top = NOBODY, 1
    stack[0, 0], stack[0, 1] = len(whole.levels) - 1, 0
    while top > 0:
        top -= 1
        level, node = stack[top, 0] - 1, stack[top, 1]
        base, end = whole.levels[level], whole.levels[level + 1]
        for b in range(base + node * FAN, min(base + (node + 1) * FAN, end)):
            if not in_box(whole.boxes, b, x, y):
                continue
            if level > 0:
                stack[top, 0], stack[top, 1] = level, b - base
                top += 1
            elif whole.items[b] < first and in_polygon(xy, blocks, whole.items[b], x, y):
                first = whole.items[b]
    return first
