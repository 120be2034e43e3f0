"""Warsaw through the whole corridor: its files in, numbers and their evidence out of the API."""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path

import geopandas as gpd
import pytest
import yaml
from starlette.testclient import TestClient

from geo.flow.compute import compute
from geo.flow.publish import publish
from geo.model import Project, load_project
from geo.model.derived import VALUES, WHOLE, evidence_id
from geo.serve.app import create_app
from geo.store import close_all

ROOT = Path(__file__).resolve().parents[1]
URL = "http://warsaw.test"
LAYERS = {
    "districts": ("MultiPolygon", "JPT_KOD_JE"),
    "parks": ("MultiPolygon", "full_id"),
    "meadows": ("MultiPolygon", "full_id"),
    "forests": ("MultiPolygon", "full_id"),
    "cycleways": ("MultiLineString", "DISTRICT"),
}
CARDS = {
    "parks_share": ("share_of_area", {"layer": "parks", "overlaps": "once"}, "%"),
    "meadows_share": ("share_of_area", {"layer": "meadows", "overlaps": "once"}, "%"),
    "forests_share": ("share_of_area", {"layer": "forests", "overlaps": "once"}, "%"),
    "cycleways_km": ("length", {"layer": "cycleways"}, "km"),
}


def _layer(layer_id: str, text: dict[str, str]) -> dict[str, object]:
    geometry, id_field = LAYERS[layer_id]
    fields = [{"name": id_field, "type": "string", "required": True, "title": text}]
    if layer_id == "districts":
        name = {"name": "JPT_NAZWA_", "type": "string", "required": True, "title": text}
        fields.append(name)
    return {
        "title": text, "description": text, "source": {"name": text},
        "licence": {"id": "ODbL-1.0", "name": "ODbL"},
        "steward": {"name": "A", "email": "a@example.org"}, "update_interval": "P1Y",
        "crs": "EPSG:2180", "geometry": geometry, "id_field": id_field,
        "title_field": fields[-1]["name"], "fields": fields,
    }  # fmt: skip


def _card(name: str, text: dict[str, str]) -> dict[str, object]:
    verb, term, unit = CARDS[name]
    shape = (
        "LINESTRING (0 50, 50 50)" if unit == "km" else "POLYGON ((0 0, 50 0, 50 100, 0 100, 0 0))"
    )
    id_field = LAYERS[term["layer"]][1]
    return {
        "title": text, "question": text,
        "sentence": {"pl": "{zone}: {value}", "en": "{zone}: {value}"},
        "definition": text, "formula": text, "theme": "recreation", "unit": unit, "precision": 1,
        "direction": "up", "verb": verb, "of": term, "caveat": text,
        "steward": {"name": "A", "email": "a@example.org"},
        "legend": {"scheme": "quantiles", "classes": 4, "palette": "Greens"},
        "example": {
            "working": text,
            "zones": {"a": "POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0))"},
            "layers": {term["layer"]: [{id_field: "x", "geometry": shape}]},
            "expect": {"a": 0.05 if unit == "km" else 50.0},
        },
    }  # fmt: skip


@pytest.fixture(scope="module")
def warsaw(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("warsaw-city")
    text = {"pl": "x", "en": "x"}
    site = yaml.safe_load((ROOT / "config" / "site.yml").read_text(encoding="utf-8"))
    site |= {"city": {"pl": "Warszawa", "en": "Warsaw"}, "bbox": [20.85, 52.09, 21.28, 52.37]}
    files: dict[str, object] = {"config/site.yml": site}
    files |= {f"layers/{name}/layer.yml": _layer(name, text) for name in LAYERS}
    files |= {f"indicators/{name}.yml": _card(name, text) for name in CARDS}
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(yaml.safe_dump(content), encoding="utf-8")
    return load_project(root)


def test_warsaw_is_published_measured_and_served(warsaw, shared_data, tmp_path):
    folder = shared_data / "warszawa"
    for layer_id in LAYERS:
        publish(warsaw, tmp_path, layer_id, folder / f"{layer_id}.geojson")
    done = compute(warsaw, tmp_path)
    assert [each.indicator for each in done] == sorted(CARDS)
    for each in done:
        assert each.zones == 18 and each.closes
        assert all(entry["gap"] <= 1e-9 for entry in each.ledger.values())

    districts = gpd.read_file(folder / "districts.geojson").set_index("JPT_KOD_JE")
    try:
        with TestClient(create_app(warsaw, tmp_path, server_url=URL), base_url=URL) as client:
            for name, (_, term, _) in CARDS.items():
                features = gpd.read_file(folder / f"{term['layer']}.geojson")
                _check(client, name, features, districts)
    finally:
        close_all()


def _check(client, name, features, districts):
    values = _items(client, VALUES, indicator=name)
    by_zone = {row["zone_id"]: row for row in values}
    assert set(by_zone) == {*districts.index, WHOLE}
    pieces = defaultdict(list)
    for piece in _items(client, evidence_id(name), part="numerator"):
        pieces[piece["zone_id"]].append(piece["measure"])
    ground = features.union_all()  # shared ground counts once; no cycleway lies on another
    for zone, shape in districts.geometry.items():
        inside = ground.intersection(shape)
        row = by_zone[zone]
        expected = inside.length if row["unit"] == "km" else inside.area
        assert row["numerator"] == pytest.approx(expected, rel=1e-9)
        assert math.fsum(pieces[zone]) == pytest.approx(row["numerator"], rel=1e-12)
        if row["unit"] == "km":
            assert row["value"] == pytest.approx(expected / 1000, rel=1e-9)
        else:
            assert row["value"] == pytest.approx(100 * expected / shape.area, rel=1e-9)
    whole = by_zone[WHOLE]["numerator"]
    assert whole == pytest.approx(math.fsum(by_zone[z]["numerator"] for z in districts.index))
    if name == "cycleways_km":
        assert whole == pytest.approx(761_196, abs=1)


def test_evidence_shows_its_codes_in_words_and_adds_up_to_the_value(warsaw, shared_data, tmp_path):
    for layer_id in ("districts", "parks"):
        publish(warsaw, tmp_path, layer_id, shared_data / "warszawa" / f"{layer_id}.geojson")
    compute(warsaw, tmp_path, ["parks_share"])
    path = f"/api/collections/{evidence_id('parks_share')}/items"
    try:
        with TestClient(create_app(warsaw, tmp_path, server_url=URL), base_url=URL) as client:
            page = client.get(path, params={"f": "html", "part": "numerator"})
            values = _items(client, VALUES, indicator="parks_share")
            sums = {
                row["zone_id"]: client.get(path, params={"f": "html", "zone_id": row["zone_id"]})
                for row in values
                if row["zone_id"] != WHOLE and row["numerator"]
            }
    finally:
        close_all()
    assert page.status_code == 200
    assert "licznik <small>numerator</small>" in page.text
    # What a steward reads at the foot of the evidence is the number of the card, to the last digit.
    assert len(sums) > 10
    for row in values:
        if row["zone_id"] in sums:
            text = sums[row["zone_id"]].text
            assert f'licznik <strong><data value="{row["numerator"]!r}">' in text
            assert f'mianownik <strong><data value="{row["denominator"]!r}">' in text


def _items(client, collection, **query):
    answer = client.get(
        f"/api/collections/{collection}/items", params={"f": "json", "limit": 10_000, **query}
    )
    assert answer.status_code == 200
    return [feature["properties"] for feature in answer.json()["features"]]
