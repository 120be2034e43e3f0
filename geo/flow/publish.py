"""A file becomes the served version of a layer: ingest -> store, or a refusal and no change."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.ingest.read import Intake, take_in
from geo.ingest.report import Report
from geo.model import Project
from geo.model.derived import source_layer
from geo.model.layer import Layer
from geo.model.progress import Progress, silent
from geo.store import Catalog, Snapshot, write_snapshot

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
        GeoPackage, GeoJSON or Shapefile.
    dry_run : bool
        Only check; nothing is written.
    synthetic : bool
        The data are invented, which is said wherever they are shown.
    assume_crs, reproject, repair, drop_invalid
        As :func:`geo.ingest.read.take_in` has them.

    Raises
    ------
    NotFoundError
        If the city has no such layer.
    UsageError
        If the layer is one that Geobank computes.
    InputRefusedError
        If the file is refused; what was served stays served.
    """
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
    details = {"synthetic": synthetic, "note": note, "source_name": intake.report.file}
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
    catalog = Catalog(root)
    catalog.publish(snapshot, actor=actor, note=details["note"])
    catalog.record_run(
        RUN,
        layer.id,
        {
            "version": snapshot.version,
            "file": intake.report.file,
            "sha256": intake.sha256,
            "counts": quality["counts"],
        },
    )
    return snapshot
