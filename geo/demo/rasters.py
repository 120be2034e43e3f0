"""Two rasters that agree with the vectors: land cover and an NDVI-like index, 10 m, EPSG:2180."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
import shapely
from rasterio.features import rasterize
from rasterio.transform import Affine, from_origin

from geo.crs import METRIC
from geo.demo.city import City

RASTERS = ("land_cover", "ndvi")
"""The layers that the files are published as."""
CELL_M = 10.0
NDVI_NODATA = -9999.0

CLASSES: dict[int, tuple[str, tuple[int, int, int], float]] = {
    1: ("water | woda", (120, 180, 225), -0.18),
    2: ("forest | las", (45, 120, 60), 0.76),
    3: ("meadow and lawn | łąka i trawnik", (170, 210, 120), 0.58),
    4: ("arable land | grunty orne", (240, 230, 170), 0.42),
    5: ("gardens of houses | ogrody przydomowe", (205, 220, 160), 0.46),
    6: ("building | budynek", (150, 70, 60), 0.06),
    7: ("street and yard | ulica i plac", (190, 190, 190), 0.10),
    8: ("works and railway | przemysł i kolej", (175, 150, 200), 0.14),
    9: ("park and allotment | park i ogród działkowy", (100, 180, 100), 0.66),
}
"""Class -> name, colour, usual NDVI. 0 is outside the city."""

_OF_KIND = {
    "water": 1, "stream": 1, "forest": 2, "meadow": 3, "heap": 3, "lawn": 3, "fields": 4,
    "villas": 5, "village": 5, "terraces": 5, "colony": 5, "estate": 3, "core": 7, "main": 7,
    "collector": 7, "local": 7, "lane": 7, "track": 4, "services": 7, "school": 3, "church": 3,
    "sport": 3, "garages": 7, "industry": 8, "rail": 8, "belt": 9, "park": 9, "square": 9,
    "allotment": 9, "cemetery": 9,
}  # fmt: skip


def write_rasters(city: City, folder: Path) -> dict[str, Path]:
    """Write land_cover.tif (uint8) and ndvi.tif (float32) and return their paths."""
    cover, transform = land_cover(city)
    rng = np.random.default_rng([city.seed, 12])
    paths = {name: folder / f"{name}.tif" for name in RASTERS}
    profile = {
        "driver": "GTiff",
        "height": cover.shape[0],
        "width": cover.shape[1],
        "count": 1,
        "crs": METRIC,
        "transform": transform,
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
        "compress": "deflate",
    }
    with rasterio.open(paths["land_cover"], "w", dtype="uint8", nodata=0, **profile) as target:
        target.write(cover, 1)
        target.write_colormap(1, {k: (*colour, 255) for k, (_, colour, _) in CLASSES.items()})
        target.set_band_description(1, "land cover class | klasa pokrycia terenu")
        names = {f"class_{k}": name for k, (name, _, _) in CLASSES.items()}
        target.update_tags(synthetic="true", **names)
    with rasterio.open(
        paths["ndvi"], "w", dtype="float32", nodata=NDVI_NODATA, predictor=3, **profile
    ) as target:
        target.write(_ndvi(cover, rng), 1)
        target.set_band_description(1, "NDVI-like index, synthetic | wskaźnik podobny do NDVI")
        target.update_tags(synthetic="true")
    return paths


def land_cover(city: City) -> tuple[np.ndarray, Affine]:
    """Return the class of each cell's middle, uint8 (0: outside), and the grid's transform."""
    x0, y0, x1, y1 = city.outline.city.bounds
    left, top = np.floor(x0 / CELL_M) * CELL_M, np.ceil(y1 / CELL_M) * CELL_M
    shape = (int(np.ceil((top - y0) / CELL_M)), int(np.ceil((x1 - left) / CELL_M)))
    transform = from_origin(left, top, CELL_M, CELL_M)
    code = np.array([_OF_KIND[kind] for kind in city.ground.kind])
    small = shapely.simplify(city.ground.parcels, 0.5)
    pairs = list(zip(small, code.tolist(), strict=True))
    pairs += [(shape, 6) for shape in city.buildings.shape]
    return rasterize(pairs, out_shape=shape, transform=transform, dtype="uint8"), transform


def _ndvi(cover: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the usual value of each class with smooth variation, float32."""
    usual = np.array([NDVI_NODATA, *(value for _, _, value in CLASSES.values())])
    value = usual[cover] + 0.09 * _smooth_noise(cover.shape, 12, rng)
    value += 0.03 * rng.standard_normal(cover.shape)
    value = np.clip(value, -0.4, 0.95)
    return np.where(cover == 0, NDVI_NODATA, value).astype("float32")


def _smooth_noise(shape: tuple[int, int], cells: int, rng: np.random.Generator) -> np.ndarray:
    """Return noise that is linear between the knots of a coarse grid."""
    rows, columns = shape[0] // cells + 2, shape[1] // cells + 2
    coarse = rng.standard_normal((rows, columns))
    y, x = np.arange(shape[0]) / cells, np.arange(shape[1]) / cells
    wide = np.array([np.interp(x, np.arange(columns), row) for row in coarse])
    return np.array([np.interp(y, np.arange(rows), column) for column in wide.T]).T
