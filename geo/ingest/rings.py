"""Polygons whose rings GEOS cannot build: rings of one or two points, rings left open.

Real files hold them (a county's border with an island of one point); GEOS refuses the whole
feature, so the well-known binary is read here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
import shapely

_POLYGON, _MULTIPOLYGON = 3, 6
_FEWEST = 4
"""Points of a closed ring that has an inside."""


def rebuild(wkb: bytes) -> shapely.Geometry | None:
    """Return a polygon without its collapsed rings and with open ones closed.

    Parameters
    ----------
    wkb : bytes
        Polygon or MultiPolygon, ISO or extended WKB, any dimension.

    Returns
    -------
    shapely.Polygon or shapely.MultiPolygon or None
        2D, not necessarily valid; None if nothing is left, or if it is no polygon.
    """
    try:
        polygons = list(_polygons(wkb))
    except (struct.error, ValueError):
        return None
    shapes = [_polygon(rings) for rings in polygons]
    left = [shape for shape in shapes if shape is not None]
    if not left:
        return None
    return left[0] if len(polygons) == 1 else shapely.MultiPolygon(left)


def _polygon(rings: list[np.ndarray]) -> shapely.Polygon | None:
    closed = [
        ring if (ring[0] == ring[-1]).all() else np.vstack((ring, ring[:1])) for ring in rings
    ]
    sound = [len(ring) >= _FEWEST for ring in closed]
    if not sound or not sound[0]:
        return None
    holes = [ring for ring, good in zip(closed[1:], sound[1:], strict=True) if good]
    return shapely.Polygon(closed[0], holes)


def _polygons(wkb: bytes) -> Iterator[list[np.ndarray]]:
    """Yield the rings of each polygon: float64 arrays of shape (points, 2)."""
    kind, dimension, order, at = _head(wkb, 0)
    if kind == _POLYGON:
        yield _rings(wkb, at, dimension, order)[0]
    elif kind == _MULTIPOLYGON:
        (count,) = struct.unpack_from(f"{order}I", wkb, at)
        at += 4
        for _ in range(count):
            _, dimension, order, start = _head(wkb, at)
            rings, at = _rings(wkb, start, dimension, order)
            yield rings


def _head(wkb: bytes, at: int) -> tuple[int, int, str, int]:
    """Return (kind, coordinates per point, byte order, where the content begins)."""
    order = "<" if wkb[at : at + 1] == b"\x01" else ">"
    (code,) = struct.unpack_from(f"{order}I", wkb, at + 1)
    # ISO adds 1000 for Z, 2000 for M, 3000 for both; extended WKB sets the upper bits.
    iso = (code & 0xFFFF) // 1000
    extra = bool(code & 0x80000000) + bool(code & 0x40000000) + (0, 1, 1, 2)[min(iso, 3)]
    skipped = 4 if code & 0x20000000 else 0
    return (code & 0xFFFF) % 1000, 2 + extra, order, at + 5 + skipped


def _rings(wkb: bytes, at: int, dimension: int, order: str) -> tuple[list[np.ndarray], int]:
    (count,) = struct.unpack_from(f"{order}I", wkb, at)
    at += 4
    rings = []
    for _ in range(count):
        (points,) = struct.unpack_from(f"{order}I", wkb, at)
        flat = np.frombuffer(wkb, f"{order}f8", points * dimension, at + 4)
        if points:
            rings.append(flat.reshape(points, dimension)[:, :2].astype(float))
        at += 4 + flat.nbytes
    return rings, at
