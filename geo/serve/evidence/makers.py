"""Who makes parts of evidence: a child of the server, so that no other request waits for it.

It is forked from a helper that has everything imported, stays for the next part, and is made anew
when it was killed. The same part is made once, however many ask for it.
"""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from geo.errors import BusyError, LimitExceededError, TooSlowError
from geo.flow import made
from geo.limits import limit
from geo.model import Project
from geo.serve.processes.child import confine
from geo.serve.processes.pool import portable
from geo.store.snapshot import Snapshot

Key = tuple[str, str, int]
"""Collection, version, part."""


class Makers:
    """Gives parts of evidence as files; those that are not there are made.

    Parameters
    ----------
    project : Project
    root : Path
        The data folder.
    """

    def __init__(self, project: Project, root: Path) -> None:
        self._project = project
        self._root = root
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._making: dict[Key, Future[None]] = {}
        # Who waits holds one of the server's threads: a few may, so that others are served.
        self._waiting = threading.BoundedSemaphore(limit("evidence_waiting"))

    def part(self, snapshot: Snapshot, number: int) -> Path:
        """Return the serve.sqlite of a part.

        Raises
        ------
        BusyError
            If too many wait already.
        TooSlowError
            If it takes longer than ``evidence_wait_seconds``; it is made all the same.
        GoneError, IntegrityError
            If it cannot be made; see :func:`geo.flow.made.make`.
        """
        found = made.kept(self._root, snapshot, number)
        if found is not None:
            return found
        if not self._waiting.acquire(blocking=False):
            raise BusyError("too much evidence is being made at once", fix=_SOON)
        try:
            self._wait((snapshot.layer_id, snapshot.version, number))
        finally:
            self._waiting.release()
        found = made.kept(self._root, snapshot, number)
        if found is None:
            raise BusyError("the evidence went as soon as it was made", fix=_SOON)
        return found

    def warm(self) -> None:
        """Start a child now, so that the first who asks does not wait for its imports."""
        with self._lock:
            if self._pool is None:
                self._started().submit(_nothing)

    def close(self) -> None:
        """End the child; what it is making is finished first."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(cancel_futures=True)

    def _wait(self, key: Key) -> None:
        future = self._future(key)
        try:
            future.result(timeout=limit("evidence_wait_seconds"))
        except TimeoutError:
            raise TooSlowError(
                "the evidence of this zone takes long to make", where=key[0], fix=_SOON
            ) from None
        except BrokenProcessPool:
            with self._lock:
                self._pool = None
            raise LimitExceededError(
                "the evidence of this zone needs more memory than one question may take",
                where=key[0],
                fix="`geobank indicators evidence` makes it as a file",
            ) from None

    def _future(self, key: Key) -> Future[None]:
        with self._lock:
            found = self._making.get(key)
            if found is None:
                try:
                    found = self._started().submit(_make, *key, made.release())
                except BrokenProcessPool:  # it died while nobody waited for it
                    self._pool = None
                    found = self._started().submit(_make, *key, made.release())
                self._making[key] = found
                new = True
            else:
                new = False
        if new:  # outside of the lock: it may be done, and is then called at once
            found.add_done_callback(lambda _: self._forget(key))
        return found

    def _forget(self, key: Key) -> None:
        with self._lock:
            self._making.pop(key, None)

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                limit("evidence_makers"),
                mp_context=multiprocessing.get_context("forkserver"),
                initializer=_begin,
                initargs=(portable(self._project), self._root, limit("process_memory_bytes")),
            )
        return self._pool


_SOON = "ask again in a moment"
_MINE: list[tuple[Project, Path]] = []
"""In a child: what it makes evidence of."""


def _begin(project: Project, root: Path, memory_bytes: int) -> None:
    confine(memory_bytes)
    _MINE.append((project, root))


def _make(layer_id: str, version: str, number: int, named: str) -> None:
    project, root = _MINE[0]
    made.make(project, root, layer_id, version, number, named)


def _nothing() -> None:
    """Do nothing, in a child that thereby begins."""
