"""A CQL2 filter as a tree of frozen values: equal trees mean the same, and serve as keys.

The words are those of OGC 21-065r2. Everything that is a predicate is true, false or unknown
for a feature; everything else is a value, or null.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Literal

CompareOp = Literal["=", "<>", "<", "<=", ">", ">="]
ArithmeticOp = Literal["+", "-", "*", "/", "%", "div", "^"]
Fold = Literal["casei", "accenti"]
GeometryKind = Literal[
    "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon",
    "GeometryCollection",
]  # fmt: skip

COMPARE: tuple[CompareOp, ...] = ("=", "<>", "<", "<=", ">", ">=")
ARITHMETIC: tuple[ArithmeticOp, ...] = ("+", "-", "*", "/", "%", "div", "^")
SPATIAL = (
    "s_intersects", "s_equals", "s_disjoint", "s_touches", "s_within", "s_overlaps", "s_crosses",
    "s_contains",
)  # fmt: skip
INSTANT_OR_INTERVAL = ("t_after", "t_before", "t_disjoint", "t_equals", "t_intersects")
"""Temporal functions that take instants as well as intervals; the others take intervals only."""

TEMPORAL = (
    *INSTANT_OR_INTERVAL, "t_contains", "t_during", "t_finishedBy", "t_finishes", "t_meets",
    "t_metBy", "t_overlappedBy", "t_overlaps", "t_startedBy", "t_starts",
)  # fmt: skip


@dataclass(frozen=True)
class Property:
    """The value of a field, or the geometry."""

    name: str


@dataclass(frozen=True)
class Text:
    """A character literal."""

    value: str


@dataclass(frozen=True)
class Number:
    """A finite number; a whole one that does not fit into 64 bits is a float."""

    value: int | float


@dataclass(frozen=True)
class Boolean:
    """TRUE or FALSE; a value, and a predicate."""

    value: bool


@dataclass(frozen=True)
class Date:
    """A day."""

    value: date


@dataclass(frozen=True)
class Timestamp:
    """An instant in UTC, to the microsecond."""

    value: datetime


@dataclass(frozen=True)
class Interval:
    """Time between two instants, both included; None: unbounded."""

    start: Date | Timestamp | Property | None
    end: Date | Timestamp | Property | None


@dataclass(frozen=True)
class Geometry:
    """A geometry as GeoJSON holds it, in tuples; a collection holds geometries."""

    kind: GeometryKind
    coordinates: tuple[Any, ...]


@dataclass(frozen=True)
class Box:
    """Two corners, in the axis order of the filter's CRS."""

    corners: tuple[float, float, float, float]


@dataclass(frozen=True)
class Arithmetic:
    """A calculation in double precision."""

    op: ArithmeticOp
    left: Value
    right: Value


@dataclass(frozen=True)
class Folded:
    """A text without the difference of case (casei) or of accents (accenti)."""

    how: Fold
    part: Value


@dataclass(frozen=True)
class And:
    """All of two or more predicates hold."""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True)
class Or:
    """One of two or more predicates holds."""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True)
class Not:
    """The opposite of a predicate holds."""

    part: Predicate


@dataclass(frozen=True)
class Comparison:
    """Two values compared."""

    op: CompareOp
    left: Value
    right: Value


@dataclass(frozen=True)
class Like:
    """A text matches a pattern: ``%`` any text, ``_`` one character, a backslash before either."""

    value: Value
    pattern: Value


@dataclass(frozen=True)
class Between:
    """A value lies between two others, both included."""

    value: Value
    low: Value
    high: Value


@dataclass(frozen=True)
class In:
    """A value equals one of a list."""

    value: Value
    items: tuple[Value, ...]


@dataclass(frozen=True)
class IsNull:
    """A value is missing, or a predicate is unknown."""

    part: Node


@dataclass(frozen=True)
class Spatial:
    """Two geometries stand in a relation of :data:`SPATIAL`."""

    op: str
    left: Property | Geometry | Box
    right: Property | Geometry | Box


@dataclass(frozen=True)
class Temporal:
    """Two instants or intervals stand in a relation of :data:`TEMPORAL`."""

    op: str
    left: Property | Date | Timestamp | Interval
    right: Property | Date | Timestamp | Interval


Value = Property | Text | Number | Boolean | Date | Timestamp | Arithmetic | Folded
Predicate = (
    And | Or | Not | Comparison | Like | Between | In | IsNull | Spatial | Temporal | Boolean
)
Node = Value | Predicate | Interval | Geometry | Box

_LEAVES = (Property, Text, Number, Boolean, Date, Timestamp, Geometry, Box)


def children(node: Node) -> Iterator[Node]:
    """Give the nodes directly below one, left to right."""
    if isinstance(node, _LEAVES):
        return
    for field in fields(node):
        found = getattr(node, field.name)
        if isinstance(found, tuple):
            yield from found
        elif found is not None and not isinstance(found, str):
            yield found


def walk(node: Node) -> Iterator[Node]:
    """Give a node and all below it, in the order of the text; no recursion, however deep."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        waiting += reversed(list(children(found)))


def property_names(node: Node) -> tuple[str, ...]:
    """Return the properties that a filter reads, in the order of their first mention."""
    return tuple(dict.fromkeys(part.name for part in walk(node) if isinstance(part, Property)))


def depth(node: Node) -> int:
    """Return the levels of a tree; a single node has 1."""
    level, levels = [node], 0
    while level:
        levels += 1
        level = [child for parent in level for child in children(parent)]
    return levels
