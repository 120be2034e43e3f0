"""From what layer.yml says of a style to the symbols of QGIS."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from geo.model import Layer
from geo.model.indicator import Indicator
from geo.model.layer import Style
from geo.model.palettes import palettes
from geo.model.reasons import SIGNS, explained
from geo.model.text import Language
from geo.view.classes import Classes
from geo.view.numbers import NARROW, number
from geo.view.qgis import symbols
from geo.view.qgis.elements import column, literal
from geo.view.qgis.labelling import labelling
from geo.view.qgis.renderers import Category, Range, categorised, graduated, single

NO_DATA = -1e15
"""Stands for a missing value, so that the legend has a class for it."""

_MISSING = ("null", "not_computable", "suppressed")
"""Why a value may be missing: the statuses of an indicator's answer."""

INDICATOR = "geobank_indicator_"
"""With this begin the ids of the choropleths in the project."""

_BEYOND = 1e14
"""The outer classes reach to here: a value of a later version is still drawn."""

_NUMERATOR, _DENOMINATOR, _WITHOUT = "#b0125b", "#8a8f98", "#9aa1ab"
_SIZES = {"polygon": 0.12, "line": 0.5, "point": 2.4}


def symbol(layer: Layer, colour: str) -> Element:
    """Return a feature's symbol in one colour, as the layer's style has it."""
    style = layer.style
    size = style.size or _SIZES[layer.family]
    if layer.family == "line":
        return symbols.line("0", colour, width=size, width_by=style.width_by)
    if layer.family == "point":
        return symbols.marker("0", colour, shape=style.marker, size=size)
    if style.fill:
        return symbols.area("0", colour, edge=symbols.darker(colour), width=size)
    return symbols.area("0", colour, edge=colour, width=size, brush="no")


def renderer(layer: Layer, language: Language) -> Element:
    """Return how a layer of the city is drawn."""
    style = layer.style
    if not style.by:
        return single(symbol(layer, style.colour))
    found = _of_palette(layer, language) if style.palette else _of_colours(layer, language)
    other = "pozostałe" if language == "pl" else "other"
    found.append(Category((), other, symbol(layer, style.colour)))
    return categorised(_key(style), found)


def _key(style: Style) -> str:
    """Return the expression of the key: the field, or dictionary and code with a slash between."""
    return " || '/' || ".join(f"to_string({column(name)})" for name in style.by)


def _of_palette(layer: Layer, language: Language) -> list[Category]:
    palette = palettes()[layer.style.palette]
    return [
        Category(palette.keys(use), f"{use.id} – {use.title[language]}", symbol(layer, use.colour))
        for use in palette.classes
    ]


def _of_colours(layer: Layer, language: Language) -> list[Category]:
    field = layer.field(layer.style.by[0]) if len(layer.style.by) == 1 else None
    words = (field.values if field else None) or {}
    return [
        Category(
            (value,), words[value][language] if value in words else value, symbol(layer, colour)
        )
        for value, colour in layer.style.colours.items()
    ]


def title_labels(layer: Layer) -> Element | None:
    """Return the labels of a layer, if its style asks for any."""
    if not layer.style.labelled_from:
        return None
    first = layer.style.group == "boundaries"
    words = column(layer.title_field)
    if first:
        # A choropleth names the zones itself, with their values: two names would displace them.
        shown = f"array_to_string(@map_layer_ids) LIKE {literal('%' + INDICATOR + '%')}"
        words = f"if({shown}, NULL, {words})"
    return labelling(
        words,
        layer.family,
        size=11 if first else 7.5,
        bold=first,
        scale=layer.style.labelled_from,
        first=first,
    )


def choropleth(card: Indicator, classes: Classes, language: Language) -> Element:
    """Return a card's classes as ranges, and one more for zones without a value."""
    edges = [number(edge, card.precision, language) for edge in classes.edges]
    why = "; ".join(explained(status, language) for status in _MISSING)
    ranges = [Range(NO_DATA, NO_DATA, why, _hatched())]
    last = len(classes.colours) - 1
    for i, colour in enumerate(classes.colours):
        ranges.append(
            Range(
                -_BEYOND if i == 0 else classes.edges[i],
                _BEYOND if i == last else classes.edges[i + 1],
                edges[i] if edges[i] == edges[i + 1] else f"{edges[i]} – {edges[i + 1]}",
                symbols.area("0", colour, edge=symbols.EDGE, width=0.25),
            )
        )
    expression = f"coalesce(round(to_real({column('value')}), {card.precision}), {NO_DATA:.0f})"
    return graduated(expression, ranges)


def _hatched() -> Element:
    return symbols.area("0", _WITHOUT, edge=symbols.EDGE, width=0.25, brush="b_diagonal")


def value_labels(card: Indicator, language: Language, unit: str) -> Element:
    """Return labels of two lines: the zone, and its value with the unit or why there is none."""
    value, name = column("value"), column("zone_name")
    shown = f"format_number(to_real({value}), {card.precision}, {literal(language)})"
    if unit:
        shown += f" || {literal(NARROW + unit)}"
    # QGIS knows only the CASE of conditions, not the one that compares a value.
    signs = " ".join(
        f"WHEN {column('status')} = {literal(status)} THEN {literal(SIGNS[status][language])}"
        for status in _MISSING
    )
    words = f"{name} || '\\n' || CASE WHEN {value} IS NOT NULL THEN {shown} {signs} END"
    return labelling(words, "polygon", size=9, bold=True, first=True)


def evidence(layer: Layer, language: Language) -> Element:
    """Return the pieces behind a number: those of the numerator stand out."""
    words = ("licznik", "mianownik") if language == "pl" else ("numerator", "denominator")
    parts = [
        Category(("numerator",), words[0], _piece(layer, _NUMERATOR, strong=True)),
        Category(("denominator",), words[1], _piece(layer, _DENOMINATOR, strong=False)),
    ]
    return categorised(column("part"), parts)


def _piece(layer: Layer, colour: str, *, strong: bool) -> Element:
    if layer.family == "line":
        return symbols.line("0", colour, width=1.0 if strong else 0.6)
    if layer.family == "point":
        return symbols.marker("0", colour, size=2.6 if strong else 1.8)
    brush = "solid" if strong else "no"
    return symbols.area("0", colour, edge=colour, width=0.2, brush=brush, alpha=0.7)
