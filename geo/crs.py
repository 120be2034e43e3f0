"""The only place that knows EPSG codes, axis order and units of length.

Inside the house every geometry is (easting, northing) in EPSG:2180, metres. CRS84 is
(longitude, latitude). On the wire EPSG:2180 and the PL-2000 zones are (northing, easting),
as their authority says and as QGIS and GML follow.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from geo.errors import CRSMismatchError

if TYPE_CHECKING:
    import numpy as np
    from pyproj import CRS, Transformer

Box = tuple[float, float, float, float]
"""Lower corner, upper corner: minx, miny, maxx, maxy, or in CRS84 west, south, east, north."""

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

GEODETIC = "EPSG:4326"
"""WGS 84 as its authority has it: latitude, then longitude."""

ELLIPSOIDAL = "EPSG:4258"
"""ETRS89, degrees: what EPSG:2180 is projected from."""
ELLIPSOID = "GRS80"
"""The ellipsoid of both, as PROJ names it."""

SERVED = (CRS84, GEODETIC, METRIC, *PL_2000, WEB_MERCATOR)
"""CRS that features can be written in; a city serves one of the four zones."""

DEGREE_DECIMALS = 7
"""1 cm."""

METRE_DECIMALS = 3
"""1 mm."""

_DOMAIN_DEGREES = (4.0, 40.0, 34.0, 64.0)
"""Where the metric CRS of Poland are asked about boxes: beyond it they bend over themselves."""


def parse(code: str) -> CRS:
    """Return the CRS behind a code such as ``EPSG:2180``.

    Raises
    ------
    CRSMismatchError
        If PROJ does not know the code.
    """
    from pyproj import CRS
    from pyproj.exceptions import CRSError

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


@lru_cache(maxsize=64)  # 8 ms each: PROJ compares with all that it knows
def _number(crs: str | CRS) -> int | str:
    from pyproj import CRS

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


def code_of(address: str) -> str:
    """Return the code behind the URI of a CRS of :data:`SERVED`.

    Raises
    ------
    KeyError
        If it is none of them.
    """
    return {uri(code): code for code in SERVED}[address]


@cache
def northing_first(code: str) -> bool:
    """Tell whether the authority of a CRS puts northing (or latitude) before easting."""
    return parse(code).axis_info[0].direction.lower() == "north"


@cache
def geographic(code: str) -> bool:
    """Tell whether the axes of a CRS are angles."""
    return bool(parse(code).is_geographic)


def zone_of(longitude: float) -> str:
    """Return the PL-2000 zone of a place: they are 3 degrees wide, around 15, 18, 21 and 24."""
    return PL_2000[min(max(round(longitude / 3) - 5, 0), 3)]


def served_in(zone: str) -> tuple[str, ...]:
    """Return the CRS that a city of this PL-2000 zone serves its features in, CRS84 first."""
    return CRS84, GEODETIC, METRIC, zone, WEB_MERCATOR


def degrees(xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return longitude and latitude on the ellipsoid of EPSG:2180 (GRS 80), shape (n,) each.

    Parameters
    ----------
    xy : numpy.ndarray of float, shape (n, 2)
        (easting, northing) in EPSG:2180.
    """
    import numpy as np

    longitude, latitude = _transformer(METRIC, ELLIPSOIDAL).transform(xy[:, 0], xy[:, 1])
    return np.asarray(longitude), np.asarray(latitude)


@cache
def domain(code: str) -> Box:
    """Return where a CRS is asked about boxes, in its own units: minx, miny, maxx, maxy."""
    return reproject_bounds(_DOMAIN_DEGREES, CRS84, code)


def as_served(geometries: np.ndarray, code: str) -> np.ndarray:
    """Return geometries as a client reads them in a CRS.

    Parameters
    ----------
    geometries : numpy.ndarray of shapely.Geometry, shape (n,)
        EPSG:2180, (easting, northing), none missing.
    code : str
        One of :data:`SERVED`.

    Returns
    -------
    numpy.ndarray of shapely.Geometry, shape (n,)
        In the axis order of the authority, degrees with 7 decimals (1 cm), metres with 3 (1 mm).
    """
    import numpy as np
    import shapely

    if len(geometries) == 0:
        return geometries
    turn = None if code == METRIC else _transformer(METRIC, code)
    swap = northing_first(code)
    decimals = DEGREE_DECIMALS if geographic(code) else METRE_DECIMALS

    def move(xy: np.ndarray) -> np.ndarray:
        x, y = turn.transform(xy[:, 0], xy[:, 1]) if turn else (xy[:, 0], xy[:, 1])
        # Adding zero turns -0.0 into 0.0, which reads better and means the same.
        return np.round(np.column_stack((y, x) if swap else (x, y)), decimals) + 0.0

    return np.asarray(shapely.transform(geometries, move))


@cache
def _transformer(source: str, target: str) -> Transformer:
    from pyproj import Transformer

    return Transformer.from_crs(source, target, always_xy=True)


def reproject(geometries: np.ndarray, source: str, target: str) -> np.ndarray:
    """Reproject geometries that hold (x, y) = (easting, northing).

    Parameters
    ----------
    geometries : numpy.ndarray of shapely.Geometry, shape (n,)
        In `source`, x first. Missing geometries stay missing.
    source, target : str
        Codes such as ``EPSG:2180``.

    Returns
    -------
    numpy.ndarray of shapely.Geometry, shape (n,)
        New geometries; the input is not changed.
    """
    import numpy as np
    import shapely

    if source == target:
        return geometries
    turn = _transformer(source, target)

    def move(xy: np.ndarray) -> np.ndarray:
        return np.column_stack(turn.transform(xy[:, 0], xy[:, 1]))

    return np.asarray(shapely.transform(geometries, move))


def reproject_bounds(bounds: Box, source: str, target: str) -> Box:
    """Reproject a box with its whole edge (21 points a side), not two corners."""
    return _transformer(source, target).transform_bounds(*bounds, densify_pts=21)
