"""Parcels, districts and buildings: exact, valid, and the same from the same seed."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import shapely

from geo.demo import City, found_city
from geo.demo.outline import PUBLISHED_KM2
from geo.demo.zoning import is_green


def test_parcels_are_an_exact_coverage_of_the_city(city: City) -> None:
    parcels = city.ground.parcels
    assert shapely.coverage_is_valid(parcels)
    assert shapely.is_valid(parcels).all()
    assert set(shapely.get_type_id(parcels)) == {3}
    assert shapely.area(parcels).sum() == pytest.approx(25.5e6, rel=1e-7)
    whole = shapely.coverage_union_all(parcels)
    assert whole.geom_type == "Polygon"
    assert not whole.interiors


def test_there_are_as_many_parcels_as_in_a_town(city: City) -> None:
    assert 12_000 <= len(city.ground.parcels) <= 16_000
    area = shapely.area(city.ground.parcels)
    assert area.min() > 20
    villas = area[city.ground.kind == "villas"]
    assert 500 < np.median(villas) < 1_200


def test_districts_are_unions_of_parcels(city: City) -> None:
    shapes = list(city.districts.values())
    assert shapely.coverage_is_valid(shapes)
    for name, shape in city.districts.items():
        expected = PUBLISHED_KM2[name] * 1e6 * 25.5 / 25.4
        assert shape.area == pytest.approx(expected, rel=1e-6)
        parts = city.ground.parcels[city.ground.district == name]
        assert shape.area == pytest.approx(shapely.area(parts).sum(), rel=1e-12)
    both = np.concatenate((shapes, city.ground.parcels))
    corners = {tuple(xy) for shape in shapes for xy in shapely.get_coordinates(shape)}
    assert corners <= {tuple(xy) for xy in shapely.get_coordinates(both[len(shapes) :])}


def test_every_kind_of_quarter_is_there(city: City) -> None:
    kinds = set(city.ground.kind)
    assert {"core", "villas", "estate", "village", "industry", "fields", "forest", "park"} <= kinds
    assert {"main", "collector", "local", "track", "rail", "stream", "water"} <= kinds
    assert "" not in kinds


def test_most_plots_lie_at_a_street(city: City) -> None:
    ground = city.ground
    streets = shapely.union_all(ground.parcels[ground.street >= 0])
    shapely.prepare(streets)
    for kind in ("core", "villas", "terraces", "village"):
        plots = ground.parcels[ground.kind == kind]
        assert shapely.dwithin(plots, streets, 0.01).mean() > 0.85, kind


def test_buildings_stand_on_their_plots_and_apart(city: City) -> None:
    built = city.buildings
    assert shapely.is_valid(built.shape).all()
    assert set(shapely.get_type_id(built.shape)) == {3}
    plots = city.ground.parcels[built.parcel]
    beyond = shapely.area(shapely.difference(built.shape, plots))
    assert beyond.max() < 0.05
    left, right = shapely.STRtree(built.shape).query(built.shape, predicate="intersects")
    pairs = left < right
    shared = shapely.area(shapely.intersection(built.shape[left[pairs]], built.shape[right[pairs]]))
    assert shared.max(initial=0) < 0.05


def test_tower_blocks_are_long_and_houses_small(city: City) -> None:
    built = city.buildings
    kind, area = city.ground.kind[built.parcel], shapely.area(built.shape)
    home = built.function == "residential"
    assert np.median(area[home & (kind == "estate")]) > 500
    assert 80 < np.median(area[home & (kind == "villas")]) < 160
    assert built.floors[home & (kind == "estate")].max() == 11
    assert built.floors.min() == 1


def _digest(city: City) -> str:
    digest = hashlib.sha256()
    for shapes in (
        city.ground.parcels,
        city.buildings.shape,
        city.zoning.shape,
        city.greenery.shape,
        city.bike_paths.line,
        city.addresses.point,
        city.streets.line,
    ):
        for wkb in shapely.to_wkb(np.asarray(shapes, dtype=object)):
            digest.update(wkb)
    digest.update(city.addresses.people.tobytes())
    digest.update("|".join(city.zoning.area_id).encode())
    return digest.hexdigest()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_city(city: City) -> None:
    assert _digest(found_city(2026)) == _digest(city)
    other = found_city(99)
    assert _digest(other) != _digest(city)
    assert shapely.coverage_is_valid(other.ground.parcels)
    assert other.addresses.people.sum() == 63_892
    assert other.bike_paths.counted_m == pytest.approx(37_000, abs=50)
    basis = np.array([plan.basis for plan in other.zoning.plan])
    green = is_green(np.array(other.zoning.use), basis)
    share = shapely.area(other.zoning.shape[green]).sum() / 25.5e6
    assert share == pytest.approx(0.28, abs=0.0005)
