"""Ways along streets against networkx on random lattices, and by hand on small ones."""

from __future__ import annotations

import math

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon

from geo.errors import MeasureError
from geo.measure.network import Network
from geo.measure.noding import between, noded

STEP = 100.0


def lines(*coordinates: list[tuple[float, float]]) -> np.ndarray:
    return np.array([LineString(each) for each in coordinates], dtype=object)


def points(*xy: tuple[float, float]) -> np.ndarray:
    return np.array([Point(each) for each in xy], dtype=object)


def lattice(rng: np.random.Generator, side: int) -> tuple[np.ndarray, nx.Graph]:
    """Return streets that cross each other mid-line, and the graph that they make."""
    graph, streets = nx.Graph(), []
    for across in (True, False):
        for i in range(side):
            run = [0]
            for j in range(side):
                ends = ((j, i), (j + 1, i)) if across else ((i, j), (i, j + 1))
                if j < side - 1 and rng.random() < 0.75:
                    graph.add_edge(*ends, weight=STEP)
                    run.append(j + 1)
                    continue
                if len(run) > 1:
                    ways = [(run[0], i), (run[-1], i)]
                    xy = ways if across else [(b, a) for a, b in ways]
                    streets.append([(x * STEP, y * STEP) for x, y in xy][:: rng.choice([1, -1])])
                run = [j + 1]
    return lines(*streets), graph


def brute(graph: nx.Graph, origin: Point, targets: np.ndarray) -> float:
    """Return the way's length by trying every pair of ends of the two nearest edges."""

    def access(point: Point) -> tuple[tuple, float, float]:
        def segment(edge: tuple) -> LineString:
            return LineString([(x * STEP, y * STEP) for x, y in edge])

        edge = min(graph.edges, key=lambda e: segment(e).distance(point))
        return edge, segment(edge).project(point), segment(edge).distance(point)

    edge, place, step = access(origin)
    best = math.inf
    for target in targets:
        other, there, last = access(target)
        if set(other) == set(edge):
            there = there if other == edge else STEP - there
            best = min(best, step + abs(place - there) + last)
        for a, to_a in ((edge[0], place), (edge[1], STEP - place)):
            for b, to_b in ((other[0], there), (other[1], STEP - there)):
                if nx.has_path(graph, a, b):
                    along = nx.dijkstra_path_length(graph, a, b)
                    best = min(best, step + to_a + along + to_b + last)
    return best


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), side=st.integers(2, 6))
def test_a_lattice_agrees_with_networkx(seed, side):
    rng = np.random.default_rng(seed)
    streets, graph = lattice(rng, side)
    if not len(streets):
        return
    # Off the lattice's middles, so that one edge is the nearest.
    size = (side - 1) * STEP
    origins = shapely.points(rng.uniform(-30, size + 30, (6, 2)))
    targets = shapely.points(rng.uniform(-30, size + 30, (3, 2)))
    network = Network(streets, tolerance_m=0.0)
    found = network.reach(origins, targets, access_m=1e6)
    expected = np.array([brute(graph, origin, targets) for origin in origins])
    expected[np.isinf(expected)] = np.nan
    np.testing.assert_allclose(found.distance_m, expected, rtol=1e-9, atol=1e-9)
    assert found.report()["cut_off"] == np.isnan(expected).sum()
    there = np.flatnonzero(~np.isnan(expected))
    ways = found.ways(there)
    np.testing.assert_allclose(shapely.length(ways), expected[there], rtol=1e-9, atol=1e-9)
    for row, way in zip(there, ways, strict=True):
        assert Point(way.coords[0]).equals(origins[row])
        assert Point(way.coords[-1]).equals(targets[found.target[row]])


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
def test_order_of_lines_and_of_vertices_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    streets, _ = lattice(rng, 5)
    origins = shapely.points(rng.uniform(0, 400, (20, 2)))
    targets = shapely.points(rng.uniform(0, 400, (3, 2)))
    first = Network(streets).reach(origins, targets)
    turned = shapely.reverse(streets[rng.permutation(len(streets))])
    second = Network(turned).reach(origins, targets)
    np.testing.assert_allclose(first.distance_m, second.distance_m, rtol=1e-9, atol=1e-9)


def test_the_way_is_never_shorter_than_the_straight_line_and_never_infinite():
    rng = np.random.default_rng(5)
    streets, _ = lattice(rng, 8)
    origins, targets = (shapely.points(rng.uniform(0, 700, (n, 2))) for n in (200, 5))
    found = Network(streets).reach(origins, targets)
    assert not np.isinf(found.distance_m).any()
    straight = shapely.distance(origins[:, None], targets[None, :]).min(axis=1)
    reached = found.target >= 0
    assert (found.distance_m[reached] >= straight[reached] - 1e-9).all()
    assert (np.isnan(found.distance_m) == ~reached).all()


def test_two_on_one_street_meet_along_it():
    network = Network(lines([(0, 0), (100, 0)]))
    found = network.reach(points((10, 5), (90, 0)), points((30, 3), (60, 0)))
    assert found.distance_m.tolist() == [5 + 20 + 3, 30]
    assert found.target.tolist() == [0, 1]


def test_a_target_at_the_end_of_a_street_is_its_node():
    network = Network(lines([(0, 0), (100, 0)], [(100, 0), (100, 50)]))
    found = network.reach(points((0, 0), (100, 50)), points((100, 0)))
    assert found.distance_m.tolist() == [100, 50]


def test_a_bridge_is_crossed_under_and_walked_from_its_ends_only():
    streets = lines([(0, 0), (100, 0)], [(50, -50), (50, 50)], [(50, 50), (0, 50), (0, 0)])
    ground = Network(streets).reach(points((50, -50)), points((100, 0)))
    assert ground.distance_m.tolist() == [100]
    bridge = Network(streets, np.array([0, 1, 0])).reach(points((50, -50)), points((100, 0)))
    assert bridge.distance_m.tolist() == [100 + 50 + 50 + 100]


def test_gaps_below_the_tolerance_are_walked_and_reported():
    streets = lines([(0, 0), (50, 0)], [(50.3, 0), (100, 0)], [(20, 0.4), (20, 50)])
    network = Network(streets, tolerance_m=0.5)
    found = network.reach(points((0, 0), (0, 0)), points((100, 0)))
    assert found.distance_m == pytest.approx([100, 100])
    up = network.reach(points((0, 0)), points((20, 50)))
    assert up.distance_m == pytest.approx([70])
    assert up.ways(np.array([0]))[0].length == pytest.approx(70)
    report = network.report()
    assert (report["ends_joined"], report["ends_joined_to_lines"]) == (1, 1)
    assert report["largest_gap_m"] == pytest.approx(0.4)
    assert report["pieces"] == 1
    apart = Network(streets, tolerance_m=0.0)
    assert apart.report()["pieces"] == 3
    assert np.isnan(apart.reach(points((0, 0)), points((100, 0))).distance_m).all()


def test_what_cannot_be_reached_is_counted_and_never_infinite():
    network = Network(lines([(0, 0), (100, 0)], [(0, 500), (100, 500)]))
    found = network.reach(points((0, 0), (50, 500), (5000, 0)), points((100, 0)), access_m=200)
    assert found.distance_m[0] == 100
    assert np.isnan(found.distance_m[1:]).all()
    assert found.target.tolist() == [0, -1, -1]
    report = found.report()
    assert [report[key] for key in ("origins", "no_way_near", "cut_off")] == [3, 1, 1]
    assert (report["pieces"], report["largest_gap_m"]) == (2, 0)
    assert found.ways(np.array([1]))[0].is_empty
    near = network.reach(points((0, 0)), points((100, 0)), limit_m=99)
    assert near.target.tolist() == [-1]


def test_a_park_is_reached_where_a_path_enters_it_and_is_nought_away_inside():
    park = np.array([Polygon([(40, -20), (60, -20), (60, 20), (40, 20)])], dtype=object)
    network = Network(lines([(0, 0), (100, 0)]))
    found = network.reach(points((0, 0), (100, 0), (50, 10)), park)
    assert found.distance_m.tolist() == [40, 40, 0]
    beside = np.array([Polygon([(40, 5), (60, 5), (60, 20), (40, 20)])], dtype=object)
    assert network.reach(points((40, 0), (0, 0)), beside).distance_m.tolist() == [5, 45]
    # Too far from the street to be entered all along it: its nearest point is its door.
    far = np.array([Polygon([(50, 80), (60, 100), (40, 100)])], dtype=object)
    assert network.reach(points((0, 0)), far).distance_m.tolist() == [130]


def test_no_target_at_all():
    found = Network(lines([(0, 0), (100, 0)])).reach(points((0, 0)), points((9000, 0)))
    assert np.isnan(found.distance_m).all()
    assert found.report()["cut_off"] == 1


def test_wrong_input_is_refused():
    with pytest.raises(MeasureError, match="tolerance"):
        Network(lines([(0, 0), (1, 0)]), tolerance_m=float("nan"))
    with pytest.raises(MeasureError, match="no line"):
        Network(lines([(1, 1), (1, 1)]))


@given(a=st.floats(0, 30), b=st.floats(0, 30))
def test_a_part_of_a_line_is_as_long_as_the_places_are_apart(a, b):
    line = LineString([(0, 0), (10, 0), (10, 10), (20, 10)])
    part = between(line, a, b)
    assert part.length == pytest.approx(abs(a - b), abs=1e-9)
    assert Point(part.coords[0]).distance(line.interpolate(a)) < 1e-9


def test_warsaws_cycleways_make_a_graph(shared_data):
    """Real OSM lines, cut by district: length kept, pieces told, ways as long as they say."""
    frame = gpd.read_file(shared_data / "warszawa" / "cycleways.geojson")
    ways = frame.geometry.to_numpy()
    edges = noded(ways, None)
    union = shapely.length(shapely.unary_union(ways))
    assert edges.length_m[~edges.connector].sum() == pytest.approx(union, rel=1e-9)
    network = Network(ways)
    report = network.report()
    assert 0.3 < report["largest_piece_share"] <= 1
    assert report["pieces"] > 100  # Warsaw's cycleways are no connected network
    assert report["largest_gap_m"] <= 0.5
    rng = np.random.default_rng(1)
    tips = shapely.get_point(shapely.get_parts(ways), 0)
    origins, targets = rng.choice(tips, 50), rng.choice(tips, 5)
    found = network.reach(origins, targets)
    there = np.flatnonzero(found.target >= 0)
    assert len(there) > 10
    lengths = shapely.length(found.ways(there))
    np.testing.assert_allclose(lengths, found.distance_m[there], rtol=1e-9, atol=1e-6)
