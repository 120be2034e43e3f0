"""Area of features in zones: as pieces, and as a matrix of zone and class.

A feature is settled by one look into the grid when no zone's edge is near. Otherwise each of its
rings is summed with each zone whose edges are near (:mod:`geo.measure.edges.pair`); rings far
apart (a multipolygon over a whole city, a hole) are looked up one by one.

What lies outside every zone is measured, not inferred: it is the feature's area less its area in
the zones' cover (:mod:`geo.measure.edges.cover`), a zone of its own with a grid of its own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geo.measure.edges.bare import bare
from geo.measure.edges.compiled import compiled
from geo.measure.edges.cover import cover
from geo.measure.edges.flat import Flat
from geo.measure.edges.gather import gather, new_edges
from geo.measure.edges.index import Index, index
from geo.measure.edges.pair import (
    BLOCK_COLUMNS,
    EDGE_COLUMNS,
    SHORT,
    blocks_of,
    common_area,
    load_ring,
    new_memo,
    winding,
)
from geo.measure.edges.pieces import (
    COLUMNS,
    FEATURE,
    MEASURE,
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
from geo.measure.edges.sweep import NOTHING, NOWHERE, PURE, UNSETTLED, candidates, homes, look
from geo.measure.edges.threads import cut_by, each
from geo.measure.zones import Bools, Floats, Ints

NOISE = 1e-14
"""Of the area of a ring's box: what the rounding of a sum that should be zero may leave."""
OVERLAP = 1e-9
"""Relative: a feature with more than its own area in zones tells that they overlap."""


class Room(NamedTuple):
    """Tables for the edges and blocks of the longest ring, a zone's edges, and a memo."""

    edges: Floats
    blocks: Floats
    levels: Ints
    zone: Floats
    memo: Floats


def area_pieces(features: Flat, places: Index, home: Ints | None = None) -> EdgePieces:
    """Return the area of features in zones, piece by piece, m2.

    Parameters
    ----------
    features : Flat
        n polygons in EPSG:2180, valid or empty.
    places : Index
        The zones.
    home : numpy.ndarray of int, shape (n,), optional
        ``homes(places, features.boxes)``, when the caller has it.
    """
    home = homes(places, features.boxes) if home is None else home
    return joined(home, features.areas_m2, _tables(features, places, home))


def loose_pieces(features: Flat, places: Index, home: Ints) -> EdgePieces:
    """Return the pieces of :func:`area_pieces` in no order that means anything: a third quicker."""
    return unordered(home, features.areas_m2, _tables(features, places, home))


def area_matrix(
    features: Flat,
    places: Index,
    kinds: Ints,
    kinds_count: int,
    weights: Floats | None = None,
    home: Ints | None = None,
) -> tuple[Floats, Floats]:
    """Return the area by zone and class, and each feature's area inside zones, m2.

    Parameters
    ----------
    features : Flat
        n polygons in EPSG:2180.
    places : Index
        k zones.
    kinds : numpy.ndarray of int, shape (n,)
        The class of each feature, 0 to kinds_count - 1.
    kinds_count : int
        The number of classes, c.
    weights : numpy.ndarray of float, shape (n,), optional
        What each feature's area is multiplied by in the matrix.
    home : numpy.ndarray of int, shape (n,), optional
        As for :func:`area_pieces`.

    Returns
    -------
    numpy.ndarray of float, shape (k, c)
        The same bits on any number of cores.
    numpy.ndarray of float, shape (n,)
        Ground in two zones counts twice.
    """
    home = homes(places, features.boxes) if home is None else home
    tables = _tables(features, places, home)
    shape = (places.size, kinds_count)
    return matrix(home, features.areas_m2, tables, kinds, shape, weights)


def area_outside(
    features: Flat,
    places: Index,
    home: Ints | None = None,
    ground: Flat | Index | None = None,
) -> Floats:
    """Return the area of each feature that lies in no zone, shape (n,), m2.

    Parameters
    ----------
    features : Flat
        n polygons in EPSG:2180.
    places : Index
        The zones: what their grid settles needs no sum.
    home : numpy.ndarray of int, shape (n,), optional
        As for :func:`area_pieces`.
    ground : Flat or Index, optional
        The union of the zones, where they overlap. Their cover, which is made otherwise, counts
        ground in two zones twice, and what is returned is less by as much. As an index of either
        when the caller has one.
    """
    home = homes(places, features.boxes) if home is None else home
    out = np.where(home == NOWHERE, features.areas_m2, 0.0)
    rows = np.flatnonzero(home == UNSETTLED)
    boxes = features.boxes[rows]
    if isinstance(ground, Index):
        under = ground
    else:
        under = index(cover(places.flat) if ground is None else ground, boxes)
    there = np.full(features.size, NOWHERE)
    there[rows] = homes(under, boxes)
    inside = np.where(there >= 0, features.areas_m2, 0.0)
    for table in _tables(features, under, there):
        inside += np.bincount(
            table[:, FEATURE].astype(np.int64), table[:, MEASURE], minlength=features.size
        )
    left = features.areas_m2[rows] - inside[rows]
    left[np.abs(left) <= _noise(features, rows)] = 0.0
    out[rows] = left
    return out


def overlapping(features: Flat, inside: Floats) -> Bools:
    """Tell which features have more area inside zones than they have, shape (n,)."""
    return np.asarray(inside > features.areas_m2 * (1 + OVERLAP))


def _tables(features: Flat, places: Index, home: Ints) -> list[Floats]:
    """Return the pieces of features that the grid did not settle, chunk by chunk."""
    rows = np.flatnonzero(home == UNSETTLED)
    longest = int(np.diff(features.rings).max(initial=1))
    vertices = np.diff(features.rings[features.geoms])[rows]
    return each(lambda a, b: _area(features, places, rows[a:b], longest), cut_by(vertices))


def _noise(features: Flat, rows: Ints) -> Floats:
    """Return what rounding may leave of the area of features `rows`, shape (m,), m2."""
    out = np.empty(len(rows))
    _sum_boxes(features, rows, out)
    return NOISE * out


@compiled
def _sum_boxes(features: Flat, rows: Ints, out: Floats) -> None:
    """Write the area of the boxes of a feature's rings: each ring is summed in its own box.

    The box of a whole feature may be a million times greater, where its parts are far apart.
    """
    for row in range(len(rows)):
        feature, total = rows[row], 0.0
        box, first = features.boxes[feature], features.geoms[feature]
        if features.geoms[feature + 1] - first == 1:
            out[row] = (box[2] - box[0]) * (box[3] - box[1])
            continue
        for ring in range(first, features.geoms[feature + 1]):
            start, stop = features.rings[ring], features.rings[ring + 1] - 1
            x1, y1, x2, y2, _ = _extent(features.xy, start, stop, 1.0)
            if x1 < x2:
                total += (x2 - x1) * (y2 - y1)
        out[row] = total


def _area(features: Flat, places: Index, rows: Ints, longest: int) -> Floats:
    """Return the pieces of features `rows`, shape (m, COLUMNS)."""
    zones = places.size
    scratch = new_scratch(zones)
    room = Room(
        np.empty((blocks_of(longest), EDGE_COLUMNS)),
        np.empty((blocks_of(longest), BLOCK_COLUMNS)),
        np.zeros(SHORT, np.int64),
        new_edges(places.blocks.most),
        new_memo(),
    )
    noise = _noise(features, rows)
    out, start, count = np.empty((4 * len(rows) + zones, COLUMNS)), 0, 0
    while start < len(rows):
        start, count = _area_rows(features, places, rows, noise, start, scratch, room, out, count)
        if start < len(rows):
            out = longer(out, count, zones)
    return out[:count]


@compiled
def _area_rows(
    features: Flat,
    places: Index,
    rows: Ints,
    noise: Floats,
    start: int,
    scratch: Scratch,
    room: Room,
    out: Floats,
    count: int,
) -> tuple[int, int]:
    """Write pieces after the first `count`.

    Returns the first row that `out` may have no room for, and how many pieces there are then.
    """
    for row in range(start, len(rows)):
        if count + len(scratch.met) > len(out):
            return row, count
        feature, found = rows[row], 0
        for ring in range(features.geoms[feature], features.geoms[feature + 1]):
            found = _ring(features, feature, ring, places, scratch, found, room)
        rings = features.geoms[feature + 1] - features.geoms[feature]
        count = emit(scratch, found, feature, rings, noise[row], count, out)
    return len(rows), count


@bare
def _ring(
    features: Flat,
    feature: int,
    ring: int,
    places: Index,
    scratch: Scratch,
    found: int,
    room: Room,
) -> int:
    """Add one ring's area in each zone to the feature's sums; return how many zones it met."""
    first, last = features.rings[ring], features.rings[ring + 1] - 1
    sign, box = features.signs[ring], features.boxes[feature]
    x1, y1, x2, y2, area = box[0], box[1], box[2], box[3], features.areas_m2[feature]
    if features.geoms[feature + 1] - features.geoms[feature] > 1:
        x1, y1, x2, y2, area = _extent(features.xy, first, last, sign)
    if not (x1 < x2 and y1 < y2):
        return found
    state, cell = look(places.grid, x1, y1, x2, y2)
    if state == PURE:
        for k in range(places.grid.offsets[cell], places.grid.offsets[cell + 1]):
            found = add(scratch, found, feature, places.grid.entries[k] >> 1, area, 1)
        return found
    if state == NOTHING:
        return found
    blocks = -1
    for k in range(candidates(places, x1, y1, x2, y2, ring, scratch.seen, scratch.near)):
        zone = scratch.near[k]
        n = gather(places, zone, x1, y1, x2, y2, room.zone)
        times = winding(room.zone, n, x2 - x1)
        if times == times:
            found = add(scratch, found, feature, zone, times * area, int(times == 1.0))
            continue
        if blocks < 0:
            blocks = load_ring(
                features.xy, first, last, x1, y1, room.edges, room.blocks, room.levels
            )
        value = sign * common_area(
            room.edges, room.blocks, room.levels, blocks, room.zone, n, y2 - y1, room.memo, ring
        )
        found = add(scratch, found, feature, zone, value, 0)
    return found


@bare
def _extent(xy: Floats, first: int, last: int, sign: float) -> tuple[float, ...]:
    """Return a ring's box and its area, negative for a hole."""
    west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
    twice, x1, y1 = 0.0, 0.0, 0.0
    for k in range(first, last):
        x, y = xy[k, 0], xy[k, 1]
        west, east = min(west, x), max(east, x)
        south, north = min(south, y), max(north, y)
        x2, y2 = x - xy[first, 0], y - xy[first, 1]
        twice += x1 * y2 - x2 * y1
        x1, y1 = x2, y2
    return west, south, east, north, 0.5 * twice * sign
