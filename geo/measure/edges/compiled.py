"""The one door to numba: typed, cached, without the GIL."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, partial
from typing import Any, cast

from numba import njit

_CACHE_ALONE: ContextVar[bool] = ContextVar("machine code from the cache alone", default=False)


def compiled[F: Callable[..., object]](function: F) -> F:
    """Compile a kernel: arrays and numbers in, out; no Python objects, no exceptions.

    The GIL is released, division by zero follows IEEE 754, and the order of sums is kept (no
    fastmath), so that the same input gives the same bits. The machine code is cached beside the
    source and is good until a source of this package changes.
    """
    options: Any = {"nogil": True, "error_model": "numpy", "_nrt": False, "no_cfunc_wrapper": True}
    kernel = njit(cache=True, **options)(function)
    return cast(F, kernel if _stamped(kernel) else njit(**options)(function))


class ColdError(Exception):
    """A kernel's machine code is not in the cache, and nobody wants to wait for it."""


@contextmanager
def from_cache_alone() -> Iterator[None]:
    """In this context a kernel that would have to be compiled raises :class:`ColdError`."""
    before = _CACHE_ALONE.set(True)
    try:
        yield
    finally:
        _CACHE_ALONE.reset(before)


def _stamped(kernel: Any) -> bool:  # noqa: ANN401 - numba has no types
    """Make a kernel's cache depend on the whole package; tell whether it could be done.

    Numba looks at the kernel's own file alone: with a change in a kernel that it calls from
    another file it would run the old machine code.
    """
    cache: Any = getattr(kernel, "_cache", None)
    index: Any = getattr(cache, "_cache_file", None)
    if not (hasattr(index, "_source_stamp") and hasattr(index, "_load_index")):
        return False
    index._source_stamp = (index._source_stamp, sources())
    if hasattr(cache, "_load_overload") and hasattr(cache, "_guard_against_spurious_io_errors"):
        cache.load_overload = partial(_load, cache)
    return True


def _load(cache: Any, signature: Any, context: Any) -> Any:  # noqa: ANN401 - numba has no types
    """Load machine code from the cache without what only compiling needs.

    Numba else imports all that it can compile first, SciPy's BLAS with it: 0.9 s and 63 MB, where
    the code itself takes 0.01 s and 0.2 MB. Kernels have no reference counts (``_nrt``), so that
    the C functions they call are those that stand there from the start. On a miss numba's
    compiler imports the rest by itself.
    """
    found = None
    with cache._guard_against_spurious_io_errors():
        found = cache._load_overload(signature, context)
    if found is None and _CACHE_ALONE.get():
        raise ColdError
    return found


@cache
def sources() -> tuple[float, int]:
    """Return (time of the last change, bytes) of this package's sources."""
    with os.scandir(os.path.dirname(__file__)) as entries:  # noqa: PTH120 - measure has no paths
        found = [entry.stat() for entry in entries if entry.name.endswith(".py")]
    return max(one.st_mtime for one in found), sum(one.st_size for one in found)
