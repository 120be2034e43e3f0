"""Kernels of :mod:`geo.measure.edges.nearest`: how far apart shapes are, squared metres."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geo.measure.edges.bare import bare
from geo.measure.edges.blocks import Blocks
from geo.measure.edges.compiled import compiled
from geo.measure.edges.tree import FAN, Tree
from geo.measure.zones import Floats, Ints

SLACK = 1.0 + 1e-12
"""A box farther than this times the best squared distance holds nothing nearer."""
NOBODY = np.iinfo(np.int64).max
"""An index after all others."""


class Shapes(NamedTuple):
    """Features of any kind, as the kernels take them.

    Attributes
    ----------
    xy : numpy.ndarray of float, shape (v, 2)
    parts, geoms : numpy.ndarray of int
        As in :class:`geo.measure.edges.flat.Flat`: parts are rings, lines or single points.
    boxes : numpy.ndarray of float, shape (n, 4)
    step : int
        An edge goes from vertex k to vertex k + step: 1, and 0 for points.
    filled : bool
        Polygons.
    """

    xy: Floats
    parts: Ints
    geoms: Ints
    boxes: Floats
    step: int
    filled: bool


class Targets(NamedTuple):
    """Targets ready to be searched; threads share them.

    Attributes
    ----------
    xy : numpy.ndarray of float, shape (v, 2)
    step : int
        As in :class:`Shapes`.
    runs : numpy.ndarray of int, shape (r, 2)
        A run has the edges that begin at runs[i, 0] to runs[i, 1] - 1.
    owners : numpy.ndarray of int, shape (v,)
        The target of each vertex.
    edges : Tree
        Over the runs.
    filled : bool
        Polygons: `whole` and `blocks` say what is inside.
    whole : Tree
        Over the polygons' boxes.
    blocks : Blocks
        Of the polygons' edges.
    """

    xy: Floats
    step: int
    runs: Ints
    owners: Ints
    edges: Tree
    filled: bool
    whole: Tree
    blocks: Blocks


class Best(NamedTuple):
    """The nearest target so far: squared distance, index, and the vertex where its edge begins."""

    square: float
    owner: int
    edge: int


@bare
def _settled(best: Best, enough: float) -> bool:
    """Tell whether the search may end."""
    return best.owner < NOBODY and best.square <= enough


@bare
def _box_gap(a: Floats, i: int, x1: float, y1: float, x2: float, y2: float) -> float:
    """Return the squared distance of box i from another box."""
    dx = max(0.0, x1 - a[i, 2], a[i, 0] - x2)
    dy = max(0.0, y1 - a[i, 3], a[i, 1] - y2)
    return float(dx * dx + dy * dy)


@bare
def _gap_of_boxes(a: Floats, i: int, b: Floats, k: int) -> float:
    """Return the squared distance of box i of `a` from box k of `b`."""
    return _box_gap(a, i, b[k, 0], b[k, 1], b[k, 2], b[k, 3])


@bare
def _point_edge(px: float, py: float, ax: float, ay: float, bx: float, by: float) -> float:
    """Return the squared distance of a point from an edge."""
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    along = ((px - ax) * dx + (py - ay) * dy) / length if length > 0.0 else 0.0
    along = min(1.0, max(0.0, along))
    ex, ey = px - ax - along * dx, py - ay - along * dy
    return ex * ex + ey * ey


@bare
def _cross(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> bool:
    """Tell whether a point lies to the left of the line through an edge."""
    return (bx - ax) * (py - ay) - (by - ay) * (px - ax) > 0.0


@bare
def _edge_edge(
    ax: float, ay: float, bx: float, by: float, cx: float, cy: float, dx: float, dy: float
) -> float:
    """Return the squared distance of two edges: 0 where they cross."""
    if _cross(ax, ay, bx, by, cx, cy) != _cross(ax, ay, bx, by, dx, dy) and _cross(
        cx, cy, dx, dy, ax, ay
    ) != _cross(cx, cy, dx, dy, bx, by):
        return 0.0
    return min(
        min(_point_edge(ax, ay, cx, cy, dx, dy), _point_edge(bx, by, cx, cy, dx, dy)),
        min(_point_edge(cx, cy, ax, ay, bx, by), _point_edge(dx, dy, ax, ay, bx, by)),
    )


@bare
def _shape_edge(
    shapes: Shapes, i: int, cx: float, cy: float, dx: float, dy: float, limit: float
) -> float:
    """Return the least squared distance of shape i's edges from an edge; inf: beyond `limit`."""
    xy, parts, step = shapes.xy, shapes.parts, shapes.step
    first, last = shapes.geoms[i], shapes.geoms[i + 1]
    if step == 0:
        return _point_edge(xy[parts[first], 0], xy[parts[first], 1], cx, cy, dx, dy)
    x1, x2, y1, y2 = min(cx, dx), max(cx, dx), min(cy, dy), max(cy, dy)
    least = np.inf
    for part in range(first, last):
        for k in range(parts[part], parts[part + 1] - 1):
            ax, ay, bx, by = xy[k, 0], xy[k, 1], xy[k + 1, 0], xy[k + 1, 1]
            gx = max(0.0, x1 - max(ax, bx), min(ax, bx) - x2)
            gy = max(0.0, y1 - max(ay, by), min(ay, by) - y2)
            if gx * gx + gy * gy <= min(limit, least) * SLACK:
                least = min(least, _edge_edge(ax, ay, bx, by, cx, cy, dx, dy))
    return least


@bare
def _in_box(boxes: Floats, i: int, x: float, y: float) -> bool:
    """Tell whether a point lies in box i."""
    return bool(boxes[i, 0] <= x <= boxes[i, 2] and boxes[i, 1] <= y <= boxes[i, 3])


@bare
def _parity(xy: Floats, first: int, last: int, x: float, y: float) -> bool:
    """Tell whether the ray eastwards from a point meets an odd number of edges."""
    odd = False
    for k in range(first, last):
        ax, ay, bx, by = xy[k, 0], xy[k, 1], xy[k + 1, 0], xy[k + 1, 1]
        if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
            odd = not odd
    return odd


@bare
def _in_shape(shapes: Shapes, i: int, x: float, y: float) -> bool:
    """Tell whether a point lies in polygon i."""
    if not _in_box(shapes.boxes, i, x, y):
        return False
    odd: bool = False
    for part in range(shapes.geoms[i], shapes.geoms[i + 1]):
        odd ^= _parity(shapes.xy, shapes.parts[part], shapes.parts[part + 1] - 1, x, y)
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
                odd ^= _parity(xy, blocks.edges[block, 0], blocks.edges[block, 1], x, y)
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
            if not _in_box(whole.boxes, b, x, y):
                continue
            if level > 0:
                stack[top, 0], stack[top, 1] = level, b - base
                top += 1
            elif whole.items[b] < first and in_polygon(xy, blocks, whole.items[b], x, y):
                first = whole.items[b]
    return first


@bare
def _held(shapes: Shapes, i: int, targets: Targets, stack: Ints) -> int:
    """Return the first target that a part of shape i begins in; NOBODY if there is none."""
    first = NOBODY
    for part in range(shapes.geoms[i], shapes.geoms[i + 1]):
        k = shapes.parts[part]
        x, y = shapes.xy[k, 0], shapes.xy[k, 1]
        first = min(first, holder(targets.whole, targets.blocks, targets.xy, x, y, stack))
    return first


@bare
def _try_edge(shapes: Shapes, i: int, targets: Targets, k: int, alone: bool, best: Best) -> Best:
    """Return the better of what was found so far and the edge that begins at vertex k.

    Parameters
    ----------
    alone : bool
        Nothing else tells whether the edge's part lies wholly in the shape.
    """
    owner = targets.owners[k]
    if best.square == 0.0 and owner >= best.owner:
        return best
    cx, cy = targets.xy[k, 0], targets.xy[k, 1]
    dx, dy = targets.xy[k + targets.step, 0], targets.xy[k + targets.step, 1]
    if alone and shapes.filled and _in_shape(shapes, i, cx, cy):
        return Best(0.0, owner, k)
    square = _shape_edge(shapes, i, cx, cy, dx, dy, best.square)
    if square < best.square or (square == best.square and owner < best.owner):
        return Best(square, owner, k)
    return best


@bare
def _try_run(shapes: Shapes, i: int, targets: Targets, run: int, best: Best) -> Best:
    """Return the better of what was found so far and the edges of a run."""
    xy, step, box = targets.xy, targets.step, shapes.boxes
    first, last = targets.runs[run, 0], targets.runs[run, 1]
    for k in range(first, last):
        ax, ay, bx, by = xy[k, 0], xy[k, 1], xy[k + step, 0], xy[k + step, 1]
        gap = _box_gap(box, i, min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))
        if gap <= best.square * SLACK:
            best = _try_edge(shapes, i, targets, k, step == 0 or k == first, best)
    return best


@bare
def _push(
    index: Tree,
    level: int,
    node: int,
    box: Floats,
    i: int,
    bound: float,
    stack: Ints,
    gaps: Floats,
    top: int,
) -> int:
    """Put the children of a node on the stack, the nearest on top; return the new top."""
    base = index.levels[level]
    start = top
    for k in range(node * FAN, min((node + 1) * FAN, index.levels[level + 1] - base)):
        gap = _gap_of_boxes(box, i, index.boxes, base + k)
        if gap > bound:
            continue
        at = top
        while at > start and gaps[at - 1] < gap:
            gaps[at], stack[at, 0], stack[at, 1] = gaps[at - 1], stack[at - 1, 0], stack[at - 1, 1]
            at -= 1
        gaps[at], stack[at, 0], stack[at, 1] = gap, level, k
        top += 1
    return top


@bare
def _walk(
    shapes: Shapes, i: int, targets: Targets, enough: float, best: Best, stack: Ints, gaps: Floats
) -> Best:
    """Return the nearest of all targets, or the first found that is near enough."""
    index = targets.edges
    top = _push(
        index, len(index.levels) - 2, 0, shapes.boxes, i, best.square * SLACK, stack, gaps, 0
    )
    while top > 0 and not _settled(best, enough):
        top -= 1
        bound = best.square * SLACK
        if gaps[top] > bound:
            continue
        level, node = stack[top, 0], stack[top, 1]
        if level == 0:
            best = _try_run(shapes, i, targets, index.items[node], best)
        else:
            top = _push(index, level - 1, node, shapes.boxes, i, bound, stack, gaps, top)
    return best


@compiled
def search_chunk(
    order: Ints,
    shapes: Shapes,
    targets: Targets,
    limit: float,
    enough: float,
    square: Floats,
    index: Ints,
    stack: Ints,
    gaps: Floats,
) -> None:
    """Write the answers of the features `order`, in that order; see `nearest.search`.

    `stack` and `gaps` are scratch: from :func:`geo.measure.edges.tree.new_stack`, and as long.
    """
    seed = -1
    for i in order:
        best = Best(limit, NOBODY, seed)
        if targets.filled:
            held = _held(shapes, i, targets, stack)
            if held < NOBODY:
                best = Best(0.0, held, seed)
        if seed >= 0 and not _settled(best, enough):
            best = _try_edge(shapes, i, targets, seed, False, best)
        if not _settled(best, enough):
            best = _walk(shapes, i, targets, enough, best, stack, gaps)
        if best.owner < NOBODY:
            square[i], index[i], seed = best.square, best.owner, best.edge


@compiled
def box_runs(xy: Floats, runs: Ints, step: int, out: Floats) -> None:
    """Write the box of each run of edges, shape (r, 4)."""
    for i in range(len(runs)):
        west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
        for k in range(runs[i, 0], runs[i, 1] + step):
            west, south = min(west, xy[k, 0]), min(south, xy[k, 1])
            east, north = max(east, xy[k, 0]), max(north, xy[k, 1])
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = west, south, east, north
