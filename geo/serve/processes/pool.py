"""Children, a bounded number at once, each with a clock; any of them can be killed."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from multiprocessing.connection import Connection
from pathlib import Path
from types import MappingProxyType
from typing import Any

from geo.errors import BusyError, LimitExceededError
from geo.limits import limit
from geo.model import Project
from geo.model.progress import Progress, silent
from geo.model.text import Language
from geo.serve.processes import child
from geo.serve.processes.child import Next, Task
from geo.serve.processes.registry import PROCESSES
from geo.serve.processes.staying import Child, Staying
from geo.serve.processes.watch import SpentError, Watch

_LATE = ("pandas", "pyarrow.parquet")
"""What libraries import when they are first used: 0.4 s in each child, or once before all."""

_PATIENCE_S = 5
"""How long a question waits for a free child."""


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
        self._staying = Staying(limit("process_warm_children"))
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
        """Run work in a child that nobody else has, and return its answer as JSON.

        The child of a process that says so stays; another that fails it is no failure yet.

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
        if not PROCESSES[work.process_id].stays:
            return self._first(child.main, work, seconds, progress, dismissed)
        found = self._staying.take(work.process_id)
        if found is not None:
            began = time.monotonic()
            more = Next(work.inputs, work.media_type, work.language, _whole(seconds))
            try:
                return self._again(found, more, Watch(found.pipe, seconds, progress, dismissed))
            except SpentError:  # as if it had not been there, but for the time
                seconds -= time.monotonic() - began
        return self._first(child.stay, work, seconds, progress, dismissed)

    def _first(
        self,
        main: Callable[[Task, Connection], None],
        work: Work,
        seconds: float,
        progress: Progress,
        dismissed: Callable[[], bool],
    ) -> bytes:
        """Begin a child with a question."""
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=main, args=(self._task(work, seconds), theirs), daemon=True
        )
        found = Child(work.process_id, process, ours)
        watch = Watch(ours, seconds, progress, dismissed)
        try:
            process.start()
            theirs.close()
            return watch.wait()
        except SpentError:
            raise LimitExceededError(
                "the question needs more memory than one may take",
                fix="ask for less: fewer zones, a narrower filter",
            ) from None
        finally:
            self._part(found, stays=main is child.stay and watch.answered)

    def _again(self, found: Child, more: Next, watch: Watch) -> bytes:
        """Ask a child that stayed."""
        try:
            found.pipe.send(more)
            return watch.wait()
        except (BrokenPipeError, ConnectionResetError):
            raise SpentError from None
        finally:
            self._part(found, stays=watch.answered)

    def _part(self, found: Child, *, stays: bool) -> None:
        """Let a child go: to wait for the next question, or for ever."""
        if stays:
            self._staying.put(found)
        else:
            found.end()

    def _task(self, work: Work, seconds: float) -> Task:
        return Task(
            work.process_id,
            self._project,
            self._root,
            work.inputs,
            work.media_type,
            work.language,
            _whole(seconds),
            limit("process_memory_bytes"),
            limit("process_result_bytes"),
            limit("process_warm_bytes"),
            limit("process_warm_seconds"),
        )


def _whole(seconds: float) -> int:
    return max(1, int(seconds))


def portable(project: Project) -> Project:
    """Return a project that can be pickled: its mappings are views that cannot."""
    found: dict[str, Any] = {}
    for field in fields(project):
        value = getattr(project, field.name)
        if isinstance(value, MappingProxyType):
            found[field.name] = dict(value)
    return replace(project, **found)
