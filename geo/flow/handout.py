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
from geo.measure.partial import Question, Whole
from geo.measure.zones import Geometries

ENDINGS = (".csv", ".parquet", ".geojson", ".json")
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

    def rows(self) -> Iterator[dict[str, Any]]:
        """Give a row for each zone and class; without classes a row for each zone."""
        for place, (key, name) in enumerate(zip(self.places.ids, self.places.names, strict=True)):
            for column, label in enumerate(self.whole.labels):
                row: dict[str, Any] = {"zone": key, "name": name}
                if self.question.by:
                    row[self.question.by if self.question.by not in row else "class"] = label
                value = float(self.whole.values[place, column])
                yield {**row, "value": None if math.isnan(value) else value, "unit": self.unit}


def check_target(path: Path) -> None:
    """Refuse a file whose ending says nothing, before any work.

    Raises
    ------
    UsageError
        Names the endings that are known.
    """
    if path.suffix.lower() not in ENDINGS:
        raise UsageError(
            f"this kind of file cannot be written: {path.suffix or path.name}",
            where="--output",
            fix=f"name one that ends with {', '.join(ENDINGS)}",
        )


def write(answer: Answer, path: Path) -> None:
    """Write an answer; the file appears whole or not at all."""
    make = {".csv": _csv, ".parquet": _parquet, ".geojson": _geojson, ".json": _json}
    beside = path.with_name(f".{path.name}.part")
    beside.write_bytes(make[path.suffix.lower()](answer))
    beside.replace(path)


def as_dict(answer: Answer) -> dict[str, Any]:
    """Return an answer as JSON has it: rows, ledger, and what it was made from."""
    return {**answer.about, "rows": list(answer.rows()), "ledger": answer.whole.entry.as_dict()}


def _csv(answer: Answer) -> bytes:
    text = io.StringIO()
    rows = list(answer.rows())
    head = list(rows[0]) if rows else ["zone", "name", "value", "unit"]
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
    rows = list(answer.rows())
    names = list(rows[0]) if rows else ["zone", "name", "value", "unit"]
    kinds = {name: pa.float64() if name == "value" else pa.string() for name in names}
    table = pa.table({name: pa.array([row[name] for row in rows], kinds[name]) for name in names})
    told = {"geobank": json.dumps({**answer.about, "ledger": answer.whole.entry.as_dict()})}
    sink = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata(told), sink, compression="zstd")
    return bytes(sink.getvalue())


def _json(answer: Answer) -> bytes:
    return json.dumps(as_dict(answer), ensure_ascii=False, indent=1).encode()


def _geojson(answer: Answer) -> bytes:
    """Return zones in CRS84 with their total, and with each class's value."""
    shapes = crs.reproject(answer.places.geometries, crs.METRIC, crs.CRS84)
    shapes = shapely.orient_polygons(shapes, exterior_cw=False)
    features = []
    for place, shape in enumerate(shapes):
        total = float(answer.whole.totals[place])
        told: dict[str, Any] = {
            "name": answer.places.names[place],
            "value": None if math.isnan(total) else total,
            "unit": answer.unit,
        }
        if answer.question.by:
            values = answer.whole.values[place].tolist()
            told["classes"] = {
                label or "": None if math.isnan(value) else value
                for label, value in zip(answer.whole.labels, values, strict=True)
            }
        features.append(
            {
                "type": "Feature",
                "id": answer.places.ids[place],
                "properties": told,
                "geometry": _rounded(shapely.geometry.mapping(shape)),
            }
        )
    whole = {"type": "FeatureCollection", "features": features, "geobank": answer.about}
    return json.dumps(whole, ensure_ascii=False).encode()


def _rounded(geometry: dict[str, Any]) -> dict[str, Any]:
    def turn(part: Any) -> Any:  # noqa: ANN401 - nested lists of coordinates
        return round(part, _DECIMALS) if isinstance(part, float) else [turn(one) for one in part]

    return {"type": geometry["type"], "coordinates": turn(geometry["coordinates"])}
