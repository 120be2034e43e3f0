"""Real input: the eighteen districts of Warsaw with their parks, meadows, forests and cycleways."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

from geo.measure.kernels import area_in_zones, length_in_zones, per_zone
from geo.measure.overlaps import once
from geo.measure.zones import Zones

DISTRICTS = 18


@pytest.fixture(scope="module")
def warsaw(shared_data):
    return shared_data / "warszawa"


def _read(path):
    """Geometries in EPSG:2180, made valid here and counted: the engine refuses what is not."""
    meta, _, blobs, _ = pyogrio.raw.read(path, columns=[])
    assert "2180" in meta["crs"]
    shapes = shapely.force_2d(shapely.from_wkb(blobs))
    shapes = shapes[~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)]
    bad = ~shapely.is_valid(shapes)
    shapes[bad] = shapely.make_valid(shapes[bad], method="structure", keep_collapsed=False)
    return shapes, int(bad.sum())


def _overlay(features, districts, size):
    left = gpd.GeoDataFrame(geometry=features, crs=2180)
    right = gpd.GeoDataFrame({"z": range(len(districts))}, geometry=districts, crs=2180)
    cut = gpd.overlay(left, right, how="intersection", keep_geom_type=True)
    return np.bincount(cut["z"], weights=size(cut.geometry.values), minlength=len(districts))


@pytest.fixture(scope="module")
def districts(warsaw):
    shapes, bad = _read(warsaw / "districts.geojson")
    assert (len(shapes), bad) == (DISTRICTS, 0)
    return shapes


def test_the_areas_of_districts_are_geopandas(districts):
    zones = Zones(districts)
    expected = gpd.GeoSeries(districts, crs=2180).area.to_numpy()
    assert zones.areas_m2.tolist() == expected.tolist()
    assert zones.areas_m2.sum() / 1e6 == pytest.approx(516.72, abs=0.01)
    union = shapely.area(zones.whole)
    assert union == pytest.approx(zones.areas_m2.sum() - zones.repeated_m2, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "count", "mended"),
    [("parks", 391, 0), ("meadows", 620, 0), ("forests", 1312, 0)],
)
def test_green_areas_per_district_agree_and_close(warsaw, districts, name, count, mended):
    shapes, bad = _read(warsaw / f"{name}.geojson")
    assert (len(shapes), bad) == (count, mended)
    measured = area_in_zones(shapes, Zones(districts))
    sums = per_zone(measured.pieces.measure, measured.pieces.zone, DISTRICTS)
    expected = _overlay(shapes, districts, shapely.area)
    np.testing.assert_allclose(sums, expected, rtol=1e-9, atol=1e-6)
    whole = measured.total.sum()
    parts = sums.sum() + measured.outside.sum() - measured.repeated.sum()
    assert parts == pytest.approx(whole, rel=1e-9)


def test_overlapping_parks_count_once(warsaw, districts):
    shapes, _ = _read(warsaw / "parks.geojson")
    ground = once(shapes, np.arange(len(shapes)))
    union = shapely.union_all(shapes)
    assert shapely.area(ground.geometries).sum() == pytest.approx(shapely.area(union), rel=1e-9)
    measured = area_in_zones(ground.geometries, Zones(districts))
    sums = per_zone(measured.pieces.measure, measured.pieces.zone, DISTRICTS)
    expected = shapely.area(shapely.intersection(union, districts))
    np.testing.assert_allclose(sums, expected, rtol=1e-9)


def test_cycleways_per_district_agree_and_close(warsaw, districts):
    shapes, bad = _read(warsaw / "cycleways.geojson")
    assert bad == 0
    measured = length_in_zones(shapes, Zones(districts))
    sums = per_zone(measured.pieces.measure, measured.pieces.zone, DISTRICTS)
    np.testing.assert_allclose(
        sums, _overlay(shapes, districts, shapely.length), rtol=1e-9, atol=1e-6
    )
    assert measured.total.sum() / 1000 == pytest.approx(761.196, abs=0.001)
    parts = sums.sum() + measured.outside.sum() - measured.repeated.sum()
    assert parts == pytest.approx(measured.total.sum(), rel=1e-9)
