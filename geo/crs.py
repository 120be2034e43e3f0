"""The only place that knows EPSG codes, axis order and units of length.

Inside the house every geometry is (easting, northing) in EPSG:2180, metres. CRS84 is
(longitude, latitude). On the wire EPSG:2180 and the PL-2000 zones are (northing, easting),
as their authority says and as QGIS and GML follow.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from geo.errors import CRSMismatchError

METRIC = "EPSG:2180"
"""PL-1992: storage and every measure. Distortion in Poland: -70 to +90 cm per km."""

WEB_MERCATOR = "EPSG:3857"
"""What web maps draw in. Never measured in: at 50 degrees north a metre is 1.56 of its metres."""

CRS84 = "OGC:CRS84"
CRS84_URI = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
PL_2000 = ("EPSG:2176", "EPSG:2177", "EPSG:2178", "EPSG:2179")
ACCEPTED = (METRIC, *PL_2000, "EPSG:4326", "EPSG:4258", CRS84, "EPSG:3857")
"""CRS that a layer.yml may name for the files it takes."""

POLAND_DEGREES = (14.0, 48.9, 24.3, 55.0)
"""A generous box around Poland: west, south, east, north."""


def parse(code: str) -> CRS:
    """Return the CRS behind a code such as ``EPSG:2180``.

    Raises
    ------
    CRSMismatchError
        If PROJ does not know the code.
    """
    try:
        return CRS.from_user_input(code)
    except CRSError as error:
        raise CRSMismatchError(
            f"unknown coordinate reference system {code!r}",
            fix=f"use one of {', '.join(ACCEPTED)}",
        ) from error


def same(a: str | CRS, b: str | CRS) -> bool:
    """Tell whether two CRS put a point in the same place, whatever their axis order.

    WGS 84 and ETRS89 count as one: in Poland they differ by less than a metre.
    """
    return _number(a) == _number(b)


def _number(crs: str | CRS) -> int | str:
    found = CRS.from_user_input(crs)
    # A .prj written by ESRI tools names no authority: take what it resolves to.
    number = found.to_epsg(min_confidence=50)
    if number in (4258, 4326) or found.name == "WGS 84 (CRS84)":
        return 4326
    return number if number is not None else found.to_wkt()


def uri(code: str) -> str:
    """Return the OGC URI of a code: ``EPSG:2180`` -> ``http://.../EPSG/0/2180``."""
    if code == CRS84:
        return CRS84_URI
    authority, _, number = code.partition(":")
    return f"http://www.opengis.net/def/crs/{authority}/0/{number}"


def northing_first(code: str) -> bool:
    """Tell whether the authority of a CRS puts northing (or latitude) before easting."""
    return CRS.from_user_input(code).axis_info[0].direction.lower() == "north"


@cache
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def reproject(
    geometries: np.ndarray, source: str, target: str, *, authority_order: bool = False
) -> np.ndarray:
    """Reproject geometries that hold (x, y) = (easting, northing).

    Parameters
    ----------
    geometries : numpy.ndarray of shapely.Geometry, shape (n,)
        In `source`, x first. Missing geometries stay missing.
    source, target : str
        Codes such as ``EPSG:2180``.
    authority_order : bool
        Write the result in the target's own axis order (EPSG:2180: northing first).

    Returns
    -------
    numpy.ndarray of shapely.Geometry, shape (n,)
        New geometries; the input is not changed.
    """
    swap = authority_order and northing_first(target)
    if source == target and not swap:
        return geometries
    turn = _transformer(source, target)

    def move(xy: np.ndarray) -> np.ndarray:
        x, y = turn.transform(xy[:, 0], xy[:, 1]) if source != target else (xy[:, 0], xy[:, 1])
        return np.column_stack((y, x) if swap else (x, y))

    return np.asarray(shapely.transform(geometries, move))


def reproject_bounds(
    bounds: tuple[float, float, float, float], source: str, target: str
) -> tuple[float, float, float, float]:
    """Reproject a box with its whole edge (21 points a side), not two corners."""
    return _transformer(source, target).transform_bounds(*bounds, densify_pts=21)
