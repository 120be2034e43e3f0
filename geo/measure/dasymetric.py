r"""Totals of zones spread over what stands in them: people of a district onto its buildings.

For a zone :math:`z` with the total :math:`P_z` and features :math:`i` of weights
:math:`w_i \ge 0` (volume: footprint times floors of a dwelling house)

.. math:: p_i = P_{z(i)} \frac{w_i}{\sum_{j \in z} w_j}.

Every zone keeps its total. Where whole persons are asked for, each feature gets the whole part and
the ones that are left go to the greatest remainders (Hamilton's method; of equal ones, to the
feature that comes first), so the total is kept to the last person. A total that has nothing to
stand on is not spread and not lost: it is reported. J. K. Wright, A method of mapping densities of
population, 1936; J. Mennis, Generating surface models of population using dasymetric mapping, 2003.

What comes out is modelled, not counted; cards that use it must say so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely

from geo.errors import MeasureError
from geo.measure import kernels
from geo.measure.inputs import Features
from geo.measure.where import select
from geo.measure.zones import Floats, Ints, Zones
from geo.model.indicator import OWN_AREA
from geo.model.layer import ModelledField


@dataclass(frozen=True)
class Placed:
    """Totals of k zones over n features.

    Attributes
    ----------
    values : numpy.ndarray of float, shape (n,)
        0 for a feature that takes none; NaN where its zone has no total, or it lies in no zone.
    unplaced : numpy.ndarray of float, shape (k,)
        Totals of zones in which nothing takes them.
    """

    values: Floats
    unplaced: Floats


def spread(totals: Floats, zone: Ints, weights: Floats, *, whole: bool = False) -> Placed:
    """Spread the total of each zone over its features, in proportion to their weights.

    Parameters
    ----------
    totals : numpy.ndarray of float, shape (k,)
        0 or more; NaN: not known.
    zone : numpy.ndarray of int, shape (n,)
        The zone of each feature; -1: in none.
    weights : numpy.ndarray of float, shape (n,)
        0 or more; 0: takes nothing.
    whole : bool
        Give whole numbers; the totals must be whole then.

    Raises
    ------
    MeasureError
        If a weight or a total is negative or infinite, or not whole where that is asked for.
    """
    _check(totals, weights, whole=whole)
    count = len(totals)
    taking = (zone >= 0) & (weights > 0.0)
    sums = kernels.per_zone(weights[taking], zone[taking], count)
    known = np.append(totals, np.nan)[zone]  # -1 is the last: not known
    share = np.zeros(len(zone))
    share[taking] = weights[taking] / sums[zone[taking]]
    values = known * share
    if whole:
        values = _whole(totals, zone, values, taking)
    nobody = (sums == 0.0) & ~np.isnan(totals)
    return Placed(values, np.where(nobody, totals, 0.0))


def _check(totals: Floats, weights: Floats, *, whole: bool) -> None:
    good = totals[~np.isnan(totals)]
    if not (np.isfinite(weights).all() and (weights >= 0.0).all()):
        raise MeasureError(
            "a weight is negative or no number", where="spread", fix="mend the field, or filter it"
        )
    if not (np.isfinite(good).all() and (good >= 0.0).all()):
        raise MeasureError("a total is negative or infinite", where="spread")
    if whole and (good != np.floor(good)).any():
        raise MeasureError(
            "a total is not whole, but whole numbers are asked for",
            where="spread",
            fix="leave out `whole`, or mend the totals",
        )


def _whole(totals: Floats, zone: Ints, values: Floats, taking: np.ndarray) -> Floats:
    """Round each zone's values to whole numbers with the same sum, by the greatest remainder."""
    rows = np.flatnonzero(taking & ~np.isnan(values))
    floor = np.floor(values[rows])
    rest = values[rows] - floor
    given = np.bincount(zone[rows], weights=floor, minlength=len(totals))
    left = np.nan_to_num(totals) - given
    order = np.lexsort((rows, -rest, zone[rows]))
    ordered = zone[rows][order]
    first = np.searchsorted(ordered, ordered)
    rank = np.arange(len(order)) - first
    floor[order] += rank < left[ordered]
    out = values.copy()
    out[rows] = floor
    return out


def with_modelled(
    features: Features, field: ModelledField, totals: Features
) -> tuple[Features, float]:
    """Return features with a modelled field as one more column, and what could not be placed.

    Parameters
    ----------
    features : Features
        n features: all of the layer, with the columns that the field is made of.
    field : ModelledField
    totals : Features
        The zones, and the field of their totals.

    Returns
    -------
    Features
        Its column `field.name` is null where the feature's zone has no total, or there is none.
    float
        The sum of totals that nothing takes.

    Raises
    ------
    MeasureError
        If the filter does not fit, or a weight or total is not one.
    """
    recipe = field.spread
    order: Ints = np.argsort(totals.ids, kind="stable")
    zones = Zones(totals.geometries[order])
    found = kernels.points_in_zones(features.points, zones).pieces
    zone = np.full(len(features), -1, dtype=np.int64)
    zone[found.feature[::-1]] = found.zone[::-1]  # of zones that overlap, the first
    weights = np.asarray(select(recipe.where, features.table), dtype=np.float64)
    for name in recipe.by:
        numbers = shapely.area(features.geometries) if name == OWN_AREA else features.numbers(name)
        weights = weights * np.nan_to_num(numbers)
    placed = spread(totals.numbers(recipe.field)[order], zone, weights, whole=recipe.whole)
    column = pa.array(placed.values, from_pandas=True)
    table = features.table.append_column(field.name, column)
    more = Features(features.layer, table, features.ids, features.geometries)
    return more, math.fsum(placed.unplaced.tolist())
