"""A sum that can be changed: what leaves and what comes, to the same last bit as a new sum.

A sum is kept as an expansion: a few floats whose exact total is the exact total of all that was
added (Shewchuk, Adaptive precision floating-point arithmetic, 1997). `math.fsum` rounds exactly,
so the first of them is the sum of the whole list, in whatever order it came and went.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from geo.measure.zones import Floats


@dataclass(frozen=True)
class ExactSum:
    """A sum of floats without any rounding.

    Attributes
    ----------
    parts : tuple of float
        Their exact total is the sum; the first is the sum rounded once.
    """

    parts: tuple[float, ...] = ()

    @property
    def value(self) -> float:
        """The exactly rounded sum, as math.fsum gives it."""
        return self.parts[0] if self.parts else 0.0

    def changed(self, gone: Sequence[float], come: Sequence[float]) -> ExactSum:
        """Return the sum without the values in `gone` and with those in `come`."""
        return ExactSum(_expansion([*self.parts, *come, *(-value for value in gone)]))


def exact_sum(values: Floats) -> ExactSum:
    """Return the sum of values, shape (n,), finite."""
    return ExactSum(_expansion(values.tolist()))


def _expansion(values: list[float]) -> tuple[float, ...]:
    """Return a sum, what rounding took from it, what rounding took from that, until nothing."""
    parts: list[float] = []
    rest = math.fsum(values)
    while rest:
        parts.append(rest)
        values.append(-rest)
        rest = math.fsum(values)
    return tuple(parts)
