"""``filter`` through the API: an example of each conformance class, and what is refused."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from geo.crs import CRS84, METRIC, reproject
from geo.limits import limit
from geo.model.cql2 import parse_text, to_json
from geo.serve.ogc import CONFORMANCE

ITEMS = "/api/collections/assorted/items"
EPSG_2180 = "http://www.opengis.net/def/crs/EPSG/0/2180"
CRS84_URI = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
ALL = set(range(40))
TEXTS = {i: {i + 6 * k for k in range(7) if i + 6 * k < 40} for i in range(6)}
"""Number of a text of the town -> the ranks of the squares that have it; 5: none."""


def ranks(client: TestClient, text: str, **more: Any) -> set[int]:
    """Ask for the same filter as text and as JSON; return the ranks that come."""
    found = client.get(ITEMS, params={"filter": text, "limit": 40, **more})
    assert found.status_code == 200, found.text
    page = found.json()
    document = json.dumps(to_json(parse_text(text)), default=list)
    again = client.get(
        ITEMS, params={"filter": document, "filter-lang": "cql2-json", "limit": 40, **more}
    ).json()
    assert again["features"] == page["features"]
    assert page["numberMatched"] == again["numberMatched"] == len(page["features"])
    return {feature["properties"]["rank"] for feature in page["features"]}


def days(first: int, last: int) -> set[int]:
    return {i for i in ALL if first <= i % 28 + 1 <= last}


CLASSES: dict[str, list[tuple[str, set[int]]]] = {
    "basic-cql2": [
        ("rank >= 38 OR rank < 1 AND open = TRUE", {38, 39, 0}),
        ("NOT (rank > 1 OR rank = 0)", {1}),
        ("szerokość = 'O''Neil \"&amp;\" ąęłóż'", TEXTS[1]),
        (r"szerokość = 'O\'Neil " + '"&amp;" ąęłóż\'', TEXTS[1]),
        ("\"szerokość\" = 'two\nlines\tand {{ 7*7 }}'", TEXTS[2]),
        (r"szerokość = 'two\nlines\tand {{ 7*7 }}'", TEXTS[2]),
        ("szerokość = ''", TEXTS[3]),
        ("szerokość = '50% ¼ 🏙 \u2028'", TEXTS[4]),
        ("szerokość IS NULL", TEXTS[5]),
        ("szerokość IS NOT NULL AND rank < 7", {0, 1, 2, 3, 4, 6}),
        ("szerokość <> ''", ALL - TEXTS[3] - TEXTS[5]),
        ("NOT szerokość = ''", ALL - TEXTS[3] - TEXTS[5]),
        ("code = '247401_1.0003.7/1 ?#%'", {7}),
        ("area = 1 OR area > 5.5", {7, 39}),
        ("open = FALSE AND rank < 4", {1, 3}),
        ("open > FALSE AND rank < 4", {0, 2}),
        ("day = DATE('2026-01-05')", {4, 32}),
        ("day > DATE('2026-01-27')", {27}),
        ("at = TIMESTAMP('2026-11-22T13:30:00+01:00')", ALL),
        ("at > TIMESTAMP('2026-11-22T12:30:00.000001Z')", set()),
        ("open AND rank < 3", {0, 2}),
        ("NOT (open) AND rank < 3", {1}),
        ("TRUE", ALL),
        ("FALSE OR rank = 3", {3}),
        ("geometry IS NOT NULL", ALL),
    ],
    "advanced-comparison-operators": [
        ("szerokość LIKE '%script%'", TEXTS[0]),
        ("szerokość LIKE '%SCRIPT%'", set()),
        (r"szerokość LIKE '50\% _ _ _'", TEXTS[4]),
        ("szerokość NOT LIKE 'two%'", ALL - TEXTS[2] - TEXTS[5]),
        ("rank BETWEEN 5 AND 7.5", {5, 6, 7}),
        ("rank NOT BETWEEN 1 AND 38", {0, 39}),
        ("rank IN (3, 99, 5)", {3, 5}),
        # QGIS writes the ends of BETWEEN and the items of IN as texts.
        ("day BETWEEN '2026-01-05' AND '2026-01-06'", {4, 5, 32, 33}),
        ("day IN ('2026-01-05') OR NOT (at >= '2026-11-22T12:30:00Z')", {4, 32}),
        ("day NOT IN (DATE('2026-01-01')) AND rank < 3", {1, 2}),
    ],
    "case-insensitive-comparison": [
        ("CASEI(szerokość) LIKE CASEI('%SCRIPT%')", TEXTS[0]),
        ("CASEI(szerokość) = casei('O''NEIL \"&AMP;\" ĄĘŁÓŻ')", TEXTS[1]),
    ],
    "accent-insensitive-comparison": [
        ("ACCENTI(szerokość) LIKE '%aeloz'", TEXTS[1]),
        ("ACCENTI(CASEI(szerokość)) LIKE ACCENTI(CASEI('%ĄELOZ'))", TEXTS[1]),
    ],
    "arithmetic": [
        ("area * 7 = 21 OR rank + 1 = 40", {21, 39}),
        ("rank / 2 - 1 > 18 - 0.5 ^ 2", {38, 39}),
        ("rank % 10 = 3 AND rank div 10 = 2", {23}),
        ("-rank > -2", {0, 1}),
        ("1 / rank > 0.4", {1, 2}),
    ],
    "property-property": [
        ("area > rank - 1", {0, 1}),
        ("rank = rank AND 1 = 1", ALL),
        ("39 = rank", {39}),
        ("szerokość = code", set()),
    ],
    "temporal-functions": [
        ("T_AFTER(day, DATE('2026-01-27'))", days(28, 28)),
        ("T_BEFORE(day, INTERVAL('2026-01-03', '..'))", days(1, 2)),
        ("T_EQUALS(day, DATE('2026-01-03'))", days(3, 3)),
        ("T_DISJOINT(day, INTERVAL('2026-01-02', '2026-01-27'))", days(1, 1) | days(28, 28)),
        ("T_INTERSECTS(day, INTERVAL('2026-01-02', '2026-01-03'))", days(2, 3)),
        ("T_DURING(INTERVAL(day, day), INTERVAL('2026-01-02', '2026-01-04'))", days(3, 3)),
        ("T_CONTAINS(INTERVAL('2026-01-26', '..'), INTERVAL(day, day))", days(27, 28)),
        ("T_STARTS(INTERVAL(day, day), INTERVAL('2026-01-02', '2026-01-04'))", days(2, 2)),
        ("T_STARTEDBY(INTERVAL(day, '..'), INTERVAL('2026-01-02', '2026-01-04'))", days(2, 2)),
        ("T_FINISHES(INTERVAL(day, day), INTERVAL('2026-01-02', '2026-01-04'))", days(4, 4)),
        ("T_FINISHEDBY(INTERVAL('..', day), INTERVAL('2026-01-02', '2026-01-04'))", days(4, 4)),
        ("T_MEETS(INTERVAL('2026-01-01', day), INTERVAL('2026-01-04', '..'))", days(4, 4)),
        ("T_METBY(INTERVAL(day, '..'), INTERVAL('2026-01-01', '2026-01-04'))", days(4, 4)),
        ("T_OVERLAPS(INTERVAL(day, '2026-01-09'), INTERVAL('2026-01-04', '..'))", days(1, 3)),
        ("T_OVERLAPPEDBY(INTERVAL(day, '..'), INTERVAL('2026-01-01', '2026-01-04'))",
         days(2, 3)),
        ("T_INTERSECTS(at, INTERVAL('2026-11-22T12:30:00Z', '2026-11-22T12:30:00Z'))", ALL),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), [pair for pairs in CLASSES.values() for pair in pairs])
def test_a_filter_gives_its_features(client: TestClient, text: str, wanted: set[int]) -> None:
    assert ranks(client, text) == wanted


def in_84(geometry: shapely.Geometry) -> shapely.Geometry:
    return reproject(np.array([geometry]), METRIC, CRS84)[0]


def square(first: int, last: int, *, inset: float = 1.0) -> shapely.Geometry:
    """Return a box in EPSG:2180, easting first, around the squares of some ranks."""
    west, east = 501_000 + 100 * first, 501_080 + 100 * last
    return shapely.box(west - inset, 268_000 - inset, east + inset, 268_080 + inset)


SPATIAL = {
    "S_INTERSECTS": {3, 4, 5, 6}, "S_WITHIN": {4, 5}, "S_DISJOINT": ALL - {3, 4, 5, 6},
    "S_OVERLAPS": {3, 6}, "S_CONTAINS": set(), "S_EQUALS": set(), "S_TOUCHES": set(),
    "S_CROSSES": set(),
}  # fmt: skip


@pytest.mark.parametrize("op", SPATIAL)
def test_relations_to_an_area_in_either_crs(client: TestClient, op: str) -> None:
    area = shapely.box(501_340, 267_990, 501_640, 268_090)  # halves 3 and 6, holds 4 and 5
    degrees = shapely.to_wkt(in_84(area), rounding_precision=9)
    metres = shapely.to_wkt(shapely.transform(area, lambda xy: xy[:, ::-1]))
    assert ranks(client, f"{op}(geometry, {degrees})") == SPATIAL[op]
    crs = {"filter-crs": EPSG_2180}
    assert ranks(client, f"{op}(geometry, {metres})", **crs) == SPATIAL[op]
    box = "BBOX(267990, 501340, 268090, 501640)"
    assert ranks(client, f"{op}(geometry, {box})", **crs) == SPATIAL[op]
    both = f"rank < 5 AND NOT ({op}(geometry, {degrees}) OR rank = 0)"
    assert ranks(client, both) == set(range(1, 5)) - SPATIAL[op]


def test_relations_to_other_geometries(client: TestClient) -> None:
    crs = {"filter-crs": EPSG_2180}
    inside, corner = "POINT(268040 501040)", "POINT(268000 501000)"
    line = "LINESTRING(268040 500990, 268040 501150)"
    for text, wanted in (
        (f"S_CONTAINS(geometry, {inside})", {0}),
        (f"S_WITHIN({inside}, geometry)", {0}),
        (f"S_TOUCHES(geometry, {corner})", {0}),
        (f"S_CONTAINS(geometry, {corner})", set()),
        (f"S_CROSSES(geometry, {line})", {0, 1}),
        (f"S_CROSSES({line}, geometry)", {0, 1}),
        ("S_INTERSECTS(geometry, MULTIPOINT((268040 501040), (268040 501340)))", {0, 3}),
        (f"S_INTERSECTS(geometry, GEOMETRYCOLLECTION({inside}, {line}))", {0, 1}),
        ("S_INTERSECTS(geometry, MULTILINESTRING((268000 501000, 268040 501040)))", {0}),
    ):
        assert ranks(client, text, **crs) == wanted, text
    feature = client.get(f"{ITEMS}?rank=7&crs={EPSG_2180}").json()["features"][0]
    own = shapely.to_wkt(shapely.geometry.shape(feature["geometry"]), rounding_precision=-1)
    assert ranks(client, f"S_EQUALS(geometry, {own})", **crs) == {7}


def test_the_conformance_classes_are_those_that_are_tried_here() -> None:
    spatial = {"basic-spatial-functions", "basic-spatial-functions-plus", "spatial-functions"}
    declared = {one.rpartition("/")[2] for one in CONFORMANCE if "/cql2/" in one}
    assert declared == {"cql2-text", "cql2-json", *spatial, *CLASSES}


def test_a_filter_joins_box_equality_sort_fields_and_pages(client: TestClient) -> None:
    box = ",".join(map(str, in_84(square(10, 29)).bounds))
    params = {"filter": "rank % 3 = 0", "bbox": box, "open": "true", "sortby": "-rank", "limit": 2,
              "properties": "rank"}  # fmt: skip
    url, seen = "", []
    while True:
        page = client.get(url or ITEMS, params=None if url else params).json()
        assert page["numberMatched"] == 3
        seen += [feature["properties"] for feature in page["features"]]
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not following:
            break
        (url,) = following
        assert dict(parse_qsl(urlsplit(url).query))["filter"] == "rank % 3 = 0"
    assert seen == [{"rank": 24}, {"rank": 18}, {"rank": 12}]
    hits = client.get(ITEMS, params={**params, "resulttype": "hits"}).json()
    assert (hits["numberMatched"], hits["features"]) == (3, [])
    metric = client.get(ITEMS, params={"filter": "rank = 1", "crs": EPSG_2180})
    assert metric.headers["content-crs"] == f"<{EPSG_2180}>"
    assert metric.json()["features"][0]["geometry"]["coordinates"][0][0][0] > 200_000


def test_next_links_keep_every_letter_of_a_filter(client: TestClient) -> None:
    text = "szerokość <> 'O''Neil & \"x\" + 100%;#?' AND rank >= 0"
    page = client.get(ITEMS, params={"filter": text, "filter-lang": "cql2-text", "limit": 5}).json()
    (href,) = [link["href"] for link in page["links"] if link["rel"] == "next"]
    assert href.isascii()
    asked = dict(parse_qsl(urlsplit(href).query))
    assert (asked["filter"], asked["filter-lang"]) == (text, "cql2-text")
    following = client.get(href).json()
    assert following["numberMatched"] == page["numberMatched"] == len(ALL - TEXTS[5])
    assert following["features"][0] not in page["features"]


def test_a_plus_that_a_client_did_not_encode_is_a_plus(client: TestClient) -> None:
    for written in ("rank%20+%201%20=%2040", "rank+%2B+1+=+40", "rank%20%2B%201%20=%2040"):
        page = client.get(f"{ITEMS}?filter={written}").json()
        assert [one["properties"]["rank"] for one in page["features"]] == [39]
    page = client.get(f"{ITEMS}?limit=1&filter=rank%20+%201%20>%203").json()
    (href,) = [link["href"] for link in page["links"] if link["rel"] == "next"]
    assert client.get(href).json()["numberMatched"] == page["numberMatched"] == 37


def test_a_page_for_people_shows_its_filter_and_keeps_it(client: TestClient) -> None:
    text = "rank < 39 AND szerokość <> '<b>'"
    answer = client.get(ITEMS, params={"filter": text, "f": "html", "limit": 3})
    assert answer.status_code == 200
    assert "rank &lt; 39 AND szerokość &lt;&gt; &#39;&lt;b&gt;&#39;" in answer.text
    assert "<b>'" not in answer.text
    assert "filter=rank+%3C+39" in answer.text


def test_other_filters_have_other_tags(client: TestClient) -> None:
    tags = {
        client.get(ITEMS, params={"filter": f"rank = {i}"}).headers["etag"] for i in range(3)
    }  # fmt: skip
    assert len(tags) == 3


REFUSED = [
    ({"filter": ""}, "character 1"),
    ({"filter": "rank >"}, "character 7"),
    ({"filter": "rank > 'a'"}, "'a' is text, not a number"),
    ({"filter": "nothing = 1"}, "the fields are: code, szerokość, rank, area, open, day, at"),
    ({"filter": "day > '5.01.2026'"}, "a date is written DATE('"),
    ({"filter": "secret = 'hush'"}, "not there: 'secret'"),
    ({"filter": "rank LIKE '1%'"}, "rank is a number, not text"),
    ({"filter": "S_INTERSECTS(szerokość, POINT(1 2))"}, "szerokość is text, not a geometry"),
    ({"filter": "S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 1 0, 0 1, 0 0)))"}, "not valid"),
    ({"filter": "S_INTERSECTS(geometry, POINT(9e9 9e9))", "filter-crs": EPSG_2180}, "lies outside"),
    ({"filter": "rank = 1", "filter-lang": "cql-text"}, "cql2-text, cql2-json"),
    ({"filter": "rank = 1", "filter-lang": "cql2-json"}, "it is no JSON"),
    ({"filter": "rank = 1", "filter-crs": "EPSG:2180"}, "unknown CRS"),
    ({"filter": '{"op":"=","args":[{"property":"rank"}]}', "filter-lang": "cql2-json"}, "$.args"),
    ({"filter-lang": "cql2-text"}, "stands without filter"),
    ({"filter-crs": CRS84_URI}, "stands without filter"),
    ({"filter": "avg(rank) = 1"}, "there is no function 'avg'"),
    ({"filter": "NOT " * 150 + "rank = 1"}, "levels deep"),
    ({"filter": "rank=1 OR " * 900 + "rank=1"}, "too long"),
]  # fmt: skip


@pytest.mark.parametrize(("params", "words"), REFUSED)
def test_what_has_no_meaning_is_refused_with_a_reason(
    client: TestClient, params: dict[str, str], words: str
) -> None:
    for more in ({}, {"f": "html"}, {"resulttype": "hits"}):
        answer = client.get(ITEMS, params={**params, **more})
        assert answer.status_code == 400
        assert "Traceback" not in answer.text
        assert "SELECT" not in answer.text
    answer = client.get(ITEMS, params=params)
    assert words in answer.json()["description"]
    assert answer.json()["code"] == "InvalidParameterValue"


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    text=st.one_of(
        st.text(max_size=40),
        st.lists(
            st.sampled_from(["rank", "szerokość", "geometry", "day", "=", "<", "(", ")", "AND",
                             "OR", "NOT", "IN", "LIKE", "'a'", "1", "-", "^", "DIV", "TRUE", "%",
                             "DATE('2026-01-01')", "POINT(19 50)", "S_WITHIN(", ",", "IS NULL"]),
            max_size=9,
        ).map(" ".join),
    ),
    language=st.sampled_from(["cql2-text", "cql2-json"]),
)  # fmt: skip
def test_no_filter_breaks_the_server(client: TestClient, text: str, language: str) -> None:
    answer = client.get(ITEMS, params={"filter": text, "filter-lang": language})
    assert answer.status_code in (200, 400)
    assert answer.status_code == 400 or answer.json()["type"] == "FeatureCollection"


def test_the_openapi_document_and_the_queryables_say_it(client: TestClient) -> None:
    document = client.get("/api/openapi").json()
    shared = document["components"]["parameters"]
    assert shared["filter-lang"]["schema"]["enum"] == ["cql2-text", "cql2-json"]
    assert shared["filter-lang"]["schema"]["default"] == "cql2-text"
    assert shared["filter-crs"]["schema"]["default"] == CRS84_URI
    assert shared["filter"]["schema"]["maxLength"] == limit("query_chars")
    listed = document["paths"]["/collections/assorted/items"]["get"]["parameters"]
    assert {"$ref": "#/components/parameters/filter"} in listed
    one = client.get("/api/collections/assorted").json()
    rel = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
    (href,) = {
        link["href"] for link in one["links"] if link["rel"] == rel and "schema" in link["type"]
    }
    queryables = client.get(href).json()
    assert queryables["additionalProperties"] is False
    named = {p["name"]: p["schema"] for p in listed if "name" in p}
    for name, schema in queryables["properties"].items():
        test = f'"{name}" IS NULL'
        assert client.get(ITEMS, params={"filter": test, "limit": 1}).status_code == 200
        if name != "geometry":
            assert "type" in schema
            assert named[name]["type"] == schema["type"]
        else:
            assert "type" not in schema
