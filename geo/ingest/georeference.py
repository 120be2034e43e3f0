"""Where a raster's cells are: CRS, cell size, the city's extent, and warping where allowed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError
from rasterio.io import DatasetReader
from rasterio.transform import Affine, array_bounds, from_origin
from rasterio.warp import Resampling, reproject

from geo import crs
from geo.crs import Box
from geo.errors import CRSMismatchError, LimitExceededError
from geo.ingest.position import Choices
from geo.ingest.report import Report
from geo.limits import limit
from geo.model.raster import Raster

_MARGIN = 0.1
"""Of the city's width and height: kept around it when a raster is warped."""
_SIZE_TOLERANCE = 0.01
"""Of the cell: a product of 10 m has cells of 10 m, whatever its last digits."""
_METHODS = {"nearest": Resampling.nearest, "bilinear": Resampling.bilinear}


@dataclass(frozen=True)
class Placed:
    """Cells and where they lie.

    Attributes
    ----------
    cells : numpy.ndarray, shape (rows, columns)
        In the stored form of :mod:`geo.ingest.cells`.
    transform : Affine
        North-up, in the unit of `code`.
    code : str
        A CRS that PROJ knows.
    """

    cells: NDArray[Any]
    transform: Affine
    code: str


def settle_crs(found: Any, raster: Raster, choices: Choices, report: Report) -> str:  # noqa: ANN401
    """Return the CRS that a raster is in, or refuse it.

    Parameters
    ----------
    found : rasterio.crs.CRS, optional
        What the file says.

    Raises
    ------
    CRSMismatchError
        If it is unknown, contradicts what was said, or is not EPSG:2180 and may not be warped.
    """
    code = _known(found.to_wkt(), raster, report) if found else ""
    if not code:
        if not choices.assume_crs:
            report.refuse("crs-missing", likely=crs.METRIC, error=CRSMismatchError)
        code = _known(choices.assume_crs, raster, report)
        report.assumed["crs"] = code
        report.add("warning", "crs-assumed", assumed=code)
    elif choices.assume_crs and not crs.same(code, choices.assume_crs):
        report.refuse(
            "crs-contradicts", found=_name(code), assumed=choices.assume_crs,
            error=CRSMismatchError,
        )  # fmt: skip
    report.crs = _name(code)
    if not crs.same(code, raster.crs) and not choices.reproject:
        report.refuse(
            "crs-differs", found=_name(code), layer=raster.id, layer_crs=raster.crs,
            error=CRSMismatchError,
        )  # fmt: skip
    return code


def _known(text: str, raster: Raster, report: Report) -> str:
    try:
        found = CRS.from_user_input(text)
    except CRSError:
        report.refuse("crs-unknown", found=text[:80], layer_crs=raster.crs, error=CRSMismatchError)
    if crs.same(found, crs.METRIC):
        return crs.METRIC
    number = found.to_epsg(min_confidence=50)
    if not (found.is_projected or found.is_geographic):
        report.refuse("crs-unknown", found=found.name, layer_crs=raster.crs, error=CRSMismatchError)
    return f"EPSG:{number}" if number else found.to_wkt()


def _name(code: str) -> str:
    return code if code.startswith("EPSG:") else CRS.from_user_input(code).name


def check_place(
    source: DatasetReader, code: str, raster: Raster, choices: Choices, report: Report
) -> None:
    """Compare where a raster lies, and how large its cells are, with what they should be.

    Raises
    ------
    InputRefusedError, CRSMismatchError
        If it is not north-up, its cells are not the layer's, or it lies elsewhere.
    """
    place = source.transform
    if place.is_identity or place.b or place.d or not place.a > 0.0 > place.e:
        report.refuse("not-north-up", cell=f"{raster.cell_m:g}")
    if code == crs.METRIC:
        off = max(abs(place.a - raster.cell_m), abs(-place.e - raster.cell_m))
        if off > _SIZE_TOLERANCE * raster.cell_m:
            size = f"{place.a:g} × {-place.e:g}"
            report.refuse("cell-size", found=size, wanted=raster.cell_m)
    box = crs.reproject_bounds(array_bounds(source.height, source.width, place), code, crs.METRIC)
    city = crs.reproject_bounds(choices.bbox84, crs.CRS84, crs.METRIC)
    share = _area(_common(box, city)) / _area(city)
    if not share > 0.0:
        report.refuse(
            "raster-outside", found=_metres(box), site=_metres(city), error=CRSMismatchError
        )
    if share < 1.0:
        report.add("warning", "raster-part", share=100.0 * share)


def in_metres(placed: Placed, raster: Raster, choices: Choices, report: Report) -> Placed:
    """Return a raster in EPSG:2180: as it is, or warped to cells of the layer's size.

    Classes are taken from the nearest cell, numbers by bilinear interpolation; the corners of
    cells are multiples of the cell's size.
    """
    if placed.code == crs.METRIC:
        return placed
    rows, columns = placed.cells.shape
    box = array_bounds(rows, columns, placed.transform)
    box = crs.reproject_bounds(box, placed.code, crs.METRIC)
    city = crs.reproject_bounds(choices.bbox84, crs.CRS84, crs.METRIC)
    box = _common(box, _wider(city))
    cell = raster.cell_m
    west, north = math.floor(box[0] / cell) * cell, math.ceil(box[3] / cell) * cell
    shape = (math.ceil((north - box[1]) / cell), math.ceil((box[2] - west) / cell))
    if shape[0] * shape[1] > limit("cells"):
        report.refuse(
            "too-many-cells", found=shape[0] * shape[1], most=limit("cells"),
            error=LimitExceededError,
        )  # fmt: skip
    kind = placed.cells.dtype
    nodata = float(np.iinfo(kind).max) if kind.kind == "u" else float("nan")
    cells = np.full(shape, nodata, dtype=kind)
    grid = from_origin(west, north, cell, cell)
    reproject(
        placed.cells, cells, src_transform=placed.transform, src_crs=placed.code,
        src_nodata=nodata, dst_transform=grid, dst_crs=crs.METRIC, dst_nodata=nodata,
        resampling=_METHODS[raster.resampling], num_threads=1, tolerance=0.0,
    )  # fmt: skip
    report.add(
        "warning", "resampled", found=_name(placed.code), cell=cell, method=raster.resampling
    )
    return Placed(cells, grid, crs.METRIC)


def _common(a: Box, b: Box) -> Box:
    return max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])


def _wider(box: Box) -> Box:
    across, up = (box[2] - box[0]) * _MARGIN, (box[3] - box[1]) * _MARGIN
    return box[0] - across, box[1] - up, box[2] + across, box[3] + up


def _area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _metres(box: Box) -> str:
    return ", ".join(f"{side:.0f}" for side in box)
