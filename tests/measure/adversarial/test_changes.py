"""Changes that look for trouble: of features and zones at once, undone, again, and out of town.

The town of :mod:`changing` is turned and moved, so that its borders are slanted and what lies on
them lies there as well as floats can.
"""

from __future__ import annotations

import math
import random
from dataclasses import asdict

import changing
import numpy as np
import pytest
import shapely
from changing import EAST, NORTH, PROJECT, RECIPES, VALUES
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.measure import engine, forms
from geo.measure.card import measure
from geo.measure.disclose import Threshold
from geo.measure.distance import Straight, nearest
from geo.measure.edits import Change
from geo.measure.incremental import INCREMENTAL, prepare
from geo.measure.inputs import zone_set
from geo.measure.nearer import Retargeted
from geo.measure.plan import plan
from geo.model import Recipe

TURN = 0.37
CORNER = np.array([EAST, NORTH], dtype=float)
TURNED = np.array([[math.cos(TURN), -math.sin(TURN)], [math.sin(TURN), math.cos(TURN)]])
PLACE = np.array([628_456.7, 504_567.8])
SMALL = Threshold(persons=3, features=2, weights=2)
ODD = {
    "bike_paths": {"sides": [0, -1], "kind": [None]},
    "addresses": {"people": [-5, None, 10**6]},
    "buildings": {"floors": [0, -3, 10**9], "function": [None]},
    "greenery": {"kind": ["forest"], "public": [None]},
}
"""Weights and values that are odd: they are set one by one."""


def _turned(shape):
    return shapely.transform(shape, lambda xy: (xy - CORNER) @ TURNED.T + PLACE)


def _moved(shape, east, north):
    return shapely.transform(shape, lambda xy: xy + TURNED @ np.array([east, north], dtype=float))


def _box(x, y, wide, high):
    return _turned(shapely.box(EAST + x, NORTH + y, EAST + x + wide, NORTH + y + high))


def _row(chance, layer, name):
    row = changing.feature(chance, layer, name)
    return {**row, "geometry": _turned(shapely.from_wkt(row["geometry"]))}


def _zone(name, shape):
    return {"district_id": name, "name": name, "geometry": shape}


def _layer(layer, rows):
    as_text = {
        key: {**row, "geometry": shapely.to_wkt(row["geometry"], -1)} for key, row in rows.items()
    }
    return changing.layer_of(layer, as_text)


def _begun_elsewhere(shape, chance):
    """The same ground, with rings and parts in another order and direction."""
    if shape.geom_type == "MultiPolygon":
        return shapely.MultiPolygon(
            [_begun_elsewhere(part, chance) for part in shapely.get_parts(shape)[::-1]]
        )

    def ring(line):
        xy = list(line.coords)[:-1]
        first = chance.randrange(len(xy))
        xy = xy[first:] + xy[:first]
        return xy[::-1] if chance.random() < 0.5 else xy

    return shapely.Polygon(ring(shape.exterior), [ring(hole) for hole in shape.interiors])


def _ground(shape):
    """Polygons of a shape that are no crumbs, as one."""
    parts = [
        part
        for part in shapely.get_parts(shape)
        if part.geom_type == "Polygon" and part.area > 1e-3
    ]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _swallow(zones, one, other, chance):
    """One zone takes the ground of another, which stays where it is, or goes."""
    left = {} if chance.random() < 0.5 else {other: None}
    return {**left, one: _ground(zones[one].union(zones[other]))}


def _split(zones, one, other, chance):
    side = _box(chance.randint(0, 30), -60, 200, 200)
    return {
        one: _ground(zones[one] - side),
        f"s{chance.randrange(9)}": _ground(zones[one] & side),
    }


def _holed(zones, one, other, chance):
    spot = shapely.point_on_surface(zones[one])
    return {one: _ground(zones[one] - spot.buffer(chance.choice([0.5, 2.0]), quad_segs=2))}


def _bent(zones, one, other, chance):
    """A vertex moves, and every zone that has it follows."""
    xy = shapely.get_coordinates(zones[one])
    spot, by = chance.choice(xy.tolist()), [chance.uniform(-4, 4), chance.uniform(-4, 4)]
    return {
        name: shapely.transform(
            zone, lambda at: np.where((at == spot).all(axis=1)[:, None], at + by, at)
        )
        for name, zone in zones.items()
        if (shapely.get_coordinates(zone) == spot).all(axis=1).any()
    }


def _narrowed(zones, one, other, chance):
    """It loses a film along its border."""
    thin = chance.choice([1e-7, 1e-5, 1e-3, 0.02])
    return {one: _ground(zones[one] - shapely.boundary(zones[one]).buffer(thin))}


def _anew(zones, one, other, chance):
    """One zone over all in place of the others, or over some beside them."""
    if chance.random() < 0.3:
        return {**dict.fromkeys(zones), "w": _box(-5, -5, 40, 40)}
    x, y = chance.randint(-5, 30), chance.randint(-5, 30)
    name = f"{chance.choice('ao')}{chance.randrange(5)}"
    return {name: _box(x, y, chance.randint(2, 25), chance.randint(2, 25))}


REDRAWS = (
    _swallow, _split, _holed, _bent, _narrowed, _anew,
    lambda zones, one, other, chance: {one: None},
    lambda zones, one, other, chance: {one: zones[other], other: zones[one]},
    lambda zones, one, other, chance: {one: _moved(zones[one], 5e4, -3e4)},  # out of the city
    lambda zones, one, other, chance: {one: _moved(zones[one], 10, 0)},  # over its own border
    lambda zones, one, other, chance: {one: None, f"{chance.choice('az')}r": zones[one]},
    lambda zones, one, other, chance: {one: shapely.segmentize(zones[one], 3.0)},
    lambda zones, one, other, chance: {
        name: _begun_elsewhere(zone, chance) for name, zone in zones.items()
    },
)  # fmt: skip


def _redraw(chance, zones):
    one, other = chance.choice(sorted(zones)), chance.choice(sorted(zones))
    drawn = chance.choice(REDRAWS)(zones, one, other, chance)
    after = {name: zone for name, zone in {**zones, **drawn}.items() if zone is not None}
    fits = all(zone.is_valid and not zone.is_empty for zone in after.values())
    return drawn if after and fits else {}


def _edit(chance, layer, rows, first):
    """Return ids that go, some of them twice, and rows that come; `first`: the layer at first."""
    if not rows or chance.random() < 0.2:  # everything undone
        return [*rows], dict(first)
    name = chance.choice(sorted(rows))
    row = rows[name]
    odd = [(key, value) for key, values in ODD.get(layer.id, {}).items() for value in values]
    how = chance.randrange(7)
    if how == 0:
        return [*rows], {}
    if how == 1:  # one more of the same, before it in order
        return [f"a{name}"], {f"a{name}": {**row, layer.id_field: f"a{name}"}}
    if how == 2 and layer.family == "polygon":
        return [name], {name: {**row, "geometry": _begun_elsewhere(row["geometry"], chance)}}
    if how in (3, 4):  # to another district, or away
        far = _moved(row["geometry"], *chance.choice([(10, 0), (0, -20), (-10, 10), (9e4, 0)]))
        return [name, name], {name: {**row, "geometry": far}}
    if how == 5 and odd:
        return [name], {name: {**row, **dict([chance.choice(odd)])}}
    none = dict.fromkeys(VALUES[layer.id])
    return [name, "nobody"], {name: {**row, **none} if how == 6 else _row(chance, layer, name)}


class Town:
    """A card over layers that change, both ways: with each change, and anew."""

    def __init__(self, chance, recipe, count=14):
        self.chance, self.recipe = chance, plan(PROJECT, Recipe.model_validate(recipe))
        self.layers = [PROJECT.layers[each] for each in self.recipe.layers]
        self.rows = {
            layer.id: {
                f"f{i}": _row(chance, layer, f"f{i}") for i in range(chance.randint(1, count))
            }
            for layer in self.layers[1:]
        }
        corners = [(10 * (i % 3), 10 * (i // 3)) for i in range(9)]
        self.zones = {f"d{i}": _box(x, y, 10, 10) for i, (x, y) in enumerate(corners)}
        self.first = {name: dict(rows) for name, rows in self.rows.items()}
        self.threshold = chance.choice([Threshold(), SMALL])
        now = self.sources()
        self.run = prepare(
            self.recipe, zone_set(now["districts"]), now, threshold=self.threshold
        )  # fmt: skip

    def sources(self):
        zones = {name: _zone(name, shape) for name, shape in self.zones.items()}
        rows = {"districts": zones, **self.rows}
        return {layer.id: _layer(layer, rows[layer.id]) for layer in self.layers}

    def step(self):
        """Change zones, features, or both."""
        changes = {}
        drawn = _redraw(self.chance, self.zones) if self.chance.random() < 0.7 else {}
        if drawn:
            come = {name: _zone(name, shape) for name, shape in drawn.items() if shape is not None}
            changes["districts"] = Change((*drawn,), _layer(self.layers[0], come))
            after = {**self.zones, **drawn}
            self.zones = {name: shape for name, shape in after.items() if shape is not None}
        for layer in self.layers[1:]:
            if self.chance.random() < 0.6:
                rows = self.rows[layer.id]
                gone, come = _edit(self.chance, layer, rows, self.first[layer.id])
                changes[layer.id] = Change((*gone,), _layer(layer, come))
                left = {name: row for name, row in rows.items() if name not in gone}
                self.rows[layer.id] = left | come
        self.run = self.run.changed(changes)

    def full(self):
        now = self.sources()
        return measure(self.recipe, zone_set(now["districts"]), now, threshold=self.threshold)


def _answers(result):
    """Every answer and what stands beside it, by zone and class."""
    columns = [("", result.values, result.whole)]
    columns += [(each.name, each.values, each.whole) for each in result.classes]
    found = {
        (name, zone, key): said
        for name, values, whole in columns
        for zone, value in zip((*result.zones.ids, "_all"), (*values, whole), strict=True)
        for key, said in asdict(value).items()
    }
    for entry in result.ledger:
        found |= {(entry.role, "ledger", key): said for key, said in entry.as_dict().items()}
    for each in result.quantities:
        for key in ("counted", "missing"):
            found |= {(each.plan.role, zone, key): int(number) for zone, number in
                      zip(result.zones.ids, getattr(each, key), strict=True)}  # fmt: skip
    return found


def _assert_same(one, other):
    """1e-9 of the scale, which is a square metre at least; all else the same."""
    mine, theirs = _answers(one), _answers(other)
    assert mine.keys() == theirs.keys()
    assert (one.hidden.cells == other.hidden.cells).all()
    scale = max(1.0, *(abs(entry.whole or 0.0) for entry in other.ledger))
    for key, said in mine.items():
        if key[-1] in ("gap", "worst"):
            continue
        if isinstance(said, float) and key[1] == "ledger":
            assert said == pytest.approx(theirs[key], rel=1e-9, abs=1e-9 * scale), key
        elif isinstance(said, float):
            assert said == pytest.approx(theirs[key], rel=1e-9, abs=1e-12), key
        else:
            assert said == theirs[key], key


@pytest.mark.parametrize("name", RECIPES)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=3)
def test_hostile_changes_give_what_a_full_run_gives(name, seed):
    town = Town(random.Random(seed), {"id": "x", **RECIPES[name]})
    for _ in range(4):
        town.step()
        assert town.run.how == INCREMENTAL
        full = town.full()
        _assert_same(town.run.result, full)
        _assert_same(town.run.measured, full)


@pytest.mark.parametrize("name", ["ratio", "nearest of people", "area by class once", "length"])
def test_nothing_is_left_over_after_fifty_changes(name):
    town = Town(random.Random(7), {"id": "x", **RECIPES[name]}, count=30)
    at_first, sources = town.run.result, town.sources()
    for _ in range(50):
        town.step()
    _assert_same(town.run.result, town.full())
    # Undone at once, by whoever knows no more than what there is and what there was.
    undone = {
        layer.id: Change((*town.rows.get(layer.id, town.zones),), sources[layer.id])
        for layer in town.layers
    }
    back = town.run.changed(undone)
    _assert_same(back.result, at_first)


def test_the_nearest_of_thousands_that_goes_leaves_each_its_own():
    """A target that is nearer to all of them than their own comes and goes, with its double."""
    recipe = plan(PROJECT, Recipe.model_validate({"id": "x", **RECIPES["nearest"]}))
    stops, greenery, districts = (
        PROJECT.layers[each] for each in ("stops", "greenery", "districts")
    )
    rng = np.random.default_rng(3)
    spots = _turned(shapely.points(rng.integers(0, 30, (3_000, 2)) + CORNER))
    many = {f"s{i:04}": {"stop_id": f"s{i:04}", "mode": "bus", "geometry": spot}
            for i, spot in enumerate(spots)}  # fmt: skip
    green = {f"g{i}": {"green_id": f"g{i}", "kind": "park", "geometry": _box(i * 9, -400, 1, 1)}
             for i in range(4)}  # fmt: skip
    now = {"districts": _layer(districts, {"d": _zone("d", _box(0, 0, 30, 30))}),
           "stops": _layer(stops, many), "greenery": _layer(greenery, green)}  # fmt: skip
    run = prepare(recipe, zone_set(now["districts"]), now)
    close = {name: {**green["g0"], "green_id": name, "geometry": _box(-5, -5, 50, 50)}
             for name in ("a", "z")}  # fmt: skip
    came = run.changed({"greenery": Change((), _layer(greenery, close))})
    assert came.result.whole.value == 0.0
    one_left = came.changed({"greenery": Change(("a",), _layer(greenery, {}))})
    assert one_left.result.whole.value == 0.0
    none_left = one_left.changed({"greenery": Change(("z",), _layer(greenery, {}))})
    assert none_left.result.values == run.result.values
    alone = none_left.changed({"greenery": Change(tuple(green), _layer(greenery, {}))})
    assert alone.result.whole.status == "null"


@pytest.mark.skipif(not engine.compiled_here(), reason="without numba there is one form")
@pytest.mark.parametrize("name", ["area", "length", "count"])
def test_what_changes_is_measured_by_the_kernels_that_measured_the_rest(name, monkeypatch):
    """A line on a border to rounding lies on one side for GEOS, on the other for the engine."""
    monkeypatch.setattr(forms, "VERTICES", 500)
    monkeypatch.setattr(forms, "POINTS", 60)
    chance = random.Random(5)
    town = Town(chance, {"id": "x", **RECIPES[name]})
    layer = town.layers[1]
    many = {f"m{i}": _row(chance, layer, f"m{i}") for i in range(200)}
    town.rows[layer.id] = town.first[layer.id] = many
    now = town.sources()
    town.run = prepare(town.recipe, zone_set(now["districts"]), now, threshold=town.threshold)
    assert town.run.forms[0] == "compiled"
    for _ in range(3):
        along = {f"m{i}": _row(chance, layer, f"m{i}") for i in chance.sample(range(200), 30)}
        town.rows[layer.id] = {**town.rows[layer.id], **along}
        town.run = town.run.changed({layer.id: Change((*along,), _layer(layer, along))})
        _assert_same(town.run.result, town.full())


@pytest.mark.parametrize("step", [1e-6, 0.1, 5.0])
def test_a_target_that_comes_only_a_little_nearer_is_reached(step):
    recipe = plan(PROJECT, Recipe.model_validate({"id": "x", **RECIPES["nearest"]}))
    stops, green = PROJECT.layers["stops"], PROJECT.layers["greenery"]
    spot = {"s": {"stop_id": "s", "mode": "bus", "geometry": shapely.Point(EAST, NORTH)}}

    def park(name, away):
        shape = shapely.box(EAST + away, NORTH, EAST + away + 1, NORTH + 1)
        return _layer(green, {name: {"green_id": name, "kind": "park", "geometry": shape}})

    zone = {"d": _zone("d", shapely.box(EAST - 9, NORTH - 9, EAST + 9, NORTH + 9))}
    now = {"districts": _layer(PROJECT.layers["districts"], zone), "stops": _layer(stops, spot),
           "greenery": park("g", 100.0)}  # fmt: skip
    run = prepare(recipe, zone_set(now["districts"]), now)
    nearer = run.changed({"greenery": Change((), park("h", 100.0 - step))})
    assert nearer.result.whole.value == pytest.approx(100.0 - step, rel=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_each_target_after_a_change_is_as_far_as_the_distance_says(seed):
    """Wide and long origins, whose boxes reach far; targets of which some go and some come."""
    rng = np.random.default_rng(seed)

    def boxes(count, side):
        x, y = rng.uniform(0, 900, (2, count))
        return shapely.box(x, y, x + rng.uniform(1, side, count), y + rng.uniform(1, side, count))

    origins, targets, come = boxes(80, 300.0), boxes(30, 20.0), boxes(5, 20.0)
    lost = rng.random(len(targets)) < 0.3
    before = Straight(origins, targets, *nearest(origins, targets))
    changed, after = Retargeted(lost, come).renewed(before, shapely.bounds(origins))
    assert after.distance_m == pytest.approx(nearest(origins, after.targets)[0], abs=1e-9)
    assert shapely.distance(origins, after.targets[after.target]) == pytest.approx(
        after.distance_m, abs=1e-9
    )
    assert (changed >= (after.distance_m != before.distance_m)).all()
