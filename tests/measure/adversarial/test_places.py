"""Points on corners, on borders as well as floats can, and a hair outside: each in one zone."""

from __future__ import annotations

from fractions import Fraction

import hostile
import numpy as np
import pytest
import rational
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.measure import engine, kernels
from geo.measure.zones import Zones

SEEDS = st.integers(0, 2**32 - 1)


def _zone_of(points, zones, form):
    measured = engine.points_in_zones(points, Zones(zones), form=form)
    feature, zone = measured.pieces.feature, measured.pieces.zone
    assert len(np.unique(feature)) == len(feature)
    found = np.full(len(points), -1)
    found[feature] = zone
    assert ((found < 0) == (measured.outside == 1)).all()
    return found.tolist()


@settings(deadline=None, max_examples=80)
@given(SEEDS)
def test_each_point_is_in_the_first_zone_that_holds_it(seed):
    rng = np.random.default_rng(seed)
    size = float(rng.choice([1e-3, 1.0, 100.0, 1e5]))
    place = hostile.PLACES[int(rng.integers(3))]
    zones = hostile.zones(rng, place, size)
    points = hostile.points(rng, zones, place, size)
    compiled, plain = (_zone_of(points, zones, form) for form in ("compiled", "plain"))
    assert compiled == plain
    for row in rng.choice(len(points), 8):
        p = tuple(Fraction(v) for v in shapely.get_coordinates(points[row])[0].tolist())
        near = [zone for zone in zones if shapely.distance(zone.boundary, points[row]) < 5e-9]
        if not near:  # nearer than that, a point is on the border whatever rounding says
            assert plain[row] == rational.first_holder(zones, p)


@pytest.mark.parametrize("form", ["compiled", "plain"])
def test_how_many_points_there_are_changes_nothing(form):
    """A point half a tolerance beyond the rim was inside alone, and outside among 5 000."""
    zones = np.array([shapely.box(500_000, 700_000, 500_010, 700_010)], dtype=object)
    rim = shapely.points([[500_010.0000000005, 700_005.0], [500_010.000000002, 700_005.0]])
    for count in (1, kernels.GRID_FROM):
        found = _zone_of(np.repeat(rim, count), zones, form)
        assert found == [0] * count + [-1] * count
