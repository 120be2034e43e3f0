"""``geobank indicators`` as a person and as a machine call it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.cli import main
from geo.measure.example import table_of
from geo.store import table
from geo.store.catalog import Catalog
from geo.store.snapshot import read_table, write_snapshot

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def city(project, tmp_path):
    """The two layers that schools_per_1000 reads beside its zones, as its example has them."""
    card = project.indicators["schools_per_1000"]
    rows = {"districts": [
        {"district_id": zone, "name": f"Dzielnica {zone}", "geometry": wkt}
        for zone, wkt in card.example.zones.items()
    ]} | card.example.layers  # fmt: skip
    for layer_id, features in rows.items():
        layer = project.layers[layer_id]
        made = table_of(layer, [dict(row) for row in features])
        shapes = shapely.transform(
            table.geometries(made), lambda xy: np.add(xy, (505_000, 270_000))
        )
        made = table.with_geometries(made, table.promote(shapes, layer.geometry))
        snapshot = write_snapshot(tmp_path, layer, made, source_name="x.gpkg", synthetic=True)
        Catalog(tmp_path).publish(snapshot)
    return tmp_path


@pytest.fixture
def geobank(capsys):
    def call(*words, exit_code=0):
        try:
            main([*map(str, words), "--project", str(ROOT)])
            left = 0
        except SystemExit as leaving:
            left = leaving.code or 0
        told = capsys.readouterr()
        assert left == exit_code, told.err
        return told

    return call


def test_compute_gives_a_verdict_on_the_ledger(geobank, city):
    told = geobank("indicators", "compute", "schools_per_1000", "--data", city)
    assert "schools_per_1000" in told.out
    assert "części dają całość (różnica względna 0)" in told.out
    assert "!!!" not in told.err


def test_compute_all_skips_and_says_why(geobank, city):
    told = geobank("indicators", "compute", "--data", city, "--lang", "en")
    assert "the parts add up" in told.out
    assert "skipped: not published: stops" in told.out


def test_compute_as_json(geobank, city):
    done = json.loads(geobank("indicators", "compute", "--data", city, "--json").out)
    found = {each["indicator"]: each for each in done}
    assert found["schools_per_1000"]["closes"] is True
    assert found["schools_per_1000"]["ledger"]["numerator"]["whole"] == 4
    assert found["stops_density"]["note"] == "not published: stops"


def test_a_ledger_that_does_not_close_is_shouted(geobank, city, monkeypatch):
    from geo.measure import kernels

    honest = kernels.points_in_zones

    def loses(points, zones):
        measured = honest(points, zones)
        measured.outside[:] += 1.0
        return measured

    monkeypatch.setattr(kernels, "points_in_zones", loses)
    told = geobank("indicators", "compute", "schools_per_1000", "--data", city)
    assert "CZĘŚCI NIE DAJĄ CAŁOŚCI" in told.out
    assert "!!! CZĘŚCI NIE DAJĄ CAŁOŚCI: schools_per_1000" in told.err
    words = ("indicators", "compute", "schools_per_1000", "--strict", "--data", city)
    assert "do not add up" in geobank(*words, exit_code=7).err


def test_compute_of_a_missing_layer_tells_which(geobank, city):
    told = geobank("indicators", "compute", "stops_density", "--data", city, exit_code=4)
    assert "geobank publish stops FILE" in told.err
    assert "Traceback" not in told.err
    words = ("indicators", "compute", "stops_density", "--data", city, "--json")
    error = json.loads(geobank(*words, exit_code=4).out)["error"]
    assert error["code"] == "not-found"


def test_list_with_and_without_values(geobank, city):
    before = geobank("indicators", "list", "--data", city).out
    assert "nie policzono" in before
    geobank("indicators", "compute", "--data", city)
    after = geobank("indicators", "list", "--data", city).out
    assert "0,62\u202fszt./1000 os." in after
    assert "Szkoły na 1000 mieszkańców" in after
    listed = json.loads(geobank("indicators", "list", "--data", city, "--json").out)
    found = {each["id"]: each for each in listed}
    assert found["schools_per_1000"]["whole"]["value"] == 0.625
    assert found["stops_density"]["whole"] is None
    english = geobank("indicators", "list", "--data", city, "--lang", "en").out
    assert "Schools per 1,000 people" in english


def test_a_new_version_and_the_way_back_say_which_numbers_wait(geobank, city, project):
    geobank("indicators", "compute", "--data", city)
    assert "NIEAKTUALNE" not in geobank("indicators", "list", "--data", city).out
    catalog, layer = Catalog(city), project.layers["schools"]
    first = catalog.current("schools")
    again = write_snapshot(city, layer, read_table(first), source_name="y.gpkg", synthetic=True)
    catalog.publish(again)
    stale = geobank("indicators", "list", "--data", city).out
    row = next(line for line in stale.splitlines() if line.startswith("schools_per_1000"))
    assert row.endswith("!!! NIEAKTUALNE, zmieniono: schools")
    assert "geobank indicators compute" in stale
    listed = json.loads(geobank("indicators", "list", "--data", city, "--json").out)
    assert {each["id"]: each["outdated"] for each in listed}["schools_per_1000"] == ["schools"]
    geobank("indicators", "compute", "--data", city)
    back = geobank("rollback", "schools", first.version, "--data", city).out
    assert "2 wskaźniki czekają na nowe policzenie (school_distance, schools_per_1000)" in back
    forth = geobank("rollback", "schools", again.version, "--data", city, "--json").out
    assert json.loads(forth)["outdated_indicators"] == []


def test_a_zone_goes_by_its_name_too(geobank, city, tmp_path):
    geobank("indicators", "compute", "--data", city)
    asked = ("indicators", "show", "schools_per_1000", "--data", city, "--json", "--zone")
    for name in ("a", "A", "Dzielnica a", "DZIELNICA A"):
        values = json.loads(geobank(*asked, name).out)["values"]
        assert [row["zone_id"] for row in values] == ["a"]
    file = tmp_path / "x.gpkg"
    words = ("evidence", "schools_per_1000", "--data", city, "-o", file)
    told = geobank("indicators", *words, "--zone", "dzielnica a").out
    assert re.search(r"x\.gpkg: \d+ fragment\w*; licznik \d", told)
    told = geobank("indicators", *words, "--zone", "Dzielnica ą", "--lang", "en").out
    assert re.search(r"x\.gpkg: \d+ pieces?; numerator \d", told)


def test_show_prints_card_values_ledger_inputs_and_where_the_evidence_is(geobank, city, project):
    geobank("indicators", "compute", "--data", city)
    shown = geobank("indicators", "show", "schools_per_1000", "--data", city).out
    lines = shown.splitlines()
    assert "Szkoły na 1000 mieszkańców" in lines[0]
    assert "DANE SYNTETYCZNE" in shown
    row = next(line for line in lines if line.startswith("Dzielnica a"))
    assert "0,50\u202fszt./1000 os." in row
    assert "4\u202f000" in row
    assert any(line.startswith("Dzielnica c") and "nie do policzenia" in line for line in lines)
    assert any(line.startswith("CAŁE MIASTO") for line in lines)
    assert "poza strefami 1" in shown
    version = Catalog(city).current("schools").version
    assert f"schools@{version}" in shown
    assert "NIEAKTUALNE" not in shown
    schools = Catalog(city).current("schools")
    again = write_snapshot(city, project.layers["schools"], read_table(schools),
                           source_name="again.gpkg")  # fmt: skip
    Catalog(city).publish(again)
    shown = geobank("indicators", "show", "schools_per_1000", "--data", city).out
    assert "NIEAKTUALNE, policz od nowa (geobank indicators compute); zmieniono: schools" in shown
    said = geobank("indicators", "show", "schools_per_1000", "--data", city, "--json").out
    assert json.loads(said)["outdated"] == ["schools"]
    assert "/api/collections/evidence_schools_per_1000/items" in shown


def test_show_one_zone_with_its_evidence_in_english(geobank, city):
    geobank("indicators", "compute", "--data", city)
    words = ("indicators", "show", "schools_per_1000", "--zone", "a", "--evidence", "5")
    shown = geobank(*words, "--lang", "en", "--data", city).out
    assert "a.n.s1" in shown
    assert "a.n.s2" in shown
    assert "4,000" in shown
    assert "Dzielnica b" not in shown
    assert "items?zone_id=a" in shown
    document = json.loads(geobank(*words, "--data", city, "--json").out)
    assert {piece["feature_id"] for piece in document["evidence"]} == {"s1", "s2"}
    assert document["values"][0]["value"] == 0.5
    assert "example" not in document["card"]


def test_show_of_what_is_not_there(geobank, city):
    words = ("indicators", "show", "schools_per_1000", "--data", city)
    assert "indicators compute schools_per_1000" in geobank(*words, exit_code=4).err
    geobank("indicators", "compute", "--data", city)
    assert (
        "zones: a (Dzielnica a), b (Dzielnica b), c ("
        in geobank(*words, "--zone", "z", exit_code=4).err
    )
    assert (
        "no indicator" in geobank("indicators", "show", "nothing", "--data", city, exit_code=4).err
    )


@pytest.mark.parametrize("command", [(), ("compute",), ("list",), ("show",)])
def test_help_holds_an_example_on_lines_of_its_own(capsys, command):
    main(["indicators", *command, "--help"])
    lines = capsys.readouterr().out.splitlines()
    assert "  Examples:" in lines
    assert lines[lines.index("  Examples:") + 1].startswith("    geobank indicators")
