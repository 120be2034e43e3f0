"""CQL2 text over an Arrow table, with the logic of SQL."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import MeasureError
from geo.measure.where import fields, select

TABLE = pa.table(
    {
        "kind": ["park", "las", None, "łąka", "O'Neil"],
        "n": pa.array([1, 2, None, 4, 5], pa.int64()),
        "szerokość": pa.array([1.5, 3.5, 4.0, None, -2.0]),
        "public": pa.array([True, False, None, True, False]),
        "since": pa.array([date(2020, 1, 1), None, date(2024, 6, 1)] * 1 + [None, None]),
        "seen": pa.array(
            [datetime(2026, 1, 1, tzinfo=UTC)] + [None] * 4, pa.timestamp("us", "UTC")
        ),
        "like_": ["a%b", "axb", "a_b", None, "ab"],
        "geometry": pa.array([b""] * 5, pa.binary()),
    }
)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", [0, 1, 2, 3, 4]),
        ("kind = 'park'", [0]),
        ("kind <> 'park'", [1, 3, 4]),
        ("NOT kind = 'park'", [1, 3, 4]),
        ("kind = 'O''Neil'", [4]),
        ("kind IN ('O''Neil', 'łąka')", [3, 4]),
        ("kind NOT IN ('park', 'las')", [3, 4]),
        ("NOT (kind IN ('park', 'las'))", [3, 4]),
        ("szerokość > 3", [1, 2]),
        ('"szerokość" > 3', [1, 2]),
        ("szerokość = -2", [4]),
        ("szerokość BETWEEN -2 AND 1.5 AND n = 1", [0]),
        ("szerokość NOT BETWEEN -2 AND 1.5", [1, 2]),
        ("n >= 2 AND n < 5", [1, 3]),
        ("n <= 1 OR n > 4", [0, 4]),
        ("n = 1 OR n = 2 AND kind = 'park'", [0]),
        ("(n = 1 OR n = 2) AND kind = 'las'", [1]),
        ("NOT (n = 1 OR kind = 'las')", [3, 4]),
        ("NOT NOT n = 1", [0]),
        ("NOT (n = 1 AND szerokość = 99)", [0, 1, 2, 3, 4]),
        ("NOT (n = 4 OR szerokość = 99)", [0, 1, 4]),
        ("n = 4 OR szerokość = 99", [3]),
        ("kind IS NULL", [2]),
        ("kind IS NOT NULL AND n IS NOT NULL", [0, 1, 3, 4]),
        ("n = 1 OR kind IS NULL", [0, 2]),
        ("public = TRUE", [0, 3]),
        ("public = false", [1, 4]),
        ("since > DATE('2022-01-01')", [2]),
        ("seen = TIMESTAMP('2026-01-01T00:00:00Z')", [0]),
        ("kind LIKE 'p%'", [0]),
        ("kind NOT LIKE 'p%'", [1, 3, 4]),
        (r"like_ LIKE 'a\%b'", [0]),
        ("like_ LIKE 'a_b'", [0, 1, 2]),
        ("kind = 'park'\n  AND n = 1", [0]),
        ("'park' = kind", [0]),
        ("TRUE", [0, 1, 2, 3, 4]),
        ("FALSE", []),
        ("n + 1 = 2", [0]),
        ("n / (n - 1) > 1.2 AND n ^ 2 < 20", [1, 3]),
        ("casei(kind) = casei('PARK')", [0]),
        ("accenti(casei(kind)) LIKE 'la%'", [1, 3]),
        ("accenti(kind) = 'laka'", [3]),
        ("public >= false", [0, 1, 3, 4]),
        ("T_AFTER(since, DATE('2021-01-01'))", [2]),
        ("T_DURING(INTERVAL(since, '..'), INTERVAL('2019-01-01', '..'))", []),
        ("(n = 1) IS NULL", [2]),
        ("1 = 1", [0, 1, 2, 3, 4]),
    ],
)
def test_a_filter_takes_its_rows(text, rows):
    mask = select(text, TABLE)
    assert mask.dtype == bool
    assert mask.nonzero()[0].tolist() == rows


@pytest.mark.parametrize(
    "text",
    [
        "kind =", "kind = 'park", "(kind = 'park'", "kind = 'park')", "kind", "= 3", "AND", "NOT",
        "n = 1 OR", "n + kind = 2", "casei(n) = 'park'", "n = 'a'", "kind = 3", "n = -kind",
        "since = '2020-01-01'", "kind LIKE 3", "n ! 3", "n; DROP", "S_INTERSECTS(n, POINT(0 0))",
        "geometry IS NULL", "n = \ue000", "(" * 160 + "n = 1" + ")" * 160, "n = 1 " * 3_000,
        "NOT " * 900 + "n = 1", "kind = 'a' AND BETWEEN",
    ],
)  # fmt: skip
def test_what_is_no_filter_is_refused(text):
    with pytest.raises(MeasureError) as caught:
        select(text, TABLE)
    assert caught.value.fix


def test_an_unknown_field_is_told_with_those_there_are():
    with pytest.raises(MeasureError, match="'rodzaj'") as caught:
        select("rodzaj = 'park'", TABLE)
    assert "kind, n, szerokość" in caught.value.fix
    assert "geometry" not in caught.value.fix


def test_many_ors_do_not_exhaust_the_stack():
    text = " OR ".join(["n=1"] * 1_100)
    assert select(text, TABLE).nonzero()[0].tolist() == [0]
    with pytest.raises(MeasureError, match="too long"):
        select(text + " OR n=1" * 100, TABLE)


def test_the_fields_of_a_filter_in_order():
    text = "b2 = 1 AND (a1 IN ('x') OR NOT c3 BETWEEN 1 AND b2) AND d4 LIKE 'z' AND e5 IS NULL"
    assert fields(text) == ("b2", "a1", "c3", "d4", "e5")
    assert fields("") == ()


_LEAVES = st.sampled_from(
    ["a = 1", "a <> 2", "b < 3", "b IS NULL", "a IN (1, 3)", "a NOT IN (1, 3)",
     "b BETWEEN 1 AND 2", "b NOT BETWEEN 1 AND 2", "a >= b"]
)  # fmt: skip
_FILTERS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" AND ", " OR "]), inner).map("".join),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"NOT ({text})"),
    ),
    max_leaves=8,
)
_CELL = st.one_of(st.none(), st.integers(0, 4))


@settings(deadline=None, max_examples=150)
@given(_FILTERS, st.lists(st.tuples(_CELL, _CELL), min_size=1, max_size=8))
def test_a_filter_means_what_it_means_in_sql(text, rows):
    table = pa.table({"a": pa.array([r[0] for r in rows], pa.int64()),
                      "b": pa.array([r[1] for r in rows], pa.int64())})  # fmt: skip
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE t (i INTEGER PRIMARY KEY, a INTEGER, b INTEGER)")
        db.executemany("INSERT INTO t (a, b) VALUES (?, ?)", rows)
        expected = [i - 1 for (i,) in db.execute(f"SELECT i FROM t WHERE {text} ORDER BY i")]
    assert select(text, table).nonzero()[0].tolist() == expected
