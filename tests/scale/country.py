"""A small country as files: plots in Hilbert order in two GeoParquet files, gminas that cut them.

The gminas leave a strip uncovered, so that something lies outside every zone, and one file lies
wholly beyond them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from geo import crs
from geo.store.table import hilbert_order

ORIGIN = np.array([500_000.0, 270_000.0])
SIDE, GROUP = 20.0, 600
KINDS = np.array(["KD", "MN", "ZP", None], dtype=object)
BOX = pa.struct([(side, pa.float64()) for side in ("xmin", "ymin", "xmax", "ymax")])


@dataclass(frozen=True)
class Land:
    folder: Path
    zones: Path
    frame: gpd.GeoDataFrame
    gminas: gpd.GeoDataFrame

    @property
    def plots(self) -> str:
        return str(self.folder / "plots")


def plots(columns: int, rows: int, west: float, rng: np.random.Generator) -> np.ndarray:
    """Return jittered squares that tile a rectangle, shape (columns * rows,)."""
    x, y = np.meshgrid(np.arange(columns + 1), np.arange(rows + 1), indexing="ij")
    corner = np.stack((x, y), axis=2) * SIDE + rng.uniform(-4, 4, (columns + 1, rows + 1, 2))
    corner += ORIGIN + np.array([west, 0.0])
    ring = np.stack((corner[:-1, :-1], corner[1:, :-1], corner[1:, 1:], corner[:-1, 1:]), axis=2)
    return shapely.polygons(ring.reshape(-1, 4, 2))


def frame(shapes: np.ndarray, start: int, rng: np.random.Generator) -> gpd.GeoDataFrame:
    shapes = shapes[hilbert_order(shapely.bounds(shapes))]
    count = len(shapes)
    people = rng.integers(0, 9, count).astype(object)
    people[rng.random(count) < 0.1] = None
    return gpd.GeoDataFrame(
        {
            "id": [f"p{start + i:06d}" for i in range(count)],
            "kind": rng.choice(KINDS, count),
            "people": gpd.pd.array(people, dtype="Int64"),
            "year": np.sort(rng.integers(1900, 2027, count)),
        },
        geometry=shapes,
        crs=2180,
    )


def write(path: Path, some: gpd.GeoDataFrame, group: int = GROUP) -> None:
    """Write GeoParquet 1.1 with a covering box, in row groups."""
    bounds = shapely.bounds(some.geometry.to_numpy())
    table = pa.table(
        {
            "id": pa.array(some["id"], pa.string()),
            "kind": pa.array(some["kind"], pa.string()),
            "people": pa.array(some["people"], pa.int64()),
            "year": pa.array(some["year"], pa.int64()),
            "geometry": pa.array(shapely.to_wkb(some.geometry.to_numpy(), byte_order=1)),
            "bbox": pa.StructArray.from_arrays(
                [pa.array(bounds[:, i]) for i in range(4)], fields=list(BOX)
            ),
        }
    )
    sides = {side: ["bbox", side] for side in ("xmin", "ymin", "xmax", "ymax")}
    about = {
        "encoding": "WKB",
        "geometry_types": ["Polygon"],
        "crs": crs.parse(crs.METRIC).to_json_dict(),
        "covering": {"bbox": sides},
    }
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": about}}
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        table.replace_schema_metadata({"geo": json.dumps(geo)}), path, row_group_size=group
    )


def gminas(rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Return four gminas with a wandering border between them, over most of the plots."""
    west, south = ORIGIN
    along = np.linspace(0, 1100, 60)
    bend = np.column_stack((west + 600 + rng.normal(0, 9, 60), south - 40 + along))
    left = [(west - 50, south - 40), *bend.tolist(), (west - 50, south + 1060)]
    right = [(west + 1100, south - 40), (west + 1100, south + 1060), *bend[::-1].tolist()]
    halves = []
    for ring in (left, right):
        for low, high in ((-100, 470.5), (470.5, 2000)):
            band = shapely.box(west - 999, south + low, west + 1999, south + high)
            halves.append(shapely.intersection(shapely.Polygon(ring), band))
    shapes = np.array(halves, dtype=object)
    names = [f"G{i}" for i in range(len(shapes))]
    return gpd.GeoDataFrame({"id": names}, geometry=shapes, crs=2180)


def draw(folder: Path) -> Land:
    """Write the country and return it, with the same features in memory."""
    rng = np.random.default_rng(7)
    near = frame(plots(60, 50, 0.0, rng), 0, rng)
    far = frame(plots(20, 20, 40_000.0, rng), len(near), rng)
    write(folder / "plots" / "a.parquet", near)
    write(folder / "plots" / "b.parquet", far)
    zones = gminas(rng)
    path = folder / "gminas.parquet"
    zones.to_parquet(path)
    return Land(folder, path, gpd.pd.concat([near, far], ignore_index=True), zones)
