"""What the least and greatest values of a row group say about a filter, before it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from geo.model.cql2.tree import (
    And,
    Boolean,
    Comparison,
    Date,
    In,
    IsNull,
    Number,
    Or,
    Predicate,
    Property,
    Text,
)

_TURNED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True)
class Range:
    """One column of a row group.

    Attributes
    ----------
    low, high : any
        Bounds of the values that are not missing (NaN aside); None where all are missing.
    nulls : int or None
        Missing values, when known.
    rows : int
    """

    low: Any
    high: Any
    nulls: int | None
    rows: int


Ranges = Mapping[str, Range | None]


def impossible(where: Predicate, ranges: Ranges) -> bool:
    """Tell whether surely no row of a row group passes a filter.

    Only comparisons of a column with a literal are looked at; anything else may be true.

    Parameters
    ----------
    where : Predicate
        Lowered (:func:`geo.model.cql2.lowered`).
    ranges : mapping
        Column name to what is known of it.
    """
    match where:
        case And(parts):
            return any(impossible(part, ranges) for part in parts)
        case Or(parts):
            return all(impossible(part, ranges) for part in parts)
        case Comparison(op, Property(name), (Number() | Text() | Date()) as literal):
            return _never(op, ranges.get(name), literal.value)
        case Comparison(op, (Number() | Text() | Date()) as literal, Property(name)):
            return _never(_TURNED[op], ranges.get(name), literal.value)
        case In(Property(name), items):
            values = [getattr(item, "value", None) for item in items]
            return all(_never("=", ranges.get(name), value) for value in values)
        case IsNull(Property(name)):
            found = ranges.get(name)
            # NaN counts as missing, and no statistics count it.
            return found is not None and found.nulls == 0 and not isinstance(found.low, float)
        case Boolean(value):
            return not value
    return False


def _never(op: str, found: Range | None, value: Any) -> bool:  # noqa: ANN401 - a literal
    if found is None:
        return False
    if found.low is None:
        return found.nulls == found.rows
    if not _alike(found.low, value) or not _alike(found.high, value):
        return False
    return bool(
        {
            "=": value < found.low or value > found.high,
            "<": found.low >= value,
            "<=": found.low > value,
            ">": found.high <= value,
            ">=": found.high < value,
            "<>": False,
        }[op]
    )


def _alike(bound: object, value: object) -> bool:
    """Tell whether two values can be put in order: both numbers, texts or days."""
    for kinds in ((int, float), (str,), (date,)):
        if isinstance(bound, kinds) and isinstance(value, kinds):
            return not any(isinstance(one, bool | datetime) for one in (bound, value))
    return False
