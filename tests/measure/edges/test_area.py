"""Area in zones: against shapely on random and degenerate input, and by its own laws."""

from __future__ import annotations

import drawing
import lattice
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.measure.edges import flat, threads
from geo.measure.edges.area import area_matrix, area_outside, area_pieces, overlapping
from geo.measure.edges.index import index
from geo.measure.edges.sweep import NOWHERE, UNSETTLED, homes

SEEDS = st.integers(0, 2**32 - 1)
STEPS = st.sampled_from([2.0**-10, 1.0, 2.0**10])
OFTEN = settings(deadline=None, max_examples=150)


def _table(features, zones, step_m=None):
    """Areas by feature and zone, from pieces; shape (n, k)."""
    shapes = flat.polygons(features)
    made = index(flat.polygons(zones), shapes.boxes, step_m)
    pieces = area_pieces(shapes, made)
    out = np.zeros((len(features), len(zones)))
    out[pieces.feature, pieces.zone] = pieces.measure
    assert len(np.unique(pieces.feature * len(zones) + pieces.zone)) == len(pieces)
    own = shapes.areas_m2[pieces.feature[pieces.whole]]
    np.testing.assert_allclose(pieces.measure[pieces.whole], own, rtol=1e-14)
    return out


def _expected(features, zones):
    """The same by shapely, near the origin: at 5e5 m it rounds the crossings to 6e-11 m."""
    features, zones = (lattice.near(shapes) for shapes in (features, zones))
    return shapely.area(shapely.intersection(features[:, None], zones[None, :]))


def _agree(found, expected, features):
    """Errors stay below 1e-9 of the scale of the input."""
    scale = np.ptp(shapely.bounds(features), axis=0).max() + shapely.area(features).max()
    assert np.abs(found - expected).max(initial=0) <= 1e-9 * scale


@OFTEN
@given(SEEDS, st.integers(1, 12), st.integers(1, 6), STEPS)
def test_degenerate_polygons_agree_with_shapely(seed, count, zones, step):
    rng = np.random.default_rng(seed)
    features = lattice.place(lattice.polygons(count, rng), step)
    places = lattice.place(lattice.polygons(zones, rng), step)
    expected = _expected(features, places)
    found = _table(features, places)
    assert np.abs(found - expected).max() <= 1e-9 * shapely.area(features).max()
    _agree(_table(places, places), _expected(places, places), places)


@OFTEN
@given(SEEDS, st.integers(1, 4), st.integers(1, 4), st.integers(1, 40), st.floats(0.5, 900))
def test_random_polygons_agree_with_shapely_and_close(seed, columns, rows, count, reach):
    rng = np.random.default_rng(seed)
    zones = drawing.jittered(columns, rows, 1_000 / max(columns, rows), rng)
    features = drawing.stars(count, 1_000.0, reach, rng)
    expected = _expected(features, zones)
    found = _table(features, zones)
    assert np.abs(found - expected).max() <= 1e-9 * reach**2
    own = shapely.area(features)
    shapes = flat.polygons(features)
    outside = area_outside(shapes, index(flat.polygons(zones), shapes.boxes))
    np.testing.assert_allclose(found.sum(axis=1) + outside, own, rtol=1e-12)
    union = shapely.union_all(lattice.near(zones))
    beyond = shapely.area(shapely.difference(lattice.near(features), union))
    assert np.abs(outside - beyond).max() <= 1e-9 * reach**2


@OFTEN
@given(SEEDS, st.integers(1, 10), STEPS)
def test_a_partition_closes_at_1e_12_on_degenerate_input(seed, count, step):
    rng = np.random.default_rng(seed)
    zones = lattice.place(lattice.partition(rng), step)
    features = lattice.place(lattice.polygons(count, rng), step)
    features = np.append(features, zones)
    shapes = flat.polygons(features)
    made = index(flat.polygons(zones), shapes.boxes)
    sums, inside = area_matrix(shapes, made, np.zeros(len(features), dtype=np.int64), 1)
    outside = area_outside(shapes, made)
    whole = shapes.areas_m2.sum()
    assert abs(sums.sum() + outside.sum() - whole) <= 1e-12 * whole
    assert not overlapping(shapes, inside).any()
    np.testing.assert_allclose(sums[:, 0], _expected(features, zones).sum(axis=0), rtol=1e-9)


@OFTEN
@given(SEEDS, st.integers(2, 30))
def test_order_start_direction_and_partition_change_nothing(seed, count):
    rng = np.random.default_rng(seed)
    zones = drawing.jittered(3, 3, 300.0, rng)
    features = drawing.stars(count, 900.0, 250, rng)
    straight = _table(features, zones)
    scale = 1e-12 * shapely.area(features).max()
    order, places = rng.permutation(count), rng.permutation(9)
    turned = np.empty_like(straight)
    turned[np.ix_(order, places)] = _table(features[order], zones[places])
    assert np.abs(turned - straight).max() <= scale
    for change in (_rotated, _reversed, _doubled):
        other = _table(change(features, rng), change(zones, rng))
        assert np.abs(other - straight).max() <= scale
    half = count // 2
    parts = np.concatenate((_table(features[:half], zones), _table(features[half:], zones)))
    assert np.abs(parts - straight).max() <= scale


def _rings(polygon, change):
    inner = [change(np.asarray(hole.coords)) for hole in polygon.interiors]
    return shapely.Polygon(change(np.asarray(polygon.exterior.coords)), inner)


def _each(polygons, change):
    return np.array([_rings(polygon, change) for polygon in polygons], dtype=object)


def _rotated(polygons, rng):
    return _each(polygons, lambda xy: np.roll(xy[:-1], int(rng.integers(len(xy))), axis=0))


def _reversed(polygons, rng):
    return _each(polygons, lambda xy: xy[::-1] if rng.random() < 0.5 else xy)


def _doubled(polygons, rng):
    return _each(polygons, lambda xy: np.repeat(xy, rng.integers(1, 4, len(xy)), axis=0))


@OFTEN
@given(SEEDS, st.integers(1, 20), st.floats(0.3, 3_000))
def test_the_size_of_cells_changes_nothing(seed, count, step_m):
    rng = np.random.default_rng(seed)
    zones = drawing.jittered(3, 2, 300.0, rng)
    features = drawing.stars(count, 900.0, 80, rng)
    assert np.abs(_table(features, zones, step_m) - _table(features, zones)).max() <= 1e-9


def test_by_hand():
    zones = lattice.place(drawing.squares((0, 0, 10, 10), (10, 0, 20, 10)))
    features = lattice.place(drawing.squares((5, 5, 15, 15), (0, 0, 10, 10), (-5, -5, 25, 15)))
    assert _table(features, zones).tolist() == [[25, 25], [100, 0], [100, 100]]
    hole = shapely.Polygon(
        [(0, 0), (20, 0), (20, 10), (0, 10)], [[(4, 4), (16, 4), (16, 6), (4, 6)]]
    )
    assert _table(lattice.place(np.array([hole])), zones).tolist() == [[88, 88]]
    assert _table(zones, lattice.place(np.array([hole]))).tolist() == [[88], [88]]


def test_a_feature_equal_to_its_zone_is_whole_in_area():
    _, zones = 0, drawing.jittered(4, 4, 200.0, np.random.default_rng(2))
    found = _table(zones, zones)
    np.testing.assert_allclose(np.diag(found), shapely.area(zones), rtol=1e-13)
    assert np.count_nonzero(found) == len(zones)


def test_overlapping_zones_are_flagged():
    zones = lattice.place(drawing.squares((0, 0, 10, 10), (8, 0, 20, 10)))
    shapes = flat.polygons(lattice.place(drawing.squares((7, 0, 12, 10), (0, 0, 4, 4))))
    made = index(flat.polygons(zones), shapes.boxes)
    sums, inside = area_matrix(shapes, made, np.array([0, 1]), 2)
    assert sums.tolist() == [[30, 16], [40, 0]]
    assert overlapping(shapes, inside).tolist() == [True, False]


def test_what_lies_deep_in_two_zones_is_in_both():
    """No edge is in its cells, and yet no zone alone is its home."""
    zones = lattice.place(drawing.squares((0, 0, 10, 10), (4, 0, 20, 10), (0, 0, 20, 4)))
    features = lattice.place(drawing.squares((6, 6, 8, 8), (1, 6, 2, 8), (6, 1, 8, 2)))
    expected = [[4, 4, 0], [2, 0, 0], [2, 2, 2]]
    assert _table(features, zones, 0.25).tolist() == expected


def test_classes_and_weights():
    rng = np.random.default_rng(8)
    zones, features = drawing.jittered(3, 3, 300.0, rng), drawing.stars(500, 900.0, 40, rng)
    shapes = flat.polygons(features)
    kinds, weights = rng.integers(0, 4, 500), rng.uniform(0, 3, 500)
    made = index(flat.polygons(zones), shapes.boxes)
    sums, inside = area_matrix(shapes, made, kinds, 4, weights)
    table = _expected(features, zones)
    expected = np.stack([(table * weights[:, None])[kinds == k].sum(axis=0) for k in range(4)], 1)
    np.testing.assert_allclose(sums, expected, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(inside, table.sum(axis=1), rtol=1e-9, atol=1e-9)


def test_the_same_bits_on_any_number_of_cores(monkeypatch):
    rng = np.random.default_rng(4)
    zones, features = drawing.jittered(4, 4, 250.0, rng), drawing.stars(4_000, 1_000.0, 60, rng)
    shapes = flat.polygons(features)
    made = index(flat.polygons(zones), shapes.boxes)
    monkeypatch.setattr(threads, "WEIGHT", 4096)
    kinds = np.arange(4_000) % 5
    runs = []
    for cores in (1, 2, 7):
        monkeypatch.setattr(threads, "cores", lambda cores=cores: cores)
        runs.append(area_matrix(shapes, made, kinds, 5))
    for sums, inside in runs[1:]:
        assert sums.tobytes() == runs[0][0].tobytes()
        assert inside.tobytes() == runs[0][1].tobytes()


def test_scattered_parts_and_long_borders():
    """A multipolygon over the whole city, and a zone of more edges than any room at first."""
    rng = np.random.default_rng(5)
    parts = shapely.multipolygons(drawing.stars(200, 1_000.0, 5, rng))
    comb = shapely.union_all(shapely.box(np.arange(900), 0, np.arange(900) + 0.5, 900))
    features = np.array([shapely.make_valid(parts)], dtype=object)
    zones = lattice.place(np.append(shapely.get_parts(comb)[:0], comb))
    _agree(_table(features, zones), _expected(features, zones), features)
    _agree(_table(zones, features), _expected(zones, features), zones)


@pytest.mark.parametrize("side", [1e-3, 0.1, 20.0])
@pytest.mark.parametrize("beside", [0.0, 1e-3, 30.0])
def test_crumbs_far_apart_are_kept(side, beside):
    """Parts of a square millimetre, a city apart: what is lost is told by a ring's own box.

    The middle part is cut by the border, and a quarter of the last lies in no zone.
    """
    east, north = 500_000.0, 700_000.0
    zones = shapely.box(
        [east, east + 15_000], north, [east + 15_000, east + 30_000], north + 30_000
    )
    places = [(3_000, 3_000), (15_000 - side / 2, 9_000), (30_000 - 0.75 * side, 27_000)]
    parts = [shapely.box(east + x, north + y, east + x + side, north + y + side) for x, y in places]
    if beside:
        parts.append(shapely.box(east + 50, north + 50, east + 50 + beside, north + 50 + beside))
    features = np.array([shapely.MultiPolygon(parts)])
    shapes = flat.polygons(features)
    made = index(flat.polygons(zones), shapes.boxes)
    found = _table(features, zones)
    outside = area_outside(shapes, made)
    rounding = 1e-10 * side  # of a coordinate, along a side
    own = side * side
    expected = [[1.5 * own + beside * beside, 1.25 * own]]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=4 * rounding)
    np.testing.assert_allclose(outside, 0.25 * own, rtol=1e-12, atol=4 * rounding)
    assert abs(found.sum() + outside[0] - shapes.areas_m2[0]) <= 1e-12 * shapes.areas_m2[0]


def test_the_grid_is_sure_of_what_it_settles():
    rng = np.random.default_rng(6)
    zones = drawing.jittered(3, 3, 300.0, rng)[:-1]
    features = drawing.stars(2_000, 900.0, 4, rng)
    shapes = flat.polygons(features)
    home = homes(index(flat.polygons(zones), shapes.boxes), shapes.boxes)
    boxes = shapely.box(*shapes.boxes.T)
    for zone in range(len(zones)):
        assert shapely.contains_properly(zones[zone], boxes[home == zone]).all()
    assert shapely.disjoint(shapely.union_all(zones), boxes[home == NOWHERE]).all()
    assert (home == UNSETTLED).mean() < 0.2


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_in_nothing_out(count):
    nothing = np.empty(0, dtype=object)
    some = lattice.place(drawing.squares((0, 0, 1, 1)))[:count]
    assert _table(some, nothing).shape == (count, 0)
    assert _table(nothing, some).shape == (0, count)
    empty = np.array([shapely.Polygon()], dtype=object)
    assert _table(empty, some).sum() == 0
    assert _table(some, empty).sum() == 0


def test_zones_far_apart_keep_the_memory_bounded():
    near = lattice.place(drawing.squares((0, 0, 10, 10), (10, 0, 20, 10)))
    far = shapely.transform(near, lambda xy: xy + 5e6)
    zones = np.append(near, far)
    features = np.append(drawing.squares((2, 2, 12, 3)), drawing.squares((2, 2, 3, 3)))
    features = np.append(lattice.place(features), shapely.box(*shapely.total_bounds(zones)))
    shapes = flat.polygons(features)
    made = index(flat.polygons(zones), shapes.boxes)
    assert len(made.grid.offsets) + len(made.grid.entries) < 5_000_000
    found = _table(features, zones)
    assert found[:2].tolist() == [[8, 2, 0, 0], [1, 0, 0, 0]]
    np.testing.assert_allclose(found[2], 100, rtol=1e-9)


@settings(deadline=None, max_examples=30)
@given(SEEDS, st.integers(500, 3_000), st.integers(2, 6))
def test_long_rings_go_through_their_levels(seed, vertices, side):
    """Rings of hundreds of blocks: what is above, below, beside and across an edge of a zone."""
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * np.pi, vertices))
    reach = 300 + 60 * np.sin(9 * angle) + rng.normal(0, 4, vertices)
    ring = np.stack((reach * np.cos(angle), reach * np.sin(angle)), axis=1)
    ring += np.array([drawing.EAST + 450, drawing.NORTH + 450])
    long = shapely.make_valid(shapely.Polygon(ring))
    zones = drawing.jittered(side, side, 800.0 / side, rng)
    made = flat.polygons(np.array([long]))
    pieces = area_pieces(made, index(flat.polygons(zones)))
    found = np.zeros(len(zones))
    found[pieces.zone] = pieces.measure
    expected = shapely.area(shapely.intersection(zones, long))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-6)
