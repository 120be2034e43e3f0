"""GeoPackage, FlatGeobuf and GeoParquet in EPSG:2180, streamed from the version's own file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio

from geo import crs
from geo.flow.export.provenance import provenance, sentence
from geo.flow.export.rows import batches, schema
from geo.model import Layer
from geo.model.progress import Progress, silent
from geo.store.parquet import ROW_GROUP
from geo.store.snapshot import Snapshot
from geo.store.table import GEOMETRY

PROVENANCE = "geobank"
"""Key of the file's own metadata that holds :func:`geo.flow.export.provenance.provenance`."""


def write_geopackage(
    path: Path, layer: Layer, snapshot: Snapshot, *, progress: Progress = silent
) -> None:
    """Write a GeoPackage with one table, named as the collection."""
    _write(
        path, layer, snapshot, "GPKG", progress,
        {"IDENTIFIER": layer.title.pl, "DESCRIPTION": sentence(layer, snapshot, "pl")},
    )  # fmt: skip


def write_flatgeobuf(
    path: Path, layer: Layer, snapshot: Snapshot, *, progress: Progress = silent
) -> None:
    """Write a FlatGeobuf with its spatial index."""
    _write(
        path, layer, snapshot, "FlatGeobuf", progress,
        {"TITLE": layer.title.pl, "DESCRIPTION": sentence(layer, snapshot, "pl")},
    )  # fmt: skip


def _write(
    path: Path,
    layer: Layer,
    snapshot: Snapshot,
    driver: str,
    progress: Progress,
    options: dict[str, str],
) -> None:
    stream = pa.RecordBatchReader.from_batches(
        schema(layer, snapshot).remove_metadata(),
        _reporting(batches(layer, snapshot), driver, snapshot.manifest.features, progress),
    )
    said = {PROVENANCE: json.dumps(provenance(layer, snapshot), ensure_ascii=False)}
    pyogrio.write_arrow(
        stream,
        path,
        layer=layer.id,
        driver=driver,
        geometry_name=GEOMETRY,
        geometry_type=layer.geometry,
        crs=crs.METRIC,
        layer_metadata=said,
        layer_options=options,
    )


def write_geoparquet(
    path: Path, layer: Layer, snapshot: Snapshot, *, progress: Progress = silent
) -> None:
    """Copy the stored GeoParquet: its order, row groups and boxes, without private fields."""
    with pq.ParquetFile(snapshot.parquet) as source:
        stored = source.schema_arrow
        described = json.loads(stored.metadata[b"geo"])
        covering = described["columns"][GEOMETRY].get("covering")
        boxes = [covering["bbox"]["xmin"][0]] if covering else []
        names = [*schema(layer, snapshot).names, *boxes]
        own = {
            b"geo": stored.metadata[b"geo"],
            PROVENANCE.encode(): json.dumps(provenance(layer, snapshot)).encode(),
        }
        kept = pa.schema([stored.field(name) for name in names], metadata=own)
        with pq.ParquetWriter(path, kept, compression="zstd", compression_level=3) as target:
            done = 0
            for number in range(source.num_row_groups):
                group = source.read_row_group(number, columns=names).select(names)
                target.write_table(group.replace_schema_metadata(own), row_group_size=ROW_GROUP)
                done += len(group)
                progress("GeoParquet", done, snapshot.manifest.features)


def _reporting(
    found: Iterator[pa.RecordBatch], stage: str, total: int, progress: Progress
) -> Iterator[pa.RecordBatch]:
    done = 0
    for batch in found:
        yield batch
        done += len(batch)
        progress(stage, done, total)


def metadata_of(path: Path) -> dict[str, Any]:
    """Read back what a GeoPackage or FlatGeobuf of ours says of itself."""
    said = pyogrio.read_info(path).get("layer_metadata") or {}
    found: dict[str, Any] = json.loads(said[PROVENANCE])
    return found
