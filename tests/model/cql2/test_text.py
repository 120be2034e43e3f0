"""CQL2 text: what each form means, and what is said of what has none."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import UsageError
from geo.limits import limit
from geo.model.cql2 import parse_text, property_names, to_text
from geo.model.cql2.tree import (
    And,
    Arithmetic,
    Between,
    Boolean,
    Box,
    Comparison,
    Date,
    Folded,
    Geometry,
    In,
    Interval,
    IsNull,
    Like,
    Not,
    Number,
    Or,
    Property,
    Spatial,
    Temporal,
    Text,
    Timestamp,
)

A, B, C = (Comparison("=", Property(name), Number(1)) for name in "abc")
X = Property("x")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        # AND binds tighter than OR, NOT tighter than both; brackets as they stand.
        ("a = 1 OR b = 1 AND c = 1", Or((A, And((B, C))))),
        ("a = 1 AND b = 1 OR c = 1", Or((And((A, B)), C))),
        ("(a = 1 OR b = 1) AND c = 1", And((Or((A, B)), C))),
        ("NOT a = 1 AND b = 1", And((Not(A), B))),
        ("NOT (a = 1 OR b = 1)", Not(Or((A, B)))),
        ("not not a=1", Not(Not(A))),
        ("a = 1 AND b = 1 AND c = 1", And((A, B, C))),
        ("a = 1 AND (b = 1 AND c = 1)", And((A, And((B, C))))),
        ("((a = 1))", A),
        # Names: of one letter, Polish, with a colon, quoted, or a word of the language.
        ("szerokość > 3", Comparison(">", Property("szerokość"), Number(3))),
        ("szerokos\u0301c\u0301 > 3", Comparison(">", Property("szerokość"), Number(3))),
        ('"szerokość" > 3', Comparison(">", Property("szerokość"), Number(3))),
        ("eo:cloud.cover < 1", Comparison("<", Property("eo:cloud.cover"), Number(1))),
        ('"and" = 1', Comparison("=", Property("and"), Number(1))),
        ('"a ""b""" = 1', Comparison("=", Property('a "b"'), Number(1))),
        ("date = DATE('2026-11-22')",
         Comparison("=", Property("date"), Date(date(2026, 11, 22)))),
        ("point = 1 OR div = 1",
         Or((Comparison("=", Property("point"), Number(1)),
             Comparison("=", Property("div"), Number(1))))),
        # Texts: a doubled quote, a backslash, controls; other backslashes are left to LIKE.
        ("x = 'O''Neil'", Comparison("=", X, Text("O'Neil"))),
        (r"x = 'O\'Neil'", Comparison("=", X, Text("O'Neil"))),
        (r"x = '\a\b\t\n\v\f\r\\'", Comparison("=", X, Text("\a\b\t\n\v\f\r\\"))),
        (r"x LIKE 'a\%b\_'", Like(X, Text(r"a\%b\_"))),
        ("x = ''", Comparison("=", X, Text(""))),
        ("x = '\n🏙; DROP TABLE--'", Comparison("=", X, Text("\n🏙; DROP TABLE--"))),
        # Numbers.
        ("x = -2", Comparison("=", X, Number(-2))),
        ("x = +.5E+3", Comparison("=", X, Number(500.0))),
        ("x = 1e-7", Comparison("=", X, Number(1e-7))),
        ("x = 9223372036854775808", Comparison("=", X, Number(2.0**63))),
        # Predicates.
        ("x <> 'a'", Comparison("<>", X, Text("a"))),
        ("1 <= x", Comparison("<=", Number(1), X)),
        ("x IN (1, 2.5)", In(X, (Number(1), Number(2.5)))),
        ("x NOT IN ('a')", Not(In(X, (Text("a"),)))),
        ("x BETWEEN 1 AND 2 AND a = 1", And((Between(X, Number(1), Number(2)), A))),
        ("x not between 1 and 2", Not(Between(X, Number(1), Number(2)))),
        ("x IS NULL", IsNull(X)),
        ("x IS NOT NULL", Not(IsNull(X))),
        ("(a = 1) IS NULL", IsNull(A)),
        ("POINT(1 2) IS NULL", IsNull(Geometry("Point", (1.0, 2.0)))),
        ("x = TRUE AND false", And((Comparison("=", X, Boolean(True)), Boolean(False)))),
        ("CASEI(x) LIKE casei(ACCENTI('a%'))",
         Like(Folded("casei", X), Folded("casei", Folded("accenti", Text("a%"))))),
        ("a = 1 AND NOT (x)", And((A, Not(Comparison("=", X, Boolean(True)))))),
        # Arithmetic.
        ("x = 1 + 2 * 3", Comparison("=", X, Arithmetic("+", Number(1), Arithmetic(
            "*", Number(2), Number(3))))),
        ("x = 1 - 2 - 3", Comparison("=", X, Arithmetic("-", Arithmetic(
            "-", Number(1), Number(2)), Number(3)))),
        ("x = 2 * 2 ^ 3", Comparison("=", X, Arithmetic("*", Number(2), Arithmetic(
            "^", Number(2), Number(3))))),
        ("x = -x ^ 2", Comparison("=", X, Arithmetic("^", Arithmetic(
            "*", Number(-1), X), Number(2)))),
        ("x-1 > 7 DIV 2 % 3", Comparison(">", Arithmetic("-", X, Number(1)), Arithmetic(
            "%", Arithmetic("div", Number(7), Number(2)), Number(3)))),
        ("(x + 1) * 2 = 4", Comparison("=", Arithmetic("*", Arithmetic(
            "+", X, Number(1)), Number(2)), Number(4))),
        # Places.
        ("s_intersects(geometry, bbox(1, -2, 3.5, 4))",
         Spatial("s_intersects", Property("geometry"), Box((1.0, -2.0, 3.5, 4.0)))),
        ("S_WITHIN(POLYGON Z ((0 0 9, 1 0 9, 1 1 9, 0 0 9)), geometry)",
         Spatial("s_within", Geometry("Polygon", (((0.0, 0.0), (1.0, 0.0), (1.0, 1.0),
                                                   (0.0, 0.0)),)), Property("geometry"))),
        ("S_EQUALS(geometry, MULTIPOINT((1 2), 3 4))",
         Spatial("s_equals", Property("geometry"), Geometry(
             "MultiPoint", ((1.0, 2.0), (3.0, 4.0))))),
        ("S_EQUALS(geometry, GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(0 0, 1 1)))",
         Spatial("s_equals", Property("geometry"), Geometry("GeometryCollection", (
             Geometry("Point", (1.0, 2.0)), Geometry("LineString", ((0.0, 0.0), (1.0, 1.0))))))),
        # Times.
        ("T_AFTER(x, TIMESTAMP('2026-11-22T03:15:00.5+01:00'))",
         Temporal("t_after", X, Timestamp(datetime(2026, 11, 22, 2, 15, 0, 500_000, UTC)))),
        ("T_DURING(INTERVAL(a, '..'), INTERVAL('2026-01-01', '2026-12-31'))",
         Temporal("t_during", Interval(Property("a"), None),
                  Interval(Date(date(2026, 1, 1)), Date(date(2026, 12, 31))))),
        ("T_FINISHEDBY(INTERVAL(a, b), INTERVAL('..', c))",
         Temporal("t_finishedBy", Interval(Property("a"), Property("b")),
                  Interval(None, Property("c")))),
    ],
)  # fmt: skip
def test_what_a_filter_means(text: str, tree: object) -> None:
    assert parse_text(text) == tree
    assert parse_text(f"\n\t{text}\u00a0 ") == tree
    assert parse_text(to_text(tree)) == tree


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("", 1, "a field or a value is expected, and the filter ends"),
        ("kind =", 7, "a field or a value is expected, and the filter ends"),
        ("kind = 'park", 8, "the text that begins here does not end"),
        (r"kind = 'C:\'", 8, "the text that begins here does not end"),
        ('"kind = 1', 1, "the name that begins here does not end"),
        ("(kind = 'park'", 15, "a closing bracket is expected, and the filter ends"),
        ("kind = 'park')", 14, "AND, OR or the end is expected, and ')' stands there"),
        ("'kind'", 1, "a comparison is expected, and only a value stands there"),
        ("a = 1 AND kind + 1", 11, "a comparison is expected, and only a value stands there"),
        ("= 3", 1, "a field or a value is expected, and '=' stands there"),
        ("AND", 1, "a field or a value is expected, and 'AND' stands there"),
        ("n != 3", 3, "'!' has no meaning"),
        ("n = 1; DROP", 6, "';' has no meaning here"),
        ("n = NULL", 5, "a field or a value is expected, and 'NULL' stands there"),
        ("a = 1 = 2", 1, "a field or a value is expected here, not a comparison"),
        ("(a = 1) = TRUE", 1, "a field or a value is expected here, not a comparison"),
        ("a NOT = 1", 7, "LIKE, BETWEEN or IN is expected, and '=' stands there"),
        ("a IS 1", 6, "NULL is expected, and '1' stands there"),
        ("a BETWEEN 1 OR 2", 13, "AND between the two ends of BETWEEN is expected"),
        ("a IN ()", 7, "a field or a value is expected, and ')' stands there"),
        ("a IN (1", 8, "a comma or a closing bracket is expected"),
        ("a = 2 ^ 3 ^ 4", 11, "two powers in a row"),
        ("a = --1", 6, "a number is expected"),
        ("a = 1e999", 5, "the number is too large"),
        ("avg(a) = 1", 1, "there is no function 'avg'"),
        ("A_EQUALS(a, ('x'))", 1, "there is no function 'A_EQUALS'"),
        ("CASEI(a, b) = 'x'", 6, "1 argument expected, 2 given"),
        ("S_INTERSECTS(geometry)", 13, "2 arguments expected, 1 given"),
        ("S_INTERSECTS(geometry, 5)", 24, "a geometry, BBOX(...) or the name of the geometry"),
        ("S_INTERSECTS(geometry, POINT(1))", 30, "a position has two numbers"),
        ("S_INTERSECTS(geometry, POINT EMPTY)", 30, "a comma or a closing bracket is expected"),
        ("S_INTERSECTS(geometry, LINESTRING(1 2))", 24, "a line has two positions or more"),
        ("S_INTERSECTS(geometry, POLYGON((0 0, 1 0, 1 1)))", 24, "a ring has four positions"),
        ("S_INTERSECTS(geometry, BBOX(1, 2, 3))", 24, "a box has four numbers"),
        ("d = DATE('2026-02-30')", 10, "there is no day '2026-02-30'"),
        ("d = DATE('22.11.2026')", 10, "'22.11.2026' is no date such as '2026-11-22'"),
        ("d = TIMESTAMP('2026-11-22T00:00:00')", 15, "is no timestamp such as"),
        ("d = TIMESTAMP('2026-11-22T25:00:00Z')", 15, "there is no moment"),
        ("d = TIMESTAMP('0001-01-01T00:00:00+01:00')", 15, "there is no moment"),
        ("d = TIMESTAMP('2026-11-22T00:00:00.1234567Z')", 15, "is no timestamp such as"),
        ("T_AFTER(d, 'yesterday')", 12, "a field, DATE(...), TIMESTAMP(...) or INTERVAL(...)"),
        ("T_AFTER(d, INTERVAL('2026-01-01'))", 12, "an interval has a start and an end"),
        ("n = \ue000", 5, "has no meaning here"),
        ("n = 'a\x00'", 5, "a text holds a null"),
    ],
)  # fmt: skip
def test_what_is_no_filter_is_refused_where_it_goes_wrong(text: str, at: int, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_text(text)
    assert caught.value.where == f"character {at}"
    assert words in caught.value.what
    assert caught.value.fix


DEEP = {
    "brackets": "(" * 150 + "a = 1" + ")" * 150,
    "opposites": "NOT " * 900 + "a = 1",
    "minus": "a = " + "-(" * 400 + "1" + ")" * 400,
    "folds": "CASEI(" * 900,
    "relations": "S_INTERSECTS(" * 600,
    "times": "T_AFTER(" * 900,
    "collections": "S_EQUALS(geometry, " + "GEOMETRYCOLLECTION(" * 400,
    "sums": "a = " + "+".join("1" * 3_000),
}


@pytest.mark.parametrize("name", DEEP)
def test_a_filter_too_deep_is_refused_before_the_stack_is(name: str) -> None:
    with pytest.raises(UsageError, match="levels deep"):
        parse_text(DEEP[name])


def test_what_is_deep_but_allowed_fits_on_the_stack() -> None:
    # As it runs in a server: some frames are taken already.
    text = "NOT (" * 45 + "CASEI(" * 5 + "x" + ")" * 5 + " = 'x'" + ")" * 45
    room = sys.getrecursionlimit()
    assert room >= 1_000
    assert to_text(parse_text(text)).startswith("NOT (NOT (NOT")


def test_a_filter_too_long_is_refused_and_a_wide_one_is_not() -> None:
    wide = " OR ".join(["n=1"] * 1_100)
    assert len(wide) <= limit("query_chars")
    assert len(parse_text(wide).parts) == 1_100
    with pytest.raises(UsageError, match="too long"):
        parse_text(wide + " OR n=1" * 100)


def test_the_fields_of_a_filter_in_order() -> None:
    text = "b2 = 1 AND (a1 IN ('x') OR NOT c3 BETWEEN 1 AND b2) AND T_AFTER(d4, INTERVAL(e5, f6))"
    assert property_names(parse_text(text)) == ("b2", "a1", "c3", "d4", "e5", "f6")


_PIECES = st.sampled_from(
    ["a", "łąka", '"x"', "=", "<>", "(", ")", ",", "AND", "OR", "NOT", "IN", "LIKE", "IS", "NULL",
     "BETWEEN", "'t'", "1", "-", "+", "^", "CASEI(", "DATE('2026-01-01')", "POINT(1 2)", "BBOX(",
     "S_WITHIN(", "INTERVAL(", "'..'", "TRUE", "'", '"', "!", "\u2028", "Z", "EMPTY"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=40), st.lists(_PIECES, max_size=14).map(" ".join)))
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    try:
        tree = parse_text(text)
    except UsageError as error:
        assert error.what
        assert error.fix
    else:
        assert parse_text(to_text(tree)) == tree
