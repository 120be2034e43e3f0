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
from geo.measure.edges.survey import Survey, survey
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
    return of_polygons(survey_shapes(geometries))


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
    return of_polygons(survey_polygons(column))


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
    return of_lines(survey([_as_wkb(plain, shapely.LineString())], wkb.LINE))


def lines_from_wkb(column: Any) -> FlatLines:  # noqa: ANN401 - Arrow has no types
    """Return an Arrow column of (multi)lines as flat arrays; see :func:`polygons_from_wkb`."""
    return of_lines(survey_lines(column))


def survey_shapes(geometries: Geometries) -> Survey:
    """Look over shapely polygons and multipolygons; see :func:`polygons`."""
    return survey([_as_wkb(geometries, shapely.Polygon())], wkb.POLYGON)


def survey_polygons(column: Any) -> Survey:  # noqa: ANN401 - Arrow has no types
    """Look over an Arrow column of (multi)polygons; see :func:`polygons_from_wkb`."""
    return survey(wkb.buffers(column), wkb.POLYGON)


def survey_lines(column: Any) -> Survey:  # noqa: ANN401 - Arrow has no types
    """Look over an Arrow column of (multi)lines; see :func:`polygons_from_wkb`."""
    return survey(wkb.buffers(column), wkb.LINE)


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


def of_polygons(found: Survey, wanted: Bools | None = None) -> Flat:
    """Return polygons that were looked over as flat arrays.

    Parameters
    ----------
    wanted : numpy.ndarray of bool, shape (n,), optional
        The others have an area and a box, and no ring.
    """
    return Flat(*found.read(wanted), found.measures, found.boxes)


def of_lines(found: Survey, wanted: Bools | None = None) -> FlatLines:
    """Return lines that were looked over as flat arrays; see :func:`of_polygons`."""
    return FlatLines(*found.read(wanted)[:3], found.measures, found.boxes)


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
