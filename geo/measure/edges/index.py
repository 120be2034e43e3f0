"""Zones made ready for many features: flat arrays, blocks of edges, and a grid of cells."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geo.measure.edges.blocks import Blocks, blocks
from geo.measure.edges.flat import Flat
from geo.measure.edges.grid import Grid, fitting_step, grid
from geo.measure.zones import Floats


class Index(NamedTuple):
    """k zones; kernels take it as it is, and threads share it (nothing is written)."""

    flat: Flat
    blocks: Blocks
    grid: Grid

    @property
    def size(self) -> int:
        """The number of zones."""
        return len(self.flat.areas_m2)


def index(
    zones: Flat,
    features: Floats | None = None,
    step_m: float | None = None,
    count: int | None = None,
) -> Index:
    """Return zones ready to be measured in.

    Parameters
    ----------
    zones : Flat
        Polygons, EPSG:2180. Their order decides where a shared border belongs.
    features : numpy.ndarray of float, shape (n, 4), optional
        Boxes of what will be measured: their number and size choose the size of the cells.
    step_m : float, optional
        Side of a cell in metres, when the caller knows better.
    count : int, optional
        How many there will be, when `features` is only a sample.
    """
    if step_m is None:
        boxes = np.empty((0, 4)) if features is None else features
        step_m = fitting_step(zones, boxes, len(boxes) if count is None else count)
    return Index(zones, blocks(zones), grid(zones, step_m))
