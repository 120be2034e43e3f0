"""``geobank export``: a published layer as a file to take away."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo.cli import echo_json
from geo.cli.options import data_option, json_option, open_project, progress_bar, project_option

if TYPE_CHECKING:
    from geo.model.text import Language
    from geo.store import Snapshot


@click.command("export")
@click.argument("layer_id", metavar="LAYER")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; its suffix is the format: .gpkg .fgb .parquet .geojson .fg.json "
    ".csv, or -arkusz.csv for Excel with Polish settings; a raster is a .tif.",
)
@click.option("--lang", type=click.Choice(["pl", "en"]), default="pl", show_default=True)
@data_option
@project_option
@json_option
def export(
    layer_id: str,
    output: Path,
    lang: Language,
    data: Path,
    project_dir: Path | None,
    as_json: bool,
) -> None:
    """Write the version of a layer that is served now as one file, without private fields.

    Its licence, source and version are inside. The evidence and the values of indicators are
    layers too.

    \b
    Examples:
      geobank export parcels -o dzialki.gpkg
      geobank export greenery -o zielen-arkusz.csv
      geobank export evidence_greenery_per_person -o dowod.gpkg
    """
    from geo.errors import NotFoundError, UsageError
    from geo.flow.export.formats import format_of, write
    from geo.model.derived import all_layers
    from geo.model.meant import meant
    from geo.store.catalog import Catalog

    project = open_project(project_dir)
    raster = layer_id in project.rasters
    if raster and output.suffix != ".tif":
        raise UsageError(
            "a raster is a GeoTIFF", where=layer_id, fix="end the file's name with .tif"
        )
    form = None if raster else format_of(output.name)
    layers = all_layers(project)
    if not raster and layer_id not in layers:
        told = meant(layer_id, [*project.layers, *project.rasters])
        raise NotFoundError(f"there is no layer {layer_id!r}", fix=told)
    snapshot = Catalog(data).current(layer_id)
    if snapshot is None:
        raise NotFoundError(
            "this layer is not published", where=layer_id, fix="`geobank layers` lists them"
        )
    if snapshot.is_promised:
        raise UsageError(
            "this evidence is not stored: it is made when it is asked for", where=layer_id,
            fix=f"geobank indicators evidence {layer_id.removeprefix('evidence_')} "
            f"--zone _all -o {output.name}",
        )  # fmt: skip
    if not output.absolute().parent.is_dir():
        raise UsageError("there is no such folder", where=str(output.parent), fix="make it first")
    # Beside the target and renamed at the end: a file that was there stays until then.
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".geobank-") as folder:
        unfinished = Path(folder) / output.name
        if form is None:
            shutil.copyfile(snapshot.coverage, unfinished)
        else:
            with progress_bar(quiet=as_json) as progress:
                write(unfinished, layers[layer_id], snapshot, form, progress=progress)
        unfinished.replace(output)
    size = output.stat().st_size
    if as_json:
        echo_json(
            {
                "file": output.name,
                "layer": layer_id,
                "version": snapshot.version,
                "features": snapshot.manifest.features,
                "bytes": size,
            }
        )
    else:
        click.echo(f"{output} ({_told(snapshot, size, lang)})", err=True)


def _told(snapshot: Snapshot, size: int, lang: Language) -> str:
    from geo.view.numbers import number, plural

    megabytes = f"{number(size / 1e6, 1, lang)} MB"
    pl, en = ("obiekt", "obiekty", "obiektów"), ("feature", "features")
    rows = [] if snapshot.is_raster else [plural(snapshot.manifest.features, lang, pl, en)]
    version = f"{'wersja' if lang == 'pl' else 'version'} {snapshot.version}"
    return ", ".join([*rows, megabytes, version])
