r"""The distance from each feature to the nearest of other features.

The distance between two shapes is 0 where one holds a point of the other, and else the least
distance between a vertex of one and an edge of the other. The targets' edges (points are edges
without length) are cut into runs of sixteen, with a packed tree over the runs' boxes
(:mod:`geo.measure.edges.runs`). Features are asked along a curve that keeps neighbours together,
a group at a time (:mod:`geo.measure.edges.search`); what was nearest to the one before is a good
bound already.

Where several targets are equally near, the first of them is the answer: pairs of distance and
index are compared, and a box is left out only when it is farther. So the answer depends neither
on the order of the search nor on the number of cores.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from geo.measure.edges.apart import Shapes, Targets
from geo.measure.edges.blocks import blocks
from geo.measure.edges.flat import Flat, FlatLines
from geo.measure.edges.group import new_room
from geo.measure.edges.runs import runs
from geo.measure.edges.search import search_chunk
from geo.measure.edges.threads import cut, each
from geo.measure.edges.tree import morton_order, tree
from geo.measure.reach import Nearest
from geo.measure.zones import Floats, Ints

Features = Flat | FlatLines | Floats
"""Polygons, lines, or points of shape (n, 2); EPSG:2180, metres."""


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
    shapes, others = shapes_of(features), targets_of(targets)
    square = np.full(len(shapes.boxes), np.inf)
    index = np.full(len(square), -1, dtype=np.int64)
    if limit_m >= 0:
        search(shapes, others, squared(limit_m), square, index)
    return Nearest(np.sqrt(square), index)


def search(shapes: Shapes, targets: Targets, limit: float, square: Floats, index: Ints) -> None:
    """Write the squared distance and the index of the nearest target of each feature.

    Parameters
    ----------
    limit : float
        Squared metres; what is farther is left as it was in `square` and `index`.
    square, index : numpy.ndarray, shape (n,)
        Take the answers.
    """
    by_chunks(
        shapes,
        targets,
        lambda order: search_chunk(order, shapes, targets, limit, square, index, new_room()),
    )


def by_chunks(shapes: Shapes, targets: Targets, search: Callable[[Ints], None]) -> None:
    """Search for all features that are not empty, along a curve, on all cores."""
    some = np.flatnonzero(shapes.boxes[:, 0] <= shapes.boxes[:, 2])
    order = some[morton_order(shapes.boxes[some])]
    if len(targets.runs.ends):
        each(lambda a, b: search(order[a:b]), cut(len(order)))


def squared(metres: float) -> float:
    """Return the greatest number whose root is no greater than a distance.

    The square of a distance may be rounded to less than a square that has the distance for its
    root: what is exactly as far would be left out.
    """
    square = float(metres) * float(metres)
    while math.sqrt(square) > metres:
        square = math.nextafter(square, 0.0)
    while math.sqrt(math.nextafter(square, math.inf)) <= metres < math.inf:
        square = math.nextafter(square, math.inf)
    return square


def shapes_of(features: Features) -> Shapes:
    """Return features of any kind as the kernels take them."""
    if isinstance(features, Flat):
        return Shapes(features.xy, features.rings, features.geoms, features.boxes, True)
    if isinstance(features, FlatLines):
        return Shapes(features.xy, features.parts, features.geoms, features.boxes, False)
    xy = np.ascontiguousarray(features, dtype=np.float64)
    each_one = np.arange(len(xy) + 1)
    return Shapes(xy, each_one, each_one, np.hstack([xy, xy]), False)


def targets_of(features: Features) -> Targets:
    """Return features of any kind ready to be searched."""
    shapes, loose = shapes_of(features), not isinstance(features, Flat | FlatLines)
    flat = features if isinstance(features, Flat) else _NOTHING
    xy, parts = shapes.xy, shapes.parts
    owners = np.repeat(np.arange(len(shapes.boxes)), np.diff(parts[shapes.geoms]))
    if loose:  # neighbours in a run are to be near each other
        owners = morton_order(shapes.boxes)
        xy, parts = np.ascontiguousarray(xy[owners]), np.array([0, len(xy)])
    found = runs(xy, parts, closed=shapes.filled, loose=loose)
    return Targets(
        xy, found, loose, owners, shapes.filled, flat.boxes, tree(flat.boxes), blocks(flat)
    )


_NOTHING = Flat(
    np.empty((0, 2)), np.zeros(1, np.int64), np.zeros(1, np.int64),
    np.empty(0), np.empty(0), np.empty((0, 4)),
)  # fmt: skip
