"""Listens to a child: its answer, its refusal, or that it is gone."""

from __future__ import annotations

import time
from collections.abc import Callable
from multiprocessing.connection import Connection

from geo import errors
from geo.errors import GeoError, LimitExceededError, TooSlowError
from geo.limits import limit
from geo.model.progress import Progress
from geo.serve.processes import child

_LOOK_S = 0.2
"""How often a waiting thread asks whether its job was dismissed."""

_BEGIN_S = 60
"""The first child waits until everything is imported: seconds on a busy machine."""


class DismissedError(Exception):
    """The work was called off; nobody waits for an answer."""


class SpentError(Exception):
    """A child is gone, or had too little memory left: a new one may do better."""


class Watch:
    """Listens to one child until it is done, too late, or dismissed.

    Attributes
    ----------
    answered : bool
        The child did what it was asked, or refused it in words: it may be asked again.
    """

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
        self.answered = False

    def wait(self) -> bytes:
        """Return the answer.

        Raises
        ------
        TooSlowError, DismissedError, SpentError
            If its time is over, it was dismissed, or it has no memory left or is gone.
        GeoError
            What the process refuses, or that it failed.
        """
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
        except (EOFError, ConnectionResetError):
            # Killed by the kernel, or crashed within a library.
            raise SpentError from None
        if word == child.BEGUN:
            self._ends_at = time.monotonic() + self._seconds
        elif word == child.PROGRESS:
            self._progress(*rest)
        elif word == child.FAILED:
            raise _failure(*rest)
        else:
            self.answered = True
            if word == child.REFUSED:
                raise _refusal(*rest)
            body: bytes = rest[0]
            return body
        return None


def _refusal(name: str, what: str, where: str, fix: str) -> GeoError:
    found: type[GeoError] = getattr(errors, name, GeoError)
    return found(what, where=where, fix=fix)


def _failure(kind: str) -> Exception:
    if kind == "size":
        return LimitExceededError(
            f"the answer is larger than {limit('process_result_bytes')} bytes",
            fix="ask for fewer zones or classes",
        )
    if kind == "error":
        return GeoError("The server failed; its log says why.")
    return SpentError()
