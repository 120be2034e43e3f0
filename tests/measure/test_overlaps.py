"""Ground under several features counts once."""

from __future__ import annotations

import drawing
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.measure.overlaps import once


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 25), st.floats(20, 400))
def test_the_pieces_are_the_union_disjoint_and_in_any_order_the_same(seed, count, reach):
    rng = np.random.default_rng(seed)
    polygons = drawing.stars(count, 1_000, reach, rng)
    ids = [f"g{number:03}" for number in range(count)]
    ground = once(polygons, ids)
    union = shapely.area(shapely.union_all(polygons))
    assert shapely.area(ground.geometries).sum() == pytest.approx(union, rel=1e-9)
    whole = shapely.area(polygons).sum()
    assert ground.counted_away_m2.sum() == pytest.approx(whole - union, abs=1e-9 * whole)
    np.testing.assert_allclose(
        shapely.area(ground.geometries) + ground.counted_away_m2, shapely.area(polygons), rtol=1e-9
    )
    turn = rng.permutation(count)
    again = once(polygons[turn], [ids[row] for row in turn])
    assert shapely.equals_exact(again.geometries, ground.geometries[turn]).all()


def test_the_smaller_id_keeps_the_ground():
    polygons = drawing.squares((0, 0, 10, 10), (5, 0, 15, 10), (5, 0, 10, 10))
    ground = once(polygons, ["b", "a", "c"])
    assert shapely.area(ground.geometries).tolist() == [50, 100, 0]
    assert ground.counted_away_m2.tolist() == [50, 0, 50]


def test_neighbours_that_only_touch_stay_as_they_are():
    polygons = drawing.squares((0, 0, 10, 10), (10, 0, 20, 10), (20, 10, 30, 20))
    ground = once(polygons, [1, 2, 3])
    assert shapely.equals_exact(ground.geometries, polygons).all()
    assert ground.counted_away_m2.tolist() == [0, 0, 0]


def test_nothing_overlaps_nothing():
    assert len(once(np.empty(0, dtype=object), []).geometries) == 0
