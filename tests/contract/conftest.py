"""Warsaw and Siemianowice, published, and served by the real command in a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from geo.model import Project
from geo.store import Catalog, from_frame, write_snapshot

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Served:
    """A running server, and what was published in it.

    Attributes
    ----------
    url : str
        The API's landing page.
    frames : dict
        Layer id to the features, EPSG:2180, indexed by their ids.
    """

    url: str
    root: Path
    frames: dict[str, gpd.GeoDataFrame]
    fields: dict[str, list[str]]


def real_layers(data: Path) -> dict[str, gpd.GeoDataFrame]:
    """Read the public data as the layers of the project: polygons, lines, points; 2 525 rows."""
    warsaw = data / "warszawa"
    districts = gpd.read_file(warsaw / "districts.geojson")
    districts = districts.rename(columns={"JPT_KOD_JE": "district_id", "JPT_NAZWA_": "name"})
    kinds = {"parks": "park", "meadows": "meadow", "forests": "forest"}
    greenery = pd.concat(
        gpd.read_file(warsaw / f"{file}.geojson").assign(kind=kind, public=kind == "park")
        for file, kind in kinds.items()
    )
    greenery["green_id"] = greenery["kind"] + greenery["full_id"]
    greenery = greenery.drop_duplicates("green_id")
    paths = gpd.read_file(warsaw / "cycleways.geojson").rename(columns={"DISTRICT": "name"})
    paths = paths.assign(path_id=paths["name"], sides=1, kind="path", surface=None)
    stops = gpd.read_file(data / "siemianowice" / "stops_gzm_2026.gpkg").to_crs("EPSG:2180")
    stops = stops.rename(columns={"stop_name": "name"})
    stops = stops.assign(stop_code=stops["stop_id"], mode="bus")
    parcels = gpd.read_file(warsaw / "meadows.geojson").head(60)
    parcels["parcel_id"] = [f"146501_8.0003.{i}/{i % 7}" for i in range(len(parcels))]
    parcels["register_area_m2"] = parcels.area.round(2)
    return {
        "districts": districts,
        "greenery": greenery,
        "bike_paths": paths,
        "stops": stops,
        "parcels": parcels,
    }


@pytest.fixture(scope="session")
def served(
    project: Project, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """Publish, run ``geobank serve`` on a free port, and stop it with Ctrl-C's signal."""
    root = tmp_path_factory.mktemp("served")
    frames, fields = {}, {}
    for layer_id, frame in real_layers(shared_data).items():
        layer = project.layers[layer_id]
        table = from_frame(layer, frame)
        Catalog(root).publish(write_snapshot(root, layer, table, source_name=f"{layer_id}.gpkg"))
        frames[layer_id] = frame.set_index(layer.id_field, drop=False)
        fields[layer_id] = [field.name for field in layer.public_fields]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from geo.cli import main; main()", "serve"]
    command += ["--port", str(port), "--data", str(root), "--project", str(ROOT)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ})
    url = f"http://127.0.0.1:{port}/api"
    try:
        _wait(url, server)
        yield Served(url, root, frames, fields)
    finally:
        server.terminate()
        server.wait(30)


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert server.poll() is None, "the server has ended"
        try:
            with urllib.request.urlopen(url):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server does not answer")
