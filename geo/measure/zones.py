"""Zones, prepared once for many measures: index, unions, overlaps and shared borders."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.measure.fitted import Corners
from geo.measure.grid import Grid

Geometries = NDArray[np.object_]
"""An array of shapely geometries in EPSG:2180, metres."""
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Zones:
    """Polygons that features are measured in.

    Prepared geometries crash when two threads use them: the geometries are copied here, and
    each thread takes a :meth:`copy` of its own.

    Parameters
    ----------
    geometries : numpy.ndarray of shapely.Polygon or shapely.MultiPolygon, shape (k,)
        Valid, in EPSG:2180. Their order decides where a shared border belongs.
    """

    def __init__(self, geometries: Geometries) -> None:
        self.geometries: Geometries = np.array(
            shapely.from_wkb(shapely.to_wkb(np.asarray(geometries, dtype=object))), dtype=object
        ).reshape(-1)
        shapely.prepare(self.geometries)
        self.areas_m2: Floats = shapely.area(self.geometries)
        self.tree = shapely.STRtree(self.geometries)
        self._unions: dict[tuple[int, ...], Any] = {}

    def __len__(self) -> int:
        return len(self.geometries)

    def copy(self) -> Zones:
        """Return zones that another thread may use."""
        return Zones(self.geometries)

    def union(self, members: tuple[int, ...]) -> Any:  # noqa: ANN401 - shapely is not typed
        """Return the prepared union of some zones, kept for the next who asks.

        Parameters
        ----------
        members : tuple of int
            Zone indices, ascending.
        """
        if len(members) == 1:
            return self.geometries[members[0]]
        if members not in self._unions:
            union = shapely.union_all(self.geometries[list(members)])
            shapely.prepare(union)
            self._unions[members] = union
        return self._unions[members]

    @cached_property
    def corners(self) -> Corners:
        """Where zones have vertices and their borders cross, for what runs there to go through."""
        again = self.repeats
        shapes = self.geometries
        if again is not None:
            shapes = np.concatenate((shapes, again.geometries))
        return Corners(shapes)

    @cached_property
    def fitted(self) -> Zones:
        """The same zones with borders that agree vertex by vertex, for lengths along them."""
        shapes = self.corners.through(self.geometries)
        same = shapely.equals_exact(shapes, self.geometries, tolerance=0.0).all()
        return self if same else Zones(shapes)

    @property
    def whole(self) -> Any:  # noqa: ANN401 - shapely is not typed
        """The union of all zones."""
        return self.union(tuple(range(len(self))))

    @cached_property
    def grid(self) -> Grid:
        """Cells that lie wholly in one zone, for a quick answer to most features."""
        return Grid(self.geometries)

    @cached_property
    def _shared(self) -> tuple[Geometries, Geometries]:
        """What each zone shares with the zones before it: (polygons, lines), None where nothing."""
        later, earlier = self.tree.query(self.geometries, predicate="intersects")
        keep = earlier < later
        later, earlier = later[keep], earlier[keep]
        common = shapely.intersection(self.geometries[later], self.geometries[earlier])
        return self._gather(later, common, 2), self._gather(later, common, 1)

    def _gather(self, owner: Ints, common: Geometries, dimension: int) -> Geometries:
        found: dict[int, list[Any]] = {}
        for zone, geometry in zip(owner.tolist(), only(common, dimension), strict=True):
            if not shapely.is_empty(geometry):
                found.setdefault(zone, []).append(geometry)
        out: Geometries = np.full(len(self), None, dtype=object)
        for zone, parts in found.items():
            out[zone] = shapely.union_all(parts)
            shapely.prepare(out[zone])
        return out

    @cached_property
    def repeats(self) -> Zones | None:
        """Where zones overlap: each zone's ground that an earlier zone has too; None if nowhere."""
        polygons = self._shared[0]
        some = polygons[shapely.area(polygons) > 0]
        return Zones(some) if len(some) else None

    @property
    def borders(self) -> Geometries:
        """Lines that a zone shares with earlier zones, shape (k,); None where there are none."""
        return self._shared[1]

    @cached_property
    def lost_borders(self) -> Geometries:
        """Lines of `repeats` that their zone shares, from the other side, with an earlier zone."""
        if self.repeats is None:
            return np.empty(0, dtype=object)
        overlaps = self._shared[0]
        borders = self.borders[shapely.area(overlaps) > 0]
        some = ~shapely.is_missing(borders)
        lines = only(shapely.intersection(borders[some], self.repeats.geometries[some]), 1)
        kept: Geometries = lines[~shapely.is_empty(lines)]
        return kept

    @cached_property
    def repeated_m2(self) -> float:
        """Ground counted more than once when the zones' areas are added, m2."""
        return 0.0 if self.repeats is None else float(np.sum(self.repeats.areas_m2))


def only(geometries: Geometries, dimension: int) -> Geometries:
    """Return the parts of one dimension (0 points, 1 lines, 2 polygons) of each geometry.

    An intersection may leave a line or a point beside its polygon where the two only touch.

    Returns
    -------
    numpy.ndarray of shapely.Geometry, shape (n,)
        Empty collections where nothing of that dimension is left.
    """
    out: Geometries = np.array(geometries, dtype=object).reshape(-1)
    mixed = shapely.get_type_id(out) == shapely.GeometryType.GEOMETRYCOLLECTION
    for index in np.flatnonzero(mixed):
        out[index] = _collect(shapely.get_parts(out[index]), dimension)
    wrong = (shapely.get_dimensions(out) != dimension) & ~mixed
    out[wrong] = shapely.GeometryCollection()
    return out


def _collect(parts: Iterable[Any], dimension: int) -> Any:  # noqa: ANN401 - shapely is not typed
    kept = [part for part in parts if shapely.get_dimensions(part) == dimension]
    if not kept:
        return shapely.GeometryCollection()
    simple = shapely.get_parts(np.array(kept, dtype=object))
    make = {0: shapely.multipoints, 1: shapely.multilinestrings, 2: shapely.multipolygons}
    return make[dimension](simple)
