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
from geo.errors import IntegrityError, NotFoundError, UsageError
from geo.limits import limit as cap
from geo.model.cql2 import Predicate, check
from geo.model.layer import FieldType
from geo.store.boxes import Wanted, forget, inside, sql, where_of
from geo.store.connections import Pool
from geo.store.filter import Asked, matching
from geo.store.servefile import FORMAT, Box
from geo.store.snapshot import Snapshot
from geo.store.value import to_sql

_JSON = {"CRS84": "json84", crs.CRS84: "json84", crs.METRIC: "json2180"}
_POOL = Pool()

Sort = Sequence[tuple[str, bool]]


@dataclass(frozen=True)
class Page:
    """Some features, and how many there are in all.

    Attributes
    ----------
    fragments : list of bytes
        Complete GeoJSON Features.
    matched : int
        Features that match, on every page together (``numberMatched``).
    """

    fragments: list[bytes]
    matched: int


@dataclass(frozen=True)
class Column:
    """A public field, and the column of serve.sqlite that holds it."""

    name: str
    type: FieldType
    column: str
    indexed: bool


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
        self._columns = meta.columns

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the public fields, in the order of layer.yml."""
        return tuple(self._columns)

    @property
    def types(self) -> dict[str, FieldType]:
        """Public field -> its type."""
        return {column.name: column.type for column in self._columns.values()}

    def page(
        self,
        *,
        limit: int,
        offset: int = 0,
        bbox84: Box | None = None,
        equals: Mapping[str, Any] | None = None,
        sort: Sort = (),
        filter: Predicate | None = None,
        filter_crs: str = "CRS84",
        crs: str = "CRS84",
        hits: bool = False,
    ) -> Page:
        """Return one page.

        Parameters
        ----------
        limit : int
            Features at most; the cap ``items_maximum`` holds besides.
        offset : int
            Features to leave out at the beginning.
        bbox84 : tuple of float, optional
            West, south, east, north in degrees. A feature that touches the box matches; a box
            with west > east crosses the antimeridian.
        equals : mapping, optional
            Public field -> value it must have, as text or as the field's type; None: null.
        sort : sequence of (str, bool)
            Public field, and True for descending; nulls come last, ties in stored order.
        filter : Predicate, optional
            CQL2 over the public fields and ``geometry``; see :mod:`geo.model.cql2`.
        filter_crs : str
            CRS of the geometries in it, in the authority's axis order.
        crs : str
            ``CRS84`` or ``EPSG:2180``.
        hits : bool
            Only count.

        Raises
        ------
        UsageError
            If a field, a value, the CRS, or a number has no meaning here.
        """
        json_column = _json_column(crs)
        limit = _whole("limit", limit, most=cap("items_maximum"))
        offset = _whole("offset", offset)
        wanted = self._equals(equals or {})
        order = self._order(sort)
        box = self._box(bbox84)
        asked = self._asked(filter, filter_crs, box, wanted)
        with _POOL.lend(self.path) as db:
            if asked is not None:
                columns = {one.name: (one.column, one.type) for one in self._columns.values()}
                rids = matching(db, self.path, columns, asked)
            elif box is not None:
                rids = inside(db, self.path, box, wanted)
            else:
                return self._by_value(db, wanted, order, json_column, limit, offset, hits)
            fragments = [] if hits else _of_rids(db, rids, order, json_column, limit, offset)
            return Page(fragments, len(rids))

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
        with _POOL.lend(self.path) as db:
            for key, value in db.execute(sql("SELECT", names, "FROM features", where), values):
                parts.setdefault(key, []).append(value or 0.0)
        return {key: math.fsum(found) for key, found in parts.items()}

    def one(self, feature_id: str, crs: str = "CRS84") -> bytes | None:
        """Return one feature by its id, as a complete GeoJSON Feature; None if there is none."""
        column = _json_column(crs)
        with _POOL.lend(self.path) as db:
            row = db.execute(
                sql("SELECT", column, "FROM features WHERE id = ?"), (str(feature_id),)
            ).fetchone()
        return row[0] if row else None

    def _asked(
        self, tree: Predicate | None, crs: str, box: Box | None, wanted: Wanted
    ) -> Asked | None:
        if tree is None:
            return None
        _json_column(crs)
        check(tree, self.types)
        return Asked(tree, crs, box, wanted)

    def _column(self, name: str) -> Column:
        if name not in self._columns:
            raise UsageError(
                f"there is no field {name!r}",
                where=self.layer_id,
                fix=f"there are: {', '.join(self._columns)}",
            )
        return self._columns[name]

    def _equals(self, equals: Mapping[str, Any]) -> Wanted:
        found = [(self._column(name), value) for name, value in equals.items()]
        return [
            (column.column, to_sql(value, column.type, where=f"{self.layer_id}.{column.name}"))
            for column, value in found
        ]

    def _order(self, sort: Sort) -> str:
        terms = []
        for name, descending in sort:
            column = self._column(name).column
            terms.append(f"{column} DESC NULLS LAST" if descending else f"{column} ASC NULLS LAST")
        return ", ".join([*terms, "rid"])

    def _box(self, box: Box | None) -> Box | None:
        """Check a box; None if there is none, or if it holds the whole layer."""
        if box is None:
            return None
        if len(box) != 4 or not all(np.isfinite(box)) or box[1] > box[3]:
            raise UsageError(
                "the box has no meaning",
                where="bbox",
                fix="west, south, east, north in degrees, south <= north",
            )
        west, south, east, north = (float(side) for side in box)
        mine = self.bbox84
        if mine and west <= mine[0] and south <= mine[1] and east >= mine[2] and north >= mine[3]:
            return None
        return west, south, east, north

    def _by_value(
        self,
        db: sqlite3.Connection,
        wanted: Wanted,
        order: str,
        json_column: str,
        limit: int,
        offset: int,
        hits: bool,
    ) -> Page:
        where, values = where_of(wanted)
        if wanted:
            matched = db.execute(sql("SELECT count(*) FROM features", where), values).fetchone()[0]
        else:
            matched = self.count
        if hits or limit == 0 or offset >= matched:
            return Page([], matched)
        if not wanted and order == "rid":
            # rid is 1, 2, ..., n: a page is found at once, however far it lies.
            where, values, offset = "WHERE rid > ?", [offset], 0
        rows = db.execute(
            sql(
                "SELECT", json_column, "FROM features", where, "ORDER BY", order, "LIMIT ? OFFSET ?"
            ),
            [*values, limit, offset],
        )
        return Page([row[0] for row in rows], matched)


def _json_column(code: str) -> str:
    if code not in _JSON:
        raise UsageError(
            f"features are not served in {code!r}", where="crs", fix="CRS84 or EPSG:2180"
        )
    return _JSON[code]


def _whole(name: str, value: int, most: int | None = None) -> int:
    if value < 0:
        raise UsageError(f"{name} is negative", where=name, fix="give 0 or more")
    # SQLite holds 64 bits; an offset beyond them is beyond every feature.
    return min(int(value), most if most is not None else 2**62)


def _of_rids(
    db: sqlite3.Connection, rids: np.ndarray, order: str, json_column: str, limit: int, offset: int
) -> list[bytes]:
    if order == "rid":
        rids, offset = rids[offset : offset + limit], 0
    rows = db.execute(
        sql(
            "SELECT",
            json_column,
            "FROM features",
            "WHERE rid IN (SELECT value FROM json_each(?))",
            "ORDER BY",
            order,
            "LIMIT ? OFFSET ?",
        ),
        (json.dumps(rids.tolist()), limit, offset),
    )
    return [row[0] for row in rows]


@lru_cache(maxsize=256)
def _meta(path: Path) -> _Meta:
    with _POOL.lend(path) as db:
        values = {key: json.loads(text) for key, text in db.execute("SELECT * FROM meta")}
    if values["format"] != FORMAT:
        raise IntegrityError(
            "serve.sqlite was written by another Geobank",
            where=values["layer"],
            fix="publish the layer again",
        )
    columns = {item["name"]: Column(**item) for item in values["fields"]}
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
    path = source.serve if isinstance(source, Snapshot) else Path(source)
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
    _POOL.close()
    _meta.cache_clear()
    forget()
