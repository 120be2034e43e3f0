"""``geobank export``: what a person gets who asks for a file."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pyogrio
import pytest
from click.testing import CliRunner

from geo.cli import root
from geo.errors import NotFoundError, UsageError


def run(*args: str):
    return CliRunner().invoke(root, ["export", *args], catch_exceptions=True)


def test_a_layer_and_its_evidence_become_files(demo_data: Path, tmp_path: Path) -> None:
    for layer_id in ("greenery", "evidence_greenery_per_person", "indicator_values"):
        target = tmp_path / f"{layer_id}.gpkg"
        result = run(layer_id, "-o", str(target), "--data", str(demo_data), "--json")
        assert result.exit_code == 0, result.output
        said = json.loads(result.stdout)
        info = pyogrio.read_info(target)
        assert info["features"] == said["features"] > 0
        assert said["version"] in info["layer_metadata"]["geobank"]


def test_a_private_field_stays(demo_data: Path, tmp_path: Path, project) -> None:
    hidden = {
        (layer.id, field.name)
        for layer in project.layers.values()
        for field in layer.fields
        if not field.public
    }
    assert hidden
    for layer_id, name in hidden:
        target = tmp_path / f"{layer_id}.csv"
        assert run(layer_id, "-o", str(target), "--data", str(demo_data)).exit_code == 0
        assert name not in target.read_text("utf-8").splitlines()[0].replace('"', "").split(",")


def test_an_unknown_suffix_says_which_there_are(demo_data: Path, tmp_path: Path) -> None:
    result = run("greenery", "-o", str(tmp_path / "x.dwg"), "--data", str(demo_data))
    assert isinstance(result.exception, UsageError)
    assert ".gpkg" in str(result.exception)


@pytest.mark.parametrize("layer_id", ["nothing", "../greenery"])
def test_an_unknown_layer_is_named(demo_data: Path, tmp_path: Path, layer_id: str) -> None:
    target = tmp_path / "x.gpkg"
    target.write_bytes(b"mine")
    result = run(layer_id, "-o", str(target), "--data", str(demo_data))
    assert isinstance(result.exception, NotFoundError)
    assert target.read_bytes() == b"mine"


def test_a_person_reads_what_was_meant_and_what_was_written(demo_data: Path, tmp_path: Path):
    target = tmp_path / "x.csv"
    wrong = run("greenry", "-o", str(target), "--data", str(demo_data))
    assert "did you mean 'greenery'?" in str(wrong.exception)
    told = run("parcels", "-o", str(target), "--data", str(demo_data)).stderr
    assert re.search(r"x\.csv \(\d+\u202f\d{3}\u00a0obiekt\w+, \d+,\d MB, wersja ", told)
    told = run("parcels", "-o", str(target), "--data", str(demo_data), "--lang", "en").stderr
    assert re.search(r"x\.csv \(\d+,\d{3}\u00a0features, \d+\.\d MB, version ", told)


def test_a_raster_is_a_geotiff(demo_data: Path, tmp_path: Path, project) -> None:
    for raster_id in project.rasters:
        target = tmp_path / f"{raster_id}.tif"
        assert run(raster_id, "-o", str(target), "--data", str(demo_data)).exit_code == 0
        assert target.read_bytes()[:2] == b"II"
        wrong = run(raster_id, "-o", str(tmp_path / "x.gpkg"), "--data", str(demo_data))
        assert isinstance(wrong.exception, UsageError)
