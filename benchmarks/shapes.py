"""A generated city for benchmarks: tilings with wandering shared borders, parcels and streets.

Shapes as in Polish cities: districts of 500 to 5 000 vertices, zoning of 20 to 200, parcels of 4
to 12. Everything comes from a seed, in metres, in the place of EPSG:2180 where Siemianowice lies.
"""

from __future__ import annotations

import math

import numpy as np
import shapely

WIDTH, HEIGHT = 6_000.0, 4_250.0
"""Metres: 25.5 km2, the size of Siemianowice."""
ORIGIN = np.array([505_000.0, 270_000.0])
WAVES = 24


def tiling(
    columns: int, rows: int, points: tuple[int, int], rng: np.random.Generator, bend: float = 0.03
) -> np.ndarray:
    """Return polygons that tile the city without gaps or overlaps; shape (columns * rows,).

    Parameters
    ----------
    points : (int, int)
        Vertices of one of the four borders of a polygon: at least, at most.
    bend : float
        How far borders wander, as a share of their length.
    """
    corner = _corners(columns, rows, rng)
    flat = [[_border(corner[i, j], corner[i + 1, j], points, bend, rng) for j in range(rows + 1)]
            for i in range(columns)]  # fmt: skip
    steep = [[_border(corner[i, j], corner[i, j + 1], points, bend, rng) for j in range(rows)]
             for i in range(columns + 1)]  # fmt: skip
    parts = [
        part
        for i in range(columns)
        for j in range(rows)
        for part in (
            flat[i][j],
            steep[i + 1][j],
            _back(flat[i][j + 1], corner[i + 1, j + 1], corner[i, j + 1]),
            _back(steep[i][j], corner[i, j + 1], corner[i, j]),
            flat[i][j][:1],
        )
    ]
    sizes = np.array([len(part) for part in parts]).reshape(-1, 5).sum(axis=1)
    rings = np.concatenate(([0], np.cumsum(sizes)))
    made = shapely.from_ragged_array(
        shapely.GeometryType.POLYGON, np.concatenate(parts), (rings, np.arange(len(rings)))
    )
    assert shapely.is_valid(made).all()
    return made


def _corners(columns: int, rows: int, rng: np.random.Generator) -> np.ndarray:
    x, y = np.meshgrid(
        np.linspace(0, WIDTH, columns + 1), np.linspace(0, HEIGHT, rows + 1), indexing="ij"
    )
    x[1:-1, 1:-1] += rng.uniform(-0.15, 0.15, x[1:-1, 1:-1].shape) * WIDTH / columns
    y[1:-1, 1:-1] += rng.uniform(-0.15, 0.15, y[1:-1, 1:-1].shape) * HEIGHT / rows
    return np.stack((x, y), axis=2) + ORIGIN


def _border(
    start: np.ndarray,
    end: np.ndarray,
    points: tuple[int, int],
    bend: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the vertices from `start` until before `end`; a border is a graph over its chord."""
    count = int(rng.integers(points[0], points[1] + 1))
    along = np.arange(count) / count
    wave = np.arange(1, min(WAVES, max(1, count // 2)) + 1)
    height = (rng.normal(size=len(wave)) / wave**1.6) @ np.sin(math.pi * np.outer(wave, along))
    side = np.array([start[1] - end[1], end[0] - start[0]])
    return start + np.outer(along, end - start) + np.outer(height * bend, side)


def _back(border: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return a border walked the other way, from `start` until before `end`."""
    assert (border[0] == end).all()
    return np.concatenate((start[None], border[:0:-1]))


def parcels(count: int, rng: np.random.Generator) -> np.ndarray:
    """Return about `count` parcels of 4 to 12 vertices that tile the city."""
    across = math.ceil(math.sqrt(count * WIDTH / HEIGHT))
    return tiling(across, math.ceil(count / across), (1, 3), rng, 0.08)[:count]


def districts(rng: np.random.Generator) -> np.ndarray:
    """Return 15 districts of 500 to 5 000 vertices."""
    return tiling(5, 3, (125, 1250), rng)


def zones(rng: np.random.Generator, side: int = 50) -> np.ndarray:
    """Return side * side zones (2 500) of 40 to 400 vertices."""
    return tiling(side, side, (10, 100), rng)


def zoning(count: int, rng: np.random.Generator) -> np.ndarray:
    """Return about `count` zoning polygons of 20 to 200 vertices that tile the city."""
    across = math.ceil(math.sqrt(count * WIDTH / HEIGHT))
    return tiling(across, math.ceil(count / across), (5, 50), rng)[:count]


def streets(count: int, rng: np.random.Generator) -> np.ndarray:
    """Return `count` lines of 2 to 60 vertices, about 15 m apart, some of them out of the city."""
    sizes = rng.integers(2, 61, count)
    ends = np.cumsum(sizes)
    start = ORIGIN + rng.uniform(-0.02, 1.02, (count, 2)) * (WIDTH, HEIGHT)
    turn = rng.normal(0, 0.25, ends[-1])
    turn[ends - sizes] = rng.uniform(0, 2 * math.pi, count)
    heading = np.cumsum(turn)
    step = rng.uniform(5, 25, ends[-1])
    step[ends - sizes] = 0.0
    walk = np.cumsum(np.column_stack((np.cos(heading), np.sin(heading))) * step[:, None], axis=0)
    which = np.repeat(np.arange(count), sizes)
    xy = walk - walk[ends - sizes][which] + start[which]
    return shapely.from_ragged_array(
        shapely.GeometryType.LINESTRING, xy, (np.concatenate(([0], ends)),)
    )
