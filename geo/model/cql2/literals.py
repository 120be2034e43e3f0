"""Literals of both encodings: numbers, instants, intervals and geometries, checked once.

Each function raises ValueError with the reason in words; the readers add where.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from geo.model.cql2.tree import Box, Date, Geometry, GeometryKind, Number, Property, Text, Timestamp

LEVELS: dict[GeometryKind, int] = {
    "Point": 0, "LineString": 1, "MultiPoint": 1, "Polygon": 2, "MultiLineString": 2,
    "MultiPolygon": 3,
}  # fmt: skip
"""How deep the positions of a geometry lie in lists."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIMESTAMP = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6}0*)?(?:Z|[+-]\d\d:\d\d)", re.ASCII
)


def named(name: str) -> Property:
    """Return a property; a Mac sends ś as s and an accent, which is the same name."""
    if not name or not name.isprintable():
        raise ValueError("a field has a name")
    # Only then: composing changes some letters that are whole as they are.
    accents = any("\u0300" <= character <= "\u036f" for character in name)
    return Property(unicodedata.normalize("NFC", name) if accents else name)


def text(value: str) -> Text:
    """Return a text, unless no file of ours could hold it."""
    if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("a text holds a null or half a character")
    return Text(value)


def number(value: int | float) -> Number:
    """Return a number; a whole one beyond 64 bits becomes a float."""
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return Number(value)
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise ValueError("the number is too large")
    return Number(found)


def day(value: str) -> Date:
    """Read ``2026-11-22``."""
    if not _DATE.fullmatch(value):
        raise ValueError(f"{value[:40]!r} is no date such as '2026-11-22'")
    try:
        return Date(date.fromisoformat(value))
    except ValueError:
        raise ValueError(f"there is no day {value!r}") from None


def moment(value: str) -> Timestamp:
    """Read ``2026-11-22T03:15:00Z``, with up to six decimals of a second."""
    if not _TIMESTAMP.fullmatch(value):
        raise ValueError(f"{value[:40]!r} is no timestamp such as '2026-11-22T03:15:00Z'")
    try:
        return Timestamp(datetime.fromisoformat(value).astimezone(UTC))
    except (ValueError, OverflowError):
        raise ValueError(f"there is no moment {value!r}") from None


def bound(value: str) -> Date | Timestamp | None:
    """Read one end of an interval: a date, a timestamp, or two dots."""
    if value == "..":
        return None
    return moment(value) if "T" in value else day(value)


def box(numbers: Sequence[Any]) -> Box:
    """Return a box of four numbers, or of six, whose heights are left out: our data are flat."""
    found = [coordinate(one) for one in numbers]
    if len(found) == 6:
        found = found[0:2] + found[3:5]
    if len(found) != 4:
        raise ValueError("a box has four numbers: the lower corner, then the upper")
    first, second, third, fourth = found
    return Box((first, second, third, fourth))


def geometry(kind: GeometryKind, coordinates: Sequence[Any]) -> Geometry:
    """Return a geometry of nested lists of positions, checked for its shape."""
    found = _nested(coordinates, LEVELS[kind])
    lines: list[Any] = [found] if kind == "LineString" else []
    lines += found if kind == "MultiLineString" else []
    rings = list(found) if kind == "Polygon" else []
    rings += [ring for polygon in found for ring in polygon] if kind == "MultiPolygon" else []
    if any(len(line) < 2 for line in lines):
        raise ValueError("a line has two positions or more")
    if any(len(ring) < 4 or ring[0] != ring[-1] for ring in rings):
        raise ValueError("a ring has four positions or more and ends where it begins")
    return Geometry(kind, found)


def collection(parts: Sequence[Geometry]) -> Geometry:
    """Return a geometry collection, which holds no other collection."""
    if not parts or any(part.kind == "GeometryCollection" for part in parts):
        raise ValueError("a geometry collection holds one geometry or more, and no collection")
    return Geometry("GeometryCollection", tuple(parts))


def coordinate(value: Any) -> float:  # noqa: ANN401 - whatever stands in a JSON list
    """Return one coordinate."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a coordinate is a number")
    return float(number(value).value)


def _nested(found: Any, levels: int) -> tuple[Any, ...]:  # noqa: ANN401 - lists of lists
    if not isinstance(found, list | tuple) or not found:
        raise ValueError("the coordinates are empty or nested otherwise than their type")
    if levels:
        return tuple(_nested(part, levels - 1) for part in found)
    if not 2 <= len(found) <= 3:
        raise ValueError("a position has two numbers")
    return tuple(coordinate(part) for part in found[:2])
