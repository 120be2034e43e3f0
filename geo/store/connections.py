"""Open read-only connections to serve.sqlite files, lent to one thread at a time."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from geo.store.filter import define_functions

MOST_IDLE = 32
"""Connections that are kept open while nobody uses them."""


class Pool:
    """Idle connections by path, the longest unused closed first."""

    def __init__(self, most_idle: int = MOST_IDLE) -> None:
        self._most_idle = most_idle
        self._idle: OrderedDict[sqlite3.Connection, str] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def lend(self, path: Path) -> Iterator[sqlite3.Connection]:
        """Lend a connection to `path`; nobody else has it meanwhile."""
        key = str(path)
        db = self._take(key) or _connect(path)
        try:
            yield db
        except sqlite3.DatabaseError:
            db.close()
            raise
        except BaseException:
            self._give_back(db, key)
            raise
        self._give_back(db, key)

    def _take(self, key: str) -> sqlite3.Connection | None:
        with self._lock:
            for db in reversed(self._idle):
                if self._idle[db] == key:
                    del self._idle[db]
                    return db
        return None

    def _give_back(self, db: sqlite3.Connection, key: str) -> None:
        with self._lock:
            self._idle[db] = key
            surplus = [
                self._idle.popitem(last=False)[0] for _ in range(len(self._idle) - self._most_idle)
            ]
        for old in surplus:
            old.close()

    def close(self) -> None:
        """Close what is idle."""
        with self._lock:
            idle = list(self._idle)
            self._idle.clear()
        for db in idle:
            db.close()


POOL = Pool()
"""The connections of this process."""


def _connect(path: Path) -> sqlite3.Connection:
    # immutable: a version never changes, so SQLite takes no locks and looks for no journal.
    uri = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
    db = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
    try:
        define_functions(db)
        db.execute("PRAGMA query_only = ON")
        # Not mapped: what a mapped file has given counts as memory of this process.
        db.execute("PRAGMA cache_size = -8000")
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db
