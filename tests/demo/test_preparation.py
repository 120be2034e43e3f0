"""From nothing to numbers, reused when it is there, and never mixed with real data."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from types import MappingProxyType

import pytest

from geo.demo import prepare
from geo.demo.files import FILES, check
from geo.demo.preparation import MARKER
from geo.demo.rasters import RASTERS
from geo.errors import UsageError
from geo.flow.publish import publish
from geo.flow.results import load_results
from geo.model import Project
from geo.model.derived import all_layers
from geo.store import Catalog


@pytest.fixture
def small(project: Project) -> Project:
    """The city with two small layers and no indicators: quick to publish."""
    layers = {name: project.layers[name] for name in ("districts", "schools")}
    return dataclasses.replace(
        project, layers=MappingProxyType(layers), indicators=MappingProxyType({})
    )


def test_everything_is_published_as_synthetic(project: Project, demo_data: Path) -> None:
    catalog = Catalog(demo_data)
    for layer in all_layers(project):
        versions = catalog.versions(layer)
        assert versions, layer
        assert all(row.synthetic for row in versions), layer


def test_nothing_was_repaired_or_dropped(project: Project, demo_data: Path) -> None:
    catalog = Catalog(demo_data)
    for layer in project.layers:
        snapshot = catalog.current(layer)
        assert snapshot is not None
        quality = snapshot.manifest.quality
        counts = quality["counts"]
        assert counts["accepted"] == counts["read"] == snapshot.manifest.features, layer
        assert counts["dropped"] == counts["repaired"] == counts.get("coerced", 0) == 0, layer
        assert not quality["assumed"], layer


@pytest.mark.parametrize(
    ("indicator", "value", "tolerance"),
    [
        ("greenery_share_district", 28.0, 0.05),
        ("bike_paths_sides", 37.0, 0.05),
        ("population_density", 63_892 / 25.5, 0.01),
    ],
)
def test_indicators_give_the_published_figures(
    project: Project, demo_data: Path, indicator: str, value: float, tolerance: float
) -> None:
    results = load_results(project, demo_data, indicator)
    assert results.synthetic
    assert results.whole.value == pytest.approx(value, abs=tolerance)


def test_what_is_there_is_used_again(project: Project, demo_data: Path) -> None:
    before = Catalog(demo_data).generation()
    made = prepare(project, demo_data)
    assert made.reused
    assert set(made.features) == set(project.layers)
    assert Catalog(demo_data).generation() == before


def test_another_seed_or_a_changed_folder_is_made_anew(
    small: Project, demo_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copied(folder: Path, **_: object) -> dict[str, Path]:
        """The generator takes seconds and is tested elsewhere: hand over files that are there."""
        shutil.copytree(demo_data / "files", folder / "files", dirs_exist_ok=True)
        names = {**FILES, **{name: f"{name}.tif" for name in RASTERS}}
        return {name: folder / "files" / file for name, file in names.items()}

    monkeypatch.setattr("geo.demo.preparation.build", copied)
    assert not prepare(small, tmp_path, seed=3).reused
    assert prepare(small, tmp_path, seed=3).reused
    publish(small, tmp_path, "schools", tmp_path / "files" / FILES["schools"], synthetic=True)
    assert not prepare(small, tmp_path, seed=3).reused
    marker = tmp_path / MARKER
    assert json.loads(marker.read_text())["seed"] == 3
    marker.write_text("{ torn")
    assert not prepare(small, tmp_path, seed=3).reused
    assert not prepare(small, tmp_path, seed=4).reused


def test_real_data_are_never_mixed_with_the_demo(
    small: Project, demo_data: Path, tmp_path: Path
) -> None:
    file = demo_data / "files" / FILES["districts"]
    publish(small, tmp_path, "districts", file, synthetic=False)
    before = Catalog(tmp_path).generation()
    with pytest.raises(UsageError, match="not synthetic") as caught:
        prepare(small, tmp_path)
    assert caught.value.where == "districts"
    assert "--data" in caught.value.fix
    assert Catalog(tmp_path).generation() == before
    assert not (tmp_path / "files").exists()


@pytest.mark.parametrize(("seed", "scale"), [(-1, 1.0), (1, 0.5), (1, 1e6), (1, float("nan"))])
def test_numbers_without_meaning_are_refused(seed: int, scale: float) -> None:
    with pytest.raises(UsageError):
        check(seed, scale)
