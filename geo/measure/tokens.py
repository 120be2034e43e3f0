"""CQL2 text cut into tokens, and its AND, OR and NOT put in order; pygeofilter reads the rest.

pygeofilter 0.4 gives AND and OR the same rank (``a OR b AND c`` becomes ``(a OR b) AND c``),
refuses NOT before a bracket with more than one predicate, unquoted names with Polish letters or
of one letter, doubled quotes and line breaks. So the words that combine predicates are read
here, and each predicate is handed to it alone, with its names quoted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from lark.exceptions import LarkError
from pygeofilter.parsers.cql2_text import parse as parse_cql2

from geo.errors import MeasureError
from geo.limits import limit

APOSTROPHE = "\ue000"
"""Stands for a doubled quote inside a string while pygeofilter reads it (a private character)."""
DEPTH = 40
"""Brackets within brackets: more is not written by a person."""

_TOKEN = re.compile(
    r"""(?P<string>'(?:[^']|'')*')|(?P<quoted>"[^"]*")
    |(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<word>[^\W\d]\w*)|(?P<mark><>|<=|>=|!=|[=<>(),-])|(?P<space>\s+)""",
    re.VERBOSE,
)
_KEYWORDS = frozenset(
    {"AND", "OR", "NOT", "IN", "BETWEEN", "LIKE", "IS", "NULL", "TRUE", "FALSE"}
    | {"DATE", "TIMESTAMP", "INCLUDE", "EXCLUDE"}
)
_FIX = "write CQL2 text, for example kind IN ('park', 'forest') AND NOT (name IS NULL)"


@dataclass(frozen=True)
class Every:
    """All of these hold (AND)."""

    parts: tuple[Any, ...]


@dataclass(frozen=True)
class Some:
    """One of these holds (OR)."""

    parts: tuple[Any, ...]


@dataclass(frozen=True)
class Opposite:
    """The opposite of its part holds (NOT)."""

    part: Any


@dataclass(frozen=True)
class _Token:
    text: str
    word: str
    """The keyword or mark; empty for a name, a number and a string."""


def read(text: str) -> Any:  # noqa: ANN401 - pygeofilter's nodes have no common type
    """Return a CQL2 text as a tree of Every, Some, Opposite and pygeofilter predicates.

    Raises
    ------
    MeasureError
        If the text is not CQL2 that Geobank knows.
    """
    if len(text) > limit("query_chars"):
        raise MeasureError("the filter is too long", where="where", fix="shorten it with IN (...)")
    reader = _Reader(_cut(text))
    tree = reader.some(0)
    if reader.word():
        raise _refuse(f"{reader.word()!r} is not expected here")
    return tree


def _refuse(what: str) -> MeasureError:
    return MeasureError(f"the filter cannot be read: {what}", where="where", fix=_FIX)


def _cut(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or APOSTROPHE in match.group():
            raise _refuse(f"{text[position]!r} at character {position + 1}")
        position = match.end()
        if match.lastgroup != "space":
            tokens.append(_token(match))
    return tokens


def _token(match: re.Match[str]) -> _Token:
    found = match.group()
    if match.lastgroup == "string":
        return _Token("'" + found[1:-1].replace("''", APOSTROPHE) + "'", "")
    if match.lastgroup == "word":
        upper = found.upper()
        return _Token(upper, upper) if upper in _KEYWORDS else _Token(f'"{found}"', "")
    return _Token(found, found if match.lastgroup == "mark" else "")


class _Reader:
    """Recursive descent over AND, OR, NOT and brackets."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def word(self) -> str:
        """Return the token to come, or nothing at the end."""
        return self._tokens[self._at].text if self._at < len(self._tokens) else ""

    def _accept(self, word: str) -> bool:
        found = self._at < len(self._tokens) and self._tokens[self._at].word == word
        self._at += found
        return found

    def some(self, depth: int) -> Any:  # noqa: ANN401 - see read
        """Read predicates joined by OR."""
        parts = [self._every(depth)]
        while self._accept("OR"):
            parts.append(self._every(depth))
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def _every(self, depth: int) -> Any:  # noqa: ANN401 - see read
        parts = [self._one(depth)]
        while self._accept("AND"):
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _one(self, depth: int) -> Any:  # noqa: ANN401 - see read
        if depth > DEPTH:
            raise _refuse(f"more than {DEPTH} brackets within brackets")
        if self._accept("NOT"):
            return Opposite(self._one(depth + 1))
        if self._accept("("):
            inner = self.some(depth + 1)
            if not self._accept(")"):
                raise _refuse("a bracket is not closed")
            return inner
        return self._predicate()

    def _predicate(self) -> Any:  # noqa: ANN401 - see read
        taken: list[str] = []
        level, between = 0, False
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            if level == 0 and (token.word in ("OR", ")") or (token.word == "AND" and not between)):
                break
            level += {"(": 1, ")": -1}.get(token.word, 0)
            between = token.word == "BETWEEN" or (between and token.word != "AND")
            taken.append(token.text)
            self._at += 1
        return _parse(" ".join(taken))


def _parse(predicate: str) -> Any:  # noqa: ANN401 - see read
    try:
        return parse_cql2(predicate)
    except (LarkError, TypeError, ValueError):  # TypeError: a minus before a name
        shown = predicate.replace(APOSTROPHE, "''")
        raise _refuse(f"{shown!r}" if shown else "a comparison is missing") from None
