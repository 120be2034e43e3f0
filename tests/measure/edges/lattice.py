"""Polygons, lines and points on a lattice: shared edges, vertices on edges, corners that touch.

At (500 000, 270 000) and steps that are powers of two every coordinate is exact, so that what
touches on paper touches in the computer.
"""

from __future__ import annotations

import numpy as np
import shapely

EAST, NORTH = 500_000.0, 270_000.0
SIDE = 12
"""Steps along a side of the lattice."""


def _corners(rng: np.random.Generator) -> tuple[int, int, int, int]:
    x, y = (np.sort(rng.choice(SIDE + 1, 2, replace=False)) for _ in range(2))
    return int(x[0]), int(y[0]), int(x[1]), int(y[1])


def _box(rng: np.random.Generator) -> shapely.Polygon:
    return shapely.box(*_corners(rng))


def _triangle(rng: np.random.Generator) -> shapely.Polygon:
    while True:
        triangle = shapely.Polygon(rng.integers(0, SIDE + 1, (3, 2)))
        if triangle.area > 0:
            return triangle


def _frame(rng: np.random.Generator) -> shapely.Polygon:
    """A square with a hole in it, often one whose corner is on a lattice line of another."""
    west, south = rng.integers(0, SIDE - 3, 2)
    size = int(rng.integers(3, SIDE - max(west, south) + 1))
    outer = shapely.box(west, south, west + size, south + size)
    inner = shapely.box(west + 1, south + 1, west + size - 1, south + size - 1)
    return outer.difference(inner)


def _scattered(rng: np.random.Generator) -> shapely.Geometry:
    """Boxes with the ground of their overlaps taken together: parts, holes, steps."""
    return shapely.union_all([_box(rng) for _ in range(int(rng.integers(2, 5)))])


def _doubled(rng: np.random.Generator) -> shapely.Polygon:
    """A triangle with duplicate vertices and vertices in the middle of its edges."""
    ring = np.asarray(_triangle(rng).exterior.coords)
    middle = (ring[:-1] + ring[1:]) / 2
    walk = np.stack((ring[:-1], ring[:-1], middle), axis=1).reshape(-1, 2)
    return shapely.Polygon(walk)


def _sliver(rng: np.random.Generator) -> shapely.Polygon:
    x, y = rng.integers(0, SIDE, 2)
    return shapely.Polygon([(x, y), (SIDE, y), (SIDE, y + 2.0**-20)])


MENU = (_box, _triangle, _frame, _scattered, _doubled, _sliver)


def place(shapes: np.ndarray, step: float = 1.0) -> np.ndarray:
    """Scale and move shapes from lattice steps to metres, exactly; shape (n,)."""
    moved = shapely.transform(shapes, lambda xy: xy * step + (EAST, NORTH))
    return np.asarray(moved, dtype=object)


def near(shapes: np.ndarray) -> np.ndarray:
    """Move shapes back to the origin, exactly; shape (n,)."""
    return np.asarray(shapely.transform(shapes, lambda xy: xy - (EAST, NORTH)), dtype=object)


def polygons(count: int, rng: np.random.Generator) -> np.ndarray:
    """Valid polygons and multipolygons in lattice steps; shape (count,)."""
    made = np.array([MENU[int(rng.integers(len(MENU)))](rng) for _ in range(count)], dtype=object)
    assert shapely.is_valid(made).all()
    return made


def partition(rng: np.random.Generator) -> np.ndarray:
    """Zones without gaps or overlaps in lattice steps, with T-shaped corners between them."""
    cells = [shapely.box(0, 0, SIDE, SIDE)]
    for _ in range(int(rng.integers(1, 6))):
        piece = cells.pop(int(rng.integers(len(cells))))
        west, south, east, north = piece.bounds
        if rng.random() < 0.5 and east - west > 1:
            at = int(rng.integers(west + 1, east))
            cells += [shapely.box(west, south, at, north), shapely.box(at, south, east, north)]
        elif north - south > 1:
            at = int(rng.integers(south + 1, north))
            cells += [shapely.box(west, south, east, at), shapely.box(west, at, east, north)]
        else:
            cells.append(piece)
    return np.array(cells, dtype=object)


def lines(count: int, rng: np.random.Generator) -> np.ndarray:
    """Lines along and across lattice lines, some of them level or upright; shape (count,)."""
    made = []
    for _ in range(count):
        walk = rng.integers(-1, SIDE + 2, (int(rng.integers(2, 6)), 2))
        if rng.random() < 0.5:
            walk[1:, int(rng.integers(2))] = walk[0, int(rng.integers(2))]
        made.append(shapely.LineString(walk))
    return np.array(made, dtype=object)
