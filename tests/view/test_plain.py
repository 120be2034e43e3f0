from __future__ import annotations

from dataclasses import replace

from geo.store import Catalog
from geo.view.answer import load_answer, measured
from geo.view.portal.plain import ledger_lines, quality_lines

ENTRY = {
    "role": "numerator", "layer": "greenery", "unit": "m2", "whole": 30_000.0, "inside": 20_000.0,
    "outside": 10_000.0, "repeated": 0.0, "counted_away": 0.0, "missing": 0, "gap": 0.0,
    "closes": True,
}  # fmt: skip


def told(project, small_city, language="pl", **changes):
    answer = load_answer(project, small_city, "stops_density")
    return ledger_lines(replace(answer, ledger={"numerator": ENTRY | changes}), language)


def test_a_ledger_that_closes(project, small_city):
    assert told(project, small_city) == [
        "Suma dzielnic to 2,00\u202fha, a reszta, poza dzielnicami, to 1,00\u202fha. "
        "Całość to 3,00\u202fha. Części zgadzają się z całością: różnica 0."
    ]
    assert "difference 0" in told(project, small_city, "en")[0]


def test_a_ledger_that_does_not_close_says_so(project, small_city):
    (line,) = told(project, small_city, closes=False, gap=0.0123)
    assert "nie zgadzają się" in line and "1,230000 %" in line


def test_what_was_counted_once_twice_or_not_at_all(project, small_city):
    (line,) = told(project, small_city, counted_away=5_000.0, repeated=100.0, missing=2)
    assert "mają 3,00\u202fha; po odjęciu 0,50\u202fha" in line
    assert "całość to 2,50\u202fha." in line
    assert "zachodzą na siebie, dlatego 0,01\u202fha" in line
    assert "pominięto: 2\u00a0obiekty" in line


def test_what_a_model_could_not_place_is_told(project, small_city):
    (line,) = told(project, small_city, unit="person", unplaced=40.0)
    assert "Nie było na co rozłożyć: 40\u202fos.; tego nie ma w całości." in line
    (line,) = told(project, small_city, "en", unplaced=None)
    assert "nothing to spread a few over" in line
    (line,) = told(project, small_city, unplaced=0.0)
    assert "rozłożyć" not in line


def test_sums_that_would_disclose_are_not_shown(project, small_city):
    (line,) = told(project, small_city, whole=None, inside=None, outside=None)
    assert "ha" not in line.split()
    assert "ujawniłyby" in line


def test_measures_in_units_that_a_person_reads():
    assert measured(12_345_678.0, "m2", "pl") == "1\u202f234,57\u202fha"
    assert measured(37_012.4, "m", "en") == "37.01\u202fkm"
    assert measured(63_892.0, "person", "pl") == "63\u202f892\u202fos."
    assert measured(None, "m2", "pl") == "–"


def test_quality_in_plain_words(project, small_city):
    manifest = Catalog(small_city).current("stops").manifest
    assert quality_lines(manifest, "pl") == ["brak raportu"]
    report = {
        "counts": {"read": 1391, "accepted": 1388, "repaired": 2, "dropped": 3},
        "issues": [
            {"severity": "info", "what": {"pl": "kolumna ID", "en": "column ID"}},
            {
                "severity": "warning",
                "what": {"pl": "2 obszary przecinały same siebie", "en": "2 crossed themselves"},
            },
        ],
    }
    assert quality_lines(replace(manifest, quality=report), "pl") == [
        "Przyjęto 1\u202f388 z 1\u202f391, naprawiono 2, pominięto 3.",
        "2 obszary przecinały same siebie.",
    ]
    clean = {"counts": {"read": 5, "accepted": 5, "repaired": 0}, "issues": []}
    assert quality_lines(replace(manifest, quality=clean), "en") == [
        "Accepted 5 of 5.", "No mistakes were found.",
    ]  # fmt: skip


def test_no_double_stop_after_an_abbreviated_unit(project, small_city):
    (line,) = told(project, small_city, unit="person")
    assert ".." not in line and "os. Części" in line
