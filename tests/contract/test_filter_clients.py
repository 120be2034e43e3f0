"""What QGIS, GDAL and OWSLib get through a filter is what a filter of their own gives.

QGIS trusts the server's filter from 3.40 on and does not look again; 3.22 and GDAL filter what
they have read.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from owslib.ogcapi.features import Features

SCRIPT = Path(__file__).parent / "qgis_filters.py"
Local = Callable[[gpd.GeoDataFrame], Any]

QGIS: list[tuple[str, str, Local]] = [
    ("greenery", "kind = 'park'", lambda f: f["kind"] == "park"),
    ("greenery", "\"kind\" IN ('park','meadow') AND NOT (\"name\" IS NULL)",
     lambda f: f["kind"].isin(["park", "meadow"]) & f["name"].notna()),
    ("greenery", "name ILIKE '%PARK%'", lambda f: f["name"].str.contains("park", case=False)),
    ("greenery", "name LIKE 'Park%' OR kind = 'forest' AND name IS NOT NULL",
     lambda f: f["name"].str.startswith("Park") | ((f["kind"] == "forest") & f["name"].notna())),
    ("greenery", "public = true", lambda f: f["public"]),
    ("greenery", "public", lambda f: f["public"]),
    ("parcels", "register_area_m2 * 2 + 1 > 10000", lambda f: f["register_area_m2"] * 2 + 1 > 1e4),
    # 3.22 knows no BETWEEN.
    ("parcels", "register_area_m2 >= 1000 AND register_area_m2 <= 5000",
     lambda f: f["register_area_m2"].between(1000, 5000)),
    ("parcels", "parcel_id NOT LIKE '%/0'", lambda f: ~f["parcel_id"].str.endswith("/0")),
    ("districts", "name = 'Śródmieście'", lambda f: f["name"] == "Śródmieście"),
    ("districts", "name = 'O''Neil'", lambda f: f["name"] == "O'Neil"),
    ("stops", "name >= 'S' AND NOT (name = 'x' OR name < 'T')", lambda f: f["name"] >= "T"),
]  # fmt: skip


def expected(served: Any, layer: str, local: Local) -> set[str]:
    frame = served.frames[layer]
    return set(frame.index[pd.Series(local(frame)).fillna(False).astype(bool)])


@pytest.fixture(scope="module")
def through_qgis(served: Any, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("qgis")
    target = folder / "found.json"
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(folder),
           "XDG_RUNTIME_DIR": str(folder)}  # fmt: skip
    for name in ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME"):
        env.pop(name, None)
    pairs = [word for layer, text, _ in QGIS for word in (layer, text)]
    command = ["/usr/bin/python3", str(SCRIPT), served.url, str(target), *pairs]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(target.read_text())
    return found


@pytest.mark.client
@pytest.mark.parametrize("i", range(len(QGIS)))
def test_qgis_gets_what_it_would_find_itself(
    served: Any, through_qgis: list[dict[str, Any]], i: int
) -> None:
    layer, text, local = QGIS[i]
    found = {way: ids if ids is None else sorted(ids) for way, ids in through_qgis[i].items()}
    wanted = sorted(expected(served, layer, local))
    assert found["request"] == found["local"] == wanted
    assert found["subset"] == wanted or (found["subset"] is None and text == "public")


# As QGIS 3.44 writes them: names without quotes, brackets around everything.
WRITTEN: list[tuple[str, str, Local]] = [
    ("greenery", "(kind = 'park')", lambda f: f["kind"] == "park"),
    ("greenery", "((kind <> 'park') AND (NOT (name IS NULL)))",
     lambda f: (f["kind"] != "park") & f["name"].notna()),
    ("greenery", "(CASEI(name) LIKE CASEI('%PARK%'))",
     lambda f: f["name"].str.contains("park", case=False)),
    ("greenery", "(public = TRUE)", lambda f: f["public"]),
    ("greenery", "public", lambda f: f["public"]),
    ("greenery", "ACCENTI(CASEI(name)) LIKE 'lasek na %'",
     lambda f: f["name"].str.lower().str.startswith("lasek na ")),
    ("parcels", "(((register_area_m2 * 2) + 1) > 10000)",
     lambda f: f["register_area_m2"] * 2 + 1 > 1e4),
    ("parcels", "register_area_m2 NOT BETWEEN 1000 AND 5000",
     lambda f: ~f["register_area_m2"].between(1000, 5000)),
    ("districts", "ACCENTI(name) = 'Srodmiescie'", lambda f: f["name"] == "Śródmieście"),
    ("bike_paths", "((sides = ( - (1))) OR sides IN (1,2))", lambda f: f["sides"] == 1),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "text", "local"), WRITTEN)
def test_owslib_gets_what_a_local_filter_gives(
    served: Any, layer: str, text: str, local: Local
) -> None:
    service, seen, offset = Features(served.url), [], 0
    while True:
        page = service.collection_items(
            layer, filter=text, **{"filter-lang": "cql2-text"}, limit=300, offset=offset
        )
        seen += [feature["id"] for feature in page["features"]]
        offset += page["numberReturned"]
        if not any(link["rel"] == "next" for link in page["links"]):
            break
    wanted = expected(served, layer, local)
    assert page["numberMatched"] == len(seen) == len(set(seen))
    assert set(seen) == wanted


@pytest.mark.parametrize("crs", ["CRS84", "EPSG:2180"])
def test_a_relation_to_a_district_is_what_shapely_says(served: Any, crs: str) -> None:
    frame = served.frames["greenery"]
    district = served.frames["districts"].set_index("name").geometry["Ochota"]
    area = shapely.simplify(district, 40)
    params = {"filter-lang": "cql2-text"}
    if crs == "CRS84":
        turned = gpd.GeoSeries([area], crs="EPSG:2180").to_crs("EPSG:4326")[0]
    else:
        params["filter-crs"] = "http://www.opengis.net/def/crs/EPSG/0/2180"
        turned = shapely.transform(area, lambda xy: xy[:, ::-1])
    text = shapely.to_wkt(turned, rounding_precision=9)
    for op in ("intersects", "within"):
        page = Features(served.url).collection_items(
            "greenery", filter=f"S_{op.upper()}(geometry, {text})", limit=3_000, **params
        )
        found = {feature["id"] for feature in page["features"]}
        # What clearly is, and what clearly is not: metres are stored to a millimetre, degrees
        # to a centimetre, and an edge of 1 km bends by 2 cm between the two.
        sure, near = (
            set(frame.index[getattr(frame, op)(shapely.buffer(area, side))]) for side in (-0.3, 0.3)
        )
        assert len(sure) > 10
        assert sure <= found <= near


GDAL: list[tuple[str, str, Local]] = [
    ("greenery", "kind = 'park' AND name IS NOT NULL",
     lambda f: (f["kind"] == "park") & f["name"].notna()),
    ("greenery", "kind IN ('park', 'forest') OR NOT (name = 'x')",
     lambda f: f["kind"].isin(["park", "forest"]) | (f["name"].notna() & (f["name"] != "x"))),
    ("parcels", "register_area_m2 > 5000", lambda f: f["register_area_m2"] > 5000),
    ("districts", "name = 'Śródmieście'", lambda f: f["name"] == "Śródmieście"),
    ("districts", "name = 'O''Neil'", lambda f: f["name"] == "O'Neil"),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "text", "local"), GDAL)
def test_gdal_gets_what_a_local_filter_gives(
    served: Any, layer: str, text: str, local: Local
) -> None:
    found = pyogrio.read_dataframe(f"OAPIF:{served.url}", layer=layer, where=text)
    assert set(found["id"]) == expected(served, layer, local)
