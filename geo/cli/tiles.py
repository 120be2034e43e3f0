"""``geobank tiles``: a layer or an indicator as one file of vector tiles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo.cli import echo_json
from geo.cli.options import data_option, json_option, open_project, progress_bar, project_option

if TYPE_CHECKING:
    from geo.model import Project
    from geo.serve.tiles.archive import Written

_DEEPEST = 18


@click.command("tiles")
@click.argument("name", metavar="LAYER")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The PMTiles file to write.",
)
@click.option("--min-zoom", type=click.IntRange(0, _DEEPEST), default=0, show_default=True)
@click.option("--max-zoom", type=click.IntRange(0, _DEEPEST), default=15, show_default=True)
@data_option
@project_option
@json_option
def tiles(
    name: str,
    output: Path,
    min_zoom: int,
    max_zoom: int,
    data: Path,
    project_dir: Path | None,
    as_json: bool,
) -> None:
    """Write the vector tiles of a layer, or of an indicator's values, as one PMTiles file.

    Any web server that answers range requests serves it as it is, and QGIS and MapLibre read it.
    The same version of a layer gives the same bytes.

    \b
    Examples:
      geobank tiles parcels -o dzialki.pmtiles
      geobank tiles mpzp -o mpzp.pmtiles --min-zoom 8 --max-zoom 16
      geobank tiles greenery_per_person -o zielen.pmtiles --json
    """
    from geo.cli.map import unknown
    from geo.model.derived import VALUES, all_layers
    from geo.serve.tiles.archive import write_archive
    from geo.serve.tiles.shelf import Shelf

    project = open_project(project_dir)
    if name not in project.indicators and name not in all_layers(project):
        raise unknown(project, name)
    layer_id, indicator = (VALUES, name) if name in project.indicators else (name, "")
    tileset = Shelf(project, data).tileset(layer_id, indicator)
    with progress_bar(quiet=as_json) as progress:
        written = write_archive(
            tileset,
            output,
            min_zoom=min_zoom,
            max_zoom=max_zoom,
            title=_title(project, indicator) or tileset.layer.title.pl,
            language=project.site.languages[0],
            progress=progress,
        )
    if as_json:
        echo_json({"file": output.name, **written.as_dict()})
    else:
        click.echo(f"{output} ({_in_words(written)})", err=True)


def _in_words(written: Written) -> str:
    return (
        f"{written.tiles} tiles, zoom {written.min_zoom}-{written.max_zoom}, "
        f"{written.bytes_written / 1e6:.1f} MB, largest tile "
        f"{written.largest_tile_bytes / 1000:.0f} kB"
    )


def _title(project: Project, indicator: str) -> str:
    if not indicator:
        return ""
    return project.indicator(indicator).title[project.site.languages[0]]
