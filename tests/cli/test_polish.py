"""Errors of the command line: Polish first, the English below, and with nothing lost."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from geo.cli import language_of, main
from geo.cli.polish import CLICK, FIX, KINDS, WHAT, in_polish, told
from geo.errors import RULES, MeasureError, NotFoundError

ROOT = Path(__file__).resolve().parents[2]
MADE_OF_PARTS = {
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
        if path.name != "polish.py":
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


def test_an_unknown_error_is_told_by_its_kind():
    said = told(MeasureError("nobody knows this", where="a"), "pl")
    assert said == "geobank: a: z tych danych nie da się tego policzyć\n(en) a: nobody knows this"


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
