"""A coarse grid over the zones: most features lie in cells that belong to one zone alone."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

SIDE = 128
"""Cells along each side: 16 384 boxes cost about 0.1 s once, and settle nine parcels of ten."""
MARGIN = 1e-3
"""Metres by which a cell is grown before it is judged, against rounding at its edges."""

MIXED = -1
"""The cell, or the feature, must be looked at exactly."""
NOWHERE = -2
"""The cell, or the feature, lies outside every zone."""


class Grid:
    """The zone of each cell: its index, MIXED or NOWHERE.

    Parameters
    ----------
    zones : numpy.ndarray of shapely geometries, shape (k,)
        Prepared polygons in EPSG:2180.
    """

    def __init__(self, zones: NDArray[np.object_], side: int = SIDE) -> None:
        west, south, east, north = shapely.total_bounds(zones)
        self._side = side
        self._origin = np.array([west, south])
        self._end = np.array([east, north])
        self._step = np.maximum(np.array([east - west, north - south]) / side, MARGIN)
        boxes = self._boxes()
        self._cells = np.full(side * side, NOWHERE, dtype=np.int64)
        tree = shapely.STRtree(boxes)
        for index, zone in enumerate(zones):
            near = tree.query(zone)
            near = near[shapely.intersects(zone, boxes[near])]
            pure = shapely.covers(zone, boxes[near])
            alone = self._cells[near] == NOWHERE
            self._cells[near] = np.where(pure & alone, index, MIXED)
        mixed = (self._cells == MIXED).reshape(side, side)
        self._sums = np.zeros((side + 1, side + 1), dtype=np.int64)
        self._sums[1:, 1:] = mixed.cumsum(axis=0).cumsum(axis=1)

    def _boxes(self) -> NDArray[np.object_]:
        column, row = np.meshgrid(np.arange(self._side), np.arange(self._side))
        x = self._origin[0] + column.ravel() * self._step[0]
        y = self._origin[1] + row.ravel() * self._step[1]
        boxes: NDArray[np.object_] = shapely.box(
            x - MARGIN, y - MARGIN, x + self._step[0] + MARGIN, y + self._step[1] + MARGIN
        )
        return boxes

    def zone_of(self, bounds: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the zone that wholly holds each box, or MIXED, or NOWHERE.

        Parameters
        ----------
        bounds : numpy.ndarray, shape (n, 4)
            minx, miny, maxx, maxy in EPSG:2180; NaN for an empty geometry.

        Returns
        -------
        numpy.ndarray of int, shape (n,)
            Certain where it is a zone or NOWHERE.
        """
        empty = np.isnan(bounds).any(axis=1)
        low = self._cell(np.where(empty[:, None], self._origin, bounds[:, :2]))
        high = self._cell(np.where(empty[:, None], self._origin, bounds[:, 2:]))
        inside = (low >= 0).all(axis=1) & (high < self._side).all(axis=1)
        low, high = np.clip(low, 0, self._side - 1), np.clip(high, 0, self._side - 1)
        pure = inside & (self._mixed_in(low, high + 1) == 0)
        # Cells overlap by their margins: without a mixed one between them they are all alike.
        zone = np.where(pure, self._cells[low[:, 1] * self._side + low[:, 0]], MIXED)
        # By the margin, for what lies on the rim is judged with a tolerance.
        low_side, high_side = self._origin - MARGIN, self._end + MARGIN
        beyond = ((bounds[:, 2:] < low_side) | (bounds[:, :2] > high_side)).any(axis=1)
        return np.where(empty | beyond, NOWHERE, zone)

    def _mixed_in(self, low: NDArray[np.int64], high: NDArray[np.int64]) -> NDArray[np.int64]:
        """Count the mixed cells of each block, from a table of running sums."""
        sums = self._sums
        return np.asarray(
            sums[high[:, 1], high[:, 0]]
            - sums[low[:, 1], high[:, 0]]
            - sums[high[:, 1], low[:, 0]]
            + sums[low[:, 1], low[:, 0]]
        )

    def _cell(self, xy: NDArray[np.float64]) -> NDArray[np.int64]:
        cell: NDArray[np.int64] = np.floor((xy - self._origin) / self._step).astype(np.int64)
        return cell
