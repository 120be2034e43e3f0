r"""How far features are from others along streets and paths, and the way itself.

The ways are one undirected graph (:mod:`geo.measure.noding`). A feature is reached from the nearest
edge, at any place along it, not only at its ends; the straight step to the edge counts. One run of
Dijkstra's algorithm from all targets at once gives every node its distance to the nearest target:

.. math:: d(o) = a_o + \min_{j \in \{1, 2\}} \bigl(s_{oj} + D(v_j)\bigr), \qquad
          D(v) = \min_t \bigl(\ell(v, t) + a_t\bigr),

where :math:`a` are the straight steps, :math:`v_1, v_2` the neighbours of the place on its edge,
:math:`s` the ways to them and :math:`\ell` the way along edges. Edges are cut where targets are, so
that two features on one edge meet along it (E. W. Dijkstra, A note on two problems in connexion
with graphs, 1959; many sources at once as in M. Erwig, The graph Voronoi diagram, 2000).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely

from geo.measure.noding import TOLERANCE_M, Edges, between, noded
from geo.measure.zones import Bools, Floats, Geometries, Ints

ACCESS_M = 250.0
"""A feature farther from every way than this is on none of them."""
BESIDE_M = 30.0
"""A park whose rim is so near to a street's axis is entered from it: the width of a street."""
DOOR_M = 10.0
"""How far the doors along such a rim are apart: no way is longer by more than half of it."""
_NOBODY = -9999
"""How SciPy says that a node has no predecessor."""


class Network:
    """Streets and paths that people walk along, both ways.

    Parameters
    ----------
    lines : numpy.ndarray of shapely.LineString or shapely.MultiLineString, shape (n,)
        EPSG:2180.
    levels : numpy.ndarray of int, shape (n,), optional
        Lines of two levels do not meet where they cross.
    tolerance_m : float
        Ends that miss another line by less are joined to it.

    Raises
    ------
    MeasureError
        If there is no line, or the tolerance is no distance.
    """

    def __init__(
        self, lines: Geometries, levels: Ints | None = None, *, tolerance_m: float = TOLERANCE_M
    ) -> None:
        self.edges: Edges = noded(lines, levels, tolerance_m)
        self._open = np.flatnonzero(~self.edges.connector)

    @cached_property
    def _tree(self) -> Any:  # noqa: ANN401 - shapely has no types
        return shapely.STRtree(self.edges.lines[self._open])

    def report(self) -> dict[str, Any]:
        """Return what a reader must know of the graph: its size, gaps closed, and its pieces."""
        edges = self.edges
        by_piece = np.bincount(edges.component, weights=edges.length_m)
        pieces = np.unique(edges.component)
        return {
            "edges": len(edges),
            "nodes": len(edges.nodes),
            "length_m": float(edges.length_m[~edges.connector].sum()),
            "pieces": len(pieces),
            "largest_piece_share": float(by_piece.max() / by_piece.sum()),
            **edges.snapped.as_dict(),
        }

    def access(self, points: Geometries, access_m: float = ACCESS_M) -> Access:
        """Return where points meet the network: on the nearest edge, at the nearest place."""
        edge = np.full(len(points), -1, dtype=np.int64)
        step = np.full(len(points), np.nan)
        (row, found), metres = self._tree.query_nearest(
            points, max_distance=max(access_m, 1e-9), return_distance=True, all_matches=True
        )
        order = np.lexsort((found, row))
        row, first = np.unique(row[order], return_index=True)
        edge[row], step[row] = self._open[found[order][first]], metres[order][first]
        step[step > access_m], edge[step > access_m] = np.nan, -1
        place = np.zeros(len(points))
        there = edge >= 0
        place[there] = shapely.line_locate_point(self.edges.lines[edge[there]], points[there])
        return Access(edge, place, step)

    def doors(self, targets: Geometries, access_m: float = ACCESS_M) -> tuple[Geometries, Ints]:
        """Return the points at which targets are reached, and the target of each.

        A point is its own door. A polygon or a line has a door wherever an edge crosses its rim,
        and every :data:`DOOR_M` metres where the rim runs beside an edge, at most
        :data:`BESIDE_M` from it; one that has none of these, its point nearest to an edge.
        """
        areas = shapely.get_dimensions(targets) == 2
        rim = np.where(areas, shapely.boundary(targets), targets)
        spread = np.flatnonzero(shapely.get_dimensions(targets) > 0)
        crossings, of = self._crossings(rim[spread])
        beside, along = self._beside(rim[spread])
        found = np.concatenate([spread[of], spread[along]])
        rest = np.setdiff1d(np.arange(len(targets)), found)
        row, edge = self._tree.query_nearest(
            targets[rest], max_distance=max(access_m, 1e-9), all_matches=False
        )
        line = shapely.shortest_line(targets[rest[row]], self.edges.lines[self._open[edge]])
        points = np.concatenate([crossings, beside, shapely.get_point(line, 0)])
        return points, np.concatenate([found, rest[row]]).astype(np.int64)

    def _crossings(self, rims: Geometries) -> tuple[Geometries, Ints]:
        """Return the points where edges meet rims, and the row of each one's rim."""
        row, edge = self._tree.query(rims, predicate="intersects")
        met = shapely.intersection(rims[row], self.edges.lines[self._open[edge]])
        xy, of = shapely.get_coordinates(met, return_index=True)
        return shapely.points(xy), row[of]

    def _beside(self, rims: Geometries) -> tuple[Geometries, Ints]:
        """Return points of rims that lie beside an edge, and the row of each one's rim."""
        xy, of = shapely.get_coordinates(shapely.segmentize(rims, DOOR_M), return_index=True)
        points = shapely.points(xy)
        near = np.unique(self._tree.query(points, "dwithin", BESIDE_M)[0])
        return points[near], of[near]

    def reach(
        self,
        origins: Geometries,
        targets: Geometries,
        *,
        access_m: float = ACCESS_M,
        limit_m: float = np.inf,
    ) -> Walked:
        """Return the way from each origin to its nearest target.

        Parameters
        ----------
        origins : numpy.ndarray of shapely.Point, shape (n,)
            EPSG:2180.
        targets : numpy.ndarray of shapely.Geometry, shape (k,)
            Points, lines or polygons.
        access_m : float
            The longest straight step between a feature and the network.
        limit_m : float
            Ways longer than this are not looked for.
        """
        doors, owner = self.doors(targets, access_m)
        at_doors, at_origins = self.access(doors, access_m), self.access(origins, access_m)
        used = at_doors.edge >= 0
        chain = _Chain(self.edges, at_doors.take(used), owner[used], doors[used])
        inside = _inside(origins, targets)
        found = Walked(self.edges, chain, at_origins, origins, inside, limit_m)
        found.graph = self.report()
        return found


@dataclass(frozen=True)
class Access:
    """Where n points meet a network.

    Attributes
    ----------
    edge : numpy.ndarray of int, shape (n,)
        -1: farther from every edge than allowed.
    place_m : numpy.ndarray of float, shape (n,)
        Along the edge.
    step_m : numpy.ndarray of float, shape (n,)
        Straight to the edge; NaN where there is none.
    """

    edge: Ints
    place_m: Floats
    step_m: Floats

    def take(self, keep: Bools) -> Access:
        """Return some of the points; `keep` has shape (n,)."""
        return Access(self.edge[keep], self.place_m[keep], self.step_m[keep])


def _inside(origins: Geometries, targets: Geometries) -> Ints:
    """Return the first target that each origin lies in, shape (n,); -1 where in none."""
    found = np.full(len(origins), -1, dtype=np.int64)
    row, target = shapely.STRtree(targets).query(origins, predicate="intersects")
    order = np.lexsort((target, row))
    row, first = np.unique(row[order], return_index=True)
    found[row] = target[order][first]
    return found


class _Chain:
    """The graph with its edges cut where targets are, and every node's way to the nearest one.

    Stop i of the chain lies at `place[i]` along edge `edge[i]`; stops of an edge follow each other,
    its two ends among them.
    """

    def __init__(self, edges: Edges, access: Access, owner: Ints, doors: Geometries) -> None:
        self.edges, self.access, self.owner, self.doors = edges, access, owner, doors
        count, size = len(edges), len(edges.nodes)
        # A target at an end of its edge is that node, and no stop of its own.
        whole = edges.length_m[access.edge]
        first, last = access.place_m <= 0.0, access.place_m >= whole
        new = np.flatnonzero(~first & ~last)
        every = np.arange(count)
        edge = np.concatenate([every, every, access.edge[new]])
        place = np.concatenate([np.zeros(count), edges.length_m, access.place_m[new]])
        node = np.concatenate([edges.start, edges.end, size + np.arange(len(new))])
        # An end comes after its edge's stops, a beginning before them, whatever rounding says.
        rank = np.repeat([0, 2, 1], [count, count, len(new)])
        order = np.lexsort((place, rank, edge))
        self.edge, self.place, self.node = edge[order], place[order], node[order]
        self.starts = np.searchsorted(self.edge, np.arange(count + 1))
        self.at = np.where(first, edges.start[access.edge], edges.end[access.edge])
        self.at[new] = size + np.arange(len(new))
        self.nodes = size + len(new)

    @cached_property
    def hops(self) -> tuple[Ints, Ints, Floats]:
        """Stops that follow each other: the first of each pair, both nodes' keys, and metres."""
        first = np.flatnonzero(self.edge[:-1] == self.edge[1:])
        metres = self.place[first + 1] - self.place[first]
        a, b = self.node[first], self.node[first + 1]
        key = np.minimum(a, b) * self.nodes + np.maximum(a, b)
        order = np.lexsort((first, metres, key))
        unique, best = np.unique(key[order], return_index=True)
        return first[order][best], unique, metres[order][best]

    def run(self, limit_m: float) -> tuple[Floats, Ints, Ints]:
        """Return of each node the distance, the next node on its way, and the door it leads to.

        Node `nodes + d` is door d: the straight step from the network to it.
        """
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import dijkstra

        first, _, metres = self.hops
        a, b = self.node[first], self.node[first + 1]
        apart = a != b
        a, b, metres = a[apart], b[apart], metres[apart]
        doors = self.nodes + np.arange(len(self.at))
        size = self.nodes + len(self.at)
        graph = csr_array(
            (
                np.concatenate([metres, metres, self.access.step_m]),
                (np.concatenate([a, b, doors]), np.concatenate([b, a, self.at])),
            ),
            shape=(size, size),
        )
        if not len(doors):
            nobody = np.full(size, _NOBODY, dtype=np.int64)
            return np.full(size, np.inf), nobody, nobody
        distance, before, source = dijkstra(
            graph, directed=True, indices=doors, min_only=True, return_predecessors=True,
            limit=limit_m,
        )  # fmt: skip
        return distance, before.astype(np.int64), source.astype(np.int64) - self.nodes


class Walked:
    """Ways from n origins to the nearest of k targets.

    Attributes
    ----------
    distance_m : numpy.ndarray of float, shape (n,)
        Metres, with the straight steps at both ends; NaN: no target can be reached.
    target : numpy.ndarray of int, shape (n,)
        -1: none.
    too_far, cut_off : int
        Origins with no way near them, and those whose ways lead to no target (within the limit).
    """

    def __init__(
        self, edges: Edges, chain: _Chain, access: Access, origins: Geometries, inside: Ints,
        limit_m: float,
    ) -> None:  # fmt: skip
        self._edges, self._chain, self._access = edges, chain, access
        self._origins, self._inside = origins, inside
        distance, self._before, source = chain.run(limit_m)
        on = access.edge >= 0
        left, right = self._neighbours()
        back = np.maximum(access.place_m - chain.place[left], 0.0)
        ahead = np.maximum(chain.place[right] - access.place_m, 0.0)
        by_left = back + distance[chain.node[left]]
        by_right = ahead + distance[chain.node[right]]
        self._first = np.where(by_left <= by_right, left, right)
        total = access.step_m + np.minimum(by_left, by_right)
        reached = on & np.isfinite(total) & (total <= limit_m)
        door = source[chain.node[self._first]]
        self._door: Ints = np.where(reached, door, -1)
        self.distance_m: Floats = np.where(reached, total, np.nan)
        self.target: Ints = np.full(len(origins), -1, dtype=np.int64)
        self.target[reached] = chain.owner[door[reached]]
        within = inside >= 0
        self.distance_m[within], self.target[within] = 0.0, inside[within]
        self.graph: dict[str, Any] = {}
        self.too_far = int((~on & ~within).sum())
        self.cut_off = int((on & ~reached & ~within).sum())

    def _neighbours(self) -> tuple[Ints, Ints]:
        """Return the stops before and after each origin's place on its edge, shape (n,)."""
        chain, access = self._chain, self._access
        edge = np.maximum(access.edge, 0)
        # One coordinate along all edges, each a metre apart from the next.
        base = np.concatenate([[0.0], np.cumsum(self._edges.length_m + 1.0)])
        places = base[chain.edge] + chain.place
        low, high = chain.starts[edge], chain.starts[edge + 1] - 1
        found = np.searchsorted(places, base[edge] + access.place_m, side="right") - 1
        left = np.clip(found, low, high - 1).astype(np.int64)
        return left, left + 1

    def report(self) -> dict[str, Any]:
        """Return how many origins there are, how many reach no target and why, and the graph's."""
        return {
            **self.graph,
            "origins": len(self._origins),
            "no_way_near": self.too_far,
            "cut_off": self.cut_off,
        }

    def ways(self, rows: Ints) -> Geometries:
        """Return the way of each of some origins, shape (m,), as LineStrings.

        The length of each is its distance; of an origin that reaches nothing, an empty line.
        """
        found: Geometries = np.empty(len(rows), dtype=object)
        for i, row in enumerate(np.asarray(rows).tolist()):
            found[i] = self._way(row)
        return found

    def _way(self, row: int) -> Any:  # noqa: ANN401 - shapely has no types
        origin = shapely.get_coordinates(self._origins[row])[:1]
        if self._inside[row] >= 0:
            return shapely.LineString(np.repeat(origin, 2, axis=0))
        if self._door[row] < 0:
            return shapely.LineString()
        chain, edge = self._chain, int(self._access.edge[row])
        stop = int(self._first[row])
        here = float(self._access.place_m[row])
        path = [origin, _xy(between(self._edges.lines[edge], here, float(chain.place[stop])))]
        node = int(chain.node[stop])
        while (after := int(self._before[node])) < chain.nodes:
            path.append(self._hop(node, after))
            node = after
        path.append(shapely.get_coordinates(chain.doors[after - chain.nodes]))
        xy = np.concatenate(path)
        fresh = np.concatenate([[True], (np.diff(xy, axis=0) != 0.0).any(axis=1)])
        xy = xy[fresh]
        return shapely.LineString(xy if len(xy) > 1 else np.repeat(xy, 2, axis=0))

    def _hop(self, a: int, b: int) -> Floats:
        """Return the coordinates from node `a` to its neighbour `b` along the shortest hop."""
        first, keys, _ = self._chain.hops
        stop = int(first[np.searchsorted(keys, min(a, b) * self._chain.nodes + max(a, b))])
        chain = self._chain
        places = float(chain.place[stop]), float(chain.place[stop + 1])
        start, end = places if chain.node[stop] == a else places[::-1]
        return _xy(between(self._edges.lines[int(chain.edge[stop])], start, end))


def _xy(line: Any) -> Floats:  # noqa: ANN401 - shapely has no types
    return np.asarray(shapely.get_coordinates(line))
