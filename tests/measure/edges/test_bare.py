"""Parts of kernels without reference counts."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from numba.core.errors import TypingError

from geo.measure.edges.bare import bare
from geo.measure.edges.compiled import compiled


def test_arrays_are_borrowed() -> None:
    """Called from a kernel, on slices and in loops: nobody's count is left wrong."""

    @bare
    def part(xs, first, last):
        total = 0.0
        for x in xs[first:last]:
            total += x
        return total

    @compiled
    def kernel(xs):
        made = xs * 2.0
        return part(made, 0, 2) + part(made, 1, len(made)) + part(xs, 0, 1)

    xs = np.arange(4.0)
    before = sys.getrefcount(xs)
    assert [kernel(xs) for _ in range(100)] == [2.0 + 12.0 + 0.0] * 100
    assert sys.getrefcount(xs) == before


def test_making_an_array_is_refused() -> None:
    """It would never be given back."""

    @bare
    def part(count):
        return np.empty(count).sum()

    with pytest.raises(TypingError):
        part(3)
