"""Area by class of parcels in 15 wiggly districts: Geobank's engine against geopandas.overlay.

Run ``python benchmarks/measure.py [--quick]``. Both sides start from the same geometries in
memory; the engine builds its index inside the clock. The last line is one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.measure.kernels import area_in_zones
from geo.measure.zones import Zones

WIDTH, HEIGHT = 6_000.0, 4_250.0
"""Metres: 25.5 km2, the size of Siemianowice."""
ORIGIN = np.array([505_000.0, 270_000.0])
COLUMNS, ROWS = 5, 3
CLASSES = np.array(["MN", "MW", "U", "ZP", "P", "KD"])


def wiggly(start: np.ndarray, end: np.ndarray, points: int, rng: np.random.Generator) -> np.ndarray:
    """Return a border from `start` to `end` that wanders; shape (points, 2), metres."""
    along = np.linspace(0, 1, points)
    bends = np.zeros(points)
    for wave in range(1, 40):
        bends += rng.normal() / wave**1.3 * np.sin(math.pi * wave * along)
    side = np.array([start[1] - end[1], end[0] - start[0]])
    line = start + np.outer(along, end - start) + np.outer(bends * 0.035, side)
    line[0], line[-1] = start, end
    return line


def districts(rng: np.random.Generator) -> np.ndarray:
    """Return 15 districts of about 500 to 2 000 vertices that tile a rectangle without gaps."""
    xs, ys = np.linspace(0, WIDTH, COLUMNS + 1), np.linspace(0, HEIGHT, ROWS + 1)
    corner = {(i, j): ORIGIN + np.array((x, y)) for i, x in enumerate(xs) for j, y in enumerate(ys)}
    flat = {(i, j): wiggly(corner[i, j], corner[i + 1, j], int(rng.integers(120, 500)), rng)
            for i in range(COLUMNS) for j in range(ROWS + 1)}  # fmt: skip
    steep = {(i, j): wiggly(corner[i, j], corner[i, j + 1], int(rng.integers(120, 500)), rng)
             for i in range(COLUMNS + 1) for j in range(ROWS)}  # fmt: skip
    made = []
    for i in range(COLUMNS):
        for j in range(ROWS):
            ring = [flat[i, j], steep[i + 1, j], flat[i, j + 1][::-1], steep[i, j][::-1]]
            made.append(shapely.Polygon(np.vstack([part[:-1] for part in ring])))
    zones = np.array(made, dtype=object)
    assert shapely.is_valid(zones).all()
    return zones


def parcels(count: int, rng: np.random.Generator) -> np.ndarray:
    """Return `count` star-shaped parcels of 4 to 12 vertices, two in three of their grid cell."""
    across = math.ceil(math.sqrt(count * WIDTH / HEIGHT))
    down = math.ceil(count / across)
    step = np.array([WIDTH / across, HEIGHT / down])
    cell = np.arange(count)
    middle = ORIGIN + (np.column_stack((cell % across, cell // across)) + 0.5) * step
    vertices = rng.integers(4, 13, count)
    made = np.empty(count, dtype=object)
    for size in np.unique(vertices):
        rows = np.flatnonzero(vertices == size)
        angle = (np.arange(size) + rng.uniform(0, 0.8, (len(rows), size))) / size * 2 * math.pi
        reach = rng.uniform(0.35, 0.5, (len(rows), size))
        ring = np.stack((np.cos(angle), np.sin(angle)), axis=2) * reach[..., None] * step
        made[rows] = shapely.polygons(middle[rows][:, None, :] + ring)
    return made


def engine(features: np.ndarray, kind: np.ndarray, zones: np.ndarray) -> tuple[np.ndarray, float]:
    """Return area by (zone, class), m2, and the ledger's relative gap."""
    measured = area_in_zones(features, Zones(zones))
    pieces = measured.pieces
    table = np.zeros((len(zones), len(CLASSES)))
    np.add.at(table, (pieces.zone, kind[pieces.feature]), pieces.measure)
    whole = measured.total.sum()
    gap = abs(table.sum() + measured.outside.sum() - measured.repeated.sum() - whole) / whole
    return table, float(gap)


def overlay(features: np.ndarray, kind: np.ndarray, zones: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the same by geopandas.overlay; it keeps no ledger."""
    left = gpd.GeoDataFrame({"kind": kind}, geometry=features, crs=2180)
    right = gpd.GeoDataFrame({"zone": np.arange(len(zones))}, geometry=zones, crs=2180)
    cut = gpd.overlay(left, right, how="intersection", keep_geom_type=True)
    sums = pd.Series(cut.area.to_numpy()).groupby([cut["zone"], cut["kind"]]).sum()
    table = np.zeros((len(zones), len(CLASSES)))
    for (zone, name), area in sums.items():
        table[zone, name] = area
    return table, math.nan


def timed(work: Callable[[], Any], times: int) -> tuple[Any, float, float]:
    """Return the last result, and the median CPU and wall seconds of `times` runs."""
    cpu, wall, result = [], [], None
    for _ in range(times):
        wall_start, cpu_start = time.perf_counter(), time.process_time()
        result = work()
        cpu.append(time.process_time() - cpu_start)
        wall.append(time.perf_counter() - wall_start)
    return result, statistics.median(cpu), statistics.median(wall)


def main() -> None:
    """Measure, print a table and one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20 000 parcels in place of 200 000")
    parser.add_argument("--seed", type=int, default=2026)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    count = 20_000 if options.quick else 200_000
    rng = np.random.default_rng(options.seed)
    zones, features = districts(rng), parcels(count, rng)
    kind = rng.integers(0, len(CLASSES), count)
    (ours, gap), cpu, wall = timed(lambda: engine(features, kind, zones), 5)
    (theirs, _), peer_cpu, peer_wall = timed(
        lambda: overlay(features, kind, zones), 3 if options.quick else 1
    )
    _, guard_cpu, _ = timed(lambda: shapely.is_valid(features), 3)
    difference = float(np.max(np.abs(ours - theirs) / theirs))
    vertices = shapely.get_num_coordinates(zones)
    print(f"{count} parcels, 15 districts of {vertices.min()}-{vertices.max()} vertices")
    print(f"{'':<20}{'CPU s':>10}{'wall s':>10}")
    print(f"{'geobank':<20}{cpu:>10.3f}{wall:>10.3f}")
    print(f"{'geopandas.overlay':<20}{peer_cpu:>10.3f}{peer_wall:>10.3f}")
    print(f"ratio {peer_cpu / cpu:.1f} (CPU); largest relative difference {difference:.1e}; "
          f"ledger gap {gap:.1e}; checking validity {guard_cpu:.3f} s more")  # fmt: skip
    figures = {
        "parcels": count,
        "engine_cpu_s": round(cpu, 4),
        "engine_wall_s": round(wall, 4),
        "overlay_cpu_s": round(peer_cpu, 4),
        "overlay_wall_s": round(peer_wall, 4),
        "ratio_cpu": round(peer_cpu / cpu, 2),
        "max_relative_difference": difference,
        "ledger_relative_gap": gap,
        "validity_cpu_s": round(guard_cpu, 4),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
