"""Sums of features in zones while they are made, and the pieces that come of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from geo.measure.edges.bare import bare
from geo.measure.edges.compiled import compiled
from geo.measure.edges.sweep import order
from geo.measure.zones import Bools, Floats, Ints

FEATURE, ZONE, MEASURE, WHOLE = 0, 1, 2, 3
"""Columns of a table of pieces."""
COLUMNS = 4


@dataclass(frozen=True)
class EdgePieces:
    """The parts of features that lie in zones, ordered by zone, then feature.

    Attributes
    ----------
    feature, zone : numpy.ndarray of int, shape (m,)
    measure : numpy.ndarray of float, shape (m,)
        m2 or m.
    whole : numpy.ndarray of bool, shape (m,)
        The piece is surely the feature itself.
    """

    feature: Ints
    zone: Ints
    measure: Floats
    whole: Bools

    def __len__(self) -> int:
        return len(self.feature)


class Scratch(NamedTuple):
    """What a thread writes on for k zones; shapes (k,).

    Attributes
    ----------
    seen, owner : numpy.ndarray of int
        The part of a feature that looked at a zone last, and the feature that met it last.
    near, met : numpy.ndarray of int
        Candidates of a part, and zones that a feature met.
    sums, filled : numpy.ndarray
        A feature's measure in a zone, and its parts that lie wholly there.
    """

    seen: Ints
    owner: Ints
    near: Ints
    met: Ints
    sums: Floats
    filled: Ints


def new_scratch(zones: int) -> Scratch:
    """Return scratch for `zones` zones."""
    return Scratch(
        np.full(zones, -1, np.int64),
        np.full(zones, -1, np.int64),
        np.empty(zones, np.int64),
        np.empty(zones, np.int64),
        np.zeros(zones),
        np.zeros(zones, np.int64),
    )


@bare
def add(scratch: Scratch, found: int, feature: int, zone: int, value: float, filled: int) -> int:
    """Add to a feature's sum in a zone; return how many zones it has met."""
    if scratch.owner[zone] != feature:
        scratch.owner[zone] = feature
        scratch.met[found] = zone
        scratch.sums[zone], scratch.filled[zone] = 0.0, 0
        found += 1
    scratch.sums[zone] += value
    scratch.filled[zone] += filled
    return found


@bare
def emit(
    scratch: Scratch, found: int, feature: int, parts: int, noise: float, count: int, out: Floats
) -> int:
    """Write a feature's pieces by zone, without what rounding left of nothing.

    Parameters
    ----------
    parts : int
        The feature's parts: it lies wholly in a zone where all of them do.
    noise : float
        What is not more than this is nothing.
    """
    order(scratch.met, found)
    for k in range(found):
        zone = scratch.met[k]
        if scratch.sums[zone] > noise:
            out[count, FEATURE], out[count, ZONE] = feature, zone
            out[count, MEASURE] = scratch.sums[zone]
            out[count, WHOLE] = 1.0 if scratch.filled[zone] == parts else 0.0
            count += 1
    return count


def longer(values: Floats, count: int, more: int) -> Floats:
    """Return a table with room for `more` rows after the first `count`, and as many again."""
    out = np.empty((2 * (count + more), values.shape[1]))
    out[:count] = values[:count]
    return out


def joined(home: Ints, own: Floats, tables: list[Floats]) -> EdgePieces:
    """Return pieces of features that the grid settled and of those in tables.

    Parameters
    ----------
    home : numpy.ndarray of int, shape (n,)
        The zone that holds all of a feature, or a negative number.
    own : numpy.ndarray of float, shape (n,)
        Each feature's own measure.
    tables : list of numpy.ndarray of float, shape (any, COLUMNS)
    """
    found = unordered(home, own, tables)
    by = np.lexsort((found.feature, found.zone))
    return EdgePieces(found.feature[by], found.zone[by], found.measure[by], found.whole[by])


def unordered(home: Ints, own: Floats, tables: list[Floats]) -> EdgePieces:
    """Return the pieces of :func:`joined`, in no order that means anything."""
    table = np.concatenate([np.empty((0, COLUMNS)), *tables])
    settled = np.flatnonzero(home >= 0)
    return EdgePieces(
        np.concatenate((settled, table[:, FEATURE].astype(np.int64))),
        np.concatenate((home[settled], table[:, ZONE].astype(np.int64))),
        np.concatenate((own[settled], table[:, MEASURE])),
        np.concatenate((np.ones(len(settled), dtype=np.bool_), table[:, WHOLE] != 0.0)),
    )


def matrix(
    home: Ints,
    own: Floats,
    tables: list[Floats],
    kinds: Ints,
    shape: tuple[int, int],
    weights: Floats | None,
) -> tuple[Floats, Floats]:
    """Return sums by zone and class, and each feature's measure inside zones.

    The order of the sums is that of the features and chunks, whatever the number of cores.
    """
    given = np.ones(len(home)) if weights is None else weights
    total, inside = np.zeros(shape), np.zeros(len(home))
    _add_homes(home, own, kinds, given, total, inside)
    for table in tables:
        _add_table(table, kinds, given, total, inside)
    return total, inside


@compiled
def _add_homes(
    home: Ints, own: Floats, kinds: Ints, weights: Floats, out: Floats, inside: Floats
) -> None:
    for k in range(len(home)):
        if home[k] >= 0:
            out[home[k], kinds[k]] += weights[k] * own[k]
            inside[k] = own[k]


@compiled
def _add_table(table: Floats, kinds: Ints, weights: Floats, out: Floats, inside: Floats) -> None:
    for k in range(len(table)):
        feature, zone = int(table[k, FEATURE]), int(table[k, ZONE])
        out[zone, kinds[feature]] += weights[feature] * table[k, MEASURE]
        inside[feature] += table[k, MEASURE]
