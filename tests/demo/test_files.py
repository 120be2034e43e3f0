"""The files are what a city's own systems would hand over."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely

from geo.demo import City
from geo.demo.files import FILES
from geo.demo.rasters import CLASSES, NDVI_NODATA
from geo.model import Project


def test_every_layer_has_a_file_in_its_crs(files: Path, project: Project) -> None:
    assert set(FILES) == set(project.layers)
    for name, file in FILES.items():
        info = pyogrio.read_info(files / file)
        assert info["crs"] == project.layer(name).crs
        assert info["features"] > 0


def test_columns_are_aliases_and_complete(files: Path, project: Project) -> None:
    for name, file in FILES.items():
        columns = set(pyogrio.read_info(files / file)["fields"])
        for field in project.layer(name).fields:
            assert columns & {field.name, *field.aliases}, f"{name}.{field.name}"
        assert len(columns) == len(project.layer(name).fields)


@pytest.mark.parametrize("name", ["greenery", "bike_paths"])
def test_shapefiles_are_cp1250_and_say_so(files: Path, name: str) -> None:
    path = files / FILES[name]
    assert path.with_suffix(".cpg").read_text().strip() == "1250"
    raw = path.with_suffix(".dbf").read_bytes()
    word = {"greenery": "Łąki nad Brynicą", "bike_paths": "Michałkowicka"}[name]
    assert word.encode("cp1250") in raw
    assert word.encode() not in raw
    table = pyogrio.read_dataframe(path)
    assert word in set(table["NAZWA"])
    assert all(len(column) <= 10 and column.isupper() for column in table.columns[:-1])


def test_geojson_names_its_crs_and_keeps_polish_letters(files: Path) -> None:
    for name in ("addresses", "stops", "schools"):
        document = json.loads((files / FILES[name]).read_text(encoding="utf-8"))
        assert document["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::2180"
        easting, northing = document["features"][0]["geometry"]["coordinates"]
        assert 498_000 < easting < 505_000
        assert 267_000 < northing < 277_000
    names = {f["properties"]["NAZWA"] for f in document["features"]}
    assert any("Szkoła Podstawowa" in name for name in names)


def test_dates_are_dates(files: Path) -> None:
    table = pyogrio.read_arrow(files / FILES["mpzp"])[1]
    assert str(table.schema.field("OD_DNIA").type) == "date32[day]"


def test_geometry_in_the_files_is_that_of_the_city(files: Path, city: City) -> None:
    shapes = pyogrio.read_dataframe(files / FILES["mpzp"]).geometry
    ours = shapely.get_coordinates(city.zoning.shape, return_index=True)
    theirs = shapely.get_coordinates(shapes.to_numpy(), return_index=True)
    assert all((a == b).all() for a, b in zip(ours, theirs, strict=True))
    shapes = pyogrio.read_dataframe(files / FILES["greenery"]).geometry
    assert shapes.area.sum() == pytest.approx(shapely.area(city.greenery.shape).sum(), rel=1e-12)


def test_buildings_bear_the_ids_of_their_parcels(files: Path) -> None:
    parcels = pyogrio.read_dataframe(files / FILES["parcels"]).set_index("ID_DZIALKI").geometry
    built = pyogrio.read_dataframe(files / FILES["buildings"])
    assert built["ID_BUDYNKU"].is_unique
    on = parcels.loc[built["ID_BUDYNKU"].str.rsplit(".", n=1).str[0]].to_numpy()
    inside = shapely.point_on_surface(built.geometry.to_numpy())
    assert shapely.contains(on, inside).all()


def test_the_folder_says_that_the_city_is_invented(files: Path) -> None:
    note = (files / "README.txt").read_text(encoding="utf-8")
    assert "DANE SYNTETYCZNE" in note
    assert "SYNTHETIC DATA" in note


def test_land_cover_agrees_with_the_parcels(files: Path, city: City) -> None:
    with rasterio.open(files / "land_cover.tif") as source:
        assert source.crs.to_epsg() == 2180
        assert source.res == (10.0, 10.0)
        assert source.profile["tiled"] and source.compression.value == "DEFLATE"
        assert source.nodata == 0
        assert source.descriptions[0]
        assert source.tags()["synthetic"] == "true"
        colours = source.colormap(1)
        assert all(colours[k][:3] == colour for k, (_, colour, _) in CLASSES.items())
        cover = source.read(1)
        forest = city.ground.parcels[city.ground.kind == "forest"]
        inner = shapely.point_on_surface(shapely.buffer(forest, -12))
        spots = shapely.get_coordinates(inner[~shapely.is_empty(inner)])
        assert {int(v[0]) for v in source.sample(spots)} == {2}
    assert (cover > 0).sum() * 100 == pytest.approx(25.5e6, rel=2e-3)
    assert (cover == 2).sum() * 100 == pytest.approx(shapely.area(forest).sum(), rel=0.02)


def test_ndvi_follows_the_land_cover(files: Path) -> None:
    with rasterio.open(files / "land_cover.tif") as first, rasterio.open(files / "ndvi.tif") as two:
        assert two.dtypes[0] == "float32"
        assert two.nodata == NDVI_NODATA
        assert first.transform == two.transform
        cover, ndvi = first.read(1), two.read(1)
    assert ((ndvi == NDVI_NODATA) == (cover == 0)).all()
    means = {k: ndvi[cover == k].mean() for k in CLASSES}
    assert means[2] > means[9] > means[5] > means[6] > means[1]
    assert np.abs(ndvi[cover > 0]).max() <= 1
