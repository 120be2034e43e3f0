"""A measured matrix as a file: CSV and Parquet row by row, GeoJSON for maps, JSON for machines."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from geo import crs
from geo.errors import UsageError
from geo.measure.streamed.question import Question
from geo.measure.streamed.whole import STATUSES, Whole
from geo.measure.zones import Geometries

ENDINGS = (".csv", ".parquet", ".geojson", ".json")
ALL = "_all"
"""As a class: all of them together, where they are no sum of the classes."""
_TAKEN = ("zone", "name", "value", "numerator", "denominator", "status", "unit")
_NUMBERS = ("value", "numerator", "denominator")
_SHAPE = "geometry"
_DECIMALS = 7
"""Of a degree: a centimetre."""


@dataclass(frozen=True)
class Places:
    """The zones of an answer; k of them.

    Attributes
    ----------
    ids, names : tuple of str
    geometries : numpy.ndarray of shapely.Geometry, shape (k,)
        EPSG:2180.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    geometries: Geometries


@dataclass(frozen=True)
class Answer:
    """What was asked, where, what came out, and in which unit."""

    question: Question
    places: Places
    whole: Whole
    unit: str
    about: dict[str, Any]

    @property
    def all_together(self) -> bool:
        """Whether all classes together are no sum of the classes, and so a row of their own."""
        rule = self.question.rule
        return bool(self.question.by) and (rule.classes == "groups" or rule.value == "diversity")

    def rows(self) -> Iterator[dict[str, Any]]:
        """Give a row for each zone and class; without classes a row for each zone."""
        by, labels = self.question.by, self.whole.labels
        columns: list[tuple[int, str | None]] = list(enumerate(labels))
        if self.all_together:
            columns.append((len(labels), ALL))
        for place, (key, name) in enumerate(zip(self.places.ids, self.places.names, strict=True)):
            for column, label in columns:
                row: dict[str, Any] = {"zone": key, "name": name}
                if by:
                    row[by if by not in _TAKEN else "class"] = label
                yield {**row, **self.told(place, column), "unit": self.unit}

    def told(self, place: int, column: int) -> dict[str, Any]:
        """Return one value with what it is made of; a place or column of -1 is all together."""
        table = self.whole.table
        found = {"value": _number(table.values[place, column])}
        if table.above is not None and table.below is not None:
            found["numerator"] = _number(table.above[place, column])
            found["denominator"] = _number(table.below[place, column])
        return {**found, "status": STATUSES[table.status[place, column]]}

    def all_zones(self) -> dict[str, Any]:
        """Return the value of all zones together, and of each class in them."""
        found = {**self.told(-1, -1), "unit": self.unit}
        if not self.question.by:
            return found
        classes = {
            label or "": self.told(-1, column) for column, label in enumerate(self.whole.labels)
        }
        return {**found, "classes": classes}

    def ledgers(self) -> dict[str, Any]:
        """Return the ledger of the numerator, and that of the denominator if there is one."""
        first, *rest = (entry.as_dict() for entry in self.whole.ledger)
        return {"ledger": first, **({"ledger_denominator": rest[0]} if rest else {})}


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def check_target(path: Path) -> None:
    """Refuse a file whose ending says nothing, or whose folder is not there, before any work.

    Raises
    ------
    UsageError
        Names the endings that are known, or the folder.
    """
    if not path.absolute().parent.is_dir():
        raise UsageError("there is no such folder", where=str(path.parent), fix="make it first")
    if path.suffix.lower() not in ENDINGS:
        raise UsageError(
            f"this kind of file cannot be written: {path.suffix or path.name}",
            where="--output",
            fix=f"name one that ends with {', '.join(ENDINGS)}",
        )


def write(answer: Answer, path: Path) -> None:
    """Write an answer; the file appears whole or not at all.

    Raises
    ------
    UsageError
        If the folder is closed, or the disk full.
    """
    make = {".csv": _csv, ".parquet": _parquet, ".geojson": _geojson, ".json": _json}
    beside = path.with_name(f".{path.name}.part")
    content = make[path.suffix.lower()](answer)
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        raise UsageError(
            f"{path.name} cannot be written: {error.strerror}",
            where="--output",
            fix="name a folder that exists and that you may write to with -o FILE",
        ) from None


def as_dict(answer: Answer) -> dict[str, Any]:
    """Return an answer as JSON has it: rows, ledger, and what it was made from."""
    whole = {"all_zones": answer.all_zones()}
    return {**answer.about, "rows": list(answer.rows()), **whole, **answer.ledgers()}


def _csv(answer: Answer) -> bytes:
    text = io.StringIO()
    rows = list(answer.rows())
    head = list(rows[0]) if rows else ["zone", "name", "value", "status", "unit"]
    writer = csv.DictWriter(text, head, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({key: _inert(value) for key, value in row.items()} for row in rows)
    return text.getvalue().encode()


def _inert(value: Any) -> Any:  # noqa: ANN401 - a cell
    """Keep a spreadsheet from running a text that begins like a formula."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return repr(value) if isinstance(value, float) else value


def _parquet(answer: Answer) -> bytes:
    """Return the rows as GeoParquet: each with the geometry of its zone, EPSG:2180."""
    rows = list(answer.rows())
    names = list(rows[0]) if rows else ["zone", "name", "value", "status", "unit"]
    kinds = {name: pa.float64() if name in _NUMBERS else pa.string() for name in names}
    table = pa.table({name: pa.array([row[name] for row in rows], kinds[name]) for name in names})
    shapes = shapely.orient_polygons(answer.places.geometries, exterior_cw=False)
    blobs = dict(zip(answer.places.ids, shapely.to_wkb(shapes), strict=True))
    shown = pa.array([blobs[row["zone"]] for row in rows], pa.binary())
    table = table.append_column(_SHAPE if _SHAPE not in names else f"zone_{_SHAPE}", shown)
    told = {
        "geobank": json.dumps({**answer.about, **answer.ledgers()}),
        "geo": json.dumps(_geo(table.column_names[-1], shapes)),
    }
    sink = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata(told), sink, compression="zstd")
    return bytes(sink.getvalue())


def _geo(column: str, shapes: Geometries) -> dict[str, Any]:
    """Return what GeoParquet 1.1 says of the column with the geometry."""
    kinds = sorted({shape.geom_type for shape in shapes})
    told = {
        "encoding": "WKB",
        "geometry_types": kinds,
        "crs": crs.parse(crs.METRIC).to_json_dict(),
        "orientation": "counterclockwise",
        "bbox": shapely.total_bounds(shapes).tolist(),
    }
    return {"version": "1.1.0", "primary_column": column, "columns": {column: told}}


def _json(answer: Answer) -> bytes:
    return json.dumps(as_dict(answer), ensure_ascii=False, indent=1).encode()


def _geojson(answer: Answer) -> bytes:
    """Return zones in CRS84 with their total, and each class's value as ``<by>_<class>``.

    Properties are flat: a desktop GIS cannot map by what stands in an object.
    """
    shapes = crs.reproject(answer.places.geometries, crs.METRIC, crs.CRS84)
    shapes = shapely.orient_polygons(shapes, exterior_cw=False)
    features = []
    for place, shape in enumerate(shapes):
        told: dict[str, Any] = {
            "name": answer.places.names[place],
            **answer.told(place, -1),
            "unit": answer.unit,
        }
        if answer.question.by:
            values = answer.whole.values[place].tolist()
            pairs = zip(answer.whole.labels, values, strict=True)
            by = answer.question.by
            told |= {f"{by}_{label or '(none)'}": _number(value) for label, value in pairs}
        features.append(
            {
                "type": "Feature",
                "id": answer.places.ids[place],
                "properties": told,
                "geometry": _rounded(shapely.geometry.mapping(shape)),
            }
        )
    whole = {"type": "FeatureCollection", "features": features,
             "geobank": {**answer.about, "all_zones": answer.all_zones()}}  # fmt: skip
    return json.dumps(whole, ensure_ascii=False).encode()


def _rounded(geometry: dict[str, Any]) -> dict[str, Any]:
    def turn(part: Any) -> Any:  # noqa: ANN401 - nested lists of coordinates
        return round(part, _DECIMALS) if isinstance(part, float) else [turn(one) for one in part]

    return {"type": geometry["type"], "coordinates": turn(geometry["coordinates"])}
