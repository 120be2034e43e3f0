"""Numbers that do not add up: medians, greatest values, and the diversity of classes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

from geo.measure.zones import Floats, Ints
from geo.model.indicator import Index, Statistic

_STEP = 65_536


@dataclass(frozen=True)
class Readings:
    """The numbers that a median or a greatest value is taken of, m of them.

    Attributes
    ----------
    zone, code : numpy.ndarray of int, shape (m,)
        Where each lies, and its class; -1: it has none.
    reading, weight : numpy.ndarray of float, shape (m,)
        In base units; a feature of weight w counts like w features.
    known : numpy.ndarray of float or None, shape (k + 1,)
        The statistic of k zones, and last of all together, where it was taken of what is not
        listed: cells of a raster are too many. m is 0 then.
    """

    zone: Ints
    code: Ints
    reading: Floats
    weight: Floats
    known: Floats | None = None


def order_statistic(statistic: Statistic, reading: Floats, weight: Floats) -> float | None:
    """Return a weighted median or the greatest of some readings; None of none.

    Parameters
    ----------
    reading, weight : numpy.ndarray of float, shape (m,)
        Weights are not negative; what weighs nothing does not count.

    Notes
    -----
    The weighted median is the least reading at which the weights up to it reach half of all; where
    they are exactly half, the middle between it and the next (Edgeworth 1888). With equal weights
    that is the usual median.
    """
    some = weight > 0
    reading, weight = reading[some], weight[some]
    if not len(reading):
        return None
    if statistic == "max":
        return float(reading.max())
    order = np.argsort(reading, kind="stable")
    reading, weight = reading[order], weight[order]
    reached = np.cumsum(weight)
    row = int(np.searchsorted(reached, reached[-1] / 2, side="left"))
    while row > 0 and _over_half(weight, row) >= 0:
        row -= 1
    while (over := _over_half(weight, row + 1)) < 0:
        row += 1
    if over == 0:
        return float((reading[row] + reading[row + 1]) / 2)
    return float(reading[row])


def _over_half(weight: Floats, count: int) -> float:
    """Return what the first `count` weights are more than the others; its sign is exact."""
    return math.fsum(chain(_each(weight[:count]), _each(-weight[count:])))


def _each(values: Floats) -> Iterator[float]:
    """Give numbers one by one; a list of all of them would take four times their memory."""
    for start in range(0, len(values), _STEP):
        yield from values[start : start + _STEP].tolist()


def contributions(index: Index, measures: Floats) -> Floats:
    """Return what each class adds to an index of diversity, shape (C,); the index is their sum.

    With p the share of a class in what has a class:

    - shannon, ``H = -sum p ln p`` (Shannon 1948), 0 for one class, ln k for k equal ones;
    - simpson, ``1 - sum p^2 = sum p (1 - p)`` (Gini-Simpson): the probability that two random
      points lie in different classes;
    - evenness, ``H / ln k`` (Pielou 1966), where k is the number of classes that the card knows,
      present or not: 1 when all of them have equal shares.

    Parameters
    ----------
    measures : numpy.ndarray of float, shape (C,)
        Area, length or number of each class; all the classes that the card knows.
    """
    total = math.fsum(measures.tolist())
    share = measures / total
    if index == "simpson":
        return np.asarray(share * (1.0 - share))
    logs = np.log(share, out=np.zeros_like(share), where=share > 0)
    entropy = np.abs(share * logs)  # never -0.0
    if index == "evenness":
        return np.asarray(entropy / math.log(len(measures))) if len(measures) > 1 else entropy
    return np.asarray(entropy)
