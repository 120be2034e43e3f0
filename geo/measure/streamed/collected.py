"""The features' own numbers, collected part by part: what a median is taken of.

Sums do not give a median, so each feature's number is kept, with its weight, its zone and its
class: 24 bytes a feature. In the end they are put in order, which takes several times as much,
so that the order in which parts came changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.measure.statistics import Readings
from geo.measure.streamed.batch import Label
from geo.measure.zones import Floats, Ints


@dataclass(frozen=True)
class Collected:
    """Numbers of m features.

    Attributes
    ----------
    labels : tuple of str or None
        What the codes mean; empty: nothing is collected.
    zone, code : numpy.ndarray of int, shape (m,)
    reading, weight : numpy.ndarray of float, shape (m,)
    """

    labels: tuple[Label, ...]
    zone: Ints
    code: Ints
    reading: Floats
    weight: Floats

    def __post_init__(self) -> None:
        # What is kept by the million is kept small; JSON gives a list.
        object.__setattr__(self, "labels", tuple(self.labels))
        object.__setattr__(self, "zone", self.zone.astype(np.int32))
        object.__setattr__(self, "code", self.code.astype(np.int32))

    @classmethod
    def joined(cls, parts: Sequence[Collected]) -> Collected:
        """Return what several parts have collected, in no order."""
        if not parts:
            return NO_READINGS
        labels = tuple(dict.fromkeys(label for part in parts for label in part.labels))
        return cls(
            labels,
            np.concatenate([part.zone for part in parts]),
            np.concatenate([part._coded(labels) for part in parts]),
            np.concatenate([part.reading for part in parts]),
            np.concatenate([part.weight for part in parts]),
        )

    def _coded(self, labels: tuple[Label, ...]) -> Ints:
        place = np.array([labels.index(label) for label in self.labels], dtype=np.int64)
        return place[self.code]

    def readings(self, labels: tuple[Label, ...]) -> Readings:
        """Return the numbers in an order that follows from them alone.

        Parameters
        ----------
        labels : tuple of str or None
            The classes of the answer; what has none gets the code -1.
        """
        place = [-1 if label is None else labels.index(label) for label in self.labels]
        code = np.array(place, dtype=np.int64)[self.code]
        order = np.lexsort((self.weight, self.reading, code, self.zone))
        zone = self.zone.astype(np.int64)
        return Readings(zone[order], code[order], self.reading[order], self.weight[order])


_NOBODY, _NONE = np.empty(0, dtype=np.int64), np.empty(0)
NO_READINGS = Collected((), _NOBODY, _NOBODY, _NONE, _NONE)
"""Where sums are enough."""
