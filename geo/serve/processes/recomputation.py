"""``indicator``: one card from today's versions beside what is published; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from geo.flow.recompute import Recomputed, recompute
from geo.model import Project, Text
from geo.model.derived import WHOLE
from geo.model.text import Language
from geo.model.units import symbol
from geo.serve.processes.process import JSON, Errand, Input, Output, Process
from geo.serve.processes.table import Document, column, table_schema


def _inputs(project: Project, published: Sequence[str]) -> dict[str, Input]:
    schema = {"type": "string", "enum": list(project.indicators)}
    return {
        "indicator": Input(
            Text(pl="Wskaźnik", en="Indicator"),
            Text(pl="Identyfikator karty", en="Id of the card"),
            schema if project.indicators else {"type": "string"},
            required=True,
        )
    }


def _run(errand: Errand) -> Document:
    found = recompute(
        errand.project, errand.root, errand.inputs["indicator"], progress=errand.progress
    )
    card = errand.project.indicator(errand.inputs["indicator"])
    language = errand.language
    pl, unit = language == "pl", symbol(card.unit, language)
    before = found.published
    return {
        "title": card.title[language],
        "indicator": card.id,
        "unit": card.unit,
        "columns": [
            column("zone_name", "Strefa" if pl else "Zone"),
            column("value", f"{'Z obecnych wersji' if pl else 'From current versions'} [{unit}]"),
            column("status", "Status"),
            column("published_value", f"{'Opublikowano' if pl else 'Published'} [{unit}]"),
            column("published_status", "Status (opublikowany)" if pl else "Status (published)"),
        ],
        "rows": list(_rows(found, language)),
        "ledger": found.ledger,
        "inputs": found.inputs,
        "published": None
        if before is None
        else {
            "inputs": before.inputs,
            "computed_at": before.computed_at,
            "outdated": list(before.outdated),
        },
        "synthetic": found.synthetic,
        "notes": list(_notes(found, language)),
    }


def _rows(found: Recomputed, language: Language) -> Iterator[Document]:
    zones = found.result.zones
    everything = "Razem" if language == "pl" else "All"
    for zone_id, name in zip((*zones.ids, WHOLE), (*zones.names, everything), strict=True):
        value = found.now(zone_id)
        published, status = found.before(zone_id)
        yield {
            "zone_id": zone_id,
            "zone_name": name,
            "value": value.value,
            "status": value.status,
            "numerator": value.numerator,
            "denominator": value.denominator,
            "published_value": published,
            "published_status": status,
        }


def _notes(found: Recomputed, language: Language) -> Iterator[str]:
    if found.published is None:
        yield Text(
            pl="Wskaźnik nie był jeszcze opublikowany.", en="The indicator was never published."
        )[language]
    elif found.published.outdated:
        layers = ", ".join(found.published.outdated)
        yield Text(
            pl=f"Opublikowane liczby powstały z innych wersji: {layers}.",
            en=f"The published numbers come from other versions of: {layers}.",
        )[language]


INDICATOR = Process(
    id="indicator",
    version="1.0.0",
    title=Text(pl="Przelicz wskaźnik", en="Recompute an indicator"),
    description=Text(
        pl="Liczy kartę wskaźnika z obecnych wersji warstw i pokazuje wynik obok opublikowanego. "
        "Niczego nie publikuje.",
        en="Computes a card from the current versions of its layers, beside what is published. "
        "It publishes nothing.",
    ),
    keywords=(Text(pl="wskaźniki", en="indicators"),),
    inputs=_inputs,
    output=Output(
        "result",
        Text(pl="Wynik", en="Result"),
        Text(pl="Tabela: wiersz na strefę", en="A table: a row per zone"),
        {JSON: table_schema({"type": "object"})},
    ),
    run=_run,
)
