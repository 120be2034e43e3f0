"""GeoJSON features as bytes, made once when a layer is published.

CRS84 is (longitude, latitude) with 7 decimals, 1 cm; EPSG:2180 is in the order of its
authority, (northing, easting), with 3 decimals, 1 mm.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import shapely

DEGREE_DECIMALS = 7
METRE_DECIMALS = 3
_OPTIONS = orjson.OPT_UTC_Z


@contextmanager
def _no_cycles() -> Iterator[None]:
    """Stop the cycle collector: making many rows at once makes it walk them over and over."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def degrees(shapes84: np.ndarray) -> np.ndarray:
    """Return CRS84 geometries, shape (n,), rounded as they are served."""
    return _moved(shapes84, lambda xy: np.round(xy, DEGREE_DECIMALS))


def metres(shapes: np.ndarray) -> np.ndarray:
    """Return EPSG:2180 geometries, shape (n,), rounded and turned to (northing, easting)."""
    return _moved(shapes, lambda xy: np.round(xy[:, ::-1], METRE_DECIMALS))


def _moved(shapes: np.ndarray, move: Any) -> np.ndarray:  # noqa: ANN401 - an array function
    if len(shapes) == 0:
        return shapes
    # Adding zero turns -0.0 into 0.0, which reads better and means the same.
    return np.asarray(shapely.transform(shapes, lambda xy: move(xy) + 0.0))


def properties(names: Sequence[str], columns: Sequence[list[Any]]) -> list[bytes]:
    """Return one JSON object per row; any text survives, floats come back to the last bit."""
    dumps, make = orjson.dumps, dict
    with _no_cycles():
        return [
            dumps(make(zip(names, row, strict=True)), option=_OPTIONS)
            for row in zip(*columns, strict=True)
        ]


def features(ids: Sequence[str | int], shapes: np.ndarray, rows: Sequence[bytes]) -> list[bytes]:
    """Return GeoJSON Features as bytes.

    Parameters
    ----------
    ids : sequence of str or int, length n
    shapes : numpy.ndarray of shapely.Geometry, shape (n,)
        Already rounded, in the axis order to write.
    rows : sequence of bytes, length n
        The properties as JSON.
    """
    dumps = orjson.dumps
    texts = shapely.to_geojson(shapes).tolist() if len(shapes) else []
    return [
        b'{"type":"Feature","id":%b,"geometry":%b,"properties":%b}'
        % (dumps(key), text.encode(), row)
        for key, text, row in zip(ids, texts, rows, strict=True)
    ]


def sql_values(column: pa.ChunkedArray) -> list[Any]:
    """Return a column as SQLite holds it: text, integer, real or null.

    Dates are ISO text, instants are ISO text in UTC with a Z, booleans 0 or 1.
    """
    values = column.to_pylist()
    if pa.types.is_date(column.type):
        return [None if value is None else value.isoformat() for value in values]
    if pa.types.is_timestamp(column.type):
        return [None if value is None else instant(value) for value in values]
    if pa.types.is_boolean(column.type):
        return [None if value is None else int(value) for value in values]
    return list(values)


def instant(value: Any) -> str:  # noqa: ANN401 - datetime.datetime
    """Return an instant as the JSON has it: ``2026-11-22T03:15:00Z``."""
    return orjson.dumps(value, option=_OPTIONS).decode().strip('"')
