"""Ground under several features counted once, where the features lie in many row groups.

What a feature holds follows from it and from the features that overlap it: the one with the
smallest key keeps shared ground (:func:`geo.measure.overlaps.once`, as for a card). So each row
group is measured with the overlapping features of those row groups whose boxes meet its own, and
only its own features are added up: parts stay parts, no tile cuts them, and no order counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from geo.errors import MeasureError
from geo.flow.streamed.partitions import Input, Part
from geo.flow.streamed.stream import Task, ahead, naming
from geo.measure.edges.threads import at_most
from geo.measure.forms import Form
from geo.measure.overlaps import once
from geo.measure.streamed import matrix
from geo.measure.streamed.batch import Batch
from geo.measure.streamed.partial import Partial, joined, partial
from geo.measure.zones import Geometries, Ints

BLOCK = 65_536
"""Rows whose ground is settled at once, in memory with what overlaps them."""

_Key = tuple[Any, ...]


def with_neighbours(given: Input) -> Input:
    """Return an input whose parts know the parts that may share ground with them.

    Raises
    ------
    MeasureError
        If the files do not say where their row groups lie: each would have to be read for each.
    """
    there = [part for part in given.parts if part.rows and part.skip != "filter"]
    if len(there) > 1 and any(part.extent is None for part in there):
        raise MeasureError(
            "the files do not say where their row groups lie, so no row group knows which others "
            "share ground with it",
            where="--overlaps once",
            fix="write them with a covering box (geopandas: write_covering_bbox=True), "
            "or publish them as a layer",
        )
    boxes = shapely.box(*np.array([_extent(part) for part in there]).reshape(-1, 4).T)
    tree = shapely.STRtree(boxes)
    place = {(part.file, part.group): row for row, part in enumerate(there)}

    def near(part: Part) -> tuple[Part, ...]:
        row = place.get((part.file, part.group))
        if row is None or part.skip:
            return ()
        found = np.sort(tree.query(boxes[row], predicate="intersects"))
        return tuple(there[other] for other in found.tolist() if other != row)

    return replace(given, parts=tuple(replace(part, near=near(part)) for part in given.parts))


def _extent(part: Part) -> tuple[float, float, float, float]:
    return part.extent or (0.0, 0.0, 0.0, 0.0)


def measured(task: Task, part: Part, places: matrix.Places) -> Partial:
    """Read and measure one row group with its neighbours.

    Raises
    ------
    MeasureError
        If a feature cannot be measured, or two features share a key and nothing tells them apart.
    """
    found = []
    with at_most(task.threads), naming(part):
        for start in range(0, max(part.rows, 1), BLOCK):
            table = _rows(task, part, start)
            found.append(
                partial(
                    task.question, table, task.geometry, places,
                    checked=task.checked, held=_Block(task, part, start).held, form=task.form,
                )
            )  # fmt: skip
    return joined(task.question, places, found)


def _rows(task: Task, part: Part, start: int) -> pa.Table:
    """Return the rows of one block of a row group."""
    tables: list[pa.Table] = []
    for _, first, table in _numbered(task, [replace(part, near=())]):
        begin, end = max(start - first, 0), min(start + BLOCK - first, table.num_rows)
        if begin < end or not tables:
            tables.append(table.slice(begin, max(end - begin, 0)))
    return pa.concat_tables(tables)


def _numbered(task: Task, parts: list[Part]) -> Iterator[tuple[Part, int, pa.Table]]:
    """Give (part, number of the table's first row in it, table)."""
    first = 0
    for part, table, last in ahead(parts, task):
        yield part, first, table
        first = 0 if last else first + table.num_rows


@dataclass(frozen=True)
class _Block:
    """Some rows of a part, and whatever may hold ground of theirs."""

    task: Task
    part: Part
    start: int

    def held(self, rows: Batch, places: matrix.Places) -> matrix.Loose:
        """Return the pieces of the ground that each feature holds."""
        shapes = rows.geometries
        others, keys = self._others(shapes)
        own = self._keys(rows, np.arange(len(rows)), self.part, self.start)
        every = np.concatenate((shapes, others))
        ground = once(every, _ranks([*own, *keys]), len(shapes))
        held, away = ground.geometries, ground.counted_away_m2
        return _pieces(shapes, held, away, places, self.task.form)

    def _others(self, shapes: Geometries) -> tuple[Geometries, list[_Key]]:
        """Return the features of this and other parts that meet any of these, with their keys."""
        tree = shapely.STRtree(shapes)
        found: list[Geometries] = [np.empty(0, dtype=object)]
        keys: list[_Key] = []
        for part, first, table in _numbered(self.task, self._sources()):
            number = np.arange(first, first + table.num_rows)
            rows = Batch(table, self.task.geometry, number).take(self.task.question.where)
            meets = np.unique(tree.query(rows.geometries, predicate="intersects")[0])
            if part.file == self.part.file and part.group == self.part.group:
                own = [self.start <= rows.row(at) < self.start + BLOCK for at in meets.tolist()]
                meets = meets[~np.array(own, dtype=np.bool_)]
            found.append(rows.geometries[meets])
            keys += self._keys(rows, meets, part)
        return np.concatenate(found), keys

    def _sources(self) -> list[Part]:
        """Return the parts to be looked at; this one too, where it is larger than a block."""
        mine = [replace(self.part, near=())] if self.part.rows > BLOCK else []
        return [*mine, *self.part.near]

    def _keys(self, rows: Batch, some: Ints, part: Part, start: int = 0) -> list[_Key]:
        """Return what orders features: the key, then the shape and the class, then the place.

        Features with the same key, shape and class are alike: whichever keeps the ground, the
        sums are the same.
        """
        names = (self.task.question.key, self.task.question.by)
        columns = [rows.table.column(name) if name else None for name in names]
        found = []
        for at in some.tolist():
            key, label = (None if one is None else one[at].as_py() for one in columns)
            place = (part.file, part.group, start + rows.row(at))
            shape = rows.column[at].as_py()
            found.append((key is None, key, shape, label is None, str(label), *place))
        return found


def _ranks(keys: list[_Key]) -> list[int]:
    rank = [0] * len(keys)
    for place, row in enumerate(sorted(range(len(keys)), key=lambda at: _sortable(keys[at]))):
        rank[row] = place
    return rank


def _sortable(key: _Key) -> _Key:
    # None is not smaller than anything: whether it is None stands before it.
    return tuple("" if value is None else value for value in key)


def _pieces(
    shapes: Geometries,
    ground: Geometries,
    away: Any,  # noqa: ANN401 - an array
    places: matrix.Places,
    form: Form | None,
) -> matrix.Loose:
    """Return the pieces of ground; the whole is the features' own, measured by itself."""
    some = np.flatnonzero(~shapely.is_empty(ground))
    outside, repeated = np.zeros(len(shapes)), np.zeros(len(shapes))
    own = shapely.area(shapes)
    if not len(some):
        return replace(matrix.no_pieces(), total=own, outside=outside, repeated=repeated, away=away)
    blobs = shapely.to_wkb(ground[some], byte_order=1, output_dimension=2).tolist()
    found = matrix.loose("area", pa.array(blobs, pa.binary()), places, form)
    outside[some], repeated[some] = found.outside, found.repeated
    return matrix.Loose(
        some[found.feature], found.zone, found.measure, own, outside, repeated, away
    )
