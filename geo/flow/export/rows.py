"""The public part of a version, read in batches: memory does not grow with the layer."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from geo.model import Layer
from geo.model.layer import Field
from geo.store.query import open_serve
from geo.store.snapshot import Snapshot
from geo.store.table import GEOMETRY

BATCH = 50_000
"""Features in memory at a time."""


def public_fields(layer: Layer, snapshot: Snapshot) -> list[Field]:
    """Return the fields that are public now and were when the version was published."""
    served = open_serve(snapshot).fields
    return [field for field in layer.public_fields if field.name in served]


def schema(layer: Layer, snapshot: Snapshot) -> pa.Schema:
    """Return the Arrow schema of :func:`batches`: public fields, then geometry as WKB."""
    names = [field.name for field in public_fields(layer, snapshot)]
    with pq.ParquetFile(snapshot.parquet) as file:
        stored = file.schema_arrow
        return pa.schema([stored.field(name) for name in (*names, GEOMETRY)])


def batches(layer: Layer, snapshot: Snapshot) -> Iterator[pa.RecordBatch]:
    """Read a version in the order of its file, EPSG:2180."""
    wanted = schema(layer, snapshot)
    with pq.ParquetFile(snapshot.parquet) as file:
        for batch in file.iter_batches(BATCH, columns=wanted.names):
            yield batch.select(wanted.names).replace_schema_metadata(None)
