from __future__ import annotations

import pytest

from geo.view.numbers import day, interval, number, plural, quantity, unit_text


@pytest.mark.parametrize(
    ("value", "decimals", "pl", "en"),
    [
        (63892, 0, "63\u202f892", "63,892"),
        (1234567.891, 2, "1\u202f234\u202f567,89", "1,234,567.89"),
        (0.05, 1, "0,1", "0.1"),
        (-12.5, 1, "\u221212,5", "\u221212.5"),
        (-0.001, 1, "0,0", "0.0"),
        (999.95, 1, "1\u202f000,0", "1,000.0"),
    ],
)
def test_numbers_take_the_form_of_the_language(value, decimals, pl, en):
    assert number(value, decimals, "pl") == pl
    assert number(value, decimals, "en") == en


def test_a_missing_value_is_never_a_number():
    assert quantity(None, 1, "%", "pl") == "brak danych"
    assert quantity(float("nan"), 1, "%", "en") == "no data"
    assert quantity(0.0, 1, "%", "pl") == "0,0\u202f%"


@pytest.mark.parametrize(
    ("unit", "pl", "en"),
    [
        ("m2/person", "m²/os.", "m²/person"),
        ("feature/km2", "szt./km²", "per km²"),
        ("feature", "szt.", ""),
        ("person/km2", "os./km²", "people/km²"),
        ("1", "", ""),
    ],
)
def test_units_read_as_words(unit, pl, en):
    assert unit_text(unit, "pl") == pl
    assert unit_text(unit, "en") == en


@pytest.mark.parametrize(
    ("count", "noun"),
    [(0, "warstw"), (1, "warstwa"), (2, "warstwy"), (5, "warstw"), (12, "warstw"), (21, "warstw"),
     (22, "warstwy"), (112, "warstw"), (1002, "warstwy")],
)  # fmt: skip
def test_polish_nouns_follow_their_number(count, noun):
    words = plural(count, "pl", ("warstwa", "warstwy", "warstw"), ("layer", "layers"))
    assert words.split("\u00a0")[1] == noun


def test_days_and_intervals_in_words():
    assert day("2026-11-02T03:15:00Z", "pl") == "2 listopada 2026"
    assert day("2026-11-02T03:15:00Z", "en") == "2 November 2026"
    assert [interval(p, "pl") for p in ("P1D", "P1Y", "P3M", "P5Y", "P1Y6M")] == [
        "co dzień", "co rok", "co 3\u00a0miesiące", "co 5\u00a0lat", "P1Y6M",
    ]  # fmt: skip
    assert interval("P2W", "en") == "every 2\u00a0weeks"
