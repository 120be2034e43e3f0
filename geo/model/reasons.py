"""Why there is no number, in words and as a sign that has room on a map: never a zero."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geo.model.derived import STATUSES
from geo.model.text import Language, Text

ADDED, REMOVED = "zone_added", "zone_removed"
CLASS_ADDED, CLASS_REMOVED = "class_added", "class_removed"
UNMEASURED = "unmeasured"
"""Why two numbers have no difference, beside the statuses of each: there is no pair of them."""

REASONS: dict[str, Text] = {
    **{status: words for status, words in STATUSES.items() if status != "ok"},
    ADDED: Text(pl="strefy nie ma w danych miasta", en="the city's data have no such zone"),
    REMOVED: Text(pl="strefy nie ma w scenariuszu", en="the scenario has no such zone"),
    CLASS_ADDED: Text(pl="klasy nie ma w danych miasta", en="the city's data have no such class"),
    CLASS_REMOVED: Text(pl="klasy nie ma w scenariuszu", en="the scenario has no such class"),
    UNMEASURED: Text(pl="nie policzono w tym scenariuszu", en="not measured in this scenario"),
}
SIGNS: dict[str, Text] = {
    "ok": Text(pl="–", en="–"),  # of a value that has no numerator or denominator
    "null": Text(pl="b.d.", en="n/a"),
    "not_computable": Text(pl="÷0", en="÷0"),
    "suppressed": Text(pl="ukryto", en="hidden"),
    "unclassified": Text(pl="–", en="–"),
    ADDED: Text(pl="nowa", en="new"),
    REMOVED: Text(pl="–", en="–"),
    CLASS_ADDED: Text(pl="nowa", en="new"),
    CLASS_REMOVED: Text(pl="–", en="–"),
    UNMEASURED: Text(pl="–", en="–"),
}


def explained(reason: str, language: Language) -> str:
    """Return the sign of a reason with its meaning, as a legend has it."""
    sign, words = SIGNS[reason][language], REASONS[reason][language]
    return words if words.startswith(sign) else f"{sign}: {words}"


def why_no_difference(
    official: Mapping[str, Any] | None,
    scenario: Mapping[str, Any] | None,
    *,
    zone_stays: bool = False,
) -> str | None:
    """Return why two values have no difference: a key of :data:`REASONS`; None where they have.

    Parameters
    ----------
    official, scenario : mapping or None
        With ``value`` and ``status``; None where there is no such zone or class. Where both lack
        their value, what is hidden counts first: it would be there for somebody else.
    zone_stays : bool
        The zone is there before and after: what is missing is the class.
    """
    if official is None:
        return CLASS_ADDED if zone_stays else ADDED
    if scenario is None:
        return CLASS_REMOVED if zone_stays else REMOVED
    missing = {each["status"] for each in (official, scenario) if each["value"] is None}
    order = ("suppressed", "not_computable", "null", *sorted(missing))
    return next((status for status in order if status in missing), None)
