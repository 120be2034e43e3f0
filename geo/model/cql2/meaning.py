"""What the operators of CQL2 do with values: one place for every wing, so that all agree.

Nothing here raises: what has no result is null.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator

from geo.model.cql2.tree import Fold, Folded, Text, Value

_KEPT_MARKS = "\u3099\u309a"
"""Japanese sound marks make another letter; the standard asks to keep them."""


def fold_case(text: str | None) -> str | None:
    """Return a text for caseless matching (Unicode's full case folding)."""
    return None if text is None else text.casefold()


def strip_accents(text: str | None) -> str | None:
    """Return a text without accents; ``Łódź`` becomes ``Lodz``."""
    if text is None or text.isascii():
        return text
    parts = unicodedata.normalize("NFD", text).translate(_ACCENTS)
    return unicodedata.normalize("NFC", parts)


class _Accents(dict[int, str]):
    """A table for str.translate that fills itself: marks vanish, strokes and hooks come off."""

    def __missing__(self, code: int) -> str:
        self[code] = found = _unmarked(chr(code))
        return found


def _unmarked(character: str) -> str:
    if unicodedata.category(character) == "Mn" and character not in _KEPT_MARKS:
        return ""
    # A stroke is no mark of its own: LATIN SMALL LETTER L WITH STROKE is one character.
    name, with_, _ = unicodedata.name(character, "").partition(" WITH ")
    if with_ and name.startswith("LATIN ") and " LETTER " in name:
        try:
            return unicodedata.lookup(name)
        except KeyError:
            return character
    return character


_ACCENTS = _Accents()
FOLDS: dict[Fold, Callable[[str | None], str | None]] = {
    "casei": fold_case,
    "accenti": strip_accents,
}


def remainder(left: float | None, right: float | None) -> float | None:
    """Return what is left of a division; it has the sign of `left`."""
    if left is None or right is None:
        return None
    try:
        return math.fmod(left, right)
    except ValueError:
        return None


def whole_quotient(left: float | None, right: float | None) -> float | None:
    """Return a quotient without its decimals (towards zero)."""
    if left is None or right is None or right == 0:
        return None
    quotient = left / right
    return float(math.trunc(quotient)) if math.isfinite(quotient) else None


def power(left: float | None, right: float | None) -> float | None:
    """Return `left` to the power of `right`."""
    if left is None or right is None:
        return None
    try:
        found = math.pow(left, right)
    except (ValueError, OverflowError):
        return None
    return None if math.isnan(found) else found


def pattern_text(pattern: Value) -> str:
    """Return the text of a pattern of LIKE, folded as it says."""
    if isinstance(pattern, Folded):
        return str(FOLDS[pattern.how](pattern_text(pattern.part)))
    return pattern.value if isinstance(pattern, Text) else ""


def pattern_parts(pattern: str) -> Iterator[tuple[str, bool]]:
    """Give the characters of a pattern of LIKE, and whether each is a wildcard.

    A backslash makes the character behind it an ordinary one, and is one itself at the end.
    """
    characters = iter(pattern)
    for character in characters:
        if character == "\\":
            yield next(characters, "\\"), False
        else:
            yield character, character in "%_"


class Pattern:
    """A pattern of LIKE, matched in time linear in the text, whatever the pattern.

    Parameters
    ----------
    pattern : str
        ``%`` for any text, ``_`` for one character, a backslash before either.
    """

    def __init__(self, pattern: str) -> None:
        pieces: list[list[str]] = [[]]
        for character, wild in pattern_parts(pattern):
            if wild and character == "%":
                pieces.append([])
            else:
                pieces[-1].append("." if wild else re.escape(character))
        # Piece by piece, each as early as it may be: a chain of .* would try every way.
        found = [re.compile("".join(piece), re.DOTALL) for piece in pieces]
        self._first, self._middle, self._last = found[0], found[1:-1], found[-1]
        self._open = len(found) > 1
        self._last_length = len(pieces[-1])

    def matches(self, text: str) -> bool:
        """Tell whether a text matches from end to end."""
        if not self._open:
            return self._first.fullmatch(text) is not None
        found = self._first.match(text)
        for piece in self._middle:
            found = piece.search(text, found.end()) if found else None
        start = len(text) - self._last_length
        return (
            found is not None
            and start >= found.end()
            and self._last.fullmatch(text, start) is not None
        )
