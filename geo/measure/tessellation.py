"""Zones that are no layer of the city: cells over it, and polygons that a caller brings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import shapely

from geo.measure.inputs import Features, ZoneSet, features, zone_set
from geo.measure.mesh import hexagons, squares
from geo.measure.where import GEOMETRY
from geo.measure.zones import Bools, Geometries
from geo.model import Layer
from geo.model.cells import Cells


def cells_over(cells: Cells, extent: Features, layer: Layer) -> ZoneSet:
    """Return the cells that share ground with some polygons; a cell is never cut.

    Parameters
    ----------
    extent : Features
        The polygons to cover (the city's districts); their overlaps and gaps do not matter.
    layer : Layer
        The layer that the cells would be: :func:`geo.model.cells.cells_layer`.

    Raises
    ------
    LimitExceededError
        If there would be too many cells.
    """
    west, south, east, north = shapely.total_bounds(extent.geometries).tolist()
    box = (west, south, east, north)
    made = squares(box, cells.grid) if cells.grid else hexagons(box, cells.h3 or 0)
    meets = _share_ground(made.geometries, extent.geometries)
    ids = [name for name, keep in zip(made.ids, meets.tolist(), strict=True) if keep]
    return polygons_as_zones(layer, made.geometries[meets], ids)


def _share_ground(cells: Geometries, polygons: Geometries) -> Bools:
    """Tell which cells have ground in common with any polygon, not only a border."""
    tree = shapely.STRtree(polygons)
    cell, polygon = tree.query(cells, predicate="intersects")
    shares = shapely.relate_pattern(cells[cell], polygons[polygon], "2********")
    found = np.zeros(len(cells), dtype=bool)
    found[cell[shares]] = True
    return found


def polygons_as_zones(layer: Layer, polygons: Geometries, ids: Sequence[str]) -> ZoneSet:
    """Return polygons as zones.

    Parameters
    ----------
    layer : Layer
        What they are called in results: of its fields, the id alone is filled.
    polygons : numpy.ndarray of shapely.Polygon or shapely.MultiPolygon, shape (k,)
        EPSG:2180.
    ids : sequence of str, length k
        Different from each other.

    Raises
    ------
    MeasureError
        If a polygon is not valid.
    """
    column = pa.array([str(each) for each in ids], pa.string())
    table = pa.table(
        [column, pa.array(shapely.to_wkb(polygons), pa.binary())], names=[layer.id_field, GEOMETRY]
    )
    return zone_set(features(layer, table))
