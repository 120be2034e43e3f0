"""A filter as a form: one line per field, read back into CQL2. It needs no JavaScript."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from geo.errors import UsageError
from geo.model import Field, Layer, Text
from geo.model.cql2 import Predicate, tree
from geo.model.text import Language
from geo.serve.places import Place

PLACE, GO = "place", "go"
_OF, _TO, _OP = ".from", ".to", ".op"

OPERATORS: dict[str, Text] = {
    "contains": Text(pl="zawiera", en="contains"),
    "is": Text(pl="to dokładnie", en="is exactly"),
    "begins": Text(pl="zaczyna się od", en="begins with"),
    "not": Text(pl="jest inne niż", en="is not"),
    "empty": Text(pl="jest puste", en="is empty"),
    "filled": Text(pl="jest wypełnione", en="is filled in"),
}
_OF_TEXT = tuple(OPERATORS)
_OF_CODES = ("is", "not", "empty", "filled")


@dataclass(frozen=True)
class Line:
    """One field of the form, with what was filled in.

    Attributes
    ----------
    kind : str
        text, codes, boolean, number or date: which controls it has.
    operators : tuple of (str, str)
        Code and words; empty: there is no choice.
    options : tuple of (str, str)
        Value and words, of a closed list.
    """

    name: str
    title: str
    kind: str
    unit: str = ""
    description: str = ""
    operators: tuple[tuple[str, str], ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    operator: str = ""
    value: str = ""
    low: str = ""
    high: str = ""
    whole: bool = False


@dataclass(frozen=True)
class Form:
    """The form of a layer.

    Attributes
    ----------
    places : tuple of Place
        Zones that features may be asked for in; empty: the choice is not offered.
    place : str
        Id of the chosen one.
    """

    lines: tuple[Line, ...]
    places: tuple[Place, ...] = ()
    place: str = ""


def names(layer: Layer) -> tuple[str, ...]:
    """Return the parameters that the form of a layer sends."""
    ends = ("", _OP, _OF, _TO)
    return (PLACE, GO, *(f"{f.name}{end}" for f in layer.public_fields for end in ends))


def form(
    layer: Layer, language: Language, given: Mapping[str, str], places: tuple[Place, ...] = ()
) -> Form:
    """Return the form of a layer, filled in as it was sent.

    Parameters
    ----------
    given : mapping of str to str
        Query parameters; see :func:`names`.
    """
    lines = tuple(_line(field, language, given) for field in layer.public_fields)
    return Form(lines, places, given.get(PLACE, ""))


def predicate(layer: Layer, filled: Form) -> Predicate | None:
    """Return what was filled in as CQL2, all of it together; None: nothing was.

    Raises
    ------
    UsageError
        At the first value that is not of its field's type.
    """
    parts: list[Predicate] = []
    for field, line in zip(layer.public_fields, filled.lines, strict=True):
        parts += _MEANING[line.kind](field, line)
    if filled.place:
        parts.append(_within(filled))
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else tree.And(tuple(parts))


def _line(field: Field, language: Language, given: Mapping[str, str]) -> Line:
    kind = _kind(field)
    codes = {"text": _OF_TEXT, "codes": _OF_CODES}.get(kind, ())
    chosen = given.get(f"{field.name}{_OP}", "")
    return Line(
        name=field.name,
        title=field.title[language],
        kind=kind,
        unit=field.unit,
        description=field.description[language] if field.description else "",
        operators=tuple((code, OPERATORS[code][language]) for code in codes),
        options=tuple((code, text[language]) for code, text in (field.values or {}).items()),
        operator=chosen if chosen in codes else (codes[0] if codes else ""),
        value=given.get(field.name, "").strip(),
        low=given.get(f"{field.name}{_OF}", "").strip(),
        high=given.get(f"{field.name}{_TO}", "").strip(),
        whole=field.type == "integer",
    )


def _kind(field: Field) -> str:
    if field.values:
        return "codes"
    kinds = {"string": "text", "boolean": "boolean", "date": "date", "datetime": "date"}
    return kinds.get(field.type, "number")


def _of_text(field: Field, line: Line) -> list[Predicate]:
    value = tree.Property(field.name)
    if line.operator == "empty":
        return [tree.IsNull(value)]
    if line.operator == "filled":
        return [tree.Not(tree.IsNull(value))]
    if not line.value:
        return []
    if line.operator in ("is", "not"):
        # A closed list may name numbers.
        given = _number(field, line.value) if _is_number(field) else tree.Text(line.value)
        return [tree.Comparison("=" if line.operator == "is" else "<>", value, given)]
    pattern = line.value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    pattern = f"{pattern}%" if line.operator == "begins" else f"%{pattern}%"
    return [tree.Like(_folded(value), _folded(tree.Text(pattern)))]


def _folded(value: tree.Value) -> tree.Folded:
    return tree.Folded("casei", tree.Folded("accenti", value))


def _of_boolean(field: Field, line: Line) -> list[Predicate]:
    if line.value not in ("true", "false"):
        return []
    return [tree.Comparison("=", tree.Property(field.name), tree.Boolean(line.value == "true"))]


def _of_number(field: Field, line: Line) -> list[Predicate]:
    return _between(field, line, lambda text, _: _number(field, text))


def _of_date(field: Field, line: Line) -> list[Predicate]:
    return _between(field, line, lambda text, last: _moment(field, text, last=last))


def _between(field: Field, line: Line, read: Callable[[str, bool], tree.Value]) -> list[Predicate]:
    value = tree.Property(field.name)
    low = read(line.low, False) if line.low else None
    high = read(line.high, True) if line.high else None
    if low is not None and high is not None:
        if line.low == line.high and not isinstance(low, tree.Timestamp):
            return [tree.Comparison("=", value, low)]
        return [tree.Between(value, low, high)]
    if low is not None:
        return [tree.Comparison(">=", value, low)]
    return [tree.Comparison("<=", value, high)] if high is not None else []


def _number(field: Field, text: str) -> tree.Number:
    plain = text.replace(",", ".").replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    try:
        return tree.Number(int(plain) if plain.lstrip("+-").isdigit() else float(plain))
    except ValueError:
        raise _senseless(field, text, "a number, such as 12.5") from None


def _moment(field: Field, text: str, *, last: bool) -> tree.Date | tree.Timestamp:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise _senseless(field, text, "a day, such as 2026-11-22") from None
    if field.type == "date":
        return tree.Date(day)
    return tree.Timestamp(datetime.combine(day, time.max if last else time.min, UTC))


def _senseless(field: Field, text: str, fix: str) -> UsageError:
    return UsageError(f"{text!r} has no meaning here", where=field.name, fix=f"give {fix}")


def _is_number(field: Field) -> bool:
    return field.type in ("integer", "number")


def _within(filled: Form) -> Predicate:
    for place in filled.places:
        if place.id == filled.place:
            return tree.Spatial("s_intersects", tree.Property("geometry"), place.outline)
    there = ", ".join(place.id for place in filled.places)
    raise UsageError(f"there is no zone {filled.place!r}", where=PLACE, fix=f"there are: {there}")


_MEANING: dict[str, Callable[[Field, Line], list[Predicate]]] = {
    "text": _of_text,
    "codes": _of_text,
    "boolean": _of_boolean,
    "number": _of_number,
    "date": _of_date,
}


def words_for(filled: Form) -> dict[str, Any]:
    """Return what the page says of the places: how far their outlines are generalised, metres."""
    chosen = [place for place in filled.places if place.id == filled.place]
    return {"tolerance_m": max((place.tolerance_m for place in chosen), default=0.0)}
