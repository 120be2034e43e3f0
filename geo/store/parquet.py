"""features.parquet: GeoParquet 1.1 in EPSG:2180, in Hilbert order, with a box per row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

from geo import crs
from geo.crs import Box
from geo.store.hilbert import Shapes, extent_of, kinds_of
from geo.store.table import GEOMETRY, TYPE_IDS

ROW_GROUP = 125_000
"""Rows of a row group at most."""

_BOX = pa.struct([(side, pa.float64()) for side in ("xmin", "ymin", "xmax", "ymax")])


def write_features(path: Path, table: pa.Table, shapes: np.ndarray | Shapes) -> None:
    """Write a feature table as GeoParquet 1.1.

    Parameters
    ----------
    path : Path
        A file that does not exist yet.
    table : pyarrow.Table
        The feature table, in the order to write.
    shapes : numpy.ndarray of shapely.Geometry, shape (n,)
        The same geometries as in the table, EPSG:2180, exteriors counter-clockwise.
    """
    box = _box_name(table)
    told = _metadata(sorted(kinds_of(shapes)), extent_of(shapes), box)
    schema = table.schema.append(pa.field(box, _BOX))
    schema = schema.with_metadata({"geo": json.dumps(told, ensure_ascii=False)})
    with pq.ParquetWriter(
        path, schema, compression="zstd", compression_level=1, store_schema=True
    ) as writer:
        for start in range(0, max(len(table), 1), ROW_GROUP):
            part = table.slice(start, ROW_GROUP)
            bounds = shapely.bounds(shapes[start : start + ROW_GROUP]).reshape(-1, 4)
            sides = [pa.array(bounds[:, i]) for i in range(4)]
            column = pa.StructArray.from_arrays(sides, fields=list(_BOX))
            writer.write_table(part.append_column(pa.field(box, _BOX), column).cast(schema))


def _box_name(table: pa.Table) -> str:
    name = "bbox"
    while name in table.column_names:
        name = f"_{name}"
    return name


def _metadata(kinds: list[int], extent: Box | None, box: str) -> dict[str, Any]:
    names = {number: name for name, number in TYPE_IDS.items()}
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": [names[kind] for kind in kinds],
        "crs": crs.parse(crs.METRIC).to_json_dict(),
        "orientation": "counterclockwise",
        "edges": "planar",
        "covering": {"bbox": {side: [box, side] for side in ("xmin", "ymin", "xmax", "ymax")}},
    }
    if extent is not None:
        column["bbox"] = list(extent)
    return {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}


def read_features(
    path: Path, columns: list[str] | None = None, near: Box | None = None
) -> pa.Table:
    """Read a feature table back, without the box column and the file's metadata.

    Parameters
    ----------
    path : Path
        A file of :func:`write_features`.
    columns : list of str, optional
        Only these, in this order; every column otherwise.
    near : tuple of float, optional
        minx, miny, maxx, maxy in EPSG:2180: only features whose own box touches it. Row groups
        that lie elsewhere are skipped by their statistics.

    Raises
    ------
    KeyError
        If the file has no such column.
    """
    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow
        covering = json.loads(schema.metadata[b"geo"])["columns"][GEOMETRY]["covering"]
        box = covering["bbox"]["xmin"][0]
        names = [name for name in schema.names if name != box]
        for name in columns or ():
            if name not in names:
                raise KeyError(name)
        names = columns or names
        if near is None:
            table = file.read(columns=names)
        else:
            west, south, east, north = (pc.field(box, side) for side in _BOX.names)
            touch = (west <= near[2]) & (east >= near[0]) & (south <= near[3]) & (north >= near[1])
            table = pq.read_table(path, columns=names, filters=touch, partitioning=None)
    return table.select(names).replace_schema_metadata(None)
