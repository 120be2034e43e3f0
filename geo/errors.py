"""One tree of errors and one table: class -> stable code -> HTTP status -> exit code."""

from __future__ import annotations

from dataclasses import dataclass


class GeoError(Exception):
    """Anything that Geobank refuses, in words that a person can act on.

    Parameters
    ----------
    what : str
        What is wrong, without a path, SQL or a stack.
    where : str
        Layer, row, field, or file name and line, when known.
    fix : str
        How to mend it.
    """

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head}\n  -> {self.fix}" if self.fix else head

    def as_dict(self) -> dict[str, str]:
        """Return the error as the API and ``--json`` show it."""
        return {"code": rule(self).code, "what": self.what, "where": self.where, "fix": self.fix}


class ModelError(GeoError):
    """A YAML file (layer, card, site) does not say what it must."""


class UsageError(GeoError):
    """A command or a request asks for something that has no meaning."""


class NotFoundError(GeoError):
    """A layer, version, indicator or feature that does not exist."""


class InputRefusedError(GeoError):
    """A file that cannot be published as it is; what was published stays served.

    Attributes
    ----------
    report : object, optional
        The quality report up to the refusal: a :class:`geo.ingest.report.Report`.
    """

    report: object = None


class CRSMismatchError(InputRefusedError):
    """A file whose CRS or axis order is not the layer's."""


class LimitExceededError(InputRefusedError):
    """A file or a request beyond a cap of :mod:`geo.limits`."""


class TooSlowError(GeoError):
    """A question that was stopped because it took too long."""


class BusyError(GeoError):
    """More work than is taken on at once; the same request succeeds later."""


class GoneError(GeoError):
    """Something that was there, and is served no more."""


class IntegrityError(GeoError):
    """A stored snapshot that is not what its manifest says."""


class MeasureError(GeoError):
    """Input that a measure cannot be computed from."""


class LedgerError(MeasureError):
    """The parts do not add up to the whole."""


class ClusterError(GeoError):
    """Machines that should compute together cannot be reached, are lost, or differ."""


@dataclass(frozen=True)
class Rule:
    """How one class of error leaves the house."""

    code: str
    http_status: int
    exit_code: int


RULES: dict[type[GeoError], Rule] = {
    ModelError: Rule("model", 500, 3),
    UsageError: Rule("usage", 400, 2),
    NotFoundError: Rule("not-found", 404, 4),
    CRSMismatchError: Rule("crs-mismatch", 422, 5),
    LimitExceededError: Rule("limit-exceeded", 413, 5),
    InputRefusedError: Rule("input-refused", 422, 5),
    TooSlowError: Rule("too-slow", 503, 8),
    BusyError: Rule("busy", 503, 8),
    GoneError: Rule("gone", 410, 4),
    IntegrityError: Rule("integrity", 500, 6),
    LedgerError: Rule("ledger", 500, 7),
    MeasureError: Rule("measure", 422, 7),
    ClusterError: Rule("cluster", 503, 8),
    GeoError: Rule("error", 500, 1),
}


def rule(error: GeoError) -> Rule:
    """Return the rule of the nearest class in the error's ancestry."""
    for cls in type(error).__mro__:
        if cls in RULES:
            return RULES[cls]
    raise AssertionError(f"{type(error).__name__} has no rule")  # GeoError is in the table
