"""``geobank map``: an indicator or a layer as one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo.cli.options import data_option, open_project, project_option
from geo.errors import NotFoundError
from geo.store.folder import replacing

if TYPE_CHECKING:
    from geo.model import Project
    from geo.model.text import Language


@click.command("map")
@click.argument("name", metavar="INDICATOR")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The HTML file to write.  -o - writes to standard output.",
)
@click.option(
    "--lang", type=click.Choice(["pl", "en"]), help="Language.  [default: the site's first]"
)
@data_option
@project_option
def map_(
    name: str, output: Path, lang: Language | None, data: Path, project_dir: Path | None
) -> None:
    """Write the map of an indicator (or of a layer or raster) as one self-contained HTML file.

    The file opens from a disk without a network: map, legend, the same numbers as a table, the
    card and its sources are all in it.

    \b
    Examples:
      geobank map greenery_per_person -o zielen.html
      geobank map stops -o stops.html --lang en
      geobank map land_cover -o pokrycie.html
    """
    project = open_project(project_dir)
    html = _draw(project, data, name, lang or project.site.languages[0])
    if str(output) == "-":
        click.echo(html)
        return
    with replacing(output) as file:
        file.write(html.encode())
    click.echo(f"{output} ({len(html.encode()) / 1000:.0f} kB)", err=True)


def _draw(project: Project, data: Path, name: str, language: Language) -> str:
    from geo.view.map import indicator_map, layer_map, raster_map

    if name in project.indicators:
        return indicator_map(project, data, name, language)
    if name in project.layers:
        return layer_map(project, data, name, language)
    if name in project.rasters:
        return raster_map(project, data, name, language)
    raise unknown(project, name)


def unknown(project: Project, name: str) -> NotFoundError:
    """Return the refusal of a name that is neither an indicator's nor a layer's."""
    from geo.model.meant import did_you_mean

    layers = [*project.layers, *project.rasters]
    return NotFoundError(
        f"there is no indicator and no layer {name!r}",
        fix=f"{did_you_mean(name, [*project.indicators, *layers])}"
        f"indicators: {', '.join(project.indicators)}; layers: {', '.join(layers)}",
    )
