"""Parcels at any scale: the plots of the city split again, in bounded memory.

`scale` multiplies the number of parcels and nothing else: 1 gives the plots that the city has
(about 14 thousand), 14.5 about 200 thousand, 290 about 4 million. A plot that its middle can see
whole is cut into triangles around it, each of these into three quadrangles, and these into four
again and again: all of them convex. Every edge is split at the same midpoints on both of its
sides, so that the parcels stay an exact coverage. The largest plots are split first, until there
are as many parcels as asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely

BATCH_QUADS = 120_000
"""Parcels made at a time: about 25 MB of coordinates."""

LEAST_M2 = 0.5
"""A plot with a smaller triangle around its middle stays whole."""


@dataclass(frozen=True)
class Split:
    """Which parcels are split, and how deep.

    Attributes
    ----------
    depth : int
        0: nothing is split.
    chosen : numpy.ndarray of bool, shape (n,)
    vertices : numpy.ndarray of int, shape (n,)
        Of each outer ring; a chosen parcel becomes ``3 * vertices * 4 ** (depth - 1)``.
    """

    depth: int
    chosen: np.ndarray
    vertices: np.ndarray

    @property
    def parcels(self) -> int:
        """How many parcels there will be."""
        many = _children(self.vertices[self.chosen], self.depth)
        return int((~self.chosen).sum() + many.sum())


def plan_split(parcels: np.ndarray, scale: float) -> Split:
    """Choose parcels to split so that there are about ``scale * len(parcels)``.

    Parameters
    ----------
    parcels : numpy.ndarray of shapely.Polygon, shape (n,)
        An exact coverage, metres.
    scale : float
        1 or more.
    """
    vertices, able = _rings(parcels)
    target = round(scale * len(parcels))
    depth = 0
    while (~able).sum() + _children(vertices[able], depth).sum() < target:
        depth += 1
    chosen = np.zeros(len(parcels), dtype=bool)
    if depth:
        order = np.flatnonzero(able)[np.argsort(-shapely.area(parcels[able]), kind="stable")]
        gain = np.cumsum(_children(vertices[order], depth) - 1)
        chosen[order[: int(np.searchsorted(gain, target - len(parcels))) + 1]] = True
    return Split(depth, chosen, vertices)


def _children(vertices: np.ndarray, depth: int) -> np.ndarray:
    return 3 * vertices * 4 ** (depth - 1) if depth else np.ones_like(vertices)


def _rings(parcels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of corners of each outer ring, and whether the parcel can be split."""
    triangles, owner, n = _triangles(parcels)
    (a, b), c = triangles[:, :2].transpose(1, 0, 2), triangles[:, 2]
    twice = (a[:, 0] - c[:, 0]) * (b[:, 1] - c[:, 1]) - (a[:, 1] - c[:, 1]) * (b[:, 0] - c[:, 0])
    ccw = shapely.is_ccw(shapely.get_exterior_ring(parcels))
    area = np.where(ccw[owner], twice, -twice) / 2
    least = np.minimum.reduceat(area, np.cumsum(n) - n)
    return n, (least >= LEAST_M2) & (shapely.get_num_interior_rings(parcels) == 0)


def _triangles(parcels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return triangles (corner, next corner, middle), the parcel of each, and corners a parcel."""
    xy, index = shapely.get_coordinates(shapely.get_exterior_ring(parcels), return_index=True)
    count = np.bincount(index)
    last = np.zeros(len(xy), dtype=bool)
    last[np.cumsum(count) - 1] = True
    first = np.flatnonzero(~last)
    middle = shapely.get_coordinates(shapely.centroid(parcels))
    owner = index[first]
    return np.stack((xy[first], xy[first + 1], middle[owner]), axis=1), owner, count - 1


def batches(parcels: np.ndarray, split: Split) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the parcels in batches of bounded size, in the order of their originals.

    Yields
    ------
    geometry : numpy.ndarray of shapely.Polygon, shape (k,)
    source : numpy.ndarray of int, shape (k,)
        The original parcel of each.
    """
    if split.depth == 0:
        yield parcels, np.arange(len(parcels))
        return
    weight = np.where(split.chosen, _children(split.vertices, split.depth), 4)
    batch = np.cumsum(weight) // BATCH_QUADS
    for rows in np.split(np.arange(len(parcels)), np.flatnonzero(np.diff(batch)) + 1):
        chosen = rows[split.chosen[rows]]
        whole = rows[~split.chosen[rows]]
        geometry = _halved(parcels[whole], split.depth)
        quads, owner = _quads(parcels[chosen], split.depth)
        source = np.concatenate((whole, chosen[owner]))
        order = np.argsort(source, kind="stable")
        yield np.concatenate((geometry, shapely.polygons(quads)))[order], source[order]


def _halved(parcels: np.ndarray, depth: int) -> np.ndarray:
    """Return parcels with every edge halved `depth` times, as their split neighbours need."""
    whole = []
    for parcel in parcels:
        rings = [_halve_ring(np.asarray(ring.coords), depth)
                 for ring in (parcel.exterior, *parcel.interiors)]  # fmt: skip
        whole.append(shapely.Polygon(rings[0], rings[1:]))
    return np.array(whole, dtype=object)


def _halve_ring(ring: np.ndarray, depth: int) -> np.ndarray:
    for _ in range(depth):
        longer = np.empty((2 * len(ring) - 1, 2))
        longer[0::2], longer[1::2] = ring, (ring[:-1] + ring[1:]) / 2
        ring = longer
    return ring


def _quads(parcels: np.ndarray, depth: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the pieces of parcels, shape (k, 4, 2), and the parcel of each."""
    if len(parcels) == 0:
        return np.empty((0, 4, 2)), np.empty(0, dtype=int)
    corners, owner, _ = _triangles(parcels)
    quads = _pieces(corners)
    owner = np.repeat(owner, 3)
    for _ in range(depth - 1):
        quads = _pieces(quads)
        owner = np.repeat(owner, 4)
    return quads, owner


def _pieces(shapes: np.ndarray) -> np.ndarray:
    """Cut shapes (m, corners, 2) from their hearts to the middles of their edges."""
    half = (shapes + np.roll(shapes, -1, axis=1)) / 2
    heart = np.broadcast_to(shapes.mean(axis=1)[:, None], shapes.shape)
    return np.stack((shapes, half, heart, np.roll(half, 1, axis=1)), axis=2).reshape(-1, 4, 2)
