"""Publish N parcels, and the whole demo city, and read the first page of each layer.

Stages: ingest (caged child: read, check), snapshot (GeoParquet, serve.sqlite, manifest), the
whole publication, first page of 1 000. The peer is pyogrio writing the same table to a
GeoPackage with its R-tree (nothing checked, no second copy), and reading 1 000 features back
from it as GeoJSON. Seconds are CPU seconds of the process and its children, because machines
are shared; ``publish_wall_s`` and the milliseconds are by the wall.

    python benchmarks/publish.py            # 200 000 parcels
    python benchmarks/publish.py --quick    # 20 000
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from geo.demo.files import FILES, build  # noqa: E402
from geo.flow.publish import publish  # noqa: E402
from geo.ingest.read import take_in  # noqa: E402
from geo.model import load_project  # noqa: E402
from geo.store import close_all, open_serve, verify, write_snapshot  # noqa: E402
from geo.store.boxes import Area  # noqa: E402

PAGE = 1_000


def parcels(count: int, seed: int = 2026) -> gpd.GeoDataFrame:
    """Return a grid of jittered quads that share their corners, in EPSG:2180, shuffled."""
    rng = np.random.default_rng(seed)
    across = int(np.ceil(np.sqrt(count)))
    side = 5_000 / across
    axis = np.arange(across + 1) * side
    corners = np.stack(np.meshgrid(505_000 + axis, 270_500 + axis, indexing="ij"), axis=-1)
    corners = np.round(corners + rng.uniform(-side / 5, side / 5, corners.shape), 2)
    i, j = np.divmod(rng.permutation(across * across)[:count], across)
    rings = [corners[i, j], corners[i + 1, j], corners[i + 1, j + 1], corners[i, j + 1]]
    return gpd.GeoDataFrame(
        {
            "parcel_id": [f"247401_1.{a % 10 + 1:04d}.{a}/{b}" for a, b in zip(i, j, strict=True)],
            "precinct": [f"{a % 10 + 1:04d}" for a in i],
            "land_use": rng.choice(["B", "R", "Bp", "dr", "Bi"], count),
            "register_area_m2": np.round(rng.uniform(200, 2_000, count), 1),
        },
        geometry=shapely.polygons(np.stack(rings, axis=1)),
        crs=2180,
    )


def cpu_s() -> float:
    """Return CPU seconds of this process and of its children that have ended."""
    return sum(os.times()[:4])


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return CPU seconds, children's too, and what `work` returned."""
    start = cpu_s()
    result = work()
    return cpu_s() - start, result


def median_ms(work: Callable[[], Any], times: int = 20) -> float:
    """Return the median of several runs by the wall, ms."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return 1_000 * float(np.median(found))


def run(count: int, folder: Path) -> dict[str, float]:
    """Measure everything in one run; CPU seconds, megabytes, ms as the names say."""
    project = load_project(ROOT)
    layer = project.layer("parcels")
    frame = parcels(count)
    folder.mkdir()
    source, peer = folder / "parcels.gpkg", folder / "peer.gpkg"
    frame.to_file(source)
    print(f"{count:,} parcels, source {source.stat().st_size / 1e6:.1f} MB (GeoPackage)")

    ingest_s, intake = timed(lambda: take_in(layer, source, bbox84=project.site.bbox))
    snapshot_s, shot = timed(
        lambda: write_snapshot(folder / "a", layer, intake.table, source_name="bench")
    )
    start = time.perf_counter()
    publish_s, outcome = timed(lambda: publish(project, folder / "b", "parcels", source))
    wall_s = time.perf_counter() - start
    gpkg_s, _ = timed(lambda: frame.to_file(peer, layer="parcels"))
    verify_s, _ = timed(lambda: verify(outcome.snapshot))
    serve = open_serve(outcome.snapshot)
    box = (18.99, 50.29, 19.0, 50.295)
    figures = {
        "parcels": count,
        "ingest_s": ingest_s,
        "snapshot_s": snapshot_s,
        "publish_s": publish_s,
        "publish_wall_s": wall_s,
        "geopackage_write_s": gpkg_s,
        "publish_over_geopackage": publish_s / gpkg_s,
        "verify_s": verify_s,
        "parquet_mb": shot.manifest.files["features.parquet"]["bytes"] / 1e6,
        "serve_mb": shot.manifest.files["serve.sqlite"]["bytes"] / 1e6,
        "geopackage_mb": peer.stat().st_size / 1e6,
        "first_page_ms": median_ms(lambda: serve.page(limit=PAGE).fragments),
        "deep_page_ms": median_ms(lambda: serve.page(limit=PAGE, offset=count // 2).fragments),
        "box_page_ms": median_ms(lambda: serve.page(limit=PAGE, area=Area(box)).fragments, times=1),
        "geopackage_page_ms": median_ms(
            lambda: gpd.read_file(peer, max_features=PAGE).to_crs(4326).to_json(), times=5
        ),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000,
        "child_peak_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1_000,
    }
    close_all()
    return {name: round(float(value), 3) for name, value in figures.items()}


def city(folder: Path) -> dict[str, float]:
    """Publish the ten files of the demo city; then read the first page of every layer.

    The peer writes the same ten tables to GeoPackages and reads the first page from them.
    """
    project = load_project(ROOT)
    paths = build(folder)
    publish_s, layers = 0.0, {}
    for layer_id in FILES:
        seconds, layers[layer_id] = timed(
            lambda layer_id=layer_id: publish(
                project, folder / "data", layer_id, paths[layer_id], synthetic=True
            )
        )
        publish_s += seconds
    served = [open_serve(outcome.snapshot) for outcome in layers.values()]
    frames = {layer_id: gpd.read_file(paths[layer_id]) for layer_id in FILES}
    gpkg_s, _ = timed(
        lambda: [frame.to_file(folder / f"{key}.gpkg") for key, frame in frames.items()]
    )
    peers = [folder / f"{layer_id}.gpkg" for layer_id in frames]
    figures = {
        "demo_features": sum(len(frame) for frame in frames.values()),
        "demo_publish_s": publish_s,
        "demo_geopackage_write_s": gpkg_s,
        "demo_publish_over_geopackage": publish_s / gpkg_s,
        "demo_first_pages_ms": median_ms(
            lambda: [serve.page(limit=PAGE).fragments for serve in served]
        ),
        "demo_geopackage_first_pages_ms": median_ms(
            lambda: [
                gpd.read_file(peer, max_features=PAGE).to_crs(4326).to_json(default=str)
                for peer in peers
            ],
            times=3,
        ),
    }
    close_all()
    return {name: round(float(value), 3) for name, value in figures.items()}


def main() -> None:
    """Run the benchmark; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20 000 parcels")
    parser.add_argument("--parcels", type=int, help="how many")
    options = parser.parse_args()
    count = options.parcels or (20_000 if options.quick else 200_000)
    with tempfile.TemporaryDirectory() as name:
        figures = run(count, Path(name) / "parcels") | city(Path(name) / "city")
    for name, value in figures.items():
        print(f"{name:<26}{value:>14,.3f}")
    print(json.dumps({"benchmark": "publish", **figures}))


if __name__ == "__main__":
    main()
