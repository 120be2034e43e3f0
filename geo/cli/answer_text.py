"""Words, numbers and tables of ``geobank indicators`` as a terminal shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geo.model.text import Language

_WORDS: dict[str, tuple[str, str]] = {
    "zone": ("strefa", "zone"),
    "value": ("wartość", "value"),
    "above": ("licznik", "numerator"),
    "below": ("mianownik", "denominator"),
    "pieces": ("fragm.", "pieces"),
    "all": ("CAŁE MIASTO", "WHOLE CITY"),
    "unit": ("jednostka", "unit"),
    "formula": ("wzór", "formula"),
    "caveat": ("uwaga", "mind"),
    "on_demand": ("dowód na żądanie", "evidence on demand"),
    "modelled": ("z modelu", "modelled"),
    "standard": ("norma", "standard"),
    "inputs": ("policzono z", "computed from"),
    "computed": ("policzono", "computed"),
    "outdated": (
        "NIEAKTUALNE, policz od nowa (geobank indicators compute); zmieniono",
        "OUT OF DATE, compute again (geobank indicators compute); changed",
    ),
    "stale": ("NIEAKTUALNE, zmieniono", "OUT OF DATE, changed"),
    "again": (
        "Policz od nowa: geobank indicators compute",
        "Compute again: geobank indicators compute",
    ),
    "evidence": ("dowód", "evidence"),
    "synthetic": ("DANE SYNTETYCZNE", "SYNTHETIC DATA"),
    "never": ("nie policzono", "not computed"),
    "yes": ("części dają całość", "the parts add up"),
    "gap": ("różnica względna", "relative gap"),
    "no": ("CZĘŚCI NIE DAJĄ CAŁOŚCI", "THE PARTS DO NOT ADD UP"),
    "districts": ("strefy", "zones"),
    "outside": ("poza strefami", "outside the zones"),
    "repeated": ("w kilku strefach", "in several zones"),
    "away": ("nakładanie", "overlaps"),
    "missing": ("bez wartości", "without a value"),
    "whole": ("całość", "whole"),
    "card": ("wskaźnik", "indicator"),
    "skipped": ("pominięto", "skipped"),
    "measure": ("miara", "measure"),
    "why": ("policzono też", "computed, too"),
    "unclassified": ("bez klasy", "of no class"),
    "unplaced": ("nie rozłożono", "not placed"),
    "piece": ("fragment", "piece"),
}


def say(key: str, lang: Language) -> str:
    """Return a word in a language."""
    return _WORDS[key][0 if lang == "pl" else 1]


def value_text(row: Any, card: Any, lang: Language) -> str:  # noqa: ANN401 - heavy imports stay lazy
    """Return an answer with its unit, or why there is none."""
    from geo.model.derived import STATUSES
    from geo.view.numbers import quantity

    if row.value is None:
        return STATUSES[row.status][lang]
    return quantity(row.value, card.precision, card.unit, lang)


def number_text(value: float | None, lang: Language) -> str:
    """Return a number: whole, or with two decimals; a dash for none."""
    from geo.view.numbers import number

    if value is None:
        return "–"
    return number(value, 0 if float(value).is_integer() else 2, lang)


def gap_text(gap: float) -> str:
    """Return a relative gap: ``0``, or a power of ten such as ``3e-16``."""
    return f"{gap:.0e}" if gap else "0"


def aligned(rows: Sequence[Sequence[str]], *, left: Sequence[int]) -> str:
    """Return rows as columns; those named in `left` to the left, the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if i in left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join(lines)
