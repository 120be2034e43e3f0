"""The sides of W6 in engine_more.py that are not the engine: the usual way, and two libraries.

exactextract and rasterstats run as ``python rasters.py FOLDER``, in whatever interpreter has them.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import shapely

CLASSES = 8


def raster(size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return values and classes that come in patches, as land cover does."""
    values = rng.random((size, size), dtype=np.float32)
    patches = rng.integers(0, CLASSES, (size // 20, size // 20)).astype(np.uint8)
    return values, np.repeat(np.repeat(patches, 20, axis=0), 20, axis=1)


def counted(areas: np.ndarray, grid: Any, values: np.ndarray, codes: np.ndarray) -> Any:
    """Return sums and cells by class by cell centres, as is usual with rasterio."""
    from rasterio.features import rasterize
    from rasterio.transform import from_origin

    place = from_origin(grid.west, grid.north, grid.cell_width, grid.cell_height)
    shapes = ((area, number) for number, area in enumerate(areas, start=1))
    owner = rasterize(shapes, values.shape, transform=place, dtype="int32").ravel()
    count = len(areas) + 1
    sums = np.bincount(owner, values.ravel(), count)
    classes = np.bincount(owner * CLASSES + codes.ravel(), minlength=count * CLASSES)
    return sums, classes


def give(folder: Path, areas: np.ndarray, grid: Any, values: np.ndarray, codes: np.ndarray) -> None:
    """Write down what exactextract and rasterstats read."""
    np.save(folder / "values.npy", values)
    np.save(folder / "codes.npy", codes)
    (folder / "zones.txt").write_text("\n".join(shapely.to_wkb(areas, hex=True)))
    (folder / "grid.json").write_text(json.dumps([grid.west, grid.north]))


def asked(peers: str, folder: Path) -> dict[str, dict[str, float]]:
    """Let exactextract do the same in an interpreter of its own, and rasterstats the first time."""
    subprocess.run([peers, str(Path(__file__).resolve()), str(folder)], check=True)
    return json.loads((folder / "sides.json").read_text())


def difference(folder: Path, found: Any) -> float:
    """Return how far the engine is from exactextract, relative."""
    sums, classes = np.load(folder / "sums.npy"), np.load(folder / "classes.npy")
    return max(
        float(np.abs(found.sum / sums - 1).max()),
        float(np.abs(found.area_by_class_m2 - classes).max() / found.covered_m2.max()),
    )


def child(folder: Path) -> None:
    """Run exactextract and rasterstats (in the peers' interpreter; nothing of the product)."""
    import geopandas as gpd
    from engine_more import timed
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource
    from rasterio.transform import from_origin
    from rasterstats import zonal_stats

    values, codes = np.load(folder / "values.npy"), np.load(folder / "codes.npy")
    west, north = json.loads((folder / "grid.json").read_text())
    areas = shapely.from_wkb((folder / "zones.txt").read_text().split("\n"))
    frame = gpd.GeoDataFrame({"id": np.arange(len(areas))}, geometry=areas, crs=2180)
    size = len(values)
    place = {"xmin": west, "xmax": west + size, "ymin": north - size, "ymax": north}

    def exact(strategy: str, frame: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray]:
        first = NumPyRasterSource(values, **place, name="values", srs_wkt=frame.crs.to_wkt())
        second = NumPyRasterSource(codes, **place, name="codes", srs_wkt=frame.crs.to_wkt())
        common = {"output": "pandas", "strategy": strategy}
        sums = exact_extract(first, frame, ["sum", "count"], **common)["sum"].to_numpy()
        found = exact_extract(second, frame, ["unique", "frac", "count"], **common)
        by_class = np.zeros((len(frame), CLASSES))
        for i, (unique, share, count) in enumerate(
            zip(found["unique"], found["frac"], found["count"], strict=True)
        ):
            by_class[i, np.asarray(unique, dtype=int)] = np.asarray(share) * count
        return sums, by_class

    def sampled() -> None:
        affine = from_origin(west, north, 1.0, 1.0)
        zonal_stats(frame, values, affine=affine, stats=["sum", "count"], nodata=-1)
        zonal_stats(frame, codes, affine=affine, categorical=True, nodata=255)

    sides = {}
    for strategy in ("feature-sequential", "raster-sequential"):
        exact(strategy, frame[:1])
        sides[f"exactextract {strategy[:7]}"], (sums, by_class) = timed(
            lambda: exact(strategy, frame),  # noqa: B023
            1,
        )
    if not (folder / "sides.json").exists():
        sides["rasterstats"], _ = timed(sampled, 1)
    np.save(folder / "sums.npy", sums)
    np.save(folder / "classes.npy", by_class)
    (folder / "sides.json").write_text(json.dumps(sides))


def here() -> str:
    """Return this interpreter where exactextract and rasterstats are installed, else nothing."""
    wanted = ("exactextract", "rasterstats")
    both = all(importlib.util.find_spec(name) is not None for name in wanted)
    return sys.executable if both else ""


if __name__ == "__main__":
    child(Path(sys.argv[1]))
