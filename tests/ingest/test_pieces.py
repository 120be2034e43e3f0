"""A file checked in pieces gives the table, the report and the refusal of one piece."""

from __future__ import annotations

import shutil

import pytest

from geo.errors import InputRefusedError
from geo.ingest import gdal, pieces
from geo.ingest.clean import clean
from geo.ingest.position import Choices
from geo.ingest.report import Report

WROCLAW = (16.8, 51.0, 17.2, 51.3)
POLAND = (14.0, 49.0, 24.2, 54.9)
DIRTY = [
    ("wroclaw_osiedla_4326_invalid_geoms.geojson", WROCLAW),
    ("powiaty_ppatrzyk_3mb_BROKEN_RINGS.geojson", POLAND),
]


@pytest.fixture
def taken_in(make_layer, shared_data, tmp_path, monkeypatch):
    def run(name, bbox, size, folder, **choices):
        monkeypatch.setattr(pieces, "PIECE", size)
        monkeypatch.setattr(gdal, "SPILL", size)
        monkeypatch.setattr(gdal, "BATCH", 11 if size < 1000 else 65_536)
        path = tmp_path / folder / "input.geojson"
        path.parent.mkdir()
        shutil.copyfile(shared_data / "dirty" / name, path)
        report = Report("things", name)
        told = []
        layer = make_layer("id", crs="OGC:CRS84")
        try:
            table = clean(path, "GeoJSON", layer, Choices(bbox, **choices), report,
                          lambda *seen: told.append(seen))  # fmt: skip
        except InputRefusedError as error:
            table = str(error)
        return table, report, told

    return run


@pytest.mark.parametrize(("name", "bbox"), DIRTY)
@pytest.mark.parametrize("choices", [{}, {"repair": True}, {"drop_invalid": True}])
def test_pieces_say_what_the_whole_says(taken_in, name, bbox, choices):
    whole, report, _ = taken_in(name, bbox, 1_000_000, "whole", **choices)
    for size in (7, 20):
        parted, said, told = taken_in(name, bbox, size, str(size), **choices)
        if isinstance(whole, str):
            assert parted == whole
        else:
            assert parted.equals(whole)
        mine, theirs = said.as_dict(), report.as_dict()
        for one in (mine, theirs):  # sums in another order differ in the last bit
            for part in (one["geometry"], one["repaired"]):
                for key in part:
                    if key.endswith("_m2"):
                        part[key] = pytest.approx(part[key], rel=1e-12)
        assert mine == theirs
        stages = {stage for stage, _, _ in told}
        assert "odczyt / read" in stages
        for stage in stages:
            assert all(0 <= done <= total for name_, done, total in told if name_ == stage)


def test_a_kind_of_geometry_that_a_late_piece_holds_is_refused_by_its_row(
    geojson, square, make_layer, tmp_path, monkeypatch
):
    monkeypatch.setattr(pieces, "PIECE", 4)
    rows = [({"key": f"k{i}"}, square(637_000 + 20 * i)) for i in range(10)]
    rows[9] = ({"key": "k9"}, {"type": "Point", "coordinates": [637_000, 487_000]})
    path = geojson(*rows)
    report = Report("things", path.name)
    box = (20.85, 52.09, 21.28, 52.37)
    with pytest.raises(InputRefusedError) as caught:
        clean(path, "GeoJSON", make_layer(), Choices(box), report, lambda *seen: None)
    assert "row 10 (id k9)" in str(caught.value)
    assert caught.value.report is report
