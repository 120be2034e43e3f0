"""``geobank publish``, ``layers`` and ``rollback``: files in, versions listed, a version back."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geo.cli import echo_json
from geo.cli.options import data_option, json_option, open_project, progress_bar, project_option
from geo.errors import InputRefusedError, NotFoundError, rule

if TYPE_CHECKING:
    from geo.flow.publish import Outcome
    from geo.model import Layer
    from geo.model.raster import Raster
    from geo.model.text import Language
    from geo.store import Snapshot, VersionRow


@click.command()
@click.argument("layer")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check the file and report; write nothing.")
@click.option("--repair", is_flag=True, help="Mend invalid geometry, and count it.")
@click.option("--drop-invalid", is_flag=True, help="Leave faulty rows out, and count them.")
@click.option("--assume-crs", metavar="CODE", help="CRS of a file that names none: EPSG:2180.")
@click.option("--reproject", is_flag=True, help="Allow a file in another CRS than the layer's.")
@click.option("--synthetic", is_flag=True, help="The data are invented; say so everywhere.")
@click.option("--note", default="", help="Words that stay with the version.")
@click.option(
    "--lang", type=click.Choice(["pl", "en"]), default="pl", show_default=True,
    help="Language of the report.",
)  # fmt: skip
@data_option
@project_option
@json_option
def publish(
    layer: str,
    file: Path,
    lang: Language,
    data: Path,
    project_dir: Path | None,
    as_json: bool,
    **choices: Any,  # noqa: ANN401 - the options above, by name
) -> None:
    """Check FILE (GeoPackage, GeoJSON, Shapefile or zipped Shapefile) and publish it as LAYER.

    A raster layer takes GeoTIFF. A file that is refused changes nothing: the version before stays
    served. Exit code 5 means refused, 4 no such layer or file, 2 wrong usage.

    \b
    Examples:
      geobank publish greenery zielen.gpkg --dry-run
      geobank publish districts dzielnice.shp --note "uchwała 12/2026"
      geobank publish stops przystanki.geojson --reproject --json
      geobank publish land_cover pokrycie.tif
    """
    from geo.flow.publish import publish as run

    project = open_project(project_dir)
    try:
        with progress_bar(quiet=as_json) as progress:
            outcome = run(project, data, layer, file, progress=progress, **choices)
    except InputRefusedError as error:
        _tell_refusal(error, lang, as_json=as_json)
        sys.exit(rule(error).exit_code)
    waiting = outdated_by(data, layer) if outcome.snapshot else []
    _tell_outcome(outcome, lang, waiting, as_json=as_json)


def outdated_by(data: Path, layer: str) -> list[str]:
    """Return the indicators whose numbers are of another version of a layer than is served."""
    from geo.flow.results import load_all

    return [name for name, each in load_all(data).items() if layer in each.outdated]


def _again(waiting: list[str], lang: Language) -> str:
    from geo.model.text import Count

    count, names = Count(len(waiting)), ", ".join(waiting)
    if lang == "pl":
        return (
            f"{count:wskaźnik czeka|wskaźniki czekają|wskaźników czeka} na nowe policzenie "
            f"({names}); uruchom: geobank indicators compute"
        )
    return (
        f"{count:indicator waits|indicators wait} to be computed again ({names}); "
        "run: geobank indicators compute"
    )


def _tell_refusal(error: InputRefusedError, lang: Language, *, as_json: bool) -> None:
    from geo.cli.polish import told
    from geo.ingest.report import Report

    report = error.report if isinstance(error.report, Report) else None
    if as_json:
        echo_json({"error": error.as_dict(), "report": report.as_dict() if report else None})
        return
    if report:
        click.echo(report.as_text(lang), err=True)
    else:
        click.echo(told(error, lang), err=True)
    click.echo(
        "Odmowa: nic nie zmieniono, obowiązuje poprzednia wersja."
        if lang == "pl"
        else "Refused: nothing was changed, the version before stays served.",
        err=True,
    )


def _tell_outcome(outcome: Outcome, lang: Language, waiting: list[str], *, as_json: bool) -> None:
    snapshot = outcome.snapshot
    if as_json:
        version = snapshot.version if snapshot else None
        echo_json({"published": version, "outdated_indicators": waiting,
                   "report": outcome.report.as_dict()})  # fmt: skip
        return
    click.echo(outcome.report.as_text(lang))
    if snapshot is None:
        click.echo(
            "Próba: plik można opublikować; nic nie zapisano."
            if lang == "pl"
            else "Dry run: the file can be published; nothing was written."
        )
    else:
        word = "Opublikowano" if lang == "pl" else "Published"
        click.echo(f"{word}: {snapshot.layer_id} {snapshot.version}")
        if waiting:
            click.secho(_again(waiting, lang), fg="yellow")


@click.command()
@click.argument("layer", required=False)
@data_option
@project_option
@json_option
def layers(layer: str | None, data: Path, project_dir: Path | None, as_json: bool) -> None:
    """List the layers and what is served of each; with LAYER, its versions.

    \b
    Examples:
      geobank layers
      geobank layers greenery
      geobank layers --json
    """
    from geo.model.derived import all_layers
    from geo.model.meant import meant
    from geo.store import Catalog

    project = open_project(project_dir)
    known: dict[str, Layer | Raster] = {**all_layers(project), **project.rasters}
    catalog = Catalog(data)
    if layer is None:
        rows = [
            {
                "id": item.id,
                "title": item.title.model_dump(),
                "derived": getattr(item, "derived", False),
                "kind": item.geometry,
                "steward": item.steward.name,
                **_current(catalog.current(item.id)),
            }
            for item in known.values()
        ]
        _show_layers(rows, as_json=as_json)
        return
    if layer not in known:
        raise NotFoundError(f"there is no layer {layer!r}", fix=meant(layer, known))
    _show_versions(layer, catalog.versions(layer), as_json=as_json)


def _current(snapshot: Snapshot | None) -> dict[str, Any]:
    manifest = snapshot.manifest if snapshot else None
    cells = None
    if manifest and snapshot and snapshot.is_raster:
        cells = manifest.quality.get("counts", {}).get("cells")
    return {
        "version": manifest.version if manifest else None,
        "published": manifest.created_at if manifest else None,
        "features": manifest.features if manifest and cells is None else None,
        "cells": cells,
        "synthetic": manifest.synthetic if manifest else None,
        "source": manifest.source_name if manifest else None,
    }


def _show_layers(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        echo_json({"layers": rows})
        return
    table = [("WARSTWA / LAYER", "OBIEKTY / FEATURES", "WERSJA / VERSION", "OPIEKUN / STEWARD")]
    for row in rows:
        mark = " (syntetyczna / synthetic)" if row["synthetic"] else ""
        count = "-" if row["features"] is None else str(row["features"])
        if row["cells"]:
            count = f"{row['cells']} kom. / cells"
        table.append((row["id"], count, (row["version"] or "-") + mark, row["steward"]))
    _echo_table(table)


def _show_versions(layer: str, versions: list[VersionRow], *, as_json: bool) -> None:
    if as_json:
        rows = [
            {
                "version": row.version,
                "created_at": row.created_at,
                "features": row.features,
                "synthetic": row.synthetic,
                "current": row.current,
                "note": row.note,
            }
            for row in versions
        ]
        echo_json({"layer": layer, "versions": rows})
        return
    if not versions:
        click.echo(f"{layer}: nic nie opublikowano / nothing is published")
        return
    table = [("", "WERSJA / VERSION", "OBIEKTY / FEATURES", "NOTATKA / NOTE")]
    for row in versions:
        note = row.note + (" (syntetyczna / synthetic)" if row.synthetic else "")
        table.append(("*" if row.current else "", row.version, str(row.features), note.strip()))
    _echo_table(table)


def _echo_table(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


@click.command()
@click.argument("layer")
@click.argument("version", required=False)
@click.option("--note", default="", help="Why; kept in the audit.")
@data_option
@project_option
@json_option
def rollback(
    layer: str,
    version: str | None,
    note: str,
    data: Path,
    project_dir: Path | None,
    as_json: bool,
) -> None:
    """Serve an older VERSION of LAYER again; the one before the current, when none is named.

    Its files are compared with their checksums first. Exit code 4 means that there is no such
    layer or version, 6 that its files have changed.

    \b
    Examples:
      geobank rollback greenery
      geobank rollback greenery 20261122T031500Z-1f2e3d4c --note "złe granice"
    """
    from geo.model.derived import source_layer
    from geo.store import Catalog

    project = open_project(project_dir)
    name = layer if layer in project.rasters else source_layer(project, layer).id
    snapshot = Catalog(data).rollback(name, version, note=note)
    waiting = outdated_by(data, name)
    if as_json:
        echo_json({"layer": name, "published": snapshot.version, "outdated_indicators": waiting})
        return
    click.echo(f"Obowiązuje / served now: {name} {snapshot.version}")
    if waiting:
        click.secho(f"{_again(waiting, 'pl')}\n{_again(waiting, 'en')}", fg="yellow")
