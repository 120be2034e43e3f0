"""The tile matrix set WebMercatorQuad (OGC 17-083r4, annex D.1): where a tile lies."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from geo import crs
from geo.crs import Box

NAME = "WebMercatorQuad"
URI = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{NAME}"
HALF_M = math.pi * 6_378_137.0
"""Half the side of the square world, metres of EPSG:3857."""

EXTENT = 4_096
"""Units along the side of a tile: the grid that coordinates are snapped to."""

BUFFER = 64
"""Units around a tile that are drawn with it, so that outlines meet at its edge."""

MAX_ZOOM = 18
"""Beyond it clients enlarge: a unit is 2.4 cm there."""

_MATRICES = 25
_PIXEL_M = 0.00028


@dataclass(frozen=True, order=True)
class Tile:
    """One tile: zoom, column from the west, row from the north."""

    z: int
    x: int
    y: int

    @property
    def side_m(self) -> float:
        """Length of a side, metres of EPSG:3857."""
        return 2 * HALF_M / (1 << self.z)

    @property
    def corner(self) -> tuple[int, int]:
        """The upper left corner in units of this zoom, counted from that of the world."""
        return self.x * EXTENT, self.y * EXTENT

    def box(self, margin: int = BUFFER) -> Box:
        """Return minx, miny, maxx, maxy in EPSG:3857 with `margin` units around."""
        side, more = self.side_m, self.side_m * margin / EXTENT
        left, top = -HALF_M + self.x * side, HALF_M - self.y * side
        return left - more, top - side - more, left + side + more, top + more

    def children(self) -> Iterator[Tile]:
        """Yield the four tiles of the next zoom that cover this one."""
        for dy in (0, 1):
            for dx in (0, 1):
                yield Tile(self.z + 1, 2 * self.x + dx, 2 * self.y + dy)


@dataclass(frozen=True)
class Limits:
    """The columns and rows of one zoom that a layer reaches, both ends included."""

    z: int
    min_x: int
    max_x: int
    min_y: int
    max_y: int

    def hold(self, tile: Tile) -> bool:
        """Tell whether a tile of this zoom lies within."""
        return self.min_x <= tile.x <= self.max_x and self.min_y <= tile.y <= self.max_y

    def tiles(self) -> Iterator[Tile]:
        """Yield every tile within, row by row."""
        for y in range(self.min_y, self.max_y + 1):
            for x in range(self.min_x, self.max_x + 1):
                yield Tile(self.z, x, y)


def units_per_m(z: int) -> float:
    """Return units of a zoom per metre of EPSG:3857."""
    return EXTENT * (1 << z) / (2 * HALF_M)


def to_units(xy: np.ndarray, z: int) -> np.ndarray:
    """Return coordinates in units of a zoom.

    They count from the corner of the world, not of a tile, so that tiles agree on every vertex.

    Parameters
    ----------
    xy : numpy.ndarray of float64, shape (n, 2)
        EPSG:3857, metres.

    Returns
    -------
    numpy.ndarray of float64, shape (n, 2)
        Units from the upper left corner of the world, y downwards; not yet snapped.
    """
    return (xy * (1, -1) + HALF_M) * units_per_m(z)


def limits_of(bounds: Box, z: int) -> Limits:
    """Return the tiles of a zoom that a box in EPSG:3857 touches, on the snapped grid."""
    scale = units_per_m(z)
    # What lies just left of a border may be snapped onto it or counted before it: allow both.
    low = np.floor(np.array([bounds[0] + HALF_M, HALF_M - bounds[3]]) * scale) // EXTENT
    high = np.rint(np.array([bounds[2] + HALF_M, HALF_M - bounds[1]]) * scale) // EXTENT
    ends = np.clip((low, high), 0, (1 << z) - 1).astype(np.int64).tolist()
    return Limits(z, ends[0][0], ends[1][0], ends[0][1], ends[1][1])


def definition() -> dict[str, Any]:
    """Return the tile matrix set as OGC 2D-TMS 2.0 JSON."""
    return {
        "id": NAME,
        "title": "Google Maps Compatible for the World",
        "uri": URI,
        "crs": crs.uri(crs.WEB_MERCATOR),
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [_matrix(z) for z in range(_MATRICES)],
    }


def _matrix(z: int) -> dict[str, Any]:
    cell = 2 * HALF_M / (256 * (1 << z))
    return {
        "id": str(z),
        "scaleDenominator": cell / _PIXEL_M,
        "cellSize": cell,
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-HALF_M, HALF_M],
        "tileWidth": 256,
        "tileHeight": 256,
        "matrixWidth": 1 << z,
        "matrixHeight": 1 << z,
    }
