"""Geometry: types, dimensions, validity, coverage; through the whole corridor of a file."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import InputRefusedError
from geo.ingest.coverage import check_coverage
from geo.ingest.report import Report
from geo.ingest.rings import rebuild
from geo.store import check, geometries

BOW_TIE = {
    "type": "Polygon",
    "coordinates": [[[637000, 487000], [637010, 487010], [637010, 487000], [637000, 487010],
                     [637000, 487000]]],
}  # fmt: skip


def codes(report: Report) -> dict[str, str]:
    return {issue.code: issue.severity for issue in report.issues}


def test_a_bow_tie_is_refused_named_and_repaired_when_asked(take, geojson, square):
    path = geojson(({"key": "ok"}, square()), ({"key": "muszka"}, BOW_TIE))
    with pytest.raises(InputRefusedError) as caught:
        take(path)
    assert "row 2 (id muszka): Self-intersection[637005 487005]" in str(caught.value)
    assert "--repair" in caught.value.fix
    intake = take(path, repair=True)
    assert intake.report.repaired == {"invalid": 1, "before_m2": 0.0, "after_m2": 50.0}
    shapes = geometries(intake.table)
    assert shapely.is_valid(shapes).all()
    assert shapely.area(shapes).tolist() == [100.0, 50.0]


def test_what_cannot_stay_a_polygon_is_not_repaired(take, geojson, square):
    ring = [[637000, 487000], [637010, 487000], [637005, 487000], [637000, 487000]]
    flat = {"type": "Polygon", "coordinates": [ring]}
    path = geojson(({"key": "ok"}, square()), ({"key": "płaski"}, flat))
    with pytest.raises(InputRefusedError, match=r"cannot be repaired.*płaski"):
        take(path, repair=True)
    dropped = take(path, repair=True, drop_invalid=True).report
    assert dropped.dropped["why"] == {"geometry-unrepairable": 1}
    assert dropped.counts["repaired"] == 0


def test_no_geometry(take, geojson, square):
    path = geojson(
        ({"key": "ok"}, square()), ({"key": "null"}, None),
        ({"key": "empty"}, {"type": "Polygon", "coordinates": []}),
    )  # fmt: skip
    with pytest.raises(InputRefusedError, match=r"2 rows have no geometry.*null.*empty"):
        take(path)
    assert take(path, drop_invalid=True).report.counts["accepted"] == 1


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [637000, 487000]},
        {"type": "LineString", "coordinates": [[637000, 487000], [637010, 487000]]},
        {"type": "GeometryCollection", "geometries": [
            {"type": "Point", "coordinates": [637000, 487000]}]},
    ],
)  # fmt: skip
@pytest.mark.parametrize("drop", [False, True])
def test_another_family_is_always_refused(take, geojson, square, geometry, drop):
    path = geojson(({"key": "ok"}, square()), ({"key": "inny"}, geometry))
    with pytest.raises(InputRefusedError, match=r"1 feature is of type.*inny"):
        take(path, drop_invalid=drop)


def test_parts_are_promoted_or_taken_out(take, geojson, make_layer, square):
    ring = square()["coordinates"]
    one = {"type": "MultiPolygon", "coordinates": [ring]}
    two = {"type": "MultiPolygon", "coordinates": [ring, square(637_100)["coordinates"]]}
    path = geojson(({"key": "a"}, square(637_200)), ({"key": "b"}, one))
    for geometry in ("Polygon", "MultiPolygon"):
        layer = make_layer(geometry=geometry)
        check(layer, take(path, layer=layer).table)
    path = geojson(({"key": "a"}, square(637_200)), ({"key": "b"}, two))
    assert take(path).report.counts["accepted"] == 2
    with pytest.raises(InputRefusedError, match="1 feature is of type MultiPolygon"):
        take(path, geometry="Polygon")


def test_heights_are_left_out_and_said(take, geojson):
    ring = [[637000, 487000, 5], [637010, 487000, 6], [637010, 487010, 7], [637000, 487000, 5]]
    path = geojson(({"key": "a"}, {"type": "Polygon", "coordinates": [ring]}))
    intake = take(path)
    assert not shapely.has_z(geometries(intake.table)).any()
    assert codes(intake.report)["dimension-dropped"] == "info"


def test_the_same_geometry_twice_is_said(take, geojson, square):
    path = geojson(({"key": "a"}, square()), ({"key": "b"}, square()))
    assert codes(take(path).report)["same-geometry"] == "warning"


def test_a_coverage_that_overlaps_is_said_with_places(take, geojson, square):
    path = geojson(
        ({"key": "a"}, square()), ({"key": "b"}, square(637_010)), ({"key": "c"}, square(637_018)),
    )  # fmt: skip
    report = take(path, coverage=True).report
    (issue,) = [issue for issue in report.issues if issue.code == "coverage-overlap"]
    assert issue.severity == "warning"
    (place,) = issue.where
    assert (place["id"], place["detail"]) == ("b, c", "20.00 m2")
    assert 637_018 <= place["x"] <= 637_020
    assert "coverage-overlap" not in codes(take(path).report)


def faces(n: int) -> np.ndarray:
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(n) * 10.0, np.arange(n) * 10.0))
    return shapely.box(x, y, x + 10, y + 10)


def test_gaps_and_edges_of_a_coverage():
    report = Report("l", "f")
    check_coverage(faces(5), list(range(25)), report)
    assert report.issues == []
    check_coverage(np.delete(faces(5), 12), list(range(24)), report)
    (gap,) = report.issues
    assert gap.code == "coverage-gap"
    assert gap.where[0]["detail"] == "100.00 m2"
    report = Report("l", "f")
    bent = faces(2)
    bent[0] = shapely.Polygon([(0, 0), (10, 0), (10.0005, 5), (10, 10), (0, 10)])
    check_coverage(bent, list("abcd"), report)
    assert [issue.code for issue in report.issues] == ["coverage-edges"]
    assert {place["id"] for place in report.issues[0].where} == {"a", "b"}


def test_a_coverage_beyond_the_cap_is_said_to_be_unchecked(monkeypatch):
    monkeypatch.setattr("geo.ingest.coverage.MOST_FEATURES", 24)
    report = Report("l", "f")
    check_coverage(faces(5), list(range(25)), report)
    assert codes(report) == {"coverage-unchecked": "info"}


@given(st.booleans(), st.booleans(), st.booleans())
def test_rebuild_reads_every_kind_of_wkb(multi, deep, big):
    """A sound polygon comes back the same from ISO and extended WKB of either byte order."""
    rings = [[(0, 0), (9, 0), (9, 9), (0, 9)], [(1, 1), (2, 1), (2, 2)]]
    shape = shapely.Polygon(rings[0], rings[1:])
    if multi:
        shape = shapely.MultiPolygon([shape, shapely.Polygon([(20, 0), (21, 0), (21, 1)])])
    deeper = shapely.force_3d(shape, 5.0) if deep else shape
    for flavor in ("iso", "extended"):
        wkb = shapely.to_wkb(deeper, byte_order=0 if big else 1, flavor=flavor)
        assert shapely.equals_exact(rebuild(wkb), shape)


@given(st.binary())
def test_rebuild_survives_anything(data):
    for head in (b"", b"\x01\x03\x00\x00\x00", b"\x01\x06\x00\x00\x00"):
        shape = rebuild(head + data)
        assert shape is None or isinstance(shape, (shapely.Polygon, shapely.MultiPolygon))
