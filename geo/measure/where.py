"""``where`` of a card: CQL2 text to a mask over an Arrow table, with SQL's three-valued logic.

A comparison with a missing value is neither true nor false; a row is taken only where the whole
filter is true.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pygeofilter import ast

from geo.errors import MeasureError
from geo.measure.tokens import APOSTROPHE, Every, Opposite, Some, read

GEOMETRY = "geometry"
"""The column that no filter sees."""

_COMPARE: dict[type, Callable[[Any, Any], Any]] = {
    ast.Equal: pc.equal,
    ast.NotEqual: pc.not_equal,
    ast.LessThan: pc.less,
    ast.LessEqual: pc.less_equal,
    ast.GreaterThan: pc.greater,
    ast.GreaterEqual: pc.greater_equal,
}


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
    mask = pc.fill_null(_evaluate(read(where), table), False)
    if isinstance(mask, pa.Scalar):
        return np.full(table.num_rows, mask.as_py(), dtype=bool)
    return np.asarray(mask.to_numpy(zero_copy_only=False), dtype=bool).reshape(-1)


def fields(where: str) -> tuple[str, ...]:
    """Return the fields that a filter reads, in the order of their first mention."""
    found: dict[str, None] = {}
    waiting = [read(where)] if where.strip() else []
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.Attribute):
            found[node.name] = None
        waiting = [*_children(node), *waiting]
    return tuple(found)


def _children(node: Any) -> list[Any]:  # noqa: ANN401 - pygeofilter's nodes have no common type
    if isinstance(node, Every | Some):
        return list(node.parts)
    if isinstance(node, Opposite):
        return [node.part]
    names = ("lhs", "rhs", "low", "high", "sub_nodes")
    found = [getattr(node, name) for name in names if hasattr(node, name)]
    return [each for part in found for each in (part if isinstance(part, list) else [part])]


def _evaluate(node: Any, table: pa.Table) -> Any:  # noqa: ANN401 - see _children
    if isinstance(node, Every | Some):
        join = pc.and_kleene if isinstance(node, Every) else pc.or_kleene
        mask = _evaluate(node.parts[0], table)
        for part in node.parts[1:]:
            mask = join(mask, _evaluate(part, table))
        return mask
    if isinstance(node, Opposite):
        return pc.invert(_evaluate(node.part, table))
    if isinstance(node, ast.Include):
        return pa.scalar(not node.not_)
    try:
        return _predicate(node, table)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError):
        raise MeasureError(
            f"the filter compares values of different kinds: {_shown(node, table)}",
            where="where",
            fix="text stands in 'quotes', numbers do not; a date is DATE('2026-01-31')",
        ) from None


def _predicate(node: Any, table: pa.Table) -> Any:  # noqa: ANN401 - see _children
    if type(node) in _COMPARE:
        return _COMPARE[type(node)](_operand(node.lhs, table), _operand(node.rhs, table))
    if isinstance(node, ast.IsNull):
        mask = pc.is_null(_operand(node.lhs, table))
    elif isinstance(node, ast.Between):
        value = _operand(node.lhs, table)
        low, high = _operand(node.low, table), _operand(node.high, table)
        mask = pc.and_kleene(pc.greater_equal(value, low), pc.less_equal(value, high))
    elif isinstance(node, ast.In):
        mask = _among(node, table)
    elif isinstance(node, ast.Like):
        mask = pc.match_like(_operand(node.lhs, table), _pattern(node.pattern))
    else:
        raise MeasureError(
            "the filter uses what Geobank does not know",
            where="where",
            fix="use =, <>, <, <=, >, >=, AND, OR, NOT, IN, BETWEEN, LIKE and IS NULL",
        )
    return pc.invert(mask) if node.not_ else mask


def _among(node: ast.In, table: pa.Table) -> Any:  # noqa: ANN401 - an array or a scalar
    """IN as a chain of equalities, so that a missing value stays unknown."""
    value = _operand(node.lhs, table)
    mask = pc.equal(value, _operand(node.sub_nodes[0], table))
    for other in node.sub_nodes[1:]:
        mask = pc.or_kleene(mask, pc.equal(value, _operand(other, table)))
    return mask


def _operand(node: Any, table: pa.Table) -> Any:  # noqa: ANN401 - see _children
    if isinstance(node, ast.Attribute):
        names = [name for name in table.column_names if name != GEOMETRY]
        if node.name not in names:
            raise unknown_field(node.name, names)
        return table.column(node.name)
    if isinstance(node, str):
        return pa.scalar(_text(node))
    if isinstance(node, bool | int | float | date | datetime):
        return pa.scalar(node)
    raise MeasureError(
        "the filter calculates or calls a function",
        where="where",
        fix="compare fields with values: name = 'value'",
    )


def unknown_field(name: str, names: Sequence[str]) -> MeasureError:
    """Return the error for a filter over a field that a layer does not have."""
    return MeasureError(
        f"the filter names a field that is not there: {name!r}",
        where="where",
        fix=f"the fields are: {', '.join(names)}",
    )


def _text(value: str) -> str:
    return value.replace(APOSTROPHE, "'")


def _pattern(value: Any) -> str:  # noqa: ANN401 - see _children
    if not isinstance(value, str):
        raise MeasureError(
            "LIKE needs a pattern", where="where", fix="write LIKE 'par%', in single quotes"
        )
    return _text(value)


def _shown(node: Any, table: pa.Table) -> str:  # noqa: ANN401 - see _children
    names = [child.name for child in _children(node) if isinstance(child, ast.Attribute)]
    return ", ".join(f"{name} is {table.schema.field(name).type}" for name in names) or "literals"
