"""Which features lie within a straight distance of any of others, and their share by zone.

No buffer is built: a feature is within d exactly when its nearest target is at most d away
(:mod:`geo.measure.edges.nearest`), so that there is no error of a circle drawn with chords.
Which that is, is not asked (:mod:`geo.measure.edges.reached`).

What is counted is features, or weights of features (persons of an address, m2 of a building), not
ground: a parcel that a circle cuts in half is within as a whole. The share of a zone's ground
within d follows to any accuracy from the points of a grid in it; its error is then at most the
cells that the circle's line crosses, and :func:`within_bounds` tells it: distance grows no faster
than one walks, so that a point at least r within (or beyond) the line has all the ground up to r
around it on its own side.
"""

from __future__ import annotations

import numpy as np

from geo.errors import MeasureError
from geo.measure.edges.group import new_room
from geo.measure.edges.nearest import (
    Features,
    by_chunks,
    nearest,
    shapes_of,
    squared,
    targets_of,
)
from geo.measure.edges.reached import reach_chunk
from geo.measure.zones import Bools, Floats


def within(features: Features, targets: Features, distance_m: float) -> Bools:
    """Tell which features are at most `distance_m` from any target.

    Parameters
    ----------
    features, targets : Flat, FlatLines or numpy.ndarray of float, shape (n, 2)
        Polygons, lines or points; EPSG:2180.
    distance_m : float
        Metres; 0: they touch or overlap.

    Returns
    -------
    numpy.ndarray of bool, shape (n,)
        Empty features are within nothing.

    Raises
    ------
    MeasureError
        If the distance is negative or not a number.
    """
    if not distance_m >= 0.0:
        raise MeasureError(
            "a distance is 0 or more", where="within", fix="give metres, such as 300"
        )
    shapes, others = shapes_of(features), targets_of(targets)
    near = np.zeros(len(shapes.boxes), dtype=np.bool_)
    limit = squared(distance_m)
    by_chunks(
        shapes,
        others,
        lambda order: reach_chunk(order, shapes, others, limit, near, new_room()),
    )
    return near


def within_bounds(
    points: Floats, reach_m: float, targets: Features, distance_m: float
) -> tuple[Bools, Bools]:
    """Tell of patches of ground which lie wholly within a distance, and which at least in part.

    The ground within the distance is at least the area of the first and at most that of the
    second: with the cells of a grid of side s, `reach_m` is s / sqrt(2).

    Parameters
    ----------
    points : numpy.ndarray of float, shape (n, 2)
        The middle of each patch.
    reach_m : float
        No ground of a patch is farther from its middle.
    targets : Flat, FlatLines or numpy.ndarray of float, shape (k, 2)
    distance_m : float
        Metres.

    Returns
    -------
    sure, maybe : numpy.ndarray of bool, shape (n,)
    """
    found = nearest(points, targets, limit_m=distance_m + reach_m).distance_m
    return found <= distance_m - reach_m, found <= distance_m + reach_m
