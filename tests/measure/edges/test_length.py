"""Length in zones: against shapely, on borders, and by its own laws."""

from __future__ import annotations

import drawing
import lattice
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.measure.edges import flat
from geo.measure.edges.length import line_zones, measure_lengths

SEEDS = st.integers(0, 2**32 - 1)
STEPS = st.sampled_from([2.0**-10, 1.0, 2.0**10])
OFTEN = settings(deadline=None, max_examples=150)


def _table(lines, zones):
    """Lengths by line and zone; shape (n, k)."""
    made = flat.lines(lines)
    pieces = measure_lengths(made, line_zones(flat.polygons(zones), made)).pieces()
    out = np.zeros((len(lines), len(zones)))
    out[pieces.feature, pieces.zone] = pieces.measure
    own = made.lengths_m[pieces.feature[pieces.whole]]
    np.testing.assert_allclose(pieces.measure[pieces.whole], own, rtol=1e-12)
    return out


def _expected(lines, zones):
    """Lengths strictly inside zones: a border belongs to nobody yet."""
    lines, zones = lattice.near(lines), lattice.near(zones)
    inside = shapely.intersection(lines[:, None], zones[None, :])
    on = shapely.intersection(lines[:, None], shapely.boundary(zones)[None, :])
    return shapely.length(inside) - shapely.length(on), shapely.length(on)


def _outside(lines, zones):
    made = flat.lines(lines)
    return measure_lengths(made, line_zones(flat.polygons(zones), made)).outside_m


@OFTEN
@given(SEEDS, st.integers(1, 4), st.integers(1, 4), st.integers(1, 30))
def test_random_lines_agree_with_shapely_and_close(seed, columns, rows, count):
    rng = np.random.default_rng(seed)
    zones = drawing.jittered(columns, rows, 1_000 / max(columns, rows), rng)
    lines = drawing.walks(count, 1_000.0, rng)
    found = _table(lines, zones)
    strictly, _ = _expected(lines, zones)
    scale = shapely.length(lines).max()
    assert np.abs(found - strictly).max() <= 1e-9 * scale
    gap = found.sum(axis=1) + _outside(lines, zones) - shapely.length(lines)
    assert np.abs(gap).max() <= 1e-12 * scale


@OFTEN
@given(SEEDS, st.integers(1, 10), st.integers(1, 5), st.sampled_from([1.0, 2.0**10]))
def test_degenerate_lines_lie_between_open_and_closed_zones(seed, count, zones, step):
    rng = np.random.default_rng(seed)
    lines = lattice.place(lattice.lines(count, rng), step)
    lines = lines[shapely.is_simple(lines)]  # shapely counts what a line walks twice once
    places = lattice.place(lattice.polygons(zones, rng), step)
    found = _table(lines, places)
    strictly, border = _expected(lines, places)
    slack = 1e-9 * shapely.length(lines).max(initial=0)
    assert (found >= strictly - slack).all()
    assert (found <= strictly + border + slack).all()


@OFTEN
@given(SEEDS, st.integers(1, 10), STEPS)
def test_a_line_on_a_border_is_in_one_zone_only(seed, count, step):
    """Lines between and along lattice lines, zones with T-shaped corners."""
    rng = np.random.default_rng(seed)
    zones = lattice.place(lattice.partition(rng), step)
    lines = lattice.place(lattice.lines(count, rng), step)
    found = _table(lines, zones)
    outside = _outside(lines, zones)
    own = shapely.length(lines)
    assert np.abs(found.sum(axis=1) + outside - own).max() <= 1e-12 * max(1e-12, own.max())
    inner = shapely.covered_by(lines, shapely.buffer(shapely.union_all(zones), -0.5 * step))
    assert not outside[inner].any()


@OFTEN
@given(SEEDS, st.integers(2, 20))
def test_order_and_direction_change_nothing(seed, count):
    rng = np.random.default_rng(seed)
    zones = drawing.jittered(3, 3, 300.0, rng)
    lines = drawing.walks(count, 900.0, rng)
    straight = _table(lines, zones)
    order = rng.permutation(count)
    scale = 1e-12 * shapely.length(lines).max()
    assert np.abs(_table(lines[order], zones) - straight[order]).max() <= scale
    assert np.abs(_table(shapely.reverse(lines), zones) - straight).max() <= scale
    assert np.abs(_table(lines, shapely.reverse(zones)) - straight).max() <= scale


def test_a_shared_border_belongs_to_the_first_zone():
    zones = lattice.place(drawing.squares((0, 0, 10, 10), (10, 0, 20, 10), (0, 10, 10, 20)))
    lines = shapely.from_wkt(
        [
            "LINESTRING (10 1, 10 9)",
            "LINESTRING (2 10, 8 10)",
            "LINESTRING (4 5, 10 5, 10 9, 16 9)",
            "LINESTRING (10 8, 10 15)",
        ]
    )
    lines = lattice.place(lines)
    first = [[8, 0, 0], [6, 0, 0], [10, 6, 0], [2, 0, 5]]
    assert _table(lines, zones).tolist() == first
    turned = _table(lines, zones[[2, 1, 0]])[:, [2, 1, 0]].tolist()
    assert turned == [[0, 8, 0], [0, 0, 6], [6, 10, 0], [0, 2, 5]]
    assert _table(shapely.reverse(lines), zones).tolist() == first


def test_the_outer_border_is_inside():
    zones = lattice.place(drawing.squares((0, 0, 10, 10)))
    sides = ["LINESTRING (0 0, 10 0)", "LINESTRING (0 0, 0 10)",
             "LINESTRING (10 0, 10 10)", "LINESTRING (0 10, 10 10)"]  # fmt: skip
    lines = lattice.place(shapely.from_wkt(sides))
    assert _table(lines, zones)[:, 0].tolist() == [10, 10, 10, 10]
    assert _outside(lines, zones).tolist() == [0, 0, 0, 0]


def test_what_a_line_walks_twice_counts_twice():
    zones = lattice.place(drawing.squares((0, 0, 10, 10)))
    lines = lattice.place(shapely.from_wkt(["LINESTRING (5 5, 15 5, 5 5)"]))
    assert _table(lines, zones).tolist() == [[10]]
    assert _outside(lines, zones).tolist() == [10]


def test_slanted_borders_too():
    """A border that no axis is parallel to, and a line along a part of it."""
    ring = [(0, 0), (9, 3), (6, 12)]
    other = [(0, 0), (9, -6), (9, 3)]
    zones = lattice.place(np.array([shapely.Polygon(ring), shapely.Polygon(other)]))
    lines = lattice.place(shapely.from_wkt(["LINESTRING (3 1, 6 2)", "LINESTRING (0 0, 9 3)"]))
    lengths = shapely.length(lines)
    np.testing.assert_allclose(_table(lines, zones), np.stack((lengths, 0 * lengths), 1))
    np.testing.assert_allclose(_table(lines, zones[::-1]), np.stack((lengths, 0 * lengths), 1))


def test_classes_and_weights():
    rng = np.random.default_rng(8)
    zones, lines = drawing.jittered(3, 3, 300.0, rng), drawing.walks(200, 900.0, rng)
    made = flat.lines(lines)
    kinds, weights = rng.integers(0, 3, 200), rng.uniform(0, 3, 200)
    measured = measure_lengths(made, line_zones(flat.polygons(zones), made))
    sums, inside = measured.matrix(len(zones), kinds, 3, weights)
    table = _table(lines, zones)
    expected = np.stack([(table * weights[:, None])[kinds == k].sum(axis=0) for k in range(3)], 1)
    np.testing.assert_allclose(sums, expected, rtol=1e-12)
    np.testing.assert_allclose(inside, table.sum(axis=1), rtol=1e-12)


@pytest.mark.parametrize("text", ["LINESTRING EMPTY", "LINESTRING (5 5, 5 5)"])
def test_lines_without_length(text):
    zones = lattice.place(drawing.squares((0, 0, 10, 10)))
    lines = lattice.place(shapely.from_wkt([text]))
    assert _table(lines, zones).tolist() == [[0]]
    assert _outside(lines, zones).tolist() == [0]
