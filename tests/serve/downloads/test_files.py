"""Files over HTTP: what they hold, who may have them, and which version they are."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import geopandas as gpd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from geo.flow.export.formats import FORMATS, format_of
from geo.flow.export.geofiles import metadata_of
from geo.flow.export.spreadsheet import harmless
from geo.store import Catalog, from_frame, write_snapshot

FILES = "/api/collections/assorted/files/assorted"
SUFFIXES = tuple(FORMATS)


def saved(client, folder: Path, suffix: str) -> Path:
    answer = client.get(f"{FILES}{suffix}")
    assert answer.status_code == 200, answer.text
    path = folder / f"assorted{suffix}"
    path.write_bytes(answer.content)
    return path


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb", ".geojson", ".fg.json", ".parquet"])
def test_every_feature_comes_out_as_it_went_in(client, town, tmp_path, suffix) -> None:
    path = saved(client, tmp_path, suffix)
    found = gpd.read_parquet(path) if suffix == ".parquet" else gpd.read_file(path)
    want = town.squares().set_index("code")
    found = found.drop(columns="bbox", errors="ignore").set_index("code").loc[want.index]
    assert "secret" not in found.columns
    for name in ("szerokość", "rank", "area", "open"):
        assert _plain(found[name]) == _plain(want[name]), name
    if suffix != ".geojson":
        assert found.crs.to_epsg() == 2180
        assert (
            shapely.hausdorff_distance(found.geometry.to_numpy(), want.geometry.to_numpy()).max()
            < 0.001
        )
    else:
        moved = want.to_crs("OGC:CRS84").geometry.to_numpy()
        assert shapely.hausdorff_distance(found.geometry.to_numpy(), moved).max() < 2e-7


def _plain(column) -> list:
    return [None if value is None or value != value else value for value in column.tolist()]


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb"])
def test_licence_and_version_are_inside(client, town, tmp_path, suffix) -> None:
    said = metadata_of(saved(client, tmp_path, suffix))
    assert said["licence"]["id"] == "CC0-1.0"
    assert said["version"] == _current(town)


def test_licence_and_version_are_inside_of_the_others(client, town, tmp_path) -> None:
    version = _current(town)
    metadata = pq.read_schema(saved(client, tmp_path, ".parquet")).metadata
    assert json.loads(metadata[b"geobank"])["version"] == version
    for suffix in (".geojson", ".fg.json"):
        document = json.loads(saved(client, tmp_path, suffix).read_bytes())
        assert document["geobank"]["version"] == version
        assert document["geobank"]["licence"]["url"] == "https://example.org/cc0"
    for suffix in (".csv", "-arkusz.csv"):
        lines = saved(client, tmp_path, suffix).read_text("utf-8").splitlines()
        assert version in lines[-1]
        assert "CC0-1.0" in lines[-1]


def _current(town) -> str:
    snapshot = Catalog(town.root).current("assorted")
    assert snapshot is not None
    return snapshot.version


def test_json_fg_has_both_places_in_the_order_of_their_authorities(client) -> None:
    document = client.get(f"{FILES}.fg.json").json()
    first = document["features"][0]
    longitude, latitude = first["geometry"]["coordinates"][0][0]
    northing, easting = first["place"]["coordinates"][0][0]
    assert 14 < longitude < 25 < latitude < 55
    assert northing < 300_000 < easting
    assert document["coordRefSys"].endswith("/EPSG/0/2180")


def test_csv_tells_null_from_empty_and_keeps_every_text(client, town) -> None:
    body = client.get(f"{FILES}.csv").content.decode()
    rows = {row["code"]: row for row in csv.DictReader(io.StringIO(body, newline=""))}
    for code, text in town.squares().set_index("code")["szerokość"].items():
        assert rows[code]["szerokość"] == (harmless(text) if isinstance(text, str) else "")
    assert ',"",' in body, "an empty text is quoted"
    assert ",,5," in body, "a null is not"


@pytest.mark.parametrize("text", ["=1+1", "+48 32", "-2", "@SUM(A1)", "\t=1", "＝1"])
def test_no_cell_is_a_formula(text) -> None:
    assert harmless(text) == f"'{text}"


def test_no_cell_of_a_file_begins_like_a_formula(new_town) -> None:
    town = new_town()
    layer = town.project.layers["assorted"]
    frame = town.squares()
    frame["szerokość"] = "=HYPERLINK(1)"
    snapshot = write_snapshot(
        town.root, layer, from_frame(layer, frame), source_name="formulas.gpkg"
    )
    Catalog(town.root).publish(snapshot)
    client = town.client()
    for suffix, separator in ((".csv", ","), ("-arkusz.csv", ";")):
        text = client.get(f"{FILES}{suffix}").content.decode("utf-8-sig")
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            assert not any(cell.startswith(("=", "@", "\t")) for cell in row)


def test_the_office_table_is_for_polish_settings(client) -> None:
    body = client.get(f"{FILES}-arkusz.csv").content
    assert body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";"))
    heading = rows[0]
    assert "Kod" in heading
    assert "Pole [m2]" in heading
    longitude = rows[1][heading.index("długość geograficzna")]
    assert 14 < float(longitude.replace(",", ".")) < 25
    assert "." not in longitude


def test_ranges_tags_and_names(client) -> None:
    whole = client.get(f"{FILES}.gpkg")
    assert whole.headers["content-disposition"].startswith('attachment; filename="assorted-20')
    part = client.get(f"{FILES}.gpkg", headers={"Range": "bytes=0-15"})
    assert part.status_code == 206
    assert part.content == b"SQLite format 3\0"
    again = client.get(f"{FILES}.gpkg", headers={"If-None-Match": whole.headers["etag"]})
    assert again.status_code == 304
    assert client.head(f"{FILES}.gpkg").headers["content-length"] == str(len(whole.content))


def test_text_is_packed_for_who_unpacks_it(client) -> None:
    packed = client.get(f"{FILES}.geojson", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    plain = client.get(f"{FILES}.geojson", headers={"Accept-Encoding": "identity"})
    assert plain.content == packed.content
    assert plain.headers.get("content-encoding", "identity") == "identity"


def test_a_new_version_is_a_new_file_and_the_old_one_goes(new_town) -> None:
    town = new_town()
    town.publish()
    client = town.client()
    before = client.get(f"{FILES}.fgb")
    town.publish(rows=7)
    after = client.get(f"{FILES}.fgb")
    assert after.headers["etag"] != before.headers["etag"]
    kept = list((town.root / "downloads" / "assorted").glob("2*"))
    assert [each.name for each in kept] == [f"{_current(town)}.fgb"]


@pytest.mark.parametrize(
    "name", ["assorted.exe", "districts.gpkg", "assorted", "..%2Fassorted.gpkg", "x.gpkg"]
)
def test_no_other_file_is_there(client, name) -> None:
    assert client.get(f"/api/collections/assorted/files/{name}").status_code == 404


def test_an_unknown_parameter_is_refused(client) -> None:
    assert client.get(f"{FILES}.gpkg?crs=x").status_code == 400


def test_the_collection_links_to_its_files(client) -> None:
    for language in ("pl", "en"):
        links = client.get(f"/api/collections/assorted?f=json&lang={language}").json()["links"]
        files = [link for link in links if link["rel"] == "enclosure"]
        assert len(files) == len(FORMATS)
        for link in files:
            path = link["href"].removeprefix("http://town.test")
            assert client.get(path).status_code == 200


def test_the_longest_suffix_names_the_format() -> None:
    assert format_of("a/parcels.fg.json").suffix == ".fg.json"
    assert format_of("parcels-arkusz.csv").suffix == "-arkusz.csv"
    assert format_of("x.csv").suffix == ".csv"


def test_gdal_of_the_wheel_reads_the_crs_of_each(client, tmp_path) -> None:
    for suffix in (".gpkg", ".fgb", ".fg.json"):
        assert pyogrio.read_info(saved(client, tmp_path, suffix))["crs"] == "EPSG:2180"
