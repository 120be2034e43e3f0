"""Numbers, geometries and classes that no office should send, and the error that names them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from made import layer, made

from geo.errors import MeasureError
from geo.measure.classes import Classing, code
from geo.measure.inputs import features
from geo.measure.statistics import order_statistic
from geo.measure.streamed import fixed

STOPS = layer("stops", "Point", {"number": "integer", "size": "number", "kind": "string"})
PLOTS = layer("plots", "Polygon")
HERE = shapely.Point(500_005, 270_005)
BOX = shapely.box(500_000, 270_000, 500_001, 270_001)


def _stops(count=1, **columns):
    given_ = {"number": [1] * count, "size": [1.0] * count, "kind": ["x"] * count} | columns
    return made(STOPS, [HERE] * count, **given_)


@pytest.mark.parametrize("size", [1e101, -1e308, 1e308, float("inf")])
def test_a_number_that_would_overflow_a_sum_is_refused_with_its_id(size):
    """Two of 1e308 ended in an OverflowError."""
    with pytest.raises(MeasureError, match="size is not a finite number") as caught:
        _stops(2, size=[1.0, size]).numbers("size")
    assert caught.value.where == "stops, feature 00001"


def test_whole_numbers_that_no_float_holds_are_rounded():
    found = _stops(3, number=[2**53 + 1, -(2**63), None]).numbers("number")
    assert found[:2].tolist() == [2.0**53, -(2.0**63)]
    assert np.isnan(found[2])


@pytest.mark.parametrize(
    ("wkb", "words"),
    [
        (shapely.to_wkb(BOX)[:-3], "cannot be read"),
        (b"hello", "cannot be read"),
        (b"", "cannot be read"),
        (bytes.fromhex("0103000000") + b"\x01\x00\x00\x00\xff\xff\xff\xff", "cannot be read"),
        (bytes.fromhex("01ffffff7f00000000"), "cannot be read"),
        (None, "missing or empty"),
        (shapely.to_wkb(shapely.set_srid(BOX, 3857), include_srid=True), "another CRS"),
        (shapely.to_wkb(BOX.exterior), "not a polygon"),
        (shapely.to_wkb(shapely.GeometryCollection([BOX])), "not a polygon"),
    ],
)
def test_a_geometry_that_is_none_is_refused_with_its_id(wkb, words):
    rows = {"key": ["good", "bad"], "geometry": pa.array([shapely.to_wkb(BOX), wkb], pa.binary())}
    with pytest.raises(MeasureError, match=words) as caught:
        features(PLOTS, pa.table(rows))
    assert caught.value.where == "plots, feature bad"


@pytest.mark.parametrize(
    "wkb",
    [
        shapely.to_wkb(BOX, byte_order=0),
        shapely.to_wkb(shapely.set_srid(BOX, 2180), include_srid=True),
        shapely.to_wkb(shapely.force_3d(BOX, 5.0), flavor="iso"),
        shapely.to_wkb(shapely.force_3d(BOX, 5.0), flavor="extended"),
    ],
)
def test_other_dialects_of_wkb_are_read(wkb):
    rows = {"key": ["one"], "geometry": pa.array([wkb], pa.binary())}
    assert shapely.area(features(PLOTS, pa.table(rows)).geometries).tolist() == [1.0]


def test_several_points_in_a_layer_of_points_are_refused():
    """They lay in no zone at all, and nobody was told."""
    both = shapely.MultiPoint([HERE, HERE])
    with pytest.raises(MeasureError, match="not a point"):
        made(STOPS, [both], number=[1], size=[1.0], kind=["x"])


def test_what_is_called_nothing_is_no_class():
    """An empty text stood for all classes together in results, "_none" for what has none."""
    kinds = ["", "_none", None, "zażółć gęślą jaźń", "b"]
    found = code(Classing(field="kind"), _stops(5, kind=kinds))
    assert found.names == ("b", "zażółć gęślą jaźń")
    assert found.codes.tolist() == [-1, -1, -1, 1, 0]


@pytest.mark.parametrize(
    "values",
    [[1e308, 1e308], [1e36], [1e34] * 200, [float("nan")], [float("inf"), float("-inf")],
     [-3e35]],
)  # fmt: skip
def test_a_fixed_sum_that_would_wrap_around_is_refused(values):
    """1e36 was -6.6e35."""
    sums = fixed.zeros(1)
    with pytest.raises(MeasureError, match="too large"):
        fixed.add(sums, np.zeros(len(values), dtype=np.int64), np.array(values))


def test_many_parts_of_large_sums_are_refused_when_they_meet():
    one = fixed.zeros(1)
    fixed.add(one, np.zeros(1, dtype=np.int64), np.array([1.2e35]))
    assert fixed.floats(one).tolist() == [1.2e35]
    with pytest.raises(MeasureError, match="too large"):
        fixed.merged(one, one)


MAGNITUDES = st.lists(
    st.builds(lambda m, e: m * 10.0**e, st.floats(-1, 1), st.integers(-12, 30)), min_size=1,
    max_size=30,
)  # fmt: skip


@given(MAGNITUDES)
def test_areas_of_square_micrometres_keep_nine_digits(values):
    sums = fixed.zeros(1)
    fixed.add(sums, np.zeros(len(values), dtype=np.int64), np.array(values))
    exact = float(sum(map(Fraction, values)))
    assert fixed.floats(sums)[0] == pytest.approx(exact, rel=1e-15, abs=len(values) * 2.0**-105)


WEIGHTS = st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.7, 1.0, 1e-3, 3.0]), min_size=1, max_size=25)


@given(WEIGHTS, st.randoms(use_true_random=False))
def test_a_median_by_weights_is_exact(weights, random):
    """Ten weights of 0.1: half of them is 0.5, though they add up to 0.9999999999999999."""
    readings = [float(n) for n in range(len(weights))]
    random.shuffle(readings)
    found = order_statistic("median", np.array(readings), np.array(weights))
    pairs = sorted(zip(readings, map(Fraction, weights), strict=True))
    half, reached = sum(weight for _, weight in pairs) / 2, Fraction(0)
    for place, (reading, weight) in enumerate(pairs):
        reached += weight
        if reached >= half:
            after = pairs[place + 1][0] if reached == half else reading
            assert found == (reading + after) / 2
            return


def test_equal_weights_give_the_usual_median():
    for count in range(1, 40):
        readings = np.arange(float(count))
        found = order_statistic("median", readings, np.full(count, 0.1))
        assert found == np.median(readings)
