"""Jobs on the disk: every worker of the server sees them, and a restart finds them.

``jobs/jobs.sqlite`` below the data folder holds a row per job, ``jobs/<id>.json`` its answer.
A worker holds a lock on a file of its own while it lives: the jobs of one that died are failed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import orjson

from geo.errors import BusyError, NotFoundError
from geo.limits import limit

FOLDER = "jobs"
Status = Literal["accepted", "running", "successful", "failed", "dismissed"]
STATUSES: tuple[Status, ...] = get_args(Status)

_TABLE = """
CREATE TABLE IF NOT EXISTS jobs (
  id TEXT PRIMARY KEY, owner TEXT NOT NULL, closed INTEGER NOT NULL, worker TEXT NOT NULL,
  process TEXT NOT NULL, media_type TEXT NOT NULL, document INTEGER NOT NULL,
  status TEXT NOT NULL, message TEXT NOT NULL DEFAULT '', progress INTEGER NOT NULL DEFAULT 0,
  created REAL NOT NULL, started REAL, finished REAL, updated REAL NOT NULL,
  problem TEXT NOT NULL DEFAULT '', bytes INTEGER NOT NULL DEFAULT 0
)
"""
_JOBS = (
    "SELECT id, owner, closed, worker, process, media_type, document, status, message, progress, "
    "created, started, finished, updated, problem FROM jobs "
)
_ONE = _JOBS + "WHERE id = ?"
_OWNED = _JOBS + "WHERE owner = ? ORDER BY created DESC, rowid DESC"


@dataclass(frozen=True)
class Job:
    """A job, as it stood when it was read.

    Attributes
    ----------
    owner : str
        Hash of the owner's token.
    closed : bool
        Seen with the token only; else whoever has the address sees it.
    created, started, finished, updated : float
        Seconds since 1970; None: not yet.
    problem : str
        JSON: why it failed.
    """

    id: str
    owner: str
    closed: bool
    worker: str
    process_id: str
    media_type: str
    document: bool
    status: Status
    message: str
    progress: int
    created: float
    started: float | None
    finished: float | None
    updated: float
    problem: str

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.status not in ("accepted", "running")


def hashed(token: str) -> str:
    """Return what is kept of a token: a file that leaks opens no job."""
    return hashlib.sha256(token.encode()).hexdigest()


class Jobs:
    """The jobs of one data folder.

    Parameters
    ----------
    root : Path
        The data folder. Nothing is made in it before the first job.
    """

    def __init__(self, root: Path) -> None:
        self._folder = root / FOLDER
        self._worker = secrets.token_hex(8)
        self._lock_file: int | None = None
        self._swept_at = 0.0

    def open_desk(self) -> None:
        """Make the folder, say that this worker lives, and clear up behind others."""
        if self._lock_file is not None:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{self._worker}.worker"
        self._lock_file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock_file, fcntl.LOCK_EX)
        with self._write() as db:
            db.execute(_TABLE)
        self.sweep()

    def close_desk(self) -> None:
        """Let go of the lock; jobs of this worker that still run count as failed from now on."""
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None
            (self._folder / f"{self._worker}.worker").unlink(missing_ok=True)

    def accept(
        self, process_id: str, media_type: str, *, document: bool, owner: str, closed: bool
    ) -> Job:
        """Write a new job down.

        Raises
        ------
        BusyError
            If as many wait as may.
        """
        self.sweep(lazily=True)
        now, job_id = _now(), secrets.token_hex(20)
        with self._write() as db:
            (waiting,) = db.execute(
                "SELECT count(*) FROM jobs WHERE status = 'accepted'"
            ).fetchone()
            if waiting >= limit("process_queue"):
                raise BusyError(f"{waiting} jobs are waiting already", fix="ask again later")
            db.execute(
                "INSERT INTO jobs (id, owner, closed, worker, process, media_type, document, "
                "status, created, updated) VALUES (?, ?, ?, ?, ?, ?, ?, 'accepted', ?, ?)",
                (job_id, owner, closed, self._worker, process_id, media_type, document, now, now),
            )
        return self.job(job_id)

    def job(self, job_id: str) -> Job:
        """Return a job.

        Raises
        ------
        NotFoundError
            If there is none of that id.
        """
        rows = self._read(_ONE, (job_id,))
        if not rows:
            raise NotFoundError("there is no such job", fix="its answer is kept for a day")
        return _job(rows[0])

    def owned(self, owner: str) -> list[Job]:
        """Return the jobs of one owner, newest first."""
        return [_job(row) for row in self._read(_OWNED, (owner,))]

    def begin(self, job_id: str) -> bool:
        """Turn a job from accepted to running; False if it was dismissed meanwhile."""
        now = _now()
        return self._change(
            "UPDATE jobs SET status = 'running', started = ?, updated = ? "
            "WHERE id = ? AND status = 'accepted'",
            (now, now, job_id),
        )

    def tell(self, job_id: str, progress: int, message: str) -> None:
        """Write down how far a running job is, per cent."""
        self._change(
            "UPDATE jobs SET progress = ?, message = ?, updated = ? "
            "WHERE id = ? AND status = 'running'",
            (progress, message, _now(), job_id),
        )

    def runs(self, job_id: str) -> bool:
        """Tell whether a job still runs: another worker may have dismissed it."""
        rows = self._read("SELECT status FROM jobs WHERE id = ?", (job_id,))
        return bool(rows) and rows[0][0] == "running"

    def succeed(self, job_id: str, body: bytes) -> None:
        """Keep the answer of a job that runs."""
        path = self._folder / f"{job_id}.json"
        part = path.with_suffix(".part")
        part.write_bytes(body)
        part.replace(path)
        now = _now()
        done = self._change(
            "UPDATE jobs SET status = 'successful', progress = 100, message = '', bytes = ?, "
            "finished = ?, updated = ? WHERE id = ? AND status = 'running'",
            (len(body), now, now, job_id),
        )
        if not done:
            path.unlink(missing_ok=True)

    def fail(self, job_id: str, problem: dict[str, Any]) -> None:
        """Write down why a job failed."""
        now = _now()
        self._change(
            "UPDATE jobs SET status = 'failed', problem = ?, message = ?, finished = ?, "
            "updated = ? WHERE id = ? AND status IN ('accepted', 'running')",
            (orjson.dumps(problem).decode(), problem["detail"], now, now, job_id),
        )

    def dismiss(self, job_id: str) -> Job:
        """Call a job off, or forget its answer; it is listed as dismissed until it is swept."""
        now = _now()
        self._change(
            "UPDATE jobs SET status = 'dismissed', problem = '', message = '', bytes = 0, "
            "finished = coalesce(finished, ?), updated = ? WHERE id = ?",
            (now, now, job_id),
        )
        (self._folder / f"{job_id}.json").unlink(missing_ok=True)
        return self.job(job_id)

    def answer(self, job: Job) -> bytes:
        """Return the answer of a successful job.

        Raises
        ------
        NotFoundError
            If it was swept this moment.
        """
        try:
            return (self._folder / f"{job.id}.json").read_bytes()
        except FileNotFoundError:
            raise NotFoundError("the answer is kept no more", fix="run the process again") from None

    def sweep(self, *, lazily: bool = False) -> None:
        """Forget what is too old or too much, and fail what a dead worker left behind."""
        now = _now()
        if lazily and now - self._swept_at < 60:
            return
        self._swept_at = now
        self._fail_orphans(now)
        with self._write() as db:
            db.execute(
                "DELETE FROM jobs WHERE status NOT IN ('accepted', 'running') AND updated < ?",
                (now - limit("process_kept_seconds"),),
            )
            for job_id in _surplus(db, limit("process_kept_bytes")):
                db.execute("DELETE FROM jobs WHERE id = ?", (job_id,))
            known = {row[0] for row in db.execute("SELECT id FROM jobs")}
        for path in (*self._folder.glob("*.json"), *self._folder.glob("*.part")):
            if path.stem not in known:
                path.unlink(missing_ok=True)

    def _fail_orphans(self, now: float) -> None:
        rows = self._read(
            "SELECT DISTINCT worker FROM jobs WHERE status IN ('accepted', 'running')", ()
        )
        workers = {row[0] for row in rows} | {p.stem for p in self._folder.glob("*.worker")}
        problem = {"status": 500, "detail": "the server was stopped while the job ran"}
        for worker in workers - {self._worker}:
            if self._lives(worker):
                continue
            self._change(
                "UPDATE jobs SET status = 'failed', problem = ?, message = ?, finished = ?, "
                "updated = ? WHERE worker = ? AND status IN ('accepted', 'running')",
                (orjson.dumps(problem).decode(), problem["detail"], now, now, worker),
            )
            (self._folder / f"{worker}.worker").unlink(missing_ok=True)

    def _lives(self, worker: str) -> bool:
        try:
            file = os.open(self._folder / f"{worker}.worker", os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(file)
        return False

    def _change(self, sql: str, values: Sequence[Any]) -> bool:
        with self._write() as db:
            return db.execute(sql, values).rowcount > 0

    def _read(self, sql: str, values: Sequence[Any]) -> list[Any]:
        path = self._folder / "jobs.sqlite"
        if not path.is_file():
            return []
        with self._connected(path) as db:
            with suppress(sqlite3.OperationalError):  # the table is being made
                return db.execute(sql, values).fetchall()
            return []

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._connected(self._folder / "jobs.sqlite") as db, db:  # the second commits
            db.execute("BEGIN IMMEDIATE")
            yield db

    @staticmethod
    @contextmanager
    def _connected(path: Path) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as db:
            # A job that is lost with the machine is asked for again: no wait for the disk.
            db.execute("PRAGMA synchronous = OFF")
            yield db


def _now() -> float:
    """Return seconds since 1970, to the millisecond that statuses are written in."""
    return round(time.time(), 3)


def _surplus(db: sqlite3.Connection, most: int) -> list[str]:
    """Return the oldest jobs whose answers are beyond the most that is kept."""
    total, found = 0, []
    for job_id, size in db.execute(
        "SELECT id, bytes FROM jobs WHERE bytes > 0 ORDER BY updated DESC, rowid DESC"
    ):
        total += size
        if total > most:
            found.append(job_id)
    return found


def _job(row: tuple[Any, ...]) -> Job:
    (job_id, owner, closed, worker, process_id, media_type, document, *rest) = row
    return Job(job_id, owner, bool(closed), worker, process_id, media_type, bool(document), *rest)
