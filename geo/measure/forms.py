"""Which form answers: compiled kernels where there is much to measure, shapely and numpy else.

Loading the compiled kernels takes a second, and compiling them on a machine that never did takes
ten: so little work is left to shapely. What decides is the input, and whether numba is installed,
never the clock, the load or what is cached: a run can be repeated to the last bit.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import shapely

from geo.measure.mesh import Extent
from geo.measure.raster import Grid
from geo.measure.zones import Geometries

Form = Literal["compiled", "plain"]

VERTICES = 1_000_000
"""Of features: shapely takes about a second to cut them by zones."""
POINTS = 500_000
"""Points in zones: about a second."""
PAIRS = 10_000_000
"""Vertices of features times those of a middling target: about five seconds of distances."""
CELLS = 50_000_000
"""Raster cells around zones: about five seconds."""
ZONE_CELLS = 20_000
"""What a zone costs by itself, in cells."""

ZONE, LINE_ZONE, CUT, ROW = 100, 250, 50, 20
"""What GEOS takes, in vertices (a microsecond each): to make a zone ready for areas, for lengths;
to cut one feature by one zone; to place one feature by a point."""
PAIR = 0.5
"""The same for one vertex of a feature and one of a middling target, of distances."""


@cache
def compiled_here() -> bool:
    """Tell whether numba is installed."""
    return importlib.util.find_spec("numba") is not None


def form_of(measure: str, features: Geometries) -> Form:
    """Return which form answers for features in zones.

    Parameters
    ----------
    measure : str
        area or length; of anything else (count, sum) each feature is placed by a point.
    features : numpy.ndarray of shapely.Geometry, shape (n,)
    """
    if measure not in ("area", "length"):
        return _form(len(features) >= POINTS)
    return _form(int(shapely.get_num_coordinates(features).sum()) >= VERTICES)


def form_of_distances(features: Geometries, targets: Geometries) -> Form:
    """Return which form answers for distances; none of the geometries is missing or empty."""
    if not len(features) or not len(targets):
        return "plain"
    vertices = int(shapely.get_num_coordinates(features).sum())
    middling = float(shapely.get_num_coordinates(targets).mean())
    much = vertices * middling >= PAIRS
    return _form(much and _one_family(features) and _one_family(targets))


def form_of_cells(zones: Geometries, grid: Grid) -> Form:
    """Return which form answers for a raster in zones of its CRS."""
    return _form(_cells_around(zones, grid) >= CELLS)


@dataclass(frozen=True)
class Work:
    """What a plan knows of its work before a feature is read.

    Attributes
    ----------
    measures : frozenset of str
        Of area, length and count: what is added up.
    rows : int
        Features.
    vertices : float
        Theirs, about: from the bytes of their geometry.
    extent : tuple of float, optional
        Where they lie, EPSG:2180.
    side_m : float
        Of a middling feature.
    zones : numpy.ndarray of shapely.Geometry, shape (k,)
    targets : numpy.ndarray of shapely.Geometry, shape (t,), optional
        What distances go to.
    """

    measures: frozenset[Literal["area", "length", "count"]]
    rows: int
    vertices: float
    extent: Extent | None
    side_m: float
    zones: Geometries
    targets: Geometries | None = None

    @property
    def form(self) -> Form:
        """Which form answers: the same for every part, on every machine of a cluster."""
        return _form(self.much >= VERTICES)

    @property
    def much(self) -> float:
        """What shapely would take, in vertices of features: a microsecond each, about."""
        found = sum(self._cutting(measure) for measure in self.measures)
        if self.targets is None or not len(self.targets):
            return found
        middling = float(shapely.get_num_coordinates(self.targets).mean())
        return found + self.vertices * middling * PAIR

    def _cutting(self, measure: str) -> float:
        """Return the work in zones: to make them ready, to place features, to cut some of them.

        Features that a border cuts are as many as stand side by side along all borders.
        """
        corners = shapely.get_num_coordinates(self.zones)
        ready = LINE_ZONE if measure == "length" else ZONE
        zones = float((ready + 2 * corners).sum())
        if measure == "count":
            return zones + ROW * self.rows
        cuts = shapely.length(self._near) / 2 / self.side_m
        middling = shapely.get_num_coordinates(self._near) / 3
        return zones + self.vertices + float((cuts * (CUT + middling)).sum())

    @property
    def _near(self) -> Geometries:
        """The zones that features may meet, as far as their boxes tell."""
        if self.extent is None:
            return self.zones
        west, south, east, north = shapely.bounds(self.zones).T
        low_x, low_y, high_x, high_y = self.extent
        meets = (west <= high_x) & (east >= low_x) & (south <= high_y) & (north >= low_y)
        near: Geometries = self.zones[meets]
        return near


def _form(much: bool) -> Form:
    return "compiled" if much and compiled_here() else "plain"


_SIMPLE = {
    shapely.GeometryType.POINT: 0,
    shapely.GeometryType.LINESTRING: 1,
    shapely.GeometryType.MULTILINESTRING: 1,
    shapely.GeometryType.POLYGON: 2,
    shapely.GeometryType.MULTIPOLYGON: 2,
}


def _one_family(geometries: Geometries) -> bool:
    """Tell whether all are polygons, all lines, or all single points."""
    kinds = {_SIMPLE.get(int(kind), -1) for kind in np.unique(shapely.get_type_id(geometries))}
    return len(kinds) == 1 and -1 not in kinds


def _cells_around(zones: Geometries, grid: Grid) -> float:
    """Return about how many cells have to be looked at."""
    west, south, east, north = np.nan_to_num(shapely.bounds(zones)).T
    columns = np.clip((east - west) / grid.cell_width, 1, grid.columns)
    rows = np.clip((north - south) / grid.cell_height, 1, grid.rows)
    return float((columns * rows + ZONE_CELLS).sum())
