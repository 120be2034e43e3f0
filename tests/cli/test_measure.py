"""``geobank measure``: the examples of its help, run over the demo city, and what they print."""

from __future__ import annotations

import csv
import json
import re
import shlex
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from geo.cli import root

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
    for one, other, third in zip(rows, table.to_pylist(), told["rows"], strict=True):
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
    ],
)
def test_what_is_asked_wrongly_says_how(demo_data, project, words, says):
    line = ["measure", "stops", "--zones", "districts", "--data", str(demo_data), *words.split()]
    found = CliRunner().invoke(root, line)
    assert found.exit_code != 0
    error = found.exception
    assert says in f"{error} {getattr(error, 'fix', '')}"
