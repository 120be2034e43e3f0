"""Small towns whose layers change at random: what incremental runs are tried on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely

from geo.measure.edits import Change
from geo.measure.example import table_of
from geo.measure.inputs import features
from geo.model import load_project

# No fixture: hypothesis would write all of it beside a counterexample.
PROJECT = load_project(Path(__file__).resolve().parents[2])
EAST, NORTH = 505_000, 270_000
RECIPES = {
    "area": {"verb": "area", "unit": "ha", "of": {"layer": "greenery", "overlaps": "each"}},
    "area once, where": {
        "verb": "area", "unit": "ha",
        "of": {"layer": "greenery", "overlaps": "once",
               "where": "public = TRUE AND kind <> 'street'"},
    },
    "area by class": {"verb": "area", "unit": "ha", "of": {"layer": "mpzp"}, "by": "use"},
    "area by class once": {
        "verb": "area", "unit": "ha", "of": {"layer": "greenery", "overlaps": "once"},
        "by": "kind",
    },
    "length": {"verb": "length", "unit": "km", "of": {"layer": "bike_paths", "weight": "sides"}},
    "count": {"verb": "count", "unit": "feature", "of": {"layer": "stops"}},
    "count of polygons": {"verb": "count", "unit": "feature", "of": {"layer": "buildings"}},
    "sum": {"verb": "sum", "unit": "1", "of": {"layer": "buildings", "field": "floors"}},
    "sum of people": {
        "verb": "sum", "unit": "person", "of": {"layer": "addresses", "field": "people"},
    },
    "mean": {"verb": "mean", "unit": "1", "of": {"layer": "buildings", "field": "floors"}},
    "mean of areas": {"verb": "mean", "unit": "m2", "of": {"layer": "parcels", "field": "$area"}},
    "median": {"verb": "median", "unit": "1", "of": {"layer": "buildings", "field": "floors"},
               "by": "function"},
    "share of area": {"verb": "share_of_area", "unit": "%",
                      "of": {"layer": "greenery", "overlaps": "once"}},
    "density": {"verb": "density", "unit": "person/km2",
                "of": {"measure": "sum", "layer": "addresses", "field": "people"}},
    "ratio": {
        "verb": "ratio", "unit": "m2/person",
        "of": {"measure": "area", "layer": "greenery", "overlaps": "once"},
        "over": {"measure": "sum", "layer": "addresses", "field": "people"},
    },
    "ratio of one layer": {
        "verb": "ratio", "unit": "%", "of": {"measure": "area", "layer": "mpzp",
        "where": "use IN ('MN', 'ZP')"}, "over": {"measure": "area", "layer": "mpzp"},
    },
    "share by class": {"verb": "share_by_class", "unit": "%",
                       "of": {"measure": "area", "layer": "mpzp"},
                       "by": [{"id": "green", "title": {"pl": "z", "en": "g"},
                               "where": "use = 'ZP'"},
                              {"id": "homes", "title": {"pl": "m", "en": "h"},
                               "where": "use IN ('MN', 'MW')"}]},
    "diversity": {"verb": "diversity", "unit": "1", "index": "shannon",
                  "of": {"measure": "area", "layer": "mpzp"}, "by": "use"},
    "per person": {"verb": "per_person", "unit": "m/person",
                   "of": {"measure": "length", "layer": "bike_paths"}},
    "nearest": {"verb": "nearest", "unit": "m", "of": {"layer": "stops"},
                "to": {"layer": "greenery"}},
    "median of nearest": {
        "verb": "nearest", "unit": "m", "statistic": "median", "of": {"layer": "stops"},
        "to": {"layer": "greenery", "where": "public = TRUE", "least_m2": 20},
    },
    "nearest of people": {
        "verb": "nearest", "unit": "m", "to": {"layer": "stops"},
        "of": {"measure": "sum", "layer": "addresses", "field": "people"},
    },
    "people within": {"verb": "share_within", "unit": "%", "distance": 10,
                      "of": {"layer": "addresses", "field": "people"},
                      "to": {"layer": "stops"}},
    "share within": {"verb": "share_within", "unit": "%", "distance": 10,
                     "of": {"layer": "stops"}, "to": {"layer": "greenery"}},
    "on the ellipsoid": {"verb": "area", "unit": "ha", "ellipsoid": True,
                         "of": {"layer": "greenery", "overlaps": "once"}},
}  # fmt: skip
VALUES = {
    "greenery": {"kind": ["park", "forest", "street"], "public": [True, False, None]},
    "mpzp": {"use": ["MN", "MW", "ZP", "P"]},
    "bike_paths": {"sides": [1, 2, None], "kind": ["path", "trail"]},
    "stops": {"mode": ["bus", "tram"]},
    "buildings": {"floors": [1, 2, 5, None], "function": ["residential", "services", None]},
    "addresses": {"people": [0, 1, 4, 30, 200, None]},
    "parcels": {},
    "districts": {"name": ["A", "B"]},
}


def _rectangle(chance):
    x, y = chance.randint(-4, 36), chance.randint(-4, 36)
    wide, high = chance.randint(1, 14), chance.randint(1, 14)
    box = shapely.box(x, y, x + wide, y + high)
    if chance.random() < 0.3 and wide > 2 and high > 2:
        return box - shapely.box(x + 1, y + 1, x + 2, y + 2)
    if chance.random() < 0.5:  # slanted, so that sums are not whole numbers
        a, b = chance.uniform(0, 1), chance.uniform(0, 1)
        return shapely.Polygon([(x, y), (x + wide, y + a), (x + wide, y + high), (x, y + high - b)])
    return box


def _shape(chance, family):
    """A shape on whole metres, so that borders are met often, or between them."""
    if family == "polygon":
        return _rectangle(chance)

    def at():
        whole = chance.random() < 0.7
        return tuple(chance.randint(-2, 42) if whole else chance.uniform(-2, 42) for _ in "xy")

    if family == "point":
        return shapely.Point(at())
    if chance.random() < 0.3:  # along a border of districts
        x, y = 10 * chance.randint(0, 3), chance.randint(0, 20)
        return shapely.LineString([(x, y), (x, y + chance.randint(1, 12))])
    return shapely.LineString([at() for _ in range(chance.randint(2, 4))])


def feature(chance, layer, name):
    moved = shapely.transform(
        _shape(chance, layer.family), lambda xy: xy + np.array([EAST, NORTH], dtype=float)
    )
    fields = {key: chance.choice(some) for key, some in VALUES[layer.id].items()}
    return {layer.id_field: name, **fields, "geometry": shapely.to_wkt(moved, -1)}


def city(chance, layers):
    """Nine districts of 10 m that share borders, and up to ten features of each layer."""
    town = {
        layer.id: {f"f{i}": feature(chance, layer, f"f{i}") for i in range(chance.randint(0, 10))}
        for layer in layers
    }
    corners = {f"d{i}": (EAST + 10 * (i % 3), NORTH + 10 * (i // 3)) for i in range(9)}
    town["districts"] = {
        name: {"district_id": name, "name": name, "geometry": shapely.box(x, y, x + 10, y + 10).wkt}
        for name, (x, y) in corners.items()
    }
    return town


def step(chance, town, layers):
    """Change one or two layers of the town; return what went and what came, by layer."""
    changes = {}
    for layer in chance.sample(layers, min(len(layers), chance.randint(1, 2))):
        rows = town[layer.id]
        # A district at least stays: without zones there is no card.
        most = len(rows) - 1 if layer.id == "districts" else len(rows)
        gone = chance.sample(sorted(rows), max(0, min(most, chance.randint(0, 3))))
        come = {}
        for name in gone:
            what, new = chance.choice(["remove", "redraw", "set"]), feature(chance, layer, name)
            if what == "set":
                new["geometry"] = rows[name]["geometry"]
            if what != "remove":
                come[name] = new
            del rows[name]
        free = [f"{letter}{i}" for i in range(12) for letter in "ae" if f"{letter}{i}" not in rows]
        for name in chance.sample(free, chance.randint(0, 2)):
            if name not in come:
                come[name] = feature(chance, layer, name)
        rows |= come
        changes[layer.id] = Change(tuple(gone), layer_of(layer, come))
    return changes


def layer_of(layer, rows):
    return features(layer, table_of(layer, list(rows.values())))
