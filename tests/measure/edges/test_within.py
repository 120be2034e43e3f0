"""Within a distance: against shapely's dwithin, and shares by hand."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.errors import MeasureError
from geo.measure.edges import flat, group
from geo.measure.edges.nearest import nearest
from geo.measure.edges.within import within, within_bounds
from geo.measure.reach import share_within


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def squares(count: int, side: float, rng) -> np.ndarray:
    corner = rng.uniform(0, 1_000, (count, 2)) + np.array([500_000, 270_000])
    return shapely.box(corner[:, 0], corner[:, 1], corner[:, 0] + side, corner[:, 1] + side)


@pytest.mark.parametrize("distance", [0.0, 12.5, 100.0, 5_000.0])
def test_agrees_with_dwithin(distance, rng) -> None:
    features, targets = squares(500, 8, rng), squares(30, 25, rng)
    tree = shapely.STRtree(targets)
    for shapes, some in (
        (features, flat.polygons(features)),
        (shapely.centroid(features), flat.points(shapely.centroid(features))),
        (shapely.boundary(features), flat.lines(shapely.boundary(features))),
    ):
        expected = np.zeros(len(features), dtype=bool)
        expected[tree.query(shapes, predicate="dwithin", distance=distance)[0]] = True
        found = within(some, flat.polygons(targets), distance)
        assert (found == expected).all()
        assert expected.any() and (distance > 1_000 or not expected.all())


def test_the_line_itself_is_within() -> None:
    assert within(np.array([[300.0, 0.0], [300.001, 0.0]]), np.zeros((1, 2)), 300.0).tolist() == [
        True,
        False,
    ]


def test_a_point_on_a_slanted_line_touches_it() -> None:
    """Every lattice point of the lines from (0, 0) to (k, 3k)."""
    for corner in (0.0, 500_000.0):
        for k in (7, 60, 119):
            line = shapely.linestrings(np.array([[0, 0], [k, 3 * k]]) + corner)
            step = np.arange(k + 1.0)
            points = np.stack([step, 3 * step], axis=1) + corner
            assert within(points, flat.lines(np.array([line])), 0.0).all()
            beside = points[1:-1] + np.array([1e-9 if corner == 0 else 1e-6, 0.0])
            assert not within(beside, flat.lines(np.array([line])), 0.0).any()


@pytest.mark.parametrize("distance", [0.0, 3.0, 40.0, 250.0])
@pytest.mark.parametrize("crowded", [False, True])
def test_within_is_what_nearest_says(distance, crowded, rng) -> None:
    features, targets = squares(3_000, 6, rng), squares(12, 25, rng)
    if crowded:
        targets = np.repeat(targets, 200)  # more than a group has room for
    some, others = flat.polygons(features), flat.polygons(targets)
    found = nearest(some, others).distance_m <= distance
    assert (within(some, others, distance) == found).all()
    assert 0 < found.sum() < len(features)


def mixed(count: int, rng) -> np.ndarray:
    """Return squares of every size, from a hair to a quarter of the city."""
    corner = rng.uniform(0, 1_000, (count, 2)) + np.array([500_000, 270_000])
    side = 250 * rng.random((count, 2)) ** 8 + 1e-3
    return shapely.box(*corner.T, *(corner + side).T)


KINDS = ("points", "lines", "polygons")


def as_kind(kind: str, shapes: np.ndarray):
    if kind == "points":
        return flat.points(shapely.centroid(shapes))
    return flat.lines(shapely.boundary(shapes)) if kind == "lines" else flat.polygons(shapes)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("other", KINDS)
@pytest.mark.parametrize("room", [1, 1024])
def test_within_at_the_distances_themselves(kind, other, room, rng, monkeypatch) -> None:
    """At what is exactly some feature's distance, and a bit less; by groups and each alone."""
    monkeypatch.setattr(group, "NEAR", room)
    some, others = as_kind(kind, mixed(700, rng)), as_kind(other, mixed(60, rng))
    away = nearest(some, others).distance_m
    for metres in (0.0, *np.quantile(away, [0.3, 0.6, 0.9], method="nearest")):
        for distance in (metres, max(0.0, np.nextafter(metres, 0.0))):
            assert (within(some, others, distance) == (away <= distance)).all()


def test_neither_order_nor_cores_change_what_is_within(rng, monkeypatch) -> None:
    shapes, others = mixed(2_000, rng), flat.polygons(mixed(60, rng))
    many = within(flat.polygons(shapes), others, 30.0)
    assert 0 < many.sum() < len(many)
    monkeypatch.setattr("geo.measure.edges.threads.cores", lambda: 1)
    order = rng.permutation(len(shapes))
    assert (within(flat.polygons(shapes[order]), others, 30.0) == many[order]).all()


def test_empty_features_and_no_targets() -> None:
    empty = flat.polygons(np.array([shapely.Polygon()]))
    assert within(empty, np.zeros((1, 2)), 10.0).tolist() == [False]
    assert within(np.zeros((1, 2)), np.empty((0, 2)), 10.0).tolist() == [False]


@pytest.mark.parametrize("distance", [-1.0, np.nan])
def test_a_distance_without_meaning_is_refused(distance) -> None:
    with pytest.raises(MeasureError):
        within(np.zeros((1, 2)), np.zeros((1, 2)), distance)


def test_shares_by_hand() -> None:
    near = np.array([True, False, True, True, True])
    zone = np.array([0, 0, 2, -1, 0])
    found = share_within(near, zone, 3)
    assert found.within.tolist() == [2.0, 0.0, 1.0]
    assert found.total.tolist() == [3.0, 0.0, 1.0]
    assert found.share[0] == pytest.approx(2 / 3) and found.share[2] == 1.0
    assert np.isnan(found.share[1])
    persons = share_within(near, zone, 3, np.array([10.0, 30.0, 0.0, 5.0, 0.0]))
    assert persons.share[0] == 0.25
    assert np.isnan(persons.share[2])


@pytest.mark.parametrize("weight", [-1.0, np.nan, np.inf])
def test_a_weight_without_meaning_is_refused(weight) -> None:
    with pytest.raises(MeasureError, match="row 1") as caught:
        share_within(np.array([True, True]), np.zeros(2, int), 1, np.array([1.0, weight]))
    assert caught.value.fix


def test_ground_within_a_distance_lies_between_its_bounds() -> None:
    """A circle of 100 m around a point, by cells of 2 m: pi r2 lies between, 2.9 % apart."""
    side = np.arange(-149.0, 150.0, 2.0)
    cells = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    sure, maybe = within_bounds(cells, np.sqrt(2.0), np.zeros((1, 2)), 100.0)
    low, high = 4.0 * sure.sum(), 4.0 * maybe.sum()
    assert low < np.pi * 100**2 < high
    assert (high - low) / (np.pi * 100**2) == pytest.approx(4 * np.sqrt(2) / 100, rel=0.1)
