"""What a finding is: its element of ISO 19157 (data quality), its words, and how to mend it."""

from __future__ import annotations

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


def of_file(pl: str, en: str, fix_pl: str, fix_en: str) -> Message:
    """Return a message on the file as such."""
    return Message("logical consistency", Text(pl=pl, en=en), Text(pl=fix_pl, en=fix_en))


def of_place(pl: str, en: str, fix_pl: str, fix_en: str) -> Message:
    """Return a message on where things lie."""
    return Message("positional accuracy", Text(pl=pl, en=en), Text(pl=fix_pl, en=fix_en))


def of_whole(pl: str, en: str, fix_pl: str, fix_en: str) -> Message:
    """Return a message on what is missing or too much."""
    return Message("completeness", Text(pl=pl, en=en), Text(pl=fix_pl, en=fix_en))


def of_theme(pl: str, en: str, fix_pl: str, fix_en: str) -> Message:
    """Return a message on what things are."""
    return Message("thematic accuracy", Text(pl=pl, en=en), Text(pl=fix_pl, en=fix_en))


def of_time(pl: str, en: str, fix_pl: str, fix_en: str) -> Message:
    """Return a message on when."""
    return Message("temporal quality", Text(pl=pl, en=en), Text(pl=fix_pl, en=fix_en))
