"""One run tells all that is wrong with a file, and advises only what can mend it."""

from __future__ import annotations

import pytest

from geo.errors import CRSMismatchError, InputRefusedError
from geo.ingest.report import Report

RING = [[637000, 487000], [637010, 487010], [637010, 487000], [637000, 487010], [637000, 487000]]
BOW_TIE = {"type": "Polygon", "coordinates": [RING]}
LINE = {"type": "LineString", "coordinates": [[637000, 487000], [637010, 487000]]}


def refused(take, path, *fields, error=InputRefusedError, **choices) -> Report:
    with pytest.raises(error) as caught:
        take(path, *fields, **choices)
    return caught.value.report


def told(report: Report) -> dict[str, tuple]:
    """Code -> severity and rows."""
    return {
        issue.code: (issue.severity, [place.get("row") for place in issue.where])
        for issue in report.issues
    }


@pytest.fixture
def newcomer(geojson, square):
    """A bow-tie, no geometry, an id twice, a bad value, and a line among polygons."""
    return geojson(
        ({"key": "a", "n": 1}, square()),
        ({"key": "b", "n": 2}, BOW_TIE),
        ({"key": "c", "n": 3}, None),
        ({"key": "a", "n": 4}, square(637_100)),
        ({"key": "e", "n": 99}, square(637_200)),
        ({"key": "f", "n": 6}, LINE),
    )


NUMBER = {"name": "n", "type": "integer", "maximum": 9}


def test_one_run_tells_every_fault_of_every_row(take, newcomer):
    report = refused(take, newcomer, NUMBER)
    assert told(report) == {
        "geometry-invalid": ("error", [2]),
        "geometry-missing": ("error", [3]),
        "duplicate-id": ("error", [1, 4]),
        "out-of-range": ("error", [5]),
        "geometry-type": ("error", [6]),
    }
    report = refused(take, newcomer, NUMBER, repair=True, drop_invalid=True)
    assert told(report) == {
        "repaired": ("warning", [2]),
        "geometry-missing": ("warning", [3]),
        "duplicate-id": ("error", [1, 4]),
        "out-of-range": ("warning", [5]),
        "geometry-type": ("error", [6]),
    }


def test_another_crs_does_not_hide_what_is_wrong_with_the_rows(take, newcomer):
    report = refused(take, newcomer, NUMBER, crs="EPSG:2178", error=CRSMismatchError)
    assert set(told(report)) == {
        "crs-differs", "geometry-missing", "duplicate-id", "out-of-range", "geometry-type",
    }  # fmt: skip


def test_a_missing_column_does_not_hide_what_is_wrong_with_the_rows(take, newcomer):
    report = refused(take, newcomer, NUMBER, {"name": "name", "type": "string", "required": True})
    assert {"missing-column", "duplicate-id", "geometry-invalid"} <= set(told(report))


@pytest.mark.parametrize("drop", [False, True])
def test_an_id_that_a_row_left_out_repeats_refuses_nothing_else(take, geojson, square, drop):
    path = geojson(
        ({"key": "a"}, square()), ({"key": "a"}, None), ({"key": "b"}, square(637_100)),
    )  # fmt: skip
    if not drop:
        assert told(refused(take, path))["duplicate-id"] == ("error", [1, 2])
        return
    intake = take(path, drop_invalid=True)
    assert intake.table.column("key").to_pylist() == ["a", "b"]
    found = told(intake.report)
    assert found["duplicate-id-left-out"] == ("warning", [1, 2])
    assert "duplicate-id" not in found


def test_several_parts_after_a_repair_are_told_with_their_row(take, geojson, square):
    path = geojson(
        ({"key": "a"}, square(637_100)), ({"key": "gone"}, None), ({"key": "tie"}, BOW_TIE),
    )  # fmt: skip
    report = refused(take, path, geometry="Polygon", repair=True, drop_invalid=True)
    assert told(report)["geometry-type"] == ("error", [3])
    assert told(report)["geometry-missing"] == ("warning", [2])


def fixes(report: Report, code: str) -> list[str]:
    return [issue.fix.pl for issue in report.issues if issue.code == code]


def test_what_was_asked_for_is_not_advised_again(take, geojson, square):
    path = geojson(({"key": "a"}, square()), ({"key": "b"}, None))
    assert "--drop-invalid" in fixes(refused(take, path), "geometry-missing")[0]
    report = take(path, drop_invalid=True).report
    assert fixes(report, "geometry-missing") == [
        "te wiersze są pomijane, jak polecono; popraw je w źródle"
    ]
    assert "--drop-invalid" not in report.as_text("pl") + report.as_text("en")


def test_types_have_words_of_a_reader(take, geojson, square):
    path = geojson(({"key": 1, "open": "może"}, square()), ({"key": 2, "open": "tak"}, square()))
    text = refused(take, path, {"name": "open", "type": "boolean"}).as_text("pl")
    assert "w kolumnie 'open' 1 wartość to nie prawda/fałsz" in text
    assert "w polu 'open' przeliczono 1 wartość: tekst -> prawda/fałsz" in text
    assert "w polu 'key' przeliczono 2 wartości: liczba całkowita -> tekst" in text
    assert not {"boolean", "string", "int32", "int64"} & set(text.replace(",", " ").split())


@pytest.mark.parametrize(
    ("shape", "layer", "says"),
    [
        (LINE, "MultiPolygon", "Linie na poligony"),
        (BOW_TIE, "MultiLineString", "Poligony na linie"),
        (BOW_TIE, "Point", "Centroidy"),
        ({"type": "Point", "coordinates": [637000, 487000]}, "MultiPolygon", "w warstwie tego"),
        ({"type": "MultiPoint", "coordinates": [[637000, 487000], [637001, 487000]]}, "Point",
         "Wieloczęściowe na pojedyncze"),
        ({"type": "GeometryCollection", "geometries": [LINE, LINE]}, "MultiLineString",
         "Wieloczęściowe na pojedyncze"),
    ],
)  # fmt: skip
def test_the_wrong_kind_of_geometry_is_advised_what_mends_it(take, geojson, shape, layer, says):
    report = refused(take, geojson(({"key": "a"}, shape)), geometry=layer)
    (fix,) = fixes(report, "geometry-type")
    assert says in fix
    assert ("Wieloczęściowe" in fix) == ("Wieloczęściowe" in says)


def test_a_repaired_area_is_written_as_poles_write_it(take, geojson):
    report = take(geojson(({"key": "a"}, BOW_TIE)), repair=True).report
    polish, english = report.as_text("pl"), report.as_text("en")
    assert "przed 0,00 m2 (połówki pętli skrzyżowanej w muszkę się znoszą), po 50,00 m2" in polish
    assert "before 0.00 m2 (the halves of a loop crossed like a bow-tie cancel)" in english
