"""Two versions of a layer, and seams of zones: what vertices and areas alone do not show."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
import shapely
from made import layer, made
from shapely import LineString, MultiLineString, Polygon, box

from geo.measure.change import compare
from geo.measure.inputs import zone_set
from geo.measure.seams import seams

GREEN = layer("green", "Polygon")
PATHS = layer("paths", "MultiLineString")


def _moved(of, before, after, **more) -> tuple[float, ...]:
    found = compare(made(of, [before]), made(of, [after]), **more)
    return tuple(each.moved_m for each in found.changed)


@pytest.mark.parametrize("tolerance_m", [0.0, 0.01])
def test_a_way_that_lost_its_middle_has_changed(tolerance_m):
    whole = MultiLineString([[(0, 0), (10, 0)]])
    broken = MultiLineString([[(0, 0), (3, 0)], [(7, 0), (10, 0)]])
    assert len(_moved(PATHS, whole, broken, tolerance_m=tolerance_m)) == 1
    assert len(_moved(PATHS, broken, whole, tolerance_m=tolerance_m)) == 1
    split = MultiLineString([[(10, 0), (3, 0)], [(3, 0), (0, 0)]])
    assert _moved(PATHS, whole, split, tolerance_m=tolerance_m) == ()


@pytest.mark.parametrize("side", [8.0, 500.0])
def test_a_hole_that_is_filled_in_the_middle_has_changed_however_large_the_rest(side):
    shell = box(-side, -side, side, side)
    one = shell.difference(box(0, 0, 3, 1))
    two = shell.difference(shapely.union_all([box(0, 0, 1, 1), box(2, 0, 3, 1)]))
    assert shapely.hausdorff_distance(one, two) == 0.0
    assert len(_moved(GREEN, one, two)) == 1


@pytest.mark.parametrize("nudge", [0.0, 0.004, 0.0099])
def test_outlines_that_moved_by_less_than_the_tolerance_have_not(nudge):
    ring = [(0, 0), (50.3, 10.1), (70.7, 60.2), (20.2, 80.9)]
    other = [(x + nudge * (-1) ** k, y) for k, (x, y) in enumerate(ring)]
    middle = [((ring[0][0] + ring[1][0]) / 2, (ring[0][1] + ring[1][1]) / 2)]
    assert _moved(GREEN, Polygon(ring), Polygon([other[0], *middle, *other[1:]])) == ()
    assert _moved(PATHS, MultiLineString([ring]), MultiLineString([other[::-1]])) == ()


def _with_nan(features):
    """Not null: NaN, as some formats write it."""
    column = pa.array(np.array([math.nan]), from_pandas=False)
    at = features.table.column_names.index("height")
    return replace(features, table=features.table.set_column(at, "height", column))


def test_a_number_that_is_none_in_both_versions_has_not_changed():
    of = layer("trees", "LineString", {"height": "number"})
    shape = [LineString([(0, 0), (1, 0)])]
    five = made(of, shape, height=[5.0])
    nothing, again = (_with_nan(five) for _ in range(2))
    assert compare(nothing, again).same == 1
    assert compare(nothing, five).changed[0].fields == ("height",)
    assert compare(five, nothing).changed[0].fields == ("height",)


def _gaps(*shapes) -> list[float]:
    zones = zone_set(made(layer("districts", "MultiPolygon"), np.array(shapes, dtype=object)))
    return [seam.area_m2 for seam in seams(zones) if seam.kind == "gap"]


def test_a_gap_around_an_island_is_not_the_island():
    ring = box(0, 0, 100, 100) - box(30, 30, 70, 70)
    assert _gaps(ring, box(45, 45, 55, 55)) == pytest.approx([1500])
    assert _gaps(ring, box(30.1, 30.1, 69.9, 69.9)) == pytest.approx([1600 - 39.8**2])
    holed = box(40, 40, 60, 60) - box(45, 45, 55, 55)
    assert _gaps(ring, holed) == pytest.approx([1200, 100])
    across = Polygon([(30, 50), (50, 30), (70, 50), (50, 70)])
    assert _gaps(ring, across) == pytest.approx([200] * 4)


def test_a_narrow_hole_is_one_gap_not_two():
    west = Polygon([(0, 0), (10, 0), (10, 4), (9.9, 5), (10, 6), (10, 10), (0, 10)])
    assert _gaps(west, box(10, 0, 20, 10)) == pytest.approx([0.1])
