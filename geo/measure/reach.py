"""What is said of features and what is near them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.errors import MeasureError
from geo.measure.zones import Bools, Floats, Ints


@dataclass(frozen=True)
class Nearest:
    """The nearest target of each of n features.

    Attributes
    ----------
    distance_m : numpy.ndarray of float, shape (n,)
        0 where they touch or overlap; inf where the feature is empty or no target is in reach.
    index : numpy.ndarray of int, shape (n,)
        The target; the first of those equally near; -1 where there is none.
    """

    distance_m: Floats
    index: Ints


@dataclass(frozen=True)
class Shares:
    """The share of features, or of their weights, that lies within a distance, by zone.

    Attributes
    ----------
    within, total : numpy.ndarray of float, shape (k,)
        Features, or the sum of their weights.
    share : numpy.ndarray of float, shape (k,)
        within / total; NaN where the total is 0.
    """

    within: Floats
    total: Floats
    share: Floats


def share_within(near: Bools, zone: Ints, count: int, weights: Floats | None = None) -> Shares:
    """Return the share of features within a distance, by zone.

    Parameters
    ----------
    near : numpy.ndarray of bool, shape (n,)
        From :func:`within`.
    zone : numpy.ndarray of int, shape (n,)
        The zone of each feature; -1: none, it is left out.
    count : int
        k: the number of zones.
    weights : numpy.ndarray of float, shape (n,), optional
        What each feature counts for, not negative; else 1.

    Raises
    ------
    MeasureError
        If a weight is negative or not finite.
    """
    counts = np.ones(len(near)) if weights is None else np.asarray(weights, dtype=np.float64)
    bad = np.flatnonzero(~(np.isfinite(counts) & (counts >= 0.0)))
    if len(bad):
        raise MeasureError(
            "a weight is negative or not a number",
            where=f"row {bad[0]}",
            fix="mend the column, or leave such features out with `where`",
        )
    some = zone >= 0
    total = np.bincount(zone[some], counts[some], count)
    inside = np.bincount(zone[some & near], counts[some & near], count)
    share = np.divide(inside, total, out=np.full(count, np.nan), where=total > 0.0)
    return Shares(inside, total, share)
