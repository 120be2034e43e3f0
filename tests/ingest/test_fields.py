"""Columns to fields: names, types, codes, ranges, ids, personal data."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import InputRefusedError
from geo.ingest.convert import convert
from geo.ingest.faults import Faults
from geo.ingest.fields import check_unique, is_personal, match, take
from geo.ingest.report import Report


def field(name: str, kind: str = "string", **more) -> dict:
    return {"name": name, "type": kind, **more}


def run(layer, columns: dict, *, shapefile: bool = False, drop: bool = False):
    """Match, convert and settle a table of columns; return (columns, kept, report)."""
    raw = pa.table(columns)
    report = Report(layer.id, "plik.gpkg")
    taken = match(layer, raw.column_names, report, shapefile=shapefile)
    faults = Faults(len(raw))
    result = take(layer, raw, taken, faults, report)
    check_unique(layer, result[layer.id_field], faults, report, drop=drop)
    kept = faults.settle(report, drop=drop)
    return {name: column.to_pylist() for name, column in result.items()}, kept.tolist(), report


def test_names_then_aliases_without_case_and_the_rest_stays_out(make_layer):
    layer = make_layer(
        "key", field("name", aliases=["NAZWA"]), field("use", aliases=["KLASA", "PRZEZN"]),
        field("free"),
    )  # fmt: skip
    columns = {"KEY": ["a"], "nazwa": ["N"], "Name": ["n"], "PRZEZN": ["MN"], "PESEL": ["1"],
               "wlasciciel_adres": ["x"], "junk": [1]}  # fmt: skip
    found, _, report = run(layer, columns)
    assert found == {"key": ["a"], "name": ["n"], "use": ["MN"], "free": [None]}
    assert report.refused == ["PESEL", "wlasciciel_adres"]
    assert report.ignored == ["nazwa", "junk"]
    assert {i.code for i in report.issues} >= {
        "personal-column", "columns-ignored", "field-absent", "column-renamed",
    }  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["PESEL", "nr_kw", "NR KW", "KW", "Właściciel", "WLASCICIEL", "owner", "KSIEGA_WIE", "pesel_2"],
)
def test_personal(name):
    assert is_personal(name)


@pytest.mark.parametrize("name", ["ownership_form", "kwota", "nazwa", "downer", "osoby", "kwartal"])
def test_not_personal(name):
    assert not is_personal(name)


def test_an_alias_does_not_let_personal_data_in(make_layer):
    layer = make_layer("key", field("who", required=True, aliases=["PESEL"]))
    with pytest.raises(InputRefusedError, match="no column 'who'"):
        run(layer, {"key": ["a"], "PESEL": ["80010112345"]})


def test_missing_required_columns_are_all_named(make_layer):
    layer = make_layer("key", field("name", required=True), field("use", required=True))
    with pytest.raises(InputRefusedError, match=r"'name'.*1 more") as caught:
        run(layer, {"key": ["a"], "inna": ["b"]})
    codes = [issue.code for issue in caught.value.report.issues if issue.severity == "error"]
    assert codes == ["missing-column", "missing-column"]


def test_a_shapefile_cuts_names_at_ten(make_layer):
    layer = make_layer("key", field("register_area_m2", "number"))
    columns = {"key": ["a"], "register_a": [1.5]}
    assert run(layer, columns, shapefile=True)[0]["register_area_m2"] == [1.5]
    assert run(layer, columns)[0]["register_area_m2"] == [None]


def test_columns_that_differ_by_case(make_layer):
    with pytest.raises(InputRefusedError, match="KEY, key"):
        run(make_layer(), {"KEY": ["a"], "key": ["b"]})


@pytest.mark.parametrize(
    ("more", "values", "code", "bad"),
    [
        ({"required": True}, ["x", None, ""], "required-null", [2, 3]),
        ({"pattern": r"^\d+(/\d+)?$"}, ["1/2", "12", "x", None, "1\n"], "pattern", [3, 5]),
        ({"values": {"a": {"pl": "a", "en": "a"}}}, ["a", "A", None], "unknown-code", [2]),
        ({"type": "integer", "minimum": 1, "maximum": 2}, [1, 0, 3, None], "out-of-range", [2, 3]),
        ({"type": "integer"}, ["1", "x", "1,5", "9" * 19], "wrong-type", [2, 3, 4]),
        ({"type": "number"}, ["1,5", "1.234,5", "nan", "inf", "1e3"], "wrong-type", [2, 3, 4]),
        ({"type": "number"}, [1.5, float("inf")], "wrong-type", [2]),
        ({"type": "boolean"}, ["tak", "NIE", "może"], "wrong-type", [3]),
        ({"type": "date"}, ["2026-02-30", "1.2.2026", "wczoraj"], "wrong-type", [1, 3]),
        ({}, ["x" * 10_001, "y"], "text-too-long", [1]),
    ],
)  # fmt: skip
def test_rows_that_break_a_rule(make_layer, more, values, code, bad):
    layer = make_layer("key", field("v", **{"kind": more.pop("type", "string")}, **more))
    columns = {"key": [f"id{i}" for i in range(len(values))], "v": values}
    with pytest.raises(InputRefusedError) as caught:
        run(layer, columns)
    issue = next(issue for issue in caught.value.report.issues if issue.severity == "error")
    assert issue.code == code
    assert [place["row"] for place in issue.where] == bad
    assert [place["id"] for place in issue.where] == [f"id{row - 1}" for row in bad]
    assert "--drop-invalid" in caught.value.fix
    _, kept, report = run(layer, columns, drop=True)
    assert [i + 1 for i, yes in enumerate(kept) if not yes] == bad
    assert report.dropped["why"] == {code: len(bad)}
    assert report.dropped["rows"] == len(bad)
    assert report.ok


def test_only_ten_places_are_named_and_all_are_counted(make_layer):
    layer = make_layer("key", field("v", required=True))
    with pytest.raises(InputRefusedError, match="30 rows") as caught:
        run(layer, {"key": [str(i) for i in range(30)], "v": [None] * 30})
    assert len(caught.value.report.issues[-1].where) == 10


def test_nothing_left_is_a_refusal(make_layer):
    layer = make_layer("key", field("v", required=True))
    with pytest.raises(InputRefusedError, match="nothing is left"):
        run(layer, {"key": ["a"], "v": pa.array([None], pa.string())}, drop=True)


@pytest.mark.parametrize("drop", [False, True])
def test_repeated_ids_are_always_refused(make_layer, drop):
    with pytest.raises(InputRefusedError, match="1 id stands more than once") as caught:
        run(make_layer(), {"key": ["a", "b", "a"]}, drop=drop)
    assert [place["row"] for place in caught.value.report.issues[-1].where] == [1, 3]


@pytest.mark.parametrize(
    ("kind", "values", "want", "changed"),
    [
        ("string", [1, 2], ["1", "2"], 2),
        ("string", [1.0, 2.5], ["1", "2.5"], 2),
        ("string", [" a ", "", "b"], [" a ", None, "b"], 1),
        ("integer", [1.0, None], [1, None], 1),
        ("integer", ["12", " 1 234 567 ", "-3"], [12, 1_234_567, -3], 3),
        ("number", ["12,5", "1 234,5", "0.1", None], [12.5, 1234.5, 0.1, None], 3),
        ("number", [1, 2], [1.0, 2.0], 2),
        ("boolean", ["tak", "Nie", "T", "0"], [True, False, True, False], 4),
        ("boolean", [1, 0, None], [True, False, None], 2),
        ("date", ["2026-11-22", "22.11.2026", "2026/11/22", "2026-11-22T00:00:00"],
         [date(2026, 11, 22)] * 4, 4),
        ("date", [datetime(2026, 11, 22, 5)], [date(2026, 11, 22)], 1),
        ("datetime", ["2026-11-22T03:00:00+01:00"], [datetime(2026, 11, 22, 2, tzinfo=UTC)], 1),
    ],
)  # fmt: skip
def test_conversions_are_counted(kind, values, want, changed):
    found = convert(pa.chunked_array([pa.array(values)]), kind)
    assert found.column.to_pylist() == want
    assert found.changed == changed
    assert not found.wrong.any()
    assert not found.zone_assumed


def test_an_instant_without_a_zone_is_utc_and_said():
    for values in (["2026-11-22T03:00:00"], [datetime(2026, 11, 22, 3)]):
        found = convert(pa.chunked_array([pa.array(values)]), "datetime")
        assert found.column.to_pylist() == [datetime(2026, 11, 22, 3, tzinfo=UTC)]
        assert found.zone_assumed


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)))
def test_integers_as_text_come_back(values):
    texts = pa.chunked_array(
        [pa.array([None if v is None else str(v) for v in values], pa.string())]
    )
    found = convert(texts, "integer")
    assert found.column.to_pylist() == values
    assert not found.wrong.any()


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False)))
def test_numbers_with_a_decimal_comma_come_back(values):
    texts = pa.chunked_array([pa.array([repr(v).replace(".", ",") for v in values], pa.string())])
    assert convert(texts, "number").column.to_pylist() == values


@given(
    st.lists(st.none() | st.text()),
    st.sampled_from(["integer", "number", "boolean", "date", "datetime"]),
)
def test_any_text_is_read_or_wrong_never_a_crash(values, kind):
    column = pa.chunked_array([pa.array(values, pa.string())])
    found = convert(column, kind)
    blank = [value is None or not value.strip() for value in values]
    for i, value in enumerate(found.column.to_pylist()):
        assert (value is None) == (blank[i] or bool(found.wrong[i]))
