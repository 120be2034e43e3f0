"""Shapely geometries in, the compiled engine's answers out: behind :mod:`geo.measure.engine`.

Where zones overlap, what a feature has outside and what is counted again are measured against
the zones' union and their overlaps, which GEOS makes once; the engine tells whether they do by
measuring the zones in each other. Otherwise outside is measured against the zones' cover.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.measure.edges import area, flat
from geo.measure.edges import nearest as apart
from geo.measure.edges import raster as cells
from geo.measure.edges.flat import Flat
from geo.measure.edges.index import index
from geo.measure.edges.length import (
    boxes_of_segments,
    closed_places,
    line_zones,
    measure_lengths,
)
from geo.measure.edges.pieces import EdgePieces
from geo.measure.edges.points import first_zone
from geo.measure.edges.sweep import UNSETTLED, homes
from geo.measure.edges.union import union_area
from geo.measure.edges.within import within as near
from geo.measure.kernels import Measured, Pieces, along_lost_borders
from geo.measure.raster import Grid, Tile, Zonal
from geo.measure.zones import Bools, Floats, Geometries, Ints, Zones

OVERLAP = 1e-12
"""Of the zones' area: common ground below it is rounding on their borders."""

Column = Any
"""An Arrow column of WKB."""


def area_in_zones(polygons: Geometries, zones: Zones, column: Column = None) -> Measured:
    """Return the area of polygons in zones; see :func:`geo.measure.engine.area_in_zones`."""
    found = flat.survey_shapes(polygons) if column is None else flat.survey_polygons(column)
    places = flat.polygons(zones.geometries)
    ready = index(places, found.boxes)
    home = homes(ready, found.boxes)
    again = repeats(places, zones)
    ground = None if again is None else flat.polygons(np.array([zones.whole]))
    features = flat.of_polygons(found, home == UNSETTLED if again is None else None)
    outside = area.area_outside(features, ready, home, ground)
    repeated = np.zeros(features.size)
    if again is not None:
        nothing = np.zeros(features.size, dtype=np.int64)
        _, repeated = area.area_matrix(features, index(again, features.boxes), nothing, 1)
    pieces = _pieces(area.area_pieces(features, ready, home))
    return Measured(pieces, features.areas_m2, outside, repeated)


def length_in_zones(lines: Geometries, zones: Zones, column: Column = None) -> Measured:
    """Return the length of lines in zones; see :func:`geo.measure.engine.length_in_zones`."""
    features = flat.lines(lines) if column is None else flat.lines_from_wkb(column)
    places = flat.polygons(zones.geometries)
    again = repeats(places, zones)
    if again is not None:  # GEOS leaves hairs along borders that do not agree
        zones = zones.fitted
        places = flat.polygons(zones.geometries)
        again = repeats(places, zones)
    ground = None if again is None else flat.polygons(np.array([zones.whole]))
    measured = measure_lengths(features, line_zones(places, features, ground))
    repeated = np.zeros(features.size)
    if again is not None:
        twice = measure_lengths(features, closed_places(again, *boxes_of_segments(features)))
        nothing = np.zeros(features.size, dtype=np.int64)
        _, repeated = twice.matrix(again.size, nothing, 1)
        repeated -= along_lost_borders(lines, zones)
    return Measured(_pieces(measured.pieces()), features.lengths_m, measured.outside_m, repeated)


def points_in_zones(points: Geometries, zones: Zones, column: Column = None) -> Measured:
    """Return the zone of each point; see :func:`geo.measure.engine.points_in_zones`."""
    xy = flat.points(points) if column is None else flat.points_from_wkb(column)
    zone = first_zone(xy, index(flat.polygons(zones.geometries), count=len(xy)))
    feature: Ints = np.flatnonzero(zone >= 0)
    feature = feature[np.argsort(zone[feature], kind="stable")]
    ones: Floats = np.ones(len(feature))
    pieces = Pieces(feature, zone[feature], ones, np.ones(len(feature), dtype=np.bool_))
    return Measured(pieces, np.ones(len(xy)), (zone < 0).astype(np.float64), np.zeros(len(xy)))


def nearest(features: Geometries, targets: Geometries, limit_m: float) -> tuple[Floats, Ints]:
    """Return distances (m; inf) and targets (-1); each side of one family, none empty."""
    found = apart.nearest(shapes(features), shapes(targets), limit_m=limit_m)
    return found.distance_m, found.index


def within(features: Geometries, targets: Geometries, distance_m: float) -> Bools:
    """Tell which features are near; each side of one family, none empty."""
    return near(shapes(features), shapes(targets), distance_m)


def union_in_zones(polygons: Geometries, zones: Geometries) -> Floats:
    """Return the ground that polygons cover in each zone, shape (k,), m2."""
    return union_area(flat.polygons(polygons), flat.polygons(zones))


def raster_in_zones(
    zones: Geometries, grid: Grid, tiles: Iterable[Tile], nodata: float | None, classes: int
) -> Zonal:
    """Return statistics of a raster; see :func:`geo.measure.engine.raster_in_zones`."""
    return cells.zonal(flat.polygons(zones), grid, tiles, nodata=nodata, classes=classes)


def digits_in_zones(
    zones: Geometries, grid: Grid, tiles: Iterable[Tile], upper: NDArray[np.uint64], shift: int
) -> Floats:
    """Return sums by a byte of keys; see :func:`geo.measure.engine.digits_in_zones`."""
    return cells.digits(flat.polygons(zones), grid, tiles, upper, shift)


def shapes(geometries: Geometries) -> apart.Features:
    """Return features of one family as flat arrays."""
    dimension = int(shapely.get_dimensions(geometries).max(initial=0))
    if dimension == 2:
        return flat.polygons(geometries)
    return flat.lines(geometries) if dimension == 1 else flat.points(geometries)


def repeats(places: Flat, zones: Zones) -> Flat | None:
    """Return where zones overlap: each zone's ground that an earlier zone has too.

    Parameters
    ----------
    places : Flat
        The zones again.
    """
    pieces = area.area_pieces(places, index(places, places.boxes))
    other = pieces.feature != pieces.zone
    if pieces.measure[other].sum() <= OVERLAP * places.areas_m2.sum() or zones.repeats is None:
        return None
    return flat.polygons(zones.repeats.geometries)


def _pieces(found: EdgePieces) -> Pieces:
    return Pieces(found.feature, found.zone, found.measure, found.whole)
