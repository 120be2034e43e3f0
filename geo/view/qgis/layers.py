"""One layer of the project: its source, how it is drawn, and what is said about it."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from geo.crs import CRS84
from geo.model import Field, Layer
from geo.model.text import Language
from geo.view.qgis.description import describe
from geo.view.qgis.elements import add, column, source

PROVIDER = "OAPIF"
_QGIS_CRS = "EPSG:4326"
"""What QGIS 3.22 calls the CRS of this provider; it draws longitude first in either case."""

_GEOMETRIES = {"point": "Point", "line": "Line", "polygon": "Polygon"}


@dataclass(frozen=True)
class Drawn:
    """A collection as it is drawn; one collection may be drawn several times.

    Attributes
    ----------
    id : str
        Unique in the project.
    subset : str
        An expression that features must fulfil; QGIS 3.22 applies it itself, later versions
        send of it what the server understands.
    drawn_from : int
        Drawn at 1:N and closer; 0: always.
    by_view : bool
        Fetch only what lies in the view.
    """

    id: str
    name: str
    abstract: str
    layer: Layer
    renderer: Element
    labels: Element | None = None
    subset: str = ""
    drawn_from: int = 0
    by_view: bool = False
    shown: bool = True
    synthetic: bool = False


def data_source(drawn: Drawn, api: str) -> str:
    """Return the data source: CRS84 by name, or newer versions would take the server's own."""
    return source(
        {
            "url": api,
            "typename": drawn.layer.id,
            "srsname": CRS84,
            "pagingEnabled": "true",
            "restrictToRequestBBOX": "1" if drawn.by_view else "",
            "filter": drawn.subset,
        }
    )


def map_layer(drawn: Drawn, api: str, language: Language) -> Element:
    """Return the ``maplayer`` element."""
    found = Element("maplayer", _attributes(drawn))
    describe(
        found,
        drawn,
        source=data_source(drawn, api),
        crs=_QGIS_CRS,
        provider=PROVIDER,
        encoding="UTF-8",
        home=("API", f"{api}/collections/{drawn.layer.id}"),
        language=language,
    )
    found.append(drawn.renderer)
    if drawn.labels is not None:
        found.append(drawn.labels)
    add(found, "layerOpacity", "1")
    _add_fields(found, drawn.layer, language)
    return found


def _attributes(drawn: Drawn) -> dict[str, str]:
    return {
        "type": "vector",
        "geometry": _GEOMETRIES[drawn.layer.family],
        "wkbType": drawn.layer.geometry,
        "readOnly": "1",
        "labelsEnabled": "0" if drawn.labels is None else "1",
        "hasScaleBasedVisibilityFlag": "1" if drawn.drawn_from else "0",
        "minScale": str(drawn.drawn_from or 100_000_000),
        "maxScale": "0",
        "styleCategories": "AllStyleCategories",
        "simplifyDrawingHints": "0" if drawn.layer.family == "point" else "1",
        "simplifyDrawingTol": "1",
        "simplifyLocal": "1",
        "simplifyMaxScale": "1",
    }


def _add_fields(parent: Element, layer: Layer, language: Language) -> None:
    settings = add(parent, "fieldConfiguration")
    aliases = add(parent, "aliases")
    for field in layer.public_fields:
        _add_widget(add(settings, "field", name=field.name), field, language)
        alias = f"{field.title[language]} [{field.unit}]" if field.unit else field.title[language]
        add(aliases, "alias", field=field.name, name=alias)
    if layer.title_field:
        add(parent, "previewExpression", column(layer.title_field))


def _add_widget(parent: Element, field: Field, language: Language) -> None:
    """Show a code of a closed list by its meaning."""
    widget = add(parent, "editWidget", type="ValueMap" if field.values else "")
    config = add(widget, "config")
    if not field.values:
        return
    box = add(add(config, "Option", type="Map"), "Option", type="List", name="map")
    for value, title in field.values.items():
        one = add(box, "Option", type="Map")
        add(one, "Option", type="QString", name=title[language], value=value)
