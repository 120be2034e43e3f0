"""pygeoapi's functions, called with what the rim has read already, and tidied after."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pygeoapi.api as core
from babel import Locale
from pygeoapi.api import APIRequest
from starlette.requests import Request

from geo.errors import GeoError, NotFoundError, UsageError
from geo.serve.downloads.describe import collection_links as download_links
from geo.serve.formatter import page_links
from geo.serve.processes import describe as processes
from geo.serve.question import Question
from geo.serve.records import describe as records
from geo.serve.tiles.describe import CONFORMANCE as TILES_CONFORMANCE
from geo.serve.tiles.describe import collection_links, landing_links

CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/schemas",
    "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/core-roles-features",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
    "http://www.opengis.net/spec/cql2/1.0/conf/advanced-comparison-operators",
    "http://www.opengis.net/spec/cql2/1.0/conf/case-insensitive-comparison",
    "http://www.opengis.net/spec/cql2/1.0/conf/accent-insensitive-comparison",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions-plus",
    "http://www.opengis.net/spec/cql2/1.0/conf/spatial-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/temporal-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/arithmetic",
    "http://www.opengis.net/spec/cql2/1.0/conf/property-property",
)
"""What the service does; pygeoapi would declare editing besides."""

_ELSEWHERE = ("processes", "tiling-schemes", "job-list")
"""Endings of link relations of parts of pygeoapi that are not served."""


class Asked(APIRequest):  # type: ignore[misc]
    """A request for JSON in one language, with parameters that were checked already."""

    def __init__(self, question: Question) -> None:
        self._language = question.language
        super().__init__(question.request, [question.language])

    def _get_params(self, request: Request) -> dict[str, str]:
        return {}

    def _get_locale(self, headers: object, supported_locales: object) -> tuple[str, Locale]:
        return self._language, Locale(self._language)

    def _get_format(self, headers: object, extra_formats: object = None) -> str:
        return "json"


def landing(question: Question) -> dict[str, Any]:
    """Return the landing page, with links to what is served only."""
    more = landing_links(_base(question))
    more += records.landing_links(_base(question), question.language)
    more += processes.landing_links(_base(question), question.language)
    return _linked(_document(core.landing_page, question), more)


def conformance(question: Question) -> dict[str, Any]:
    """Return the conformance classes, in the order of the standard's parts."""
    rooms = (*TILES_CONFORMANCE, *records.CONFORMANCE, *processes.CONFORMANCE)
    return {"conformsTo": [*CONFORMANCE, *rooms]}


def collections(question: Question) -> dict[str, Any]:
    """Return the published collections."""
    found = _document(core.describe_collections, question)
    each = [_tidied(one) for one in found["collections"]]
    catalogue = records.collection(question.edition, question.language)
    return {
        **found,
        "collections": [*(_with_rooms(question, one) for one in each), catalogue],
    }


def collection(question: Question) -> dict[str, Any]:
    """Return the collection that is asked about."""
    return _with_rooms(question, _document(core.describe_collections, question, question.layer_id))


def _with_rooms(question: Question, found: dict[str, Any]) -> dict[str, Any]:
    """Add the links to what else there is of a collection: tiles, files."""
    base, layer_id = _base(question), found["id"]
    if question.edition.promised(layer_id):
        return found  # features that are not there yet are in no tile and no file
    files = download_links(base, layer_id, question.language)
    return _linked(found, [*collection_links(base, layer_id), *files])


def _linked(found: dict[str, Any], links: list[dict[str, Any]]) -> dict[str, Any]:
    return {**found, "links": [*found["links"], *links]}


def _base(question: Question) -> str:
    return question.edition.base_url


def _document(
    function: Callable[..., tuple[dict[str, str], int, str]],
    question: Question,
    *more: str,
) -> dict[str, Any]:
    _, status, body = function(question.edition.api, Asked(question), *more)
    if status != HTTPStatus.OK:
        raise _failure(status, body)
    # Only < and > are escaped, so that this is their exact opposite for text of ours.
    return _tidied(json.loads(body.replace("&lt;", "<").replace("&gt;", ">")))


def _tidied(found: dict[str, Any]) -> dict[str, Any]:
    links = [one for one in found["links"] if not one["rel"].endswith(_ELSEWHERE)]
    kept = ("license", "via", "service-desc")
    apart = [one for one in links if one["rel"] in kept or "schema+json" in one["type"]]
    return {**found, "links": apart + page_links([x for x in links if x not in apart], None)}


def _failure(status: int, body: str | bytes) -> GeoError:
    """Return what pygeoapi refused as an error of ours."""
    what = str(json.loads(body).get("description", "the request could not be answered"))
    if status == 404:
        return NotFoundError(what)
    return UsageError(what) if 400 <= status < 500 else GeoError(what)
