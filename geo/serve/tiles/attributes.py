"""Attributes of features, dictionary-encoded once per version."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.model.layer import FieldType
from geo.serve.tiles import varint
from geo.store.fragments import instant

_KEYS, _VALUES = 3, 4
_STRING, _DOUBLE, _UINT, _SINT, _BOOL = 1, 3, 5, 6, 7


@dataclass(frozen=True)
class Column:
    """One field of n features.

    Attributes
    ----------
    codes : numpy.ndarray of int32, shape (n,)
        Row of `values`; -1: null.
    values : pyarrow.Array
        The distinct values.
    """

    name: str
    kind: FieldType
    codes: np.ndarray
    values: pa.Array

    @property
    def nbytes(self) -> int:
        """Memory that the column takes, bytes."""
        return int(self.codes.nbytes + self.values.nbytes)

    @property
    def unique(self) -> bool:
        """Whether nearly every feature has a value of its own: an identifier."""
        return len(self.values) > 0.5 * len(self.codes) and len(self.codes) > 1

    def take(self, rows: np.ndarray) -> Column:
        """Return the column of some features, shape (m,)."""
        return Column(self.name, self.kind, self.codes[rows], self.values)


@dataclass(frozen=True)
class Tags:
    """The attributes of m features as a tile holds them.

    Attributes
    ----------
    indices : numpy.ndarray of uint64, shape (t,)
        Index of a key and of a value, in turn, feature by feature.
    counts : numpy.ndarray of int64, shape (m,)
        How many of `indices` each feature has.
    tables : bytes
        The keys and the values as fields of the layer's message.
    """

    indices: np.ndarray
    counts: np.ndarray
    tables: bytes


def column_of(name: str, kind: FieldType, data: pa.ChunkedArray) -> Column:
    """Return an Arrow column, dictionary-encoded; what JSON cannot say counts as null."""
    if kind == "number":
        data = pc.if_else(pc.is_finite(data), data, pa.scalar(None, data.type))
    encoded = data.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    codes = pc.fill_null(encoded.indices, -1).to_numpy().astype(np.int32)
    return Column(name, kind, codes, encoded.dictionary)


def tags_of(columns: Sequence[Column], rows: np.ndarray) -> Tags:
    """Return the attributes of the features `rows`, shape (m,); nulls are left out."""
    table: dict[bytes, int] = {}
    pairs = np.zeros((len(rows), len(columns), 2), dtype=np.uint64)
    present = np.zeros((len(rows), len(columns)), dtype=bool)
    keys = b""
    place = 0
    for number, column in enumerate(columns):
        codes = column.codes[rows]
        present[:, number] = codes >= 0
        if not present[:, number].any():
            continue
        used, which = np.unique(codes[present[:, number]], return_inverse=True)
        found = [table.setdefault(blob, len(table)) for blob in _encoded(column, used)]
        pairs[:, number, 0] = place
        pairs[present[:, number], number, 1] = np.array(found, dtype=np.uint64)[which]
        keys += varint.message(_KEYS, column.name.encode())
        place += 1
    values = b"".join(varint.message(_VALUES, blob) for blob in table)
    return Tags(pairs[present].ravel(), 2 * present.sum(axis=1), keys + values)


def _encoded(column: Column, used: np.ndarray) -> list[bytes]:
    encode = _ENCODERS[column.kind]
    return [encode(value) for value in column.values.take(pa.array(used)).to_pylist()]


def _text(value: str) -> bytes:
    return varint.message(_STRING, value.encode())


def _whole(value: int) -> bytes:
    if value >= 0:
        return varint.number(_UINT, value)
    return varint.number(_SINT, -2 * value - 1)


_ENCODERS: dict[FieldType, Callable[[Any], bytes]] = {
    "string": _text,
    "integer": _whole,
    "number": lambda value: varint.double(_DOUBLE, value),
    "boolean": lambda value: varint.number(_BOOL, int(value)),
    "date": lambda value: _text(value.isoformat()),
    "datetime": lambda value: _text(instant(value)),
}
