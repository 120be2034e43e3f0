"""OGC API Records over HTTP: each path below /api, and what answers it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
from starlette.requests import Request
from starlette.responses import Response

from geo.errors import NotFoundError
from geo.serve import pages
from geo.serve.answers import HTML, Answer, answer, weak_tag
from geo.serve.live import Edition, Live
from geo.serve.parameters import COMMON, check_names
from geo.serve.question import Question, understood
from geo.serve.records import describe
from geo.serve.records.catalogue import Catalogue, Found
from geo.serve.records.notebooks import MEDIA_TYPE, notebooks
from geo.serve.records.parameters import RecordsQuery, records_query
from geo.serve.records.record import CATALOGUE_TITLE, GEOJSON, ID, KINDS, PROFILE, link
from geo.serve.records.sources import Sources

_SCHEMA = "application/schema+json"


class RecordEndpoints:
    """The catalogue and its records.

    Parameters
    ----------
    live : Live
    root : Path
        The data folder.
    portal : bool
        Whether the server has the portal, so that records may lead to its pages.
    """

    def __init__(self, live: Live, root: Path, *, portal: bool) -> None:
        self._live = live
        self._root = root
        self._portal = portal
        self._made: tuple[Edition, Catalogue] | None = None

    def table(self) -> list[tuple[str, Answer]]:
        """Return path below /api -> what answers it."""
        here = f"/collections/{ID}"
        return [
            (here, self.collection),
            (f"{here}/items", self.items),
            (f"{here}/items/{{record_id}}", self.item),
            (f"{here}/sortables", self.sortables),
            (f"{here}/queryables", self.queryables),
            ("/notebooks/{name}", self.notebook),
        ]

    def collection(self, request: Request) -> Response:
        """Answer /api/collections/catalogue."""
        question = self._asked(request)
        if question.as_page:
            every = self._results(question, RecordsQuery())
            return self._page(question, "records/index.html", every)
        plain = "application/json" in request.headers.get("accept", "")
        kind = "application/json" if plain else describe.CATALOGUE_TYPE
        found = describe.collection(question.edition, question.language)
        return _sent(question, orjson.dumps(found), kind)

    def items(self, request: Request) -> Response:
        """Answer /api/collections/catalogue/items."""
        question = understood(request, self._live.edition())
        data = self._results(question, records_query(request.query_params))
        if question.as_page:
            return self._page(question, "records/index.html", data)
        return _sent(question, orjson.dumps(data), GEOJSON)

    def item(self, request: Request) -> Response:
        """Answer /api/collections/catalogue/items/{recordId}."""
        question = self._asked(request)
        record = self._catalogue(question.edition).one(request.path_params["record_id"])
        languages = question.edition.project.site.languages
        data = record.document(question.edition.base_url, question.language, languages)
        if question.as_page:
            return self._page(question, "records/record.html", data)
        return _sent(question, orjson.dumps(data), GEOJSON)

    def sortables(self, request: Request) -> Response:
        """Answer /api/collections/catalogue/sortables."""
        return self._schema(request, describe.sortables)

    def queryables(self, request: Request) -> Response:
        """Answer /api/collections/catalogue/queryables."""
        return self._schema(request, describe.queryables)

    def notebook(self, request: Request) -> Response:
        """Answer /api/notebooks/{name}.ipynb: the file as it stands in the project."""
        check_names(request.query_params, ())
        name = str(request.path_params["name"])
        for each in notebooks(self._live.edition().project.root):
            if f"{each.name}.ipynb" == name:
                body = each.path.read_bytes()
                saved = f"attachment; filename*=UTF-8''{quote(name)}"
                return answer(
                    request, body, MEDIA_TYPE, weak_tag(body.hex()), {"Content-Disposition": saved}
                )
        raise NotFoundError(f"there is no notebook {name!r}", fix=f"see /collections/{ID}/items")

    def _asked(self, request: Request) -> Question:
        check_names(request.query_params, COMMON)
        return understood(request, self._live.edition())

    def _schema(self, request: Request, make: Callable[..., dict[str, Any]]) -> Response:
        question = self._asked(request)
        data = make(question.edition.base_url, question.language)
        if question.as_page:
            return self._page(question, "collections/schema.html", data | {"record_of": ID})
        return _sent(question, orjson.dumps(data), _SCHEMA)

    def _catalogue(self, edition: Edition) -> Catalogue:
        """Return the records of an edition, read once."""
        made = self._made
        if made is None or made[0] is not edition:
            records = Sources(edition, self._root, self._portal).records()
            made = self._made = (edition, Catalogue(tuple(records)))
        return made[1]

    def _results(self, question: Question, query: RecordsQuery) -> dict[str, Any]:
        base, language = question.edition.base_url, question.language
        found = self._catalogue(question.edition).search(query, language)
        languages = question.edition.project.site.languages
        return {
            "type": "FeatureCollection",
            "numberMatched": found.matched,
            "numberReturned": len(found.records),
            "links": _links(question, query, found),
            "features": [one.document(base, language, languages) for one in found.records],
        }

    def _page(self, question: Question, template: str, data: dict[str, Any]) -> Response:
        params = question.request.query_params
        body = pages.render(
            question,
            template,
            data,
            kinds={kind: name[question.language] for kind, name in KINDS.items()},
            searched=params.get("q", ""),
            chosen=[kind for kind in params.get("type", "").split(",") if kind],
            offset=int(params.get("offset", "0")),
            items_path=f"{question.edition.base_url}/collections/{ID}/items",
        )
        return _sent(question, body, HTML)


def _links(question: Question, query: RecordsQuery, found: Found) -> list[dict[str, Any]]:
    above = f"{question.edition.base_url}/collections/{ID}"
    here = f"{above}/items"
    title = CATALOGUE_TITLE[question.language]
    made = [
        link("self", GEOJSON, title, here + question.link(f="json")),
        link("alternate", "text/html", title, here + question.link(f="html")),
        link("collection", "application/json", title, above),
        link("profile", "text/html", "OGC API Records", PROFILE),
    ]
    after, before = query.offset + query.limit, max(0, query.offset - query.limit)
    if after < found.matched:
        made.append(link("next", GEOJSON, title, here + question.link(f="json", offset=after)))
    if query.offset:
        address = question.link(f="json", offset=before or None)
        made.append(link("prev", GEOJSON, title, here + address))
    return made


def _sent(question: Question, body: bytes, kind: str) -> Response:
    tag = weak_tag(str(question.edition.generation), body.hex())
    return answer(question.request, body, kind, tag, {"Content-Language": question.language})
