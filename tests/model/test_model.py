"""The YAML files: what stands is read whole, and what is wrong is named by file, line and key."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pydantic import ValidationError

from geo.errors import ModelError, NotFoundError
from geo.model import Project, find_project, load_project
from geo.model.derived import VALUES, all_layers, evidence_id

ROOT = Path(__file__).resolve().parents[2]
CARD = "indicators/greenery_share_plans.yml"


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """A copy of the city's model, to be broken."""
    for folder in ("config", "layers", "indicators"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def break_line(city: Path, file: str, old: str, new: str) -> int:
    """Replace the first `old` in a file; return the line it stands on."""
    path = city / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_the_city_of_the_repository_is_read(project: Project) -> None:
    assert project.site.population == 63_892
    assert {"districts", "mpzp", "greenery", "bike_paths", "parcels"} <= set(project.layers)
    assert project.layer("districts").coverage
    people = project.layer("addresses").field("people")
    assert people is not None
    assert not people.public


def test_objects_are_frozen(project: Project) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        project.layer("districts").id = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("layers/mpzp/layer.yml", "geometry: MultiPolygon", "geometry: Blob", "geometry"),
        ("layers/mpzp/layer.yml", "crs: EPSG:2180", "crs: EPSG:31467", "EPSG:31467"),
        ("layers/mpzp/layer.yml", "title_field: symbol", "title_field: nazwa", "nazwa"),
        ("layers/stops/layer.yml", "id_field: stop_code", "id_field: code", "code"),
        ("layers/stops/layer.yml", "{ name: name, ", "{ name: name, public: false, ", "public"),
        ("layers/stops/layer.yml", "update_interval: P3M", "update_interval: often", "interval"),
        ("layers/stops/layer.yml", "steward:", "stewart:", "stewart"),
        ("config/site.yml", "zones: districts", "zones: stops", "polygons"),
        ("config/site.yml", "18.93, 50.27, 19.10, 50.37", "19.1, 50.27, 18.9, 50.37", "west"),
        (CARD, 'unit: "%"', 'unit: "km"', "dimension"),
        (CARD, 'unit: "%"', 'unit: "furlong"', "furlong"),
        (CARD, "over: { measure: area, layer: mpzp }", "over: { layer: mpzp }", "measure"),
        (CARD, "over: { measure: area, layer: mpzp }", "", "over"),
        (CARD, "  layer: mpzp", "  layer: mpzpp", "mpzpp"),
        ("indicators/building_cover.yml", "overlaps: once", "", "shared ground"),
        (CARD, "{ a: 50.0, b: null }", "{ a: 50.0 }", "expected value"),
        (CARD, "{zone}: na zieleń", "Tu na zieleń", "{zone}"),
    ],
)
def test_an_error_names_file_and_key(city: Path, file: str, old: str, new: str, says: str) -> None:
    break_line(city, file, old, new)
    with pytest.raises(ModelError) as raised:
        load_project(city)
    assert raised.value.where.startswith(f"{file}:")
    assert says in str(raised.value)
    assert str(city) not in str(raised.value)


def test_an_error_names_the_line(city: Path) -> None:
    line = break_line(city, "layers/mpzp/layer.yml", "geometry: MultiPolygon", "geometry: Blob")
    with pytest.raises(ModelError) as raised:
        load_project(city)
    assert raised.value.where == f"layers/mpzp/layer.yml:{line} (geometry)"


def test_a_deep_key_is_found(city: Path) -> None:
    line = break_line(
        city, "layers/mpzp/layer.yml", "name: plan_id, type: string", "name: plan_id, type: text"
    )
    with pytest.raises(ModelError) as raised:
        load_project(city)
    assert raised.value.where == f"layers/mpzp/layer.yml:{line} (fields.1.type)"


def test_a_key_written_twice_is_refused(city: Path) -> None:
    line = break_line(city, "config/site.yml", "zones: districts", "zones: districts\nzones: mpzp")
    with pytest.raises(ModelError, match="twice") as raised:
        load_project(city)
    assert raised.value.where == f"config/site.yml:{line + 1}"


def test_broken_yaml_and_wrong_encoding(city: Path) -> None:
    path = city / "config" / "site.yml"
    path.write_text("city: [", encoding="utf-8")
    with pytest.raises(ModelError, match="not valid YAML"):
        load_project(city)
    path.write_bytes("city: Siemianowice Śląskie".encode("cp1250"))
    with pytest.raises(ModelError, match="not UTF-8"):
        load_project(city)
    path.unlink()
    with pytest.raises(ModelError, match="missing"):
        load_project(city)


@pytest.mark.parametrize("name", ["pesel", "PESEL", "nr_kw", "owner"])
def test_personal_data_is_never_a_field(city: Path, name: str) -> None:
    break_line(city, "layers/stops/layer.yml", "name: mode", f"name: {name}")
    with pytest.raises(ModelError, match="personal data"):
        load_project(city)


def test_an_unknown_layer_lists_the_ones_there_are(project: Project) -> None:
    with pytest.raises(NotFoundError, match="districts"):
        project.layer("dzielnice")


def test_derived_layers(project: Project) -> None:
    layers = all_layers(project)
    assert layers[VALUES].derived
    for card in project.indicators.values():
        assert layers[evidence_id(card.id)].family in {"point", "line", "polygon"}


def test_the_project_is_found_from_below(city: Path) -> None:
    assert find_project(city / "layers" / "mpzp") == city
    with pytest.raises(NotFoundError, match="--project"):
        find_project(Path("/"))
