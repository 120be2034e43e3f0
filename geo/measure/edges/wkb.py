"""Well-known binary to coordinates, without GEOS objects.

A row is ``order (1 byte) type (uint32)``, then for a polygon ``rings`` and for each ring
``vertices`` and its coordinates, 16 bytes a vertex; a line has one ring and no count of rings; a
multi geometry is a count and as many rows. Only little-endian 2D is read; every length is checked
against the end of the row before anything is read there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geo.errors import MeasureError
from geo.measure.edges.bare import bare
from geo.measure.edges.compiled import compiled
from geo.measure.zones import Bools, Floats, Ints

Bytes = NDArray[np.uint8]
Views = tuple[Floats, ...]

POINT, LINE, POLYGON = 1, 2, 3
"""WKB types; the multi type of each is 3 more."""
HEAD = 5
COUNT = 4
VERTEX = 16
DOUBLE = 8

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


@bare
def _uint32(data: Bytes, at: int) -> int:
    low = np.int64(data[at]) | np.int64(data[at + 1]) << 8
    high = np.int64(data[at + 2]) | np.int64(data[at + 3]) << 8
    return low | high << 16  # type: ignore[return-value]  # numba: int64 is int


@bare
def _kind(data: Bytes, at: int, end: int) -> int:
    """Return the WKB type of what begins at `at`, or a negative code."""
    if at + HEAD + COUNT > end:
        return CUT_SHORT
    if data[at] != 1:
        return BIG_ENDIAN
    kind = _uint32(data, at + 1)
    if kind < 1 or kind > 7:
        return NOT_2D if kind > 7 else OTHER_TYPE
    return kind


@bare
def _part_size(data: Bytes, at: int, end: int, family: int) -> tuple[int, int, int]:
    """Return (rings, vertices, next byte) of the part whose type ends at `at`; or a code < 0."""
    rings = 1
    if family == POLYGON:
        if at + COUNT > end:
            return CUT_SHORT, 0, at
        rings = _uint32(data, at)
        at += COUNT
    vertices = 0
    for _ in range(rings):
        if at + COUNT > end:
            return CUT_SHORT, 0, at
        here = _uint32(data, at)
        at += COUNT + VERTEX * here
        vertices += here
    if at > end:
        return CUT_SHORT, 0, at
    return rings, vertices, at


@bare
def _row_size(data: Bytes, at: int, end: int, family: int) -> tuple[int, int]:
    """Return (rings, vertices) of one row; or a code < 0."""
    kind = _kind(data, at, end)
    if kind != family and kind != family + 3:
        return (kind if kind < 0 else OTHER_TYPE), 0
    parts, many = 1, kind != family
    at += HEAD
    if many:
        parts = _uint32(data, at)
        at += COUNT
    rings, vertices = 0, 0
    for _ in range(parts):
        if many:
            kind = _kind(data, at, end)
            if kind != family:
                return (kind if kind < 0 else OTHER_TYPE), 0
            at += HEAD
        more, points, at = _part_size(data, at, end, family)
        if more < 0:
            return more, 0
        rings += more
        vertices += points
    return (rings, vertices) if at == end else (CUT_SHORT, 0)


@compiled
def sizes(data: Bytes, offsets: Ints, family: int, start: int, stop: int, out: Ints) -> int:
    """Write rings and vertices of rows [start, stop) to out (n, 2); return the first bad row.

    A bad row holds its code in ``out[row, 0]``; the answer is -1 where there is none.
    """
    bad = -1
    for row in range(start, stop):
        rings, vertices = _row_size(data, offsets[row], offsets[row + 1], family)
        out[row, 0] = rings
        out[row, 1] = vertices
        if rings < 0 and bad < 0:
            bad = row
    return bad


@compiled
def coordinates(
    data: Bytes,
    offsets: Ints,
    family: int,
    start: int,
    stop: int,
    ring: Ints,
    vertex: Ints,
    rings: Ints,
    outer: Bools,
    xy: Floats,
    views: Views,
) -> None:
    """Copy rows [start, stop) whose :func:`sizes` were good.

    Parameters
    ----------
    ring, vertex : numpy.ndarray of int, shape (n,)
        Where each row's rings and vertices begin in the output.
    rings : numpy.ndarray of int
        Takes the first vertex of each ring.
    outer : numpy.ndarray of bool
        Takes whether a ring is the first of its part.
    xy : numpy.ndarray of float, shape (v, 2)
        Takes the coordinates.
    views : tuple of numpy.ndarray
        From :func:`shifted`.
    """
    for row in range(start, stop):
        at = offsets[row]
        parts, many = 1, _uint32(data, at + 1) != family
        at += HEAD
        if many:
            parts = _uint32(data, at)
            at += COUNT
        here, to = ring[row], vertex[row]
        for _ in range(parts):
            at += HEAD if many else 0
            inner = 1
            if family == POLYGON:
                inner = _uint32(data, at)
                at += COUNT
            for number in range(inner):
                points = _uint32(data, at)
                at += COUNT
                rings[here] = to
                outer[here] = number == 0
                here += 1
                view, k = views[at % DOUBLE], at // DOUBLE
                for _ in range(points):
                    xy[to, 0], xy[to, 1] = view[k], view[k + 1]
                    to += 1
                    k += 2
                at += VERTEX * points


@compiled
def points(data: Bytes, offsets: Ints, start: int, stop: int, out: Bytes) -> int:
    """Copy point rows to the bytes of xy; return the first bad row, or -1."""
    for row in range(start, stop):
        at, end = offsets[row], offsets[row + 1]
        if end - at != HEAD + VERTEX or _kind(data, at, end) != POINT:
            return row
        for byte in range(VERTEX):
            out[VERTEX * row + byte] = data[at + HEAD + byte]
    return -1


@compiled
def point_code(data: Bytes, offsets: Ints, row: int) -> int:
    """Return why :func:`points` refused a row."""
    kind = _kind(data, offsets[row], offsets[row + 1])
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


def shifted(data: Bytes) -> Views:
    """Return eight views of the bytes as doubles, the i-th from byte i on.

    Coordinates begin at any byte; a double at byte b is ``views[b % 8][b // 8]``.
    """
    return tuple(data[at : at + (len(data) - at) // DOUBLE * DOUBLE].view(np.float64)
                 for at in range(DOUBLE))  # fmt: skip


def joined(rows: NDArray[np.object_]) -> tuple[Bytes, Ints]:
    """Return (bytes, offsets) of an array of WKB bytes objects, shape (n,)."""
    offsets = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(row) for row in rows], out=offsets[1:])
    view = np.frombuffer(b"".join(rows), np.uint8)
    view.flags.writeable = False
    return view, offsets
