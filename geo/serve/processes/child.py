"""The child that runs one process: little memory, a clock of CPU, and a pipe to tell through.

It is forked from a server that has everything imported, so that it begins in milliseconds; and
it is a process of its own, so that it can be killed in the middle of a call into GEOS. A child of
a process that says so stays for the next execution, with what the process keeps: one at a time,
each under a clock of its own. It goes when one failed, when it holds too much, or is not asked.
"""

from __future__ import annotations

import ctypes
import logging
import resource
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import orjson

from geo.errors import GeoError
from geo.model import Project
from geo.model.text import Language
from geo.serve.processes.process import Errand
from geo.serve.processes.registry import PROCESSES

LOGGER = logging.getLogger(__name__)
_PR_SET_PDEATHSIG = 1

BEGUN, PROGRESS, DONE, REFUSED, FAILED = "begun", "progress", "done", "refused", "failed"
"""First words of what a child tells."""


@dataclass(frozen=True)
class Task:
    """What a child is told to do; it can be pickled.

    Attributes
    ----------
    inputs : bytes
        JSON.
    seconds, memory_bytes, result_bytes : int
        Its CPU, its address space, and the largest answer.
    kept_bytes, idle_seconds : int
        Of a child that stays: how much it may hold between two executions, and for how long.
    """

    process_id: str
    project: Project
    root: Path
    inputs: bytes
    media_type: str
    language: Language
    seconds: int
    memory_bytes: int
    result_bytes: int
    kept_bytes: int
    idle_seconds: int


@dataclass(frozen=True)
class Next:
    """What a child that stayed is told: the rest is as it was, which spares a project's way."""

    inputs: bytes
    media_type: str
    language: Language
    seconds: int


def main(task: Task, pipe: Connection) -> None:
    """Run a task and tell what became of it; whoever waits may be gone."""
    confine(task.memory_bytes)
    _wind(task.seconds, last=True)
    with suppress(BrokenPipeError):
        pipe.send((BEGUN,))
        pipe.send(_outcome(task, pipe, {}))
    pipe.close()


def stay(task: Task, pipe: Connection) -> None:
    """Run a task, and what else is sent while this child stays."""
    confine(task.memory_bytes)
    kept: dict[str, Any] = {}
    with suppress(BrokenPipeError, ConnectionResetError, EOFError):
        while True:
            _wind(task.seconds)
            pipe.send((BEGUN,))
            outcome = _outcome(task, pipe, kept)
            pipe.send(outcome)
            if outcome[0] == FAILED or _bytes(1) > task.kept_bytes:
                break
            if not pipe.poll(task.idle_seconds):
                break
            more: Next = pipe.recv()
            task = replace(task, **vars(more))
    pipe.close()


def confine(memory_bytes: int) -> None:
    """Bound the address space of this process, a child that ends with its server."""
    # A child whose server was killed has nobody to answer.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _wind(seconds: int, *, last: bool = False) -> None:
    """Set the clock of CPU for one execution; what those before it took does not count."""
    cores = 64  # the clock on the wall is the server's; this one ends a child that it forgot
    ends = int(time.process_time()) + seconds * cores
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)  # what is lowered is never raised again
    resource.setrlimit(resource.RLIMIT_CPU, (ends, ends + 5 if last else hard))


def _outcome(task: Task, pipe: Connection, kept: dict[str, Any]) -> tuple[Any, ...]:
    def progress(stage: str, done: int, total: int) -> None:
        pipe.send((PROGRESS, stage, done, total))

    errand = Errand(
        task.project,
        task.root,
        orjson.loads(task.inputs),
        task.media_type,
        task.language,
        progress,
        kept,
    )
    try:
        body = orjson.dumps(PROCESSES[task.process_id].run(errand))
    except GeoError as error:
        return (REFUSED, type(error).__name__, error.what, error.where, error.fix)
    except MemoryError:
        return (FAILED, "memory")
    except Exception:  # the rim of this process: its stack goes into the server's log
        if _cramped():  # SQLite and others call it an error of their own
            return (FAILED, "memory")
        LOGGER.exception("the process %s failed", task.process_id)
        return (FAILED, "error")
    return (FAILED, "size") if len(body) > task.result_bytes else (DONE, body)


def _cramped() -> bool:
    """Tell whether little is left of the memory that this process may take."""
    return _bytes(0) > 0.9 * resource.getrlimit(resource.RLIMIT_AS)[0]


def _bytes(column: int) -> int:
    """Return bytes of this process: 0 its address space, 1 what of it is in memory."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[column]
    return int(pages) * resource.getpagesize()
