"""A clock on a question: what takes too long is stopped, wherever it is."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from geo.errors import TooSlowError

_END: ContextVar[float | None] = ContextVar("end", default=None)
_STEPS = 20_000
"""Instructions of SQLite between two looks at the clock: about a millisecond."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Stop what is asked of the store within this block when the time is over.

    Raises
    ------
    TooSlowError
        Out of the block, when it is.
    """
    token = _END.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _END.reset(token)


def look() -> None:
    """Look at the clock: long loops do so between two parts.

    Raises
    ------
    TooSlowError
        If the time is over.
    """
    end = _END.get()
    if end is not None and time.monotonic() > end:
        raise _over()


@contextmanager
def watched(db: sqlite3.Connection) -> Iterator[None]:
    """Interrupt a connection's statements when the time is over."""
    end = _END.get()
    if end is None:
        yield
        return
    db.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    try:
        yield
    except sqlite3.OperationalError:
        if time.monotonic() > end:
            raise _over() from None
        raise
    finally:
        db.set_progress_handler(None, 0)


def _over() -> TooSlowError:
    return TooSlowError(
        "the question takes too long",
        where="filter",
        fix="ask about a smaller box, or for fewer conditions; then ask again",
    )
