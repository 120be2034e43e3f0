"""A raster as the source: the numbers of the cards, of counted cells, and refusals."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from click.testing import CliRunner
from rasterio.transform import from_origin

from geo.cli import root
from geo.errors import GeoError
from geo.flow.sources import Sources
from geo.flow.streamed.raster_job import raster_job
from geo.measure import card, zonal
from geo.measure.plan import plan
from geo.measure.streamed.question import Over, Question
from geo.measure.streamed.whole import STATUSES
from geo.model.indicator import UNCLASSIFIED

WEST, NORTH, SIDE = 500_000.0, 270_600.0, 10.0


def tif(path, values, crs="EPSG:2180", nodata=None):
    profile = {
        "driver": "GTiff", "height": values.shape[0], "width": values.shape[1], "count": 1,
        "dtype": values.dtype, "crs": crs, "nodata": nodata,
        "transform": from_origin(WEST, NORTH, SIDE, SIDE),
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as file:
        file.write(values, 1)
    return str(path)


@pytest.fixture
def zones(tmp_path):
    """Two halves whose border runs through the middle of column 20's cells."""
    shapes = [shapely.box(WEST, NORTH - 600, WEST + 205, NORTH),
              shapely.box(WEST + 205, NORTH - 600, WEST + 800, NORTH)]  # fmt: skip
    path = tmp_path / "zones.parquet"
    gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=shapes, crs=2180).to_parquet(path)
    return str(path)


def measured(question, source, zones, project=None, data=None):
    job = raster_job(question, source, zones, project=project, root=data)
    return job, job.measure()


CASES = (
    ("land_cover", {"verb": "area", "by": "class"}),
    ("land_cover", {"verb": "share_of_area", "where": "class = '4'"}),
    ("land_cover", {"verb": "share_by_class", "by": "class"}),
    ("land_cover", {"verb": "diversity", "by": "class", "index": "evenness"}),
    ("ndvi", {"verb": "mean"}),
    ("ndvi", {"verb": "mean", "where": "value > 0.5"}),
    ("ndvi", {"verb": "median"}),
    ("ndvi", {"verb": "sum"}),
    ("ndvi", {"verb": "density", "measure": "count"}),
)


@pytest.mark.parametrize(("source", "asked"), CASES, ids=str)
def test_a_published_raster_says_what_the_card_says(source, asked, project, demo_data):
    job, whole = measured(Question(**asked), source, "districts", project, demo_data)
    recipe = job.question.recipe
    of = recipe.of.model_copy(update={"layer": source})
    found = plan(project, recipe.model_copy(update={"of": of}))
    sources = Sources(project, demo_data, [found])
    layers = {name: sources.source(name) for name in found.layers}
    theirs = card.measure(found, sources.zones(found), layers)
    names = tuple(one.name for one in theirs.classes)
    if asked.get("by"):
        assert tuple(label or UNCLASSIFIED for label in whole.labels) == names
    columns = [*((one.values, one.whole) for one in theirs.classes), (theirs.values, theirs.whole)]
    for column, (values, together) in zip(range(-len(columns), 0), columns, strict=True):
        for place, value in enumerate((*values, together)):
            mine = whole.table.values[place, column]
            assert STATUSES[whole.table.status[place, column]] == value.status
            assert np.isnan(mine) if value.value is None else mine == pytest.approx(value.value)
    assert all(entry.closes for entry in whole.ledger)


def test_a_file_of_numbers_gives_what_counting_gives(tmp_path, zones, monkeypatch):
    values = np.random.default_rng(1).uniform(0, 9, (60, 80)).astype("float32")
    values[3:5, 7] = -1
    path = tif(tmp_path / "n.tif", values, nodata=-1)
    weight = np.zeros((2, 80))
    weight[0, :20], weight[:, 20], weight[1, 21:] = 1, 0.5, 1
    known = np.where(values == -1, np.nan, values).astype(float)
    sums = np.array([np.nansum(known * one) for one in weight])
    counts = np.array([((~np.isnan(known)) * one).sum() for one in weight])
    _, mean = measured(Question("mean"), path, zones)
    assert mean.totals == pytest.approx(sums / counts, rel=1e-9)
    assert mean.table.values[-1, -1] == pytest.approx(sums.sum() / counts.sum(), rel=1e-9)
    monkeypatch.setattr(zonal, "STRIP", 7)
    _, again = measured(Question("mean"), path, zones)
    assert again.totals == pytest.approx(mean.totals, rel=1e-12)
    job, area = measured(Question("area", where="value >= 3"), path, zones)
    there = ((values >= 3)[None] * weight[:, None, :]).sum(axis=(1, 2)) * SIDE**2
    assert area.totals == pytest.approx(there, rel=1e-9)
    assert job.unit == "m2"


def test_a_file_of_classes_has_those_that_occur_or_are_named(tmp_path, zones):
    values = np.random.default_rng(1).integers(1, 4, (60, 80)).astype("uint8")
    path = tif(tmp_path / "c.tif", values, nodata=0)
    _, found = measured(Question("area", by="class"), path, zones)
    assert found.labels == ("1", "2", "3")
    west = [
        (values[:, :20] == code).sum() + (values[:, 20] == code).sum() / 2 for code in (1, 2, 3)
    ]
    assert found.values[0] == pytest.approx(np.array(west) * SIDE**2, rel=1e-9)
    _, named = measured(Question("share_by_class", by="class", names=("1", "2")), path, zones)
    assert named.labels[:2] == ("1", "2")
    assert named.values[0, 0] == pytest.approx(100 * west[0] / (west[0] + west[1]), rel=1e-9)


def test_a_zone_that_is_not_seen_has_no_value(tmp_path, zones):
    values = np.ones((60, 80), dtype="float32")
    values[:, 40:] = -1
    _, found = measured(Question("mean"), tif(tmp_path / "n.tif", values, nodata=-1), zones)
    assert [STATUSES[row] for row in found.table.status[:-1, -1]] == ["ok", "null"]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"verb": "share_within", "far": True, "distance": 9.0}, "cells are not features"),
        ({"verb": "nearest", "far": True}, "cells are not features"),
        ({"verb": "area", "once": True}, "--overlaps"),
        ({"verb": "sum", "field": "height"}, "there is no 'height'"),
        ({"verb": "area", "by": "class"}, "real numbers"),
        ({"verb": "ratio", "over": Over("count")}, "--over"),
        ({"verb": "area", "where": "kind = 1"}, "there is no 'kind'"),
        ({"verb": "share_by_class"}, "needs `by`"),
    ],
)
def test_what_a_raster_does_not_have_is_refused(tmp_path, zones, asked, says):
    path = tif(tmp_path / "n.tif", np.ones((60, 80), dtype="float32"))
    with pytest.raises(GeoError) as found:
        measured(Question(**asked), path, zones)
    assert says in str(found.value)


def test_another_file_is_refused(tmp_path, zones):
    values = np.ones((60, 80), dtype="float32")
    with pytest.raises(GeoError, match="not in EPSG:2180"):
        measured(Question("mean"), tif(tmp_path / "m.tif", values, crs="EPSG:2177"), zones)
    (tmp_path / "text.tif").write_text("no raster")
    with pytest.raises(GeoError, match="no GeoTIFF"):
        measured(Question("mean"), str(tmp_path / "text.tif"), zones)
    with pytest.raises(GeoError, match="no such raster"):
        measured(Question("mean"), str(tmp_path / "none.tif"), zones)


def test_the_command_measures_a_file_and_tells_what_it_would(tmp_path, zones):
    path = tif(tmp_path / "n.tif", np.full((60, 80), 2.5, dtype="float32"))

    def call(*words):
        found = CliRunner().invoke(root, ["measure", path, "--zones", zones, *words])
        return found.stdout, found.exception

    told = json.loads(call("--verb", "mean", "--json")[0])
    assert [row["value"] for row in told["rows"]] == [2.5, 2.5]
    assert told["all_zones"]["value"] == 2.5
    assert told["ledger_denominator"]["closes"]
    assert told["cells"] == {"rows": 60, "columns": 80, "width_m": 10.0, "height_m": 10.0}
    assert json.loads(call("--explain", "--json")[0])["plan"]["cells_read"] == 4800
    assert "4,800 cells" in call("--explain", "--lang", "en")[0]
    assert "480 000" in call("--verb", "area")[0].replace("\u202f", " ")
    assert "--scheduler does not go" in str(call("--scheduler", "tcp://x:1")[1])
