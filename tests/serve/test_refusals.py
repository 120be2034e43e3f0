"""Refusals on pages: in the language of the page, and with nothing lost."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.serve.refusals import POLISH, in_polish, told

ROOT = Path(__file__).resolve().parents[2] / "geo"
OF_STARLETTE = {"Not Found", "Method Not Allowed"}


def words_of(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(p.value if isinstance(p, ast.Constant) else "{}" for p in node.values)
    if isinstance(node, ast.BinOp):
        return words_of(node.left) + words_of(node.right)
    return "{}"


def raised():
    """Return every text that some call of the code is given, ``{}`` for what stands in it."""
    found = set()
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                found |= {words_of(each) for each in node.args}
                found |= {words_of(each.value) for each in node.keywords}
    return found


def test_every_phrase_of_the_table_is_still_raised_somewhere():
    assert set(POLISH) - raised() == OF_STARLETTE


def test_polish_keeps_what_stood_in_the_english():
    for english, polish in POLISH.items():
        gaps = re.findall(r"{(:[^{}|]+(\|[^{}|]+){2})?}", polish)
        assert english.count("{}") == len(gaps), english


@pytest.mark.parametrize(
    ("english", "polish"),
    [
        ("there is no process 'x'. there are: a, b", "Nie ma procesu 'x'. Są: a, b."),
        ("parameter 'limit': must be a whole number from 1. larger pages come in parts",
         "Parametr 'limit': ma to być liczba całkowita od 1. "
         "Większe strony przychodzą w częściach."),
        ("greenery: there is no field 'x'. there are: kind, name",
         "greenery: nie ma pola 'x'. Są: kind, name."),
        ("there is no collection 'a. b: c'. /api/collections lists those there are",
         "Nie ma kolekcji 'a. b: c'. Listę pokazuje /api/collections."),
        ("Not Found", "Nie ma takiej strony."),
        ("the filter is too long: more than 22 characters", "Filtr ma więcej niż 22 znaki."),
        ("the filter is too long: more than 2000 characters", "Filtr ma więcej niż 2000 znaków."),
    ],
)  # fmt: skip
def test_a_known_refusal_is_told_in_polish(english, polish):
    assert in_polish(english) == polish
    assert told(english, 400, "pl").detail == ""
    assert told(english, 400, "en").lead == english


def test_unknown_words_stand_below_a_polish_sentence():
    said = told("something quite new", 503, "pl")
    assert said.lead.startswith("Serwer jest zajęty") and said.detail == "something quite new"


@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from([400, 404, 418, 500]))
def test_whatever_stands_in_a_refusal_is_told(name, fix, status):
    description = f"there is no collection {name!r}. {fix}"
    said = told(description, status, "pl")
    assert said.lead
    assert repr(name) in said.lead + said.detail


PAGES = [
    ("/api/processes/nic", 404, "Nie ma procesu &#39;nic&#39;"),
    ("/api/jobs/nic", 404, "Nie ma takiego zadania"),
    ("/api/collections/nic", 404, "Nie ma kolekcji &#39;nic&#39;"),
    ("/api/collections/assorted/items/nic", 404, "nie ma obiektu &#39;nic&#39;"),
    ("/api/collections/assorted/items?limit=0", 400, "ma to być liczba całkowita od 1"),
    ("/api/nic", 404, "Nie ma takiej strony"),
]


@pytest.mark.parametrize(("path", "status", "words"), PAGES)
def test_pages_of_refusals_are_polish_or_english(client, path, status, words):
    mark = "&" if "?" in path else "?"
    answer = client.get(f"{path}{mark}f=html")
    assert answer.status_code == status and words in answer.text
    assert 'lang="en">' not in answer.text[answer.text.index("<main") :]
    english = client.get(f"{path}{mark}f=html&lang=en").text
    assert words not in english and '<html lang="en">' in english
    plain = client.get(f"{path}{mark}f=json").json()
    assert "Nie ma" not in str(plain) and "ma to być" not in str(plain)


def test_a_wrong_form_of_a_process_is_told_in_polish(client):
    answer = client.post(
        "/api/processes/aggregate/execution?f=html",
        content="layer=nic",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 400
    main = answer.text[answer.text.index("<main") :]
    assert "Pole &#39;layer&#39;" in main and "unknown" not in main
