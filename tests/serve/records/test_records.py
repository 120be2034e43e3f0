"""OGC API Records over HTTP: each declared class is asked about here."""

from __future__ import annotations

import json
import socket
import threading
import time
from typing import Any

import jsonschema
import pytest
import uvicorn
from owslib.ogcapi.records import Records
from starlette.testclient import TestClient

from geo.errors import ModelError
from geo.model import load_project
from geo.model.text import Text
from geo.serve.app import create_app
from geo.serve.records.catalogue import Catalogue
from geo.serve.records.describe import CONFORMANCE
from geo.serve.records.parameters import RecordsQuery, phrases
from geo.serve.records.record import Record
from geo.serve.records.stems import folded

HERE = "/api/collections/catalogue"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
RECORD: dict[str, Any] = {
    "type": "object",
    "required": ["id", "type", "geometry", "properties", "links"],
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "type": {"const": "Feature"},
        "geometry": {"oneOf": [{"type": "null"}, {"type": "object", "required": ["coordinates"]}]},
        "time": {
            "oneOf": [
                {"type": "null"},
                {
                    "type": "object",
                    "required": ["interval"],
                    "properties": {
                        "interval": {
                            "type": "array", "minItems": 2, "maxItems": 2,
                            "items": {"pattern": r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|\.\.)$"},
                        }
                    },
                },
            ]
        },
        "conformsTo": {"type": "array", "items": {"type": "string"}},
        "properties": {
            "type": "object",
            "required": ["type", "title", "description", "language"],
            "properties": {
                "type": {"enum": ["dataset", "indicator", "notebook"]},
                "title": {"type": "string", "minLength": 1},
                "created": {"pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
                "updated": {"pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
                "keywords": {"type": "array", "items": {"type": "string"}},
                "themes": {
                    "type": "array", "minItems": 1,
                    "items": {"type": "object", "required": ["concepts", "scheme"]},
                },
                "language": {"type": "object", "required": ["code"]},
                "languages": {"type": "array", "items": {"type": "object", "required": ["code"]}},
                "formats": {"type": "array", "items": {"required": ["name", "mediaType"]}},
                "contacts": {
                    "type": "array",
                    "items": {
                        "type": "object", "required": ["organization"],
                        "properties": {"roles": {"type": "array", "minItems": 1}},
                    },
                },
                "license": {"type": "string", "minLength": 1},
                "externalIds": {"type": "array", "items": {"required": ["value"]}},
            },
        },
        "links": {
            "type": "array",
            "items": {"type": "object", "required": ["href", "rel", "type", "title"]},
        },
    },
}  # fmt: skip
"""What recordGeoJSON.yaml and recordCommonProperties.yaml of 20-004r1 ask for."""


def found(client: TestClient, **params: str | int) -> list[str]:
    answer = client.get(f"{HERE}/items", params={"limit": 100, **params})
    assert answer.status_code == 200, answer.text
    return [record["id"] for record in answer.json()["features"]]


def test_one_record_per_layer_card_and_notebook(records: TestClient, records_town: Any) -> None:
    ids = set(found(records))
    assert ids == {
        "layer.districts", "layer.stops", "notebook.lesna",
        *(f"indicator.{card}" for card in records_town.project.indicators),
    }  # fmt: skip


@pytest.mark.parametrize("language", ["pl", "en"])
def test_every_record_is_what_the_standard_says(records: TestClient, language: str) -> None:
    page = records.get(f"{HERE}/items?limit=100&lang={language}")
    assert page.headers["content-type"] == "application/geo+json"
    assert page.headers["content-language"] == language
    data = page.json()
    assert data["numberMatched"] == data["numberReturned"] == len(data["features"])
    for record in data["features"]:
        jsonschema.validate(record, RECORD)
        assert record["properties"]["language"]["code"] == language
        one = records.get(f"{HERE}/items/{record['id']}?lang={language}").json()
        assert one == record
        rels = [link["rel"] for link in one["links"]]
        assert rels.count("collection") == 1 and {"self", "alternate", "profile"} <= set(rels)


def test_links_of_records_lead_somewhere(records: TestClient) -> None:
    tried = set()
    for record in records.get(f"{HERE}/items?limit=100").json()["features"]:
        for link in record["links"]:
            if not link["href"].startswith("http://town.test/") or link["href"] in tried:
                continue
            answer = records.get(link["href"], headers={"Accept": link["type"]})
            assert answer.status_code == 200, link
            assert answer.headers["content-type"].split(";")[0] == link["type"].split(";")[0], link
            tried.add(link["href"])
    assert len(tried) > 40


def test_the_catalogue_is_a_collection_of_records(records: TestClient) -> None:
    answer = records.get(HERE)
    assert answer.headers["content-type"] == "application/ogc-catalog+json"
    assert (
        records.get(HERE, headers={"Accept": "application/json"}).headers["content-type"]
        == "application/json"
    )
    one = answer.json()
    assert (one["id"], one["type"], one["itemType"]) == ("catalogue", "Collection", "record")
    assert {"self", "alternate", "items"} <= {link["rel"] for link in one["links"]}
    for link in one["links"]:
        answer = records.get(link["href"], headers={"Accept": link["type"]})
        assert answer.status_code == 200
        assert answer.headers["content-type"].split(";")[0] == link["type"], link
    assert one in records.get("/api/collections").json()["collections"]
    landing = records.get("/api").json()["links"]
    rel = "http://www.opengis.net/def/rel/ogc/1.0/ogc-catalog"
    assert [x["href"] for x in landing if x["rel"] == rel] == [f"http://town.test{HERE}/items"]
    declared = records.get("/api/conformance").json()["conformsTo"]
    assert set(CONFORMANCE) <= set(declared)
    assert len(CONFORMANCE) == 10


@pytest.mark.parametrize("typed", ["zielen", "ZIELEŃ", "Zieleni", "zieleń"])
def test_a_word_is_found_however_it_is_typed(records: TestClient, typed: str) -> None:
    hits = found(records, q=typed)
    assert hits[0].startswith("indicator.greenery")
    assert {"indicator.greenery_per_person", "indicator.greenery_share_plans"} <= set(hits)


def test_texts_are_searched_in_both_languages_and_the_title_counts_most(
    records: TestClient,
) -> None:
    assert found(records, q="stops")[0] == found(records, q="przystanek")[0] == "layer.stops"
    assert (
        found(records, q="leśną ścieżką") == found(records, q="lesna sciezka") == ["notebook.lesna"]
    )
    assert found(records, q="sciezka lesna") == []
    assert {"notebook.lesna", "indicator.bike_paths_sides"} <= set(
        found(records, q="notatnik nieznany, lesna sciezka, 19.4")
    )
    assert found(records, q="xyzzy") == found(records, q="???") == []
    assert found(records, q="tramwaj") == ["layer.stops"], "the meaning of a code"


@pytest.mark.parametrize("typed", ["notatnik", "notatniki", "Notebook"])
def test_a_kind_is_found_by_its_name(records: TestClient, typed: str) -> None:
    hits = found(records, q=typed)
    assert hits and {each.partition(".")[0] for each in hits} == {"notebook"}


@pytest.mark.parametrize("typed", ["Bańgów", "bangow", "BANGOW"])
def test_the_name_of_a_district_leads_to_the_districts(records: TestClient, typed: str) -> None:
    assert found(records, q=typed) == ["layer.districts"]


def test_what_bears_the_very_name_goes_first() -> None:
    def record(name: str, *also: str) -> Record:
        title = Text(pl=name, en=name)
        return Record(name, "dataset", title, title, also=tuple(Text(pl=a, en=a) for a in also))

    stops = record("a stops", *(f"Bańgów {street}" for street in ("Lipowa", "Polna", "Leśna")))
    districts = record("b districts", "Centrum", "Bańgów")
    asked = RecordsQuery(phrases=phrases("bangow"))
    hits = Catalogue((stops, districts)).search(asked, "en").records
    assert [each.id for each in hits] == ["b districts", "a stops"]


@pytest.mark.parametrize("typed", ["sciezki", "ścieżki rowerowe", "ścieżka"])
def test_the_words_of_a_layer_find_the_cards_that_measure_it(
    records: TestClient, typed: str
) -> None:
    hits = found(records, q=typed)
    cards = {each for each in hits if each.startswith("indicator.bike_paths")}
    assert len(cards) == 4 and "indicator.schools_per_1000" not in hits


def test_all_conditions_hold_together(records: TestClient) -> None:
    assert found(records, type="notebook") == ["notebook.lesna"]
    assert set(found(records, type="dataset,notebook")) == {
        "layer.districts", "layer.stops", "notebook.lesna",
    }  # fmt: skip
    assert found(records, ids="layer.stops,layer.nothing") == ["layer.stops"]
    assert found(records, ids="layer.stops", type="indicator") == []
    assert "indicator.bike_paths_sides" in found(records, externalIds="19.4")
    assert "indicator.bike_paths_sides" in found(records, externalIds="ISO 37120-2018:19.4")
    assert "indicator.greenery_per_person" not in found(records, externalIds="ISO 37120-2018"), (
        "a proxy is not the standard's indicator"
    )
    assert found(records, externalIds="GUS BDL:19.4") == []


def test_places_and_times(records: TestClient) -> None:
    everywhere, elsewhere = (
        found(records, bbox="19,50.2,19.2,50.4"),
        found(records, bbox="20,51,21,52"),
    )
    assert "layer.stops" in everywhere and elsewhere == []
    assert "notebook.lesna" not in everywhere, "a notebook lies nowhere"
    assert "layer.stops" in found(records, bbox="10,-90,20,90")
    assert "layer.stops" in found(records, bbox="10,-90,0,20,90,0")
    assert "layer.stops" in found(records, bbox="18,0,-170,90"), "over the antimeridian"
    before = found(records, datetime="2000-01-01")
    assert "layer.stops" not in before and "notebook.lesna" in before
    assert "layer.stops" in found(records, datetime="2026-01-01/..")


def test_sorted_as_asked_and_by_title_otherwise(records: TestClient) -> None:
    page = records.get(f"{HERE}/items?limit=100").json()["features"]
    titles = [record["properties"]["title"] for record in page]
    assert titles == sorted(titles, key=folded) and len(titles) == len(set(titles))
    backwards = records.get(f"{HERE}/items?limit=100&sortby=-title").json()["features"]
    assert [record["id"] for record in backwards] == [record["id"] for record in page][::-1]
    by_kind = records.get(f"{HERE}/items?limit=100&sortby=type,-title").json()["features"]
    kinds = [record["properties"]["type"] for record in by_kind]
    assert kinds == sorted(kinds)
    sortables = records.get(f"{HERE}/sortables").json()
    assert list(sortables["properties"]) == ["title", "type", "created", "updated"]
    for name in sortables["properties"]:
        assert len(found(records, sortby=name)) == len(page)
    assert found(records, sortby="created")[-1].startswith(("indicator", "notebook")), (
        "unknown last"
    )


def test_pages_follow_one_another(records: TestClient) -> None:
    seen: list[str] = []
    url = f"{HERE}/items?limit=4&type=indicator"
    while url:
        page = records.get(url).json()
        seen += [record["id"] for record in page["features"]]
        rels = {link["rel"]: link["href"] for link in page["links"]}
        assert ("prev" in rels) is (len(seen) > 4)
        url = rels.get("next", "")
    assert (
        len(seen)
        == len(set(seen))
        == page["numberMatched"]
        == len(found(records, type="indicator"))
    )


@pytest.mark.parametrize(
    "query",
    [
        "foo=1", "limit=0", "limit=x", "offset=-1", "type=map", "bbox=1,2,3", "bbox=1,2,x,4",
        "bbox=nan,1,2,3", "bbox=1,5,2,3", "datetime=x", "datetime=../..", "datetime=2026-13-01",
        "datetime=2026-02-01/2026-01-01", "datetime=..", "sortby=features", "f=xml", "lang=de",
        "q=a&q=b", "filter=title%3D1",
    ],
)  # fmt: skip
def test_what_has_no_meaning_is_refused(records: TestClient, query: str) -> None:
    answer = records.get(f"{HERE}/items?{query}")
    assert answer.status_code == 400, query
    assert answer.json()["description"]


def test_what_is_not_there_is_404(records: TestClient) -> None:
    for path in ("items/layer.nothing", "items/layer", "nothing"):
        assert records.get(f"{HERE}/{path}").status_code == 404
    for name in ("broken.ipynb", "lesna", "..%2Fconfig%2Fsite.yml", "not%20a%20name!.ipynb"):
        assert records.get(f"/api/notebooks/{name}").status_code == 404


def test_a_notebook_is_served_as_it_stands(records: TestClient) -> None:
    record = records.get(f"{HERE}/items/notebook.lesna?lang=en").json()
    assert record["properties"]["title"] == "A forest path"
    assert record["properties"]["description"] == "A lesson about forest roads."
    assert record["properties"]["license"] == "CC-BY-4.0"
    assert record["geometry"] is None and record["time"] is None
    (file,) = [link for link in record["links"] if link["rel"] == "enclosure"]
    answer = records.get(file["href"])
    assert answer.headers["content-type"] == file["type"] == "application/x-ipynb+json"
    assert answer.json()["cells"]
    polish = records.get(f"{HERE}/items/notebook.lesna").json()["properties"]
    assert (polish["title"], polish["description"]) == (
        "Leśna ścieżka",
        "Lekcja o drogach leśnych.",
    )


def test_a_layer_published_anew_updates_its_record(own_town: Any) -> None:
    with own_town.client() as client:
        assert found(client, type="dataset") == []
        first = own_town.publish_districts()
        before = client.get(f"{HERE}/items/layer.districts")
        assert before.json()["properties"]["version"] == first
        assert before.json()["properties"]["features"] == 2
        same = client.get(
            f"{HERE}/items/layer.districts", headers={"If-None-Match": before.headers["etag"]}
        )
        assert same.status_code == 304
        time.sleep(1.1)  # a version's name holds the second
        second = own_town.publish_districts(("Bańgów", "Centrum", "Bytków"))
        after = client.get(
            f"{HERE}/items/layer.districts", headers={"If-None-Match": before.headers["etag"]}
        ).json()
        assert after["properties"]["version"] == second != first
        assert after["properties"]["features"] == 3
        assert after["properties"]["created"] == before.json()["properties"]["created"]
        assert after["properties"]["updated"] > before.json()["properties"]["updated"]
        assert after["geometry"] != before.json()["geometry"]


def test_a_search_page_works_without_scripts(records: TestClient) -> None:
    page = records.get(f"{HERE}/items?q=zielen&type=", headers=BROWSER).text
    assert 'value="zielen"' in page and "Znaleziono: <strong>" in page
    assert page.count("<li><h2>") == len(found(records, q="zielen"))
    nothing = records.get(f"{HERE}/items?q=zielone+rowery&lang=en", headers=BROWSER).text
    assert "Nothing found." in nothing and "?q=zielone%2Crowery&amp;lang=en" in nothing
    odd = records.get(f"{HERE}/items", params={"q": "<script>alert(1)</script>"}, headers=BROWSER)
    assert "<script>alert" not in odd.text
    record = records.get(f"{HERE}/items/indicator.bike_paths_sides?lang=en", headers=BROWSER).text
    for words in ("ISO 37120-2018, 19.4", "How not to read this number", "<dt>Unit</dt>"):
        assert words in record
    assert records.get(HERE, headers=BROWSER).headers["content-type"].startswith("text/html")


def test_no_layer_may_take_the_catalogues_name(own_town: Any) -> None:
    layers = own_town.project.root / "layers"
    (layers / "stops").rename(layers / "catalogue")
    with pytest.raises(ModelError, match="catalogue"):
        load_project(own_town.project.root)


def test_owslib_reads_the_catalogue(records_town: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    app = create_app(records_town.project, records_town.root, server_url=url)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.02)
        client = Records(f"{url}/api")
        assert client.records() == ["catalogue"]
        assert client.collection("catalogue")["itemType"] == "record"
        hits = client.collection_items("catalogue", q="przystanki", limit=5)
        assert hits["features"][0]["id"] == "layer.stops"
        assert "enum" in client.collection_queryables("catalogue")["properties"]["type"]
        assert client.collection_item("catalogue", "layer.stops")["properties"]["type"] == "dataset"
        box = client.collection_items("catalogue", bbox=[20, 51, 21, 52])
        assert json.dumps(box["features"]) == "[]"
    finally:
        server.should_exit = True
        thread.join(20)
