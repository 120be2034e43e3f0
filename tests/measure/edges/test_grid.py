"""The grid says the truth of every cell, and stays small."""

from __future__ import annotations

import drawing
import lattice
import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.measure.edges import flat
from geo.measure.edges.compiled import compiled
from geo.measure.edges.gather import COLUMNS, gather
from geo.measure.edges.grid import LEAST_CELLS, grid, mixed_in
from geo.measure.edges.index import index

SEEDS = st.integers(0, 2**32 - 1)


@compiled
def _gather(index, zone, x1, y1, x2, y2, out):
    return gather(index, zone, x1, y1, x2, y2, out)


@settings(deadline=None, max_examples=80)
@given(SEEDS, st.integers(1, 5), st.sampled_from([0.37, 1.0, 2.5, 7.0]))
def test_cells_know_their_zones(seed, count, step):
    """Full: strictly inside; an edge in it: touches the border; absent: outside."""
    rng = np.random.default_rng(seed)
    zones = lattice.place(lattice.polygons(count, rng))
    made = grid(flat.polygons(zones), step)
    column, row = np.meshgrid(np.arange(made.columns), np.arange(made.rows))
    x, y = made.x0 + column.ravel() * step, made.y0 + row.ravel() * step
    cells = shapely.box(x, y, x + step, y + step)
    owner = np.repeat(np.arange(len(cells)), np.diff(made.offsets))
    states = np.zeros((len(cells), count), dtype=int)
    states[owner, made.entries >> 1] = np.where(made.entries & 1, 2, 1)
    inside = shapely.contains_properly(zones[None, :], cells[:, None])
    apart = shapely.disjoint(zones[None, :], cells[:, None])
    assert inside[states == 2].all()
    assert apart[states == 0].all()
    near = shapely.dwithin(shapely.boundary(zones)[None, :], cells[:, None], 1e-6)
    assert near[states == 1].all()
    mixed = (states == 1).any(axis=1)
    assert made.mixed[-1, -1] == mixed.sum()
    c1, c2 = np.sort(rng.integers(0, made.columns, 2)).tolist()
    r1, r2 = np.sort(rng.integers(0, made.rows, 2)).tolist()
    block = mixed.reshape(made.rows, made.columns)[r1 : r2 + 1, c1 : c2 + 1]
    assert mixed_in.py_func(made, c1, r1, c2, r2) == block.sum()


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.floats(0, 1e7), st.floats(0, 1e7), st.floats(1e-6, 1e6)), max_size=9))
def test_memory_is_bounded_however_zones_lie(places):
    boxes = [shapely.box(x, y, x + size, y + size) for x, y, size in places]
    made = index(flat.polygons(np.array(boxes, dtype=object)))
    assert made.grid.columns * made.grid.rows <= 2 * LEAST_CELLS
    assert len(made.grid.entries) <= 2 * LEAST_CELLS


@settings(deadline=None, max_examples=80)
@given(SEEDS, st.integers(1, 200))
def test_gathered_edges_hold_all_of_a_zone(seed, count):
    """Signed x-ranges above any point of the box add up to its winding number."""
    rng = np.random.default_rng(seed)
    zone = shapely.make_valid(shapely.buffer(drawing.walks(1, 50.0, rng)[0], 3, quad_segs=count))
    made = index(flat.polygons(np.array([zone])))
    west, south = drawing.EAST + rng.uniform(0, 40), drawing.NORTH + rng.uniform(0, 40)
    east, north = west + rng.uniform(1, 20), south + rng.uniform(1, 20)
    out = np.empty((made.blocks.most, COLUMNS))
    n = _gather(made, 0, west, south, east, north, out)
    assert 0 <= n <= made.blocks.most
    points = rng.uniform((west, south), (east, north), (50, 2))
    x, y = (points - (west, south)).T[:, :, None]
    x1, y1, x2, y2, sign = out[:n, :5].T
    above = (x1 <= x) & (x < x2) & (y1 + (y2 - y1) / (x2 - x1) * (x - x1) > y)
    winding = (above * sign).sum(axis=1)
    assert np.array_equal(winding == 1, shapely.contains(zone, shapely.points(points)))
    assert n == 0 or _gather(made, 0, west, south, east, north, out[:0]) == -1


def test_more_zones_than_cells_are_paid_for():
    """However large the cells are, each zone takes nine: the side must not grow for ever."""
    count = 100
    west, south = (
        place.ravel() * 50.0 for place in np.meshgrid(np.arange(count), np.arange(count))
    )
    zones = flat.polygons(shapely.box(west, south, west + 50.0, south + 50.0))
    assert zones.size * 9 > LEAST_CELLS
    made = index(zones, zones.boxes[:10])
    assert 10.0 < made.grid.step_m < 500.0
