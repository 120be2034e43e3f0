"""GDAL reads every collection whole, in the right place: the wheel's, and Debian's."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

LAYERS = ["districts", "greenery", "bike_paths", "stops", "parcels"]
CM = 0.011
"""A stored coordinate is at most this far away, metres: 7 decimals of a degree, or millimetres."""


def assert_same(found: gpd.GeoDataFrame, published: gpd.GeoDataFrame, fields: list[str]) -> None:
    """Compare feature by feature: ids, attributes, and where each vertex is, in EPSG:2180."""
    assert len(found) == len(published)
    found = found.set_index("id").loc[published.index]
    for field in fields:
        for mine, theirs in zip(column(published, field), column(found, field), strict=True):
            assert theirs == pytest.approx(mine) if isinstance(mine, float) else theirs == mine
    mine = np.asarray(published.geometry.values)
    theirs = np.asarray(found.to_crs("EPSG:2180").geometry.values)
    assert np.allclose(shapely.bounds(mine), shapely.bounds(theirs), rtol=0, atol=CM)
    assert np.allclose(shapely.length(mine), shapely.length(theirs), rtol=1e-3, atol=0.5)
    assert (shapely.get_num_coordinates(mine) == shapely.get_num_coordinates(theirs)).all()


def column(frame: gpd.GeoDataFrame, field: str) -> list[Any]:
    values = frame[field] if field in frame else [None] * len(frame)
    return [None if value is None or value != value else value for value in values]


@pytest.mark.parametrize("layer", LAYERS)
def test_the_wheel_reads_it_whole_in_degrees(served, layer: str) -> None:
    found = pyogrio.read_dataframe(f"OAPIF:{served.url}", layer=layer)
    assert found.crs.to_authority() == ("OGC", "CRS84")
    assert_same(found, served.frames[layer], served.fields[layer])


@pytest.mark.parametrize("layer", LAYERS)
def test_the_wheel_reads_it_whole_in_metres(served, layer: str) -> None:
    found = pyogrio.read_dataframe(f"OAPIF:{served.url}", layer=layer, CRS="EPSG:2180")
    assert found.crs.to_epsg() == 2180
    assert np.allclose(found.total_bounds, served.frames[layer].total_bounds, rtol=0, atol=0.001)
    assert_same(found, served.frames[layer], served.fields[layer])


@pytest.mark.parametrize("code", ["EPSG:2177", "EPSG:3857", "EPSG:4326"])
@pytest.mark.parametrize("layer", LAYERS)
def test_the_wheel_reads_it_whole_in_each_other_crs(served, layer: str, code: str) -> None:
    found = pyogrio.read_dataframe(f"OAPIF:{served.url}", layer=layer, CRS=code)
    # Degrees come in the order of a frame, easting first: GDAL turns the axes and says so.
    assert found.crs.to_epsg() == int(code[5:]) or found.crs.to_authority() == ("OGC", "CRS84")
    # Not only a consistent place: the place. PROJ's transform of the source is where it lies.
    mine = served.frames[layer].to_crs(code).total_bounds
    tolerance = 1e-6 if code == "EPSG:4326" else 0.001
    assert np.allclose(found.total_bounds, mine, rtol=0, atol=tolerance)
    assert_same(found, served.frames[layer], served.fields[layer])


def test_the_wheel_lists_every_collection(served) -> None:
    found = dict(pyogrio.list_layers(f"OAPIF:{served.url}"))
    assert found == {
        "districts": "MultiPolygon", "greenery": "MultiPolygon", "parcels": "MultiPolygon",
        "bike_paths": "MultiLineString", "stops": "Point",
        "catalogue": "Polygon",  # GDAL takes records for features: each lies in its extent
    }  # fmt: skip


def test_the_wheel_reads_the_catalogue(served) -> None:
    found = pyogrio.read_dataframe(f"OAPIF:{served.url}", layer="catalogue")
    assert {f"layer.{layer}" for layer in served.frames} <= set(found["id"])
    assert found["id"].is_unique and found["title"].str.len().min() > 0


def test_a_filter_and_a_box_are_answered_by_the_server(served) -> None:
    url = f"OAPIF:{served.url}"
    frame = served.frames["greenery"]
    parks = pyogrio.read_dataframe(url, layer="greenery", where="kind = 'park'")
    assert set(parks["green_id"]) == set(frame.index[frame["kind"] == "park"])
    west, south, east, north = frame.to_crs("EPSG:4326").total_bounds
    box = (west, south, (west + east) / 2, (south + north) / 2)
    inside = pyogrio.read_dataframe(url, layer="greenery", bbox=box)
    shapes = frame.to_crs("EPSG:4326").intersects(shapely.box(*box))
    assert 0 < len(inside) < len(frame)
    assert set(inside["green_id"]) == set(frame.index[shapes])


@pytest.mark.client
@pytest.mark.parametrize("layer", LAYERS)
def test_debian_reads_it_whole(served, layer: str, tmp_path: Path) -> None:
    target = tmp_path / "copy.geojson"
    run("ogr2ogr", "-f", "GeoJSON", str(target), f"OAPIF:{served.url}", layer)
    found = gpd.read_file(target, engine="pyogrio")
    assert_same(found, served.frames[layer], served.fields[layer])


@pytest.mark.client
def test_debian_knows_count_and_extent(served) -> None:
    said = run("ogrinfo", "-ro", "-so", f"OAPIF:{served.url}", "greenery")
    assert f"Feature Count: {len(served.frames['greenery'])}" in said
    assert "Geometry: Multi Polygon" in said
    (line,) = [line for line in said.splitlines() if line.startswith("Extent:")]
    numbers = [float(part) for part in line.translate(str.maketrans("(),-", "    ")).split()[1:]]
    corners = gpd.GeoSeries(gpd.points_from_xy(numbers[::2], numbers[1::2]), crs="EPSG:4326")
    mine = served.frames["greenery"].to_crs("EPSG:4326").total_bounds
    expected = gpd.GeoSeries(gpd.points_from_xy(mine[::2], mine[1::2]), crs="EPSG:4326")
    assert (corners.to_crs("EPSG:2180").distance(expected.to_crs("EPSG:2180")) < 1).all()


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr
    return done.stdout


def test_the_geojson_is_what_the_standard_says(served) -> None:
    import urllib.request

    with urllib.request.urlopen(f"{served.url}/collections/districts/items") as answer:
        assert answer.headers["Content-Type"] == "application/geo+json"
        found = json.load(answer)
    assert found["type"] == "FeatureCollection"
    assert found["numberMatched"] == found["numberReturned"] == 18
    for feature in found["features"]:
        outer = shapely.geometry.shape(feature["geometry"]).geoms[0].exterior
        assert outer.is_ccw, "RFC 7946: the outer ring runs counterclockwise"
