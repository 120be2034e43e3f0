"""Warsaw: parks, meadows, forests and cycleways by district, against shapely."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.measure.edges import flat
from geo.measure.edges.area import area_matrix, area_outside
from geo.measure.edges.index import index
from geo.measure.edges.length import line_zones, measure_lengths


def _read(folder: Path, name: str) -> np.ndarray:
    frame = gpd.read_file(folder / "warszawa" / f"{name}.geojson")
    assert frame.crs.to_epsg() == 2180
    shapes = frame.geometry.to_numpy()
    shapes = shapes[~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)]
    return np.asarray(shapely.force_2d(shapes), dtype=object)


@pytest.fixture(scope="module")
def districts(shared_data: Path) -> np.ndarray:
    zones = _read(shared_data, "districts")
    assert len(zones) == 18
    assert shapely.area(zones).sum() == pytest.approx(516.72e6, rel=1e-4)
    return zones


@pytest.mark.parametrize("name", ["parks", "meadows", "forests"])
def test_green_by_district(name: str, districts: np.ndarray, shared_data: Path) -> None:
    shapes = _read(shared_data, name)
    shapes = shapes[shapely.get_dimensions(shapes) == 2]
    shapes = np.array([shapely.make_valid(one, method="structure") for one in shapes])
    found = flat.polygons(shapes)
    zones = flat.polygons(districts)
    ready = index(zones, found.boxes)
    sums, inside = area_matrix(found, ready, np.zeros(len(shapes), dtype=np.int64), 1)
    expected = shapely.area(shapely.intersection(shapes[None, :], districts[:, None])).sum(axis=1)
    np.testing.assert_allclose(sums[:, 0], expected, rtol=1e-9)
    outside = area_outside(found, ready)
    whole = found.areas_m2.sum()
    assert abs(sums.sum() + outside.sum() - whole) <= 1e-12 * whole
    assert np.abs(inside + outside - found.areas_m2).max() <= 1e-12 * found.areas_m2.max()


def test_cycleways_by_district(districts: np.ndarray, shared_data: Path) -> None:
    shapes = _read(shared_data, "cycleways")
    shapes = shapes[shapely.get_dimensions(shapes) == 1]
    found, zones = flat.lines(shapes), flat.polygons(districts)
    measured = measure_lengths(found, line_zones(zones, found))
    sums, _ = measured.matrix(zones.size, np.zeros(len(shapes), dtype=np.int64), 1)
    expected = shapely.length(shapely.intersection(shapes[None, :], districts[:, None])).sum(axis=1)
    np.testing.assert_allclose(sums[:, 0], expected, rtol=1e-9)
    assert sums.sum() + measured.outside_m.sum() == pytest.approx(
        shapely.length(shapes).sum(), rel=1e-12
    )
    assert sums.sum() == pytest.approx(761_196, rel=1e-3)
