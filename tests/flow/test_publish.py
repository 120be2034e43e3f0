"""A file through the whole corridor: Warsaw goes in, dirt does not, and what was served stays."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
import yaml

from geo.errors import InputRefusedError, NotFoundError, UsageError
from geo.flow.publish import publish
from geo.model import Project, load_project
from geo.model.derived import VALUES
from geo.store import Catalog, close_all, geometries, open_serve, read_table, verify

ROOT = Path(__file__).resolve().parents[2]
TEXT = {"pl": "x", "en": "x"}


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    close_all()


def layer_yml(geometry: str, id_field: str, *fields: dict, **more: object) -> str:
    all_fields = [{"name": id_field, "type": "string", "required": True}, *fields]
    return yaml.safe_dump(
        {
            "title": TEXT, "description": TEXT, "source": {"name": TEXT},
            "licence": {"id": "ODbL-1.0", "name": "ODbL"},
            "steward": {"name": "A", "email": "a@example.org"}, "update_interval": "P1Y",
            "crs": "EPSG:2180", "geometry": geometry, "id_field": id_field,
            "fields": [{"title": TEXT, **field} for field in all_fields], **more,
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def warsaw(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("warsaw")
    (root / "config").mkdir()
    name = {"name": "name", "type": "string", "aliases": ["NAZWA", "JPT_NAZWA_"]}
    files = {
        "config/site.yml": yaml.safe_dump(
            {
                "city": {"pl": "Warszawa", "en": "Warsaw"}, "teryt": "146501",
                "bbox": [20.85, 52.09, 21.28, 52.37], "zone_crs": "EPSG:2178",
                "zones": "districts", "area_km2": 517.2, "population": 1861975,
                "contact": {"name": "A", "email": "a@example.org"},
            }
        ),
        "layers/districts/layer.yml": layer_yml("MultiPolygon", "JPT_KOD_JE", name, coverage=True),
        "layers/parks/layer.yml": layer_yml("MultiPolygon", "full_id", name),
        "layers/meadows/layer.yml": layer_yml("MultiPolygon", "full_id"),
        "layers/forests/layer.yml": layer_yml("MultiPolygon", "full_id", name),
        "layers/cycleways/layer.yml": layer_yml("MultiLineString", "DISTRICT"),
    }  # fmt: skip
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return load_project(root)


@pytest.mark.parametrize("layer_id", ["districts", "parks", "meadows", "forests", "cycleways"])
def test_warsaw_is_published_and_read_back(warsaw, shared_data, tmp_path, layer_id):
    path = shared_data / "warszawa" / f"{layer_id}.geojson"
    outcome = publish(warsaw, tmp_path, layer_id, path, repair=True, note="próba")
    current = Catalog(tmp_path).current(layer_id)
    assert outcome.snapshot == current
    verify(current)
    frame = gpd.read_file(path)
    key = warsaw.layer(layer_id).id_field
    assert (current.manifest.features, current.manifest.source_name) == (len(frame), path.name)
    assert current.manifest.quality == json.loads((current.folder / "quality.json").read_text())
    table = read_table(current)
    assert set(table.column(key).to_pylist()) == set(frame[key])
    if layer_id == "districts":
        # The bound: areas agree with geopandas to 1e-9 in EPSG:2180.
        area = dict(
            zip(table.column(key).to_pylist(), shapely.area(geometries(table)), strict=True)
        )
        for code, value in zip(frame[key], frame.area, strict=True):
            assert area[code] == pytest.approx(value, rel=1e-9)
        assert sum(area.values()) == pytest.approx(516.72e6, rel=1e-5)
    page = open_serve(current).page(limit=10_000)
    assert page.matched == len(frame)
    served = {json.loads(fragment)["id"] for fragment in page.fragments}
    assert served == set(frame[key])
    (run,) = Catalog(tmp_path).runs("publish")
    assert (run.subject, run.detail["version"]) == (layer_id, current.version)


def test_polish_names_from_cp1250(warsaw, shared_data, tmp_path):
    path = shared_data / "dirty" / "cp1250_no_cpg" / "warszawa_dzielnice.shp"
    outcome = publish(warsaw, tmp_path, "districts", path)
    names = {
        json.loads(fragment)["properties"]["name"]
        for fragment in open_serve(outcome.snapshot).page(limit=99).fragments
    }
    assert {"Śródmieście", "Żoliborz", "Białołęka", "Praga-Południe"} < names
    assert outcome.report.assumed == {"encoding": "CP1250"}


def test_a_dry_run_writes_nothing(warsaw, shared_data, tmp_path):
    path = shared_data / "warszawa" / "districts.geojson"
    outcome = publish(warsaw, tmp_path / "data", "districts", path, dry_run=True)
    assert outcome.snapshot is None
    assert outcome.report.counts["accepted"] == 18
    assert not (tmp_path / "data").exists()


def spoilt(folder: Path, shared_data: Path) -> dict[str, Path]:
    """Files that must be refused, by what is wrong with them."""
    dirty = shared_data / "dirty"
    good = (shared_data / "warszawa" / "districts.geojson").read_text(encoding="utf-8")
    frame = gpd.read_file(shared_data / "warszawa" / "districts.geojson")
    swapped = frame.set_geometry(shapely.transform(frame.geometry.values, lambda xy: xy[:, ::-1]))
    tie = shapely.Polygon([(637000, 487000), (638000, 488000), (638000, 487000), (637000, 488000)])
    bow = frame.copy()
    bow.geometry = [tie, *frame.geometry[1:]]
    texts = {
        "empty.gpkg": "", "text.gpkg": "to nie jest mapa", "vrt.geojson": "<OGRVRTDataSource/>",
        "link.geojson": good.replace('"type": "name"', '"type": "link"', 1),
        "field.geojson": good.replace("JPT_KOD_JE", "kod"),
        "cut.geojson": good[: len(good) // 2],
    }  # fmt: skip
    paths = {}
    for name, text in texts.items():
        paths[name] = folder / name
        paths[name].write_text(text, encoding="utf-8")
    frames = {"axes.gpkg": swapped, "bow.gpkg": bow, "crs.gpkg": frame.to_crs(2178)}
    for name, spoilt_frame in frames.items():
        paths[name] = folder / name
        spoilt_frame.to_file(paths[name])
    paths["no prj"] = dirty / "no_prj" / "warszawa_dzielnice.shp"
    paths["metres"] = dirty / "wroclaw_osiedla_EPSG2177_undeclared.geojson"
    paths["ending"] = dirty / "warszawa_dzielnice.dxf"
    return paths


def test_after_each_refusal_the_version_before_is_served(warsaw, shared_data, tmp_path):
    root = tmp_path / "data"
    path = shared_data / "warszawa" / "districts.geojson"
    before = publish(warsaw, root, "districts", path).snapshot
    generation = Catalog(root).generation()
    for what, file in spoilt(tmp_path, shared_data).items():
        with pytest.raises(InputRefusedError) as caught:
            publish(warsaw, root, "districts", file)
        error = caught.value
        assert error.fix, what
        assert error.report is not None, what
        assert str(tmp_path) not in str(error), what
        assert Catalog(root).current("districts") == before, what
    assert Catalog(root).generation() == generation
    verify(before)
    assert len(list((root / "layers" / "districts").glob("2*"))) == 1
    assert open_serve(before).page(limit=1).matched == 18


def test_computed_layers_take_no_file_and_unknown_ones_are_named(
    project, warsaw, shared_data, tmp_path
):
    path = shared_data / "warszawa" / "parks.geojson"
    with pytest.raises(NotFoundError, match="trees"):
        publish(warsaw, tmp_path, "trees", path)
    with pytest.raises(UsageError, match="computed"):
        publish(project, tmp_path, VALUES, path)


def test_killed_in_the_middle_of_a_publication(warsaw, shared_data, tmp_path):
    """The reader dies with its parent, and what was served stays."""
    root = tmp_path / "data"
    path = shared_data / "warszawa" / "forests.geojson"
    before = publish(warsaw, root, "forests", path, repair=True).snapshot
    code = (
        "import sys; from pathlib import Path; from geo.model import load_project\n"
        "from geo.flow.publish import publish\n"
        "print('ready', flush=True)\n"
        "publish(load_project(Path(sys.argv[1])), Path(sys.argv[2]), 'forests', Path(sys.argv[3]),"
        " repair=True)\n"
    )
    args = [sys.executable, "-c", code, str(warsaw.root), str(root), str(path)]
    for wait in (0.1, 0.6, 1.2):
        with subprocess.Popen(args, stdout=subprocess.PIPE, cwd=ROOT) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(wait)
            child.kill()
        current = Catalog(root).current("forests")
        verify(current)
        assert current.manifest.features == before.manifest.features
    after = publish(warsaw, root, "forests", path, repair=True).snapshot
    assert Catalog(root).current("forests") == after
    assert not list((root / "layers" / "forests").glob(".tmp-*"))


def test_the_source_is_left_as_it_was(warsaw, shared_data, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for part in (shared_data / "dirty").glob("warszawa_dzielnice_cp1250.*"):
        shutil.copy(part, folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    publish(warsaw, tmp_path / "data", "districts", folder / "warszawa_dzielnice_cp1250.shp")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
