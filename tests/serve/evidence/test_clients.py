"""QGIS and GDAL, as Debian ships them, load promised evidence whole, and in a box."""

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

import pytest

from geo.model import Project
from geo.store import Catalog

from .conftest import City

pytestmark = pytest.mark.client

READS = Path(__file__).resolve().parents[2] / "contract" / "qgis_reads.py"
CARDS = ("parcels_count", "school_distance", "greenery_per_person")
BOX = """
import sys
from qgis.core import QgsApplication, QgsFeatureRequest, QgsRectangle, QgsVectorLayer
application = QgsApplication([], False)
application.initQgis()
layer = QgsVectorLayer(f"url='{sys.argv[1]}' typename='{sys.argv[2]}' pagingEnabled='true' "
                       "restrictToRequestBBOX='1'", "x", "OAPIF")
asked = QgsFeatureRequest().setFilterRect(QgsRectangle(*map(float, sys.argv[3].split(","))))
print("found", len({feature["id"] for feature in layer.getFeatures(asked)}))
del layer  # before QGIS itself goes
application.exitQgis()
"""


@pytest.fixture(scope="module")
def address(project: Project, promised_data: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from geo.cli import main; main()", "serve"]
    command += ["--port", str(port), "--data", str(promised_data), "--project", str(project.root)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}/api"
    try:
        for _ in range(600):
            assert server.poll() is None
            try:
                urllib.request.urlopen(url, timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait(30)


def _qgis(folder: Path, *command: str) -> str:
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(folder),
           "XDG_RUNTIME_DIR": str(folder)}  # fmt: skip
    for name in ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME"):
        env.pop(name, None)
    done = subprocess.run(["/usr/bin/python3", *command], env=env, capture_output=True, text=True,
                          timeout=600)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def _total(root: Path, card: str) -> int:
    snapshot = Catalog(root).current(f"evidence_{card}")
    assert snapshot is not None and snapshot.is_promised
    return snapshot.manifest.features


def test_qgis_reads_every_piece(address: str, promised_data: Path, tmp_path: Path) -> None:
    target = tmp_path / "found.json"
    _qgis(tmp_path, str(READS), address, str(target), *(f"evidence_{card}" for card in CARDS))
    found = json.loads(target.read_text())
    for card in CARDS:
        mine = found[f"evidence_{card}"]
        assert "error" not in mine
        assert len(mine["features"]) == mine["count"] == _total(promised_data, card)


def test_qgis_reads_a_box(address: str, stored: City, tmp_path: Path) -> None:
    box = "19.0,50.29,19.02,50.31"
    want = stored.features("parcels_count", bbox=box, limit=2_000)
    said = _qgis(tmp_path, "-c", BOX, address, "evidence_parcels_count", box)
    assert f"found {len(want)}" in said and want


@pytest.mark.parametrize("card", CARDS)
def test_gdal_reads_every_piece(
    address: str, promised_data: Path, tmp_path: Path, card: str
) -> None:
    target = tmp_path / "found.geojson"
    command = ["ogr2ogr", "-f", "GeoJSON", str(target), f"OAPIF:{address}", f"evidence_{card}"]
    subprocess.run(command, check=True, timeout=600)
    found = json.loads(target.read_text())["features"]
    ids = {one["properties"].get("piece_id") or one["id"] for one in found}
    assert len(found) == len(ids) == _total(promised_data, card)
