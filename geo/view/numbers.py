"""Numbers, units and dates as a person reads them, in Polish and in English."""

from __future__ import annotations

import math
from datetime import datetime

from geo.model.text import Language, form_after
from geo.model.units import symbol

NARROW = "\u202f"
"""Narrow no-break space: between the thousands of a Polish number, and before a unit."""

MINUS = "\u2212"
_MONTHS = {
    "pl": (
        "stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca",
        "lipca", "sierpnia", "września", "października", "listopada", "grudnia",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip


def number(value: float, decimals: int, language: Language) -> str:
    """Return a number in the form of a language: ``1 234,5`` or ``1,234.5``.

    Parameters
    ----------
    value : float
        Finite.
    decimals : int
        Digits after the decimal sign; halves go to the even digit of the binary value.
    language : str
        pl or en.
    """
    text = f"{abs(value):,.{decimals}f}"
    if language == "pl":
        text = text.replace(",", NARROW).replace(".", ",")
    negative = value < 0 and any(digit in text for digit in "123456789")
    return f"{MINUS}{text}" if negative else text


def unit_text(unit: str, language: Language) -> str:
    """Return how a person reads a unit: ``m²/os.``; English ``per km²`` where nothing is above."""
    words = symbol(unit, language)
    if words == "1":
        return ""
    if language == "en":
        if words.startswith("/"):
            return f"per {words[1:]}"
        return words.replace("person/", "people/") if words != "person" else "people"
    return words


def quantity(value: float | None, decimals: int, unit: str, language: Language) -> str:
    """Return a value with its unit, or "brak danych" where there is none.

    Parameters
    ----------
    value : float or None
        In `unit`; None or NaN: missing.
    unit : str
        See :mod:`geo.model.units`.
    """
    if value is None or math.isnan(value):
        return no_data(language)
    words = unit_text(unit, language)
    return number(value, decimals, language) + (f"{NARROW}{words}" if words else "")


def no_data(language: Language) -> str:
    """Return what stands in the place of a missing value."""
    return "brak danych" if language == "pl" else "no data"


def day(moment: str, language: Language) -> str:
    """Return the day of an ISO 8601 moment: ``22 listopada 2026``."""
    found = datetime.fromisoformat(moment)
    return f"{found.day} {_MONTHS[language][found.month - 1]} {found.year}"


def plural(count: int, language: Language, pl: tuple[str, str, str], en: tuple[str, str]) -> str:
    """Return a count with its noun in the right form.

    Parameters
    ----------
    pl : tuple of str
        Forms after 1, 2 and 5: ``("warstwa", "warstwy", "warstw")``.
    en : tuple of str
        Singular and plural.
    """
    form = form_after(count, en if language == "en" else pl)
    return f"{number(count, 0, language)}\u00a0{form}"


_INTERVALS: dict[str, tuple[tuple[str, str, str], tuple[str, str]]] = {
    "Y": (("rok", "lata", "lat"), ("year", "years")),
    "M": (("miesiąc", "miesiące", "miesięcy"), ("month", "months")),
    "W": (("tydzień", "tygodnie", "tygodni"), ("week", "weeks")),
    "D": (("dzień", "dni", "dni"), ("day", "days")),
}


def interval(duration: str, language: Language) -> str:
    """Return an ISO 8601 duration of one unit in words: ``P6M`` -> ``co 6 miesięcy``.

    A duration of several units (``P1Y6M``) is returned as it is.
    """
    amount, letter = duration[1:-1], duration[-1]
    if not amount.isdigit():
        return duration
    pl, en = _INTERVALS[letter]
    if int(amount) == 1:
        return f"co {pl[0]}" if language == "pl" else f"every {en[0]}"
    words = plural(int(amount), language, pl, en)
    return f"co {words}" if language == "pl" else f"every {words}"
