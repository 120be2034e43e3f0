"""A raster over HTTP: the stored GeoTIFF, in ranges, and its record in the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import rasterio
from starlette.testclient import TestClient

from geo.model import Project
from geo.serve.app import create_app
from geo.store import Catalog

URL = "http://town.test"


@pytest.fixture(scope="module")
def city(project: Project, demo_data: Path) -> Iterator[TestClient]:
    with TestClient(create_app(project, demo_data, server_url=URL), base_url=URL) as client:
        yield client


def test_a_raster_is_sent_as_it_is_stored(city, project, demo_data, tmp_path) -> None:
    for raster_id in project.rasters:
        snapshot = Catalog(demo_data).current(raster_id)
        assert snapshot is not None
        answer = city.get(f"/api/rasters/{raster_id}.tif")
        assert answer.content == snapshot.coverage.read_bytes()
        assert answer.headers["content-type"].startswith("image/tiff")
        path = tmp_path / f"{raster_id}.tif"
        path.write_bytes(answer.content)
        with rasterio.open(path) as file:
            assert file.crs.to_epsg() == 2180


def test_windows_and_tags(city, project) -> None:
    raster_id = next(iter(project.rasters))
    address = f"/api/rasters/{raster_id}.tif"
    head = city.get(address, headers={"Range": "bytes=0-3"})
    assert (head.status_code, head.content[:2]) == (206, b"II")
    again = city.get(address, headers={"If-None-Match": head.headers["etag"]})
    assert again.status_code == 304


def test_the_catalogue_leads_to_it(city, project) -> None:
    for raster_id, raster in project.rasters.items():
        record = city.get(f"/api/collections/catalogue/items/layer.{raster_id}").json()
        assert raster.title.pl in record["properties"]["title"]
        file = next(link for link in record["links"] if link["rel"] == "enclosure")
        assert city.head(file["href"].removeprefix(URL)).status_code == 200


@pytest.mark.parametrize("name", ["ndvi", "nothing.tif", "parcels.tif", "..%2Fcatalog.sqlite"])
def test_nothing_else_is_there(city, name: str) -> None:
    assert city.get(f"/api/rasters/{name}").status_code == 404
