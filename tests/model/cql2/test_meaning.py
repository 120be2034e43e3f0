"""What operators do with values, against naive versions of the same."""

from __future__ import annotations

import time
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.model.cql2.meaning import (
    Pattern,
    fold_case,
    pattern_parts,
    power,
    remainder,
    strip_accents,
    whole_quotient,
)


def naive(text: str, pattern: list[tuple[str, bool]]) -> bool:
    @cache
    def match(i: int, j: int) -> bool:
        if j == len(pattern):
            return i == len(text)
        character, wild = pattern[j]
        if wild and character == "%":
            return match(i, j + 1) or (i < len(text) and match(i + 1, j))
        return i < len(text) and (wild or text[i] == character) and match(i + 1, j + 1)

    return match(0, 0)


@settings(max_examples=500, deadline=None)
@given(st.text("ab%_\\.ł\n", max_size=8), st.text("ab%_\\.ł\n", max_size=7))
def test_like_is_what_it_is_letter_by_letter(text: str, pattern: str) -> None:
    assert Pattern(pattern).matches(text) is naive(text, list(pattern_parts(pattern)))


def test_a_hostile_pattern_takes_no_longer() -> None:
    started = time.process_time()
    assert not Pattern("%a" * 2_000 + "b").matches("a" * 5_000)
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Zażółć gęślą jaźń", "Zazolc gesla jazn"), ("ŁÓDŹ", "LODZ"), ("København", "Kobenhavn"),
        ("Đà Nẵng", "Da Nang"), ("Chișinău", "Chisinau"), ("Ħal", "Hal"), ("ASCII ", "ASCII "),
        ("\u30ab\u3099", "\u30ac"), ("Æ ß 🏙", "Æ ß 🏙"), ("й", "и"), ("", ""), (None, None),
    ],
)  # fmt: skip
def test_accents_are_stripped(text: str | None, plain: str | None) -> None:
    assert strip_accents(text) == plain


def test_case_is_folded_whole() -> None:
    assert fold_case("STRASSE Łąka") == fold_case("straße łĄKA") == "strasse łąka"
    assert fold_case("ΟΔΟΣ") == fold_case("οδος")
    assert fold_case(None) is None


def test_what_has_no_result_is_null() -> None:
    assert (remainder(7, 2), remainder(-7, 2), remainder(7.5, 2)) == (1, -1, 1.5)
    assert (whole_quotient(7, 2), whole_quotient(-7, 2), whole_quotient(1, 3)) == (3, -3, 0)
    assert (power(2, 10), power(2, -1), power(0, 0)) == (1024, 0.5, 1)
    inf = float("inf")
    for function in (remainder, whole_quotient, power):
        assert function(None, 1) is None
        assert function(1, None) is None
    for found in (
        remainder(1, 0),
        remainder(inf, 1),
        whole_quotient(1, 0),
        power(0, -1),
        whole_quotient(inf, 1),
        power(-8, 0.5),
        power(10, 400),
        whole_quotient(1, -0.0),
    ):
        assert found is None  # fmt: skip
