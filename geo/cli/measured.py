"""What ``geobank measure`` prints: the plan, the answer, and its ledger."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from geo.measure.edges.threads import cores
from geo.model.text import Language

if TYPE_CHECKING:
    from geo.flow.cost import Cost
    from geo.flow.handout import Answer
    from geo.flow.job import Job

SHOWN_ZONES, SHOWN_CLASSES = 40, 6

_WORDS: dict[str, tuple[str, str]] = {
    "resumed": (
        "Zachowane z poprzedniego biegu grupy wierszy: {}.",
        "Row groups kept from a run before: {}.",
    ),
    "stopped": (
        "Przerwano. Zachowano {} z {} grup wierszy; ten sam rozkaz z --resume pójdzie dalej.",
        "Stopped. {} of {} row groups are kept; the same command with --resume goes on.",
    ),
    "warm": ("Jądra obliczeń gotowe ({} s).", "Kernels are compiled ({} s)."),
    "total": ("razem", "total"),
    "none": ("(brak)", "(none)"),
    "more": (
        "... i {} stref więcej: zapisz je przez -o",
        "... and {} zones more: write them with -o",
    ),
    "what": ("Co: {}", "What: {}"),
    "zones": ("Strefy: {} ({})", "Zones: {} ({})"),
    "reads": (
        "Czyta: {} plik(ów), {} grup wierszy, {} wierszy, {} MB",
        "Reads: {} file(s), {} row groups, {} rows, {} MB",
    ),
    "columns": ("Kolumny: {}", "Columns: {}"),
    "filtered": (
        "Pomija: {} grup ({} wierszy), w których filtr nie może być spełniony",
        "Skips: {} row groups ({} rows) where the filter cannot be true",
    ),
    "beyond": (
        "Pomija: {} grup ({} wierszy) dalej niż wszystkie strefy; nie wejdą do całości",
        "Skips: {} row groups ({} rows) beyond every zone; the whole does not count them",
    ),
    "kept": ("Zachowane: {} grup z poprzedniego biegu", "Kept: {} row groups of a run before"),
    "cost": (
        "Koszt (szacunek): {} s na 1 rdzeniu, {} s na {} (pliki na dysku tej maszyny){}",
        "Cost (an estimate): {} s on 1 core, {} s on {} (files on this machine's disk){}",
    ),
    "slow": ("; bez numba, przez GEOS", "; without numba, by GEOS"),
    "unchecked": (
        "Poprawność geometrii: nie sprawdzana (--check ją sprawdzi)",
        "Validity of the geometry: not looked at (--check does)",
    ),
    "ledger": ("Księga ({}):", "Ledger ({}):"),
    "inside": ("w strefach", "inside zones"),
    "outside": ("poza strefami", "outside"),
    "repeated": ("policzone wielokrotnie", "repeated"),
    "whole": ("całość", "whole"),
    "missing": ("bez wartości", "without a value"),
    "closes": ("zamyka się, względna różnica {:.1e}", "closes, relative gap {:.1e}"),
    "gapes": ("NIE ZAMYKA SIĘ, względna różnica {:.1e}", "DOES NOT CLOSE, relative gap {:.1e}"),
    "beyond_whole": (
        "  bez {} wierszy leżących dalej niż wszystkie strefy",
        "  without {} rows that lie beyond every zone",
    ),
    "each": (
        "  grunt pod kilkoma obiektami liczy się przy każdym z nich",
        "  ground under several features counts with each of them",
    ),
    "done": (
        "{} wierszy ({} po filtrze) w {:.1f} s, {} wierszy/s",
        "{} rows ({} after the filter) in {:.1f} s, {} rows/s",
    ),
    "written": ("Zapisano: {}", "Written: {}"),
}


def word(language: Language, key: str, *values: object) -> str:
    """Return a sentence in a language."""
    return _WORDS[key][language == "en"].format(*values)


def spaced(number: float, language: Language = "pl") -> str:
    """Return a number as a language writes it: ``1 234,5`` or ``1,234.5``."""
    small = not isinstance(number, int) and abs(number) < 1000
    text = f"{number:,}" if isinstance(number, int) else f"{number:,.1f}"
    text = f"{number:.6g}" if small else text
    if language == "pl":
        text = text.replace(",", "\u202f").replace(".", ",")
    return text


def plan_lines(job: Job, cost: Cost, language: Language) -> list[str]:
    """Return the plan for a person, a line for each thing that is read, skipped or paid."""

    def say(key: str, *values: object) -> str:
        return word(language, key, *values)

    asked = job.question
    what = f"{asked.verb}({asked.field or job.source})"
    what += f" by {asked.by}" if asked.by else ""
    what += f" where {asked.where}" if asked.where else ""
    used = cores()
    lines = [
        say("what", what),
        say("zones", job.zones_name, spaced(cost.zones, language)),
        say("reads", cost.files, cost.row_groups, spaced(cost.rows, language),
            f"{cost.bytes_read / 1e6:.1f}"),
        say("columns", ", ".join(cost.columns)),
    ]  # fmt: skip
    if cost.filtered_groups:
        lines.append(say("filtered", cost.filtered_groups, spaced(cost.filtered_rows, language)))
    if cost.beyond_groups:
        lines.append(say("beyond", cost.beyond_groups, spaced(cost.beyond_rows, language)))
    if cost.kept_groups:
        lines.append(say("kept", cost.kept_groups))
    if not job.checked and not job.published:
        lines.append(say("unchecked"))
    slow = "" if cost.compiled else say("slow")
    lines.append(
        say("cost", f"{cost.seconds_one_core:.0f}", f"{cost.seconds(used):.0f}", used, slow)
    )
    return lines


def table_lines(answer: Answer, language: Language) -> list[str]:
    """Return the answer as a table: a line for each zone, a column for each class."""
    labels = answer.whole.labels if answer.question.by else ()
    shown = labels[:SHOWN_CLASSES]
    head = ["", *(label or word(language, "none") for label in shown)]
    rows = [[*head, f"{word(language, 'total')} [{answer.unit or '1'}]"]]
    for place, name in enumerate(answer.places.names[:SHOWN_ZONES]):
        cells = [
            _cell(answer.whole.values[place, column], language) for column in range(len(shown))
        ]
        rows.append([name, *cells, _cell(answer.whole.totals[place], language)])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    more = len(answer.places.names) - SHOWN_ZONES
    return [*lines, word(language, "more", more)] if more > 0 else lines


def ledger_lines(answer: Answer, language: Language) -> list[str]:
    """Return the ledger: what is inside, outside, repeated, and the whole."""
    entry = answer.whole.entry
    lines = [word(language, "ledger", entry.unit or answer.unit or "1")]
    parts = {
        "inside": entry.inside, "outside": entry.outside, "repeated": entry.repeated,
        "whole": entry.whole,
    }  # fmt: skip
    width = max(len(word(language, key)) for key in parts)
    for key, value in parts.items():
        lines.append(
            f"  {word(language, key).ljust(width)}  {spaced(float(value or 0.0), language):>20}"
        )
    if entry.missing:
        lines.append(
            f"  {word(language, 'missing').ljust(width)}  {spaced(entry.missing, language):>20}"
        )
    lines.append(f"  {word(language, 'closes' if entry.closes else 'gapes', entry.gap)}")
    beyond = answer.about["rows"]["skipped_beyond_zones"]
    if beyond:
        lines.append(word(language, "beyond_whole", spaced(beyond, language)))
    if answer.about["overlaps"] == "each":
        lines.append(word(language, "each"))
    return lines


def _cell(value: float, language: Language) -> str:
    return "-" if math.isnan(value) else spaced(float(value), language)
