"""Names as people write them: shortened, with titles, with the number of a flat."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from geo.model import Project
from geo.view.portal.titles import folded

_GLUED = re.compile(r"(?<=[^\W\d_])\.(?=[^\W\d_])")
"""The dot of ``ul.Prosta``, not that of a parcel's number."""

_LETTER = re.compile(r"(?<=\d)\s+(?=[a-h](?:[\s,;]|$))")
"""What parts the letter of ``12 a`` from its number."""

_EMPTY_WORDS = {
    "ul", "ulica", "al", "aleja", "aleje", "pl", "plac", "os", "osiedle", "dzialka", "nr",
    "street", "parcel", "no",
}  # fmt: skip
_RANKS = {
    "abp", "bp", "dr", "dyr", "gen", "hetm", "hm", "inz", "kard", "kpt", "ks", "mjr", "mgr",
    "plk", "por", "ppor", "prof", "red", "rtm", "sierz",
    "biskupa", "doktora", "doktor", "generala", "hetmana", "kardynala", "kapitana", "ksiedza",
    "majora", "porucznika", "profesora", "pulkownika", "rotmistrza",
}  # fmt: skip
"""Titles of persons that street names are written with and without."""

_ALIKE = dict.fromkeys(("sw", "swiety", "swieta", "swietego", "swietej", "swietych"), "sw")
_COUNTRY = {"polska", "poland", "pl"}
_POSTCODE = re.compile(r"\d\d-\d\d\d")
_FLAT = re.compile(r"(m|lok|lokal|mieszk|mieszkanie|mieszkania|flat|apt)(\.?\d+\w?)?")
_HOUSE = re.compile(r"(\d+[a-z]?)(/\w+|m\.?\d+\w?)?")
_PARCEL = re.compile(r"\d{6}_\d\.\S+|\d+(/\d+)?")


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text as they are compared: without case, accents and edge dots."""
    parts = re.split(r"[\s,;]+", _LETTER.sub("", _GLUED.sub(" ", folded(text))))
    bare = (part.strip(".") for part in parts)
    return tuple(_ALIKE.get(part, part) for part in bare if part)


def telling(each: Iterable[str]) -> tuple[str, ...]:
    """Return the words that tell places apart."""
    return tuple(word for word in each if word not in _EMPTY_WORDS)


def unranked(each: Sequence[str]) -> tuple[str, ...]:
    """Return words without ranks: ``gen. Hallera`` is called ``Hallera``."""
    return tuple(word for word in each if word not in _RANKS)


def readings(project: Project, text: str) -> list[tuple[str, ...]]:
    """Return the words of a text as they may be meant: all, those that tell, without the city."""
    every = words(text)
    apart = telling(every)
    names = {word for language in ("pl", "en") for word in words(project.site.city[language])}
    rest = tuple(word for word in apart if not _is_of(names, word))
    return [found for found in dict.fromkeys((every, apart, rest, unranked(rest))) if found]


def _is_of(names: set[str], word: str) -> bool:
    """Tell whether a word names the city, shortened perhaps, its postcode or its country."""
    shortened = len(word) > 1 and any(name.startswith(word) for name in names)
    return shortened or word in _COUNTRY or _POSTCODE.fullmatch(word) is not None


def house(each: Sequence[str]) -> int:
    """Return where the house number stands; 0: nowhere. A first word is of the name: 3 Maja."""
    return next((i for i, word in enumerate(each) if i and word[0].isdecimal()), 0)


def without_flat(each: Sequence[str]) -> tuple[str, ...]:
    """Return an address without its flat: ``28/3`` and ``28 m. 3`` are in house 28.

    Empty where no flat is told.
    """
    at = house(each)
    number = _HOUSE.fullmatch(each[at]) if at else None
    if not number:
        return ()
    rest = list(each[at + 1 :])
    if rest and (flat := _FLAT.fullmatch(rest[0])):
        del rest[: 1 if flat[2] else 2]
    found = (*each[:at], number[1], *rest)
    return found if found != tuple(each) else ()


def is_parcel(text: str) -> bool:
    """Tell whether a text has the form of a parcel's number or identifier."""
    every = words(text)
    apart = telling(every)
    return "dzialka" in every or (len(apart) == 1 and _PARCEL.fullmatch(apart[0]) is not None)


def is_short_for(some: Sequence[str], whole: Sequence[str]) -> bool:
    """Tell whether two names are of one thing, initials for first names in either of them.

    Each word of `some` must stand in `whole`, or shorten (or be shortened by) a word there that
    stands for nothing else: ``h sienkiewicza`` for ``henryka sienkiewicza``.
    """
    rest = list(unranked(whole))
    initials = []
    for word in unranked(some):
        if word in rest:
            rest.remove(word)
        else:
            initials.append(word)
    for word in initials:
        found = next((one for one in rest if _shortens(word, one) or _shortens(one, word)), None)
        if found is None:
            return False
        rest.remove(found)
    return len(initials) < len(unranked(some))


def _shortens(initial: str, word: str) -> bool:
    return len(initial) == 1 and initial.isalpha() and word.startswith(initial)
