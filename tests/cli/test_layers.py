"""``geobank publish``, ``layers`` and ``rollback`` as a person and a machine use them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest

from geo.cli import main
from geo.store import close_all

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*args: object) -> tuple[int, str, str]:
        common = ["--data", str(tmp_path / "data"), "--project", str(ROOT)]
        code = 0
        try:
            main([*map(str, args), *common])
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        finally:
            close_all()
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def districts(shared_data: Path, tmp_path: Path) -> Callable[..., Path]:
    """The five districts of Siemianowice as a city would send them."""

    def write(name: str = "dzielnice.gpkg", **columns: Any) -> Path:
        source = shared_data / "siemianowice" / "districts_derived_not_official.geojson"
        frame = gpd.read_file(source).to_crs(2180)
        ids = [f"d{i}" for i in range(len(frame))]
        values = {"ID": ids, "NAZWA": frame["nazwa"], **columns}
        path = tmp_path / name
        gpd.GeoDataFrame(values, geometry=frame.geometry, crs=2180).to_file(path)
        return path

    return write


def test_publish_list_and_roll_back(run, districts):
    code, out, err = run("publish", "districts", districts(), "--note", "pierwsza")
    assert (code, err) == (0, "")
    assert "przyjęto 5" in out
    assert "Opublikowano: districts 2" in out
    code, out, _ = run("publish", "districts", districts(), "--lang", "en", "--json")
    second = json.loads(out)
    assert (code, second["report"]["counts"]["accepted"]) == (0, 5)

    code, out, _ = run("layers", "--json")
    rows = {row["id"]: row for row in json.loads(out)["layers"]}
    assert rows["districts"]["version"] == second["published"]
    assert (rows["districts"]["features"], rows["districts"]["synthetic"]) == (5, False)
    assert rows["districts"]["steward"]
    assert rows["parcels"]["version"] is None
    assert rows["indicator_values"]["derived"] is True

    code, out, _ = run("layers", "districts", "--json")
    versions = json.loads(out)["versions"]
    assert [row["current"] for row in versions] == [True, False]
    assert [row["note"] for row in versions] == ["", "pierwsza"]

    code, out, _ = run("rollback", "districts", "--note", "pomyłka")
    assert code == 0
    assert versions[1]["version"] in out
    _, out, _ = run("layers", "districts")
    (current,) = [line for line in out.splitlines() if line.startswith("*")]
    assert versions[1]["version"] in current
    code, out, _ = run("rollback", "districts", versions[0]["version"], "--json")
    served = versions[0]["version"]
    assert json.loads(out) == {
        "layer": "districts", "published": served, "outdated_indicators": []
    }  # fmt: skip
    _, out, _ = run("layers")
    assert versions[0]["version"] in out
    assert "districts" in out


def test_a_dry_run(run, districts, tmp_path):
    code, out, _ = run("publish", "districts", districts(), "--dry-run", "--lang", "en")
    assert code == 0
    assert "nothing was written" in out
    assert not (tmp_path / "data").exists()


def test_a_refusal_in_two_languages_and_json(run, districts):
    path = districts(ID=[None, "d1", "d1", "d3", "d4"])
    code, out, err = run("publish", "districts", path)
    assert (code, out) == (5, "")
    assert "wymaganej kolumnie 'district_id'" in err
    assert "wiersz 1" in err
    assert "Odmowa" in err
    code, _, err = run("publish", "districts", path, "--lang", "en", "--drop-invalid")
    assert code == 5
    assert "row 2 (id d1)" in err
    assert "Refused" in err
    code, out, _ = run("publish", "districts", path, "--json")
    said = json.loads(out)
    assert code == 5
    assert said["error"]["code"] == "input-refused"
    assert said["error"]["fix"]
    assert said["report"]["ok"] is False
    assert said["report"]["issues"][0]["element"]
    _, out, _ = run("layers", "districts")
    assert "nic nie opublikowano" in out


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("publish", "trees", "x.gpkg"), 4, "trees"),
        (("publish", "districts", "brak.gpkg"), 4, "nie ma pliku 'brak.gpkg'"),
        (("publish", "districts"), 2, "Missing argument"),
        (("layers", "trees"), 4, "trees"),
        (("publish", "indicator_values", "x.gpkg"), 2, "indicators compute"),
        (("rollback", "districts"), 4, "no version"),
        (("rollback", "trees"), 4, "no layer 'trees'"),
        (("rollback", "indicator_values"), 2, "indicators compute"),
        (("rollback", "evidence_greenery_per_person"), 2, "indicators compute"),
        (("rollback", "districts", "20200101T000000Z-00000000"), 4, "no version"),
    ],
)
def test_exit_codes_mean_something(run, args, code, said):
    found, out, err = run(*args)
    assert found == code
    assert out == ""
    assert said in err


@pytest.mark.parametrize("command", ["publish", "layers", "rollback"])
def test_help_has_an_example_on_its_own_line(run, command):
    code, out, _ = run(command, "--help")
    assert code == 0
    assert any(line.strip().startswith(f"geobank {command}") for line in out.splitlines())
