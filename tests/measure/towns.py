"""Towns drawn at random, and recipes run in them, for the tests of verbs."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import strategies as st

from geo.measure.card import measure
from geo.measure.disclose import Threshold
from geo.measure.example import table_of
from geo.measure.inputs import features, zone_set
from geo.measure.plan import plan
from geo.model.recipes import check_recipe

EAST, NORTH = 505_000.0, 270_000.0
SQUARES = {"a": (0, 0, 400, 400), "b": (400, 0, 1000, 400), "c": (0, 400, 1000, 1000)}
MERGED = {"ab": (0, 0, 1000, 400), "c": (0, 400, 1000, 1000)}
KINDS = ("park", "square", "forest", "street")
FREE = Threshold(persons=0, features=0, weights=0)


def box(x0, y0, x1, y1):
    return shapely.box(EAST + x0, NORTH + y0, EAST + x1, NORTH + y1).wkt


@st.composite
def towns(draw):
    """Return a town: greens that may overlap and lie outside, addresses, schools."""
    seed = draw(st.integers(0, 2**31))
    chance = np.random.default_rng(seed)
    greens = []
    for number in range(draw(st.integers(1, 12))):
        x, y = chance.uniform(-100, 1050, 2)
        w, h = chance.uniform(5, 300, 2)
        greens.append(
            {"green_id": f"g{number:02}", "kind": KINDS[chance.integers(4)],
             "name": None, "public": bool(chance.integers(2)), "geometry": box(x, y, x + w, y + h)}
        )  # fmt: skip
    points = [
        {"address_id": f"{number:03}", "people": int(chance.integers(0, 60)),
         "street": (None, "Polna", "Leśna")[chance.integers(3)],
         "geometry": f"POINT ({EAST + chance.uniform(-50, 1050)} {NORTH + chance.random() * 999})"}
        for number in range(draw(st.integers(1, 40)))
    ]  # fmt: skip
    return {"greenery": greens, "addresses": points}


def zones_of(project, boxes):
    layer = project.layers["districts"]
    rows = [{"district_id": name, "geometry": box(*edges)} for name, edges in boxes.items()]
    return zone_set(features(layer, table_of(layer, rows)))


def run(project, recipe, town, zones=None, threshold=FREE):
    zones = zones or zones_of(project, SQUARES)
    check_recipe(recipe, project.layers, project.site)
    sources = {
        layer_id: features(project.layers[layer_id], table_of(project.layers[layer_id], rows))
        for layer_id, rows in town.items()
    }
    recipe_plan = plan(project, recipe)
    return measure(recipe_plan, zones, {"districts": zones.features} | sources, threshold=threshold)
