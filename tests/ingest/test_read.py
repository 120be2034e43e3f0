"""Files as strangers send them: what is taken, and what is refused, and in which words."""

from __future__ import annotations

import http.server
import os
import shutil
import sqlite3
import threading
import zipfile
from contextlib import closing

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

from geo import limits
from geo.errors import CRSMismatchError, InputRefusedError, LimitExceededError, NotFoundError
from geo.ingest.report import Report
from geo.limits import Limit
from geo.store import check, geometries

NAME = {"name": "name", "type": "string", "aliases": ["NAZWA", "JPT_NAZWA_"]}
POLISH = {"Śródmieście", "Żoliborz", "Białołęka", "Praga-Południe", "Włochy", "Wesoła"}


def codes(report: Report) -> set[str]:
    return {issue.code for issue in report.issues}


def refusal(caught) -> str:
    error = caught.value
    assert isinstance(error.report, Report)
    assert not error.report.ok
    assert error.fix
    text = f"{error}\n{error.report.as_text('pl')}\n{error.report.as_text('en')}"
    assert "/tmp" not in text
    assert "Traceback" not in text
    return str(error)


def test_warsaw_districts(take, shared_data, make_layer):
    path = shared_data / "warszawa" / "districts.geojson"
    layer = make_layer("JPT_KOD_JE", NAME, coverage=True)
    stages: list[str] = []
    intake = take(path, layer=layer, progress=lambda stage, done, total: stages.append(stage))
    check(layer, intake.table)
    frame = gpd.read_file(path)
    area = shapely.area(geometries(intake.table)).sum()
    assert area == pytest.approx(frame.area.sum(), rel=1e-12)
    assert intake.report.counts == {"read": 18, "accepted": 18, "repaired": 0, "dropped": 0}
    assert intake.report.geometry["area_m2"] == pytest.approx(516_723_744.607)
    assert intake.report.ok
    assert Report.from_dict(intake.report.as_dict()) == intake.report
    assert set(intake.table.column("name").to_pylist()) > POLISH
    assert len(set(stages)) >= 3


@pytest.mark.parametrize(
    ("file", "geometry", "count"),
    [("parks", "MultiPolygon", 391), ("meadows", "MultiPolygon", 620),
     ("forests", "MultiPolygon", 1312), ("cycleways", "MultiLineString", 18)],
)  # fmt: skip
def test_warsaw_layers(take, shared_data, file, geometry, count):
    path = shared_data / "warszawa" / f"{file}.geojson"
    key = "DISTRICT" if file == "cycleways" else "full_id"
    # Six of these OpenStreetMap outlines cross themselves: --repair has to be said.
    intake = take(path, id_field=key, geometry=geometry, repair=True)
    assert intake.report.counts["accepted"] == count
    measure = shapely.length if file == "cycleways" else shapely.area
    found = measure(geometries(intake.table)).sum()
    raw = gpd.read_file(path).geometry
    assert found == pytest.approx(measure(shapely.make_valid(raw.values)).sum(), rel=1e-6)


@pytest.mark.parametrize(
    "file", ["warszawa_dzielnice_cp1250.shp", "cp1250_no_cpg/warszawa_dzielnice.shp"]
)
def test_polish_letters_with_and_without_cpg(take, shared_data, file):
    intake = take(shared_data / "dirty" / file, NAME, id_field="JPT_KOD_JE")
    assert set(intake.table.column("name").to_pylist()) > POLISH
    said = "cp1250_no_cpg" in file
    assert ("encoding-assumed" in codes(intake.report)) == said
    assert intake.report.assumed == ({"encoding": "CP1250"} if said else {})


def test_a_zipped_shapefile_is_the_same(take, shared_data, tmp_path):
    source = shared_data / "dirty"
    with zipfile.ZipFile(tmp_path / "dane.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(source.glob("warszawa_dzielnice_cp1250.*")):
            archive.write(part, f"Dane/{part.name.upper()}")
        archive.writestr("Dane/czytaj.txt", "x")
        archive.writestr("__MACOSX/Dane/._x.shp", "x")
    plain = take(source / "warszawa_dzielnice_cp1250.shp", NAME, id_field="JPT_KOD_JE")
    zipped = take(tmp_path / "dane.zip", NAME, id_field="JPT_KOD_JE")
    assert zipped.table.equals(plain.table)
    assert zipped.sha256 == plain.sha256


def test_without_prj_it_must_be_said(take, shared_data):
    path = shared_data / "dirty" / "no_prj" / "warszawa_dzielnice.shp"
    with pytest.raises(CRSMismatchError) as caught:
        take(path, id_field="JPT_KOD_JE")
    assert "--assume-crs EPSG:2180" in refusal(caught)
    intake = take(path, id_field="JPT_KOD_JE", assume_crs="EPSG:2180")
    assert intake.report.assumed == {"crs": "EPSG:2180"}
    with pytest.raises(CRSMismatchError) as caught:
        take(path, id_field="JPT_KOD_JE", assume_crs="EPSG:2178")
    assert "2178" in refusal(caught)
    # Said wrongly, the districts fall out of the city, and that is noticed.
    with pytest.raises(CRSMismatchError) as caught:
        take(path, id_field="JPT_KOD_JE", assume_crs="EPSG:2178", reproject=True)
    assert "no feature lies in the city" in refusal(caught)


def test_what_the_file_says_is_not_overruled(take, shared_data):
    with pytest.raises(CRSMismatchError) as caught:
        take(
            shared_data / "warszawa" / "districts.geojson", id_field="JPT_KOD_JE",
            assume_crs="EPSG:2178",
        )  # fmt: skip
    assert "EPSG:2180" in refusal(caught)


def test_undeclared_metres(take, shared_data):
    path = shared_data / "dirty" / "wroclaw_osiedla_EPSG2177_undeclared.geojson"
    for crs in ("EPSG:2180", "OGC:CRS84"):
        with pytest.raises(CRSMismatchError) as caught:
            take(path, id_field="id", crs=crs)
        assert "EPSG:2177" in refusal(caught)
    wroclaw = (16.8, 51.0, 17.2, 51.3)
    intake = take(
        path, id_field="id", bbox84=wroclaw, assume_crs="EPSG:2177", reproject=True, repair=True
    )
    assert intake.report.counts["accepted"] == 48
    assert intake.report.geometry["area_m2"] == pytest.approx(292.5e6, rel=0.01)


def test_another_crs_only_when_allowed(take, shared_data):
    path = shared_data / "siemianowice" / "stops_gzm_2026.gpkg"
    city = (18.93, 50.27, 19.10, 50.37)
    stops = {"id_field": "stop_id", "geometry": "Point", "bbox84": city}
    with pytest.raises(CRSMismatchError) as caught:
        take(path, **stops)
    assert "EPSG:4326" in refusal(caught)
    assert "--reproject" in refusal(caught)
    intake = take(path, **stops, reproject=True)
    assert "reprojected" in codes(intake.report)
    want = gpd.read_file(path).to_crs(2180).geometry.values
    assert shapely.distance(geometries(intake.table), want).max() < 1e-6


def test_wroclaw_invalid_is_refused_and_repaired_only_when_asked(take, shared_data):
    path = shared_data / "dirty" / "wroclaw_osiedla_4326_invalid_geoms.geojson"
    wroclaw = {"id_field": "id", "crs": "OGC:CRS84", "bbox84": (16.8, 51.0, 17.2, 51.3)}
    with pytest.raises(InputRefusedError) as caught:
        take(path, **wroclaw)
    said = refusal(caught)
    assert "17 geometries are invalid" in said
    assert "row 1 (id 21): Ring Self-intersection[17.0152 51.0708]" in said
    assert "--repair" in said
    intake = take(path, **wroclaw, repair=True)
    assert intake.report.counts["repaired"] == 17
    assert shapely.is_valid(geometries(intake.table)).all()
    assert intake.report.repaired["before_m2"] == pytest.approx(intake.report.repaired["after_m2"])
    dropped = take(path, **wroclaw, drop_invalid=True)
    counts = {"read": 48, "accepted": 31, "repaired": 0, "dropped": 17, "coerced": 48}
    assert dropped.report.counts == counts
    assert dropped.report.dropped["why"] == {"geometry-invalid": 17}


def test_rings_of_one_point(take, shared_data):
    path = shared_data / "dirty" / "powiaty_ppatrzyk_3mb_BROKEN_RINGS.geojson"
    poland = {"id_field": "id", "crs": "OGC:CRS84", "bbox84": (14.0, 49.0, 24.2, 54.9)}
    with pytest.raises(InputRefusedError) as caught:
        take(path, **poland)
    assert "21 geometries cannot be built" in refusal(caught)
    assert "row 6 (id 6)" in refusal(caught)
    intake = take(path, **poland, repair=True)
    assert intake.report.repaired["rings"] == 21
    assert intake.report.counts["accepted"] == 380
    # Poland has 312 685 km2; the file repeats counties as towns within them.
    assert shapely.area(shapely.union_all(geometries(intake.table))) == pytest.approx(
        312.7e9, rel=0.01
    )


def test_swapped_axes(take, shared_data, tmp_path):
    frame = gpd.read_file(shared_data / "warszawa" / "districts.geojson")
    swapped = shapely.transform(frame.geometry.values, lambda xy: xy[:, ::-1])
    for crs, epsg, suffix in (("EPSG:2180", 2180, "gpkg"), ("OGC:CRS84", 4326, "geojson")):
        shapes = frame.to_crs(epsg).geometry.values if epsg != 2180 else frame.geometry.values
        swapped = shapely.transform(shapes, lambda xy: xy[:, ::-1])
        path = tmp_path / f"swapped.{suffix}"
        gpd.GeoDataFrame({"key": frame["JPT_KOD_JE"]}, geometry=swapped, crs=epsg).to_file(path)
        with pytest.raises(CRSMismatchError) as caught:
            take(path, crs=crs)
        assert "axes are swapped" in refusal(caught)
        assert "Swap X and Y" in refusal(caught)


def test_another_city_and_a_stray_feature(take, shared_data, geojson, square):
    with pytest.raises(CRSMismatchError) as caught:
        take(shared_data / "warszawa" / "parks.geojson", id_field="full_id",
             bbox84=(18.93, 50.27, 19.10, 50.37))  # fmt: skip
    assert "no feature lies in the city" in refusal(caught)
    stray = geojson(({"key": "a"}, square()), ({"key": "b"}, square(100_000, 200_000)))
    report = take(stray).report
    (far,) = [issue for issue in report.issues if issue.code == "far-away"]
    assert far.severity == "warning"
    assert far.where == ({"row": 2, "id": "b"},)


def test_not_what_it_says(take, tmp_path, shared_data):
    def refused(name: str, data: bytes, said: str) -> None:
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(InputRefusedError) as caught:
            take(path)
        assert said in refusal(caught), name

    vrt = b'<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/etc/passwd</SrcDataSource>'
    refused("pusty.gpkg", b"", "is empty")
    refused("tekst.gpkg", b"to nie jest GeoPackage" * 99, "is not GPKG")
    refused("vrt.geojson", vrt, "is not GeoJSON")
    refused("vrt.shp", vrt, "missing: .shx, .dbf")
    refused("tekst.zip", b"PK nothing", "cannot be unpacked")
    refused("dane.kml", b"<kml/>", ".kml")
    refused("dane.vrt", vrt, ".vrt")
    refused("pusty.json", b"{}", "cannot be read")
    refused("lista.json", b"[]", "is not GeoJSON")
    refused("uciety.geojson", b'{"type": "FeatureCollection", "features": [{"type": "Fea', "")
    refused("gdalg.json", b'{"type": "gdal_streamed_alg", "command_line": "gdal vector"}', "")
    refused("topo.json", b'{"type": "Topology", "objects": {}, "arcs": []}', "cannot be read")
    with closing(sqlite3.connect(tmp_path / "baza.gpkg")) as db:
        db.execute("CREATE TABLE t (x)")
    refused("baza.gpkg", (tmp_path / "baza.gpkg").read_bytes(), "")
    half = (shared_data / "siemianowice" / "stops_gzm_2026.gpkg").read_bytes()[:60_000]
    refused("pol.gpkg", half, "")


@pytest.mark.parametrize("name", ["brak.gpkg", "brak.xyz"])
def test_a_file_that_is_not_there_is_not_found(take, tmp_path, name):
    with pytest.raises(NotFoundError, match=f"there is no file '{name}'"):
        take(tmp_path / name)


def test_no_feature(take, geojson, tmp_path):
    with pytest.raises(InputRefusedError) as caught:
        take(geojson())
    refusal(caught)
    frame = gpd.GeoDataFrame({"key": []}, geometry=[], crs=2180)
    frame.to_file(tmp_path / "bez.gpkg", geometry_type="MultiPolygon")
    with pytest.raises(InputRefusedError) as caught:
        take(tmp_path / "bez.gpkg")
    assert "no feature" in refusal(caught)


@pytest.mark.parametrize("kind", ["link", "url", "LINK", "EPSG", None])
@pytest.mark.parametrize("key", ["crs", "c\\u0072s"])
def test_a_crs_behind_a_link_is_not_fetched(take, geojson, square, kind, key):
    asked: list[str] = []

    class Ear(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ear) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        link = {"type": kind, "properties": {"href": f"http://127.0.0.1:{server.server_port}/x"}}
        path = geojson(({"key": "a"}, square()), crs=link)
        path.write_text(path.read_text().replace('"crs"', f'"{key}"'))
        with pytest.raises(InputRefusedError) as caught:
            take(path)
        server.shutdown()
        thread.join()
    assert "by a link" in refusal(caught)
    assert asked == []


def test_several_tables(take, tmp_path, shared_data):
    frame = gpd.read_file(shared_data / "warszawa" / "districts.geojson")
    path = tmp_path / "dwie.gpkg"
    frame.to_file(path, layer="a")
    frame.to_file(path, layer="b")
    with pytest.raises(InputRefusedError) as caught:
        take(path, id_field="JPT_KOD_JE")
    assert "several layers: a, b" in refusal(caught)
    frame.head(3).to_file(path, layer="things")
    assert take(path, id_field="JPT_KOD_JE").report.counts["read"] == 3


def test_a_geopackage_still_in_its_journal(take, tmp_path, shared_data):
    path = tmp_path / "zywy.gpkg"
    gpd.read_file(shared_data / "warszawa" / "districts.geojson").to_file(path, layer="things")
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        triggers = db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            db.execute(f'DROP TRIGGER "{name}"')
        db.execute("UPDATE things SET JPT_NAZWA_ = 'Nowa' WHERE fid = 1")
        db.commit()
        intake = take(path, NAME, id_field="JPT_KOD_JE")
    assert "Nowa" in intake.table.column("name").to_pylist()


@pytest.mark.parametrize("part", [".shx", ".dbf"])
def test_a_shapefile_without_a_part(take, shared_data, tmp_path, part):
    for path in (shared_data / "dirty").glob("warszawa_dzielnice_cp1250.*"):
        if path.suffix != part:
            shutil.copy(path, tmp_path)
    with pytest.raises(InputRefusedError) as caught:
        take(tmp_path / "warszawa_dzielnice_cp1250.shp", id_field="JPT_KOD_JE")
    assert f"missing: {part}" in refusal(caught)


def test_bad_archives(take, shared_data, tmp_path, monkeypatch):
    parts = list((shared_data / "dirty").glob("warszawa_dzielnice_cp1250.*"))

    def refused(said: str, **files: bytes) -> None:
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        with pytest.raises(InputRefusedError) as caught:
            take(path, id_field="JPT_KOD_JE")
        assert said in refusal(caught)

    refused("0 × .shp", **{"a.txt": b"x"})
    refused("2 × .shp", **{"a.shp": b"x", "b.shp": b"x"})
    refused("101 > 100", **{f"{i}.txt": b"x" for i in range(101)})
    refused("missing: .shx, .dbf", **{"a.shp": b"x"})
    # Names are never paths: this is a part of a Shapefile called "x" and lands in our folder.
    refused("missing", **{"../../../../tmp/geobank-evil/x.shp": b"x"})
    monkeypatch.setitem(limits.LIMITS, "file_bytes", Limit(100_000, "bytes", ""))
    refused(
        "most is 100000",
        **{f"a{p.suffix}": p.read_bytes() for p in parts},
    )
    bomb = {"a.shp": b"\0" * 50_000_000, "a.shx": b"", "a.dbf": b""}
    refused("most is 100000", **bomb)


def test_limits_on_size_count_and_vertices(take, shared_data, monkeypatch):
    path = shared_data / "warszawa" / "districts.geojson"
    for name, most, said in (
        ("file_bytes", 1000, "bytes"), ("features", 17, "features"),
        ("vertices_per_feature", 100, "vertices"),
    ):  # fmt: skip
        with monkeypatch.context() as patch:
            patch.setitem(limits.LIMITS, name, Limit(most, "", ""))
            with pytest.raises(LimitExceededError) as caught:
                take(path, id_field="JPT_KOD_JE")
        assert said in refusal(caught)


def test_a_view_without_end_meets_the_clock(take, shared_data, tmp_path, monkeypatch):
    path = tmp_path / "widok.gpkg"
    shutil.copy(shared_data / "siemianowice" / "stops_gzm_2026.gpkg", path)
    path.chmod(0o644)
    with closing(sqlite3.connect(path)) as db:
        (table,) = db.execute("SELECT table_name FROM gpkg_contents").fetchone()
        db.execute(
            "CREATE VIEW endless AS WITH RECURSIVE n(fid) AS "
            "(SELECT 1 UNION ALL SELECT fid + 1 FROM n) SELECT n.fid, geom FROM n, " + table
        )
        db.execute("UPDATE gpkg_contents SET table_name = 'endless'")
        db.execute("UPDATE gpkg_geometry_columns SET table_name = 'endless'")
        db.commit()
    monkeypatch.setitem(limits.LIMITS, "read_seconds", Limit(4, "s", ""))
    with pytest.raises(LimitExceededError) as caught:
        take(path, id_field="stop_id", geometry="Point")
    assert "took more than 4 s" in refusal(caught)


def test_repair_meets_its_clock_and_names_the_feature(take, geojson, monkeypatch):
    n = 1501
    angle = np.arange(n) * 2 * np.pi * (n // 2) / n
    star = np.column_stack((637_000 + 500 * np.cos(angle), 487_000 + 500 * np.sin(angle)))
    ring = [*star.tolist(), star[0].tolist()]
    path = geojson(({"key": "gwiazda"}, {"type": "Polygon", "coordinates": [ring]}))
    monkeypatch.setitem(limits.LIMITS, "repair_seconds", Limit(1, "s", ""))
    with pytest.raises(LimitExceededError) as caught:
        take(path, repair=True)
    assert "took more than 1 s" in refusal(caught)
    assert "row 1" in refusal(caught)


def test_too_little_memory_is_a_refusal(take, shared_data, monkeypatch):
    monkeypatch.setitem(limits.LIMITS, "read_memory_bytes", Limit(200 * 2**20, "bytes", ""))
    with pytest.raises(InputRefusedError) as caught:
        take(shared_data / "warszawa" / "districts.geojson", id_field="JPT_KOD_JE")
    assert "broke down" in refusal(caught)


def test_the_child_leaves_the_network_and_knows_one_driver(take, shared_data):
    report = take(shared_data / "warszawa" / "districts.geojson", id_field="JPT_KOD_JE").report
    assert report.cage["network"] in ("none", "closed proxy")
    from geo.ingest.cage import environment

    drivers = sorted(pyogrio.list_drivers())
    skipped = environment("GPKG", drivers)["GDAL_SKIP"].split(",")
    assert set(drivers) - set(skipped) == {"GPKG"}


def test_copies_left_by_a_killed_process_are_swept(take, shared_data, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name in ("geobank-in-old", "geobank-in-new", "other-old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "input.gpkg").write_text("x")
        if name.endswith("old"):
            os.utime(tmp_path / name, (0, 0))
    (tmp_path / "geobank-in-link").symlink_to(tmp_path / "other-old")
    take(shared_data / "warszawa" / "districts.geojson", id_field="JPT_KOD_JE")
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"geobank-in-new", "geobank-in-link", "other-old"}
