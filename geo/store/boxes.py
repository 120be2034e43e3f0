"""Which features of a serve.sqlite touch a box: the R-tree first, then exactly."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely

from geo import crs
from geo.crs import Box
from geo.store.clock import look
from geo.store.kept import Kept

Wanted = list[tuple[str, Any]]
"""Columns of serve.sqlite, and the value that each must have."""


_ROWS = 50_000
"""Rows of a statement that are Python objects at a time: a million would take 200 MB."""

_SHAPES = 2_000
"""Geometries that are looked at between two looks at the clock."""


@dataclass(frozen=True)
class Area:
    """A box in some CRS.

    Attributes
    ----------
    box : tuple of float
        Lower corner, upper corner, in the axis order of the authority; in CRS84 west > east
        crosses the antimeridian.
    code : str
        One of :data:`geo.crs.SERVED`.
    """

    box: Box
    code: str = crs.CRS84


def sql(*parts: str) -> str:
    """Join parts of a statement: words of this package and c0, c1, ..., never text from outside."""
    return " ".join(parts)


def where_of(wanted: Wanted, *more: str) -> tuple[str, list[Any]]:
    """Return the condition that `wanted` and `more` make, and the values to bind."""
    terms = [f"{column} IS ?" for column, _ in wanted] + list(more)
    return ("WHERE " + " AND ".join(terms) if terms else ""), [value for _, value in wanted]


def numbers(rids: np.ndarray) -> str:
    """Return rids as SQL's json_each reads them."""
    return orjson.dumps(np.ascontiguousarray(rids), option=orjson.OPT_SERIALIZE_NUMPY).decode()


def rows_of(cursor: sqlite3.Cursor, width: int) -> np.ndarray:
    """Return all rows of a statement as numbers: float64, shape (n, width)."""
    parts = [np.empty((0, width))]
    while rows := cursor.fetchmany(_ROWS):
        parts.append(np.array(rows, dtype=np.float64))
    return np.concatenate(parts)


def inside(db: sqlite3.Connection, path: Path, box: Box, wanted: Wanted) -> np.ndarray:
    """Return the features that touch a box and have the wanted values.

    Parameters
    ----------
    db : sqlite3.Connection
    path : Path
        Of the same serve.sqlite: answers are kept by it.
    box : tuple of float
        West, south, east, north in degrees; west > east crosses the antimeridian.
    wanted : list of (str, value)

    Returns
    -------
    numpy.ndarray of int64, shape (m,)
        Their rid, ascending.
    """
    key = (str(path), box, tuple(wanted))

    def find() -> np.ndarray:
        parts = [_intersecting(db, part, wanted) for part in _split(box)]
        return parts[0] if len(parts) == 1 else np.unique(np.concatenate(parts))

    return FOUND.get(key, find)


def _split(box: Box) -> list[Box]:
    west, south, east, north = box
    if west <= east:
        return [box]
    return [(west, south, 180.0, north), (-180.0, south, east, north)]


def _intersecting(db: sqlite3.Connection, box: Box, wanted: Wanted) -> np.ndarray:
    west, south, east, north = box
    where, values = where_of(wanted, "maxx >= ? AND minx <= ? AND maxy >= ? AND miny <= ?")
    join = "places JOIN features USING (rid)" if wanted else "places"
    rows = db.execute(
        sql("SELECT rid, minx >= ? AND maxx <= ? AND miny >= ? AND maxy <= ? FROM", join, where),
        [west, east, south, north, *values, west, east, south, north],
    )
    found = rows_of(rows, 2).astype(np.int64)
    sure, doubtful = found[found[:, 1] == 1, 0], np.sort(found[found[:, 1] == 0, 0])
    area = shapely.box(*box)
    shapely.prepare(area)
    for start in range(0, len(doubtful), _SHAPES):
        look()
        part = doubtful[start : start + _SHAPES]
        touching = shapely.intersects(area, shapes84(db, part))
        sure = np.concatenate((sure, part[touching]))
    return np.sort(sure)


def shapes84(db: sqlite3.Connection, rids: np.ndarray) -> np.ndarray:
    """Return geometries as CRS84 serves them, shape (m,), of rids that ascend."""
    rows = db.execute(
        "SELECT wkb84 FROM shapes WHERE rid IN (SELECT value FROM json_each(?)) ORDER BY rid",
        (numbers(rids),),
    )
    return np.asarray(shapely.from_wkb([row[0] for row in rows]))


FOUND: Kept[np.ndarray] = Kept(32_000_000, lambda rids: max(rids.nbytes, 500_000))
"""Answers to boxes and filters, kept for the next page: 4 million rids, and 64 keys at most.

A key may hold a long filter, so that the smallest answer counts as half a megabyte.
"""
