"""Runs the jobs that this worker accepted, in the order they came, one at a time."""

from __future__ import annotations

import logging
import queue
import threading
import time

from geo.errors import GeoError
from geo.limits import limit
from geo.serve.processes.jobs import Jobs
from geo.serve.processes.pool import Pool, Work
from geo.serve.processes.refusal import problem_of
from geo.serve.processes.watch import DismissedError

LOGGER = logging.getLogger(__name__)
_TELL_S = 0.5
"""A job writes down how far it is at most so often."""


class Runner:
    """A thread that waits for children, and does no work of its own.

    Parameters
    ----------
    pool : Pool
    jobs : Jobs
    """

    def __init__(self, pool: Pool, jobs: Jobs) -> None:
        self._pool = pool
        self._jobs = jobs
        self._queue: queue.SimpleQueue[tuple[str, Work]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._started = False

    def add(self, job_id: str, work: Work) -> None:
        """Take a job on; it is written down already."""
        with self._lock:
            if not self._started:
                self._started = True
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
            self._jobs.fail(job_id, problem_of(error))
        except Exception:
            self._jobs.fail(job_id, problem_of(GeoError("The server failed; its log says why.")))
            raise
        else:
            self._jobs.succeed(job_id, body)
