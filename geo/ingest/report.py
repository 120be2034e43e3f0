"""What was found in a file: counts, assumptions and issues, for a person and for a machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from numbers import Integral
from typing import Any, Literal, NoReturn

from geo.errors import InputRefusedError
from geo.ingest.message import ELEMENTS, Element
from geo.ingest.messages import MESSAGES, fix_of
from geo.model.text import Count, Language, Text

Severity = Literal["error", "warning", "info"]
MOST_PLACES = 10
"""Places of one issue that are named; the count is always whole."""

_SEVERITY = {
    "error": Text(pl="BŁĄD", en="ERROR"),
    "warning": Text(pl="UWAGA", en="WARNING"),
    "info": Text(pl="informacja", en="note"),
}


@dataclass(frozen=True)
class Issue:
    """One finding.

    Attributes
    ----------
    element : str
        Element of ISO 19157.
    where : tuple of dict
        The first places: ``row`` (1 is the first feature), ``id``, ``detail``, ``x``, ``y``.
    """

    severity: Severity
    code: str
    element: Element
    what: Text
    fix: Text
    where: tuple[dict[str, Any], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the issue as JSON has it."""
        return {
            "severity": self.severity,
            "code": self.code,
            "element": self.element,
            "what": self.what.model_dump(),
            "where": list(self.where),
            "fix": self.fix.model_dump(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Issue:
        """Read an issue back."""
        return cls(
            data["severity"],
            data["code"],
            data["element"],
            Text(**data["what"]),
            Text(**data["fix"]),
            tuple(data["where"]),
        )


@dataclass
class Report:
    """The quality report of one file.

    Attributes
    ----------
    counts : dict
        Features ``read``, ``accepted``, ``repaired``, ``dropped``, ``coerced``.
    repaired, dropped : dict
        Code -> how many, and why.
    assumed : dict
        What the file does not say: ``encoding``, ``crs``, ...
    fields : dict
        Field -> ``{"column", "nulls", "coerced"}``.
    geometry : dict
        Type, vertices, area_m2 or length_m, and bbox2180 of what was accepted.
    cage : dict
        How the reading was confined.
    """

    layer: str
    file: str
    format: str = ""
    encoding: str = ""
    crs: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    repaired: dict[str, Any] = field(default_factory=dict)
    dropped: dict[str, Any] = field(default_factory=dict)
    assumed: dict[str, str] = field(default_factory=dict)
    fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    geometry: dict[str, Any] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    cage: dict[str, str] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """True when nothing stands in the way of publishing."""
        return not any(issue.severity == "error" for issue in self.issues)

    def add(
        self,
        severity: Severity,
        code: str,
        where: Sequence[Mapping[str, Any]] = (),
        **values: Any,  # noqa: ANN401 - whatever the message's words need
    ) -> Issue:
        """Add a finding of :data:`geo.ingest.messages.MESSAGES`; `values` fill its words."""
        message = MESSAGES[code]
        issue = Issue(
            severity,
            code,
            message.element,
            _fill(message.what, values),
            _fill(fix_of(message, allowed=severity != "error"), values),
            tuple(dict(place) for place in where[:MOST_PLACES]),
        )
        self.issues.append(issue)
        return issue

    def refuse(
        self,
        code: str,
        where: Sequence[Mapping[str, Any]] = (),
        *,
        error: type[InputRefusedError] = InputRefusedError,
        **values: Any,  # noqa: ANN401 - whatever the message's words need
    ) -> NoReturn:
        """Add an error and raise it, with this report on it."""
        self.stop(self.add("error", code, where, **values), error)

    def stop(self, issue: Issue, error: type[InputRefusedError] = InputRefusedError) -> NoReturn:
        """Raise the refusal for `issue`; the message counts the other errors."""
        others = sum(other.severity == "error" for other in self.issues) - 1
        more = f" (and {Count(others):more problem|more problems})" if others > 0 else ""
        places = "; ".join(place_text(place, "en") for place in issue.where)
        refusal = error(
            issue.what.en + more + (f": {places}" if places else ""),
            where=f"{self.layer}, {self.file}",
            fix=issue.fix.en,
        )
        refusal.report = self
        raise refusal

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON has it."""
        data = asdict(self)
        data["ok"] = self.ok
        data["issues"] = [issue.as_dict() for issue in self.issues]
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Report:
        """Read a report back."""
        values = {key: value for key, value in data.items() if key not in ("ok", "issues")}
        return cls(**values, issues=[Issue.from_dict(item) for item in data["issues"]])

    def as_text(self, language: Language = "pl") -> str:
        """Return the report as lines for a person."""
        polish = language == "pl"
        lines = [
            f"{'Warstwa' if polish else 'Layer'}: {self.layer}    "
            f"{'plik' if polish else 'file'}: {self.file} ({self.format or '?'})",
            f"{'Układ' if polish else 'CRS'}: {self.crs or '?'}    "
            f"{'kodowanie' if polish else 'encoding'}: {self.encoding or '?'}",
            _counts(self.counts, polish=polish),
        ]
        for issue in sorted(self.issues, key=lambda item: list(_SEVERITY).index(item.severity)):
            head = f"{_SEVERITY[issue.severity][language]} [{ELEMENTS[issue.element][language]}]"
            lines.append(f"- {head} {issue.what[language]}")
            lines += [f"    {place_text(place, language)}" for place in issue.where]
            lines.append(f"    -> {issue.fix[language]}")
        return "\n".join(lines)


def _fill(text: Text, values: Mapping[str, Any]) -> Text:
    polish = {key: _told(value, "pl") for key, value in values.items()}
    english = {key: _told(value, "en") for key, value in values.items()}
    return Text(pl=text.pl.format(**polish), en=text.en.format(**english))


def _told(value: Any, language: Language) -> Any:  # noqa: ANN401 - whatever fills a message
    if isinstance(value, Text):
        return value[language]
    if isinstance(value, Integral):
        return Count(value)
    return _Comma(value) if isinstance(value, float) and language == "pl" else value


class _Comma(float):
    """A number with the decimal comma of Polish."""

    def __format__(self, spec: str) -> str:
        return super().__format__(spec).replace(".", ",")


def _counts(counts: Mapping[str, int], *, polish: bool) -> str:
    names = {
        "read": "odczytano" if polish else "read",
        "accepted": "przyjęto" if polish else "accepted",
        "repaired": "naprawiono" if polish else "repaired",
        "dropped": "pominięto" if polish else "left out",
        "with_data": "z danymi" if polish else "with data",
    }
    parts = [f"{name} {counts[key]}" for key, name in names.items() if key in counts]
    if "cells" in counts:
        return ("Komórki: " if polish else "Cells: ") + ", ".join([str(counts["cells"]), *parts])
    return ("Obiekty: " if polish else "Features: ") + (", ".join(parts) or "?")


def place_text(place: Mapping[str, Any], language: Language = "en") -> str:
    """Return one place as words: ``row 3 (id 12): Self-intersection[505000 270000]``."""
    words = []
    if "row" in place:
        words.append(f"{'wiersz' if language == 'pl' else 'row'} {place['row']}")
    if place.get("id") is not None:
        words.append(f"(id {place['id']})")
    if "x" in place:
        words.append(f"[{place['x']:.2f} {place['y']:.2f}]")
    head = " ".join(words)
    detail = str(place.get("detail", ""))
    return f"{head}: {detail}" if head and detail else head or detail
