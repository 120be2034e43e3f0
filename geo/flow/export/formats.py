"""The closed set of file formats, and how each one is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from geo.errors import UsageError
from geo.flow.export.features import write_geojson, write_jsonfg
from geo.flow.export.geofiles import write_flatgeobuf, write_geopackage, write_geoparquet
from geo.flow.export.spreadsheet import OFFICE, write_csv
from geo.model import Layer, Text
from geo.model.progress import Progress, silent
from geo.store.snapshot import Snapshot


@dataclass(frozen=True)
class Format:
    """A file format.

    Attributes
    ----------
    suffix : str
        What follows the collection's id in the file's name, with its dot.
    media_type : str
    title : Text
        For whom it is.
    text : bool
        Compression pays.
    """

    suffix: str
    media_type: str
    title: Text
    write: Callable[..., None]
    text: bool = False


_ALL = (
    Format(
        ".gpkg", "application/geopackage+sqlite3",
        Text(pl="GeoPackage: dla QGIS", en="GeoPackage: for QGIS"), write_geopackage,
    ),
    Format(
        ".fgb", "application/flatgeobuf",
        Text(pl="FlatGeobuf: dla map w internecie", en="FlatGeobuf: for maps on the web"),
        write_flatgeobuf,
    ),
    Format(
        ".parquet", "application/vnd.apache.parquet",
        Text(pl="GeoParquet: do analizy dużych danych", en="GeoParquet: for analysis at scale"),
        write_geoparquet,
    ),
    Format(
        ".geojson", "application/geo+json",
        Text(pl="GeoJSON: dla programistów", en="GeoJSON: for developers"),
        write_geojson, text=True,
    ),
    Format(
        ".fg.json", "application/vnd.ogc.fg+json",
        Text(pl="JSON-FG: także w układzie PL-1992", en="JSON-FG: in EPSG:2180 too"),
        write_jsonfg, text=True,
    ),
    Format(
        ".csv", "text/csv; charset=utf-8; header=present",
        Text(pl="CSV: dla programów", en="CSV: for programs"), write_csv, text=True,
    ),
    Format(
        "-arkusz.csv", "text/csv; charset=utf-8; header=present",
        Text(pl="CSV: do otwarcia w Excelu", en="CSV: opens in Excel with Polish settings"),
        partial(write_csv, dialect=OFFICE), text=True,
    ),
)  # fmt: skip

FORMATS: dict[str, Format] = {each.suffix: each for each in _ALL}
"""Suffix -> format, in the order in which people are offered them."""


def format_of(name: str) -> Format:
    """Return the format that a file's name asks for: the longest suffix that fits.

    Raises
    ------
    UsageError
        If no format has such a suffix.
    """
    fitting = [each for each in _ALL if name.lower().endswith(each.suffix)]
    if not fitting:
        raise UsageError(
            f"no format is written as {Path(name).name!r}",
            where="the file's name",
            fix=f"end it with one of: {', '.join(FORMATS)}",
        )
    return max(fitting, key=lambda each: len(each.suffix))


def write(
    path: Path, layer: Layer, snapshot: Snapshot, form: Format, *, progress: Progress = silent
) -> None:
    """Write a version to a file that does not exist yet."""
    form.write(path, layer, snapshot, progress=progress)
