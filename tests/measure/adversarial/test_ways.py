"""Graphs of ways where lines meet badly: levels, ties, loops, stubs, gaps and doubled edges."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

from geo.measure.network import Network
from geo.measure.noding import noded


def _lines(*coordinates) -> np.ndarray:
    return np.array([LineString(each) for each in coordinates], dtype=object)


def _points(*xy) -> np.ndarray:
    return np.array([Point(each) for each in xy], dtype=object)


def test_an_end_under_a_bridge_is_not_joined_to_the_bridge():
    street, bridge = [(0, 0), (9.7, 0)], [(10, -50), (10, 50)]
    apart = noded(_lines(street, bridge), np.array([0, 1]))
    assert (apart.snapped.onto_lines, len(np.unique(apart.component))) == (0, 2)
    level = noded(_lines(street, bridge), np.array([0, 0]))
    assert (level.snapped.onto_lines, len(np.unique(level.component))) == (1, 1)


def test_between_two_ways_as_near_the_first_is_taken():
    network = Network(_lines([(0, 10), (10, 10)], [(0, -10), (10, -10)], [(0, 30), (1, 30)]))
    met = network.access(_points((5, 0), (5, 20), (5, 1e6)), 50.0)
    assert met.edge.tolist()[0] == 0
    assert met.step_m.tolist()[:2] == [10.0, 10.0]
    assert met.edge[2] == -1 and np.isnan(met.step_m[2])


def test_a_loop_is_walked_the_shorter_way_round():
    ring = [(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)]
    network = Network(_lines(ring, [(0, 0), (-50, 0)]))
    walked = network.reach(_points((100, 0), (0, 10), (-50, 0)), _points((0, 90)))
    assert walked.distance_m.tolist() == pytest.approx([190.0, 80.0, 140.0])
    assert shapely.length(walked.ways(np.arange(3))) == pytest.approx([190.0, 80.0, 140.0])


def test_of_two_ways_between_the_same_nodes_the_shorter_is_walked():
    straight, bow = [(0, 0), (100, 0)], [(0, 0), (50, 80), (100, 0)]
    twice = _lines(straight, straight[::-1], bow, [(0, 0), (-9, 0)], [(100, 0), (109, 0)])
    network = Network(twice)
    walked = network.reach(_points((-9, 0)), _points((109, 0)))
    assert walked.distance_m.tolist() == pytest.approx([118.0])
    assert network.report()["length_m"] == pytest.approx(118 + shapely.length(LineString(bow)))


def test_lines_without_length_are_no_ways():
    network = Network(_lines([(5, 5), (5, 5)], [(0, 0), (10, 0)]))
    assert network.report()["edges"] == 1


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_ways_anyhow_agree_with_a_graph_of_their_union(seed):
    """Lines that cross, run along each other, end on each other and turn back."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(int(rng.integers(2, 9))):
        xy = rng.integers(0, 6, (int(rng.integers(2, 5)), 2)) * 100.0
        if len(np.unique(xy, axis=0)) > 1:
            made.append(xy)
    if not made:
        return
    network = Network(_lines(*made), tolerance_m=0.0)
    graph = nx.MultiGraph()
    for part in shapely.get_parts(shapely.node(shapely.union_all(_lines(*made)))):
        a, b = part.coords[0], part.coords[-1]
        graph.add_edge(a, b, weight=part.length)
    nodes = list(graph.nodes)
    target = nodes[int(rng.integers(len(nodes)))]
    wanted = nx.single_source_dijkstra_path_length(graph, target)
    walked = network.reach(_points(*nodes), _points(target))
    for node, found in zip(nodes, walked.distance_m.tolist(), strict=True):
        if node in wanted:
            assert found == pytest.approx(wanted[node], abs=1e-6)
        else:
            assert not np.isfinite(found)
    assert network.report()["pieces"] == nx.number_connected_components(graph)
