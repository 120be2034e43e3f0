"""What is not shown because too few people or features stand behind it.

Thresholds: 3 features, 10 persons (statistics act art. 38, and a parameter). What is hidden must
not follow from what is shown: along every line of numbers whose sum is published (the zones of a
class, the classes of a zone) either nothing is hidden, or at least two numbers that are together
large enough; the next smallest go with them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.limits import limit
from geo.measure.zones import Bools, Floats, Ints


@dataclass(frozen=True)
class Threshold:
    """The smallest groups that may be shown.

    Attributes
    ----------
    weights : int
        Features behind a sum of people times distances: of fewer, the people of each would
        follow from a few such sums.
    """

    persons: int = limit("persons_shown")
    features: int = limit("units_shown")
    weights: int = limit("weights_shown")


@dataclass(frozen=True)
class Hidden:
    """Zones that are not shown, shape (k,), and whether the whole is hidden too.

    Attributes
    ----------
    cells : numpy.ndarray of bool, shape (k + 1, C + 2)
        The same by class: a row for each zone and one for the whole; a column for each class,
        one for what has none, and one for all.
    """

    zones: Bools
    whole: bool
    cells: Bools


def hidden(sums: Floats, features: Ints, *, persons: bool, threshold: Threshold) -> Hidden:
    """Return which zones of a private term are not shown.

    Parameters
    ----------
    sums : numpy.ndarray of float, shape (k,)
        The term per zone: people, where `persons`.
    features : numpy.ndarray of int, shape (k,)
        Features behind each sum.

    Returns
    -------
    Hidden
        Empty zones are shown: zero discloses nobody.
    """
    size = sums if persons else features.astype(np.float64)
    return of_cells(
        hidden_cells(size[:, None], threshold.persons if persons else threshold.features)
    )


def of_cells(cells: Bools) -> Hidden:
    """Return cells with what they say of the zones and the whole."""
    return Hidden(cells[:-1, -1].copy(), bool(cells[-1, -1]), cells)


def hidden_cells(sizes: Floats, least: float) -> Bools:
    """Return which numbers are not shown, so that none of them follows from the others.

    Parameters
    ----------
    sizes : numpy.ndarray of float, shape (k, m)
        People or features behind each number; the last column is the sum of those before it.
    least : float
        The smallest group that may be shown.

    Returns
    -------
    numpy.ndarray of bool, shape (k + 1, m)
        The last row is all zones together.
    """
    table = np.vstack((sizes, sizes.sum(axis=0, keepdims=True)))
    small: Bools = (table > 0) & (table < least)
    if table.shape[1] > 1:
        return _rectangle(table, small, least)
    _complete(table[:, 0], small[:, 0], least)
    return small


def _complete(sizes: Floats, out: Bools, least: float) -> None:
    """Hide more of a line, whose last number is the sum of the others, until none follows."""
    parts, gone = sizes[:-1], out[:-1]
    while not out[-1] and gone.any() and (gone.sum() == 1 or parts[gone].sum() < least):
        others = np.flatnonzero((parts > 0) & ~gone)
        if len(others) == 0:
            out[-1] = True
        else:
            gone[others[np.argmin(parts[others])]] = True


def _rectangle(table: Floats, small: Bools, least: float) -> Bools:
    """Hide some rows' numbers in some columns, all of them, at least two by two.

    With the signs of its margins turned, each row and column of the table sums to 0. A number
    that is hidden follows from those shown exactly when it is on no closed way of hidden numbers
    (the only link between two parts of the table); in a full rectangle each one is on such a way.
    """
    rows, columns = small.any(axis=1), small.any(axis=0)
    while rows.any():
        block = table[np.ix_(rows, columns)]
        down, across = block.sum(axis=0), block.sum(axis=1)
        if (rows.sum() < 2 or ((down > 0) & (down < least)).any()) and not rows.all():
            rows[_next(rows, table[:, -1])] = True
        elif (columns.sum() < 2 or ((across > 0) & (across < least)).any()) and not columns.all():
            columns[_next(columns, table[-1])] = True
        else:
            break
    return np.asarray(np.outer(rows, columns))


def _next(taken: Bools, sizes: Floats) -> int:
    """Return the line that hides least: the smallest that is not empty, else any."""
    free = np.flatnonzero(~taken)
    some = free[sizes[free] > 0]
    return int(some[np.argmin(sizes[some])]) if len(some) else int(free[0])


def too_few(size: float, *, persons: bool, threshold: Threshold) -> bool:
    """Tell whether one group (people outside every zone) is too small to be shown."""
    return bool(0 < size < (threshold.persons if persons else threshold.features))
