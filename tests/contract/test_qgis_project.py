"""``geobank qgis``: Debian's QGIS opens the project, and draws what the API serves."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from geo.flow.results import load_all
from geo.model import Project
from geo.model.derived import VALUES, WHOLE, all_layers
from geo.model.palettes import palettes
from geo.store import Catalog, read_table
from geo.view.cells import look_of
from geo.view.classes import classify
from geo.view.numbers import quantity
from geo.view.qgis.symbols import rgba

pytestmark = [pytest.mark.client, pytest.mark.slow]

SCRIPT = Path(__file__).parent / "qgis_opens.py"
ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-c", "from geo.cli import main; main()"]


@pytest.fixture(scope="module")
def server(demo_data: Path) -> Iterator[str]:
    """The demo city, served by the real command on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ways = ["--port", str(port), "--data", str(demo_data), "--project", str(ROOT)]
    process = subprocess.Popen([*COMMAND, "serve", *ways], stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            assert process.poll() is None, "the server has ended"
            try:
                urllib.request.urlopen(f"{url}/api").close()
                break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def opened(
    server: str, demo_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("qgis-project")
    target = folder / "miasto.qgz"
    ways = ["-o", str(target), "--url", server, "--data", str(demo_data), "--project", str(ROOT)]
    subprocess.run([*COMMAND, "qgis", *ways], check=True, capture_output=True)
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(folder)}
    env["XDG_RUNTIME_DIR"] = str(folder)
    for name in ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME"):
        env.pop(name, None)
    command = ["/usr/bin/python3", str(SCRIPT), str(target), str(folder)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads((folder / "found.json").read_text())
    return {**found, "folder": folder}


def test_the_project_is_the_city(opened: dict[str, Any], project: Project, demo_data: Path) -> None:
    assert opened["read"] is True
    assert opened["crs"] == "EPSG:2180"
    assert project.site.city.pl in opened["title"] and "dane syntetyczne" in opened["title"]
    west, south, east, north = opened["view"]
    zones = Catalog(demo_data).current("districts")
    assert zones is not None and zones.manifest.bbox2180 is not None
    box = zones.manifest.bbox2180
    assert west < box[0] and south < box[1] and east > box[2] and north > box[3]
    assert (east - west) < 1.2 * max(box[2] - box[0], box[3] - box[1])


def test_groups_stand_in_the_order_of_drawing(opened: dict[str, Any]) -> None:
    names = [group[0] for group in opened["groups"]]
    assert names == [
        "Granice", "Ludzie i usługi", "Transport", "Dowody", "Zabudowa i działki", "Wskaźniki",
        "Rastry", "Zieleń", "Planowanie",
    ]  # fmt: skip
    states = {group[0]: group[1:4] for group in opened["groups"]}
    assert states["Dowody"] == [False, False, False]
    assert states["Wskaźniki"] == [False, False, True]
    assert states["Planowanie"] == [True, True, False]
    assert states["Rastry"] == [True, False, True]


def test_every_published_collection_is_there_and_valid(
    opened: dict[str, Any], project: Project, demo_data: Path
) -> None:
    published = set(Catalog(demo_data).layer_ids()) - set(project.rasters)
    layers = opened["layers"]
    expected = {f"geobank_collection_{name}" for name in published - {VALUES}}
    expected |= {f"geobank_indicator_{name}" for name in load_all(demo_data)}
    assert len(load_all(demo_data)) == len(project.indicators)
    rasters = {f"geobank_collection_{name}" for name in project.rasters}
    listed = {name for group in opened["groups"] for name in group[4]}
    assert set(layers) == expected and set(opened["rasters"]) == rasters
    assert listed == expected | rasters
    for name, layer in layers.items():
        assert layer["valid"] and layer["read_only"], name
        assert layer["licences"] and layer["attribution"].endswith("dane syntetyczne"), name
        assert layer["abstract"].startswith("Dane syntetyczne"), name


def test_rasters_are_read_over_http_and_drawn_in_their_colours(
    opened: dict[str, Any], project: Project, demo_data: Path
) -> None:
    for name, raster in project.rasters.items():
        found = opened["rasters"][f"geobank_collection_{name}"]
        snapshot = Catalog(demo_data).current(name)
        assert snapshot is not None
        look = look_of(project, raster, snapshot, "pl")
        assert found["valid"] and found["crs"] == "EPSG:2180"
        assert found["legend"] == [[each.label, each.colour] for each in look.entries]
        assert found["kind"] == ("paletted" if raster.classes else "singlebandpseudocolor")
        assert found["extent"] == list(snapshot.manifest.bbox2180)
        assert found["abstract"].startswith("Dane syntetyczne")
        assert found["licences"] and found["attribution"].endswith("dane syntetyczne")
        seen = set(found["colours"])
        assert None in seen and seen - {None} <= {each.colour for each in look.entries}
        assert len(seen) > len(look.entries) / 2


def test_every_feature_of_the_api_comes_once_and_has_a_symbol(
    opened: dict[str, Any], server: str
) -> None:
    for name, layer in opened["layers"].items():
        collection = name.removeprefix("geobank_collection_")
        if name.startswith("geobank_indicator_"):
            card = name.removeprefix("geobank_indicator_")
            asked = f"limit=1&headline=true&indicator={card}"
            expected = _matched(f"{server}/api/collections/{VALUES}/items?{asked}")
            expected -= 1  # the whole city
        else:
            expected = _matched(f"{server}/api/collections/{collection}/items?limit=1")
        assert len(layer["features"]) == expected > 0, name
        assert None not in layer["features"].values(), name
        assert all(has_symbol for _, has_symbol in layer["classes"]), name


def _matched(url: str) -> int:
    with urllib.request.urlopen(url) as answer:
        count: int = json.load(answer)["numberMatched"]
    return count


def test_fields_bear_their_polish_names(opened: dict[str, Any], project: Project) -> None:
    for layer_id, layer in all_layers(project).items():
        if layer_id == VALUES:
            continue
        aliases = opened["layers"][f"geobank_collection_{layer_id}"]["aliases"]
        assert set(aliases) - {"id"} == {field.name for field in layer.public_fields}
        for field in layer.public_fields:
            assert aliases[field.name].startswith(field.title.pl)


def test_plans_have_the_colour_of_their_use_in_their_dictionary(
    opened: dict[str, Any], demo_data: Path
) -> None:
    layer = opened["layers"]["geobank_collection_mpzp"]
    palette = palettes()["mpzp"]
    assert len(layer["classes"]) == len(palette.classes) + 1
    colours = {key: use.colour for use in palette.classes for key in palette.keys(use)}
    snapshot = Catalog(demo_data).current("mpzp")
    assert snapshot is not None
    rows = read_table(snapshot, ["area_id", "basis", "use"]).to_pylist()
    for row in rows:
        assert layer["features"][row["area_id"]] == colours[f"{row['basis']}/{row['use']}"], row
    assert len({layer["features"][row["area_id"]] for row in rows}) > 10


def test_choropleths_have_the_classes_of_the_portal(
    opened: dict[str, Any], project: Project, demo_data: Path
) -> None:
    for card_id, results in load_all(demo_data).items():
        card = project.indicators[card_id]
        classes = classify([row.value for row in results.rows], card.legend, card.precision)
        layer = opened["layers"][f"geobank_indicator_{card_id}"]
        assert len(layer["classes"]) == len(classes.colours) + 1
        drawn = layer["features"]
        assert len(drawn) == len(results.rows) and not any(WHOLE in name for name in drawn)
        for row in results.rows:
            mine = [colour for name, colour in drawn.items() if row.zone_id in name.split(".")]
            assert mine == [classes.colour(row.value)], (card_id, row.zone_id)


def test_parcels_wait_for_a_close_look(opened: dict[str, Any]) -> None:
    layers = opened["layers"]
    for name in ("parcels", "buildings", "addresses", "evidence_parcels_count"):
        layer = layers[f"geobank_collection_{name}"]
        assert layer["near"] and not layer["far"], name
    assert layers["geobank_collection_districts"]["far"]
    assert opened["city"]["scale"] > 15_000 and opened["street"]["scale"] < 5_000


def test_maps_show_the_city_and_the_street(opened: dict[str, Any], project: Project) -> None:
    city = _colours(opened["folder"] / "city.png")
    plans = {use.id: use.colour for use in palettes()["mpzp"].classes}
    for use in ("MN", "MW", "P", "ZP", "L"):
        assert city.get(_of(plans[use]), 0) > 2_000, use
    assert city.get(_of(project.layers["districts"].style.colour), 0) > 500
    assert 0.2 < city.get((255, 255, 255), 0) / 1_000_000 < 0.8
    street = _colours(opened["folder"] / "street.png")
    houses = project.layers["buildings"].style.colours
    assert sum(street.get(_of(colour), 0) for colour in houses.values()) > 5_000
    assert not any(city.get(_of(houses[kind]), 0) > 50 for kind in ("residential", "industrial"))


def test_labels_name_districts_streets_and_values(opened: dict[str, Any], demo_data: Path) -> None:
    rows = load_all(demo_data)["greenery_per_person"].rows
    districts = {("geobank_collection_districts", row.zone_name) for row in rows}
    assert {tuple(each) for each in opened["city"]["labels"]} == districts
    written = [words for layer, words in opened["choropleth"]["labels"] if "indicator" in layer]
    assert sorted(written) == sorted(
        f"{row.zone_name}\n{quantity(row.value, 1, 'm2/person', 'pl')}" for row in rows
    )
    assert not districts & {tuple(each) for each in opened["choropleth"]["labels"]}
    near = {layer for layer, _ in opened["street"]["labels"]}
    assert {"geobank_collection_streets", "geobank_collection_mpzp"} <= near


def _of(colour: str) -> tuple[int, ...]:
    return tuple(int(part) for part in rgba(colour).split(",")[:3])


def _colours(path: Path) -> dict[tuple[int, ...], int]:
    pixels = (imread(path)[:, :, :3] * 255).round().astype(np.uint8).reshape(-1, 3)
    found, counts = np.unique(pixels, axis=0, return_counts=True)
    return {tuple(map(int, c)): int(n) for c, n in zip(found, counts, strict=True)}
