"""Mapbox Vector Tile 2.1 from arrays: every number of a layer becomes a varint in one pass.

https://github.com/mapbox/vector-tile-spec/tree/master/2.1
"""

from __future__ import annotations

import numpy as np

from geo.model.layer import Family
from geo.serve.tiles import varint
from geo.serve.tiles.attributes import Tags
from geo.serve.tiles.matrix import EXTENT
from geo.serve.tiles.paths import Paths
from geo.serve.tiles.varint import interleave, sizes, sums

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
_LAYER, _VERSION, _NAME, _FEATURE, _EXTENT = 3, 15, 1, 2, 5
_ID, _TAGS, _TYPE, _GEOMETRY = 1, 2, 3, 4
_KINDS: dict[Family, int] = {"point": 1, "line": 2, "polygon": 3}
_MOVE, _LINE, _CLOSE = 1, 2, 15


def encode_layer(name: str, paths: Paths, tags: Tags, ids: np.ndarray | None = None) -> bytes:
    """Return one layer of a tile.

    Parameters
    ----------
    name : str
    paths : Paths
        Of m features, int64 in units of the tile, y downwards; exteriors of positive area. Each
        feature has at least one path, each path its least number of vertices.
    tags : Tags
        Of the same features.
    ids : numpy.ndarray of int64, shape (m,), optional
        Feature ids, 0 or more; none otherwise.

    Returns
    -------
    bytes
        Deterministic; a tile is the concatenation of its layers. Empty without features.
    """
    if len(paths) == 0:
        return b""
    head = varint.number(_VERSION, 2) + varint.message(_NAME, name.encode())
    body = head + _features(paths, tags, ids) + tags.tables + varint.number(_EXTENT, EXTENT)
    return varint.message(_LAYER, body)


def _features(paths: Paths, tags: Tags, ids: np.ndarray | None) -> bytes:
    m = len(paths)
    one = np.ones(m, dtype=np.int64)
    geometry, lengths = commands(paths)
    shape = _packed(_GEOMETRY, geometry, lengths)
    words = _packed(_TAGS, tags.indices, tags.counts)
    kind = (np.tile(_both(varint.key(_TYPE, varint.VARINT), _KINDS[paths.family]), m), 2 * one)
    pieces = [*words, kind, *shape]
    if ids is not None:
        keys = np.full(m, varint.key(_ID, varint.VARINT), dtype=np.uint64)
        pieces.insert(0, (np.column_stack((keys, ids.astype(np.uint64))).ravel(), 2 * one))
    bodies = np.sum([sums(sizes(values), counts) for values, counts in pieces], axis=0)
    heads = np.full(m, varint.key(_FEATURE, varint.BYTES), dtype=np.uint64)
    start = (np.column_stack((heads, bodies.astype(np.uint64))).ravel(), 2 * one)
    return varint.varints(interleave(start, *pieces))


def _both(one: int, other: int) -> np.ndarray:
    return np.array([one, other], dtype=np.uint64)


def _packed(
    field: int, values: np.ndarray, counts: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return a packed field per feature as pieces: key and length, then the values."""
    some = counts > 0
    lengths = sums(sizes(values), counts)[some].astype(np.uint64)
    keys = np.full(len(lengths), varint.key(field, varint.BYTES), dtype=np.uint64)
    return [(np.column_stack((keys, lengths)).ravel(), 2 * some.astype(np.int64)), (values, counts)]


def commands(paths: Paths) -> tuple[np.ndarray, np.ndarray]:
    """Return the drawing commands of features.

    Returns
    -------
    values : numpy.ndarray of uint64, shape (c,)
    counts : numpy.ndarray of int64, shape (m,)
        How many of `values` each feature has.
    """
    counts = paths.counts
    steps = varint.zigzag(_steps(paths)).ravel()
    if paths.family == "point":
        # One command moves to all points of the feature.
        heads = (counts.astype(np.uint64) << np.uint64(3)) | np.uint64(_MOVE)
        one = np.ones(len(counts), dtype=np.int64)
        return interleave((heads, one), (steps, 2 * counts)), 1 + 2 * counts
    one = np.ones(len(counts), dtype=np.int64)
    first = np.zeros(len(steps), dtype=bool)
    first[2 * paths.starts[:-1]] = first[2 * paths.starts[:-1] + 1] = True
    move = np.full(len(counts), 1 << 3 | _MOVE, dtype=np.uint64)
    line = ((counts - 1).astype(np.uint64) << np.uint64(3)) | np.uint64(_LINE)
    pieces = [(move, one), (steps[first], 2 * one), (line, one), (steps[~first], 2 * (counts - 1))]
    if paths.family == "polygon":
        pieces.append((np.full(len(counts), _CLOSE, dtype=np.uint64), one))
    per_path = np.sum([many for _, many in pieces], axis=0)
    return interleave(*pieces), sums(per_path, np.diff(paths.first))


def _steps(paths: Paths) -> np.ndarray:
    """Return each vertex less the one before it in its feature, shape (v, 2)."""
    steps = np.diff(paths.xy, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    begin = paths.first_vertex[:-1]
    steps[begin] = paths.xy[begin]
    return steps
