"""Medians of cells in zones, found byte by byte: exact, and no cell is ever kept.

Numbers become keys, whole numbers in the same order. One look at the raster adds up, in each zone,
what the cells cover by the first byte of their keys; the median's first byte is the one in which
half is reached. The next look takes the cells with that byte alone, and adds up by the second;
after the last byte the key is known (radix selection; D. E. Knuth, The Art of Computer
Programming 3, 5.2.5). Memory is 2 kB a zone, however many cells there are.

The median is that of :func:`geo.measure.statistics.order_statistic`: the least value at which half
of the covered ground with data is reached; where it is exactly half, the middle between this value
and the next. Shares of cells are rounded, so that half is what differs from it by less than 1e-9.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.measure.ledger import TOLERANCE
from geo.measure.raster import Cells
from geo.measure.zones import Bools, Floats, Ints

BYTE = 8
GROUP = 16_384
"""Zones at a time: 32 MB of sums."""

Keys = NDArray[Any]
"""uint32 or uint64; the greatest of them: no value."""
Real = type[np.float32] | type[np.float64]
Sums = Callable[[Ints, NDArray[np.uint64], int], Floats]
"""(zones (m,), what the upper bits of keys are (m,), shift) to the cells that each zone covers by
the byte of their keys at `shift`, shape (m, 256)."""


def medians(sums: Sums, count: int, kind: Real) -> Floats:
    """Return the median of each zone, shape (count,); NaN where no cell has a value.

    Parameters
    ----------
    sums : callable
        One look at the raster; asked once for each byte of a key, again where values tie.
    count : int
        How many zones there are.
    kind : type
        Of the values.
    """
    found = np.full(count, np.nan)
    for start in range(0, count, GROUP):
        zones = np.arange(start, min(start + GROUP, count))
        keys, some, tied = _selected(sums, zones, kind, beyond=False)
        found[zones[some]] = numbers(keys[some], kind)
        if tied.any():
            rows = zones[tied]
            keys, _, _ = _selected(sums, rows, kind, beyond=True)
            found[rows] += (numbers(keys, kind) - found[rows]) / 2.0
    return found


def keys_of(values: Cells, kind: Real) -> Keys:
    """Return keys in the order of the values, of their shape; -0.0 is 0.0."""
    real: Cells = values.astype(kind)
    real += 0.0
    bits: Keys = real.view(f"u{real.itemsize}")
    top = _top(bits.dtype)
    keys: Keys = np.where(bits & top, ~bits, bits | top)
    keys[np.isnan(real)] = np.iinfo(keys.dtype).max
    return keys


def numbers(keys: NDArray[np.uint64], kind: Real) -> Floats:
    """Return the values of keys."""
    short = keys.astype(f"u{np.dtype(kind).itemsize}")
    top = _top(short.dtype)
    bits = np.where(short & top, short ^ top, ~short)
    return bits.view(kind).astype(np.float64)


def _top(kind: np.dtype[Any]) -> Any:  # noqa: ANN401 - of either width
    return kind.type(1 << (BYTE * kind.itemsize - 1))


def _selected(
    sums: Sums, zones: Ints, kind: Real, *, beyond: bool
) -> tuple[NDArray[np.uint64], Bools, Bools]:
    """Return the key at which half is reached, whether there is any, and whether it is a tie.

    Parameters
    ----------
    beyond : bool
        Return the key after it instead, at which more than half is reached.
    """
    rows = np.arange(len(zones))
    key, below = np.zeros(len(zones), dtype=np.uint64), np.zeros(len(zones))
    half = slack = below
    for shift in range(BYTE * (np.dtype(kind).itemsize - 1), -1, -BYTE):
        weight = sums(zones, key, shift)
        reached = below[:, None] + np.cumsum(weight, axis=1)
        if shift == BYTE * (np.dtype(kind).itemsize - 1):
            half, slack = reached[:, -1] / 2.0, reached[:, -1] * TOLERANCE
        enough = reached > (half + slack if beyond else half - slack)[:, None]
        byte = _first(enough, weight > 0.0)
        below = np.where(byte > 0, reached[rows, byte - 1], below)
        key = (key << np.uint64(BYTE)) | byte.astype(np.uint64)
        after = reached[rows, byte]
    return key, half > 0.0, (half > 0.0) & (after <= half + slack)


def _first(enough: Bools, there: Bools) -> Ints:
    """Return the first byte that is there and enough; what rounding left over: the last there."""
    both = enough & there
    last = there.shape[1] - 1 - np.argmax(there[:, ::-1], axis=1)
    return np.where(both.any(axis=1), np.argmax(both, axis=1), last)
