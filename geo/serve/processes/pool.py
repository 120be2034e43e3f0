"""Children, a bounded number at once, each with a clock; any of them can be killed."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import MappingProxyType
from typing import Any

from geo import errors
from geo.errors import BusyError, GeoError, LimitExceededError, TooSlowError
from geo.limits import limit
from geo.model import Project
from geo.model.progress import Progress, silent
from geo.model.text import Language
from geo.serve.processes import child
from geo.serve.processes.child import Task

_LATE = ("pandas", "pyarrow.parquet")
"""What libraries import when they are first used: 0.4 s in each child, or once before all."""

_LOOK_S = 0.2
"""How often a waiting thread asks whether its job was dismissed."""

_BEGIN_S = 60
"""The first child waits until everything is imported: seconds on a busy machine."""

_PATIENCE_S = 5
"""How long a question waits for a free child."""


class DismissedError(Exception):
    """The work was called off; nobody waits for an answer."""


@dataclass(frozen=True)
class Work:
    """What is to be run, before it is known how long it may take.

    Attributes
    ----------
    inputs : bytes
        JSON.
    """

    process_id: str
    inputs: bytes
    media_type: str
    language: Language


def _never() -> bool:
    return False


class Pool:
    """Runs work in children.

    Parameters
    ----------
    project : Project
    root : Path
        The data folder.
    children : int
        How many run at once.
    """

    def __init__(self, project: Project, root: Path, children: int) -> None:
        self._project = portable(project)
        self._root = root
        self._free = threading.BoundedSemaphore(children)
        # Who waits holds one of the server's threads: a few may, so that others are served.
        self._waiting = threading.BoundedSemaphore(2 * children)
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([child.__name__, *_LATE])

    def answer(self, work: Work) -> bytes:
        """Run work for somebody who waits.

        Raises
        ------
        BusyError
            If no child is free for some seconds.
        TooSlowError
            If it takes longer than ``process_wait_seconds``.
        GeoError
            What the process refuses.
        """
        self._take_turn()
        try:
            return self.run(work, limit("process_wait_seconds"))
        finally:
            self._free.release()

    def _take_turn(self) -> None:
        if self._waiting.acquire(blocking=False):
            try:
                if self._free.acquire(timeout=_PATIENCE_S):
                    return
            finally:
                self._waiting.release()
        raise BusyError(
            "too many questions are being answered at once",
            fix="ask again in a moment, or ask with the header Prefer: respond-async",
        )

    def run(
        self,
        work: Work,
        seconds: float,
        *,
        progress: Progress = silent,
        dismissed: Callable[[], bool] = _never,
    ) -> bytes:
        """Run work in a child of its own, and return its answer as JSON.

        Parameters
        ----------
        seconds : float
            How long it may take, from when it begins.
        dismissed : callable
            Asked now and then; true ends the child.

        Raises
        ------
        TooSlowError, LimitExceededError, DismissedError
            If its time is over, its memory or answer too large, or it was dismissed.
        GeoError
            What the process refuses, or that it failed.
        """
        ours, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(
            target=child.main, args=(self._task(work, seconds), theirs), daemon=True
        )
        try:
            process.start()
            theirs.close()
            return _Watch(ours, seconds, progress, dismissed).wait()
        finally:
            ours.close()
            _end(process)

    def _task(self, work: Work, seconds: float) -> Task:
        return Task(
            work.process_id,
            self._project,
            self._root,
            work.inputs,
            work.media_type,
            work.language,
            max(1, int(seconds)),
            limit("process_memory_bytes"),
            limit("process_result_bytes"),
        )


class _Watch:
    """Listens to one child until it is done, too late, or dismissed."""

    def __init__(
        self,
        pipe: Connection,
        seconds: float,
        progress: Progress,
        dismissed: Callable[[], bool],
    ) -> None:
        self._pipe = pipe
        self._seconds = seconds
        self._progress = progress
        self._dismissed = dismissed
        self._ends_at = time.monotonic() + _BEGIN_S

    def wait(self) -> bytes:
        """Return the answer."""
        while True:
            left = self._ends_at - time.monotonic()
            if left <= 0:
                raise TooSlowError(
                    f"the answer took longer than {self._seconds:g} s",
                    fix="ask for less: fewer zones, a narrower filter; "
                    "or give it more time with the header Prefer: respond-async",
                )
            if self._pipe.poll(min(_LOOK_S, left)):
                found = self._heard()
                if found is not None:
                    return found
            if self._dismissed():
                raise DismissedError

    def _heard(self) -> bytes | None:
        try:
            word, *rest = self._pipe.recv()
        except EOFError:
            # Killed by the kernel, or crashed within a library.
            raise _failure("died") from None
        if word == child.BEGUN:
            self._ends_at = time.monotonic() + self._seconds
        elif word == child.PROGRESS:
            self._progress(*rest)
        elif word == child.REFUSED:
            raise _refusal(*rest)
        elif word == child.FAILED:
            raise _failure(*rest)
        else:
            body: bytes = rest[0]
            return body
        return None


def _refusal(name: str, what: str, where: str, fix: str) -> GeoError:
    found: type[GeoError] = getattr(errors, name, GeoError)
    return found(what, where=where, fix=fix)


def _failure(kind: str) -> GeoError:
    if kind == "size":
        return LimitExceededError(
            f"the answer is larger than {limit('process_result_bytes')} bytes",
            fix="ask for fewer zones or classes",
        )
    if kind == "error":
        return GeoError("The server failed; its log says why.")
    return LimitExceededError(
        "the question needs more memory than one may take",
        fix="ask for less: fewer zones, a narrower filter",
    )


def _end(process: BaseProcess) -> None:
    """Make sure that a child is gone; one that has answered is given a moment to leave."""
    if process.pid is None:
        return
    process.join(0.2)
    if process.exitcode is None:
        process.kill()
        process.join()
    process.close()


def portable(project: Project) -> Project:
    """Return a project that can be pickled: its mappings are views that cannot."""
    found: dict[str, Any] = {}
    for field in fields(project):
        value = getattr(project, field.name)
        if isinstance(value, MappingProxyType):
            found[field.name] = dict(value)
    return replace(project, **found)
