"""Sums of floats as integers: the same bits in whatever order, and in whatever parts, they come.

A number is kept in five limbs of 40 bits, the lowest worth 2**-104: from 5e-32 to 1e35 of the unit.
What is smaller than 2**-105 is lost by each number alone, so that the sum is the exact sum of the
numbers as they were kept, rounded once when it is read; what is too large is refused, for whole
numbers would wrap around. (U. Kulisch's long accumulator, cut to what areas and lengths need.)
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from geo.errors import MeasureError
from geo.measure.zones import Floats, Ints

LIMBS = 5
BITS = 40
LOWEST = 104
"""The lowest limb counts units of 2**-104."""
_MASK = (1 << BITS) - 1
_ROOM = 1 << 22
"""Numbers added before a limb might overflow: half of 2**(63 - BITS)."""
_STEP = 1 << 13
"""Numbers whose digits are held at once: they stay in a core's own cache."""
_TOP = 1 << 61
"""The highest limb of a sum stays below: 1.6e35 of the unit."""
_MOST = float(_TOP) * 2.0 ** (BITS * (LIMBS - 1) - LOWEST)


def zeros(*shape: int) -> Ints:
    """Return sums of nothing, shape (*shape, LIMBS)."""
    return np.zeros((*shape, LIMBS), dtype=np.int64)


def add(sums: Ints, at: Ints, values: Floats) -> None:
    """Add values[i] to sums[at[i]].

    Parameters
    ----------
    sums : numpy.ndarray of int, shape (m, LIMBS)
    at : numpy.ndarray of int, shape (n,)
    values : numpy.ndarray of float, shape (n,)

    Raises
    ------
    MeasureError
        If a value is not finite, or a sum is 1e35 or more.
    """
    with np.errstate(over="ignore"):
        most = float(np.abs(values).sum())
    if not most < _MOST:
        raise _too_large()
    for start in range(0, len(values), _STEP):
        part = slice(start, start + _STEP)
        for limb, digits in _digits(values[part]):
            np.add.at(sums[:, limb], at[part], digits)
        if part.stop % _ROOM == 0:
            settle(sums)
    settle(sums)


def settle(sums: Ints) -> None:
    """Carry, so that equal sums are equal in every limb; shape (..., LIMBS).

    Raises
    ------
    MeasureError
        If a sum is 1e35 or more.
    """
    for limb in range(LIMBS - 1):
        sums[..., limb + 1] += sums[..., limb] >> BITS
        sums[..., limb] &= _MASK
    top = sums[..., -1]
    if top.size and (top.max() >= _TOP or top.min() < -_TOP):
        raise _too_large()


def merged(one: Ints, other: Ints) -> Ints:
    """Return the sum of two arrays of sums of one shape."""
    both: Ints = one + other
    settle(both)
    return both


def _too_large() -> MeasureError:
    return MeasureError(
        "the numbers are too large to be added up, or are not finite",
        where="sum",
        fix="mend the values: no area, length or number of people is near 1e35",
    )


def floats(sums: Ints) -> Floats:
    """Return sums (..., LIMBS) as floats (...), each rounded once."""
    flat = sums.reshape(-1, LIMBS)
    out = np.zeros(len(flat))
    some = np.flatnonzero(flat.any(axis=1))
    out[some] = [_number(row) for row in flat[some].tolist()]
    return out.reshape(sums.shape[:-1])


def _number(limbs: list[int]) -> float:
    return sum(limb << BITS * place for place, limb in enumerate(limbs)) / (1 << LOWEST)


def _digits(values: Floats) -> Iterator[tuple[int, Ints]]:
    """Give (limb, its digits with the values' signs, shape (n,)) for limbs that hold anything."""
    rest: Floats = np.abs(values)
    for limb in range(LIMBS - 1, 0, -1):
        unit = 2.0 ** (BITS * limb - LOWEST)
        if rest.max(initial=0.0) < unit:
            continue
        digit = np.floor(rest * (1.0 / unit))
        rest -= digit * unit  # exact: the leading digits of a number
        yield limb, np.copysign(digit, values).astype(np.int64)
    if rest.any():
        yield 0, np.copysign(np.rint(rest * 2.0**LOWEST), values).astype(np.int64)
