"""Cells of one code as polygons: the edges between unlike cells, closed to rings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.measure.raster import Grid
from geo.measure.zones import Geometries, Ints, only

Read = Callable[[int, int, int, int], NDArray[Any]]
"""(row, column, rows, columns) to cells of that shape."""


def dissolved(zone: Any, grid: Grid, read: Read, most: int) -> dict[int, Any] | None:  # noqa: ANN401 - shapely
    """Return the ground of each code inside a zone: code to multipolygon.

    Parameters
    ----------
    zone : shapely.Polygon or shapely.MultiPolygon
        EPSG:2180.
    most : int
        Cell edges that are drawn; None is returned where there are more.

    Returns
    -------
    dict of int to shapely.MultiPolygon, or None
        The areas are those of the cells' parts inside the zone, to rounding.
    """
    row, column, rows, columns = _window(zone, grid)
    if rows <= 0 or columns <= 0:
        return {}
    made = faces(read(row, column, rows, columns), most)
    if made is None:
        return None
    codes, drawn = made

    def placed(xy: NDArray[Any]) -> NDArray[Any]:
        x = grid.west + (column + xy[:, 0]) * grid.cell_width
        y = grid.north - (row + xy[:, 1]) * grid.cell_height
        return np.column_stack((x, y))

    shapes = shapely.transform(drawn, placed)
    shapely.prepare(zone)
    inside = shapely.contains_properly(zone, shapes)
    shapes[~inside] = only(shapely.intersection(shapes[~inside], zone), 2)
    found = {}
    for code in np.unique(codes).tolist():
        parts = shapely.get_parts(shapes[codes == code])
        parts = parts[~shapely.is_empty(parts)]
        if len(parts):
            # Faces of one code have no edge in common: there is nothing to dissolve.
            found[code] = shapely.multipolygons(parts)
    return found


def _window(zone: Any, grid: Grid) -> tuple[int, int, int, int]:  # noqa: ANN401 - shapely
    """Return row, column, rows and columns of the cells that a zone's box meets."""
    west, south, east, north = shapely.bounds(zone)
    first = max(0, int(np.floor((west - grid.west) / grid.cell_width)))
    last = min(grid.columns, int(np.ceil((east - grid.west) / grid.cell_width)))
    top = max(0, int(np.floor((grid.north - north) / grid.cell_height)))
    bottom = min(grid.rows, int(np.ceil((grid.north - south) / grid.cell_height)))
    return top, first, bottom - top, last - first


def faces(cells: NDArray[Any], most: int) -> tuple[Ints, Geometries] | None:
    """Return connected cells of one code as polygons; NaN is -1.

    Parameters
    ----------
    cells : numpy.ndarray, shape (rows, columns)
    most : int
        Edges between unlike cells; None is returned where there are more.

    Returns
    -------
    codes : numpy.ndarray of int, shape (n,)
    polygons : numpy.ndarray of shapely.Polygon, shape (n,)
        In columns and rows; they tile the cells.
    """
    codes = np.nan_to_num(cells, nan=-1).astype(np.int64)  # no data is no class
    rows, columns = codes.shape
    steep = np.ones((rows, columns + 1), dtype=np.bool_)
    steep[:, 1:-1] = codes[:, 1:] != codes[:, :-1]
    flat = np.ones((rows + 1, columns), dtype=np.bool_)
    flat[1:-1] = codes[1:] != codes[:-1]
    if steep.sum() + flat.sum() > most:
        return None
    lines = np.concatenate((_edges(steep, (0, 1)), _edges(flat, (1, 0))))
    rings = shapely.polygonize(shapely.linestrings(lines.astype(np.float64)))
    polygons = shapely.simplify(shapely.get_parts(rings), 0.0)
    within = shapely.get_coordinates(shapely.point_on_surface(polygons)).astype(np.int64)
    return codes[within[:, 1], within[:, 0]], polygons


def _edges(there: NDArray[np.bool_], step: tuple[int, int]) -> NDArray[np.int64]:
    """Return edges of one cell's length as (start, end) in (column, row), shape (m, 2, 2)."""
    row, column = np.nonzero(there)
    start = np.column_stack((column, row))
    return np.stack((start, start + step), axis=1)
