from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely

from geo import crs
from geo.errors import IntegrityError, NotFoundError
from geo.store import (
    Catalog,
    Manifest,
    geometries,
    open_serve,
    open_snapshot,
    read_table,
    verify,
    write_snapshot,
)
from geo.store.boxes import Area
from geo.store.table import hilbert_order


@pytest.fixture
def snapshot(tmp_path, make_layer, make_table, squares):
    layer = make_layer()
    return write_snapshot(
        tmp_path, layer, make_table(layer, squares(200)),
        source_name="/home/someone/działki.gpkg", source_sha256="ab", quality={"ok": True},
        inputs={"zones": "1"}, synthetic=True, note="n", extra={"seed": 1},
    )  # fmt: skip


def test_the_manifest_says_what_was_written(tmp_path, snapshot):
    manifest = snapshot.manifest
    assert manifest.source_name == "działki.gpkg"
    assert (manifest.features, manifest.synthetic, manifest.extra) == (200, True, {"seed": 1})
    assert set(manifest.files) == {
        "features.parquet",
        "serve.sqlite",
        "serve.crs84",
        "serve.epsg2180",
        "quality.json",
    }
    assert snapshot.version.endswith(manifest.files["features.parquet"]["sha256"][:8])
    assert 18.9 < manifest.bbox84[0] < manifest.bbox84[2] < 19.2
    assert manifest.bbox2180 == tuple(shapely.total_bounds(geometries(read_table(snapshot))))
    again = open_snapshot(tmp_path, "things", snapshot.version)
    assert again == snapshot
    assert Manifest.from_dict(json.loads(json.dumps(manifest.as_dict()))) == manifest
    verify(again)
    assert not list((tmp_path / "layers" / "things").glob(".tmp*"))


def test_the_table_comes_back_in_hilbert_order(tmp_path, snapshot, make_layer, make_table, squares):
    before = make_table(make_layer(), squares(200))
    table = read_table(snapshot)
    assert table.schema.equals(before.schema)
    bounds = shapely.bounds(geometries(table))
    assert (hilbert_order(bounds) == np.arange(200)).all()
    key = table.column("key").to_pylist()
    rows = dict(zip(before.column("key").to_pylist(), before.to_pylist(), strict=True))
    assert sorted(key) == sorted(rows)
    for row in table.to_pylist():
        want = rows[row["key"]]
        assert shapely.from_wkb(row.pop("geometry")).equals(shapely.from_wkb(want["geometry"]))
        assert row == {name: value for name, value in want.items() if name != "geometry"}
    assert read_table(snapshot, ["geometry", "key"]).column_names == ["geometry", "key"]
    with pytest.raises(NotFoundError, match="colour"):
        read_table(snapshot, ["colour"])


def test_geopandas_reads_the_parquet_in_its_crs_and_by_box(snapshot):
    frame = gpd.read_parquet(snapshot.parquet)
    assert frame.crs.to_epsg() == 2180
    assert len(frame) == 200
    assert frame.geometry.is_valid.all()
    assert shapely.is_ccw(shapely.get_exterior_ring(shapely.get_geometry(frame.geometry, 0))).all()
    west, south, east, north = frame.total_bounds
    half = gpd.read_parquet(snapshot.parquet, bbox=(west, south, east, (south + north) / 2))
    assert 0 < len(half) < 200


def test_geoparquet_metadata(snapshot):
    with pq.ParquetFile(snapshot.parquet) as file:
        geo = json.loads(file.schema_arrow.metadata[b"geo"])
    column = geo["columns"]["geometry"]
    assert (geo["version"], geo["primary_column"]) == ("1.1.0", "geometry")
    assert column["geometry_types"] == ["MultiPolygon"]
    assert column["crs"]["id"] == {"authority": "EPSG", "code": 2180}
    assert tuple(column["bbox"]) == snapshot.manifest.bbox2180
    assert column["orientation"] == "counterclockwise"


def test_serve_sqlite_is_sound(snapshot):
    with closing(sqlite3.connect(snapshot.serve)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert db.execute("SELECT rtreecheck('places')").fetchone()[0] == "ok"
        text = " ".join(str(row) for row in db.execute("SELECT * FROM features"))
    assert "never served" not in text


@pytest.mark.parametrize("name", ["features.parquet", "serve.sqlite", "quality.json"])
@pytest.mark.parametrize("how", ["change", "remove"])
def test_verify_notices(snapshot, name, how):
    path = snapshot.folder / name
    if how == "remove":
        path.unlink()
    else:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    with pytest.raises(IntegrityError, match=name):
        verify(snapshot)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}', "null"])
def test_a_manifest_that_is_none(tmp_path, snapshot, text):
    (snapshot.folder / "manifest.json").write_text(text)
    with pytest.raises(IntegrityError) as caught:
        open_snapshot(tmp_path, "things", snapshot.version)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("version", ["../things", "x", "", "20261122T031500Z-1f2e3d4c/..", "."])
def test_no_version_id_leaves_the_folder(tmp_path, snapshot, version):
    with pytest.raises(NotFoundError):
        open_snapshot(tmp_path, "things", version)
    with pytest.raises(NotFoundError):
        open_snapshot(tmp_path, "../x", snapshot.version)


def test_the_same_table_twice_in_a_second_is_two_versions(
    tmp_path, snapshot, make_layer, make_table, squares
):
    layer = make_layer()
    second = write_snapshot(tmp_path, layer, make_table(layer, squares(200)), source_name="x")
    assert second.version > snapshot.version
    first = snapshot.manifest.files["features.parquet"]
    assert second.manifest.files["features.parquet"] == first


def test_a_layer_without_features(tmp_path, make_layer, make_table):
    layer = make_layer()
    empty = write_snapshot(
        tmp_path, layer, make_table(layer, np.array([], dtype=object)), source_name="computed"
    )
    assert (empty.manifest.features, empty.manifest.bbox84) == (0, None)
    again = open_snapshot(tmp_path, "things", empty.version)
    assert len(read_table(again)) == 0
    assert len(gpd.read_parquet(again.parquet)) == 0
    serve = open_serve(again)
    assert (serve.count, serve.bbox84, serve.page(limit=5).fragments) == (0, None, [])
    assert serve.page(limit=5, area=Area((0, 0, 90, 90))).matched == 0


def test_holes_turn_the_other_way(tmp_path, make_layer, make_table):
    layer = make_layer()
    ring = shapely.Polygon(
        [(505000, 270000), (505000, 270100), (505100, 270100), (505100, 270000)],
        [[(505010, 270010), (505090, 270010), (505090, 270090), (505010, 270090)]],
    )
    shot = write_snapshot(
        tmp_path,
        layer,
        make_table(layer, np.array([shapely.MultiPolygon([ring])])),
        source_name="x",
    )
    served = shapely.from_geojson(open_serve(shot).one("a/0")).geoms[0]
    assert served.exterior.is_ccw
    assert not served.interiors[0].is_ccw


@pytest.mark.parametrize(
    "kind", ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon"]
)
def test_every_type_of_geometry(tmp_path, make_layer, make_table, kind):
    point, line = (
        shapely.Point(505000, 270000),
        shapely.LineString([(505000, 270000), (505009, 270000)]),
    )
    shape = {
        "Point": point, "MultiPoint": shapely.MultiPoint([point]), "LineString": line,
        "MultiLineString": shapely.MultiLineString([line]), "Polygon": line.buffer(5),
    }[kind]  # fmt: skip
    layer = make_layer(kind)
    shot = write_snapshot(tmp_path, layer, make_table(layer, np.array([shape])), source_name="x")
    Catalog(tmp_path).publish(shot)
    feature = json.loads(open_serve(shot).one("a/0"))
    assert feature["geometry"]["type"] == kind
    turned = json.loads(open_serve(shot).one("a/0", crs="EPSG:2180"))["geometry"]
    back = shapely.transform(shapely.from_geojson(json.dumps(turned)), lambda xy: xy[:, ::-1])
    assert shapely.hausdorff_distance(back, shape) < 0.001
    degrees = shapely.from_geojson(json.dumps(feature["geometry"]))
    metres = crs.reproject(np.array([degrees]), crs.CRS84, crs.METRIC)[0]
    assert shapely.hausdorff_distance(metres, shape) < 0.02
