"""One version of a raster: a folder with ``coverage.tif``, quality.json and manifest.json.

Immutable like every snapshot, with the same manifest; what is particular to a raster stands in
its ``extra["raster"]``: rows and columns, the corner and size of cells, and the number for no data.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window

from geo import crs
from geo.errors import IntegrityError
from geo.model.raster import Raster
from geo.store.folder import alone_in, beside, put_in_place
from geo.store.snapshot import (
    COVERAGE,
    MANIFEST,
    QUALITY,
    Manifest,
    Snapshot,
    fingerprint,
    version_name,
    write_json,
)

EXTRA = "raster"
"""Key of a manifest's extra."""


@dataclass(frozen=True)
class CellGrid:
    """Where the cells of a stored raster lie, EPSG:2180.

    Attributes
    ----------
    west, north : float
        The outer corner of the first cell, metres.
    cell_width, cell_height : float
        Metres.
    rows, columns : int
    dtype : str
    nodata : float
        NaN for rasters of numbers.
    """

    west: float
    north: float
    cell_width: float
    cell_height: float
    rows: int
    columns: int
    dtype: str
    nodata: float

    @property
    def bbox2180(self) -> tuple[float, float, float, float]:
        """The outer edge: minx, miny, maxx, maxy, metres."""
        south = self.north - self.rows * self.cell_height
        return self.west, south, self.west + self.columns * self.cell_width, self.north


def write_raster(
    root: Path,
    raster: Raster,
    file: Path,
    *,
    source_name: str,
    source_sha256: str = "",
    quality: Mapping[str, Any] | None = None,
    synthetic: bool = False,
    note: str = "",
) -> Snapshot:
    """Write a GeoTIFF as a new version: durable and in its place, but not yet current.

    Parameters
    ----------
    root : Path
        The data folder.
    raster : Raster
    file : Path
        As the taking-in leaves it: EPSG:2180, north-up, one band.

    Returns
    -------
    Snapshot
        For :meth:`geo.store.catalog.Catalog.publish`.
    """
    grid = _grid_of(file)
    home = root / "layers" / raster.id
    with alone_in(home), beside(home) as folder:
        shutil.copyfile(file, folder / COVERAGE)
        write_json(folder / QUALITY, dict(quality or {}))
        files = {name: fingerprint(folder / name) for name in (COVERAGE, QUALITY)}
        version, created_at = version_name(home, files[COVERAGE]["sha256"])
        manifest = Manifest(
            layer_id=raster.id,
            version=version,
            created_at=created_at,
            source_name=Path(source_name).name,
            source_sha256=source_sha256,
            features=0,
            bbox84=crs.reproject_bounds(grid.bbox2180, crs.METRIC, crs.CRS84),
            bbox2180=grid.bbox2180,
            files=files,
            quality=dict(quality or {}),
            synthetic=synthetic,
            layer_sha256=hashlib.sha256(raster.model_dump_json().encode()).hexdigest(),
            note=note,
            extra={EXTRA: _as_json(grid)},
        )
        write_json(folder / MANIFEST, manifest.as_dict())
        put_in_place(folder, home / version)
    return Snapshot(raster.id, version, home / version, manifest)


def _as_json(grid: CellGrid) -> dict[str, Any]:
    # JSON knows no NaN: None stands for it.
    return asdict(grid) | {"nodata": None if np.isnan(grid.nodata) else grid.nodata}


def _grid_of(file: Path) -> CellGrid:
    with rasterio.open(file, driver="GTiff") as source:
        place = source.transform
        return CellGrid(
            place.c, place.f, place.a, -place.e, source.height, source.width,
            str(source.dtypes[0]), float(source.nodata),
        )  # fmt: skip


def grid_of(snapshot: Snapshot) -> CellGrid:
    """Return where the cells of a snapshot lie, from its manifest.

    Raises
    ------
    IntegrityError
        If the snapshot is not a raster's.
    """
    data = snapshot.manifest.extra.get(EXTRA)
    if not isinstance(data, dict):
        raise IntegrityError(
            "this version holds no raster",
            where=f"{snapshot.layer_id} {snapshot.version}",
            fix="publish the layer again under the present layer.yml",
        )
    return CellGrid(**{**data, "nodata": np.nan if data["nodata"] is None else data["nodata"]})


@contextmanager
def open_cells(snapshot: Snapshot) -> Iterator[Cells]:
    """Open a raster's cells for reading, window by window."""
    with rasterio.open(snapshot.coverage, driver="GTiff", sharing=False) as source:
        yield Cells(source)


class Cells:
    """An open raster.

    Parameters
    ----------
    source : rasterio.DatasetReader
        The opened coverage.tif.
    """

    def __init__(self, source: Any) -> None:  # noqa: ANN401 - rasterio has no types
        self._source = source

    def read(self, row: int, column: int, rows: int, columns: int) -> NDArray[Any]:
        """Return a window of cells, shape (rows, columns), as they are stored."""
        window = Window(column, row, columns, rows)
        found: NDArray[Any] = self._source.read(1, window=window)
        return found

    def thinned(self, most: int) -> NDArray[Any]:
        """Return the whole raster with at most so many rows and columns, nearest cells kept."""
        share = min(1.0, most / max(self._source.height, self._source.width))
        shape = (
            max(1, round(self._source.height * share)),
            max(1, round(self._source.width * share)),
        )
        found: NDArray[Any] = self._source.read(1, out_shape=shape)  # the default is nearest
        return found
