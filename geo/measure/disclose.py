"""What is not shown because too few people or features stand behind it.

Thresholds: 3 features, 10 persons (statistics act art. 38, and a parameter). If exactly one
zone is hidden, its value follows from the total and the others: the next smallest goes with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.limits import limit
from geo.measure.zones import Bools, Floats, Ints


@dataclass(frozen=True)
class Threshold:
    """The smallest groups that may be shown."""

    persons: int = limit("persons_shown")
    features: int = limit("units_shown")


@dataclass(frozen=True)
class Hidden:
    """Zones that are not shown, shape (k,), and whether the whole is hidden too."""

    zones: Bools
    whole: bool


def hidden(sums: Floats, features: Ints, *, persons: bool, threshold: Threshold) -> Hidden:
    """Return which zones of a private term are not shown.

    Parameters
    ----------
    sums : numpy.ndarray of float, shape (k,)
        The term per zone: people, where `persons`.
    features : numpy.ndarray of int, shape (k,)
        Features behind each sum.

    Returns
    -------
    Hidden
        Empty zones are shown: zero discloses nobody.
    """
    size = sums if persons else features.astype(np.float64)
    least = threshold.persons if persons else threshold.features
    small = (size > 0) & (size < least)
    whole = bool(0 < size.sum() < least)
    if small.sum() == 1:
        others = np.flatnonzero((size > 0) & ~small)
        if len(others) == 0:
            return Hidden(small, True)
        small[others[np.argmin(size[others])]] = True
    return Hidden(small, whole)


def too_few(size: float, *, persons: bool, threshold: Threshold) -> bool:
    """Tell whether one group (people outside every zone) is too small to be shown."""
    return bool(0 < size < (threshold.persons if persons else threshold.features))
