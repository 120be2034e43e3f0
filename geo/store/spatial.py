"""Which features stand in a spatial relation to a geometry: the R-tree first, then exactly.

A filter in a CRS is answered on the geometry as it is served in that CRS: CRS84 with 7 decimals,
or EPSG:2180 (northing, easting) with 3. So what a client has read it finds again, S_EQUALS and
S_TOUCHES included. Relations do not depend on which axis comes first.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable

import numpy as np
import shapely

from geo import crs
from geo.errors import UsageError
from geo.model.cql2.tree import Box, Geometry, Property, Spatial
from geo.model.cql2.write import to_text
from geo.store.boxes import sql
from geo.store.servefile import Box as Bounds

Relation = Callable[[shapely.Geometry, np.ndarray], np.ndarray]
"""Of one geometry to each of many: bool, shape (n,)."""

_RELATIONS: dict[str, Relation] = {
    "s_intersects": shapely.intersects,
    "s_equals": shapely.equals,
    "s_touches": shapely.touches,
    "s_within": shapely.within,
    "s_overlaps": shapely.overlaps,
    "s_crosses": shapely.crosses,
    "s_contains": shapely.contains,
    "s_disjoint": shapely.disjoint,
}
_CONVERSE = {"s_within": "s_contains", "s_contains": "s_within"}
_OF_ITSELF = ("s_intersects", "s_equals", "s_within", "s_contains")
_OF_WHAT_LIES_WITHIN = ("s_intersects", "s_within")
"""True of what lies inside a polygon, away from its boundary; the other relations are false."""

_CURVE_DEGREES = 0.001
"""How far an edge that is straight in EPSG:2180 may leave one that is straight in degrees.

70 m at least: the sagitta of an edge of 60 km.
"""
_SEGMENT_M = 5_000
_AT_ONCE = 50_000


def related(db: sqlite3.Connection, leaf: Spatial, code: str) -> np.ndarray | bool:
    """Return the features for which a spatial predicate holds.

    Parameters
    ----------
    db : sqlite3.Connection
    leaf : Spatial
        Over the geometry of the features and a literal, on either side.
    code : str
        CRS of the literals, ``CRS84`` or ``EPSG:2180``, in the authority's axis order.

    Returns
    -------
    numpy.ndarray of int64, shape (m,), or bool
        Their rid, ascending; True: all, False: none, without a look at any.

    Raises
    ------
    UsageError
        If a geometry is not valid, or does not lie where its CRS does.
    """
    left, right = leaf.left, leaf.right
    if isinstance(left, Property) and isinstance(right, Property):
        # Each geometry is there, and valid.
        return leaf.op in _OF_ITSELF
    if isinstance(left, Property):
        assert not isinstance(right, Property)  # noqa: S101 - as seen above
        return _found(db, leaf.op, shape_of(right, code), code)
    if isinstance(right, Property):
        return _found(db, _CONVERSE.get(leaf.op, leaf.op), shape_of(left, code), code)
    one, other = shape_of(left, code), shape_of(right, code)
    return bool(_RELATIONS[leaf.op](one, np.array([other]))[0])


def shape_of(literal: Geometry | Box, code: str) -> shapely.Geometry:
    """Return a literal as a geometry, its axes as they stand in it.

    Raises
    ------
    UsageError
        If it is not valid.
    """
    shape = _rectangle(literal, code) if isinstance(literal, Box) else _drawn(literal)
    if not shapely.is_valid(shape):
        raise UsageError(
            f"a geometry is not valid: {shapely.is_valid_reason(shape)}",
            where="filter",
            fix="rings do not cross themselves or each other",
        )
    return shape


def _drawn(literal: Geometry) -> shapely.Geometry:
    return shapely.from_wkt(to_text(literal))


def _rectangle(literal: Box, code: str) -> shapely.Geometry:
    first, second, third, fourth = literal.corners
    crosses = first > third and code != crs.METRIC
    if second > fourth or (first > third and not crosses):
        raise UsageError("a box has no meaning", where="filter", fix="give the lower corner first")
    if crosses:
        east = _side(first, second, 180.0, fourth)
        return shapely.union(east, _side(-180.0, second, third, fourth))
    return _side(first, second, third, fourth)


def _side(first: float, second: float, third: float, fourth: float) -> shapely.Geometry:
    """Return a box as the polygon, line or point that it is."""
    if (first, second) == (third, fourth):
        return shapely.points(first, second)
    if first == third or second == fourth:
        return shapely.linestrings([[first, second], [third, fourth]])
    return shapely.box(first, second, third, fourth)


def _found(db: sqlite3.Connection, op: str, shape: shapely.Geometry, code: str) -> np.ndarray:
    """Return the features with `op` to a shape: feature first, shape second."""
    rids, boxes = _near(db, _bounds84(shape, code))
    sure = _well_inside(shape, code, boxes)
    doubtful = rids[~sure]
    holds = _RELATIONS[_CONVERSE.get(op, op)]
    shapely.prepare(shape)
    kept = [rids[sure]] if op in _OF_WHAT_LIES_WITHIN else []
    for start in range(0, len(doubtful), _AT_ONCE):
        part = doubtful[start : start + _AT_ONCE]
        kept.append(part[holds(shape, _shapes(db, part, code))])
    return np.sort(np.concatenate(kept)) if kept else doubtful


def _bounds84(shape: shapely.Geometry, code: str) -> Bounds:
    low_x, low_y, high_x, high_y = shapely.bounds(shape).tolist()
    if code != crs.METRIC:
        return low_x, low_y, high_x, high_y
    found = np.array(crs.reproject_bounds((low_y, low_x, high_y, high_x), crs.METRIC, crs.CRS84))
    if not np.isfinite(found).all():
        raise UsageError(
            "a geometry lies outside of EPSG:2180",
            where="filter",
            fix="northing, then easting, in metres",
        )
    # The box of a curve, looked at in 21 points a side, is a little too small.
    more = _CURVE_DEGREES + (found[2:] - found[:2]) / 1_000
    west, south, east, north = np.concatenate((found[:2] - more, found[2:] + more)).tolist()
    return west, south, east, north


def _near(db: sqlite3.Connection, bounds: Bounds) -> tuple[np.ndarray, np.ndarray]:
    """Return the features whose box touches another: rid, shape (n,), and box, shape (n, 4)."""
    west, south, east, north = bounds
    rows = db.execute(
        "SELECT rid, minx, miny, maxx, maxy FROM places "
        "WHERE maxx >= ? AND minx <= ? AND maxy >= ? AND miny <= ? ORDER BY rid",
        (west, east, south, north),
    ).fetchall()
    found = np.array(rows, dtype=float).reshape(-1, 5)
    return found[:, 0].astype(np.int64), found[:, 1:]


def _well_inside(shape: shapely.Geometry, code: str, boxes: np.ndarray) -> np.ndarray:
    """Tell which boxes lie inside a polygon, away from its boundary: bool, shape (n,)."""
    if shapely.get_type_id(shape) not in (3, 6) or len(boxes) == 0:
        return np.zeros(len(boxes), dtype=bool)
    core = shape
    if code == crs.METRIC:
        dense = shapely.transform(shapely.segmentize(shape, _SEGMENT_M), lambda xy: xy[:, ::-1])
        turned = crs.reproject(np.array([dense]), crs.METRIC, crs.CRS84)[0]
        core = shapely.buffer(turned, -_CURVE_DEGREES)
    shapely.prepare(core)
    return np.asarray(shapely.contains_properly(core, shapely.box(*boxes.T)))


def _shapes(db: sqlite3.Connection, rids: np.ndarray, code: str) -> np.ndarray:
    """Return geometries as they are served, shape (n,), in the order of ascending rids."""
    column = "json2180" if code == crs.METRIC else "wkb84"
    rows = db.execute(
        sql(
            "SELECT",
            column,
            "FROM features WHERE rid IN (SELECT value FROM json_each(?)) ORDER BY rid",
        ),
        (json.dumps(rids.tolist()),),
    )
    if code != crs.METRIC:
        return np.asarray(shapely.from_wkb([row[0] for row in rows]))
    return np.asarray(shapely.from_geojson([_geometry(row[0]) for row in rows]))


def _geometry(fragment: bytes) -> bytes:
    """Return the geometry of a feature; no text in it can hold an unescaped quote."""
    start = fragment.index(b'"geometry":') + len(b'"geometry":')
    return fragment[start : fragment.index(b',"properties":', start)]
