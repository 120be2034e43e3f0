"""Kernels compiled before they are needed, by small questions of the kinds that will be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial

import numpy as np
import pyarrow as pa
import shapely

from geo.errors import MeasureError
from geo.measure.edges import features, flat
from geo.measure.edges.compiled import ColdError, from_cache_alone
from geo.measure.raster import Grid, Tile
from geo.measure.streamed import matrix
from geo.measure.zones import Geometries, Zones
from geo.model.progress import Progress

STAGE = "kernels"
Ask = Callable[[], object]


def warm(progress: Progress, kinds: Sequence[str] | None = None) -> int:
    """Ask each small question of some kinds once; return how many there are.

    Parameters
    ----------
    progress : callable
        Told how many were asked.
    kinds : sequence of str, optional
        Of :data:`KINDS`; all by default.
    """
    questions = list(_asked(kinds))
    for number, ask in enumerate(questions):
        progress(STAGE, number, len(questions))
        ask()
    progress(STAGE, len(questions), len(questions))
    return len(questions)


def cold(kinds: Sequence[str] | None = None) -> bool:
    """Tell whether one of these questions needs machine code that is not in the cache."""
    try:
        with from_cache_alone():
            for ask in _asked(kinds):
                ask()
    except ColdError:
        return True
    return False


def _asked(kinds: Sequence[str] | None) -> Iterator[Ask]:
    for kind in KINDS if kinds is None else kinds:
        yield from KINDS[kind]()


def _row(south: float, count: int) -> Geometries:
    """Return squares side by side that straddle those of another row."""
    west = np.arange(count) * 2.0 + south
    made: Geometries = shapely.box(west, south, west + 2.0, south + 2.0)
    return made


def _areas() -> Iterator[Ask]:
    squares, places = _row(0.0, 4), _row(0.5, 3)
    mixed = np.append(places, squares[1:2])  # they overlap
    for zones in (places, mixed):
        yield partial(features.area_in_zones, squares, Zones(zones))
        yield _streamed("area", squares, zones)


def _lengths() -> Iterator[Ask]:
    squares = _row(0.0, 4)
    lines = shapely.boundary(squares)
    yield lambda: features.length_in_zones(lines, Zones(squares[::2]))
    yield _streamed("length", lines, squares[::2])
    yield _streamed("length", lines, np.append(_row(0.5, 3), squares[1:2]))


def _counts() -> Iterator[Ask]:
    squares, places = _row(0.0, 4), _row(0.5, 3)
    points = shapely.centroid(squares)
    yield lambda: features.points_in_zones(points, Zones(places))
    yield lambda: _refused(squares)
    for shapes in (points, squares, shapely.boundary(squares)):
        yield _streamed("count", shapes, places)


def _nearest() -> Iterator[Ask]:
    squares, places = _row(0.0, 4), _row(0.5, 3)
    yield lambda: features.nearest(squares, places, np.inf)
    yield lambda: matrix.places(places, targets=places).goals.distances(squares, "compiled")


def _within() -> Iterator[Ask]:
    squares = _row(0.0, 4)
    yield lambda: features.within(shapely.centroid(squares), shapely.boundary(squares), 1.0)


def _unions() -> Iterator[Ask]:
    yield lambda: features.union_in_zones(_row(0.0, 4), _row(0.5, 3))


def _rasters() -> Iterator[Ask]:
    for real in (np.float32, np.float64):
        for code in (np.uint8, np.uint64):
            yield partial(_raster, real, code)


def _digits() -> Iterator[Ask]:
    for kind in (np.uint32, np.uint64):
        yield partial(_digit, kind)


KINDS: dict[str, Callable[[], Iterator[Ask]]] = {
    "area": _areas,
    "length": _lengths,
    "count": _counts,
    "nearest": _nearest,
    "within": _within,
    "union": _unions,
    "raster": _rasters,
    "digits": _digits,
}
"""What is measured, and the small questions that use every kernel of it."""


def _streamed(measure: matrix.Measure, shapes: Geometries, zones: Geometries) -> Ask:
    column = pa.array(shapely.to_wkb(shapes, byte_order=1).tolist(), pa.binary())
    return lambda: matrix.loose(measure, column, matrix.places(zones), "compiled")


def _refused(geometries: Geometries) -> None:
    """Ask why geometries are no points: a kernel of its own answers."""
    with suppress(MeasureError):
        flat.points(geometries)


_GRID = Grid(0.0, 8.0, 1.0, 1.0, 8, 8)


def _raster(real: type, code: type) -> None:
    cells = np.arange(64).reshape(8, 8)
    tile = Tile(0, 0, cells.astype(real), (cells % 3).astype(code))
    features.raster_in_zones(_row(0.5, 3), _GRID, [tile], None, 3)


def _digit(kind: type) -> None:
    zones = _row(0.5, 3)
    tile = Tile(0, 0, None, np.arange(64, dtype=kind).reshape(8, 8))
    features.digits_in_zones(zones, _GRID, [tile], np.zeros(len(zones), dtype=np.uint64), 0)
