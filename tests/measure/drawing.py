"""Zones, polygons, lines and points that tests draw at random or by hand, EPSG:2180."""

from __future__ import annotations

import math

import numpy as np
import shapely

EAST, NORTH = 500_000.0, 270_000.0


def jittered(columns: int, rows: int, size: float, rng: np.random.Generator) -> np.ndarray:
    """A partition of a rectangle: a grid whose inner corners were moved; shape (columns*rows,)."""
    x, y = np.meshgrid(np.arange(columns + 1) * size, np.arange(rows + 1) * size, indexing="ij")
    x[1:-1, 1:-1] += rng.uniform(-0.3, 0.3, x[1:-1, 1:-1].shape) * size
    y[1:-1, 1:-1] += rng.uniform(-0.3, 0.3, y[1:-1, 1:-1].shape) * size
    corner = np.stack((x + EAST, y + NORTH), axis=2)
    cells = [
        shapely.Polygon([corner[i, j], corner[i + 1, j], corner[i + 1, j + 1], corner[i, j + 1]])
        for i in range(columns)
        for j in range(rows)
    ]
    return np.array(cells, dtype=object)


def stars(count: int, extent: float, reach: float, rng: np.random.Generator) -> np.ndarray:
    """Valid polygons of 3 to 12 vertices, some with a hole; shape (count,)."""
    made = np.empty(count, dtype=object)
    for index in range(count):
        middle = np.array([EAST, NORTH]) + rng.uniform(-0.2, 1.2, 2) * extent
        size = int(rng.integers(3, 13))
        angle = (np.arange(size) + rng.uniform(0, 0.7, size)) / size * 2 * math.pi
        ring = np.column_stack((np.cos(angle), np.sin(angle))) * rng.uniform(0.4, 1, (size, 1))
        hole = [middle + ring[::-1] * reach * 0.3] if index % 3 == 0 and size > 3 else []
        made[index] = shapely.Polygon(middle + ring * reach, hole)
    assert shapely.is_valid(made).all()
    return made


def walks(count: int, extent: float, rng: np.random.Generator) -> np.ndarray:
    """Lines of 2 to 10 vertices, some of them across every border; shape (count,)."""
    made = [
        shapely.LineString(
            np.array([EAST, NORTH]) + rng.uniform(-0.2, 1.2, (int(rng.integers(2, 11)), 2)) * extent
        )
        for _ in range(count)
    ]
    return np.array(made, dtype=object)


def spots(count: int, extent: float, rng: np.random.Generator) -> np.ndarray:
    """Points, some of them outside every zone; shape (count,)."""
    return shapely.points(np.array([EAST, NORTH]) + rng.uniform(-0.2, 1.2, (count, 2)) * extent)


def squares(*corners: tuple[float, float, float, float]) -> np.ndarray:
    """Boxes (minx, miny, maxx, maxy) near the origin; shape (n,)."""
    return np.array([shapely.box(*corner) for corner in corners], dtype=object)
