"""From a staged file to the feature table of its layer: every check, in order. Runs caged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geo.ingest import fields, gdal, shapes
from geo.ingest.coverage import check_coverage
from geo.ingest.faults import Faults
from geo.ingest.position import Choices, check_place, settle_crs
from geo.ingest.report import Report
from geo.ingest.stage import Driver
from geo.model.layer import Layer
from geo.model.progress import Progress

_CHUNK = 100_000
OPEN, READ, CHECK = "otwarcie / open", "odczyt / read", "kontrola / check"


def clean(
    path: Path, driver: Driver, layer: Layer, choices: Choices, report: Report, progress: Progress
) -> pa.Table:
    """Return the feature table of a staged file: EPSG:2180, valid, ids unique.

    Raises
    ------
    InputRefusedError
        With `report` on it, which holds all that was found until then.
    """
    progress(OPEN, 0, 1)
    source = gdal.inspect(path, driver, layer.id, layer.crs, report)
    taken = fields.match(layer, source.columns, report, shapefile=driver == "ESRI Shapefile")
    progress(OPEN, 1, 1)
    progress(READ, 0, 1)
    raw = gdal.read(source, dict.fromkeys(taken.values()), report)
    progress(READ, 1, 1)
    report.counts["read"] = raw.num_rows
    if raw.num_rows == 0:
        report.refuse("no-features")
    progress(CHECK, 0, 4)
    faults = Faults(raw.num_rows)
    columns = fields.take(layer, raw, taken, faults, report)
    progress(CHECK, 1, 4)
    built, code = _geometry(raw.column(gdal.GEOMETRY), source, layer, choices, faults, report)
    found = shapes.settle(built, code, faults, report, progress, repair=choices.repair)
    progress(CHECK, 2, 4)
    kept = faults.settle(report, drop=choices.drop_invalid)
    fields.check_unique(layer, columns[layer.id_field], faults, kept, report)
    found = shapes.of_type(found[kept], layer, faults, report)
    table = _table(layer, columns, kept, found)
    progress(CHECK, 3, 4)
    report.counts["repaired"] = int((faults.repaired & kept).sum())
    _look_over(layer, table, found, report)
    progress(CHECK, 4, 4)
    return table


def _geometry(
    wkb: pa.ChunkedArray, source: gdal.Source, layer: Layer, choices: Choices, faults: Faults,
    report: Report,
) -> tuple[np.ndarray, str]:  # fmt: skip
    """Return geometries of the layer's type, shape (n,), and the CRS that they are in."""
    built = shapes.build(wkb, faults, report, repair=choices.repair)
    built = shapes.of_type(built, layer, faults, report)
    bounds = shapely.bounds(built)
    code = settle_crs(source.crs, bounds, layer, choices, report, json=source.driver == "GeoJSON")
    far = check_place(bounds, code, choices.bbox84, report)
    if len(far):
        report.add("warning", "far-away", faults.places(far), count=len(far))
    return built, code


def _table(
    layer: Layer, columns: dict[str, pa.Array], kept: np.ndarray, found: np.ndarray
) -> pa.Table:
    keep = pa.array(kept)
    arrays = [columns[field.name].filter(keep) for field in layer.fields]
    parts = [found[start : start + _CHUNK] for start in range(0, len(found), _CHUNK)]
    wkb = pa.chunked_array(
        [pa.array(shapely.to_wkb(part, byte_order=1), type=pa.binary()) for part in parts]
    )
    names = [field.name for field in layer.fields]
    return pa.table([*arrays, wkb], names=[*names, "geometry"])


def _look_over(layer: Layer, table: pa.Table, found: np.ndarray, report: Report) -> None:
    """Count what was accepted, and warn of what is allowed but odd."""
    report.counts |= {"accepted": table.num_rows, "dropped": report.dropped.get("rows", 0)}
    report.geometry = shapes.describe(found, layer)
    same = table.num_rows - pc.count_distinct(table.column("geometry")).as_py()
    if same:
        report.add("warning", "same-geometry", count=same)
    if layer.coverage:
        check_coverage(found, table.column(layer.id_field).to_pylist(), report)
