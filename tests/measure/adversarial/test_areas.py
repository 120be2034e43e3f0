"""Areas in hostile zones, by both forms, against rational numbers that round nowhere."""

from __future__ import annotations

import hostile
import numpy as np
import pytest
import rational
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.measure import engine
from geo.measure.zones import Zones

SEEDS = st.integers(0, 2**32 - 1)
FORMS = ("compiled", "plain")
SMALL = 40
"""Vertices of zones up to which all pairs are worked out exactly."""
CLOSES = {"compiled": 1e-12, "plain": 1e-11}
"""Of the scale. GEOS rounds the corners that it makes: its ledger closes a little worse."""


def _table(measured, count, zones):
    out = np.zeros((count, zones))
    out[measured.pieces.feature, measured.pieces.zone] = measured.pieces.measure
    return out


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None, max_examples=40)
@given(SEEDS)
def test_areas_are_the_exact_ones_and_close(form, seed):
    rng = np.random.default_rng(seed)
    place, size = hostile.somewhere(rng, 11)
    zones = hostile.zones(rng, place, size)
    features = hostile.features(rng, zones, place, size)
    measured = engine.area_in_zones(features, Zones(zones), form=form)
    found = _table(measured, len(features), len(zones))
    scale = np.ptp(shapely.total_bounds(features).reshape(2, 2), axis=0).max() ** 2
    rows = range(len(features))
    if shapely.get_num_coordinates(zones).sum() > SMALL:
        rows = rng.choice(len(features), 2, replace=False)
    for row in rows:
        for column, zone in enumerate(zones):
            exact = float(rational.common_area(features[row], zone))
            assert abs(found[row, column] - exact) <= 1e-12 * scale
    gaps = found.sum(axis=1) + measured.outside - measured.repeated - measured.total
    assert np.abs(gaps).max() <= CLOSES[form] * scale
    assert abs(gaps.sum()) <= 1e-12 * measured.total.sum()


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None, max_examples=20)
@given(SEEDS)
def test_areas_in_zones_that_overlap_close(form, seed):
    rng = np.random.default_rng(seed)
    place, size = hostile.somewhere(rng, 11)
    zones = hostile.zones(rng, place, size, overlapping=True)
    features = hostile.features(rng, zones, place, size)
    measured = engine.area_in_zones(features, Zones(zones), form=form)
    found = _table(measured, len(features), len(zones))
    gaps = found.sum(axis=1) + measured.outside - measured.repeated - measured.total
    # GEOS makes unions and overlaps; where it has to, it snaps to 1e-12 of a coordinate: 5e-7 m.
    assert abs(gaps.sum()) <= 1e-9 * measured.total.sum()


@settings(deadline=None, max_examples=60)
@given(SEEDS)
def test_the_rational_area_is_that_of_shapely(seed):
    """The judge is judged, where floats are exact enough."""
    rng = np.random.default_rng(seed)
    zones = hostile.zones(rng, (0.0, 0.0), 1.0)[:3]
    one = hostile.features(rng, zones, (0.0, 0.0), 1.0)[-1]
    for zone in zones:
        expected = shapely.area(shapely.intersection(one, zone))
        assert float(rational.common_area(one, zone)) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("form", FORMS)
def test_crumbs_at_both_ends_of_a_city_are_not_rounded_away(form):
    """Two parts of a square millimetre, 34 km apart: their box is 570 km2."""
    zones = np.array([shapely.box(5e5, 7e5, 5.15e5, 7.3e5), shapely.box(5.15e5, 7e5, 5.3e5, 7.3e5)])
    crumbs = [
        shapely.box(x, y, x + 2**-10, y + 2**-10) for x, y in ((505e3, 705e3), (529e3, 729e3))
    ]
    feature = np.array([shapely.MultiPolygon(crumbs)], dtype=object)
    measured = engine.area_in_zones(feature, Zones(zones), form=form)
    assert measured.pieces.measure.tolist() == [2.0**-20] * 2
    assert measured.outside.tolist() == [0.0]
