"""Measured terms without some of their features and with others: arrays, no geometry."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from geo.measure import kernels
from geo.measure.classes import ByClass
from geo.measure.distance import Both, Some
from geo.measure.inputs import Features
from geo.measure.kernels import Pieces
from geo.measure.ledger import Parts, Totals, entry
from geo.measure.quantity import Chosen, Quantity
from geo.measure.statistics import Readings
from geo.measure.zones import Bools, Floats, Ints

_FEW = 1_000
"""Rows that are cut out of a table by slices, which copy nothing."""


def without(features: Features, drop: Bools) -> Features:
    """Return features without some; `drop` has shape (n,)."""
    if not drop.any():
        return features
    rows = np.flatnonzero(drop)
    if len(rows) <= _FEW:
        starts, ends = [0, *(rows + 1).tolist()], [*rows.tolist(), len(features)]
        pairs = zip(starts, ends, strict=True)
        slices = [features.table.slice(start, end - start) for start, end in pairs if end > start]
        table = pa.concat_tables([features.table.schema.empty_table(), *slices])
    else:
        table = features.table.filter(pa.array(~drop))
    left = Features(features.layer, table, features.ids[~drop], features.geometries[~drop])
    if "points" in features.__dict__:
        left.__dict__["points"] = features.points[~drop]
    return left


def with_more(features: Features, more: Features) -> Features:
    """Return features and, behind them, more features of the same layer."""
    if not len(more):
        return features
    table = pa.concat_tables([features.table, more.table.select(features.table.column_names)])
    found = Features(
        features.layer,
        table,
        np.concatenate((features.ids, more.ids)),
        np.concatenate((features.geometries, more.geometries)),
    )
    if "points" in features.__dict__:
        found.__dict__["points"] = np.concatenate((features.points, more.points))
    return found


def subset(chosen: Chosen, keep: Bools) -> Chosen:
    """Return some features of a term; `keep` has shape (n,)."""
    features = chosen.features.take(keep)
    if "points" in chosen.features.__dict__ and features is not chosen.features:
        features.__dict__["points"] = chosen.features.points[keep]
    return _rows(chosen, features, keep)


def _rows(chosen: Chosen, features: Features, keep: Bools) -> Chosen:
    return Chosen(
        features,
        chosen.shapes[keep],
        chosen.counted_away_m2[keep],
        chosen.values[keep],
        chosen.reading[keep],
        None if chosen.reached is None else Some(chosen.reached, np.flatnonzero(keep)),
    )


def joined(one: Chosen, other: Chosen) -> Chosen:
    """Return the features of a term and, behind them, others of it."""
    return Chosen(
        with_more(one.features, other.features),
        np.concatenate((one.shapes, other.shapes)),
        np.concatenate((one.counted_away_m2, other.counted_away_m2)),
        np.concatenate((one.values, other.values)),
        np.concatenate((one.reading, other.reading)),
        None if one.reached is None or other.reached is None else Both(one.reached, other.reached),
    )


@dataclass(frozen=True)
class Merge:
    """A change of one term: what goes, what comes, and where the zones went.

    Attributes
    ----------
    old : Quantity
        Before; n features in k zones.
    drop : numpy.ndarray of bool, shape (n,)
        Features whose pieces go.
    lost : Quantity
        Those of them that have no value, in the zones before.
    fresh : Quantity
        What comes, in the zones after.
    place : numpy.ndarray of int, shape (k,)
        The row of each zone among those after, ascending; -1: it is gone.
    count : int
        Zones after.
    """

    old: Quantity
    drop: Bools
    lost: Quantity
    fresh: Quantity
    place: Ints
    count: int

    def gone(self) -> Quantity:
        """Return the term with only the pieces that go."""
        return narrowed(self.old, ~self._stay)

    def gone_parts(self) -> Parts:
        """Return the parts of the features that go."""
        return _parts(_known(self.old.parts), self._rows)

    def sums(self, known: Totals) -> Quantity:
        """Return the term after the change with its sums, and with the pieces that came alone.

        Parameters
        ----------
        known : Totals
            Of the parts of all its features.
        """
        old, fresh = self.old, self.fresh
        sums = _moved(old.sums, self.place, self.count)
        for zone in self._touched:
            sums[zone] = math.fsum(np.concatenate(self._in(zone, _measure)).tolist())
        counted = _moved(old.counted - self._went, self.place, self.count)
        classes = self._classes()
        found = entry(
            old.plan.role, old.plan.layer, old.plan.unit, _known(fresh.parts), sums,
            fresh.features.ids, self._without_value, None if classes is None else classes.sums,
            known,
        )  # fmt: skip
        found = replace(found, unplaced=old.entry.unplaced)
        if not found.closes:  # it names the worst of all features
            return self.quantity(known)
        missing = _moved(old.missing - self.lost.missing, self.place, self.count)
        return replace(
            fresh,
            sums=sums,
            counted=counted + fresh.counted,
            missing=missing + fresh.missing,
            entry=found,
            classes=classes,
            readings=None,
        )

    def quantity(self, known: Totals) -> Quantity:
        """Return the term after the change, with all its features and pieces."""
        old, fresh, before = self.old, self.fresh, _known(self.old.chosen)
        kept = _rows(before, without(before.features, self.drop), ~self.drop)
        chosen = joined(kept, _known(fresh.chosen))
        parts = _joined_parts(_parts(_known(old.parts), ~self.drop), _known(fresh.parts))
        pieces = self._pieces(len(kept.features))
        sums = _moved(old.sums, self.place, self.count)
        for zone in self._touched:
            sums[zone] = math.fsum(np.concatenate(self._in(zone, _measure)).tolist())
        classes = self._classes()
        found = entry(
            old.plan.role, old.plan.layer, old.plan.unit, parts, sums, chosen.features.ids,
            self._without_value, None if classes is None else classes.sums, known,
        )  # fmt: skip
        found = replace(found, unplaced=old.entry.unplaced)
        missing = _moved(old.missing - self.lost.missing, self.place, self.count)
        return Quantity(
            plan=old.plan,
            features=chosen.features,
            shapes=chosen.shapes,
            pieces=pieces,
            sums=sums,
            counted=np.bincount(pieces.zone, minlength=self.count),
            missing=missing + fresh.missing,
            entry=found,
            parts=parts,
            classes=classes,
            readings=self._readings(classes),
            chosen=chosen,
        )

    @property
    def _without_value(self) -> int:
        """Features without a value after the change."""
        return self.old.entry.missing - len(self.lost.features) + self.fresh.entry.missing

    @cached_property
    def _rows(self) -> Ints:
        """The features that go."""
        return np.flatnonzero(self.drop)

    @cached_property
    def _stay(self) -> Bools:
        """Which pieces stay."""
        return ~self.drop[self.old.pieces.feature]

    @cached_property
    def _went(self) -> Ints:
        """How many pieces each zone loses, shape (k,)."""
        gone = self.old.pieces.zone[np.flatnonzero(~self._stay)]
        return np.bincount(gone, minlength=len(self.place))

    @cached_property
    def _at(self) -> Ints:
        """Where each new piece goes among those that stay: behind those of its zone."""
        zone = self.place[self.old.pieces.zone[self._stay]]
        return np.searchsorted(zone, self.fresh.pieces.zone, side="right")

    def _pieces(self, kept: int) -> Pieces:
        old, fresh, stay = self.old.pieces, self.fresh.pieces, self._stay
        row = np.cumsum(~self.drop) - 1
        return Pieces(
            np.insert(row[old.feature[stay]], self._at, fresh.feature + kept),
            np.insert(self.place[old.zone[stay]], self._at, fresh.zone),
            np.insert(old.measure[stay], self._at, fresh.measure),
            np.insert(old.whole[stay], self._at, fresh.whole),
        )

    @cached_property
    def _touched(self) -> list[int]:
        """The zones after the change that are not as they were."""
        touched = np.ones(self.count + 1, dtype=bool)  # the last one stands for those that are gone
        touched[self.place] = False
        touched[self.place[self._went > 0]] = True
        touched[self.fresh.pieces.zone] = True
        return np.flatnonzero(touched[:-1]).tolist()

    def _in[T](self, zone: int, read: Callable[[Quantity, slice | Ints], T]) -> tuple[T, T]:
        """Read the pieces of a zone after the change: those that stayed, those that came."""
        before = np.flatnonzero(self.place == zone)
        stayed: Ints = np.empty(0, dtype=np.int64)
        if len(before):
            rows = _slice(self.old.pieces, int(before[0]))
            stayed = rows.start + np.flatnonzero(self._stay[rows])
        return read(self.old, stayed), read(self.fresh, _slice(self.fresh.pieces, zone))

    def _classes(self) -> ByClass | None:
        old, fresh, lost = self.old.classes, self.fresh.classes, self.lost.classes
        if old is None or fresh is None or lost is None:
            return None
        was, codes, names = self._codes(old, fresh)
        columns = len(names) + 1
        sums = _moved(_renamed(old.sums, old.names, names), self.place, self.count)
        counted = _moved(_renamed(old.counted, old.names, names), self.place, self.count)
        gone = _renamed(old.missing, old.names, names) - _renamed(lost.missing, lost.names, names)
        missing = _moved(gone, self.place, self.count)
        missing = missing + _renamed(fresh.missing, fresh.names, names)
        here = {id(self.old): was, id(self.fresh): codes}
        for zone in self._touched:
            column = np.concatenate(self._in(
                zone, lambda q, rows: here[id(q)][q.pieces.feature[rows]])) % columns  # fmt: skip
            measure = np.concatenate(self._in(zone, _measure))
            sums[zone] = kernels.per_zone(measure, column, columns)
            counted[zone] = np.bincount(column, minlength=columns)
        every = np.concatenate((was[~self.drop], codes))
        again = np.zeros(columns)
        kept, come = _known(self.old.parts).repeated, _known(self.fresh.parts).repeated
        if kept.any() or come.any():
            repeated = np.concatenate((kept[~self.drop], come))
            again = kernels.per_zone(repeated, every % columns, columns)
        return ByClass(names, every, sums, counted, missing, again)

    def _codes(self, old: ByClass, fresh: ByClass) -> tuple[Ints, Ints, tuple[str, ...]]:
        """Return the classes of the features before and of those that come, under new names.

        A field without a closed list has the names that occur.
        """
        names = old.names
        if not self.old.plan.by.names:
            left = np.bincount(old.codes + 1, minlength=len(old.names) + 1)
            left -= np.bincount(old.codes[self._rows] + 1, minlength=len(old.names) + 1)
            there = {name for name, count in zip(old.names, left[1:], strict=True) if count}
            codes = set(fresh.codes.tolist()) - {-1}
            names = tuple(sorted(there | {fresh.names[code] for code in codes}))
        return _recoded(old.codes, old, names), _recoded(fresh.codes, fresh, names), names

    def _readings(self, classes: ByClass | None) -> Readings | None:
        old, fresh = self.old.readings, self.fresh.readings
        if old is None or fresh is None:
            return None
        codes = old.code[self._stay], fresh.code
        if classes is not None and self.old.classes is not None and self.fresh.classes is not None:
            codes = (
                _recoded(codes[0], self.old.classes, classes.names),
                _recoded(codes[1], self.fresh.classes, classes.names),
            )
        return Readings(
            np.insert(self.place[old.zone[self._stay]], self._at, fresh.zone),
            np.insert(codes[0], self._at, codes[1]),
            np.insert(old.reading[self._stay], self._at, fresh.reading),
            np.insert(old.weight[self._stay], self._at, fresh.weight),
        )


def narrowed(found: Quantity, keep: Bools) -> Quantity:
    """Return a term with only some of its pieces, shape (m,): for evidence, not for sums."""
    pieces = found.pieces.take(keep, found.pieces.measure)
    return replace(found, pieces=pieces, readings=None)


def _known[T](given: T | None) -> T:
    assert given is not None  # noqa: S101 - every term that reads features has it
    return given


def _parts(parts: Parts, keep: Bools | Ints) -> Parts:
    return Parts(*(getattr(parts, each.name)[keep] for each in fields(Parts)))


def _joined_parts(one: Parts, other: Parts) -> Parts:
    pairs = ((getattr(one, each.name), getattr(other, each.name)) for each in fields(Parts))
    return Parts(*(np.concatenate(pair) for pair in pairs))


def _moved[T: (Floats, Ints)](values: T, place: Ints, count: int) -> T:
    """Return the rows of zones where they are after a change; new zones have zeros."""
    out = np.zeros((count, *values.shape[1:]), dtype=values.dtype)
    there = place >= 0
    out[place[there]] = values[there]
    return out


def _slice(pieces: Pieces, zone: int) -> slice:
    """Return where the pieces of a zone are: they lie together."""
    start, end = np.searchsorted(pieces.zone, (zone, zone + 1))
    return slice(int(start), int(end))


def _measure(found: Quantity, rows: slice | Ints) -> Floats:
    return found.pieces.measure[rows]


def _recoded(codes: Ints, by: ByClass, names: tuple[str, ...]) -> Ints:
    rows = {name: row for row, name in enumerate(names)}
    table = np.array([*(rows.get(name, -1) for name in by.names), -1], dtype=np.int64)
    return table[codes]


def _renamed[T: (Floats, Ints)](values: T, old: tuple[str, ...], names: tuple[str, ...]) -> T:
    """Return columns of classes, the last one for what has none, in the order of other names."""
    out = np.zeros((len(values), len(names) + 1), dtype=values.dtype)
    rows = {name: row for row, name in enumerate(names)}
    for column, name in enumerate(old):
        if name in rows:
            out[:, rows[name]] = values[:, column]
    out[:, -1] = values[:, -1]
    return out
