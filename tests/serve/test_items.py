"""Features through the API: pages, filters, coordinates, and what is refused."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import numpy as np
import orjson
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Route
from starlette.testclient import TestClient

from geo.crs import CRS84, METRIC, reproject
from geo.serve.app import create_app

ITEMS = "/api/collections/assorted/items"
EPSG_2180 = "http://www.opengis.net/def/crs/EPSG/0/2180"
CRS84_URI = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


def links(document: dict, rel: str) -> list[str]:
    return [link["href"] for link in document["links"] if link["rel"] == rel]


def collections(client: TestClient) -> list[str]:
    """Return the collections of features; the catalogue stands beside them."""
    found = client.get("/api/collections").json()["collections"]
    return [one["id"] for one in found if one.get("itemType") == "feature"]


def test_attributes_come_back_as_they_went_in(client: TestClient, town) -> None:
    frame = town.squares()
    found = client.get(ITEMS).json()
    by_id = {feature["id"]: feature["properties"] for feature in found["features"]}
    assert len(by_id) == 40
    for row in frame.itertuples():
        values = by_id[row.code]
        assert values["szerokość"] == town.texts[row.rank % len(town.texts)]
        assert values["rank"] == row.rank
        assert values["area"] == row.area
        assert values["open"] is bool(row.open)
        assert values["day"] == row.day.isoformat()
        assert values["at"] == "2026-11-22T12:30:00Z"


def test_fields_that_are_not_public_are_nowhere(client: TestClient) -> None:
    for path in ("items", "queryables", "schema", "items?f=html", "?f=html"):
        text = client.get(f"/api/collections/assorted/{path}").text
        assert "hush" not in text
        assert "secret" not in text


def test_pages_hold_every_feature_once_and_the_last_one_is_not_empty(client: TestClient) -> None:
    url, seen, pages = f"{ITEMS}?limit=8", [], 0  # 40 is an exact multiple of 8
    while url:
        page = client.get(url).json()
        assert page["numberMatched"] == 40
        assert page["numberReturned"] == len(page["features"]) == 8
        seen += [feature["id"] for feature in page["features"]]
        pages += 1
        url = (links(page, "next") or [""])[0]
    assert pages == 5
    assert len(set(seen)) == len(seen) == 40


def test_links_are_absolute_encoded_and_lead_back(client: TestClient) -> None:
    value = 'O\'Neil "&amp;" ąęłóż'
    page = client.get(ITEMS, params={"szerokość": value, "limit": 2, "offset": 2}).json()
    assert page["numberMatched"] == 7
    for rel, offset in (("next", None), ("prev", "0"), ("self", "2")):
        (href,) = links(page, rel)
        assert href.startswith("http://town.test/api/collections/assorted/items?")
        assert href.isascii()
        assert " " not in href and '"' not in href
        asked = dict(parse_qsl(urlsplit(href).query))
        assert asked["szerokość"] == value
        assert asked.get("offset") == offset
        assert ("cursor" in asked) == (rel == "next")
        assert client.get(href).status_code == 200


def test_a_page_beyond_the_end_is_empty_and_links_back(client: TestClient) -> None:
    page = client.get(f"{ITEMS}?offset=1000&limit=10").json()
    assert page["features"] == []
    assert page["numberMatched"] == 40
    assert not links(page, "next")
    assert links(page, "prev")


def test_a_filter_by_equality(client: TestClient, town) -> None:
    def ids(**params: object) -> set[int]:
        found = client.get(ITEMS, params=params).json()
        return {feature["properties"]["rank"] for feature in found["features"]}

    assert ids(rank=7) == {7}
    assert ids(open="true", limit=40) == set(range(0, 40, 2))
    assert ids(day="2026-01-03") == {2, 30}
    assert ids(rank=7, open="true") == set()
    assert ids(**{"szerokość": town.texts[0]}) == {0, 6, 12, 18, 24, 30, 36}


def test_sorting(client: TestClient) -> None:
    def ranks(sortby: str) -> list[int]:
        found = client.get(f"{ITEMS}?limit=3&sortby={sortby}").json()
        return [feature["properties"]["rank"] for feature in found["features"]]

    assert ranks("-rank") == [39, 38, 37]
    assert ranks("+rank") == ranks("%2Brank") == ranks("rank") == [0, 1, 2]
    assert ranks("-open,-rank") == [38, 36, 34]


def test_less_than_everything(client: TestClient) -> None:
    bare = client.get(f"{ITEMS}?limit=1&skipGeometry=true&properties=rank,open").json()
    assert bare["features"][0]["geometry"] is None
    assert bare["features"][0]["properties"] == {"rank": 0, "open": True}
    hits = client.get(f"{ITEMS}?resulttype=hits&open=true").json()
    assert (hits["numberMatched"], hits["features"]) == (20, [])
    assert client.get(f"{ITEMS}?limit=10000000").json()["numberReturned"] == 40


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    east=st.floats(500_900, 505_000),
    north=st.floats(267_900, 268_100),
    width=st.floats(0, 900),
    height=st.floats(0, 200),
)
def test_a_box_in_either_crs_finds_what_it_touches(
    client: TestClient, town, east: float, north: float, width: float, height: float
) -> None:
    shapes = np.asarray(town.squares().geometry.values)
    in_84 = reproject(shapes, METRIC, CRS84)
    box = shapely.box(east, north, east + width, north + height)
    box84 = shapely.box(*shapely.bounds(reproject(np.array([box]), METRIC, CRS84)[0]))

    def ranks(bbox: str, **more: str) -> set[int]:
        found = client.get(ITEMS, params={"bbox": bbox, **more}).json()
        return {feature["properties"]["rank"] for feature in found["features"]}

    # What is clearly inside or outside: coordinates are stored to a centimetre.
    near = set(np.flatnonzero(shapely.distance(shapes, box) < 0.5))
    touched = set(np.flatnonzero(shapely.intersects(shapes, shapely.buffer(box, -0.02))))
    metric = ranks(f"{north},{east},{north + height},{east + width}", **{"bbox-crs": EPSG_2180})
    assert touched <= metric <= near
    degrees = ranks(",".join(map(str, box84.bounds)))
    assert set(np.flatnonzero(shapely.intersects(in_84, shapely.buffer(box84, -2e-7)))) <= degrees
    assert degrees <= set(np.flatnonzero(shapely.distance(in_84, box84) < 2e-7))


def test_a_box_with_heights_and_one_across_the_antimeridian(client: TestClient) -> None:
    assert client.get(f"{ITEMS}?bbox=19,50,0,20,51,100").json()["numberMatched"] == 40
    assert client.get(f"{ITEMS}?bbox=177,50,-177,51").json()["numberMatched"] == 0
    assert client.get(f"{ITEMS}?bbox=18,50,-177,51").json()["numberMatched"] == 40


def test_coordinates_have_the_order_of_their_crs(client: TestClient, town) -> None:
    frame = town.squares().set_index("code")
    for crs, target, tolerance in ((CRS84_URI, CRS84, 2e-7), (EPSG_2180, METRIC, 1e-3)):
        answer = client.get(ITEMS, params={"crs": crs})
        assert answer.headers["content-crs"] == f"<{crs}>"
        for feature in answer.json()["features"]:
            stored = np.array([frame.loc[feature["id"]].geometry])
            x, y, right, top = reproject(stored, METRIC, target)[0].bounds
            mine = (y, x, top, right) if crs == EPSG_2180 else (x, y, right, top)
            theirs = shapely.geometry.shape(feature["geometry"]).bounds
            assert np.allclose(theirs, mine, rtol=0, atol=tolerance)
    assert client.get(f"{ITEMS}?limit=1").headers["content-crs"] == f"<{CRS84_URI}>"


@pytest.mark.parametrize("safe", ["/", ""])
def test_one_feature_by_an_id_with_slashes(client: TestClient, safe: str) -> None:
    for feature in client.get(f"{ITEMS}?limit=5").json()["features"]:
        answer = client.get(f"{ITEMS}/{quote(feature['id'], safe=safe)}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/geo+json"
        found = answer.json()
        (own,) = links(found, "self")
        assert client.get(own).json() == found
        del found["links"]
        assert found == feature


def test_one_feature_in_metres(client: TestClient) -> None:
    feature = client.get(f"{ITEMS}?rank=3&crs={EPSG_2180}").json()["features"][0]
    one = client.get(f"{ITEMS}/{quote(feature['id'])}", params={"crs": EPSG_2180})
    assert one.json()["geometry"] == feature["geometry"]
    assert one.headers["content-crs"] == f"<{EPSG_2180}>"


REFUSED = [
    "foo=1", "secret=hush", "FOO", "limit=0", "limit=-1", "limit=abc", "limit=1.5", "limit=",
    "limit=%D9%A1", "limit=1&limit=2", "offset=-1", "offset=x", "bbox=", "bbox=1,2,3",
    "bbox=1,2,3,4,5", "bbox=NaN,50,20,51", "bbox=19,50,inf,51", "bbox=19,51,20,50",
    "bbox=a,b,c,d", f"bbox-crs={CRS84_URI}", "bbox=19,50,20,51&bbox-crs=EPSG:2180",
    f"bbox=9e9,9e9,9.1e9,9.1e9&bbox-crs={EPSG_2180}",
    f"bbox=268000,501000,267000,502000&bbox-crs={EPSG_2180}",
    "crs=EPSG:4326", "crs=http://www.opengis.net/def/crs/EPSG/0/2178", "datetime=yesterday",
    "cursor=", "cursor=abc", "cursor=%C4%85", "cursor=abc&offset=1", "cursor=YWJjZGVmMX4yMDI2",
    "datetime=2026-13-01", "datetime=2026-01-02/2026-01-01", "datetime=../..", "datetime=",
    "datetime=2026-01-01/2026-01-02/2026-01-03", "sortby=nothing", "properties=nothing",
    "resulttype=all", "skipGeometry=perhaps", "f=xml", "f=csv", "f=jsonld", "lang=de",
    "filter=rank", "filter-lang=cql2-text", "q=park", "rank=seven", "open=maybe",
    "day=2026-99-99", "area=1e", "szero%00=1", "szeroko%C5%9B%C4%87=%00",
]  # fmt: skip


@pytest.mark.parametrize("query", REFUSED)
def test_what_has_no_meaning_is_refused_with_a_reason(client: TestClient, query: str) -> None:
    answer = client.get(f"{ITEMS}?{query}")
    assert answer.status_code == 400, answer.text
    body = answer.json()
    assert body["code"] == body["type"] == "InvalidParameterValue"
    assert len(body["description"]) > 15
    assert "Traceback" not in answer.text
    assert "SELECT" not in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "datetime=2026-01-01", "datetime=2026-01-01T00:00:00Z/..", "datetime=/2026-01-01",
        "datetime=2026-01-01T12:00:00.5%2B01:00", "lang=en-GB", "f=json", "bbox=19,50,19,50",
        "skipGeometry=false", f"crs={CRS84_URI}",
    ],
)  # fmt: skip
def test_what_has_a_meaning_is_answered(client: TestClient, query: str) -> None:
    assert client.get(f"{ITEMS}?{query}").status_code == 200


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(
        ["bbox", "limit", "offset", "crs", "datetime", "sortby", "properties", "rank", "day", "at",
         "open", "area", "szerokość", "lang", "f", "resulttype"]
    ),
    value=st.one_of(st.text(max_size=30), st.integers().map(str), st.floats().map(str)),
)  # fmt: skip
def test_no_value_breaks_the_server(client: TestClient, name: str, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        return
    assert client.get(ITEMS, params={name: value}).status_code in (200, 400)


@pytest.mark.parametrize(
    "path",
    [
        "/api/collections/nothing", "/api/collections/nothing/items", f"{ITEMS}/nothing",
        "/api/collections/nothing/items/1", "/api/collections/nothing/queryables", "/api/nothing",
        "/api/processes/none", "/api/collections/none/tiles", f"{ITEMS}/..%2F..%2Fetc%2Fpasswd",
        "/api/static/..%2Fapp.py", "/api/jobs/none", "/api/admin/config",
    ],
)  # fmt: skip
def test_what_is_not_there_is_404(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["code"] == "NotFound"


def test_changing_is_not_allowed(client: TestClient) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = client.request(method, ITEMS, json={})
        assert answer.status_code == 405
        assert "POST" not in answer.headers["allow"]


def test_options_and_cors(client: TestClient) -> None:
    plain = client.options(ITEMS)
    assert plain.status_code == 200
    assert set(plain.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    origin = {"Origin": "https://elsewhere.test"}
    assert client.get(ITEMS, headers=origin).headers["access-control-allow-origin"] == "*"
    flight = client.options(ITEMS, headers={**origin, "Access-Control-Request-Method": "GET"})
    assert flight.status_code == 200
    flight = client.options(ITEMS, headers={**origin, "Access-Control-Request-Method": "PATCH"})
    assert flight.status_code == 400


def test_head_says_what_get_would(client: TestClient) -> None:
    head, get = client.head(f"{ITEMS}?limit=3"), client.get(f"{ITEMS}?limit=3")
    assert head.status_code == 200
    for name in ("etag", "content-type", "content-crs"):
        assert head.headers[name] == get.headers[name]


def test_an_answer_that_is_known_is_not_sent_again(client: TestClient) -> None:
    page = client.get(f"{ITEMS}?limit=1").json()
    one = f"{ITEMS}/{quote(page['features'][0]['id'])}"
    for path in (f"{ITEMS}?limit=1", one, "/api/collections", "/api", "/api/openapi"):
        first = client.get(path)
        tag = first.headers["etag"]
        for known in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
            again = client.get(path, headers={"If-None-Match": known})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == tag
        assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    tags = {
        client.get(ITEMS, params=params, headers=headers).headers["etag"]
        for params, headers in (
            ({}, {}), ({"limit": 1}, {}), ({"lang": "en"}, {}), ({}, {"Accept": "text/html"}),
        )
    }  # fmt: skip
    assert len(tags) == 4


def test_compression(client: TestClient) -> None:
    with client.stream("GET", ITEMS, headers={"Accept-Encoding": "gzip"}) as answer:
        packed = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert len(orjson.loads(gzip.decompress(packed))["features"]) == 40
    plain = client.get(ITEMS, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert int(plain.headers["content-length"]) > 5 * len(packed)


def test_a_new_version_is_served_without_a_restart(new_town: Callable[[], Any]) -> None:
    town = new_town()
    with town.client() as client:
        assert collections(client) == []
        assert client.get(ITEMS).status_code == 404
        town.publish(5)
        first = client.get(ITEMS)
        assert first.json()["numberMatched"] == 5
        box = client.get("/api/collections/assorted").json()["extent"]["spatial"]["bbox"]
        town.publish(7, shift=1000.0)
        second = client.get(ITEMS, headers={"If-None-Match": first.headers["etag"]})
        assert second.json()["numberMatched"] == 7
        moved = client.get("/api/collections/assorted").json()["extent"]["spatial"]["bbox"]
        assert moved[0][0] > box[0][0] + 0.01
        town.publish_districts()
        assert collections(client) == ["assorted", "districts"]
        assert "/collections/districts/items" in client.get("/api/openapi").json()["paths"]


def test_publishing_under_load_drops_no_request_and_mixes_no_versions(
    new_town: Callable[[], Any],
) -> None:
    town = new_town()
    town.publish(5)
    sizes = {5, 6, 7, 8, 9}
    app = town.client().app
    stop, wrong, seen = threading.Event(), [], set()

    def ask() -> None:
        with TestClient(app, base_url="http://town.test") as client:
            while not stop.is_set():
                answer = client.get(f"{ITEMS}?sortby=rank")
                found = answer.json() if answer.status_code == 200 else {}
                ranks = [one["properties"]["rank"] for one in found.get("features", [])]
                seen.add(len(ranks))
                if len(ranks) not in sizes or ranks != list(range(found["numberMatched"])):
                    wrong.append(answer.text)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for size in sorted(sizes - {5}):
            town.publish(size)
            time.sleep(0.2)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert 9 in seen and len(seen) >= 3


def test_a_damaged_version_takes_only_its_own_collection_away(
    new_town: Callable[[], Any], caplog: pytest.LogCaptureFixture
) -> None:
    town = new_town()
    town.publish_districts()
    manifest = town.publish(3).folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"features"', '"Features"', 1))
    with town.client() as client:
        assert collections(client) == ["districts"]
    assert "assorted is left out" in caplog.text


def test_synthetic_data_says_so(new_town: Callable[[], Any]) -> None:
    town = new_town()
    town.publish(2, synthetic=True)
    with town.client() as client:
        title = client.get("/api/collections/assorted?lang=en").json()["title"]
        assert title == "Assorted (synthetic data)"
        for path in ("", "/items", f"/items/{quote(town.squares(1).code[0])}"):
            page = client.get(f"/api/collections/assorted{path}?f=html").text
            assert "Dane syntetyczne" in page


def test_a_failure_of_ours_says_nothing(
    new_town: Callable[[], Any], caplog: pytest.LogCaptureFixture
) -> None:
    town = new_town()
    snapshot = town.publish(2)
    with town.client(raise_server_exceptions=False) as client:
        snapshot.serve.chmod(0o644)
        snapshot.serve.write_bytes(b"not a database" * 100)
        answer = client.get(ITEMS)
    assert answer.status_code == 500
    assert str(town.root) not in answer.text
    assert "Traceback" not in answer.text
    assert json.loads(answer.text)["code"] == "NoApplicableCode"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_bug_of_ours_says_nothing_either(town) -> None:
    def broken(request: object) -> None:
        raise RuntimeError("the password is in /etc/secret")

    app = create_app(
        town.project, town.root, server_url="http://t", extra_routes=[Route("/broken", broken)]
    )
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/broken")
    assert answer.status_code == 500
    assert answer.json()["description"] == "The server failed; its log says why."
    assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_asking_what_is_current_costs_nearly_nothing(town) -> None:
    from geo.serve.current import Current

    current = Current(town.root)
    current.generation()
    start = time.thread_time()
    for _ in range(1_000):
        current.generation()
    assert (time.thread_time() - start) / 1_000 < 100e-6
