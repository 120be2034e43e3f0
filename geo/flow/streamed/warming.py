"""Machine code made in a process that ends: what its compiler took is given back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from geo.measure import engine

_WARM = "from geo.measure import engine; engine.warm()"


def warm_apart(tell: Callable[[], None]) -> None:
    """Compile the kernels in a child process where the cache holds none of these sources.

    Compiling takes 100 MB more than measuring, which this process would keep to its end; what
    the child leaves on disk is loaded in 10 ms. Where the child fails, this process compiles
    for itself when it comes to it.

    Parameters
    ----------
    tell : callable
        Called before it begins: it takes some 20 seconds, once for each version and processor.
    """
    if engine.cold():
        tell()
        subprocess.run(  # noqa: S603 - this Python, and a text that stands above
            [sys.executable, "-c", _WARM], check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
