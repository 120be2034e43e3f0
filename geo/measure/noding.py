"""Lines to a graph: where they share an end or cross at the same level, one may turn.

Lines of one level are noded by their union. A bridge (another level) is met only at its ends, where
both lines end. An end that misses a line by less than the tolerance is joined to it by a connector
as long as the gap: nothing is moved, the gap is walked, and each one is reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from geo.errors import MeasureError
from geo.measure.zones import Bools, Floats, Geometries, Ints

TOLERANCE_M = 0.5
"""An end so near to another line is meant to touch it: the accuracy of a street's axis."""
_ANY_LEVEL = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Snapped:
    """What was joined although it did not touch.

    Attributes
    ----------
    tolerance_m : float
    ends : int
        Ends joined to another end.
    onto_lines : int
        Ends joined to the inside of another line.
    largest_m, mean_m : float
        Of the gaps; 0 where there are none.
    places : numpy.ndarray of float, shape (n, 2)
        Where, EPSG:2180: the end of each gap.
    """

    tolerance_m: float
    ends: int
    onto_lines: int
    largest_m: float
    mean_m: float
    places: Floats

    def as_dict(self) -> dict[str, Any]:
        """Return the figures, without the places."""
        return {
            "tolerance_m": self.tolerance_m,
            "ends_joined": self.ends,
            "ends_joined_to_lines": self.onto_lines,
            "largest_gap_m": self.largest_m,
            "mean_gap_m": self.mean_m,
        }


@dataclass(frozen=True)
class Edges:
    """A graph of e edges between k nodes; it is walked both ways.

    Attributes
    ----------
    lines : numpy.ndarray of shapely.LineString, shape (e,)
        From `start` to `end`, EPSG:2180; no node lies inside one.
    start, end : numpy.ndarray of int, shape (e,)
    length_m : numpy.ndarray of float, shape (e,)
    level : numpy.ndarray of int, shape (e,)
    connector : numpy.ndarray of bool, shape (e,)
        The edge bridges a gap: no way begins or ends on it.
    nodes : numpy.ndarray of float, shape (k, 2)
    snapped : Snapped
    component : numpy.ndarray of int, shape (e,)
        Edges with the same number can be reached from each other.
    """

    lines: Geometries
    start: Ints
    end: Ints
    length_m: Floats
    level: Ints
    connector: Bools
    nodes: Floats
    snapped: Snapped
    component: Ints

    def __len__(self) -> int:
        return len(self.lines)


def noded(lines: Geometries, levels: Ints | None, tolerance_m: float = TOLERANCE_M) -> Edges:
    """Return the graph of lines.

    Parameters
    ----------
    lines : numpy.ndarray of shapely.LineString or shapely.MultiLineString, shape (n,)
        EPSG:2180.
    levels : numpy.ndarray of int, shape (n,), optional
        0 on the ground, 1 a bridge above it, -1 a tunnel; all on the ground when left out.
    tolerance_m : float
        0: only what touches is joined.

    Raises
    ------
    MeasureError
        If the tolerance is negative or no number, or there is no line.
    """
    if not (np.isfinite(tolerance_m) and tolerance_m >= 0.0):
        raise MeasureError("the tolerance of a network is a distance, 0 or more", where="network")
    given = np.zeros(len(lines), dtype=np.int64) if levels is None else np.asarray(levels)
    parts, owner = shapely.get_parts(np.asarray(lines, dtype=object), return_index=True)
    keep = shapely.length(parts) > 0.0
    parts, level = parts[keep], given[owner[keep]].astype(np.int64)
    if not len(parts):
        raise MeasureError("the layer of ways has no line", where="network")
    pieces, level_of = _crossed(parts, level)
    nodes, ends, at_end, floor = _nodes(parts, level, pieces, level_of)
    draft = _Draft(list(pieces), ends, list(level_of), nodes, at_end, floor, tolerance_m)
    return draft.finish()


def _crossed(parts: Geometries, level: Ints) -> tuple[Geometries, Ints]:
    """Return the lines of each level cut wherever two of them meet."""
    found, floors = [], []
    for each in np.unique(level).tolist():
        cut = shapely.get_parts(shapely.unary_union(parts[level == each]))
        found.append(cut)
        floors.append(np.full(len(cut), each, dtype=np.int64))
    return np.concatenate(found), np.concatenate(floors)


def _tips(lines: Geometries) -> tuple[Floats, Floats]:
    first = shapely.get_coordinates(shapely.get_point(lines, 0))
    last = shapely.get_coordinates(shapely.get_point(lines, -1))
    return first, last


def _nodes(
    parts: Geometries, level: Ints, pieces: Geometries, level_of: Ints
) -> tuple[Floats, Ints, Bools, Ints]:
    """Return nodes (k, 2), ends of pieces (e, 2), which nodes end a line (k,), and levels (k,).

    Nodes of two levels are one where a line of each ends: there one walks onto the bridge.
    """
    first, last = _tips(parts)
    own = {
        (x, y, each)
        for tips in (first, last)
        for (x, y), each in zip(tips.tolist(), level.tolist(), strict=True)
    }
    first, last = _tips(pieces)
    xy = np.concatenate([first, last])
    floor = np.concatenate([level_of, level_of])
    ends_line = np.array(
        [(x, y, each) in own for (x, y), each in zip(xy.tolist(), floor.tolist(), strict=True)]
    )
    # Levels are integers far below 2^53: as floats they are exact.
    key = np.column_stack([xy, np.where(ends_line, float(_ANY_LEVEL), floor.astype(float))])
    _, where, number = np.unique(key, axis=0, return_index=True, return_inverse=True)
    number = number.reshape(-1).astype(np.int64)
    return xy[where], number.reshape(2, -1).T.copy(), ends_line[where], floor[where]


class _Draft:
    """Edges while gaps are being closed."""

    def __init__(
        self, lines: list[Any], ends: Ints, level: list[int], nodes: Floats, at_end: Bools,
        floor: Ints, tolerance_m: float,
    ) -> None:  # fmt: skip
        self.lines, self.ends, self.level = lines, ends, level
        self.nodes, self.at_end, self.floor = nodes, at_end, floor
        self.tolerance_m = tolerance_m
        self.degree = np.bincount(ends.reshape(-1), minlength=len(nodes))

    def finish(self) -> Edges:
        """Close gaps, and return what has become of the edges."""
        near = self._near_ends()
        tips, edge, place = self._near_lines(set(near.reshape(-1).tolist()))
        joints = self._split(edge, place)
        pairs = np.concatenate([near, np.column_stack([tips, joints])]).astype(np.int64)
        gaps = np.hypot(*(self.nodes[pairs[:, 0]] - self.nodes[pairs[:, 1]]).T)
        bridges = shapely.linestrings(
            np.stack([self.nodes[pairs[:, 0]], self.nodes[pairs[:, 1]]], 1)
        )
        snapped = Snapped(
            self.tolerance_m, len(near), len(tips), float(gaps.max(initial=0.0)),
            float(gaps.mean()) if len(gaps) else 0.0, self.nodes[pairs[:, 0]],
        )  # fmt: skip
        lines = np.array([*self.lines, *bridges], dtype=object)
        ends = np.concatenate([self.ends, pairs])
        labels = _pieces(ends, len(self.nodes))
        return Edges(
            lines=lines,
            start=ends[:, 0],
            end=ends[:, 1],
            length_m=shapely.length(lines),
            level=np.array([*self.level, *self.floor[pairs[:, 0]]], dtype=np.int64),
            connector=np.arange(len(lines)) >= len(self.lines),
            nodes=self.nodes,
            snapped=snapped,
            component=labels[ends[:, 0]],
        )

    def _near_ends(self) -> Ints:
        """Return pairs of nodes within the tolerance that are to be joined, shape (n, 2).

        One of them is a loose end, or they lie in pieces that nothing else joins.
        """
        if self.tolerance_m == 0.0:
            return np.empty((0, 2), dtype=np.int64)
        # Imported here: more than half a second, which pages that measure nothing would pay.
        from scipy.spatial import cKDTree

        pairs = cKDTree(self.nodes).query_pairs(self.tolerance_m, output_type="ndarray")
        pairs = np.sort(pairs.reshape(-1, 2).astype(np.int64), axis=1)
        a, b = pairs[:, 0], pairs[:, 1]
        level = (self.floor[a] == self.floor[b]) | (self.at_end[a] & self.at_end[b])
        size = len(self.nodes)
        low, high = self.ends.min(axis=1), self.ends.max(axis=1)
        joined = np.isin(a * size + b, low * size + high)
        # Where streets cross in a cluster of near nodes, short edges join these already.
        loose = (self.degree[a] == 1) | (self.degree[b] == 1)
        piece = _pieces(self.ends, size)
        return np.asarray(pairs[level & ~joined & (loose | (piece[a] != piece[b]))])

    def _near_lines(self, done: set[int]) -> tuple[Ints, Ints, Floats]:
        """Return loose ends, the nearest edge within the tolerance of each, and where on it."""
        loose = np.array(
            [node for node in np.flatnonzero(self.degree == 1).tolist() if node not in done],
            dtype=np.int64,
        )
        nothing = np.empty(0, dtype=np.int64)
        if self.tolerance_m == 0.0 or not len(loose):
            return nothing, nothing, np.empty(0)
        lines = np.array(self.lines, dtype=object)
        points = shapely.points(self.nodes[loose])
        row, edge = shapely.STRtree(lines).query(points, "dwithin", self.tolerance_m)
        keep = (self.ends[edge] != loose[row][:, None]).all(axis=1)
        keep &= np.array(self.level)[edge] == self.floor[loose[row]]
        row, edge = row[keep], edge[keep]
        place = shapely.line_locate_point(lines[edge], points[row])
        inside = (place > 0.0) & (place < shapely.length(lines[edge]))
        row, edge, place = row[inside], edge[inside], place[inside]
        gap = shapely.distance(lines[edge], points[row])
        order = np.lexsort((edge, gap, row))
        _, first = np.unique(row[order], return_index=True)
        best = order[first]
        return loose[row[best]], edge[best], place[best]

    def _split(self, edge: Ints, place: Floats) -> Ints:
        """Cut edges at places along them; return the new node of each place."""
        new = np.empty(len(edge), dtype=np.int64)
        ends = [tuple(pair) for pair in self.ends.tolist()]
        points: list[tuple[float, float]] = []
        for each in np.unique(edge).tolist():
            mine = np.flatnonzero(edge == each)
            cuts, which = np.unique(place[mine], return_inverse=True)
            first = len(self.nodes) + len(points)
            new[mine] = first + which
            line, level, (start, end) = self.lines[each], self.level[each], ends[each]
            stops = [0.0, *cuts.tolist(), float(line.length)]
            numbers = [start, *range(first, first + len(cuts)), end]
            parts = [between(line, a, b) for a, b in pairwise(stops)]
            points += [part.coords[-1] for part in parts[:-1]]
            hops = list(pairwise(numbers))
            self.lines[each], ends[each] = parts[0], hops[0]
            self.lines += parts[1:]
            ends += hops[1:]
            self.level += [level] * len(cuts)
            self.floor = np.append(self.floor, [level] * len(cuts))
            self.at_end = np.append(self.at_end, [False] * len(cuts))
        if points:
            self.nodes = np.concatenate([self.nodes, np.array(points)])
        self.ends = np.array(ends, dtype=np.int64)
        return new


def _pieces(ends: Ints, count: int) -> Ints:
    """Return the connected piece of each of `count` nodes, given edges of shape (e, 2)."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(count, count))
    _, labels = connected_components(graph, directed=False)
    return np.asarray(labels, dtype=np.int64)


def between(line: Any, start_m: float, end_m: float) -> Any:  # noqa: ANN401 - shapely has no types
    """Return the part of a line between two places along it, from the first to the second.

    Parameters
    ----------
    line : shapely.LineString
    start_m, end_m : float
        From the line's beginning, metres; the result runs backwards where end < start.

    Returns
    -------
    shapely.LineString
        Of two equal points where both places are one.
    """
    low, high = min(start_m, end_m), max(start_m, end_m)
    xy = shapely.get_coordinates(line)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    inner = xy[(along > low) & (along < high)]
    first, last = (_at(xy, along, place) for place in (low, high))
    path = np.concatenate([[first], inner, [last]])
    return shapely.LineString(path if start_m <= end_m else path[::-1])


def _at(xy: Floats, along: Floats, place: float) -> Floats:
    """Return the point at a place along a line; its very ends to the last bit."""
    if place <= 0.0:
        return np.asarray(xy[0])
    if place >= along[-1]:
        return np.asarray(xy[-1])
    i = int(np.searchsorted(along, place, side="right")) - 1
    share = (place - along[i]) / (along[i + 1] - along[i])
    return np.asarray(xy[i] + share * (xy[i + 1] - xy[i]))
