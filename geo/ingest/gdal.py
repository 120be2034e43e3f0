"""Read a staged file through pyogrio, and through fiona to name the record that breaks it.

Only the caged child imports this: GDAL starts with every driver but one skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError
from pyogrio.raw import open_arrow

from geo.errors import LimitExceededError
from geo.ingest import encoding, geojson
from geo.ingest.report import Report
from geo.ingest.stage import Driver
from geo.limits import limit
from geo.model.progress import Progress, silent

READ = "odczyt / read"
BATCH = 65_536
SPILL = 500_000
"""Features from which they go through a file: half a gigabyte."""
GEOMETRY = "\0geometry"
"""Name of the WKB column of a raw table: no file's column can be called so."""


_FAILURES = (DataSourceError, DataLayerError, FeatureError, UnicodeDecodeError, ValueError)


@dataclass(frozen=True)
class Source:
    """An opened file before its features are read.

    Attributes
    ----------
    table : str
        The layer inside the file.
    columns : tuple of str
        Its attributes.
    crs : str
        As GDAL says it: a code, WKT, or empty when the file names none.
    features : int
        How many there are; less than 0 where GDAL would have to read them all to know.
    """

    path: Path
    driver: Driver
    table: str
    columns: tuple[str, ...]
    crs: str
    encoding: str | None
    features: int = 0


def inspect(path: Path, driver: Driver, layer_id: str, layer_crs: str, report: Report) -> Source:
    """Look at a file: its tables, columns, CRS and encoding.

    Raises
    ------
    InputRefusedError
        If GDAL cannot open it, or it holds no table or several.
    """
    declared = True
    if driver == "GeoJSON":
        for value in geojson.crs_members(path):
            kind = geojson.link_of(value)
            if kind is not None:
                report.refuse("crs-link", found=kind, layer_crs=layer_crs)
        declared = geojson.declares_crs(path)
    text_encoding = _encoding(path, driver, report)
    try:
        table = _table(path, layer_id, report)
        info = pyogrio.read_info(path, layer=table, encoding=text_encoding)
    except _FAILURES as error:
        report.refuse("unreadable", detail=plain(error, path))
    report.encoding = text_encoding or str(info["encoding"])
    return Source(
        path, driver, table, tuple(str(name) for name in info["fields"]),
        str(info["crs"] or "") if declared else "", text_encoding, int(info["features"]),
    )  # fmt: skip


def _encoding(path: Path, driver: Driver, report: Report) -> str | None:
    if driver != "ESRI Shapefile":
        return None
    found = encoding.of_shapefile(path)
    if found is not None and found.assumed_because:
        report.assumed["encoding"] = found.name
        report.add("warning", "encoding-assumed", found=found.name, why=found.assumed_because)
    return found.name if found else None


def _table(path: Path, layer_id: str, report: Report) -> str:
    tables = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    if not tables:
        report.refuse("no-table")
    named = [name for name in tables if name.lower() == layer_id]
    if len(tables) > 1 and len(named) != 1:
        report.refuse("several-tables", found=", ".join(tables[:20]), layer=layer_id)
    return (named or tables)[0]


def read(
    source: Source, columns: Iterable[str], report: Report, *, progress: Progress = silent
) -> pa.Table:
    """Read all features, of the attributes only `columns`.

    A large file goes through one of Arrow's beside it, and is not in memory as a whole.

    Returns
    -------
    pyarrow.Table
        The columns as the file has them, and :data:`GEOMETRY`: WKB in the file's CRS,
        x first.

    Raises
    ------
    InputRefusedError
        If a feature cannot be read; it is named.
    LimitExceededError
        If there are too many.
    """
    most = limit("features")
    try:
        with open_arrow(
            source.path, layer=source.table, columns=list(columns), encoding=source.encoding,
            datetime_as_string=False, use_pyarrow=True, batch_size=BATCH,
        ) as (meta, reader):  # fmt: skip
            table = _gathered(reader, source, progress)
    except (*_FAILURES, pa.ArrowException) as error:
        row, detail = _breaking_record(source)
        where = [{"row": row}] if row else []
        report.refuse("unreadable", where, detail=detail or plain(error, source.path))
    if table.num_rows > most:
        report.refuse("too-many-features", found=f"> {most}", most=most, error=LimitExceededError)
    name = meta["geometry_name"] or "wkb_geometry"
    if name not in table.column_names:
        report.refuse("no-table")
    wkb = table.column(name)
    table = table.drop_columns([name])
    return table.append_column(GEOMETRY, wkb)


def _gathered(reader: pa.RecordBatchReader, source: Source, progress: Progress) -> pa.Table:
    """Return all batches: in memory as long as they are few."""
    few: list[pa.RecordBatch] = []
    rows, expected = 0, max(source.features, 1)
    for batch in reader:
        few.append(batch)
        rows += batch.num_rows
        progress(READ, min(rows, expected - 1), expected)
        if rows > limit("features"):
            break
        if rows > SPILL:
            return _spilled(few, reader, source, progress)
    return pa.Table.from_batches(few, reader.schema)


def _spilled(
    few: list[pa.RecordBatch], reader: pa.RecordBatchReader, source: Source, progress: Progress
) -> pa.Table:
    path, rows, expected = source.path.with_name("raw.arrow"), 0, max(source.features, 1)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, reader.schema) as writer:
        for batch in chain(few, reader):
            writer.write_batch(batch)
            rows += batch.num_rows
            progress(READ, min(rows, expected - 1), expected)
            if rows > limit("features"):
                break
    few.clear()
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).read_all()


def _breaking_record(source: Source) -> tuple[int, str]:
    """Read feature by feature; return the 1-based number of the one that fails, and why."""
    import fiona  # a second GDAL, loaded only where the first one gave up
    from fiona.errors import FionaError

    row = 0
    try:
        with fiona.open(
            source.path, layer=source.table, enabled_drivers=[source.driver],
            encoding=source.encoding,
        ) as features:  # fmt: skip
            for _ in features:
                row += 1
    except (FionaError, ValueError, TypeError, AttributeError) as error:
        return row + 1, plain(error, source.path)
    return 0, ""


def plain(error: Exception, path: Path) -> str:
    """Return what a library says, without the folders of this machine."""
    text = str(error).replace(str(path), path.suffix).replace(str(path.parent), "")
    text = re.sub(r"(/[\w.+-]+){2,}", "...", text)
    return " ".join(text.encode("utf-8", "replace").decode().split())[:300] or type(error).__name__
