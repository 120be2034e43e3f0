from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import CRSMismatchError, InputRefusedError, ModelError
from geo.store import check, from_frame, geometries, schema_of
from geo.store.table import GEOMETRY, hilbert_order, promote


def test_schema_follows_layer_yml(project):
    schema = schema_of(project.layer("addresses"))
    assert schema.names == ["address_id", "label", "street", "number", "people", GEOMETRY]
    assert schema.field("people").type == pa.int64()


def test_a_field_cannot_take_the_geometrys_name(make_layer):
    text = {"pl": "x", "en": "x"}
    fields = [{"name": name, "type": "string", "title": text} for name in ("key", "geometry")]
    with pytest.raises(ModelError, match="geometry"):
        schema_of(make_layer(fields=fields))


def test_frame_to_table_and_back(make_layer, squares):
    layer = make_layer()
    single = shapely.get_geometry(squares(4), 0)
    frame = gpd.GeoDataFrame(
        {"key": list("abcd"), "floors": [1, None, 3, 4], "junk": 1}, geometry=single, crs=2180
    )
    table = from_frame(layer, frame)
    check(layer, table)
    assert table.column_names == schema_of(layer).names
    assert table.column("floors").to_pylist() == [1, None, 3, 4]
    assert table.column("name").null_count == 4
    assert shapely.equals_exact(geometries(table), promote(single, "MultiPolygon")).all()


def test_frame_in_another_crs_is_refused(make_layer, squares):
    frame = gpd.GeoDataFrame({"key": ["a"]}, geometry=squares(1), crs=4326)
    with pytest.raises(CRSMismatchError):
        from_frame(make_layer(), frame)


@pytest.mark.parametrize(
    ("columns", "shapes", "said"),
    [
        ({"key": ["a", "a"]}, None, "1 ids are not unique"),
        ({"key": ["a", None]}, None, "1 features have no id"),
        ({}, [shapely.Point(1, 1), shapely.Point(2, 2)], "2 features are not of type"),
        ({}, [None, None], "2 features are not of type"),
    ],
)
def test_check_refuses(make_layer, make_table, squares, columns, shapes, said):
    layer = make_layer()
    table = make_table(layer, squares(2) if shapes is None else np.array(shapes), **columns)
    with pytest.raises(InputRefusedError, match=said):
        check(layer, table)


def test_check_refuses_other_columns(make_layer, make_table, squares):
    layer = make_layer()
    with pytest.raises(InputRefusedError, match="columns"):
        check(layer, make_table(layer, squares(2)).drop_columns(["name"]))


@given(st.lists(st.tuples(st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6)), max_size=60))
def test_hilbert_order_is_a_permutation(points):
    bounds = np.array([(x, y, x + 1, y + 1) for x, y in points], dtype=float).reshape(-1, 4)
    assert sorted(hilbert_order(bounds).tolist()) == list(range(len(points)))


def test_hilbert_order_takes_unit_steps_on_a_full_grid():
    # Law of the curve: on a full 2^k grid each step goes to a side's neighbour.
    x, y = np.meshgrid(np.arange(16.0), np.arange(16.0))
    bounds = np.column_stack((x.ravel(), y.ravel(), x.ravel(), y.ravel()))
    path = bounds[hilbert_order(bounds), :2]
    assert (np.abs(np.diff(path, axis=0)).sum(axis=1) == 1).all()
