"""A search in Polish: without accents, without case, without endings."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.serve.records.parameters import phrases
from geo.serve.records.stems import folded, holds, stem, stems, words

LETTERS = st.text(alphabet="aąbcćdeęfghijklłmnńoópqrsśtuvwxyzźż", min_size=1, max_size=15)


@pytest.mark.parametrize(
    ("written", "looked_for"),
    [
        ("Tereny zieleni", "zielen"), ("zieleń", "ZIELEŃ"), ("Zieleń publiczna", "zieleni"),
        ("ścieżki rowerowe", "sciezki"), ("ścieżka", "sciezek"), ("ścieżek", "Ścieżka"),
        ("ulica Leśna", "lesna"), ("leśna", "leśną"), ("leśnej", "lesna"), ("leśne", "LEŚNA"),
        ("Łąki", "laka"), ("łąk", "łąki"), ("Działki ewidencyjne", "dzialek"),
        ("Przystanki", "przystanek"), ("przystanków", "przystanki"), ("Budynki", "budynków"),
        ("mieszkańców", "mieszkaniec"), ("Szkoły", "szkol"), ("szkoła", "szkołach"),
        ("Gęstość zaludnienia", "gestosci zaludnienia"), ("drogi rowerowe", "drog rowerowych"),
        ("Bańgów", "bangow"), ("Michałkowice", "Michalkowicach"), ("parki", "park"),
    ],
)  # fmt: skip
def test_inflected_words_are_found(written: str, looked_for: str) -> None:
    assert holds(stems(written, "pl"), stems(looked_for, "pl"))


@pytest.mark.parametrize(
    ("written", "looked_for"),
    [
        ("zieleń", "zima"), ("szkoła", "skala"), ("rowerowe drogi", "drogi rowerowe"),
        ("las", "lasem morze"),
    ],
)  # fmt: skip
def test_other_words_and_other_orders_are_not(written: str, looked_for: str) -> None:
    assert not holds(stems(written, "pl"), stems(looked_for, "pl"))


def test_english_plurals_are_found() -> None:
    for written, looked_for in (
        ("Districts", "district"),
        ("city", "cities"),
        ("bus stops", "stop"),
    ):
        assert holds(stems(written, "en"), stems(looked_for, "en"))


@given(LETTERS)
def test_a_word_finds_itself_however_it_is_typed(word: str) -> None:
    for typed in (word.upper(), folded(word), unicodedata.normalize("NFD", word)):
        for language in ("pl", "en"):
            assert holds(stems(f"przed {word} po", language), stems(typed, language))


@given(LETTERS)
def test_folding_leaves_plain_letters_and_is_done_once(word: str) -> None:
    plain = folded(word.upper())
    assert plain.isascii() and plain == plain.lower() == folded(plain)
    assert len(stem(plain, "pl")) >= min(3, len(plain)) or plain.endswith("iec")


def test_words_are_letters_and_digits() -> None:
    assert words("ISO 37120:2018, 19.4 – „Łódź”_x") == [
        "iso",
        "37120",
        "2018",
        "19",
        "4",
        "lodz",
        "x",
    ]


def test_commas_part_phrases_and_nothing_finds_everything() -> None:
    assert phrases("") is None and phrases(" , ") is None
    found = phrases("parki, drogi rowerowe")
    assert found is not None
    assert found["pl"] == [("park",), ("drog", "rowerow")]
    assert phrases("???") == {"pl": [], "en": []}
