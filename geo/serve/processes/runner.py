"""Runs the jobs that this worker accepted, in the order they came, a few at once."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from geo.errors import GeoError
from geo.limits import limit
from geo.serve.processes.jobs import Jobs
from geo.serve.processes.pool import Pool, Work
from geo.serve.processes.watch import DismissedError

LOGGER = logging.getLogger(__name__)
_TELL_S = 0.5
"""A job writes down how far it is at most so often."""


class Runner:
    """Threads that wait for children, not for work of their own.

    Parameters
    ----------
    explain : callable
        GeoError -> the body of an exception, as a failed job keeps it.
    threads : int
        How many jobs run at once beside the questions that somebody waits for.
    """

    def __init__(
        self,
        pool: Pool,
        jobs: Jobs,
        explain: Callable[[GeoError], dict[str, Any]],
        threads: int = 1,
    ) -> None:
        self._pool = pool
        self._jobs = jobs
        self._explain = explain
        self._queue: queue.SimpleQueue[tuple[str, Work]] = queue.SimpleQueue()
        self._threads = threads
        self._lock = threading.Lock()
        self._started = False

    def add(self, job_id: str, work: Work) -> None:
        """Take a job on; it is written down already."""
        with self._lock:
            if not self._started:
                self._started = True
                for _ in range(self._threads):
                    threading.Thread(target=self._serve, name="jobs", daemon=True).start()
        self._queue.put((job_id, work))

    def _serve(self) -> None:
        while True:
            job_id, work = self._queue.get()
            try:
                self._run(job_id, work)
            except Exception:  # this thread must outlive whatever one job does
                LOGGER.exception("a job could not be run")

    def _run(self, job_id: str, work: Work) -> None:
        if not self._jobs.begin(job_id):
            return
        told = [0.0]

        def progress(stage: str, done: int, total: int) -> None:
            now = time.monotonic()
            if now - told[0] >= _TELL_S:
                told[0] = now
                self._jobs.tell(job_id, min(99, 100 * done // max(total, 1)), stage)

        try:
            body = self._pool.run(
                work,
                limit("process_run_seconds"),
                progress=progress,
                dismissed=lambda: not self._jobs.runs(job_id),
            )
        except DismissedError:
            return
        except GeoError as error:
            self._jobs.fail(job_id, self._explain(error))
        except Exception:
            self._jobs.fail(job_id, self._explain(GeoError("The server failed; its log says why.")))
            raise
        else:
            self._jobs.succeed(job_id, body)
