"""A measured card that takes changes, and measures again only what they touch.

A feature's pieces follow from that feature and the zones it meets (and, where ground counts once,
from the features it overlaps): only those are measured again. The rest is arithmetic: a zone that
lost or won a piece is summed anew from its pieces, and the sums of the ledger are kept as
expansions (:mod:`geo.measure.exact`), from which what went is taken away without rounding. Both
are exactly rounded sums of the same numbers as in a full run, and the card is put together by the
same code: the answer is the same to the last bit wherever the kernels give a feature the same
numbers alone and among others (GEOS does; compiled kernels do up to their grid, 1e-12).

Zones are redrawn in the same way: only features that meet ground that changed hands are measured
(:mod:`geo.measure.redrawn`), and distances change only where a target comes or goes nearby
(:mod:`geo.measure.nearer`). Of the zones' own union only that ground is measured again, so that
its area is that of a full run to 1e-12, and not to the last bit.

What is not of that kind is measured whole, and :attr:`Run.how` says so: ways through a network,
people who are shared out among houses, rasters in other zones, and zones that are cells when what
they cover changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import shapely

from geo.measure.card import CardResult, assemble, measure
from geo.measure.disclose import Threshold
from geo.measure.distance import Straight, nearest
from geo.measure.edits import Change, ids_in
from geo.measure.engine import Form, form_of
from geo.measure.exact import ExactSum, exact_sum
from geo.measure.inputs import Features, ZoneSet, zone_set
from geo.measure.ledger import Parts, Totals, sized
from geo.measure.local import weighed_near
from geo.measure.merge import Merge, joined, narrowed, subset
from geo.measure.nearer import Retargeted
from geo.measure.overlaps import once
from geo.measure.plan import Plan, TermPlan
from geo.measure.quantity import Chosen, Quantity, choose, measured_shapes
from geo.measure.redrawn import Rezoned, in_box
from geo.measure.secrets import by_features
from geo.measure.tessellation import cells_over
from geo.measure.where import select
from geo.measure.zonal import Source
from geo.measure.zones import Bools, Geometries, Ints

INCREMENTAL = "incremental"


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
    forms: tuple[Form, ...]

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
        moves = _Moves.of(self, mine)
        pairs = zip(self.base.quantities, self.forms, strict=True)
        terms = tuple(_changed(found, form, moves) for found, form in pairs)
        quick = tuple(
            made.answer(totals, _thin(self.plan, made.old))
            for made, totals in zip(terms, self.totals, strict=True)
        )
        result = assemble(self.plan, moves.after, quick, threshold=self.threshold)
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
            sources[layer] = change.applied(before)
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
    forms = tuple(_form(each) for each in base.quantities)
    return Run(base, sources, threshold, {}, base, INCREMENTAL, (), totals, forms)


def _why_whole(base: CardResult, changes: Mapping[str, Change]) -> str:
    """Return why a card cannot be changed piece by piece; empty when it can."""
    rezoned = base.plan.extent.id in changes
    if rezoned and base.plan.cells is not None:
        return "the zones are cells, and what they cover changes"
    for found in base.quantities:
        term = found.plan
        target, modelled = term.target, term.modelled
        if target and target.along and changes.keys() & {term.layer, target.layer, target.along}:
            return "ways through a network depend on all of it"
        if modelled and changes.keys() & {term.layer, modelled.spread.layer}:
            return "what is shared out depends on all who share"
        if rezoned and found.chosen is None and not term.itself:
            return "a raster is measured whole in other zones"
    return ""


def _thin(plan: Plan, found: Quantity) -> bool:
    """Tell whether a term's answers need its sums only, and none of its pieces."""
    return plan.kind != "order" and not by_features(found.plan)


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
class _Moves:
    """What becomes of the layers of a card, for all its terms.

    Attributes
    ----------
    nearer : tuple or None
        Whose distance changes, shape (n,), and all distances after the change.
    """

    changes: Mapping[str, Change]
    zones: ZoneSet
    rezoned: Rezoned | None
    nearer: tuple[Bools, Straight] | None

    @classmethod
    def of(cls, run: Run, changes: Mapping[str, Change]) -> _Moves:
        zones, moved = run.base.zones, changes.get(run.plan.extent.id)
        rezoned = None if moved is None else Rezoned.of(zones, moved)
        chosen, target = run.base.quantities[0].chosen, run.plan.numerator.target
        if target is None or chosen is None or not isinstance(chosen.reached, Straight):
            return cls(changes, zones, rezoned, None)
        layer = run.sources[target.layer]
        assert isinstance(layer, Features)  # noqa: S101 - distances to it were measured
        targets = Retargeted.of(target, layer, changes.get(target.layer))
        nearer = targets.renewed(chosen.reached, chosen.features.boxes)
        return cls(changes, zones, rezoned, nearer)

    @property
    def after(self) -> ZoneSet:
        """The zones after."""
        return self.zones if self.rezoned is None else self.rezoned.after

    @property
    def place(self) -> Ints:
        """Where each zone is among those after."""
        return np.arange(len(self.zones)) if self.rezoned is None else self.rezoned.place

    def come(self, term: TermPlan, old: Chosen) -> Chosen:
        """Return the new features of a term; ground that counts once is not settled yet."""
        change = self.changes.get(term.layer)
        if change is None:
            return subset(old, np.zeros(len(old.features), dtype=bool))
        reached = None
        if term.reading and self.nearer is not None:
            origins = change.come.take(select(term.where, change.come.table)).geometries
            targets = self.nearer[1].targets
            reached = Straight(origins, targets, *nearest(origins, targets))
        return choose(replace(term, once=False), change.come, reached)


def _form(found: Quantity) -> Form:
    """Return which kernels measured a term; what changes of it is measured by the same.

    What lies on a border to rounding may lie on the other side of it for others.
    """
    if found.chosen is None:
        return "plain"
    return form_of(found.plan.measure, measured_shapes(found.plan, found.chosen))


def _changed(found: Quantity, form: Form, moves: _Moves) -> _Made:
    """Return a term after changes of its layer, of its targets and of the zones."""
    term, old, rezoned = found.plan, found.chosen, moves.rezoned
    if term.itself:
        return _Made(found, found if rezoned is None else rezoned.themselves(term, found))
    if old is None:
        return _Made(found, found)
    gone = again = np.zeros(len(old.features), dtype=bool)
    if term.layer in moves.changes:
        gone = ids_in(old.features, moves.changes[term.layer].gone)
    if rezoned is not None:
        again = rezoned.touches(measured_shapes(term, old), old.features.boxes)
    now = old
    if term.reading and moves.nearer is not None:
        farther, reached = moves.nearer
        again = again | farther
        now = replace(old, reading=reached.distance_m, reached=reached)
    again, come = again & ~gone, moves.come(term, old)
    if term.once:
        again, fresh = _once(now, gone, again, come)
    else:
        fresh = joined(subset(now, again), come)
    drop = gone | again
    if not drop.any() and not len(fresh.features) and rezoned is None:
        return _Made(found, found)
    lost = weighed_near(term, subset(old, drop & _without_value(term, old)), moves.zones, form)
    new = weighed_near(term, fresh, moves.after, form)
    return _Made(found, new, Merge(found, drop, lost, new, moves.place, len(moves.after)))


def _without_value(term: TermPlan, old: Chosen) -> Bools:
    """Tell which features of a term count for nothing, shape (n,)."""
    lacking: Bools = np.isnan(old.values)
    # Whoever reaches nothing is not near, which is a value of its own.
    return lacking | np.isnan(old.reading) if term.reading in ("distance", "reached") else lacking


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
        rows = in_box(features.boxes, shapely.total_bounds(others))
        found = shapely.STRtree(others).query(features.geometries[rows], predicate="intersects")[0]
        out[rows[found]] = True
    return out


def _bare(found: Quantity) -> Quantity:
    return narrowed(found, np.zeros(len(found.pieces), dtype=bool))


def _only(result: CardResult, quantities: tuple[Quantity, ...]) -> CardResult:
    """Return a card for its pieces alone: nothing of a private term, which has none to show."""
    secret = result.hidden
    nothing = replace(
        secret, zones=np.ones_like(secret.zones), whole=True, cells=np.ones_like(secret.cells)
    )
    return replace(result, quantities=quantities, hidden=nothing)
