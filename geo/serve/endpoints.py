"""One method per resource of the API: read the question, look for 304, answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from geo.limits import limit
from geo.serve import describe, features, ogc, openapi, pages
from geo.serve.answers import (
    HTML,
    Answer,
    answer,
    known_already,
    streamed,
    validators,
    weak_tag,
)
from geo.serve.config import PREFIX, crs_uris
from geo.serve.features import GEOJSON, Features
from geo.serve.live import Live
from geo.serve.parameters import COMMON, ItemsQuery, check_names, items_query, wanted_crs
from geo.serve.question import Question, understood

Make = Callable[[Question], dict[str, Any]]

LEAFLET = f"/{PREFIX}/static/vendor/leaflet"
"""Where the server has Leaflet."""

PAGE_ITEMS = 50
"""Features on a page for people, unless they ask for more."""

PAGE_ITEMS_MOST = 500
"""Features on a page for people at most: each is a row that a browser lays out."""


class Endpoints:
    """The resources of OGC API Features over what is live.

    Parameters
    ----------
    live : Live
    """

    def __init__(self, live: Live) -> None:
        self._live = live

    def table(self) -> list[tuple[str, Answer]]:
        """Return path below /api -> what answers it."""
        one = "/collections/{layer_id}"
        landing = self._document("landing_page", ogc.landing)
        return [
            ("", landing),
            ("/", landing),
            ("/openapi", self._document("openapi/swagger", _openapi, openapi.MEDIA_TYPE)),
            ("/conformance", self._document("conformance", ogc.conformance)),
            ("/collections", self._document("collections/index", ogc.collections)),
            (one, self._document("collections/collection", ogc.collection)),
            (
                f"{one}/queryables",
                self._document("collections/queryables", _queryables, "application/schema+json"),
            ),
            (
                f"{one}/schema",
                self._document("collections/schema", _schema, "application/schema+json"),
            ),
            (f"{one}/items", self.items),
            (f"{one}/items/{{feature_id:path}}", self.item),
        ]

    def items(self, request: Request) -> Response:
        """Answer /api/collections/{id}/items."""
        question = understood(request, self._live.edition())
        most = {"default": PAGE_ITEMS, "most": PAGE_ITEMS_MOST} if question.as_page else {}
        query = items_query(request.query_params, question.layer, _systems(question), **most)
        snapshot, after = features.wanted_version(question, query)
        tag = question.tag_of(snapshot.version)
        changed_at = question.edition.changed_at(question.layer_id)
        headers = features.content_headers(question, query.crs)
        if known_already(request, tag, None if question.as_page else changed_at):
            return answer(request, b"", GEOJSON, tag, headers, changed_at)
        found = features.find(question, query, snapshot, after)
        if question.as_page:
            return answer(request, self._items_page(found), HTML, tag, headers)
        if len(found.page) > limit("items_streamed"):
            headers |= validators(tag, changed_at)
            return streamed(request, found.parts(limit("items_streamed")), GEOJSON, headers)
        return answer(request, found.body(), GEOJSON, tag, headers, changed_at)

    def item(self, request: Request) -> Response:
        """Answer /api/collections/{id}/items/{featureId}; the id may hold slashes."""
        question = understood(request, self._live.edition())
        check_names(request.query_params, (*COMMON, "crs"))
        code = wanted_crs(request.query_params, _systems(question))
        body = features.one(question, request.path_params["feature_id"], code)
        headers = features.content_headers(question, code)
        if question.as_page:
            return answer(request, self._item_page(question, body), HTML, question.tag, headers)
        changed_at = question.edition.changed_at(question.layer_id)
        return answer(request, body, GEOJSON, question.tag, headers, changed_at)

    def _document(self, template: str, make: Make, media_type: str = "application/json") -> Answer:
        """Return an endpoint for a document that is made once in an edition."""

        def respond(request: Request) -> Response:
            check_names(request.query_params, COMMON)
            question = understood(request, self._live.edition())
            documents = question.edition.documents
            key = (template, question.layer_id, question.kind, question.language)
            if key not in documents:
                body = _rendered(question, template, make(question))
                documents[key] = (body, weak_tag(body.hex()))
            body, tag = documents[key]
            kind = HTML if question.as_page else media_type
            return answer(request, body, kind, tag, {"Content-Language": question.language})

        return respond

    def _items_page(self, found: Features) -> bytes:
        question, query, page = found.question, found.query, found.page
        data = orjson.loads(found.body())
        data |= {
            "collections_path": f"{question.edition.base_url}/collections",
            "dataset_path": question.above,
            "items_path": f"{question.above}/items",
            "offset": page.position or 0,
        }
        return pages.render(
            question,
            "collections/items/index.html",
            data,
            leaflet=LEAFLET,
            filters={**query.equals, **_shown_filter(question)},
            sums=_sums(question, query),
            map_href=question.link(f="json", limit=query.limit, crs=None, skipGeometry=None),
            prev_href=_before(found),
            next_href=_after(found),
        )

    def _item_page(self, question: Question, body: bytes) -> bytes:
        data = orjson.loads(body) | {
            "title": question.title,
            "collections_path": f"{question.edition.base_url}/collections",
            "title_field": question.layer.title_field or question.layer.id_field,
        }
        return pages.render(
            question,
            "collections/items/item.html",
            data,
            leaflet=LEAFLET,
            map_href=question.link(f="json", crs=None),
        )


def _systems(question: Question) -> dict[str, str]:
    return crs_uris(question.edition.project.site)


def _before(found: Features) -> str:
    """Return the address of the page before for people, who may jump; empty: none."""
    position = found.page.position
    if not position:
        return ""
    before = max(0, position - found.query.limit)
    return found.question.link(offset=before or None, cursor=None)


def _after(found: Features) -> str:
    position = found.page.position
    if not found.page.more:
        return ""
    if position is None:
        return found.question.link(cursor=found.next_cursor)
    return found.question.link(offset=position + len(found.page), cursor=None)


def _sums(question: Question, query: ItemsQuery) -> dict[str, str]:
    """Return what the pieces of evidence add up to, on every page together, per part of the card.

    Only where the question is one of equality: the sums are then those of the stored value.
    """
    layer = question.layer
    part = layer.field("part")
    if not (layer.derived and part and part.values and layer.field("measure")):
        return {}
    if query.area is not None or query.filter is not None:
        return {}
    serve = question.edition.read(question.edition.snapshot(layer.id))
    found = serve.sums("measure", "part", query.equals)
    return {
        words[question.language]: repr(found[key])
        for key, words in part.values.items()
        if key in found
    }


def _shown_filter(question: Question) -> dict[str, str]:
    text = question.request.query_params.get("filter")
    return {} if text is None else {"filter": text}


def _rendered(question: Question, template: str, data: dict[str, Any]) -> bytes:
    if not question.as_page:
        return orjson.dumps(data)
    edition = question.edition
    more = {
        "openapi-document-path": f"{edition.base_url}/openapi",
        "collections_path": f"{edition.base_url}/collections",
        "dataset_path": question.above,
    }
    counts = {layer_id: one.manifest.features for layer_id, one in edition.snapshots.items()}
    return pages.render(question, f"{template}.html", data | more, counts=counts)


def _openapi(question: Question) -> dict[str, Any]:
    edition = question.edition
    layers = edition.layers.values()
    return openapi.document(edition.project, layers, edition.server_url, question.language)


def _queryables(question: Question) -> dict[str, Any]:
    url = f"{question.above}/queryables"
    return describe.queryables(question.layer, question.title, question.language, url)


def _schema(question: Question) -> dict[str, Any]:
    url = f"{question.above}/schema"
    return describe.schema(question.layer, question.title, question.language, url)
