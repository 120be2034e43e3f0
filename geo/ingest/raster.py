"""Take a raster in: stage it, read and check it in a caged child, bring one GeoTIFF back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from geo.crs import Box
from geo.ingest.position import Choices
from geo.ingest.read import read_result, run_child, workshop, write_request
from geo.ingest.report import Report
from geo.ingest.stage import stage
from geo.model.progress import Progress, silent
from geo.model.raster import Raster

WRITERS = ("COG", "MEM")
"""Drivers that the child writes with; it opens the stranger's file with GTiff alone."""


@dataclass(frozen=True)
class RasterIntake:
    """A raster that was taken in.

    Attributes
    ----------
    path : Path
        A cloud-optimised GeoTIFF in EPSG:2180, gone when the context ends.
    report : Report
    sha256 : str
        Of the file that was read.
    """

    path: Path
    report: Report
    sha256: str


@contextmanager
def take_in_raster(
    raster: Raster,
    path: Path,
    *,
    bbox84: Box,
    assume_crs: str | None = None,
    reproject: bool = False,
    drop_invalid: bool = False,
    progress: Progress = silent,
) -> Iterator[RasterIntake]:
    """Read and check a GeoTIFF for a raster layer, in a caged child process.

    Parameters
    ----------
    raster : Raster
    path : Path
        One band, north-up.
    bbox84 : tuple of float
        The city: west, south, east, north in degrees.
    assume_crs : str, optional
        The CRS of a file that names none; stands in the report as an assumption.
    reproject : bool
        Allow another CRS than EPSG:2180; the cells are then resampled, which is reported.
    drop_invalid : bool
        Take cells with an unknown code or out of range as no data; they are counted.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InputRefusedError, CRSMismatchError, LimitExceededError
        With the report on it, in its attribute ``report``.
    """
    report = Report(raster.id, path.name.encode("utf-8", "replace").decode())
    choices = Choices(bbox84, assume_crs, reproject, False, drop_invalid)
    with workshop() as folder:
        staged = stage(path, folder / "in", report, raster=True)
        write_request(folder, staged, raster, choices, report)
        run_child(folder, staged, report, progress, _skippable())
        yield RasterIntake(folder / "result.tif", read_result(folder), staged.sha256)


@cache
def _skippable() -> list[str]:
    from rasterio.env import Env  # GDAL is loaded only where a file is taken in

    with Env() as env:
        return sorted(name for name in env.drivers() if name not in WRITERS)
