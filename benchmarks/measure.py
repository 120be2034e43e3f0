"""The engine against geopandas.overlay, shapely, PostGIS, DuckDB and SedonaDB, in one run.

Run ``python benchmarks/measure.py [--quick] [--peers overlay,kernels,postgis] [--runs 7]``; every
peer that is installed takes part unless they are named (``uv run --group bench``, and Debian's
``postgresql-15-postgis-3``). PostGIS answers naively, cutting only what crosses a border, and
that with its zones subdivided.

- W1: area of 200 000 parcels by 15 districts;
- W2: area of 50 000 zoning polygons by 2 500 zones and 6 classes;
- W3: length of 20 000 streets by 15 districts.

Every side starts from what it reads best, in memory (the engine from flat arrays, and once more
from a column of WKB); its own indexes are built inside the clock; the engine measures what lies
outside every zone too. CPU counts all threads. The last line is one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import peers
import pyarrow as pa
import pyarrow.feather as feather
import shapely
import shapes

from geo.measure.edges import flat
from geo.measure.edges.area import area_matrix, area_outside
from geo.measure.edges.index import index
from geo.measure.edges.length import line_zones, measure_lengths
from geo.measure.edges.survey import Survey
from geo.measure.edges.sweep import UNSETTLED, homes
from geo.measure.kernels import area_in_zones, length_in_zones
from geo.measure.zones import Zones

KINDS = 6
SEED = 2026
Table = np.ndarray
Case = tuple[np.ndarray, np.ndarray]


def case(name: str, quick: bool) -> Case:
    """Return (features, zones) of a workload."""
    rng = np.random.default_rng(SEED)
    part = 10 if quick else 1
    if name == "W1":
        return shapes.parcels(200_000 // part, rng), shapes.districts(rng)
    if name == "W2":
        return shapes.zoning(50_000 // part, rng), shapes.zones(rng, 16 if quick else 50)
    return shapes.streets(20_000 // part, rng), shapes.districts(rng)


def kinds(count: int) -> np.ndarray:
    """Return the class of each feature."""
    return np.random.default_rng(SEED).integers(0, KINDS, count)


def areas(features: flat.Flat | Survey, zones: flat.Flat) -> tuple[Table, float]:
    """Return area by (zone, class), m2, and the ledger's relative gap."""
    ready = index(zones, features.boxes)
    home = homes(ready, features.boxes)
    if isinstance(features, Survey):
        features = flat.of_polygons(features, home == UNSETTLED)
    table, _ = area_matrix(features, ready, kinds(features.size), KINDS, home=home)
    outside = area_outside(features, ready, home)
    whole = features.areas_m2.sum()
    return table, abs(table.sum() + outside.sum() - whole) / whole


def lengths(lines: flat.FlatLines, zones: flat.Flat) -> tuple[Table, float]:
    """Return length by (zone, class), m, and the ledger's relative gap."""
    measured = measure_lengths(lines, line_zones(zones, lines))
    table, _ = measured.matrix(zones.size, kinds(lines.size), KINDS)
    outside = measured.outside_m
    whole = lines.lengths_m.sum()
    return table, abs(table.sum() + outside.sum() - whole) / whole


def overlay(features: np.ndarray, zones: np.ndarray) -> Table:
    """Return the same by geopandas.overlay, which keeps no ledger."""
    left = gpd.GeoDataFrame({"kind": kinds(len(features))}, geometry=features, crs=2180)
    right = gpd.GeoDataFrame({"zone": np.arange(len(zones))}, geometry=zones, crs=2180)
    cut = gpd.overlay(left, right, how="intersection", keep_geom_type=True)
    size = cut.length if shapely.get_dimensions(features[0]) == 1 else cut.area
    return _table(cut["zone"], cut["kind"], size, len(zones))


def kernels(features: np.ndarray, zones: np.ndarray) -> Table:
    """Return the same by the shapely form of Geobank's own measures, with its ledger."""
    line = shapely.get_dimensions(features[0]) == 1
    measured = (length_in_zones if line else area_in_zones)(features, Zones(zones))
    pieces = measured.pieces
    return _table(pieces.zone, kinds(len(features))[pieces.feature], pieces.measure, len(zones))


def database(side: str, features: np.ndarray, zones: np.ndarray, runs: int) -> Any:
    """Return a database's table, CPU and wall seconds; it loads and indexes outside the clock."""
    name, _, how = side.partition("_")
    size = "ST_Length" if shapely.get_dimensions(features[0]) == 1 else "ST_Area"
    query = peers.INTERSECTION if how == "naive" else peers.WITHIN_ELSE
    layers = {
        "features": (features, kinds(len(features))),
        "zones": (zones, np.zeros(len(zones), dtype=np.int64)),
    }
    make = peers.PEERS[name]
    if how == "subdivided":
        make = partial(peers.PostGIS, subdivide=("zones",))
    with make(layers) as peer:

        def work() -> Table:
            zone, kind, measure = zip(*peer.ask(query.format(size=size)), strict=True)
            return _table(zone, kind, measure, len(zones))

        return timed(work, runs, peer.cpu_s)


def installed() -> list[str]:
    """Return the peers that can run here."""
    found = ["overlay", "kernels"]
    for name in peers.PEERS:
        if peers.available(name):
            found.append(name)
    if "postgis" in found:
        found += ["postgis_naive", "postgis_subdivided"]
    return found


def _table(zone: Any, kind: Any, measure: Any, count: int) -> Table:
    """Return sums by zone and class, shape (count, KINDS)."""
    key = np.asarray(zone, dtype=np.int64) * KINDS + np.asarray(kind, dtype=np.int64)
    sums = pd.Series(np.asarray(measure, dtype=np.float64)).groupby(key).sum()
    out = np.zeros(count * KINDS)
    out[sums.index.to_numpy()] = sums.to_numpy()
    return out.reshape(count, KINDS)


def timed(
    work: Callable[[], Any], runs: int, clock: Callable[[], float] = time.process_time
) -> tuple[Any, float, float]:
    """Return the last result, and the median CPU and wall seconds; the first run warms up."""
    cpu, wall, result = [], [], None
    for run in range(runs + (runs > 1)):
        wall_start, cpu_start = time.perf_counter(), clock()
        result = work()
        if run or runs == 1:
            cpu.append(clock() - cpu_start)
            wall.append(time.perf_counter() - wall_start)
    return result, statistics.median(cpu), statistics.median(wall)


def memory(name: str) -> float:
    """Return the resident memory now (VmRSS) or at its peak since last asked (VmHWM), MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    found = next(line for line in lines if line.startswith(name))
    Path("/proc/self/clear_refs").write_text("5")
    return int(found.split()[1]) / 1024


def workload(side: str, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Measure one side of one workload, in a process of its own."""
    columns = [feather.read_table(folder / f"{name}.arrow")["wkb"] for name in ("given", "zones")]
    gap, engine = 0.0, side.startswith("engine")
    if not engine:
        features, zones = (shapely.from_wkb(column.to_numpy()) for column in columns)
    before = memory("VmRSS")
    if engine:
        line = (folder / "line").exists()
        read: Any = flat.lines_from_wkb if line else flat.survey_polygons
        measure: Any = lengths if line else areas
        given: Any = (flat.lines_from_wkb if line else flat.polygons_from_wkb)(columns[0])
        places = flat.polygons_from_wkb(columns[1])
        if side == "engine":
            (table, gap), cpu, wall = timed(lambda: measure(given, places), options.runs)
        else:
            (table, gap), cpu, wall = timed(
                lambda: measure(read(columns[0]), flat.polygons_from_wkb(columns[1])), options.runs
            )
    elif side in ("overlay", "kernels"):
        peer = {"overlay": overlay, "kernels": kernels}[side]
        table, cpu, wall = timed(lambda: peer(features, zones), options.peer_runs)
    else:
        table, cpu, wall = database(side, features, zones, options.peer_runs)
    return {"cpu_s": cpu, "wall_s": wall, "peak_mb": memory("VmHWM") - before, "gap": gap,
            "table": table.ravel().tolist()}  # fmt: skip


def save(name: str, folder: Path, quick: bool) -> None:
    """Write a workload's geometries as WKB, so that a side's memory is its own."""
    for stem, some in zip(("given", "zones"), case(name, quick), strict=True):
        feather.write_feather(pa.table({"wkb": shapely.to_wkb(some)}), folder / f"{stem}.arrow")
    if name == "W3":
        (folder / "line").touch()


def in_process(side: str, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Run one side of one workload in a fresh process."""
    command = [sys.executable, __file__, "--only", side, "--folder", str(folder),
               "--runs", str(options.runs), "--peer-runs", str(options.peer_runs)]  # fmt: skip
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def compare(name: str, options: argparse.Namespace) -> dict[str, float]:
    """Measure every side of a workload, print a table, and return figures by name."""
    sides = ["engine", "engine_wkb", *(options.peers.split(",") if options.peers else installed())]
    with tempfile.TemporaryDirectory() as folder:
        save(name, Path(folder), options.quick)
        found = {side: in_process(side, Path(folder), options) for side in sides}
    ours = np.array(found["engine"]["table"])
    figures = {f"{name}_ledger_gap": found["engine"]["gap"]}
    print(f"\n{name:<20}{'CPU s':>9}{'wall s':>9}{'peak MB':>9}{'ratio':>8}{'difference':>12}")
    for side, one in found.items():
        theirs = np.array(one["table"])
        difference = np.abs(ours - theirs).max() / np.abs(theirs).max()
        ratio = one["cpu_s"] / found["engine"]["cpu_s"]
        print(f"{side:<20}{one['cpu_s']:>9.3f}{one['wall_s']:>9.3f}{one['peak_mb']:>9.0f}"
              f"{ratio:>8.1f}{difference:>12.1e}")  # fmt: skip
        figures[f"{name}_{side}_cpu_s"] = round(one["cpu_s"], 4)
        figures[f"{name}_{side}_wall_s"] = round(one["wall_s"], 4)
        figures[f"{name}_{side}_peak_mb"] = round(one["peak_mb"], 1)
        figures[f"{name}_{side}_ratio_cpu"] = round(ratio, 2)
        if side not in ("engine", "engine_wkb"):
            ratio_wkb = one["cpu_s"] / found["engine_wkb"]["cpu_s"]
            figures[f"{name}_{side}_ratio_cpu_from_wkb"] = round(ratio_wkb, 2)
            figures[f"{name}_{side}_difference"] = float(difference)
    print(f"ledger gap {figures[f'{name}_ledger_gap']:.1e}", flush=True)
    return figures


def main() -> None:
    """Measure, print tables and one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the features")
    parser.add_argument("--runs", type=int, default=7, help="of the engine")
    parser.add_argument("--peer-runs", type=int, default=1)
    parser.add_argument("--peers", default="", help="default: every one that is installed")
    parser.add_argument("--workloads", default="W1,W2,W3")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.only:
        print(json.dumps(workload(options.only, options.folder, options)))
        return
    figures: dict[str, float] = {}
    for name in options.workloads.split(","):
        figures |= compare(name, options)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
