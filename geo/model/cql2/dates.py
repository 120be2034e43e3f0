"""Texts that stand where a date must: QGIS writes ``day BETWEEN '2026-01-05' AND '2026-01-07'``."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from geo.model.cql2 import literals
from geo.model.cql2.tree import (
    And,
    Between,
    Comparison,
    Date,
    In,
    IsNull,
    Not,
    Or,
    Predicate,
    Property,
    Text,
    Timestamp,
    Value,
)
from geo.model.layer import FieldType

_READERS: dict[str, Callable[[str], Date | Timestamp]] = {
    "date": literals.day,
    "datetime": literals.moment,
}


def dated(tree: Predicate, fields: Mapping[str, FieldType]) -> Predicate:
    """Return a tree in which texts compared with a date or an instant are one, if they can be.

    The standard permits such a cast; whatever else stands there is left for the check to refuse.
    """
    match tree:
        case And(parts):
            return And(tuple(dated(part, fields) for part in parts))
        case Or(parts):
            return Or(tuple(dated(part, fields) for part in parts))
        case Not(part):
            return Not(dated(part, fields))
        case IsNull(And() | Or() | Not() | Comparison() | Between() | In() as part):
            return IsNull(dated(part, fields))
        case Comparison(op, left, right):
            return Comparison(op, *_cast([left, right], fields))
        case Between(value, low, high):
            return Between(*_cast([value, low, high], fields))
        case In(value, items):
            first, *others = _cast([value, *items], fields)
            return In(first, tuple(others))
        case _:
            return tree


def _cast(values: list[Value], fields: Mapping[str, FieldType]) -> list[Value]:
    kinds = [fields.get(value.name, "") for value in values if isinstance(value, Property)]
    kind = next((kind for kind in kinds if kind in _READERS), None)
    if kind is None:
        return values
    return [_read(value, kind) if isinstance(value, Text) else value for value in values]


def _read(text: Text, kind: str) -> Text | Date | Timestamp:
    try:
        return _READERS[kind](text.value)
    except ValueError:
        return text
