"""Zones of many vertices redrawn: only what meets ground that changed hands is measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
import shapely.ops
from drawing import EAST, NORTH, spots, stars, walks
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.measure.card import measure
from geo.measure.edits import Change
from geo.measure.example import table_of
from geo.measure.incremental import INCREMENTAL, prepare
from geo.measure.inputs import features, zone_set
from geo.measure.kernels import area_in_zones
from geo.measure.local import cut_to
from geo.measure.plan import plan
from geo.measure.redrawn import Rezoned, changed_edges
from geo.model import Recipe, load_project

PROJECT = load_project(Path(__file__).resolve().parents[2])
CORNER = np.array([EAST, NORTH])
WIDE, HIGH, STEPS = 3_000.0, 2_000.0, 24
RECIPES = {
    "area": {"verb": "area", "unit": "ha", "of": {"layer": "greenery", "overlaps": "each"}},
    "once by class": {"verb": "area", "unit": "ha", "by": "kind",
                      "of": {"layer": "greenery", "overlaps": "once"}},
    "length": {"verb": "length", "unit": "km", "of": {"layer": "bike_paths"}},
    "points": {"verb": "count", "unit": "feature", "of": {"layer": "stops"}},
    "polygons": {"verb": "count", "unit": "feature", "of": {"layer": "greenery"}},
    "share": {"verb": "share_of_area", "unit": "%",
              "of": {"layer": "greenery", "overlaps": "once"}},
}  # fmt: skip


def city(rng):
    """Twelve districts with wandering borders that they share vertex by vertex."""
    x, y = np.meshgrid(np.linspace(0, WIDE, 5), np.linspace(0, HIGH, 4), indexing="ij")
    corner = np.stack((x, y), axis=2) + CORNER
    corner[1:-1, 1:-1] += rng.uniform(-80, 80, (3, 2, 2))

    def border(start, end):
        along = np.arange(STEPS)[:, None] / STEPS
        bend = np.cumsum(rng.normal(0, 4, STEPS)) * np.sin(np.pi * along[:, 0])
        return start + along * (end - start) + bend[:, None]

    flat = {(i, j): border(corner[i, j], corner[i + 1, j]) for i in range(4) for j in range(4)}
    steep = {(i, j): border(corner[i, j], corner[i, j + 1]) for i in range(5) for j in range(3)}

    def back(line, end):
        return np.concatenate(([end], line[:0:-1]))

    return {
        f"d{i}{j}": shapely.Polygon(np.concatenate((
            flat[i, j], steep[i + 1, j], back(flat[i, j + 1], corner[i + 1, j + 1]),
            back(steep[i, j], corner[i, j + 1]))))
        for i in range(4) for j in range(3)
    }  # fmt: skip


def with_vertex_moved(zones, rng):
    """Every zone that has the vertex follows it; a move that breaks a zone is not made."""
    xy = shapely.get_coordinates(list(zones.values()))
    spot = xy[rng.integers(len(xy))]
    move = rng.uniform(-60, 60, 2)
    mine = {name: zone for name, zone in zones.items()
            if (shapely.get_coordinates(zone) == spot).all(axis=1).any()}  # fmt: skip
    moved = {
        name: shapely.transform(
            zone, lambda at: np.where((at == spot).all(axis=1)[:, None], at + move, at)
        )
        for name, zone in mine.items()
    }
    return moved if shapely.is_valid(list(moved.values())).all() else {}


def split(zones, rng):
    name = rng.choice(sorted(zones))
    west, south, east, north = zones[name].bounds
    cut = shapely.LineString([(west - 9, rng.uniform(south, north)),
                              (east + 9, rng.uniform(south, north))])  # fmt: skip
    sides = list(shapely.ops.split(zones[name], cut).geoms)
    return {name: sides[0], **{f"s{name}{i}": part for i, part in enumerate(sides[1:])}}


def merged(zones, rng):
    name = rng.choice(sorted(zones))
    near = [other for other in sorted(zones) if other != name
            and shapely.relate_pattern(zones[name], zones[other], "****1****")]  # fmt: skip
    if not near:
        return {}
    other = rng.choice(near)
    return {name: shapely.union(zones[name], zones[other]), other: None}


def exclave(zones, rng):
    """A zone of two parts, perhaps far from each other."""
    one, other = rng.choice(sorted(zones), 2, replace=False)
    return {one: shapely.union(zones[one], zones[other]), other: None} if len(zones) > 3 else {}


def gone(zones, rng):
    return {rng.choice(sorted(zones)): None} if len(zones) > 2 else {}


def added(zones, rng):
    """A zone over others, or partly out of all."""
    x, y = CORNER + rng.uniform(-200, (WIDE, HIGH))
    return {f"n{rng.integers(99)}": shapely.box(x, y, x + 400, y + 300)}


def stripped(zones, rng):
    """Ground that goes to nobody, along one side."""
    name = rng.choice(sorted(zones))
    west, south, _, north = zones[name].bounds
    left = zones[name] - shapely.box(west, south, west + rng.uniform(5, 90), north)
    return {name: left} if left.geom_type == "Polygon" and not left.is_empty else {}


def holed(zones, rng):
    name = rng.choice(sorted(zones))
    spot = shapely.point_on_surface(zones[name]).buffer(25)
    return {name: zones[name] - spot}


REDRAWS = (
    with_vertex_moved,
    with_vertex_moved,
    split,
    merged,
    exclave,
    gone,
    added,
    stripped,
    holed,
)


def layer_of(layer_id, shapes, rng):
    layer = PROJECT.layers[layer_id]
    kinds = {"greenery": ("kind", ["park", "forest", "street"]), "stops": ("mode", ["bus"]),
             "bike_paths": ("kind", ["path"])}  # fmt: skip
    field, values = kinds[layer_id]
    rows = [
        {layer.id_field: f"f{i:04}", field: str(rng.choice(values)), "geometry": shape.wkt}
        for i, shape in enumerate(shapes)
    ]
    return features(layer, table_of(layer, rows))


def drawn(layer_id, zones, rng):
    """Features all over the city and beyond it, some of them along borders."""
    if layer_id == "greenery":
        shapes = stars(150, WIDE, 40.0, rng)
    elif layer_id == "stops":
        shapes = spots(300, WIDE, rng)
    else:
        shapes = walks(60, WIDE, rng)
    ring = shapely.get_exterior_ring(rng.choice(list(zones.values())))
    if layer_id == "bike_paths":  # along the border itself, and its vertices
        return [*shapes, shapely.LineString(shapely.get_coordinates(ring)[3:9])]
    if layer_id == "stops":
        return [*shapes, *shapely.points(shapely.get_coordinates(ring)[:5])]
    return list(shapes)


def as_zones(zones):
    layer = PROJECT.layers["districts"]
    # Published zones are multipolygons, whatever they were drawn as.
    rows = [{"district_id": name, "name": name,
             "geometry": shapely.to_wkt(shapely.multipolygons(shapely.get_parts(zone)), -1)}
            for name, zone in zones.items()]  # fmt: skip
    return features(layer, table_of(layer, rows))


def pieces(result):
    found = result.quantities[0]
    return sorted(zip(
        found.features.ids[found.pieces.feature].tolist(),
        [result.zones.ids[zone] for zone in found.pieces.zone.tolist()],
        found.pieces.measure.tolist(), strict=True,
    ))  # fmt: skip


@pytest.mark.parametrize("name", RECIPES)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=6)
def test_zones_redrawn_give_what_a_full_run_gives(name, seed):
    """To the last bit, piece by piece: of pieces, sums by zone and class, and answers."""
    rng = np.random.default_rng(seed)
    recipe = plan(PROJECT, Recipe.model_validate({"id": "x", **RECIPES[name]}))
    zones, layer = city(rng), recipe.numerator.layer
    sources = {"districts": as_zones(zones), layer: layer_of(layer, drawn(layer, zones, rng), rng)}
    run = prepare(recipe, zone_set(sources["districts"]), sources)
    for _ in range(3):
        redraw = rng.choice(np.array(REDRAWS, dtype=object))(zones, rng)
        left = {key: zone for key, zone in redraw.items() if zone is not None}
        change = Change(tuple(redraw), as_zones(left))
        zones = {key: zone for key, zone in {**zones, **redraw}.items() if zone is not None}
        run = run.changed({"districts": change})
        assert run.how == INCREMENTAL
        now = as_zones(zones)
        full = measure(recipe, zone_set(now), {**sources, "districts": now})
        assert pieces(run.measured) == pieces(full)
        assert run.result.values == full.values
        assert run.result.classes == full.classes
        assert (run.result.quantities[0].sums == full.quantities[0].sums).all()
        one, other = (replace(each.ledger[0], worst="") for each in (run.result, full))
        assert one == other
        whole, again = run.result.ledger[-1], full.ledger[-1]
        assert whole.whole == pytest.approx(again.whole, rel=1e-12)
        assert whole.repeated == pytest.approx(again.repeated, rel=1e-12, abs=1e-6)
        assert whole.closes == again.closes


def test_edges_that_stay_cancel_whatever_their_ring_begins_with():
    one = shapely.box(0, 0, 10, 10)
    turned = shapely.Polygon([(10, 10), (10, 0), (0, 0), (0, 10)])
    assert len(changed_edges(one, turned)) == 0
    assert len(changed_edges(one, shapely.multipolygons([turned]))) == 0
    moved = shapely.Polygon([(0, 0), (10, 0), (10, 10), (2, 12)])
    edges = {tuple(map(tuple, edge)) for edge in changed_edges(one, moved).tolist()}
    assert edges == {((10, 10), (0, 10)), ((0, 10), (0, 0)), ((10, 10), (2, 12)), ((2, 12), (0, 0))}
    assert len(changed_edges(None, one)) == 4


def test_an_edge_whose_sides_change_places_is_not_the_same_edge():
    """The zone jumps over its eastern border, which stays a border."""
    assert len(changed_edges(shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10))) == 8


def test_what_lies_deep_in_ground_that_changed_hands_is_touched_and_nothing_else():
    one, moved = (shapely.multipolygons([shapely.box(0, 0, east, 100)]) for east in (100, 60))
    edges = changed_edges(one, moved)
    found = Rezoned(None, None, None, ((one, moved),), shapely.linestrings(edges),
                    np.zeros(len(edges), dtype=np.int64))  # fmt: skip
    deep, stays, across, away = (shapely.box(x, 50, x + 2, 52) for x in (80, 20, 59, 140))
    parts = shapely.multipolygons([shapely.box(20, 50, 21, 51), shapely.box(80, 50, 81, 51)])
    shapes = np.array([deep, stays, across, away, parts, shapely.Polygon()], dtype=object)
    touched = found.touches(shapes, shapely.bounds(shapes))
    assert touched.tolist() == [True, False, True, False, True, False]


def test_a_window_keeps_every_edge_that_comes_near_whole():
    rng = np.random.default_rng(5)
    zones = np.array([shapely.multipolygons([zone]) for zone in city(rng).values()])
    box = (EAST + 700, NORTH + 600, EAST + 800, NORTH + 700)
    rows, cut = cut_to(zones, box)
    assert 0 < len(rows) < len(zones) / 2
    assert shapely.get_num_coordinates(cut).sum() < shapely.get_num_coordinates(zones[rows]).sum()
    inner = shapely.box(*box)
    for row, part in zip(rows, cut, strict=True):
        assert shapely.area(part & inner) == shapely.area(zones[row] & inner)
    shapes = np.array([shapely.box(*box)], dtype=object)
    whole = area_in_zones(shapes, zone_set(as_zones(city(np.random.default_rng(5)))).zones)
    assert set(whole.pieces.zone.tolist()) <= set(rows.tolist())


def test_few_features_are_measured_when_a_vertex_moves():
    rng = np.random.default_rng(1)
    recipe = plan(PROJECT, Recipe.model_validate({"id": "x", **RECIPES["area"]}))
    zones = city(rng)
    features_ = layer_of("greenery", stars(6_000, WIDE, 25.0, rng), rng)
    sources = {"districts": as_zones(zones), "greenery": features_}
    run = prepare(recipe, zone_set(sources["districts"]), sources)
    least = 0
    while not least:  # until something lies there
        redraw = with_vertex_moved(zones, rng)
        ground = [shapely.symmetric_difference(zones[name], zone) for name, zone in redraw.items()]
        least = shapely.intersects(shapely.union_all(ground), features_.geometries).sum()
    after = run.changed({"districts": Change(tuple(redraw), as_zones(redraw))})
    meets = shapely.intersects(shapely.union_all(list(redraw.values())), features_.geometries)
    assert least <= after.terms[0].merge.drop.sum() < meets.sum() / 10
