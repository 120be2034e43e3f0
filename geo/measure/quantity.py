"""One term of a card, measured: what lies in which zone, and what became of the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import shapely

from geo.measure import engine, kernels
from geo.measure.classes import ByClass, code, per_class
from geo.measure.curved import on_ellipsoid, sizes_on_ellipsoid
from geo.measure.distance import Reached
from geo.measure.inputs import DIMENSION, Features, ZoneSet
from geo.measure.kernels import Measured, Pieces
from geo.measure.ledger import Entry, Parts, entry
from geo.measure.overlaps import once
from geo.measure.plan import TermPlan
from geo.measure.statistics import Readings
from geo.measure.where import select
from geo.measure.zones import Bools, Floats, Geometries, Ints, Zones
from geo.model.indicator import OWN_AREA

if TYPE_CHECKING:
    from geo.measure.zonal import RasterPieces

ROUNDED_M = 10.0
"""Distances that are counted for people are rounded to this: a sum of people times exact
distances can be solved for the people of each address."""


@dataclass(frozen=True)
class Chosen:
    """What a term measures, before any zone is known: n features.

    Attributes
    ----------
    shapes : numpy.ndarray of shapely.Geometry, shape (n,)
        What the pieces are cut from: features, without ground counted elsewhere.
    counted_away_m2 : numpy.ndarray of float, shape (n,)
        That ground.
    values : numpy.ndarray of float, shape (n,)
        What each feature's measure is multiplied by, without its reading; NaN: no value.
    reading : numpy.ndarray of float, shape (n,)
        Its own number: a distance, or a field in base units; NaN: none.
    reached : Reached or None
        What each feature reaches.
    """

    features: Features
    shapes: Geometries
    counted_away_m2: Floats
    values: Floats
    reading: Floats
    reached: Reached | None = None


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
    parts : Parts
        Per feature, where it went.
    classes : ByClass or None
        The same sums by class.
    readings : Readings or None
        What a median or a greatest value is taken of.
    chosen : Chosen or None
        What was measured, for evidence.
    cells : RasterPieces or None
        Of a raster, where its cells lie: `shapes` are None then.
    """

    plan: TermPlan
    features: Features
    shapes: Geometries
    pieces: Pieces
    sums: Floats
    counted: Ints
    missing: Ints
    entry: Entry
    parts: Parts | None = None
    classes: ByClass | None = None
    readings: Readings | None = None
    chosen: Chosen | None = None
    cells: RasterPieces | None = None

    def amount(self, zone: int) -> float | None:
        """Return the sum of one zone, or None where features are there but no value is."""
        if self.missing[zone] and not self.counted[zone]:
            return None
        return float(self.sums[zone])


def quantity(
    plan: TermPlan, source: Features, zones: ZoneSet, reached: Reached | None = None
) -> Quantity:
    """Measure one term in zones.

    Parameters
    ----------
    source : Features
        The term's whole layer; ignored when the term is the zones themselves.
    reached : Reached, optional
        For a term with a target: what the features that its filter takes do reach.

    Raises
    ------
    MeasureError
        If the filter does not fit the table, or a value is not a number.
    """
    if plan.itself:
        return _zones_themselves(plan, zones)
    return weighed(plan, choose(plan, source, reached), zones)


def choose(plan: TermPlan, source: Features, reached: Reached | None = None) -> Chosen:
    """Return the features of a term with their values, and ground that counts once.

    Raises
    ------
    MeasureError
        If the filter does not fit the table, or a value is not a number.
    """
    chosen = source.take(select(plan.where, source.table))
    shapes, away = chosen.geometries, np.zeros(len(chosen))
    field, weight = field_of(plan, chosen), weight_of(plan, chosen)
    if plan.once:
        ground = once(shapes, chosen.ids)
        shapes, away = ground.geometries, ground.counted_away_m2
    if plan.reading:
        assert reached is not None  # noqa: S101 - the card gives what its plan asks for
        return Chosen(chosen, shapes, away, field * weight, reached.distance_m, reached)
    return Chosen(chosen, shapes, away, field * weight, field)


def weighed(
    plan: TermPlan, chosen: Chosen, zones: ZoneSet, measured: Measured | None = None
) -> Quantity:
    """Measure features in zones, times their values and readings.

    Parameters
    ----------
    measured : Measured, optional
        What :func:`measured_in` gives, from whoever has it.
    """
    features, count = chosen.features, len(zones)
    measured = measured or measured_in(plan, measured_shapes(plan, chosen), zones.zones)
    values = chosen.values * multiplier(plan, chosen.reading)
    lost: Bools = np.isnan(values)
    known = np.where(lost, 0.0, values)
    pieces = measured.pieces
    has = ~lost[pieces.feature]
    kept = pieces.take(has, pieces.measure * known[pieces.feature])
    without = pieces.take(~has, pieces.measure)
    sums = kernels.per_zone(kept.measure, kept.zone, count)
    parts = Parts(
        total=(_size(plan, features.geometries) if plan.once else measured.total) * known,
        inside=np.bincount(kept.feature, weights=kept.measure, minlength=len(features)),
        outside=measured.outside * known,
        repeated=measured.repeated * known,
        counted_away=_counted_away(plan, chosen) * known,
    )
    classes = None
    if plan.by:
        classes = per_class(code(plan.by, features), count, kept, without, parts.repeated)
    found = entry(
        plan.role, plan.layer, plan.unit, parts, sums, features.ids, int(lost.sum()),
        None if classes is None else classes.sums,
    )  # fmt: skip
    return Quantity(
        plan=plan,
        features=features,
        shapes=chosen.shapes,
        pieces=kept,
        sums=sums,
        counted=np.bincount(kept.zone, minlength=count),
        missing=np.bincount(without.zone, minlength=count),
        entry=found,
        parts=parts,
        classes=classes,
        readings=_readings(plan, chosen, kept, classes),
        chosen=chosen,
    )


def measured_shapes(plan: TermPlan, chosen: Chosen) -> Geometries:
    """Return what a term cuts or counts of each of its features, shape (n,)."""
    return chosen.shapes if plan.measure in ("area", "length") else chosen.features.points


def measured_in(
    plan: TermPlan, shapes: Geometries, zones: Zones, form: engine.Form | None = None
) -> Measured:
    """Measure shapes (:func:`measured_shapes`) in zones, without their values."""
    if plan.measure not in ("area", "length"):
        return engine.points_in_zones(shapes, zones, form=form)
    cut = engine.area_in_zones if plan.measure == "area" else engine.length_in_zones
    measured = cut(shapes, zones, form=form)
    if plan.ellipsoid:
        return on_ellipsoid(measured, shapes, zones, DIMENSION[plan.family])
    return measured


def _size(plan: TermPlan, shapes: Geometries) -> Floats:
    return sizes_on_ellipsoid(shapes, 2) if plan.ellipsoid else np.asarray(shapely.area(shapes))


def _counted_away(plan: TermPlan, chosen: Chosen) -> Floats:
    if not plan.ellipsoid:
        return chosen.counted_away_m2
    out, some = np.zeros(len(chosen.features)), np.flatnonzero(chosen.counted_away_m2)
    lost = shapely.difference(chosen.features.geometries[some], chosen.shapes[some])
    out[some] = sizes_on_ellipsoid(lost, 2)
    return out


class Rows(Protocol):
    """What values are read of: features, or a batch of them."""

    def __len__(self) -> int: ...

    @property
    def geometries(self) -> Geometries:
        """EPSG:2180, shape (n,)."""

    def numbers(self, name: str) -> Floats:
        """Return a numeric field, shape (n,); NaN stands for a missing value."""


def field_of(plan: TermPlan, chosen: Rows) -> Floats:
    """Return the field that is added up, in base units, or ones; NaN: no value; shape (n,)."""
    values = np.full(len(chosen), plan.factor)
    if plan.field == OWN_AREA:
        values *= shapely.area(chosen.geometries)
    elif plan.field:
        values *= chosen.numbers(plan.field)
    if plan.given:
        values[np.isnan(chosen.numbers(plan.given))] = np.nan
    return values


def weight_of(plan: TermPlan, chosen: Rows) -> Floats:
    """Return what each feature's measure is multiplied by, shape (n,); NaN: no value."""
    return chosen.numbers(plan.weight) if plan.weight else np.ones(len(chosen))


def multiplier(plan: TermPlan, reading: Floats) -> Floats:
    """Return what a feature's reading makes of its measure, shape (n,); NaN: it does not count."""
    if plan.reading == "distance":
        return np.asarray(np.round(reading / ROUNDED_M) * ROUNDED_M) if plan.private else reading
    if plan.reading == "within":
        assert plan.target is not None and plan.target.distance_m is not None  # noqa: S101
        return np.asarray(reading <= plan.target.distance_m, dtype=np.float64)  # NaN is not near
    if plan.reading == "reached":
        return np.where(np.isnan(reading), np.nan, 1.0)
    return np.ones(len(reading))


def _readings(
    plan: TermPlan, chosen: Chosen, kept: Pieces, classes: ByClass | None
) -> Readings | None:
    """Return the features' own numbers, where features are counted whole and nothing is secret."""
    if plan.measure not in ("count", "sum") or plan.private or plan.role == "denominator":
        return None
    weight = chosen.values if plan.reading else weight_of(plan, chosen.features)
    codes = np.full(len(chosen.features), -1) if classes is None else classes.codes
    row = kept.feature
    return Readings(kept.zone, codes[row], chosen.reading[row], weight[row])


def _zones_themselves(plan: TermPlan, zones: ZoneSet) -> Quantity:
    """Take the zones' own area; the whole is their union, measured by itself."""
    union_m2 = float(_size(plan, np.array([zones.zones.whole], dtype=object))[0])
    repeats = zones.zones.repeats
    again = 0.0 if repeats is None else float(_size(plan, repeats.geometries).sum())
    return themselves(plan, zones, union_m2, again)


def themselves(plan: TermPlan, zones: ZoneSet, union_m2: float, again: float) -> Quantity:
    """Return the zones' own area as a term.

    Parameters
    ----------
    union_m2, again : float
        The ground of all zones, and what is counted again because they overlap, m2.
    """
    count, shapes = len(zones), zones.features.geometries
    areas = _size(plan, shapes) if plan.ellipsoid else zones.zones.areas_m2
    index = np.arange(count)
    single = np.ones(count, dtype=np.int64)
    pieces = Pieces(index, index, areas.copy(), np.ones(count, dtype=bool))
    parts = Parts(
        total=np.array([union_m2]),
        inside=np.array([areas.sum()]),
        outside=np.zeros(1),
        repeated=np.array([again]),
        counted_away=np.zeros(1),
    )
    found = entry(plan.role, plan.layer, plan.unit, parts, areas, [plan.layer], 0)
    return Quantity(plan, zones.features, shapes, pieces, areas, single, single * 0, found, parts)
