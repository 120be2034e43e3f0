"""Area, length and count in zones: against geopandas, and by their own laws."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import drawing
import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.measure import kernels
from geo.measure.grid import MIXED, NOWHERE, Grid
from geo.measure.kernels import (
    area_in_zones,
    length_in_zones,
    per_zone,
    piece_geometries,
    points_in_zones,
)
from geo.measure.zones import Zones

SEEDS = st.integers(0, 2**32 - 1)
COUNTS = st.integers(0, 40)
SIDES = st.integers(1, 4)
EXTENT = 1_000.0
GENEROUS = settings(deadline=None, max_examples=60)


def _city(seed: int, columns: int, rows: int):
    rng = np.random.default_rng(seed)
    return rng, drawing.jittered(columns, rows, EXTENT / max(columns, rows), rng)


def _sums(measured, count):
    return per_zone(measured.pieces.measure, measured.pieces.zone, count)


def _overlay(features, zones, size):
    left = gpd.GeoDataFrame({"f": range(len(features))}, geometry=features, crs=2180)
    right = gpd.GeoDataFrame({"z": range(len(zones))}, geometry=zones, crs=2180)
    cut = gpd.overlay(left, right, how="intersection", keep_geom_type=True)
    return np.bincount(cut["z"], weights=size(cut.geometry.values), minlength=len(zones))


def _closes(measured, sums):
    whole = measured.total.sum()
    parts = sums.sum() + measured.outside.sum() - measured.repeated.sum()
    assert parts == pytest.approx(whole, rel=1e-9, abs=1e-9)


@GENEROUS
@given(SEEDS, SIDES, SIDES, st.integers(1, 40), st.floats(5, 900))
def test_area_agrees_with_overlay_and_closes(seed, columns, rows, count, reach):
    rng, zones = _city(seed, columns, rows)
    features = drawing.stars(count, EXTENT, reach, rng)
    measured = area_in_zones(features, Zones(zones))
    sums = _sums(measured, len(zones))
    np.testing.assert_allclose(sums, _overlay(features, zones, shapely.area), rtol=1e-9, atol=1e-7)
    _closes(measured, sums)
    each = np.bincount(measured.pieces.feature, measured.pieces.measure, minlength=count)
    np.testing.assert_allclose(each + measured.outside, measured.total, rtol=1e-9)


@GENEROUS
@given(SEEDS, SIDES, SIDES, st.integers(1, 40))
def test_length_agrees_with_overlay_and_closes(seed, columns, rows, count):
    rng, zones = _city(seed, columns, rows)
    features = drawing.walks(count, EXTENT, rng)
    measured = length_in_zones(features, Zones(zones))
    sums = _sums(measured, len(zones))
    expected = _overlay(features, zones, shapely.length)
    np.testing.assert_allclose(sums, expected, rtol=1e-9, atol=1e-7)
    _closes(measured, sums)


@GENEROUS
@given(SEEDS, SIDES, SIDES, COUNTS)
def test_count_agrees_with_sjoin_and_closes(seed, columns, rows, count):
    rng, zones = _city(seed, columns, rows)
    features = drawing.spots(count, EXTENT, rng)
    measured = points_in_zones(features, Zones(zones))
    joined = gpd.sjoin(
        gpd.GeoDataFrame(geometry=features, crs=2180),
        gpd.GeoDataFrame({"z": range(len(zones))}, geometry=zones, crs=2180),
        predicate="within",
    )
    sums = _sums(measured, len(zones))
    assert sums.tolist() == np.bincount(joined["z"], minlength=len(zones)).tolist()
    assert sums.sum() + measured.outside.sum() == count


@GENEROUS
@given(SEEDS, st.integers(2, 30))
def test_the_order_of_features_changes_nothing(seed, count):
    rng, zones = _city(seed, 3, 3)
    features = drawing.stars(count, EXTENT, 300, rng)
    straight = area_in_zones(features, Zones(zones))
    turned = area_in_zones(features[rng.permutation(count)], Zones(zones))
    assert _sums(straight, 9).tolist() == _sums(turned, 9).tolist()
    assert straight.outside.sum() == pytest.approx(turned.outside.sum(), rel=1e-12)


@GENEROUS
@given(SEEDS, st.integers(1, 40), st.sampled_from(["stars", "walks", "spots"]))
def test_the_grid_changes_no_number(seed, count, kind):
    rng, zones = _city(seed, 3, 2)
    small = drawing.stars(count, EXTENT, 12, rng)
    features, measure = {
        "stars": (small, area_in_zones),
        "walks": (shapely.boundary(small), length_in_zones),
        "spots": (shapely.centroid(small), points_in_zones),
    }[kind]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "GRID_FROM", 0)
        quick = measure(features, Zones(zones))
    slow = measure(features, Zones(zones))
    assert quick.pieces.feature.tolist() == slow.pieces.feature.tolist()
    assert quick.pieces.zone.tolist() == slow.pieces.zone.tolist()
    assert quick.pieces.measure.tolist() == slow.pieces.measure.tolist()
    assert quick.outside.tolist() == slow.outside.tolist()


def test_the_grid_settles_most_of_many_small_features():
    rng, zones = _city(7, 3, 2)
    zones = zones[:-1]  # a corner of the box is nobody's
    small = drawing.stars(400, EXTENT, 3, rng)
    known = Grid(zones).zone_of(shapely.bounds(small))
    boxes = shapely.box(*shapely.bounds(small).T)
    for zone in range(len(zones)):
        assert shapely.contains_properly(zones[zone], boxes[known == zone]).all()
    assert shapely.disjoint(shapely.union_all(zones), boxes[known == NOWHERE]).all()
    assert 0 < (known == NOWHERE).sum() < 400
    assert (known == MIXED).mean() < 0.15
    assert Grid(zones).zone_of(np.full((1, 4), np.nan)).tolist() == [NOWHERE]


def test_the_grid_looks_at_every_cell_of_a_box():
    # Cells are 7.8125 m wide; the border runs through the middle of the 65th.
    zones = drawing.squares((0, 0, 503.9, 1000), (503.9, 0, 1000, 1000))
    across = np.array([[480, 100, 506, 110], [502, 100, 520, 110], [480, 100, 499, 110]])
    assert Grid(zones).zone_of(across).tolist() == [MIXED, MIXED, 0]
    level = drawing.squares((0, 0, 1000, 503.9), (0, 503.9, 1000, 1000))
    turned = across[:, [1, 0, 3, 2]]
    assert Grid(level).zone_of(turned).tolist() == [MIXED, MIXED, 0]


def test_pieces_are_the_clipped_geometry_with_the_same_measure():
    rng, zones = _city(3, 3, 3)
    prepared = Zones(zones)
    for features, measure, size, dimension in (
        (drawing.stars(30, EXTENT, 250, rng), area_in_zones, shapely.area, 2),
        (drawing.walks(30, EXTENT, rng), length_in_zones, shapely.length, 1),
    ):
        measured = measure(features, prepared)
        shapes = piece_geometries(features, prepared, measured.pieces, dimension)
        assert size(shapes).tolist() == measured.pieces.measure.tolist()
        assert set(shapely.get_dimensions(shapes)) == {dimension}
        grown = shapely.buffer(zones[measured.pieces.zone], 1e-6)
        assert shapely.covers(grown, shapes).all()


def test_a_point_on_a_shared_border_belongs_to_the_first_zone():
    zones = Zones(drawing.squares((0, 0, 10, 10), (10, 0, 20, 10), (0, 10, 20, 20)))
    points = shapely.points([(10, 5), (10, 10), (5, 10), (20, 5), (21, 5)])
    measured = points_in_zones(points, zones)
    found = dict(zip(measured.pieces.feature, measured.pieces.zone, strict=True))
    assert found == {0: 0, 1: 0, 2: 0, 3: 1}
    assert measured.outside.tolist() == [0, 0, 0, 0, 1]


def test_a_line_along_a_shared_border_counts_once_in_the_first_zone():
    zones = Zones(drawing.squares((0, 0, 10, 10), (10, 0, 20, 10)))
    lines = shapely.from_wkt(
        ["LINESTRING (10 0, 10 8)", "LINESTRING (4 5, 10 5, 10 9, 16 9)", "LINESTRING (20 0, 20 3)"]
    )
    measured = length_in_zones(lines, zones)
    assert _sums(measured, 2).tolist() == [8 + 6 + 4, 6 + 3]
    assert measured.outside.tolist() == [0, 0, 0]
    assert measured.repeated.tolist() == [0, 0, 0]
    shapes = piece_geometries(lines, zones, measured.pieces, 1)
    assert shapely.length(shapes).tolist() == measured.pieces.measure.tolist()


def test_overlapping_zones_are_told_from_their_own_overlap():
    zones = Zones(drawing.squares((0, 0, 10, 10), (8, 0, 20, 10), (9, 0, 12, 10)))
    assert zones.repeated_m2 == 20 + 30
    squares = area_in_zones(drawing.squares((0, 0, 20, 10), (8, 0, 9, 1)), zones)
    assert squares.repeated.tolist() == [50, 1]
    _closes(squares, _sums(squares, 3))
    lines = length_in_zones(shapely.from_wkt(["LINESTRING (5 5, 25 5)"]), zones)
    assert lines.repeated.tolist() == [2 + 3]
    assert lines.outside.tolist() == [5]
    _closes(lines, _sums(lines, 3))


def test_gaps_between_zones_are_outside():
    zones = Zones(drawing.squares((0, 0, 10, 10), (11, 0, 20, 10)))
    measured = area_in_zones(drawing.squares((5, 0, 15, 10), (30, 0, 40, 10)), zones)
    assert measured.outside.tolist() == [10, 100]
    _closes(measured, _sums(measured, 2))


def test_a_feature_over_many_zones_is_whole_again():
    _, zones = _city(11, 6, 6)
    everything = drawing.squares((0, 0, 1, 1))
    everything[0] = shapely.buffer(shapely.union_all(zones), 50, join_style="mitre")
    measured = area_in_zones(everything, Zones(zones))
    np.testing.assert_allclose(_sums(measured, 36), shapely.area(zones), rtol=1e-12)
    ring = shapely.area(everything[0]) - shapely.area(zones).sum()
    assert measured.outside[0] == pytest.approx(ring, rel=1e-9)


def test_nothing_in_nothing_out():
    zones = Zones(drawing.squares((0, 0, 10, 10)))
    for measure in (area_in_zones, length_in_zones, points_in_zones):
        measured = measure(np.empty(0, dtype=object), zones)
        assert len(measured.pieces) == 0
        assert _sums(measured, 1).tolist() == [0]


def test_each_thread_has_its_own_copy():
    rng, zones = _city(5, 4, 4)
    features = drawing.stars(200, EXTENT, 40, rng)
    prepared = Zones(zones)
    expected = _sums(area_in_zones(features, prepared), 16).tolist()
    with ThreadPoolExecutor(2) as pool:
        runs = pool.map(lambda own: _sums(area_in_zones(features, own), 16).tolist(),
                        [prepared.copy() for _ in range(4)])  # fmt: skip
        assert all(run == expected for run in runs)
