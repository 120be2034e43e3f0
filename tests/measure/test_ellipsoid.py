"""Areas and lengths on GRS 80: against pyproj's geodesics, and by their own laws."""

from __future__ import annotations

import drawing
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from geo import crs
from geo.errors import MeasureError
from geo.measure import ellipsoid

EQUAL_AREA = "+proj=cea +lon_0=19 +lat_ts=52 +ellps=GRS80"
GEOD = Geod(ellps="GRS80")
SEEDS = st.integers(0, 2**32 - 1)
EASTINGS = st.sampled_from([180_000.0, 500_000.0, 850_000.0])


def _moved(shapes, east):
    move = np.array([east - drawing.EAST, 100_000.0])
    return shapely.transform(shapes, lambda xy: xy + move)


def _geodesic(shape, step):
    """Area by Karney's geodesics between points that follow the plane's straight edges."""
    xy = shapely.get_coordinates(shapely.segmentize(shape, step))
    return abs(GEOD.polygon_area_perimeter(*crs.degrees(xy))[0])


@settings(deadline=None, max_examples=25)
@given(SEEDS, EASTINGS, st.sampled_from([300.0, 3_000.0, 30_000.0]))
def test_areas_agree_with_geodesics_along_the_edges(seed, east, reach):
    rng = np.random.default_rng(seed)
    star = _moved(drawing.stars(2, reach, reach, rng)[1:], east)  # the second has no hole
    expected = _geodesic(star[0], min(reach / 40, 30.0))
    found = ellipsoid.areas_m2(star)[0]
    # Karney's polygons are good to some 1e-6 m2 a vertex (they are summed from the equator).
    assert found == pytest.approx(expected, rel=1e-9, abs=2e-3)
    level = crs.reproject(shapely.segmentize(star, min(reach / 400, 5.0)), "EPSG:2180", EQUAL_AREA)
    assert found == pytest.approx(shapely.area(level)[0], rel=1e-9, abs=4e-9 * star[0].length)


@settings(deadline=None, max_examples=25)
@given(SEEDS, EASTINGS)
def test_pieces_make_the_whole(seed, east):
    """Cut by zones, with edges of kilometres: a cut moves no line."""
    rng = np.random.default_rng(seed)
    zones = _moved(drawing.jittered(3, 3, 3_000.0, rng), east)
    stars = _moved(drawing.stars(9, 9_000.0, 4_000, rng), east)
    walks = _moved(drawing.walks(9, 9_000.0, rng), east)
    for shapes, size in ((stars, ellipsoid.areas_m2), (walks, ellipsoid.lengths_m)):
        parts = shapely.intersection(shapes[:, None], zones[None, :]).ravel()
        rest = shapely.difference(shapes, shapely.union_all(zones))
        whole = size(shapes)
        sums = size(parts).reshape(9, 9).sum(axis=1) + size(rest)
        np.testing.assert_allclose(sums, whole, rtol=1e-9, atol=1e-5)


def test_lengths_are_those_of_geodesics():
    line = shapely.LineString([(500_000, 400_000), (507_000, 407_000), (507_000, 408_000)])
    lon, lat = crs.degrees(shapely.get_coordinates(line))
    found = ellipsoid.lengths_m(np.array([line, shapely.MultiLineString([line, line])]))
    assert found[0] == GEOD.line_length(lon, lat)
    assert found[1] == pytest.approx(2 * found[0], rel=1e-15)
    assert found[0] / line.length - 1 == pytest.approx(7e-4, rel=0.01)  # k = 0.9993 at 19 degrees E


def test_parts_holes_and_what_has_no_size():
    square = shapely.box(500_000, 300_000, 500_100, 300_100)
    hole = shapely.box(500_020, 300_020, 500_040, 300_040)
    frame = square.difference(hole)
    other = shapely.box(500_300, 300_000, 500_400, 300_100)
    both = shapely.MultiPolygon([*shapely.get_parts(frame), other])
    mixed = shapely.GeometryCollection(
        [both, shapely.Point(0, 0), shapely.LineString(hole.exterior)]
    )
    shapes = np.array([square, hole, frame, other, both, mixed, shapely.Polygon(), hole.exterior])
    a = ellipsoid.areas_m2(shapes)
    assert a[2] == pytest.approx(a[0] - a[1], rel=1e-8)
    assert a[[4, 5]] == pytest.approx([a[2] + a[3]] * 2, rel=1e-14)
    assert a[6:].tolist() == [0, 0]
    assert ellipsoid.areas_m2(shapely.reverse(shapes)) == pytest.approx(a, rel=1e-12)
    assert ellipsoid.lengths_m(shapes)[[0, 6]].tolist() == [0, 0]
    assert ellipsoid.lengths_m(shapes)[7] == pytest.approx(80 * 1.0007, rel=1e-5)
    assert ellipsoid.areas_m2(np.empty(0, dtype=object)).tolist() == []


def test_coordinates_that_are_nowhere():
    far = np.array([shapely.box(1e9, 1e9, 2e9, 2e9)])
    with pytest.raises(MeasureError):
        ellipsoid.areas_m2(far)
