"""CQL2 text cut into tokens that know where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NoReturn, cast

from geo.limits import limit
from geo.model.cql2.refusal import too_long, unreadable

Kind = Literal["string", "name", "number", "word", "mark", "end"]

_TOKEN = re.compile(
    r"""(?P<string>'(?:[^'\\]|''|\\.)*')
    |(?P<name>"(?:[^"]|"")+")
    |(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<word>(?:[^\W\d]|:)[\w.:\u0300-\u036f\u203f\u2040\u200c\u200d]*)
    |(?P<mark><>|<=|>=|[=<>(),+\-*/%^])
    |(?P<space>\s+)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"''|\\(.)", re.DOTALL)
_CONTROLS = {
    "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r",
    "'": "'", "\\": "\\",
}  # fmt: skip
"""What follows a backslash; before any other character it stands for itself (LIKE reads it)."""


@dataclass(frozen=True)
class Token:
    """A piece of the text.

    Attributes
    ----------
    value : str
        The text of a string without quotes and escapes, the upper case of a word, or as it is.
    at : int
        Its first character, from 1.
    """

    kind: Kind
    value: str
    raw: str
    at: int

    def refuse(self, what: str, fix: str = "") -> NoReturn:
        """Raise the refusal of the filter at this token."""
        raise unreadable(f"character {self.at}", what, fix)

    def unexpected(self, wanted: str) -> NoReturn:
        """Raise the refusal of this token where something else was expected."""
        shown = "the filter ends" if self.kind == "end" else f"{self.raw[:40]!r} stands there"
        self.refuse(f"{wanted} is expected, and {shown}")


def cut(text: str) -> list[Token]:
    """Return the tokens of a text, with one of the kind ``end`` behind them.

    Raises
    ------
    UsageError
        At a character that belongs to no token, or if the text is too long.
    """
    if len(text) > limit("query_chars"):
        raise too_long()
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _stray(text, position)
        if match.lastgroup != "space":
            kind = cast(Kind, match.lastgroup)
            found.append(Token(kind, _value(kind, match.group()), match.group(), position + 1))
        position = match.end()
    return [*found, Token("end", "", "", len(text) + 1)]


def quoted(text: str) -> str:
    """Return a text as a character literal, the opposite of reading it."""
    escapes = {code: f"\\{name}" for name, code in _CONTROLS.items()} | {"'": "''"}
    return "'" + "".join(escapes.get(character, character) for character in text) + "'"


def _value(kind: str, raw: str) -> str:
    if kind == "string":
        return _ESCAPE.sub(_unescaped, raw[1:-1])
    if kind == "name":
        return raw[1:-1].replace('""', '"')
    return raw.upper() if kind == "word" else raw


def _unescaped(match: re.Match[str]) -> str:
    if match.group() == "''":
        return "'"
    return _CONTROLS.get(match[1], match.group())


def _stray(text: str, position: int) -> Exception:
    at, character = f"character {position + 1}", text[position]
    if character == "'":
        fix = "an apostrophe inside is doubled: 'O''Neil'"
        return unreadable(at, "the text that begins here does not end", fix)
    if character == '"':
        return unreadable(at, "the name that begins here does not end", "close it with a quote")
    if character == "!":
        return unreadable(at, "'!' has no meaning", "not equal is written <>")
    return unreadable(at, f"{character!r} has no meaning here")
