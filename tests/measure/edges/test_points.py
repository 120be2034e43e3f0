"""The zone of a point: against shapely, and on borders."""

from __future__ import annotations

import drawing
import lattice
import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.measure.edges import flat
from geo.measure.edges.index import index
from geo.measure.edges.points import first_zone

SEEDS = st.integers(0, 2**32 - 1)
OFTEN = settings(deadline=None, max_examples=150)


def _expected(points, zones):
    """The first zone that covers each point, -1 where none does."""
    holds = shapely.covers(zones[None, :], points[:, None])
    return np.where(holds.any(axis=1), holds.argmax(axis=1), -1)


def _found(points, zones, step_m=None):
    return first_zone(flat.points(points), index(flat.polygons(zones), step_m=step_m))


@OFTEN
@given(SEEDS, st.integers(1, 6), st.sampled_from([2.0**-10, 1.0, 2.0**10]))
def test_lattice_points_agree_with_shapely(seed, count, step):
    """Every lattice point of zones with corners and edges on lattice points."""
    rng = np.random.default_rng(seed)
    shapes = lattice.polygons(count, rng)
    x, y = np.meshgrid(np.arange(-1, lattice.SIDE + 2), np.arange(-1, lattice.SIDE + 2))
    points = shapely.points(x.ravel(), y.ravel())
    expected = _expected(points, shapes).tolist()
    points, shapes = lattice.place(points, step), lattice.place(shapes, step)
    assert _found(points, shapes).tolist() == expected
    # In a cell as wide as all of them every point asks every edge: no cell hides what is wrong.
    assert _found(points, shapes, 20 * step).tolist() == expected


@OFTEN
@given(SEEDS, st.integers(1, 4), st.integers(1, 4), st.floats(1, 500))
def test_random_points_agree_with_shapely_whatever_the_cells(seed, columns, rows, step_m):
    rng = np.random.default_rng(seed)
    zones = drawing.jittered(columns, rows, 1_000 / max(columns, rows), rng)
    points = drawing.spots(300, 1_000.0, rng)
    corners = shapely.points(shapely.get_coordinates(zones))
    points = np.append(points, corners)
    expected = _expected(points, zones).tolist()
    assert _found(points, zones).tolist() == expected
    assert _found(points, zones, step_m).tolist() == expected


def test_points_on_a_slanted_border_are_in_the_first_zone():
    """Middles of edges are rounded off the edge; they are still in one zone, the first."""
    rng = np.random.default_rng(3)
    zones = drawing.jittered(5, 5, 100.0, rng)
    rings = [np.asarray(zone.exterior.coords) for zone in zones]
    middles = np.concatenate([(ring[:-1] + ring[1:]) / 2 for ring in rings])
    found = _found(shapely.points(middles), zones)
    near = shapely.dwithin(zones[None, :], shapely.points(middles)[:, None], 1e-9)
    assert found.tolist() == near.argmax(axis=1).tolist()


def test_duplicate_vertices_hold_no_points():
    ring = np.repeat([(0, 0), (10, 0), (0, 10)], 3, axis=0)
    zones = flat.polygons(lattice.place(np.array([shapely.Polygon(ring)])))
    points = np.array([(6, 6), (5, 5), (0, 0), (1, 1), (-1, 0)], dtype=float)
    points += (lattice.EAST, lattice.NORTH)
    assert first_zone(points, index(zones, step_m=50.0)).tolist() == [-1, 0, 0, 0, -1]


def test_points_on_borders_a_hair_beside_the_lines_between_cells():
    """The hair is wider than what counts as on a border: only the cell itself knows of it."""
    hair = 3e-8
    low, high = 50 - hair, 150 + hair
    zones = lattice.place(drawing.squares((0, 0, 10, 10), (low, low, high, high)))
    made = index(flat.polygons(zones), step_m=100.0)
    assert (made.grid.x0, made.grid.step_m) == (lattice.EAST - 50, 100.0)
    points = np.array([(low, 100), (high, 100), (100, low), (100, high), (low, low), (high, high)])
    points += (lattice.EAST, lattice.NORTH)
    assert first_zone(points, made).tolist() == [1] * 6


def test_points_that_are_nowhere():
    zones = flat.polygons(lattice.place(drawing.squares((0, 0, 10, 10))))
    points = np.array([[np.nan, 5], [np.inf, 5], [5, 5], [1e9, -1e9]])
    points[2] += (lattice.EAST, lattice.NORTH)
    assert first_zone(points, index(zones)).tolist() == [-1, -1, 0, -1]
    assert first_zone(np.empty((0, 2)), index(zones)).tolist() == []
    assert first_zone(points, index(flat.polygons(np.empty(0, dtype=object)))).tolist() == [-1] * 4
