"""Words as a search compares them: without case, without accents, without their endings.

Polish declines: whoever types ``sciezki`` looks for ``ścieżka`` and ``ścieżek``, too. Endings are
taken off both sides; no dictionary is needed, and a wrong cut is the same on both.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from geo.model.text import Language

_WORD = re.compile(r"[^\W_]+")
_STROKE = str.maketrans({"ł": "l", "Ł": "l", "đ": "d", "ø": "o"})
"""Letters with a stroke, which Unicode does not take apart into a letter and an accent."""

_SHORTEST = 3
"""No ending is taken off when fewer letters would stay."""

_ENDINGS: dict[Language, tuple[str, ...]] = {
    "pl": (
        "iami", "iach", "iego", "iemu", "iowi", "owie", "ami", "ach", "ego", "emu", "owi", "iom",
        "ymi", "imi", "iej", "iow", "ych", "ich", "om", "ej", "ow", "ym", "im", "em", "ia", "ie",
        "iu", "io", "a", "e", "i", "o", "u", "y",
    ),
    "en": ("ies", "es", "s", "y", "e"),
}  # fmt: skip
"""The longest first."""


def folded(text: str) -> str:
    """Return a text in small letters without accents: ``ZIELEŃ`` -> ``zielen``."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_STROKE))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def words(text: str) -> list[str]:
    """Return the words and numbers of a text, folded."""
    return _WORD.findall(folded(text))


@lru_cache(maxsize=20_000)
def stem(word: str, language: Language) -> str:
    """Return what stays of a folded word when its ending is taken off.

    ``ek`` and ``iec`` lose the vowel that other cases have not: ``sciezek`` and ``sciezka`` both
    give ``sciezk``.
    """
    if word.isdigit():
        return word
    cut = next(
        (
            word[: -len(ending)]
            for ending in _ENDINGS[language]
            if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST
        ),
        word,
    )
    if language == "pl":
        for full, short in (("iec", "c"), ("ek", "k")):
            if cut.endswith(full) and len(cut) > len(full) + 1:
                return cut[: -len(full)] + short
    return cut


def stems(text: str, language: Language) -> tuple[str, ...]:
    """Return the stems of a text, in its order."""
    return tuple(stem(word, language) for word in words(text))


def holds(text: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    """Tell whether stems stand in a text one after another; each may begin a longer word."""
    last = len(text) - len(phrase)
    return any(
        all(text[at + i].startswith(part) for i, part in enumerate(phrase))
        for at in range(last + 1)
    )
