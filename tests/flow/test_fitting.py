"""Vertices that come back from a GIS program a hair beside where they were published."""

from __future__ import annotations

import numpy as np
import shapely

from geo import crs
from geo.flow.fitting import fitted

EAST, NORTH = 503_000.0, 270_000.0


def _square(x, y, side=1000.0):
    return shapely.box(EAST + x, NORTH + y, EAST + x + side, NORTH + y + side)


def test_a_district_that_went_through_geojson_is_itself_but_for_the_vertex_that_was_moved():
    one, other = _square(0, 0), _square(1000, 0)
    corner = np.array([EAST + 1000, NORTH + 1000])
    moved = shapely.transform(
        one,
        lambda xy: np.where((xy == corner).all(axis=1)[:, None], xy + np.array([25.0, 15.0]), xy),
    )
    degrees = crs.reproject(np.array([moved], dtype=object), crs.METRIC, crs.CRS84)
    rounded = shapely.transform(degrees, lambda xy: np.round(xy, 7))
    back = crs.reproject(rounded, crs.CRS84, crs.METRIC)
    assert not (set(_corners(back[0])) & set(_corners(moved)))
    found, count = fitted(back, np.array([one, other], dtype=object))
    assert count == 4  # three corners, of which the first closes the ring
    assert len(set(_corners(found[0])) & set(_corners(one))) == 3
    assert shapely.hausdorff_distance(found[0], moved) < 0.01


def _corners(shape):
    return [tuple(at) for at in shapely.get_coordinates(shape).tolist()]


def test_what_is_farther_than_a_centimetre_stays_as_it_was_drawn():
    drawn = np.array([_square(0.02, 0.02)], dtype=object)
    found, count = fitted(drawn, np.array([_square(0, 0)], dtype=object))
    assert count == 0
    assert found[0] is drawn[0]


def test_what_would_not_be_valid_stays_as_it_was_drawn():
    """Three vertices of a needle are within a centimetre of one published vertex."""
    needle = shapely.Polygon([(EAST + 0.002, NORTH), (EAST, NORTH + 0.002), (EAST, NORTH - 0.002)])
    found, count = fitted(np.array([needle], dtype=object), np.array([_square(0, 0)], dtype=object))
    assert count == 0
    assert shapely.equals_exact(found[0], needle)
