"""Rasters in zones: where their cells lie, how they come in, and what is said of each zone.

The figures are those of exactextract: `count` is the number of covered cells with data, fractional;
`sum` their values weighted by coverage; `mean` the quotient; `minimum` and `maximum` are over the
cells that a zone touches at all (by more than 1e-12 of the cell).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.errors import MeasureError
from geo.measure.zones import Floats, Ints

Cells = NDArray[Any]
"""An array of numbers, one a cell, shape (rows, columns)."""

SHORT_TYPES = (np.uint8, np.int8, np.uint16, np.int16, np.float16, np.float32)
"""Types that 32 bits hold without loss."""
NOISE = 1e-12
"""Coverage below this is rounding: the cell is not in the zone."""
COVERED, COUNT, SUM, MINIMUM, MAXIMUM, STATS = 0, 1, 2, 3, 4, 5
"""Columns of the statistics, and how many there are."""


@dataclass(frozen=True)
class Grid:
    """Where a north-up raster lies, in the CRS of the zones.

    Attributes
    ----------
    west, north : float
        The outer corner of the first cell, metres.
    cell_width, cell_height : float
        Metres, positive.
    columns, rows : int
        The raster's size.
    """

    west: float
    north: float
    cell_width: float
    cell_height: float
    columns: int
    rows: int

    def __post_init__(self) -> None:
        sizes = (self.cell_width, self.cell_height, self.columns, self.rows)
        if not (np.isfinite((self.west, self.north)).all() and min(sizes) > 0):
            raise MeasureError(
                "the raster has no place, no cells, or cells without a size",
                where="raster",
                fix="check its georeference",
            )

    @classmethod
    def from_affine(cls, affine: Sequence[float], shape: tuple[int, int]) -> Grid:
        """Return the grid of an affine transform.

        Parameters
        ----------
        affine : sequence of float
            a, b, c, d, e, f of rasterio and affine: x = a column + b row + c,
            y = d column + e row + f.
        shape : tuple of int
            Rows and columns.

        Raises
        ------
        MeasureError
            If the raster is rotated or its rows do not run from north to south.
        """
        a, b, c, d, e, f = (float(number) for number in tuple(affine)[:6])
        if b != 0.0 or d != 0.0 or not (a > 0.0 > e):
            raise MeasureError(
                "the raster is not north-up",
                where="raster",
                fix="warp it to rows that run from west to east, the northernmost first",
            )
        return cls(c, f, a, -e, shape[1], shape[0])

    @property
    def cell_area_m2(self) -> float:
        """The area of one cell."""
        return self.cell_width * self.cell_height


@dataclass(frozen=True)
class Tile:
    """A rectangle of a raster's cells: all of it, or one window of a file that is read in turn.

    Attributes
    ----------
    row, column : int
        Its north-west cell in the raster.
    values : numpy.ndarray of number, shape (rows, columns), optional
        For count, sum, mean, minimum and maximum.
    codes : numpy.ndarray of unsigned int, shape (rows, columns), optional
        Classes 0 to k - 1 for areas by class, see :func:`class_codes`; others have no class.
    """

    row: int
    column: int
    values: Cells | None = None
    codes: Cells | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        band = self.values if self.values is not None else self.codes
        if band is None or band.ndim != 2:
            raise MeasureError("a tile has no cells, or not in rows and columns", where="raster")
        if self.codes is not None and self.codes.shape != band.shape:
            raise MeasureError("the classes of a tile are not of its shape", where="raster")
        return band.shape[0], band.shape[1]


@dataclass(frozen=True)
class Zonal:
    """Statistics of n zones.

    Attributes
    ----------
    count : numpy.ndarray of float, shape (n,)
        Covered cells with data, fractional; with a class, where no tile has values.
    sum, mean : numpy.ndarray of float, shape (n,)
        In the raster's unit; the mean is NaN where count is 0.
    minimum, maximum : numpy.ndarray of float, shape (n,)
        NaN where the zone touches no cell with data.
    area_by_class_m2 : numpy.ndarray of float, shape (n, k)
    covered_m2 : numpy.ndarray of float, shape (n,)
        The part of the zone that lies in the tiles, with data or without.
    nodata_share : numpy.ndarray of float, shape (n,)
        Of what is covered, the share without data; NaN where nothing is covered.
    outside_share : numpy.ndarray of float, shape (n,)
        Of the zone's area, the share that lies in no tile: beyond the raster's edge. NaN where
        the zone has no area.
    """

    count: Floats
    sum: Floats
    mean: Floats
    minimum: Floats
    maximum: Floats
    area_by_class_m2: Floats
    covered_m2: Floats
    nodata_share: Floats
    outside_share: Floats


def working_type(values: Cells) -> type[np.float32] | type[np.float64]:
    """Return the type that values are summed from: 32 bits where these hold them without loss."""
    return np.float32 if values.dtype in SHORT_TYPES else np.float64


def new_stats(count: int) -> Floats:
    """Return statistics of zones that have seen no cell yet, shape (count, STATS)."""
    stats = np.zeros((count, STATS))
    stats[:, MINIMUM], stats[:, MAXIMUM] = np.inf, -np.inf
    return stats


def class_codes(values: Cells, classes: Sequence[float] | Ints) -> NDArray[np.uint8]:
    """Return the place of each value among the classes, for areas by class.

    Parameters
    ----------
    values : numpy.ndarray of number, shape (rows, columns)
        A raster of classes (land cover).
    classes : sequence of number
        At most 255 values, each once.

    Returns
    -------
    numpy.ndarray of uint8, shape (rows, columns)
        255 where the value is none of the classes.

    Raises
    ------
    MeasureError
        If there are more classes than 255, or one is there twice.
    """
    wanted = np.asarray(classes)
    if len(wanted) > 255 or len(np.unique(wanted)) != len(wanted):
        raise MeasureError("more than 255 classes, or one is there twice", where="classes")
    order = np.argsort(wanted)
    if values.dtype in (np.uint8, np.uint16):
        table = np.full(np.iinfo(values.dtype).max + 1, 255, dtype=np.uint8)
        for code, value in enumerate(wanted.tolist()):
            if value == int(value) and 0 <= value < len(table):
                table[int(value)] = code
        return table[values]
    place = np.minimum(np.searchsorted(wanted[order], values), max(0, len(wanted) - 1))
    known = wanted[order][place] == values if len(wanted) else np.zeros(values.shape, bool)
    return np.where(known, order[place] if len(wanted) else 0, 255).astype(np.uint8)


def rows_of(
    values: Cells | None, codes: Cells | None = None, *, height: int = 1024
) -> Iterator[Tile]:
    """Cut a raster that is in memory into tiles of at most `height` full rows."""
    whole = Tile(0, 0, values, codes)
    for row in range(0, whole.shape[0], height):
        part = slice(row, row + height)
        yield Tile(
            row,
            0,
            None if values is None else values[part],
            None if codes is None else codes[part],
        )


def checked_size(tile: Tile, grid: Grid, seen: int) -> int:
    """Return the number of cells of a tile, which lies in the raster.

    Parameters
    ----------
    seen : int
        Cells of the tiles before it; more cells than the raster has: some are there twice.

    Raises
    ------
    MeasureError
        If it does not lie in the raster, or tiles overlap.
    """
    rows, columns = tile.shape
    inside = 0 <= tile.row <= grid.rows - rows and 0 <= tile.column <= grid.columns - columns
    if not inside or seen + rows * columns > grid.rows * grid.columns:
        raise MeasureError(
            "a tile reaches beyond the raster, or tiles overlap",
            where=f"raster, row {tile.row}, column {tile.column}",
            fix="cut the raster into windows that do not overlap",
        )
    return rows * columns


def figures(areas_m2: Floats, grid: Grid, stats: Floats, by_class: Floats) -> Zonal:
    """Turn sums in cells into the figures of the zones.

    Parameters
    ----------
    areas_m2 : numpy.ndarray of float, shape (n,)
        Of the zones.
    stats : numpy.ndarray of float, shape (n, STATS)
    by_class : numpy.ndarray of float, shape (n, k)
        Cells by class.
    """
    covered, count, total = (stats[:, i] for i in (COVERED, COUNT, SUM))
    covered_m2 = covered * grid.cell_area_m2
    some = (count > 0.0) & np.isfinite(stats[:, MINIMUM])
    return Zonal(
        count=count,
        sum=total,
        mean=_quotient(np.where(some, total, np.nan), count),
        minimum=np.where(some, stats[:, MINIMUM], np.nan),
        maximum=np.where(some, stats[:, MAXIMUM], np.nan),
        area_by_class_m2=by_class * grid.cell_area_m2,
        covered_m2=covered_m2,
        nodata_share=_share(covered - count, covered),
        outside_share=_share(areas_m2 - covered_m2, areas_m2),
    )


def _quotient(part: Floats, whole: Floats) -> Floats:
    share: Floats = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0.0)
    return share


def _share(part: Floats, whole: Floats) -> Floats:
    """Return a share in [0, 1]; what is below the noise of a sum is 0."""
    share = _quotient(part, whole)
    return np.where(np.abs(share) < NOISE, 0.0, np.clip(share, 0.0, 1.0))
