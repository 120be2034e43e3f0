r"""The distance from each feature to the nearest of other features.

The distance between two shapes is 0 where one holds a point of the other, and else the least
distance between an edge of one and an edge of the other. The targets' edges (points are edges
without length) are cut into runs of eight, with a packed tree over the runs' boxes. A feature
walks the tree, nearer boxes first, and leaves out whatever is farther than the best so far; it
begins with the edge that was nearest to its neighbour, which is a good bound already.

Where several targets are equally near, the first of them is the answer: pairs of distance and
index are compared, and a box is left out only when it is farther by more than rounding. So the
answer depends neither on the order of the walk nor on the number of cores.
"""

from __future__ import annotations

import numpy as np

from geo.measure.edges.apart import Shapes, Targets, box_runs, search_chunk
from geo.measure.edges.blocks import blocks
from geo.measure.edges.flat import Flat, FlatLines
from geo.measure.edges.threads import cut, each
from geo.measure.edges.tree import morton_order, new_stack, tree
from geo.measure.reach import Nearest
from geo.measure.zones import Floats, Ints

Features = Flat | FlatLines | Floats
"""Polygons, lines, or points of shape (n, 2); EPSG:2180, metres."""

EDGES = 8
"""Edges of a run: the tree ends there."""


def nearest(features: Features, targets: Features, *, limit_m: float = np.inf) -> Nearest:
    """Return the distance from each feature to the nearest target, and which that is.

    Parameters
    ----------
    features : Flat, FlatLines or numpy.ndarray of float, shape (n, 2)
        Polygons, lines or points.
    targets : Flat, FlatLines or numpy.ndarray of float, shape (k, 2)
        Polygons, lines or points.
    limit_m : float
        Targets farther than this are not looked for: a small limit saves much of the work.
    """
    shapes = shapes_of(features)
    square = np.full(len(shapes.boxes), np.inf)
    index = np.full(len(square), -1, dtype=np.int64)
    if limit_m >= 0:
        search(shapes, targets_of(targets), limit_m * limit_m, -1.0, square, index)
    return Nearest(np.sqrt(square), index)


def search(
    shapes: Shapes, targets: Targets, limit: float, enough: float, square: Floats, index: Ints
) -> None:
    """Write the squared distance and the index of the nearest target of each feature.

    Parameters
    ----------
    limit : float
        Squared metres; what is farther is left as it was in `square` and `index`.
    enough : float
        Squared metres: the first target found that is this near is the answer; -1: the nearest.
    square, index : numpy.ndarray, shape (n,)
        Take the answers.
    """
    limit, enough = float(limit), float(enough)  # a kernel for each type would be compiled
    some = np.flatnonzero(shapes.boxes[:, 0] <= shapes.boxes[:, 2])
    order = some[morton_order(shapes.boxes[some])]
    if len(targets.runs):
        each(
            lambda a, b: _search(order[a:b], shapes, targets, limit, enough, square, index),
            cut(len(order)),
        )


def _search(
    order: Ints,
    shapes: Shapes,
    targets: Targets,
    limit: float,
    enough: float,
    square: Floats,
    index: Ints,
) -> None:
    stack = new_stack()
    gaps = np.empty(len(stack))
    search_chunk(order, shapes, targets, limit, enough, square, index, stack, gaps)


def shapes_of(features: Features) -> Shapes:
    """Return features of any kind as the kernels take them."""
    if isinstance(features, Flat):
        return Shapes(features.xy, features.rings, features.geoms, features.boxes, 1, True)
    if isinstance(features, FlatLines):
        return Shapes(features.xy, features.parts, features.geoms, features.boxes, 1, False)
    xy = np.ascontiguousarray(features, dtype=np.float64)
    each_one = np.arange(len(xy) + 1)
    return Shapes(xy, each_one, each_one, np.hstack([xy, xy]), 0, False)


def targets_of(features: Features) -> Targets:
    """Return features of any kind ready to be searched."""
    shapes = shapes_of(features)
    flat = features if isinstance(features, Flat) else _NOTHING
    xy, owners = shapes.xy, np.repeat(np.arange(len(shapes.boxes)), _vertices(shapes))
    if shapes.step == 0:  # neighbours in a run are to be near each other
        owners = morton_order(shapes.boxes)
        xy = np.ascontiguousarray(xy[owners])
        runs = _runs(np.array([0, len(xy)]))
    else:
        runs = _runs(shapes.parts, 1)
    over = tree(_boxes(xy, runs, shapes.step))
    return Targets(
        xy, shapes.step, runs, owners, over, shapes.filled, tree(flat.boxes), blocks(flat)
    )


_NOTHING = Flat(
    np.empty((0, 2)), np.zeros(1, np.int64), np.zeros(1, np.int64),
    np.empty(0), np.empty(0), np.empty((0, 4)),
)  # fmt: skip


def _vertices(shapes: Shapes) -> Ints:
    """Return the number of vertices of each feature."""
    return np.diff(shapes.parts[shapes.geoms])


def _runs(parts: Ints, step: int = 0) -> Ints:
    """Return the first and the end vertex of each run of at most EDGES edges of one part."""
    edges = np.maximum(np.diff(parts) - step, 0)
    many = -(-edges // EDGES)
    part = np.repeat(np.arange(len(many)), many)
    place = np.arange(len(part)) - np.repeat(np.cumsum(many) - many, many)
    first = parts[:-1][part] + place * EDGES
    return np.stack([first, np.minimum(first + EDGES, (parts[:-1] + edges)[part])], axis=1)


def _boxes(xy: Floats, runs: Ints, step: int) -> Floats:
    out = np.empty((len(runs), 4))
    box_runs(xy, runs, step, out)
    return out
