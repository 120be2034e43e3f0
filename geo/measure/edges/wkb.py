"""Well-known binary, without GEOS objects.

A row is ``order (1 byte) type (uint32)``, then for a polygon ``rings`` and for each ring
``vertices`` and its coordinates, 16 bytes a vertex; a line has one ring and no count of rings; a
multi geometry is a count and as many rows. Only little-endian 2D is read; every length is checked
against the end of the row before anything is read there. Polygons and lines are read by
:mod:`geo.measure.edges.survey`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pyarrow as pa
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from geo.errors import MeasureError
from geo.measure.edges.bare import bare
from geo.measure.edges.compiled import compiled
from geo.measure.zones import Ints

Bytes = NDArray[np.uint8]

POINT, LINE, POLYGON = 1, 2, 3
"""WKB types; the multi type of each is 3 more."""
HEAD = 5
COUNT = 4
VERTEX = 16

CUT_SHORT, BIG_ENDIAN, NOT_2D, OTHER_TYPE, NOT_CLOSED, NOT_FINITE = -1, -2, -3, -4, -5, -6

WRONG = {
    CUT_SHORT: "the WKB ends too early or goes on after its end",
    BIG_ENDIAN: "the WKB is not little endian",
    NOT_2D: "the geometry has Z, M or an SRID; two coordinates are expected",
    OTHER_TYPE: "the geometry is of another type than its layer's",
    NOT_CLOSED: "a ring does not end where it begins",
    NOT_FINITE: "a coordinate is not a finite number",
}


def refuse(row: int, code: int) -> MeasureError:
    """Return the error for a row that cannot be measured."""
    return MeasureError(
        WRONG[code],
        where=f"geometry, row {row}",
        fix="mend the feature and publish the layer again",
    )


def _load(typing: Any, data: Any, at: Any) -> Any:  # noqa: ANN401 - numba's own form
    def load(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401
        array = context.make_array(signature.args[0])(context, builder, args[0])
        here = builder.gep(array.data, [args[1]])
        return builder.load(builder.bitcast(here, ir.DoubleType().as_pointer()), align=1)

    return types.float64(data, types.int64), load


double: Callable[[Bytes, int], float] = cast(Any, intrinsic(_load))
"""Return the double that begins at a byte, wherever that is; for kernels."""


@bare
def uint32(data: Bytes, at: int) -> int:
    """Return the unsigned integer of 4 bytes that begins at `at`."""
    low = np.int64(data[at]) | np.int64(data[at + 1]) << 8
    high = np.int64(data[at + 2]) | np.int64(data[at + 3]) << 8
    return low | high << 16  # type: ignore[return-value]  # numba: int64 is int


@bare
def kind_of(data: Bytes, at: int, end: int) -> int:
    """Return the WKB type of what begins at `at`, or a negative code."""
    if at + HEAD + COUNT > end:
        return CUT_SHORT
    if data[at] != 1:
        return BIG_ENDIAN
    kind = uint32(data, at + 1)
    if kind < 1 or kind > 7:
        return NOT_2D if kind > 7 else OTHER_TYPE
    return kind


@compiled
def points(data: Bytes, offsets: Ints, start: int, stop: int, out: Bytes) -> int:
    """Copy point rows to the bytes of xy; return the first bad row, or -1."""
    for row in range(start, stop):
        at, end = offsets[row], offsets[row + 1]
        if end - at != HEAD + VERTEX or kind_of(data, at, end) != POINT:
            return row
        for byte in range(VERTEX):
            out[VERTEX * row + byte] = data[at + HEAD + byte]
    return -1


@compiled
def point_code(data: Bytes, offsets: Ints, row: int) -> int:
    """Return why :func:`points` refused a row."""
    kind = kind_of(data, offsets[row], offsets[row + 1])
    if kind < 0:
        return kind
    return CUT_SHORT if kind == POINT else OTHER_TYPE


def kind_of_first(column: Any) -> int:  # noqa: ANN401 - Arrow has no types
    """Return the WKB type of the first row of a column that is not empty.

    Raises
    ------
    MeasureError
        If there is no such type in two dimensions.
    """
    head = (column[0].as_py() or b"")[:HEAD]
    if len(head) < HEAD or head[0] != 1:
        raise refuse(0, CUT_SHORT if len(head) < HEAD else BIG_ENDIAN)
    kind = int.from_bytes(head[1:], "little")
    if not 1 <= kind <= 6:
        raise refuse(0, NOT_2D if kind > 7 else OTHER_TYPE)
    return kind


def buffers(column: Any) -> list[tuple[Bytes, Ints]]:  # noqa: ANN401 - Arrow has no types
    """Return (bytes, offsets) of each chunk of an Arrow column of WKB, without copying bytes.

    Parameters
    ----------
    column : pyarrow.Array or pyarrow.ChunkedArray
        binary or large_binary; may be sliced.

    Raises
    ------
    MeasureError
        If it is of another type or holds a null.
    """
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    found, before = [], 0
    for chunk in chunks:
        if not (pa.types.is_binary(chunk.type) or pa.types.is_large_binary(chunk.type)):
            raise MeasureError(f"a column of WKB is binary, not {chunk.type}", where="geometry")
        if chunk.null_count:
            row = int(np.flatnonzero(chunk.is_null().to_numpy(zero_copy_only=False))[0])
            raise MeasureError("the geometry is missing", where=f"geometry, row {before + row}")
        if len(chunk):
            found.append(_views(chunk, pa.types.is_large_binary(chunk.type)))
        before += len(chunk)
    return found


def _views(chunk: Any, large: bool) -> tuple[Bytes, Ints]:  # noqa: ANN401 - Arrow has no types
    _, index, data = chunk.buffers()
    first, count = chunk.offset, len(chunk)
    kind = np.dtype(np.int64 if large else np.int32)
    offsets = np.frombuffer(index, kind, count + 1, first * kind.itemsize).astype(np.int64)
    view = np.frombuffer(data if data is not None else b"", np.uint8)
    view.flags.writeable = False  # numba compiles once for it
    return view, offsets


def joined(rows: NDArray[np.object_]) -> tuple[Bytes, Ints]:
    """Return (bytes, offsets) of an array of WKB bytes objects, shape (n,)."""
    offsets = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(row) for row in rows], out=offsets[1:])
    view = np.frombuffer(b"".join(rows), np.uint8)
    view.flags.writeable = False
    return view, offsets
