"""GeoJSON features as bytes, made once when a layer is published.

Geometries come as :func:`geo.crs.as_served` gives them: rounded, in the authority's axis order.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import shapely

_OPTIONS = orjson.OPT_UTC_Z
_NAMES = {
    0: b"Point", 1: b"LineString", 3: b"Polygon", 4: b"MultiPoint", 5: b"MultiLineString",
    6: b"MultiPolygon",
}  # fmt: skip
"""Type of a geometry in shapely -> in GeoJSON."""


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


def properties(names: Sequence[str], columns: Sequence[list[Any]]) -> list[bytes]:
    """Return one JSON object per row; any text survives, floats come back to the last bit."""
    dumps, make = orjson.dumps, dict
    with _no_cycles():
        return [
            dumps(make(zip(names, row, strict=True)), option=_OPTIONS)
            for row in zip(*columns, strict=True)
        ]


def features(
    ids: Sequence[str | int], texts: Iterable[bytes], rows: Sequence[bytes]
) -> list[bytes]:
    """Return GeoJSON Features as bytes.

    Parameters
    ----------
    ids : sequence of str or int, length n
    texts : iterable of bytes, length n
        The geometries, from :func:`geometry_texts`.
    rows : sequence of bytes, length n
        The properties as JSON.
    """
    dumps = orjson.dumps
    return [
        b'{"type":"Feature","id":%b,"geometry":%b,"properties":%b}' % (dumps(key), text, row)
        for key, text, row in zip(ids, texts, rows, strict=True)
    ]


def geometry_texts(shapes: np.ndarray) -> list[bytes]:
    """Return GeoJSON geometries as bytes; a number comes back to the last bit.

    All coordinates are written at once, and the text is cut where a position ends: a third of
    what writing each geometry takes.

    Parameters
    ----------
    shapes : numpy.ndarray of shapely.Geometry, shape (n,)
        None missing or empty, no collections.
    """
    kinds = shapely.get_type_id(shapes)
    found = np.empty(len(shapes), dtype=object)
    for kind in np.unique(kinds).tolist():
        mine = np.flatnonzero(kinds == kind)
        head = b'{"type":"%b","coordinates":' % _NAMES[kind]
        found[mine] = [head + text + b"}" for text in _coordinates(shapes[mine])]
    return list(found)


def _coordinates(shapes: np.ndarray) -> list[bytes]:
    """Write the coordinates of geometries of one type."""
    _, positions, levels = shapely.to_ragged_array(shapes, include_z=False)
    text = orjson.dumps(np.ascontiguousarray(positions), option=orjson.OPT_SERIALIZE_NUMPY)
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("]"))[:-1] + 1
    starts = np.concatenate(([1], ends[:-1] + 1))
    if not levels:
        pairs = zip(starts.tolist(), ends.tolist(), strict=True)
        return [text[start:end] for start, end in pairs]
    first, last = starts[levels[0][:-1]].tolist(), ends[levels[0][1:] - 1].tolist()
    parts = [b"[%b]" % text[start:end] for start, end in zip(first, last, strict=True)]
    for level in levels[1:]:
        cuts = level.tolist()
        parts = [b"[%b]" % b",".join(parts[a:b]) for a, b in pairwise(cuts)]
    return parts


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
