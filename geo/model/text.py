"""Text in two languages, and the strict frozen base of every object of the model."""

from __future__ import annotations

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
