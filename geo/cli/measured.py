"""What ``geobank measure`` prints: the plan, the answer, and its ledger."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.flow.streamed.cost import Cost
    from geo.flow.streamed.handout import Answer
    from geo.flow.streamed.job import Job
    from geo.flow.streamed.raster_job import RasterJob
    from geo.measure.ledger import Entry
    from geo.model.text import Language

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
        "Kompilacja potrzebnych jąder obliczeń (raz na wersję i procesor, około {} s)...",
        "Compiling the kernels that are needed (once for a version and processor, about {} s)...",
    ),
    "compiled": (
        "Kompilacja jąder: {} s, jednorazowo; nie liczy się do czasu pomiaru.",
        "Kernels compiled: {} s, once; the time of measuring leaves it out.",
    ),
    "form_plain": (
        "Liczy: GEOS, bo pracy jest mało; nic nie trzeba kompilować",
        "Answers: GEOS, for there is little to measure; nothing has to be compiled",
    ),
    "form_compiled": ("Liczą: skompilowane jądra", "Answer: compiled kernels"),
    "to_compile": (
        "{}; najpierw ich kompilacja, około {} s, raz na wersję i procesor",
        "{}; compiling them comes first, about {} s, once for a version and processor",
    ),
    "warm": ("Jądra obliczeń gotowe ({} s).", "Kernels are compiled ({} s)."),
    "total": ("razem", "total"),
    "none": ("(brak)", "(none)"),
    "more": (
        "... i jeszcze {}: zapisz wszystko przez -o PLIK",
        "... and {} more: write all with -o FILE",
    ),
    "what": ("Co: {}", "What: {}"),
    "zones": ("Strefy: {} ({})", "Zones: {} ({})"),
    "reads": (
        "Czyta: {}, {}, {}, {} MB",
        "Reads: {}, {}, {}, {} MB",
    ),
    "strips": ("Czyta: {}, {}", "Reads: {}, {}"),
    "cost_cells": ("Koszt (szacunek): {} s na 1 rdzeniu", "Cost (an estimate): {} s on 1 core"),
    "done_cells": ("{0} w {2} s, {3} komórek/s", "{0} in {2} s, {3} cells/s"),
    "columns": ("Kolumny: {}", "Columns: {}"),
    "filtered": (
        "Pomija: {} ({}), bo filtr nie może tam być spełniony",
        "Skips: {} ({}) where the filter cannot be true",
    ),
    "beyond": (
        "Pomija: {} ({}) dalej niż wszystkie strefy; nie wejdą do całości",
        "Skips: {} ({}) beyond every zone; the whole does not count them",
    ),
    "kept": ("Zachowane z poprzedniego biegu: {}", "Kept of a run before: {}"),
    "cost": (
        "Koszt (szacunek): {} s na 1 rdzeniu, {} s na {} (pliki na dysku tej maszyny)",
        "Cost (an estimate): {} s on 1 core, {} s on {} (files on this machine's disk)",
    ),
    "form_slow": (
        "Liczy: GEOS, bo nie ma pakietu numba: wolno",
        "Answers: GEOS, for the package numba is missing: slowly",
    ),
    "unchecked": (
        "Poprawność geometrii: nie sprawdzana (--check ją sprawdzi)",
        "Validity of the geometry: not looked at (--check does)",
    ),
    "again": (
        "Jeszcze raz: {} obok ({} MB), bo obiekty mogą dzielić grunt",
        "Once more: {} beside them ({} MB), whose features may share ground",
    ),
    "targets": ("Cele: {} ({})", "Targets: {} ({})"),
    "zones_all": ("wszystkie strefy", "all zones"),
    "mark_null": ("-: brak danych", "-: no data"),
    "mark_blind": (
        "-: brak danych (raster nie ma ich w ponad {} % strefy)",
        "-: no data (the raster has none in more than {} % of the zone)",
    ),
    "mark_nothing": ("÷0: nie ma przez co dzielić", "÷0: there is nothing to divide by"),
    "away": ("trzymają inne obiekty", "held by other features"),
    "unclassified": ("w tym bez klasy", "of it without a class"),
    "once": (
        "  grunt pod kilkoma obiektami liczy się raz",
        "  ground under several features counts once",
    ),
    "ledger": ("Księga ({}):", "Ledger ({}):"),
    "ledger_below": ("Księga mianownika ({}):", "Ledger of the denominator ({}):"),
    "unit_features": ("obiekty", "features"),
    "unit_cells": ("komórki", "cells"),
    "unit_feature": ("obiekt", "feature"),
    "unit_cell": ("komórka", "cell"),
    "inside": ("w strefach", "inside zones"),
    "outside": ("poza strefami", "outside"),
    "repeated": ("policzone wielokrotnie", "repeated"),
    "whole": ("całość", "whole"),
    "missing": ("bez wartości", "without a value"),
    "closes": ("zamyka się, różnica względna {}", "closes, relative gap {}"),
    "gapes": ("NIE ZAMYKA SIĘ, różnica względna {}", "DOES NOT CLOSE, relative gap {}"),
    "beyond_whole": (
        "  bez tego, co leży dalej niż wszystkie strefy: {}",
        "  without what lies beyond every zone: {}",
    ),
    "each": (
        "  grunt pod kilkoma obiektami liczy się przy każdym z nich",
        "  ground under several features counts with each of them",
    ),
    "done_rows": (
        "{} (po filtrze {}) w {} s, {} wierszy/s",
        "{} ({} after the filter) in {} s, {} rows/s",
    ),
    "written": ("Zapisano: {}", "Written: {}"),
}


DIGITS = 6
"""Of the largest number of a table; files have all of them."""
_NOUNS: dict[str, tuple[tuple[str, str, str], tuple[str, str]]] = {
    "files": (("plik", "pliki", "plików"), ("file", "files")),
    "groups": (("grupa wierszy", "grupy wierszy", "grup wierszy"), ("row group", "row groups")),
    "rows": (("wiersz", "wiersze", "wierszy"), ("row", "rows")),
    "cells": (("komórka", "komórki", "komórek"), ("cell", "cells")),
    "strips": (("pas", "pasy", "pasów"), ("strip", "strips")),
    "zones": (("strefa", "strefy", "stref"), ("zone", "zones")),
    "classes": (("klasa", "klasy", "klas"), ("class", "classes")),
}


def word(language: Language, key: str, *values: object) -> str:
    """Return a sentence in a language."""
    return _WORDS[key][language == "en"].format(*values)


def spaced(number: float, language: Language = "pl") -> str:
    """Return a number as a language writes it: ``1 234,5`` or ``1,234.5``."""
    if not isinstance(number, int) and float(number).is_integer():
        number = int(number)
    small = not isinstance(number, int) and abs(number) < 1000
    text = f"{number:,}" if isinstance(number, int) else f"{number:,.1f}"
    text = f"{number:.6g}" if small else text
    if language == "pl":
        text = text.replace(",", "\u202f").replace(".", ",")
    return text


def places_of(values: Iterable[float]) -> int:
    """Return the decimals that a column of numbers needs: six digits of its largest, 0 to 6."""
    there = [abs(value) for value in values if math.isfinite(value)]
    if all(value.is_integer() for value in there):
        return 0
    digits = math.floor(math.log10(max(there))) + 1
    return min(max(DIGITS - digits, 0), DIGITS)


def figure(number: float, places: int, language: Language) -> str:
    """Return a number with so many decimals; what is not zero and would look like it is ``≈0``."""
    if number and not round(number, places):
        return "≈0"
    text = f"{number + 0.0:,.{places}f}"
    return text.replace(",", "\u202f").replace(".", ",") if language == "pl" else text


def decimal(number: float, places: int, language: Language) -> str:
    """Return a number with so many decimals, and the mark of a language before them."""
    text = f"{number:.{places}f}"
    return text.replace(".", ",") if language == "pl" else text


def counted(count: int, what: str, language: Language) -> str:
    """Return a count with its noun in the right form: ``2 wiersze``, ``5 wierszy``, ``1 row``."""
    from geo.view.numbers import plural

    return plural(count, language, *_NOUNS[what]).replace("\u00a0", " ")


def plan_lines(job: Job, cost: Cost, language: Language) -> list[str]:
    """Return the plan for a person, a line for each thing that is read, skipped or paid."""
    from geo.measure.edges.threads import cores
    from geo.measure.forms import VERTICES

    def say(key: str, *values: object) -> str:
        return word(language, key, *values)

    used = cores()
    lines = [
        say("what", what_text(job)),
        say("zones", job.zones_name, spaced(cost.zones, language)),
        say("reads", counted(cost.files, "files", language),
            counted(cost.row_groups, "groups", language), counted(cost.rows, "rows", language),
            decimal(cost.bytes_read / 1e6, 1, language)),
        say("columns", ", ".join(cost.columns)),
    ]  # fmt: skip
    if cost.filtered_groups:
        groups = counted(cost.filtered_groups, "groups", language)
        lines.append(say("filtered", groups, counted(cost.filtered_rows, "rows", language)))
    if cost.beyond_groups:
        groups = counted(cost.beyond_groups, "groups", language)
        lines.append(say("beyond", groups, counted(cost.beyond_rows, "rows", language)))
    if cost.again_groups:
        groups = counted(cost.again_groups, "groups", language)
        lines.append(say("again", groups, decimal(cost.again_bytes / 1e6, 1, language)))
    if job.targets is not None:
        count = spaced(len(job.targets.geometries), language)
        lines.append(say("targets", job.targets.name, count))
    if cost.kept_groups:
        lines.append(say("kept", counted(cost.kept_groups, "groups", language)))
    if not job.checked and not job.published:
        lines.append(say("unchecked"))
    slow = job.work.much >= VERTICES and cost.form == "plain"
    lines.append(_form_line("slow" if slow else cost.form, cost.compile_seconds, language))
    one, all_cores = (_seconds(number) for number in (cost.seconds_one_core, cost.seconds(used)))
    return [*lines, say("cost", one, all_cores, used)]


def _form_line(form: str, compile_seconds: int, language: Language) -> str:
    """Return what will answer, and what has to be compiled for it."""
    text = word(language, f"form_{form}")
    return word(language, "to_compile", text, compile_seconds) if compile_seconds else text


def _seconds(number: float) -> str:
    return "<1" if number < 1 else f"{number:.0f}"


def raster_lines(job: RasterJob, language: Language) -> list[str]:
    """Return the plan of a raster for a person."""
    plan = job.plan()
    return [
        word(language, "what", what_text(job)),
        word(language, "zones", job.zones_name, spaced(plan["zones"], language)),
        word(
            language,
            "strips",
            counted(plan["cells_read"], "cells", language),
            counted(plan["strips"], "strips", language),
        ),
        _form_line(job.form, plan["compile_seconds"], language),
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


def ledger_lines(answer: Answer, language: Language) -> list[str]:
    """Return the ledger: what is inside, outside, repeated, and the whole; of each sum."""
    lines = []
    for entry in answer.whole.ledger:
        lines += _entry_lines(
            entry, unit_shown(entry.unit or answer.unit or "1", answer, language), language
        )
    beyond = answer.about.get("rows", {}).get("skipped_beyond_zones")
    if beyond:
        lines.append(word(language, "beyond_whole", counted(beyond, "rows", language)))
    if answer.about.get("overlaps"):
        lines.append(word(language, answer.about["overlaps"]))
    return lines


def unit_shown(unit: str, answer: Answer, language: Language) -> str:
    """Return a unit as a person says it: ``m²``, ``obiekty/km²``; a count of cells is of cells."""
    from geo.model.units import symbol

    cells = "cells" in answer.about
    above, _, below = unit.partition("/")
    if above == "feature":
        above = word(language, "unit_cells" if cells else "unit_features")
    else:
        above = symbol(above, language)
    if below == "feature":
        below = word(language, "unit_cell" if cells else "unit_feature")
    elif below:
        below = symbol(below, language)
    return f"{above}/{below}" if below else above


def _entry_lines(entry: Entry, unit: str, language: Language) -> list[str]:
    key = "ledger" if entry.role == "numerator" else "ledger_below"
    lines = [word(language, key, unit)]
    parts = {"inside": entry.inside, "outside": entry.outside, "repeated": entry.repeated}
    parts |= {"away": entry.counted_away} if entry.counted_away else {}
    parts |= {"whole": entry.whole}
    width = max(len(word(language, key)) for key in (*parts, "missing"))
    places = places_of(float(value or 0.0) for value in parts.values())
    for key, value in parts.items():
        number = figure(float(value or 0.0), places, language)
        lines.append(f"  {word(language, key).ljust(width)}  {number:>20}")
    for key, value in (("missing", entry.missing), ("unclassified", entry.unclassified)):
        if value:
            number = spaced(value, language)
            lines.append(f"  {word(language, key).ljust(width)}  {number:>20}")
    gap = f"{entry.gap:.0e}" if entry.gap else "0"
    lines.append(f"  {word(language, 'closes' if entry.closes else 'gapes', gap)}")
    return lines
