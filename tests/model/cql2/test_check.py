"""A filter against the fields of a layer: what cannot be meant is refused with a remedy."""

from __future__ import annotations

import pytest

from geo.errors import UsageError
from geo.model.cql2 import check, parse_text

FIELDS = {
    "nazwa": "string", "rank": "integer", "area": "number", "open": "boolean", "day": "date",
    "until": "date", "at": "datetime",
}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "nazwa = 'x' AND rank > 1.5 AND area <= rank", "open = TRUE", "open > FALSE", "TRUE",
        "day >= DATE('2026-01-01') AND at < TIMESTAMP('2026-01-01T00:00:00Z')", "day = until",
        "nazwa BETWEEN 'a' AND 'b'", "rank IN (1, 2.5, area)", "'x' = nazwa", "1 = 2",
        "CASEI(nazwa) LIKE ACCENTI('a%')", "rank + area * 2 > 5 DIV 2", "geometry IS NULL",
        "(rank = 1) IS NULL", "S_WITHIN(geometry, BBOX(1, 2, 3, 4))",
        "S_WITHIN(BBOX(1, 2, 3, 4), geometry)", "T_AFTER(day, until)",
        "T_INTERSECTS(INTERVAL(day, until), DATE('2026-01-01'))", "INTERVAL(day, '..') IS NULL",
        "T_DURING(INTERVAL(day, until), INTERVAL('2026-01-01', '..'))",
        "T_EQUALS(at, INTERVAL('..', '..'))",
    ],
)  # fmt: skip
def test_what_has_a_meaning(text: str) -> None:
    check(parse_text(text), FIELDS)


@pytest.mark.parametrize(
    ("text", "what", "fix"),
    [
        ("rodzaj = 'x'", "a field that is not there: 'rodzaj'", "the fields are: nazwa, rank"),
        ("NAZWA = 'x'", "a field that is not there: 'NAZWA'", "did you mean 'nazwa'?"),
        ("rank = 1 OR NOT (secret IS NULL)", "not there: 'secret'", "the fields are"),
        ("rank = 'a'", "'a' is text, not a number, in rank = 'a'", "without quotes: 12.5"),
        ("nazwa = 3", "3 is a number, not text, in nazwa = 3", "single quotes"),
        ("3 = nazwa", "3 is a number, not text", "single quotes"),
        ("open = 1", "1 is a number, not a boolean", "TRUE and FALSE"),
        ("day = '2026-01-01'", "'2026-01-01' is text, not a date", "DATE('2026-11-22')"),
        ("at > DATE('2026-01-01')", "is a date, not a timestamp", "TIMESTAMP('"),
        ("day = at", "at is a timestamp, not a date", "DATE('"),
        ("nazwa IN ('a', 1)", "1 is a number, not text", "single quotes"),
        ("rank BETWEEN 1 AND 'b'", "'b' is text, not a number", "without quotes"),
        ("rank LIKE 'a%'", "rank is a number, not text", "single quotes"),
        ("nazwa LIKE nazwa", "LIKE nazwa is no pattern", "LIKE 'par%'"),
        ("nazwa LIKE 5", "LIKE 5 is no pattern", "LIKE 'par%'"),
        ("CASEI(rank) = 'x'", "rank is a number, not text", "single quotes"),
        ("nazwa + 1 = 2", "nazwa is text, not a number", "without quotes"),
        ("geometry = 'x'", "geometry cannot be compared so", "S_INTERSECTS"),
        ("S_WITHIN(nazwa, POINT(1 2))", "nazwa is text, not a geometry", "S_INTERSECTS"),
        ("T_AFTER(rank, DATE('2026-01-01'))", "rank is no time", "DATE('"),
        ("T_AFTER(day, TIMESTAMP('2026-01-01T00:00:00Z'))", "dates and instants are mixed",
         "TIMESTAMP('"),
        ("T_DURING(day, INTERVAL('2026-01-01', '..'))", "day is an instant", "T_INTERSECTS"),
        ("T_AFTER(day, INTERVAL('2026-12-31', '2026-01-01'))", "ends before it begins",
         "earlier end first"),
        ("T_AFTER(day, INTERVAL('2026-01-01', '2026-01-01T00:00:00Z'))", "from date to date",
         "INTERVAL('2026-01-01'"),
        ("T_AFTER(day, INTERVAL(rank, '..'))", "from date to date", "INTERVAL('"),
    ],
)  # fmt: skip
def test_what_has_none(text: str, what: str, fix: str) -> None:
    with pytest.raises(UsageError) as caught:
        check(parse_text(text), FIELDS)
    assert what in caught.value.what
    assert fix in caught.value.fix
    assert caught.value.where == "filter"


def test_a_filter_of_a_card_does_not_see_the_geometry() -> None:
    for text in ("geometry IS NULL", "S_INTERSECTS(geometry, POINT(1 2))"):
        with pytest.raises(UsageError, match="does not see the geometry"):
            check(parse_text(text), FIELDS, geometry=False)
