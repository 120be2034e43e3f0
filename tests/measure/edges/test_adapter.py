"""Both paths give the same numbers: the engine's and shapely's."""

from __future__ import annotations

import subprocess
import sys

import drawing
import lattice
import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.measure import kernels
from geo.measure.edges import adapter
from geo.measure.zones import Zones

SEEDS = st.integers(0, 2**32 - 1)
KINDS = st.sampled_from(["area", "length", "points"])
FORMS = {
    "area": (adapter.area_in_zones, kernels.area_in_zones),
    "length": (adapter.length_in_zones, kernels.length_in_zones),
    "points": (adapter.points_in_zones, kernels.points_in_zones),
}


@pytest.fixture(autouse=True)
def always(monkeypatch):
    """The engine answers however little there is to measure."""
    monkeypatch.setattr(adapter, "WORTH", 0)


def _features(kind, count, rng):
    if kind == "area":
        return drawing.stars(count, 900.0, 200, rng)
    return (drawing.walks if kind == "length" else drawing.spots)(count, 900.0, rng)


def _same(kind, features, zones, column=None):
    """Compare sums, pieces and what became of the rest."""
    engine, shapely_form = FORMS[kind]
    found, expected = engine(features, Zones(zones), column), shapely_form(features, Zones(zones))
    # GEOS alone is off by 1e-9 m2 on a sliver of 160 m at 5e5 m: an ulp there times its length.
    scale = 1e-9 * max(1e3, expected.total.max(initial=0))
    for name in ("total", "outside", "repeated"):
        assert np.abs(getattr(found, name) - getattr(expected, name)).max(initial=0) <= scale
    tables = []
    for measured in (found, expected):
        pieces = measured.pieces
        order = np.lexsort((pieces.feature, pieces.zone))
        assert np.array_equal(order, np.arange(len(pieces)))
        table = np.zeros((len(features), len(zones)))
        table[pieces.feature, pieces.zone] = pieces.measure
        assert np.array_equal(
            pieces.measure[pieces.whole], measured.total[pieces.feature[pieces.whole]]
        )
        tables.append(table)
    assert np.abs(tables[0] - tables[1]).max(initial=0) <= scale
    gap = tables[0].sum() + (found.outside - found.repeated - found.total).sum()
    assert abs(gap) <= scale


@settings(deadline=None, max_examples=60)
@given(SEEDS, st.integers(0, 30), st.integers(1, 4), KINDS)
def test_a_partition(seed, count, side, kind):
    rng = np.random.default_rng(seed)
    zones = drawing.jittered(side, side, 800.0 / side, rng)
    _same(kind, _features(kind, count, rng), zones)


@settings(deadline=None, max_examples=60)
@given(SEEDS, st.integers(1, 20), KINDS)
def test_zones_that_overlap_and_leave_gaps(seed, count, kind):
    rng = np.random.default_rng(seed)
    zones = drawing.stars(5, 700.0, 300, rng)
    _same(kind, _features(kind, count, rng), zones)


@settings(deadline=None, max_examples=60)
@given(SEEDS, st.integers(1, 12))
def test_degenerate_polygons(seed, count):
    rng = np.random.default_rng(seed)
    zones = lattice.place(lattice.partition(rng), 16.0)
    _same("area", lattice.place(lattice.polygons(count, rng), 16.0), zones)


@pytest.mark.parametrize("kind", FORMS)
def test_from_a_column_of_wkb(kind):
    rng = np.random.default_rng(1)
    features = _features(kind, 50, rng)
    column = pa.chunked_array([shapely.to_wkb(features[:20]), shapely.to_wkb(features[20:])])
    _same(kind, features, drawing.jittered(3, 3, 250.0, rng), column)


def test_features_that_were_emptied():
    rng = np.random.default_rng(2)
    features = drawing.stars(10, 900.0, 200, rng)
    features[::3] = shapely.GeometryCollection()
    _same("area", features, drawing.jittered(3, 3, 250.0, rng))


def test_little_to_measure_is_left_to_shapely(monkeypatch):
    monkeypatch.setattr(adapter, "WORTH", 11)
    rng = np.random.default_rng(3)
    zones = Zones(drawing.jittered(3, 3, 250.0, rng))
    features = drawing.stars(10, 900.0, 200, rng)
    one, other = adapter.area_in_zones(features, zones), kernels.area_in_zones(features, zones)
    assert one.pieces.measure.tolist() == other.pieces.measure.tolist()


WITHOUT_NUMBA = """
import sys
sys.modules["numba"] = None
import numpy as np, shapely
from geo.measure.edges import adapter
from geo.measure.zones import Zones
adapter.WORTH = 0
measured = adapter.area_in_zones(
    np.array([shapely.box(1, 1, 3, 2)]),
    Zones(np.array([shapely.box(0, 0, 2, 2), shapely.box(2, 0, 4, 2)])),
)
assert measured.pieces.measure.tolist() == [1, 1]
"""


def test_a_machine_without_numba_runs_the_shapely_form():
    assert subprocess.run([sys.executable, "-c", WITHOUT_NUMBA], check=False).returncode == 0
