"""The one door to numba: typed, cached, without the GIL."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any, cast

from numba import njit


def compiled[F: Callable[..., object]](function: F) -> F:
    """Compile a kernel: arrays and numbers in, out; no Python objects, no exceptions.

    The GIL is released, division by zero follows IEEE 754, and the order of sums is kept (no
    fastmath), so that the same input gives the same bits. The machine code is cached beside the
    source and is good until a source of this package changes.
    """
    options: Any = {"nogil": True, "error_model": "numpy", "_nrt": False, "no_cfunc_wrapper": True}
    kernel = njit(cache=True, **options)(function)
    if not _stamped(kernel):
        kernel = njit(**options)(function)
    return cast(F, kernel)


def _stamped(kernel: Any) -> bool:  # noqa: ANN401 - numba has no types
    """Make a kernel's cache depend on the whole package; tell whether it could be done.

    Numba looks at the kernel's own file alone: with a change in a kernel that it calls from
    another file it would run the old machine code.
    """
    index = getattr(getattr(kernel, "_cache", None), "_cache_file", None)
    if index is None or not hasattr(index, "_source_stamp"):
        return False
    index._source_stamp = (index._source_stamp, sources())
    return True


@cache
def sources() -> tuple[float, int]:
    """Return (time of the last change, bytes) of this package's sources."""
    with os.scandir(os.path.dirname(__file__)) as entries:  # noqa: PTH120 - measure has no paths
        found = [entry.stat() for entry in entries if entry.name.endswith(".py")]
    return max(one.st_mtime for one in found), sum(one.st_size for one in found)
