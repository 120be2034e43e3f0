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
        return part(xs, 0, 2) + part(xs[1:], 1, len(xs)) + part(xs, 0, 1)

    xs = np.arange(4.0)
    before = sys.getrefcount(xs)
    assert [kernel(xs) for _ in range(100)] == [1.0 + 5.0 + 0.0] * 100
    assert sys.getrefcount(xs) == before


def test_making_an_array_is_refused() -> None:
    """It would never be given back."""

    @compiled
    def kernel(count):
        return np.empty(count).sum()

    with pytest.raises(TypingError):
        kernel(3)


def test_a_constant_is_no_type_of_its_own() -> None:
    """A count that begins at 0 is the count that it becomes."""

    @bare
    def part(xs, count, last):
        return count + 1 if last else count + 2

    @compiled
    def kernel(xs):
        count = 0
        for k in range(len(xs)):
            count = part(xs, count, k == 2)
            count = part(xs, count, True)
        return count

    assert kernel(np.arange(4.0)) == 11
    assert len(part.overloads) == 1
    with pytest.raises(TypeError, match="Python cannot call it"):
        part(np.arange(4.0), 1, True)
