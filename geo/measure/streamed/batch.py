"""The rows of one part of a large layer, as the terms of a question read them."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geo.errors import LimitExceededError, MeasureError
from geo.limits import limit
from geo.measure.where import fields, select
from geo.measure.zones import Bools, Floats, Geometries, Ints
from geo.model.indicator import OWN_AREA

Label = str | None
"""A class: a value of the class column as text; None: the feature has none."""


class Batch:
    """Rows that fit into memory.

    Parameters
    ----------
    table : pyarrow.Table
        n rows: attributes, and WKB in EPSG:2180.
    geometry : str
        Name of the column of WKB.
    rows : numpy.ndarray of int, shape (n,), optional
        Their numbers in the part that they are from, for messages.
    """

    def __init__(self, table: pa.Table, geometry: str, rows: Ints | None = None) -> None:
        self.table, self._geometry, self._rows = table, geometry, rows

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @property
    def column(self) -> Any:  # noqa: ANN401 - Arrow has no types
        """The geometries as WKB."""
        return self.table.column(self._geometry)

    @cached_property
    def geometries(self) -> Geometries:
        """The geometries as shapely has them, shape (n,).

        Raises
        ------
        MeasureError
            If one is missing or empty, or cannot be read.
        """
        blobs = self.column.to_numpy(zero_copy_only=False)
        shapes: Geometries = shapely.from_wkb(blobs, on_invalid="ignore")
        bad = np.flatnonzero(shapely.is_missing(shapes) | shapely.is_empty(shapes))
        if len(bad):
            raise MeasureError(
                "the geometry is missing or empty",
                where=f"geometry, row {self.row(int(bad[0]))}",
                fix="mend the feature",
            )
        return shapes

    def row(self, at: int) -> int:
        """Return the number of a row in the part that it is from."""
        return at if self._rows is None else int(self._rows[at])

    def take(self, where: str) -> Batch:
        """Return the rows that a filter takes; it may name ``"$area"``.

        Raises
        ------
        MeasureError
            If the filter cannot be read or does not fit.
        """
        if not where.strip():
            return self
        table = self.table.drop_columns([self._geometry])
        if OWN_AREA in fields(where):
            areas = pa.array(shapely.area(self.geometries), pa.float64())
            table = table.append_column(OWN_AREA, areas)
        keep = select(where, table)
        if keep.all():
            return self
        taken = Batch(self.table.filter(pa.array(keep)), self._geometry, self._numbered(keep))
        if "geometries" in self.__dict__:
            taken.__dict__["geometries"] = self.geometries[keep]
        return taken

    def _numbered(self, keep: Bools) -> Ints:
        rows: Ints = np.flatnonzero(keep)
        return rows if self._rows is None else self._rows[rows]

    def numbers(self, name: str) -> Floats:
        """Return a numeric column, shape (n,); NaN stands for a missing value.

        Raises
        ------
        MeasureError
            If it holds no numbers, or an infinite one.
        """
        column = self.table.column(name)
        if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
            raise MeasureError("the field holds no numbers", where=name, fix="take a numeric field")
        values: Floats = np.array(pc.cast(column, pa.float64(), safe=False).to_numpy())
        if np.isinf(values).any():
            row = self.row(int(np.flatnonzero(np.isinf(values))[0]))
            raise MeasureError(
                "a value is infinite", where=f"{name}, row {row}", fix="mend the value"
            )
        return values

    def classes(self, by: str, names: tuple[str, ...] = ()) -> tuple[tuple[Label, ...], Ints]:
        """Return the labels of the classes, and the code of each row.

        Parameters
        ----------
        by : str
            The column of classes; empty: one class for all.
        names : tuple of str
            A closed list of classes: what is none of them has no class.

        Raises
        ------
        MeasureError
            If the column holds real numbers.
        LimitExceededError
            If there are too many classes.
        """
        if not by:
            return (None,), np.zeros(len(self), dtype=np.int64)
        column = self.table.column(by)
        if pa.types.is_floating(column.type):
            raise MeasureError(
                "a column of real numbers has no classes", where=by, fix="take a column of codes"
            )
        if not pa.types.is_dictionary(column.type):
            column = column.cast(pa.string()).dictionary_encode()
        coded = column.combine_chunks()
        index = np.asarray(coded.indices.fill_null(-1)).astype(np.int64)
        found: list[Label] = [*coded.dictionary.cast(pa.string()).to_pylist(), None]
        if names:
            found = [label if label in names else None for label in found]
        used = np.flatnonzero(np.bincount(index % len(found), minlength=len(found)))
        labels = tuple(dict.fromkeys(found[k] for k in used.tolist()))
        check_classes(len(labels), by)
        place = np.zeros(len(found), dtype=np.int64)
        place[used] = [labels.index(found[k]) for k in used.tolist()]
        return labels, place[index]

    def check_valid(self) -> None:
        """Look at the validity of each geometry.

        Raises
        ------
        MeasureError
            Names the first that is not valid.
        """
        bad = np.flatnonzero(~shapely.is_valid(self.geometries))
        if len(bad):
            first = int(bad[0])
            reason = shapely.is_valid_reason(self.geometries[first])
            raise MeasureError(
                f"the geometry is not valid ({reason})",
                where=f"geometry, row {self.row(first)}",
                fix="mend the feature",
            )


def check_classes(count: int, by: str) -> None:
    """Refuse a column that is a key.

    Raises
    ------
    LimitExceededError
        If it has too many classes.
    """
    if count > limit("measure_classes"):
        raise LimitExceededError(
            f"the column has more than {limit('measure_classes')} classes",
            where=by,
            fix="take a column of classes, or put features into groups first",
        )
