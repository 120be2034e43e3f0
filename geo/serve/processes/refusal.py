"""Exceptions as OGC API Processes has them: RFC 7807, with the types that the standard names."""

from __future__ import annotations

from typing import Any

from geo.errors import BusyError, GeoError, GoneError, NotFoundError, TooSlowError, UsageError, rule
from geo.serve.answers import as_document

_TYPES = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"
NO_SUCH_PROCESS = _TYPES + "no-such-process"
NO_SUCH_JOB = _TYPES + "no-such-job"
RESULT_NOT_READY = _TYPES + "result-not-ready"
RETRY_AFTER_S = 5
"""After how many seconds a busy server may be asked again."""

_TITLES = {
    NO_SUCH_PROCESS: "No such process",
    NO_SUCH_JOB: "No such job",
    RESULT_NOT_READY: "The result is not ready",
}
_KINDS: dict[type[GeoError], tuple[str, str]] = {
    UsageError: ("InvalidParameterValue", "An input is wrong"),
    NotFoundError: ("NotFound", "There is no such thing"),
    GoneError: ("Gone", "It is kept no more"),
    BusyError: ("ServerBusy", "The server is busy"),
    TooSlowError: ("TimeLimit", "The answer took too long"),
}


class NamedError(Exception):
    """A refusal that the standard has a URI for."""

    def __init__(self, uri: str, error: GeoError) -> None:
        super().__init__(error.what)
        self.uri = uri
        self.error = error


def no_such(uri: str, what: str, *, fix: str) -> NamedError:
    """Return a 404 with one of the standard's types."""
    return NamedError(uri, NotFoundError(what, fix=fix))


def problem_of(error: GeoError, uri: str = "") -> dict[str, Any]:
    """Return the body of an exception: what is wrong, with which input, and how to mend it.

    Parameters
    ----------
    uri : str
        The type, where the standard has one.
    """
    status, body = as_document(error)
    code, title = _kind(error)
    return {
        **body,
        "type": uri or code,
        "title": _TITLES.get(uri, title),
        "status": status,
        "detail": body["description"],
    }


def _kind(error: GeoError) -> tuple[str, str]:
    for cls in type(error).__mro__:
        if cls in _KINDS:
            return _KINDS[cls]
    below = rule(error).http_status < 500
    return ("InvalidParameterValue", "An input is wrong") if below else (
        "NoApplicableCode", "The server failed")  # fmt: skip
