"""Zones from a GeoJSON: its CRS is the one that it names, or it is refused."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.errors import CRSMismatchError, InputRefusedError
from geo.flow.streamed import areas

SQUARE = shapely.box(501_000, 268_000, 502_000, 269_000)


def written(folder: Path, code: str, name: object) -> Path:
    frame = gpd.GeoDataFrame({"id": ["a"]}, geometry=[SQUARE], crs="EPSG:2180").to_crs(code)
    document = json.loads(frame.to_json())
    if name is not None:
        document["crs"] = name
    path = folder / "zones.geojson"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def named(name: str) -> dict[str, object]:
    return {"type": "name", "properties": {"name": name}}


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("OGC:CRS84", None),
        ("OGC:CRS84", named("urn:ogc:def:crs:OGC:1.3:CRS84")),
        ("EPSG:2180", named("urn:ogc:def:crs:EPSG::2180")),
        ("EPSG:2177", named("EPSG:2177")),
    ],
)
def test_zones_land_where_they_are(tmp_path: Path, code: str, name: object) -> None:
    places, column = areas._geojson(str(written(tmp_path, code, name)), "")
    assert column == "id"
    found = np.asarray(places.geometries)[0]
    assert shapely.hausdorff_distance(found, SQUARE) < 1e-3


@pytest.mark.parametrize(
    "name", [named("EPSG:27700"), named("nonsense"), {"type": "link"}, "EPSG:2180"]
)
def test_another_crs_is_refused(tmp_path: Path, name: object) -> None:
    with pytest.raises((CRSMismatchError, InputRefusedError)):
        areas._geojson(str(written(tmp_path, "OGC:CRS84", name)), "")
