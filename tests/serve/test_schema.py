"""OGC API Features, part 5: what a schema says is what features hold."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from starlette.testclient import TestClient

SCHEMA = "/api/collections/assorted/schema"
ITEMS = "/api/collections/assorted/items"


def schema(client: TestClient, **params: str) -> dict[str, Any]:
    answer = client.get(SCHEMA, params=params)
    assert answer.headers["content-type"] == "application/schema+json"
    found: dict[str, Any] = answer.json()
    return found


def test_no_column_is_missing_and_each_says_what_it_is(client: TestClient, town: Any) -> None:
    found = schema(client)
    layer = town.project.layers["assorted"]
    properties = found["properties"]
    # QGIS 3.44 and later drop the columns that a schema omits.
    assert list(properties) == ["geometry", *(field.name for field in layer.public_fields)]
    features = client.get(ITEMS).json()["features"]
    assert set(properties) - {"geometry"} == set(features[0]["properties"])
    assert properties["code"]["x-ogc-role"] == "id"
    assert properties["geometry"]["x-ogc-role"] == "primary-geometry"
    assert properties["geometry"]["format"] == "geometry-polygon"
    assert "type" not in properties["geometry"]
    assert (properties["day"]["type"], properties["day"]["format"]) == ("string", "date")
    assert (properties["at"]["type"], properties["at"]["format"]) == ("string", "date-time")
    assert [properties[name]["type"] for name in ("rank", "area", "open")] == [
        "integer", "number", "boolean",
    ]  # fmt: skip
    assert properties["area"]["x-ogc-unit"] == "m2"
    assert properties["rank"]["minimum"] == 0
    assert all(one["readOnly"] is True for one in properties.values())
    orders = [one["x-ogc-propertySeq"] for one in properties.values()]
    assert orders == list(range(1, len(properties) + 1))
    roles = [one["x-ogc-role"] for one in properties.values() if "x-ogc-role" in one]
    assert sorted(roles) == ["id", "primary-geometry"]


@pytest.mark.parametrize(("lang", "title"), [("pl", "Ranga"), ("en", "Rank")])
def test_titles_are_in_the_language(client: TestClient, lang: str, title: str) -> None:
    assert schema(client, lang=lang)["properties"]["rank"]["title"] == title


def test_features_are_valid_against_it(client: TestClient) -> None:
    found = schema(client)
    jsonschema.Draft202012Validator.check_schema(found)
    check = jsonschema.Draft202012Validator(
        found, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    features = client.get(ITEMS).json()["features"]
    assert len(features) == 40
    for feature in features:
        values = {name: one for name, one in feature["properties"].items() if one is not None}
        check.validate({**values, "geometry": feature["geometry"]})
    with pytest.raises(jsonschema.ValidationError):
        check.validate({**values, "geometry": None, "rank": "seven"})
    with pytest.raises(jsonschema.ValidationError):
        check.validate({**values, "geometry": None, "secret": "hush"})


def test_codes_carry_their_meaning(project: Any) -> None:
    from geo.serve.describe import schema as describe

    layer = project.layers["greenery"]
    coded = next(field for field in layer.public_fields if field.values)
    found = describe(layer, "x", "en", "http://x")["properties"][coded.name]
    assert found["enum"] == list(coded.values)
    assert found["oneOf"] == [
        {"const": code, "title": text["en"]} for code, text in coded.values.items()
    ]


def test_the_collection_links_to_it_and_the_service_declares_it(client: TestClient) -> None:
    links = client.get("/api/collections/assorted").json()["links"]
    named = [one for one in links if one["rel"].endswith("/schema") and "json" in one["type"]]
    assert [client.get(one["href"]).status_code for one in named] == [200]
    declared = client.get("/api/conformance").json()["conformsTo"]
    for part in ("schemas", "core-roles-features"):
        assert f"http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/{part}" in declared
