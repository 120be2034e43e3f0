"""Both forms give the same numbers and the same pieces: the compiled one and shapely's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import drawing
import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo.errors import MeasureError
from geo.measure import engine
from geo.measure.raster import Grid, class_codes, rows_of
from geo.measure.zones import Zones

sys.path.insert(0, str(Path(__file__).parent / "edges"))
import lattice

SEEDS = st.integers(0, 2**32 - 1)
STEPS = st.sampled_from([2.0**-10, 1.0, 2.0**10])
FILM = 1e-8
"""Metres. Both sides of a zone as thin as this are one line to a line (decision 0005)."""
OFTEN = settings(deadline=None, max_examples=80)
ASK = {
    "area": engine.area_in_zones,
    "length": engine.length_in_zones,
    "count": engine.points_in_zones,
}
KINDS = st.sampled_from(list(ASK))


def _features(kind, count, rng):
    if kind == "area":
        return drawing.stars(count, 900.0, 200, rng)
    return (drawing.walks if kind == "length" else drawing.spots)(count, 900.0, rng)


def _table(measured, features, zones):
    pieces = measured.pieces
    order = np.lexsort((pieces.feature, pieces.zone))
    assert np.array_equal(order, np.arange(len(pieces)))
    table = np.zeros((len(features), len(zones)))
    table[pieces.feature, pieces.zone] = pieces.measure
    own = measured.total[pieces.feature[pieces.whole]]
    assert np.allclose(pieces.measure[pieces.whole], own, rtol=1e-12, atol=0)
    return table


def _same(kind, features, zones, column=None):
    """Compare pieces and what became of the rest."""
    found = ASK[kind](features, Zones(zones), column, form="compiled")
    expected = ASK[kind](features, Zones(zones), form="plain")
    # GEOS alone is off by 1e-9 m2 on a sliver of 160 m at 5e5 m: an ulp there times its length.
    scale = 1e-9 * max(1e3, expected.total.max(initial=0))
    for name in ("total", "outside", "repeated"):
        assert np.abs(getattr(found, name) - getattr(expected, name)).max(initial=0) <= scale
    tables = [_table(one, features, zones) for one in (found, expected)]
    assert np.abs(tables[0] - tables[1]).max(initial=0) <= scale
    for one, table in zip((found, expected), tables, strict=True):
        gap = table.sum(axis=1) + one.outside - one.repeated - one.total
        assert np.abs(gap).max(initial=0) <= scale


@OFTEN
@given(SEEDS, st.integers(0, 30), st.integers(1, 4), KINDS)
def test_a_partition(seed, count, side, kind):
    rng = np.random.default_rng(seed)
    zones = drawing.jittered(side, side, 800.0 / side, rng)
    _same(kind, _features(kind, count, rng), zones)


@OFTEN
@given(SEEDS, st.integers(1, 20), KINDS)
def test_zones_that_overlap_and_leave_gaps(seed, count, kind):
    rng = np.random.default_rng(seed)
    zones = drawing.stars(5, 700.0, 300, rng)
    _same(kind, _features(kind, count, rng), zones)


@OFTEN
@given(SEEDS, st.integers(1, 12))
def test_degenerate_polygons(seed, count):
    rng = np.random.default_rng(seed)
    zones = lattice.place(lattice.partition(rng), 16.0)
    _same("area", lattice.place(lattice.polygons(count, rng), 16.0), zones)


def _simple_lines(count, rng, step):
    """Lines on the lattice; GEOS counts once what a line walks twice."""
    lines = lattice.place(lattice.lines(count, rng), step)
    return lines[shapely.is_simple(lines)]


def _lattice_points(step):
    x, y = np.meshgrid(np.arange(-1, lattice.SIDE + 2), np.arange(-1, lattice.SIDE + 2))
    return lattice.place(shapely.points(x.ravel(), y.ravel()), step)


@settings(deadline=None, max_examples=250)
@given(SEEDS, st.integers(1, 10), STEPS)
def test_lines_and_points_on_borders_of_a_partition(seed, count, step):
    """Zones with corners on the edges of others; lines along them, and on the outer border."""
    rng = np.random.default_rng(seed)
    zones = lattice.place(lattice.partition(rng), step)
    _same("length", _simple_lines(count, rng, step), zones)
    _same("count", _lattice_points(step), zones)


@settings(deadline=None, max_examples=250)
@given(SEEDS, st.integers(1, 8), st.integers(1, 5), STEPS)
def test_lines_and_points_on_borders_of_any_zones(seed, count, places, step):
    """Zones that overlap, touch, are the same, and share borders from either side."""
    rng = np.random.default_rng(seed)
    zones = lattice.place(lattice.polygons(places, rng), step)
    zones = zones[2 * shapely.area(zones) > FILM * shapely.length(zones)]
    assume(len(zones))
    _same("length", _simple_lines(count, rng, step), zones)
    _same("count", _lattice_points(step), zones)


@pytest.mark.parametrize("form", ["plain", "compiled"])
def test_the_outer_border_is_inside(form):
    zones = Zones(lattice.place(drawing.squares((0, 0, 10, 10), (10, 0, 20, 10))))
    sides = ["LINESTRING (0 0, 20 0)", "LINESTRING (0 0, 0 10)",
             "LINESTRING (20 0, 20 10)", "LINESTRING (0 10, 20 10)"]  # fmt: skip
    lines = lattice.place(shapely.from_wkt(sides))
    measured = engine.length_in_zones(lines, zones, form=form)
    expected = [[10, 10], [10, 0], [0, 10], [10, 10]]
    assert _table(measured, lines, [0, 1]).tolist() == expected
    assert measured.outside.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("form", ["plain", "compiled"])
def test_a_border_drawn_with_other_vertices_on_each_side(form):
    """One long edge in the west, three short ones in the east: the first zone has all of it."""
    squares = drawing.squares((0, 0, 10, 12), (10, 0, 20, 4), (10, 4, 20, 8), (10, 8, 20, 12))
    line = lattice.place(shapely.from_wkt(["LINESTRING (10 1, 10 11)"]))
    for order, first in (([0, 1, 2, 3], [10, 0, 0, 0]), ([3, 2, 1, 0], [3, 4, 3, 0])):
        zones = Zones(lattice.place(squares[order]))
        measured = engine.length_in_zones(line, zones, form=form)
        assert _table(measured, line, order)[0] == pytest.approx(first, abs=1e-12)
        assert measured.outside.tolist() == [0]


@pytest.mark.parametrize("form", ["plain", "compiled"])
def test_a_border_that_is_lost_is_not_counted_again(form):
    """The north has the border; two copies of the south have lost it, both of them."""
    zones = Zones(lattice.place(drawing.squares((0, 5, 10, 9), (0, 0, 10, 5), (0, 0, 10, 5))))
    line = lattice.place(shapely.from_wkt(["LINESTRING (1 5, 9 5)", "LINESTRING (1 0, 9 0)"]))
    measured = engine.length_in_zones(line, zones, form=form)
    assert _table(measured, line, [0, 1, 2]).tolist() == [[8, 0, 0], [0, 8, 8]]
    assert measured.repeated.tolist() == [0, 8]


@pytest.mark.parametrize("kind", ASK)
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


SHAPES = st.sampled_from([drawing.spots, drawing.walks, "stars"])


def _shapes(kind, count, rng):
    if kind == "stars":
        return drawing.stars(count, 900.0, 60, rng)
    return kind(count, 900.0, rng)


@OFTEN
@given(SEEDS, SHAPES, SHAPES, st.integers(0, 12), st.integers(0, 8), st.floats(0, 500))
def test_distances(seed, one, other, count, targets, limit_m):
    rng = np.random.default_rng(seed)
    features, others = _shapes(one, count, rng), _shapes(other, targets, rng)
    for limit in (limit_m, np.inf):
        ask = {"limit_m": limit}
        found, expected = (engine.nearest(features, others, form=form, **ask) for form in FORMS)
        np.testing.assert_allclose(found.distance_m, expected.distance_m, rtol=1e-9, atol=1e-9)
        has = found.index >= 0
        apart = shapely.distance(features[has], others[found.index[has]])
        np.testing.assert_allclose(apart, expected.distance_m[has], rtol=1e-9, atol=1e-9)
    near = [engine.within(features, others, limit_m, form=form) for form in FORMS]
    assert near[0].tolist() == near[1].tolist() == (expected.distance_m <= limit_m).tolist()


FORMS = ("compiled", "plain")


@pytest.mark.parametrize("form", FORMS)
def test_of_targets_equally_near_the_first_is_taken(form):
    """And what is missing or empty is nobody's target and near nothing."""
    features = np.array([shapely.Point(5, 5), None, shapely.Point()], dtype=object)
    targets = np.array([None, shapely.Point(), shapely.Point(9, 5), shapely.Point(1, 5)])
    found = engine.nearest(features, targets, form=form)
    assert found.distance_m.tolist() == [4, np.inf, np.inf]
    assert found.index.tolist() == [2, -1, -1]
    assert engine.within(features, targets, 4.0, form=form).tolist() == [True, False, False]
    assert engine.nearest(features, targets, limit_m=3.9, form=form).index.tolist() == [-1] * 3
    assert engine.nearest(features, targets, limit_m=4.0, form=form).index.tolist() == [2, -1, -1]
    assert engine.nearest(features, targets[:2], form=form).index.tolist() == [-1] * 3
    with pytest.raises(MeasureError):
        engine.nearest(features, targets, limit_m=-1.0, form=form)
    with pytest.raises(MeasureError):
        engine.within(features, targets, np.nan, form=form)


@OFTEN
@given(SEEDS, st.integers(0, 15), st.integers(1, 3), st.booleans())
def test_unions(seed, count, side, degenerate):
    rng = np.random.default_rng(seed)
    if degenerate:
        zones = lattice.place(lattice.partition(rng), 16.0)
        features = lattice.place(lattice.polygons(count, rng), 16.0)
    else:
        zones = drawing.jittered(side, side, 800.0 / side, rng)
        features = drawing.stars(count, 900.0, 300, rng)
    found, expected = (engine.union_in_zones(features, Zones(zones), form=form) for form in FORMS)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-6)


@OFTEN
@given(SEEDS, st.integers(1, 6), st.sampled_from([np.float32, np.float64, np.uint8, np.int16]))
def test_rasters(seed, count, kind):
    rng = np.random.default_rng(seed)
    shape = (int(rng.integers(1, 40)), int(rng.integers(1, 40)))
    values = rng.integers(0, 9, shape).astype(kind)
    zones = drawing.stars(count, 100.0, 60, rng)
    sizes = rng.uniform(0.5, 7, 2)
    grid = Grid(drawing.EAST + 3.3, drawing.NORTH + 90.1, *sizes, shape[1], shape[0])
    codes = class_codes(values, [1, 2, 3])
    ask = {"nodata": 7.0, "classes": 3}
    found, expected = (
        engine.raster_in_zones(zones, grid, rows_of(values, codes, height=13), form=form, **ask)
        for form in FORMS
    )
    for name in ("count", "sum", "area_by_class_m2", "covered_m2"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-9,
                                   atol=1e-6)  # fmt: skip
    sure = expected.count > 1e-6  # a cell that is barely touched may or may not be
    for name in ("mean", "minimum", "maximum", "nodata_share", "outside_share"):
        np.testing.assert_allclose(getattr(found, name)[sure], getattr(expected, name)[sure],
                                   rtol=1e-6, atol=1e-6)  # fmt: skip


def test_little_to_measure_is_left_to_shapely():
    rng = np.random.default_rng(3)
    few = drawing.stars(10, 900.0, 200, rng)
    assert engine.form_of("area", few) == "plain"
    assert engine.form_of("area", np.repeat(few, 20_000)) == "compiled"
    assert engine.form_of("count", np.repeat(few, 20_000)) == "plain"
    assert engine.form_of("count", np.repeat(few, 60_000)) == "compiled"
    # A sum places features by a point, as a count does: what changes has the form of the rest.
    assert engine.form_of("sum", np.repeat(few, 60_000)) == "compiled"


WITHOUT_NUMBA = """
import sys, importlib.util
sys.modules["numba"] = None
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *a: None if name == "numba" else find(name, *a)
import numpy as np, shapely
from geo.measure import engine, forms
from geo.measure.streamed import matrix
from geo.measure.zones import Zones
forms.VERTICES = forms.PAIRS = forms.CELLS = forms.POINTS = 0
squares = np.array([shapely.box(0, 0, 2, 2), shapely.box(2, 0, 4, 2)])
across = np.array([shapely.box(1, 1, 3, 2)])
assert engine.area_in_zones(across, Zones(squares)).pieces.measure.tolist() == [1, 1]
assert engine.union_in_zones(across, Zones(squares)).tolist() == [1, 1]
assert engine.nearest(across, squares).index.tolist() == [0]
assert engine.within(across, squares, 0).tolist() == [True]
assert engine.warm() == 0
assert not engine.cold()
import pyarrow as pa
part = matrix.partial("area", pa.array(shapely.to_wkb(across)), np.array([0]), 1,
                      matrix.places(squares))
assert part.inside.tolist() == [[1], [1]]
assert not [name for name in sys.modules if name.startswith("geo.measure.edges")]
"""


def test_a_machine_without_numba_runs_the_shapely_form():
    assert subprocess.run([sys.executable, "-c", WITHOUT_NUMBA], check=False).returncode == 0
