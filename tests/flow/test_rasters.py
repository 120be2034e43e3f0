"""A GeoTIFF through the corridor: what comes in, what does not, and what a card makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import Affine, from_origin

from geo import crs
from geo.cli import main
from geo.errors import (
    CRSMismatchError,
    InputRefusedError,
    LimitExceededError,
    ModelError,
    NotFoundError,
)
from geo.flow.compute import compute
from geo.flow.publish import Outcome, publish
from geo.flow.rasters import raster_source
from geo.flow.results import load_results
from geo.limits import LIMITS, Limit
from geo.measure.example import table_of
from geo.measure.zonal import zonal
from geo.model import Project, load_project
from geo.store import Catalog, read_table, table, verify, write_snapshot

ROOT = Path(__file__).resolve().parents[2]
CITY = crs.reproject_bounds((18.93, 50.27, 19.1, 50.37), crs.CRS84, crs.METRIC)
WEST, NORTH = 500_000.0, 275_000.0


@pytest.fixture
def tif(tmp_path: Path) -> Callable[..., Path]:
    """Write a GeoTIFF; by default land cover of 60 x 50 cells in the city."""

    def write(
        cells: np.ndarray | None = None, *, place: Affine | None = None, code: Any = "EPSG:2180",
        nodata: float | None = 0, bands: int = 1, name: str = "a.tif", scale: float = 1.0,
        **profile: Any,
    ) -> Path:  # fmt: skip
        if cells is None:
            cells = np.random.default_rng(1).integers(1, 10, (50, 60)).astype("uint8")
        path = tmp_path / name
        with rasterio.open(
            path, "w", driver="GTiff", height=cells.shape[0], width=cells.shape[1], count=bands,
            dtype=cells.dtype, crs=code, nodata=nodata,
            transform=place or from_origin(WEST, NORTH, 10, 10), **profile,
        ) as target:  # fmt: skip
            for band in range(1, bands + 1):
                target.write(cells, band)
            if scale != 1.0:
                target.scales = [scale]
        return path

    return write


@pytest.fixture
def take(project: Project, tmp_path: Path) -> Callable[..., Outcome]:
    return lambda path, layer="land_cover", **more: publish(
        project, tmp_path / "data", layer, path, **more
    )


def refused(take, path, **more) -> Any:
    """The first error of a refusal; nothing was published."""
    with pytest.raises(InputRefusedError) as caught:
        take(path, **more)
    return caught.value.report.issues[-1].code


def test_a_raster_is_published_rolled_back_and_listed(tif, take, project, tmp_path, capsys):
    first = take(tif(), note="one").snapshot
    assert first.is_raster
    assert set(first.manifest.files) == {"coverage.tif", "quality.json"}
    verify(first)
    with rasterio.open(first.coverage) as source:
        assert source.crs.to_epsg() == 2180
        assert (source.nodata, source.dtypes) == (255, ("uint8",))
        assert source.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert source.colormap(1)[2][:3] == (0x2D, 0x78, 0x3C)
        assert (source.read(1) == rasterio.open(tmp_path / "a.tif").read(1)).all()
    second = take(tif(np.full((50, 60), 3, "uint8"))).snapshot
    data = str(tmp_path / "data")
    root = Catalog(tmp_path / "data")
    assert root.current("land_cover").version == second.version
    capsys.readouterr()
    main(["layers", "--json", "--data", data, "--project", str(ROOT)])
    rows = json.loads(capsys.readouterr().out)["layers"]
    main(["rollback", "land_cover", "--data", data, "--project", str(ROOT)])
    assert root.current("land_cover").version == first.version
    (row,) = [each for each in rows if each["id"] == "land_cover"]
    assert (row["kind"], row["cells"], row["features"]) == ("Raster", 3000, None)
    with pytest.raises(NotFoundError, match="cells and no features"):
        read_table(first)


def test_the_same_cells_are_the_same_bytes(tif, take):
    first = take(tif(compress="lzw", tiled=True, blockxsize=16, blockysize=16)).snapshot
    second = take(tif(name="b.tif")).snapshot
    name = "coverage.tif"
    assert first.manifest.files[name]["sha256"] == second.manifest.files[name]["sha256"]


@pytest.mark.parametrize(
    ("made", "code"),
    [
        ({"bands": 3}, "bands"),
        ({"place": from_origin(WEST, NORTH, 20, 20)}, "cell-size"),
        ({"place": from_origin(WEST, NORTH, 10, 20)}, "cell-size"),
        ({"place": Affine(10, 1, WEST, 1, -10, NORTH)}, "not-north-up"),
        ({"place": Affine(10, 0, WEST, 0, 10, NORTH)}, "not-north-up"),
        ({"code": None}, "crs-missing"),
        ({"code": "EPSG:2177"}, "crs-differs"),
        ({"place": from_origin(700_000, 500_000, 10, 10)}, "raster-outside"),
        ({"cells": np.full((9, 9), 77, "uint8")}, "unknown-cell-code"),
        ({"cells": np.zeros((9, 9), "uint8")}, "raster-empty"),
        ({"cells": np.ones((9, 9), "float32")}, "cell-type"),
    ],
)
def test_what_is_not_the_layers_is_refused(tif, take, made, code, tmp_path):
    assert refused(take, tif(**made)) == code
    assert Catalog(tmp_path / "data").current("land_cover") is None


def test_strangers_files_are_refused(tif, take, tmp_path, monkeypatch):
    fake = tmp_path / "fake.tif"
    fake.write_text('<VRTDataset rasterXSize="1" rasterYSize="1"></VRTDataset>')
    assert refused(take, fake) == "not-what-it-says"
    cut = tmp_path / "cut.tif"
    cut.write_bytes(tif().read_bytes()[:400])
    assert refused(take, cut) == "unreadable"
    other = tmp_path / "a.vrt"
    other.write_text("x")
    assert refused(take, other) == "unknown-raster-format"
    monkeypatch.setitem(LIMITS, "cells", Limit(100, "cells", ""))
    with pytest.raises(LimitExceededError):
        take(tif())


def test_a_sparse_giant_is_refused_before_it_is_read(tif, take, tmp_path):
    path = tmp_path / "giant.tif"
    with rasterio.open(
        path, "w", driver="GTiff", height=200_000, width=200_000, count=1, dtype="uint8",
        crs="EPSG:2180", transform=from_origin(WEST, NORTH, 10, 10), sparse_ok=True, tiled=True,
        BIGTIFF="YES", compress="deflate",
    ):  # fmt: skip
        pass
    assert path.stat().st_size < 10_000_000
    assert refused(take, path) == "too-many-cells"


def test_faulty_cells_are_left_out_only_when_asked(tif, take):
    cells = np.full((20, 20), 2, "uint8")
    cells[0, :5] = 44
    found = take(tif(cells), drop_invalid=True)
    assert found.report.dropped == {"cells": 5, "unknown-cell-code": 5}
    assert found.report.counts == {"cells": 400, "with_data": 395}
    assert "44: 5" in found.report.as_text("en")
    ndvi = np.full((20, 20), 0.5, "float32")
    ndvi[0, 0], ndvi[0, 1], ndvi[0, 2] = 7.0, np.inf, -9999
    assert refused(take, tif(ndvi, nodata=-9999), layer="ndvi") == "cells-out-of-range"
    kept = take(tif(ndvi, nodata=-9999), layer="ndvi", drop_invalid=True).report
    assert (kept.dropped["cells"], kept.counts["with_data"]) == (2, 397)


def test_scaled_numbers_are_turned_into_their_unit(tif, take):
    cells = np.full((20, 20), 5000, "int16")
    found = take(tif(cells, nodata=-32768, scale=0.0001), layer="ndvi")
    assert found.report.geometry["mean"] == pytest.approx(0.5)
    assert "cells-scaled" in [issue.code for issue in found.report.issues]


def test_another_crs_is_warped_only_when_asked_and_said(tif, take, project, tmp_path):
    west, _, _, north = crs.reproject_bounds(
        (WEST, NORTH - 2000, WEST + 2000, NORTH), crs.METRIC, "EPSG:32634"
    )
    cells = np.full((260, 260), 2, "uint8")
    cells[:, 130:] = 6
    place = from_origin(west - 200, north + 200, 10, 10)
    path = tif(cells, place=place, code="EPSG:32634")
    assert refused(take, path) == "crs-differs"
    found = take(path, reproject=True)
    assert "nearest" in next(i.what.en for i in found.report.issues if i.code == "resampled")
    with rasterio.open(found.snapshot.coverage) as source:
        assert source.crs.to_epsg() == 2180
        assert (source.transform.c % 10, source.transform.f % 10) == (0, 0)
    assert set(found.report.geometry["cells_by_class"]) == {"2", "6"}
    # Its ground in EPSG:2180 is that of the two halves, to the width of a cell.
    grid = raster_source(project.raster("land_cover"), found.snapshot)
    got = zonal(np.array([shapely.box(WEST, NORTH - 2000, WEST + 2000, NORTH)]), grid)
    assert got.by_class_m2.sum() + got.nodata_m2.sum() == pytest.approx(4e6)
    ndvi = tif(np.full((260, 260), 0.25, "float32"), place=place, code="EPSG:32634", nodata=None)
    warped = take(ndvi, layer="ndvi", reproject=True).report
    assert warped.geometry["mean"] == pytest.approx(0.25)


def test_a_file_without_a_crs_may_be_told_it(tif, take):
    found = take(tif(code=None), assume_crs="EPSG:2180")
    assert found.report.assumed == {"crs": "EPSG:2180"}
    assert refused(take, tif(), assume_crs="EPSG:2177") == "crs-contradicts"


def test_the_cage_has_no_network(tif, take):
    assert take(tif(), dry_run=True).report.cage["network"] in ("none", "closed proxy")
    assert take(tif(), dry_run=True).snapshot is None


def test_real_rasters_are_read_and_told_where_they_lie(take, shared_data):
    for name in ("spdl_ndvi.tif", "spdl_nlcd.tif", "riotiler_cog_nodata.tif"):
        with pytest.raises(CRSMismatchError) as caught:
            take(shared_data / "rasters" / name, layer="ndvi", reproject=True)
        assert caught.value.report.issues[-1].code == "raster-outside"


def test_a_card_measures_the_published_raster(tif, take, project, tmp_path):
    """Two districts of 200 m x 300 m: one all forest and street by halves, one all water."""
    cells = np.full((30, 40), 1, "uint8")
    cells[:, :10], cells[:, 10:20] = 2, 7
    take(tif(cells), synthetic=True)
    districts = project.layers["districts"]
    rows = [
        {"district_id": name, "name": name.upper(),
         "geometry": shapely.box(WEST + x, NORTH - 300, WEST + x + 200, NORTH).wkt}
        for name, x in (("a", 0), ("b", 200))
    ]  # fmt: skip
    made = table_of(districts, rows)
    made = table.with_geometries(made, table.promote(table.geometries(made), "MultiPolygon"))
    data = tmp_path / "data"
    Catalog(data).publish(write_snapshot(data, districts, made, source_name="x"))
    (done,) = compute(project, data, ["land_cover_classes"])
    assert done.closes and done.synthetic
    found = load_results(project, data, "land_cover_classes")
    assert {row.zone_id: row.value for row in found.rows} == {"a": 50.0, "b": 0.0}
    pieces = read_table(Catalog(data).current("evidence_land_cover_classes"))
    areas = shapely.area(table.geometries(pieces))
    np.testing.assert_allclose(areas, pieces.column("measure").to_numpy(), rtol=1e-9)
    assert sorted(pieces.column("feature_id").to_pylist()) == ["1", "2", "7"]


def test_layers_that_do_not_hold_are_refused(tmp_path):
    """A raster's layer.yml with classes and a unit, with neither, or in another CRS."""
    (tmp_path / "config").symlink_to(ROOT / "config")
    (tmp_path / "layers").mkdir()
    (tmp_path / "layers" / "districts").symlink_to(ROOT / "layers" / "districts")
    (tmp_path / "layers" / "addresses").symlink_to(ROOT / "layers" / "addresses")
    (tmp_path / "layers" / "ndvi").mkdir()
    path = tmp_path / "layers" / "ndvi" / "layer.yml"
    text = (ROOT / "layers" / "ndvi" / "layer.yml").read_text()
    path.write_text(text)
    assert list(load_project(tmp_path).rasters) == ["ndvi"]
    for more, words in (
        ('classes: { 1: { title: { pl: a, en: a } } }\n', "either"),
        ("crs: EPSG:2177\n", "EPSG:2180"), ("wrong: 1\n", "unknown key"),
    ):  # fmt: skip
        path.write_text(text + more)
        with pytest.raises(ModelError, match=words):
            load_project(tmp_path)
