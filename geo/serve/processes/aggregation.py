"""``aggregate``: a caller's question over published layers, as a map layer or as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
import shapely

from geo import crs
from geo.flow.aggregate import Aggregate, aggregate
from geo.flow.asked import INDEXES, MEASURES, STATISTICS, VERBS_OFFERED
from geo.flow.polygons import CODES
from geo.limits import limit
from geo.measure.answers import Value
from geo.model import Project, Text
from geo.model.derived import STATUSES, WHOLE
from geo.model.text import Language
from geo.model.units import symbol
from geo.serve.processes.process import GEOJSON, JSON, Errand, Input, Output, Process, Schema
from geo.serve.processes.table import Document, column, table_schema

VERB_TITLES: dict[str, Text | None] = {
    **dict.fromkeys(VERBS_OFFERED),
    "area": Text(pl="powierzchnia", en="area"),
    "length": Text(pl="długość", en="length"),
    "count": Text(pl="liczba obiektów", en="number of features"),
    "sum": Text(pl="suma pola", en="sum of a field"),
    "mean": Text(pl="średnia pola", en="mean of a field"),
    "median": Text(pl="mediana pola", en="median of a field"),
    "share_of_area": Text(pl="udział w powierzchni strefy", en="share of the zone's area"),
    "density": Text(pl="gęstość: na km² strefy", en="density: per km² of the zone"),
    "share_by_class": Text(pl="udział klas", en="shares of classes"),
    "diversity": Text(pl="różnorodność klas", en="diversity of classes"),
    "nearest": Text(pl="odległość do najbliższego celu", en="distance to the nearest target"),
    "share_within": Text(pl="udział w zasięgu celu", en="share within a distance of a target"),
}
"""A verb that the table of verbs has and this one has not is offered by its code."""

_LIMITS = (limit("units_shown"), limit("persons_shown"))


def _inputs(project: Project, published: Sequence[str]) -> dict[str, Input]:
    layers = {one: project.layers[one].title for one in published if one in project.layers}
    rasters = {one: raster.title for one, raster in project.rasters.items()}
    zones = [one for one in layers if project.layers[one].family == "polygon"]
    return {
        "layer": _one_of(
            "Warstwa", "Layer", "Co mierzymy", "What is measured", layers | rasters, True
        ),
        "verb": _one_of(
            "Działanie", "Verb", "Co z nią robimy", "What is done with it", VERB_TITLES, True
        ),
        "zones": Input(
            Text(pl="Strefy", en="Zones"),
            Text(
                pl=f"Warstwa ({', '.join(zones)}), siatka grid:250 (metry), sześciokąty h3:8 "
                "albo własne wielokąty (GeoJSON). Puste: dzielnice.",
                en=f"A layer ({', '.join(zones)}), squares grid:250 (metres), hexagons h3:8, "
                "or polygons of your own (GeoJSON). Empty: the city's districts.",
            ),
            {"oneOf": [{"type": "string"}, {"type": "object"}]},
        ),
        "where": Input(
            Text(pl="Filtr (CQL2)", en="Filter (CQL2)"),
            Text(
                pl="Które obiekty: kind = 'park'. Tekst albo JSON; tylko pola publiczne",
                en="Which features, such as kind = 'park'. Text or JSON; public fields only",
            ),
            {"oneOf": [{"type": "string"}, {"type": "object"}]},
        ),
        "by": _text(
            "Podział na klasy", "Classes", "Pole, na przykład kind: wynik dla każdej jego wartości",
            "A field, such as kind: an answer for each of its values", rare=False,
        ),
        "field": _text(
            "Pole", "Field", "Dla sumy, średniej i mediany; $area: powierzchnia obiektu",
            "For a sum, a mean and a median; $area: the feature's own area", rare=False,
        ),
        "to": _one_of(
            "Dokąd", "To", "Dla odległości: warstwa celów",
            "For distances: the layer that they go to", layers,
        ),
        "toWhere": _text("Filtr celów", "Filter of targets", "CQL2, jak wyżej", "CQL2, as above"),
        "along": _one_of(
            "Drogą", "Along", "Warstwa linii, po których się idzie; puste: w linii prostej",
            "A layer of lines that people walk along; empty: straight",
            {one: title for one, title in layers.items() if project.layers[one].family == "line"},
        ),
        "distance": Input(
            Text(pl="Zasięg (m)", en="Distance (m)"),
            Text(pl="Dla udziału w zasięgu", en="For the share within a distance"),
            {"type": "number", "minimum": 0},
            rare=True,
        ),
        "statistic": _one_of(
            "Statystyka", "Statistic", "Dla odległości", "For distances", dict.fromkeys(STATISTICS)
        ),
        "measure": _one_of(
            "Miara", "Measure", "Dla gęstości, udziału klas i różnorodności",
            "For density, shares of classes and diversity", dict.fromkeys(MEASURES),
        ),
        "weight": _text(
            "Waga", "Weight", "Pole, przez które mnoży się miarę", "A field that multiplies it"
        ),
        "overlaps": _one_of(
            "Nakładanie", "Overlaps", "once: wspólny grunt liczony raz; each: za każdym razem",
            "once: shared ground counts once; each: each time", dict.fromkeys(("once", "each")),
        ),
        "index": _one_of(
            "Wskaźnik", "Index", "Dla różnorodności", "For diversity", dict.fromkeys(INDEXES)
        ),
        "unit": _text(
            "Jednostka", "Unit", "Na przykład m2, ha, km/km2; puste: zwyczajowa",
            "Such as m2, ha, km/km2; empty: the usual one",
        ),
        "zonesCrs": _one_of(
            "Układ własnych stref", "CRS of your zones",
            "W kolejności osi urzędu (EPSG:2180: najpierw północ); puste: CRS84 (długość, "
            "szerokość)",
            "In its authority's axis order (EPSG:2180: northing first); empty: CRS84 (longitude, "
            "latitude)",
            dict.fromkeys(CODES),
        ),
    }  # fmt: skip


def _text(pl: str, en: str, help_pl: str, help_en: str, *, rare: bool = True) -> Input:
    return Input(Text(pl=pl, en=en), Text(pl=help_pl, en=help_en), {"type": "string"}, rare=rare)


def _one_of(
    pl: str,
    en: str,
    help_pl: str,
    help_en: str,
    values: Mapping[str, Text | None],
    needed: bool = False,
) -> Input:
    schema: Schema = {"type": "string", "enum": list(values)} if values else {"type": "string"}
    choices = {value: title for value, title in values.items() if title is not None}
    return Input(
        Text(pl=pl, en=en), Text(pl=help_pl, en=help_en), schema, needed, choices, not needed
    )


def _run(errand: Errand) -> Any:  # noqa: ANN401 - JSON
    found = aggregate(errand.project, errand.root, dict(errand.inputs), progress=errand.progress)
    if errand.media_type == GEOJSON:
        return _collection(found, errand.language)
    return _table(found, errand.language)


def _collection(found: Aggregate, language: Language) -> Document:
    """Return a feature per zone; what is about all of them stands beside the features."""
    shapes = crs.as_served(shapely.orient_polygons(found.zones.features.geometries), crs.CRS84)
    drawn = shapely.to_geojson(shapes)
    features = [
        {
            "type": "Feature",
            "id": zone_id,
            "geometry": orjson.Fragment(drawn[row]),
            "properties": {
                "zone_id": zone_id,
                "zone_name": found.names[row],
                **_numbers(found.rows[row][-1]),
                "unit": found.recipe.unit,
                **_classes(found, row),
            },
        }
        for row, zone_id in enumerate(found.zones.ids)
    ]
    return {
        "type": "FeatureCollection",
        "features": features,
        "numberReturned": len(features),
        **_about(found, language),
    }


def _classes(found: Aggregate, row: int) -> Document:
    if not found.classes:
        return {}
    values = zip(found.classes, found.rows[row], strict=False)
    return {"classes": [{"class": name, **_numbers(value)} for name, value in values]}


def _numbers(value: Value) -> Document:
    return {
        "value": value.value,
        "status": value.status,
        "numerator": value.numerator,
        "denominator": value.denominator,
        # Where the number is hidden, so is how many features stand behind it: not 0 of them.
        "pieces": None if value.status == "suppressed" else value.pieces,
    }


def _table(found: Aggregate, language: Language) -> Document:
    pl = language == "pl"
    unit = symbol(found.recipe.unit, language)
    classed = (column("class_title", "Klasa" if pl else "Class"),) if found.classes else ()
    return {
        "columns": [
            column("zone_name", "Strefa" if pl else "Zone"),
            *classed,
            column("value", f"{'Wartość' if pl else 'Value'} [{unit}]"),
            column("status_title", "Stan" if pl else "Status"),
            column("pieces", "Obiektów" if pl else "Features"),
        ],
        "rows": list(_rows(found, language)),
        **_about(found, language),
    }


def _rows(found: Aggregate, language: Language) -> Iterator[Document]:
    everything = "Razem" if language == "pl" else "All"
    ids, names = (*found.zones.ids, WHOLE), (*found.names, everything)
    for row, zone_id in enumerate(ids):
        for name, value in zip((*found.classes, None), found.rows[row], strict=True):
            said: Document = {"zone_id": zone_id, "zone_name": names[row]}
            if found.classes:
                title = everything if name is None else found.class_title(name, language)
                said |= {"class": name, "class_title": title}
            status = STATUSES.get(value.status)
            shown = value.status if status is None else status[language]
            yield {**said, **_numbers(value), "status_title": shown}


def _about(found: Aggregate, language: Language) -> Document:
    return {
        "unit": found.recipe.unit,
        "whole": {**_numbers(found.rows[-1][-1]), **_classes(found, -1)},
        "ledger": {entry.role: entry.as_dict() for entry in found.ledger},
        "inputs": found.inputs,
        "zones": found.plan.zones.id,
        "plan": list(found.plan.explain(language)),
        "notes": list(_notes(found, language)),
        "synthetic": found.synthetic,
        "computed_at": f"{found.read_at:%Y-%m-%dT%H:%M:%SZ}",
    }


def _notes(found: Aggregate, language: Language) -> Iterator[str]:
    rule = found.plan.rule
    yield rule.aggregation[language]
    if found.plan.numerator.once:
        yield Text(
            pl="Grunt, na którym obiekty się nakładają, policzono raz (overlaps: each: osobno).",
            en="Ground where features overlap counts once (overlaps: each: each time).",
        )[language]
    if found.suppressed:
        yield Text(
            pl=f"Ukryto {found.suppressed}: stoją za nimi mniej niż {_LIMITS[0]} obiekty (przy "
            f"osobach mniej niż {_LIMITS[1]} osób) albo wynikałyby z nich takie liczby.",
            en=f"Suppressed: {found.suppressed}. Fewer than {_LIMITS[0]} features (where people "
            f"are counted, {_LIMITS[1]} people) stand behind them, or would follow from them.",
        )[language]
    if not all(entry.closes for entry in found.ledger):
        yield Text(
            pl="Części nie sumują się do całości: patrz ledger.",
            en="The parts do not add up to the whole: see ledger.",
        )[language]


_VALUE: Schema = {
    "type": "object",
    "properties": {
        "value": {"type": "number", "nullable": True},
        "status": {"type": "string", "enum": [*STATUSES]},
        "numerator": {"type": "number", "nullable": True},
        "denominator": {"type": "number", "nullable": True},
        "pieces": {"type": "integer", "nullable": True},
    },
}
_COLLECTION: Schema = {
    "type": "object",
    "required": ["type", "features"],
    "properties": {
        "type": {"type": "string", "enum": ["FeatureCollection"]},
        "features": {"type": "array", "items": {"type": "object"}},
        "unit": {"type": "string"},
        "whole": _VALUE,
        "ledger": {"type": "object"},
        "inputs": {"type": "object", "additionalProperties": {"type": "string"}},
        "notes": {"type": "array", "items": {"type": "string"}},
        "synthetic": {"type": "boolean"},
    },
}

AGGREGATE = Process(
    id="aggregate",
    version="1.0.0",
    title=Text(pl="Policz warstwę w strefach", en="Measure a layer in zones"),
    description=Text(
        pl="Dowolna opublikowana warstwa, działanie, filtr i strefy: dzielnice, inna warstwa, "
        "siatka, sześciokąty albo własny wielokąt. Ten sam silnik i ten sam bilans, co we "
        "wskaźnikach; nic nie jest publikowane. Liczby, za którymi stoi zbyt mało obiektów, są "
        "ukryte.",
        en="Any published layer, a verb, a filter and zones: districts, another layer, a grid, "
        "hexagons or a polygon of your own. The engine and the ledger of the indicators; nothing "
        "is published. Numbers that too few features stand behind are suppressed.",
    ),
    keywords=(
        Text(pl="agregacja", en="aggregation"),
        Text(pl="statystyka strefowa", en="zonal statistics"),
    ),
    inputs=_inputs,
    output=Output(
        "result",
        Text(pl="Wynik", en="Result"),
        Text(
            pl="Warstwa: obszar na strefę; albo tabela. Obok wartości: bilans i wersje warstw",
            en="A feature per zone, or a table; with the ledger and the layers' versions",
        ),
        {GEOJSON: _COLLECTION, JSON: table_schema(_VALUE)},
    ),
    run=_run,
)
