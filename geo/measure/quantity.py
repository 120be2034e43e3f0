"""One term of a card, measured: what lies in which zone, and what became of the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo.measure import kernels
from geo.measure.inputs import Features, ZoneSet
from geo.measure.kernels import Measured, Pieces
from geo.measure.ledger import Entry, Parts, entry
from geo.measure.overlaps import once
from geo.measure.plan import TermPlan
from geo.measure.where import select
from geo.measure.zones import Bools, Floats, Geometries, Ints
from geo.model.indicator import OWN_AREA


@dataclass(frozen=True)
class Quantity:
    """A term measured in k zones, in the term's base unit.

    Attributes
    ----------
    features : Features
        What the filter took, n features.
    shapes : numpy.ndarray of shapely.Geometry, shape (n,)
        What the pieces are cut from: features, without ground counted elsewhere.
    pieces : Pieces
        With the weight and the field's value in their measure.
    sums : numpy.ndarray of float, shape (k,)
        Exactly rounded sums of the pieces.
    counted, missing : numpy.ndarray of int, shape (k,)
        Features with and without a value.
    """

    plan: TermPlan
    features: Features
    shapes: Geometries
    pieces: Pieces
    sums: Floats
    counted: Ints
    missing: Ints
    entry: Entry

    def amount(self, zone: int) -> float | None:
        """Return the sum of one zone, or None where features are there but no value is."""
        if self.missing[zone] and not self.counted[zone]:
            return None
        return float(self.sums[zone])


def quantity(plan: TermPlan, source: Features, zones: ZoneSet) -> Quantity:
    """Measure one term in zones.

    Parameters
    ----------
    source : Features
        The term's whole layer; ignored when the term is the zones themselves.

    Raises
    ------
    MeasureError
        If the filter does not fit the table, or a value is not a number.
    """
    if plan.itself:
        return _zones_themselves(plan, zones)
    chosen = source.take(select(plan.where, source.table))
    values = _values(plan, chosen)
    shapes, away = chosen.geometries, np.zeros(len(chosen))
    if plan.once:
        ground = once(shapes, chosen.ids)
        shapes, away = ground.geometries, ground.counted_away_m2
    measured = _measured(plan, chosen, shapes, zones)
    return _weigh(plan, chosen, shapes, measured, values, away, len(zones))


def _measured(plan: TermPlan, chosen: Features, shapes: Geometries, zones: ZoneSet) -> Measured:
    if plan.measure == "area":
        return kernels.area_in_zones(shapes, zones.zones)
    if plan.measure == "length":
        return kernels.length_in_zones(shapes, zones.zones)
    return kernels.points_in_zones(chosen.points, zones.zones)


def _values(plan: TermPlan, chosen: Features) -> Floats:
    """Return what each feature's measure is multiplied by, shape (n,); NaN: no value."""
    values = np.full(len(chosen), plan.factor)
    if plan.field == OWN_AREA:
        values *= shapely.area(chosen.geometries)
    elif plan.field:
        values *= chosen.numbers(plan.field)
    if plan.weight:
        values *= chosen.numbers(plan.weight)
    if plan.given:
        values[np.isnan(chosen.numbers(plan.given))] = np.nan
    return values


def _weigh(
    plan: TermPlan,
    chosen: Features,
    shapes: Geometries,
    measured: Measured,
    values: Floats,
    away: Floats,
    zones: int,
) -> Quantity:
    lost: Bools = np.isnan(values)
    known = np.where(lost, 0.0, values)
    pieces = measured.pieces
    has = ~lost[pieces.feature]
    missing = np.bincount(pieces.zone[~has], minlength=zones)
    counted = np.bincount(pieces.zone[has], minlength=zones)
    kept = pieces.take(has, pieces.measure * known[pieces.feature])
    sums = kernels.per_zone(kept.measure, kept.zone, zones)
    inside = np.bincount(kept.feature, weights=kept.measure, minlength=len(chosen))
    parts = Parts(
        total=(measured.total if not plan.once else shapely.area(chosen.geometries)) * known,
        inside=inside,
        outside=measured.outside * known,
        repeated=measured.repeated * known,
        counted_away=away * known,
    )
    found = entry(plan.role, plan.layer, plan.unit, parts, sums, chosen.ids, int(lost.sum()))
    return Quantity(plan, chosen, shapes, kept, sums, counted, missing, found)


def _zones_themselves(plan: TermPlan, zones: ZoneSet) -> Quantity:
    """Take the zones' own area; the whole is their union, measured by itself."""
    areas, count = zones.zones.areas_m2, len(zones)
    index = np.arange(count)
    union_m2 = float(shapely.area(zones.zones.whole))
    single = np.ones(count, dtype=np.int64)
    pieces = Pieces(index, index, areas.copy(), np.ones(count, dtype=bool))
    parts = Parts(
        total=np.array([union_m2]),
        inside=np.array([areas.sum()]),
        outside=np.zeros(1),
        repeated=np.array([zones.zones.repeated_m2]),
        counted_away=np.zeros(1),
    )
    found = entry(plan.role, plan.layer, plan.unit, parts, areas, [plan.layer], 0)
    shapes = zones.features.geometries
    return Quantity(plan, zones.features, shapes, pieces, areas, single, single * 0, found)
