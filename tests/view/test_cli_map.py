from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from geo.cli import main
from geo.cli.map import map_

ROOT = Path(__file__).resolve().parents[2]


def run(*args, data):
    return CliRunner().invoke(map_, [*args, "--data", str(data), "--project", str(ROOT)])


def test_it_writes_the_map_of_an_indicator_and_of_a_layer(small_city, tmp_path):
    for name, lang, words in (("stops_density", "pl", "Całe miasto"), ("stops", "en", "Stop code")):
        out = tmp_path / f"{name}.html"
        result = run(name, "-o", str(out), "--lang", lang, data=small_city)
        assert result.exit_code == 0, result.output
        assert words in out.read_text(encoding="utf-8")
        assert out.stat().st_mode & 0o777 == 0o644
        assert list(tmp_path.glob(".*")) == []


def test_it_writes_the_map_of_a_raster(demo_data, tmp_path):
    out = tmp_path / "cover.html"
    result = run("land_cover", "-o", str(out), data=demo_data)
    assert result.exit_code == 0, result.output
    assert "data:image/png;base64," in out.read_text(encoding="utf-8")


def test_standard_output(small_city):
    result = run("stops_density", "-o", "-", data=small_city)
    assert result.stdout.startswith("<!DOCTYPE html>") and result.exit_code == 0


@pytest.mark.parametrize(
    ("name", "out", "code", "words"),
    [
        ("no_such", "x.html", 4, "there is no indicator and no layer 'no_such'"),
        ("greenery_per_person", "x.html", 4, "geobank indicators compute greenery_per_person"),
        ("stops_density", "no/such/folder/x.html", 2, "x.html cannot be written"),
    ],
)
def test_a_refusal_names_what_and_how_to_mend_it(
    small_city, tmp_path, capsys, monkeypatch, name, out, code, words
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as leaving:
        main(["map", name, "-o", out, "--data", str(small_city), "--project", str(ROOT)])
    assert leaving.value.code == code
    told = capsys.readouterr().err
    assert words in told and "->" in told and str(tmp_path) not in told
    assert list(tmp_path.iterdir()) == []


def test_an_old_map_stays_when_a_new_one_cannot_be_made(small_city, tmp_path):
    out = tmp_path / "map.html"
    out.write_text("old")
    assert run("no_such", "-o", str(out), data=small_city).exit_code != 0
    assert out.read_text() == "old"


def test_help_has_an_example_and_needs_no_folium():
    code = (
        "import sys; from geo.cli import main\n"
        "try: main(['map', '--help'])\n"
        "except SystemExit: pass\n"
        "sys.exit('folium' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0
    assert "geobank map greenery_per_person -o zielen.html" in done.stdout
