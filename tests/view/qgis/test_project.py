"""The project file: what is in it, what is not, and that it is the same every time."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from geo.errors import NotFoundError, UsageError
from geo.model import Project
from geo.store import Catalog
from geo.store.raster import write_raster
from geo.view.qgis import project_file
from geo.view.qgis.project import api_address

URL = "https://dane.example.org"


@pytest.fixture(scope="module")
def document(town: tuple[Project, Path]) -> Element:
    return _read(project_file(*town, URL, "pl"))


def _read(content: bytes) -> Element:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["geobank.qgs"]
        return fromstring(archive.read("geobank.qgs"))


def _layer(document: Element, layer_id: str) -> Element:
    found = [each for each in document.iter("maplayer") if each.findtext("id") == layer_id]
    assert len(found) == 1
    return found[0]


def test_the_same_city_gives_the_same_bytes(town, tmp_path):
    project, root = town
    once = project_file(project, root, URL, "pl")
    assert project_file(project, root, f"{URL}/", "pl") == once
    moved = tmp_path / "elsewhere"
    shutil.copytree(root, moved)
    assert project_file(project, moved, URL, "pl") == once
    assert project_file(project, root, URL, "en") != once
    assert str(root).encode() not in _bytes(once)


def _bytes(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read("geobank.qgs")


def test_only_what_is_published_is_there(document: Element, town):
    published = set(Catalog(town[1]).layer_ids()) - {"indicator_values"}
    ids = {each.findtext("id") or "" for each in document.iter("maplayer")}
    collections = {i.removeprefix("geobank_collection_") for i in ids if "collection" in i}
    assert collections == published
    assert {i for i in ids if "indicator" in i} == {"geobank_indicator_stops_density"}
    tree = [each.attrib["id"] for each in document.iter("layer-tree-layer")]
    order = [each.attrib["id"] for each in document.iter("layer") if "id" in each.attrib]
    assert sorted(tree) == sorted(ids) == sorted(set(tree)) and order == tree


def test_titles_of_strangers_stay_text(document: Element):
    layer = _layer(document, "geobank_collection_pog")
    assert layer.findtext("layername") == "Plan ogólny <POG> & 'reszta'"
    assert layer.findtext("attribution") == 'Urząd "X" & Y, CC0-1.0'
    assert layer.find("attribution").attrib["href"] == "https://example.org/?a=1&b='2'"
    assert not list(document.iter("evil"))


def test_the_general_plan_has_its_legal_colours(document: Element):
    layer = _layer(document, "geobank_collection_pog")
    renderer = layer.find("renderer-v2")
    categories = renderer.findall("categories/category")
    assert [c.attrib["value"] for c in categories][:3] == ["SW", "SJ", "SZ"]
    assert len(categories) == 14 and categories[-1].attrib["value"] == ""
    colours = [
        option.attrib["value"]
        for option in renderer.iterfind("symbols/symbol/layer/Option/Option[@name='color']")
    ]
    assert colours[0] == "184,149,120,255" and colours[8] == "187,245,139,255"
    assert [s.attrib["name"] for s in renderer.find("symbols")] == [str(i) for i in range(14)]
    labels = layer.find("labeling/settings/rendering").attrib
    assert (labels["scaleVisibility"], labels["scaleMax"]) == ("1", "9000")
    assert "2758" in layer.findtext("abstract")


def test_every_category_and_range_points_at_a_symbol_of_its_own(document: Element):
    for renderer in document.iter("renderer-v2"):
        symbols = [s.attrib["name"] for s in renderer.find("symbols")]
        used = [
            each.attrib["symbol"] for each in (*renderer.iter("category"), *renderer.iter("range"))
        ]
        assert symbols == (used or ["0"])


def test_a_choropleth_holds_its_own_indicator_without_the_whole_city(document: Element):
    layer = _layer(document, "geobank_indicator_stops_density")
    found = layer.findtext("datasource")
    assert "typename='indicator_values'" in found and f"url='{URL}/api'" in found
    assert r"""filter='"indicator" = \'stops_density\' AND "zone_id" <> \'_all\''""" in found
    ranges = [r.attrib for r in layer.iterfind("renderer-v2/ranges/range")]
    # 2, 1 and 0 stops on 0.9 km2 are 2.2, 1.1 and 0; their terciles are 0.7 and 1.5.
    assert [r["label"] for r in ranges] == [
        "b.d.: brak danych; ÷0: nie do policzenia (mianownik równy zeru); "
        "ukryto: zbyt mała liczba",
        "0,0 – 0,7", "0,7 – 1,5", "1,5 – 2,2",
    ]  # fmt: skip
    lower = [float(r["lower"]) for r in ranges]
    upper = [float(r["upper"]) for r in ranges]
    assert lower[0] == upper[0] < lower[1]
    assert lower[2:] == upper[1:-1] == [0.7, 1.5]
    assert upper[-1] > 1e12 and lower[1] < -1e12, "a value of a later version would not be drawn"
    written = layer.find("labeling/settings/text-style").attrib["fieldName"]
    assert """ WHEN "status" = 'null' THEN 'b.d.' WHEN "status" = 'not_computable' THEN '÷0' """ \
        in written  # fmt: skip


def _assert_says_that_it_is_synthetic(layer: Element) -> None:
    assert layer.findtext("abstract").startswith("Dane syntetyczne")
    assert layer.findtext("attribution").endswith("; dane syntetyczne")
    assert layer.findtext("resourceMetadata/rights").endswith("; dane syntetyczne")
    assert "dane syntetyczne" in [each.text for each in layer.iter("keyword")]


def test_synthetic_layers_say_so_and_others_do_not(document: Element):
    flagged = _layer(document, "geobank_collection_stops")
    plain = _layer(document, "geobank_collection_pog")
    _assert_says_that_it_is_synthetic(flagged)
    assert "dane syntetyczne" not in [each.text for each in plain.iter("keyword")]
    assert "syntetyczne" not in plain.findtext("abstract")
    assert "syntetyczne" not in plain.findtext("resourceMetadata/rights")
    assert "dane syntetyczne" in document.findtext("title")


def test_english_is_english(town):
    document = _read(project_file(*town, URL, "en"))
    assert document.findtext("title").endswith("(synthetic data)")
    groups = [g.attrib["name"] for g in document.iter("layer-tree-group") if "name" in g.attrib]
    assert groups == ["Boundaries", "Transport", "Evidence", "Indicators", "Planning"]
    aliases = {a.attrib["name"] for a in _layer(document, "geobank_collection_stops").iter("alias")}
    assert aliases == {"Stop code", "Name", "Mode"}


def test_a_raster_is_listed_with_its_colours(town, tmp_path):
    project, root = town
    copy = tmp_path / "with-raster"
    shutil.copytree(root, copy)
    file = tmp_path / "cover.tif"
    place = from_origin(5e5, 27e4, 10, 10)
    profile = {"driver": "GTiff", "height": 2, "width": 2, "count": 1, "dtype": "uint8",
               "crs": "EPSG:2180", "nodata": 255, "transform": place}  # fmt: skip
    with rasterio.open(file, "w", **profile) as target:
        target.write(np.array([[[1, 2], [3, 255]]], np.uint8))
    raster = project.rasters["land_cover"]
    Catalog(copy).publish(write_raster(copy, raster, file, source_name="x.tif", synthetic=True))
    document = _read(project_file(project, copy, URL, "pl"))
    layer = _layer(document, "geobank_collection_land_cover")
    assert layer.attrib["type"] == "raster" and layer.findtext("provider") == "gdal"
    assert layer.findtext("datasource") == f"/vsicurl/{URL}/api/rasters/land_cover.tif"
    entries = {e.attrib["value"]: (e.attrib["color"], e.attrib["label"])
               for e in layer.iter("paletteEntry")}  # fmt: skip
    assert entries == {str(k): (c.colour, c.title.pl) for k, c in raster.classes.items()}
    _assert_says_that_it_is_synthetic(layer)
    links = {each.attrib["name"]: each.attrib["url"] for each in layer.iter("link")}
    assert links["GeoTIFF"] == f"{URL}/api/rasters/land_cover.tif" and links["licence"]
    groups = {g.attrib.get("name"): g for g in document.iter("layer-tree-group")}
    [node] = groups["Rastry"].iter("layer-tree-layer")
    assert node.attrib["checked"] == "Qt::Unchecked" and node.attrib["providerKey"] == "gdal"


def test_nothing_published_is_told(town, tmp_path):
    with pytest.raises(NotFoundError, match="nothing is published"):
        project_file(town[0], tmp_path, URL, "pl")


@pytest.mark.parametrize(
    ("given", "api"),
    [
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000/api"),
        ("https://gis.example.org/bank/", "https://gis.example.org/bank/api"),
        ("https://gis.example.org/api", "https://gis.example.org/api"),
        ("https://gis.example.org/api/", "https://gis.example.org/api"),
    ],
)
def test_the_address_of_the_api(given: str, api: str):
    assert api_address(given) == api


@pytest.mark.parametrize(
    "given",
    ["", "gis.example.org", "ftp://a", "file:///etc/passwd", "http://", "http://u:p@a", "http://a?x=1",
     "http://[::1"],
)  # fmt: skip
def test_what_is_no_address_is_refused(given: str):
    with pytest.raises(UsageError):
        api_address(given)
