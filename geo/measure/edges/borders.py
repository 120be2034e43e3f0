"""Borders whose vertices differ on their two sides, made to agree.

Where a vertex of one zone lies on an edge of another (a corner where three zones meet, a border
that was drawn twice), the edge is cut there. Then what two zones share, they share edge by edge,
and which of them comes first is told by :func:`geo.measure.edges.cover.partners`. An edge is
moved by less than a millionth of a millimetre; lengths alone are measured with such zones.
"""

from __future__ import annotations

import numpy as np

from geo.measure.edges.bare import bare
from geo.measure.edges.compiled import compiled
from geo.measure.edges.cover import Ranks, lonesome, partners
from geo.measure.edges.flat import Flat
from geo.measure.edges.index import Index, index
from geo.measure.edges.pieces import longer
from geo.measure.edges.sweep import candidates
from geo.measure.edges.threads import cut, each
from geo.measure.zones import Floats, Ints

NODE = 5e-10
"""Metres: a vertex nearer to an edge lies on it; half of what a line's distance may be."""
EDGE, VERTEX = 0, 1
"""Columns of a table of cuts: the edge's first vertex, and the vertex that lies on it."""
COLUMNS = 2


def noded(zones: Flat) -> tuple[Flat, Ranks]:
    """Return zones whose edges are cut where a vertex of any zone lies on them, and their ranks.

    Parameters
    ----------
    zones : Flat
        k polygons.

    Returns
    -------
    Flat
        The same polygons, areas and boxes, with more vertices.
    numpy.ndarray of int8, shape (v,)
        ``partners`` of them.
    """
    ranks = partners(zones)
    edges = np.flatnonzero(lonesome(ranks))
    if not len(edges):
        return zones, ranks
    ready = index(zones, count=len(edges))
    tables = each(lambda a, b: _cuts(ready, edges, a, b), cut(len(edges)))
    found = np.concatenate(tables).astype(np.int64)
    if not len(found):
        return zones, ranks
    whole = _with_vertices(zones, found[:, EDGE], zones.xy[found[:, VERTEX]])
    return whole, partners(whole)


def _with_vertices(zones: Flat, edge: Ints, xy: Floats) -> Flat:
    """Return zones with vertices put into edges, in their order along each; once each."""
    along = ((xy - zones.xy[edge]) ** 2).sum(axis=1)
    order = np.lexsort((along, edge))
    edge, xy = edge[order], xy[order]
    fresh = np.ones(len(edge), dtype=np.bool_)
    fresh[1:] = (edge[1:] != edge[:-1]) | (xy[1:] != xy[:-1]).any(axis=1)
    edge, xy = edge[fresh], xy[fresh]
    before = np.searchsorted(edge, zones.rings)
    return zones._replace(xy=np.insert(zones.xy, edge + 1, xy, axis=0), rings=zones.rings + before)


def _cuts(ready: Index, edges: Ints, start: int, stop: int) -> Floats:
    """Return (edge, vertex on it) around edges[start:stop], shape (m, COLUMNS)."""
    seen, near = np.full(ready.size, -1, np.int64), np.empty(ready.size, np.int64)
    out, count = np.empty((4 * (stop - start) + 64, COLUMNS)), 0
    while start < stop:
        start, count = _find(ready, edges, start, stop, seen, near, out, count)
        if start < stop:
            out = longer(out, count, len(out))
            seen[:] = -1
    return out[:count]


@compiled
def _find(
    ready: Index,
    edges: Ints,
    start: int,
    stop: int,
    seen: Ints,
    near: Ints,
    out: Floats,
    count: int,
) -> tuple[int, int]:
    """Write cuts after the first `count`; return the first edge that `out` has no room for."""
    xy = ready.flat.xy
    for row in range(start, stop):
        e, before = edges[row], count
        x1, x2 = min(xy[e, 0], xy[e + 1, 0]) - NODE, max(xy[e, 0], xy[e + 1, 0]) + NODE
        y1, y2 = min(xy[e, 1], xy[e + 1, 1]) - NODE, max(xy[e, 1], xy[e + 1, 1]) + NODE
        for k in range(candidates(ready, x1, y1, x2, y2, row, seen, near)):
            count = _meet_zone(ready, e, near[k], x1, y1, x2, y2, out, count)
        if count > len(out):
            return row, before
    return stop, count


@bare
def _meet_zone(
    ready: Index,
    e: int,
    zone: int,
    x1: float,
    y1: float,
    x2: float,
    y2: float,
    out: Floats,
    count: int,
) -> int:
    """Write where edge e and the edges of a zone have a vertex of the other inside."""
    blocks = ready.blocks
    for chain in range(blocks.zones[zone], blocks.zones[zone + 1]):
        if _apart(blocks.chain_boxes, chain, x1, y1, x2, y2):
            continue
        for block in range(blocks.chain_blocks[chain, 0], blocks.chain_blocks[chain, 1]):
            if _apart(blocks.boxes, block, x1, y1, x2, y2):
                continue
            for k in range(blocks.edges[block, 0], blocks.edges[block, 1]):
                count = _put(ready.flat.xy, e, k, out, count)
                count = _put(ready.flat.xy, k, e, out, count)
                count = _put(ready.flat.xy, k, e + 1, out, count)
    return count


@bare
def _apart(boxes: Floats, i: int, x1: float, y1: float, x2: float, y2: float) -> bool:
    return bool(boxes[i, 0] > x2 or boxes[i, 2] < x1 or boxes[i, 1] > y2 or boxes[i, 3] < y1)


@bare
def _put(xy: Floats, e: int, v: int, out: Floats, count: int) -> int:
    """Write that vertex v lies on edge e, between its ends, if it does; count it in any case."""
    dx, dy = xy[e + 1, 0] - xy[e, 0], xy[e + 1, 1] - xy[e, 1]
    px, py = xy[v, 0] - xy[e, 0], xy[v, 1] - xy[e, 1]
    length = np.sqrt(dx * dx + dy * dy)
    reach = NODE * length
    along = px * dx + py * dy
    if abs(px * dy - py * dx) > reach or along <= reach or along >= length * length - reach:
        return count
    if count < len(out):
        out[count, EDGE], out[count, VERTEX] = e, v
    return count + 1
