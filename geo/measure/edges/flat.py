"""Features as flat arrays: what every kernel of the engine reads.

Interior is where the winding number is one. A ring of a polygon winds either way in a file; its
`sign` is +1 where walking along its vertices keeps the interior on the left (an outer ring
counter-clockwise, a hole clockwise) and -1 otherwise, and whether a ring is outer is told by its
place in its part, never by its orientation. Areas are shoelace sums relative to a ring's first
vertex: at coordinates of 1e6 metres nothing is lost.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely

from geo.errors import MeasureError
from geo.measure.edges import wkb
from geo.measure.edges.bare import bare
from geo.measure.edges.compiled import compiled
from geo.measure.edges.threads import cut, each
from geo.measure.zones import Bools, Floats, Geometries, Ints

Source = list[tuple[wkb.Bytes, Ints]]


class Flat(NamedTuple):
    """n polygons or multipolygons of r rings and v vertices; kernels take it as it is.

    Attributes
    ----------
    xy : numpy.ndarray of float, shape (v, 2)
        (easting, northing), metres; a ring's last vertex repeats its first.
    rings : numpy.ndarray of int, shape (r + 1,)
        Ring i has the vertices rings[i] to rings[i + 1] - 1.
    geoms : numpy.ndarray of int, shape (n + 1,)
        Geometry i has the rings geoms[i] to geoms[i + 1] - 1.
    signs : numpy.ndarray of float, shape (r,)
        +1: the interior is on the left of the ring; -1: on its right.
    areas_m2 : numpy.ndarray of float, shape (n,)
    boxes : numpy.ndarray of float, shape (n, 4)
        minx, miny, maxx, maxy; (inf, inf, -inf, -inf) of an empty geometry.
    """

    xy: Floats
    rings: Ints
    geoms: Ints
    signs: Floats
    areas_m2: Floats
    boxes: Floats

    @property
    def size(self) -> int:
        """The number of geometries."""
        return len(self.areas_m2)


class FlatLines(NamedTuple):
    """n lines or multilines of r parts and v vertices.

    Attributes
    ----------
    xy : numpy.ndarray of float, shape (v, 2)
        (easting, northing), metres.
    parts : numpy.ndarray of int, shape (r + 1,)
        Part i has the vertices parts[i] to parts[i + 1] - 1.
    geoms : numpy.ndarray of int, shape (n + 1,)
        Geometry i has the parts geoms[i] to geoms[i + 1] - 1.
    lengths_m : numpy.ndarray of float, shape (n,)
    boxes : numpy.ndarray of float, shape (n, 4)
        As in :class:`Flat`.
    """

    xy: Floats
    parts: Ints
    geoms: Ints
    lengths_m: Floats
    boxes: Floats

    @property
    def size(self) -> int:
        """The number of geometries."""
        return len(self.lengths_m)


def polygons(geometries: Geometries) -> Flat:
    """Return shapely polygons and multipolygons as flat arrays; Z is dropped.

    Parameters
    ----------
    geometries : numpy.ndarray of shapely.Geometry, shape (n,)
        Valid or empty, none missing.

    Raises
    ------
    MeasureError
        If one is missing, of another type, or has a coordinate that is not finite.
    """
    return _flat([_as_wkb(geometries, shapely.Polygon())])


def polygons_from_wkb(column: Any) -> Flat:  # noqa: ANN401 - Arrow has no types
    """Return an Arrow column of (multi)polygons as flat arrays, without GEOS objects.

    Parameters
    ----------
    column : pyarrow.Array or pyarrow.ChunkedArray
        Little-endian 2D WKB, binary or large_binary, without nulls; may be sliced.

    Raises
    ------
    MeasureError
        If a row is anything else; the message names the first such row.
    """
    return _flat(wkb.buffers(column))


def lines(geometries: Geometries) -> FlatLines:
    """Return shapely lines, rings and multilines as flat arrays; Z is dropped.

    Raises
    ------
    MeasureError
        As for :func:`polygons`.
    """
    plain = np.array(geometries, dtype=object).reshape(-1)
    ring = shapely.get_type_id(plain) == shapely.GeometryType.LINEARRING
    plain[ring] = [shapely.LineString(one) for one in plain[ring]]
    return _flat_lines([_as_wkb(plain, shapely.LineString())])


def lines_from_wkb(column: Any) -> FlatLines:  # noqa: ANN401 - Arrow has no types
    """Return an Arrow column of (multi)lines as flat arrays; see :func:`polygons_from_wkb`."""
    return _flat_lines(wkb.buffers(column))


def points(geometries: Geometries) -> Floats:
    """Return shapely points as coordinates, shape (n, 2), metres.

    Raises
    ------
    MeasureError
        If one is missing, empty or not a point.
    """
    return _points([_as_wkb(geometries)])


def points_from_wkb(column: Any) -> Floats:  # noqa: ANN401 - Arrow has no types
    """Return an Arrow column of points as coordinates, shape (n, 2); no multipoints."""
    return _points(wkb.buffers(column))


def _as_wkb(
    geometries: Geometries,
    empty: Any = None,  # noqa: ANN401 - shapely is not typed
) -> tuple[wkb.Bytes, Ints]:
    """Return WKB of shapely geometries; what is empty, of whatever type, becomes `empty`."""
    shapes = np.array(geometries, dtype=object).reshape(-1)
    lost = np.flatnonzero(shapely.is_missing(shapes))
    if len(lost):
        raise MeasureError("the geometry is missing", where=f"geometry, row {lost[0]}")
    if empty is not None:
        shapes[shapely.is_empty(shapes)] = empty
    return wkb.joined(shapely.to_wkb(shapes, output_dimension=2, byte_order=1, include_srid=False))


class _Raw(NamedTuple):
    xy: Floats
    rings: Ints
    geoms: Ints
    outer: Bools


def _flat(source: Source) -> Flat:
    raw = _read(source, wkb.POLYGON)
    count = len(raw.geoms) - 1
    signs, areas = np.ones(len(raw.outer)), np.zeros(count)
    boxes = np.empty((count, 4))
    bad = each(lambda a, b: _shoelace(*raw, a, b, signs, areas, boxes), cut(count))
    _refuse_first(bad)
    return Flat(raw.xy, raw.rings, raw.geoms, signs, areas, boxes)


def _flat_lines(source: Source) -> FlatLines:
    raw = _read(source, wkb.LINE)
    count = len(raw.geoms) - 1
    lengths, boxes = np.zeros(count), np.empty((count, 4))
    bad = each(lambda a, b: _measure(*raw[:3], a, b, lengths, boxes), cut(count))
    _refuse_first(bad)
    return FlatLines(raw.xy, raw.rings, raw.geoms, lengths, boxes)


def _points(source: Source) -> Floats:
    found, before = [np.empty((0, 2))], 0
    for data, offsets in source:
        xy = np.empty((len(offsets) - 1, 2))
        row = wkb.points(data, offsets, 0, len(xy), xy.view(np.uint8).reshape(-1))
        if row >= 0:
            raise wkb.refuse(before + row, wkb.point_code(data, offsets, row))
        strange = np.flatnonzero(~np.isfinite(xy).all(axis=1))
        if len(strange):
            raise wkb.refuse(before + int(strange[0]), wkb.NOT_FINITE)
        found.append(xy)
        before += len(xy)
    return np.concatenate(found)


def _read(source: Source, family: int) -> _Raw:
    """Read every chunk: first how much there is, then the coordinates, each on all cores."""
    counts = [_sizes(chunk, family) for chunk in source]
    before = 0
    for count in counts:
        bad = np.flatnonzero(count[:, 0] < 0)
        if len(bad):
            raise wkb.refuse(before + int(bad[0]), int(count[bad[0], 0]))
        before += len(count)
    sums = np.zeros((before + 1, 2), dtype=np.int64)
    np.cumsum(np.concatenate([np.empty((0, 2), np.int64), *counts]), axis=0, out=sums[1:])
    geoms, vertices = np.ascontiguousarray(sums[:, 0]), np.ascontiguousarray(sums[:, 1])
    xy = np.empty((vertices[-1], 2))
    rings = np.empty(geoms[-1] + 1, dtype=np.int64)
    rings[-1] = vertices[-1]
    outer = np.empty(geoms[-1], dtype=np.bool_)
    first = 0
    for chunk in source:
        last = first + len(chunk[1]) - 1
        _copy(chunk, family, geoms[first:last], vertices[first:last], rings, outer, xy)
        first = last
    return _Raw(xy, rings, geoms, outer)


def _sizes(chunk: tuple[wkb.Bytes, Ints], family: int) -> Ints:
    data, offsets = chunk
    out = np.empty((len(offsets) - 1, 2), dtype=np.int64)
    each(lambda a, b: wkb.sizes(data, offsets, family, a, b, out), cut(len(out)))
    return out


def _copy(
    chunk: tuple[wkb.Bytes, Ints],
    family: int,
    ring: Ints,
    vertex: Ints,
    rings: Ints,
    outer: Bools,
    xy: Floats,
) -> None:
    data, offsets = chunk
    views = wkb.shifted(data)
    each(
        lambda a, b: wkb.coordinates(
            data, offsets, family, a, b, ring, vertex, rings, outer, xy, views
        ),
        cut(len(offsets) - 1),
    )


def _refuse_first(bad: list[tuple[int, int]]) -> None:
    for row, code in bad:
        if row >= 0:
            raise wkb.refuse(row, code)


@bare
def _ring(xy: Floats, first: int, last: int, box: Floats) -> float:
    """Return the signed area of one ring (m2, > 0 counter-clockwise) and widen the box."""
    x0, y0 = xy[first, 0], xy[first, 1]
    twice, x1, y1 = 0.0, 0.0, 0.0
    west, south, east, north = box[0], box[1], box[2], box[3]
    for k in range(first, last):
        x, y = xy[k, 0], xy[k, 1]
        west, east = min(west, x), max(east, x)
        south, north = min(south, y), max(north, y)
        x2, y2 = x - x0, y - y0
        twice += x1 * y2 - x2 * y1
        x1, y1 = x2, y2
    box[0], box[1], box[2], box[3] = west, south, east, north
    return 0.5 * twice


@bare
def _finite(xy: Floats, k: int) -> bool:
    return bool(np.isfinite(xy[k, 0]) and np.isfinite(xy[k, 1]))


@compiled
def _shoelace(
    xy: Floats,
    rings: Ints,
    geoms: Ints,
    outer: Bools,
    start: int,
    stop: int,
    signs: Floats,
    areas: Floats,
    boxes: Floats,
) -> tuple[int, int]:
    """Write signs, areas and boxes of geometries [start, stop); return the first bad (row, code).

    The area is the sum of |area| of outer rings less that of holes.
    """
    for row in range(start, stop):
        box = boxes[row]
        box[0], box[1], box[2], box[3] = np.inf, np.inf, -np.inf, -np.inf
        area = 0.0
        for ring in range(geoms[row], geoms[row + 1]):
            first, last = rings[ring], rings[ring + 1]
            if last == first:
                continue
            if xy[first, 0] != xy[last - 1, 0] or xy[first, 1] != xy[last - 1, 1]:
                return row, (wkb.NOT_CLOSED if _finite(xy, first) else wkb.NOT_FINITE)
            signed = _ring(xy, first, last, box)
            if not np.isfinite(signed):
                return row, wkb.NOT_FINITE
            left = (signed >= 0) == outer[ring]
            signs[ring] = 1.0 if left else -1.0
            area += abs(signed) if outer[ring] else -abs(signed)
        areas[row] = area
    return -1, 0


@compiled
def _measure(
    xy: Floats, parts: Ints, geoms: Ints, start: int, stop: int, lengths: Floats, boxes: Floats
) -> tuple[int, int]:
    """Write lengths and boxes of lines [start, stop); return the first bad (row, code)."""
    for row in range(start, stop):
        west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
        length = 0.0
        for part in range(geoms[row], geoms[row + 1]):
            for k in range(parts[part], parts[part + 1]):
                x, y = xy[k, 0], xy[k, 1]
                if not (np.isfinite(x) and np.isfinite(y)):
                    return row, wkb.NOT_FINITE
                west, east = min(west, x), max(east, x)
                south, north = min(south, y), max(north, y)
                if k > parts[part]:
                    length += np.hypot(x - xy[k - 1, 0], y - xy[k - 1, 1])
        lengths[row] = length
        boxes[row, 0], boxes[row, 1], boxes[row, 2], boxes[row, 3] = west, south, east, north
    return -1, 0
