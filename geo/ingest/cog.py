"""Write a raster as a cloud-optimised GeoTIFF whose bytes depend on its cells alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
from numpy.typing import NDArray
from rasterio.transform import Affine

from geo.crs import METRIC
from geo.model.raster import Raster

BLOCK = 512
"""Cells along a tile: what one request of a reader over the network fetches."""


def write_cog(cells: NDArray[Any], transform: Affine, raster: Raster, out: Path) -> None:
    """Write cells in EPSG:2180 to `out`, tiled, compressed, with overviews.

    Parameters
    ----------
    cells : numpy.ndarray, shape (rows, columns)
        In the stored form of :mod:`geo.ingest.cells`.
    transform : Affine
        North-up.
    """
    codes = cells.dtype.kind == "u"
    draft = out.with_suffix(".draft.tif")
    profile = {
        "driver": "GTiff", "height": cells.shape[0], "width": cells.shape[1], "count": 1,
        "dtype": cells.dtype, "crs": METRIC, "transform": transform, "tiled": True,
        "blockxsize": BLOCK, "blockysize": BLOCK, "compress": "zstd", "BIGTIFF": "IF_SAFER",
        "nodata": float(np.iinfo(cells.dtype).max) if codes else float("nan"),
    }  # fmt: skip
    with rasterio.open(draft, "w", **profile) as target:
        target.write(cells, 1)
        if codes:
            target.write_colormap(1, {code: _rgba(c.colour) for code, c in raster.classes.items()})
    rasterio.shutil.copy(
        draft, out, driver="COG", compress="DEFLATE", level=6, blocksize=BLOCK,
        predictor="STANDARD" if codes else "FLOATING_POINT", bigtiff="IF_SAFER",
        overview_resampling="NEAREST" if codes else "AVERAGE", num_threads=1,
    )  # fmt: skip
    draft.unlink()


def _rgba(colour: str) -> tuple[int, int, int, int]:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue, 255
