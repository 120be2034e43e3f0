"""What is shown at which zoom, and how much of its shape.

A feature is drawn or counted, never neither and never both: up to the layer's detail zoom all
are counted in a grid; from there on they are drawn, and those that are too small are counted.
"""

from __future__ import annotations

import numpy as np
import shapely

from geo.limits import limit
from geo.serve.tiles.matrix import EXTENT, MAX_ZOOM, to_units, units_per_m
from geo.serve.tiles.paths import Paths, from_shapes, to_shapes

PIXEL = EXTENT // 512
"""Units of a pixel of the screen: a client draws a tile 512 pixels wide."""

CELLS = 32
"""Cells along the side of a tile that features are counted in."""

CELL = EXTENT // CELLS

WHOLE_FROM = 14
"""From this zoom on shapes have all their vertices, and nothing is too small to draw."""

DRAWN_FROM = 16
"""From this zoom on features are drawn, however many there are."""

_COVERAGE_VERTICES = 400_000
"""A larger coverage takes seconds to simplify: it is only snapped, which leaves no gaps either."""


def anchors(boxes: np.ndarray) -> np.ndarray:
    """Return where features are counted: the middles of their boxes.

    Parameters
    ----------
    boxes : numpy.ndarray of float64, shape (n, 4)
        EPSG:3857.

    Returns
    -------
    numpy.ndarray of int32, shape (n, 2)
        Units of the deepest zoom; a shift to the right gives those of a zoom above.
    """
    return to_units((boxes[:, :2] + boxes[:, 2:]) / 2, MAX_ZOOM).round().astype(np.int32)


def detail_zoom(anchor: np.ndarray) -> int:
    """Return the first zoom that draws features: its fullest tile holds few enough.

    Parameters
    ----------
    anchor : numpy.ndarray of int32, shape (n, 2)
        See :func:`anchors`.
    """
    most = limit("tile_features")
    shift = MAX_ZOOM + EXTENT.bit_length() - 1
    for z in range(DRAWN_FROM):
        if len(anchor) <= most:
            return z
        cells = anchor.astype(np.int64) >> (shift - z)
        fullest = np.unique(cells[:, 0] << 32 | cells[:, 1], return_counts=True)[1].max()
        if fullest <= most:
            return z
    return DRAWN_FROM


def least_units(z: int) -> int:
    """Return how wide or high a feature must be to be drawn at a zoom, units of a tile."""
    return PIXEL if z < WHOLE_FROM else 0


def generalised(paths: Paths, z: int, *, coverage: bool) -> Paths:
    """Return shapes as fine as a zoom can show.

    Parameters
    ----------
    paths : Paths
        EPSG:3857, metres.
    coverage : bool
        Polygons that share their edges: simplified together, so that no gap opens.

    Returns
    -------
    Paths
        The same features in the same order.
    """
    if paths.family == "point" or z >= WHOLE_FROM:
        return paths
    pixel_m = PIXEL / units_per_m(z)
    if coverage:
        if len(paths.xy) > _COVERAGE_VERTICES:
            return paths
        # The tolerance is the side of a square as large as the triangle that is given up.
        return _oriented(shapely.coverage_simplify(to_shapes(paths), pixel_m * 0.75), paths)
    boxes = paths.boxes()
    seen = np.flatnonzero((boxes[:, 2:] - boxes[:, :2]).max(axis=1) >= pixel_m / 2)
    shapes = to_shapes(paths)
    shapes[seen] = shapely.simplify(shapes[seen], pixel_m / 2, preserve_topology=True)
    return _oriented(shapes, paths)


def _oriented(shapes: np.ndarray, like: Paths) -> Paths:
    if like.family == "polygon":
        shapes = shapely.orient_polygons(shapes, exterior_cw=True)
    return from_shapes(shapes, like.family)


def cells_of(anchor: np.ndarray, z: int, x: int, y: int) -> tuple[np.ndarray, np.ndarray]:
    """Count features in the cells of a tile.

    Parameters
    ----------
    anchor : numpy.ndarray of int32, shape (n, 2)
        See :func:`anchors`; those outside of the tile do not count.

    Returns
    -------
    cells : numpy.ndarray of int64, shape (c, 2)
        Column and row, 0 to CELLS - 1, of each cell that holds any.
    counts : numpy.ndarray of int64, shape (c,)
    """
    per_tile = CELLS.bit_length() - 1
    shift = MAX_ZOOM - z + EXTENT.bit_length() - 1 - per_tile
    local = (anchor.astype(np.int64) >> shift) - (np.array([x, y], dtype=np.int64) << per_tile)
    local = local[((local >= 0) & (local < CELLS)).all(axis=1)]
    found = np.bincount(local[:, 1] * CELLS + local[:, 0], minlength=CELLS * CELLS)
    held = np.flatnonzero(found)
    return np.column_stack((held % CELLS, held // CELLS)), found[held]
