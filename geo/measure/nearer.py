"""Distances after targets came or went: only those that change are measured again.

A target that comes changes the distance of what is farther from its own target than from this one;
a target that goes, the distance of what it was the target of. All other distances stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo.measure.distance import Straight, nearest
from geo.measure.edits import Change, ids_in
from geo.measure.inputs import Features
from geo.measure.plan import TargetPlan
from geo.measure.where import select
from geo.measure.zones import Bools, Floats, Geometries

FEW = 64
"""Targets that are compared with the boxes of all features, one by one."""


def is_target(target: TargetPlan, features: Features) -> Bools:
    """Tell which features of a layer are targets, shape (n,).

    Raises
    ------
    MeasureError
        If the filter does not fit.
    """
    keep = select(target.where, features.table)
    if target.least_m2:
        keep = keep & (shapely.area(features.geometries) >= target.least_m2)
    return keep


@dataclass(frozen=True)
class Retargeted:
    """Targets before and after a change of their layer.

    Attributes
    ----------
    lost : numpy.ndarray of bool, shape (k,)
        Of the targets before, in the order of their layer, those that go.
    come : numpy.ndarray of shapely.Geometry
        Those that come, EPSG:2180.
    """

    lost: Bools
    come: Geometries

    @classmethod
    def of(cls, target: TargetPlan, layer: Features, change: Change | None) -> Retargeted:
        """Return what a change of the targets' layer makes of them."""
        before = layer.take(is_target(target, layer))
        if change is None:
            nothing: Geometries = np.empty(0, dtype=object)
            return cls(np.zeros(len(before), dtype=bool), nothing)
        come = change.come.take(is_target(target, change.come))
        return cls(ids_in(before, change.gone), come.geometries)

    def after(self, targets: Geometries) -> Geometries:
        """Return the targets after the change, of those before, shape (k,)."""
        return np.concatenate((targets[~self.lost], self.come))

    def renewed(self, reached: Straight, boxes: Floats) -> tuple[Bools, Straight]:
        """Return whose distance changes, shape (n,), and all distances after the change.

        Of targets that are equally near, the one before stays.

        Parameters
        ----------
        reached : Straight
            Before, n features.
        boxes : numpy.ndarray of float, shape (n, 4)
            Theirs.
        """
        origins, targets = reached.origins, self.after(reached.targets)
        distance, target = reached.distance_m.copy(), reached.target.copy()
        had = target >= 0
        went = ~had
        went[had] = self.lost[target[had]]
        target[had] = (np.cumsum(~self.lost) - 1)[target[had]]
        rows = np.flatnonzero(went)
        distance[rows], target[rows] = nearest(origins[rows], targets)
        rows = np.flatnonzero(~went)
        rows = rows[self._may_reach(boxes[rows], distance[rows])]
        metres, row = nearest(origins[rows], self.come)
        nearer = metres < distance[rows]
        distance[rows[nearer]] = metres[nearer]
        target[rows[nearer]] = row[nearer] + len(targets) - len(self.come)
        changed = went.copy()
        changed[rows[nearer]] = True
        return changed, Straight(origins, targets, distance, target)

    def _may_reach(self, boxes: Floats, distance_m: Floats) -> Bools:
        """Tell whose box is nearer to the box of a target that comes than it has to its own."""
        if len(self.come) > FEW:
            return np.ones(len(boxes), dtype=bool)
        found = np.zeros(len(boxes), dtype=bool)
        low_x, low_y, high_x, high_y = boxes.T
        for west, south, east, north in shapely.bounds(self.come).tolist():
            across = np.maximum(np.maximum(west - high_x, low_x - east), 0.0)
            along = np.maximum(np.maximum(south - high_y, low_y - north), 0.0)
            # A box is not nearer than what it holds, up to the rounding of a distance.
            found |= np.hypot(across, along) <= distance_m * (1 + 1e-9)
        return found
