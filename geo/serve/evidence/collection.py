"""Promised evidence, read like a version that is stored: the same questions, the same answers.

A page lies in one part, so that it never waits for two; its end may be that of a zone and not of
the limit, and the link to the next one says that others follow.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import shapely

from geo import crs as systems
from geo.crs import Box
from geo.errors import TooSlowError, UsageError
from geo.flow.promised import Promise, read_promise
from geo.limits import limit as cap
from geo.model.cql2 import Predicate
from geo.model.cql2.tree import And, Comparison, In, Property, Text
from geo.store.boxes import Area
from geo.store.clock import at_most
from geo.store.page import Page, Reader
from geo.store.query import ServeDB, Sort, open_serve
from geo.store.snapshot import Snapshot

ZONE = "zone_id"
_GIVE_A_ZONE = f"give {ZONE}=..., too: this evidence is made zone by zone, when it is asked for"
_EDGE_DEGREES = 1e-5
"""A box is drawn a metre wider: it decides only what is looked at."""


@dataclass(frozen=True)
class _Shifted:
    """Features of a part, by their number in the whole collection."""

    reader: Reader
    before: int

    def joined(self, rids: np.ndarray) -> bytes:
        return self.reader.joined(rids - self.before)

    def each(self, rids: np.ndarray) -> list[bytes]:
        return self.reader.each(rids - self.before)

    def one(self, rid: int) -> bytes:
        return self.reader.one(rid - self.before)


@dataclass(frozen=True)
class _Asked:
    """A question to any part: what is found, and how it is written."""

    area: Area | None
    equals: Mapping[str, Any]
    sort: Sort
    filter: Predicate | None
    filter_crs: str
    crs: str

    @property
    def everything(self) -> bool:
        return self.area is None and not self.equals and self.filter is None

    def page(self, db: ServeDB, limit: int, offset: int, after: int | None, *, hits: bool) -> Page:
        with at_most(cap("query_seconds")):
            return db.page(
                limit=limit, offset=offset, after=after, area=self.area, equals=self.equals,
                sort=self.sort, filter=self.filter, filter_crs=self.filter_crs, crs=self.crs,
                hits=hits,
            )  # fmt: skip


class Promised:
    """The evidence of a version whose pieces are made when somebody asks.

    Parameters
    ----------
    snapshot : Snapshot
    part : callable
        Returns the serve.sqlite of a part by its number, made if need be.
    """

    def __init__(self, snapshot: Snapshot, part: Callable[[int], ServeDB]) -> None:
        self._promise: Promise = read_promise(snapshot)
        self._empty = open_serve(snapshot)
        self._part = part

    def page(
        self,
        *,
        limit: int,
        offset: int = 0,
        after: int | None = None,
        area: Area | None = None,
        equals: Mapping[str, Any] | None = None,
        sort: Sort = (),
        filter: Predicate | None = None,
        filter_crs: str = systems.CRS84,
        crs: str = systems.CRS84,
        hits: bool = False,
    ) -> Page:
        """Return one page, as :meth:`geo.store.query.ServeDB.page` does.

        `matched` is None where parts that are not made would have to be counted.

        Raises
        ------
        UsageError
            If something has no meaning, or asks of the whole collection what only a zone can
            answer: an order, a count, an offset behind a filter.
        """
        asked = _Asked(area, equals or {}, sort, filter, filter_crs, crs)
        nothing = asked.page(self._empty, limit, offset, after, hits=hits)
        parts = self._parts(asked)
        if not parts:
            return nothing
        if asked.everything and hits:
            return replace(nothing, matched=self._promise.total)
        if len(parts) == 1:
            return self._in_part(asked, parts[0], limit, offset, after, hits=hits)
        _refuse(asked, offset, hits=hits)
        return self._walked(asked, parts, limit, offset, after)

    def one(self, feature_id: str, crs: str = systems.CRS84) -> bytes | None:
        """Return one feature by its id; None if there is none."""
        for number in self._promise.parts_of(_zones_of_piece(feature_id)):
            found = self._part(number).one(feature_id, crs)
            if found is not None:
                return found
        return None

    def sums(
        self, field: str, by: str, equals: Mapping[str, Any] | None = None
    ) -> dict[str | None, float]:
        """Return exactly rounded sums, as :meth:`geo.store.query.ServeDB.sums` does.

        Empty where no zone is named: it would take the whole collection.
        """
        parts = self._parts(_Asked(None, equals or {}, (), None, systems.CRS84, systems.CRS84))
        return self._part(parts[0]).sums(field, by, equals) if len(parts) == 1 else {}

    def _parts(self, asked: _Asked) -> list[int]:
        """Return the parts that may hold what is asked for, ascending."""
        promise = self._promise
        found = {part for part in range(len(promise)) if promise.count(part)}
        for zones in _zones(asked):
            found &= {*promise.parts_of(zones)}
        if asked.area is not None:
            found &= {*self._touching(asked.area)}
        return sorted(found)

    def _touching(self, area: Area) -> list[int]:
        promise = self._promise
        a, b, c, d = area.box
        if area.code == systems.METRIC:
            return promise.parts_in((b, a, d, c))
        if area.code == systems.GEODETIC:
            a, b, c, d = b, a, d, c
        if area.code not in (systems.CRS84, systems.GEODETIC) or a > c:
            return list(range(len(promise)))
        return [
            part
            for part, (west, south, east, north) in enumerate(map(_degrees, promise.boxes))
            if west <= c and east >= a and south <= d and north >= b
        ]

    def _in_part(
        self, asked: _Asked, part: int, limit: int, offset: int, after: int | None, *, hits: bool
    ) -> Page:
        before = self._promise.first_piece(part)
        local = None if after is None else max(0, after - before)
        found = asked.page(self._part(part), limit, offset, local, hits=hits)
        return _shifted(found, before)

    def _walked(
        self, asked: _Asked, parts: list[int], limit: int, offset: int, after: int | None
    ) -> Page:
        """Return the next page of a walk through parts: out of the first that has anything."""
        promise, ends_at = self._promise, time.monotonic() + cap("evidence_wait_seconds")
        done = offset if after is None else after
        rest = [part for part in parts if promise.first_piece(part) + promise.count(part) > done]
        total = promise.total if asked.everything else None
        while rest:
            part = rest.pop(0)
            before = promise.first_piece(part)
            page = asked.page(self._part(part), limit, 0, max(0, done - before), hits=False)
            if len(page):
                more = page.more or self._follows(asked, rest, ends_at)
                here = page.position if asked.everything else None
                start = None if here is None else before + here
                return replace(_shifted(page, before), matched=total, position=start, more=more)
            _look(ends_at)
        reader = self._empty.page(limit=1, crs=asked.crs).reader
        return Page(np.empty(0, dtype=np.int64), total, None, False, reader)

    def _follows(self, asked: _Asked, rest: list[int], ends_at: float) -> bool:
        """Tell whether a later part holds anything: a walk never ends in an empty page."""
        if asked.everything:
            return bool(rest)
        for part in rest:
            _look(ends_at)
            if asked.page(self._part(part), 1, 0, None, hits=False).matched:
                return True
        return False


def _look(ends_at: float) -> None:
    if time.monotonic() > ends_at:
        raise TooSlowError("many zones are looked through for this question", fix=_GIVE_A_ZONE)


def _refuse(asked: _Asked, offset: int, *, hits: bool) -> None:
    if asked.sort:
        raise UsageError(
            "this evidence is not in order as a whole", where="sortby", fix=_GIVE_A_ZONE
        )
    if hits:
        raise UsageError(
            "this evidence is not counted as a whole", where="resulttype", fix=_GIVE_A_ZONE
        )
    if offset and not asked.everything:
        raise UsageError(
            "there is no offset behind this question", where="offset",
            fix=f"follow the links with rel=next, or {_GIVE_A_ZONE}",
        )  # fmt: skip


def _shifted(page: Page, before: int) -> Page:
    return replace(page, rids=page.rids + before, reader=_Shifted(page.reader, before))


def _zones(asked: _Asked) -> Iterator[tuple[str, ...]]:
    """Give what each condition says of the zone: the pieces lie in one of these."""
    if ZONE in asked.equals:
        yield (str(asked.equals[ZONE]),)
    if asked.filter is not None:
        parts = asked.filter.parts if isinstance(asked.filter, And) else (asked.filter,)
        for part in parts:
            named = _named(part)
            if named is not None:
                yield named


def _named(part: Predicate) -> tuple[str, ...] | None:
    """Return the zones that a condition names; None: it is about something else."""
    if isinstance(part, Comparison) and part.op == "=":
        sides = (part.left, part.right)
        if Property(ZONE) in sides:
            return tuple(side.value for side in sides if isinstance(side, Text)) or None
    if isinstance(part, In) and part.value == Property(ZONE):
        names = [item.value for item in part.items if isinstance(item, Text)]
        return tuple(names) if len(names) == len(part.items) else None
    return None


def _zones_of_piece(piece_id: str) -> list[str]:
    """Return the zones that a piece may belong to: its id is ``zone.n.feature`` or ``zone.d...``.

    An id of a zone may hold dots itself.
    """
    dots = [place for place, letter in enumerate(piece_id) if letter == "."]
    return [piece_id[:dot] for dot in dots if piece_id[dot + 1 : dot + 2] in ("n", "d")]


@lru_cache(maxsize=4096)
def _degrees(box: Box) -> Box:
    """Return a box in CRS84 around one in EPSG:2180."""
    edge = shapely.segmentize(shapely.box(*box), max(1.0, (box[2] - box[0]) / 16))
    turned = systems.reproject(np.array([edge], dtype=object), systems.METRIC, systems.CRS84)
    west, south, east, north = shapely.bounds(turned[0]).tolist()
    wider = _EDGE_DEGREES
    return west - wider, south - wider, east + wider, north + wider
