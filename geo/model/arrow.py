"""The Arrow type of each field type: the wings of the house read tables alike."""

from __future__ import annotations

import pyarrow as pa

from geo.model.layer import FieldType

ARROW: dict[FieldType, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us", tz="UTC"),
}
"""Field type of layer.yml -> type of its column in a feature table."""
