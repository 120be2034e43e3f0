"""Borders whose vertices differ on their two sides, made to agree: for lengths alone.

Where three zones meet, two of them often have a corner on the long edge of the third, and rounding
has put it up to 1e-10 m beside that edge. For areas that is nothing. A line along such an edge
would lie in both zones, or in none, for all of its length. So a vertex is put into each edge that
passes a corner by less than :data:`NODE`, corners as near as that to each other become one, and a
line that passes a corner so near goes through it. :mod:`geo.measure.edges.borders` does the same
in the compiled form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

NODE = 5e-10
"""Metres: what passes a corner nearer than this passes through it."""

_Floats = NDArray[np.float64]
_Shapes = NDArray[np.object_]


class Corners:
    """The vertices of zones; of those within NODE of each other the first alone.

    Parameters
    ----------
    zones : numpy.ndarray of shapely.Polygon or shapely.MultiPolygon, shape (k,)
        EPSG:2180.
    """

    def __init__(self, zones: _Shapes) -> None:
        xy: _Floats = np.unique(shapely.get_coordinates(zones), axis=0)
        points = shapely.points(xy)
        near, first = shapely.STRtree(points).query(points, "dwithin", NODE)
        keep = np.arange(len(xy))
        np.minimum.at(keep, near, first)
        self._xy = xy[keep == np.arange(len(xy))]
        self._tree = shapely.STRtree(shapely.points(self._xy))

    def through(self, shapes: _Shapes) -> _Shapes:
        """Return polygons or lines that go through the corners that they pass, shape (n,)."""
        out: _Shapes = np.array(shapes, dtype=object).reshape(-1)
        for row in np.unique(self._tree.query(out, "dwithin", NODE)[0]).tolist():
            made = _rebuilt(out[row], self._walk)
            # Where a hair's breadth folds over itself, it stays as it was.
            out[row] = made if made.is_valid else out[row]
        return out

    def _walk(self, xy: _Floats) -> _Floats:
        xy = self._moved(xy)
        edges = shapely.linestrings(np.stack((xy[:-1], xy[1:]), axis=1))
        edge, corner = self._tree.query(edges, "dwithin", NODE)
        at = self._xy[corner]
        start, end = (np.hypot(*(xy[edge + k] - at).T) for k in (0, 1))
        some = (start > NODE) & (end > NODE)
        order = np.lexsort((start[some], edge[some]))
        edge, at = edge[some][order], at[some][order]
        return np.insert(xy, edge + 1, at, axis=0)

    def _moved(self, xy: _Floats) -> _Floats:
        """Return vertices, each on the corner that is within NODE of it, if there is one."""
        vertex, corner = self._tree.query(shapely.points(xy), "dwithin", NODE)
        out = xy.copy()
        out[vertex] = self._xy[corner]
        return out


def _rebuilt(shape: Any, walk: Callable[[_Floats], _Floats]) -> Any:  # noqa: ANN401 - shapely
    """Return a shape of the same kind with every ring and line walked anew; Z is dropped."""
    if hasattr(shape, "geoms"):
        return type(shape)([_rebuilt(part, walk) for part in shape.geoms])
    if shape.geom_type == "Polygon":
        outer, *holes = (walk(shapely.get_coordinates(ring)) for ring in shapely.get_rings(shape))
        return shapely.Polygon(outer, holes)
    return shapely.LineString(walk(shapely.get_coordinates(shape)))
