"""A MapLibre style per layer: what a client needs to draw its tiles at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from geo.model import Indicator, Layer
from geo.model.derived import VALUES
from geo.model.indicator import Legend
from geo.model.palettes import palettes
from geo.model.text import Language
from geo.serve.tiles.attributes import Column
from geo.serve.tiles.describe import Describer, bounds84, fitting_zoom
from geo.serve.tiles.matrix import NAME
from geo.serve.tiles.tileset import COUNT, Tileset

CATEGORIES = (
    "#88ccee", "#ddcc77", "#cc6677", "#44aa99", "#332288", "#999933", "#117733", "#882255",
    "#aa4499", "#6699cc", "#661100", "#888888",
)  # fmt: skip
"""Paul Tol's muted scheme (CC0), apart for colour-blind eyes, and three more."""

PLAIN = {"point": "#225ea8", "line": "#225ea8", "polygon": "#7fcdbb"}
NO_DATA = "#d9d9d9"
_COUNTS = ((1, "#ffffcc"), (10, "#7fcdbb"), (100, "#1d91c0"), (1_000, "#0c2c84"))
_FEW = 200
"""As many features bear their names at every zoom."""

Expression = Any
Document = dict[str, Any]


class Classed(Protocol):
    """The classes of a choropleth."""

    @property
    def edges(self) -> tuple[float, ...]:
        """One more than there are classes, ascending; a class holds its upper edge."""

    @property
    def colours(self) -> tuple[str, ...]:
        """One per class."""


Classify = Callable[[Sequence[float | None], Legend, int], Classed]
"""Chooses the classes of values by a card's legend and precision, as every picture does."""


def style(
    tileset: Tileset, describe: Describer, language: Language, classify: Classify | None = None
) -> Document:
    """Return a MapLibre style (version 8) that draws one tileset.

    Parameters
    ----------
    classify : callable, optional
        For the values of an indicator; without it they are shaded from least to most.
    """
    name = tileset.layer.id
    found: Document = {
        "version": 8,
        "name": describe.title(tileset, language),
        "metadata": {"geobank:version": tileset.snapshot.version},
        "sources": {
            name: {
                "type": "vector",
                "url": describe.address(tileset, "tiles", NAME, f="tilejson"),
            }
        },
        "layers": [_counts(tileset), *_features(tileset, colour(tileset, describe, classify))],
    }
    title = "zone_name" if name == VALUES else tileset.layer.title_field
    if title in {column.name for column in tileset.source.columns}:
        found["layers"].append(_labels(tileset, title))
    box = bounds84(tileset)
    if box is not None:
        found["center"] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]
        found["zoom"] = fitting_zoom(box)
    return found


def colour(tileset: Tileset, describe: Describer, classify: Classify | None) -> Expression:
    """Return the colour of a feature: by its value, by its class, or one for all."""
    if tileset.indicator:
        return _by_value(tileset, describe.card(tileset.indicator), classify)
    chosen = tileset.layer.style
    if chosen.palette:
        return _by_palette(tileset.layer)
    if chosen.by and chosen.colours:
        named = [word for pair in chosen.colours.items() for word in pair]
        return ["match", ["to-string", ["get", chosen.by[-1]]], *named, chosen.colour]
    column = _category(tileset)
    if column is None:
        return PLAIN[tileset.layer.family]
    pairs = zip(sorted(column.values.to_pylist()), CATEGORIES, strict=False)
    return ["match", ["get", column.name], *(word for pair in pairs for word in pair), NO_DATA]


def _by_palette(layer: Layer) -> Expression:
    """Return the colours of planning, as QGIS gets them: dictionary and code, or the code alone."""
    parts: list[Expression] = []
    for name in layer.style.by:
        parts += [*(["/"] if parts else []), ["to-string", ["get", name]]]
    palette = palettes()[layer.style.palette]
    pairs: list[Expression] = [
        word for use in palette.classes for word in (list(palette.keys(use)), use.colour)
    ]
    return ["match", ["concat", *parts], *pairs, layer.style.colour]


def _category(tileset: Tileset) -> Column | None:
    """Return the first field of few words, if there is one; the layer's own choice first."""
    by = tileset.layer.style.by
    for column in sorted(tileset.source.columns, key=lambda column: column.name not in by):
        if column.kind == "string" and 2 <= len(column.values) <= len(CATEGORIES):
            if column.name in (tileset.layer.id_field, tileset.layer.title_field):
                continue
            return column
    return None


def _by_value(tileset: Tileset, card: Indicator, classify: Classify | None) -> Expression:
    column = next(one for one in tileset.source.columns if one.name == "value")
    known = [column.values[code].as_py() if code >= 0 else None for code in column.codes.tolist()]
    numbers = [value for value in known if value is not None]
    if not numbers:
        return NO_DATA
    given: Expression = ["get", "value"]
    if classify is None:
        low, high = min(numbers), max(numbers)
        steps = ["interpolate", ["linear"], given, low, _COUNTS[0][1], high, _COUNTS[-1][1]]
        shade = steps if low < high else _COUNTS[1][1]
    else:
        shade = _classes(classify(known, card.legend, card.precision), given, card.precision)
    return ["case", ["has", "value"], shade, NO_DATA]


def _classes(classes: Classed, given: Expression, decimals: int) -> Expression:
    if not classes.colours:
        return NO_DATA
    # As in the legend: a value is rounded before it is classed, and a class holds its upper edge.
    scale = 10**decimals
    rounded = ["/", ["round", ["*", given, scale]], scale]
    inner = zip(classes.edges[1:-1], classes.colours, strict=False)
    cases = [part for edge, shade in inner for part in (["<=", rounded, edge], shade)]
    return ["case", *cases, classes.colours[-1]] if cases else classes.colours[-1]


def _layer(tileset: Tileset, part: str, kind: str, paint: Document) -> Document:
    return {
        "id": f"{tileset.layer.id}-{part}",
        "type": kind,
        "source": tileset.layer.id,
        "source-layer": tileset.layer.id,
        "paint": paint,
    }


def _counts(tileset: Tileset) -> Document:
    stops = [word for pair in _COUNTS for word in pair]
    paint = {
        "fill-color": ["interpolate", ["linear"], ["get", COUNT], *stops],
        "fill-opacity": 0.8,
    }
    found = _layer(tileset, "count", "fill", paint) | {"source-layer": tileset.count_layer}
    # Above it only what is too small to see is counted.
    return found | ({"maxzoom": tileset.source.detail_zoom} if tileset.source.detail_zoom else
                    {"layout": {"visibility": "none"}})  # fmt: skip


def _features(tileset: Tileset, shade: Expression) -> list[Document]:
    if tileset.layer.family == "point":
        radius = ["interpolate", ["linear"], ["zoom"], 10, 2.5, 16, 6]
        edge = {"circle-stroke-color": "#ffffff", "circle-stroke-width": 1}
        return [_layer(tileset, "point", "circle",
                       {"circle-color": shade, "circle-radius": radius, **edge})]  # fmt: skip
    width = ["interpolate", ["linear"], ["zoom"], 10, 1, 16, 4]
    if tileset.layer.family == "line":
        return [_layer(tileset, "line", "line", {"line-color": shade, "line-width": width})]
    thin = ["interpolate", ["linear"], ["zoom"], 10, 0.3, 16, 1]
    faint = ["interpolate", ["linear"], ["zoom"], 11, 0.35, 15, 0.9]
    return [
        _layer(tileset, "fill", "fill", {"fill-color": shade, "fill-opacity": 0.9}),
        _layer(
            tileset,
            "outline",
            "line",
            {"line-color": "#444444", "line-width": thin, "line-opacity": faint},
        ),
    ]


def _labels(tileset: Tileset, title: str) -> Document:
    paint = {"text-color": "#222222", "text-halo-color": "#ffffff", "text-halo-width": 1.5}
    layout: Document = {"text-field": ["to-string", ["get", title]], "text-size": 12}
    if tileset.layer.family == "line":
        layout["symbol-placement"] = "line"
    found = _layer(tileset, "label", "symbol", paint) | {"layout": layout}
    return found if len(tileset.source) <= _FEW else found | {"minzoom": 16}
