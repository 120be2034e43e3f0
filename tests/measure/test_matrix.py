"""Sums in parts: the same bits however features are ordered, parted and shared out."""

from __future__ import annotations

import math
import pickle
from concurrent.futures import ThreadPoolExecutor

import drawing
import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import MeasureError
from geo.measure import engine
from geo.measure.kernels import per_zone
from geo.measure.streamed import fixed, matrix
from geo.measure.zones import Zones

SEEDS = st.integers(0, 2**32 - 1)
MEASURES = st.sampled_from(["area", "length", "count"])
ARRAYS = ("inside_sums", "outside_sums", "whole_sums", "repeated_sums", "met", "features", "rows")
EXTENT = 900.0


def _features(measure, count, rng):
    if measure == "area":
        return drawing.stars(count, EXTENT, 200, rng)
    if measure == "length":
        return drawing.walks(count, EXTENT, rng)
    return drawing.stars(count, EXTENT, 90, rng)


def _wkb(shapes):
    return pa.array(shapely.to_wkb(shapes), pa.binary())


def _same_bits(one, other):
    for name in ARRAYS:
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


@settings(deadline=None, max_examples=60)
@given(SEEDS, MEASURES, st.integers(0, 40), st.integers(1, 5), st.booleans())
def test_order_and_parts_change_no_bit(seed, measure, count, parts, overlapping):
    rng = np.random.default_rng(seed)
    zones = drawing.jittered(3, 3, 300.0, rng)
    if overlapping:
        zones = drawing.stars(5, 700.0, 300, rng)
    shapes, codes = _features(measure, count, rng), rng.integers(0, 3, count)
    weights = rng.uniform(0, 9, count)
    places = matrix.places(zones)
    whole = matrix.partial(measure, _wkb(shapes), codes, 3, places, weights)
    order = rng.permutation(count)
    made = [
        matrix.partial(measure, _wkb(shapes[rows]), codes[rows], 3, places, weights[rows])
        for rows in np.array_split(order, parts)
    ]
    rng.shuffle(made)
    again = sum(made[1:], start=made[0]) + matrix.nothing(measure, places, 3)
    _same_bits(whole, again)
    assert whole.closes() <= 1e-12
    there = pickle.loads(pickle.dumps(places))
    _same_bits(whole, matrix.partial(measure, _wkb(shapes), codes, 3, there, weights))


@settings(deadline=None, max_examples=40)
@given(SEEDS, MEASURES, st.integers(1, 40), st.booleans())
def test_the_sums_are_those_of_a_whole_run(seed, measure, count, overlapping):
    """Of area, length and count in zones, by class; each rounded once."""
    rng = np.random.default_rng(seed)
    zones = drawing.jittered(3, 3, 300.0, rng)
    if overlapping:
        zones = drawing.stars(5, 700.0, 300, rng)
    shapes, codes = _features(measure, count, rng), rng.integers(0, 3, count)
    places = matrix.places(zones)
    found = matrix.partial(measure, _wkb(shapes), codes, 3, places)
    ask = {"area": engine.area_in_zones, "length": engine.length_in_zones,
           "count": engine.points_in_zones}[measure]  # fmt: skip
    plain = matrix.partial(measure, _wkb(shapes), codes, 3, places, form="plain")
    np.testing.assert_allclose(plain.inside, found.inside, rtol=1e-9, atol=1e-6)
    assert plain.closes() <= 1e-9
    given_ = shapely.point_on_surface(shapes) if measure == "count" else shapes
    measured = ask(given_, Zones(zones), form="plain")
    pieces = measured.pieces
    sums = per_zone(pieces.measure, pieces.zone * 3 + codes[pieces.feature], len(zones) * 3)
    np.testing.assert_allclose(found.inside.ravel(), sums, rtol=1e-9, atol=1e-6)
    met = np.bincount(pieces.zone * 3 + codes[pieces.feature], minlength=len(zones) * 3)
    if measure == "count":
        assert found.counts.ravel().tolist() == met.tolist()
    for name, values in (("outside", measured.outside), ("whole", measured.total),
                         ("repeated", measured.repeated)):  # fmt: skip
        expected = np.bincount(codes, values, minlength=3)
        np.testing.assert_allclose(getattr(found, name), expected, rtol=1e-9, atol=1e-6)
    assert found.features.tolist() == np.bincount(codes, minlength=3).tolist()


@pytest.mark.parametrize("measure", ["area", "length", "count"])
def test_threads_share_places_and_change_no_bit(measure):
    """Zones that overlap: their union and overlaps are made by one of the threads."""
    rng = np.random.default_rng(5)
    shapes, zones = _features(measure, 200, rng), drawing.stars(9, 700.0, 200, rng)
    column, codes = _wkb(shapes), np.zeros(200, dtype=np.int64)
    places = matrix.places(zones)
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: matrix.partial(measure, column, codes, 1, places), range(8)))
    for one in made[1:]:
        _same_bits(made[0], one)


def test_classes_are_spread_and_points_are_counted():
    zones = drawing.squares((0, 0, 10, 10), (10, 0, 20, 10))
    places = matrix.places(zones)
    points = _wkb(shapely.points([(1, 1), (10, 5), (12, 1), (30, 1)]))
    found = matrix.partial("count", points, np.array([0, 1, 1, 0]), 2, places)
    assert found.counts.tolist() == [[1, 1], [0, 1]]
    assert found.outside.tolist() == [1, 0]
    wide = found.spread(np.array([2, 0]), 3)
    assert wide.inside.tolist() == [[1, 0, 1], [1, 0, 0]]
    assert (wide.outside.tolist(), wide.features.tolist()) == ([0, 0, 1], [2, 0, 2])


def test_what_is_refused():
    places = matrix.places(drawing.squares((0, 0, 10, 10)))
    column, one = _wkb(drawing.squares((1, 1, 2, 2))), np.array([0])
    for bad in (
        lambda: matrix.partial("area", column, np.array([1]), 1, places),
        lambda: matrix.partial("area", column, one, 1, places, np.array([np.nan])),
        lambda: matrix.partial("length", column, one, 1, places),
        lambda: matrix.partial("count", _wkb(np.array([shapely.GeometryCollection()])), one, 1,
                               places),
        lambda: matrix.nothing("area", places, 1) + matrix.nothing("area", places, 2),
    ):  # fmt: skip
        with pytest.raises(MeasureError):
            bad()


KEPT = st.floats(-1e30, 1e30, allow_nan=False).filter(lambda x: x == 0.0 or abs(x) > 2.0**-11)
NUMBERS = st.lists(KEPT, max_size=50)


@given(NUMBERS, st.randoms())
def test_a_fixed_sum_is_the_exact_sum_in_any_order(numbers, random):
    """Numbers whose last digit is worth 2**-64 at least are kept to the last bit."""
    sums = fixed.zeros(1)
    fixed.add(sums, np.zeros(len(numbers), dtype=np.int64), np.array(numbers, dtype=float))
    assert fixed.floats(sums)[0] == math.fsum(numbers)
    random.shuffle(numbers)
    parts = []
    for part in (numbers[: len(numbers) // 2], numbers[len(numbers) // 2 :]):
        one = fixed.zeros(1)
        fixed.add(one, np.zeros(len(part), dtype=np.int64), np.array(part, dtype=float))
        parts.append(one)
    assert np.array_equal(fixed.merged(*parts), sums)
