"""A scenario's edits as changed features of one layer, checked as a published file would be."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from geo import crs
from geo.crs import Box
from geo.errors import InputRefusedError, LimitExceededError, UsageError
from geo.flow.fitting import fitted, mended
from geo.ingest import fields as columns_of
from geo.ingest import shapes
from geo.ingest.coverage import check_coverage
from geo.ingest.faults import Faults
from geo.ingest.position import Choices, check_place, settle_crs
from geo.ingest.report import Report
from geo.limits import limit
from geo.measure import where as filters
from geo.model import Layer
from geo.model.progress import silent
from geo.model.scenario import Edit, Row, Scenario
from geo.store.table import GEOMETRY, promote, schema_of, wkb_column


@dataclass(frozen=True)
class Published:
    """A whole version of a layer, and what is looked up in it: each made once.

    Attributes
    ----------
    table : pyarrow.Table
        n features with all columns; EPSG:2180.
    """

    layer: Layer
    version: str
    table: pa.Table

    @cached_property
    def ids(self) -> pa.Array:
        """Ids as text, n of them."""
        return self.table.column(self.layer.id_field).cast(pa.string()).combine_chunks()

    @cached_property
    def rows(self) -> dict[str, int]:
        """Id to row."""
        return {key: row for row, key in enumerate(self.ids.to_pylist())}

    @cached_property
    def shapes(self) -> np.ndarray:
        """Geometries, shape (n,)."""
        return np.asarray(shapely.from_wkb(self.table.column(GEOMETRY).to_numpy()), dtype=object)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """An index of the geometries."""
        return shapely.STRtree(self.shapes)


@dataclass(frozen=True)
class Changed:
    """What a scenario does to one layer at one version.

    Attributes
    ----------
    gone : tuple of str
        Ids, as text, of features that are no longer as they were published.
    table : pyarrow.Table
        The features that come, with all columns of the layer; EPSG:2180.
    counts : dict of str to int
        Features `added`, `replaced` (their geometry or several fields), `set` and `removed`; and
        vertices `fitted` to those of the published layer, where there are any.
    report : Report
        Warnings: what is allowed but odd.
    """

    layer: Layer
    version: str
    gone: tuple[str, ...]
    table: pa.Table
    counts: dict[str, int]
    report: Report

    def as_dict(self) -> dict[str, Any]:
        """Return what a person is told of it."""
        warnings = [each.as_dict() for each in self.report.issues if each.severity != "info"]
        return {"layer": self.layer.id, "version": self.version, **self.counts,
                "warnings": warnings}  # fmt: skip


def changed(scenario: Scenario, whole: Published, bbox84: Box) -> Changed:
    """Apply a scenario's edits to one layer, in their order.

    Parameters
    ----------
    whole : Published
        The layer as it was published.
    bbox84 : tuple of float
        The city: west, south, east, north in degrees.

    Raises
    ------
    UsageError
        If an edit names a feature or a field that is not there.
    InputRefusedError
        If a value or a geometry breaks a rule of the layer.
    LimitExceededError
        If too many features change.
    """
    layer, draft = whole.layer, _Draft(whole)
    for number, edit in enumerate(scenario.changes, start=1):
        if edit.layer == layer.id:
            draft.take(edit, f"{scenario.name}, change {number} ({layer.id})")
    report = Report(layer.id, scenario.name)
    with _in_its_words():
        found = _checked(draft, scenario.crs, bbox84, report)
        _look_around(draft, found, report)
    return Changed(layer, whole.version, tuple(sorted(draft.gone)), found, draft.counts, report)


@dataclass
class _Draft:
    """The layer as it is being changed: what went, and the rows that came."""

    whole: Published
    gone: set[str] = field(default_factory=set)
    rows: dict[str, Row] = field(default_factory=dict)
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("added", "replaced", "set", "removed"), 0)
    )

    @property
    def layer(self) -> Layer:
        """The layer that is changed."""
        return self.whole.layer

    def take(self, edit: Edit, place: str) -> None:
        """Apply one edit."""
        for row in (*edit.add, *edit.replace, edit.set):
            self._know(row, place)
        for row in edit.add:
            self._add(row, place)
        for row in edit.replace:
            key = self._key(row, place)
            self._current([key], place)
            self.rows[key] |= row
            self.counts["replaced"] += 1
        if edit.set or edit.remove:
            self._choose(edit, place)
        if len(self.rows) + len(self.gone) > 2 * limit("scenario_features"):
            raise LimitExceededError(
                f"the scenario changes more than {limit('scenario_features')} features",
                where=place,
                fix="narrow its `where`; a change of a whole layer is a new version of it",
            )

    def _add(self, row: Row, place: str) -> None:
        key = self._key(row, place)
        if key in self.rows or (key not in self.gone and self._row_of([key])[0] is not None):
            raise UsageError(
                f"there is a feature {key!r} already", where=place,
                fix="give the new one an id of its own, or say `replace`",
            )  # fmt: skip
        self.rows[key] = dict(row)
        self.counts["added"] += 1

    def _choose(self, edit: Edit, place: str) -> None:
        keys = [*dict.fromkeys(edit.ids)] or self._matching(edit.where, place)
        if not keys:
            raise UsageError(
                "no feature is taken by this filter", where=place,
                fix="look at the layer's values; text stands in single quotes",
            )  # fmt: skip
        if self.layer.id_field in edit.set:
            raise UsageError("an id cannot be set", where=place, fix="remove one and add another")
        if len(keys) > limit("scenario_features"):
            raise LimitExceededError(
                f"the filter takes {len(keys)} features, the most is {limit('scenario_features')}",
                where=place,
                fix="narrow its `where`; a change of a whole layer is a new version of it",
            )
        self._current(keys, place)
        for key in keys:
            if edit.remove:
                del self.rows[key]
            else:
                self.rows[key] |= edit.set
        self.counts["removed" if edit.remove else "set"] += len(keys)

    def _matching(self, text: str, place: str) -> list[str]:
        for name in filters.fields(text):
            found = self.layer.field(name)
            if found is None or not found.public:
                raise UsageError(
                    f"the filter names a field that it cannot read: {name!r}", where=place,
                    fix=f"the fields are: {', '.join(f.name for f in self.layer.public_fields)}",
                )  # fmt: skip
        keep = filters.select(text, self.whole.table)
        there = [
            key for key in self.whole.ids.filter(pa.array(keep)).to_pylist() if key not in self.gone
        ]
        own = list(self.rows)
        if own:
            fresh = _raw(self.layer, list(self.rows.values())).select(
                [each.name for each in self.layer.fields]
            )
            typed = columns_of.take(
                self.layer, fresh, {each: each for each in fresh.column_names}, Faults(len(own)),
                Report(self.layer.id, place),
            )  # fmt: skip
            there += [own[row] for row in np.flatnonzero(filters.select(text, pa.table(typed)))]
        return there

    def _current(self, keys: Sequence[str], place: str) -> None:
        """Make features rows of the draft, that they may be changed."""
        missing = [key for key in keys if key not in self.rows]
        if not missing:
            return
        places = self._row_of(missing)
        for key, row in zip(missing, places, strict=True):
            if row is None or key in self.gone:
                raise UsageError(
                    f"there is no feature {key!r} in {self.layer.id} {self.whole.version}",
                    where=place,
                    fix=f"ids are those of {self.layer.id_field}, as published in this version",
                )  # fmt: skip
        found = self.whole.table.take(pa.array(places)).to_pylist()
        for key, row in zip(missing, found, strict=True):
            row[GEOMETRY] = shapely.from_wkb(row[GEOMETRY])
            self.rows[key] = row
            self.gone.add(key)

    def _row_of(self, keys: Sequence[str]) -> list[int | None]:
        return [self.whole.rows.get(key) for key in keys]

    def _key(self, row: Row, place: str) -> str:
        key = row.get(self.layer.id_field)
        if key is None or str(key) == "":
            raise UsageError(
                f"a feature has no {self.layer.id_field}", where=place,
                fix=f"every feature names its {self.layer.id_field}",
            )  # fmt: skip
        return str(key)

    def _know(self, row: Mapping[str, Any], place: str) -> None:
        names = {each.name for each in self.layer.fields} | {GEOMETRY}
        for name in row:
            if name not in names:
                raise UsageError(
                    f"{self.layer.id} has no field {name!r}", where=place,
                    fix=f"the fields are: {', '.join(sorted(names))}",
                )  # fmt: skip


@contextmanager
def _in_its_words() -> Iterator[None]:
    """Let the refusals of the taking-in speak of a scenario, which has no options."""
    try:
        yield
    except InputRefusedError as error:
        for option in (", or leave them out knowingly", ", or allow it: --", ", or say it: --"):
            error.fix = error.fix.split(option)[0]
        raise


def _checked(draft: _Draft, code: str, bbox84: Box, report: Report) -> pa.Table:
    """Return the draft's rows as a feature table, all of whose values and shapes hold."""
    layer, rows = draft.layer, list(draft.rows.values())
    schema = schema_of(layer)
    if not rows:
        return schema.empty_table()
    report.counts["read"] = len(rows)
    faults = Faults(len(rows))
    raw = _raw(layer, rows)
    names = {each.name: each.name for each in layer.fields}
    typed = columns_of.take(layer, raw, names, faults, report)
    faults.settle(report, drop=False)
    found = _geometries(draft, rows, code, bbox84, typed[layer.id_field], report)
    arrays = [typed[each.name] for each in schema if each.name != GEOMETRY]
    return pa.table([*arrays, wkb_column(promote(found, layer.geometry))], schema=schema)


def _raw(layer: Layer, rows: Sequence[Row]) -> pa.Table:
    """Return rows as columns of whatever they hold; what is mixed becomes text."""
    return pa.table({each.name: _column([row.get(each.name) for row in rows])
                     for each in layer.fields})  # fmt: skip


def _column(values: list[Any]) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        texts = [None if value is None else str(value) for value in values]
        return pa.array(texts, pa.string())


def _geometries(
    draft: _Draft, rows: Sequence[Row], code: str, bbox84: Box, ids: pa.Array, report: Report
) -> np.ndarray:
    """Return each row's geometry in EPSG:2180: those of the file checked, others as stored."""
    layer = draft.layer
    out = np.array([row.get(GEOMETRY) for row in rows], dtype=object)
    new = np.array([not isinstance(each, shapely.Geometry) for each in out])
    if not new.any():
        return out
    drawn = [_drawn(each) for each in out[new]]
    faults = Faults(len(drawn))
    faults.know_ids(ids.filter(pa.array(new)))
    column = pa.chunked_array([pa.array(drawn, pa.binary())])
    built = shapes.of_type(shapes.build(column, faults, report, repair=False), layer, faults)
    if faults.final.any():
        faults.settle(report, drop=False)
    bounds = shapely.bounds(built)
    choices = Choices(bbox84, reproject=True)
    found = settle_crs(code, bounds, layer, choices, report, json=False)
    far = check_place(bounds, found, bbox84, report)
    if len(far):
        report.add("warning", "far-away", faults.places(far), count=len(far))
    metric = crs.reproject(built, found, crs.METRIC)
    if found != crs.METRIC and np.isfinite(shapely.bounds(metric)).all():
        metric = _back(draft, metric, report, faults)
    # What is measured has to hold: degrees that cross by a nanometre may be no fault of the file.
    settled = shapes.settle(metric, crs.METRIC, faults, report, silent, repair=False)
    out[new] = shapes.of_type(settled, layer, faults)
    faults.settle(report, drop=False)
    return out


def _back(draft: _Draft, metric: np.ndarray, report: Report, faults: Faults) -> np.ndarray:
    """Return shapes that came in another CRS without what the way there and back did to them."""
    if draft.layer.coverage:
        near = draft.whole.tree.query(metric, predicate="dwithin", distance=1.0)[1]
        metric, back = fitted(metric, draft.whole.shapes[np.unique(near)])
        draft.counts |= {"fitted": back} if back else {}
    metric, where = mended(metric)
    if where:
        places = faults.places(np.array(list(where)), where.__getitem__)
        at = "; ".join([*where.values()][:3])
        report.add("warning", "threads-cut", places, count=len(where), at=at)
    return metric


def _drawn(given: Any) -> bytes | None:  # noqa: ANN401 - anybody's
    """Return WKT or GeoJSON as WKB; what is neither becomes no WKB, which the checks refuse."""
    if given is None:
        return None
    try:
        if isinstance(given, str):
            return bytes(shapely.to_wkb(shapely.from_wkt(given)))
        return bytes(shapely.to_wkb(shapely.from_geojson(json.dumps(given))))
    except (shapely.GEOSException, TypeError, ValueError):
        return b"no geometry"


def _look_around(draft: _Draft, found: pa.Table, report: Report) -> None:
    """Warn where a layer that is meant to cover its ground once would now overlap itself."""
    if not draft.layer.coverage or not len(found):
        return
    new = shapely.from_wkb(found.column(GEOMETRY).to_numpy())
    near = np.unique(draft.whole.tree.query(new)[1])
    around = draft.whole.ids.take(pa.array(near)).to_pylist()
    stays = np.array([key not in draft.gone for key in around], dtype=bool)
    names = found.column(draft.layer.id_field).cast(pa.string()).to_pylist()
    names += [key for key, keep in zip(around, stays.tolist(), strict=True) if keep]
    seen = Report(draft.layer.id, report.file)
    check_coverage(np.concatenate((new, draft.whole.shapes[near[stays]])), names, seen)
    # A part of a layer has holes that the layer does not have.
    report.issues += [issue for issue in seen.issues if issue.code == "coverage-overlap"]
