"""Medians of cells: by hand, against a sorted list of every cell, and beside exactextract's."""

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
from made import TEXT
from shapely import box

from geo.errors import UsageError
from geo.measure import forms
from geo.measure.card import measure
from geo.measure.example import table_of
from geo.measure.inputs import features, zone_set
from geo.measure.medians import keys_of, medians, numbers
from geo.measure.plan import plan
from geo.measure.raster import Grid
from geo.measure.statistics import order_statistic
from geo.measure.zonal import RasterGrid, median_in_zones
from geo.model import Project, Recipe, Term
from geo.model.raster import Raster
from geo.model.recipes import check_recipe


def raster(**more) -> Raster:
    return Raster.model_validate(
        {
            "id": "heights", "title": TEXT, "description": TEXT, "source": {"name": TEXT},
            "licence": {"id": "CC0-1.0", "name": "CC0"},
            "steward": {"name": "A", "email": "a@example.org"}, "update_interval": "P1Y",
            "geometry": "Raster", "cell_m": 10, "unit": "1", **more,
        }
    )  # fmt: skip


def source(cells: np.ndarray, west=0.0, north=0.0, nodata=math.nan, cell=10.0) -> RasterGrid:
    rows, columns = cells.shape

    def read(row: int, column: int, height: int, width: int) -> np.ndarray:
        return cells[row : row + height, column : column + width]

    return RasterGrid(raster(), Grid(west, north, cell, cell, columns, rows), nodata, read)


def shares(zone, grid: Grid) -> np.ndarray:
    """The share of every cell that lies in a zone, by overlay."""
    x, y = np.meshgrid(np.arange(grid.columns), np.arange(grid.rows))
    w, h = grid.cell_width, grid.cell_height
    cells = box(grid.west + x * w, grid.north - (y + 1) * h, grid.west + (x + 1) * w,
                grid.north - y * h)  # fmt: skip
    return shapely.area(shapely.intersection(cells, zone)) / grid.cell_area_m2


def test_by_hand():
    """Rows 1 2 3 and 4 5 -; the zone has half of the first column and all of the second.

    Ground: 0.5 of 1, 1 of 2, 0.5 of 4, 1 of 5, together 3, half of it 1.5: reached with 2 exactly,
    so the median is the middle between 2 and the next, 4. With more of the 1 and less of the 4 it
    is 2, the other way round 4.
    """
    cells = np.array([[1, 2, 3], [4, 5, np.nan]])
    more = box(4, -10, 20, 0) | box(6, -20, 20, -10)
    less = box(6, -10, 20, 0) | box(4, -20, 20, -10)
    zones = np.array([box(5, -20, 20, 0), more, less, box(20, -20, 30, -10)])
    found = median_in_zones(zones, source(cells))
    assert found[:3].tolist() == [3.0, 2.0, 4.0]
    assert np.isnan(found[3])


def test_a_filter_leaves_cells_out():
    cells = np.array([[1.0, 2.0, 3.0, 9.0]])
    zone = np.array([box(0, -10, 40, 0)])
    assert median_in_zones(zone, source(cells), "value > 1").tolist() == [3.0]
    assert np.isnan(median_in_zones(zone, source(cells), "value > 9")).all()


@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    kind=st.sampled_from([np.float32, np.float64, np.uint8, np.int32]),
    levels=st.sampled_from([2, 5, 1_000]),
    form=st.sampled_from(["plain", "compiled"]),
)
def test_the_median_is_that_of_all_cells_by_their_shares(seed, kind, levels, form):
    rng = np.random.default_rng(seed)
    cells = rng.integers(0, levels, size=(23, 19)).astype(kind)
    if kind is not np.uint8:
        cells -= kind(levels // 3)
    if kind in (np.float32, np.float64):
        cells = np.where(rng.random(cells.shape) < 0.1, np.nan, cells / kind(7)).astype(kind)
    found_in = source(cells, EAST, NORTH + 230, nodata=0.0)
    zones = stars(8, 250.0, 80.0, rng)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forms, "CELLS", 0 if form == "compiled" else np.inf)
        got = median_in_zones(zones, found_in)
    known = ~((cells == 0) | np.isnan(cells.astype(float)))
    for zone, value in zip(zones, got, strict=True):
        share = np.where(known, shares(zone, found_in.grid), 0.0)
        share[share < 1e-12] = 0.0
        expected = order_statistic("median", cells[known].astype(float), share[known])
        if expected is None:
            assert np.isnan(value)
        else:
            assert value == expected


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_that_of_exactextract_lies_between_our_neighbours(seed):
    """Exactextract draws a line between the values on both sides of half; we take a value."""
    rng = np.random.default_rng(seed)
    cells = rng.normal(size=(23, 19))
    found_in = source(cells, EAST, NORTH + 230)
    zones = stars(6, 250.0, 80.0, rng)
    got = median_in_zones(zones, found_in)
    grid = found_in.grid
    theirs = NumPyRasterSource(
        cells, xmin=grid.west, xmax=grid.west + 190, ymin=grid.north - 230, ymax=grid.north
    )
    rows = [
        {"type": "Feature", "geometry": shapely.geometry.mapping(zone), "properties": {}}
        for zone in zones
    ]
    said = [each["properties"]["median"] for each in exact_extract(theirs, rows, ["median"])]
    for zone, mine, other in zip(zones, got, said, strict=True):
        values = np.sort(cells[shares(zone, grid) > 1e-9])
        if len(values) < 3:
            continue
        place = np.searchsorted(values, mine)
        low, high = values[max(0, place - 1)], values[min(len(values) - 1, place + 1)]
        assert low - 1e-9 <= other <= high + 1e-9


def test_strips_and_both_forms_give_the_same(monkeypatch):
    rng = np.random.default_rng(5)
    cells = rng.normal(size=(60, 50)).astype(np.float32)
    found_in, zones = source(cells, EAST, NORTH + 600), jittered(4, 3, 110.0, rng)
    whole = median_in_zones(zones, found_in)
    monkeypatch.setattr("geo.measure.source.STRIP", 7)
    assert (median_in_zones(zones, found_in) == whole).all()
    monkeypatch.setattr(forms, "CELLS", 0)
    assert (median_in_zones(zones, found_in) == whole).all()
    monkeypatch.setattr("geo.measure.medians.GROUP", 5)
    assert (median_in_zones(zones, found_in) == whole).all()


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_keys_are_in_the_order_of_values(kind):
    values = np.array(
        [-np.inf, -1e30, -1.5, -np.finfo(kind).tiny, -0.0, 0.0, 1e-40, 1.0, np.inf, np.nan], kind
    )
    keys = keys_of(values, kind)
    assert (np.diff(keys[[0, 1, 2, 3, 5, 6, 7, 8, 9]].astype(object)) > 0).all()
    assert keys[4] == keys[5]
    assert (numbers(keys[:-1].astype(np.uint64), kind) == values[:-1]).all()


def test_half_that_is_missed_by_rounding_is_half():
    """0.3 of a cell of each value, one of them added up from 0.1 and 0.2."""

    def sums(zones, upper, shift):
        keys = keys_of(np.array([1.0, 2.0]), np.float32).astype(np.uint64)
        out = np.zeros((len(zones), 256))
        for key, weight in zip(keys.tolist(), (0.1 + 0.2, 0.3), strict=True):
            if key >> shift >> 8 == upper[0]:
                out[:, key >> shift & 255] += weight
        return out

    assert 0.1 + 0.2 != 0.3
    assert medians(sums, 1, np.float32).tolist() == [1.5]


MEDIAN = Recipe(verb="median", of=Term(layer="ndvi", field="value"), unit="1")


def card(project: Project, cells: np.ndarray, **zones):
    """Measure the median of a raster in zones, through a card's plan."""
    check_recipe(MEDIAN, project.measurable, project.site)
    districts = project.layers["districts"]
    rows = [{"district_id": name, "geometry": shape.wkt} for name, shape in zones.items()]
    places = zone_set(features(districts, table_of(districts, rows)))
    found = plan(project, MEDIAN)
    return measure(found, places, {"districts": places.features, "ndvi": source(cells)})


def test_a_card_takes_the_city_anew_each_cell_once(project: Project):
    """One row: 1 2 3 4 5 6 7 -; a has 1 2 3, b has 3 4 5, blind has 7 and a cell without data.

    a: 2, b: 4. The city is what lies in a or b, 3 once: 1 2 3 4 5, so 3. No middle of 2 and 4 by
    luck: with 6 in b the city is 1 2 3 4 5 6, so 3.5.
    """
    cells = np.array([[1, 2, 3, 4, 5, 6, 7, np.nan]])
    a, b, blind = box(0, -10, 30, 0), box(20, -10, 50, 0), box(60, -10, 80, 0)
    found = card(project, cells, a=a, b=b, blind=blind)
    assert [each.value for each in found.values] == [2.0, 4.0, None]
    assert [each.status for each in found.values] == ["ok", "ok", "null"]
    assert found.whole.value == 3.0
    assert found.closes
    assert [each.numerator for each in found.values[:2]] == [6.0, 12.0]
    wider = card(project, cells, a=a, b=box(20, -10, 60, 0), blind=blind)
    assert [each.value for each in wider.values] == [2.0, 4.5, None]
    assert wider.whole.value == 3.5


def test_a_city_that_is_blind_has_no_median(project: Project):
    found = card(project, np.array([[np.nan, 1.0]]), a=box(0, -10, 20, 0))
    assert found.values[0].value is None and found.whole.value is None


def test_classes_have_no_median(project: Project):
    recipe = MEDIAN.model_copy(update={"of": Term(layer="land_cover", field="value")})
    with pytest.raises(UsageError):
        check_recipe(recipe, project.measurable, project.site)
