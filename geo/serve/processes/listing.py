"""Which of an owner's jobs ``/jobs`` lists: its parameters, each read once."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.datastructures import QueryParams

from geo.serve.parameters import COMMON, bad, check_names, interval, whole
from geo.serve.processes.jobs import STATUSES, Job

PARAMETERS = ("limit", "processID", "status", "type", "datetime", "minDuration", "maxDuration")
DEFAULT = 10
MOST = 1_000


@dataclass(frozen=True)
class Listing:
    """What is asked of the list.

    Attributes
    ----------
    since, until : float
        Seconds since 1970 within which a job was made.
    shortest_s, longest_s : float or None
        How long it ran.
    """

    limit: int
    processes: tuple[str, ...]
    statuses: tuple[str, ...]
    types: tuple[str, ...]
    since: float
    until: float
    shortest_s: int | None
    longest_s: int | None

    def of(self, jobs: Iterable[Job]) -> list[Job]:
        """Return the jobs that are asked for, in their order."""
        now = time.time()
        return [job for job in jobs if self._wants(job, now)][: self.limit]

    def _wants(self, job: Job, now: float) -> bool:
        return (
            (not self.processes or job.process_id in self.processes)
            and (not self.statuses or job.status in self.statuses)
            and (not self.types or "process" in self.types)
            and self.since <= job.created <= self.until
            and self._lasted(job, now)
        )

    def _lasted(self, job: Job, now: float) -> bool:
        if self.shortest_s is None and self.longest_s is None:
            return True
        if job.started is None:
            return False
        ran = (now if job.finished is None else job.finished) - job.started
        return (self.shortest_s or 0) <= ran and (self.longest_s is None or ran <= self.longest_s)


def listing(params: QueryParams) -> Listing:
    """Read the parameters of ``/jobs``.

    Raises
    ------
    UsageError
        At the first one that is unknown or has no meaning.
    """
    check_names(params, (*COMMON, *PARAMETERS))
    statuses = _words(params.get("status"))
    for status in statuses:
        if status not in STATUSES:
            raise bad("status", f"unknown status {status!r}", f"there are: {', '.join(STATUSES)}")
    since, until = _span(params.get("datetime"))
    return Listing(
        min(whole("limit", params.get("limit", str(DEFAULT)), 1), MOST),
        _words(params.get("processID")),
        statuses,
        _words(params.get("type")),
        since,
        until,
        _seconds(params, "minDuration"),
        _seconds(params, "maxDuration"),
    )


def _seconds(params: QueryParams, name: str) -> int | None:
    return whole(name, params[name], 0) if name in params else None


def _words(value: str | None) -> tuple[str, ...]:
    return tuple(part for part in (value or "").split(",") if part)


def _span(value: str | None) -> tuple[float, float]:
    if value is None:
        return 0.0, float("inf")
    since, until = interval(value)
    begin = since.timestamp() if since else 0.0
    end = until.timestamp() if until else float("inf")
    return begin, end + 1.0 if since == until else end  # an instant is written to the second
