"""Two versions of a layer: features by id, ground from class to class, answers zone by zone."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from drawing import jittered
from hypothesis import given, settings
from hypothesis import strategies as st
from made import layer, made
from shapely import LineString, Point, Polygon, box

from geo.errors import MeasureError
from geo.measure.change import NOTHING, compare, transition

GREEN = layer("green", "Polygon", {"kind": "string"})


def test_features_are_told_apart_by_their_id():
    before = made(
        GREEN, [box(0, 0, 10, 10), box(20, 0, 30, 10), box(40, 0, 50, 10), box(60, 0, 70, 10)],
        ["a", "b", "c", "d"], kind=["park", "park", "park", "park"],
    )  # fmt: skip
    after = made(
        GREEN, [box(60, 0, 73, 10), box(40, 0, 50, 10), box(0, 0, 10, 10), box(80, 0, 90, 10)],
        ["d", "c", "a", "e"], kind=["park", "wood", "park", "park"],
    )  # fmt: skip
    found = compare(before, after)
    assert (found.added, found.removed, found.same) == (("e",), ("b",), 1)
    assert [(each.id, each.moved_m, each.fields) for each in found.changed] == [
        ("c", 0.0, ("kind",)),
        ("d", 3.0, ()),
    ]
    assert (found.size_before, found.size_after) == (400.0, 430.0)


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), nudge=st.floats(0, 0.0069))
def test_jitter_below_the_tolerance_is_no_change(seed, nudge):
    rng = np.random.default_rng(seed)
    shapes = jittered(4, 4, 100.0, rng)
    moved = shapely.transform(shapes, lambda xy: xy + nudge * np.sin(xy * 7))
    found = compare(made(GREEN, shapes, kind=["x"] * 16), made(GREEN, moved, kind=["x"] * 16))
    assert found.same == 16


def test_a_vertex_on_an_edge_and_a_turned_ring_are_no_change_but_a_filled_hole_is():
    square = box(0, 0, 10, 10)
    split = Polygon([(5, 0), (0, 0), (0, 10), (10, 10), (10, 0)])
    holed = square.difference(box(4, 4, 6, 6))
    one = {"kind": ["x"]}
    assert compare(made(GREEN, [square], **one), made(GREEN, [split], **one)).same == 1
    assert len(compare(made(GREEN, [holed], **one), made(GREEN, [square], **one)).changed) == 1


def test_points_and_lines_move_too():
    points = layer("stops", "Point")
    found = compare(made(points, [Point(0, 0)]), made(points, [Point(3, 4)]))
    assert found.changed[0].moved_m == 5.0
    lines = layer("paths", "LineString")
    found = compare(
        made(lines, [LineString([(0, 0), (9, 0)])]), made(lines, [LineString([(9, 0), (0, 0)])])
    )
    assert (found.same, found.size_after) == (1, 9.0)
    with pytest.raises(MeasureError, match="polygons only"):
        transition(made(points, [Point(0, 0)]), made(points, [Point(0, 0)]))


def test_ground_from_class_to_class_by_hand():
    """A meadow of 100 m2 loses 40 to a car park and 10 to nothing; the car park gains 20 anew."""
    before = made(GREEN, [box(0, 0, 10, 10)], ["m"], kind=["meadow"])
    after = made(
        GREEN, [box(0, 0, 5, 10), box(5, 0, 9, 10), box(0, 10, 2, 20)], ["m", "p", "q"],
        kind=["meadow", "paved", "paved"],
    )  # fmt: skip
    found = transition(before, after, "kind")
    assert found.classes == ("meadow", "paved", NOTHING)
    assert found.area_m2.tolist() == [[50, 40, 10], [0, 0, 0], [0, 20, 0]]
    assert (found.gained_m2.tolist(), found.lost_m2.tolist()) == ([0, 60], [50, 0])
    assert found.closes


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_rows_are_the_classes_before_and_columns_those_after(seed):
    rng = np.random.default_rng(seed)
    first, second = (jittered(5, 5, 80.0, rng) for _ in range(2))
    second[:8] = first[:8]  # some stay to the last bit
    second = second[shapely.is_valid(second)]
    kinds = rng.choice(["a", "b", "c"], 25).tolist()
    later = rng.choice(["a", "b", "d"], len(second)).tolist()
    before, after = made(GREEN, first, kind=kinds), made(GREEN, second, kind=later)
    found = transition(before, after, "kind")
    assert found.closes, found.gap
    total = found.area_m2.sum()
    both = shapely.union_all([*first, *second]).area
    assert total == pytest.approx(both, rel=1e-9)
    back = transition(after, before, "kind")
    np.testing.assert_allclose(back.area_m2, found.area_m2.T, rtol=1e-9, atol=1e-6)


def test_a_version_against_itself_is_a_diagonal():
    rng = np.random.default_rng(3)
    same = made(GREEN, jittered(6, 6, 50.0, rng), kind=["a", "b"] * 18)
    found = transition(same, same, "kind")
    assert (found.area_m2 == np.diag(np.diagonal(found.area_m2))).all()
    assert found.lost_m2.tolist() == [0, 0] == found.gained_m2.tolist()


def test_what_cannot_be_compared_is_refused():
    one = made(GREEN, [box(0, 0, 1, 1)], kind=["x"])
    with pytest.raises(MeasureError, match="tolerance"):
        compare(one, one, tolerance_m=-1)
    with pytest.raises(MeasureError, match="no field"):
        transition(one, one, "sort")
    with pytest.raises(MeasureError, match="twice"):
        compare(made(GREEN, [box(0, 0, 1, 1)] * 2, ["a", "a"], kind=["x", "x"]), one)
