"""What the taking-in says reads as a sentence, whatever the count."""

from __future__ import annotations

import re
import string

import pytest

from geo.ingest.messages import MESSAGES
from geo.ingest.report import Report

COUNTS = (1, 2, 5, 12, 22)
NOUNS = {
    "obiekt": "obiekt obiekty obiektów obiektów obiekty",
    "wiersz": "wiersz wiersze wierszy wierszy wiersze",
    "kom": "komórka komórki komórek komórek komórki",
    "wart": "wartość wartości wartości wartości wartości",
    "par": "para pary par par pary",
    "luk": "luka luki luk luk luki",
    "identyfikator": "identyfikator identyfikatory identyfikatorów identyfikatorów identyfikatory",
    "feature": "feature features features features features",
    "row": "row rows rows rows rows",
}


def gaps(text):
    return {name: spec for _, name, spec, _ in string.Formatter().parse(text) if name}


def values_of(message, count):
    every = {}
    for text in (message.what, message.fix):
        for words in (text.pl, text.en):
            for name, spec in gaps(words).items():
                every[name] = spec or every.get(name, "")
    numbers = {name for name, spec in every.items() if spec and "|" not in spec}
    return {
        name: 1.5 if name in numbers else count if "|" in spec or name == "count" else "X"
        for name, spec in every.items()
    }


@pytest.mark.parametrize("code", MESSAGES)
def test_each_count_has_the_form_of_its_noun(code):
    message = MESSAGES[code]
    for place, count in enumerate(COUNTS):
        issue = Report("l", "f").add("error", code, **values_of(message, count))
        for words in (issue.what.pl, issue.what.en):
            for found in re.findall(rf"(?<![\w:]){count} (\w+)", words):
                stem = next((each for each in NOUNS if found.startswith(each)), None)
                assert stem is None or found == NOUNS[stem].split()[place], words
            assert "|" not in words


def test_polish_and_english_bring_the_same_values():
    for code, message in MESSAGES.items():
        for text in (message.what, message.fix):
            assert set(gaps(text.pl)) == set(gaps(text.en)), code
