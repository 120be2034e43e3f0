"""Exact coverage against shapely's intersection with every cell."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geo.errors import MeasureError
from geo.measure.edges.flat import polygons
from geo.measure.edges.raster import zonal
from geo.measure.raster import Grid, Tile, class_codes, rows_of

NODATA = -9999.0


def coverage_of(zone, grid: Grid) -> np.ndarray:
    """Return the covered share of every cell, by overlay."""
    column, row = np.meshgrid(np.arange(grid.columns), np.arange(grid.rows))
    west = grid.west + column * grid.cell_width
    north = grid.north - row * grid.cell_height
    cells = shapely.box(west, north - grid.cell_height, west + grid.cell_width, north)
    return shapely.area(shapely.intersection(cells, zone)) / grid.cell_area_m2


def check(zones: list, grid: Grid, values: np.ndarray, tiles=None, tolerance: float = 1e-9):
    """Compare every figure with the overlay's."""
    classes = class_codes(values, [0.0, 1.0, 2.0])
    tiles = tiles or [Tile(0, 0, values, classes)]
    found = zonal(polygons(np.array(zones)), grid, tiles, nodata=NODATA, classes=3)
    has = (values != NODATA) & ~np.isnan(values)
    for i, zone in enumerate(zones):
        share = coverage_of(zone, grid)
        data = np.where(has, share, 0.0)
        near = {"abs": tolerance * max(1.0, np.abs(values[has]).max(initial=0.0)), "rel": tolerance}
        assert found.count[i] == pytest.approx(data.sum(), **near)
        assert found.sum[i] == pytest.approx((data * np.where(has, values, 0.0)).sum(), **near)
        assert found.covered_m2[i] == pytest.approx(share.sum() * grid.cell_area_m2, **near)
        for k in range(3):
            expected = share[values == k].sum() * grid.cell_area_m2
            assert found.area_by_class_m2[i, k] == pytest.approx(expected, **near)
        if data.sum() > 1e-6:
            assert found.mean[i] == pytest.approx(
                (data[has] * values[has]).sum() / data.sum(), rel=1e-6, abs=1e-6
            )
        if share.sum() > 1e-6:
            assert found.nodata_share[i] == pytest.approx(share[~has].sum() / share.sum(), abs=1e-6)
        if shapely.area(zone) > 1e-6:
            outside = 1 - share.sum() * grid.cell_area_m2 / shapely.area(zone)
            assert found.outside_share[i] == pytest.approx(outside, abs=1e-6)
        _check_extremes(found, i, share, values, has)
    return found


def _check_extremes(found, i: int, share: np.ndarray, values: np.ndarray, has: np.ndarray) -> None:
    """Cells that are covered by less than 1e-10 may or may not be touched: either is right."""
    sure, maybe = has & (share > 1e-10), has & (share > 0)
    if sure.any():
        assert values[maybe].min() <= found.minimum[i] <= values[sure].min()
        assert values[sure].max() <= found.maximum[i] <= values[maybe].max()
    elif not maybe.any() and not found.count[i] > 0:
        assert np.isnan(found.minimum[i]) and np.isnan(found.maximum[i])


def grid_of(values: np.ndarray, west=500_000.0, north=300_000.0, w=1.0, h=1.0) -> Grid:
    return Grid(west, north, w, h, values.shape[1], values.shape[0])


@pytest.fixture
def values(rng) -> np.ndarray:
    made = rng.integers(0, 4, (40, 50)).astype(float)
    made[rng.random(made.shape) < 0.1] = NODATA
    made[3, 4] = np.nan
    return made


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_a_hand_computed_example() -> None:
    """A square over four cells: 0.25 of one, 0.5 of two, all of one, less a hole of 0.04."""
    values = np.array([[1.0, 2.0, 0.0], [3.0, 4.0, 0.0], [0.0, 0.0, 0.0]])
    grid = grid_of(values, 0.0, 3.0)
    zone = shapely.box(0.5, 1.0, 2.0, 2.5) - shapely.box(1.4, 1.4, 1.6, 1.6)
    found = zonal(polygons(np.array([zone])), grid, [Tile(0, 0, values)])
    assert found.count[0] == pytest.approx(0.25 + 0.5 + 0.5 + 1.0 - 0.04, abs=1e-14)
    assert found.sum[0] == pytest.approx(0.25 * 1 + 0.5 * 2 + 0.5 * 3 + 0.96 * 4, abs=1e-14)
    assert (found.minimum[0], found.maximum[0]) == (1.0, 4.0)
    assert found.outside_share[0] == 0.0 and found.nodata_share[0] == 0.0


def test_shapes_of_every_kind_agree_with_the_overlay(values, rng) -> None:
    centre = shapely.Point(500_025.3, 299_980.1)
    star = shapely.Polygon(
        [
            (500_025 + r * np.cos(a), 299_980 + r * np.sin(a))
            for a, r in zip(np.linspace(0, 6.2, 41), rng.uniform(3, 18, 41), strict=True)
        ]
    )
    zones = [
        centre.buffer(15.7),
        centre.buffer(15.7, quad_segs=200) - centre.buffer(6.1),
        shapely.box(500_001, 299_970, 500_011, 299_999),
        shapely.box(500_003.2, 299_961.1, 500_003.4, 299_999.3),
        shapely.union_all([shapely.box(500_002, 299_990, 500_003, 299_995), centre.buffer(2)]),
        shapely.Polygon([(500_001, 299_999), (500_049, 299_961.000001), (500_001, 299_998.999)]),
        star,
        shapely.box(500_010.25, 299_980.25, 500_010.5, 299_980.5),
    ]
    assert all(zone.is_valid for zone in zones)
    check(zones, grid_of(values), values)


def test_rings_of_either_orientation(values) -> None:
    zone = shapely.Point(500_025, 299_980).buffer(12) - shapely.Point(500_024, 299_981).buffer(5)
    check([zone.reverse(), zone.normalize()], grid_of(values), values)


def test_zones_beyond_every_edge_are_reported(values) -> None:
    grid = grid_of(values)
    whole = shapely.box(500_000, 299_960, 500_050, 300_000)
    zones = [whole.buffer(d, join_style="mitre") for d in (0, 10)]
    zones += [shapely.affinity.translate(whole, dx, dy) for dx in (-7.3, 0, 9) for dy in (-30, 5.5)]
    zones += [shapely.Point(499_999, 300_001).buffer(30), shapely.box(400_000, 1, 400_010, 20)]
    found = check(zones, grid, values)
    assert found.outside_share[0] == 0.0
    assert found.outside_share[1] == pytest.approx(1 - 2000 / (60 * 70))
    assert found.outside_share[-1] == 1.0
    assert found.count[-1] == 0.0 and np.isnan(found.mean[-1]) and np.isnan(found.minimum[-1])


def test_an_empty_zone_has_no_figures(values) -> None:
    found = zonal(polygons(np.array([shapely.Polygon()])), grid_of(values), [Tile(0, 0, values)])
    assert found.count[0] == 0.0
    assert np.isnan([found.mean[0], found.minimum[0], found.outside_share[0]]).all()


@pytest.mark.parametrize(("height", "width"), [(1, 50), (7, 50), (40, 1), (11, 13)])
def test_tiles_of_any_size_give_the_same(values, height, width) -> None:
    grid = grid_of(values)
    zones = [shapely.Point(500_025.3, 299_980.1).buffer(r) for r in (40.0, 15.7, 3.3)]
    zones.append(zones[1] - zones[2])
    codes = class_codes(values, [0.0, 1.0, 2.0])
    tiles = [
        Tile(r, c, values[r : r + height, c : c + width], codes[r : r + height, c : c + width])
        for r in range(0, 40, height)
        for c in range(0, 50, width)
    ]
    check(zones, grid, values, tiles)


def test_rows_of_cuts_what_is_in_memory(values) -> None:
    zones = polygons(np.array([shapely.Point(500_025.3, 299_980.1).buffer(18)]))
    codes = class_codes(values, [0, 1])
    one = zonal(zones, grid_of(values), [Tile(0, 0, values, codes)], nodata=NODATA, classes=2)
    cut = list(rows_of(values, codes, height=9))
    many = zonal(zones, grid_of(values), iter(cut), nodata=NODATA, classes=2)
    assert [tile.shape for tile in cut] == [(9, 50)] * 4 + [(4, 50)]
    for name in ("count", "sum", "mean", "minimum", "maximum", "area_by_class_m2", "covered_m2"):
        np.testing.assert_allclose(getattr(one, name), getattr(many, name), rtol=1e-12)


def test_missing_tiles_are_outside() -> None:
    values = np.ones((10, 10))
    zones = polygons(np.array([shapely.box(0, 0, 10, 10)]))
    found = zonal(zones, grid_of(values, 0.0, 10.0), [Tile(0, 0, values[:4])])
    assert found.count[0] == 40.0
    assert found.outside_share[0] == pytest.approx(0.6)


def test_a_wide_raster_goes_beyond_one_band() -> None:
    values = np.ones((3, 70_000), dtype=np.float32)
    zone = shapely.box(0.5, 0.25, 69_999.75, 2.5)
    found = zonal(polygons(np.array([zone])), grid_of(values, 0.0, 3.0), [Tile(0, 0, values)])
    assert found.count[0] == pytest.approx(zone.area, rel=1e-12)


@pytest.mark.parametrize("code", [np.uint8, np.uint16])
def test_long_spans_that_are_covered_in_part(rng, code) -> None:
    """Rows of half and of a third, wider than the lanes, with holes in the data and classes."""
    values = rng.integers(0, 5, (4, 700)).astype(float)
    values[rng.random(values.shape) < 0.05] = NODATA
    values[2, 300:320] = np.nan
    grid = grid_of(values, 0.0, 4.0)
    zones = [
        shapely.box(0.25, 0.5, 699.5, 3.0 + 1 / 3),
        shapely.box(63, 0, 65, 4) | shapely.box(128, 1.5, 640, 2),
        shapely.Polygon([(0, 0), (700, 0), (0, 4)]),
    ]
    codes = np.where(values < 3, np.abs(values), 3).astype(code)
    tile = Tile(0, 0, values, np.where(np.isnan(values) | (values < 0), 9, codes).astype(code))
    check(zones, grid, values, [tile])


def test_more_classes_than_a_byte_has() -> None:
    codes = np.arange(300, dtype=np.uint16).reshape(3, 100)
    zone = polygons(np.array([shapely.box(0, 0, 100, 3)]))
    grid = grid_of(codes, 0.0, 3.0)
    found = zonal(zone, grid, [Tile(0, 0, None, codes)], classes=260)
    assert found.area_by_class_m2[0].tolist() == [1.0] * 260
    short = np.full((3, 100), 255, dtype=np.uint8)
    assert zonal(zone, grid, [Tile(0, 0, None, short)], classes=256).area_by_class_m2[0, 255] == 300
    assert zonal(zone, grid, [Tile(0, 0, None, short)], classes=255).area_by_class_m2.sum() == 0


@pytest.mark.parametrize(
    "kind", [np.uint8, np.int16, np.uint16, np.int32, np.int64, np.float32, np.float64, bool]
)
def test_values_of_every_type(kind, rng) -> None:
    values = rng.integers(0, 2 if kind is bool else 100, (12, 13)).astype(kind)
    zone = shapely.Point(6, 6).buffer(5.3)
    nodata = 0 if kind is bool else 17
    found = zonal(
        polygons(np.array([zone])), grid_of(values, 0.0, 12.0), [Tile(0, 0, values)], nodata=nodata
    )
    share = np.where(values == nodata, 0.0, coverage_of(zone, grid_of(values, 0.0, 12.0)))
    assert found.sum[0] == pytest.approx((share * values.astype(float)).sum(), rel=1e-9)
    assert found.count[0] == pytest.approx(share.sum(), rel=1e-9)


def test_nodata_of_a_short_float_is_found() -> None:
    """-3.4028234663852886e38, as GDAL writes it, is a 32-bit value."""
    values = np.full((4, 4), np.finfo(np.float32).min, dtype=np.float32)
    values[0] = 5.0
    zones = polygons(np.array([shapely.box(0, 0, 4, 4)]))
    found = zonal(
        zones, grid_of(values, 0.0, 4.0), [Tile(0, 0, values)], nodata=-3.4028234663852886e38
    )
    assert found.sum[0] == 20.0 and found.count[0] == 4.0
    assert found.nodata_share[0] == 0.75


def test_classes_alone() -> None:
    """A land cover raster without values: data is what has a class."""
    cover = np.array([[10, 20], [30, 99]], dtype=np.int32)
    tile = Tile(0, 0, None, class_codes(cover, [10, 20, 30]))
    found = zonal(
        polygons(np.array([shapely.box(0, 0, 2, 2)])), grid_of(cover, 0.0, 2.0), [tile], classes=3
    )
    assert found.area_by_class_m2.tolist() == [[1.0, 1.0, 1.0]]
    assert found.count[0] == 3.0 and found.nodata_share[0] == 0.25
    assert np.isnan(found.mean[0])


@pytest.mark.parametrize("kind", [np.uint8, np.int32, np.float64])
def test_class_codes(kind) -> None:
    values = np.array([[7, 3], [200, 0]], dtype=kind)
    assert class_codes(values, [200, 3, 7]).tolist() == [[2, 1], [0, 255]]
    assert class_codes(values, []).tolist() == [[255, 255], [255, 255]]
    with pytest.raises(MeasureError):
        class_codes(values, [1, 1])


def test_a_tiling_covers_every_cell_once(rng) -> None:
    values = rng.random((60, 60))
    grid = grid_of(values)
    frame = shapely.box(500_000, 299_940, 500_060, 300_000)
    seeds = shapely.MultiPoint(rng.uniform((500_000, 299_940), (500_060, 300_000), (40, 2)))
    zones = shapely.intersection(
        shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=frame)), frame
    )
    found = zonal(polygons(zones), grid, [Tile(0, 0, values)])
    assert found.count.sum() == pytest.approx(3600, rel=1e-12)
    assert found.sum.sum() == pytest.approx(values.sum(), rel=1e-12)


def test_the_number_of_cores_changes_no_bit(values, rng, monkeypatch) -> None:
    zones = polygons(np.array([shapely.Point(p).buffer(6) for p in rng.uniform(
        (500_000, 299_960), (500_050, 300_000), (300, 2))]))  # fmt: skip
    run = lambda: zonal(zones, grid_of(values), [Tile(0, 0, values)], nodata=NODATA)  # noqa: E731
    many = run()
    monkeypatch.setattr("geo.measure.edges.threads.cores", lambda: 1)
    alone = run()
    assert (many.sum == alone.sum).all() and (many.count == alone.count).all()


@pytest.mark.parametrize(
    "affine", [(1, 0.1, 0, 0, -1, 0), (1, 0, 0, 0, 1, 0), (-1, 0, 0, 0, -1, 0)]
)
def test_a_raster_that_is_not_north_up_is_refused(affine) -> None:
    with pytest.raises(MeasureError, match="north-up"):
        Grid.from_affine(affine, (10, 10))


def test_an_affine_of_rectangular_cells(values) -> None:
    grid = Grid.from_affine((0.5, 0, 500_000, 0, -2.0, 300_000), values.shape)
    check([shapely.Point(500_012, 299_960).buffer(11.3)], grid, values)


def test_wrong_tiles_are_refused(values) -> None:
    zones, grid = polygons(np.array([shapely.box(0, 0, 1, 1)])), grid_of(values)
    wrong = [
        [Tile(1, 0, values)],
        [Tile(0, -1, values)],
        [Tile(0, 0, values), Tile(0, 0, values)],
        [Tile(0, 0)],
        [Tile(0, 0, values, values[:2].astype(np.uint8))],
    ]
    for tiles in wrong:
        with pytest.raises(MeasureError):
            zonal(zones, grid, tiles)
    with pytest.raises(MeasureError):
        Grid(0.0, 0.0, 1.0, -1.0, 3, 3)
    with pytest.raises(MeasureError):
        Grid(np.nan, 0.0, 1.0, 1.0, 3, 3)


# Rounded: GEOS stumbles over coordinates of 1e-313.
COORDINATE = st.one_of(
    st.floats(-3, 11, allow_nan=False).map(lambda x: round(x, 9)),
    st.integers(-3, 11).map(float),
    st.sampled_from([0.5, 2.25]),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(COORDINATE, COORDINATE), min_size=3, max_size=7),
    hnp.arrays(np.float64, (8, 9), elements=st.sampled_from([0.0, 1.0, 2.0, 5.5, NODATA])),
    st.sampled_from([0.0, 500_000.0]),
)
def test_any_polygon_agrees_with_the_overlay(ring, values, corner) -> None:
    zone = shapely.make_valid(shapely.Polygon([(corner + x, corner + y) for x, y in ring]))
    parts = shapely.get_parts(shapely.get_parts(zone))
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    if len(parts) == 0:
        return
    zones = [shapely.MultiPolygon(list(parts))]
    check(zones, grid_of(values, corner, corner + 8.0), values)
