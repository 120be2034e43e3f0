"""Which features are on a page: by an index where one leads to them, else out of a kept set."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geo import crs
from geo.store import order
from geo.store.boxes import FOUND, Area, Wanted, inside, sql, where_of
from geo.store.filter import Asked, Columns, matching
from geo.store.order import Order
from geo.store.spatial import touching


@dataclass(frozen=True)
class Begin:
    """Where a page begins, and how long it is.

    Attributes
    ----------
    limit, offset : int
        How many features, after how many.
    after : int or None
        After which feature; the offset then does not count.
    """

    limit: int
    offset: int
    after: int | None


Found = tuple[np.ndarray, int, int | None, bool]
"""rids, matched, position, more."""


@dataclass(frozen=True)
class Search:
    """What is asked for, in the words of serve.sqlite.

    Attributes
    ----------
    path : Path
        Of the serve.sqlite.
    count : int
        Features in it.
    columns : mapping
        Public field -> its column, and its type.
    wanted : list of (str, value)
    order : Order
    area : Area or None
    """

    path: Path
    count: int
    columns: Columns
    wanted: Wanted
    order: Order
    area: Area | None

    def by_value(self, db: sqlite3.Connection, begin: Begin) -> Found:
        """Find a page without a look at all that match: an index leads to it."""
        matched = self._count(db)
        limit, offset, after = begin.limit, begin.offset, begin.after
        if limit == 0 or (after is None and offset >= matched):
            return _none(), matched, offset, False
        if self.order.stored and not self.wanted:
            # rid is 1, 2, ..., n: a page is found at once, however far it lies.
            start = min(offset if after is None else after, matched)
            end = min(start + limit, matched)
            return np.arange(start + 1, end + 1), matched, start, end < matched
        if after is None:
            rids = order.first(db, self.order, self.wanted, limit, offset)
            return rids, matched, offset, offset + len(rids) < matched
        rids = order.after(db, self.order, self.wanted, limit + 1, after)
        return rids[:limit], matched, None, len(rids) > limit

    def in_set(self, db: sqlite3.Connection, begin: Begin, asked: Asked | None) -> Found:
        """Find all that match, which is kept, and then the page in them."""
        rids = self._set(db, asked)
        matched = len(rids)
        if begin.limit == 0:
            return _none(), matched, begin.offset, False
        if not self.order.stored:
            said = asked and (asked.tree, asked.crs)
            key = (str(self.path), self.order, self.area, said, tuple(self.wanted))
            rids = FOUND.get(key, lambda: order.arranged(db, self.order, rids))
        start = begin.offset if begin.after is None else _place(rids, begin.after, self.order)
        part = rids[start : start + begin.limit]
        return part, matched, start, start + len(part) < matched

    def _set(self, db: sqlite3.Connection, asked: Asked | None) -> np.ndarray:
        path = self.path
        if asked is not None:
            return matching(db, path, self.columns, asked)
        assert self.area is not None  # noqa: S101 - or by_value would have answered
        if self.area.code == crs.CRS84:
            return inside(db, path, self.area.box, self.wanted)
        rids = touching(db, path, self.area)
        if not self.wanted:
            return rids
        where, values = where_of(self.wanted)
        rows = db.execute(sql("SELECT rid FROM features", where, "ORDER BY rid"), values)
        mine = np.fromiter((row[0] for row in rows), dtype=np.int64)
        return np.intersect1d(rids, mine, assume_unique=True)

    def _count(self, db: sqlite3.Connection) -> int:
        if not self.wanted:
            return self.count
        key = (str(self.path), "count", tuple(self.wanted))
        where, values = where_of(self.wanted)

        def count() -> np.ndarray:
            row = db.execute(sql("SELECT count(*) FROM features", where), values).fetchone()
            return np.array(row, dtype=np.int64)

        return int(FOUND.get(key, count)[0])


def _none() -> np.ndarray:
    return np.empty(0, dtype=np.int64)


def _place(rids: np.ndarray, rid: int, order: Order) -> int:
    """Return how many of `rids` come up to a feature, itself included."""
    if order.stored:
        return int(np.searchsorted(rids, rid, side="right"))
    found = np.flatnonzero(rids == rid)
    return int(found[0]) + 1 if len(found) else len(rids)
