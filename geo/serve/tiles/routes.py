"""OGC API Tiles over HTTP: each path below /api, and what answers it."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from geo.errors import NotFoundError
from geo.model import Project
from geo.model.derived import VALUES
from geo.model.text import Language
from geo.serve import pages
from geo.serve.answers import HTML, Answer, answer, takes_gzip, unchanged, weak_tag
from geo.serve.live import Live
from geo.serve.parameters import (
    COMMON,
    FORMATS,
    bad,
    check_names,
    wanted_format,
    wanted_language,
)
from geo.serve.question import understood
from geo.serve.tiles.describe import STYLE_TYPE, TILEJSON_TYPE, Describer
from geo.serve.tiles.encoder import MEDIA_TYPE
from geo.serve.tiles.matrix import MAX_ZOOM, NAME, Tile, definition
from geo.serve.tiles.shelf import Shelf
from geo.serve.tiles.style import Classify, style
from geo.serve.tiles.tileset import Tileset

_NUMBER = re.compile(r"0|[1-9][0-9]{0,9}")
_JSON = "application/json"
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "public, no-cache"


class TileEndpoints:
    """The resources of OGC API Tiles.

    Parameters
    ----------
    project : Project
    root : Path
        The data folder.
    base_url : str
        The address of the API's landing page.
    classify : callable, optional
        See :func:`geo.serve.tiles.style.style`.
    live : Live, optional
        What is published, for pages for people; without it every answer is JSON.
    """

    def __init__(
        self,
        project: Project,
        root: Path,
        base_url: str,
        classify: Classify | None = None,
        live: Live | None = None,
    ) -> None:
        self._languages = project.site.languages
        self._shelf = Shelf(project, root)
        self._describe = Describer(project, base_url)
        self._classify = classify
        self._live = live

    def table(self) -> list[tuple[str, Answer]]:
        """Return path below /api -> what answers it."""
        one = "/collections/{layer_id}"
        return [
            ("/tileMatrixSets", self.matrix_sets),
            ("/tileMatrixSets/{matrix_set}", self.matrix_set),
            (f"{one}/tiles", self.tilesets),
            (f"{one}/tiles/{{matrix_set}}", self.metadata),
            (f"{one}/tiles/{{matrix_set}}/{{z}}/{{y}}/{{x}}", self.tile),
            (f"{one}/style", self.style),
        ]

    def matrix_sets(self, request: Request) -> Response:
        """Answer /tileMatrixSets."""
        _checked(request)
        return self._said(request, "tiles/sets.html", self._describe.matrix_sets())

    def matrix_set(self, request: Request) -> Response:
        """Answer /tileMatrixSets/WebMercatorQuad."""
        _checked(request)
        _known_matrix_set(request)
        return self._said(request, "tiles/set.html", definition())

    def tilesets(self, request: Request) -> Response:
        """Answer /collections/{id}/tiles."""
        _checked(request, "indicator")
        tileset = self._tileset(request)
        found = self._describe.tilesets(tileset, self._language(request))
        return self._said(request, "tiles/tileset.html", found)

    def metadata(self, request: Request) -> Response:
        """Answer /collections/{id}/tiles/WebMercatorQuad, as OGC metadata or as TileJSON."""
        kind = _checked(request, "indicator", formats=(*FORMATS, "tilejson"))
        _known_matrix_set(request)
        tileset, language = self._tileset(request), self._language(request)
        if kind == "tilejson":
            return _document(request, self._describe.tilejson(tileset, language), TILEJSON_TYPE)
        found = self._describe.metadata(tileset, language)
        return self._said(request, "tiles/tileset.html", found)

    def style(self, request: Request) -> Response:
        """Answer /collections/{id}/style."""
        _checked(request, "indicator")
        tileset, language = self._tileset(request), self._language(request)
        found = style(tileset, self._describe, language, self._classify)
        return self._said(request, "tiles/style.html", found, STYLE_TYPE)

    def _said(
        self, request: Request, template: str, found: dict[str, Any], kind: str = _JSON
    ) -> Response:
        """Return a document, as a page to whoever would rather read one."""
        asked = wanted_format(request.query_params, request.headers.get("accept", ""))
        if self._live is None or asked != "html":
            return _document(request, found, kind)
        question = understood(request, self._live.edition())
        more = {"above": question.above, "tilejson_href": question.link(f="tilejson")}
        body = pages.render(question, template, found, **more)
        return answer(request, body, HTML, weak_tag(body.hex()))

    def tile(self, request: Request) -> Response:
        """Answer one tile: 204 when it is empty, 404 outside of the layer's limits."""
        check_names(request.query_params, ("f", "indicator", "v"))
        if request.query_params.get("f", "mvt") != "mvt":
            raise bad("f", "tiles come in one format", "f=mvt")
        _known_matrix_set(request)
        tile = _wanted_tile(request)
        tileset = self._tileset(request)
        if not tileset.holds(tile):
            raise NotFoundError(
                "there is no such tile",
                where=f"{tile.z}/{tile.y}/{tile.x}",
                fix="tileMatrixSetLimits of the tileset says which there are",
            )
        mine = request.query_params.get("v") == tileset.edition
        tag = weak_tag(tileset.edition, tileset.layer.id, tileset.indicator, repr(tile))
        headers = {
            "ETag": tag,
            "Cache-Control": _FOR_EVER if mine else _ASK_AGAIN,
            "Vary": "Accept-Encoding",
        }
        if unchanged(request.headers, tag):
            return Response(status_code=304, headers=headers)
        body = self._shelf.packed(tileset, tile).body
        if not body:
            return Response(status_code=204, headers=headers)
        return _sent(request, body, headers)

    def _tileset(self, request: Request) -> Tileset:
        layer_id = str(request.path_params["layer_id"])
        indicator = request.query_params.get("indicator", "")
        if indicator and layer_id != VALUES:
            raise bad("indicator", "unknown parameter", f"use it with {VALUES}")
        return self._shelf.tileset(layer_id, indicator)

    def _language(self, request: Request) -> Language:
        return wanted_language(request.query_params, self._languages)


def _checked(request: Request, *more: str, formats: tuple[str, ...] = FORMATS) -> str:
    """Refuse what is unknown among the parameters; return the format."""
    params = request.query_params
    check_names(params, (*COMMON, *more))
    kind = params.get("f") or formats[0]
    if kind not in formats:
        raise bad("f", f"unknown format {kind!r}", f"there are: {', '.join(formats)}")
    return kind


def _known_matrix_set(request: Request) -> None:
    name = request.path_params["matrix_set"]
    if name != NAME:
        raise NotFoundError(f"there is no tile matrix set {name!r}", fix=f"there is {NAME}")


def _wanted_tile(request: Request) -> Tile:
    numbers = []
    for name in ("z", "x", "y"):
        text = request.path_params[name]
        if not _NUMBER.fullmatch(text):
            raise bad(name, f"{text!r} is no number of a tile", "give 0 or a whole number above")
        numbers.append(int(text))
    tile = Tile(*numbers)
    # A matrix that is not served is not there; a column that no matrix has is an error.
    if tile.z <= MAX_ZOOM and max(tile.x, tile.y) >= 1 << tile.z:
        raise bad("x, y", "the tile lies outside of the world", f"give less than {1 << tile.z}")
    return tile


def _document(request: Request, found: dict[str, Any], kind: str = _JSON) -> Response:
    body = orjson.dumps(found)
    return answer(request, body, kind, weak_tag(body.hex()))


def _sent(request: Request, body: bytes, headers: dict[str, str]) -> Response:
    if takes_gzip(request.headers):
        headers["Content-Encoding"] = "gzip"
    else:
        body = gzip.decompress(body)
    return Response(body, headers={**headers, "Content-Type": MEDIA_TYPE})
