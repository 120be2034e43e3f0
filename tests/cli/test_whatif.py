"""``geobank what-if``, ``geobank scenarios``, ``geobank indicators evidence`` and ``ledger``."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from geo.cli import root

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs/scenarios/park-na-poprzemyslowym.yml"
CARD = ("--indicator", "greenery_share_plans")


@pytest.fixture(scope="module")
def geobank(demo_data):
    def go(*args, data=demo_data):
        words = [*map(str, args), "--data", str(data), "--project", str(ROOT)]
        return CliRunner().invoke(root, words, catch_exceptions=False)

    return go


def test_the_table_sets_both_values_side_by_side_and_says_what_it_is(geobank):
    told = geobank("what-if", EXAMPLE, *CARD).output
    assert "scenariusz, nie dane miasta" in told
    assert "dane miasta" in told
    row = next(line for line in told.splitlines() if "Bańgów" in line and "%" in line)
    assert "+2,4" in row
    assert "\n\nRóżnice policzono z liczb niezaokrąglonych." in told
    english = geobank("what-if", EXAMPLE, *CARD, "--lang", "en").output
    assert "a scenario, not the city's data" in english


def test_a_dry_run_measures_nothing(geobank):
    found = json.loads(geobank("what-if", EXAMPLE, "--dry-run", "--json").output)
    assert {each["layer"]: each["added"] + each["set"] for each in found["changes"]} == {
        "mpzp": 1, "greenery": 1,
    }  # fmt: skip
    assert "indicators" not in found


def test_the_report_opens_without_a_network(geobank, tmp_path):
    path = tmp_path / "park.html"
    geobank("what-if", EXAMPLE, *CARD, "-o", path, "--json")
    html = path.read_text(encoding="utf-8")
    assert html.count("scenariusz, nie dane miasta") >= 4
    assert "<svg" in html
    assert "Content-Security-Policy" in html
    assert not re.search(r"<script|\bsrc=|<link|url\(http|@import", html)
    assert "pkt proc." in html


def test_the_pieces_leave_as_geojson(geobank, tmp_path):
    path = tmp_path / "park.geojson"
    geobank("what-if", EXAMPLE, *CARD, "-o", path, "--json")
    found = json.loads(path.read_text(encoding="utf-8"))
    assert found["features"]
    for feature in found["features"]:
        assert feature["properties"]["scenario"] == "park-na-poprzemyslowym"
        assert feature["properties"]["change"] in ("gone", "come")


def test_a_mistake_is_told_with_its_place(geobank, tmp_path):
    path = tmp_path / "zle.yml"
    path.write_text(EXAMPLE.read_text(encoding="utf-8").replace("set:", "sett:"), encoding="utf-8")
    from geo.errors import UsageError

    with pytest.raises(UsageError) as caught:
        geobank("what-if", path)
    assert "zle.yml" in caught.value.where


def test_pieces_and_ledger_from_the_command_line(geobank, tmp_path):
    path = tmp_path / "stops.gpkg"
    args = ("indicators", "evidence", "stops_density", "--zone", "centrum", "-o", path, "--json")
    found = json.loads(geobank(*args).output)
    assert found["pieces"] == found["sums"]["numerator"] > 10
    assert path.is_file()
    places = tmp_path / "places.geojson"
    found = json.loads(geobank("indicators", "ledger", "-o", places, "--json").output)
    assert found["layer"] == "districts"
    assert found["features"] == []
    assert json.loads(places.read_text())["type"] == "FeatureCollection"


def test_the_guides_name_the_example_and_its_commands():
    for name in ("what-if.md", "co-jesli.md"):
        guide = (ROOT / "docs" / name).read_text(encoding="utf-8")
        assert "docs/scenarios/park-na-poprzemyslowym.yml" in guide
        block = guide.split("```yaml\n")[1].split("```")[0]
        assert block.strip() in EXAMPLE.read_text(encoding="utf-8")
        for command in re.findall(r"^geobank (\S+)", guide, re.MULTILINE):
            assert command in root.list_commands(None)


def test_what_moves_between_classes_is_told_though_the_headline_stays(geobank):
    told = geobank("what-if", EXAMPLE, "--indicator", "zoning_classes").output
    assert "Przeznaczenie terenów w planach: usługi" in told
    assert "bez zmian" not in told
    rows = {line.split("  ")[1]: line for line in told.splitlines() if line.startswith("  ")}
    assert "−2,4" in rows["produkcja: Bańgów"]
    assert "+2,4" in rows["zieleń i lasy: Bańgów"]
