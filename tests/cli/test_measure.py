"""``geobank measure``: the examples of its help, run over the demo city, and what they print."""

from __future__ import annotations

import csv
import json
import re
import shlex
from pathlib import Path

import geopandas as gpd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from geo.cli import root
from geo.cli import table as table_of
from geo.cli.measured import counted

HELP = CliRunner().invoke(root, ["measure", "--help"]).output
LINES = re.findall(r"^    geobank (measure \S.*)$", HELP, re.MULTILINE)
DOCS = Path(__file__).resolve().parents[2] / "docs"
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
GUIDES = [BLOCK.findall((DOCS / name).read_text("utf-8")) for name in ("measure.md", "pomiar.md")]
OF_THE_GUIDE = [line.removeprefix("geobank ") for line in GUIDES[0][0].splitlines()]
OF_THE_CITY = [line for line in dict.fromkeys(LINES + OF_THE_GUIDE) if "gminy" not in line]


def call(data, words, *more):
    found = CliRunner().invoke(root, [*words, *more, "--data", str(data)])
    assert found.exit_code == 0, (found.output, found.exception)
    return found.stdout


def test_both_guides_have_the_same_commands():
    assert GUIDES[0] == GUIDES[1]
    assert len(OF_THE_GUIDE) > 5


def test_there_are_examples_of_every_new_thing():
    told = " ".join(LINES)
    verbs = (
        "share_of_area",
        "density",
        "ratio",
        "share_by_class",
        "diversity",
        "median",
        "nearest",
    )
    for word in (*verbs, "share_within", "--over", "$area", "--distance", "once", ".tif"):
        assert word in told, word


@pytest.mark.parametrize("line", OF_THE_CITY)
def test_an_example_does_what_it_says(demo_data, project, tmp_path, line):
    words = shlex.split(line)
    if "-o" in words:
        words[words.index("-o") + 1] = str(tmp_path / "out.geojson")
    told = json.loads(call(demo_data, words, "--json"))
    assert told["ledger"]["closes"]
    assert told.get("ledger_denominator", {"closes": True})["closes"]
    if "-o" in words:
        assert json.loads((tmp_path / "out.geojson").read_text())["features"]
        return
    assert {row["status"] for row in told["rows"]} <= {"ok", "unclassified"}
    assert told["all_zones"]["status"] == "ok"


def test_files_tell_value_parts_and_status(demo_data, project, tmp_path):
    words = ["measure", "buildings", "--zones", "districts", "--verb", "mean", "--field", "floors",
             "--by", "function"]  # fmt: skip
    files = {end: tmp_path / f"out.{end}" for end in ("csv", "parquet", "json", "geojson")}
    for path in files.values():
        call(demo_data, words, "-o", str(path))
    with files["csv"].open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    table = pq.read_table(files["parquet"])
    told = json.loads(files["json"].read_text())
    assert table.num_rows == len(rows) == len(told["rows"])
    for one, other, third in zip(
        rows, table.drop_columns("geometry").to_pylist(), told["rows"], strict=True
    ):
        assert other == third
        for name in ("value", "numerator", "denominator"):
            assert (float(one[name]) if one[name] else None) == other[name]
        if other["value"] is not None:
            assert other["value"] == pytest.approx(other["numerator"] / other["denominator"])
    every = [row for row in told["rows"] if row["function"] == "_all"]
    assert len(every) == len({row["zone"] for row in told["rows"]})
    about = json.loads(table.schema.metadata[b"geobank"])
    assert about["ledger_denominator"]["role"] == "denominator"
    drawn = json.loads(files["geojson"].read_text())
    for feature, row in zip(drawn["features"], every, strict=True):
        assert feature["properties"]["value"] == row["value"]
        assert feature["properties"]["status"] == "ok"
    assert drawn["geobank"]["all_zones"] == told["all_zones"]


def test_null_and_nothing_to_divide_by_are_told_apart(demo_data, project):
    words = ["measure", "stops", "--zones", "grid:400", "--verb", "ratio", "--measure", "count",
             "--over", "count", "--over-where", "mode = 'tram'", "--lang", "en"]  # fmt: skip
    told = json.loads(call(demo_data, words, "--json"))
    status = {row["status"] for row in told["rows"]}
    assert status == {"ok", "not_computable"} or status == {"not_computable"}
    printed = call(demo_data, words)
    assert "÷0: there is nothing to divide by" in printed
    assert "Ledger of the denominator" in printed
    far = ["measure", "stops", "--zones", "districts", "--verb", "nearest", "--to", "schools",
           "--to-where", "name = 'no such school'", "--lang", "en"]  # fmt: skip
    told = json.loads(call(demo_data, far, "--json"))
    assert {row["status"] for row in told["rows"]} == {"null"}
    assert told["targets"] == 0
    assert "-: no data" in call(demo_data, far)


def test_the_plan_tells_targets_and_neighbours(demo_data, project):
    words = ["measure", "addresses", "--zones", "districts", "--verb", "share_within", "--to",
             "greenery", "--to-where", "$area >= 5000", "--distance", "300",
             "--explain"]  # fmt: skip
    told = json.loads(call(demo_data, words, "--json"))["plan"]
    assert told["to_where"] == '"$area" >= 5000'
    assert told["targets"] > 0
    assert "Cele: greenery" in call(demo_data, words)
    assert "<= 300 m" in call(demo_data, words)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--verb ratio --measure count --over nothing", "sum:FIELD"),
        ("--over-where mode='bus'", "--over"),
        ("--to-where x=1", "--to"),
        ("--verb nearest --to nowhere", "there is nothing called"),
        ("--verb nearest --to addresses --to-where people>1", "public"),
        ("--verb count --weight nothing", "there is no field"),
        ("--verb sum --field $area", "needs polygons"),
        ("--verb count --overlaps once", "only ground"),
        ("--verb nearest", "--to LAYER"),
        ("--verb share_within --to schools", "--distance 300"),
        ("--verb nearest --to schoolz", "did you mean 'schools'"),
        ("--by mod", "did you mean 'mode'"),
        ("--by $area", "is no column"),
        ("--weight $area", "is no column"),
        ("--verb count --where mode=bus", "quotes: 'bus'"),
        ("--verb nearest --to schools --to-where name=Anna", "quotes: 'Anna'"),
        ("--verb count -o /no/such/folder/x.csv", "no such folder"),
    ],
)
def test_what_is_asked_wrongly_says_how(demo_data, project, words, says):
    line = ["measure", "stops", "--zones", "districts", "--data", str(demo_data), *words.split()]
    found = CliRunner().invoke(root, line)
    assert found.exit_code != 0
    error = found.exception
    assert says in f"{error} {getattr(error, 'fix', '')}"


@pytest.mark.parametrize(
    ("where", "says"),
    [("mode = bus", "quotes: 'bus', not bus; there are: "),
     ('mode = "bus"', "quotes: 'bus', not bus; there are: "),
     ("mode IN (bus, tram)", "quotes: 'bus', not bus; there are: "),
     ("mod = 'bus'", "did you mean 'mode'? there are: ")],
)  # fmt: skip
def test_a_text_without_quotes_is_told_of_a_plain_file_too(demo_data, project, where, says):
    [file] = (demo_data / "layers/stops").glob("*/features.parquet")
    line = ["measure", str(file), "--zones", "districts", "--verb", "count", "--where", where]
    found = CliRunner().invoke(root, [*line, "--data", str(demo_data)])
    assert found.exception.what.startswith("there is no column ")
    assert found.exception.fix.removeprefix("text stands in ").startswith(says)


SHARES = [
    "measure",
    "land_cover",
    "--zones",
    "districts",
    "--verb",
    "share_by_class",
    "--by",
    "class",
]


def number(text: str) -> float:
    return float(text.replace("\u202f", "").replace(",", "."))


def test_every_class_is_on_screen_with_its_title_and_they_add_up(demo_data, project):
    table = call(demo_data, SHARES).partition("Księga")[0].splitlines()
    told = json.loads(call(demo_data, SHARES, "--json"))
    codes = list(told["all_zones"]["classes"])
    assert len(codes) > 6
    rows, total = table[1:-1], table[-1]
    for code, line in zip(codes, rows, strict=True):
        assert line.startswith(f"{code} {told['class_titles'][code]['pl']}")
    assert total.startswith("razem [%]")
    whole = [number(line.split()[-1]) for line in rows]
    assert sum(whole) == pytest.approx(100, abs=1e-3)


def test_many_classes_in_many_zones_stand_in_blocks(demo_data, project):
    words = ["measure", "mpzp", "--zones", "grid:2000", "--verb", "area", "--by", "use"]
    table = call(demo_data, words).partition("Księga")[0]
    told = json.loads(call(demo_data, words, "--json"))
    blocks = table.strip("\n").split("\n\n")
    heads = [cell for block in blocks for cell in block.splitlines()[0].split()]
    assert heads == [*told["all_zones"]["classes"], "razem", "[m²]"]
    assert max(map(len, table.splitlines())) <= table_of.WIDTH
    zones = {row["zone"] for row in told["rows"]}
    for block in blocks:
        assert {line.split()[0] for line in block.splitlines()[1:-1]} == zones


def test_what_is_left_out_on_screen_is_counted(demo_data, project, monkeypatch):
    monkeypatch.setattr(table_of, "SHOWN_CLASSES", 3)
    monkeypatch.setattr(table_of, "SHOWN_ZONES", 4)
    printed = call(demo_data, SHARES)
    assert "... i jeszcze 1 strefa: zapisz wszystko przez -o PLIK" in printed
    assert "... i jeszcze 6 klas: zapisz wszystko przez -o PLIK" in printed


def test_a_zone_that_the_raster_does_not_cover_says_why(demo_data, project):
    printed = call(
        demo_data, ["measure", "ndvi", "--zones", "grid:2000", "--verb", "mean", "--lang", "en"]
    )
    assert "-: no data (the raster has none in more than 10 % of the zone)" in printed
    assert "Ledger of the denominator (cells)" in printed


def test_files_for_a_desktop_gis_have_geometry_and_flat_columns(demo_data, project, tmp_path):
    words = ["measure", "parcels", "--zones", "districts", "--verb", "area", "--by", "land_use"]
    paths = [tmp_path / "out.parquet", tmp_path / "out.geojson"]
    for path in paths:
        call(demo_data, words, "-o", str(path))
    long, wide = gpd.read_parquet(paths[0]), gpd.read_file(paths[1]).set_index("id")
    assert long.crs.to_epsg() == 2180
    assert long.geometry.is_valid.all()
    for zone, one in long.groupby("zone"):
        assert one["value"].sum() == pytest.approx(wide.loc[zone, "value"])
        for kind, value in zip(one["land_use"], one["value"], strict=True):
            assert wide.loc[zone, f"land_use_{kind}"] == pytest.approx(value)
        ground = wide.geometry.to_crs(2180).loc[zone].area
        assert one.geometry.iloc[0].area == pytest.approx(ground, rel=1e-6)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("parcels --zones stops", "these are points"),
        ("parcels --zones district", "did you mean 'districts'"),
        ("parcel --zones districts", "did you mean 'parcels'"),
        ("ndvi --zones districts --verb length", "cells are not features"),
        ("ndvi --zones districts --verb density --measure length", "cells are not features"),
    ],
)
def test_another_source_or_zones_say_how(demo_data, project, words, says):
    found = CliRunner().invoke(root, ["measure", *words.split(), "--data", str(demo_data)])
    assert found.exit_code != 0
    assert says in str(found.exception)


def test_a_verb_that_is_not_there_says_which_is_near(project):
    found = CliRunner().invoke(
        root, ["measure", "stops", "--zones", "districts", "--verb", "nearst"]
    )
    assert "did you mean 'nearest'" in found.output


def test_zones_that_share_an_id_say_in_which_column(demo_data, project, tmp_path):
    square = {"type": "Polygon", "coordinates": [[[19, 50], [19.1, 50], [19, 50.1], [19, 50]]]}
    zones = [
        {"type": "Feature", "properties": {"kind": "a", "no": no}, "geometry": square}
        for no in (1, 2)
    ]
    path = tmp_path / "zones.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": zones}))
    words = ["measure", "stops", "--verb", "count", "--zones", str(path), "--data", str(demo_data)]
    found = CliRunner().invoke(root, words)
    assert "kind is 'a' more than once" in str(found.exception)
    found = CliRunner().invoke(root, [*words, "--zone-id", "nos"])
    assert "did you mean 'no'" in str(found.exception)
    assert CliRunner().invoke(root, [*words, "--zone-id", "no"]).exit_code == 0


def test_counts_are_whole_and_their_nouns_in_the_right_form(demo_data, project):
    printed = call(demo_data, ["measure", "stops", "--zones", "districts", "--verb", "count"])
    ledger = printed.partition("Księga (obiekty)")[2]
    assert re.search(r"całość +\d+$", ledger, re.MULTILINE)
    assert "różnica względna 0" in ledger
    plan = call(
        demo_data, ["measure", "stops", "--zones", "districts", "--verb", "count", "--explain"]
    )
    assert "Czyta: 1 plik, 1 grupa wierszy, " in plan
    assert [counted(n, "rows", "pl") for n in (1, 2, 5, 12, 22)] == [
        "1 wiersz", "2 wiersze", "5 wierszy", "12 wierszy", "22 wiersze",
    ]  # fmt: skip
