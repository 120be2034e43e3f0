"""Vector tiles of 200 000 generated parcels: CPU ms and bytes, beside mapbox-vector-tile.

Run ``python benchmarks/tiles.py [--quick]``. Cold: the layer's arrays are in memory, the tile is
not; it is drawn, encoded and gzipped. Warm: the same tile again, through HTTP. The last line is
one line of JSON.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import numpy as np
import pyarrow as pa
import shapely
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from geo import crs
from geo.limits import limit
from geo.model import load_project
from geo.serve.tiles.matrix import Tile
from geo.serve.tiles.routes import TileEndpoints
from geo.serve.tiles.shelf import Shelf
from geo.serve.tiles.tileset import Tileset
from geo.store import Catalog, Snapshot, geometries, read_table, with_geometries, write_snapshot

ROOT = Path(__file__).resolve().parent.parent
ORIGIN = np.array([350_000.0, 500_000.0])
MEAN_M = 36.0
"""Mean side of a parcel: 200 000 of them make 259 km2, the size of Poznań or Katowice and more."""
USES = np.array(["B", "Bi", "Ba", "R", "Ł", "dr", "Lz", "Tk"])


def parcels(count: int, rng: np.random.Generator) -> np.ndarray:
    """Return a coverage of parcels of 8 vertices, dense in some streets and wide in others."""
    across = round((count * 1.25) ** 0.5)
    down = count // across
    xs = np.concatenate(([0], np.cumsum(rng.lognormal(0, 0.5, across)))) * MEAN_M / 1.13
    ys = np.concatenate(([0], np.cumsum(rng.lognormal(0, 0.5, down)))) * MEAN_M / 1.13
    # Every second line of the lattice runs through the middle of edges, bent a little.
    fine_x = np.sort(np.concatenate((xs, (xs[1:] + xs[:-1]) / 2)))
    fine_y = np.sort(np.concatenate((ys, (ys[1:] + ys[:-1]) / 2)))
    lattice = np.stack(np.meshgrid(fine_x, fine_y), axis=2)
    lattice = ORIGIN + np.round(lattice + rng.uniform(-1.2, 1.2, lattice.shape), 3)
    i, j = (2 * grid.ravel() for grid in np.meshgrid(np.arange(across), np.arange(down)))
    round_trip = [(0, 0), (1, 0), (2, 0), (2, 1), (2, 2), (1, 2), (0, 2), (0, 1)]
    rings = np.stack([lattice[j + dj, i + di] for di, dj in round_trip], axis=1)
    return shapely.multipolygons(shapely.polygons(rings)[:, None])


def published(root: Path, count: int, rng: np.random.Generator) -> tuple[Any, Snapshot]:
    """Publish the parcels as a city would."""
    project = load_project(ROOT)
    layer = project.layers["parcels"]
    shapes = parcels(count, rng)
    n = len(shapes)
    table = pa.table(
        {
            "parcel_id": [f"247401_1.{i // 900:04}.{i % 900 + 1}/{i % 7 + 1}" for i in range(n)],
            "precinct": [f"{i // 900:04}" for i in range(n)],
            "land_use": USES[rng.integers(0, len(USES), n)].tolist(),
            "register_area_m2": np.round(shapely.area(shapes)),
        }
    )
    snapshot = write_snapshot(
        root, layer, with_geometries(table, shapes), source_name="parcels.gpkg", synthetic=True
    )
    Catalog(root).publish(snapshot)
    return project, snapshot


def timed(work: Callable[[Any], Any], over: Sequence[Any]) -> tuple[list[Any], np.ndarray]:
    """Return results, and CPU ms of each."""
    results, spent = [], []
    for each in over:
        start = time.process_time()
        results.append(work(each))
        spent.append((time.process_time() - start) * 1e3)
    return results, np.array(spent)


def some_tiles(tileset: Tileset, z: int, most: int, rng: np.random.Generator) -> list[Tile]:
    """Return up to `most` tiles of a zoom, drawn at random from all within the limits."""
    limits = tileset.limits(z)
    assert limits is not None
    every = list(limits.tiles())
    return [every[i] for i in rng.permutation(len(every))[:most]]


class Peer:
    """mapbox-vector-tile, given an index, clipping by shapely, and decoded attributes for free."""

    def __init__(self, snapshot: Snapshot) -> None:
        table = read_table(snapshot)
        self.shapes = crs.reproject(geometries(table), crs.METRIC, crs.WEB_MERCATOR)
        self.tree = shapely.STRtree(self.shapes)
        names = [name for name in table.column_names if name != "geometry"]
        self.rows = table.select(names).to_pylist()

    def packed(self, tile: Tile) -> bytes:
        """Return a tile, gzipped."""
        found = np.sort(self.tree.query(shapely.box(*tile.box())))
        cut = shapely.clip_by_rect(self.shapes[found], *tile.box())
        features = [
            {"geometry": shape, "properties": self.rows[row], "id": int(row) + 1}
            for shape, row in zip(cut, found, strict=True)
        ]
        raw = mapbox_vector_tile.encode(
            [{"name": "parcels", "features": features}],
            default_options={"quantize_bounds": tile.box(0), "extents": 4_096},
        )
        return gzip.compress(raw, 6)


def zoom(
    shelf: Shelf, client: TestClient, peer: Peer, z: int, most: int, rng: np.random.Generator
) -> dict[str, float]:
    """Measure one zoom."""
    tileset = shelf.tileset("parcels")
    tiles = some_tiles(tileset, z, most, rng)
    packed, cold = timed(lambda tile: shelf.packed(tileset, tile), tiles)
    path = "/collections/parcels/tiles/WebMercatorQuad/{0.z}/{0.y}/{0.x}"
    answers, warm = timed(lambda tile: client.get(path.format(tile)), tiles)
    assert {answer.status_code for answer in answers} <= {200, 204}
    sizes = np.array([len(one.body) for one in packed])
    found = {
        "tiles": len(tiles),
        "cold_p50_ms": float(np.median(cold)),
        "cold_p95_ms": float(np.percentile(cold, 95)),
        "warm_http_p50_ms": float(np.median(warm)),
        "warm_http_p95_ms": float(np.percentile(warm, 95)),
        "gzip_p50_bytes": float(np.median(sizes)),
        "gzip_max_bytes": float(sizes.max()),
        "with_fewer_attributes": sum(one.thrift > 0 for one in packed),
    }
    if z < tileset.source.detail_zoom:
        return found  # cells of a grid: nothing to compare with
    few = tiles[: max(5, most // 5)]
    theirs, peer_cpu = timed(peer.packed, few)
    return found | {
        "peer_p50_ms": float(np.median(peer_cpu)),
        "peer_p95_ms": float(np.percentile(peer_cpu, 95)),
        "peer_gzip_max_bytes": float(max(len(body) for body in theirs)),
        "ratio_p50": float(np.median(peer_cpu / cold[: len(few)])),
    }


def main() -> None:
    """Measure, print a table and one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="40 000 parcels and fewer tiles")
    parser.add_argument("--seed", type=int, default=2026)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    count, most = (40_000, 20) if options.quick else (200_000, 100)
    rng = np.random.default_rng(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        project, snapshot = published(root, count, rng)
        shelf = Shelf(project, root)
        (tileset,), load = timed(shelf.tileset, ["parcels"])
        endpoints = TileEndpoints(project, root, "http://127.0.0.1/api")
        endpoints._shelf = shelf  # what was drawn cold is asked for again warm
        app = Starlette(routes=[Route(path, answer) for path, answer in endpoints.table()])
        peer = Peer(snapshot)
        figures: dict[str, Any] = {
            "parcels": len(tileset.source),
            "load_cpu_s": round(float(load[0]) / 1e3, 3),
            "source_mb": round(tileset.source.nbytes / 1e6, 1),
            "detail_zoom": tileset.source.detail_zoom,
        }
        print(f"{figures['parcels']} parcels: loaded in {figures['load_cpu_s']} CPU s, "
              f"{figures['source_mb']} MB, drawn from zoom {figures['detail_zoom']}")  # fmt: skip
        with TestClient(app) as client:
            for z in (12, 13, 14, 16):
                found = zoom(shelf, client, peer, z, most, rng)
                figures |= {f"z{z}_{name}": round(value, 2) for name, value in found.items()}
                print(f"z{z}: " + ", ".join(f"{name} {value:.1f}" for name, value in found.items()))
    figures["memory_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)
    figures["within_goals"] = all(
        figures[f"z{z}_gzip_max_bytes"] <= limit("tile_bytes")
        and figures[f"z{z}_cold_p95_ms"] <= 100
        and figures[f"z{z}_warm_http_p95_ms"] <= 10
        for z in (14, 16)
    )
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
