"""The order of a walk through features: sorting, and what comes after a feature (keyset)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from geo.store.boxes import Wanted, numbers, sql, where_of

Stratum = tuple[list[str], list[Any], str]
"""Conditions that must all hold, their values, and what follows ORDER BY."""


@dataclass(frozen=True)
class Order:
    """Columns of serve.sqlite, each ascending or descending; nulls last, ties by rid.

    Attributes
    ----------
    terms : tuple of (str, bool)
        Column, and whether it descends.
    """

    terms: tuple[tuple[str, bool], ...] = ()

    @property
    def stored(self) -> bool:
        """Whether features stand in this order already."""
        return not self.terms

    def clause(self, start: int = 0, *, sure: bool = False) -> str:
        """Return what follows ORDER BY, from a term on; `sure`: that term is not null.

        Where nulls cannot be, SQLite walks along an index; where they can, it may sort.
        """
        terms = []
        for i, (name, down) in enumerate(self.terms[start:]):
            nulls = "" if sure and i == 0 else "NULLS LAST"
            terms.append(sql(name, "DESC" if down else "ASC", nulls))
        # Ties ascend; the index of a term that descends would give them the other way round.
        return ", ".join([*terms, "rid"])

    def strata(self, key: tuple[Any, ...], rid: int) -> Iterator[Stratum]:
        """Split what follows a feature into parts, one after the other, that an index finds.

        Parameters
        ----------
        key : tuple
            The feature's values of the columns.
        rid : int
        """
        same = [sql(name, "IS ?") for name, _ in self.terms]
        yield [*same, "rid > ?"], [*key, rid], "rid"
        for i in reversed(range(len(self.terms))):
            if key[i] is None:
                continue  # nothing comes after null
            name, down = self.terms[i]
            beyond = sql(name, "<" if down else ">", "?")
            yield [*same[:i], beyond], list(key[: i + 1]), self.clause(i, sure=True)
            yield [*same[:i], sql(name, "IS NULL")], list(key[:i]), self.clause(i + 1)


def first(
    db: sqlite3.Connection, order: Order, wanted: Wanted, limit: int, offset: int
) -> np.ndarray:
    """Return the first features of an order: rid, shape (m,)."""
    where, values = where_of(wanted)
    return _rids(db, where, order.clause(), [*values, limit, offset])


def after(db: sqlite3.Connection, order: Order, wanted: Wanted, limit: int, rid: int) -> np.ndarray:
    """Return the features that follow another: rid, shape (m,), at most `limit`."""
    columns = ", ".join(["rid", *(name for name, _ in order.terms)])
    row = db.execute(sql("SELECT", columns, "FROM features WHERE rid = ?"), (rid,)).fetchone()
    found = [np.empty(0, dtype=np.int64)]
    for conditions, values, clause in order.strata(row[1:], rid) if row else ():
        where, mine = where_of(wanted, *conditions)
        found.append(_rids(db, where, clause, [*mine, *values, limit, 0]))
        limit -= len(found[-1])
        if limit <= 0:
            break
    return np.concatenate(found)


def arranged(db: sqlite3.Connection, order: Order, rids: np.ndarray) -> np.ndarray:
    """Put features in an order: rid, shape (m,), of rids that ascend."""
    rows = db.execute(
        sql(
            "SELECT rid FROM features WHERE rid IN (SELECT value FROM json_each(?)) ORDER BY",
            order.clause(),
        ),
        (numbers(rids),),
    )
    return np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rids))


def _rids(db: sqlite3.Connection, where: str, clause: str, values: list[Any]) -> np.ndarray:
    statement = sql("SELECT rid FROM features", where, "ORDER BY", clause, "LIMIT ? OFFSET ?")
    return np.fromiter((row[0] for row in db.execute(statement, values)), dtype=np.int64)
