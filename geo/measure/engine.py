"""The one door to measuring: compiled kernels answer, or shapely and numpy do.

Both give the same numbers, up to 1e-9. Which of the two answers is chosen by the input alone
(:mod:`geo.measure.forms`), so that a run can be repeated to the last bit.

Every geometry is (easting, northing) in EPSG:2180; areas are in m2, lengths and distances in m.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import MeasureError
from geo.measure import kernels
from geo.measure.forms import Form, compiled_here, form_of, form_of_cells, form_of_distances
from geo.measure.kernels import Measured
from geo.measure.raster import Grid, Tile, Zonal
from geo.measure.reach import Nearest, Shares, share_within
from geo.measure.zones import Bools, Floats, Geometries, Ints, Zones
from geo.model.progress import Progress, silent

__all__ = [
    "Form", "Nearest", "Shares", "area_in_zones", "cold", "compiled_here", "digits_in_zones",
    "form_of", "form_of_cells", "length_in_zones", "nearest", "points_in_zones",
    "raster_in_zones", "share_within", "union_in_zones", "warm", "within",
]  # fmt: skip


def area_in_zones(
    polygons: Geometries,
    zones: Zones,
    column: Any = None,  # noqa: ANN401 - Arrow has no types
    form: Form | None = None,
) -> Measured:
    """Return the area of polygons in zones, m2.

    Parameters
    ----------
    polygons : numpy.ndarray of shapely.Geometry, shape (n,)
        Valid or empty polygons in EPSG:2180.
    zones : Zones
        The zones.
    column : pyarrow.ChunkedArray, optional
        The same polygons as WKB, when the caller has them: four times quicker to read.
    form : str, optional
        ``compiled`` or ``plain``; by default :func:`form_of` chooses.
    """
    if (form or form_of("area", polygons)) == "plain":
        return kernels.area_in_zones(polygons, zones)
    from geo.measure.edges import features

    return features.area_in_zones(polygons, zones, column)


def length_in_zones(
    lines: Geometries,
    zones: Zones,
    column: Any = None,  # noqa: ANN401 - Arrow has no types
    form: Form | None = None,
) -> Measured:
    """Return the length of lines in zones, m.

    What runs along a border counts once: in the zone that comes first, on the outer border in
    its zone.

    Parameters
    ----------
    lines : numpy.ndarray of shapely.Geometry, shape (n,)
        Lines in EPSG:2180.
    zones : Zones
        The zones.
    column : pyarrow.ChunkedArray, optional
        The same lines as WKB, when the caller has them.
    form : str, optional
        As for :func:`area_in_zones`.
    """
    if (form or form_of("length", lines)) == "plain":
        return kernels.length_in_zones(lines, zones)
    from geo.measure.edges import features

    return features.length_in_zones(lines, zones, column)


def points_in_zones(
    points: Geometries,
    zones: Zones,
    column: Any = None,  # noqa: ANN401 - Arrow has no types
    form: Form | None = None,
) -> Measured:
    """Return the zone of each point, measure 1; on a shared border the first zone has it.

    Parameters
    ----------
    points : numpy.ndarray of shapely.Point, shape (n,)
        In EPSG:2180.
    zones : Zones
        The zones.
    column : pyarrow.ChunkedArray, optional
        The same points as WKB, when the caller has them.
    form : str, optional
        As for :func:`area_in_zones`.
    """
    if (form or form_of("count", points)) == "plain":
        return kernels.points_in_zones(points, zones)
    from geo.measure.edges import features

    return features.points_in_zones(points, zones, column)


def nearest(
    features: Geometries,
    targets: Geometries,
    *,
    limit_m: float = np.inf,
    form: Form | None = None,
) -> Nearest:
    """Return the straight distance from each feature to the nearest target, and which that is.

    Parameters
    ----------
    features, targets : numpy.ndarray of shapely.Geometry, shape (n,) and (k,)
        Polygons, lines or points; what is missing or empty has no distance.
    limit_m : float
        Targets farther than this are not looked for: a small limit saves much of the work.
    form : str, optional
        As for :func:`area_in_zones`.

    Raises
    ------
    MeasureError
        If the limit is negative or not a number.
    """
    _check_distance(limit_m)
    rows, columns = _there(features), _there(targets)
    some, others = features[rows], targets[columns]
    if (form or form_of_distances(some, others)) == "plain":
        from geo.measure.plain import distance

        metres, index = distance.nearest(some, others, float(limit_m))
    else:
        from geo.measure.edges import features as compiled

        metres, index = compiled.nearest(some, others, float(limit_m))
    found = Nearest(np.full(len(features), np.inf), np.full(len(features), -1, dtype=np.int64))
    found.distance_m[rows] = metres
    found.index[rows] = np.where(index < 0, -1, np.append(columns, -1)[index])
    return found


def within(
    features: Geometries, targets: Geometries, distance_m: float, *, form: Form | None = None
) -> Bools:
    """Tell which features are at most `distance_m` from any target, straight; shape (n,).

    No buffer is built, so there is no error of a circle drawn with chords. A feature that is
    within in part is within.

    Parameters
    ----------
    features, targets : numpy.ndarray of shapely.Geometry, shape (n,) and (k,)
        Polygons, lines or points; what is missing or empty is within nothing.
    distance_m : float
        Metres; 0: they touch or overlap.
    form : str, optional
        As for :func:`area_in_zones`.

    Raises
    ------
    MeasureError
        If the distance is negative or not a number.
    """
    _check_distance(distance_m)
    rows, columns = _there(features), _there(targets)
    some, others = features[rows], targets[columns]
    if (form or form_of_distances(some, others)) == "plain":
        from geo.measure.plain import distance

        near = distance.within(some, others, float(distance_m))
    else:
        from geo.measure.edges import features as compiled

        near = compiled.within(some, others, float(distance_m))
    found = np.zeros(len(features), dtype=np.bool_)
    found[rows] = near
    return found


def union_in_zones(polygons: Geometries, zones: Zones, *, form: Form | None = None) -> Floats:
    """Return the ground that polygons cover in each zone, every place once, shape (k,), m2.

    Parameters
    ----------
    polygons : numpy.ndarray of shapely.Geometry, shape (n,)
        Valid or empty polygons in EPSG:2180; they may overlap, touch, or be the same.
    zones : Zones
        k zones; each is measured by itself.
    form : str, optional
        As for :func:`area_in_zones`.
    """
    if (form or form_of("area", polygons)) == "plain":
        from geo.measure.plain import union

        return union.union_area(polygons, zones.geometries)
    from geo.measure.edges import features

    return features.union_in_zones(polygons, zones.geometries)


def raster_in_zones(
    zones: Geometries,
    grid: Grid,
    tiles: Iterable[Tile],
    *,
    nodata: float | None = None,
    classes: int = 0,
    form: Form | None = None,
) -> Zonal:
    """Return statistics of a raster in zones, with exact coverage of its cells.

    Memory is bounded by one tile: a raster larger than memory streams through.

    Parameters
    ----------
    zones : numpy.ndarray of shapely.Geometry, shape (k,)
        Polygons in the raster's CRS; they may overlap, each is measured by itself.
    grid : geo.measure.raster.Grid
        Where the raster lies.
    tiles : iterable of geo.measure.raster.Tile
        Disjoint; what no tile has is outside the raster.
    nodata : float, optional
        The value of cells without data; NaN is without data always.
    classes : int
        How many classes the tiles' codes have.
    form : str, optional
        As for :func:`area_in_zones`.

    Raises
    ------
    MeasureError
        If a tile reaches beyond the raster, differs from its classes' shape, or if tiles overlap.
    """
    if (form or form_of_cells(zones, grid)) == "plain":
        from geo.measure.plain import coverage

        return coverage.zonal(zones, grid, tiles, nodata, classes)
    from geo.measure.edges import features

    return features.raster_in_zones(zones, grid, tiles, nodata, classes)


def digits_in_zones(
    zones: Geometries,
    grid: Grid,
    tiles: Iterable[Tile],
    upper: NDArray[np.uint64],
    shift: int,
) -> Floats:
    """Return what zones cover by one byte of their cells' keys, in cells, shape (k, 256).

    Parameters
    ----------
    zones, grid
        As for :func:`raster_in_zones`.
    tiles : iterable of geo.measure.raster.Tile
        Their codes are keys: see :mod:`geo.measure.medians`.
    upper : numpy.ndarray of uint64, shape (k,)
        What the bits above the byte are in each zone; other cells are left out.
    shift : int
    """
    if form_of_cells(zones, grid) == "plain":
        from geo.measure.plain import coverage

        return coverage.digits(zones, grid, tiles, upper, shift)
    from geo.measure.edges import features

    return features.digits_in_zones(zones, grid, tiles, upper, shift)


def cold(kinds: Sequence[str] | None = None) -> bool:
    """Tell whether questions of some kinds would have to wait for a kernel to be compiled.

    Small questions are asked of what is in the cache: what this loads, the questions need.

    Parameters
    ----------
    kinds : sequence of str, optional
        Of :data:`geo.measure.edges.warmth.KINDS`; all by default.
    """
    if not compiled_here():
        return False
    from geo.measure.edges import warmth

    return warmth.cold(kinds)


def warm(progress: Progress = silent, kinds: Sequence[str] | None = None) -> int:
    """Compile kernels now, into numba's cache, rather than at the first large layer.

    The cache is beside the sources where they can be written, else in the user's cache folder,
    or where NUMBA_CACHE_DIR says; later processes load it in a second, until a source, numba or
    the processor changes.

    Parameters
    ----------
    progress : callable
        Told of each question.
    kinds : sequence of str, optional
        As for :func:`cold`.

    Returns
    -------
    int
        How many small questions were asked; 0 without numba.
    """
    if not compiled_here():
        return 0
    from geo.measure.edges import warmth

    return warmth.warm(progress, kinds)


def _there(geometries: Geometries) -> Ints:
    """Return the rows that are not missing and not empty."""
    return np.flatnonzero(~(shapely.is_missing(geometries) | shapely.is_empty(geometries)))


def _check_distance(distance_m: float) -> None:
    if not distance_m >= 0.0:
        raise MeasureError(
            "a distance is 0 or more", where="distance", fix="give metres, such as 300"
        )
