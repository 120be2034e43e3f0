"""CQL2 text to a tree: one pass, by the rank of operators, linear in the length of the text."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from geo.model.cql2.refusal import shallow
from geo.model.cql2.stream import KINDS, OPERATORS, Stream
from geo.model.cql2.tokens import Token, cut
from geo.model.cql2.tree import (
    COMPARE,
    SPATIAL,
    TEMPORAL,
    And,
    Arithmetic,
    ArithmeticOp,
    Between,
    Boolean,
    Box,
    Comparison,
    Date,
    Fold,
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
    Predicate,
    Property,
    Spatial,
    Temporal,
    Timestamp,
    Value,
)

_OR, _AND, _PREDICATE, _SUM, _PRODUCT, _POWER, _TIGHTEST = range(1, 8)
_RANKS = {
    "OR": _OR, "AND": _AND,
    **dict.fromkeys((*COMPARE, "NOT", "LIKE", "BETWEEN", "IN", "IS"), _PREDICATE),
    "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "%": _PRODUCT, "DIV": _PRODUCT,
    "^": _POWER,
}  # fmt: skip
_SPATIAL = {name.upper(): name for name in SPATIAL}
_TEMPORAL = {name.upper(): name for name in TEMPORAL}


def parse_text(text: str) -> Predicate:
    """Return a CQL2 text as a tree.

    Raises
    ------
    UsageError
        With the character, and what was expected there.
    """
    return shallow(_Parser(Stream(cut(text))).whole())


class _Parser:
    """Operators by their rank: what binds tighter is read first, brackets start anew."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def whole(self) -> Predicate:
        first = self._stream.here
        found = _predicate(self._expression(_OR), first)
        if self._stream.here.kind != "end":
            self._stream.here.unexpected("AND, OR or the end")
        return found

    def _expression(self, rank: int) -> Node:
        first = self._stream.here
        found = self._prefix()
        while (own := self._rank()) >= rank:
            if own == _OR:
                found = Or(self._joined("OR", found, first, _AND))
            elif own == _AND:
                found = And(self._joined("AND", found, first, _PREDICATE))
            elif own == _PREDICATE:
                found = self._compared(_value(found, first))
            else:
                found = self._calculated(_value(found, first), own)
        return found

    def _rank(self) -> int:
        here = self._stream.here
        return _RANKS.get(here.value, 0) if here.kind in ("word", "mark") else 0

    def _joined(self, word: str, left: Node, first: Token, rank: int) -> tuple[Predicate, ...]:
        parts = [_predicate(left, first)]
        while self._stream.accept(word):
            first = self._stream.here
            parts.append(_predicate(self._expression(rank), first))
        return tuple(parts)

    def _value(self, rank: int = _SUM) -> Value:
        first = self._stream.here
        return _value(self._expression(rank), first)

    def _calculated(self, left: Value, rank: int) -> Arithmetic:
        op = cast(ArithmeticOp, self._stream.take().value.lower())
        right = self._value(rank + 1)
        if rank == _POWER and self._stream.at("^"):
            self._stream.here.refuse("two powers in a row", "write (a ^ b) ^ c or a ^ (b ^ c)")
        return Arithmetic(op, left, right)

    def _compared(self, left: Value) -> Predicate:
        token = self._stream.take()
        if token.value in COMPARE:
            return Comparison(token.value, left, self._value())
        if token.value == "IS":
            return self._is_null(left)
        if token.value != "NOT":
            return self._tested(token, left)
        token = self._stream.take()
        if token.kind != "word" or token.value not in ("LIKE", "BETWEEN", "IN"):
            token.unexpected("LIKE, BETWEEN or IN")
        return Not(self._tested(token, left))

    def _tested(self, token: Token, left: Value) -> Predicate:
        if token.value == "LIKE":
            return Like(left, self._value())
        if token.value == "IN":
            return In(left, tuple(self._stream.listed(self._value)))
        low = self._value()
        self._stream.expect("AND", "AND between the two ends of BETWEEN")
        return Between(left, low, self._value())

    def _is_null(self, part: Node) -> Predicate:
        opposite = self._stream.accept("NOT")
        self._stream.expect("NULL", "NULL")
        return Not(IsNull(part)) if opposite else IsNull(part)

    def _prefix(self) -> Node:
        stream = self._stream
        if stream.at("("):
            return self._bracket()
        if stream.at("NOT"):
            return self._opposite()
        if stream.at("-", "+"):
            return self._sign()
        if stream.accept("TRUE"):
            return Boolean(True)
        if stream.accept("FALSE"):
            return Boolean(False)
        opens = stream.after.kind == "mark" and stream.after.value == "("
        if stream.here.kind == "word" and stream.here.value not in OPERATORS:
            if opens:
                return self._called()
            if stream.here.value in KINDS and stream.after.value == "Z":
                return self._apart(stream.geometry())
        return stream.literal()

    def _bracket(self) -> Node:
        self._stream.take()
        self._stream.deeper(1)
        found = self._expression(_OR)
        self._stream.expect(")", "a closing bracket")
        self._stream.deeper(-1)
        if isinstance(found, Predicate) and self._stream.accept("IS"):
            return self._is_null(found)
        return found

    def _opposite(self) -> Not:
        self._stream.take()
        self._stream.deeper(1)
        first = self._stream.here
        found = _predicate(self._expression(_PREDICATE), first)
        self._stream.deeper(-1)
        return Not(found)

    def _sign(self) -> Value:
        if self._stream.after.kind == "number":
            return self._stream.signed()
        token = self._stream.take()
        first = self._stream.here
        if token.value == "+" or self._stream.at("-", "+"):
            first.unexpected("a number")
        return Arithmetic("*", Number(-1), _value(self._prefix(), first))

    def _called(self) -> Node:
        """Read what begins with a word and a bracket."""
        stream, name = self._stream, self._stream.here
        if name.value in ("DATE", "TIMESTAMP"):
            return stream.instant()
        if name.value in ("CASEI", "ACCENTI"):
            return self._folded()
        if name.value in _SPATIAL:
            return self._apart(self._spatial())
        if name.value in _TEMPORAL:
            return self._apart(self._temporal())
        read: dict[str, Callable[[], Node]] = {"INTERVAL": stream.interval, "BBOX": stream.box}
        read |= dict.fromkeys(KINDS, stream.geometry)
        if name.value not in read:
            name.refuse(
                f"there is no function {name.raw!r}",
                "there are CASEI, ACCENTI, DATE, TIMESTAMP, INTERVAL, BBOX, S_... and T_...",
            )
        return self._apart(read[name.value]())

    def _apart(self, found: Node) -> Node:
        """Read what may follow a geometry, an interval or a relation: only IS NULL."""
        if self._stream.accept("IS"):
            return self._is_null(found)
        return found

    def _folded(self) -> Folded:
        how = cast(Fold, self._stream.take().value.lower())
        (part,) = self._arguments(self._value, 1)
        return Folded(how, part)

    def _spatial(self) -> Spatial:
        op = _SPATIAL[self._stream.take().value]
        left, right = self._arguments(self._place, 2)
        return Spatial(op, left, right)

    def _temporal(self) -> Temporal:
        op = _TEMPORAL[self._stream.take().value]
        left, right = self._arguments(self._time, 2)
        return Temporal(op, left, right)

    def _arguments[T](self, one: Callable[[], T], count: int) -> list[T]:
        first = self._stream.here
        found = self._stream.listed(one)
        if len(found) != count:
            first.refuse(f"{count} argument{'s' * (count > 1)} expected, {len(found)} given")
        return found

    def _place(self) -> Property | Geometry | Box:
        first, found = self._stream.here, self._prefix()
        if not isinstance(found, Property | Geometry | Box):
            first.unexpected("a geometry, BBOX(...) or the name of the geometry")
        return found

    def _time(self) -> Property | Date | Timestamp | Interval:
        first, found = self._stream.here, self._prefix()
        if not isinstance(found, Property | Date | Timestamp | Interval):
            first.unexpected("a field, DATE(...), TIMESTAMP(...) or INTERVAL(...)")
        return found


def _predicate(found: Node, first: Token) -> Predicate:
    """Return a node, if it is one that holds or not; QGIS writes ``open`` for ``open = TRUE``."""
    if isinstance(found, Property):
        return Comparison("=", found, Boolean(True))
    if not isinstance(found, Predicate):
        first.refuse("a comparison is expected, and only a value stands there", "compare a field")
    return found


def _value(found: Node, first: Token) -> Value:
    """Return a node, if it is one that can be compared."""
    if not isinstance(found, Value):
        first.refuse("a field or a value is expected here, not a comparison or a geometry")
    return found
