"""Maps to move and zoom, as one HTML file each: the only place that knows folium.

A file holds Leaflet, the geometry, the table and the card, and its own content security policy
lets it fetch nothing: it opens from a disk without a network. No tiles: what is drawn is the
city's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import folium
import numpy as np
import shapely
from branca.element import MacroElement
from folium.features import Control
from folium.template import Template
from markupsafe import Markup

from geo import crs
from geo.errors import LimitExceededError, NotFoundError
from geo.limits import limit
from geo.model import Layer, Project
from geo.model.derived import STATUSES, evidence_id
from geo.model.reasons import explained
from geo.model.text import Language
from geo.store import table
from geo.store.catalog import Catalog
from geo.store.raster import grid_of
from geo.store.snapshot import Snapshot, read_table
from geo.view import cells, offline
from geo.view.answer import Answer, load_answer
from geo.view.inert import collection, inert, public_rows, zone_labels
from geo.view.numbers import number, unit_text

_LABELLED = 40
"""Above so many zones a map carries no labels."""

_SIMPLE_M = 1.0
"""Shapes are generalised by so many metres for drawing; numbers never are."""


class OfflineMap(folium.Map):
    """A folium map that links no script and no style: the page around it holds them.

    The lists are this class's own: folium's are shared by every map of the process.
    """

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 - folium reads a class attribute
    default_css: list[tuple[str, str]] = []  # noqa: RUF012


class Labels(MacroElement):
    """Words upon the map that take no clicks and no focus.

    Not folium.Marker: that one asks for Leaflet's default icon before it takes its own.

    Parameters
    ----------
    labels : list of dict
        `at`: [latitude, longitude]; `html`: escaped words; `kind`: CSS classes.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            for (const each of {{ this.labels|tojson }}) {
                L.marker(each.at, {
                    icon: L.divIcon({html: each.html, className: each.kind, iconSize: [140, 40]}),
                    interactive: false, keyboard: false,
                }).addTo({{ this._parent.get_name() }});
            }
        {% endmacro %}
        """
    )

    def __init__(self, labels: list[dict[str, Any]]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Labels"
        self.labels = labels


def indicator_map(project: Project, root: Path, indicator_id: str, language: Language) -> str:
    """Return a choropleth of an indicator with the same numbers as a table, as one HTML file.

    Raises
    ------
    NotFoundError
        If there is no such indicator, or it was never computed.
    LimitExceededError
        If there are more zones than ``map_features``.
    """
    answer = load_answer(project, root, indicator_id)
    _check_size(answer.zones, len(answer.rows))
    drawn = _empty_map(language)
    _zones(answer, language).add_to(drawn)
    pieces = _evidence(project, root, answer, language)
    if pieces is not None:
        pieces.add_to(drawn)
        folium.LayerControl(position="bottomright", collapsed=False).add_to(drawn)
    if len(answer.rows) <= _LABELLED:
        Labels(zone_labels(answer, language)).add_to(drawn)
    return _page(
        drawn,
        list(answer.geometries.values()),
        project,
        language,
        "map_indicator.html",
        title=answer.card.title[language],
        answer=answer,
        statuses=STATUSES,
        missing=[
            explained(reason, language)
            for reason in sorted({r.result.status for r in answer.rows if r.result.value is None})
        ],
        edges=[number(e, answer.classes.decimals, language) for e in answer.classes.edges],
        unit=unit_text(answer.card.unit, language),
        picture=Markup(answer.picture(language)),  # noqa: S704 - picture.py escapes
    )


def layer_map(project: Project, root: Path, layer_id: str, language: Language) -> str:
    """Return a layer as one HTML file: its features with their public fields, and a table.

    Raises
    ------
    NotFoundError
        If there is no such layer, or it was never published.
    LimitExceededError
        If it has more features than ``map_features``.
    """
    layer = project.layer(layer_id)
    snapshot = Catalog(root).current(layer_id)
    if snapshot is None:
        raise NotFoundError(
            f"the layer {layer_id!r} is not published", fix=f"geobank publish {layer_id} FILE"
        )
    _check_size(layer, snapshot.manifest.features)
    rows = public_rows(layer, snapshot, language)
    shapes = _drawn_shapes(snapshot)
    titles = {field.name: field.title[language] for field in layer.public_fields}
    drawn = _empty_map(language)
    backdrop = _backdrop(project, root, language) if layer.id != project.site.zones else None
    if backdrop is not None:
        backdrop.add_to(drawn)
    if rows:
        _features(layer, shapes, rows, titles).add_to(drawn)
    return _page(
        drawn,
        list(shapes),
        project,
        language,
        "map_layer.html",
        title=layer.title[language],
        layer=layer,
        manifest=snapshot.manifest,
        titles=titles,
        rows=sorted(rows, key=lambda row: row[layer.id_field]),
    )


def raster_map(project: Project, root: Path, raster_id: str, language: Language) -> str:
    """Return a raster as one HTML file: its picture, a legend, and the area of each class.

    Raises
    ------
    NotFoundError
        If there is no such raster, or it was never published.
    """
    raster = project.raster(raster_id)
    snapshot = Catalog(root).current(raster_id)
    if snapshot is None:
        raise NotFoundError(
            f"the raster {raster_id!r} is not published", fix=f"geobank publish {raster_id} FILE"
        )
    look = cells.look_of(project, raster, snapshot, language)
    address, (west, south, east, north) = cells.mercator(snapshot, look)
    drawn = _empty_map(language)
    picture = folium.raster_layers.ImageOverlay(
        address, [[south, west], [north, east]], opacity=1, mercator_project=False
    )
    picture.add_to(drawn)
    edges = _backdrop(project, root, language, filled=False)
    if edges is not None:
        edges.add_to(drawn)
    return _page(
        drawn,
        [shapely.box(*grid_of(snapshot).bbox2180)],
        project,
        language,
        "map_raster.html",
        title=raster.title[language],
        raster=raster,
        manifest=snapshot.manifest,
        still=cells.straight(snapshot, look),
        unit=cells.unit_of(raster, language),
        lines=cells.lines(snapshot, look),
    )


def _check_size(layer: Layer, features: int) -> None:
    if features > limit("map_features"):
        raise LimitExceededError(
            f"{features} features do not fit a map of one file; the limit is "
            f"{limit('map_features')}",
            where=layer.id,
            fix="open the layer in QGIS through the API",
        )


def _empty_map(language: Language) -> OfflineMap:
    drawn = OfflineMap(
        location=(52.0, 19.0), tiles=None, zoom_control=False, attributionControl=False,
        zoomSnap=0.25, max_zoom=20,
    )  # fmt: skip
    titles = ("Przybliż", "Oddal") if language == "pl" else ("Zoom in", "Zoom out")
    # No `position`: folium 0.20 would hand Leaflet the list of all positions in place of options.
    Control("Zoom", zoom_in_title=titles[0], zoom_out_title=titles[1]).add_to(drawn)
    Control("Scale", imperial=False).add_to(drawn)
    return drawn


def _backdrop(
    project: Project, root: Path, language: Language, *, filled: bool = True
) -> folium.GeoJson | None:
    """Return the outlines of the city's zones, to tell where a layer lies."""
    layer = project.layers[project.site.zones]
    snapshot = Catalog(root).current(layer.id)
    if snapshot is None or snapshot.manifest.features > _LABELLED:
        return None
    shapes = _drawn_shapes(snapshot)
    return folium.GeoJson(
        collection(shapes, [{"n": ""}] * len(shapes)),
        name=inert(layer.title[language]),
        style_function=lambda _: _PAPER if filled else _EDGES,
        interactive=False,
    )


def _zones(answer: Answer, language: Language) -> folium.GeoJson:
    rows = [row for row in answer.rows if row.result.zone_id in answer.geometries]
    shapes = shapely.coverage_simplify(
        np.array([answer.geometries[row.result.zone_id] for row in rows]), _SIMPLE_M
    )
    colours = {row.result.zone_id: row.colour or "#ffffff" for row in rows}
    names = {
        "zone": "Dzielnica" if language == "pl" else "District",
        "value": answer.card.title[language],
    }
    properties = [
        {
            "id": row.result.zone_id,
            "zone": row.result.zone_name,
            "value": answer.quantity(row.result.value, language)
            if row.result.value is not None
            else STATUSES[row.result.status][language],
        }
        for row in rows
    ]
    escaped_colours = {inert(key): value for key, value in colours.items()}

    def style(feature: dict[str, Any]) -> dict[str, Any]:
        fill = escaped_colours[feature["properties"]["id"]]
        return {"fillColor": fill, "fillOpacity": 0.9, "color": "#1f2a33", "weight": 1.5}

    return folium.GeoJson(
        collection(shapes, properties),
        name=inert(answer.zones.title[language]),
        style_function=style,
        highlight_function=lambda _: {"weight": 4},
        tooltip=_tooltip(names),
        control=False,
    )


def _evidence(
    project: Project, root: Path, answer: Answer, language: Language
) -> folium.GeoJson | None:
    """Return the pieces behind the numbers, unless they are too many, or the zones themselves."""
    card = answer.card
    layer = project.layer(card.of.layer)
    field = layer.field(card.of.field) if card.of.field else None
    snapshot = Catalog(root).current(evidence_id(card.id))
    if snapshot is None or (field is not None and not field.public):
        return None
    rows = read_table(snapshot, columns=["part", "geometry"])
    kept = np.array(rows.column("part").to_pylist(), dtype=object) == "numerator"
    if not 0 < kept.sum() <= limit("map_features"):
        return None
    shapes = shapely.simplify(table.geometries(rows)[kept], _SIMPLE_M)
    name = f"Dowód: {layer.title.pl}" if language == "pl" else f"Evidence: {layer.title.en}"
    look = {**_LOOKS[layer.family]}
    if layer.family == "polygon" and len(shapes) > 200:
        look["weight"] = 0.3  # outlines of many small pieces would hide the colours
    return folium.GeoJson(
        collection(shapes, [{"n": ""}] * len(shapes)),
        name=inert(name),
        style_function=lambda _: look,
        marker=_dot() if layer.family == "point" else None,
        interactive=False,
    )


_PAPER = {"color": "#7b8894", "weight": 1.5, "fillColor": "#ffffff"}
_EDGES = {"color": "#1f2a33", "weight": 1.5, "fill": False}
_LOOKS: dict[str, dict[str, Any]] = {
    "polygon": {"color": "#1f2a33", "weight": 0.8, "fillColor": "#1f2a33", "fillOpacity": 0.28},
    "line": {"color": "#e8590c", "weight": 2.5, "opacity": 1},
    "point": {"color": "#1f2a33", "weight": 1.5, "fillColor": "#ffd447", "fillOpacity": 1},
}


def _dot() -> folium.CircleMarker:
    return folium.CircleMarker(radius=4, fill=True)


def _features(
    layer: Layer, shapes: np.ndarray, rows: Sequence[dict[str, str]], titles: dict[str, str]
) -> folium.GeoJson:
    look = {**_LOOKS[layer.family]}
    if layer.family == "polygon":
        look |= {"color": "#2b6b5b", "fillColor": "#7fcdbb", "fillOpacity": 0.8}
        look["weight"] = 1.5 if len(rows) < 100 else 0.5
    return folium.GeoJson(
        collection(shapes, rows),
        name=layer.id,
        style_function=lambda _: look,
        highlight_function=lambda _: {"weight": 4},
        marker=_dot() if layer.family == "point" else None,
        tooltip=_tooltip(titles),
    )


def _tooltip(names: dict[str, str]) -> folium.GeoJsonTooltip:
    # Aliases and values end in innerHTML: both are escaped before they get there.
    return folium.GeoJsonTooltip(
        fields=list(names), aliases=[inert(name) for name in names.values()], sticky=True
    )


def _drawn_shapes(snapshot: Snapshot) -> np.ndarray:
    shapes = table.geometries(read_table(snapshot, columns=["geometry"]))
    return np.asarray(shapely.simplify(shapes, _SIMPLE_M))


def _page(
    drawn: OfflineMap,
    shapes: Sequence[shapely.Geometry],
    project: Project,
    language: Language,
    template: str,
    **context: Any,  # noqa: ANN401 - whatever the template names
) -> str:
    _fit(drawn, shapes)
    body, script = _parts(drawn)
    return offline.page(template, project, language, body=body, script=script, **context)


def _fit(drawn: OfflineMap, shapes: Sequence[shapely.Geometry]) -> None:
    if len(shapes):
        west, south, east, north = crs.reproject_bounds(
            tuple(shapely.total_bounds(np.asarray(shapes))), crs.METRIC, crs.CRS84
        )
        drawn.fit_bounds([(south, west), (north, east)], padding=(12, 12))


def _parts(drawn: OfflineMap) -> tuple[str, str]:
    """Return the map's element and its script, with names that are the same on every run."""
    figure: Any = drawn.get_root()
    for count, element in enumerate(_descendants(figure)):
        element._id = f"{count:04d}"
    figure.render()
    return figure.html.render().strip(), figure.script.render()


def _descendants(element: Any) -> Iterable[Any]:  # noqa: ANN401 - branca's tree is untyped
    for child in element._children.values():
        yield child
        for name in ("icon", "marker", "tooltip"):
            inner = getattr(child, name, None)
            if (
                inner is not None
                and hasattr(inner, "_id")
                and inner not in child._children.values()
            ):
                yield inner
        yield from _descendants(child)
