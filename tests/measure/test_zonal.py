"""Rasters in zones: against exactextract, by hand, and with both ledgers closing."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from drawing import EAST, NORTH, jittered, stars
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from hypothesis import given, settings
from hypothesis import strategies as st
from made import TEXT, layer, made
from shapely import box

from geo.errors import MeasureError
from geo.measure.faces import dissolved, faces
from geo.measure.inputs import ZoneSet, zone_set
from geo.measure.plan import TermPlan
from geo.measure.raster import Grid
from geo.measure.zonal import RasterGrid, raster_quantity, zonal
from geo.model.raster import Raster

NODATA = 255


def raster(**more) -> Raster:
    return Raster.model_validate(
        {
            "id": "cover", "title": TEXT, "description": TEXT, "source": {"name": TEXT},
            "licence": {"id": "CC0-1.0", "name": "CC0"},
            "steward": {"name": "A", "email": "a@example.org"}, "update_interval": "P1Y",
            "geometry": "Raster", "cell_m": 10, **more,
        }
    )  # fmt: skip


def classes(*codes: int) -> Raster:
    return raster(classes={code: {"title": TEXT} for code in codes})


def source(of: Raster, cells: np.ndarray, west=EAST, north=NORTH, cell=10.0) -> RasterGrid:
    rows, columns = cells.shape
    nodata = float(NODATA) if of.classes else math.nan

    def read(row: int, column: int, height: int, width: int) -> np.ndarray:
        return cells[row : row + height, column : column + width]

    return RasterGrid(of, Grid(west, north, cell, cell, columns, rows), nodata, read)


def zones_of(shapes) -> ZoneSet:
    return zone_set(made(layer("districts", "MultiPolygon"), shapes))


def term(measure="area", where="", field="", **more) -> TermPlan:
    return TermPlan("numerator", "cover", "polygon", measure, where=where, field=field, **more)


def peers(shapes, cells, grid: Grid, operations, nodata=math.nan):
    """What exactextract says of the same zones."""
    source_ = NumPyRasterSource(
        np.where(np.isnan(cells), -9999.0, cells), xmin=grid.west,
        xmax=grid.west + grid.columns * grid.cell_width,
        ymin=grid.north - grid.rows * grid.cell_height, ymax=grid.north, nodata=-9999.0,
    )  # fmt: skip
    geojson = [
        {"type": "Feature", "geometry": shapely.geometry.mapping(each), "properties": {}}
        for each in shapes
    ]
    return [each["properties"] for each in exact_extract(source_, geojson, operations)]


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_numbers_are_those_of_exactextract(seed):
    rng = np.random.default_rng(seed)
    cells = rng.normal(size=(37, 29))
    cells[rng.random(cells.shape) < 0.1] = np.nan
    found_in = source(raster(unit="1"), cells, north=NORTH + 370)
    shapes = stars(8, 300.0, 90.0, rng)
    got = zonal(shapes, found_in)
    said = peers(shapes, cells, found_in.grid, ["mean", "sum", "count", "min", "max"])
    for i, each in enumerate(said):
        count = got.by_class_m2[i, 0] / 100.0
        assert count == pytest.approx(each["count"], abs=1e-5)
        if count > 1e-3:
            assert got.mean[i] == pytest.approx(each["mean"], abs=1e-5)
            assert got.sum[i] == pytest.approx(each["sum"], abs=1e-4)
            assert got.minimum[i] == pytest.approx(each["min"])
            assert got.maximum[i] == pytest.approx(each["max"])
    assert got.gaps.max() < 1e-9


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_classes_no_data_and_beyond_are_the_zone(seed):
    rng = np.random.default_rng(seed)
    cells = rng.choice([1, 2, 5, 9, NODATA], size=(25, 31)).astype(np.uint8)
    made_of = source(classes(1, 2, 5), cells, north=NORTH + 200)  # 9 is no class of it
    shapes = stars(12, 300.0, 120.0, rng)
    got = zonal(shapes, made_of)
    assert got.gaps.max() < 1e-9
    x, y = np.meshgrid(np.arange(31), np.arange(25))
    squares = shapely.box(
        EAST + x * 10.0, NORTH + 200 - (y + 1) * 10.0, EAST + (x + 1) * 10.0, NORTH + 200 - y * 10.0
    )
    for i, shape in enumerate(shapes):
        inside = shapely.area(shapely.intersection(squares, shape))
        by_hand = [inside[cells == code].sum() for code in (1, 2, 5)]
        np.testing.assert_allclose(got.by_class_m2[i], by_hand, rtol=1e-9, atol=1e-6)
        assert got.other_m2[i] == pytest.approx(inside[cells == 9].sum(), abs=1e-6)
        assert got.nodata_m2[i] == pytest.approx(inside[cells == NODATA].sum(), abs=1e-6)


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), overlap=st.booleans())
def test_the_ledger_closes_over_the_whole_raster(seed, overlap):
    rng = np.random.default_rng(seed)
    cells = rng.choice([1, 2, 3, NODATA], p=[0.4, 0.3, 0.29, 0.01], size=(40, 40)).astype(np.uint8)
    shapes = jittered(4, 3, 90.0, rng)
    if overlap:
        shapes = np.append(shapes, stars(1, 100.0, 80.0, rng))
    zones = zones_of(shapes)
    found = raster_quantity(term(), source(classes(1, 2, 3), cells, north=NORTH + 350), zones)
    assert found.entry.closes, found.entry
    assert found.entry.whole == 100.0 * (cells != NODATA).sum()
    assert (found.entry.repeated > 0) == overlap
    cut = raster_quantity(
        term(where="class IN ('1', '3')"), source(classes(1, 2, 3), cells, north=NORTH + 350), zones
    )
    assert cut.entry.closes
    assert cut.entry.whole == 100.0 * np.isin(cells, [1, 3]).sum()


def test_numbers_of_both_signs_close_too():
    rng = np.random.default_rng(4)
    cells = rng.normal(size=(40, 40))
    cells -= cells.mean()
    zones = zones_of(jittered(3, 3, 120.0, rng))
    found = raster_quantity(
        term("sum", field="value"), source(raster(unit="1"), cells, north=NORTH + 380), zones
    )
    assert found.entry.closes, found.entry
    assert abs(found.entry.whole) < 1e-9


def test_a_filter_over_numbers():
    """Half of the cells are 0.2 and half 0.8; a zone covers 20 m x 10 m of each."""
    cells = np.array([[0.2, 0.2, 0.8, 0.8]])
    zones = zones_of([box(0, 0, 40, 10)])
    at = {"west": 0, "north": 10}
    found = raster_quantity(term(where="value > 0.5"), source(raster(unit="1"), cells, **at), zones)
    assert found.sums.tolist() == [200]
    assert found.entry.closes
    total = raster_quantity(
        term("sum", "value > 0.5", "value"), source(raster(unit="1"), cells, **at), zones
    )
    assert total.sums == pytest.approx([1.6])
    with pytest.raises(MeasureError):
        raster_quantity(term(where="height > 1"), source(raster(unit="1"), cells, **at), zones)


def test_a_zone_that_is_blind_has_no_value():
    cells = np.array([[1, 1, 1, 1, 1, 1, 1, 1, 1, NODATA]] * 2, dtype=np.uint8)
    cells[1, 8] = NODATA
    zones = zones_of([box(0, 10, 100, 20), box(0, 0, 100, 10), box(90, 20, 130, 30)])
    found = raster_quantity(term(), source(classes(1), cells, west=0, north=20), zones)
    assert found.amount(0) == 900  # a tenth without data is let through
    assert found.amount(1) is None  # a fifth is not
    assert found.amount(2) is None  # it lies beyond the raster
    assert found.entry.closes


def test_evidence_is_the_ground_of_the_cells():
    rng = np.random.default_rng(11)
    cells = rng.choice([1, 2, 3], size=(30, 30)).astype(np.uint8)
    made_of = source(classes(1, 2, 3), cells, north=NORTH + 280)
    zones = zones_of(jittered(3, 2, 100.0, rng))
    found = raster_quantity(term(where="class <> '2'"), made_of, zones)
    shapes = found.cells.geometries(found.pieces, found.features.ids, zones)
    assert shapely.is_valid(shapes).all()
    np.testing.assert_allclose(shapely.area(shapes), found.pieces.measure, rtol=1e-9)
    assert set(found.features.ids) == {"1", "3"}


def test_too_many_cells_are_not_drawn(monkeypatch):
    cells = np.indices((20, 20)).sum(axis=0) % 2
    made_of = source(classes(0, 1), cells.astype(np.uint8), west=0, north=200)
    assert dissolved(box(0, 0, 200, 200), made_of.grid, made_of.read, 839) is None
    assert len(dissolved(box(0, 0, 200, 200), made_of.grid, made_of.read, 840)) == 2


@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 9))
def test_faces_tile_the_cells(seed, rows, columns):
    cells = np.random.default_rng(seed).choice([0, 1, 7, np.nan], size=(rows, columns))
    codes, polygons = faces(cells, 1_000)
    assert shapely.is_valid(polygons).all()
    assert shapely.area(polygons).sum() == rows * columns
    y, x = np.nonzero(np.ones_like(cells, dtype=bool))
    middle = shapely.points(x + 0.5, y + 0.5)
    where, face = shapely.STRtree(polygons).query(middle, predicate="within")
    assert (where == np.arange(cells.size)).all()
    assert (codes[face] == np.nan_to_num(cells[y, x], nan=-1)).all()


def test_by_class():
    from geo.measure.classes import Classing

    cells = np.array([[1, 1, 2, NODATA]] * 1, dtype=np.uint8)
    plan = term(by=Classing(field="class", names=("1", "2")))
    found = raster_quantity(
        plan, source(classes(1, 2), cells, west=0, north=10), zones_of([box(0, 0, 30, 10)])
    )
    assert found.classes.sums.tolist() == [[200, 100, 0]]
