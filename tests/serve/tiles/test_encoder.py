"""The encoder: attributes of every type, several parts, the same bytes each time."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime

import mapbox_vector_tile
import numpy as np
import pyarrow as pa
import shapely
from hypothesis import given
from hypothesis import strategies as st
from tilebench import TEXT, Bench, decode

from geo.serve.tiles import varint
from geo.serve.tiles.attributes import column_of, tags_of
from geo.serve.tiles.cut import snapped
from geo.serve.tiles.encoder import encode_layer
from geo.serve.tiles.matrix import EXTENT
from geo.serve.tiles.paths import Paths, from_shapes, to_shapes

VALUES = {
    "string": st.text(),
    "integer": st.integers(-(2**63), 2**63 - 1),
    "number": st.floats(),
    "boolean": st.booleans(),
    "date": st.dates(),
    "datetime": st.datetimes(timezones=st.just(UTC)),
}
ARROW = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us", tz="UTC"),
}


def points(count: int) -> Paths:
    return snapped(from_shapes(shapely.points(np.arange(count), np.arange(count)), "point"))


def told(value: object) -> object:
    """Say a value as a tile does."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


@given(rows=st.lists(st.fixed_dictionaries({k: st.none() | v for k, v in VALUES.items()}),
                     min_size=1, max_size=30))  # fmt: skip
def test_every_value_comes_back(rows: list[dict[str, object]]) -> None:
    columns = [
        column_of(kind, kind, pa.chunked_array([[row[kind] for row in rows]], ARROW[kind]))
        for kind in VALUES
    ]
    raw = encode_layer("a", points(len(rows)), tags_of(columns, np.arange(len(rows))))
    features = mapbox_vector_tile.decode(raw)["a"]["features"]
    for row, feature in zip(rows, features, strict=True):
        said = {kind: told(value) for kind, value in row.items()}
        assert feature["properties"] == {k: v for k, v in said.items() if v is not None}
        for kind, value in feature["properties"].items():
            assert type(value) is type(said[kind])


@given(st.lists(st.integers(0, 2**64 - 1)))
def test_varints_are_those_of_protobuf(numbers: list[int]) -> None:
    values = np.array(numbers, dtype=np.uint64)
    assert varint.varints(values) == b"".join(varint.varint(number) for number in numbers)
    assert varint.sizes(values).tolist() == [len(varint.varint(number)) for number in numbers]


@given(st.integers(-(2**62), 2**62 - 1))
def test_zigzag_folds_the_sign(number: int) -> None:
    assert int(varint.zigzag(np.array([number]))[0]) == (
        2 * number if number >= 0 else ~(2 * number)
    )


def test_parts_holes_and_winding_come_back() -> None:
    hole = [(20, 20), (40, 20), (40, 40), (20, 40)]
    shapes = np.array([
        shapely.MultiPolygon([shapely.Polygon([(0, 0), (100, 0), (100, 100), (0, 100)], [hole]),
                              shapely.box(200, 0, 300, 100)]),
        shapely.box(7, 7, 9, 9),
    ])  # fmt: skip
    paths = snapped(from_shapes(shapely.orient_polygons(shapes), "polygon"))
    assert shapely.equals(to_shapes(paths), shapes).all()
    raw = encode_layer("a", paths, tags_of([], np.arange(2)), np.array([5, 9]))
    features = decode(raw).features
    assert [feature.id for feature in features] == [5, 9]
    assert all(f.shape.equals(shape) for f, shape in zip(features, shapes, strict=True))
    # In the tile itself, y downwards, an exterior has a positive area (version 2.1, 4.3.4.4).
    assert (paths.areas() > 0).tolist() == [True, False, True, True]


def test_lines_and_points_of_several_parts_come_back() -> None:
    lines = np.array([shapely.MultiLineString([[(0, 0), (9, 0)], [(5, 5), (6, 6), (6, 7)]])])
    many = np.array([shapely.MultiPoint([(1, 1), (2, 2), (1, 1)]), shapely.Point(4, 5)])
    for shapes, family in ((lines, "line"), (many, "point")):
        paths = snapped(from_shapes(shapes, family))
        raw = encode_layer("a", paths, tags_of([], np.arange(len(shapes))), np.arange(len(shapes)))
        found = [feature.shape for feature in decode(raw).features]
        assert [shape.wkt for shape in found] == [shape.wkt for shape in shapes]


def test_the_same_features_give_the_same_bytes(bench: Bench) -> None:
    rng = np.random.default_rng(1)
    shapes = shapely.buffer(
        shapely.points(np.array([503_000, 268_000]) + rng.uniform(0, 3_000, (500, 2))), 20
    )
    fields = [{"name": "use", "type": "string", "title": TEXT}]
    columns = {"use": pa.array(rng.choice(["a", "b", None], 500))}
    one, two = (bench.tileset(list(shapes), columns=columns, fields=fields) for _ in range(2))
    limits = one.limits(14)
    assert limits is not None
    for tile in limits.tiles():
        assert one.packed(tile) == two.packed(tile)


def test_a_value_stands_once_in_the_table() -> None:
    columns = [
        column_of("a", "string", pa.chunked_array([["x", "y", "x"]])),
        column_of("b", "string", pa.chunked_array([["y", "x", None]])),
    ]
    tags = tags_of(columns, np.arange(3))
    assert tags.tables.count(b"x") == 1
    assert tags.counts.tolist() == [4, 4, 2]


def test_an_empty_layer_is_no_bytes() -> None:
    paths = points(3).take(np.empty(0, dtype=np.int64))
    assert encode_layer("a", paths, tags_of([], np.empty(0, dtype=np.int64))) == b""
    assert EXTENT == 4_096
