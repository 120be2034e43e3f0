"""A table of values as CSV that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from geo.flow.results import ValueRow
from geo.model.derived import STATUSES
from geo.model.text import Language
from geo.view.answer import Answer
from geo.view.numbers import unit_text

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_HEADERS = {
    "pl": ("id", "strefa", "wartość", "jednostka", "miejsce", "licznik", "mianownik", "fragmenty",
           "stan", "z modelu", "dane syntetyczne", "obliczono"),
    "en": ("id", "zone", "value", "unit", "rank", "numerator", "denominator", "pieces",
           "status", "modelled", "synthetic data", "computed at"),
}  # fmt: skip
_NO_YES = {"pl": ("nie", "tak"), "en": ("no", "yes")}
_CLASS = {"pl": "klasa", "en": "class"}


def safe(words: str) -> str:
    """Return text that no spreadsheet takes for a formula: an apostrophe before its first sign."""
    return f"'{words}" if words.startswith(_STARTS_A_FORMULA) else words


def as_csv(answer: Answer, language: Language) -> str:
    """Return the values of all zones and of the whole city.

    Polish: semicolons and decimal commas, as a Polish spreadsheet expects; English: commas and
    points. Numbers keep all their digits. Begins with a byte order mark, for Excel.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if language == "pl" else ",", lineterminator="\r\n")
    named = [_CLASS[language]] if answer.groups else []
    writer.writerow([*_HEADERS[language][:2], *named, *_HEADERS[language][2:]])
    ranks = {(answer.headline, row.result.zone_id): row.rank for row in answer.rows}
    for name, title, result in _rows(answer, language):
        writer.writerow(
            [
                safe(result.zone_id),
                safe(result.zone_name),
                *([safe(title)] if answer.groups else []),
                _plain(result.value, language),
                safe(unit_text(answer.card.unit, language)),
                ranks.get((name, result.zone_id)) or "",
                _plain(result.numerator, language),
                _plain(result.denominator, language),
                result.pieces,
                STATUSES[result.status][language],
                _NO_YES[language][answer.card.modelled is not None],
                _NO_YES[language][answer.synthetic],
                answer.computed_at,
            ]
        )
    return "\ufeff" + out.getvalue()


def _rows(answer: Answer, language: Language) -> Iterator[tuple[str, str, ValueRow]]:
    """Yield each row with its class (empty: all together) and what that is called."""
    for result in (*(row.result for row in answer.rows), answer.whole):
        yield answer.headline, _title(answer, answer.headline, language), result
    for group in answer.groups:
        if group.id != answer.headline:
            yield from ((group.id, group.title[language], row) for row in group.rows.values())


def _title(answer: Answer, name: str, language: Language) -> str:
    return next((group.title[language] for group in answer.groups if group.id == name), "")


def _plain(value: float | None, language: Language) -> str:
    if value is None:
        return ""
    return repr(float(value)).replace(".", "," if language == "pl" else ".")
