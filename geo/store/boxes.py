"""Which features of a serve.sqlite touch a box: the R-tree first, then exactly."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geo.store.servefile import Box

Wanted = list[tuple[str, Any]]
"""Columns of serve.sqlite, and the value that each must have."""


def sql(*parts: str) -> str:
    """Join parts of a statement: words of this package and c0, c1, ..., never text from outside."""
    return " ".join(parts)


def where_of(wanted: Wanted, *more: str) -> tuple[str, list[Any]]:
    """Return the condition that `wanted` and `more` make, and the values to bind."""
    terms = [f"{column} IS ?" for column, _ in wanted] + list(more)
    return ("WHERE " + " AND ".join(terms) if terms else ""), [value for _, value in wanted]


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
    rids = FOUND.get(key)
    if rids is None:
        parts = [_intersecting(db, part, wanted) for part in _split(box)]
        rids = parts[0] if len(parts) == 1 else np.unique(np.concatenate(parts))
        FOUND.put(key, rids)
    return rids


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
    ).fetchall()
    found = np.array(rows, dtype=np.int64).reshape(-1, 2)
    sure, doubtful = found[found[:, 1] == 1, 0], found[found[:, 1] == 0, 0]
    if len(doubtful):
        sure = np.concatenate((sure, doubtful[_touches(db, doubtful, box)]))
    return np.sort(sure)


def _touches(db: sqlite3.Connection, rids: np.ndarray, box: Box) -> np.ndarray:
    """Tell which features of `rids`, shape (m,), intersect the box: bool, shape (m,)."""
    ordered = np.argsort(rids)
    rows = db.execute(
        "SELECT wkb84 FROM features WHERE rid IN (SELECT value FROM json_each(?)) ORDER BY rid",
        (json.dumps(rids.tolist()),),
    ).fetchall()
    shapes = shapely.from_wkb([row[0] for row in rows])
    area = shapely.box(*box)
    shapely.prepare(area)
    touching = np.empty(len(rids), dtype=bool)
    touching[ordered] = shapely.intersects(area, shapes)
    return touching


class _Found:
    """What the last boxes held, so that the next page of the same box is cheap. Bounded."""

    def __init__(self, most_rids: int = 4_000_000, most_keys: int = 64) -> None:
        self._most_rids, self._most_keys = most_rids, most_keys
        self._kept: OrderedDict[Any, np.ndarray] = OrderedDict()
        self._rids = 0
        self._lock = threading.Lock()

    def get(self, key: Any) -> np.ndarray | None:  # noqa: ANN401 - any hashable
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: Any, rids: np.ndarray) -> None:  # noqa: ANN401 - any hashable
        with self._lock:
            if key in self._kept or len(rids) > self._most_rids:
                return
            self._kept[key] = rids
            self._rids += len(rids)
            while self._rids > self._most_rids or len(self._kept) > self._most_keys:
                self._rids -= len(self._kept.popitem(last=False)[1])

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._rids = 0


FOUND = _Found()
"""Answers to boxes and filters, kept for the next page."""


def forget() -> None:
    """Forget what the last boxes held."""
    FOUND.clear()
