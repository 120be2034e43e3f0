"""A GeoTIFF on this machine as something to measure: read window by window, as it is stored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from geo import crs
from geo.errors import CRSMismatchError, InputRefusedError, MeasureError, NotFoundError, UsageError
from geo.measure.raster import Grid
from geo.measure.streamed.question import Question
from geo.measure.streamed.standin import raster_of
from geo.measure.zonal import RasterGrid
from geo.model.raster import CLASS, MOST_CLASSES

ENDINGS = (".tif", ".tiff")


def tif_source(source: str, question: Question) -> tuple[RasterGrid, str]:
    """Return a file as a source of measures, and its SHA-256.

    Its cells are classes where the question names ``class``, and numbers otherwise.

    Parameters
    ----------
    source : str
        A local GeoTIFF in EPSG:2180, north-up, with one band.
    question : Question
        Its `names`, where there are any, are the codes of the classes.

    Raises
    ------
    NotFoundError, InputRefusedError, CRSMismatchError, MeasureError, UsageError
        If there is no such file, it is another kind of raster, or it has no classes.
    """
    path = Path(source)
    if "://" in source or not path.is_file():
        raise NotFoundError(
            "there is no such raster on this machine",
            where=source,
            fix="name a .tif file, or a published raster",
        )
    grid, nodata, integers = _georeference(path)

    def read(row: int, column: int, rows: int, columns: int) -> Any:  # noqa: ANN401 - an array
        from rasterio.windows import Window

        with _opened(path) as file:
            return file.read(1, window=Window(column, row, columns, rows))

    cells = RasterGrid(raster_of(path.name, grid.cell_width), grid, nodata, read)
    if CLASS in question.columns:
        if not integers:
            raise MeasureError(
                "the cells are real numbers, and no classes", where=path.name, fix="leave out class"
            )
        codes = _codes(cells, question)
        cells = replace(cells, raster=raster_of(path.name, grid.cell_width, codes))
    return cells, _sha256(path)


def _georeference(path: Path) -> tuple[Grid, float, bool]:
    """Return (where the cells lie, the number for no data, whether cells are whole numbers)."""
    with _opened(path) as file:
        if file.count != 1:
            raise MeasureError(
                f"the file has {file.count} bands", where=path.name, fix="write one of them"
            )
        if file.crs is None or not crs.same(crs.parse(file.crs.to_wkt()), crs.METRIC):
            raise CRSMismatchError(
                f"the raster is not in {crs.METRIC}",
                where=path.name,
                fix=f"warp it to {crs.METRIC}, or publish it as a layer with --reproject",
            )
        nodata = np.nan if file.nodata is None else float(file.nodata)
        grid = Grid.from_affine(file.transform, file.shape)
        return grid, nodata, np.dtype(file.dtypes[0]).kind in "iu"


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    # rasterio is a second of import that features need not wait for.
    import rasterio

    try:
        file = rasterio.open(path, driver="GTiff", sharing=False)
    except rasterio.RasterioIOError:
        raise InputRefusedError(
            "this is no GeoTIFF", where=path.name, fix="write it with GDAL or QGIS as GeoTIFF"
        ) from None
    with file:
        yield file


def _codes(cells: RasterGrid, question: Question) -> tuple[int, ...]:
    """Return the codes of a file's classes: those that are named, else those that occur."""
    if question.names:
        try:
            return tuple(sorted({int(name) for name in question.names}))
        except ValueError:
            raise UsageError(
                "the classes of a raster are whole numbers",
                where="--classes",
                fix="--classes 1,2,3",
            ) from None
    found: set[int] = set()
    for _, strip in cells.strips():
        found |= set(np.unique(strip).tolist())
        if len(found) > MOST_CLASSES:
            raise MeasureError(
                f"the raster has more than {MOST_CLASSES} different numbers",
                where="--by class",
                fix="name the classes: --classes 1,2,3",
            )
    return tuple(sorted(code for code in found if code != cells.nodata and code >= 0))


def _sha256(path: Path) -> str:
    digest_ = hashlib.sha256()
    with path.open("rb") as file:
        for block in _blocks(file):
            digest_.update(block)
    return digest_.hexdigest()


def _blocks(file: Any) -> Iterator[bytes]:  # noqa: ANN401 - a file
    while block := file.read(1 << 20):
        yield block
