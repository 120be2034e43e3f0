"""The read side of a version: pages of ready GeoJSON features from serve.sqlite.

Every value is bound, and a column is named by serve.sqlite's own c0, c1, ...: no text from
outside becomes SQL. The R-tree gives boxes; each feature whose box is not wholly inside the
asked one is looked at exactly.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from geo import crs
from geo.crs import Box
from geo.errors import IntegrityError, NotFoundError, UsageError
from geo.limits import limit as cap
from geo.model.cql2 import Predicate, check
from geo.model.layer import FieldType
from geo.store.boxes import FOUND, Area, Wanted, sql, where_of
from geo.store.clock import watched
from geo.store.connections import POOL
from geo.store.featurefile import feature_file
from geo.store.filter import Asked
from geo.store.order import Order
from geo.store.page import Page, Reader, reader
from geo.store.search import Begin, Search
from geo.store.servefile import FORMAT
from geo.store.snapshot import SERVE, Snapshot
from geo.store.value import to_sql

Sort = Sequence[tuple[str, bool]]


@dataclass(frozen=True)
class Column:
    """A public field, and the column of serve.sqlite that holds it."""

    name: str
    type: FieldType
    column: str


@dataclass(frozen=True)
class _Meta:
    layer: str
    id_field: str
    count: int
    bbox84: Box | None
    columns: dict[str, Column]


class ServeDB:
    """A version as the API reads it; make it with :func:`open_serve`.

    Attributes
    ----------
    count : int
        Features in the version.
    bbox84 : tuple of float, or None
        West, south, east, north in degrees; None without features.
    """

    def __init__(self, path: Path, meta: _Meta) -> None:
        self.path = path
        self.layer_id = meta.layer
        self.id_field = meta.id_field
        self.count = meta.count
        self.bbox84 = meta.bbox84
        self._fields = meta.columns
        self._readers: dict[str, Reader] = {}

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the public fields, in the order of layer.yml."""
        return tuple(self._fields)

    @property
    def types(self) -> dict[str, FieldType]:
        """Public field -> its type."""
        return {column.name: column.type for column in self._fields.values()}

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
        filter_crs: str = crs.CRS84,
        crs: str = crs.CRS84,
        hits: bool = False,
    ) -> Page:
        """Return one page.

        Parameters
        ----------
        limit : int
            Features at most; the cap ``items_maximum`` holds besides.
        offset : int
            Features to leave out at the beginning.
        after : int, optional
            The page begins after this feature: :attr:`Page.last` of the page before.
        area : Area, optional
            A feature that touches the box matches.
        equals : mapping, optional
            Public field -> value it must have, as text or as the field's type; None: null.
        sort : sequence of (str, bool)
            Public field, and True for descending; nulls come last, ties in stored order.
        filter : Predicate, optional
            CQL2 over the public fields and ``geometry``; see :mod:`geo.model.cql2`.
        filter_crs : str
            CRS of the geometries in it, in the authority's axis order.
        crs : str
            One of :data:`geo.crs.SERVED`.
        hits : bool
            Only count.

        Raises
        ------
        UsageError
            If a field, a value, the CRS, or a number has no meaning here.
        TooSlowError
            If :func:`geo.store.clock.at_most` says so.
        """
        begin = Begin(
            _whole("limit", limit, most=cap("items_maximum")), _whole("offset", offset), after
        )
        search = Search(
            self.path,
            self.count,
            {one.name: (one.column, one.type) for one in self._fields.values()},
            self._equals(equals or {}),
            self._order(sort),
            self._area(area),
        )
        asked = self._asked(filter, filter_crs, search.area, search.wanted)
        read = self._reader(_code(crs))
        with POOL.lend(self.path) as db, watched(db):
            if hits:
                begin = Begin(0, 0, None)
            if asked is None and search.area is None:
                rids, matched, position, more = search.by_value(db, begin)
            else:
                rids, matched, position, more = search.in_set(db, begin, asked)
        return Page(rids, matched, position, more, read)

    def sums(
        self, field: str, by: str, equals: Mapping[str, Any] | None = None
    ) -> dict[str | None, float]:
        """Return the exactly rounded sum of a numeric field, per value of another.

        Parameters
        ----------
        field, by : str
            Public fields. Nulls of `field` add nothing.
        equals : mapping, optional
            As in :meth:`page`.

        Raises
        ------
        UsageError
            If a field or a value has no meaning here.
        """
        where, values = where_of(self._equals(equals or {}))
        names = f"{self._column(by).column}, {self._column(field).column}"
        parts: dict[str | None, list[float]] = {}
        with POOL.lend(self.path) as db:
            for key, value in db.execute(sql("SELECT", names, "FROM features", where), values):
                parts.setdefault(key, []).append(value or 0.0)
        return {key: math.fsum(found) for key, found in parts.items()}

    def one(self, feature_id: str, crs: str = crs.CRS84) -> bytes | None:
        """Return one feature by its id, as a complete GeoJSON Feature; None if there is none."""
        read = self._reader(_code(crs))
        with POOL.lend(self.path) as db:
            row = db.execute("SELECT rid FROM features WHERE id = ?", (str(feature_id),)).fetchone()
        return read.one(row[0]) if row else None

    def _reader(self, code: str) -> Reader:
        found = self._readers.get(code)
        if found is None:
            found = self._readers[code] = reader(self.path, code)
        return found

    def _asked(
        self, tree: Predicate | None, crs: str, area: Area | None, wanted: Wanted
    ) -> Asked | None:
        if tree is None:
            return None
        check(tree, self.types)
        return Asked(tree, _code(crs), area, wanted)

    def _column(self, name: str) -> Column:
        if name not in self._fields:
            raise UsageError(
                f"there is no field {name!r}",
                where=self.layer_id,
                fix=f"there are: {', '.join(self._fields)}",
            )
        return self._fields[name]

    def _equals(self, equals: Mapping[str, Any]) -> Wanted:
        found = [(self._column(name), value) for name, value in equals.items()]
        return [
            (column.column, to_sql(value, column.type, where=f"{self.layer_id}.{column.name}"))
            for column, value in found
        ]

    def _order(self, sort: Sort) -> Order:
        return Order(tuple((self._column(name).column, down) for name, down in sort))

    def _area(self, area: Area | None) -> Area | None:
        """Check a box; None if there is none, or if it holds the whole layer."""
        if area is None:
            return None
        box, code = area.box, _code(area.code)
        crosses = crs.geographic(code)
        if code == crs.GEODETIC and len(box) == 4:
            box, code = (box[1], box[0], box[3], box[2]), crs.CRS84
        if (
            len(box) != 4
            or not all(np.isfinite(box))
            or box[1] > box[3]
            or (box[0] > box[2] and not crosses)
        ):
            raise UsageError(
                "the box has no meaning", where="bbox", fix="lower corner first, then the upper"
            )
        a, b, c, d = (float(side) for side in box)
        mine = self.bbox84
        whole = mine and a <= mine[0] and b <= mine[1] and c >= mine[2] and d >= mine[3]
        return None if code == crs.CRS84 and whole else Area((a, b, c, d), code)


def _code(code: str) -> str:
    code = crs.CRS84 if code == "CRS84" else code
    if code not in crs.SERVED:
        known = ", ".join(crs.SERVED)
        raise UsageError(f"features are not served in {code!r}", where="crs", fix=known)
    return code


def _whole(name: str, value: int, most: int | None = None) -> int:
    if value < 0:
        raise UsageError(f"{name} is negative", where=name, fix="give 0 or more")
    # SQLite holds 64 bits; an offset beyond them is beyond every feature.
    return min(int(value), most if most is not None else 2**62)


def _meta(path: Path) -> _Meta:
    with POOL.lend(path) as db:
        values = {key: json.loads(text) for key, text in db.execute("SELECT * FROM meta")}
    if values["format"] != FORMAT:
        raise IntegrityError(
            "serve.sqlite was written by another Geobank",
            where=values["layer"],
            fix="publish the layer again",
        )
    columns = {
        item["name"]: Column(item["name"], item["type"], item["column"])
        for item in values["fields"]
    }
    bbox = tuple(values["bbox84"]) if values["bbox84"] else None
    return _Meta(values["layer"], values["id_field"], values["count"], bbox, columns)


def open_serve(source: Snapshot | Path) -> ServeDB:
    """Open what the API reads of a version. Cheap: connections and descriptions are kept.

    Parameters
    ----------
    source : Snapshot or Path
        A version, or the path of its serve.sqlite.

    Raises
    ------
    NotFoundError
        If the file is not there.
    IntegrityError
        If it is not a serve.sqlite.
    """
    # By text: a Path takes ten times as long to find in a table.
    found = f"{source.folder}/{SERVE}" if isinstance(source, Snapshot) else str(source)
    return _opened(found)


@lru_cache(maxsize=256)
def _opened(text: str) -> ServeDB:
    path = Path(text)
    name = f"{path.parent.parent.name} {path.parent.name}"
    if not path.is_file():
        raise NotFoundError("serve.sqlite is missing", where=name, fix="publish the layer again")
    try:
        return ServeDB(path, _meta(path))
    except (sqlite3.DatabaseError, KeyError, ValueError, TypeError):
        raise IntegrityError(
            "serve.sqlite cannot be read", where=name, fix="`geobank rollback` to another version"
        ) from None


def close_all() -> None:
    """Close every idle connection and forget what was read: for tests, and before a fork."""
    POOL.close()
    _opened.cache_clear()
    feature_file.cache_clear()
    FOUND.clear()
