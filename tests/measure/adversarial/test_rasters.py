"""Cells in zones against rational numbers, on borders of cells and beside them by a rounding."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.measure.edges import flat
from geo.measure.edges.raster import zonal
from geo.measure.raster import Grid, Tile, rows_of

SEEDS = st.integers(0, 2**32 - 1)
CLASSES = 3
PLACES = ((0.0, 0.0), (500_000.0, 700_000.0), (5_432_101.3, 7_654_321.7))
Ring = list[tuple[Fraction, Fraction]]


def _clipped(ring: Ring, axis: int, at: int, side: int) -> Ring:
    """What of a ring lies on one side of an upright (axis 0) or level line."""
    kept = []
    for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
        in_a, in_b = side * (a[axis] - at) >= 0, side * (b[axis] - at) >= 0
        if in_a:
            kept.append(a)
        if in_a != in_b:
            way = (at - a[axis]) / (b[axis] - a[axis])
            cut = [a[k] + way * (b[k] - a[k]) for k in (0, 1)]
            cut[axis] = Fraction(at)
            kept.append((cut[0], cut[1]))
    return kept


def _share(ring: Ring, row: int, column: int) -> Fraction:
    for axis, at, side in ((0, column, 1), (0, column + 1, -1), (1, row, 1), (1, row + 1, -1)):
        ring = _clipped(ring, axis, at, side)
    pairs = zip(ring, ring[1:] + ring[:1], strict=True)
    return abs(sum((a[0] * b[1] - a[1] * b[0] for a, b in pairs), Fraction(0))) / 2


def _exact(zone, grid: Grid) -> np.ndarray:
    """Coverage of every cell without rounding, as fractions; shape (rows, columns)."""
    west, north, wide, high = map(
        Fraction, (grid.west, grid.north, grid.cell_width, grid.cell_height)
    )
    found = np.full((grid.rows, grid.columns), Fraction(0), dtype=object)
    for k, ring in enumerate(shapely.get_rings(zone)):
        xy = shapely.get_coordinates(ring)[:-1].tolist()
        cells = [((Fraction(x) - west) / wide, (north - Fraction(y)) / high) for x, y in xy]
        for row, column in np.ndindex(found.shape):
            found[row, column] += (-1) ** k * _share(cells, row, column)
    return found


def _ring(rng, kind: int) -> np.ndarray:
    """Vertices in cells: anywhere, on corners of cells, a rounding beside them, on level lines."""
    turns = np.sort(rng.uniform(0, 2 * math.pi, int(rng.integers(3, 8))))
    reach = rng.uniform(0.05, 1.0, (len(turns), 1)) * rng.choice([0.05, 0.4, 3.0, 12.0])
    xy = rng.uniform(-1, 7, 2) + np.column_stack((np.cos(turns), np.sin(turns))) * reach
    if kind == 1:
        return np.round(xy)
    if kind == 2:
        return np.round(xy) + rng.choice([0.0, 1e-13, -1e-13, 1e-9, -1e-9], xy.shape)
    if kind == 3:
        xy[:, 1] = np.where(rng.random(len(xy)) < 0.5, np.round(xy[:, 1]), xy[:, 1])
    return xy


def _zones(rng, grid: Grid) -> np.ndarray:
    scale = np.array([grid.cell_width, -grid.cell_height])
    made = []
    for kind in range(5):
        shell = _ring(rng, kind) * scale + (grid.west, grid.north)
        zone = shapely.Polygon(shell)
        hole = shapely.Polygon((shell - shell.mean(axis=0)) * 0.4 + shell.mean(axis=0))
        if kind == 4 and zone.is_valid and zone.contains_properly(hole):
            zone = shapely.Polygon(shell, [hole.exterior.coords])
        if zone.is_valid and zone.area > 0:
            made.append(zone)
    return np.array(made, dtype=object)


def _tiles(rng, values, codes) -> list[Tile]:
    """Tiles of any size, some of one row or one column, in any order."""
    rows, columns = values.shape
    high, wide = int(rng.integers(1, rows + 1)), int(rng.integers(1, columns + 1))
    made = [
        Tile(r, c, values[r : r + high, c : c + wide], codes[r : r + high, c : c + wide])
        for r in range(0, rows, high)
        for c in range(0, columns, wide)
    ]
    return [made[k] for k in rng.permutation(len(made))]


@settings(deadline=None, max_examples=60)
@given(SEEDS)
def test_cells_are_covered_as_rational_numbers_say(seed):
    rng = np.random.default_rng(seed)
    place, cell = PLACES[rng.integers(3)], float(rng.choice([0.1, 1 / 3, 1.0, 20.0]))
    rows, columns = (int(rng.integers(1, 7)) for _ in range(2))
    grid = Grid(*place, cell, cell * float(rng.choice([0.37, 1, 2])), columns, rows)
    zones = _zones(rng, grid)
    if not len(zones):
        return
    values = np.where(rng.random((rows, columns)) < 0.2, np.nan, rng.normal(size=(rows, columns)))
    codes = rng.integers(0, CLASSES + 1, (rows, columns)).astype(np.uint8)
    found = zonal(flat.polygons(zones), grid, _tiles(rng, values, codes), classes=CLASSES)
    ulp = math.ulp(max(map(abs, place)) + 20 * cell) / min(grid.cell_width, grid.cell_height)
    noise = (rows * columns + 1) * (1e-12 + 8 * ulp)
    has = ~np.isnan(values)
    for i, zone in enumerate(zones):
        share = _exact(zone, grid).astype(np.float64)
        assert abs(found.count[i] - share[has].sum()) <= noise
        assert abs(found.covered_m2[i] / grid.cell_area_m2 - share.sum()) <= noise
        assert abs(found.sum[i] - (share[has] * values[has]).sum()) <= noise * 5
        by_class = [share[codes == k].sum() for k in range(CLASSES)]
        assert np.abs(found.area_by_class_m2[i] / grid.cell_area_m2 - by_class).max() <= noise
        sure, maybe = (values[has & (share > least)] for least in (1e-9 + 8 * ulp, 0.0))
        if len(sure):
            assert maybe.min() <= found.minimum[i] <= sure.min()
            assert sure.max() <= found.maximum[i] <= maybe.max()


@pytest.mark.parametrize("width", [1, 62, 63, 64, 65, 127, 128, 129])
def test_borders_at_every_column_of_a_word(width):
    """Where coverage changes is a bit of a word: the first, the last, and beyond the raster."""
    grid = Grid(0.0, 1.0, 1.0, 1.0, width, 1)
    values = np.arange(1.0, width + 1).reshape(1, -1)
    zones = [shapely.box(a, 0, a + 1.5, 1) for a in range(-1, width)]
    found = zonal(flat.polygons(np.array(zones)), grid, rows_of(values))
    padded = np.concatenate(([0.0], values[0], [0.0, 0.0]))
    assert found.sum.tolist() == [padded[k] + 0.5 * padded[k + 1] for k in range(width + 1)]


@pytest.mark.parametrize("least", [5e-324, 1e-310, 1e-305, 1e-200])
def test_an_edge_that_is_level_but_for_the_least_number_ends_no_process(least):
    """Its slope is beyond every float: 0 times infinity was a column to write to."""
    values = np.arange(9.0).reshape(3, 3)
    ring = [(-1e3, 0.0), (1e3, -least), (3.0, -2.0), (0.0, -2.0)]
    zone = np.array([shapely.Polygon(ring)])
    found = zonal(flat.polygons(zone), Grid(0.0, 0.0, 1.0, 1.0, 3, 3), [Tile(0, 0, values)])
    even = np.array([shapely.Polygon([(x, round(y)) for x, y in ring])])
    wanted = zonal(flat.polygons(even), Grid(0.0, 0.0, 1.0, 1.0, 3, 3), [Tile(0, 0, values)])
    assert (found.sum.item(), found.count.item()) == (wanted.sum.item(), wanted.count.item())
