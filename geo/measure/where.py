"""``where`` of a card: CQL2 over an Arrow table, with SQL's three-valued logic.

A comparison with a missing value is neither true nor false; a row is taken only where the whole
filter is true. :mod:`geo.store.filter` gives the same rows from SQL.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from geo.errors import MeasureError, UsageError
from geo.model.cql2 import Predicate, check, lowered, parse_text, property_names
from geo.model.cql2 import meaning as m
from geo.model.cql2.tree import (
    And,
    Arithmetic,
    Boolean,
    Comparison,
    Folded,
    In,
    IsNull,
    Like,
    Node,
    Not,
    Or,
    Property,
)
from geo.model.layer import FieldType

GEOMETRY = "geometry"
"""The column that no filter sees."""

_EXACT = 2**53
"""Whole numbers up to here are floats as well."""

_Kind = Callable[[pa.DataType], bool]
_TYPES: tuple[tuple[FieldType, _Kind], ...] = (
    ("string", lambda kind: pa.types.is_string(kind) or pa.types.is_large_string(kind)),
    ("integer", pa.types.is_integer),
    ("number", pa.types.is_floating),
    ("boolean", pa.types.is_boolean),
    ("date", pa.types.is_date),
    ("datetime", pa.types.is_timestamp),
)
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": pc.equal,
    "<>": pc.not_equal,
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}
_EXACTLY: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ADD: dict[str, Callable[[Any, Any], Any]] = {
    "+": pc.add,
    "-": pc.subtract,
    "*": pc.multiply,
    "/": lambda left, right: pc.divide(left, pc.if_else(pc.equal(right, 0.0), None, right)),
}
_CALCULATE: dict[str, Callable[[Any, Any], Any]] = {
    "%": m.remainder,
    "div": m.whole_quotient,
    "^": m.power,
}
Column = Any
"""A pyarrow array of n values, or a scalar that stands for all of them."""


def select(where: str, table: pa.Table) -> NDArray[np.bool_]:
    """Return which rows of a table a filter takes.

    Parameters
    ----------
    where : str
        CQL2 text; empty takes every row.
    table : pyarrow.Table
        n rows.

    Returns
    -------
    numpy.ndarray of bool, shape (n,)

    Raises
    ------
    MeasureError
        If the filter cannot be read, names an unknown field, or compares what cannot be compared.
    """
    if not where.strip():
        return np.ones(table.num_rows, dtype=bool)
    tree = _checked(where, {name: kind for name, kind in _types(table).items() if kind})
    mask = pc.fill_null(_Rows(table).holds(lowered(tree)), False)
    if isinstance(mask, pa.Scalar):
        return np.full(table.num_rows, mask.as_py(), dtype=bool)
    return np.asarray(mask.to_numpy(zero_copy_only=False), dtype=bool).reshape(-1)


def fields(where: str) -> tuple[str, ...]:
    """Return the fields that a filter reads, in the order of their first mention.

    Raises
    ------
    MeasureError
        If the filter cannot be read.
    """
    return property_names(_checked(where, None)) if where.strip() else ()


def unknown_field(name: str, names: Sequence[str]) -> MeasureError:
    """Return the error for a filter over a field that a layer does not have."""
    return MeasureError(
        f"the filter names a field that is not there: {name!r}",
        where="where",
        fix=f"the fields are: {', '.join(names)}",
    )


def _checked(where: str, types: dict[str, FieldType] | None) -> Predicate:
    try:
        tree = parse_text(where)
        if types is not None:
            check(tree, types, geometry=False)
    except UsageError as error:
        place = "where" if error.where == "filter" else f"where, {error.where}"
        raise MeasureError(error.what, where=place, fix=error.fix) from None
    return tree


def _types(table: pa.Table) -> dict[str, FieldType | None]:
    return {
        field.name: next((kind for kind, is_kind in _TYPES if is_kind(field.type)), None)
        for field in table.schema
        if field.name != GEOMETRY
    }


class _Rows:
    """Predicates and values over the rows of one table."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def holds(self, node: Node) -> Column:
        """Return a predicate as booleans and nulls."""
        match node:
            case And(parts):
                return reduce(pc.and_kleene, map(self.holds, parts))
            case Or(parts):
                return reduce(pc.or_kleene, map(self.holds, parts))
            case Not(part):
                return pc.invert(self.holds(part))
            case Comparison(op, left, right):
                return _compared(op, self._value(left), self._value(right))
            case Like(value, pattern):
                matches = m.Pattern(m.pattern_text(pattern)).matches
                return _mapped(self._value(value), matches, pa.bool_())
            case In(value, items):
                # A chain of equalities, so that a missing value stays unknown.
                found = self._value(value)
                each = (_compared("=", found, self._value(item)) for item in items)
                return reduce(pc.or_kleene, each)
            case IsNull(part):
                known = isinstance(part, And | Or | Not | Comparison | Like | In | IsNull)
                return pc.is_null(self.holds(part) if known else self._value(part))
        assert isinstance(node, Boolean)  # noqa: S101 - check refuses geometries
        return pa.scalar(node.value)

    def _value(self, node: Node) -> Column:
        match node:
            case Property(name):
                return _without_nan(self._table.column(name))
            case Folded(how, part):
                return _mapped(self._value(part), m.FOLDS[how], pa.string())
            case Arithmetic(op, left, right):
                return _calculated(op, _real(self._value(left)), _real(self._value(right)))
            case _:
                return pa.scalar(getattr(node, "value"))  # noqa: B009 - a literal, of any type


def _without_nan(column: Column) -> Column:
    """Not a number is a missing one, as it is in serve.sqlite and in GeoJSON."""
    if not pa.types.is_floating(column.type):
        return column
    return pc.if_else(pc.is_nan(column), None, column)


def _compared(op: str, left: Column, right: Column) -> Column:
    if pa.types.is_boolean(left.type):
        left, right = left.cast(pa.int8()), right.cast(pa.int8())
    if left.type != right.type and _loses(left, right):
        return _paired(_EXACTLY[op], left, right, pa.bool_())
    return _COMPARE[op](left, right)


def _loses(left: Column, right: Column) -> bool:
    """Tell whether a whole number is too large to be compared as a float."""
    whole = next((one for one in (left, right) if pa.types.is_integer(one.type)), None)
    if whole is None:
        return False
    if isinstance(whole, pa.Scalar):
        return bool(whole.is_valid and abs(whole.as_py()) > _EXACT)
    ends = pc.min_max(whole).as_py()
    return any(end is not None and abs(end) > _EXACT for end in ends.values())


def _real(column: Column) -> Column:
    return pc.cast(column, pa.float64(), safe=False)


def _calculated(op: str, left: Column, right: Column) -> Column:
    if op in _CALCULATE:
        return _paired(_CALCULATE[op], left, right, pa.float64())
    return _without_nan(_ADD[op](left, right))


def _paired(
    function: Callable[[Any, Any], Any], left: Column, right: Column, kind: pa.DataType
) -> Column:
    """Call a function for each pair of values; a null makes a null."""
    if isinstance(left, pa.Scalar) and isinstance(right, pa.Scalar):
        return pa.scalar(_called(function, left.as_py(), right.as_py()), kind)
    count = len(right) if isinstance(left, pa.Scalar) else len(left)
    lists = [
        [one.as_py()] * count if isinstance(one, pa.Scalar) else one.to_pylist()
        for one in (left, right)
    ]
    found = [_called(function, *pair) for pair in zip(*lists, strict=True)]
    return pa.chunked_array([pa.array(found, kind)])


def _called(function: Callable[[Any, Any], Any], left: object, right: object) -> object:
    return None if left is None or right is None else function(left, right)


def _mapped(column: Column, function: Callable[[str], Any], kind: pa.DataType) -> Column:
    """Call a function for each different text; a null stays one."""
    if isinstance(column, pa.Scalar):
        value = column.as_py()
        return pa.scalar(None if value is None else function(value), kind)
    coded = column.combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    texts = coded.dictionary.to_pylist()
    found = pa.array([None if text is None else function(text) for text in texts], kind)
    return pa.chunked_array([found.take(coded.indices)])
