"""``geobank qgis``: everything that is published as a QGIS project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo.cli.options import data_option, open_project, project_option
from geo.errors import UsageError
from geo.store.folder import replacing

if TYPE_CHECKING:
    from geo.model.text import Language


@click.command()
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The project file to write: FILE.qgz.",
)
@click.option(
    "--url",
    envvar="GEOBANK_URL",
    show_envvar=True,
    help="Address of the server as QGIS reaches it.  [default: `url` of config/site.yml]",
)
@click.option(
    "--lang", type=click.Choice(["pl", "en"]), help="Language.  [default: the site's first]"
)
@data_option
@project_option
def qgis(
    output: Path, url: str | None, lang: Language | None, data: Path, project_dir: Path | None
) -> None:
    """Write a QGIS project with every published layer, styled, grouped and labelled.

    The layers are read from the server that runs (geobank serve), not from this file: what is
    published later is drawn as well. After a new layer or indicator, write the project again.
    QGIS 3.22 and later open it.

    \b
    Examples:
      geobank qgis -o miasto.qgz
      geobank qgis -o city.qgz --lang en --url https://dane.example.org
    """
    from geo.view.qgis import project_file

    if output.suffix.lower() != ".qgz":
        raise UsageError(
            f"{output.name} is no QGIS project", where="--output", fix="let it end with .qgz"
        )
    project = open_project(project_dir)
    content = project_file(
        project, data, url or project.site.url, lang or project.site.languages[0]
    )
    with replacing(output) as file:
        file.write(content)
    click.echo(f"{output} ({len(content) / 1000:.0f} kB)", err=True)
