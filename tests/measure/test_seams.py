"""Gaps and overlaps of zones, with their places."""

from __future__ import annotations

import time

import numpy as np
import pyarrow as pa
import pytest
import shapely

from geo.measure.inputs import ZoneSet, features, zone_set
from geo.measure.seams import seams

EAST, NORTH = 505_000, 270_000


def _zones(project, *shapes) -> ZoneSet:
    layer = project.layers["districts"]
    names = [f"z{i}" for i in range(len(shapes))]
    moved = shapely.transform(
        np.array(shapes, dtype=object), lambda xy: xy + np.array([EAST, NORTH])
    )
    table = pa.table(
        {"district_id": names, "name": names, "geometry": shapely.to_wkb(moved).tolist()}
    )
    return zone_set(features(layer, table))


def _ring(*xy):
    return shapely.Polygon(xy)


def test_zones_that_fit_have_no_seams(project):
    assert seams(_zones(project, shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10))) == ()


def test_an_overlap_is_told_with_its_two_zones_and_its_place(project):
    zones = _zones(project, shapely.box(0, 0, 10, 10), shapely.box(9, 0, 20, 10))
    (found,) = seams(zones)
    assert (found.kind, found.zones) == ("overlap", ("z0", "z1"))
    assert found.area_m2 == pytest.approx(10, abs=1e-6)
    assert found.geometry.bounds == pytest.approx((EAST + 9, NORTH, EAST + 10, NORTH + 10))


def test_a_zone_within_another_is_an_overlap_although_only_one_has_odd_edges(project):
    zones = _zones(project, shapely.box(0, 0, 100, 100), shapely.box(40, 40, 50, 50))
    (found,) = seams(zones)
    assert (found.kind, found.zones, found.area_m2) == ("overlap", ("z0", "z1"), 100.0)


def test_a_hole_between_zones_is_a_gap_however_large(project):
    ring = shapely.box(0, 0, 100, 100) - shapely.box(30, 30, 70, 70)
    (found,) = seams(_zones(project, ring, shapely.box(30, 30, 70, 50)))
    assert (found.kind, found.zones) == ("gap", ("z0", "z1"))
    assert found.area_m2 == pytest.approx(800)
    assert found.width_m == pytest.approx(2 * 800 / 120)


def test_a_sliver_that_opens_to_the_outside_is_a_gap_and_a_wide_street_is_not(project):
    left, right = shapely.box(0, 0, 100, 100), shapely.box(100.4, 0, 200, 100)
    (found,) = seams(_zones(project, left, right))
    assert (found.kind, found.zones) == ("gap", ("z0", "z1"))
    assert found.area_m2 == pytest.approx(40, rel=0.02)
    assert found.width_m == pytest.approx(0.4, rel=0.02)
    assert seams(_zones(project, left, shapely.box(102, 0, 200, 100))) == ()


def test_corners_of_the_outer_border_are_no_gaps(project):
    """A kink of 60 degrees where two zones meet, and a notch in one zone."""
    left = _ring((0, 0), (50, 80), (50, -80))
    right = _ring((50, -80), (50, 80), (110, 0))
    notched = _ring((110, 0), (300, 0), (300, 90), (200, 30), (150, 90))
    assert seams(_zones(project, left, right, notched)) == ()


def test_rounding_is_not_listed(project):
    assert seams(_zones(project, shapely.box(0, 0, 10, 10), shapely.box(10.0001, 0, 20, 10))) == ()


def test_the_same_zones_are_looked_at_once(project):
    zones = _zones(project, shapely.box(0, 0, 10, 10), shapely.box(9, 0, 20, 10))
    first = seams(zones)
    start = time.process_time()
    assert seams(zones) is first
    assert time.process_time() - start < 0.01
