"""Every kernel compiled once, by small questions of every kind."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import numpy as np
import shapely

from geo.errors import MeasureError
from geo.measure.edges import features, flat
from geo.measure.raster import Grid, Tile
from geo.measure.zones import Geometries, Zones
from geo.model.progress import Progress

STAGE = "kernels"


def warm(progress: Progress) -> int:
    """Ask each kind of question once; return how many there are.

    Parameters
    ----------
    progress : callable
        Told how many were asked.
    """
    questions = _questions()
    for number, ask in enumerate(questions):
        progress(STAGE, number, len(questions))
        ask()
    progress(STAGE, len(questions), len(questions))
    return len(questions)


def _questions() -> list[Callable[[], object]]:
    squares, places = _row(0.0, 4), _row(0.5, 3)
    zones = Zones(places)
    apart, mixed = Zones(squares[::2]), Zones(np.append(places, squares[1:2]))
    lines, points = shapely.boundary(squares), shapely.centroid(squares)
    return [
        lambda: features.area_in_zones(squares, zones),
        lambda: features.area_in_zones(squares, mixed),
        lambda: features.length_in_zones(lines, apart),
        lambda: features.points_in_zones(points, zones),
        lambda: _refused(squares),
        lambda: features.nearest(squares, places, np.inf),
        lambda: features.within(points, lines, 1.0),
        lambda: features.union_in_zones(squares, places),
        *(_raster(places, kind, codes) for kind in _REAL for codes in _CODES),
        *(_digits(places, kind) for kind in _KEYS),
    ]


_REAL = (np.float32, np.float64)
_CODES = (np.uint8, np.uint64)
_KEYS = (np.uint32, np.uint64)


def _row(south: float, count: int) -> Geometries:
    """Return squares side by side that straddle those of another row."""
    west = np.arange(count) * 2.0 + south
    made: Geometries = shapely.box(west, south, west + 2.0, south + 2.0)
    return made


def _refused(geometries: Geometries) -> None:
    """Ask why geometries are no points: a kernel of its own answers."""
    with suppress(MeasureError):
        flat.points(geometries)


def _raster(zones: Geometries, real: type, code: type) -> Callable[[], object]:
    grid = Grid(0.0, 8.0, 1.0, 1.0, 8, 8)
    cells = np.arange(64).reshape(8, 8)
    tile = Tile(0, 0, cells.astype(real), (cells % 3).astype(code))
    return lambda: features.raster_in_zones(zones, grid, [tile], None, 3)


def _digits(zones: Geometries, kind: type) -> Callable[[], object]:
    tile = Tile(0, 0, None, np.arange(64, dtype=kind).reshape(8, 8))
    upper = np.zeros(len(zones), dtype=np.uint64)
    grid = Grid(0.0, 8.0, 1.0, 1.0, 8, 8)
    return lambda: features.digits_in_zones(zones, grid, [tile], upper, 0)
