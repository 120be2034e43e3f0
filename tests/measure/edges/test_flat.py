"""Flat geometry from shapely and from Arrow's WKB; what is refused, and that nothing crashes."""

from __future__ import annotations

import struct

import drawing
import lattice
import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import MeasureError
from geo.measure.edges import flat

SEEDS = st.integers(0, 2**32 - 1)
OFTEN = settings(deadline=None, max_examples=100)
READERS = {
    "polygons": flat.polygons_from_wkb,
    "lines": flat.lines_from_wkb,
    "points": flat.points_from_wkb,
}


def _column(shapes, kind=None):
    return pa.array(shapely.to_wkb(shapes, byte_order=1), kind or pa.binary())


def _same(one, other):
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@OFTEN
@given(SEEDS, st.integers(0, 30))
def test_polygons_keep_area_box_and_vertices(seed, count):
    rng = np.random.default_rng(seed)
    shapes = lattice.place(lattice.polygons(count, rng))
    turned = shapes.copy()
    turned[::2] = shapely.reverse(turned[::2])
    found = flat.polygons(turned)
    np.testing.assert_allclose(found.areas_m2, shapely.area(shapes), rtol=1e-12)
    assert np.array_equal(found.boxes, shapely.bounds(shapes).reshape(-1, 4))
    assert np.array_equal(found.xy, shapely.get_coordinates(turned))
    assert found.geoms[-1] == len(found.signs) == len(found.rings) - 1
    _same(found, flat.polygons_from_wkb(_column(turned)))


def test_the_interior_is_on_the_left_of_a_ring_of_sign_one():
    square, hole = [(0, 0), (4, 0), (4, 4), (0, 4)], [(1, 1), (2, 1), (2, 2), (1, 2)]
    shapes = [
        shapely.Polygon(ring, [inner])
        for ring in (square, square[::-1])
        for inner in (hole, hole[::-1])
    ]
    assert flat.polygons(np.array(shapes)).signs.tolist() == [1, -1, 1, 1, -1, -1, -1, 1]


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary()])
def test_columns_may_be_chunked_and_sliced(kind):
    rng = np.random.default_rng(1)
    shapes = lattice.place(lattice.polygons(50, rng))
    whole = flat.polygons(shapes)
    chunks = [_column(shapes[:7], kind), _column(shapes[7:7], kind), _column(shapes[7:], kind)]
    _same(flat.polygons_from_wkb(pa.chunked_array(chunks)), whole)
    padded = _column(np.concatenate((shapes[:3], shapes, shapes[:4])), kind)
    _same(flat.polygons_from_wkb(padded.slice(3, 50)), whole)
    _same(flat.polygons_from_wkb(pa.chunked_array([], kind)), flat.polygons(shapes[:0]))


def test_lines_and_points():
    rng = np.random.default_rng(2)
    walks = drawing.walks(30, 100.0, rng)
    many = np.append(walks, shapely.multilinestrings(walks[:3]))
    many = np.append(many, [shapely.LineString(), shapely.LinearRing([(0, 0), (1, 0), (1, 1)])])
    found = flat.lines(many)
    np.testing.assert_allclose(found.lengths_m, shapely.length(many), rtol=1e-14)
    assert np.array_equal(found.boxes[:-2], shapely.bounds(many[:-2]))
    _same(flat.lines_from_wkb(_column(many[:-1])), flat.lines(many[:-1]))
    spots = drawing.spots(20, 100.0, rng)
    assert np.array_equal(flat.points(spots), shapely.get_coordinates(spots))
    column = pa.chunked_array([_column(spots[:5]), _column(spots[5:])])
    assert np.array_equal(flat.points_from_wkb(column), flat.points(spots))


def test_z_is_dropped_from_shapely_and_refused_from_wkb():
    shape = np.array([shapely.from_wkt("POLYGON Z ((0 0 5, 1 0 5, 1 1 5, 0 0 5))")])
    assert flat.polygons(shape).areas_m2.tolist() == [0.5]
    for flavor in ("iso", "extended"):
        column = pa.array(shapely.to_wkb(shape, byte_order=1, flavor=flavor, output_dimension=3))
        with pytest.raises(MeasureError, match="Z, M or an SRID"):
            flat.polygons_from_wkb(column)


SQUARE = shapely.box(0, 0, 1, 1)
GOOD = shapely.to_wkb(SQUARE, byte_order=1)
NAN = shapely.to_wkb(shapely.LineString([(0, 0), (1, 1)]), byte_order=1)[:-8]
NAN += struct.pack("<d", np.nan)
OPEN = GOOD[:-8] + struct.pack("<d", 7.0)
OPEN_EAST = GOOD[:-16] + struct.pack("<d", 7.0) + GOOD[-8:]
ONE_NAN = struct.pack("<BIIdd", 1, 2, 1, np.nan, 0.0)
OTHER_PART = bytearray(shapely.to_wkb(shapely.MultiPolygon([SQUARE]), byte_order=1))
OTHER_PART[10] = 2
WRONG = [
    ("polygons", shapely.to_wkb(SQUARE, byte_order=0), "not little endian"),
    ("polygons", shapely.to_wkb(shapely.Point(0, 0), byte_order=1), "another type"),
    ("polygons", shapely.to_wkb(shapely.GeometryCollection([SQUARE]), byte_order=1), "another"),
    ("polygons", GOOD[:-1], "too early"),
    ("polygons", GOOD + b"\0", "too early"),
    ("polygons", b"", "too early"),
    ("polygons", OPEN, "does not end where it begins"),
    ("polygons", OPEN_EAST, "does not end where it begins"),
    ("polygons", bytes(OTHER_PART), "another type"),
    ("polygons", GOOD[:13] + NAN[-8:] + GOOD[21:], "not a finite number"),
    ("polygons", GOOD[:29] + NAN[-8:] + GOOD[37:], "not a finite number"),
    ("lines", NAN, "not a finite number"),
    ("lines", ONE_NAN, "not a finite number"),
    ("lines", GOOD, "another type"),
    ("points", GOOD, "another type"),
    ("points", shapely.to_wkb(shapely.Point(), byte_order=1), "not a finite number"),
    ("points", shapely.to_wkb(shapely.Point(1, 2), byte_order=1) + b"\0", "too early"),
]


@pytest.mark.parametrize(("reader", "bad", "what"), WRONG, ids=range(len(WRONG)))
def test_a_bad_row_is_named(reader, bad, what):
    fine = {"polygons": SQUARE, "lines": SQUARE.exterior, "points": shapely.Point(1, 1)}[reader]
    if reader == "lines":
        fine = shapely.LineString(fine)
    row = shapely.to_wkb(fine, byte_order=1)
    column = pa.chunked_array([pa.array([row, row]), pa.array([row, bad, bad])])
    with pytest.raises(MeasureError, match=what) as caught:
        READERS[reader](column)
    assert caught.value.where == "geometry, row 3"


def test_a_ring_without_vertices_has_no_area():
    row = GOOD[:5] + struct.pack("<I", 2) + GOOD[9:] + struct.pack("<I", 0)
    found = flat.polygons_from_wkb(pa.array([row, row]))
    assert found.areas_m2.tolist() == [1, 1]
    assert np.diff(found.rings).tolist() == [5, 0, 5, 0]
    assert np.array_equal(found.xy, np.tile(shapely.get_coordinates(SQUARE), (2, 1)))


def test_missing_geometries_and_columns_of_other_types_are_refused():
    with pytest.raises(MeasureError, match="missing") as caught:
        flat.polygons_from_wkb(pa.chunked_array([pa.array([GOOD]), pa.array([GOOD, None])]))
    assert caught.value.where == "geometry, row 2"
    with pytest.raises(MeasureError, match="missing"):
        flat.polygons(np.array([SQUARE, None], dtype=object))
    with pytest.raises(MeasureError, match="binary, not string"):
        flat.polygons_from_wkb(pa.array(["POLYGON"]))


@settings(deadline=None, max_examples=400)
@given(SEEDS, st.data())
def test_any_bytes_are_read_or_refused(seed, data):
    """No length in a row is trusted: a read past its end would crash the process."""
    rng = np.random.default_rng(seed)
    row = bytearray(shapely.to_wkb(lattice.polygons(1, rng)[0], byte_order=1))
    for _ in range(data.draw(st.integers(1, 4))):
        row[data.draw(st.integers(0, min(len(row) - 1, 40)))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(row)))
    for given_bytes in (bytes(row), bytes(row[:cut])):
        for read in READERS.values():
            try:
                found = read(pa.array([given_bytes]))
            except MeasureError as refusal:
                assert refusal.where == "geometry, row 0"
            else:
                rows = len(found) if isinstance(found, np.ndarray) else len(found.geoms) - 1
                assert rows == 1
