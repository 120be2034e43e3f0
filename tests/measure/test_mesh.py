"""Squares and hexagons cover what they are laid over, once, under names that stay."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import LimitExceededError
from geo.measure.mesh import hexagons, squares

CORNER = st.tuples(st.floats(300_000, 700_000), st.floats(200_000, 700_000))
SPAN = st.tuples(st.floats(1.0, 3_000.0), st.floats(1.0, 3_000.0))


@given(CORNER, SPAN, st.sampled_from([100, 250, 333.5]))
@settings(max_examples=50)
def test_squares_cover_an_extent_without_overlap(corner, span, side):
    extent = (*corner, corner[0] + span[0], corner[1] + span[1])
    made = squares(extent, side)
    assert shapely.area(made.geometries) == pytest.approx(side * side)
    union = shapely.union_all(made.geometries)
    assert union.area == pytest.approx(side * side * len(made.ids))
    assert union.buffer(1e-6).covers(shapely.box(*extent))
    assert shapely.intersects(made.geometries, shapely.box(*extent)).all()
    assert list(made.ids) == sorted(set(made.ids))
    corners = shapely.bounds(made.geometries)[:, :2] / side
    assert np.abs(corners - np.round(corners)).max() < 1e-6


def test_a_square_has_the_same_name_under_any_extent():
    one, other = (
        squares((505_010, 270_010, 506_000, 271_000), 250),
        squares((505_260, 270_260, 509_000, 275_000), 250),
    )
    assert one.ids[0].startswith("250mN")
    both = set(one.ids) & set(other.ids)
    assert "250mN270250E505250" in both
    place = dict(zip(other.ids, other.geometries, strict=True))
    for key, square in zip(one.ids, one.geometries, strict=True):
        assert key not in both or place[key].equals(square)


@pytest.mark.parametrize("resolution", [7, 8, 9])
def test_hexagons_cover_an_extent(resolution):
    extent = (505_000.0, 270_000.0, 511_000.0, 274_250.0)
    made = hexagons(extent, resolution)
    union = shapely.union_all(made.geometries, grid_size=1e-3)
    # Cells are drawn with six corners, straight in degrees: seams of centimetres remain.
    assert shapely.difference(shapely.box(*extent), union).area < 1.0
    assert all(len(key) == 15 for key in made.ids)
    assert list(made.ids) == sorted(set(made.ids))


def test_too_many_zones_are_refused_before_they_are_made():
    poland = (170_000.0, 130_000.0, 860_000.0, 780_000.0)
    with pytest.raises(LimitExceededError, match="zones"):
        squares(poland, 100)
    with pytest.raises(LimitExceededError, match="zones"):
        hexagons(poland, 11)
