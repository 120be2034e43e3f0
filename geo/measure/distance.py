"""How far each feature is from the nearest of other features, straight; and the line between.

Of several targets that are equally near, the first is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import shapely

from geo.measure import engine
from geo.measure.inputs import Features
from geo.measure.zones import Floats, Geometries, Ints


class Reached(Protocol):
    """What features reach, however they get there: n features."""

    @property
    def distance_m(self) -> Floats:
        """Metres, shape (n,); NaN where there is nothing to reach."""

    @property
    def target(self) -> Ints:
        """Row of the target, shape (n,); -1 where there is none."""

    def ways(self, rows: Ints) -> Geometries:
        """Return the line that each of some features measures along, as (Multi)LineStrings."""


@dataclass(frozen=True)
class Straight:
    """Straight distances from the nearest point of one shape to the nearest of another."""

    origins: Geometries
    targets: Geometries
    distance_m: Floats
    target: Ints

    def ways(self, rows: Ints) -> Geometries:
        """Return the straight line of each of some features; a touching one has length 0."""
        lines: Geometries = shapely.shortest_line(
            self.origins[rows], self.targets[self.target[rows]]
        )
        return lines


@dataclass(frozen=True)
class Some:
    """What some of those features reach that others reached before them."""

    of: Reached
    rows: Ints

    @cached_property
    def distance_m(self) -> Floats:
        """Metres, shape (n,)."""
        return self.of.distance_m[self.rows]

    @cached_property
    def target(self) -> Ints:
        """Row of the target, shape (n,), as in `of`."""
        return self.of.target[self.rows]

    def ways(self, rows: Ints) -> Geometries:
        """Return the line that each of some features measures along."""
        return self.of.ways(self.rows[rows])


@dataclass(frozen=True)
class Both:
    """What some features reach, and behind them others, each with targets of its own."""

    one: Reached
    other: Reached

    @cached_property
    def distance_m(self) -> Floats:
        """Metres, shape (n,)."""
        return np.concatenate((self.one.distance_m, self.other.distance_m))

    @cached_property
    def target(self) -> Ints:
        """Row of the target, shape (n,), as in the part that the feature is of."""
        return np.concatenate((self.one.target, self.other.target))

    def ways(self, rows: Ints) -> Geometries:
        """Return the line that each of some features measures along."""
        first = len(self.one.distance_m)
        lines: Geometries = np.empty(len(rows), dtype=object)
        mine = rows < first
        lines[mine] = self.one.ways(rows[mine])
        lines[~mine] = self.other.ways(rows[~mine] - first)
        return lines


def straight(origins: Features, targets: Features) -> Straight:
    """Return the straight distance from each feature to the nearest target.

    Parameters
    ----------
    origins, targets : Features
        n and k features in EPSG:2180.
    """
    distance, index = nearest(origins.geometries, targets.geometries)
    return Straight(origins.geometries, targets.geometries, distance, index)


def nearest(origins: Geometries, targets: Geometries) -> tuple[Floats, Ints]:
    """Return distances in metres (NaN: no target) and rows of targets (-1), shape (n,) each.

    Parameters
    ----------
    origins, targets : numpy.ndarray of shapely.Geometry, shape (n,) and (k,)
        EPSG:2180, not empty. 0 where they touch or overlap.
    """
    if not len(origins) or not len(targets):
        return np.full(len(origins), np.nan), np.full(len(origins), -1, dtype=np.int64)
    found = engine.nearest(origins, targets)
    return np.where(found.index < 0, np.nan, found.distance_m), found.index
