"""Kernels over chunks of features on all cores; the result never depends on their number."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import pairwise

import numpy as np

from geo.measure.zones import Ints

ROWS = 8192
"""Features of a chunk when each costs about the same."""
WEIGHT = 1 << 17
"""Vertices of a chunk: about ten milliseconds, a hundred times what starting it costs."""
EACH = 64
"""Vertices' worth of work that a feature costs by itself."""


_MOST: ContextVar[int] = ContextVar("most threads", default=0)


def cores() -> int:
    """Return the number of cores that this process, or this context, may use."""
    there = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        there = len(os.sched_getaffinity(0))
    return min(there, _MOST.get() or there)


@contextmanager
def at_most(threads: int) -> Iterator[None]:
    """Use no more than so many threads in this context; 0: all cores."""
    before = _MOST.set(threads)
    try:
        yield
    finally:
        _MOST.reset(before)


def cut(count: int, rows: int = ROWS) -> list[tuple[int, int]]:
    """Return the bounds of chunks of `count` features: a function of the input alone."""
    return [(start, min(start + rows, count)) for start in range(0, count, rows)]


def cut_by(vertices: Ints) -> list[tuple[int, int]]:
    """Return the bounds of chunks of about as much work each.

    Parameters
    ----------
    vertices : numpy.ndarray of int, shape (n,)
        Vertices of each feature.
    """
    part = np.cumsum(vertices + EACH) // WEIGHT
    edges = np.flatnonzero(np.diff(part)) + 1
    bounds = [0, *edges.tolist(), len(vertices)]
    return [(a, b) for a, b in pairwise(bounds) if a < b]


def each[T](work: Callable[[int, int], T], bounds: list[tuple[int, int]]) -> list[T]:
    """Return `work(start, stop)` of every chunk, in order, computed on all cores.

    Parameters
    ----------
    work : callable
        Spends its time in a compiled kernel, which holds no GIL.
    bounds : list of (int, int)
        From :func:`cut`; the next free core takes the next chunk.
    """
    workers = min(cores(), len(bounds))
    if workers <= 1:
        return [work(start, stop) for start, stop in bounds]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda bound: work(*bound), bounds))
