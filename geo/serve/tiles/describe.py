"""What a tileset says of itself: OGC tileset metadata (17-083r4) and TileJSON 3.0."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from geo import crs
from geo.crs import Box
from geo.model import Indicator, Project
from geo.model.layer import Field
from geo.model.text import Language
from geo.serve.tiles.encoder import MEDIA_TYPE
from geo.serve.tiles.matrix import MAX_ZOOM, NAME, URI, definition
from geo.serve.tiles.tileset import COUNT, Tileset

CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
    "http://www.opengis.net/spec/tms/2.0/conf/tilematrixset",
    "http://www.opengis.net/spec/tms/2.0/conf/json-tilematrixset",
    "http://www.opengis.net/spec/tms/2.0/conf/tilesetmetadata",
    "http://www.opengis.net/spec/tms/2.0/conf/json-tilesetmetadata",
    "http://www.opengis.net/spec/tms/2.0/conf/tilematrixsetlimits",
    "http://www.opengis.net/spec/tms/2.0/conf/json-tilematrixsetlimits",
)
STYLE_TYPE = "application/vnd.mapbox.style+json"
TILEJSON_TYPE = "application/json"
_REL = "http://www.opengis.net/def/rel/ogc/1.0/"
_DIMENSIONS = {"point": 0, "line": 1, "polygon": 2}
_TILEJSON_KINDS = {"integer": "Number", "number": "Number", "boolean": "Boolean"}
Document = dict[str, Any]


class Describer:
    """Writes the documents of tilesets.

    Parameters
    ----------
    project : Project
    base_url : str
        The address of the API's landing page.
    """

    def __init__(self, project: Project, base_url: str) -> None:
        self._project = project
        self._base = base_url.rstrip("/")

    def card(self, indicator: str) -> Indicator:
        """Return the card of an indicator."""
        return self._project.indicator(indicator)

    def title(self, tileset: Tileset, language: Language) -> str:
        """Return the title of a layer, or of an indicator."""
        if tileset.indicator:
            return self.card(tileset.indicator).title[language]
        return tileset.layer.title[language]

    def address(self, tileset: Tileset, *path: str, **params: str) -> str:
        """Return an address below the collection, with the indicator if there is one."""
        named = {"indicator": tileset.indicator} if tileset.indicator else {}
        query = urlencode({**named, **params})
        url = "/".join((self._base, "collections", tileset.layer.id, *path))
        return f"{url}?{query}" if query else url

    def template(self, tileset: Tileset, **params: str) -> str:
        """Return the address of a tile with {tileMatrix}, {tileRow} and {tileCol} in it."""
        place = ("tiles", NAME, "{tileMatrix}", "{tileRow}", "{tileCol}")
        return self.address(tileset, *place, f="mvt", **params)

    def tilesets(self, tileset: Tileset, language: Language) -> Document:
        """Return the list of a collection's tilesets: there is one."""
        found = self.metadata(tileset, language)
        kept = ("title", "dataType", "crs", "tileMatrixSetURI")
        links = [
            _link(one["href"], one["rel"], one["type"], one["title"], one.get("templated", False))
            for one in found["links"]
            if one["rel"] in ("self", "item", f"{_REL}tiling-scheme")
        ]
        item = {name: found[name] for name in kept} | {"links": links}
        here = self.address(tileset, "tiles", f="json")
        above = self.address(tileset, f="json")
        return {
            "title": found["title"],
            "tilesets": [item],
            "links": [
                _link(here, "self", "application/json", found["title"]),
                _link(above, "collection", "application/json", tileset.layer.title[language]),
            ],
        }

    def metadata(self, tileset: Tileset, language: Language) -> Document:
        """Return OGC tileset metadata."""
        layer, title = tileset.layer, self.title(tileset, language)
        found: Document = {
            "title": title,
            "description": layer.description[language],
            "keywords": [word[language] for word in layer.keywords],
            "dataType": "vector",
            "crs": crs.uri(crs.WEB_MERCATOR),
            "tileMatrixSetURI": URI,
            "created": tileset.snapshot.manifest.created_at,
            "version": tileset.snapshot.version,
            "license": layer.licence.url or layer.licence.name,
            "attribution": layer.source.name[language],
            "mediaTypes": [MEDIA_TYPE],
            "tileMatrixSetLimits": _limits(tileset),
            "layers": self._layers(tileset, language),
            "links": self._links(tileset, language),
        }
        box = bounds84(tileset)
        if box is not None:
            west, south, east, north = box
            found["boundingBox"] = {
                "lowerLeft": [west, south],
                "upperRight": [east, north],
                "crs": crs.CRS84_URI,
            }
            found["centerPoint"] = {
                "coordinates": [(west + east) / 2, (south + north) / 2],
                "crs": crs.CRS84_URI,
                "tileMatrix": str(fitting_zoom(box)),
            }
        return found

    def tilejson(self, tileset: Tileset, language: Language) -> Document:
        """Return TileJSON 3.0. The edition in its addresses lets a client keep tiles for ever."""
        address = self.template(tileset, v=tileset.edition)
        for name, short in (("tileMatrix", "z"), ("tileRow", "y"), ("tileCol", "x")):
            address = address.replace(f"{{{name}}}", f"{{{short}}}")
        found: Document = {
            "tilejson": "3.0.0",
            "name": self.title(tileset, language),
            "description": tileset.layer.description[language],
            "attribution": attribution(tileset, language),
            "version": "1.0.0",
            "scheme": "xyz",
            "tiles": [address],
            "minzoom": 0,
            "maxzoom": MAX_ZOOM,
            "vector_layers": vector_layers(tileset, language),
        }
        box = bounds84(tileset)
        if box is not None:
            found["bounds"] = list(box)
            middle = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]
            found["center"] = [*middle, fitting_zoom(box)]
        return found

    def matrix_sets(self) -> Document:
        """Return the tile matrix sets that there are: one."""
        found = definition()
        here = f"{self._base}/tileMatrixSets"
        link = _link(f"{here}/{NAME}", "self", "application/json", found["title"])
        kept = {name: found[name] for name in ("id", "title", "uri", "crs")}
        return {
            "tileMatrixSets": [kept | {"links": [link]}],
            "links": [_link(here, "self", "application/json", "Tile matrix sets")],
        }

    def _layers(self, tileset: Tileset, language: Language) -> list[Document]:
        first, layer = tileset.source.detail_zoom, tileset.layer
        counts = {
            "id": tileset.count_layer,
            "title": f"{layer.title[language]}: {_COUNTED[language]}",
            "dataType": "vector",
            "geometryDimension": 2,
            "propertiesSchema": {"type": "object", "properties": {COUNT: {"type": "integer"}}},
        }
        shown = {
            "id": layer.id,
            "title": layer.title[language],
            "dataType": "vector",
            "geometryDimension": _DIMENSIONS[layer.family],
            "minTileMatrix": str(first),
            "maxTileMatrix": str(MAX_ZOOM),
            "propertiesSchema": {
                "type": "object",
                "properties": {field.name: _schema(field, language) for field in _fields(tileset)},
            },
        }
        return [shown, counts]

    def _links(self, tileset: Tileset, language: Language) -> list[Document]:
        title = self.title(tileset, language)
        here = ("tiles", NAME)
        layer = tileset.layer
        links = [
            _link(self.address(tileset, *here, f="json"), "self", "application/json", title),
            _link(self.address(tileset, *here, f="tilejson"), "alternate", TILEJSON_TYPE,
                  "TileJSON 3.0"),
            _link(self.template(tileset), "item", MEDIA_TYPE, title, templated=True),
            _link(f"{self._base}/tileMatrixSets/{NAME}", f"{_REL}tiling-scheme",
                  "application/json", NAME),
            _link(self.address(tileset, f="json"), f"{_REL}geodata", "application/json",
                  layer.title[language]),
            _link(self.address(tileset, "style"), "describedby", STYLE_TYPE, "MapLibre"),
        ]  # fmt: skip
        if layer.licence.url:
            links.append(_link(layer.licence.url, "license", "text/html", layer.licence.name))
        return links


_COUNTED = {"pl": "liczba obiektów w polu siatki", "en": "features in a cell of a grid"}


def attribution(tileset: Tileset, language: Language) -> str:
    """Return whose data it is and on what terms, as plain text."""
    layer = tileset.layer
    # Clients write it into their page: nothing that a page would read as markup.
    text = f"{layer.source.name[language]}, {layer.licence.id}"
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def vector_layers(tileset: Tileset, language: Language) -> list[Document]:
    """Return the layers inside the tiles as TileJSON lists them."""
    fields = {field.name: _TILEJSON_KINDS.get(field.type, "String") for field in _fields(tileset)}
    first = tileset.source.detail_zoom
    return [
        {
            "id": tileset.layer.id,
            "description": tileset.layer.title[language],
            "minzoom": first,
            "maxzoom": MAX_ZOOM,
            "fields": fields,
        },
        {
            "id": tileset.count_layer,
            "description": _COUNTED[language],
            "minzoom": 0,
            "maxzoom": MAX_ZOOM,
            "fields": {COUNT: "Number"},
        },
    ]


def bounds84(tileset: Tileset) -> Box | None:
    """Return west, south, east, north in CRS84, degrees; None without features."""
    bounds = tileset.source.bounds
    if bounds is None:
        return None
    found = crs.reproject_bounds(bounds, crs.WEB_MERCATOR, crs.CRS84)
    west, south, east, north = (round(side, 7) for side in found)
    return west, south, east, north


def fitting_zoom(box: Box) -> int:
    """Return a zoom that shows a box in CRS84 on some 1 000 pixels."""
    degrees = max(box[2] - box[0], box[3] - box[1], 1e-6)
    z = 0
    while z < 16 and 720 / (1 << (z + 1)) > degrees:
        z += 1
    return z


def _limits(tileset: Tileset) -> list[Document]:
    every = [tileset.limits(z) for z in range(MAX_ZOOM + 1)]
    return [
        {
            "tileMatrix": str(one.z),
            "minTileRow": one.min_y,
            "maxTileRow": one.max_y,
            "minTileCol": one.min_x,
            "maxTileCol": one.max_x,
        }
        for one in every
        if one is not None
    ]


def _fields(tileset: Tileset) -> list[Field]:
    held = {column.name for column in tileset.source.columns}
    return [field for field in tileset.layer.public_fields if field.name in held]


def _schema(field: Field, language: Language) -> Document:
    kinds = {"date": ("string", "date"), "datetime": ("string", "date-time")}
    kind, pattern = kinds.get(field.type, (field.type, ""))
    found = {"type": kind, "title": field.title[language]}
    return found | ({"format": pattern} if pattern else {})


def _link(href: str, rel: str, kind: str, title: str, templated: bool = False) -> Document:
    found: Document = {"href": href, "rel": rel, "type": kind, "title": title}
    return found | ({"templated": True} if templated else {})


def collection_links(base_url: str, layer_id: str) -> list[Document]:
    """Return the links that a collection's document holds to its tiles and style."""
    above = f"{base_url.rstrip('/')}/collections/{layer_id}"
    return [
        _link(f"{above}/tiles?f=json", f"{_REL}tilesets-vector", "application/json", "Tiles"),
        _link(f"{above}/style", "describedby", STYLE_TYPE, "MapLibre"),
    ]


def landing_links(base_url: str) -> list[Document]:
    """Return the links that the landing page holds."""
    url = f"{base_url.rstrip('/')}/tileMatrixSets"
    return [_link(url, f"{_REL}tiling-schemes", "application/json", "Tile matrix sets")]
