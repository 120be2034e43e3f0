"""Nearest, within, unions and rasters: the engine against its peers, in one run.

W4: parcels to the nearest green, and the share of parcels within 20 m and 300 m by district: 63 %
are within 20 m, and every parcel within 300 m (the farthest is 116 m away), which boxes tell.
W5: the area of overlapping greens, each place once, by district.
W6: a raster with classes in 2 500 zones and in 15, with exact coverage.

Run ``python benchmarks/engine_more.py [--quick] [--full] [--peers PYTHON]``, where PYTHON is an
interpreter with exactextract, rasterstats and geopandas (they are no dependency of the product);
without it W6 is measured against rasterize and bincount alone. W4 and W5 ask the databases of
peers.py too, where they are installed. Every side starts from its own form of the data in memory:
flat arrays and geometries. The peers' indexes are built before the clock starts, the engine's
inside it. SedonaDB takes half an hour for 300 m: it is asked about one parcel in 50 and its time
is multiplied, and its name in the table says so; with ``--full`` it is asked about all. A figure
is the median of the runs, CPU and wall; the peak is how far one run grew the process (Linux). In
W6 the sides take turns, run by run, so that a busy machine is busy for all of them. The last line
is one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import peers
import rasters
import shapely

ORIGIN = np.array([505_000.0, 270_000.0])
EXTENT = np.array([6_000.0, 4_250.0])
REACH_M = (20.0, 300.0)
SAMPLE = {("sedonadb", 300.0): 50}
"""Of so many parcels one is asked about, where a peer takes half an hour for within."""
SLOW_S = 5.0
"""A peer that takes longer runs once."""


def grown() -> float:
    """Return the peak of the process's memory since :func:`forget`, MB; 0 where unknown."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
    return int(lines["VmHWM"].split()[0]) / 1024


def forget() -> float:
    """Set the peak to what the process has now, and return that, MB."""
    reset = Path("/proc/self/clear_refs")
    if reset.exists():
        reset.write_text("5")
    return grown()


def timed(work: Callable[[], Any], runs: int) -> tuple[dict[str, float], Any]:
    """Return the medians of CPU and wall seconds, the peak in MB, and the last result."""
    cpu, wall, peak, result = [], [], 0.0, None
    for _ in range(runs):
        before = forget()
        c, w = time.process_time(), time.perf_counter()
        result = work()
        cpu.append(time.process_time() - c)
        wall.append(time.perf_counter() - w)
        peak = max(peak, grown() - before)
        if cpu[-1] > SLOW_S:
            break
    figures = {"cpu_s": statistics.median(cpu), "wall_s": statistics.median(wall), "peak_mb": peak}
    return figures, result


def rings(middles: np.ndarray, radius: np.ndarray, size: int, rng: np.random.Generator):
    """Return bumpy polygons of `size` vertices."""
    angle = np.linspace(0, 2 * np.pi, size, endpoint=False) + rng.random((len(middles), 1))
    bumps = 1 + 0.25 * np.sin(3 * angle + rng.random((len(middles), 1)) * 6)
    bumps += rng.uniform(-0.1, 0.1, angle.shape)
    reach = radius[:, None] * bumps
    xy = np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=-1)
    return shapely.polygons(middles[:, None, :] + xy)


def greens(count: int, share: float, sizes: tuple[int, int], rng: np.random.Generator):
    """Return greens of log-normal size that cover about a share of the city."""
    radius = rng.lognormal(0, 0.8, count)
    radius *= math.sqrt(share * EXTENT.prod() / (math.pi * (radius**2).sum()))
    middles = ORIGIN + rng.random((count, 2)) * EXTENT
    made = np.empty(count, dtype=object)
    for size in range(*sizes, 10):
        some = np.flatnonzero((np.arange(count) * 10) % (sizes[1] - sizes[0]) == size - sizes[0])
        made[some] = rings(middles[some], radius[some], size, rng)
    rest = np.flatnonzero(made == None)  # noqa: E711 - element by element
    made[rest] = rings(middles[rest], radius[rest], sizes[0], rng)
    assert shapely.is_valid(made).all()
    return made


def parcels(count: int, rng: np.random.Generator) -> np.ndarray:
    """Return parcels of 4 to 12 vertices: quadrangles with points along their sides."""
    columns = math.ceil(math.sqrt(count * EXTENT[0] / EXTENT[1]))
    rows = math.ceil(count / columns)
    step = EXTENT / (columns, rows)
    x, y = np.meshgrid(np.arange(columns + 1), np.arange(rows + 1))
    corner = ORIGIN + (np.stack([x, y], -1) + rng.uniform(-0.3, 0.3, (*x.shape, 2))) * step
    quads = np.stack([corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1]], axis=2)
    made = shapely.polygons(quads.reshape(-1, 4, 2)[:count])
    return np.asarray(shapely.segmentize(made, 0.55 * step.max()))


def zones(count: int, side: float, low: np.ndarray, high: np.ndarray, rng) -> np.ndarray:
    """Return a tiling by `count` cells with edges of about `side` metres, jagged."""
    frame = shapely.box(*low, *high)
    seeds = shapely.MultiPoint(low + rng.random((count, 2)) * (high - low))
    cells = shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=frame))
    cells = shapely.segmentize(shapely.intersection(cells, frame), side)

    def jag(xy: np.ndarray) -> np.ndarray:
        inner = ((xy > low + side) & (xy < high - side)).all(axis=1)
        wave = np.stack([np.sin(xy[:, 1] * 2 / side), np.sin(xy[:, 0] * 2 / side)], axis=1)
        return xy + 0.15 * side * wave * inner[:, None]

    made = shapely.make_valid(shapely.transform(cells, jag))
    assert np.isin(shapely.get_type_id(made), (3, 6)).all()
    return made


def ratio(engine: dict[str, float], peer: dict[str, float]) -> float:
    """Return how many times less CPU the engine takes."""
    return round(peer["cpu_s"] / engine["cpu_s"], 1)


def report(
    name: str, sides: dict[str, dict[str, float]], worst: float, out: dict[str, Any]
) -> None:
    """Print a table and keep the figures."""
    engine = sides["engine"]
    for side, figures in sides.items():
        print(
            f"{name:14} {side:22} cpu {figures['cpu_s']:8.3f} s  wall {figures['wall_s']:8.3f} s"
            f"  peak {figures['peak_mb']:7.0f} MB  {ratio(engine, figures):7.1f}x"
        )
    print(f"{name:14} largest difference {worst:.1e}")
    out[name] = {
        side: {k: round(v, 4) for k, v in f.items() if not math.isnan(v)}
        for side, f in sides.items()
    }
    out[name]["ratio"] = {s: ratio(engine, f) for s, f in sides.items() if s != "engine"}
    out[name]["difference"] = worst


def asked_of(name: str, layers: peers.Layers, query: str) -> tuple[dict[str, float], peers.Rows]:
    """Let a database answer; it loads and indexes outside the clock. Its memory is not measured."""
    with peers.PEERS[name](layers) as peer:
        c, w = peer.cpu_s(), time.perf_counter()
        rows = peer.ask(query)
        taken = {"cpu_s": peer.cpu_s() - c, "wall_s": time.perf_counter() - w, "peak_mb": math.nan}
    return taken, rows


def w4(scale: float, runs: int, full: bool, out: dict[str, Any]) -> None:
    """Measure nearest distances and shares within 20 m and 300 m."""
    from geo.measure.edges import flat
    from geo.measure.edges.nearest import nearest
    from geo.measure.edges.within import within
    from geo.measure.reach import share_within

    rng = np.random.default_rng(4)
    features = parcels(int(200_000 * scale), rng)
    targets = greens(int(5_000 * scale), 0.12, (20, 200), rng)
    districts = zones(15, 8.0, ORIGIN, ORIGIN + EXTENT, rng)
    flat_features, flat_targets = flat.polygons(features), flat.polygons(targets)
    tree = shapely.STRtree(targets)
    bases = [name for name in peers.PEERS if peers.available(name)]
    inside, row = shapely.STRtree(shapely.centroid(features)).query(districts, "intersects")
    zone = np.full(len(features), -1)
    zone[row] = inside

    def shares(near: np.ndarray) -> np.ndarray:
        return share_within(near, zone, len(districts)).share

    def by_shapely() -> np.ndarray:
        return tree.query_nearest(features, return_distance=True, all_matches=False)[1]

    def within_by_shapely(metres: float) -> np.ndarray:
        near = np.zeros(len(features), dtype=bool)
        near[tree.query(features, predicate="dwithin", distance=metres)[0]] = True
        return near

    nearest(flat_features, flat_targets)
    engine, found = timed(lambda: nearest(flat_features, flat_targets), runs)
    peer, expected = timed(by_shapely, runs)
    sides = {"engine": engine, "shapely STRtree": peer}
    layers = {name: (some, np.zeros(len(some), int)) for name, some in
              (("features", features), ("targets", targets))}  # fmt: skip
    for name in bases:
        if name in peers.NEAREST:
            sides[name], rows = asked_of(name, layers, peers.NEAREST[name])
            away = np.array(sorted(rows))[:, 1]
            assert np.abs(away - expected).max() < 1e-6, name
    report("W4 nearest", sides, float(np.abs(found.distance_m - expected).max()), out)
    for metres in REACH_M:
        engine, got = timed(lambda: shares(within(flat_features, flat_targets, metres)), runs)  # noqa: B023
        peer, wanted = timed(lambda: within_by_shapely(metres), runs)  # noqa: B023
        sides = {"engine": engine, "shapely dwithin": peer}
        for name in bases:
            step = 1 if full or scale < 1 else SAMPLE.get((name, metres), 1)
            side = name if step == 1 else f"{name}, 1 in {step}"
            sides[side], near = asked_within(name, layers, metres, step)
            assert (near == wanted[::step]).all(), name
        print(f"W4 within {metres:.0f} m: {wanted.sum()} of {len(wanted)} parcels")
        worst = float(np.abs(got - shares(wanted)).max())
        report(f"W4 within {metres:.0f}", sides, worst, out)


def asked_within(
    name: str, layers: peers.Layers, metres: float, step: int
) -> tuple[dict[str, float], np.ndarray]:
    """Let a database tell which features are within; of every `step`-th, its time multiplied."""
    some, kinds = layers["features"]
    query = peers.SHARE_WITHIN_POSTGIS if name == "postgis" else peers.SHARE_WITHIN
    asked = layers | {"features": (some[::step], kinds[::step])}
    taken, rows = asked_of(name, asked, query.format(reach=metres))
    near = np.zeros(len(asked["features"][0]), dtype=bool)
    near[[row[0] for row in rows]] = True
    return taken | {key: taken[key] * step for key in ("cpu_s", "wall_s")}, near


def w5(scale: float, runs: int, out: dict[str, Any]) -> None:
    """Measure the union of overlapping greens by district."""
    import geopandas as gpd

    from geo.measure.edges import flat
    from geo.measure.edges.union import union_area

    rng = np.random.default_rng(5)
    features = greens(int(20_000 * scale), 0.6, (12, 60), rng)
    districts = zones(15, 8.0, ORIGIN, ORIGIN + EXTENT, rng)
    flat_features, flat_zones = flat.polygons(features), flat.polygons(districts)
    left = gpd.GeoSeries(features, crs=2180)
    right = gpd.GeoDataFrame(geometry=districts, crs=2180)

    def by_geopandas() -> np.ndarray:
        return right.intersection(left.union_all()).area.to_numpy()

    def disjoint() -> np.ndarray:
        parts = shapely.get_parts(shapely.disjoint_subset_union_all(features))
        zone, part = shapely.STRtree(parts).query(districts, "intersects")
        pieces = shapely.area(shapely.intersection(parts[part], districts[zone]))
        return np.bincount(zone, pieces, len(districts))

    union_area(flat_features, flat_zones)
    engine, found = timed(lambda: union_area(flat_features, flat_zones), runs)
    peer, expected = timed(by_geopandas, runs)
    other, _ = timed(disjoint, runs)
    sides = {"engine": engine, "geopandas union_all": peer, "shapely disjoint": other}
    layers = {name: (some, np.zeros(len(some), int)) for name, some in
              (("features", features), ("zones", districts))}  # fmt: skip
    for name in peers.PEERS:
        if peers.available(name):
            sides[name], rows = asked_of(name, layers, peers.UNION[name])
            assert np.abs(np.array(sorted(rows))[:, 1] / expected - 1).max() < 1e-6, name
    report("W5 union", sides, float(np.abs(found / expected - 1).max()), out)


def w6(scale: float, runs: int, python: str, out: dict[str, Any]) -> None:
    """Measure sums and areas by class of a raster."""
    from geo.measure.edges import flat
    from geo.measure.edges.raster import zonal
    from geo.measure.raster import Grid, Tile, rows_of

    rng = np.random.default_rng(6)
    size = int(5_000 * scale) // 20 * 20
    values, codes = rasters.raster(size, rng)
    low, high = ORIGIN, ORIGIN + size
    grid = Grid(low[0], high[1], 1.0, 1.0, size, size)
    for count in (int(2_500 * scale**2), 15):
        areas = zones(count, size / math.sqrt(count) / (25 if count > 15 else 150), low, high, rng)
        some = flat.polygons(areas)
        classed = {"classes": rasters.CLASSES}
        works: dict[str, Callable[[], Any]] = {
            "engine": lambda: zonal(some, grid, [Tile(0, 0, values, codes)], **classed),  # noqa: B023
            "engine, tiles": lambda: zonal(some, grid, rows_of(values, codes), **classed),  # noqa: B023
            "rasterize, bincount": lambda: rasters.counted(areas, grid, values, codes),  # noqa: B023
        }
        found = works["engine"]()  # compiled here, before any clock
        with tempfile.TemporaryDirectory() as name:
            rasters.give(Path(name), areas, grid, values, codes)
            turns = []
            for _ in range(runs):
                turn = {side: timed(work, 1)[0] for side, work in works.items()}
                turns.append(turn | (rasters.asked(python, Path(name)) if python else {}))
            worst = rasters.difference(Path(name), found) if python else math.nan
        report(f"W6 {count} zones", medians(turns), worst, out)


def medians(turns: list[dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    """Return the median of each side's turns; of its peaks the greatest."""
    sides = dict.fromkeys(side for turn in turns for side in turn)
    kept = {side: [turn[side] for turn in turns if side in turn] for side in sides}
    return {
        side: {k: (max if k == "peak_mb" else statistics.median)(one[k] for one in some)
               for k in some[0]}
        for side, some in kept.items()
    }  # fmt: skip


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the data")
    parser.add_argument("--peers", default=rasters.here(),
                        help="a Python with exactextract and rasterstats")  # fmt: skip
    parser.add_argument("--only", default="", help="W4, W5 or W6")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--full", action="store_true", help="no peer is asked about a sample")
    options = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    scale = 0.1 if options.quick else 1.0
    out: dict[str, Any] = {"quick": options.quick}
    if options.only in ("", "W4"):
        w4(scale, options.runs, options.full, out)
    if options.only in ("", "W5"):
        w5(scale, options.runs, out)
    if options.only in ("", "W6"):
        w6(0.2 if options.quick else 1.0, options.runs, options.peers, out)
    print(json.dumps(out))


if __name__ == "__main__":
    main()
