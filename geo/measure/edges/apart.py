"""Kernels of :mod:`geo.measure.edges.nearest`: how far apart shapes are, squared metres.

Two shapes that do not cross are as far apart as a vertex of one and an edge of the other. For an
edge of the feature and a run of the targets' edges, what begins either is measured against the
other; what ends it is what begins the next. The squares of a whole run are first told to a few
roundings, in one loop without a branch; those that may be the least are computed again, each with
one division alone, so that distances equal on paper are equal as numbers wherever coordinates
leave nothing to round.

No square is less than that of the boxes' distance, which never errs in their order: what is left
out because its box is too far could not have been the answer, whichever way the search went.
"""

from __future__ import annotations

from typing import NamedTuple

from geo.measure.edges.bare import bare, inlined
from geo.measure.edges.blocks import Blocks
from geo.measure.edges.inside import NOBODY, holder, in_box, in_polygon, parity
from geo.measure.edges.runs import EDGES, Runs
from geo.measure.edges.tree import Tree
from geo.measure.zones import Floats, Ints

ROUNDING = 1.0 + 1e-14
"""A square told to a few roundings is at most this times what it is."""
CROSSING = -1.0
"""Told in place of a square."""


class Shapes(NamedTuple):
    """Features of any kind, as the kernels take them.

    Attributes
    ----------
    xy : numpy.ndarray of float, shape (v, 2)
    parts, geoms : numpy.ndarray of int
        As in :class:`geo.measure.edges.flat.Flat`: parts are rings, lines or single points.
    boxes : numpy.ndarray of float, shape (n, 4)
    filled : bool
        Polygons.
    """

    xy: Floats
    parts: Ints
    geoms: Ints
    boxes: Floats
    filled: bool


class Targets(NamedTuple):
    """Targets ready to be searched; threads share them.

    Attributes
    ----------
    xy : numpy.ndarray of float, shape (v, 2)
    runs : Runs
        Of their edges.
    loose : bool
        Points: the vertices of a run are of different targets.
    owners : numpy.ndarray of int, shape (v,)
        The target of each vertex.
    filled : bool
        Polygons: `boxes`, `whole` and `blocks` say what is inside.
    boxes : numpy.ndarray of float, shape (k, 4)
        Of the polygons.
    whole : Tree
        Over them.
    blocks : Blocks
        Of the polygons' edges.
    """

    xy: Floats
    runs: Runs
    loose: bool
    owners: Ints
    filled: bool
    boxes: Floats
    whole: Tree
    blocks: Blocks


class Best(NamedTuple):
    """The nearest target so far: squared distance, index, and the vertex where its edge begins."""

    square: float
    owner: int
    edge: int


@bare
def _point_edge(px: float, py: float, ax: float, ay: float, bx: float, by: float) -> float:
    """Return the squared distance of a point from an edge."""
    dx, dy, ex, ey = bx - ax, by - ay, px - ax, py - ay
    length, along = dx * dx + dy * dy, ex * dx + ey * dy
    if along <= 0.0:
        return ex * ex + ey * ey
    if along >= length:
        return (px - bx) * (px - bx) + (py - by) * (py - by)
    side = ex * dy - ey * dx
    return side * side / length


@bare
def _square(edges: Floats, run: int, k: int, ax: float, ay: float, bx: float, by: float) -> float:
    """Return what :func:`_squares` writes of edge k, with no more than one rounding of a ratio."""
    cx, cy, dx, dy = edges[run, 0, k], edges[run, 1, k], edges[run, 2, k], edges[run, 3, k]
    return min(_point_edge(cx, cy, ax, ay, bx, by), _point_edge(ax, ay, cx, cy, dx, dy))


@inlined
def _squares(
    edges: Floats, run: int, ax: float, ay: float, bx: float, by: float, out: Floats
) -> float:
    """Write the squared distances of beginnings from the other edge; return the least of them.

    Those of an edge (a, b) and of each edge of a run: a from the edge, and its begin from (a, b).
    """
    fx, fy = bx - ax, by - ay
    length = fx * fx + fy * fy
    inverse = 1.0 / length if length > 0.0 else 0.0
    for k in range(EDGES):
        cx, cy, dx, dy = edges[run, 0, k], edges[run, 1, k], edges[run, 2, k], edges[run, 3, k]
        px, py, qx, qy, ex, ey = cx - ax, cy - ay, cx - bx, cy - by, dx - cx, dy - cy
        begin, along, side = px * px + py * py, px * fx + py * fy, px * fy - py * fx
        end = qx * qx + qy * qy
        one = begin if along <= 0.0 else (end if along >= length else side * side * inverse)
        size, along, side = ex * ex + ey * ey, -(px * ex + py * ey), px * ey - py * ex
        end = (ax - dx) * (ax - dx) + (ay - dy) * (ay - dy)
        other = begin if along <= 0.0 else (end if along >= size else side * side / size)
        out[k] = min(one, other)
    return _least(out)


@bare
def _least(squares: Floats) -> float:
    """Return the least of EDGES numbers, of four side by side."""
    a, b, c, d = squares[0], squares[1], squares[2], squares[3]
    for k in range(4, EDGES, 4):
        a, b = min(a, squares[k]), min(b, squares[k + 1])
        c, d = min(c, squares[k + 2]), min(d, squares[k + 3])
    return float(min(min(a, b), min(c, d)))


@bare
def _cross(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> bool:
    """Tell whether a point lies to the left of the line through an edge."""
    return (bx - ax) * (py - ay) - (by - ay) * (px - ax) > 0.0


@inlined
def _mark_crossings(
    edges: Floats, run: int, ax: float, ay: float, bx: float, by: float, out: Floats
) -> float:
    """Write CROSSING for each edge of a run that crosses an edge; return the least number."""
    for k in range(EDGES):
        cx, cy, dx, dy = edges[run, 0, k], edges[run, 1, k], edges[run, 2, k], edges[run, 3, k]
        over = _cross(ax, ay, bx, by, cx, cy) != _cross(ax, ay, bx, by, dx, dy)
        under = _cross(cx, cy, dx, dy, ax, ay) != _cross(cx, cy, dx, dy, bx, by)
        out[k] = CROSSING if over & under else out[k]
    return _least(out)


@inlined
def _edge_run(
    targets: Targets,
    run: int,
    gap: float,
    ax: float,
    ay: float,
    bx: float,
    by: float,
    best: Best,
    out: Floats,
) -> Best:
    """Return the better of what was found so far and a run as seen from an edge.

    `gap` is the squared distance of their boxes.
    """
    edges, ends = targets.runs.edges, targets.runs.ends
    least = _squares(edges, run, ax, ay, bx, by, out)
    if gap == 0.0:
        least = _mark_crossings(edges, run, ax, ay, bx, by, out)
    if least > best.square * ROUNDING:
        return best
    first, cut = ends[run, 0], max(gap, least) * ROUNDING
    for k in range(ends[run, 1] - first):
        if out[k] > cut:
            continue
        square = 0.0 if out[k] < 0.0 else max(gap, _square(edges, run, k, ax, ay, bx, by))
        owner = targets.owners[first + k]
        if square < best.square or (square == best.square and owner < best.owner):
            best = Best(square, owner, first + k)
    return best


@inlined
def _in_shape(shapes: Shapes, i: int, x: float, y: float) -> bool:
    """Tell whether a point lies in polygon i."""
    if not in_box(shapes.boxes, i, x, y):
        return False
    odd: bool = False
    for part in range(shapes.geoms[i], shapes.geoms[i + 1]):
        odd ^= parity(shapes.xy, shapes.parts[part], shapes.parts[part + 1] - 1, x, y)
    return odd


@inlined
def _swallowed(shapes: Shapes, i: int, targets: Targets, run: int, best: Best) -> Best:
    """Return the better of what was found so far and what of a run lies in polygon i.

    Of a target's part that lies wholly in a shape, no edge is near one of the shape's.
    """
    first, last = targets.runs.ends[run, 0], targets.runs.ends[run, 1]
    for k in range(first, last if targets.loose else first + 1):
        owner = targets.owners[k]
        if best.square == 0.0 and owner >= best.owner:
            continue
        if _in_shape(shapes, i, targets.xy[k, 0], targets.xy[k, 1]):
            best = Best(0.0, owner, k)
    return best


@inlined
def try_run(shapes: Shapes, i: int, targets: Targets, run: int, best: Best, out: Floats) -> Best:
    """Return the better of what was found so far and the edges of a run.

    Parameters
    ----------
    shapes : Shapes
        The feature is shape i.
    best : Best
        What is farther is not looked at; NOBODY: its distance is a limit alone.
    out : numpy.ndarray of float, shape (EDGES,)
        Scratch.
    """
    if shapes.filled:
        best = _swallowed(shapes, i, targets, run, best)
    xy, parts, box = shapes.xy, shapes.parts, targets.runs.tree.boxes
    x1, y1, x2, y2 = box[run, 0], box[run, 1], box[run, 2], box[run, 3]
    for part in range(shapes.geoms[i], shapes.geoms[i + 1]):
        stop = parts[part + 1]
        bx, by = xy[parts[part], 0], xy[parts[part], 1]
        for j in range(parts[part], stop - shapes.filled):
            m = min(j + 1, stop - 1)
            ax, ay, bx, by = bx, by, xy[m, 0], xy[m, 1]
            dx = max(0.0, x1 - max(ax, bx), min(ax, bx) - x2)
            dy = max(0.0, y1 - max(ay, by), min(ay, by) - y2)
            gap = dx * dx + dy * dy
            if gap <= best.square:
                best = _edge_run(targets, run, gap, ax, ay, bx, by, best, out)
    return best


@inlined
def held(shapes: Shapes, i: int, targets: Targets, near: Ints, count: int, stack: Ints) -> int:
    """Return the first target that a part of shape i begins in; NOBODY if there is none.

    Parameters
    ----------
    near : numpy.ndarray of int, shape (m,)
        Targets: no other than the first `count` holds any of the shape; if more than m, all are
        asked.
    stack : numpy.ndarray of int
        Scratch: from :func:`geo.measure.edges.tree.new_stack`.
    """
    first = NOBODY
    for part in range(shapes.geoms[i], shapes.geoms[i + 1]):
        k = shapes.parts[part]
        x, y = shapes.xy[k, 0], shapes.xy[k, 1]
        if count > len(near):
            first = min(first, holder(targets.whole, targets.blocks, targets.xy, x, y, stack))
            continue
        for n in range(count):
            target = near[n]
            if target >= first or not in_box(targets.boxes, target, x, y):
                continue
            if in_polygon(targets.xy, targets.blocks, target, x, y):
                first = target
    return first
