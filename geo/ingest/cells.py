"""From a staged GeoTIFF to the raster of a layer: every check, in order. Runs caged.

What comes out has one form whatever came in: EPSG:2180, north-up, one band, codes as uint8 or
uint16 with the type's largest number for no data, other numbers as floats with NaN.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioError, RasterioIOError
from rasterio.io import DatasetReader
from rasterio.windows import Window

from geo.errors import LimitExceededError
from geo.ingest import georeference
from geo.ingest.cog import write_cog
from geo.ingest.gdal import plain
from geo.ingest.georeference import Placed
from geo.ingest.position import Choices
from geo.ingest.report import Report
from geo.ingest.words import CELLS
from geo.limits import limit
from geo.model.progress import Progress
from geo.model.raster import Raster

Cells = NDArray[Any]
"""Shape (rows, columns), the northernmost row first."""

OPEN, READ, CHECK = "otwarcie / open", "odczyt / read", "kontrola / check"
_STRIP = 1024
_SHORT = (np.uint8, np.int8, np.uint16, np.int16, np.float32)
_MOST_CODES = 20
_OPTIONS = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_PAM_ENABLED": "NO"}


def clean(
    path: Path, raster: Raster, choices: Choices, out: Path, report: Report, progress: Progress
) -> None:
    """Write a staged GeoTIFF as the raster of its layer.

    Raises
    ------
    InputRefusedError
        With `report` on it, which holds all that was found until then.
    """
    with rasterio.Env(**_OPTIONS):
        try:
            progress(OPEN, 0, 1)
            with rasterio.open(path, driver="GTiff") as source:
                _check_form(source, raster, report)
                code = georeference.settle_crs(source.crs, raster, choices, report)
                georeference.check_place(source, code, raster, choices, report)
                cells = _read(source, raster, choices, report, progress)
                placed = Placed(cells, source.transform, code)
        except (RasterioError, RasterioIOError, ValueError, MemoryError) as error:
            report.refuse("unreadable", detail=plain(error, path))
        placed = georeference.in_metres(placed, raster, choices, report)
        progress(CHECK, 0, 2)
        _describe(placed, raster, report)
        progress(CHECK, 1, 2)
        write_cog(placed.cells, placed.transform, raster, out)
        progress(CHECK, 2, 2)


def _check_form(source: DatasetReader, raster: Raster, report: Report) -> None:
    """Refuse a file of several bands, too many cells, or cells that are no plain numbers."""
    if source.count != 1:
        report.refuse("bands", found=source.count)
    found = source.width * source.height
    if found > limit("cells"):
        report.refuse("too-many-cells", found=found, most=limit("cells"), error=LimitExceededError)
    kind = np.dtype(source.dtypes[0])
    if kind.kind not in ("iu" if raster.classes else "iuf"):
        wanted = CELLS["codes" if raster.classes else "numbers"]
        report.refuse("cell-type", found=str(kind), wanted=wanted)
    report.encoding = str(kind)
    report.counts["cells"] = found


def _read(
    source: DatasetReader, raster: Raster, choices: Choices, report: Report, progress: Progress
) -> Cells:
    """Return the cells in the layer's one form, shape (rows, columns)."""
    scale, offset = float(source.scales[0]), float(source.offsets[0])
    if (scale, offset) != (1.0, 0.0) and not raster.classes:
        report.add("info", "cells-scaled", scale=scale, offset=offset)
    cells = np.empty(source.shape, dtype=form_of(raster, np.dtype(source.dtypes[0])))
    faults = _Faults(raster)
    for row in range(0, source.height, _STRIP):
        progress(READ, row, source.height)
        window = Window(0, row, source.width, min(_STRIP, source.height - row))
        strip = source.read(1, window=window, masked=True)
        values, gone = np.asarray(strip.data), np.ma.getmaskarray(strip)
        if raster.nodata is not None:
            gone = gone | (values == raster.nodata)
        if not raster.classes:
            values = values.astype(cells.dtype) * cells.dtype.type(scale) + cells.dtype.type(offset)
            gone = gone | np.isnan(values)
        bad = faults.find(values, gone)
        part = cells[row : row + len(values)]
        with np.errstate(invalid="ignore"):
            part[...] = values  # what does not fit the form is unknown, and overwritten
        part[gone | bad] = nodata_of(cells.dtype)
    progress(READ, source.height, source.height)
    faults.settle(report, drop=choices.drop_invalid)
    return cells


class _Faults:
    """Cells whose number the layer does not know, counted strip by strip."""

    def __init__(self, raster: Raster) -> None:
        self._raster = raster
        self._known = np.array(sorted(raster.classes), dtype=np.int64)
        self._codes: dict[int, int] = {}
        self._count = 0

    def find(self, values: Cells, gone: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which cells are faulty, shape of `values`."""
        bad = ~gone & (self._unknown(values) if self._raster.classes else self._outside(values))
        self._count += int(bad.sum())
        if self._raster.classes and bad.any():
            for code, count in zip(*np.unique(values[bad], return_counts=True), strict=True):
                self._codes[int(code)] = self._codes.get(int(code), 0) + int(count)
        return np.asarray(bad)

    def _unknown(self, values: Cells) -> NDArray[np.bool_]:
        return ~np.isin(values, self._known)

    def _outside(self, values: Cells) -> NDArray[np.bool_]:
        low, high = self._raster.minimum, self._raster.maximum
        bad = ~np.isfinite(values)
        if low is not None:
            bad |= values < low
        if high is not None:
            bad |= values > high
        return np.asarray(bad)

    def settle(self, report: Report, *, drop: bool) -> None:
        """Refuse the raster for its faults, or count them where they are left out knowingly."""
        if not self._count:
            return
        words: dict[str, Any] = {"wanted": self._range()}
        code = "cells-out-of-range"
        if self._raster.classes:
            most = sorted(self._codes.items(), key=lambda pair: -pair[1])[:_MOST_CODES]
            words = {"found": ", ".join(f"{k}: {n}" for k, n in most)}
            code = "unknown-cell-code"
        if not drop:
            report.refuse(code, count=self._count, **words)
        report.dropped = {"cells": self._count, code: self._count}
        report.add("warning", code, count=self._count, **words)

    def _range(self) -> str:
        low, high = self._raster.minimum, self._raster.maximum
        return f"{'-∞' if low is None else f'{low:g}'} ... {'∞' if high is None else f'{high:g}'}"


def form_of(raster: Raster, found: np.dtype[Any]) -> np.dtype[Any]:
    """Return the type that cells are stored in; no number of `found` changes by it."""
    if raster.classes:
        return np.dtype(np.uint8 if max(raster.classes) < 255 else np.uint16)
    return np.dtype(np.float32 if found.type in _SHORT else np.float64)


def nodata_of(form: np.dtype[Any]) -> float:
    """Return what stands for no data in a stored raster of that type."""
    return float(np.iinfo(form).max) if form.kind == "u" else float("nan")


def _describe(placed: Placed, raster: Raster, report: Report) -> None:
    """Count what was accepted, and say where it lies and what it holds."""
    cells, there = placed.cells, has_data(placed.cells)
    report.counts |= {"cells": cells.size, "with_data": int(there.sum())}
    if not there.any():
        report.refuse("raster-empty")
    if not there.all():
        report.add("info", "nodata-cells", count=int((~there).sum()), cells=cells.size)
    rows, columns = cells.shape
    west, north, cell = placed.transform.c, placed.transform.f, placed.transform.a
    height = -placed.transform.e
    report.geometry = {
        "type": "Raster", "columns": columns, "rows": rows, "cell_m": [cell, height],
        "bbox2180": [west, north - rows * height, west + columns * cell, north],
        "dtype": str(cells.dtype),
    }  # fmt: skip
    if raster.classes:
        codes, counts = np.unique(cells[there], return_counts=True)
        pairs = zip(codes.tolist(), counts.tolist(), strict=True)
        report.geometry["cells_by_class"] = {str(code): count for code, count in pairs}
    else:
        values = cells[there]
        report.geometry |= {
            "minimum": float(values.min()), "maximum": float(values.max()),
            "mean": float(values.mean(dtype=np.float64)),
        }  # fmt: skip


def has_data(cells: Cells) -> NDArray[np.bool_]:
    """Tell which cells of a stored raster have data."""
    if cells.dtype.kind == "u":
        return np.asarray(cells != np.iinfo(cells.dtype).max)
    return ~np.isnan(cells)
