"""The area of unions against shapely, where edges cross, touch, coincide and all but coincide."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from shapely import affinity
from shapely.ops import split

from geo.measure.edges import above
from geo.measure.edges.compiled import compiled
from geo.measure.edges.flat import polygons
from geo.measure.edges.union import union_area

EAST, NORTH = 500_000.0, 270_000.0


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def oracle(features: np.ndarray, zones: np.ndarray) -> np.ndarray:
    return shapely.area(shapely.intersection(shapely.union_all(features), zones))


def check(features, zones, tolerance: float = 1e-9) -> np.ndarray:
    """Compare with shapely, relative to the scale of the input."""
    features, zones = np.array(features, dtype=object), np.array(zones, dtype=object)
    found = union_area(polygons(features), polygons(zones))
    whole = np.concatenate([features, zones])
    west, south, east, north = shapely.total_bounds(whole)
    scale = max((east - west) * (north - south), 1e-12)
    expected = oracle(features, zones)
    for i in np.flatnonzero(np.abs(found - expected) > tolerance * scale):
        # Either GEOS is wrong or we are: slabs tell (only where there are few edges).
        assert len(shapely.get_coordinates(features)) < 1_000, (found[i], expected[i])
        assert found[i] == pytest.approx(by_slabs(features, zones[i]), abs=1e-13 * scale, rel=0)
    return found


def by_slabs(features, zone) -> float:
    """Return the area of the union in a zone by slabs between all vertices and crossings.

    In each slab the edges are sorted at its middle: a total order, whatever all but coincides.
    Where edges are 1e-10 m apart, GEOS errs by up to 2e-4 m2 of 2 500 (shapely 2.2, GEOS 3.13).
    """
    edges, owners = [], []
    for owner, shape in enumerate([*features, zone]):
        for part in shapely.get_parts(shape):
            for ring in shapely.get_rings(part):
                xy = shapely.get_coordinates(ring).astype(np.longdouble) - [EAST, NORTH]
                edges.append(np.hstack([xy[:-1], xy[1:]]))
                owners += [owner] * (len(xy) - 1)
    e, owner = np.vstack(edges), np.array(owners)
    e, owner = e[e[:, 0] != e[:, 2]], owner[e[:, 0] != e[:, 2]]
    back = e[:, 0] > e[:, 2]
    e[back] = e[back][:, [2, 3, 0, 1]]
    slope = (e[:, 3] - e[:, 1]) / (e[:, 2] - e[:, 0])
    base = e[:, 1] - slope * e[:, 0]
    with np.errstate(all="ignore"):
        cross = (base - base[:, None]) / (slope[:, None] - slope)
    low, high = np.maximum(e[:, None, 0], e[:, 0]), np.minimum(e[:, None, 2], e[:, 2])
    xs = np.unique(np.concatenate([e[:, 0], e[:, 2], cross[(cross > low) & (cross < high)]]))
    total = np.longdouble(0)
    for x1, x2 in pairwise(xs):
        x = (x1 + x2) / 2
        there = np.flatnonzero((e[:, 0] < x) & (e[:, 2] > x))
        y = e[there, 1] + slope[there] * (x - e[there, 0])
        order = np.argsort(y, kind="stable")
        total += (x2 - x1) * _covered(y[order], owner[there[order]], len(features))
    return float(total)


def _covered(y, owner, zone: int):
    """Return the length of a line that is in the zone and in any feature; y ascending."""
    inside, length = set(), np.longdouble(0)
    for k, one in enumerate(owner):
        if zone in inside and len(inside) > 1:
            length += y[k] - y[k - 1]
        inside ^= {one}
    return length


def frame(w=0.0, s=0.0, e=100.0, n=100.0):
    return shapely.box(EAST + w, NORTH + s, EAST + e, NORTH + n)


def quarters(side: float = 100.0) -> list:
    half = side / 2
    return [frame(x, y, x + half, y + half) for x in (0, half) for y in (0, half)]


def blobs(count: int, radius: float, rng, extent: float = 100.0, most: int = 30) -> np.ndarray:
    """Return star-shaped polygons, every third with a hole."""
    made = []
    for i in range(count):
        size = int(rng.integers(3, most))
        angle = (np.arange(size) + rng.uniform(0, 0.7, size)) / size * 2 * np.pi
        ring = np.stack([np.cos(angle), np.sin(angle)], 1) * rng.uniform(0.5, 1, (size, 1))
        middle = np.array([EAST, NORTH]) + rng.uniform(0, extent, 2)
        r = radius * rng.uniform(0.3, 1.5)
        made.append(shapely.Polygon(middle + r * ring, [middle + 0.4 * r * ring] * (i % 3 == 0)))
    return np.array(made)


def test_two_squares_by_hand() -> None:
    found = check([frame(0, 0, 10, 10), frame(5, 5, 15, 15)], [frame(0, 0, 8, 100), frame()])
    assert found == pytest.approx([8 * 10 + 3 * 5, 175.0], abs=1e-9)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_identical_features_count_once(count) -> None:
    one = shapely.Point(EAST + 50, NORTH + 50).buffer(30.1)
    found = check([one] * count, quarters())
    assert found.sum() == pytest.approx(one.area, rel=1e-13)


def test_nested_features_of_every_order() -> None:
    rings = [shapely.Point(EAST + 50, NORTH + 50).buffer(r) for r in (40, 30, 20, 10)]
    for order in (rings, rings[::-1], [rings[2], rings[0], rings[3], rings[1]]):
        assert check(order, [frame()])[0] == pytest.approx(rings[0].area, rel=1e-13)


def test_shared_edges_leave_nothing_between() -> None:
    """A grid of squares, some twice, with vertices of one on edges of another."""
    squares = [frame(x, y, x + 10, y + 10) for x in range(0, 100, 10) for y in range(0, 100, 10)]
    wide = [frame(0, y, 100, y + 5) for y in range(0, 100, 20)]
    found = check(squares + wide + squares[::3], quarters())
    assert found.tolist() == pytest.approx([2500.0] * 4, abs=1e-9)


def test_zones_whose_edges_are_features_edges() -> None:
    check(quarters()[:3], quarters())
    check([frame(), *quarters()], [frame(), *quarters(), frame(-10, -10, 110, 110)])
    check([frame(10, 10, 50, 50), frame(50, 10, 90, 50)], quarters())


def test_holes_that_others_fill() -> None:
    ring = frame() - frame(20, 20, 80, 80)
    check([ring], quarters())
    check([ring, frame(20, 20, 80, 80)], quarters())
    check([ring, frame(20, 20, 60, 80)], quarters())
    check([ring, frame(10, 10, 90, 90) - frame(40, 40, 60, 60)], quarters())
    check([ring, ring, frame(40, 40, 60, 60)], [ring, *quarters()])


def test_slivers() -> None:
    slivers = [
        shapely.Polygon(
            [(EAST, NORTH + y), (EAST + 100, NORTH + y), (EAST + 100, NORTH + y + thin)]
        )
        for y, thin in zip(np.linspace(1, 99, 40), 10.0 ** -np.arange(0, 10, 0.25), strict=True)
    ]
    slivers = [one for one in slivers if one.is_valid and one.area > 0]
    check(slivers, quarters())
    check(
        [*slivers, *[affinity.rotate(s, 90, (EAST + 50, NORTH + 50)) for s in slivers]], quarters()
    )


def test_features_that_all_but_coincide(rng) -> None:
    """The same circle, moved by less than a coordinate's last digits up to a millimetre."""
    circle = shapely.Point(EAST + 50, NORTH + 50).buffer(30, quad_segs=8)
    ring = shapely.get_coordinates(circle)[:-1]
    moved = [
        shapely.Polygon(ring + rng.uniform(-step, step, ring.shape))
        for step in (1e-10, 3e-10, 1e-9, 1e-8, 1e-6, 1e-4, 1e-3) * 3
    ]
    moved = [one for one in moved if one.is_valid]
    check(moved, quarters())
    found = union_area(polygons(np.array(moved)), polygons(np.array(quarters())))
    exact = [by_slabs(moved, zone) for zone in quarters()]
    np.testing.assert_allclose(found, exact, rtol=1e-13)


def test_edges_cut_by_vertices_that_rounding_put_aside(rng) -> None:
    """Neighbours whose common border has other vertices on each side: gaps of 1e-10 m."""
    a = np.array([EAST + 3.3, NORTH + 7.1])
    b = np.array([EAST + 91.7, NORTH + 83.9])
    left, right = np.array([EAST, NORTH + 95.0]), np.array([EAST + 95.0, NORTH])
    made = []
    for count in (0, 1, 3, 10, 40):
        along = np.sort(rng.random(count))[:, None]
        line = np.vstack([a, a + along * (b - a), b])
        made += [
            shapely.Polygon(np.vstack([line, left])),
            shapely.Polygon(np.vstack([line, right])),
        ]
    made = [one if one.is_valid else one.buffer(0) for one in made]
    check(made, [frame(), *quarters()])


def test_pencils_of_edges_through_one_point() -> None:
    middle = np.array([EAST + 50.0, NORTH + 50.0])
    angles = np.linspace(0, 2 * np.pi, 60)
    blades = [
        shapely.Polygon([middle, middle + 45 * np.array([np.cos(a), np.sin(a)]),
                         middle + 45 * np.array([np.cos(a + w), np.sin(a + w)])])
        for a in angles for w in (0.05, 0.3)
    ]  # fmt: skip
    crossing = [
        affinity.rotate(frame(10, 49, 90, 51), d, (EAST + 50, NORTH + 50)) for d in range(0, 180, 3)
    ]
    check(blades, quarters())
    check(crossing, quarters())
    check(blades + crossing + blades, quarters())


@pytest.mark.parametrize("radius", [1.0, 8.0, 60.0])
def test_random_features_in_any_order(radius, rng, monkeypatch) -> None:
    features = blobs(250, radius, rng)
    zones = [*quarters(), shapely.Point(EAST + 40, NORTH + 60).buffer(33), frame(200, 0, 300, 50)]
    found = check(features, zones)
    assert found[5] == 0.0 or radius == 60.0
    shuffled = union_area(polygons(rng.permutation(features)), polygons(np.array(zones)))
    np.testing.assert_allclose(shuffled, found, rtol=1e-12, atol=1e-8)
    turned = union_area(polygons(shapely.reverse(features)), polygons(np.array(zones)))
    np.testing.assert_allclose(turned, found, rtol=1e-12, atol=1e-8)


def test_neither_cores_nor_chunks_change_the_answer(rng, monkeypatch) -> None:
    features, zones = polygons(blobs(600, 6, rng)), polygons(np.array(quarters()))
    many = union_area(features, zones)
    monkeypatch.setattr("geo.measure.edges.threads.cores", lambda: 1)
    assert (union_area(features, zones) == many).all()
    monkeypatch.setattr("geo.measure.edges.union.BLOCKS", 7)
    monkeypatch.setattr("geo.measure.edges.union.BORDER_BLOCKS", 1)
    np.testing.assert_allclose(union_area(features, zones), many, rtol=1e-12)


def test_more_around_a_block_than_there_is_room_for(rng) -> None:
    """Thousands of features over one another: the scratch grows."""
    features = [affinity.rotate(frame(0, 0, 90, 70), d) for d in np.linspace(0, 180, 700)]
    check(features, quarters())


def test_one_large_feature_of_many_vertices(rng) -> None:
    angle = np.linspace(0, 2 * np.pi, 7_000, endpoint=False)
    wave = 40 + 3 * np.sin(200 * angle)
    ring = np.stack([np.cos(angle), np.sin(angle)], 1) * wave[:, None]
    middle = np.array([EAST + 50.0, NORTH + 50.0])
    large = shapely.Polygon(middle + ring, [middle + 0.5 * ring[::-1]])
    check([large, *blobs(60, 5, rng)], [*quarters(), large])
    check([large, affinity.rotate(large, 0.7), large], quarters())


def test_multipolygons(rng) -> None:
    many = [shapely.union_all(blobs(12, 4, rng)) for _ in range(20)]
    check(many, quarters())


def test_zones_with_a_common_border_lose_nothing_between_them(rng) -> None:
    features = blobs(300, 7, rng)
    line = np.stack([np.linspace(-30, 130, 60), rng.uniform(20, 80, 60)], axis=1)
    cut = shapely.LineString(line + np.array([EAST, NORTH]))
    around = frame(-30, -30, 130, 130)
    parts = shapely.get_parts(split(around, cut))
    whole = union_area(polygons(features), polygons(np.array([around])))[0]
    assert check(features, parts).sum() == pytest.approx(whole, rel=1e-12)


def test_nothing_gives_nothing() -> None:
    empty = polygons(np.array([shapely.Polygon()]))
    some = polygons(np.array([frame()]))
    none = polygons(np.array([], dtype=object))
    assert union_area(empty, some).tolist() == [0.0]
    assert union_area(none, some).tolist() == [0.0]
    assert union_area(some, empty).tolist() == [0.0]
    assert union_area(some, none).tolist() == []
    both = polygons(np.array([shapely.Polygon(), frame(0, 0, 10, 10)]))
    assert union_area(both, both).tolist() == pytest.approx([0.0, 100.0])


@pytest.mark.parametrize("shift", [0.0, 1.0, 5e5, 1e6])
@pytest.mark.parametrize("size", [1e-3, 1.0, 1e4])
def test_any_place_and_size(shift, size, rng) -> None:
    base = shapely.transform(blobs(60, 15, rng), lambda xy: (xy - [EAST, NORTH]) * size / 100)
    place = lambda xy: np.round(xy + shift, 12)  # noqa: E731
    zones = shapely.transform(
        np.array([shapely.box(0, 0, size / 2, size), shapely.box(size / 2, 0, size, size)]), place
    )
    # At 1e6 m a coordinate's last digit is 1e-10 m: of a size of 1 mm that is 1e-7.
    check(
        shapely.make_valid(shapely.transform(base, place)), zones, max(1e-9, shift * 1e-15 / size)
    )


NUMBER = st.integers(-8, 8)
POINT = st.tuples(NUMBER, NUMBER)


@compiled
def _height(ax, ay, bx, by, px, py):
    return above._height(ax, ay, bx, by, px, py)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ax=POINT, bx=POINT, p=POINT, scale=st.sampled_from([1.0, 0.1, 1 / 3, 1e5]))
def test_the_sign_of_a_height_is_exact(ax, bx, p, scale) -> None:
    """Against integers of any length: the coordinates are what the floats are."""
    from fractions import Fraction

    a, b, c = (np.array(xy) * scale + 1000.3 for xy in (ax, bx, p))
    if a[0] >= b[0]:
        return
    found = _height(*a, *b, *c)
    (ax_, ay_), (bx_, by_), (px_, py_) = ([Fraction(float(v)) for v in xy] for xy in (a, b, c))
    exact = ((bx_ - ax_) * (py_ - ay_) - (by_ - ay_) * (px_ - ax_)) / (bx_ - ax_)
    assert (found > 0) == (exact > 0) and (found < 0) == (exact < 0)
    if exact:
        assert found == pytest.approx(float(exact), rel=1e-9)


def drawn(rings: list) -> list:
    """Return valid polygons with an area from any rings."""
    made = []
    for ring in rings:
        one = shapely.make_valid(shapely.Polygon([(EAST + x, NORTH + y) for x, y in ring]))
        parts = [p for p in shapely.get_parts(shapely.get_parts(one)) if p.geom_type == "Polygon"]
        parts = [p for p in parts if p.area > 0]
        if parts:
            made.append(shapely.union_all(parts))
    return made


WHOLE = st.integers(0, 5).map(float)
ANY = st.floats(0, 5, allow_nan=False).map(lambda x: round(x, 6))
HAIR = st.tuples(WHOLE, st.integers(-3, 3)).map(lambda t: t[0] + t[1] * 2.0**-33)
RINGS = st.one_of(
    *[
        st.lists(st.lists(st.tuples(c, c), min_size=3, max_size=7), min_size=1, max_size=7)
        for c in (WHOLE, ANY, st.one_of(WHOLE, ANY), HAIR, st.one_of(WHOLE, HAIR))
    ]
)
TRIANGLES = [[(0.0, 0.0), (4.0, 0.0), (2.0, 4.0)], [(2.0, 0.0), (6.0, 0.0), (4.0, 4.0)]]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RINGS, RINGS)
@example(TRIANGLES + TRIANGLES, TRIANGLES)
def test_any_features_agree_with_shapely(rings, others) -> None:
    features, zones = drawn(rings), drawn(others)
    if features and zones:
        check(features, [*zones, frame(-1, -1, 7, 7)])


CLOSE = st.integers(-2, 2).map(lambda n: n * 2.0**-33)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(WHOLE, WHOLE), min_size=3, max_size=6),
    st.lists(st.lists(st.tuples(CLOSE, CLOSE), min_size=6, max_size=6), min_size=2, max_size=5),
    st.lists(st.tuples(WHOLE, WHOLE), min_size=3, max_size=5),
)
def test_copies_a_hair_apart_are_exact(ring, hairs, other) -> None:
    """Each vertex of each copy off by a few last digits: closer than GEOS can tell."""
    made = [drawn([[(x + dx, y + dy) for (x, y), (dx, dy) in zip(ring, hair, strict=False)]])
            for hair in hairs]  # fmt: skip
    features, zones = [one for some in made for one in some], [*drawn([other]), frame(-1, -1, 7, 7)]
    if features:
        found = union_area(polygons(np.array(features)), polygons(np.array(zones)))
        exact = [by_slabs(features, zone) for zone in zones]
        np.testing.assert_allclose(found, exact, rtol=0, atol=1e-12 * 64)
