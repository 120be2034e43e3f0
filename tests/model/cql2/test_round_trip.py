"""Every tree comes back from its text and from its JSON as it was."""

from __future__ import annotations

from datetime import UTC, date, datetime

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.errors import UsageError
from geo.model.cql2 import parse_json, parse_text, to_json, to_text
from geo.model.cql2 import tree as t

TEXTS = st.text(
    st.one_of(st.sampled_from("'\"\\%_\a\b\t\n\v\f\rłŻ🏙\u2028"), st.characters(codec="utf-8")),
    max_size=12,
).filter(lambda text: "\x00" not in text)
NAMES = st.one_of(
    st.sampled_from(["a", "szerokość", "and", "NULL", "div", "date", "point", 'x "y"', "eo:a.b"]),
    st.from_regex(r"[^\W\d]\w{0,8}", fullmatch=True),
).map(t.Property)
INTEGERS = st.one_of(st.integers(-5, 5), st.integers(-(2**63), 2**63 - 1))
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
NUMBERS = st.one_of(INTEGERS, FLOATS).map(t.Number)
DAYS = st.dates().map(t.Date)
MOMENTS = st.datetimes(
    datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)
).map(t.Timestamp)  # fmt: skip
SCALARS = st.one_of(
    NAMES, TEXTS.map(t.Text), NUMBERS, st.booleans().map(t.Boolean), DAYS, MOMENTS
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.builds(t.Arithmetic, st.sampled_from(t.ARITHMETIC), inner, inner),
        st.builds(t.Folded, st.sampled_from(["casei", "accenti"]), inner),
    ),
    max_leaves=5,
)
POSITION = st.tuples(FLOATS, FLOATS)
LINE = st.lists(POSITION, min_size=2, max_size=4).map(tuple)
RING = st.lists(POSITION, min_size=3, max_size=4).map(lambda found: (*found, found[0]))
POLYGON = st.lists(RING, min_size=1, max_size=2).map(tuple)


def several(one: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(one, min_size=1, max_size=3).map(tuple)


SHAPES = st.one_of(
    st.builds(t.Geometry, st.just("Point"), POSITION),
    st.builds(t.Geometry, st.just("LineString"), LINE),
    st.builds(t.Geometry, st.just("Polygon"), POLYGON),
    st.builds(t.Geometry, st.just("MultiPoint"), several(POSITION)),
    st.builds(t.Geometry, st.just("MultiLineString"), several(LINE)),
    st.builds(t.Geometry, st.just("MultiPolygon"), several(POLYGON)),
)
PLACES = st.one_of(
    NAMES,
    SHAPES,
    st.builds(t.Geometry, st.just("GeometryCollection"), several(SHAPES)),
    st.builds(t.Box, st.tuples(FLOATS, FLOATS, FLOATS, FLOATS)),
)
INTERVALS = st.one_of(
    st.builds(t.Interval, st.one_of(st.none(), NAMES, DAYS), st.one_of(st.none(), NAMES, DAYS)),
    st.builds(t.Interval, st.one_of(st.none(), MOMENTS), st.one_of(NAMES, MOMENTS)),
)
TIMES = st.one_of(NAMES, DAYS, MOMENTS, INTERVALS)
LEAVES = st.one_of(
    st.builds(t.Comparison, st.sampled_from(t.COMPARE), VALUES, VALUES),
    st.builds(t.Like, VALUES, VALUES),
    st.builds(t.Between, VALUES, VALUES, VALUES),
    st.builds(t.In, VALUES, several(VALUES)),
    st.builds(t.IsNull, st.one_of(VALUES, INTERVALS, PLACES)),
    st.builds(t.Spatial, st.sampled_from(t.SPATIAL), PLACES, PLACES),
    st.builds(t.Temporal, st.sampled_from(t.TEMPORAL), TIMES, TIMES),
    st.booleans().map(t.Boolean),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(t.And, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(t.Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        inner.map(t.Not),
        inner.map(t.IsNull),
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(TREES)
def test_a_tree_comes_back_from_its_text(tree: t.Predicate) -> None:
    text = to_text(tree)
    if len(text) <= 8_000:
        assert parse_text(text) == tree


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(TREES)
def test_a_tree_comes_back_from_its_json(tree: t.Predicate) -> None:
    text = orjson.dumps(to_json(tree)).decode()
    if len(text) <= 8_000:
        assert parse_json(text) == tree


# The examples of the standard (21-065r2), in both encodings: they are one tree.
EXAMPLES = [
    ("eo:cloud_cover BETWEEN 0.1 AND 0.2\nAND landsat:wrs_row=28",
     {"op": "and", "args": [
         {"op": "between", "args": [{"property": "eo:cloud_cover"}, 0.1, 0.2]},
         {"op": "=", "args": [{"property": "landsat:wrs_row"}, 28]}]}),
    ("CASEI(road_class) IN (CASEI('Οδος'),CASEI('Straße'))",
     {"op": "in", "args": [
         {"op": "casei", "args": [{"property": "road_class"}]},
         [{"op": "casei", "args": ["Οδος"]}, {"op": "casei", "args": ["Straße"]}]]}),
    ("NOT (floors<5) OR swimming_pool=true",
     {"op": "or", "args": [
         {"op": "not", "args": [{"op": "<", "args": [{"property": "floors"}, 5]}]},
         {"op": "=", "args": [{"property": "swimming_pool"}, True]}]}),
    ("S_WITHIN(location,BBOX(-118,33.8,-117.9,34))",
     {"op": "s_within", "args": [
         {"property": "location"}, {"bbox": [-118, 33.8, -117.9, 34]}]}),
    ("T_DURING(INTERVAL(starts_at, ends_at), INTERVAL('2017-06-10T07:30:00Z', '..'))",
     {"op": "t_during", "args": [
         {"interval": [{"property": "starts_at"}, {"property": "ends_at"}]},
         {"interval": ["2017-06-10T07:30:00Z", ".."]}]}),
    ('value = - foo * 2.0 + "bar" / 6.1234 - "x" ^ 2.0',
     {"op": "=", "args": [{"property": "value"}, {"op": "-", "args": [
         {"op": "+", "args": [
             {"op": "*", "args": [{"op": "*", "args": [-1, {"property": "foo"}]}, 2.0]},
             {"op": "/", "args": [{"property": "bar"}, 6.1234]}]},
         {"op": "^", "args": [{"property": "x"}, 2.0]}]}]}),
    ("geometry IS NOT NULL",
     {"op": "not", "args": [{"op": "isNull", "args": [{"property": "geometry"}]}]}),
    ("updated >= date('1970-01-01')",
     {"op": ">=", "args": [{"property": "updated"}, {"date": "1970-01-01"}]}),
    ('S_EQUALS(GEOMETRYCOLLECTION (POINT (1.9 2.00001), LINESTRING (179.0 1.1, 0.5 0.3)), "g")',
     {"op": "s_equals", "args": [{"type": "GeometryCollection", "geometries": [
         {"type": "Point", "coordinates": [1.9, 2.00001]},
         {"type": "LineString", "coordinates": [[179.0, 1.1], [0.5, 0.3]]}]},
         {"property": "g"}]}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "document"), EXAMPLES)
def test_both_encodings_make_one_tree(text: str, document: object) -> None:
    tree = parse_text(text)
    assert parse_json(orjson.dumps(document).decode()) == tree
    assert orjson.loads(orjson.dumps(to_json(tree))) == orjson.loads(orjson.dumps(document))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "character 1"), ("{", "character 2"), ('{"op": "="}', "$.args"),
        ('{"op": "=", "args": [1]}', "$.args"), ("[]", "$"), ("null", "$"), ('"a"', "$"),
        ("5", "$"), ("{}", "$"), ('{"date": "2026-01-01"}', "$"), ('{"op": 5, "args": []}', "$.op"),
        ('{"op": "avg", "args": [1]}', "$.op"), ('{"op": "and", "args": [true]}', "$.args"),
        ('{"op": "and", "args": [true, 5]}', "$.args[1]"),
        ('{"op": "=", "args": [{"property": 5}, 1]}', "$.args[0].property"),
        ('{"op": "=", "args": [{"property": ""}, 1]}', "$.args[0].property"),
        ('{"op": "=", "args": [{"date": "x"}, 1]}', "$.args[0].date"),
        ('{"op": "=", "args": [[1], 1]}', "$.args[0]"),
        ('{"op": "=", "args": [{"bbox": [1,2,3,4]}, 1]}', "$.args[0]"),
        ('{"op": "in", "args": [1, 2]}', "$.args[1]"), ('{"op": "in", "args": [1, []]}',
         "$.args[1]"), ('{"op": "like", "args": ["a", true, 1]}', "$.args"),
        ('{"op": "s_within", "args": [{"property": "g"}, 5]}', "$.args[1]"),
        ('{"op": "s_within", "args": [{"property": "g"}, {"type": "Curve"}]}', "$.args[1].type"),
        ('{"op": "s_within", "args": [{"property": "g"}, {"type": "Point"}]}', "$.args[1].type"),
        ('{"op": "s_within", "args": [{"property": "g"}, {"type": "Point", "coordinates": '
         '["1", 2]}]}', "$.args[1].type"),
        ('{"op": "s_within", "args": [{"property": "g"}, {"bbox": [1, 2, true, 4]}]}',
         "$.args[1].bbox"),
        ('{"op": "t_after", "args": [{"property": "g"}, {"interval": ["2026-01-01"]}]}',
         "$.args[1].interval"),
        ('{"op": "t_after", "args": [{"property": "g"}, {"interval": [5, ".."]}]}',
         "$.args[1].interval[0]"),
    ],
)  # fmt: skip
def test_json_that_is_no_filter_is_refused_where_it_goes_wrong(text: str, where: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_json(text)
    assert caught.value.where == where
    assert caught.value.fix


@pytest.mark.parametrize(
    "text",
    [
        '{"op":"not","args":[' * 300 + "true" + "]}" * 300,
        "[" * 4_000,
        '{"op":"s_equals","args":[{"property":"g"},'
        + '{"type":"GeometryCollection","geometries":[' * 150,
        '{"op":"=","args":[1,' + '{"op":"casei","args":[' * 300 + '"a"' + "]}" * 300 + "]}",
    ],
)  # fmt: skip
def test_deep_json_does_not_reach_the_end_of_the_stack(text: str) -> None:
    with pytest.raises(UsageError):
        parse_json(text)


@settings(max_examples=200, deadline=None)
@given(st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.floats()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["op", "args", "property", "type", "bbox", "interval",
                                         "coordinates", "date"]), inner, max_size=3),
        st.builds(lambda op, args: {"op": op, "args": args},
                  st.sampled_from(["and", "not", "=", "in", "like", "s_within", "t_after", "+"]),
                  st.lists(inner, max_size=3)),
    ), max_leaves=8,
))  # fmt: skip
def test_any_json_is_read_or_refused(document: object) -> None:
    try:
        text = orjson.dumps(document).decode()
    except TypeError:
        return
    try:
        tree = parse_json(text)
    except UsageError as error:
        assert error.where
    else:
        assert parse_json(orjson.dumps(to_json(tree)).decode()) == tree


def test_dates_are_dates() -> None:
    assert parse_text("d = DATE('0001-01-01')").right == t.Date(date(1, 1, 1))
