"""What ``geobank measure`` prints: the plan, the answer, and its ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geo.flow.cost import Cost
    from geo.flow.handout import Answer
    from geo.flow.job import Job
    from geo.flow.raster_job import RasterJob
    from geo.measure.ledger import Entry
    from geo.model.text import Language

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
    "compiling": (
        "Kompilacja jąder obliczeń (raz na wersję i procesor, około 20 s)...",
        "Compiling the kernels (once for a version and processor, some 20 s)...",
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
    "strips": ("Czyta: {} komórek w {} pasach", "Reads: {} cells in {} strips"),
    "cost_cells": ("Koszt (szacunek): {} s na 1 rdzeniu", "Cost (an estimate): {} s on 1 core"),
    "cells": ("{0} komórek w {2:.1f} s, {3} komórek/s", "{0} cells in {2:.1f} s, {3} cells/s"),
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
    "again": (
        "Jeszcze raz: {} grup sąsiednich ({} MB), których obiekty mogą dzielić grunt",
        "Once more: {} neighbouring row groups ({} MB) whose features may share ground",
    ),
    "targets": ("Cele: {} ({})", "Targets: {} ({})"),
    "zones_all": ("wszystkie strefy", "all zones"),
    "mark_null": ("-: brak danych", "-: no data"),
    "mark_nothing": ("÷0: nie ma przez co dzielić", "÷0: there is nothing to divide by"),
    "away": ("trzymają inne obiekty", "held by other features"),
    "unclassified": ("w tym bez klasy", "of it without a class"),
    "once": (
        "  grunt pod kilkoma obiektami liczy się raz",
        "  ground under several features counts once",
    ),
    "ledger": ("Księga ({}):", "Ledger ({}):"),
    "ledger_below": ("Księga mianownika ({}):", "Ledger of the denominator ({}):"),
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
    from geo.measure.edges.threads import cores

    def say(key: str, *values: object) -> str:
        return word(language, key, *values)

    used = cores()
    lines = [
        say("what", what_text(job)),
        say("zones", job.zones_name, spaced(cost.zones, language)),
        say("reads", cost.files, cost.row_groups, spaced(cost.rows, language),
            f"{cost.bytes_read / 1e6:.1f}"),
        say("columns", ", ".join(cost.columns)),
    ]  # fmt: skip
    if cost.filtered_groups:
        lines.append(say("filtered", cost.filtered_groups, spaced(cost.filtered_rows, language)))
    if cost.beyond_groups:
        lines.append(say("beyond", cost.beyond_groups, spaced(cost.beyond_rows, language)))
    if cost.again_groups:
        lines.append(say("again", cost.again_groups, f"{cost.again_bytes / 1e6:.1f}"))
    if job.targets is not None:
        count = spaced(len(job.targets.geometries), language)
        lines.append(say("targets", job.targets.name, count))
    if cost.kept_groups:
        lines.append(say("kept", cost.kept_groups))
    if not job.checked and not job.published:
        lines.append(say("unchecked"))
    slow = "" if cost.compiled else say("slow")
    lines.append(
        say("cost", f"{cost.seconds_one_core:.0f}", f"{cost.seconds(used):.0f}", used, slow)
    )
    return lines


def raster_lines(job: RasterJob, language: Language) -> list[str]:
    """Return the plan of a raster for a person."""
    plan = job.plan()
    return [
        word(language, "what", what_text(job)),
        word(language, "zones", job.zones_name, spaced(plan["zones"], language)),
        word(language, "strips", spaced(plan["cells_read"], language), plan["strips"]),
        word(language, "cost_cells", f"{plan['seconds_one_core']:.0f}"),
    ]


def what_text(job: Job | RasterJob) -> str:
    """Return the question in a line: ``ratio(floors) over count by function where ...``."""
    asked = job.question
    words = [f"{asked.verb}({asked.field or job.source})"]
    words += [f"measure {asked.measured}"] if asked.measured != asked.verb else []
    words += [f"× {asked.weight}"] if asked.weight else []
    if asked.over is not None:
        over = asked.over
        words.append(f"over {over.measure}({over.field})" if over.field else f"over {over.measure}")
        words += [f"where {over.where}"] if over.where else []
    words += [f"<= {asked.distance:g} m"] if asked.distance is not None else []
    words += [f"by {asked.by}"] if asked.by else []
    words += [f"where {asked.where}"] if asked.where else []
    return " ".join(words)


def table_lines(answer: Answer, language: Language) -> list[str]:
    """Return the answer as a table: a line for each zone, a column for each class.

    The last line is of all zones together: of a quotient, sums over sums.
    """
    labels = answer.whole.labels if answer.question.by else ()
    shown = labels[:SHOWN_CLASSES]
    columns = [*range(len(shown)), -1]
    head = ["", *(label or word(language, "none") for label in shown)]
    rows = [[*head, f"{word(language, 'total')} [{answer.unit or '1'}]"]]
    for place, name in enumerate(answer.places.names[:SHOWN_ZONES]):
        rows.append([name, *(_cell(answer.told(place, at), language) for at in columns)])
    rows.append(
        [word(language, "zones_all"), *(_cell(answer.told(-1, at), language) for at in columns)]
    )
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    more = len(answer.places.names) - SHOWN_ZONES
    lines += [word(language, "more", more)] if more > 0 else []
    there = {cell for row in rows for cell in row[1:]}
    return lines + [word(language, key) for mark, key in _MARKS.items() if mark in there]


def ledger_lines(answer: Answer, language: Language) -> list[str]:
    """Return the ledger: what is inside, outside, repeated, and the whole; of each sum."""
    lines = []
    for entry in answer.whole.ledger:
        lines += _entry_lines(entry, entry.unit or answer.unit or "1", language)
    beyond = answer.about.get("rows", {}).get("skipped_beyond_zones")
    if beyond:
        lines.append(word(language, "beyond_whole", spaced(beyond, language)))
    if answer.about.get("overlaps"):
        lines.append(word(language, answer.about["overlaps"]))
    return lines


def _entry_lines(entry: Entry, unit: str, language: Language) -> list[str]:
    key = "ledger" if entry.role == "numerator" else "ledger_below"
    lines = [word(language, key, unit)]
    parts = {"inside": entry.inside, "outside": entry.outside, "repeated": entry.repeated}
    parts |= {"away": entry.counted_away} if entry.counted_away else {}
    parts |= {"whole": entry.whole}
    width = max(len(word(language, key)) for key in (*parts, "missing"))
    for key, value in parts.items():
        number = spaced(float(value or 0.0), language)
        lines.append(f"  {word(language, key).ljust(width)}  {number:>20}")
    for key, value in (("missing", entry.missing), ("unclassified", entry.unclassified)):
        if value:
            number = spaced(value, language)
            lines.append(f"  {word(language, key).ljust(width)}  {number:>20}")
    lines.append(f"  {word(language, 'closes' if entry.closes else 'gapes', entry.gap)}")
    return lines


_MARKS = {"-": "mark_null", "÷0": "mark_nothing"}


def _cell(told: dict[str, Any], language: Language) -> str:
    if told["status"] == "not_computable":
        return "÷0"
    return "-" if told["value"] is None else spaced(float(told["value"]), language)
