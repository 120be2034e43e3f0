"""``geobank demo``: a synthetic city, ready to look at."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo.cli import echo_json
from geo.cli.options import data_option, json_option, open_project, progress_bar, project_option
from geo.cli.serve import HOST, PORT

if TYPE_CHECKING:
    from geo.demo.preparation import Prepared
    from geo.model import Project


@click.command()
@click.option("--port", type=click.IntRange(1, 65_535), default=PORT, show_default=True)
@click.option("--host", default=HOST, show_default=True, help="Address to listen at.")
@data_option
@project_option
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=2026,
    show_default=True,
    help="Another seed, another town of the same shape and figures.",
)
@click.option(
    "--scale",
    type=float,
    default=1.0,
    show_default=True,
    help="Multiplies the parcels: 1 makes 14 thousand, 14.5 200 thousand, 290 4 million.",
)
@click.option("--no-serve", is_flag=True, help="Prepare the data and end.")
@click.option(
    "--files-only",
    type=click.Path(file_okay=False, path_type=Path),
    help="Only write the city's files into this folder; publish nothing.",
)
@json_option
def demo(
    port: int,
    host: str,
    data: Path,
    project_dir: Path | None,
    seed: int,
    scale: float,
    no_serve: bool,
    files_only: Path | None,
    as_json: bool,
) -> None:
    """Make a synthetic Siemianowice Śląskie, publish it, compute the indicators, and serve it.

    The city is invented, and says so wherever it is shown; its area, people, greenery in plans
    and bike paths sum to the published figures. Data that are there from the same seed and scale
    are used again. A folder that holds real data is refused.

    \b
    Examples:
      geobank demo                                  http://127.0.0.1:5000
      geobank demo --port 8080 --data demo-data
      geobank demo --no-serve --json                only prepare, and tell a machine
      geobank demo --files-only miasto --seed 7     GeoPackage, Shapefile, GeoJSON, GeoTIFF
      geobank demo --scale 14.5 --data big          200 000 parcels
    """
    if files_only is not None:
        _only_files(files_only, seed, scale, as_json=as_json)
        return
    project = open_project(project_dir)
    _prepare(project, data, seed, scale, as_json=as_json)
    if not no_serve:
        from geo.cli.serve import run

        run(project, data, host=host, port=port)


def _prepare(project: Project, data: Path, seed: int, scale: float, *, as_json: bool) -> None:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    started = time.monotonic()
    if not as_json:
        click.echo("Miasto demonstracyjne (dane syntetyczne) / The demo city (synthetic data)")
    # In a process of its own: what preparing takes, 600 MB, is not kept while serving.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        made = pool.submit(_made, project.root, data, seed, scale, quiet=as_json).result()
    seconds = time.monotonic() - started
    if as_json:
        echo_json({**asdict(made), "synthetic": True, "seconds": round(seconds, 2)})
    else:
        _tell(made.features, made.computed, reused=made.reused, seconds=seconds)


def _made(root: Path, data: Path, seed: int, scale: float, *, quiet: bool) -> Prepared:
    # Imported here: the generator and its libraries take a second that `--help` need not wait for.
    from geo.demo.preparation import prepare

    with progress_bar(quiet=quiet) as progress:
        return prepare(open_project(root), data, seed=seed, scale=scale, progress=progress)


def _only_files(folder: Path, seed: int, scale: float, *, as_json: bool) -> None:
    from geo.demo.files import build

    with progress_bar(quiet=as_json) as progress:
        files = build(folder, seed=seed, scale=scale, progress=progress)
    if as_json:
        echo_json({"synthetic": True, "files": {name: path.name for name, path in files.items()}})
        return
    click.echo("Dane syntetyczne, pliki / Synthetic data, files:")
    for name, path in files.items():
        click.echo(f"  {name:<12} files/{path.name}")


def _tell(
    features: Mapping[str, int], computed: Mapping[str, str], *, reused: bool, seconds: float
) -> None:
    done = [card for card, note in computed.items() if not note]
    if reused:
        click.echo("Było gotowe, użyto ponownie. / It was there already and is used again.")
    for layer, count in features.items():
        click.echo(f"  {layer:<12} {count:>9,}".replace(",", " "))
    click.echo(f"  Wskaźniki / indicators: {len(done)}")
    for card, note in computed.items():
        if note:
            click.echo(f"    {card}: {note}")
    click.echo(f"  {seconds:.1f} s")
