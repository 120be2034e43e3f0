"""From a staged file to the feature table of its layer: every check, in order. Runs caged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely

from geo.errors import InputRefusedError
from geo.ingest import fields, gdal, shapes
from geo.ingest.coverage import MOST_FEATURES, check_coverage
from geo.ingest.faults import Faults
from geo.ingest.pieces import Gathered, Metric, cut
from geo.ingest.position import Choices, check_place, settle_crs
from geo.ingest.report import Report
from geo.ingest.stage import Driver
from geo.model.layer import Layer
from geo.model.progress import Progress

_CHUNK = 100_000
OPEN, READ, CHECK = "otwarcie / open", gdal.READ, "kontrola / check"


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
    raw = gdal.read(source, dict.fromkeys(taken.values()), report, progress=progress)
    progress(READ, 1, 1)
    report.counts["read"] = raw.num_rows
    if raw.num_rows == 0:
        report.refuse("no-features")
    faults = Faults(raw.num_rows)
    columns = fields.take(layer, raw, taken, faults, report)
    work = _Geometry(source, layer, choices, faults, report, progress)
    try:
        metric = work.settled(raw.column(gdal.GEOMETRY))
    except InputRefusedError:
        # What was found in the rows until then is told in the same run.
        work.look_at_ids(columns[layer.id_field])
        faults.tell(report, drop=choices.drop_invalid)
        raise
    work.look_at_ids(columns[layer.id_field])
    kept = faults.settle(report, drop=choices.drop_invalid)
    table = _table(layer, columns, kept, work.accepted(metric, kept))
    report.counts["repaired"] = int((faults.repaired & kept).sum())
    report.geometry = work.described
    _look_over(layer, table, report)
    progress(CHECK, 1, 1)
    return table


@dataclass
class _Geometry:
    """The geometry of a file on its way into EPSG:2180, piece by piece."""

    source: gdal.Source
    layer: Layer
    choices: Choices
    faults: Faults
    report: Report
    progress: Progress
    described: dict[str, object] = field(default_factory=dict)

    def settled(self, wkb: pa.ChunkedArray) -> Metric:
        """Return geometries in EPSG:2180, checked; what breaks a rule goes to `faults`."""
        bounds = cut(len(wkb))
        first, boxes = self._built(wkb, bounds)
        declared, json = self.source.crs, self.source.driver == "GeoJSON"
        code = settle_crs(declared, boxes, self.layer, self.choices, self.report, json=json)
        far = check_place(boxes, code, self.choices.bbox84, self.report)
        if len(far):
            self.report.add("warning", "far-away", self.faults.places(far), count=len(far))
        told = Gathered(self.report)

        def settle(start: int, stop: int) -> np.ndarray:
            # A single piece is still there; of several, each is built anew.
            built = first if len(bounds) == 1 else self._again(wkb, start, stop)
            part = self.faults.part(start, stop)
            with told.piece() as report:
                found = shapes.settle(
                    built, code, part, report, self._from(start, len(wkb)),
                    repair=self.choices.repair,
                )  # fmt: skip
            self.progress(CHECK, len(wkb) + stop, 3 * len(wkb))
            # A repair may have made several parts of one.
            found[part.bad] = None
            return shapes.of_type(found, self.layer, part)

        metric = Metric(self.source.path.with_name("metric.arrow"), bounds)
        metric.fill(settle)
        told.tell()
        return metric

    def look_at_ids(self, ids: pa.Array) -> None:
        """Look for ids that stand twice, once it is known which rows are left out."""
        drop = self.choices.drop_invalid
        fields.check_unique(self.layer, ids, self.faults, self.report, drop=drop)

    def _built(
        self, wkb: pa.ChunkedArray, bounds: list[tuple[int, int]]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Look at every piece in the file's CRS; return the last one, and all boxes, (n, 4)."""
        told, boxes = Gathered(self.report), np.empty((len(wkb), 4))
        built = np.empty(0, dtype=object)
        for start, stop in bounds:
            part = self.faults.part(start, stop)
            column = wkb.slice(start, stop - start)
            with told.piece() as report:
                built = shapes.build(column, part, report, repair=self.choices.repair)
                built = shapes.of_type(built, self.layer, part)
            boxes[start:stop] = shapely.bounds(built)
            self.progress(CHECK, stop, 3 * len(wkb))
        told.tell()
        return built, boxes

    def _again(self, wkb: pa.ChunkedArray, start: int, stop: int) -> np.ndarray:
        """Build a piece that was looked at before, without telling of it twice."""
        nobody, faults = Report(self.layer.id, ""), Faults(stop - start)
        column = wkb.slice(start, stop - start)
        built = shapes.build(column, faults, nobody, repair=self.choices.repair)
        return shapes.of_type(built, self.layer, faults)

    def _from(self, first: int, count: int) -> Progress:
        """Return a progress that counts a piece's rows from the first of the file."""

        def tell(stage: str, done: int, total: int) -> None:
            self.progress(stage, first + done, count)

        return tell

    def accepted(self, metric: Metric, kept: np.ndarray) -> Iterator[np.ndarray]:
        """Give the geometries that are kept, of the layer's type, and describe them."""
        for start, stop, found in metric:
            chosen = kept[start:stop]
            right = found[chosen]
            if len(right):
                self.described = _added(self.described, shapes.describe(right, self.layer))
            self.progress(CHECK, 2 * len(kept) + stop - 1, 3 * len(kept))
            yield right


def _added(before: dict[str, object], more: dict[str, object]) -> dict[str, object]:
    """Return the description of two pieces together."""
    if not before:
        return more
    box, other = np.array(before["bbox2180"]), np.array(more["bbox2180"])
    joined = [*np.minimum(box, other)[:2].tolist(), *np.maximum(box, other)[2:].tolist()]
    sums = {
        name: before[name] + more[name]  # type: ignore[operator]
        for name in before
        if name not in ("type", "bbox2180")
    }
    return {**before, **sums, "bbox2180": joined}


def _table(
    layer: Layer, columns: dict[str, pa.Array], kept: np.ndarray, found: Iterator[np.ndarray]
) -> pa.Table:
    """Return the feature table; `found` gives its geometries, piece by piece."""
    keep = pa.array(kept)
    wkb = [
        pa.array(shapely.to_wkb(piece[start : start + _CHUNK], byte_order=1), type=pa.binary())
        for piece in found
        for start in range(0, len(piece), _CHUNK)
    ]
    arrays = [columns[field.name].filter(keep) for field in layer.fields]
    names = [field.name for field in layer.fields]
    return pa.table([*arrays, pa.chunked_array(wkb, pa.binary())], names=[*names, "geometry"])


def _look_over(layer: Layer, table: pa.Table, report: Report) -> None:
    """Count what was accepted, and warn of what is allowed but odd."""
    report.counts |= {"accepted": table.num_rows, "dropped": report.dropped.get("rows", 0)}
    column = table.column("geometry")
    same = table.num_rows - _different(column)
    if same:
        report.add("warning", "same-geometry", count=same)
    if layer.coverage:
        few = table.num_rows <= MOST_FEATURES
        found = shapely.from_wkb(column.to_numpy()) if few else np.empty(table.num_rows)
        check_coverage(found, table.column(layer.id_field).to_pylist() if few else [], report)


def _different(column: pa.ChunkedArray) -> int:
    """Count the different geometries, by a hash of 64 bits of each."""
    hashes = [np.fromiter(map(hash, chunk.to_pylist()), np.int64) for chunk in column.chunks]
    return len(np.unique(np.concatenate([np.empty(0, np.int64), *hashes])))
