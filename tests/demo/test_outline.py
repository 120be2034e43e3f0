"""The ground plan is true to the published figures and to the real town's place and shape."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geo.demo.outline import CITY_AREA_M2, NAMES, PUBLISHED_KM2, territory

SEEDS = (2026, 0, 7)


@pytest.mark.parametrize("seed", SEEDS)
def test_areas_are_the_published_ones(seed: int) -> None:
    ground = territory(seed)
    assert ground.city.area == pytest.approx(25.5e6, rel=1e-6)
    for name, km2 in PUBLISHED_KM2.items():
        expected = km2 * 1e6 * 25.5 / 25.4
        assert ground.districts[name].area == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_outline_and_districts_are_simple_polygons(seed: int) -> None:
    ground = territory(seed)
    for shape in (ground.city, *ground.districts.values()):
        assert shape.geom_type == "Polygon"
        assert shape.is_valid
    assert all(not line.is_empty for line in ground.borders.values())


def test_published_areas_sum_to_25_40() -> None:
    assert sum(PUBLISHED_KM2.values()) == pytest.approx(25.40)
    assert CITY_AREA_M2 == 25.5e6


def test_lies_where_the_real_city_lies(shared_data: Path) -> None:
    file = shared_data / "siemianowice" / "boundary_prg_simplified.geojson"
    real = gpd.read_file(file).to_crs("EPSG:2180").union_all()
    ours = territory(2026).city
    assert ours.intersection(real).area / ours.union(real).area > 0.8


def test_districts_lie_where_the_real_ones_lie(shared_data: Path) -> None:
    file = shared_data / "siemianowice" / "districts_derived_not_official.geojson"
    real = gpd.read_file(file).to_crs("EPSG:2180").set_index("nazwa").geometry
    ours = territory(2026).districts
    for key, name in NAMES.items():
        assert ours[key].intersection(real[name]).area > 0.7 * ours[key].area, name


def test_a_border_along_a_stream_winds_and_one_along_a_street_does_not() -> None:
    borders = territory(2026).borders
    assert _turning(borders["przelajka"]) > 2 * _turning(borders["bytkow"])


def _turning(line: shapely.LineString) -> float:
    """Return the share by which a line is longer than through every fourth of its points."""
    xy = shapely.get_coordinates(line)
    return line.length / shapely.LineString(xy[::4]).length - 1
