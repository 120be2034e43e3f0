"""A caller's GeoJSON becomes polygons that can be measured in, or a refusal that says which part.

GDAL reads none of it: a GeoJSON may make GDAL fetch an address. Every number is looked at here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geo import crs
from geo.crs import Box
from geo.errors import LimitExceededError, UsageError
from geo.ingest.position import meets
from geo.limits import limit

_FAR = 1e8
"""No coordinate of a CRS on Earth is greater, in metres or degrees."""

_DEGREES = {"easting": "longitude", "northing": "latitude"}

_CRS_NAMES = ("urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84", crs.CRS84_URI)
"""What an old GeoJSON may name as its CRS; RFC 7946 has no other."""

CODES: dict[str, str] = {
    **{crs.uri(code): code for code in crs.ACCEPTED},
    **{code: code for code in crs.ACCEPTED},
}
"""What a caller may write for the CRS of polygons -> its code."""


@dataclass(frozen=True)
class OwnPolygons:
    """Polygons that a caller sent, k of them.

    Attributes
    ----------
    ids, names : tuple of str
        Ids differ; a polygon without a name has its id.
    geometries : numpy.ndarray of shapely.Polygon or shapely.MultiPolygon, shape (k,)
        EPSG:2180, valid.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    geometries: np.ndarray


def own_polygons(
    document: object, code: str = crs.CRS84, city84: Box = crs.POLAND_DEGREES
) -> OwnPolygons:
    """Read GeoJSON: a geometry, a feature, or a collection of features.

    Parameters
    ----------
    document : object
        JSON, parsed.
    code : str
        The CRS of its coordinates; they stand in the axis order of its authority.
    city84 : tuple of float
        The city: west, south, east, north in degrees. A polygon that is nowhere near it is a
        mistake (two axes swapped, most often), and nothing in it would be a true zero.

    Raises
    ------
    UsageError
        If it holds anything but valid polygons in Poland, each in the city or near it.
    LimitExceededError
        If they are too many, too detailed or too large.
    """
    features = _features(document)
    reader = _Reader(code)
    shapes = [reader.geometry(geometry, place) for _, _, geometry, place in features]
    moved = crs.reproject(np.array(shapes, dtype=object), code, crs.METRIC)
    places = [place for _, _, _, place in features]
    _check_city(np.array(shapes, dtype=object), places, code, city84)
    _check(moved, places, code)
    ids = [each for each, _, _, _ in features]
    twice = {each for each in ids if ids.count(each) > 1} if len(set(ids)) < len(ids) else set()
    if twice:
        raise _wrong(f"two features have the id {min(twice)!r}", fix="give each its own")
    return OwnPolygons(tuple(ids), tuple(name for _, name, _, _ in features), moved)


def _features(document: object) -> list[tuple[str, str, Any, str]]:
    """Return (id, name, geometry, place in the document) of each feature."""
    if not isinstance(document, dict):
        raise _wrong("is not GeoJSON", fix="send a Polygon, a Feature or a FeatureCollection")
    _check_crs_member(document)
    kind = document.get("type")
    if kind != "FeatureCollection":
        return [_feature(document, 0, "zones")]
    found = document.get("features")
    if not isinstance(found, list) or not found:
        raise _wrong("the collection holds no features", fix="send at least one polygon")
    most = limit("own_zones")
    if len(found) > most:
        raise LimitExceededError(
            f"{len(found)} polygons, at most {most} are taken",
            where="input 'zones'",
            fix="send fewer, or publish them as a layer",
        )
    return [_feature(each, row, f"zones, feature {row + 1}") for row, each in enumerate(found)]


def _check_crs_member(document: dict[str, Any]) -> None:
    if "crs" not in document:
        return
    member = document["crs"]
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if name not in _CRS_NAMES:
        raise _wrong(
            "the member `crs` names another CRS than CRS84",
            fix="take it out, and name the CRS in the input zonesCrs, "
            "with coordinates in the axis order of its authority",
        )


def _feature(found: object, row: int, place: str) -> tuple[str, str, Any, str]:
    if not isinstance(found, dict):
        raise _wrong("is not an object", place)
    own = str(row + 1)
    if found.get("type") != "Feature":
        return own, own, found, place
    given, properties = found.get("id"), found.get("properties")
    if isinstance(given, str | int) and not isinstance(given, bool) and str(given):
        own = str(given)[:100]
    name = properties.get("name") if isinstance(properties, dict) else None
    return own, name[:200] if isinstance(name, str) and name else own, found.get("geometry"), place


class _Reader:
    """Reads coordinates of one CRS, and counts them."""

    def __init__(self, code: str) -> None:
        self._swap = crs.northing_first(code)
        self._left = limit("own_vertices")

    def geometry(self, found: object, place: str) -> Any:  # noqa: ANN401 - shapely is not typed
        """Return a Polygon or MultiPolygon, x first."""
        if not isinstance(found, dict):
            raise _wrong("has no geometry", place, "send a Polygon or a MultiPolygon")
        kind, coordinates = found.get("type"), found.get("coordinates")
        if kind == "Polygon":
            return self._polygon(coordinates, place)
        if kind != "MultiPolygon":
            shown = kind if isinstance(kind, str) and len(kind) < 40 else "?"
            raise _wrong(
                f"the geometry is a {shown}, not a polygon", place, "send Polygon or MultiPolygon"
            )
        parts = [self._polygon(part, place) for part in _list(coordinates, place, "polygons")]
        return shapely.multipolygons(parts)

    def _polygon(self, found: object, place: str) -> Any:  # noqa: ANN401
        rings = [self._ring(ring, place) for ring in _list(found, place, "rings")]
        return shapely.polygons(rings[0], holes=rings[1:] or None)

    def _ring(self, found: object, place: str) -> Any:  # noqa: ANN401
        positions = _list(found, place, "positions")
        self._left -= len(positions)
        if self._left < 0:
            raise LimitExceededError(
                f"more than {limit('own_vertices')} vertices",
                where="input 'zones'",
                fix="generalise the polygons, or publish them as a layer",
            )
        if len(positions) < 4 or positions[0] != positions[-1]:
            raise _wrong(
                "a ring is not closed, or has fewer than four positions", place,
                "end each ring with its first position",
            )  # fmt: skip
        return shapely.linearrings([self._position(each, place) for each in positions])

    def _position(self, found: object, place: str) -> tuple[float, float]:
        if not isinstance(found, list) or not 2 <= len(found) <= 4:
            raise _wrong("a position is not [number, number]", place)
        first, second = (_number(each, place) for each in found[:2])
        return (second, first) if self._swap else (first, second)


def _list(found: object, place: str, what: str) -> Sequence[Any]:
    if not isinstance(found, list) or not found:
        raise _wrong(f"the coordinates are not a list of {what}", place)
    return found


def _number(found: object, place: str) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise _wrong("a coordinate is not a number", place)
    if abs(found) > _FAR or not math.isfinite(found):
        raise _wrong("a coordinate is not on Earth", place)
    return float(found)


def _check_city(drawn: np.ndarray, places: list[str], code: str, city84: Box) -> None:
    """Refuse what lies beyond the city as its CRS is read; `drawn` is in it, x first."""
    bounds, city = shapely.bounds(drawn), crs.reproject_bounds(city84, crs.CRS84, code)
    away = ~meets(bounds, city)
    if not away.any():
        return
    row = int(np.flatnonzero(away)[0])
    first, other = ("northing", "easting") if crs.northing_first(code) else ("easting", "northing")
    if crs.geographic(code):
        first, other = (_DEGREES[each] for each in (first, other))
    if meets(bounds[[row]][:, [1, 0, 3, 2]], city)[0]:
        raise _wrong(
            "the axes are swapped: it lies beyond the city, and inside it once swapped",
            places[row], f"in zonesCrs {code} write [{first}, {other}]",
        )  # fmt: skip
    middle = shapely.Point((bounds[row, :2] + bounds[row, 2:]) / 2)
    at = crs.reproject(np.array([middle]), code, crs.CRS84)[0]
    if not _in_poland(crs.reproject(np.array([middle]), code, crs.METRIC)).all():
        return  # :func:`_check` says so, and what may be wrong
    raise _wrong(
        f"lies wholly beyond the city, at {at.x:.2f} E {at.y:.2f} N", places[row],
        f"the coordinates are read as {code}, [{first}, {other}]; the city is "
        f"{', '.join(f'{side:.4g}' for side in city84)} (west, south, east, north)",
    )  # fmt: skip


def _check(shapes: np.ndarray, places: list[str], code: str) -> None:
    finite = np.isfinite(shapely.bounds(shapes)).all(axis=1)
    inside = finite & _in_poland(shapes)
    if not inside.all():
        where = places[int(np.flatnonzero(~inside)[0])]
        order = "northing (latitude) first" if crs.northing_first(code) else "easting first"
        raise _wrong(
            "lies outside of Poland", where,
            f"the coordinates are read as {code}, {order}; "
            "name another CRS in the input zonesCrs, or swap the axes",
        )  # fmt: skip
    valid = shapely.is_valid(shapes)
    if not valid.all():
        row = int(np.flatnonzero(~valid)[0])
        reason = str(shapely.is_valid_reason(shapes[row]))
        raise _wrong(
            f"the polygon is not valid ({reason}, EPSG:2180)", places[row],
            "mend it: in QGIS, Vector geometry > Fix geometries",
        )  # fmt: skip
    area_km2 = float(shapely.area(shapes).sum()) / 1e6
    if area_km2 > limit("own_area_km2"):
        raise LimitExceededError(
            f"the polygons cover {area_km2:.0f} km2, at most {limit('own_area_km2')} are taken",
            where="input 'zones'",
            fix="send smaller ones",
        )


def _in_poland(shapes: np.ndarray) -> np.ndarray:
    box = crs.reproject_bounds(crs.POLAND_DEGREES, crs.CRS84, crs.METRIC)
    bounds = shapely.bounds(shapes)
    low = (bounds[:, 0] >= box[0]) & (bounds[:, 1] >= box[1])
    return np.asarray(low & (bounds[:, 2] <= box[2]) & (bounds[:, 3] <= box[3]))


def _wrong(what: str, place: str = "zones", fix: str = "") -> UsageError:
    where = "input 'zones'" + place.removeprefix("zones")
    return UsageError(what, where=where, fix=fix)
