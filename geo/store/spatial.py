"""Which features stand in a spatial relation to a geometry: the R-tree first, then exactly.

A filter or a box in a CRS is answered on the geometry as it is served in that CRS: degrees with 7
decimals, metres with 3, in the authority's axis order. So what a client has read it finds again,
S_EQUALS and S_TOUCHES included. Relations do not depend on which axis comes first, so that
EPSG:4326 is CRS84 with its literals turned.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import shapely

from geo import crs
from geo.crs import Box as Bounds
from geo.errors import UsageError
from geo.model.cql2.tree import Box, Geometry, Property, Spatial
from geo.model.cql2.write import to_text
from geo.store.boxes import FOUND, Area, inside, numbers, rows_of, shapes84
from geo.store.clock import look

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
"""How far an edge that is straight in metres may leave one that is straight in degrees.

70 m at least: the sagitta of an edge of 60 km.
"""
_SEGMENT_M = 5_000
_AT_ONCE = 2_000
"""Geometries between two looks at the clock."""


def related(db: sqlite3.Connection, leaf: Spatial, code: str) -> np.ndarray | bool:
    """Return the features for which a spatial predicate holds.

    Parameters
    ----------
    db : sqlite3.Connection
    leaf : Spatial
        Over the geometry of the features and a literal, on either side.
    code : str
        CRS of the literals, one of :data:`geo.crs.SERVED`, in the authority's axis order.

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


def touching(db: sqlite3.Connection, path: Path, area: Area) -> np.ndarray:
    """Return the features that touch a box: rid, shape (m,), ascending.

    Parameters
    ----------
    path : Path
        Of the same serve.sqlite: answers are kept by it.

    Raises
    ------
    UsageError
        If the box does not lie where its CRS does.
    """
    if area.code == crs.CRS84:
        return inside(db, path, area.box, [])

    def find() -> np.ndarray:
        box = _side(*_in_domain(area.box, area.code, "bbox"))
        return _found(db, "s_intersects", box, area.code)

    return FOUND.get((str(path), area), find)


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
    if code == crs.GEODETIC and not isinstance(literal, Box):
        return shapely.transform(shape, lambda xy: xy[:, ::-1])
    return shape


def _drawn(literal: Geometry) -> shapely.Geometry:
    return shapely.from_wkt(to_text(literal))


def _rectangle(literal: Box, code: str) -> shapely.Geometry:
    first, second, third, fourth = literal.corners
    if code == crs.GEODETIC:
        first, second, third, fourth = second, first, fourth, third
    crosses = first > third and crs.geographic(code)
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
        look()
        part = doubtful[start : start + _AT_ONCE]
        kept.append(part[holds(shape, _shapes(db, part, code))])
    return np.sort(np.concatenate(kept)) if kept else doubtful


def _bounds84(shape: shapely.Geometry, code: str) -> Bounds:
    bounds = tuple(shapely.bounds(shape).tolist())
    if crs.geographic(code):
        return bounds
    sides = _in_domain(bounds, code, "filter")
    turned = (sides[1], sides[0], sides[3], sides[2]) if crs.northing_first(code) else sides
    found = np.array(crs.reproject_bounds(turned, code, crs.CRS84))
    # The box of a curve, looked at in 21 points a side, is a little too small.
    more = _CURVE_DEGREES + (found[2:] - found[:2]) / 1_000
    west, south, east, north = np.concatenate((found[:2] - more, found[2:] + more)).tolist()
    return west, south, east, north


def _in_domain(bounds: Bounds, code: str, where: str) -> Bounds:
    """Cut a box to where its CRS has a meaning; every city of ours lies there.

    Raises
    ------
    UsageError
        If nothing is left.
    """
    minx, miny, maxx, maxy = crs.domain(code)
    whole = (miny, minx, maxy, maxx) if crs.northing_first(code) else (minx, miny, maxx, maxy)
    low = [max(pair) for pair in zip(bounds[:2], whole[:2], strict=True)]
    high = [min(pair) for pair in zip(bounds[2:], whole[2:], strict=True)]
    if low[0] > high[0] or low[1] > high[1]:
        order = "northing, then easting" if crs.northing_first(code) else "easting, then northing"
        raise UsageError(f"what is given lies outside of {code}", where=where, fix=f"{order}, in m")
    return low[0], low[1], high[0], high[1]


def _near(db: sqlite3.Connection, bounds: Bounds) -> tuple[np.ndarray, np.ndarray]:
    """Return the features whose box touches another: rid, shape (n,), and box, shape (n, 4)."""
    west, south, east, north = bounds
    rows = db.execute(
        "SELECT rid, minx, miny, maxx, maxy FROM places "
        "WHERE maxx >= ? AND minx <= ? AND maxy >= ? AND miny <= ?",
        (west, east, south, north),
    )
    found = rows_of(rows, 5)
    found = found[np.argsort(found[:, 0])]
    return found[:, 0].astype(np.int64), found[:, 1:]


def _well_inside(shape: shapely.Geometry, code: str, boxes: np.ndarray) -> np.ndarray:
    """Tell which boxes lie inside a polygon, away from its boundary: bool, shape (n,)."""
    if shapely.get_type_id(shape) not in (3, 6) or len(boxes) == 0:
        return np.zeros(len(boxes), dtype=bool)
    core = shape
    if not crs.geographic(code):
        bounds = tuple(shapely.bounds(shape).tolist())
        if _in_domain(bounds, code, "filter") != bounds:
            return np.zeros(len(boxes), dtype=bool)
        dense = shapely.segmentize(shape, _SEGMENT_M)
        if crs.northing_first(code):
            dense = shapely.transform(dense, lambda xy: xy[:, ::-1])
        turned = crs.reproject(np.array([dense]), code, crs.CRS84)[0]
        core = shapely.buffer(turned, -_CURVE_DEGREES)
    shapely.prepare(core)
    return np.asarray(shapely.contains_properly(core, shapely.box(*boxes.T)))


def _shapes(db: sqlite3.Connection, rids: np.ndarray, code: str) -> np.ndarray:
    """Return geometries as they are served, shape (n,), of rids that ascend."""
    return shapes84(db, rids) if crs.geographic(code) else served_shapes(db, rids, code)


def served_shapes(db: sqlite3.Connection, rids: np.ndarray, code: str) -> np.ndarray:
    """Return geometries as they are served in any CRS, shape (n,), of rids that ascend."""
    rows = db.execute(
        "SELECT wkb FROM shapes WHERE rid IN (SELECT value FROM json_each(?)) ORDER BY rid",
        (numbers(rids),),
    )
    return crs.as_served(np.asarray(shapely.from_wkb([row[0] for row in rows])), code)
