"""OGC API Tiles over HTTP, with the errors and headers of the whole server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import geopandas as gpd
import jsonschema
import pytest
import shapely
from starlette.routing import Route
from starlette.testclient import TestClient
from tilebench import decode

from geo.model import Project
from geo.model.palettes import palettes
from geo.serve.app import create_app
from geo.serve.tiles.describe import collection_links, landing_links
from geo.serve.tiles.routes import TileEndpoints
from geo.store import Catalog, from_frame, write_snapshot

URL = "http://town.test"
TILES = "/api/collections/assorted/tiles"
QUAD = f"{TILES}/WebMercatorQuad"


def client_of(town) -> TestClient:
    table = TileEndpoints(town.project, town.root, f"{URL}/api").table()
    routes = [Route(f"/api{path}", answer) for path, answer in table]
    app = create_app(town.project, town.root, server_url=URL, extra_routes=routes)
    return TestClient(app, base_url=URL)


@pytest.fixture(scope="module")
def tiles(town) -> Iterator[TestClient]:
    with client_of(town) as client:
        yield client


def limits_of(client: TestClient, z: int) -> dict[str, int]:
    found = client.get(QUAD).json()["tileMatrixSetLimits"]
    return next(one for one in found if one["tileMatrix"] == str(z))


def address(client: TestClient, z: int) -> str:
    one = limits_of(client, z)
    return f"{QUAD}/{z}/{one['minTileRow']}/{one['minTileCol']}"


def test_the_matrix_set_is_that_of_the_standard(tiles: TestClient) -> None:
    found = tiles.get("/api/tileMatrixSets/WebMercatorQuad").json()
    folder = files("pygeoapi") / "resources/definitions/tiles/WebMercatorQuad.json"
    standard = json.loads(folder.read_text())
    for name in ("id", "uri", "crs", "orderedAxes", "wellKnownScaleSet"):
        assert found[name] == standard[name]
    assert len(found["tileMatrices"]) == len(standard["tileMatrices"])
    for mine, theirs in zip(found["tileMatrices"], standard["tileMatrices"], strict=True):
        for name, value in theirs.items():
            assert mine[name] == (value if name == "id" else pytest.approx(value, rel=1e-12))
    listed = tiles.get("/api/tileMatrixSets").json()["tileMatrixSets"]
    assert tiles.get(listed[0]["links"][0]["href"]).json() == found


def test_every_link_leads_somewhere(tiles: TestClient, town) -> None:
    start = [*landing_links(f"{URL}/api"), *collection_links(f"{URL}/api", "assorted")]
    todo, seen = [link["href"] for link in start], set()
    while todo:
        url = todo.pop()
        if url in seen or not url.startswith(f"{URL}/api/collections/assorted/tiles"):
            assert not url.startswith(URL) or tiles.get(url).status_code == 200, url
            continue
        seen.add(url)
        answer = tiles.get(url)
        assert answer.status_code == 200, url
        body = answer.json()
        links = [
            *body.get("links", ()),
            *(link for one in body.get("tilesets", ()) for link in one["links"]),
        ]
        for link in links:
            if not link.get("templated"):
                todo.append(link["href"])
    assert len(seen) >= 2


def test_a_tile_through_the_template(tiles: TestClient) -> None:
    item = next(link for link in tiles.get(QUAD).json()["links"] if link["rel"] == "item")
    one = limits_of(tiles, 14)
    url = item["href"].format(tileMatrix=14, tileRow=one["minTileRow"], tileCol=one["minTileCol"])
    answer = tiles.get(url)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert answer.headers["content-encoding"] == "gzip"
    found = decode(answer.content)
    assert found.features
    for feature in found.features:
        # Only public fields; an id that is text is an attribute.
        assert "secret" not in feature.properties
        assert feature.properties["code"].startswith("247401_1.0003.")
        assert b"hush" not in answer.content


def test_a_client_without_gzip_is_served(tiles: TestClient) -> None:
    url = address(tiles, 14)
    plain = tiles.get(url, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == tiles.get(url).content


def test_a_tile_is_sent_once(tiles: TestClient) -> None:
    url = address(tiles, 14)
    answer = tiles.get(url)
    again = tiles.get(url, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert answer.headers["cache-control"] == "public, no-cache"
    lasting = tiles.get(QUAD, params={"f": "tilejson"}).json()["tiles"][0]
    z, y, x = url.rsplit("/", 3)[1:]
    kept = tiles.get(lasting.format(z=z, y=y, x=x))
    assert "immutable" in kept.headers["cache-control"]
    assert kept.headers["etag"] == answer.headers["etag"]
    stale = tiles.get(url, params={"v": "20200101T000000Z-00000000"})
    assert stale.headers["cache-control"] == "public, no-cache"


def test_a_new_version_is_another_tile(new_town) -> None:
    town = new_town()
    town.publish(10)
    with client_of(town) as client:
        url = address(client, 9)
        before = client.get(url)
        town.publish(20)
        after = client.get(url, headers={"if-none-match": before.headers["etag"]})
        assert after.status_code == 200
        assert after.headers["etag"] != before.headers["etag"]
        found = [decode(one.content) for one in (before, after)]
        assert [len(one.features) + one.counted for one in found] == [10, 20]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{QUAD}/14/0/0", 404),  # outside of the layer
        (f"{QUAD}/19/0/0", 404),
        (f"{QUAD}/99/0/0", 404),
        (f"{QUAD}/3/8/0", 400),  # outside of the world
        (f"{QUAD}/3/0/99999999999", 400),
        (f"{QUAD}/a/0/0", 400),
        (f"{QUAD}/-1/0/0", 400),
        (f"{QUAD}/1.0/0/0", 400),
        (f"{QUAD}/01/0/0", 400),
        (f"{QUAD}/0/0/0?f=png", 400),
        (f"{QUAD}/0/0/0?f=mvt&f=mvt", 400),
        (f"{QUAD}/0/0/0?nonsense=1", 400),
        (f"{QUAD}/0/0/0?indicator=stops_density", 400),
        (f"{TILES}/WorldCRS84Quad/0/0/0", 404),
        (f"{TILES}/WorldCRS84Quad", 404),
        (f"{QUAD}?f=html5", 400),
        ("/api/tileMatrixSets/nope", 404),
        ("/api/collections/nope/tiles", 404),
        ("/api/collections/nope/tiles/WebMercatorQuad/0/0/0", 404),
        ("/api/collections/nope/style", 404),
        ("/api/collections/indicator_values/tiles", 404),
    ],
)
def test_what_has_no_meaning_is_refused(tiles: TestClient, path: str, status: int) -> None:
    answer = tiles.get(path)
    assert answer.status_code == status
    assert answer.json()["description"]


def test_an_empty_tile_within_the_limits_is_204(new_town) -> None:
    town = new_town()
    town.publish(40)  # a row of squares 100 m apart: between two there is room for a tile
    with client_of(town) as client:
        one = limits_of(client, 18)
        status = {
            client.get(f"{QUAD}/18/{one['minTileRow']}/{x}").status_code
            for x in range(one["minTileCol"], one["minTileCol"] + 6)
        }
        assert status <= {200, 204}
        bottom = limits_of(client, 18)
        empty = [
            client.get(f"{QUAD}/18/{y}/{x}")
            for y in (bottom["minTileRow"], bottom["maxTileRow"])
            for x in (bottom["minTileCol"], bottom["maxTileCol"])
        ]
        assert {answer.status_code for answer in empty} <= {200, 204}
        for answer in empty:
            assert bool(answer.content) == (answer.status_code == 200)


TILEJSON = {
    "type": "object",
    "required": ["tilejson", "tiles", "vector_layers", "bounds", "center"],
    "properties": {
        "tilejson": {"const": "3.0.0"},
        "tiles": {"type": "array", "items": {"type": "string", "pattern": r"\{z\}/\{y\}/\{x\}"}},
        "bounds": {"type": "array", "minItems": 4, "maxItems": 4},
        "vector_layers": {
            "type": "array",
            "items": {"type": "object", "required": ["id", "fields"]},
        },
    },
}


def test_tilejson(tiles: TestClient) -> None:
    found = tiles.get(QUAD, params={"f": "tilejson", "lang": "en"}).json()
    jsonschema.validate(found, TILEJSON)
    assert found["name"] == "Assorted"
    layer = found["vector_layers"][0]
    assert layer["id"] == "assorted"
    assert layer["fields"]["rank"] == "Number"
    assert layer["fields"]["open"] == "Boolean"
    assert layer["fields"]["at"] == "String"
    assert "secret" not in layer["fields"]
    west, south, east, north = found["bounds"]
    assert 19 < west < east < 19.2
    assert 50.2 < south < north < 50.4


def test_a_style_draws_the_layers_that_tiles_hold(tiles: TestClient) -> None:
    answer = tiles.get("/api/collections/assorted/style")
    assert answer.headers["content-type"] == "application/vnd.mapbox.style+json"
    found = answer.json()
    assert found["version"] == 8
    source = found["sources"]["assorted"]
    inside = {layer["id"] for layer in tiles.get(source["url"]).json()["vector_layers"]}
    assert {layer["source-layer"] for layer in found["layers"]} == inside
    assert len({layer["id"] for layer in found["layers"]}) == len(found["layers"])
    # A text of the data may look like anything; it stays a text of the expression.
    fill = next(
        layer for layer in found["layers"] if layer["type"] == "fill" and "count" not in layer["id"]
    )
    assert isinstance(fill["paint"]["fill-color"], str | list)


def test_plans_have_the_colours_of_qgis(project: Project, tmp_path: Path) -> None:
    """The same code means different things in different dictionaries, on every map alike."""
    layer = project.layers["mpzp"]
    rows = {
        "area_id": ["a", "b"], "plan_id": ["p", "p"], "symbol": ["1C", "2C"], "use": ["C", "C"],
        "use_second": [None, None], "basis": ["2003", "2021"], "in_force_since": [None, None],
    }  # fmt: skip
    shapes = [shapely.box(500_000 + i * 100, 270_000, 500_080 + i * 100, 270_080) for i in (0, 1)]
    frame = gpd.GeoDataFrame(rows, geometry=shapes, crs="EPSG:2180")
    Catalog(tmp_path).publish(
        write_snapshot(tmp_path, layer, from_frame(layer, frame), source_name="x.gpkg")
    )
    with TestClient(create_app(project, tmp_path, server_url="http://t")) as client:
        found = client.get("/api/collections/mpzp/style").json()
        page = client.get("/api/collections/mpzp?f=html").text
    (fill,) = [one for one in found["layers"] if one["type"] == "fill" and "fill" in one["id"]]
    kind, key, *pairs, otherwise = fill["paint"]["fill-color"]
    assert (kind, otherwise) == ("match", layer.style.colour)
    assert key == ["concat", ["to-string", ["get", "basis"]], "/", ["to-string", ["get", "use"]]]
    given = {code: shade for codes, shade in zip(pairs[::2], pairs[1::2], strict=True)
             for code in codes}  # fmt: skip
    expected = {code: use.colour for use in palettes()["mpzp"].classes
                for code in palettes()["mpzp"].keys(use)}  # fmt: skip
    assert given == expected
    assert given["2003/C"] != given["2021/C"], "heating, and a cemetery"
    for code in ("2003/C", "2021/C"):
        assert f'fill="{given[code]}"' in page
    assert page.count("<rect") == 2, "the legend names what the layer holds"
