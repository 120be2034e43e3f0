"""The second door to numba, for what kernels call inside their loops: no reference counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from numba import njit


def bare[F: Callable[..., object]](function: F) -> F:
    """Compile a part of a kernel that makes no array and returns none.

    As :func:`geo.measure.edges.compiled.compiled`, but arrays are borrowed. Numba else counts
    up and down at the call of a function for every array of a tuple that it is given, by an
    instruction that all cores have to agree on: with two threads, nearest distances took twice
    the CPU and five times the wall time (inlined by numba: 1.4 times the CPU). The kernel that
    made the arrays holds them. Slices are allowed; ``np.empty`` is not, and numba refuses it.
    """
    # Not cached by itself: its machine code is in the cache of the kernel that calls it.
    options: Any = {"nogil": True, "error_model": "numpy", "_nrt": False}
    return cast(F, njit(**options)(function))
