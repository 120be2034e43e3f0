"""One layer of the project: its source, how it is drawn, and what is said about it."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from geo.crs import CRS84
from geo.model import Field, Layer
from geo.model.text import Language
from geo.view.qgis.elements import add, add_crs, column, source

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
    add(found, "id", drawn.id)
    add(found, "datasource", data_source(drawn, api))
    add(found, "title", drawn.name)
    add(found, "abstract", drawn.abstract)
    add(found, "attribution", attribution(drawn, language), href=drawn.layer.licence.url)
    add(found, "layername", drawn.name)
    add_crs(add(found, "srs"), _QGIS_CRS)
    found.append(_metadata(drawn, api, language))
    add(found, "provider", PROVIDER, encoding="UTF-8")
    flags = add(found, "flags")
    for name in ("Identifiable", "Removable", "Searchable"):
        add(flags, name, "1")
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


def attribution(drawn: Drawn, language: Language) -> str:
    """Return whose a layer is and on what terms; invented data say so."""
    words = f"{drawn.layer.steward.name}, {drawn.layer.licence.id}"
    if not drawn.synthetic:
        return words
    return f"{words}; {'dane syntetyczne' if language == 'pl' else 'synthetic data'}"


def _metadata(drawn: Drawn, api: str, language: Language) -> Element:
    layer = drawn.layer
    address = f"{api}/collections/{layer.id}"
    found = Element("resourceMetadata")
    add(found, "identifier", address)
    add(found, "language", "POL" if language == "pl" else "ENG")
    add(found, "type", "dataset")
    add(found, "title", drawn.name)
    add(found, "abstract", drawn.abstract)
    words = add(found, "keywords", vocabulary="keywords")
    for keyword in layer.keywords:
        add(words, "keyword", keyword[language])
    if drawn.synthetic:
        add(words, "keyword", "dane syntetyczne" if language == "pl" else "synthetic data")
    contact = add(found, "contact")
    add(contact, "name", layer.steward.name)
    add(contact, "organization", layer.steward.name)
    add(contact, "email", layer.steward.email)
    add(contact, "role", "pointOfContact")
    links = add(found, "links")
    for name, url in (("API", address), ("licence", layer.licence.url)):
        if url:
            add(links, "link", name=name, type="WWW:LINK", url=url)
    add(found, "rights", attribution(drawn, language))
    add(found, "license", layer.licence.name)
    return found


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
