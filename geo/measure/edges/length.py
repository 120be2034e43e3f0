"""Length of lines in zones, as pieces and by zone and class.

A line whose box no zone's edge touches is settled by one look into the grid, and so is each
segment of the others; what is left is summed with the edges near
(:mod:`geo.measure.edges.segment`, where the convention for lines on a border stands). A line
that walks twice over the same ground counts twice, as it does in its own length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from geo.measure.edges.bare import bare
from geo.measure.edges.borders import noded
from geo.measure.edges.compiled import compiled
from geo.measure.edges.cover import Ranks, cover
from geo.measure.edges.flat import Flat, FlatLines
from geo.measure.edges.index import Index, index
from geo.measure.edges.pieces import (
    COLUMNS,
    EdgePieces,
    Scratch,
    add,
    emit,
    joined,
    longer,
    matrix,
    new_scratch,
    unordered,
)
from geo.measure.edges.segment import part_in_zone
from geo.measure.edges.sweep import (
    MIXED,
    NOTHING,
    NOWHERE,
    PURE,
    UNSETTLED,
    candidates,
    homes,
    look,
)
from geo.measure.edges.threads import cut_by, each
from geo.measure.zones import Floats, Ints

NOISE = 1e-14
"""Of a line's length: what rounding may leave where a line only touches a zone."""
SAMPLE = 4096
"""Segments that tell how large the grid's cells should be."""


class LineZones(NamedTuple):
    """Zones made ready for lines; kernels take it as it is.

    Attributes
    ----------
    zones : Index
        The zones.
    ranks : numpy.ndarray of int8
        Which zone a line on an edge belongs to.
    ground, ground_ranks
        The same of the zones' cover (:mod:`geo.measure.edges.cover`), or of their union.
    """

    zones: Index
    ranks: Ranks
    ground: Index
    ground_ranks: Ranks


@dataclass(frozen=True)
class Lengths:
    """Lines measured in zones.

    Attributes
    ----------
    home : numpy.ndarray of int, shape (n,)
        The one zone that holds a line, where the grid says so.
    own_m : numpy.ndarray of float, shape (n,)
        Each line's own length.
    tables : list of numpy.ndarray
        Pieces of the others.
    outside_m : numpy.ndarray of float, shape (n,)
        What lies in no zone, measured against the zones' cover; where zones overlap the cover
        counts their ground as often as they do, and this is less by as much.
    """

    home: Ints
    own_m: Floats
    tables: list[Floats]
    outside_m: Floats

    def pieces(self) -> EdgePieces:
        """Return the length of lines in zones, piece by piece, m."""
        return joined(self.home, self.own_m, self.tables)

    def loose(self) -> EdgePieces:
        """Return the pieces in no order that means anything."""
        return unordered(self.home, self.own_m, self.tables)

    def matrix(
        self, zones: int, kinds: Ints, kinds_count: int, weights: Floats | None = None
    ) -> tuple[Floats, Floats]:
        """Return the length by zone and class, (k, c), and inside zones per line, (n,), m.

        The same bits on any number of cores.

        Parameters
        ----------
        zones : int
            The number of zones, k.
        kinds : numpy.ndarray of int, shape (n,)
            The class of each line, 0 to kinds_count - 1.
        kinds_count : int
            The number of classes, c.
        weights : numpy.ndarray of float, shape (n,), optional
            What each line's length is multiplied by in the matrix.
        """
        shape = (zones, kinds_count)
        return matrix(self.home, self.own_m, self.tables, kinds, shape, weights)


def line_zones(zones: Flat, lines: FlatLines, ground: Flat | None = None) -> LineZones:
    """Return zones ready for lines: cells suit their segments, not their boxes.

    Parameters
    ----------
    zones : Flat
        k polygons in EPSG:2180; where they share an edge, the first has what lies on it.
    lines : FlatLines
        What will be measured.
    ground : Flat, optional
        The union of the zones, where they overlap; else their cover is made here.
    """
    boxes, count = boxes_of_segments(lines)
    return line_places(zones, boxes, count, ground)


def line_places(zones: Flat, segments: Floats, count: int, ground: Flat | None = None) -> LineZones:
    """Return zones ready for lines that are not known yet.

    Parameters
    ----------
    segments : numpy.ndarray of float, shape (n, 4)
        Boxes of what they are made of, or of a sample.
    count : int
        How many segments there will be.
    ground : Flat, optional
        As for :func:`line_zones`.
    """
    whole, ranks = noded(zones)
    under = cover(whole, ranks) if ground is None else ground
    return LineZones(
        index(whole, segments, count=count),
        ranks,
        index(under, segments, count=count),
        np.zeros(len(under.xy), dtype=np.int8),
    )


def closed_places(zones: Flat, segments: Floats, count: int) -> LineZones:
    """Return zones ready for lines, each with all of its border, whoever shares it."""
    ready = index(zones, segments, count=count)
    ranks = np.zeros(len(zones.xy), dtype=np.int8)
    return LineZones(ready, ranks, ready, ranks)


def boxes_of_segments(lines: FlatLines) -> tuple[Floats, int]:
    """Return boxes of a sample of segments, shape (m, 4), and how many segments there are."""
    inner = np.ones(len(lines.xy), dtype=np.bool_)
    inner[lines.parts[1:][np.diff(lines.parts) > 0] - 1] = False
    first = np.flatnonzero(inner)
    some = first[:: max(1, len(first) // SAMPLE)]
    ends = np.stack((lines.xy[some], lines.xy[some + 1]))
    return np.concatenate((ends.min(axis=0), ends.max(axis=0)), axis=1), len(first)


def measure_lengths(lines: FlatLines, ready: LineZones, home: Ints | None = None) -> Lengths:
    """Return the length of lines in zones and outside them.

    Parameters
    ----------
    lines : FlatLines
        n lines in EPSG:2180.
    ready : LineZones
        From :func:`line_zones`.
    home : numpy.ndarray of int, shape (n,), optional
        ``homes(ready.zones, lines.boxes)``, when the caller has it.
    """
    home = homes(ready.zones, lines.boxes) if home is None else home
    rows = np.flatnonzero(home == UNSETTLED)
    outside = np.where(home == NOWHERE, lines.lengths_m, 0.0)
    bounds = cut_by(np.diff(lines.parts[lines.geoms])[rows])
    tables = each(lambda a, b: _length(lines, ready, rows, a, b, outside), bounds)
    return Lengths(home, lines.lengths_m, tables, outside)


def _length(
    lines: FlatLines, ready: LineZones, rows: Ints, start: int, stop: int, outside: Floats
) -> Floats:
    """Return the pieces of lines rows[start:stop], shape (m, COLUMNS); write what is outside."""
    zones = ready.zones.size
    scratch = new_scratch(zones)
    out, count = np.empty((4 * (stop - start) + zones, COLUMNS)), 0
    while start < stop:
        start, count = _length_rows(lines, ready, rows, start, stop, scratch, outside, out, count)
        if start < stop:
            out = longer(out, count, zones)
    return out[:count]


@compiled
def _length_rows(
    lines: FlatLines,
    ready: LineZones,
    rows: Ints,
    start: int,
    stop: int,
    scratch: Scratch,
    outside: Floats,
    out: Floats,
    count: int,
) -> tuple[int, int]:
    """Write pieces after the first `count`; return as :func:`geo.measure.edges.area._area_rows`."""
    grid, xy, parts = ready.zones.grid, lines.xy, lines.parts
    for row in range(start, stop):
        if count + len(scratch.met) > len(out):
            return row, count
        line, found, segments, beyond = rows[row], 0, 0, 0.0
        for part in range(lines.geoms[line], lines.geoms[line + 1]):
            for k in range(parts[part], parts[part + 1] - 1):
                west, east = min(xy[k, 0], xy[k + 1, 0]), max(xy[k, 0], xy[k + 1, 0])
                south, north = min(xy[k, 1], xy[k + 1, 1]), max(xy[k, 1], xy[k + 1, 1])
                length = np.sqrt((east - west) ** 2 + (north - south) ** 2)
                if length == 0.0:
                    continue
                segments += 1
                state, cell = look(grid, west, south, east, north)
                if state == MIXED:
                    found, away = _segment(xy, k, length, line, ready, scratch, found)
                    beyond += away
                elif state == NOTHING or grid.offsets[cell] == grid.offsets[cell + 1]:
                    beyond += length
                else:
                    for e in range(grid.offsets[cell], grid.offsets[cell + 1]):
                        found = add(scratch, found, line, grid.entries[e] >> 1, length, 1)
        noise = NOISE * lines.lengths_m[line]
        count = emit(scratch, found, line, segments, noise, count, out)
        outside[line] = beyond if abs(beyond) > noise else 0.0
    return stop, count


@bare
def _segment(
    xy: Floats,
    k: int,
    length: float,
    line: int,
    ready: LineZones,
    scratch: Scratch,
    found: int,
) -> tuple[int, float]:
    """Add a segment's length in each zone to the line's sums.

    Returns how many zones the line has met, and what of the segment lies in none.
    """
    ax, ay, bx, by = xy[k, 0], xy[k, 1], xy[k + 1, 0], xy[k + 1, 1]
    if ax > bx:
        ax, ay, bx, by = bx, by, ax, ay
    south, north = min(ay, by), max(ay, by)
    near = candidates(ready.zones, ax, south, bx, north, k, scratch.seen, scratch.near)
    for e in range(near):
        zone = scratch.near[e]
        share = part_in_zone(ready.zones, ready.ranks, zone, ax, ay, bx, by)
        if share != 0.0:
            found = add(scratch, found, line, zone, share * length, int(share == 1.0))
    grid = ready.ground.grid
    state, cell = look(grid, ax, south, bx, north)
    covered = 0.0
    if state == MIXED:
        covered = part_in_zone(ready.ground, ready.ground_ranks, 0, ax, ay, bx, by)
    elif state == PURE:
        covered = float(grid.offsets[cell + 1] - grid.offsets[cell])
    return found, (1.0 - covered) * length
