"""Text in two languages, counts with their nouns, and the strict frozen base of the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

Language = Literal["pl", "en"]


class Frozen(BaseModel):
    """An immutable object that knows no key beside its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Text(Frozen):
    """The same words in Polish and in English."""

    pl: str
    en: str

    def __getitem__(self, language: Language) -> str:
        return self.pl if language == "pl" else self.en


class Count(int):
    """A count that brings its words in the right form.

    ``f"{Count(2):obiekt ma|obiekty mają|obiektów ma}"`` is ``2 obiekty mają``: the forms after 1,
    2 and 5 in Polish, after 1 and 2 in English. Formatted without ``|`` it is an ordinary int.
    """

    def __format__(self, forms: str) -> str:
        if "|" not in forms:
            return super().__format__(forms)
        return f"{int(self)} {form_after(self, forms.split('|'))}"


def form_after(count: int, forms: Sequence[str]) -> str:
    """Return the form of a noun after a count: of three forms as in Polish, of two in English."""
    if count == 1:
        return forms[0]
    few = count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14)
    return forms[1] if few else forms[-1]
