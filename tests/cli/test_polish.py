"""Errors of the command line: Polish first, the English below, and with nothing lost."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from geo.cli import language_of, main
from geo.cli.fixes import FIX
from geo.cli.polish import CLICK, KINDS, in_polish, told, usage
from geo.cli.sentences import WHAT
from geo.errors import RULES, CRSMismatchError, InputRefusedError, MeasureError, NotFoundError
from geo.ingest.report import Report

ROOT = Path(__file__).resolve().parents[2]
MADE_OF_PARTS = {
    "did you mean {}? indicators: {}; layers: {}",
    "did you mean {}? zones: {}",
    "indicators: {}; layers: {}",
    "the filter cannot be read: {} is expected, and the filter ends",
    "the filter cannot be read: {} is expected, and {} stands there",
    "there is no version before the current one",
    "there is no version {}",
    "there is no {} in a raster of classes",
    "there is no {} in a raster of numbers",
    "{} needs a field to add up",
    "{} takes no field",
    "there is no indicator {}",
    "did you mean {}? there are: {}",
    "did you mean {}? the fields are: {}",
    "text stands in quotes: {}, not {}; there are: {}",
    "text stands in quotes: {}, not {}; did you mean {}? there are: {}",
    "for example: {}",
    "unknown key {} (and {} more in this file)",
    "the key {} is missing (and {} more in this file)",
    "the sentence must hold {} and {} in both languages",
}  # fmt: skip


def words_of(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(p.value if isinstance(p, ast.Constant) else "{}" for p in node.values)
    return None


def written():
    """Return every text of the code, ``{}`` for what stands in it."""
    found = set()
    for path in (ROOT / "geo").rglob("*.py"):
        if path.name not in ("polish.py", "sentences.py", "fixes.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found |= {words_of(node) for node in ast.walk(tree)}
    return found


def test_every_phrase_is_still_said_somewhere():
    assert (set(WHAT) | set(FIX)) - written() == MADE_OF_PARTS


@pytest.mark.parametrize("table", [WHAT, FIX, CLICK])
def test_polish_keeps_what_stood_in_the_english(table):
    for english, polish in table.items():
        if table is not CLICK:  # a path, or click's own words, may be left out
            gaps = re.findall(r"{(:[^{}|]+(\|[^{}|]+){2})?}", polish)
            assert english.count("{}") == len(gaps), english


def test_every_kind_of_error_has_its_words():
    assert set(KINDS) == {each.code for each in RULES.values()}


def test_a_known_error_is_told_in_polish_with_the_english_below():
    error = NotFoundError("there is no layer 'x'", where="a", fix="there are: b, c")
    assert told(error, "pl") == (
        "geobank: a: nie ma warstwy 'x'\n  -> są: b, c\n"
        "(en) a: there is no layer 'x'\n  -> there are: b, c"
    )
    assert told(error, "en") == "geobank: a: there is no layer 'x'\n  -> there are: b, c"


def test_an_unknown_error_is_told_by_its_kind_and_is_never_empty():
    said = told(MeasureError("nobody knows this", where="a", fix="do that"), "pl")
    assert said == (
        "geobank: a: z tych danych nie da się tego policzyć (nobody knows this)\n  -> do that\n"
        "(en) a: nobody knows this\n  -> do that"
    )


def test_a_sentence_within_a_sentence_is_polish_too():
    there = NotFoundError(
        "there is no layer and no file 'parcel'",
        fix="did you mean 'parcels'? there are: parcels, stops; or a .parquet or .tif file",
    )
    assert (
        in_polish(there)["fix"] == "może 'parcels'? są: parcels, stops; albo plik .parquet lub .tif"
    )
    zones = "there are: a, b; or a .parquet or .geojson file, grid:250 or h3:8"
    assert in_polish(NotFoundError("x", fix=zones))["fix"].startswith("są: a, b; albo plik")
    ends = "the filter cannot be read: a field or a value is expected, and the filter ends"
    assert in_polish(NotFoundError(ends))["what"] == (
        "filtru nie da się odczytać: powinno tu być pole albo wartość, a filtr się kończy"
    )


@pytest.mark.parametrize(
    ("where", "polish"),
    [("where, character 22", "where, znak 22"), ("the file's name", "nazwa pliku"),
     ("change 2 (greenery), where, character 3", "zmiana 2 (greenery), where, znak 3"),
     ("features.parquet, row group 0, land_use", "pole land_use"),
     ("mine.parquet, row group 4, use", "mine.parquet, grupa wierszy 4, use"),
     ("layers/a/layer.yml:3", "layers/a/layer.yml:3")],
)  # fmt: skip
def test_the_place_of_an_error_is_polish_too(where, polish):
    assert told(MeasureError("x", where=where), "pl").startswith(f"geobank: {polish}: ")


@pytest.mark.parametrize(
    ("message", "polish"),
    [("Missing option '-o' / '--output'.", "brakuje opcji -o / --output"),
     ("No such option '--zons'. (Did you mean one of: '--json', '--zone'?)",
      "nie ma opcji --zons; może jedna z: '--json', '--zone'"),
     ("Invalid value for '--verb': there is no verb 'aera'; did you mean 'area'? there are: area",
      "zła wartość dla --verb: nie ma czasownika 'aera'; może 'area'? są: area"),
     ("Invalid value for '--distance': 'duzo' is not a valid float.",
      "zła wartość dla --distance: 'duzo' to nie liczba"),
     ("Something new.", "polecenie jest napisane błędnie (Something new.)")],
)  # fmt: skip
def test_what_click_says_keeps_its_values(message, polish):
    assert usage(message) == f"geobank: {polish}"


@pytest.mark.parametrize(
    ("words", "what", "fix"),
    [(("--verb", "sum"), "sum wymaga pola", "podaj --field POLE"),
     (("--verb", "nearest"), "wymaga opcji --to", "--to WARSTWA"),
     (("--verb", "share_within", "--to", "stops"), "wymaga opcji --distance", "w metrach"),
     (("--verb", "share_within", "--to", "stops", "--distance", "-5"),
      "distance: odległość to 0 albo więcej", "--distance 300"),
     (("--verb", "ratio"), "wymaga opcji --over", "albo sum:POLE"),
     (("--verb", "sum", "--field", "land_use"), "pole land_use: to pole nie zawiera liczb",
      "podaj pole z liczbami")],
)  # fmt: skip
def test_everyday_mistakes_of_measure_are_told_in_polish(capsys, demo_data, words, what, fix):
    where = ("--project", str(ROOT), "--data", str(demo_data))
    err = said(capsys, "measure", "parcels", "--zones", "districts", *words, *where).err
    polish = err.partition("\n(en)")[0]
    assert what in polish
    assert f"  -> {fix}" in polish or fix in polish.partition("  -> ")[2]


def test_a_refused_scenario_is_told_as_the_report_has_it_without_options_of_publishing():
    report = Report("greenery", "park")
    with pytest.raises(InputRefusedError) as caught:
        report.refuse("crs-differs", found="EPSG:4326", layer="greenery", layer_crs="EPSG:2180",
                      error=CRSMismatchError)  # fmt: skip
    caught.value.fix = caught.value.fix.partition(", or allow it")[0]
    assert in_polish(caught.value) == {
        "what": "plik jest w układzie EPSG:4326, a warstwa 'greenery' przyjmuje EPSG:2180",
        "fix": "przelicz go w QGIS",
    }


@pytest.mark.parametrize(("count", "words"), [(1, "1 wartość"), (22, "22 różne"), (12, "12 różn")])
def test_a_count_brings_its_noun(count, words):
    error = MeasureError(f"the field has {count} different values, at most 9 are classes")
    assert f"pole ma {words}" in in_polish(error)["what"]


@pytest.mark.parametrize(
    ("argv", "language"),
    [([], "pl"), (["publish", "--lang", "en"], "en"), (["publish", "--lang=en"], "en"),
     (["publish", "--lang", "pl"], "pl"), (["publish", "en"], "pl")],
)  # fmt: skip
def test_the_language_is_what_lang_says(argv, language):
    assert language_of(argv) == language


def said(capsys, *args):
    with pytest.raises(SystemExit):
        main([*args])
    return capsys.readouterr()


def test_a_steward_reads_polish_and_a_machine_both(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    where = ("--project", str(ROOT), "--data", str(tmp_path))
    publish = ("publish", "no_such", "x.gpkg", *where)
    assert said(capsys, *publish).err.startswith("geobank: nie ma warstwy 'no_such'\n  -> są: ")
    assert said(capsys, *publish, "--lang", "en").err.startswith("geobank: there is no layer 'no_")
    error = json.loads(said(capsys, *publish, "--json").out)["error"]
    assert error["what"] == "there is no layer 'no_such'"
    assert error["pl"]["what"] == "nie ma warstwy 'no_such'"
    compute = said(capsys, "indicators", "compute", "stops_density", *where)
    assert "wskaźnik potrzebuje warstw, których nie opublikowano: " in compute.err


@pytest.mark.parametrize(
    ("args", "words"),
    [(("publish",), "brakuje argumentu LAYER"), (("publish", "--nope"), "nie ma opcji --nope"),
     (("nope",), "nie ma polecenia nope"),
     (("what-if", "nope.yml"), "FILE: nie ma pliku nope.yml"),
     (("publish", "a", "b", "--lang", "xx"), "zła wartość dla --lang")],
)  # fmt: skip
def test_a_command_that_is_written_wrong_is_told_in_polish(capsys, args, words):
    assert said(capsys, *args).err.startswith(f"geobank: {words}")
