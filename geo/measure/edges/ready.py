"""Zones made ready once for any number of parts: behind :mod:`geo.measure.streamed.matrix`."""

from __future__ import annotations

from functools import cached_property
from threading import Lock
from typing import Any

import numpy as np
import shapely

from geo.errors import MeasureError
from geo.measure.edges import flat, wkb
from geo.measure.edges.area import area_matrix, area_outside, loose_pieces
from geo.measure.edges.cover import cover
from geo.measure.edges.features import repeats
from geo.measure.edges.flat import Flat
from geo.measure.edges.index import Index, index
from geo.measure.edges.length import LineZones, closed_places, line_places, measure_lengths
from geo.measure.edges.points import first_zone
from geo.measure.edges.survey import Survey
from geo.measure.edges.sweep import UNSETTLED, homes
from geo.measure.kernels import along_lost_borders
from geo.measure.streamed.matrix import Column, Loose, Measure
from geo.measure.zones import Floats, Ints, Zones

COUNT = 250_000
"""Features that the cells are chosen for: a million cells at most, 25 MB."""


class Ready:
    """Indexes of zones, made when they are first asked for; nothing is written to them later.

    Threads share one: what GEOS makes (a union, overlaps) is made by one of them, once.

    Parameters
    ----------
    zones : Zones
        k zones.
    size_m : float
        Side of the box of a middling feature.
    """

    def __init__(self, zones: Zones, size_m: float) -> None:
        self._zones = zones.copy()
        self._sample = np.array([[0.0, 0.0, size_m, size_m]])
        self._flat = flat.polygons(zones.geometries)
        self._alone = Lock()

    def loose(self, measure: Measure, column: Column) -> Loose:
        """Return the pieces of a column of WKB, and what became of the rest."""
        with self._alone:
            self._prepare(measure)
        if measure == "area":
            return self._areas(flat.survey_polygons(column))
        if measure == "length":
            return self._lengths(flat.survey_lines(column), column)
        return self._counts(column)

    def _prepare(self, measure: Measure) -> None:
        if measure == "area":
            _ = self._places, self._ground, self._twice
        elif measure == "length":
            _ = self._lines, self._lines_twice, self._fitted.lost_borders
        else:
            _ = self._places

    @cached_property
    def _places(self) -> Index:
        return self._index(self._flat)

    @cached_property
    def _again(self) -> Flat | None:
        return repeats(self._flat, self._zones)

    @cached_property
    def _fitted(self) -> Zones:
        """For lengths: where zones overlap, GEOS leaves hairs along borders that do not agree."""
        return self._zones if self._again is None else self._zones.fitted

    @cached_property
    def _again_fitted(self) -> Flat | None:
        return repeats(flat.polygons(self._fitted.geometries), self._fitted)

    @cached_property
    def _union(self) -> Flat | None:
        """The zones' union where they overlap; their cover does otherwise."""
        return None if self._again is None else flat.polygons(np.array([self._zones.whole]))

    @cached_property
    def _ground(self) -> Index:
        return self._index(cover(self._flat) if self._union is None else self._union)

    @cached_property
    def _twice(self) -> Index | None:
        return None if self._again is None else self._index(self._again)

    @cached_property
    def _lines(self) -> LineZones:
        zones = self._fitted
        again = self._again_fitted is not None
        whole = flat.polygons(np.array([zones.whole])) if again else None
        return line_places(flat.polygons(zones.geometries), self._sample, COUNT, whole)

    @cached_property
    def _lines_twice(self) -> LineZones | None:
        if self._again_fitted is None:
            return None
        return closed_places(self._again_fitted, self._sample, COUNT)

    def _index(self, zones: Flat) -> Index:
        return index(zones, self._sample, count=COUNT)

    def _areas(self, found: Survey) -> Loose:
        home = homes(self._places, found.boxes)
        features = flat.of_polygons(found, home == UNSETTLED if self._twice is None else None)
        pieces = loose_pieces(features, self._places, home)
        outside = area_outside(features, self._places, home, self._ground)
        repeated = np.zeros(features.size)
        if self._twice is not None:
            nothing = np.zeros(features.size, dtype=np.int64)
            _, repeated = area_matrix(features, self._twice, nothing, 1)
        return Loose(
            pieces.feature, pieces.zone, pieces.measure, features.areas_m2, outside, repeated
        )

    def _lengths(self, looked: Survey, column: Column) -> Loose:
        home = homes(self._lines.zones, looked.boxes)
        near = home == UNSETTLED if self._lines_twice is None else None
        lines = flat.of_lines(looked, near)
        found = measure_lengths(lines, self._lines, home)
        pieces, repeated = found.loose(), np.zeros(lines.size)
        if self._lines_twice is not None:
            twice = measure_lengths(lines, self._lines_twice).loose()
            repeated += np.bincount(twice.feature, twice.measure, minlength=lines.size)
            shapes = shapely.from_wkb(column.to_numpy(zero_copy_only=False))
            repeated -= along_lost_borders(shapes, self._fitted)
        return Loose(
            pieces.feature, pieces.zone, pieces.measure, lines.lengths_m, found.outside_m, repeated
        )

    def _counts(self, column: Column) -> Loose:
        zone = self._zone_of(column)
        feature: Ints = np.flatnonzero(zone >= 0)
        count = len(zone)
        outside = (zone < 0).astype(np.float64)
        return Loose(
            feature, zone[feature], np.ones(len(feature)), np.ones(count), outside, np.zeros(count)
        )

    def _zone_of(self, column: Column) -> Ints:
        """Return the zone of each feature by a point on it; -1: none."""
        kind = wkb.kind_of_first(column)
        if kind == wkb.POINT:
            return first_zone(flat.points_from_wkb(column), self._places)
        boxes = _boxes(column, kind)
        zone = homes(self._places, boxes)
        rows = np.flatnonzero(zone == UNSETTLED)
        # What holds all of a box holds every point in it: only the others need their point.
        if len(rows):
            shapes = shapely.from_wkb(column.take(rows).to_numpy(zero_copy_only=False))
            zone[rows] = first_zone(flat.points(shapely.point_on_surface(shapes)), self._places)
        return zone


def _boxes(column: Any, kind: int) -> Floats:  # noqa: ANN401 - Arrow has no types
    if kind in (wkb.POLYGON, wkb.POLYGON + 3):
        return flat.survey_polygons(column).boxes
    if kind in (wkb.LINE, wkb.LINE + 3):
        return flat.survey_lines(column).boxes
    raise MeasureError("points, lines or polygons can be counted", where="geometry, row 0")
