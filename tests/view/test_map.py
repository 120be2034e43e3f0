from __future__ import annotations

import json
import re
from html import unescape

import folium
import pytest

from geo.errors import LimitExceededError, NotFoundError
from geo.flow.results import load_results
from geo.limits import LIMITS, Limit
from geo.view.map import OfflineMap, indicator_map, layer_map
from geo.view.offline import policy

EVIL = ("<script>alert(1)</script>", "{{7*7}}{% raw %}", '=1+1|" onload="alert(2)</title></style>')


@pytest.fixture(scope="module")
def stops_map(project, small_city):
    return indicator_map(project, small_city, "stops_density", "pl")


def features(html):
    """Return every GeoJSON object that the map's script adds."""
    return [json.loads(each) for each in re.findall(r"_add\((\{.*?\})\);\n", html)]


def test_one_file_that_asks_nobody_for_anything(stops_map, read_page):
    page = read_page(stops_map)
    assert page.loads == []
    assert page.inline == ["style", "style", "script", "script"]
    assert "sourceMappingURL" not in stops_map
    assert not re.findall(r"url\((?!data:|#)", stops_map)
    links = [link for link in page.links if link]
    assert links and all("creativecommons.org" in link for link in links)  # only a reader's click
    assert "default-src 'none'" in policy(stops_map)
    assert "unsafe" not in policy(stops_map)


def test_its_policy_names_its_scripts(stops_map):
    import base64
    import hashlib

    for tag in ("script", "style"):
        for text in re.findall(rf"<{tag}>(.*?)</{tag}>", stops_map, re.DOTALL):
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in policy(stops_map)


def test_the_table_tooltips_and_results_agree(project, small_city, stops_map, read_page):
    results = load_results(project, small_city, "stops_density")
    page = read_page(stops_map)
    expected = {row.value for row in results.rows} | {results.whole.value}
    assert {float(value) for value in page.data} == expected
    zones = features(stops_map)[0]["features"]
    assert len(zones) == 5
    for feature in zones:
        name, shown = feature["properties"]["zone"], feature["properties"]["value"]
        value = next(row.value for row in results.rows if row.zone_name == unescape(name))
        assert shown == f"{value:.1f}".replace(".", ",") + "\u202fszt./km²"


def test_it_shows_the_evidence_behind_the_number(project, small_city, stops_map):
    _, pieces = features(stops_map)
    results = load_results(project, small_city, "stops_density")
    assert len(pieces["features"]) == results.whole.pieces > 100
    assert "Dow\\u00f3d: Przystanki" in stops_map


def test_language_title_zoom_and_words(project, small_city, stops_map):
    english = indicator_map(project, small_city, "stops_density", "en")
    assert stops_map.startswith('<!DOCTYPE html>\n<html lang="pl">')
    assert '<html lang="en">' in english
    assert "user-scalable" not in stops_map and "maximum-scale" not in stops_map
    assert "<title>" in stops_map and "Przybli\\u017c" in stops_map and "Zoom in" in english
    assert project.indicators["stops_density"].caveat.en in unescape(english)
    assert "Dane syntetyczne" not in stops_map  # the stops are real
    assert "CC-BY-4.0" in stops_map


def test_it_is_the_same_on_every_run(project, small_city, stops_map):
    assert indicator_map(project, small_city, "stops_density", "pl") == stops_map


def test_names_of_an_attacker_stay_text(project, hostile_city, read_page):
    for html in (
        indicator_map(project, hostile_city, "stops_density", "pl"),
        layer_map(project, hostile_city, "stops", "en"),
        layer_map(project, hostile_city, "districts", "pl"),
    ):
        read_page(html)
        assert "alert(1)</script>" not in html.replace("&lt;/script&gt;", "")
        assert html.count("<script>") == 2
        assert "49" not in re.findall(r'"zone": "(.*?)"', html)
        assert "Dane syntetyczne" in html or "Synthetic data" in html
        for collection in features(html):
            for feature in collection["features"]:
                for value in feature["properties"].values():
                    # Leaflet puts these into innerHTML.
                    assert not set("<>\"'{}") & set(str(value)), value
    names = [
        f["properties"]["zone"]
        for f in features(indicator_map(project, hostile_city, "stops_density", "pl"))[0][
            "features"
        ]
    ]
    assert {unescape(name) for name in names} == set(EVIL)


def test_labels_are_escaped_too(project, hostile_city):
    html = indicator_map(project, hostile_city, "stops_density", "pl")
    labels = json.loads(re.search(r"for \(const each of (\[.*?\])\) \{", html)[1])
    assert len(labels) == 3
    for label in labels:
        assert re.fullmatch(r"[^<>]*<br><b>[^<>]*</b>", label["html"])


def test_a_layer_map_has_a_table_with_the_same_features(project, small_city, read_page):
    html = layer_map(project, small_city, "stops", "pl")
    read_page(html)
    districts, collection = features(html)
    assert len(districts["features"]) == 5  # outlines, to tell where the stops lie
    names = [field.name for field in project.layers["stops"].public_fields]
    for feature in collection["features"]:
        assert set(names) <= set(feature["properties"])
    assert html.split("<script>")[0].count("<tr>") == len(collection["features"]) + 1
    assert "autobus" in html  # the code's name, not the code


def test_a_layer_too_large_for_one_file_is_refused(project, small_city, monkeypatch):
    monkeypatch.setitem(LIMITS, "map_features", Limit(100, "features", "a test"))
    with pytest.raises(LimitExceededError, match="QGIS"):
        layer_map(project, small_city, "stops", "pl")
    # The indicator's map leaves its pieces out and stays.
    assert len(features(indicator_map(project, small_city, "stops_density", "pl"))) == 1


def test_what_is_not_there(project, small_city):
    for make, name in (
        (indicator_map, "no_such"),
        (indicator_map, "greenery_per_person"),  # its layers are not published
        (layer_map, "no_such"),
        (layer_map, "greenery"),
    ):
        with pytest.raises(NotFoundError):
            make(project, small_city, name, "pl")


def test_folium_s_own_lists_stay_as_they_are():
    assert OfflineMap.default_js is not folium.Map.default_js
    assert OfflineMap.default_js == [] and OfflineMap.default_css == []
    assert any("leaflet" in url for _, url in folium.Map.default_js)


def test_fields_that_are_not_public_never_reach_a_map(project, tmp_path):
    import geopandas as gpd
    import shapely

    from geo.store import Catalog, from_frame, write_snapshot

    layer = project.layers["addresses"]
    frame = gpd.GeoDataFrame(
        {"address_id": ["1"], "label": ["Rynek 1"], "people": [987_654]},
        geometry=[shapely.Point(500_000, 270_000)],
        crs=2180,
    )
    made = write_snapshot(tmp_path, layer, from_frame(layer, frame), source_name="a.gpkg")
    Catalog(tmp_path).publish(made)
    html = layer_map(project, tmp_path, "addresses", "pl")
    assert "Rynek 1" in html
    assert "987654" not in html and "987\u202f654" not in html
    assert "people" not in html and "Mieszkańcy" not in html
