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
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from shapes import districts, parcels

from geo.measure.card import CardResult, measure
from geo.measure.incremental import Change, Run, prepare
from geo.measure.inputs import Features, zone_set
from geo.measure.merge import with_more, without
from geo.measure.plan import plan
from geo.model import Layer, Recipe, load_project

PROJECT = load_project(Path(__file__).resolve().parent.parent)
RECIPES = {
    "area": {"verb": "area", "unit": "ha", "of": {"layer": "parcels"}},
    "count": {"verb": "count", "unit": "feature", "of": {"layer": "parcels"}},
    "mean area": {"verb": "mean", "unit": "m2", "of": {"layer": "parcels", "field": "$area"}},
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


def redrawn(count: int, zones: Features) -> dict[str, Any]:
    """Measure a district whose border moves by 20 m along one side."""
    recipe = plan(PROJECT, Recipe.model_validate({"id": "x", **RECIPES["area"]}))
    layer = PROJECT.layers["parcels"]
    whole = features_of(layer, parcels(count, np.random.default_rng(7)))
    one = zones.geometries[7]
    west, south, _, north = shapely.bounds(one)
    moved = shapely.difference(one, shapely.box(west, south, west + 100.0, north))
    come = Features(zones.layer, with_wkb(zones.table.slice(7, 1), moved), zones.ids[7:8],
                    np.array([moved], dtype=object))  # fmt: skip
    sources = {"districts": zones, layer.id: whole}
    run: Run = prepare(recipe, zone_set(zones), sources)
    _ = run.totals
    change = {"districts": Change((zones.ids[7],), come)}
    after = with_more(without(zones, np.arange(len(zones)) == 7), come)
    quick, changed = cpu_ms(lambda: run.changed(change), 3)
    full, anew = cpu_ms(
        lambda: measure(recipe, zone_set(after), {"districts": after, layer.id: whole}), 3
    )
    return {
        "recipe": "a district redrawn", "features": count, "full_ms": full,
        "incremental_ms": quick, "times": full / quick,
        "relative_difference": same(changed.result, anew),
    }  # fmt: skip


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
    rows = [compared(name, count, zones) for name in RECIPES] + [redrawn(count, zones)]
    for row in rows:
        print(
            f"{row['recipe']:<20}{row['features']:>8}  full {row['full_ms']:8.1f} ms   "
            f"incremental {row['incremental_ms']:7.2f} ms   {row['times']:6.0f}x   "
            f"difference {row['relative_difference']:.1e}"
        )
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
