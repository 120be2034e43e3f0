"""The feature table: one Arrow column per field of a layer, and WKB in EPSG:2180."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geo import crs
from geo.errors import CRSMismatchError, InputRefusedError, ModelError
from geo.model.arrow import ARROW
from geo.model.layer import Layer

if TYPE_CHECKING:
    import geopandas as gpd

GEOMETRY = "geometry"
"""Name of the last column: WKB, little endian, 2D, (easting, northing) in EPSG:2180."""

TYPE_IDS = {
    "Point": 0,
    "LineString": 1,
    "Polygon": 3,
    "MultiPoint": 4,
    "MultiLineString": 5,
    "MultiPolygon": 6,
}
"""Geometry type of a layer -> type id of GEOS."""

_AT_ONCE = 100_000
"""Features whose geometry is in memory at a time."""


def schema_of(layer: Layer) -> pa.Schema:
    """Return the Arrow schema of a layer's feature table.

    Returns
    -------
    pyarrow.Schema
        One column per field in the order of layer.yml, then ``geometry`` (binary).

    Raises
    ------
    ModelError
        If a field takes the name of the geometry column.
    """
    if layer.field(GEOMETRY) is not None:
        raise ModelError(
            f"a field cannot be called {GEOMETRY!r}",
            where=f"layers/{layer.id}/layer.yml",
            fix="rename the field and give the old name as an alias",
        )
    columns = [pa.field(field.name, ARROW[field.type]) for field in layer.fields]
    return pa.schema([*columns, pa.field(GEOMETRY, pa.binary())])


def geometries(table: pa.Table | pa.RecordBatch) -> np.ndarray:
    """Return the geometries of a table or of a part of one.

    Returns
    -------
    numpy.ndarray of shapely.Geometry, shape (n,)
        EPSG:2180, metres, (easting, northing).
    """
    return np.asarray(shapely.from_wkb(table.column(GEOMETRY).to_numpy(zero_copy_only=False)))


def wkb_column(shapes: np.ndarray) -> pa.Array:
    """Return geometries, shape (n,), as an Arrow column of little-endian 2D WKB."""
    blobs = shapely.to_wkb(shapely.force_2d(shapes), byte_order=1, output_dimension=2)
    return pa.array(blobs, type=pa.binary(), from_pandas=True)


def with_geometries(table: pa.Table, shapes: np.ndarray) -> pa.Table:
    """Return the table with its geometry column set to `shapes`, shape (n,), EPSG:2180."""
    if GEOMETRY in table.column_names:
        table = table.drop_columns([GEOMETRY])
    return table.append_column(pa.field(GEOMETRY, pa.binary()), wkb_column(shapes))


def promote(shapes: np.ndarray, kind: str) -> np.ndarray:
    """Return geometries as `kind`: single parts wrapped into their Multi type.

    Parameters
    ----------
    shapes : numpy.ndarray of shapely.Geometry, shape (n,)
    kind : str
        Geometry type of the layer. Anything else than its single part is left as it is.

    Returns
    -------
    numpy.ndarray of shapely.Geometry, shape (n,)
    """
    makers = {
        "MultiPoint": (0, shapely.multipoints),
        "MultiLineString": (1, shapely.multilinestrings),
        "MultiPolygon": (3, shapely.multipolygons),
    }
    if kind not in makers or len(shapes) == 0:
        return shapes
    single, make = makers[kind]
    found = shapely.get_type_id(shapes) == single
    result = shapes.copy()
    if found.any():
        result[found] = make(shapes[found].reshape(-1, 1))
    return result


def from_frame(layer: Layer, frame: gpd.GeoDataFrame) -> pa.Table:
    """Return a GeoDataFrame in EPSG:2180 as the feature table of a layer.

    Fields that the frame lacks become nulls; columns that the layer lacks are left out.

    Raises
    ------
    CRSMismatchError
        If the frame is not in EPSG:2180.
    """
    if frame.crs is None or not crs.same(frame.crs, crs.METRIC):
        raise CRSMismatchError(
            f"the frame is not in {crs.METRIC}", where=layer.id, fix=f"to_crs({crs.METRIC!r})"
        )
    schema = schema_of(layer)
    columns = [
        pa.array(frame[field.name], type=field.type, from_pandas=True)
        if field.name in frame
        else pa.nulls(len(frame), field.type)
        for field in schema
        if field.name != GEOMETRY
    ]
    shapes = promote(np.asarray(frame.geometry.values, dtype=object), layer.geometry)
    return pa.table([*columns, wkb_column(shapes)], schema=schema)


def check(layer: Layer, table: pa.Table) -> None:
    """Refuse a table that is not what the layer says: the last gate before a snapshot.

    Validity of the geometry is the taking-in's business and is not looked at again.

    Raises
    ------
    InputRefusedError
        If columns, types, ids or geometry types do not hold.
    """
    if not table.schema.equals(schema_of(layer), check_metadata=False):
        _refuse(layer, "the table's columns are not those of layer.yml")
    ids = table.column(layer.id_field)
    if ids.null_count:
        _refuse(layer, f"{ids.null_count} features have no id")
    # The API knows a feature by its id as text: 1 and 1.0 would be one.
    unique = pc.count_distinct(ids.cast(pa.string())).as_py()
    if unique != len(table):
        _refuse(layer, f"{len(table) - unique} ids are not unique")
    kind = TYPE_IDS[layer.geometry]
    parts = table.select([GEOMETRY]).to_batches(max_chunksize=_AT_ONCE)
    wrong = sum(int((shapely.get_type_id(geometries(part)) != kind).sum()) for part in parts)
    if wrong:
        _refuse(layer, f"{wrong} features are not of type {layer.geometry}")


def _refuse(layer: Layer, what: str) -> None:
    raise InputRefusedError(what, where=layer.id, fix="take the file in with `geobank publish`")


def hilbert_order(bounds: np.ndarray) -> np.ndarray:
    """Return the order of boxes along a Hilbert curve, so that neighbours lie together.

    Parameters
    ----------
    bounds : numpy.ndarray of float64, shape (n, 4)
        minx, miny, maxx, maxy; the unit does not matter.

    Returns
    -------
    numpy.ndarray of int64, shape (n,)
        Indices; equal places keep their order.
    """
    from geopandas import GeoSeries  # 0.2 s of imports, for who writes

    if len(bounds) == 0:
        return np.empty(0, dtype=np.int64)
    middle = (bounds[:, :2] + bounds[:, 2:]) / 2
    extent = (*middle.min(axis=0).tolist(), *middle.max(axis=0).tolist())
    along = [
        GeoSeries(shapely.points(middle[start : start + _AT_ONCE])).hilbert_distance(extent)
        for start in range(0, len(middle), _AT_ONCE)
    ]
    return np.argsort(np.concatenate(along), kind="stable")
