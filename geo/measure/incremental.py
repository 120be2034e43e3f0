"""A measured card that takes changes, and measures again only what they touch.

A feature's pieces follow from that feature and the zones it meets (and, where ground counts once,
from the features it overlaps): only those are measured again. The rest is arithmetic: a zone that
lost or won a piece is summed anew from its pieces, and the sums of the ledger are kept as
expansions (:mod:`geo.measure.exact`), from which what went is taken away without rounding. Both
are exactly rounded sums of the same numbers as in a full run, and the card is put together by the
same code: the answer is the same to the last bit wherever the kernels give a feature the same
numbers alone and among others (GEOS does; compiled kernels do up to their grid, 1e-12).

What is not of that kind is measured whole, and :attr:`Run.how` says so: distances to other
features, and zones that are cells when what they cover changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geo.measure.card import CardResult, assemble, measure
from geo.measure.disclose import Threshold
from geo.measure.exact import ExactSum, exact_sum
from geo.measure.inputs import Features, ZoneSet, zone_set
from geo.measure.ledger import Parts, Totals, sized
from geo.measure.merge import Merge, joined, narrowed, subset, with_more, without
from geo.measure.overlaps import once
from geo.measure.plan import Plan
from geo.measure.quantity import Chosen, Quantity, choose, quantity, weighed
from geo.measure.tessellation import cells_over
from geo.measure.zonal import Source
from geo.measure.zones import Bools, Floats, Geometries, Ints

INCREMENTAL = "incremental"


@dataclass(frozen=True)
class Change:
    """What becomes of one layer.

    Attributes
    ----------
    gone : tuple of str
        Ids, as text, of features that go, or come back changed.
    come : Features
        New and changed features, with the columns that the plan reads.
    """

    gone: tuple[str, ...]
    come: Features

    def then(self, later: Change) -> Change:
        """Return both changes as one."""
        kept = without(self.come, ids_in(self.come, later.gone))
        return Change((*self.gone, *later.gone), with_more(kept, later.come))


@dataclass(frozen=True)
class Run:
    """A card measured, and changed: :func:`prepare` makes the first one.

    Attributes
    ----------
    base : CardResult
        As it was prepared, with all its pieces.
    changes : mapping of str to Change
        Everything that became of its layers since, each layer once.
    result : CardResult
        The answers, the ledger and what is hidden. Its quantities hold no pieces: see `measured`.
    how : str
        ``incremental``, or why the changes were measured whole.
    """

    base: CardResult
    sources: Mapping[str, Source]
    threshold: Threshold
    changes: Mapping[str, Change]
    result: CardResult
    how: str
    terms: tuple[_Made, ...]
    totals: tuple[_Totals, ...]

    @property
    def plan(self) -> Plan:
        """The card's plan."""
        return self.base.plan

    def changed(self, changes: Mapping[str, Change]) -> Run:
        """Return the run after more changes of its layers.

        Parameters
        ----------
        changes : mapping of str to Change
            Layer id to what becomes of it; layers that the plan does not read are of no account.

        Raises
        ------
        MeasureError
            If what comes cannot be measured.
        """
        mine = dict(self.changes)
        for layer in self.plan.layers:
            if layer in changes:
                mine[layer] = mine[layer].then(changes[layer]) if layer in mine else changes[layer]
        why = _why_whole(self.base, mine)
        if why:
            result = self._whole(mine)
            return replace(self, changes=mine, result=result, how=why, terms=())
        zones = self.base.zones
        moved = mine.get(self.plan.extent.id)
        rezoned = None if moved is None else _Rezoned.of(zones, moved)
        terms = tuple(_changed(found, mine, zones, rezoned) for found in self.base.quantities)
        quick = tuple(
            made.answer(totals, _thin(self.plan, made.old))
            for made, totals in zip(terms, self.totals, strict=True)
        )
        after = zones if rezoned is None else rezoned.after
        result = assemble(self.plan, after, quick, threshold=self.threshold)
        return replace(self, changes=mine, result=result, how=INCREMENTAL, terms=terms)

    @cached_property
    def measured(self) -> CardResult:
        """The changed card with all its pieces, as a full run gives it."""
        if self.how != INCREMENTAL or not self.terms:
            return self.result
        pairs = zip(self.terms, self.totals, strict=True)
        return replace(self.result, quantities=tuple(made.answer(t, False) for made, t in pairs))

    @cached_property
    def touched(self) -> tuple[CardResult, CardResult]:
        """The base with only the pieces that went since, and the card with those that came.

        A private term has none to show.
        """
        if not self.terms:
            whole = self.how != INCREMENTAL
            one, other = (
                tuple(each if whole else _bare(each) for each in result.quantities)
                for result in (self.base, self.result)
            )
            return _only(self.base, one), _only(self.result, other)
        gone = tuple(made.gone for made in self.terms)
        return _only(self.base, gone), _only(self.result, tuple(made.come for made in self.terms))

    def _whole(self, changes: Mapping[str, Change]) -> CardResult:
        """Apply every change to the sources and measure all of it."""
        sources = dict(self.sources)
        for layer, change in changes.items():
            before = sources[layer]
            assert isinstance(before, Features)  # noqa: S101 - a raster has no features to change
            kept = without(before, ids_in(before, change.gone))
            sources[layer] = with_more(kept, change.come)
        zones, extent = self.base.zones, sources.get(self.plan.extent.id)
        if self.plan.extent.id in changes and isinstance(extent, Features):
            cells = self.plan.cells
            zones = (
                zone_set(extent) if cells is None else cells_over(cells, extent, self.plan.zones)
            )
        return measure(self.plan, zones, sources, threshold=self.threshold)


def prepare(
    plan: Plan,
    zones: ZoneSet,
    sources: Mapping[str, Source],
    *,
    threshold: Threshold | None = None,
) -> Run:
    """Measure a card so that it can be changed.

    Parameters
    ----------
    As :func:`geo.measure.card.measure`.
    """
    threshold = threshold or Threshold()
    base = measure(plan, zones, sources, threshold=threshold)
    totals = tuple(_Totals.of(each) for each in base.quantities)
    return Run(base, sources, threshold, {}, base, INCREMENTAL, (), totals)


def _why_whole(base: CardResult, changes: Mapping[str, Change]) -> str:
    """Return why a card cannot be changed piece by piece; empty when it can."""
    rezoned = base.plan.extent.id in changes
    if rezoned and base.plan.cells is not None:
        return "the zones are cells, and what they cover changes"
    for found in base.quantities:
        if found.plan.target is not None and changes:
            return "distances depend on all features at once"
        if rezoned and found.chosen is None and not found.plan.itself:
            return "a raster is measured whole in other zones"
    return ""


def _thin(plan: Plan, found: Quantity) -> bool:
    """Tell whether a term's answers need its sums only, and none of its pieces."""
    return plan.kind != "order" and (found.plan.persons or not found.plan.private)


def ids_in(features: Features, ids: tuple[str, ...]) -> Bools:
    """Tell which features have one of some ids, given as text; shape (n,)."""
    column = features.table.column(features.layer.id_field).cast(pa.string())
    found = pc.is_in(column, value_set=pa.array(ids, pa.string()))
    return np.asarray(found.to_numpy(), dtype=bool)


@dataclass(frozen=True)
class _Totals:
    """The sums of a term's ledger, each without rounding, in the order of ledger.Totals."""

    sums: tuple[ExactSum, ...]

    @classmethod
    def of(cls, found: Quantity) -> _Totals:
        assert found.parts is not None  # noqa: S101 - every measured term has them
        return cls(tuple(exact_sum(part) for part in sized(found.parts)))

    def rounded(self) -> Totals:
        """Return them as the ledger has them."""
        return Totals(*(each.value for each in self.sums))

    def changed(self, gone: Parts, come: Parts) -> _Totals:
        pairs = zip(self.sums, sized(gone), sized(come), strict=True)
        return _Totals(tuple(one.changed(a.tolist(), b.tolist()) for one, a, b in pairs))


@dataclass(frozen=True)
class _Made:
    """A term after a change: `merge` is None where nothing touches it, or it was made anew."""

    old: Quantity
    new: Quantity
    merge: Merge | None = None

    def answer(self, totals: _Totals, thin: bool) -> Quantity:
        """Return the term; a thin one has the sums of the whole, but no pieces."""
        if self.merge is None:
            return self.new
        come = self.new.parts
        assert come is not None  # noqa: S101 - it was measured
        known = totals.changed(self.merge.gone_parts(), come).rounded()
        return self.merge.sums(known) if thin else self.merge.quantity(known)

    @property
    def gone(self) -> Quantity:
        """The term with only the pieces that go."""
        if self.merge is not None:
            return self.merge.gone()
        return _bare(self.old) if self.new is self.old else self.old

    @property
    def come(self) -> Quantity:
        """The term with only the pieces that come."""
        return _bare(self.old) if self.new is self.old else self.new


@dataclass(frozen=True)
class _Rezoned:
    """Zones before and after: where each went, and what became of its ground.

    Attributes
    ----------
    place : numpy.ndarray of int, shape (k,)
        The row of each zone among those after; -1: it is gone.
    pairs : tuple
        (before or None, after or None) of every zone that was redrawn.
    """

    after: ZoneSet
    place: Ints
    pairs: tuple[tuple[object, object], ...]

    @classmethod
    def of(cls, zones: ZoneSet, change: Change) -> _Rezoned:
        kept = without(zones.features, ids_in(zones.features, change.gone))
        after = zone_set(with_more(kept, change.come))
        rows = {name: row for row, name in enumerate(after.ids)}
        old = {name: row for row, name in enumerate(zones.ids)}
        place = np.array([rows.get(name, -1) for name in zones.ids], dtype=np.int64)
        names = dict.fromkeys((*change.gone, *map(str, change.come.ids)))
        pairs = tuple(
            (
                zones.zones.geometries[old[name]] if name in old else None,
                after.zones.geometries[rows[name]] if name in rows else None,
            )
            for name in names
            if name in old or name in rows  # one that came and went again never was
        )
        return cls(after, place, pairs)

    def touches(self, features: Features) -> Bools:
        """Tell which features may lie otherwise than before; shape (n,).

        Not those that a zone held before and holds now, away from both of its borders, and not
        those that met it neither before nor now.
        """
        shapes, out = features.geometries, np.zeros(len(features), dtype=bool)
        for pair in self.pairs:
            solid = [each for each in pair if each is not None]
            rows = _in_box(features, shapely.total_bounds(solid))
            meets, held = np.zeros(len(rows), dtype=bool), np.ones(len(rows), dtype=bool)
            for zone in solid:
                meets |= shapely.intersects(zone, shapes[rows])
                held &= shapely.contains_properly(zone, shapes[rows])
            # What a zone that is new, or gone, meets is touched, however deep it lies.
            out[rows] |= meets & ~held if len(solid) == 2 else meets
        return out


def _changed(
    found: Quantity,
    changes: Mapping[str, Change],
    zones: ZoneSet,
    rezoned: _Rezoned | None,
) -> _Made:
    """Return a term after changes of its layer and of the zones."""
    term, change = found.plan, changes.get(found.plan.layer)
    if (change is None or term.itself) and rezoned is None:
        return _Made(found, found)
    if term.itself:
        assert rezoned is not None  # noqa: S101 - as seen above
        return _Made(found, quantity(term, rezoned.after.features, rezoned.after))
    old = found.chosen
    assert old is not None  # noqa: S101 - every term that reads features has it
    gone = again = np.zeros(len(old.features), dtype=bool)
    come = subset(old, gone)
    if change is not None:
        gone = ids_in(old.features, change.gone)
        come = choose(replace(term, once=False), change.come)
    if rezoned is not None:
        again = rezoned.touches(old.features) & ~gone
    if term.once:
        again, fresh = _once(old, gone, again, come)
    else:
        fresh = joined(subset(old, again), come)
    drop = gone | again
    after = zones if rezoned is None else rezoned.after
    place = np.arange(len(zones)) if rezoned is None else rezoned.place
    valueless = drop.copy()
    valueless[drop] = np.isnan(old.values[drop])
    lost = weighed(term, subset(old, valueless), zones)
    new = weighed(term, fresh, after)
    return _Made(found, new, Merge(found, drop, lost, new, place, len(after)))


def _once(old: Chosen, gone: Bools, again: Bools, come: Chosen) -> tuple[Bools, Chosen]:
    """Return which features keep other ground than before, and those with what they keep now.

    What a feature keeps is decided by the features of smaller id that it overlaps: only those
    that meet what went or came may keep other ground, and only what meets those has a say in it.
    """
    kept = old.features.geometries
    moved = np.concatenate((kept[gone], come.features.geometries))
    again = (again | _meeting(old.features, moved)) & ~gone
    ours = np.concatenate((kept[again], come.features.geometries))
    around = (_meeting(old.features, ours) | again) & ~gone
    local = joined(subset(old, around), come)
    ground = once(local.features.geometries, local.features.ids)
    mine = np.concatenate((again[around], np.ones(len(come.features), dtype=bool)))
    settled = replace(local, shapes=ground.geometries, counted_away_m2=ground.counted_away_m2)
    return again, subset(settled, mine)


def _meeting(features: Features, others: Geometries) -> Bools:
    """Tell which features meet one of some shapes; shape (n,)."""
    out = np.zeros(len(features), dtype=bool)
    if len(others) and len(features):
        rows = _in_box(features, shapely.total_bounds(others))
        found = shapely.STRtree(others).query(features.geometries[rows], predicate="intersects")[0]
        out[rows[found]] = True
    return out


def _in_box(features: Features, box: Floats) -> Ints:
    """Return the features whose box meets another."""
    low_x, low_y, high_x, high_y = features.boxes.T
    west, south, east, north = box.tolist()
    across = (low_x <= east) & (high_x >= west)
    return np.flatnonzero(across & (low_y <= north) & (high_y >= south))


def _bare(found: Quantity) -> Quantity:
    return narrowed(found, np.zeros(len(found.pieces), dtype=bool))


def _only(result: CardResult, quantities: tuple[Quantity, ...]) -> CardResult:
    """Return a card for its pieces alone: nothing of a private term, which has none to show."""
    secret = result.hidden
    nothing = replace(
        secret, zones=np.ones_like(secret.zones), whole=True, cells=np.ones_like(secret.cells)
    )
    return replace(result, quantities=quantities, hidden=nothing)
