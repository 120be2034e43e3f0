"""serve.sqlite: what the API reads, written once per version.

Tables: ``features(rid, id, c0, c1, ..., wkb84, json84, json2180)`` in the order of the
GeoParquet file, the R-tree ``places`` over boxes in CRS84, and ``meta(key, value)``. Columns
are called c0, c1, ... so that no text from outside ever becomes SQL; an id that is text stands
in ``id`` alone.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geo import crs
from geo.model.layer import FieldType, Layer
from geo.model.progress import Progress, silent
from geo.store import fragments
from geo.store.rtree import write_tree

FORMAT = 1
CHUNK = 20_000
STAGE = "serve.sqlite"

SQL_TYPES: dict[FieldType, str] = {
    "string": "TEXT",
    "integer": "INTEGER",
    "number": "REAL",
    "boolean": "INTEGER",
    "date": "TEXT",
    "datetime": "TEXT",
}

Box = tuple[float, float, float, float]


def write_serve(
    path: Path,
    layer: Layer,
    table: pa.Table,
    shapes: np.ndarray,
    *,
    progress: Progress = silent,
) -> Box | None:
    """Write serve.sqlite.

    Parameters
    ----------
    path : Path
        A file that does not exist yet.
    layer : Layer
    table : pyarrow.Table
        The feature table, in the order to write.
    shapes : numpy.ndarray of shapely.Geometry, shape (n,)
        Its geometries, EPSG:2180, (easting, northing).

    Returns
    -------
    tuple of float, or None
        West, south, east, north in CRS84, degrees, of what is served; None without features.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        # The file is not a version until it is renamed: a journal would guard nothing.
        db.executescript(
            "PRAGMA page_size=8192; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
            "PRAGMA cache_size=-200000;"
        )
        _create(db, layer)
        db.execute("BEGIN")
        boxes = [np.empty((0, 4))]
        for start in range(0, len(table), CHUNK):
            part = slice(start, start + CHUNK)
            boxes.append(_insert(db, layer, table.slice(start, CHUNK), shapes[part], start + 1))
            progress(STAGE, min(start + CHUNK, len(table)), len(table))
        bounds = np.concatenate(boxes)
        write_tree(db, bounds)
        extent = _extent(bounds)
        indexed = _index(db, layer, table)
        _describe(db, layer, len(table), extent, indexed)
        db.execute("COMMIT")
        db.execute("PRAGMA optimize=0x10002")
    return extent


def _columns(layer: Layer) -> dict[str, str]:
    """Return public field -> column; an id that is text needs none beside ``id``."""
    id_field = layer.field(layer.id_field)
    textual = id_field is not None and id_field.type == "string"
    return {
        field.name: "id" if textual and field is id_field else f"c{i}"
        for i, field in enumerate(layer.public_fields)
    }


def _stored(layer: Layer) -> dict[str, FieldType]:
    """Return column -> type of the fields that have a column of their own."""
    types = {field.name: field.type for field in layer.public_fields}
    return {column: types[name] for name, column in _columns(layer).items() if column != "id"}


def _create(db: sqlite3.Connection, layer: Layer) -> None:
    columns = "".join(f"{column} {SQL_TYPES[kind]}, " for column, kind in _stored(layer).items())
    db.executescript(
        "CREATE TABLE features (rid INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, "
        + columns
        + "wkb84 BLOB NOT NULL, json84 BLOB NOT NULL, json2180 BLOB NOT NULL);"
        "CREATE VIRTUAL TABLE places USING rtree(rid, minx, maxx, miny, maxy);"
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    )


def _insert(
    db: sqlite3.Connection, layer: Layer, part: pa.Table, shapes: np.ndarray, first: int
) -> np.ndarray:
    """Insert one chunk; return the boxes in CRS84, shape (m, 4)."""
    served = fragments.degrees(crs.reproject(shapes, crs.METRIC, crs.CRS84))
    columns = {field.name: part.column(field.name) for field in layer.public_fields}
    stored = [columns[name] for name, column in _columns(layer).items() if column != "id"]
    ids = part.column(layer.id_field).to_pylist()
    rows = fragments.properties(list(columns), [column.to_pylist() for column in columns.values()])
    marks = ", ".join("?" * (len(stored) + 5))
    db.executemany(
        "".join(("INSERT INTO features VALUES (", marks, ")")),
        zip(
            range(first, first + len(part)),
            [str(key) for key in ids],
            *[fragments.sql_values(column) for column in stored],
            shapely.to_wkb(served, byte_order=1).tolist(),
            fragments.features(ids, served, rows),
            fragments.features(ids, fragments.metres(shapes), rows),
            strict=True,
        ),
    )
    return np.asarray(shapely.bounds(served))


def _extent(bounds: np.ndarray) -> Box | None:
    if len(bounds) == 0:
        return None
    west, south = bounds[:, :2].min(axis=0).tolist()
    east, north = bounds[:, 2:].max(axis=0).tolist()
    return west, south, east, north


def _index(db: sqlite3.Connection, layer: Layer, table: pa.Table) -> list[str]:
    """Index the fields that are asked for by value; return their names.

    Numbers are asked for by range, if at all, and a field with one value selects nothing.
    """
    indexed = []
    columns = _columns(layer)
    for field in layer.public_fields:
        column = columns[field.name]
        if field.type == "number" or field.name == layer.id_field:
            continue
        if pc.count_distinct(table.column(field.name), mode="all").as_py() > 1:
            db.execute(f"CREATE INDEX by_{column} ON features ({column})")
            indexed.append(field.name)
    return indexed


def _describe(
    db: sqlite3.Connection, layer: Layer, count: int, extent: Box | None, indexed: list[str]
) -> None:
    columns = _columns(layer)
    fields = [
        {
            "name": field.name,
            "type": field.type,
            "column": columns[field.name],
            "indexed": field.name in indexed,
        }
        for field in layer.public_fields
    ]
    values = {
        "format": FORMAT,
        "layer": layer.id,
        "count": count,
        "bbox84": extent,
        "id_field": layer.id_field,
        "fields": fields,
    }
    db.executemany(
        "INSERT INTO meta VALUES (?, ?)",
        [(key, json.dumps(value, ensure_ascii=False)) for key, value in values.items()],
    )
