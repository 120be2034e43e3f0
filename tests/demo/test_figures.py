"""Plans, people, greenery, bike paths and stops sum to what the city publishes."""

from __future__ import annotations

import re

import numpy as np
import pytest
import shapely

from geo.demo import City
from geo.demo.people import apportion

DICTIONARY = {
    "2003": "MN MW U UC US R RU RM P PG ZN ZL ZP ZD ZC ZZ WS KD KDW KS KK KDG KDZ KDD",
    "2021": "MN MW RZM RN U UE UH UR US P ZP ZD ZN L W C K KDG KDZ KO KK",
}
"""Codes of either regulation that the demo may use."""


def test_plans_set_aside_28_percent_of_the_city_for_greenery(city: City) -> None:
    zoning = city.zoning
    green = [
        use in ("ZP", "ZN", "ZD", "ZL") if plan.basis == "2003" else use in ("ZP", "ZN", "ZD", "L")
        for use, plan in zip(zoning.use, zoning.plan, strict=True)
    ]
    share = shapely.area(zoning.shape[green]).sum() / 25.5e6
    assert share == pytest.approx(0.28, abs=0.0005)


def test_plans_are_an_exact_coverage_of_92_percent(city: City) -> None:
    shapes = city.zoning.shape
    assert shapely.coverage_is_valid(shapes)
    assert shapely.is_valid(shapes).all()
    assert shapely.area(shapes).sum() / 25.5e6 == pytest.approx(0.92, abs=0.003)
    bare = shapely.union_all(list(city.districts.values())) - shapely.union_all(shapes)
    przelajka, bangow = city.districts["przelajka"], city.districts["bangow"]
    assert bare.difference(przelajka.union(bangow)).area < 1
    assert bare.intersection(przelajka).area > 0.6 * bare.area


def test_symbols_are_written_as_their_dictionary_says(city: City) -> None:
    zoning = city.zoning
    assert {plan.basis for plan in zoning.plan} == {"2003", "2021"}
    seen = set()
    for symbol, use, second, plan in zip(
        zoning.symbol, zoning.use, zoning.use_second, zoning.plan, strict=True
    ):
        assert {use, second or use} <= set(DICTIONARY[plan.basis].split()), symbol
        joint = "/" if plan.basis == "2003" else "-"
        assert re.fullmatch(r"[1-9]\d*" + use + (joint + second if second else ""), symbol)
        assert (plan.plan_id, symbol) not in seen
        seen.add((plan.plan_id, symbol))
        assert plan.plan_id.endswith(str(plan.since.year))
        assert (plan.basis == "2021") == (plan.since.year >= 2022)
    assert len(seen) == len(set(zoning.area_id)) == len(zoning.area_id)


def test_people_sum_to_the_published_number(city: City) -> None:
    found = city.addresses
    assert found.people.sum() == 63_892
    assert found.people.min() >= 0
    labels = list(zip(found.street, found.number, strict=True))
    assert len(set(labels)) == len(labels)


def test_addresses_stand_in_homes_and_every_home_has_one(city: City) -> None:
    homes = city.buildings.shape[city.buildings.function == "residential"]
    point, home = shapely.STRtree(homes).query(
        city.addresses.point, predicate="dwithin", distance=0.02
    )
    assert len(np.unique(point)) == len(city.addresses.point)
    assert len(np.unique(home)) == len(homes)


def test_house_numbers_are_odd_on_one_side_and_even_on_the_other(city: City) -> None:
    street = max(set(city.addresses.street), key=city.addresses.street.count)
    numbers = [
        int(n)
        for s, n in zip(city.addresses.street, city.addresses.number, strict=True)
        if s == street
    ]
    odd, even = ({n for n in numbers if n % 2 == side} for side in (1, 0))
    assert odd == set(range(1, 2 * len(odd), 2))
    assert even == set(range(2, 2 * len(even) + 1, 2))


def test_people_live_densest_in_the_estates_of_bytkow(city: City) -> None:
    names = list(city.districts)
    shapes = np.array(list(city.districts.values()))
    point, zone = shapely.STRtree(shapes).query(city.addresses.point, predicate="intersects")
    people = np.bincount(zone, weights=city.addresses.people[point], minlength=len(names))
    density = dict(zip(names, people / shapely.area(shapes) * 1e6, strict=True))
    assert max(density, key=density.__getitem__) == "bytkow"
    assert min(density, key=density.__getitem__) == "przelajka"


@pytest.mark.parametrize("weights", [[1.0], [1, 1, 1], [0.2, 5, 3.3], [0, 1, 0]])
def test_apportion_keeps_the_total(weights: list[float]) -> None:
    parts = apportion(np.array(weights), 100)
    assert parts.sum() == 100
    exact = np.array(weights) / np.sum(weights) * 100
    assert (np.abs(parts - exact) < 1).all()


def test_schools_stand_on_plots_of_their_own(city: City) -> None:
    schools = city.schools
    assert 25 <= len(schools.name) <= 30
    assert set(schools.level) == {"primary", "secondary"}
    assert schools.pupils.min() > 50
    assert len(set(schools.school_id)) == len(set(schools.name)) == len(schools.name)
    plots = shapely.union_all(city.ground.parcels[city.ground.kind == "school"])
    assert shapely.contains(plots, schools.point).all()


def test_bike_paths_count_37_km_as_gus_counts(city: City) -> None:
    paths = city.bike_paths
    length = shapely.length(paths.line)
    counted = np.array([kind != "trail" for kind in paths.kind])
    km = (length * np.array(paths.sides))[counted].sum() / 1000
    assert km == pytest.approx(37.0, abs=0.05)
    assert set(paths.sides) == {1, 2}
    assert not counted.all()
    whole = shapely.union_all(list(city.districts.values())).buffer(0.01)
    assert shapely.covers(whole, np.array(paths.line)).all()


def test_bike_paths_follow_streets_and_green(city: City) -> None:
    green = [
        shape
        for shape, kind in zip(city.greenery.shape, city.greenery.kind, strict=True)
        if kind in ("park", "forest")
    ]
    steps = shapely.segmentize(np.array(city.bike_paths.line), 15)
    points = shapely.points(shapely.get_coordinates(steps))
    near = shapely.STRtree([*city.streets.line, *green]).query(
        points, predicate="dwithin", distance=12
    )
    assert len(np.unique(near[0])) > 0.99 * len(points)


def test_stops_come_in_pairs_beside_busy_streets(city: City) -> None:
    stops = city.stops
    assert len(stops.code) == len(set(stops.code)) == 138
    assert all(re.fullmatch(r"2474011-\d{3}0[12]", code) for code in stops.code)
    for i in range(0, 138, 2):
        assert stops.name[i] == stops.name[i + 1]
        assert stops.point[i].distance(stops.point[i + 1]) < 60
    assert len(set(stops.name)) == 69
    busy = shapely.union_all(city.streets.line[np.isin(city.streets.kind, ("main", "collector"))])
    assert shapely.distance(stops.point, busy).max() < 12


def test_greenery_overlaps_and_is_not_the_greenery_of_the_plans(city: City) -> None:
    found = city.greenery
    assert set(found.kind) == {
        "park", "square", "forest", "meadow", "allotment", "cemetery", "street", "estate"
    }  # fmt: skip
    shapes = np.array(found.shape)
    assert shapely.is_valid(shapes).all()
    once = shapely.union_all(shapes)
    assert shapely.area(shapes).sum() - once.area > 5_000
    planned = shapely.union_all(
        [s for s, u in zip(city.zoning.shape, city.zoning.use, strict=True) if u[0] in "ZL"]
    )
    assert once.symmetric_difference(planned).area > 1e6
    parks = [name for name, kind in zip(found.name, found.kind, strict=True) if kind == "park"]
    assert "Park Pszczelnik" in parks
    assert len(set(parks)) == len(parks)


def test_ponds_are_no_ground_for_streets(city: City) -> None:
    ponds = shapely.union_all(city.ground.parcels[city.ground.kind == "water"])
    assert ponds.area > 20_000
    assert shapely.union_all(city.streets.line).intersection(ponds).length == 0
