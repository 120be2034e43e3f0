"""A tree as CQL2 text that reads back as the same tree."""

from __future__ import annotations

import re
from typing import Any

from geo.model.cql2.stream import RESERVED
from geo.model.cql2.tokens import quoted
from geo.model.cql2.tree import (
    And,
    Arithmetic,
    Between,
    Boolean,
    Box,
    Comparison,
    Date,
    Folded,
    Geometry,
    In,
    Interval,
    IsNull,
    Like,
    Node,
    Not,
    Number,
    Or,
    Property,
    Spatial,
    Temporal,
    Text,
    Timestamp,
)

_PLAIN = re.compile(r"[^\W\d]\w*")


def to_text(node: Node) -> str:
    """Return a tree as CQL2 text, with brackets around whatever is made of parts."""
    match node:
        case And(parts) | Or(parts):
            return (" AND " if isinstance(node, And) else " OR ").join(map(_apart, parts))
        case Not(part):
            return f"NOT {_apart(part)}"
        case Comparison(op, left, right) | Arithmetic(op, left, right):
            return f"{_apart(left)} {op} {_apart(right)}"
        case Like(value, pattern):
            return f"{_apart(value)} LIKE {_apart(pattern)}"
        case Between(value, low, high):
            return f"{_apart(value)} BETWEEN {_apart(low)} AND {_apart(high)}"
        case In(value, items):
            return f"{_apart(value)} IN ({', '.join(map(_apart, items))})"
        case IsNull(part):
            return f"{_apart(part)} IS NULL"
        case Spatial(op, left, right) | Temporal(op, left, right):
            return f"{op.upper()}({to_text(left)}, {to_text(right)})"
        case _:
            return _leaf(node)


def moment_text(value: Timestamp) -> str:
    """Return an instant as ``2026-11-22T03:15:00Z``, with decimals if it has any."""
    return value.value.isoformat().replace("+00:00", "Z")


def _apart(node: Node) -> str:
    made_of_parts = (And, Or, Not, Comparison, Arithmetic, Like, Between, In, IsNull)
    return f"({to_text(node)})" if isinstance(node, made_of_parts) else to_text(node)


def _name(name: str) -> str:
    plain = _PLAIN.fullmatch(name) and name.upper() not in {*RESERVED, "DIV"}
    escaped = name.replace('"', '""')
    return name if plain else f'"{escaped}"'


def _leaf(node: Node) -> str:
    match node:
        case Property(name):
            return _name(name)
        case Text(value):
            return quoted(value)
        case Number(value):
            return repr(value)
        case Boolean(value):
            return "TRUE" if value else "FALSE"
        case Date(value):
            return f"DATE('{value.isoformat()}')"
        case Timestamp():
            return f"TIMESTAMP('{moment_text(node)}')"
        case Folded(how, part):
            return f"{how.upper()}({to_text(part)})"
        case Interval(start, end):
            return f"INTERVAL({_end(start)}, {_end(end)})"
        case _:
            return _place(node)


def _place(node: Node) -> str:
    if isinstance(node, Box):
        return f"BBOX({', '.join(map(repr, node.corners))})"
    assert isinstance(node, Geometry)  # noqa: S101 - the last one that there is
    return _geometry(node.kind, node.coordinates)


def _end(end: Date | Timestamp | Property | None) -> str:
    match end:
        case None:
            return "'..'"
        case Date(value):
            return f"'{value.isoformat()}'"
        case Timestamp():
            return f"'{moment_text(end)}'"
        case _:
            return to_text(end)


def _geometry(kind: str, coordinates: tuple[Any, ...]) -> str:
    if kind == "GeometryCollection":
        return f"GEOMETRYCOLLECTION({', '.join(map(to_text, coordinates))})"
    nested = (coordinates,) if kind == "Point" else coordinates
    if kind == "MultiPoint":
        nested = tuple((position,) for position in coordinates)
    return f"{kind.upper()}{_positions(nested)}"


def _positions(found: tuple[Any, ...]) -> str:
    if isinstance(found[0], float):
        return " ".join(map(repr, found))
    return f"({', '.join(map(_positions, found))})"
