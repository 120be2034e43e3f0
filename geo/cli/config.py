"""``geobank config``: the model is checked, and config/pygeoapi.yml follows from it."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo.cli import echo_json
from geo.cli.options import json_option, open_project, project_option
from geo.errors import ModelError

if TYPE_CHECKING:
    from geo.model import Project


@click.group()
def config() -> None:
    """Check the city's model, and write what is derived from it.

    \b
    Examples:
      geobank config check     read every layer and card; is config/pygeoapi.yml up to date?
      geobank config write     write config/pygeoapi.yml again
    """


@config.command()
@project_option
@json_option
def check(project_dir: Path | None, as_json: bool) -> None:
    """Read config/, layers/ and indicators/, and compare config/pygeoapi.yml with them.

    Exit code 3 and a diff when the file is not what the model says.

    \b
    Examples:
      geobank config check
      geobank config check --project /srv/city --json
    """
    project = open_project(project_dir)
    label, path, expected = _derived(project)
    found = path.read_text(encoding="utf-8") if path.is_file() else ""
    if found != expected:
        if not as_json:
            click.echo("".join(_diff(found, expected, label)))
        raise ModelError(
            "is not what layers/, indicators/ and config/site.yml say" if found else "is missing",
            where=label,
            fix="run `geobank config write` and commit the file",
        )
    _tell(project, label, as_json=as_json, written=False)


@config.command()
@project_option
@json_option
def write(project_dir: Path | None, as_json: bool) -> None:
    """Write config/pygeoapi.yml from the model.

    A stock pygeoapi serves the same collections with it.

    \b
    Examples:
      geobank config write
      geobank config write --project /srv/city
    """
    project = open_project(project_dir)
    label, path, expected = _derived(project)
    path.write_text(expected, encoding="utf-8")
    _tell(project, label, as_json=as_json, written=True)


def _derived(project: Project) -> tuple[str, Path, str]:
    """Return the file's name in messages, its path, and what it must hold."""
    from geo.serve.config import FILE, as_yaml, build_config

    return str(FILE), project.root / FILE, as_yaml(build_config(project))


def _diff(found: str, expected: str, label: str) -> list[str]:
    return list(
        difflib.unified_diff(
            found.splitlines(keepends=True),
            expected.splitlines(keepends=True),
            f"{label} (found)",
            f"{label} (expected)",
        )
    )


def _tell(project: Project, label: str, *, as_json: bool, written: bool) -> None:
    layers = len(project.layers) + len(project.rasters)
    cards = len(project.indicators)
    if as_json:
        echo_json({"file": label, "written": written, "layers": layers, "indicators": cards})
    else:
        state = "written" if written else "up to date"
        click.echo(f"{layers} layers, {cards} indicators: {label} is {state}")
