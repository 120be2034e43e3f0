"""One parcel of 200 000 changes: the incremental run against the full run, in 15 districts.

Run ``python benchmarks/incremental.py [--quick]``. CPU milliseconds, medians; both sides begin
with the layers in memory and validated, and give the same answer (checked here, to the last bit
where the kernels are the same). The last line is one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from shapes import districts, parcels

from geo.measure.card import CardResult, measure
from geo.measure.edits import Change
from geo.measure.incremental import Run, prepare
from geo.measure.inputs import Features, zone_set
from geo.measure.merge import with_more, without
from geo.measure.plan import Plan, plan
from geo.model import Layer, Recipe, load_project

PROJECT = load_project(Path(__file__).resolve().parent.parent)
RECIPES = {
    "area": {"verb": "area", "unit": "ha", "of": {"layer": "parcels"}},
    "count": {"verb": "count", "unit": "feature", "of": {"layer": "parcels"}},
    "mean area": {"verb": "mean", "unit": "m2", "of": {"layer": "parcels", "field": "$area"}},
    "share": {
        "verb": "share_of_area", "unit": "%", "of": {"layer": "parcels", "overlaps": "each"},
    },
    "area once": {
        "verb": "share_of_area", "unit": "%", "of": {"layer": "buildings", "overlaps": "once"},
    },
}  # fmt: skip


def cpu_ms(work: Callable[[], Any], times: int) -> tuple[float, Any]:
    """Return the median CPU time of some work, milliseconds, and its last result."""
    taken, found = [], None
    for _ in range(times):
        start = time.process_time()
        found = work()
        taken.append((time.process_time() - start) * 1e3)
    return statistics.median(taken), found


def features_of(layer: Layer, shapes: np.ndarray) -> Features:
    """Return shapes as features of a layer with nothing but ids."""
    ids = np.array([f"{layer.id}-{i:07d}" for i in range(len(shapes))], dtype=object)
    table = pa.table(
        {layer.id_field: pa.array(ids, pa.string()), "geometry": shapely.to_wkb(shapes)}
    )
    return Features(layer, table, ids, shapes)


def same(one: CardResult, other: CardResult) -> float:
    """Return the largest relative difference between two answers."""
    pairs = zip((*one.values, one.whole), (*other.values, other.whole), strict=True)
    return max(abs((a.value or 0.0) - (b.value or 0.0)) / abs(b.value or 1.0) for a, b in pairs)


def compared(name: str, count: int, zones: Features) -> dict[str, Any]:
    """Measure one recipe both ways: one feature shrinks."""
    recipe = plan(PROJECT, Recipe.model_validate({"id": "x", **RECIPES[name]}))
    layer = PROJECT.layers[recipe.numerator.layer]
    whole = features_of(layer, parcels(count, np.random.default_rng(7)))
    row = count // 2
    shrunk = shapely.affinity.scale(whole.geometries[row], 0.9, 0.8)
    come = Features(layer, with_wkb(whole.table.slice(row, 1), shrunk), whole.ids[row : row + 1],
                    np.array([shrunk], dtype=object))  # fmt: skip
    change = {layer.id: Change((whole.ids[row],), come)}
    sources = {"districts": zones, layer.id: whole}
    ready = zone_set(zones)
    _ = ready.zones.grid, ready.zones.repeats  # both sides have the zones prepared
    run = prepare(recipe, ready, sources)
    _ = run.totals
    drop = np.arange(len(whole)) == row
    plain = with_more(without(whole, drop), come)
    quick, changed = cpu_ms(lambda: run.changed(change), 7)

    def all_of_it() -> CardResult:
        # A full run has no inner points of polygons from the run before it.
        fresh = Features(plain.layer, plain.table, plain.ids, plain.geometries)
        return measure(recipe, ready, {"districts": zones, layer.id: fresh})

    full, anew = cpu_ms(all_of_it, 3)
    return {
        "recipe": name, "features": count, "full_ms": full, "incremental_ms": quick,
        "times": full / quick, "relative_difference": same(changed.result, anew),
    }  # fmt: skip


def moved_side(shapes: dict[str, Any]) -> dict[str, Any]:
    """Take from a district 100 m along one side, a gap of 9 ha."""
    one = shapes["districts-0000007"]
    west, south, _, north = shapely.bounds(one)
    return {"districts-0000007": one - shapely.box(west, south, west + 100.0, north)}


def moved_vertex(shapes: dict[str, Any]) -> dict[str, Any]:
    """Bend a border that two districts share by 40 m."""
    one, other = shapes["districts-0000007"], shapes["districts-0000008"]
    xy = shapely.get_coordinates(one)
    shared = {tuple(at) for at in shapely.get_coordinates(other).tolist()}
    spots = [at for at in xy.tolist() if tuple(at) in shared]
    spot = np.array(spots[len(spots) // 2])
    # A lone vertex of borders as dense as these would cross them: those near it follow.
    return {
        name: shapely.transform(shapes[name], lambda at: _pulled(at, spot))
        for name in ("districts-0000007", "districts-0000008")
    }


def _pulled(xy: np.ndarray, spot: np.ndarray) -> np.ndarray:
    near = np.clip(1 - np.hypot(*(xy - spot).T) / 150.0, 0.0, None)
    return xy + near[:, None] * (28.0, 28.0)


def split(shapes: dict[str, Any]) -> dict[str, Any]:
    """Cut a district in two by a straight line."""
    one = shapes["districts-0000007"]
    west, south, east, north = shapely.bounds(one)
    half = shapely.box(west, south, east, (south + north) / 2)
    return {"districts-0000007": one & half, "districts-0000099": one - half}


def merged(shapes: dict[str, Any]) -> dict[str, Any]:
    """Make one district of two."""
    one, other = shapes["districts-0000007"], shapes["districts-0000008"]
    return {"districts-0000007": one | other, "districts-0000008": None}


def deleted(shapes: dict[str, Any]) -> dict[str, Any]:
    """Remove a district, which leaves a hole."""
    return {"districts-0000007": None} if shapes else {}


REDRAWS = {
    "a side moved 100 m": moved_side, "a bend moved, two": moved_vertex, "split": split,
    "merged": merged, "deleted": deleted,
}  # fmt: skip


def redrawn(name: str, recipe_name: str, count: int, zones: Features) -> dict[str, Any]:
    """Measure districts that are redrawn."""
    recipe = plan(PROJECT, Recipe.model_validate({"id": "x", **RECIPES[recipe_name]}))
    layer = PROJECT.layers[recipe.numerator.layer]
    whole = features_of(layer, parcels(count, np.random.default_rng(7)))
    sources = {"districts": zones, layer.id: whole}
    run = prepared(recipe, sources)
    drawn = REDRAWS[name](dict(zip(zones.ids, zones.geometries, strict=True)))
    come = named(features_of(zones.layer, np.array([z for z in drawn.values() if z is not None])),
                 [key for key, zone in drawn.items() if zone is not None])  # fmt: skip
    change = {"districts": Change(tuple(drawn), come)}
    after = change["districts"].applied(zones)
    first, _ = cpu_ms(lambda: run.changed(change), 1)
    quick, changed = cpu_ms(lambda: run.changed(change), 7)
    full, anew = cpu_ms(
        lambda: measure(recipe, zone_set(after), {**sources, "districts": after}), 3
    )
    touched = sum(int(made.merge.drop.sum()) for made in changed.terms if made.merge)
    return {
        "recipe": f"{recipe_name}: {name}", "features": count, "touched": touched,
        "full_ms": full, "incremental_ms": quick, "first_ms": first, "times": full / quick,
        "relative_difference": same(changed.result, anew),
    }  # fmt: skip


@cache
def _runs() -> dict[str, Run]:
    return {}


def prepared(recipe: Plan, sources: dict[str, Features]) -> Run:
    """Return a recipe measured, once for all redraws of its zones."""
    key = f"{recipe.card.model_dump_json()} {len(sources[recipe.numerator.layer])}"
    if key not in _runs():
        _runs()[key] = prepare(recipe, zone_set(sources["districts"]), sources)
    return _runs()[key]


def named(features: Features, ids: list[str]) -> Features:
    """Return features with other ids, which are their names too."""
    column = pa.array(ids, pa.string())
    id_field = features.layer.id_field
    table = features.table.set_column(0, id_field, column).append_column("name", column)
    return Features(features.layer, table, np.array(ids, dtype=object), features.geometries)


def with_wkb(table: pa.Table, shape: Any) -> pa.Table:
    """Return a table of one row with another geometry."""
    column = pa.array([shapely.to_wkb(shape)], pa.binary())
    return table.set_column(table.column_names.index("geometry"), "geometry", column)


def main() -> None:
    """Print a table, then one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20 000 features")
    count = 20_000 if parser.parse_args().quick else 200_000
    shapes = districts(np.random.default_rng(3))
    zones = features_of(PROJECT.layers["districts"], shapes)
    table = zones.table.append_column("name", pa.array(zones.ids, pa.string()))
    zones = Features(zones.layer, table, zones.ids, zones.geometries)
    rows = [compared(name, count, zones) for name in RECIPES if name != "share"]
    rows += [redrawn(name, "area", count, zones) for name in REDRAWS]
    rows += [redrawn(n, r, count, zones) for r in ("count", "share")
             for n in ("a side moved 100 m", "a bend moved, two")]  # fmt: skip
    for row in rows:
        print(
            f"{row['recipe']:<30}{row['features']:>8}  full {row['full_ms']:8.1f} ms   "
            f"incremental {row['incremental_ms']:7.2f} ms   {row['times']:6.0f}x   "
            f"difference {row['relative_difference']:.1e}"
        )
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
