"""CSV for programs, and CSV as an office in Poland opens it.

A cell whose text begins like a formula would be run by a spreadsheet (CSV injection, CWE-1236):
an apostrophe before it makes it text. Numbers are never touched.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pyarrow as pa
import shapely

from geo import crs
from geo.flow.export.provenance import sentence
from geo.flow.export.rows import batches, public_fields
from geo.model import Layer
from geo.model.layer import Field
from geo.model.progress import Progress, silent
from geo.store.fragments import instant
from geo.store.snapshot import Snapshot
from geo.store.table import GEOMETRY

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
DEGREE_DECIMALS = 7


@dataclass(frozen=True)
class Dialect:
    """How a table is written.

    Attributes
    ----------
    quoting : int
        Of the csv module.
    people : bool
        Titles and the names of codes in Polish, in place of field names and codes.
    """

    encoding: str
    separator: str
    decimal: str
    quoting: Any
    people: bool


PLAIN = Dialect("utf-8", ",", ".", csv.QUOTE_STRINGS, people=False)
"""RFC 4180: field names, codes, decimal points; text is quoted, so that null is not ``""``."""
OFFICE = Dialect("utf-8-sig", ";", ",", csv.QUOTE_MINIMAL, people=True)
"""What Excel with Polish settings opens at a double click."""


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    >>> harmless("=1+1"), harmless("a-b")
    ("'=1+1", 'a-b')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def write_csv(
    path: Path,
    layer: Layer,
    snapshot: Snapshot,
    *,
    dialect: Dialect = PLAIN,
    progress: Progress = silent,
) -> None:
    """Write a version as a table: its public fields, a place, a size, and where it is from.

    ``lon`` and ``lat`` are of a point on the feature, CRS84 degrees; ``area_m2`` or ``length_m``
    is on the plane of EPSG:2180. The last column names version, source and licence in each row,
    so that rows that are copied elsewhere keep them.
    """
    fields = public_fields(layer, snapshot)
    with path.open("w", encoding=dialect.encoding, newline="") as file:
        out = _writer(file, dialect)
        out.writerow(_heading(layer, fields, dialect))
        origin = harmless(sentence(layer, snapshot, "pl" if dialect.people else "en"))
        cells = [_cell(field, dialect) for field in fields]
        done = 0
        for batch in batches(layer, snapshot):
            out.writerows(_rows(layer, batch, cells, dialect, origin))
            done += len(batch)
            progress("csv", done, snapshot.manifest.features)


def _writer(file: TextIO, dialect: Dialect) -> Any:  # noqa: ANN401 - csv has no public type
    return csv.writer(
        file, delimiter=dialect.separator, lineterminator="\r\n", quoting=dialect.quoting
    )


_SIZE = {"polygon": ("area_m2", "powierzchnia [m²]"), "line": ("length_m", "długość [m]")}


def _heading(layer: Layer, fields: list[Field], dialect: Dialect) -> list[str]:
    size = _SIZE.get(layer.family)
    if dialect.people:
        names = [
            f"{field.title.pl} [{field.unit}]" if field.unit else field.title.pl for field in fields
        ]
        own = ["długość geograficzna", "szerokość geograficzna", *([size[1]] if size else [])]
        return [harmless(name) for name in [*names, *own, "pochodzenie"]]
    taken = {field.name for field in fields}
    own = ["lon", "lat", *([size[0]] if size else []), "provenance"]
    return [harmless(field.name) for field in fields] + [
        f"_{name}" if name in taken else name for name in own
    ]


def _cell(field: Field, dialect: Dialect) -> Callable[[Any], Any]:
    """Return what turns a value of a field into its cell: a text or a number."""
    if field.type == "string":
        labels = {code: text.pl for code, text in (field.values or {}).items()}
        named = labels if dialect.people else {}
        return lambda value: harmless(named.get(value, value))
    if field.type == "boolean":
        yes, no = ("tak", "nie") if dialect.people else ("true", "false")
        return lambda value: yes if value else no
    if field.type == "datetime":
        return instant
    if field.type == "date":
        return lambda value: value.isoformat()
    return lambda value: _number(value, dialect)


def _rows(
    layer: Layer,
    batch: pa.RecordBatch,
    cells: list[Callable[[Any], Any]],
    dialect: Dialect,
    origin: str,
) -> Iterator[tuple[Any, ...]]:
    columns = [
        [None if value is None else cell(value) for value in batch.column(number).to_pylist()]
        for number, cell in enumerate(cells)
    ]
    shapes = shapely.from_wkb(batch.column(batch.schema.get_field_index(GEOMETRY)).to_numpy(False))
    on = shapes if layer.geometry == "Point" else shapely.point_on_surface(shapes)
    place = crs.reproject(on, crs.METRIC, crs.CRS84)
    own = [
        _numbers(shapely.get_x(place), DEGREE_DECIMALS, dialect),
        _numbers(shapely.get_y(place), DEGREE_DECIMALS, dialect),
    ]
    if layer.family == "polygon":
        own.append(_numbers(shapely.area(shapes), 2, dialect))
    elif layer.family == "line":
        own.append(_numbers(shapely.length(shapes), 2, dialect))
    return zip(*columns, *own, [origin] * len(batch), strict=True)


def _numbers(values: np.ndarray, decimals: int, dialect: Dialect) -> list[Any]:
    return [_number(value, dialect) for value in np.round(values, decimals).tolist()]


def _number(value: float, dialect: Dialect) -> Any:  # noqa: ANN401 - a number, or its text
    return value if dialect.decimal == "." else repr(value).replace(".", dialect.decimal)
