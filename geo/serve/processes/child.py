"""The child that runs one process: little memory, a clock of CPU, and a pipe to tell through.

It is forked from a server that has everything imported, so that it begins in milliseconds; and
it is a process of its own, so that it can be killed in the middle of a call into GEOS.
"""

from __future__ import annotations

import ctypes
import logging
import resource
import signal
from contextlib import suppress
from dataclasses import dataclass
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


def main(task: Task, pipe: Connection) -> None:
    """Run a task and tell what became of it; whoever waits may be gone."""
    _confine(task)
    with suppress(BrokenPipeError):
        pipe.send((BEGUN,))
        pipe.send(_outcome(task, pipe))
    pipe.close()


def _confine(task: Task) -> None:
    # A child whose server was killed has nobody to answer.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cores = 64  # the clock on the wall is the server's; this one ends a child that it forgot
    resource.setrlimit(resource.RLIMIT_AS, (task.memory_bytes,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (task.seconds * cores, task.seconds * cores + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _outcome(task: Task, pipe: Connection) -> tuple[Any, ...]:
    def progress(stage: str, done: int, total: int) -> None:
        pipe.send((PROGRESS, stage, done, total))

    errand = Errand(
        task.project,
        task.root,
        orjson.loads(task.inputs),
        task.media_type,
        task.language,
        progress,
    )
    try:
        body = orjson.dumps(PROCESSES[task.process_id].run(errand))
    except GeoError as error:
        return (REFUSED, type(error).__name__, error.what, error.where, error.fix)
    except MemoryError:
        return (FAILED, "memory")
    except Exception:  # the rim of this process: its stack goes into the server's log
        if _cramped(task):  # SQLite and others call it an error of their own
            return (FAILED, "memory")
        LOGGER.exception("the process %s failed", task.process_id)
        return (FAILED, "error")
    return (FAILED, "size") if len(body) > task.result_bytes else (DONE, body)


def _cramped(task: Task) -> bool:
    """Tell whether little is left of the memory that this process may take."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize() > 0.9 * task.memory_bytes
