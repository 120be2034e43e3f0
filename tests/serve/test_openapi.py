"""The OpenAPI document, as a stranger without a network reads it."""

from __future__ import annotations

import json
import re
from typing import Any

from openapi_spec_validator import OpenAPIV30SpecValidator
from starlette.testclient import TestClient

from geo.limits import limit
from geo.serve.ogc import CONFORMANCE
from geo.serve.processes import describe as processes
from geo.serve.records import describe as records
from geo.serve.tiles.describe import CONFORMANCE as TILES_CONFORMANCE


def document(client: TestClient, query: str = "") -> dict[str, Any]:
    answer = client.get(f"/api/openapi{query}")
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    found: dict[str, Any] = answer.json()
    return found


def test_it_is_valid_and_refers_to_nothing_outside(client: TestClient) -> None:
    for query in ("", "?lang=en"):
        found = document(client, query)
        OpenAPIV30SpecValidator(found).validate()
        references = re.findall(r'"\$ref":\s*"([^"]+)"', json.dumps(found))
        assert references
        assert all(ref.startswith("#/components/") for ref in references)


def test_clients_learn_how_large_a_page_may_be(client: TestClient) -> None:
    schema = document(client)["components"]["parameters"]["limit"]["schema"]
    assert schema["default"] == limit("items_default")
    assert schema["maximum"] == limit("items_maximum")


def test_every_path_answers_and_every_parameter_is_known(client: TestClient) -> None:
    found = document(client)
    assert found["servers"] == [{"url": "http://town.test/api"}]
    items = found["paths"].values()
    operations = [each["operationId"] for item in items for each in item.values()]
    assert len(set(operations)) == len(operations)
    shared = found["components"]["parameters"]
    values = {"bbox": "19,50,20,51", "datetime": "2026-01-01", "properties": "code",
              "sortby": "code", "limit": "1", "day": "2026-01-01", "rank": "1", "area": "1",
              "open": "true", "at": "2026-01-01T00:00:00Z", "f": "json", "lang": "en",
              "bbox-crs": CRS84, "crs": CRS84, "offset": "0", "resulttype": "hits",
              "skipGeometry": "true", "filter": "rank > 3", "filter-crs": CRS84,
              "filter-lang": "cql2-text"}  # fmt: skip
    values |= {"v": "1", "type": "dataset", "status": "successful",
               "minDuration": "1", "maxDuration": "9"}  # fmt: skip
    tile = {"tileMatrix": "0", "tileRow": "0", "tileCol": "0", "processID": "echo",
            "recordId": "layer.assorted"}  # fmt: skip
    needed = {"bbox-crs": "bbox", "filter-crs": "filter", "filter-lang": "filter"}
    for path, item in found["paths"].items():
        if "get" not in item or "{jobId}" in path:
            continue
        if "{featureId}" in path or "districts" in path:
            continue
        for parameter in item["get"]["parameters"]:
            name = parameter.get("name") or shared[parameter["$ref"].split("/")[-1]]["name"]
            if parameter.get("in") == "path" or name == "cursor":
                continue  # a cursor comes from a page: test_paging.py
            given = "mvt" if name == "f" and "{tileCol}" in path else values.get(name, "x")
            if name == "sortby" and "catalogue" in path:
                given = "title"
            params = {name: given}
            if name in needed:
                params[needed[name]] = values[needed[name]]
            answer = client.get(f"/api{path.format(**tile)}", params=params)
            assert answer.status_code in (200, 204), (path, name)


CQL2 = (
    "cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators",
    "case-insensitive-comparison", "accent-insensitive-comparison", "basic-spatial-functions",
    "basic-spatial-functions-plus", "spatial-functions", "temporal-functions", "arithmetic",
    "property-property",
)  # fmt: skip
"""tests/serve/test_filter.py holds an example of each; array-functions and functions are not."""

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


def test_conformance_is_what_the_server_does_and_no_more(client: TestClient) -> None:
    found = client.get("/api/conformance").json()["conformsTo"]
    rooms = (*TILES_CONFORMANCE, *records.CONFORMANCE, *processes.CONFORMANCE)
    assert tuple(found) == (*CONFORMANCE, *rooms)
    assert {re.sub(r".*/(ogcapi-[^/]+)/.*/conf/", r"\1 ", one) for one in CONFORMANCE} == {
        "ogcapi-features-1 core", "ogcapi-features-1 oas30", "ogcapi-features-1 html",
        "ogcapi-features-1 geojson", "ogcapi-features-2 crs",
        "ogcapi-features-5 schemas", "ogcapi-features-5 core-roles-features",
        "ogcapi-features-3 queryables", "ogcapi-features-3 queryables-query-parameters",
        "ogcapi-features-3 filter", "ogcapi-features-3 features-filter",
        *(f"http://www.opengis.net/spec/cql2/1.0/conf/{name}" for name in CQL2),
    }  # fmt: skip


def test_metadata_links_lead_somewhere_and_text_is_not_escaped(client: TestClient) -> None:
    one = client.get("/api/collections/assorted").json()
    assert one["title"] == "Różności <i>"
    assert one["description"] == "Każdy rodzaj pola & znaku."
    assert one["storageCrs"] == CRS84
    codes = (4326, 2180, 2177, 3857)
    assert one["crs"] == [CRS84, *(f"http://www.opengis.net/def/crs/EPSG/0/{n}" for n in codes)]
    assert client.get("/api/collections/assorted?lang=en").json()["title"] == "Assorted"
    landing = client.get("/api").json()
    inside = [link for page in (landing, one) for link in page["links"]]
    tried = 0
    for link in inside:
        if link["href"].startswith("http://town.test/api"):
            answer = client.get(link["href"], headers={"Accept": link["type"]})
            assert answer.status_code == 200, link
            assert answer.headers["content-type"].split(";")[0] == link["type"].split(";")[0]
            tried += 1
    assert tried >= 12
    assert {"license", "via", "items", "self"} <= {link["rel"] for link in one["links"]}


def test_fields_are_described_in_both_languages(client: TestClient) -> None:
    for what in ("queryables", "schema"):
        answer = client.get(f"/api/collections/assorted/{what}?lang=en")
        assert answer.headers["content-type"] == "application/schema+json"
        properties = answer.json()["properties"]
        assert properties["geometry"]["format"] == "geometry-polygon"
        assert properties["code"]["x-ogc-role"] == "id"
        day = {"type": "string", "format": "date", "title": "Day"}
        assert properties["day"].items() >= day.items()
        assert properties["area"]["x-ogc-unit"] == "m2"
