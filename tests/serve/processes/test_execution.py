"""Executions that wait for their answer: what is understood, what is refused and how."""

from __future__ import annotations

import re

import pytest

from geo import limits
from geo.flow.results import load_results
from geo.limits import Limit, limit

JSON = "application/json"
TABLE = {"outputs": {"result": {"format": {"mediaType": JSON}}}}
SQUARE = [[19.0, 50.3], [19.02, 50.3], [19.02, 50.32], [19.0, 50.32], [19.0, 50.3]]
POLYGON = {"type": "Polygon", "coordinates": [SQUARE]}


def test_the_answer_is_a_collection_of_zones(api, run, served_root, project):
    card = project.indicators["building_cover"]
    inputs = {"layer": "buildings", "verb": card.verb, "overlaps": card.of.overlaps}
    answer = run(api, "aggregate", inputs)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/geo+json"
    assert "no-store" in answer.headers["cache-control"]
    found = answer.json()
    published = load_results(project, served_root, "building_cover")
    values = {f["id"]: f["properties"]["value"] for f in found["features"]}
    assert values == {row.zone_id: row.value for row in published.rows}
    assert found["whole"]["value"] == published.whole.value
    assert found["inputs"] == published.inputs
    assert found["synthetic"] is True
    assert found["ledger"]["numerator"]["closes"] is True
    ring = found["features"][0]["geometry"]["coordinates"][0][0]
    assert 18.9 < ring[0][0] < 19.1 and 50.2 < ring[0][1] < 50.4


def test_the_answer_is_a_table_by_class(api, run):
    inputs = {"layer": "greenery", "verb": "area", "by": "kind", "where": "public = TRUE"}
    found = run(api, "aggregate", inputs, **TABLE).json()
    assert [column["name"] for column in found["columns"]] == [
        "zone_name", "class_title", "value", "status_title", "pieces",
    ]  # fmt: skip
    parks = [row for row in found["rows"] if row["class"] == "park"]
    totals = [row for row in found["rows"] if row["class"] is None]
    assert len(parks) == len(totals) == 6
    assert totals[-1]["zone_id"] == "_all"
    assert found["unit"] == "ha"
    assert {row["class_title"] for row in parks} == {"park"}
    squares = [row for row in found["rows"] if row["class"] == "square"]
    assert {row["class_title"] for row in squares} == {"zieleniec lub skwer"}
    assert any("ukryto" in note.lower() for note in found["notes"])
    english = api.post(
        "/api/processes/aggregate/execution?lang=en", json={"inputs": inputs, **TABLE}
    ).json()
    assert english["columns"][0]["title"] == "Zone"


def test_a_document_holds_the_output_with_its_format(api, run):
    inputs = {"layer": "stops", "verb": "count"}
    answer = run(api, "aggregate", inputs, response="document")
    assert answer.headers["content-type"] == JSON
    assert set(answer.json()) == {"result"}
    found = answer.json()["result"]
    assert found["mediaType"] == "application/geo+json"
    assert found["value"]["type"] == "FeatureCollection"
    echo = run(api, "echo", {"message": 'a "b" <c>'}, response="document")
    assert echo.json() == {"message": 'a "b" <c>'}
    assert run(api, "echo", {"message": "ą"}).json() == "ą"


def test_values_may_be_qualified_or_refer_to_our_collections(api, run):
    inputs = {"layer": "buildings", "verb": "count", "zones": {"value": POLYGON}}
    qualified = run(api, "aggregate", inputs, **TABLE).json()
    plain = run(api, "aggregate", {**inputs, "zones": POLYGON}, **TABLE).json()
    assert qualified["rows"] == plain["rows"]
    assert plain["rows"][0]["value"] > 100
    where = {"value": {"op": "=", "args": [{"property": "function"}, "residential"]}}
    fewer = run(api, "aggregate", {**inputs, "where": where}, **TABLE).json()
    assert 0 < fewer["rows"][0]["value"] < plain["rows"][0]["value"]
    for end in ("", "/items", "/items?f=json"):
        href = f"http://town.test/api/collections/districts{end}"
        by_link = run(api, "aggregate", {**inputs, "zones": {"href": href}}, **TABLE).json()
        assert len(by_link["rows"]) == 6


@pytest.mark.parametrize(
    "href",
    [
        "http://127.0.0.1:9/zones.geojson", "file:///etc/passwd", "/api/collections/districts", 7,
        "http://town.test/api/collections/districts/../../x", "http://town.test/api/jobs/x",
        "http://town.test/apicollections/districts", None,
    ],
)  # fmt: skip
def test_no_reference_is_followed_elsewhere(api, run, href):
    answer = run(api, "aggregate", {"layer": "stops", "verb": "count", "zones": {"href": href}})
    assert answer.status_code == 400
    assert (
        "input 'zones': references are followed to collections of this server only"
        in (answer.json()["detail"])
    )


def test_the_indicator_beside_what_is_published(api, run, served_root, project):
    answer = run(api, "indicator", {"indicator": "greenery_per_person"})
    found = answer.json()
    assert answer.status_code == 200
    published = load_results(project, served_root, "greenery_per_person")
    rows = {row["zone_id"]: row for row in found["rows"]}
    for row in (*published.rows, published.whole):
        mine = rows[row.zone_id]
        assert mine["value"] == mine["published_value"] == row.value
        assert mine["status"] == mine["published_status"] == row.status
    assert found["published"]["outdated"] == []
    assert found["inputs"] == published.inputs


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "input 'layer': is missing"),
        (b"{", "the body: is not JSON"),
        (b"[]", "the body: is not an object"),
        (b'"x"', "the body: is not an object"),
        (b'{"inputs": {"layer": NaN}}', "is not JSON"),
        (b'{"inputs": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "is not JSON"),
        (b'{"inputs": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"}", "is not JSON"),
        (b'{"inputs": {"layer": "\xff"}}', "is not JSON"),
        (b'{"inputs": []}', "inputs: is not an object"),
        (b'{"input": {}}', "input: unknown key"),
        (b'{"inputs": {}, "subscriber": {"successUri": "http://x"}}', "calls nobody back"),
        (b'{"inputs": {"layer": "stops"}}', "input 'verb': is missing"),
        (b'{"inputs": {"layer": "stops", "verb": "count", "colour": 1}}', "input 'colour'"),
        (b'{"inputs": {"layer": "nope", "verb": "count"}}', "input 'layer': unknown value 'nope'"),
        (b'{"inputs": {"layer": "indicator_values", "verb": "count"}}', "input 'layer'"),
        (b'{"inputs": {"layer": 7, "verb": "count"}}', "input 'layer'"),
        (b'{"inputs": {"layer": "stops", "verb": "count", "by": "a\\u0000b"}}', "null character"),
        (b'{"inputs": {"layer": "stops", "verb": "count", "distance": "3"}}', "must be a number"),
        (b'{"inputs": {"layer": "stops", "verb": "count", "where": "mode = "}}', "input 'where'"),
        (b'{"inputs": {"layer": "stops", "verb": "count"}, "response": "xml"}', "response"),
        (b'{"inputs": {"layer": "stops", "verb": "count"}, "outputs": {"x": {}}}', "output 'x'"),
        (b'{"inputs": {"layer": "stops", "verb": "count"}, "outputs": []}', ""),
        (b'{"inputs": {"layer": "stops", "verb": "count"}, "outputs": [1]}', "outputs"),
        (b'{"inputs": {"layer": "stops", "verb": "count"}, "outputs": {"result": 1}}', "output"),
        (b'{"inputs": {"layer": "stops", "verb": "count"}, "outputs": {"result": '
         b'{"format": {"mediaType": "text/csv"}}}}', "unknown format 'text/csv'"),
        (b'{"inputs": {"layer": "stops", "verb": "count"}, "outputs": {"result": '
         b'{"transmissionMode": "reference"}}}', "by value only"),
    ],
)  # fmt: skip
def test_bad_bodies_are_refused_with_their_place(api, body, words):
    answer = api.post(
        "/api/processes/aggregate/execution", content=body, headers={"Content-Type": JSON}
    )
    if not words:
        assert answer.status_code == 200
        return
    found = answer.json()
    assert answer.status_code == found["status"] == 400
    assert found["type"] == "InvalidParameterValue"
    assert words in found["detail"]
    assert "no-store" in answer.headers["cache-control"]


def test_what_the_child_refuses_is_a_400_too(api, run):
    bow = {"type": "Polygon", "coordinates": [[SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3],
                                               SQUARE[0]]]}  # fmt: skip
    answer = run(api, "aggregate", {"layer": "stops", "verb": "count", "zones": bow})
    assert answer.status_code == 400
    assert "input 'zones': the polygon is not valid" in answer.json()["detail"]
    private = run(api, "aggregate", {"layer": "addresses", "verb": "sum", "field": "people"})
    assert private.status_code == 400
    assert "people" not in private.json()["detail"].replace("'people'", "")


def test_swapped_axes_are_a_400_that_says_so(api, run):
    ring = [[501_000, 270_000], [502_000, 270_000], [502_000, 271_000], [501_000, 270_000]]
    zones = {"value": {"type": "Polygon", "coordinates": [ring]}}
    inputs = {"layer": "greenery", "verb": "area", "zonesCrs": "EPSG:2180", "zones": zones}
    answer = run(api, "aggregate", inputs)
    assert answer.status_code == 400
    assert "the axes are swapped" in answer.text
    assert "[northing, easting]" in answer.text
    zones["value"]["coordinates"] = [[[y, x] for x, y in ring]]
    assert run(api, "aggregate", inputs).status_code == 200


def test_a_body_that_is_too_large_is_not_read(api):
    most = limit("request_bytes")
    answer = api.post(
        "/api/processes/aggregate/execution",
        content=(b"x" * 65_536 for _ in range(most // 65_536 + 2)),
        headers={"Content-Type": JSON},
    )
    assert answer.status_code == 413
    assert "larger than" in answer.json()["detail"]


def test_a_million_vertices_are_refused(api, run):
    ring = [[19 + i * 1e-6, 50.3] for i in range(110_000)]
    zones = {"type": "Polygon", "coordinates": [[*ring, [19.0, 50.4], ring[0]]]}
    answer = run(api, "aggregate", {"layer": "stops", "verb": "count", "zones": zones})
    assert answer.status_code == 413
    assert "vertices" in answer.json()["detail"]


def test_only_json_and_forms_are_understood(api):
    answer = api.post(
        "/api/processes/echo/execution", content=b"<x/>", headers={"Content-Type": "text/xml"}
    )
    assert answer.status_code == 400
    assert "'text/xml' is not understood" in answer.json()["detail"]


def test_unknown_processes_have_the_type_of_the_standard(api):
    for method, path in (("GET", ""), ("POST", "/execution")):
        answer = api.request(method, f"/api/processes/nope{path}")
        assert answer.status_code == 404
        found = answer.json()
        assert found["type"] == (
            "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/no-such-process"
        )
        assert "aggregate" in found["detail"]


def test_parameters_and_methods_that_are_not_known(api):
    assert api.get("/api/processes?colour=red").status_code == 400
    assert api.get("/api/processes/echo?limit=3").status_code == 400
    assert api.post("/api/processes/echo/execution?x=1", json={}).status_code == 400
    assert api.get("/api/processes/echo/execution").status_code == 405
    assert api.put("/api/jobs/x").status_code == 405
    assert api.get("/api/processes?limit=1").json()["processes"][0]["id"] == "aggregate"
    assert len(api.get("/api/processes?limit=1").json()["processes"]) == 1
    assert api.get("/api/processes?limit=0").status_code == 400


def test_options_and_cors(api):
    allowed = api.options("/api/processes/echo/execution")
    assert (allowed.status_code, allowed.headers["allow"]) == (200, "POST, OPTIONS")
    assert api.options("/api/jobs/x").headers["allow"] == "GET, DELETE, HEAD, OPTIONS"
    preflight = api.options(
        "/api/processes/echo/execution",
        headers={
            "Origin": "https://other.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type, prefer, authorization",
        },
    )
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert "prefer" in preflight.headers["access-control-allow-headers"].lower()
    answer = api.post(
        "/api/processes/echo/execution",
        json={"inputs": {"message": "x"}},
        headers={"Origin": "https://other.example"},
    )
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    assert "Location" in answer.headers["access-control-expose-headers"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_an_answer_that_takes_too_long_is_stopped(another, run, monkeypatch):
    run(another, "echo", {"message": "warm"})
    monkeypatch.setitem(limits.LIMITS, "process_wait_seconds", Limit(1, "s", "test"))
    answer = run(another, "echo", {"message": "x", "pause": 5})
    assert answer.status_code == 503
    assert "took longer than 1 s" in answer.json()["detail"]
    assert "respond-async" in answer.json()["detail"]


def test_an_answer_that_needs_too_much_memory_is_stopped(another, run, monkeypatch):
    monkeypatch.setitem(limits.LIMITS, "process_memory_bytes", Limit(2**26, "bytes", "test"))
    answer = run(another, "aggregate", {"layer": "parcels", "verb": "count"})
    assert answer.status_code == 413
    assert "memory" in answer.json()["detail"]
    monkeypatch.undo()
    assert run(another, "echo", {"message": "still here"}).json() == "still here"


def test_an_answer_that_is_too_large_is_not_sent(another, run, monkeypatch):
    monkeypatch.setitem(limits.LIMITS, "process_result_bytes", Limit(100, "bytes", "test"))
    answer = run(another, "aggregate", {"layer": "stops", "verb": "count"})
    assert answer.status_code == 413
    assert "larger than 100 bytes" in answer.json()["detail"]


def test_a_crash_of_the_child_is_ours_and_says_nothing(another, run, monkeypatch, caplog):
    from geo.serve.processes import pool

    real = pool.Pool._task

    def broken(self, work, seconds):
        task = real(self, work, seconds)
        object.__setattr__(task, "inputs", b"{broken")
        return task

    monkeypatch.setattr(pool.Pool, "_task", broken)
    answer = run(another, "echo", {"message": "x"})
    assert answer.status_code in (413, 500)
    assert not re.search(r"Traceback|File |/work|/tmp|\.py", answer.text)


def test_a_scenario_beside_the_official_values(api, run, served_root, project):
    scenario = {
        "name": "no-parks",
        "title": {"pl": "Bez parków", "en": "No parks"},
        "changes": [{"layer": "greenery", "remove": True, "where": "kind = 'park'"}],
    }
    names = ["greenery_per_person", "parcels_count"]
    found = run(api, "what-if", {"scenario": {"value": scenario}, "indicators": names}).json()
    assert found["official"] is False
    assert list(found["skipped"]) == ["parcels_count"]
    published = load_results(project, served_root, "greenery_per_person")
    (card,) = (each for each in found["indicators"] if each["id"] == "greenery_per_person")
    official = {row["zone_id"]: row["official"]["value"] for row in card["zones"]}
    assert official == {row.zone_id: row.value for row in published.rows}
    assert any(row["difference"] and row["difference"] < 0 for row in card["zones"])
    again = run(api, "indicator", {"indicator": "greenery_per_person"}).json()
    assert again["rows"][0]["value"] == published.rows[0].value  # nothing was kept


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({}, "input 'scenario': is missing"),
        ({"scenario": "x"}, "input 'scenario': is not an object"),
        ({"scenario": {}}, "input 'scenario'"),
        ({"scenario": {"name": "x", "title": {"pl": "x", "en": "x"}, "changes": [
            {"layer": "nope", "remove": True, "where": "a = 1"}]}}, "input 'scenario'"),
        ({"scenario": {"name": "x", "title": {"pl": "x", "en": "x"}, "changes": [
            {"layer": "addresses", "remove": True, "where": "people > 3"}]}}, "input 'scenario'"),
        ({"scenario": {}, "indicators": [1]}, "input 'indicators'"),
        ({"scenario": {}, "indicators": "x"}, "input 'indicators': is not a list"),
    ],
)  # fmt: skip
def test_a_bad_scenario_is_refused(api, run, inputs, words):
    answer = run(api, "what-if", inputs)
    assert answer.status_code in (400, 422)
    assert words in answer.json()["detail"]


def test_the_page_says_once_or_each_and_hides_how_many_stand_behind_a_hidden_number(api, run):
    inputs = {"layer": "greenery", "verb": "area", "by": "kind"}
    found = run(api, "aggregate", inputs, **TABLE).json()
    hidden = [row for row in found["rows"] if row["status"] == "suppressed"]
    assert hidden and all(row["pieces"] is None for row in hidden)
    assert any("policzono raz" in note for note in found["notes"])
    each = run(api, "aggregate", {**inputs, "overlaps": "each"}, **TABLE).json()
    assert not any("policzono raz" in note for note in each["notes"])
    assert each["whole"]["value"] > found["whole"]["value"]


def test_the_page_writes_numbers_in_its_language_and_leads_back_to_the_form(api):
    def page(language: str, **form: str) -> str:
        address = f"/api/processes/aggregate/execution?lang={language}"
        return api.post(address, data=form, headers={"Accept": "text/html"}).text

    mean = {"layer": "parcels", "verb": "mean", "field": "$area"}
    assert re.search(r'class="number">1\u202f\d{3},\d{4}<', page("pl", **mean))
    assert re.search(r'class="number">1,\d{3}\.\d{4}<', page("en", **mean))
    wrong = page("pl", layer="buildings", verb="nearest")
    assert re.search(r'href="[^"]*/processes/aggregate(\?[^"]*)?">Popraw zapytanie', wrong)
