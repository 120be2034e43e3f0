"""Which version of each layer is served now, asked for at every request and nearly free."""

from __future__ import annotations

import threading
import time
from functools import cache
from pathlib import Path

from geo.store.catalog import FILE, Catalog
from geo.store.snapshot import Snapshot

_TRUST_S = 1.0
"""How long an unchanged file may be believed: the clock of a file system is coarse."""


class Current:
    """The published versions of one data folder, read again only when the catalogue changed.

    Parameters
    ----------
    root : Path
        The data folder; it need not exist yet.
    """

    def __init__(self, root: Path) -> None:
        self.catalog = Catalog(root)
        self._files = (root / FILE, root / f"{FILE}-wal")
        self._lock = threading.Lock()
        self._seen: tuple[tuple[int, int], ...] = ()
        self._asked_at = -_TRUST_S
        self._generation = 0
        self._snapshots: dict[str, Snapshot | None] = {}
        self._read_for = -1

    def generation(self) -> int:
        """Return the number that grows with every publication, without opening SQLite if idle."""
        with self._lock:
            return self._ask()

    def _ask(self) -> int:
        seen = tuple(_stamp(file) for file in self._files)
        if seen != self._seen or time.monotonic() - self._asked_at > _TRUST_S:
            self._generation = self.catalog.generation()
            # Stamped before the question: a change in between is seen the next time.
            self._seen, self._asked_at = seen, time.monotonic()
        return self._generation

    def snapshot(self, layer_id: str) -> Snapshot | None:
        """Return the version of a layer that is served now, or None."""
        with self._lock:
            generation = self._ask()
            if generation != self._read_for:
                self._snapshots, self._read_for = {}, generation
            if layer_id not in self._snapshots:
                self._snapshots[layer_id] = self.catalog.current(layer_id)
            return self._snapshots[layer_id]


def _stamp(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except FileNotFoundError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)


@cache
def current(root: Path) -> Current:
    """Return the one watcher of a data folder in this process."""
    return Current(root)
