"""Which of an owner's jobs ``/jobs`` lists: its parameters, each read once."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.datastructures import QueryParams

from geo.serve.parameters import bad, check_names
from geo.serve.processes.jobs import STATUSES, Job

PARAMETERS = ("limit", "processID", "status", "type", "datetime", "minDuration", "maxDuration")
DEFAULT = 10
MOST = 1_000
_NUMBER = re.compile(r"[0-9]{1,9}")


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
    check_names(params, ("f", "lang", *PARAMETERS))
    statuses = _words(params.get("status"))
    for status in statuses:
        if status not in STATUSES:
            raise bad("status", f"unknown status {status!r}", f"there are: {', '.join(STATUSES)}")
    since, until = _span(params.get("datetime"))
    return Listing(
        min(_number(params, "limit") or DEFAULT, MOST) if _positive(params) else DEFAULT,
        _words(params.get("processID")),
        statuses,
        _words(params.get("type")),
        since,
        until,
        _number(params, "minDuration"),
        _number(params, "maxDuration"),
    )


def _positive(params: QueryParams) -> bool:
    if "limit" not in params:
        return False
    if not _number(params, "limit"):
        raise bad("limit", "must be a whole number from 1")
    return True


def _number(params: QueryParams, name: str) -> int | None:
    if name not in params:
        return None
    if not _NUMBER.fullmatch(params[name]):
        raise bad(name, "must be a whole number")
    return int(params[name])


def _words(value: str | None) -> tuple[str, ...]:
    return tuple(part for part in (value or "").split(",") if part)


def _span(value: str | None) -> tuple[float, float]:
    if value is None:
        return 0.0, float("inf")
    ends = value.split("/")
    if len(ends) > 2 or (len(ends) == 1 and ends[0] in ("", "..")):
        raise bad("datetime", "must be an instant or an interval", "2026-01-01T00:00:00Z/..")
    since, until = _moment(ends[0], 0.0), _moment(ends[-1], float("inf"))
    if len(ends) == 1:
        until = since + 1.0  # an instant is written to the second
    if since > until:
        raise bad("datetime", "ends before it begins", "earlier end first")
    return since, until


def _moment(text: str, open_end: float) -> float:
    if text in ("", ".."):
        return open_end
    try:
        found = datetime.fromisoformat(text.upper())
    except ValueError:
        raise bad("datetime", f"{text!r} is not RFC 3339", "2026-11-22T12:00:00Z") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
