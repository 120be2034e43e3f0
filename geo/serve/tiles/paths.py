"""Geometries as flat arrays: vertices, the paths they make, and the features those make.

A path is a ring without its closing vertex, a line, or all points of a feature.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geo.model.layer import Family
from geo.serve.tiles.varint import spans, sums

_POINT, _LINE, _POLYGON = 0, 1, 3


@dataclass(frozen=True)
class Paths:
    """The geometries of n features, all of one family.

    Attributes
    ----------
    family : str
        point, line or polygon.
    xy : numpy.ndarray, shape (v, 2)
        float64 in EPSG:3857, or int64 in units of a tile.
    starts : numpy.ndarray of int64, shape (p + 1,)
        First vertex of each path.
    first : numpy.ndarray of int64, shape (n + 1,)
        First path of each feature.
    outer : numpy.ndarray of bool, shape (p,)
        False for holes, which follow the ring that they lie in.
    """

    family: Family
    xy: np.ndarray
    starts: np.ndarray
    first: np.ndarray
    outer: np.ndarray

    def __len__(self) -> int:
        return len(self.first) - 1

    @property
    def nbytes(self) -> int:
        """Memory that the arrays take, bytes."""
        return self.xy.nbytes + self.starts.nbytes + self.first.nbytes + self.outer.nbytes

    @property
    def counts(self) -> np.ndarray:
        """Vertices of each path, shape (p,)."""
        return np.diff(self.starts)

    @property
    def feature_of_path(self) -> np.ndarray:
        """Feature of each path, shape (p,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.first))

    @property
    def first_vertex(self) -> np.ndarray:
        """First vertex of each feature and the end, shape (n + 1,)."""
        return np.asarray(self.starts[self.first])

    def take(self, rows: np.ndarray) -> Paths:
        """Return some features, shape (m,), in that order."""
        many = np.diff(self.first)[rows]
        paths = spans(self.first[:-1][rows], many)
        counts = self.counts[paths]
        vertices = spans(self.starts[:-1][paths], counts)
        return Paths(
            self.family, self.xy[vertices], offsets_of(counts), offsets_of(many), self.outer[paths]
        )

    def moved(self, xy: np.ndarray) -> Paths:
        """Return the same paths through other places, shape (v, 2)."""
        return Paths(self.family, xy, self.starts, self.first, self.outer)

    def keep_paths(self, kept: np.ndarray) -> Paths:
        """Return the same features with only some paths, bool of shape (p,)."""
        if kept.all():
            return self
        vertices = np.repeat(kept, self.counts)
        first = offsets_of(kept.astype(np.int64))[self.first]
        return Paths(
            self.family, self.xy[vertices], offsets_of(self.counts[kept]), first, self.outer[kept]
        )

    def keep_vertices(self, kept: np.ndarray) -> Paths:
        """Return the same paths with only some vertices, bool of shape (v,)."""
        if kept.all():
            return self
        starts = offsets_of(kept.astype(np.int64))[self.starts]
        return Paths(self.family, self.xy[kept], starts, self.first, self.outer)

    def boxes(self) -> np.ndarray:
        """Return minx, miny, maxx, maxy of each feature, shape (n, 4); every one has vertices."""
        if len(self) == 0:
            return np.empty((0, 4), dtype=self.xy.dtype)
        begin = self.first_vertex[:-1]
        low = np.minimum.reduceat(self.xy, begin, axis=0)
        return np.hstack((low, np.maximum.reduceat(self.xy, begin, axis=0)))

    def reach(self) -> np.ndarray:
        """Return the longer side of the largest path's box of each feature, 0 without one: (n,)."""
        begin = self.starts[:-1]
        if len(begin) == 0:
            return np.zeros(len(self), dtype=self.xy.dtype)
        sides = np.maximum.reduceat(self.xy, begin) - np.minimum.reduceat(self.xy, begin)
        found = np.zeros(len(self), dtype=self.xy.dtype)
        np.maximum.at(found, self.feature_of_path, sides.max(axis=1))
        return found

    def areas(self) -> np.ndarray:
        """Return twice the signed area of each path as a ring, shape (p,).

        Counted from the first vertex of the ring, so that whole numbers stay exact.
        """
        counts = self.counts
        some = counts > 0
        here = self.xy - np.repeat(self.xy[self.starts[:-1][some]], counts[some], axis=0)
        there = here[following(self.starts, counts)]
        cross = here[:, 0] * there[:, 1] - there[:, 0] * here[:, 1]
        return sums(cross, counts)


def offsets_of(counts: np.ndarray) -> np.ndarray:
    """Return where runs of `counts`, shape (n,), begin, and the end: shape (n + 1,)."""
    return np.concatenate(([0], np.cumsum(counts)))


def following(starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the vertex after each vertex, round the ring: shape (v,)."""
    after = np.arange(1, int(starts[-1]) + 1)
    some = counts > 0
    after[starts[1:][some] - 1] = starts[:-1][some]
    return after


def joined(parts: Sequence[Paths]) -> Paths:
    """Return the features of several parts, of which there is at least one, one after another."""
    if len(parts) == 1:
        return parts[0]
    return Paths(
        parts[0].family,
        np.concatenate([part.xy for part in parts]),
        offsets_of(np.concatenate([part.counts for part in parts])),
        offsets_of(np.concatenate([np.diff(part.first) for part in parts])),
        np.concatenate([part.outer for part in parts]),
    )


def from_shapes(shapes: np.ndarray, family: Family) -> Paths:
    """Return shapely geometries, shape (n,), as paths; parts of other families are left out.

    Rings keep their direction; see :func:`shapely.orient_polygons`.
    """
    if family == "point":
        xy, owner = shapely.get_coordinates(shapes, return_index=True)
        counts = np.bincount(owner, minlength=len(shapes))
        starts = offsets_of(counts)
        return Paths(family, xy, starts, np.arange(len(shapes) + 1), np.ones(len(shapes), bool))
    parts, owner = shapely.get_parts(shapes, return_index=True)
    # A clipped geometry may be a collection that holds multi-part geometries.
    parts, inner = shapely.get_parts(parts, return_index=True)
    owner = owner[inner]
    wanted = shapely.get_type_id(parts) == (_POLYGON if family == "polygon" else _LINE)
    parts, owner = parts[wanted], owner[wanted]
    if family == "polygon":
        return _rings(parts, owner, len(shapes))
    xy, path = shapely.get_coordinates(parts, return_index=True)
    starts = offsets_of(np.bincount(path, minlength=len(parts)))
    first = offsets_of(np.bincount(owner, minlength=len(shapes)))
    return Paths(family, xy, starts, first, np.ones(len(parts), bool))


def _rings(parts: np.ndarray, owner: np.ndarray, features: int) -> Paths:
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, path = shapely.get_coordinates(rings, return_index=True)
    closed = offsets_of(np.bincount(path, minlength=len(rings)))
    kept = np.ones(len(xy), dtype=bool)
    kept[closed[1:] - 1] = False
    outer = np.ones(len(rings), dtype=bool)
    outer[1:] = part[1:] != part[:-1]
    first = offsets_of(np.bincount(owner[part], minlength=features))
    starts = closed - np.arange(len(closed))
    return Paths("polygon", xy[kept], starts, first, outer)


def to_shapes(paths: Paths) -> np.ndarray:
    """Return paths as shapely geometries, shape (n,): multi-part ones, float64 coordinates."""
    if paths.family != "polygon":
        lines = paths.family == "line"
        kind = shapely.GeometryType.MULTILINESTRING if lines else shapely.GeometryType.MULTIPOINT
        offsets = (paths.starts, paths.first) if lines else (paths.starts,)
        return np.asarray(shapely.from_ragged_array(kind, paths.xy.astype(np.float64), offsets))
    counts = paths.counts
    # Each ring gets its first vertex once more at its end.
    order = spans(paths.starts[:-1], counts + 1)
    order[np.cumsum(counts + 1) - 1] = paths.starts[:-1]
    polygons = offsets_of(np.diff(np.append(np.flatnonzero(paths.outer), len(paths.outer))))
    per_feature = offsets_of(paths.outer.astype(np.int64))[paths.first]
    return np.asarray(
        shapely.from_ragged_array(
            shapely.GeometryType.MULTIPOLYGON,
            paths.xy[order].astype(np.float64),
            (offsets_of(counts + 1), polygons, per_feature),
        )
    )
