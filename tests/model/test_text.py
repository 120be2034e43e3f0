"""Counts bring their words in the right form."""

from __future__ import annotations

import pytest

from geo.model.phrases import Phrases
from geo.model.text import Count, form_after


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 obiektów"), (1, "1 obiekt"), (2, "2 obiekty"), (4, "4 obiekty"), (5, "5 obiektów"),
     (11, "11 obiektów"), (12, "12 obiektów"), (14, "14 obiektów"), (21, "21 obiektów"),
     (22, "22 obiekty"), (25, "25 obiektów"), (101, "101 obiektów"), (102, "102 obiekty"),
     (112, "112 obiektów"), (1122, "1122 obiekty"), (1112, "1112 obiektów")],
)  # fmt: skip
def test_polish_has_three_forms(count, words):
    assert f"{Count(count):obiekt|obiekty|obiektów}" == words


def test_english_has_two_and_a_count_is_still_a_number():
    assert [f"{Count(n):row|rows}" for n in (0, 1, 2, 22)] == [
        "0 rows",
        "1 row",
        "2 rows",
        "22 rows",
    ]
    assert f"{Count(1234567):,} {Count(5):03d} {Count(7)} {Count(7)!r}" == "1,234,567 005 7 7"
    assert form_after(22, ("wiersz", "wiersze", "wierszy")) == "wiersze"


def test_a_phrase_keeps_its_gaps_and_its_forms():
    said = Phrases({"at most {} rows of {}": "najwyżej {:wiersz|wiersze|wierszy} z {}"}).said
    assert said("at most 3 rows of {0}%s") == "najwyżej 3 wiersze z {0}%s"
    assert said("at most many rows of x") == "najwyżej many wierszy z x"
    assert said("at most") is None and said("") is None
