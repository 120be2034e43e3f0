"""Spatial conditions of a filter: the relations of shapely, anywhere in a tree, in either CRS."""

from __future__ import annotations

import json
import operator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo import crs
from geo.errors import UsageError
from geo.model import Layer
from geo.model.cql2 import parse_text, to_text
from geo.model.cql2 import tree as t
from geo.store import open_serve
from geo.store.boxes import Area
from geo.store.servefile import write_serve

GRID = 24


def town(kind: str) -> np.ndarray:
    """Return shapes on a grid of 10 m, so that many touch, cross and equal each other."""
    random = np.random.default_rng(3)
    corner = np.c_[random.integers(0, GRID, 60), random.integers(0, GRID, 60)] * 10.0
    size = random.integers(1, 6, (60, 2)) * 10.0
    corner += (505_000, 270_000)
    if kind == "Point":
        return shapely.points(corner)
    if kind == "MultiLineString":
        lines = shapely.linestrings(np.stack([corner, corner + size], axis=1))
        return shapely.multilinestrings(lines.reshape(-1, 1))
    boxes = shapely.box(*corner.T, *(corner + size).T)
    return shapely.multipolygons(boxes.reshape(-1, 1))


@pytest.fixture(scope="module", params=["Point", "MultiLineString", "MultiPolygon"])
def placed(request, tmp_path_factory) -> Any:
    shapes = town(request.param)
    text = {"pl": "x", "en": "x"}
    names = (("key", "string"), ("floors", "integer"))
    layer = Layer.model_validate({
        "id": "things", "title": text, "description": text, "source": {"name": text},
        "licence": {"id": "CC0-1.0", "name": "CC0"},
        "steward": {"name": "A", "email": "a@example.org"}, "update_interval": "P1Y",
        "crs": "EPSG:2180", "geometry": request.param, "id_field": "key",
        "fields": [{"name": name, "type": kind, "title": text} for name, kind in names],
    })  # fmt: skip
    floors = [i % 5 or None for i in range(60)]
    keys = [f"{i:02}" for i in range(60)]
    table = pa.table({"key": keys, "floors": pa.array(floors, pa.int64()),
                      "geometry": pa.array(shapely.to_wkb(shapes), pa.binary())})  # fmt: skip
    path = tmp_path_factory.mktemp("placed") / "things" / "1" / "serve.sqlite"
    path.parent.mkdir(parents=True)
    write_serve(path, layer, table, shapes)
    db = open_serve(path)
    found = {}
    for code in ("CRS84", crs.METRIC):
        features = [json.loads(one) for one in db.page(limit=100, crs=code, sort=[("key", False)])
                    .fragments]  # fmt: skip
        found[code] = [shapely.geometry.shape(one["geometry"]) for one in features]
    return db, floors, found, shapes


def literal(kind: str, xy: list[tuple[int, int]], code: str) -> t.Geometry | t.Box:
    """Return a geometry on the grid, in a CRS as it is served, from whole numbers."""
    metres = np.array(xy, dtype=float) * 10 + (505_000, 270_000)
    if code == crs.METRIC:
        served_as = metres[:, ::-1]
    else:
        points = crs.reproject(shapely.points(metres), crs.METRIC, crs.CRS84)
        served_as = np.round(shapely.get_coordinates(points), 7)
    (a, b), (c, d) = served_as.min(axis=0).tolist(), served_as.max(axis=0).tolist()
    positions = tuple(map(tuple, served_as.tolist()))
    if kind == "Box":
        return t.Box((a, b, c, d))
    if kind == "Point":
        return t.Geometry("Point", positions[0])
    if kind == "LineString":
        return t.Geometry("LineString", positions[:2])
    if kind == "MultiPoint":
        return t.Geometry("MultiPoint", positions)
    hull = shapely.convex_hull(shapely.multipoints(served_as))
    if hull.geom_type != "Polygon":
        return t.Geometry("MultiPoint", positions)
    ring = tuple(map(tuple, shapely.get_coordinates(hull).tolist()))
    if kind == "Polygon":
        return t.Geometry("Polygon", (ring,))
    return t.Geometry("GeometryCollection", (t.Geometry("Polygon", (ring,)),
                                             t.Geometry("Point", positions[0])))  # fmt: skip


COMPARE = {"=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le,
           ">": operator.gt, ">=": operator.ge}  # fmt: skip


def ids(page: Any) -> list[str]:
    return [json.loads(fragment)["id"] for fragment in page.fragments]


def joined(inner: st.SearchStrategy) -> st.SearchStrategy:
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(t.And, parts), st.builds(t.Or, parts), inner.map(t.Not), inner.map(t.IsNull)
    )


CELLS = st.lists(st.tuples(st.integers(0, GRID + 6), st.integers(0, GRID + 6)),
                 min_size=3, max_size=4, unique=True)  # fmt: skip
SHAPE_KINDS = st.sampled_from(
    ["Box", "Point", "LineString", "MultiPoint", "Polygon", "GeometryCollection"]
)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), code=st.sampled_from(["CRS84", crs.METRIC]))
def test_relations_hold_anywhere_in_a_tree(placed, data, code: str) -> None:
    db, floors, found, _ = placed
    place = t.Property("geometry")

    def leaf(op: str, kind: str, cells: list[tuple[int, int]], swap: bool) -> t.Spatial:
        other = literal(kind, cells, code)
        return t.Spatial(op, other, place) if swap else t.Spatial(op, place, other)

    spatial = st.builds(leaf, st.sampled_from(t.SPATIAL), SHAPE_KINDS, CELLS, st.booleans())
    valued = st.builds(
        t.Comparison, st.sampled_from(t.COMPARE), st.just(t.Property("floors")),
        st.integers(0, 4).map(t.Number),
    )  # fmt: skip
    tree = data.draw(st.recursive(st.one_of(spatial, spatial, valued), joined, max_leaves=4))

    def shape_of(node: Any, own: Any) -> Any:
        if isinstance(node, t.Property):
            return own
        if isinstance(node, t.Box):
            return shapely.box(*node.corners) if shapely.box(*node.corners).is_valid else (
                shapely.from_wkt(to_text(literal_line(node))))  # fmt: skip
        return shapely.from_wkt(to_text(node))

    def holds(node: Any, i: int) -> Any:
        match node:
            case t.Spatial(op, left, right):
                pair = [shape_of(one, found[code][i]) for one in (left, right)]
                return getattr(pair[0], op.removeprefix("s_"))(pair[1])
            case t.And(parts) | t.Or(parts):
                values = [holds(part, i) for part in parts]
                decides = isinstance(node, t.Or)
                return decides if decides in values else None if None in values else not decides
            case t.Not(part):
                value = holds(part, i)
                return None if value is None else not value
            case t.IsNull(part):
                return holds(part, i) is None
        return None if floors[i] is None else COMPARE[node.op](floors[i], node.right.value)

    expected = [f"{i:02}" for i in range(60) if holds(tree, i) is True]
    page = db.page(limit=100, filter=tree, filter_crs=code, sort=[("key", False)])
    assert ids(page) == expected
    assert page.matched == len(expected)


def literal_line(box: t.Box) -> t.Geometry:
    """Return a box without area as the line or point that it is."""
    a, b, c, d = box.corners
    if (a, b) == (c, d):
        return t.Geometry("Point", (a, b))
    return t.Geometry("LineString", ((a, b), (c, d)))


def test_what_was_read_is_found_again_in_either_crs(placed) -> None:
    db, _, found, shapes = placed
    for code, served_as in found.items():
        for i in (0, 17, 42):
            text = shapely.to_wkt(served_as[i], rounding_precision=-1)
            tree = parse_text(f"S_EQUALS(geometry, {text})")
            page = db.page(limit=100, filter=tree, filter_crs=code)
            same = np.flatnonzero(shapely.equals(shapes, shapes[i]))
            assert sorted(ids(page)) == [f"{k:02}" for k in same]


def test_a_filter_joins_box_values_sort_and_pages(placed) -> None:
    db, floors, found, _ = placed
    shapes = found["CRS84"]
    west, south, east, north = shapely.total_bounds(shapes)
    box = (west, south, (west + east) / 2, north)
    tree = parse_text(f"floors > 1 AND NOT S_WITHIN(geometry, BBOX({west}, {south}, {west}, 90))")
    touched = shapely.intersects(shapely.box(*box), shapes)
    expected = [i for i in range(60) if (floors[i] or 0) > 1 and touched[i]]
    asked = {"filter": tree, "area": Area(box), "sort": [("floors", True), ("key", False)]}
    whole = db.page(limit=100, **asked)
    assert ids(whole) == [f"{i:02}" for i in sorted(expected, key=lambda i: (-floors[i], i))]
    for offset in range(0, len(expected), 4):
        part = db.page(limit=4, offset=offset, **asked)
        assert ids(part) == ids(whole)[offset : offset + 4]
        assert part.matched == len(expected)
    three = db.page(limit=100, equals={"floors": "3"}, **asked)
    assert ids(three) == [f"{i:02}" for i in sorted(expected) if floors[i] == 3]
    assert db.page(limit=100, hits=True, **asked).fragments == []
    metric = db.page(limit=100, crs=crs.METRIC, **asked)
    assert ids(metric) == ids(whole)
    assert metric.fragments != whole.fragments


def test_constants_and_the_geometry_itself(placed) -> None:
    db = placed[0]
    for text, many in (
        ("TRUE", 60), ("FALSE", 0), ("geometry IS NULL", 0), ("geometry IS NOT NULL", 60),
        ("S_EQUALS(geometry, geometry)", 60), ("S_TOUCHES(geometry, geometry)", 0),
        ("S_DISJOINT(geometry, geometry)", 0), ("POINT(1 2) IS NULL", 0), ("1 IS NULL", 0),
        ("S_WITHIN(POINT(1 1), BBOX(0, 0, 2, 2))", 60), ("S_WITHIN(POINT(3 1), BBOX(0,0,2,2))", 0),
        ("NOT S_DISJOINT(POINT(1 1), POINT(1 1)) OR floors = 99", 60),
        ("S_INTERSECTS(geometry, BBOX(-180, -90, 180, 90))", 60),
        ("S_INTERSECTS(geometry, BBOX(170, -90, 160, 90))", 60),
        ("S_INTERSECTS(geometry, BBOX(170, -90, -170, 90))", 0),
    ):  # fmt: skip
        assert db.page(limit=1, filter=parse_text(text)).matched == many, text


@pytest.mark.parametrize(
    ("text", "code", "what"),
    [
        ("S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 1 0, 0 1, 0 0)))", "CRS84", "not valid"),
        ("S_INTERSECTS(geometry, BBOX(0, 2, 1, 1))", "CRS84", "a box has no meaning"),
        ("S_INTERSECTS(geometry, BBOX(300000, 1, 200000, 2))", crs.METRIC, "a box has no meaning"),
        ("S_INTERSECTS(geometry, POINT(9e9 9e9))", crs.METRIC, "outside of EPSG:2180"),
        (" OR ".join(["S_INTERSECTS(geometry, POINT(1 1))"] * 21), "CRS84", "21 spatial"),
        ("TRUE", "EPSG:25832", "not served in 'EPSG:25832'"),
    ],
)  # fmt: skip
def test_geometries_without_a_meaning_are_refused(placed, text: str, code: str, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        placed[0].page(limit=1, filter=parse_text(text), filter_crs=code)
