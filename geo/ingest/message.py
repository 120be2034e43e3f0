"""What a finding is: its element of ISO 19157 (data quality), its words, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from geo.model.text import Text

Element = Literal[
    "completeness",
    "logical consistency",
    "positional accuracy",
    "thematic accuracy",
    "temporal quality",
]

ELEMENTS: dict[Element, Text] = {
    "completeness": Text(pl="kompletność", en="completeness"),
    "logical consistency": Text(pl="spójność logiczna", en="logical consistency"),
    "positional accuracy": Text(pl="dokładność położenia", en="positional accuracy"),
    "thematic accuracy": Text(pl="dokładność tematyczna", en="thematic accuracy"),
    "temporal quality": Text(pl="jakość czasowa", en="temporal quality"),
}


@dataclass(frozen=True)
class Message:
    """A finding and how to mend it, with ``{names}`` for what is known when it is found."""

    element: Element
    what: Text
    fix: Text


def _of(element: Element) -> Callable[[str, str, str, str], Message]:
    """Return what makes messages of one element: what is wrong, and how to mend it; pl and en."""

    def make(pl: str, en: str, fix_pl: str, fix_en: str) -> Message:
        return Message(element, Text(pl=pl, en=en), Text(pl=fix_pl, en=fix_en))

    return make


of_file = _of("logical consistency")
of_place = _of("positional accuracy")
of_whole = _of("completeness")
of_theme = _of("thematic accuracy")
of_time = _of("temporal quality")
