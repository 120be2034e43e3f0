"""Layers that Geobank makes itself: the values of all indicators, and the evidence of each.

An indicator's result *is* a layer: versioned, served and read like any other.
"""

from __future__ import annotations

from geo.errors import UsageError
from geo.model.indicator import UNCLASSIFIED, Indicator, Recipe, Term
from geo.model.layer import Field, GeometryType, Layer, Licence, Source
from geo.model.project import Project
from geo.model.text import Language, Text

VALUES = "indicator_values"
"""Collection id of the values: one feature per indicator, zone and class, and per whole city."""

WHOLE = "_all"
"""Zone id of the row that stands for all zones together."""

STATUSES: dict[str, Text] = {
    "ok": Text(pl="policzono", en="computed"),
    "null": Text(pl="brak danych", en="no data"),
    "not_computable": Text(
        pl="nie do policzenia (mianownik równy zeru)", en="not computable (denominator is zero)"
    ),
    "suppressed": Text(
        pl="ukryto: zbyt mała liczba", en="suppressed: the count is too small to show"
    ),
    "unclassified": Text(pl="bez klasy, poza udziałami", en="of no class, left out of the shares"),
}

_CC_BY = Licence(
    id="CC-BY-4.0",
    name="Creative Commons Uznanie autorstwa 4.0",
    url="https://creativecommons.org/licenses/by/4.0/",
)
_SOURCE = Source(
    name=Text(
        pl="Geobank, obliczone z warstw miasta", en="Geobank, computed from the city's layers"
    )
)


def evidence_id(indicator_id: str) -> str:
    """Return the collection id of an indicator's evidence."""
    return f"evidence_{indicator_id}"


def _field(name: str, kind: str, pl: str, en: str, **more: object) -> Field:
    return Field.model_validate({"name": name, "type": kind, "title": {"pl": pl, "en": en}, **more})


def values_layer(project: Project) -> Layer:
    """Return the layer that holds the values of every indicator per zone."""
    codes = {card.id: card.title for card in project.indicators.values()}
    return Layer(
        id=VALUES,
        title=Text(pl="Wskaźniki: wartości w dzielnicach", en="Indicators: values per district"),
        description=Text(
            pl="Jeden wiersz na wskaźnik i strefę oraz jeden na całe miasto (zone_id = _all); "
            "wskaźnik podzielony na klasy ma go też dla każdej klasy (class; puste: razem). "
            "Filtruj po polu indicator; headline = true zostawia liczby, które pokazuje mapa.",
            en="One feature per indicator and zone, and one for the whole city (zone_id = _all); "
            "an indicator by class has one for each class, too (class; empty: all together). "
            "Filter by the field indicator; headline = true leaves the numbers of the map.",
        ),
        keywords=(Text(pl="wskaźniki", en="indicators"),),
        source=_SOURCE,
        licence=_CC_BY,
        steward=project.site.contact,
        update_interval="P1D",
        crs="EPSG:2180",
        geometry="MultiPolygon",
        id_field="value_id",
        title_field="value_id",
        derived=True,
        fields=(
            _field("value_id", "string", "Identyfikator", "Identifier", required=True),
            _field("indicator", "string", "Wskaźnik", "Indicator", values=codes, required=True),
            _field("title_pl", "string", "Nazwa po polsku", "Name in Polish"),
            _field("title_en", "string", "Nazwa po angielsku", "Name in English"),
            _field("zones", "string", "Warstwa stref", "Layer of zones"),
            _field("zone_id", "string", "Strefa", "Zone", required=True),
            _field("zone_name", "string", "Nazwa strefy", "Name of the zone"),
            _field("class", "string", "Klasa", "Class"),
            _field("class_pl", "string", "Nazwa klasy po polsku", "Class in Polish"),
            _field("class_en", "string", "Nazwa klasy po angielsku", "Class in English"),
            _field("headline", "boolean", "Pokazuje ją mapa", "Shown on the map", required=True),
            _field(
                "modelled",
                "boolean",
                "Liczba z modelu, nie z policzenia",
                "Modelled, not counted",
                required=True,
            ),
            _field("value", "number", "Wartość", "Value"),
            _field("unit", "string", "Jednostka", "Unit"),
            _field("status", "string", "Stan", "Status", values=STATUSES, required=True),
            _field("numerator", "number", "Licznik (m, m², os., szt.)", "Numerator (m, m², ...)"),
            _field("denominator", "number", "Mianownik (m², os., szt.)", "Denominator (m², ...)"),
            _field("pieces", "integer", "Liczba fragmentów", "Number of pieces of evidence"),
            _field("inputs", "string", "Warstwy i ich wersje", "Layers and their versions"),
            _field("synthetic", "boolean", "Dane syntetyczne", "Synthetic data"),
            _field("computed_at", "datetime", "Obliczono", "Computed at"),
        ),
    )


def evidence_layer(project: Project, card: Indicator) -> Layer:
    """Return the layer of the pieces behind one indicator.

    The pieces have the geometry family of the numerator. A term that sums a field that is not
    public has one piece per zone, the zone itself, so that no single feature is disclosed.
    """
    return Layer(
        id=evidence_id(card.id),
        title=Text(pl=f"Dowód: {card.title.pl}", en=f"Evidence: {card.title.en}"),
        description=Text(
            pl="Fragmenty geometrii, których miary sumują się do wartości wskaźnika. "
            + " ".join([card.definition.pl, *([card.modelled.pl] if card.modelled else [])]),
            en="The pieces of geometry whose measures sum to the indicator's value. "
            + " ".join([card.definition.en, *([card.modelled.en] if card.modelled else [])]),
        ),
        keywords=(Text(pl="dowód", en="evidence"),),
        source=_SOURCE,
        licence=_CC_BY,
        steward=card.steward,
        update_interval="P1D",
        crs="EPSG:2180",
        geometry=evidence_geometry(project, card),
        id_field="piece_id",
        derived=True,
        fields=(
            _field("piece_id", "string", "Identyfikator", "Identifier", required=True),
            _field("zone_id", "string", "Strefa", "Zone", required=True),
            _field("zone_name", "string", "Nazwa strefy", "Name of the zone"),
            _field(
                "part",
                "string",
                "Część wzoru",
                "Part of the formula",
                required=True,
                values={
                    "numerator": {"pl": "licznik", "en": "numerator"},
                    "denominator": {"pl": "mianownik", "en": "denominator"},
                },
            ),
            _field("layer", "string", "Warstwa", "Layer", required=True),
            _field("version", "string", "Wersja warstwy", "Version of the layer", required=True),
            _field("feature_id", "string", "Obiekt źródłowy", "Source feature"),
            _field("class", "string", "Klasa", "Class"),
            _field(
                "reading",
                "number",
                "Wielkość tego obiektu (pole, odległość)",
                "The feature's own number (field, distance)",
            ),
            _field("measure", "number", "Miara", "Measure", required=True),
            _field("unit", "string", "Jednostka miary", "Unit of the measure"),
            _field("features", "integer", "Ile obiektów we fragmencie", "Features in this piece"),
        ),
    )


def evidence_geometry(project: Project, card: Recipe) -> GeometryType:
    """Return the geometry type of an indicator's evidence."""
    found = _pieces_geometry(project, card.of)
    measured_to = card.to is not None and card.distance is None
    return "MultiLineString" if measured_to and not _private(project, card.of) else found


def denominator_in_evidence(project: Project, card: Recipe) -> bool:
    """Tell whether an indicator's evidence holds the pieces of its denominator.

    A collection has one type of geometry: a denominator of another type has none there. Such a
    one (a zone's area, the people in a zone) is the zone itself, which the values layer holds.
    """
    people = project.site.residents
    if card.over is not None:
        below = _pieces_geometry(project, card.over)
    elif card.verb == "per_person" and people is not None:
        below = _pieces_geometry(project, Term(layer=people.layer, field=people.field))
    elif card.verb in ("share_of_area", "density"):
        below = "MultiPolygon"
    elif card.verb in ("mean", "median", "nearest", "share_within"):
        below = _pieces_geometry(project, card.of)
    else:
        return False
    return below == evidence_geometry(project, card)


def _private(project: Project, term: Term) -> bool:
    field = project.layer(term.layer).field(term.field) if term.field else None
    return field is not None and not field.public


def _pieces_geometry(project: Project, term: Term) -> GeometryType:
    if _private(project, term):
        return "MultiPolygon"
    family = project.layer(term.layer).family
    return {"point": "Point", "line": "MultiLineString", "polygon": "MultiPolygon"}[family]  # type: ignore[return-value]


_NO_CLASS = Text(pl="bez klasy", en="no class")


def class_title(project: Project, card: Recipe, name: str) -> Text:
    """Return what a class is called: by the card, by the layer's list of codes, or by itself."""
    if name == UNCLASSIFIED:
        return _NO_CLASS
    if not isinstance(card.by, str):
        return next((group.title for group in card.by if group.id == name), Text(pl=name, en=name))
    field = project.layer(card.of.layer).field(card.by)
    known = (field.values if field is not None else None) or {}
    return known.get(name, Text(pl=name, en=name))


def titled(project: Project, card: Indicator, language: Language) -> str:
    """Return the card's title, with the class that its numbers speak of."""
    named = [class_title(project, card, card.headline)[language]] if card.headline else []
    return ": ".join([card.title[language], *named])


def all_layers(project: Project) -> dict[str, Layer]:
    """Return the city's layers and the derived ones, by collection id."""
    made = [values_layer(project)] if project.indicators else []
    made += [evidence_layer(project, card) for card in project.indicators.values()]
    return {**project.layers, **{layer.id: layer for layer in made}}


def source_layer(project: Project, layer_id: str) -> Layer:
    """Return a layer that files enter and whose version a person chooses.

    Raises
    ------
    NotFoundError
        If the city has no such layer.
    UsageError
        If Geobank computes it: a version of its own would part the numbers from their evidence.
    """
    if layer_id not in project.layers and layer_id in all_layers(project):
        raise UsageError(
            "this layer is computed from others",
            where=layer_id,
            fix="publish or roll back those, and run `geobank indicators compute`",
        )
    return project.layer(layer_id)
