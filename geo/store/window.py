"""Rows of a snapshot that may meet a box: whole row groups are skipped by their statistics.

``features.parquet`` lies in Hilbert order with a box per row (the covering of GeoParquet 1.1), so
a district reads the few row groups around it, and of them only its rows.
"""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from geo.errors import NotFoundError
from geo.store.servefile import Box
from geo.store.snapshot import Snapshot
from geo.store.table import GEOMETRY

_SIDES = ("xmin", "ymin", "xmax", "ymax")


def read_window(snapshot: Snapshot, columns: list[str], box: Box) -> pa.Table:
    """Read the features whose own box touches a box, in their stored order.

    Parameters
    ----------
    columns : list of str
        Only these, in this order; ``geometry`` may be one of them.
    box : tuple of float
        minx, miny, maxx, maxy in EPSG:2180, metres, easting first.

    Raises
    ------
    NotFoundError
        If the snapshot has no such column.
    """
    with pq.ParquetFile(snapshot.parquet) as file:
        schema = file.schema_arrow
        _require(snapshot, columns, schema)
        name = json.loads(schema.metadata[b"geo"])["columns"][GEOMETRY]["covering"]["bbox"]["xmin"][
            0
        ]
        found = [
            _rows(file, group, columns, name, box)
            for group in range(file.num_row_groups)
            if _may_touch(file.metadata.row_group(group), name, box)
        ]
        empty = pa.schema([schema.field(each) for each in columns]).empty_table()
    return pa.concat_tables([empty.replace_schema_metadata(None), *found])


def _require(snapshot: Snapshot, columns: list[str], schema: pa.Schema) -> None:
    for name in columns:
        if name not in schema.names:
            raise NotFoundError(
                f"this version has no field {name!r}",
                where=f"{snapshot.layer_id} {snapshot.version}",
                fix="publish the layer again under the present layer.yml",
            )


def _may_touch(group: Any, name: str, box: Box) -> bool:  # noqa: ANN401 - Arrow has no types
    """Judge a row group by the least and the greatest sides of its boxes."""
    ends = {}
    for number in range(group.num_columns):
        column = group.column(number)
        ends[column.path_in_schema] = column.statistics
    low_x, low_y, high_x, high_y = (ends.get(f"{name}.{side}") for side in _SIDES)
    if any(each is None or not each.has_min_max for each in (low_x, low_y, high_x, high_y)):
        return True
    assert low_x and low_y and high_x and high_y  # noqa: S101 - as seen above
    return bool(
        low_x.min <= box[2]
        and high_x.max >= box[0]
        and low_y.min <= box[3]
        and high_y.max >= box[1]
    )


def _rows(file: pq.ParquetFile, group: int, columns: list[str], name: str, box: Box) -> pa.Table:
    boxes = file.read_row_group(group, columns=[name]).column(name).combine_chunks()
    west, south, east, north = (boxes.field(side) for side in _SIDES)
    across = pc.and_(pc.less_equal(west, box[2]), pc.greater_equal(east, box[0]))
    along = pc.and_(pc.less_equal(south, box[3]), pc.greater_equal(north, box[1]))
    keep = pc.and_(across, along)
    if not pc.any(keep).as_py():
        return (
            pa.schema([file.schema_arrow.field(each) for each in columns])
            .empty_table()
            .replace_schema_metadata(None)
        )
    table = file.read_row_group(group, columns=columns).select(columns)
    return table.filter(keep).replace_schema_metadata(None)
