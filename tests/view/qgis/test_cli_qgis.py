"""``geobank qgis``: a whole file or none."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from geo.cli.qgis import qgis
from geo.errors import UsageError
from geo.view.qgis import project_file


def _run(town, *words: str, catch: bool = False):
    project, root = town
    ways = ["--data", str(root), "--project", str(project.root)]
    return CliRunner().invoke(qgis, [*words, *ways], catch_exceptions=catch)


def test_it_writes_the_project_of_the_site(town, tmp_path: Path):
    target = tmp_path / "miasto.qgz"
    done = _run(town, "-o", str(target))
    assert done.exit_code == 0
    assert target.read_bytes() == project_file(*town, "http://127.0.0.1:5000", "pl")
    assert (
        _run(town, "-o", str(target), "--lang", "en", "--url", "https://a.example").exit_code == 0
    )
    assert target.read_bytes() == project_file(*town, "https://a.example", "en")
    assert [each.name for each in tmp_path.iterdir()] == ["miasto.qgz"]


@pytest.mark.parametrize("name", ["miasto.txt", "nowhere/miasto.qgz"])
def test_it_refuses_what_it_cannot_write(town, tmp_path: Path, name: str):
    with pytest.raises(UsageError):
        _run(town, "-o", str(tmp_path / name))
    assert not list(tmp_path.iterdir())


def test_a_wrong_address_leaves_the_old_file(town, tmp_path: Path):
    target = tmp_path / "miasto.qgz"
    target.write_bytes(b"old")
    with pytest.raises(UsageError):
        _run(town, "-o", str(target), "--url", "javascript:alert(1)")
    assert target.read_bytes() == b"old"
