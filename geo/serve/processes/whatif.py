"""``what-if``: the indicators as a scenario would have them, beside the official ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from geo.errors import GeoError, NotFoundError, UsageError
from geo.flow.bases import Bases
from geo.flow.scenario import run
from geo.limits import limit
from geo.measure.plan import plan
from geo.model import Project, Text
from geo.model.reasons import REASONS
from geo.model.scenario import NOTICE
from geo.model.text import Language
from geo.model.units import symbol
from geo.serve.processes.process import JSON, Errand, Input, Output, Process
from geo.serve.processes.table import Document, column, table_schema

_BASES = "bases"


def _inputs(project: Project, published: Sequence[str]) -> dict[str, Input]:
    return {
        "scenario": Input(
            Text(pl="Scenariusz", en="Scenario"),
            Text(
                pl="JSON jak w pliku geobank what-if: name, title, changes (layer oraz add, "
                "replace, set albo remove); albo GeoJSON narysowany w QGIS-ie. Najpierw wschód lub "
                "długość, w każdym układzie",
                en="JSON as in a file of geobank what-if: name, title, changes (layer, and add, "
                "replace, set or remove); or GeoJSON drawn in QGIS. Easting or longitude first, in "
                "any CRS",
            ),
            {"type": "object"},
            required=True,
        ),
        "indicators": Input(
            Text(pl="Wskaźniki", en="Indicators"),
            Text(
                pl="Lista identyfikatorów; pusta: te, których dotyczy zmiana",
                en="A list of ids; empty: those that the change touches",
            ),
            {"type": "array", "items": {"type": "string", "enum": [*project.indicators]}}
            if project.indicators
            else {"type": "array", "items": {"type": "string"}},
        ),
    }


def _run(errand: Errand) -> Document:
    document, names = errand.inputs["scenario"], errand.inputs.get("indicators")
    if not isinstance(document, dict):
        raise UsageError("is not an object", where="input 'scenario'", fix="see docs/processes.md")
    if names is not None and not _are_names(names):
        raise UsageError("must be a list of ids", where="input 'indicators'")
    bases = _bases(errand)
    try:
        found = run(
            errand.project, errand.root, document, indicators=names or None,
            progress=errand.progress, bases=bases,
        )  # fmt: skip
    except NotFoundError as error:
        place = f"input 'scenario', {error.where}" if error.where else "input 'scenario'"
        raise UsageError(error.what, where=place, fix=error.fix) from None
    except GeoError as error:
        error.where = f"input 'scenario', {error.where}" if error.where else "input 'scenario'"
        raise
    finally:
        bases.settle()
    return {**found, **_table(found, errand.language)}


def _bases(errand: Errand) -> Bases:
    """Return the cards that were prepared for the executions before this one."""
    if _BASES not in errand.kept:
        project = errand.project
        plans = []
        for card in project.indicators.values():
            with suppress(GeoError):  # whoever asks for that card is told why
                plans.append(plan(project, card))
        errand.kept[_BASES] = Bases(project, errand.root, plans, limit("what_if_bases"))
    found: Bases = errand.kept[_BASES]
    return found


def _are_names(found: object) -> bool:
    return isinstance(found, list) and all(isinstance(each, str) for each in found)


def _table(found: Document, language: Language) -> Document:
    """Return the same as columns and rows, for a page."""
    pl = language == "pl"
    return {
        "columns": [
            column("indicator", "Wskaźnik" if pl else "Indicator"),
            column("zone_name", "Strefa" if pl else "Zone"),
            column("official", "Urzędowo" if pl else "Official"),
            column("scenario_value", "W scenariuszu" if pl else "In the scenario"),
            column("difference", "Różnica" if pl else "Difference"),
            column("reason", "Dlaczego jej nie ma" if pl else "Why there is none"),
            column("unit", "Jednostka" if pl else "Unit"),
        ],
        "rows": list(_rows(found, language)),
        "notes": [
            NOTICE[language],
            *(f"{name}: {reason}" for name, reason in found["skipped"].items()),
        ],
    }


def _rows(found: Document, language: Language) -> Iterator[Document]:
    everything = "Razem" if language == "pl" else "All"
    for card in found["indicators"]:
        for each in (*card["zones"], {"zone_name": everything, **card["whole"]}):
            official, scenario = each["official"], each["scenario"]
            yield {
                "indicator": card["title"][language],
                "zone_name": each["zone_name"],
                "official": None if official is None else official["value"],
                "scenario_value": None if scenario is None else scenario["value"],
                "difference": each["difference"],
                "reason": REASONS[each["reason"]][language] if each["reason"] else "",
                "unit": symbol(card["unit"], language),
            }


WHAT_IF = Process(
    id="what-if",
    version="1.0.0",
    title=Text(pl="Co by było, gdyby", en="What if"),
    description=Text(
        pl="Wskaźniki policzone tak, jakby zmienić warstwy według scenariusza, obok urzędowych. "
        "Niczego nie publikuje i niczego nie zapisuje.",
        en="The indicators as if a scenario had changed the layers, beside the official ones. "
        "It publishes nothing and keeps nothing.",
    ),
    keywords=(Text(pl="scenariusz", en="scenario"), Text(pl="planowanie", en="planning")),
    inputs=_inputs,
    output=Output(
        "result",
        Text(pl="Wynik", en="Result"),
        Text(
            pl="Wartości urzędowe i scenariusza, nigdy nie zmieszane",
            en="The official values and the scenario's, never mixed",
        ),
        {JSON: table_schema({"type": "object"})},
    ),
    run=_run,
    stays=True,
)
