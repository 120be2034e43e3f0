"""The second door to numba, for what kernels call inside their loops: no reference counts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, cast

from numba import njit, types
from numba.core.registry import CPUDispatcher


def bare[F: Callable[..., object]](function: F) -> F:
    """Compile a part of a kernel that makes no array and returns none.

    As :func:`geo.measure.edges.compiled.compiled`, but arrays are borrowed. Numba else counts
    up and down at the call of a function for every array of a tuple that it is given, by an
    instruction that all cores have to agree on: with two threads, nearest distances took twice
    the CPU and five times the wall time (inlined by numba: 1.4 times the CPU). The kernel that
    made the arrays holds them. Slices are allowed; ``np.empty`` is not, and numba refuses it.

    Python cannot call it (TypeError): the code that would unpack its arguments took a quarter of
    all compiling.
    """
    return _part(function)


def inlined[F: Callable[..., object]](function: F) -> F:
    """Compile a part of a kernel, as :func:`bare`, into each place that calls it.

    For what an inner loop calls with tuples of many arrays: a call passes every array of a tuple
    by nine words, used or not, which took a quarter of the time of nearest distances.
    """
    return _part(function, forceinline=True)


def _part[F: Callable[..., object]](function: F, forceinline: bool = False) -> F:
    # Not cached by itself: its machine code is in the cache of the kernel that calls it.
    options: Any = {
        "nogil": True, "error_model": "numpy", "_nrt": False,
        "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "forceinline": forceinline,
    }  # fmt: skip
    part = njit(**options)(function)
    part.__class__ = _Part
    return cast(F, once(part))


class _Part(CPUDispatcher):
    """Has no code that Python could run: without this class a call would end the process."""

    def __call__(self, *_: object) -> None:
        raise TypeError(f"{self.py_func.__name__} is a part of kernels; Python cannot call it")


def once(kernel: Any) -> Any:  # noqa: ANN401 - numba has no types
    """Keep numba from compiling a function anew for each constant that it is called with.

    A count that starts at 0 has the type "literal 0" in a loop's first round and int64 after it:
    a fifth of all compiling was the same code again.
    """
    kernel.get_call_template = partial(_template, kernel)
    return kernel


def _template(kernel: Any, args: Any, kws: Any) -> Any:  # noqa: ANN401
    unliteral: Any = types.unliteral
    plain = tuple(unliteral(one) for one in args)
    named = {name: unliteral(one) for name, one in kws.items()}
    return type(kernel).get_call_template(kernel, plain, named)
