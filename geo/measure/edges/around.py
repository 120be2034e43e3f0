"""What of a field of polygons lies around a short run of edges: its neighbours, and what is above.

As :mod:`geo.measure.edges.gather`, for many polygons at once, and with coordinates as they are:
what is compared exactly must not be rounded before.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geo.measure.edges.above import COLUMNS, OWNER, RUN, SIGN, X1, X2, Y1, Y2
from geo.measure.edges.bare import bare
from geo.measure.edges.blocks import Blocks, blocks
from geo.measure.edges.flat import Flat
from geo.measure.edges.tree import Tree, meeting, tree
from geo.measure.zones import Floats, Ints

NO_ROOM, COVERED = -1, -2
"""What gathering says in place of a number of edges."""


class Field(NamedTuple):
    """Polygons with coordinates relative to a common origin, and their indexes.

    Attributes
    ----------
    xy : numpy.ndarray of float, shape (v, 2)
    blocks : Blocks
    tree : Tree
        Over the polygons' boxes.
    owners : numpy.ndarray of int, shape (b,)
        The polygon of each block.
    signs : numpy.ndarray of float, shape (b,)
        +1: the interior is on the left of the block's edges.
    """

    xy: Floats
    blocks: Blocks
    tree: Tree
    owners: Ints
    signs: Floats


def origin_of(boxes: Floats) -> Floats:
    """Return a corner that coordinates lose nothing by: a multiple of a power of two metres.

    Parameters
    ----------
    boxes : numpy.ndarray of float, shape (n, 4)
        Of everything; not all are empty.

    Returns
    -------
    numpy.ndarray of float, shape (2,)
    """
    some = boxes[boxes[:, 0] <= boxes[:, 2]]
    low = some[:, :2].min(axis=0)
    extent = float((some[:, 2:].max(axis=0) - low).max())
    step = 2.0 ** np.ceil(np.log2(max(extent, 1e-300)))
    corner: Floats = np.floor(low / step) * step
    return corner


def field_of(flat: Flat, origin: Floats) -> Field:
    """Return polygons relative to an origin, with their indexes.

    Parameters
    ----------
    flat : Flat
    origin : numpy.ndarray of float, shape (2,)
        From :func:`origin_of`, the same for all that is compared.
    """
    local = flat._replace(xy=flat.xy - origin, boxes=flat.boxes - np.concatenate([origin, origin]))
    made = blocks(local)
    per_chain = made.chain_blocks[:, 1] - made.chain_blocks[:, 0]
    owners = np.repeat(np.repeat(np.arange(flat.size), np.diff(made.zones)), per_chain)
    return Field(local.xy, made, tree(local.boxes), owners, np.repeat(made.chain_signs, per_chain))


@bare
def _put(row: Floats, n: int, a: Floats, k: int, m: int, sign: float, owner: int) -> None:
    """Write the edge from vertex k to vertex m as row n, from west to east."""
    if a[k, 0] < a[m, 0]:
        west, east, up = k, m, -sign
    else:
        west, east, up = m, k, sign
    row[n, X1], row[n, Y1], row[n, X2], row[n, Y2] = a[west, 0], a[west, 1], a[east, 0], a[east, 1]
    row[n, SIGN], row[n, RUN], row[n, OWNER] = up, 0.0, owner


@bare
def _beside(boxes: Floats, i: int, x1: float, y1: float, x2: float) -> bool:
    """Tell whether nothing in box i is above anything in the block's box."""
    return bool(boxes[i, 2] <= x1 or boxes[i, 0] >= x2 or boxes[i, 3] < y1)


@bare
def _put_run(row: Floats, n: int, xy: Floats, k: int, m: int, sign: float, owner: int) -> int:
    """Write a walk above the block as one edge, if it leads anywhere; return how many there are."""
    if xy[k, 0] == xy[m, 0]:
        return n
    _put(row, n, xy, k, m, sign, owner)
    row[n, RUN] = 1.0
    return n + 1


@bare
def _gather_one(
    field: Field, i: int, x1: float, y1: float, x2: float, y2: float, out: Floats, n: int
) -> int:
    """Write the edges of polygon i in or above a box; return how many there are then, or NO_ROOM.

    What is above the box as a whole is one run from where it begins to where it ends.
    """
    xy, index = field.xy, field.blocks
    for chain in range(index.zones[i], index.zones[i + 1]):
        if _beside(index.chain_boxes, chain, x1, y1, x2):
            continue
        sign = index.chain_signs[chain]
        first, last = index.chain_blocks[chain, 0], index.chain_blocks[chain, 1]
        if n + 1 >= len(out):
            return NO_ROOM
        if index.chain_boxes[chain, 1] > y2:
            n = _put_run(out, n, xy, index.edges[first, 0], index.edges[last - 1, 1], sign, i)
            continue
        for block in range(first, last):
            if _beside(index.boxes, block, x1, y1, x2):
                continue
            start, stop = index.edges[block, 0], index.edges[block, 1]
            if n + stop - start >= len(out):
                return NO_ROOM
            if index.boxes[block, 1] > y2:
                n = _put_run(out, n, xy, start, stop, sign, i)
            else:
                n = _gather_edges(xy, start, stop, sign, i, x1, y1, x2, out, n)
    return n


@bare
def _gather_edges(
    xy: Floats,
    start: int,
    stop: int,
    sign: float,
    owner: int,
    x1: float,
    y1: float,
    x2: float,
    out: Floats,
    n: int,
) -> int:
    """Write the edges of a block that are in or above a box."""
    for k in range(start, stop):
        ax, bx = xy[k, 0], xy[k + 1, 0]
        if ax == bx or max(ax, bx) <= x1 or min(ax, bx) >= x2:
            continue
        if max(xy[k, 1], xy[k + 1, 1]) >= y1:
            _put(out, n, xy, k, k + 1, sign, owner)
            n += 1
    return n


@bare
def _covers(rows: Floats, first: int, last: int, x1: float, x2: float) -> bool:
    """Tell whether rows of one polygon are runs that put all of the x-range inside."""
    count = 0.0
    for j in range(first, last):
        if rows[j, RUN] == 0.0 or rows[j, X1] > x1 or rows[j, X2] < x2:
            return False
        count += rows[j, SIGN]
    return count > 0.5


@bare
def gather_all(
    field: Field, boxes: Floats, b: int, but: int, stack: Ints, near: Ints, out: Floats, whole: bool
) -> int:
    """Write the edges of all polygons around box b; return how many, NO_ROOM or COVERED.

    Parameters
    ----------
    boxes : numpy.ndarray of float, shape (m, 4)
        Of blocks, relative to the field's origin.
    but : int
        A polygon to leave out; -1: none.
    stack, near : numpy.ndarray of int
        Scratch: from :func:`geo.measure.edges.tree.new_stack`, and for polygons around the box.
    out : numpy.ndarray of float, shape (m, COLUMNS)
        Takes the edges.
    whole : bool
        Stop at a polygon that covers the box: COVERED.
    """
    x1, y1, x2, y2 = boxes[b, 0], boxes[b, 1], boxes[b, 2], boxes[b, 3]
    many = meeting(field.tree, x1, y1, x2, y2, stack, near)
    if many > len(near):
        return NO_ROOM
    n = 0
    for k in range(many):
        if near[k] == but:
            continue
        last = _gather_one(field, near[k], x1, y1, x2, y2, out, n)
        if last == NO_ROOM:
            return NO_ROOM
        if whole and _covers(out, n, last, x1, x2):
            return COVERED
        n = last
    return n


@bare
def near_edges(xy: Floats, first: int, last: int, rows: Floats, n: int, out: Floats) -> int:
    """Write those of n rows that are in or above the edges first to last - 1; return how many.

    Parameters
    ----------
    rows, out : numpy.ndarray of float, shape (m, COLUMNS)
    """
    x1, y1, x2, y2 = np.inf, np.inf, -np.inf, -np.inf
    for k in range(first, last + 1):
        x1, x2 = min(x1, xy[k, 0]), max(x2, xy[k, 0])
        y1, y2 = min(y1, xy[k, 1]), max(y2, xy[k, 1])
    found = 0
    for j in range(n):
        if rows[j, X2] <= x1 or rows[j, X1] >= x2:
            continue
        above = rows[j, RUN] != 0.0 or min(rows[j, Y1], rows[j, Y2]) > y2
        if above or max(rows[j, Y1], rows[j, Y2]) >= y1:
            for c in range(COLUMNS):
                out[found, c] = rows[j, c]
            out[found, RUN] = 1.0 if above else 0.0
            found += 1
    return found
