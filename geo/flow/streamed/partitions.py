"""The parts of a large input: row groups of GeoParquet, what is read of each, what is skipped.

Everything here is known from the files' footers, before a single feature is read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pyarrow.parquet as pq

from geo import crs
from geo.errors import CRSMismatchError, MeasureError, NotFoundError, UsageError
from geo.flow.statistics import Range, impossible
from geo.flow.streamed.storage import ENDINGS, Opened, answering, name_of, open_parquet, paths
from geo.measure.mesh import Extent
from geo.model.cql2 import Predicate, to_text
from geo.model.layer import Family
from geo.model.meant import meant, unquoted

Skip = Literal["", "filter", "place"]
"""Why a row group is not read: no row can pass the filter, or it lies beyond every zone."""

_FAMILIES: dict[str, Family] = {"Point": "point", "LineString": "line", "Polygon": "polygon"}
_SIDES = ("xmin", "ymin", "xmax", "ymax")


@dataclass(frozen=True)
class Part:
    """One row group of one file.

    Attributes
    ----------
    file : str
        As :func:`opened` takes it.
    name : str
        The file without its folder.
    group : int
    rows : int
    bytes_read : int
        Of the columns that are read, as they lie in the file.
    bytes_geometry : int
        Of the geometry, unpacked.
    extent : tuple of float, optional
        EPSG:2180; None where the file does not say.
    footer : str
        SHA-256 of the file's footer: whoever opens the file sees whether it is the same.
    skip : str
    near : tuple of Part
        Where ground counts once: the parts whose features may hold some of this one's.
    """

    file: str
    name: str
    group: int
    rows: int
    bytes_read: int
    bytes_geometry: int
    extent: Extent | None
    footer: str
    skip: Skip = ""
    near: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Input:
    """What is measured, before it is read.

    Attributes
    ----------
    parts : tuple of Part
        In the order of the files' names, then of their row groups.
    columns : tuple of str
        What is read: attributes, then the geometry.
    geometry : str
        The geometry column.
    family : str
        point, line or polygon.
    """

    parts: tuple[Part, ...]
    columns: tuple[str, ...]
    geometry: str
    family: Family

    @property
    def chosen(self) -> tuple[Part, ...]:
        """The parts that are read."""
        return tuple(part for part in self.parts if not part.skip)

    def skipped(self, why: Skip) -> tuple[Part, ...]:
        """Return the parts that are not read for one reason."""
        return tuple(part for part in self.parts if part.skip == why)

    @property
    def extent(self) -> Extent | None:
        """The box around all parts, EPSG:2180; None where a file does not say."""
        boxes = [part.extent for part in self.parts if part.rows]
        if not boxes or any(box is None for box in boxes):
            return None
        west, south, east, north = zip(*[box for box in boxes if box], strict=True)
        return min(west), min(south), max(east), max(north)

    def within(self, extent: Extent) -> Input:
        """Return the input without the parts that lie beyond an extent."""
        return replace(self, parts=tuple(_placed(part, extent) for part in self.parts))

    @property
    def digest(self) -> str:
        """SHA-256 over what is read: files' footers, sizes, row groups and columns."""
        told = [(part.name, part.group, part.rows, part.footer, part.skip) for part in self.parts]
        return hashlib.sha256(json.dumps([told, self.columns]).encode()).hexdigest()


def _placed(part: Part, extent: Extent) -> Part:
    box = part.extent
    if part.skip or box is None:
        return part
    apart = box[0] > extent[2] or box[2] < extent[0] or box[1] > extent[3] or box[3] < extent[1]
    return replace(part, skip="place") if apart else part


@dataclass(frozen=True)
class _Geo:
    """The ``geo`` metadata of a file: the column, its covering box, and its family."""

    column: str
    covering: dict[str, list[str]]
    bbox: Extent | None
    family: Family | None


def is_source(name: str) -> bool:
    """Tell whether a name means files: a URL, an ending, or something that is there."""
    return "://" in name or name.endswith(ENDINGS) or "*" in name or Path(name).exists()


def read_plan(
    source: str, columns: Sequence[str], where: Predicate | None, *, box: bool = False
) -> Input:
    """Return the parts of a source, with those that no row of which can pass the filter skipped.

    Parameters
    ----------
    source : str
        A GeoParquet file, a folder of them, a pattern with ``*``, or a URL that fsspec knows.
    columns : sequence of str
        Attributes that are needed.
    where : Predicate, optional
        The filter, lowered.

    Raises
    ------
    NotFoundError, UsageError
        If there is no file, or a column is missing.
    MeasureError, CRSMismatchError
        If a file is no GeoParquet in EPSG:2180 with WKB.
    """
    files = paths(source)
    if not files:
        fix = "name a file, a folder or a pattern"
        raise NotFoundError("there is no GeoParquet file", where=source, fix=fix)
    parts: list[Part] = []
    kinds: list[tuple[str, Family]] = []
    for path in files:
        with answering(path), open_parquet(path) as found:
            geo = _geo(found.file, name_of(path))
            _check_columns(found.file, columns, name_of(path), where)
            kinds.append((geo.column, geo.family or _family_of(found.file, geo.column)))
            parts += _parts(path, found, geo, columns, where)
    if len(set(kinds)) > 1:
        raise MeasureError(
            "the files hold different kinds of geometry", where=source, fix="measure them apart"
        )
    column, family = kinds[0]
    return Input(tuple(parts), (*columns, column), column, family)


def _geo(file: pq.ParquetFile, name: str) -> _Geo:
    metadata = (file.schema_arrow.metadata or {}).get(b"geo")
    if metadata is None:
        fix = "write it with geopandas, GDAL or QGIS as GeoParquet"
        raise MeasureError("the file is Parquet, not GeoParquet", where=name, fix=fix)
    told = json.loads(metadata)
    column = told["primary_column"]
    about = told["columns"][column]
    if about.get("encoding") != "WKB":
        raise MeasureError(
            f"the geometry is encoded as {about.get('encoding')}", where=name, fix="write it as WKB"
        )
    code = about.get("crs", crs.CRS84)
    if not _is_metric(code):
        raise CRSMismatchError(
            f"the geometry is not in {crs.METRIC}",
            where=name,
            fix=f"reproject the file to {crs.METRIC}, or publish it as a layer",
        )
    names = {kind.split()[0].removeprefix("Multi") for kind in about.get("geometry_types", [])}
    families = [_FAMILIES[one] for one in names if one in _FAMILIES]
    covering = about.get("covering", {}).get("bbox", {})
    whole = about.get("bbox")
    box = (whole[0], whole[1], whole[-2], whole[-1]) if whole and len(whole) == 4 else None
    return _Geo(column, covering, box, families[0] if len(families) == len(names) == 1 else None)


def _is_metric(code: Any) -> bool:  # noqa: ANN401 - PROJJSON, a code, or nothing
    """Tell whether a file's CRS is EPSG:2180; PROJ (13 MB, 0.1 s) is asked if it does not say."""
    if isinstance(code, dict) and code.get("id") == {"authority": "EPSG", "code": 2180}:
        return True
    text = code if isinstance(code, str) else json.dumps(code)
    return code is not None and crs.same(crs.parse(text), crs.METRIC)


def _family_of(file: pq.ParquetFile, column: str) -> Family:
    """Return the family of the first geometry, where the metadata names none or several."""
    for batch in file.iter_batches(batch_size=1024, columns=[column]):
        for value in batch.column(0).drop_null().to_pylist():
            kind = int.from_bytes(value[1:5], "little") % 1000
            return {1: "point", 2: "line"}.get(kind - 3 * (kind > 3), "polygon")  # type: ignore[return-value]
    return "polygon"


def _check_columns(
    file: pq.ParquetFile, columns: Sequence[str], name: str, where: Predicate | None
) -> None:
    there = file.schema_arrow.names
    for column in columns:
        if column not in there:
            fix = unquoted(column, to_text(where) if where else "") + meant(column, there)
            raise UsageError(f"there is no column {column!r}", where=name, fix=fix)


def _parts(
    path: str, found: Opened, geo: _Geo, columns: Sequence[str], where: Predicate | None
) -> list[Part]:
    metadata = found.file.metadata
    read = {*columns, geo.column}
    made = []
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        chunks = {group.column(i).path_in_schema: group.column(i) for i in range(group.num_columns)}
        taken = [chunk for key, chunk in chunks.items() if key.split(".")[0] in read]
        ranges = {name: range_of(chunks.get(name), group.num_rows) for name in columns}
        never = where is not None and impossible(where, ranges)
        made.append(
            Part(
                file=path,
                name=name_of(path),
                group=number,
                rows=group.num_rows,
                bytes_read=sum(chunk.total_compressed_size for chunk in taken),
                bytes_geometry=chunks[geo.column].total_uncompressed_size,
                extent=_extent(chunks, geo, metadata.num_row_groups),
                footer=found.footer,
                skip="filter" if never else "",
            )
        )
    return made


def range_of(chunk: Any, rows: int) -> Range | None:  # noqa: ANN401 - Arrow has no types
    """Return what a row group says of a column; None where it says nothing."""
    found = None if chunk is None else chunk.statistics
    if found is None:
        return None
    nulls = found.null_count if found.has_null_count else None
    if not found.has_min_max:
        return Range(None, None, nulls, rows) if nulls == rows else None
    return Range(found.min, found.max, nulls, rows)


def _extent(chunks: dict[str, Any], geo: _Geo, groups: int) -> Extent | None:
    """Return a row group's box from the statistics of the covering column."""
    sides = [chunks.get(".".join(geo.covering.get(side, ()))) for side in _SIDES]
    stats: list[Any] = [None if side is None else side.statistics for side in sides]
    if not all(one is not None and one.has_min_max for one in stats):
        return geo.bbox if groups == 1 else None
    west, south, east, north = stats
    return float(west.min), float(south.min), float(east.max), float(north.max)
