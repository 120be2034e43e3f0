"""Edges in runs of sixteen: what distances are computed to, all of a run at once.

A run's edges lie side by side in memory by coordinate, so that one instruction of the processor
takes several of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geo.measure.edges.compiled import compiled
from geo.measure.edges.tree import Tree, tree
from geo.measure.zones import Floats, Ints

EDGES = 16
"""Edges of a run: two wide registers of the processor for each coordinate."""


class Runs(NamedTuple):
    """Runs of edges in the order of their tree: run i is its leaf i.

    A line's last vertex is an edge of its own, without length, and so is a point.

    Attributes
    ----------
    ends : numpy.ndarray of int, shape (r, 2)
        A run has the edges that begin at the vertices ends[i, 0] to ends[i, 1] - 1.
    edges : numpy.ndarray of float, shape (r, 4, EDGES)
        x and y of where each edge begins, x and y of where it ends; the last one repeated.
    tree : Tree
    """

    ends: Ints
    edges: Floats
    tree: Tree


def runs(xy: Floats, parts: Ints, *, closed: bool, loose: bool) -> Runs:
    """Return the runs of all parts.

    Parameters
    ----------
    xy : numpy.ndarray of float, shape (v, 2)
    parts : numpy.ndarray of int, shape (p + 1,)
        Part i has the vertices parts[i] to parts[i + 1] - 1; no run leaves its part.
    closed : bool
        A part's last vertex is its first: no edge begins there.
    loose : bool
        Vertices are points: no edge leads from one to the next.
    """
    slots = np.maximum(np.diff(parts) - closed, 0)
    many = -(-slots // EDGES)
    part = np.repeat(np.arange(len(many)), many)
    place = np.arange(len(part)) - np.repeat(np.cumsum(many) - many, many)
    first = parts[:-1][part] + place * EDGES
    stop = (parts[:-1] + slots)[part]
    ends = np.stack([first, np.minimum(first + EDGES, stop)], axis=1)
    last = parts[1:][part] - 1
    step = 0 if loose else 1
    boxes = np.empty((len(ends), 4))
    _bound(xy, ends, last, step, boxes)
    over = tree(boxes)
    ends = ends[over.items]
    edges = np.empty((len(ends), 4, EDGES))
    _pack(xy, ends, last[over.items], step, edges)
    return Runs(ends, edges, over)


@compiled
def _bound(xy: Floats, ends: Ints, last: Ints, step: int, out: Floats) -> None:
    """Write the box of each run; `last` is the last vertex of its part."""
    for i in range(len(ends)):
        west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
        for k in range(ends[i, 0], min(ends[i, 1] - 1 + step, last[i]) + 1):
            west, south = min(west, xy[k, 0]), min(south, xy[k, 1])
            east, north = max(east, xy[k, 0]), max(north, xy[k, 1])
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = west, south, east, north


@compiled
def _pack(xy: Floats, ends: Ints, last: Ints, step: int, out: Floats) -> None:
    """Write the edges of each run side by side."""
    for i in range(len(ends)):
        for k in range(EDGES):
            a = min(ends[i, 0] + k, ends[i, 1] - 1)
            b = min(a + step, last[i])
            out[i, 0, k], out[i, 1, k] = xy[a, 0], xy[a, 1]
            out[i, 2, k], out[i, 3, k] = xy[b, 0], xy[b, 1]
