"""Whose job it is. There are no accounts: an owner is who holds a secret.

The address of a job holds 160 random bits: who has the address has the job. A caller who sends
``Authorization: Bearer SECRET`` with the execution closes it further: without that secret the
address opens nothing. The list of jobs needs the secret in either case.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from starlette.requests import Request

from geo.errors import NotFoundError, UsageError
from geo.serve.processes.jobs import Job, Jobs, hashed
from geo.serve.processes.refusal import NO_SUCH_JOB, no_such

HEADER = "Job-Owner"
"""In which a new owner is told the secret, once."""

_SECRET = re.compile(r"[A-Za-z0-9._~+/-]{32,200}=*")


@dataclass(frozen=True)
class Owner:
    """Who asks.

    Attributes
    ----------
    secret : str
        Empty: none was sent.
    """

    secret: str

    @property
    def key(self) -> str:
        """What is kept of the secret."""
        return hashed(self.secret)

    def owns(self, job: Job) -> bool:
        """Tell whether a job, whose address is known, may be seen."""
        if not self.secret:
            return not job.closed
        return secrets.compare_digest(self.key, job.owner)


def owner_of(request: Request) -> Owner:
    """Return who asks.

    Raises
    ------
    UsageError
        If what is sent is no secret, or too short to be one.
    """
    sent = request.headers.get("authorization", "")
    if not sent:
        return Owner("")
    kind, _, secret = sent.partition(" ")
    if kind.lower() != "bearer" or not _SECRET.fullmatch(secret.strip()):
        raise UsageError(
            "is not a secret of this server",
            where="header Authorization",
            fix=f"Bearer and 32 to 200 random characters: those of the header {HEADER}, "
            "or some of your own",
        )
    return Owner(secret.strip())


def new_owner() -> Owner:
    """Return an owner that nobody has been yet."""
    return Owner(secrets.token_urlsafe(32))


def seen_by(owner: Owner, jobs: Jobs, job_id: str) -> Job:
    """Return a job, if whoever asks may see it; else it is as if there were none.

    Raises
    ------
    NamedError
        no-such-job.
    """
    missing = no_such(
        NO_SUCH_JOB,
        "there is no such job, or it is another's",
        fix="answers are kept for a day; a closed job needs its owner's secret",
    )
    try:
        job = jobs.job(job_id)
    except NotFoundError:
        raise missing from None
    if not owner.owns(job):
        raise missing
    return job
