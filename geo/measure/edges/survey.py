"""Polygons and lines measured where they lie, in WKB: their coordinates are copied when asked for.

Most features lie in one zone, and their area (length) and box say all that is asked of them. One
look over the bytes gives these; only what a border crosses is read into flat arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from geo.measure.edges import wkb
from geo.measure.edges.bare import bare
from geo.measure.edges.compiled import compiled
from geo.measure.edges.threads import cut, each
from geo.measure.edges.wkb import (
    COUNT,
    CUT_SHORT,
    HEAD,
    NOT_CLOSED,
    NOT_FINITE,
    OTHER_TYPE,
    POLYGON,
    VERTEX,
    Bytes,
    double,
    kind_of,
    uint32,
)
from geo.measure.zones import Bools, Floats, Ints

RINGS, VERTICES = 0, 1
"""Columns of sizes."""


class Read(NamedTuple):
    """Coordinates of n features, as :class:`geo.measure.edges.flat.Flat` has them."""

    xy: Floats
    rings: Ints
    geoms: Ints
    signs: Floats


@dataclass(frozen=True)
class Survey:
    """n features of one family that were looked over.

    Attributes
    ----------
    measures : numpy.ndarray of float, shape (n,)
        Areas, m2, or lengths, m.
    boxes : numpy.ndarray of float, shape (n, 4)
        minx, miny, maxx, maxy; (inf, inf, -inf, -inf) of an empty geometry.
    sizes : numpy.ndarray of int, shape (n, 2)
        Rings (parts of lines) and vertices.
    """

    measures: Floats
    boxes: Floats
    sizes: Ints
    _family: int
    _source: list[tuple[Bytes, Ints]]

    def read(self, wanted: Bools | None = None) -> Read:
        """Return the coordinates of the features that are wanted; the others have no ring.

        Parameters
        ----------
        wanted : numpy.ndarray of bool, shape (n,), optional
            By default all are.
        """
        geoms, vertices = (_starts(self.sizes[:, k], wanted) for k in (RINGS, VERTICES))
        rings = np.empty(geoms[-1] + 1, dtype=np.int64)
        rings[-1] = vertices[-1]
        found = Read(np.empty((vertices[-1], 2)), rings, geoms, np.ones(geoms[-1]))
        rows = np.arange(len(self.sizes)) if wanted is None else np.flatnonzero(wanted)
        first = 0
        for chunk in self._source:
            last = first + len(chunk[1]) - 1
            here = rows[slice(*np.searchsorted(rows, (first, last)))]
            self._copy(chunk, first, here, vertices, found)
            first = last
        return found

    def _copy(
        self, chunk: tuple[Bytes, Ints], first: int, rows: Ints, vertices: Ints, out: Read
    ) -> None:
        each(
            lambda a, b: _copy_rows(*chunk, self._family, first, rows[a:b], vertices, out),
            cut(len(rows)),
        )


def survey(source: list[tuple[Bytes, Ints]], family: int) -> Survey:
    """Look over every chunk of WKB, on all cores.

    Parameters
    ----------
    source : list of (bytes, offsets)
        From :func:`geo.measure.edges.wkb.buffers`.
    family : int
        ``wkb.LINE`` or ``wkb.POLYGON``; multi geometries of it are of it too.

    Raises
    ------
    MeasureError
        If a row is anything else; the message names the first such row.
    """
    count = sum(len(offsets) - 1 for _, offsets in source)
    measures, boxes = np.empty(count), np.empty((count, 4))
    sizes = np.empty((count, 2), dtype=np.int64)
    first = 0
    for data, offsets in source:
        here = slice(first, first + len(offsets) - 1)
        out = measures[here], boxes[here], sizes[here]
        _survey_chunk(data, offsets, family, first, out)
        first = here.stop
    return Survey(measures, boxes, sizes, family, source)


def _survey_chunk(
    data: Bytes, offsets: Ints, family: int, first: int, out: tuple[Floats, Floats, Ints]
) -> None:
    bad = each(lambda a, b: _survey_rows(data, offsets, family, a, b, *out), cut(len(offsets) - 1))
    for row, code in bad:
        if row >= 0:
            raise wkb.refuse(first + row, code)


def _starts(sizes: Ints, wanted: Bools | None) -> Ints:
    """Return where each feature's share begins, and the end, shape (n + 1,)."""
    out = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes if wanted is None else np.where(wanted, sizes, 0), out=out[1:])
    return out


@compiled
def _survey_rows(
    data: Bytes,
    offsets: Ints,
    family: int,
    start: int,
    stop: int,
    measures: Floats,
    boxes: Floats,
    sizes: Ints,
) -> tuple[int, int]:
    """Write what rows [start, stop) measure, their boxes and sizes; return the first (bad, code).

    The area is the sum of |area| of outer rings less that of holes.
    """
    for row in range(start, stop):
        box = boxes[row]
        box[0], box[1], box[2], box[3] = np.inf, np.inf, -np.inf, -np.inf
        rings, vertices, measure = _survey_row(data, offsets[row], offsets[row + 1], family, box)
        if rings < 0:
            return row, rings
        sizes[row, RINGS], sizes[row, VERTICES] = rings, vertices
        measures[row] = measure
    return -1, 0


@bare
def _survey_row(data: Bytes, at: int, end: int, family: int, box: Floats) -> tuple[int, int, float]:
    """Return (rings, vertices, measure) of one row, or a code < 0 first; widen the box.

    No length is trusted: each is held against the end of the row before anything is read.
    """
    kind = kind_of(data, at, end)
    if kind != family and kind != family + 3:
        return (kind if kind < 0 else OTHER_TYPE), 0, 0.0
    parts, many = 1, kind != family
    at += HEAD
    if many:
        parts = uint32(data, at)
        at += COUNT
    rings, vertices, total = 0, 0, 0.0
    for _ in range(parts):
        if many:
            kind = kind_of(data, at, end)
            if kind != family:
                return (kind if kind < 0 else OTHER_TYPE), 0, 0.0
            at += HEAD
        more, points, measure, at = _survey_part(data, at, end, family, box)
        if more < 0:
            return more, 0, 0.0
        rings += more
        vertices += points
        total += measure
    return (rings, vertices, total) if at == end else (CUT_SHORT, 0, 0.0)


@bare
def _survey_part(
    data: Bytes, at: int, end: int, family: int, box: Floats
) -> tuple[int, int, float, int]:
    """Return (rings, vertices, measure, next byte) of the part whose type ends at `at`."""
    rings, vertices, total = 1, 0, 0.0
    if family == POLYGON:
        if at + COUNT > end:
            return CUT_SHORT, 0, 0.0, at
        rings = uint32(data, at)
        at += COUNT
    for ring in range(rings):
        if at + COUNT > end:
            return CUT_SHORT, 0, 0.0, at
        points = uint32(data, at)
        at += COUNT
        if at + VERTEX * points > end:
            return CUT_SHORT, 0, 0.0, at
        code, measure = _measure(data, at, points, family, box)
        if code < 0:
            return code, 0, 0.0, at
        total += -measure if ring else measure
        vertices += points
        at += VERTEX * points
    return rings, vertices, total, at


@bare
def _measure(data: Bytes, at: int, points: int, family: int, box: Floats) -> tuple[int, float]:
    """Return (0, area or length) of one ring or part; or a code < 0."""
    if family != POLYGON:
        length = _length(data, at, points, box)
        return (0 if np.isfinite(length) else NOT_FINITE), length
    if points == 0:
        return 0, 0.0
    last = at + VERTEX * (points - 1)
    signed = _shoelace(data, at, points, box)
    if not np.isfinite(signed):
        return NOT_FINITE, signed
    if double(data, at) != double(data, last) or double(data, at + 8) != double(data, last + 8):
        return NOT_CLOSED, signed
    return 0, abs(signed)


@bare
def _shoelace(data: Bytes, at: int, points: int, box: Floats) -> float:
    """Return the signed area of one ring, m2, > 0 counter-clockwise; widen the box.

    NaN or infinite where a coordinate is.
    """
    x0, y0 = double(data, at), double(data, at + 8)
    twice, x1, y1 = 0.0, 0.0, 0.0
    west, south, east, north = box[0], box[1], box[2], box[3]
    for k in range(points):
        x, y = double(data, at + VERTEX * k), double(data, at + VERTEX * k + 8)
        west, east = min(west, x), max(east, x)
        south, north = min(south, y), max(north, y)
        x2, y2 = x - x0, y - y0
        twice += x1 * y2 - x2 * y1
        x1, y1 = x2, y2
    box[0], box[1], box[2], box[3] = west, south, east, north
    return 0.5 * twice


@bare
def _length(data: Bytes, at: int, points: int, box: Floats) -> float:
    """Return the length of one part, m, NaN where a coordinate is not finite; widen the box."""
    west, south, east, north = box[0], box[1], box[2], box[3]
    length, x1, y1 = 0.0, 0.0, 0.0
    for k in range(points):
        x, y = double(data, at + VERTEX * k), double(data, at + VERTEX * k + 8)
        west, east = min(west, x), max(east, x)
        south, north = min(south, y), max(north, y)
        length += 0.0 * x + 0.0 * y
        if k:
            length += np.hypot(x - x1, y - y1)
        x1, y1 = x, y
    box[0], box[1], box[2], box[3] = west, south, east, north
    return length


@compiled
def _copy_rows(
    data: Bytes, offsets: Ints, family: int, first: int, rows: Ints, vertices: Ints, out: Read
) -> None:
    """Copy rows that were looked over.

    Parameters
    ----------
    first : int
        The row of the layer that the chunk begins with.
    rows : numpy.ndarray of int
        Rows of the layer, all in the chunk.
    vertices : numpy.ndarray of int, shape (n + 1,)
        Where each row's vertices begin in the output.
    """
    for row in rows:
        at = offsets[row - first]
        parts, many = 1, uint32(data, at + 1) != family
        at += HEAD
        if many:
            parts = uint32(data, at)
            at += COUNT
        ring, to = out.geoms[row], vertices[row]
        for _ in range(parts):
            at += HEAD if many else 0
            inner = 1
            if family == POLYGON:
                inner = uint32(data, at)
                at += COUNT
            for number in range(inner):
                points = uint32(data, at)
                at += COUNT
                out.rings[ring] = to
                left = _copy_ring(data, at, points, out.xy, to) >= 0
                out.signs[ring] = 1.0 if left == (number == 0) else -1.0
                at += VERTEX * points
                to += points
                ring += 1


@bare
def _copy_ring(data: Bytes, at: int, points: int, xy: Floats, to: int) -> float:
    """Copy the vertices of one ring; return twice its signed area."""
    x0, y0 = (double(data, at), double(data, at + 8)) if points else (0.0, 0.0)
    twice, x1, y1 = 0.0, 0.0, 0.0
    for k in range(points):
        x, y = double(data, at + VERTEX * k), double(data, at + VERTEX * k + 8)
        xy[to + k, 0], xy[to + k, 1] = x, y
        x2, y2 = x - x0, y - y0
        twice += x1 * y2 - x2 * y1
        x1, y1 = x2, y2
    return twice
