"""serve.sqlite and the features beside it: what the API reads, written once per version.

Tables: ``features(rid, id, c0, c1, ...)`` in the order of the GeoParquet file, ``shapes(rid,
wkb84, wkb)`` with the geometry as CRS84 serves it and as it is stored, the R-tree ``places`` over
boxes in CRS84, and ``meta(key, value)``. Columns are called c0, c1, ... so that no text from
outside ever becomes SQL; an id that is text stands in ``id`` alone. Ready features stand in
``serve.crs84`` and ``serve.epsg2180``; see :mod:`geo.store.featurefile`.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geo import crs
from geo.crs import Box
from geo.model.layer import FieldType, Layer
from geo.model.progress import Progress, silent
from geo.store import fragments
from geo.store.featurefile import FeatureWriter
from geo.store.hilbert import Shapes
from geo.store.ready import READY, ready_file
from geo.store.rtree import write_tree

FORMAT = 2
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


def write_serve(
    path: Path,
    layer: Layer,
    table: pa.Table,
    shapes: np.ndarray | Shapes,
    *,
    brief: bool = False,
    progress: Progress = silent,
) -> Box | None:
    """Write serve.sqlite, and the ready features beside it.

    Parameters
    ----------
    path : Path
        A file that does not exist yet.
    layer : Layer
    table : pyarrow.Table
        The feature table, in the order to write.
    shapes : numpy.ndarray of shapely.Geometry, shape (n,)
        Its geometries, EPSG:2180, (easting, northing).
    brief : bool
        For some thousand features that may go soon: ready in CRS84 alone, and without indices.

    Returns
    -------
    tuple of float, or None
        West, south, east, north in CRS84, degrees, of what is served; None without features.
    """
    with ExitStack() as stack:
        db = stack.enter_context(closing(sqlite3.connect(path, isolation_level=None)))
        ready = [
            (code, stack.enter_context(closing(FeatureWriter(ready_file(path, code)))))
            for code in READY
            if not brief or code == crs.CRS84
        ]
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
            rows = table.slice(start, CHUNK)
            ids, properties = _properties(layer, rows)
            alone, again = _distinct(shapes[part])
            served = {code: crs.as_served(alone, code) for code, _ in ready}
            boxes.append(_insert(db, layer, rows, alone, served[crs.CRS84], again, start + 1))
            for code, writer in ready:
                texts = fragments.geometry_texts(served[code])
                writer.add(fragments.features(ids, (texts[k] for k in again), properties))
            progress(STAGE, min(start + CHUNK, len(table)), len(table))
        bounds = np.concatenate(boxes)
        write_tree(db, bounds)
        extent = _extent(bounds)
        indexed = [] if brief else _index(db, layer, table)
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
    columns = "".join(f", {column} {SQL_TYPES[kind]}" for column, kind in _stored(layer).items())
    db.executescript(
        "CREATE TABLE features (rid INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL"
        + columns
        + ");CREATE TABLE shapes (rid INTEGER PRIMARY KEY, wkb84 BLOB NOT NULL, "
        "wkb BLOB NOT NULL);"
        "CREATE VIRTUAL TABLE places USING rtree(rid, minx, maxx, miny, maxy);"
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    )


def _insert(
    db: sqlite3.Connection,
    layer: Layer,
    part: pa.Table,
    shapes: np.ndarray,
    shapes84: np.ndarray,
    again: list[int],
    first: int,
) -> np.ndarray:
    """Insert one chunk; return the boxes in CRS84, shape (m, 4).

    Parameters
    ----------
    shapes, shapes84, again
        Distinct geometries, and which of them each row has (:func:`_distinct`).
    """
    names = {column: name for name, column in _columns(layer).items() if column != "id"}
    rids = range(first, first + len(part))
    marks = ", ".join("?" * (len(names) + 2))
    db.executemany(
        "".join(("INSERT INTO features VALUES (", marks, ")")),
        zip(
            rids,
            map(str, part.column(layer.id_field).to_pylist()),
            *[fragments.sql_values(part.column(name)) for name in names.values()],
            strict=True,
        ),
    )
    blobs = [shapely.to_wkb(each, byte_order=1)[again].tolist() for each in (shapes84, shapes)]
    db.executemany("INSERT INTO shapes VALUES (?, ?, ?)", zip(rids, *blobs, strict=True))
    return np.asarray(shapely.bounds(shapes84))[again]


def _distinct(shapes: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """Return the geometries that differ, and which of them each row has.

    A layer of values has each district once for every indicator: its corners are written once.
    """
    place: dict[bytes, int] = {}
    again = [place.setdefault(blob, len(place)) for blob in shapely.to_wkb(shapes).tolist()]
    _, first = np.unique(again, return_index=True)
    return shapes[first], again


def _properties(layer: Layer, part: pa.Table) -> tuple[list[Any], list[bytes]]:
    """Return the ids of a chunk, and the properties as JSON."""
    names = [field.name for field in layer.public_fields]
    columns = [part.column(name).to_pylist() for name in names]
    return columns[names.index(layer.id_field)], fragments.properties(names, columns)


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
            "indexed": field.name in indexed,  # nothing but older readers asks for it
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
