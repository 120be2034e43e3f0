"""Ledgers and quality reports in plain words."""

from __future__ import annotations

from typing import Any

from geo.measure.verbs import VERBS
from geo.model.text import Language
from geo.store.snapshot import Manifest
from geo.view.answer import Answer, measured
from geo.view.numbers import number, plural

_ROLES = {
    "numerator": {"pl": "Licznik", "en": "Numerator"},
    "denominator": {"pl": "Mianownik", "en": "Denominator"},
}
_OBJECTS = (("obiekt", "obiekty", "obiektów"), ("feature", "features"))
_MOST = 6
"""Findings of a quality report that a page names; the count is always whole."""


def ledger_lines(answer: Answer, language: Language) -> list[str]:
    """Tell whether the parts of an indicator add up to the whole, one sentence or two a term."""
    lines = [
        _entry(role, answer.ledger[role], language, alone=len(answer.ledger) == 1)
        for role in _ROLES
        if role in answer.ledger
    ]
    rule = VERBS[answer.card.verb]
    if lines and not rule.additive and (answer.card.by or rule.value in ("order", "diversity")):
        lines.append(f"{rule.conservation[language]} {rule.aggregation[language]}")
    if lines:
        return lines
    return ["Brak zapisu." if language == "pl" else "There is no record."]


def _entry(role: str, entry: dict[str, Any], language: Language, *, alone: bool) -> str:
    head = "" if alone else f"{_ROLES[role][language]}. "
    if entry["whole"] is None:
        return head + (
            "Sum nie pokazujemy, bo ujawniłyby zbyt małe liczby. Program je sprawdził."
            if language == "pl"
            else "The sums are not shown, as they would disclose small counts. They were checked."
        )
    parts = [_sums(entry, language), _verdict(entry, language), *_remarks(entry, language)]
    return head + " ".join(parts)


def _sums(entry: dict[str, Any], language: Language) -> str:
    inside, outside, whole, away = (
        measured(entry[key], entry["unit"], language)
        for key in ("inside", "outside", "whole", "counted_away")
    )
    polish = language == "pl"
    first = _ended(
        f"Suma dzielnic to {inside}, a reszta, poza dzielnicami, to {outside}"
        if polish
        else f"The districts sum to {inside}; the rest, outside them, is {outside}"
    )
    if entry["counted_away"] > 0:
        kept = measured(entry["whole"] - entry["counted_away"], entry["unit"], language)
        second = (
            f"Wszystkie obiekty osobno mają {whole}; po odjęciu {away} terenu, który jest wspólny "
            f"i liczy się raz, całość to {kept}"
            if polish
            else f"All features one by one have {whole}; less {away} of ground that several share "
            f"and that counts once, the whole is {kept}"
        )
    else:
        second = f"Całość to {whole}" if polish else f"The whole is {whole}"
    return f"{first} {_ended(second)}"


def _verdict(entry: dict[str, Any], language: Language) -> str:
    if entry["closes"]:
        return (
            "Części zgadzają się z całością: różnica 0."
            if language == "pl"
            else "The parts agree with the whole: difference 0."
        )
    percent = number(100 * entry["gap"], 6, language)
    return (
        f"Uwaga: części nie zgadzają się z całością, różnica wynosi {percent} %."
        if language == "pl"
        else f"Mind: the parts do not agree with the whole; they differ by {percent} %."
    )


def _unplaced(amount: float | None, unit: str, language: Language) -> str:
    """Tell what a model had nothing to spread over: people of a district without a dwelling."""
    some = "" if amount is None else measured(amount, unit, language)
    if language == "pl":
        return f"Nie było na co rozłożyć: {some or 'zbyt mało, by pokazać'}; tego nie ma w całości."
    return f"There was nothing to spread {some or 'a few'} over; the whole is without it."


def _remarks(entry: dict[str, Any], language: Language) -> list[str]:
    """Tell what was counted twice or not at all."""
    polish, unit, found = language == "pl", entry["unit"], []
    if entry["repeated"] > 0:
        amount = measured(entry["repeated"], unit, language)
        found.append(
            f"Dzielnice zachodzą na siebie, dlatego {amount} policzono w więcej niż jednej."
            if polish
            else f"Districts overlap, so {amount} counts in more than one."
        )
    if entry.get("unclassified"):
        amount = measured(entry["unclassified"], unit, language)
        found.append(f"Bez klasy jest {amount}." if polish else f"Of no class is {amount}.")
    if entry.get("unplaced", 0.0) != 0.0:
        found.append(_unplaced(entry["unplaced"], unit, language))
    if entry["missing"]:
        amount = plural(entry["missing"], language, *_OBJECTS)
        found.append(
            f"Bez danych, pominięto: {amount}."
            if polish
            else f"Left out for want of data: {amount}."
        )
    return found


def quality_lines(manifest: Manifest, language: Language) -> list[str]:
    """Tell what was found, mended and left out when a version was taken in."""
    report, polish = manifest.quality, language == "pl"
    if not report:
        return ["brak raportu" if polish else "there is no report"]
    lines = [_counts(report.get("counts", {}), language)]
    # A note (a column has another name) concerns who keeps the layer, not who reads its numbers.
    issues = [
        issue for issue in report.get("issues", []) if issue.get("severity") in ("error", "warning")
    ]
    lines += [_sentence(issue["what"][language]) for issue in issues[:_MOST]]
    if len(issues) > _MOST:
        rest = len(issues) - _MOST
        lines.append(f"Dalszych uwag: {rest}." if polish else f"Further remarks: {rest}.")
    if not issues:
        lines.append("Nie znaleziono błędów." if polish else "No mistakes were found.")
    return [line for line in lines if line]


def _sentence(words: str) -> str:
    return _ended(words[:1].upper() + words[1:])


def _ended(words: str) -> str:
    return words if words.endswith((".", "!", "?")) else f"{words}."


def _counts(counts: dict[str, int], language: Language) -> str:
    if "read" not in counts:
        return ""
    polish = language == "pl"
    read, accepted = (
        number(counts["read"], 0, language),
        number(counts.get("accepted", counts["read"]), 0, language),
    )
    words = f"Przyjęto {accepted} z {read}" if polish else f"Accepted {accepted} of {read}"
    names = {
        "repaired": "naprawiono" if polish else "mended",
        "dropped": "pominięto" if polish else "left out",
    }
    more = [
        f"{name} {number(counts[key], 0, language)}"
        for key, name in names.items()
        if counts.get(key)
    ]
    return ", ".join([words, *more]) + "."
