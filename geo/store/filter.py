"""A CQL2 filter over serve.sqlite: what fields say as SQL, what geometries say as sets of rid.

Every value is bound; columns are called c0, c1, ... SQL's three-valued logic is CQL2's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np

from geo.errors import UsageError
from geo.limits import limit
from geo.model.cql2 import Predicate, lowered
from geo.model.cql2 import meaning as m
from geo.model.cql2.tree import (
    And,
    Arithmetic,
    Boolean,
    Comparison,
    Date,
    Folded,
    In,
    IsNull,
    Like,
    Node,
    Not,
    Number,
    Or,
    Property,
    Spatial,
    Text,
    Timestamp,
    walk,
)
from geo.model.layer import FieldType
from geo.store.boxes import FOUND, Area, Wanted, numbers, sql, where_of
from geo.store.fragments import instant
from geo.store.spatial import related, touching

Columns = Mapping[str, tuple[str, FieldType]]
"""Public field -> its column in serve.sqlite, and its type."""

_LEVELS = 8
"""Levels of a filter that are written as one expression."""

_FUNCTIONS: tuple[tuple[str, int, Callable[..., Any]], ...] = (
    ("casei", 1, m.fold_case),
    ("accenti", 1, m.strip_accents),
    ("cql_mod", 2, m.remainder),
    ("cql_div", 2, m.whole_quotient),
    ("cql_pow", 2, m.power),
)
_CALCULATED = {"%": "cql_mod(", "div": "cql_div(", "^": "cql_pow("}
_GLOB = {"*": "[*]", "?": "[?]", "[": "[[]"}


@dataclass(frozen=True)
class Asked:
    """Which features are asked for; all conditions must hold.

    Attributes
    ----------
    tree : Predicate
        Checked against the fields.
    crs : str
        CRS of the geometries in it.
    area : Area or None
    wanted : list of (str, value)
    """

    tree: Predicate
    crs: str
    area: Area | None
    wanted: Wanted


def define_functions(db: sqlite3.Connection) -> None:
    """Teach a connection the functions that filters call; none of them raises."""
    for name, arguments, function in _FUNCTIONS:
        db.create_function(name, arguments, function, deterministic=True)


def matching(db: sqlite3.Connection, path: Path, columns: Columns, asked: Asked) -> np.ndarray:
    """Return the features that match.

    Parameters
    ----------
    db : sqlite3.Connection
    path : Path
        Of the same serve.sqlite: answers are kept by it.

    Returns
    -------
    numpy.ndarray of int64, shape (m,)
        Their rid, ascending.

    Raises
    ------
    UsageError
        If a geometry in the filter has no meaning, or there are too many.
    """
    key = (str(path), asked.tree, asked.crs, asked.area, tuple(asked.wanted))
    return FOUND.get(key, lambda: _Search(db, columns, asked).rids(path))


class _Search:
    """One filter on one connection."""

    def __init__(self, db: sqlite3.Connection, columns: Columns, asked: Asked) -> None:
        self._db = db
        self._columns = columns
        self._asked = asked
        self._values: list[Any] = []
        self._steps: list[str] = []
        self._level = 0
        shapes = sum(isinstance(node, Spatial) for node in walk(asked.tree))
        if shapes > limit("filter_shapes"):
            raise UsageError(
                f"the filter holds {shapes} spatial conditions",
                where="filter",
                fix=f"at most {limit('filter_shapes')}; join geometries into one MULTI...",
            )

    def rids(self, path: Path) -> np.ndarray:
        """Return what matches. Sets that must all hold need no SQL."""
        asked = self._asked
        sets, others = [], []
        for part in _conjuncts(lowered(asked.tree)):
            if isinstance(part, Spatial):
                sets.append(related(self._db, part, asked.crs))
            else:
                others.append(part)
        if asked.area is not None:
            sets.append(touching(self._db, path, asked.area))
        known = [one for one in sets if isinstance(one, np.ndarray)]
        if any(one is False for one in sets):
            return np.empty(0, dtype=np.int64)
        if others or asked.wanted or not known:
            known.append(self._by_value(others))
        return reduce(lambda one, other: np.intersect1d(one, other, assume_unique=True), known)

    def _by_value(self, parts: Sequence[Predicate]) -> np.ndarray:
        terms = [self._holds(And(tuple(parts)))] if parts else []
        terms += [sql(column, "IS", self._bound(value)) for column, value in self._asked.wanted]
        where, _ = where_of([], *terms)
        source = f"s{len(self._steps)}" if self._steps else "features"
        rows = self._db.execute(
            sql(self._with(), "SELECT rid FROM", source, where, "ORDER BY rid"), self._values
        )
        return np.fromiter((row[0] for row in rows), dtype=np.int64)

    def _with(self) -> str:
        """Return the steps of a deep filter: SQLite's parser reads some 30 levels, then stops."""
        steps, before = [], "features"
        for i, step in enumerate(self._steps, 1):
            steps.append(sql(f"s{i} AS ( SELECT *,", step, f"AS e{i} FROM", before, ")"))
            before = f"s{i}"
        return sql("WITH", ", ".join(steps)) if steps else ""

    def _shallow(self, node: Node, write: Callable[[Node], str]) -> str:
        """Write a node; every few levels as a step of its own, which the rest names."""
        if self._level < _LEVELS:
            self._level += 1
            found = write(node)
            self._level -= 1
            return found
        level, self._level = self._level, 0
        self._steps.append(write(node))
        self._level = level
        return f"e{len(self._steps)}"

    def _holds(self, node: Node) -> str:
        """Return a predicate as SQL."""
        return self._shallow(node, self._predicate)

    def _predicate(self, node: Node) -> str:
        match node:
            case And(parts):
                return _joined("AND", [self._holds(part) for part in parts])
            case Or(parts):
                return _joined("OR", [self._holds(part) for part in parts])
            case Not(part):
                return sql("( NOT", self._holds(part), ")")
            case Comparison(op, left, right):
                return sql("(", self._value(left), op, self._value(right), ")")
            case Like(value, pattern):
                found = self._value(value)
                return sql("(", found, "GLOB", self._bound(_glob(m.pattern_text(pattern))), ")")
            case In(value, items):
                found = self._value(value)
                return sql("(", found, "IN (", ", ".join(map(self._value, items)), "))")
            case IsNull(part):
                return self._is_null(part)
            case Spatial():
                return self._placed(node)
        assert isinstance(node, Boolean)  # noqa: S101 - lowered trees hold nothing else
        return self._bound(int(node.value))

    def _is_null(self, part: Node) -> str:
        if isinstance(part, Property) and part.name not in self._columns:
            return self._bound(0)  # each feature has a geometry
        if isinstance(part, And | Or | Not | Comparison | Like | In | IsNull | Spatial):
            return sql("(", self._holds(part), "IS NULL )")
        if isinstance(part, Property | Arithmetic | Folded):
            return sql("(", self._value(part), "IS NULL )")
        return self._bound(0)

    def _placed(self, leaf: Spatial) -> str:
        found = related(self._db, leaf, self._asked.crs)
        if isinstance(found, bool):
            return self._bound(int(found))
        rids = self._bound(numbers(found))
        return sql("( rid IN ( SELECT value FROM json_each(", rids, ")))")

    def _value(self, node: Node) -> str:
        return self._shallow(node, self._scalar)

    def _scalar(self, node: Node) -> str:
        match node:
            case Property(name):
                column, kind = self._columns[name]
                # Without the Z, an instant with decimals comes after one without.
                return sql("rtrim(", column, ", 'Z')") if kind == "datetime" else column
            case Folded(how, part):
                return sql(sql(how, "("), self._value(part), ")")
            case Arithmetic():
                return self._arithmetic(node)
            case _:
                return self._bound(_literal(node))

    def _arithmetic(self, node: Arithmetic) -> str:
        left, right = self._real(node.left), self._real(node.right)
        if node.op in _CALCULATED:
            return sql(_CALCULATED[node.op], left, ",", right, ")")
        return sql("(", left, node.op, right, ")")

    def _real(self, node: Node) -> str:
        if isinstance(node, Number):
            return self._bound(float(node.value))
        if isinstance(node, Arithmetic):
            return self._value(node)
        return sql("CAST(", self._value(node), "AS REAL )")

    def _bound(self, value: Any) -> str:  # noqa: ANN401 - whatever SQLite holds
        self._values.append(value)
        return f"?{len(self._values)}"


def _conjuncts(tree: Predicate) -> list[Predicate]:
    """Return predicates that must all be true for the tree to be."""
    if isinstance(tree, And):
        return [each for part in tree.parts for each in _conjuncts(part)]
    return [tree]


def _joined(word: str, parts: Sequence[str]) -> str:
    """Join conditions by tens: SQLite walks expressions 1 000 levels deep at most."""
    while len(parts) > 10:
        parts = [_joined(word, parts[i : i + 10]) for i in range(0, len(parts), 10)]
    return sql("(", sql("", word, "").join(parts), ")")


def _glob(pattern: str) -> str:
    """Return a pattern of LIKE as one of GLOB, which knows upper from lower case."""
    wild = {"%": "*", "_": "?"}
    return "".join(
        wild[character] if is_wild else _GLOB.get(character, character)
        for character, is_wild in m.pattern_parts(pattern)
    )


def _literal(node: Node) -> str | int | float:
    match node:
        case Text(value) | Number(value):
            return value
        case Boolean(value):
            return int(value)
        case Date(value):
            return value.isoformat()
        case Timestamp(value):
            return instant(value).removesuffix("Z")
    raise AssertionError(type(node))
