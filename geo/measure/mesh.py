"""Zones that nobody drew: squares of EPSG:2180 and hexagons of H3."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely

from geo import crs
from geo.errors import LimitExceededError
from geo.limits import limit
from geo.measure.zones import Geometries

Extent = tuple[float, float, float, float]
"""minx, miny, maxx, maxy in EPSG:2180, metres."""

_FINEST = 15
"""Resolution of the smallest hexagons that H3 has."""


@dataclass(frozen=True)
class Mesh:
    """Zones with their ids, in the order of the ids; shape (k,) each.

    Attributes
    ----------
    ids : tuple of str
        Of a square its side and south-west corner, ``250mN270250E505000``; of a hexagon its H3
        index.
    geometries : numpy.ndarray of shapely.Polygon
        EPSG:2180.
    """

    ids: tuple[str, ...]
    geometries: Geometries


def squares(extent: Extent, side_m: float) -> Mesh:
    """Return the squares that meet an extent; their corners are multiples of their side.

    Parameters
    ----------
    extent : tuple of float
        EPSG:2180.
    side_m : float
        Metres, at least one.

    Raises
    ------
    LimitExceededError
        If there would be too many.
    """
    west, south = math.floor(extent[0] / side_m), math.floor(extent[1] / side_m)
    columns = max(1, math.ceil(extent[2] / side_m) - west)
    rows = max(1, math.ceil(extent[3] / side_m) - south)
    _check(columns * rows)
    x, y = np.meshgrid((west + np.arange(columns)) * side_m, (south + np.arange(rows)) * side_m)
    left, low = x.ravel(), y.ravel()
    corners = zip(left.tolist(), low.tolist(), strict=True)
    ids = [f"{side_m:.10g}mN{n:.10g}E{e:.10g}" for e, n in corners]
    return _ordered(ids, shapely.box(left, low, left + side_m, low + side_m))


def hexagons(extent: Extent, resolution: int) -> Mesh:
    """Return the H3 cells that meet an extent; a few of them are pentagons.

    Parameters
    ----------
    extent : tuple of float
        EPSG:2180.
    resolution : int
        0 to 15; 8 is about 0.7 km2, 9 about 0.1 km2.

    Raises
    ------
    LimitExceededError
        If there would be too many.
    """
    import h3

    span_km2 = (extent[2] - extent[0]) * (extent[3] - extent[1]) / 1e6
    _check(int(span_km2 / h3.average_hexagon_area(resolution, "km^2")))
    west, south, east, north = crs.reproject_bounds(extent, crs.METRIC, crs.CRS84)
    box = h3.LatLngPoly([(south, west), (south, east), (north, east), (north, west)])
    cells = sorted(h3.h3shape_to_cells_experimental(box, resolution, "overlap"))
    outlines = [[(x, y) for y, x in h3.cell_to_boundary(cell)] for cell in cells]
    degrees = np.array([shapely.Polygon(outline) for outline in outlines], dtype=object)
    metric = crs.reproject(degrees, crs.CRS84, crs.METRIC)
    meets = shapely.intersects(metric, shapely.box(*extent))
    return _ordered([cell for cell, near in zip(cells, meets, strict=True) if near], metric[meets])


def _check(count: int) -> None:
    if count > limit("measure_zones"):
        raise LimitExceededError(
            f"there would be {count} zones, more than {limit('measure_zones')}",
            fix="take larger squares or hexagons, or a smaller extent",
        )


def _ordered(ids: list[str], geometries: Geometries) -> Mesh:
    order = np.argsort(np.array(ids, dtype=object), kind="stable")
    return Mesh(tuple(ids[row] for row in order), np.asarray(geometries, dtype=object)[order])
