"""OWSLib, which asks with Accept: */*, reads every collection page by page."""

from __future__ import annotations

import pytest
import shapely
from owslib.ogcapi.features import Features

LAYERS = ["districts", "greenery", "bike_paths", "stops", "parcels"]


def test_it_finds_the_collections_and_what_they_conform_to(served) -> None:
    service = Features(served.url)
    assert sorted(service.feature_collections()) == sorted(served.frames)
    assert (
        "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text"
        in (service.conformance()["conformsTo"])
    )
    assert service.api()["openapi"] == "3.0.3"
    queryables = service.collection_queryables("greenery")["properties"]
    assert list(queryables) == ["geometry", *served.fields["greenery"]]


@pytest.mark.parametrize("layer", LAYERS)
def test_it_reads_every_feature_once(served, layer: str) -> None:
    service = Features(served.url)
    seen: dict[str, shapely.Geometry] = {}
    offset = 0
    while True:
        page = service.collection_items(layer, limit=200, offset=offset)
        for feature in page["features"]:
            assert feature["id"] not in seen
            seen[feature["id"]] = shapely.geometry.shape(feature["geometry"])
        offset += page["numberReturned"]
        if not any(link["rel"] == "next" for link in page["links"]):
            break
    published = served.frames[layer]
    assert set(seen) == set(published.index)
    mine = published.to_crs("EPSG:4326").total_bounds
    theirs = shapely.total_bounds(list(seen.values()))
    assert theirs == pytest.approx(mine, abs=2e-7)


def test_it_reads_one_feature_by_an_id_with_a_slash(served) -> None:
    service = Features(served.url)
    feature_id = served.frames["parcels"].index[9]
    assert "/" in feature_id
    assert service.collection_item("parcels", feature_id)["id"] == feature_id
