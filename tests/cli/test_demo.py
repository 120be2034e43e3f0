"""The command ``geobank demo``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from geo.cli import main, root
from geo.demo.files import FILES

ROOT = Path(__file__).resolve().parents[2]


def test_help_has_examples_one_a_line() -> None:
    result = CliRunner().invoke(root, ["demo", "--help"])
    assert result.exit_code == 0
    assert "    geobank demo --port 8080 --data demo-data\n" in result.output


def test_files_only_publishes_nothing(tmp_path: Path) -> None:
    result = CliRunner().invoke(root, ["demo", "--files-only", str(tmp_path), "--seed", "5"])
    assert result.exit_code == 0, result.output
    made = {path.name for path in (tmp_path / "files").iterdir()}
    assert set(FILES.values()) | {"land_cover.tif", "ndvi.tif", "README.txt"} <= made
    assert [path.name for path in tmp_path.iterdir()] == ["files"]
    assert "syntetyczne" in result.output


def test_json_tells_a_machine_what_there_is(demo_data: Path) -> None:
    arguments = ["demo", "--no-serve", "--json", "--data", str(demo_data), "--project", str(ROOT)]
    result = CliRunner().invoke(root, arguments)
    assert result.exit_code == 0, result.output
    told = json.loads(result.output)
    assert told["synthetic"] is True
    assert told["reused"] is True
    assert told["features"]["districts"] == 5


def test_it_serves_at_the_end(demo_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr(
        "geo.cli.serve.run", lambda project, data, **where: asked.update(data=data, **where)
    )
    arguments = ["demo", "--port", "5055", "--data", str(demo_data), "--project", str(ROOT)]
    result = CliRunner().invoke(root, arguments)
    assert result.exit_code == 0, result.output
    assert asked == {"data": demo_data, "host": "127.0.0.1", "port": 5055}
    assert "synthetic" in result.output
    assert "parcels" in result.output


def test_a_scale_without_meaning_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["demo", "--scale", "0.2", "--no-serve", "--json", "--project", str(ROOT)])
    assert ended.value.code == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "usage"
