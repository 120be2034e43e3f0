"""A file becomes the served version of a layer: ingest -> store, or a refusal and no change."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.ingest.read import Intake, take_in
from geo.ingest.report import Report
from geo.model import Project
from geo.model.derived import source_layer
from geo.model.layer import Layer
from geo.model.progress import Progress, silent
from geo.store import Catalog, Snapshot, write_snapshot

if TYPE_CHECKING:
    from geo.ingest.raster import RasterIntake

RUN = "publish"
"""Kind of the runs that the catalogue keeps of publications."""


@dataclass(frozen=True)
class Outcome:
    """What became of a file.

    Attributes
    ----------
    snapshot : Snapshot, optional
        The version that is served now; None after a dry run.
    """

    report: Report
    snapshot: Snapshot | None


def publish(
    project: Project,
    root: Path,
    layer_id: str,
    file: Path,
    *,
    dry_run: bool = False,
    synthetic: bool = False,
    note: str = "",
    assume_crs: str | None = None,
    reproject: bool = False,
    repair: bool = False,
    drop_invalid: bool = False,
    actor: str = "cli",
    progress: Progress = silent,
) -> Outcome:
    """Take a file in, write it as a new version, and serve that version.

    Parameters
    ----------
    project : Project
    root : Path
        The data folder.
    layer_id : str
    file : Path
        GeoPackage, GeoJSON or Shapefile; GeoTIFF for a raster.
    dry_run : bool
        Only check; nothing is written.
    synthetic : bool
        The data are invented, which is said wherever they are shown.
    assume_crs, reproject, repair, drop_invalid
        As :func:`geo.ingest.read.take_in` has them.

    Raises
    ------
    NotFoundError
        If the city has no such layer, or there is no such file.
    UsageError
        If the layer is one that Geobank computes.
    InputRefusedError
        If the file is refused; what was served stays served.
    """
    details = {"synthetic": synthetic, "note": note, "source_name": file.name}
    if layer_id in project.rasters:
        choices = {"assume_crs": assume_crs, "reproject": reproject, "drop_invalid": drop_invalid}
        return _publish_raster(
            project, root, layer_id, file, choices, details,
            dry_run=dry_run, actor=actor, progress=progress,
        )  # fmt: skip
    layer = source_layer(project, layer_id)
    intake = take_in(
        layer,
        file,
        bbox84=project.site.bbox,
        assume_crs=assume_crs,
        reproject=reproject,
        repair=repair,
        drop_invalid=drop_invalid,
        progress=progress,
    )
    if dry_run:
        return Outcome(intake.report, None)
    details["source_name"] = intake.report.file
    return Outcome(intake.report, _serve(root, layer, intake, details, actor, progress))


def _serve(
    root: Path,
    layer: Layer,
    intake: Intake,
    details: dict[str, Any],
    actor: str,
    progress: Progress,
) -> Snapshot:
    quality = intake.report.as_dict()
    snapshot = write_snapshot(
        root,
        layer,
        intake.table,
        source_sha256=intake.sha256,
        quality=quality,
        progress=progress,
        **details,
    )
    _switch(root, snapshot, intake, actor)
    return snapshot


def _publish_raster(
    project: Project,
    root: Path,
    layer_id: str,
    file: Path,
    choices: dict[str, Any],
    details: dict[str, Any],
    *,
    dry_run: bool,
    actor: str,
    progress: Progress,
) -> Outcome:
    # rasterio is a second of import that a layer of features need not wait for.
    from geo.ingest.raster import take_in_raster
    from geo.store.raster import write_raster

    raster, box = project.raster(layer_id), project.site.bbox
    with take_in_raster(raster, file, bbox84=box, progress=progress, **choices) as intake:
        if dry_run:
            return Outcome(intake.report, None)
        quality = intake.report.as_dict()
        details["source_name"] = intake.report.file
        snapshot = write_raster(
            root, raster, intake.path, source_sha256=intake.sha256, quality=quality, **details
        )
    _switch(root, snapshot, intake, actor)
    return Outcome(intake.report, snapshot)


def _switch(root: Path, snapshot: Snapshot, intake: Intake | RasterIntake, actor: str) -> None:
    """Serve a snapshot from now on, and record where it came from."""
    catalog = Catalog(root)
    catalog.publish(snapshot, actor=actor, note=snapshot.manifest.note)
    catalog.record_run(
        RUN,
        snapshot.layer_id,
        {
            "version": snapshot.version,
            "file": intake.report.file,
            "sha256": intake.sha256,
            "counts": intake.report.counts,
        },
    )
