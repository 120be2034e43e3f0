"""The tokens of a text, taken one after another; geometries and instants are read here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from geo.limits import limit
from geo.model.cql2 import literals
from geo.model.cql2.refusal import too_deep
from geo.model.cql2.tokens import Token
from geo.model.cql2.tree import (
    Box,
    Date,
    Geometry,
    GeometryKind,
    Interval,
    Node,
    Number,
    Property,
    Timestamp,
)

KINDS: dict[str, GeometryKind] = {
    kind.upper(): kind for kind in (*literals.LEVELS, "GeometryCollection")
}
OPERATORS = frozenset({"AND", "OR", "NOT", "LIKE", "BETWEEN", "IN", "IS"})
RESERVED = OPERATORS | {"NULL", "TRUE", "FALSE"}
"""Words that name no field unless they are quoted; DIV is one between two values."""


class Stream:
    """Tokens, and the literals that they make.

    Parameters
    ----------
    tokens : sequence of Token
        The last one is of the kind ``end``.
    """

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    @property
    def here(self) -> Token:
        """The token to come."""
        return self._tokens[self._at]

    @property
    def after(self) -> Token:
        """The token behind the one to come."""
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)]

    def take(self) -> Token:
        """Take the token to come."""
        token = self.here
        self._at += token.kind != "end"
        return token

    def at(self, *words: str) -> bool:
        """Tell whether a keyword or mark of `words` comes."""
        return self.here.kind in ("word", "mark") and self.here.value in words

    def accept(self, *words: str) -> bool:
        """Take a keyword or mark, if it comes."""
        found = self.at(*words)
        if found:
            self.take()
        return found

    def expect(self, word: str, wanted: str) -> None:
        """Take a keyword or mark, or refuse the filter."""
        if not self.accept(word):
            self.here.unexpected(wanted)

    def deeper(self, levels: int) -> None:
        """Go down, or up again, within the cap ``filter_depth``."""
        self._depth += levels
        if self._depth > limit("filter_depth"):
            raise too_deep()

    def made[T](self, at: Token, make: Callable[[], T]) -> T:
        """Make a literal; what is wrong with it is said where it stands."""
        try:
            return make()
        except ValueError as error:
            at.refuse(str(error))

    def listed[T](self, one: Callable[[], T]) -> list[T]:
        """Read ``( one , one ... )``."""
        self.expect("(", "an opening bracket")
        self.deeper(2)  # a list takes twice the frames of a bracket
        found = [one()]
        while self.accept(","):
            found.append(one())
        self.expect(")", "a comma or a closing bracket")
        self.deeper(-2)
        return found

    def signed(self) -> Number:
        """Read a number with or without a sign."""
        sign = -1 if self.here.value == "-" else 1
        if self.here.kind == "mark":
            self.accept("-", "+")
        token = self.take()
        if token.kind != "number":
            token.unexpected("a number")
        return self.made(token, lambda: _number(token.value, sign))

    def literal(self) -> Node:
        """Read a number, a text, or a name."""
        token = self.take()
        if token.kind == "number":
            return self.made(token, lambda: _number(token.value, 1))
        if token.kind == "string":
            return self.made(token, lambda: literals.text(token.value))
        if token.kind == "name":
            return self.made(token, lambda: literals.named(token.value))
        if token.kind != "word" or token.value in RESERVED:
            token.unexpected("a field or a value")
        return self.made(token, lambda: literals.named(token.raw))

    def string(self, wanted: str) -> Token:
        """Take a text in single quotes."""
        token = self.take()
        if token.kind != "string":
            token.unexpected(wanted)
        return token

    def instant(self) -> Date | Timestamp:
        """Read DATE('...') or TIMESTAMP('...')."""
        readers: dict[str, Callable[[str], Date | Timestamp]] = {
            "DATE": literals.day,
            "TIMESTAMP": literals.moment,
        }
        read = readers[self.take().value]
        self.expect("(", "an opening bracket")
        token = self.string("a date in single quotes")
        found = self.made(token, lambda: read(token.value))
        self.expect(")", "a closing bracket")
        return found

    def interval(self) -> Interval:
        """Read INTERVAL(start, end)."""
        name = self.take()
        ends = self.listed(self._end)
        if len(ends) != 2:
            name.refuse("an interval has a start and an end", "INTERVAL('2026-01-01', '..')")
        return Interval(*ends)

    def _end(self) -> Date | Timestamp | Property | None:
        if self.here.kind == "string":
            token = self.take()
            return self.made(token, lambda: literals.bound(token.value))
        at, found = self.here, self.literal()
        if not isinstance(found, Property):
            at.unexpected("a field, '..', a date or a timestamp in single quotes")
        return found

    def box(self) -> Box:
        """Read BBOX(...)."""
        name = self.take()
        numbers = [one.value for one in self.listed(self.signed)]
        return self.made(name, lambda: literals.box(numbers))

    def geometry(self) -> Geometry:
        """Read well-known text."""
        name = self.take()
        self.accept("Z")
        if name.value not in KINDS:
            name.unexpected("a geometry such as POINT(19.02 50.31)")
        kind = KINDS[name.value]
        if kind == "GeometryCollection":
            parts = self.listed(self.geometry)
            return self.made(name, lambda: literals.collection(parts))
        if kind == "Point":
            points = self.listed(self._position)
            if len(points) != 1:
                name.refuse("a point has one position")
            return self.made(name, lambda: literals.geometry(kind, points[0]))
        if kind == "MultiPoint":
            found: list[Any] = self.listed(self._point)
        else:
            found = self._positions(literals.LEVELS[kind])
        return self.made(name, lambda: literals.geometry(kind, found))

    def _positions(self, levels: int) -> list[Any]:
        if levels == 1:
            return self.listed(self._position)
        return self.listed(lambda: self._positions(levels - 1))

    def _point(self) -> list[Any]:
        # Both MULTIPOINT((1 2), (3 4)) and the older MULTIPOINT(1 2, 3 4) are about.
        if not self.accept("("):
            return self._position()
        found = self._position()
        self.expect(")", "a closing bracket")
        return found

    def _position(self) -> list[Any]:
        first = self.here
        found = [self.signed().value]
        while self.here.kind == "number" or self.at("-", "+"):
            found.append(self.signed().value)
        if not 2 <= len(found) <= 3:
            first.refuse("a position has two numbers with a space between", "POINT(19.02 50.31)")
        return found


def _number(raw: str, sign: int) -> Number:
    whole = raw.isdigit() and len(raw) < 25
    return literals.number(sign * int(raw) if whole else sign * float(raw))
