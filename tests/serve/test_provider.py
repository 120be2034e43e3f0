"""The provider and the formatter, as a stock pygeoapi calls them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pygeoapi.plugin import load_plugin
from pygeoapi.provider.base import ProviderInvalidQueryError, ProviderItemNotFoundError
from pygeofilter.parsers.cql2_text import parse

from geo.serve.config import build_config
from geo.serve.formatter import Fragments, GeoJSONBytes, page_links


def provider(town: Any, layer_id: str = "assorted") -> Any:
    definition = build_config(town.project)["resources"][layer_id]["providers"][0]
    return load_plugin("provider", {**definition, "data": str(town.root)})


def test_it_is_found_by_its_dotted_name_and_knows_its_fields(town) -> None:
    found = provider(town)
    assert found.fields["day"] == {"type": "string", "format": "date"}
    assert found.fields["rank"] == {"type": "integer"}
    assert "secret" not in found.fields
    # pygeoapi writes into what it is given: another request must not see that.
    found.fields["rank"]["x-ogc-role"] = "id"
    assert provider(town).fields["rank"] == {"type": "integer"}


def test_a_filter_is_refused_and_never_ignored(town) -> None:
    with pytest.raises(ProviderInvalidQueryError):
        provider(town).query(filterq=parse("rank > 3"))


def test_a_value_of_the_wrong_type_is_the_clients_fault(town) -> None:
    with pytest.raises(ProviderInvalidQueryError) as caught:
        provider(town).query(properties=[("rank", "seven")])
    assert caught.value.http_status_code == 400


def test_what_is_not_there(town, new_town) -> None:
    with pytest.raises(ProviderItemNotFoundError):
        provider(town).get("nothing")
    with pytest.raises(ProviderItemNotFoundError):
        provider(new_town()).query()


def test_features_become_objects_only_when_looked_at(town) -> None:
    features = provider(town).query(limit=3, bbox=[18, 50, 20, 51])["features"]
    assert isinstance(features, Fragments)
    assert len(features) == 3
    assert features
    assert [one["id"] for one in features] == [features[i]["id"] for i in range(3)]
    assert features[1:] == list(features)[1:]


def test_bytes_are_joined_and_not_escaped() -> None:
    part = '{"type":"Feature","id":"<&>","geometry":null,"properties":{"ą":"</x>"}}'.encode()
    data = {"type": "FeatureCollection", "numberMatched": 1, "links": []}
    for features in (Fragments([part, part]), [json.loads(part)] * 2, []):
        body = GeoJSONBytes({"name": "x"}).write(data={**data, "features": features})
        found = json.loads(body)
        assert found["features"] == [json.loads(part)] * len(features)
        assert found["numberMatched"] == 1
    assert body.endswith(b'"features":[]}')


def test_links_that_lead_nowhere_are_left_out() -> None:
    def link(rel: str, href: str, kind: str = "application/geo+json") -> dict[str, str]:
        return {"rel": rel, "href": href, "type": kind}

    links = [
        link("self", "a?f=json"), link("alternate", "a?f=json"), link("prev", "a?offset=0"),
        link("alternate", "a?f=csv", "text/csv"), link("alternate", "a?f=jsonld",
        "application/ld+json"), link("next", "a?offset=20&limit=10"),
    ]  # fmt: skip
    assert [one["rel"] for one in page_links(links, 20)] == ["self", "prev"]
    assert [one["rel"] for one in page_links(links, 21)] == ["self", "prev", "next"]
    assert [one["rel"] for one in page_links(links, None)] == ["self", "prev", "next"]
