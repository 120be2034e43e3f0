"""Machine code made in a process that ends: what its compiler took is given back."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from geo.measure import engine

_WARM = "import sys; from geo.measure import engine; engine.warm(kinds=sys.argv[1:])"

COMPILE_S = {
    "area": 9, "length": 12, "count": 5, "nearest": 8, "raster": 10, "digits": 5,
}  # fmt: skip
"""CPU seconds that compiling one kind takes."""


def compile_s(kinds: Sequence[str]) -> int:
    """Return about how many seconds of compiling come first; 0 where all is in the cache."""
    return sum(COMPILE_S[kind] for kind in kinds) if kinds and engine.cold(kinds) else 0


def warm_apart(kinds: Sequence[str], tell: Callable[[int], None]) -> float:
    """Compile the kernels of some kinds in a child process, where the cache lacks one.

    Compiling takes 100 MB more than measuring, which this process would keep to its end; what
    the child leaves on disk is loaded in 10 ms. Where the child fails, this process compiles
    for itself when it comes to it.

    Parameters
    ----------
    kinds : sequence of str
        As :func:`geo.measure.engine.cold` takes them; of none nothing is asked.
    tell : callable
        Told about how many seconds it will take, before it begins: once for each version and
        processor.

    Returns
    -------
    float
        The seconds that it took; 0 where nothing had to be compiled.
    """
    expected = compile_s(kinds)
    if not expected:
        return 0.0
    tell(expected)
    begun = time.monotonic()
    subprocess.run(  # noqa: S603 - this Python, and a text that stands above
        [sys.executable, "-c", _WARM, *kinds], check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return time.monotonic() - begun
