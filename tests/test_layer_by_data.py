"""A layer and an indicator by data alone: two YAML files and one GeoJSON, no line of Python.

The steps are those of a city's GIS staff, through the command line, in a folder of their own.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml
from starlette.testclient import TestClient

from geo.cli import main
from geo.model import load_project
from geo.serve.app import create_app
from geo.view.portal import routes

ROOT = Path(__file__).resolve().parent.parent

LAYER = """
title: { pl: Place zabaw, en: Playgrounds }
description: { pl: "Ogólnodostępne place zabaw.", en: "Playgrounds open to all." }
source: { name: { pl: "Inwentaryzacja placów zabaw", en: "Inventory of playgrounds" } }
licence: { id: CC0-1.0, name: "CC0 1.0" }
steward: { name: "Wydział Gospodarki Komunalnej", email: plac@example.org }
update_interval: P1Y
crs: OGC:CRS84
geometry: Point
id_field: playground_id
title_field: name
fields:
  - { name: playground_id, type: string, required: true, title: { pl: Id, en: Id } }
  - { name: name, type: string, title: { pl: Nazwa, en: Name } }
"""

CARD = """
title: { pl: Gęstość placów zabaw, en: Density of playgrounds }
question:
  pl: "Ile placów zabaw przypada na kilometr kwadratowy?"
  en: "How many playgrounds are there per square kilometre?"
sentence: { pl: "{zone}: {value}.", en: "{zone}: {value}." }
definition: { pl: "Place zabaw na km² dzielnicy.", en: "Playgrounds per km² of the district." }
formula: { pl: "n / A", en: "n / A" }
theme: recreation
unit: feature/km2
precision: 2
direction: up
verb: density
of: { measure: count, layer: playgrounds }
caveat: { pl: "Mały plac liczy się jak duży.", en: "A small one counts like a large one." }
steward: { name: "Wydział Gospodarki Komunalnej", email: plac@example.org }
example:
  working: { pl: "1 plac na 1 km × 2 km = 0,5.", en: "1 playground on 1 km × 2 km = 0.5." }
  zones: { a: "POLYGON ((0 0, 1000 0, 1000 2000, 0 2000, 0 0))" }
  layers: { playgrounds: [{ playground_id: p, geometry: "POINT (5 5)" }] }
  expect: { a: 0.5 }
"""


def feature(number: int, lon: float, lat: float) -> dict[str, object]:
    return {
        "type": "Feature",
        "properties": {"playground_id": f"pz/{number}", "name": f"Plac <{number}> „Żabka”"},
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
    }


def run(*words: str) -> None:
    """Run a command as a person would; it must end well."""
    try:
        main(list(words))
    except SystemExit as leaving:
        assert not leaving.code, words


@pytest.fixture
def city(tmp_path: Path) -> Path:
    for folder in ("config", "layers", "indicators"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def test_a_layer_and_a_card_without_python(
    city: Path, demo_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (city / "layers" / "playgrounds").mkdir()
    (city / "layers" / "playgrounds" / "layer.yml").write_text(LAYER, encoding="utf-8")
    (city / "indicators" / "playgrounds_density.yml").write_text(CARD, encoding="utf-8")
    places = [(19.02, 50.31), (19.03, 50.32), (19.01, 50.33)]
    collection = {
        "type": "FeatureCollection",
        "features": [feature(i, *place) for i, place in enumerate(places)],
    }
    (city / "place.geojson").write_text(json.dumps(collection), encoding="utf-8")
    data = city / "data"
    monkeypatch.chdir(city)
    districts = str(demo_data / "files" / "districts.gpkg")
    run("publish", "districts", districts, "--data", str(data))
    run("publish", "playgrounds", "place.geojson", "--data", str(data))
    run("indicators", "compute", "playgrounds_density", "--data", str(data))
    run("config", "write")

    generated = yaml.safe_load((city / "config" / "pygeoapi.yml").read_text(encoding="utf-8"))
    assert {"playgrounds", "evidence_playgrounds_density"} <= set(generated["resources"])

    project = load_project(city)
    app = create_app(
        project, data, server_url="http://testserver", extra_routes=routes(project, data)
    )
    with TestClient(app) as client:
        items = client.get("/api/collections/playgrounds/items?f=json").json()
        values = client.get(
            "/api/collections/indicator_values/items"
            "?f=json&indicator=playgrounds_density&zone_id=_all"
        ).json()
        page = client.get("/").text
    assert {found["id"] for found in items["features"]} == {"pz/0", "pz/1", "pz/2"}
    assert items["features"][0]["properties"]["name"].startswith("Plac <")
    (whole,) = values["features"]
    assert whole["properties"]["numerator"] == 3
    assert whole["properties"]["value"] == pytest.approx(3 / 25.5, rel=1e-6)
    assert "Ile placów zabaw przypada na kilometr kwadratowy?" in page
    assert "0,12" in page
