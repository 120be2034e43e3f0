"""Distances against shapely's, and the index of the nearest against brute force."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.measure.edges import flat, group
from geo.measure.edges.nearest import nearest, squared

EAST, NORTH = 500_000.0, 270_000.0


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


def blobs(count: int, radius: float, rng, extent: float = 1_000.0, corner=(EAST, NORTH)):
    """Return star-shaped polygons, every third with a hole."""
    made = []
    for i in range(count):
        size = int(rng.integers(3, 30))
        angle = (np.arange(size) + rng.uniform(0, 0.7, size)) / size * 2 * np.pi
        ring = np.stack([np.cos(angle), np.sin(angle)], 1) * rng.uniform(0.5, 1, (size, 1))
        middle = np.array(corner) + rng.uniform(0, extent, 2)
        r = radius * rng.uniform(0.3, 1.5)
        holes = [middle + 0.4 * r * ring] if i % 3 == 0 else []
        made.append(shapely.Polygon(middle + r * ring, holes))
    return np.array(made)


def flatten(shapes):
    """Return shapely geometries of one kind as the engine takes them."""
    kind = shapely.get_type_id(shapes[0])
    if kind == shapely.GeometryType.POINT:
        return flat.points(shapes)
    if kind in (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING):
        return flat.lines(shapes)
    return flat.polygons(shapes)


def check(features, targets, tolerance: float = 1e-9) -> None:
    found = nearest(flatten(features), flatten(targets))
    tree = shapely.STRtree(targets)
    (row, _), distance = tree.query_nearest(features, return_distance=True, all_matches=False)
    assert (row == np.arange(len(features))).all()
    np.testing.assert_allclose(found.distance_m, distance, rtol=1e-9, atol=tolerance)
    own = shapely.distance(features, targets[found.index])
    np.testing.assert_allclose(own, distance, rtol=1e-9, atol=tolerance)
    touching = np.flatnonzero(distance == 0)
    for i in touching:  # the first of all that touch, unless rounding puts one a hair away
        first = np.flatnonzero(shapely.intersects(targets, features[i]))[0]
        assert found.index[i] <= first or found.distance_m[i] > 0


KINDS = ["points", "lines", "polygons"]


def shapes_of_kind(kind: str, count: int, radius: float, rng):
    polygons = blobs(count, radius, rng)
    if kind == "points":
        return shapely.centroid(polygons)
    return shapely.boundary(polygons) if kind == "lines" else polygons


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("other", KINDS)
@pytest.mark.parametrize("radius", [3.0, 60.0])
def test_every_kind_agrees_with_shapely(kind, other, radius, rng) -> None:
    check(shapes_of_kind(kind, 300, 10, rng), shapes_of_kind(other, 80, radius, rng))


def test_multipolygons_with_a_part_inside_a_target(rng) -> None:
    """The second part of a feature lies in a target that touches no edge of the feature."""
    away = shapely.box(0, 0, 1, 1)
    inside = shapely.box(50, 50, 51, 51)
    feature = np.array([shapely.MultiPolygon([away, inside])])
    check(feature, np.array([shapely.box(10, 200, 12, 210), shapely.box(40, 40, 60, 60)]))


def test_a_target_inside_a_feature_and_in_its_hole() -> None:
    feature = np.array([shapely.box(0, 0, 100, 100) - shapely.box(40, 40, 60, 60)])
    inside = shapely.box(10, 10, 11, 11)
    in_hole = shapely.box(49, 49, 51, 51)
    check(feature, np.array([in_hole]))
    check(feature, np.array([in_hole, inside]))
    for target in (inside, in_hole):
        check(feature, np.array([target.centroid]))
        check(feature, np.array([target.boundary]))
        check(np.array([target]), feature)
        check(np.array([target.centroid]), feature)


def test_by_hand() -> None:
    found = nearest(
        np.array([[0.0, 0.0], [5.0, 5.0], [10.0, 3.0], [3.0, 4.0]]),
        flat.polygons(np.array([shapely.box(3, 4, 6, 6), shapely.box(8, 0, 9, 1)])),
    )
    assert found.distance_m.tolist() == [5.0, 0.0, np.hypot(1, 2), 0.0]
    assert found.index.tolist() == [0, 0, 1, 0]


def test_the_first_of_those_equally_near() -> None:
    squares = [shapely.box(x, y, x + 1, y + 1) for x, y in [(3, 0), (-4, 0), (3, 0), (0, 3)]]
    point = np.array([[0.0, 0.5]])
    for order in ([0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]):
        targets = [squares[i] for i in order]
        found = nearest(point, flat.polygons(np.array(targets)))
        near = [k for k, t in enumerate(targets) if shapely.distance(t, shapely.Point(0, 0.5)) < 3]
        ties = near or [k for k, i in enumerate(order) if i in (0, 1, 2)]
        assert found.index[0] == min(ties)


def test_the_first_of_those_that_touch(rng) -> None:
    """Overlapping targets: the lowest index, whichever way the walk goes."""
    targets = np.array([shapely.box(0, 0, 10, 10).buffer(i % 4) for i in range(40)])
    features = flat.polygons(np.array([shapely.box(4, 4, 5, 5), shapely.box(-4, -4, -2.2, 9)]))
    found = nearest(features, flat.polygons(targets))
    first = int(np.flatnonzero(shapely.intersects(targets, shapely.box(-4, -4, -2.2, 9)))[0])
    assert found.index.tolist() == [0, first]


def test_the_first_of_more_targets_than_a_group_has_room_for() -> None:
    """Squares in each other, from the smallest: so many that each feature asks the tree."""
    half = np.arange(group.NEAR + 200) + 0.5
    away = np.arange(0, 200, 7)
    features = np.stack([away, -away / 2], axis=1)
    found = nearest(features, flat.polygons(shapely.box(-half, -half, half, half)))
    assert found.distance_m.tolist() == [0.0] * len(away)
    assert found.index.tolist() == away.tolist()


def test_a_limit_leaves_out_what_is_farther(rng) -> None:
    features, targets = blobs(200, 5, rng), blobs(20, 20, rng)
    whole = nearest(flat.polygons(features), flat.polygons(targets))
    near = nearest(flat.polygons(features), flat.polygons(targets), limit_m=60.0)
    out = whole.distance_m > 60.0
    assert 20 < out.sum() < 180
    assert np.isinf(near.distance_m[out]).all() and (near.index[out] == -1).all()
    assert (near.distance_m[~out] == whole.distance_m[~out]).all()
    assert (near.index[~out] == whole.index[~out]).all()


def test_a_limit_is_within_reach_itself() -> None:
    found = nearest(np.array([[0.0, 0.0]]), np.array([[300.0, 0.0]]), limit_m=300.0)
    assert found.distance_m[0] == 300.0
    assert nearest(np.zeros((1, 2)), np.array([[300.0, 0.0]]), limit_m=299.999).index[0] == -1


def test_a_limit_at_the_distance_itself_leaves_it_in(rng) -> None:
    """Though the square of a distance may be rounded to less than what it is the root of."""
    points, targets = rng.uniform(0, 100, (300, 2)), rng.uniform(0, 100, (50, 2))
    away = nearest(points, targets).distance_m
    assert (away * away < ((points - targets[nearest(points, targets).index]) ** 2).sum(1)).any()
    for point, metres in zip(points, away, strict=True):
        assert nearest(point[None], targets, limit_m=metres).distance_m[0] == metres
        less = np.nextafter(metres, 0.0)
        assert nearest(point[None], targets, limit_m=less).index[0] == -1


@pytest.mark.parametrize("metres", [0.0, 5e-324, 1e-170, 0.1, 300.0, 1e153, 1e200, np.inf])
def test_the_square_of_a_limit_is_the_greatest_with_that_root(metres) -> None:
    square = squared(metres)
    assert np.sqrt(square) <= metres
    assert np.isinf(square) or np.sqrt(math.nextafter(square, math.inf)) > metres


def test_no_targets_and_empty_features() -> None:
    some = flat.polygons(np.array([shapely.Polygon(), shapely.box(0, 0, 1, 1)]))
    for found in (
        nearest(some, np.empty((0, 2))),
        nearest(some, flat.polygons(np.array([shapely.Polygon()]))),
    ):
        assert np.isinf(found.distance_m).all() and (found.index == -1).all()
    found = nearest(some, np.array([[3.0, 0.5]]))
    assert np.isinf(found.distance_m[0]) and found.distance_m[1] == 2.0
    assert len(nearest(np.empty((0, 2)), some).index) == 0
    assert nearest(np.array([[3.0, 0.5]]), some).index.tolist() == [1]


def test_neither_cores_nor_order_change_the_answer(rng, monkeypatch) -> None:
    features, targets = blobs(900, 6, rng), blobs(150, 25, rng)
    many = nearest(flat.polygons(features), flat.polygons(targets))
    monkeypatch.setattr("geo.measure.edges.threads.cores", lambda: 1)
    shuffled = rng.permutation(len(features))
    alone = nearest(flat.polygons(features[shuffled]), flat.polygons(targets))
    assert (alone.distance_m == many.distance_m[shuffled]).all()
    assert (alone.index == many.index[shuffled]).all()


def long_and_near(rng) -> tuple[np.ndarray, np.ndarray]:
    """Return edges of a kilometre that pass each other at a hair's distance, and crumbs."""
    start = rng.uniform(0, 1_000, (60, 2)) + np.array([EAST, NORTH])
    turn = rng.uniform(0, 2 * np.pi, 60)
    end = start + 1_000 * np.stack([np.cos(turn), np.sin(turn)], 1)
    hair = rng.uniform(-1e-9, 1e-9, (60, 2))
    features = shapely.linestrings(np.stack([start + hair, end - hair], 1))
    crumbs = shapely.boundary(blobs(300, 0.3, rng))
    return features, np.concatenate([shapely.linestrings(np.stack([start, end], 1)), crumbs])


@pytest.mark.parametrize("kind", ["blobs", "long and near"])
def test_neither_company_nor_room_change_a_bit(kind, rng, monkeypatch) -> None:
    """In a group, alone, in another order, walking: whatever the search begins with."""
    blob = blobs(400, 6, rng), blobs(900, 4, rng)
    features, targets = blob if kind == "blobs" else long_and_near(rng)
    all_at_once = nearest(flatten(features), flatten(targets))
    same = all_at_once.distance_m.tobytes(), all_at_once.index.tobytes()
    for _ in range(3):
        order = rng.permutation(len(features))
        again = nearest(flatten(features[order]), flatten(targets))
        back = np.argsort(order)
        assert (again.distance_m[back].tobytes(), again.index[back].tobytes()) == same
    alone = [nearest(flatten(features[i : i + 1]), flatten(targets)) for i in range(50)]
    assert [one.distance_m[0] for one in alone] == all_at_once.distance_m[:50].tolist()
    assert [one.index[0] for one in alone] == all_at_once.index[:50].tolist()
    monkeypatch.setattr(group, "NEAR", 1)  # too much is near any group
    walking = nearest(flatten(features), flatten(targets))
    assert (walking.distance_m.tobytes(), walking.index.tobytes()) == same


def test_a_group_as_wide_as_the_city(rng) -> None:
    """One feature touches everything, its neighbours hardly anything."""
    cross = shapely.box(EAST - 10, NORTH + 490, EAST + 1_010, NORTH + 500)
    features = np.concatenate([blobs(40, 3, rng), [cross]])
    check(features, blobs(1_500, 5, rng))


def exact_square(p: tuple[int, int], a: tuple[int, int], b: tuple[int, int]) -> Fraction:
    """Return the squared distance of a point from an edge, without rounding."""
    (px, py), (ax, ay), (bx, by) = p, a, b
    dx, dy, ex, ey = bx - ax, by - ay, px - ax, py - ay
    length, along = dx * dx + dy * dy, ex * dx + ey * dy
    if along <= 0:
        return Fraction(ex * ex + ey * ey)
    if along >= length:
        return Fraction((px - bx) ** 2 + (py - by) ** 2)
    return Fraction((ex * dy - ey * dx) ** 2, length)


PLACE = st.tuples(st.integers(0, 12), st.integers(0, 12))
EDGE = st.tuples(PLACE, PLACE).filter(lambda edge: edge[0] != edge[1])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(PLACE, min_size=1, max_size=20),
    st.lists(EDGE, min_size=1, max_size=30),
    st.sampled_from([0, 500_000]),
)
def test_of_those_equally_near_on_paper_the_first(places, edges, corner) -> None:
    """On a lattice nothing is rounded but a ratio: equal distances are equal numbers."""
    points = np.array(places, dtype=float) + corner
    targets = flat.lines(shapely.linestrings(np.array(edges, dtype=float) + corner))
    found = nearest(points, targets)
    for i, place in enumerate(places):
        exact = [exact_square(place, a, b) for a, b in edges]
        assert found.index[i] == exact.index(min(exact))
        assert found.distance_m[i] == np.sqrt(float(min(exact)))
        assert (found.distance_m[i] == 0.0) == (min(exact) == 0)


def test_a_long_ring_of_many_blocks(rng) -> None:
    """Thousands of vertices: several levels of the tree, and of the boxes of a ring."""
    angle = np.linspace(0, 2 * np.pi, 6_000, endpoint=False)
    ring = np.stack([np.cos(angle), np.sin(angle)], 1) * (400 + 20 * np.sin(40 * angle))[:, None]
    middle = np.array([EAST + 500, NORTH + 500])
    zone = shapely.Polygon(ring + middle, [0.3 * ring[::-1] + middle])
    check(blobs(300, 4, rng), np.array([zone]))
    check(np.array([zone]), blobs(5, 2, rng))
    check(shapely.centroid(blobs(300, 4, rng)), np.array([zone]))


def test_points_in_one_place() -> None:
    found = nearest(np.full((50, 2), 7.0), np.full((50, 2), 7.0))
    assert (found.index == 0).all() and (found.distance_m == 0).all()


# Rounded: GEOS overflows with coordinates of 1e-313.
COORDINATE = st.one_of(
    st.integers(0, 6).map(float), st.floats(0, 6, allow_nan=False).map(lambda x: round(x, 9))
)
RING = st.lists(st.tuples(COORDINATE, COORDINATE), min_size=3, max_size=6)
SETTINGS = {
    "max_examples": 150,
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow],
}


def drawn(rings: list, corner: float) -> np.ndarray:
    """Return valid polygons with an area from any rings."""
    made = []
    for ring in rings:
        one = shapely.make_valid(shapely.Polygon([(corner + x, corner + y) for x, y in ring]))
        parts = [p for p in shapely.get_parts(shapely.get_parts(one)) if p.area > 1e-9]
        parts = [p for p in parts if p.geom_type == "Polygon"]
        if parts:
            made.append(shapely.MultiPolygon(parts))
    return np.array(made, dtype=object)


@settings(**SETTINGS)
@given(
    st.lists(RING, min_size=1, max_size=4),
    st.lists(RING, min_size=1, max_size=6),
    st.sampled_from([0.0, 500_000.0]),
    st.floats(0, 8),
)
def test_any_polygons_agree_with_shapely(rings, others, corner, shift) -> None:
    features, targets = drawn(rings, corner), drawn(others, corner)
    if len(features) and len(targets):
        targets = shapely.transform(targets, lambda xy: xy + np.array([shift, 0.0]))
        check(features, targets)
        check(shapely.centroid(features), targets)
        check(features, shapely.boundary(targets))
        check(features, shapely.point_on_surface(targets))
