"""Sentences of one language as another says them: by a table, with gaps."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

from geo.model.text import Count, form_after


class Phrases:
    """A table of English sentences, ``{}`` for what stands in them, to Polish ones.

    Parameters
    ----------
    table : mapping
        A gap of the Polish text may bring a noun: ``{:znak|znaki|znaków}``.
    """

    def __init__(self, table: Mapping[str, str]) -> None:
        self._table = table

    def said(self, text: str) -> str | None:
        """Return a sentence in Polish, and sentences that stand in it; None where not known."""
        if text in self._table:
            return self._table[text]
        for pattern, polish in self._patterns if text else ():
            found = pattern.fullmatch(text)
            if found:
                parts = (self.said(part) or part for part in found.groups())
                return polish.format(*map(_Part, parts))
        return None

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        longest_first = sorted(self._table.items(), key=lambda pair: -len(pair[0]))
        return [
            (re.compile("(.+?)".join(map(re.escape, english.split("{}"))), re.DOTALL), polish)
            for english, polish in longest_first
            if "{}" in english
        ]


class _Part(str):
    """What stood in a gap; a number brings its noun in the right form."""

    __slots__ = ()

    def __format__(self, forms: str) -> str:
        if "|" not in forms:
            return str.__format__(self, forms)
        if self.isdecimal():
            return format(Count(self), forms)
        return f"{self} {form_after(5, forms.split('|'))}"
