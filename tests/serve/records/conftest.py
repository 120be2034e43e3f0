"""A published town with cards and a notebook, asked through HTTP."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from starlette.testclient import TestClient

from geo.model import Project, load_project
from geo.serve.app import create_app
from geo.store import Catalog, close_all, from_frame, write_snapshot

ROOT = Path(__file__).resolve().parents[3]
URL = "http://town.test"
NOTEBOOK = {
    "cells": [
        {
            "cell_type": "markdown",
            "metadata": {},
            "source": [
                "# Leśna ścieżka\n", "*A forest path*\n", "\n",
                "Lekcja o [drogach](x) **leśnych**.\n", "\n", "*A lesson about forest roads.*\n",
            ],
        }
    ],
    "metadata": {"license": "CC-BY-4.0"},
    "nbformat": 4,
    "nbformat_minor": 5,
}  # fmt: skip


class Town:
    """The city's own model, with two layers published."""

    def __init__(self, folder: Path) -> None:
        home = folder / "project"
        for part in ("config", "layers", "indicators"):
            shutil.copytree(ROOT / part, home / part)
        (home / "notebooks").mkdir()
        (home / "notebooks" / "lesna.ipynb").write_text(json.dumps(NOTEBOOK), encoding="utf-8")
        (home / "notebooks" / "broken.ipynb").write_text("{", encoding="utf-8")
        (home / "notebooks" / "not a name!.ipynb").write_text(
            json.dumps(NOTEBOOK), encoding="utf-8"
        )
        self.project: Project = load_project(home)
        self.root = folder / "data"

    def publish_districts(self, names: tuple[str, ...] = ("Bańgów", "Centrum")) -> str:
        frame = gpd.GeoDataFrame(
            {"district_id": [f"d{i}" for i in range(len(names))], "name": list(names)},
            geometry=[shapely.box(501_000 + 1_000 * i, 268_000, 502_000 + 1_000 * i, 269_000)
                      for i in range(len(names))],
            crs="EPSG:2180",
        )  # fmt: skip
        return self._publish("districts", frame)

    def publish_stops(self) -> str:
        frame = gpd.GeoDataFrame(
            {"stop_code": ["1", "2"], "name": ["Rynek", "Leśna"], "mode": ["bus", "tram"]},
            geometry=[shapely.Point(501_500, 268_500), shapely.Point(502_500, 268_500)],
            crs="EPSG:2180",
        )
        return self._publish("stops", frame)

    def _publish(self, layer_id: str, frame: gpd.GeoDataFrame) -> str:
        layer = self.project.layers[layer_id]
        table = from_frame(layer, frame)
        snapshot = write_snapshot(self.root, layer, table, source_name="x.gpkg", synthetic=True)
        Catalog(self.root).publish(snapshot)
        return snapshot.version

    def client(self) -> TestClient:
        return TestClient(create_app(self.project, self.root, server_url=URL), base_url=URL)


@pytest.fixture(scope="session")
def records_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Do not publish in it."""
    town = Town(tmp_path_factory.mktemp("records"))
    town.publish_districts()
    town.publish_stops()
    yield town
    close_all()


@pytest.fixture(scope="session")
def records(records_town: Town) -> Iterator[TestClient]:
    with records_town.client() as client:
        yield client


@pytest.fixture
def own_town(tmp_path: Path) -> Iterator[Town]:
    yield Town(tmp_path)
    close_all()
