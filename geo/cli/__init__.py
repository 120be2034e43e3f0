"""The command line ``geobank``: each command is a module, imported when it is called."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import click

from geo.errors import GeoError, rule

if TYPE_CHECKING:
    from geo.model.text import Language

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("geo.cli.demo", "demo"),
    "serve": ("geo.cli.serve", "serve"),
    "layers": ("geo.cli.layers", "layers"),
    "publish": ("geo.cli.layers", "publish"),
    "rollback": ("geo.cli.layers", "rollback"),
    "change": ("geo.cli.change", "change"),
    "indicators": ("geo.cli.indicators", "indicators"),
    "measure": ("geo.cli.measure", "measure"),
    "what-if": ("geo.cli.whatif", "what_if"),
    "scenarios": ("geo.cli.whatif", "scenarios"),
    "map": ("geo.cli.map", "map_"),
    "export": ("geo.cli.export", "export"),
    "qgis": ("geo.cli.qgis", "qgis"),
    "tiles": ("geo.cli.tiles", "tiles"),
    "config": ("geo.cli.config", "config"),
}
"""Command -> (module, function): the order is that of ``geobank --help``."""
LEAN = ("measure",)
"""Commands that stream: their process is kept small (:mod:`geo.cli.lean`)."""


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        module, function = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), function)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="geobank")
def root() -> None:
    """Geobank: location intelligence for a city.

    Layers go in, are checked and versioned, and come out through OGC API Features; indicators
    per district are computed from them, each with its card, its source and the geometry behind it.

    \b
    Examples:
      geobank demo                                a synthetic city, ready at http://127.0.0.1:5000
      geobank publish greenery zielen.gpkg        check a file and publish it
      geobank indicators show greenery_per_person
    """


def main(args: list[str] | None = None) -> None:
    """Run the command line; a GeoError becomes a message and its exit code."""
    argv = sys.argv[1:] if args is None else args
    if args is None and argv and argv[0] in LEAN:
        from geo.cli.lean import lean

        lean()
    try:
        # Outside of standalone mode click returns the code that a command exits with.
        code = root(args=argv, prog_name="geobank", standalone_mode=False)
        if isinstance(code, int) and code:
            sys.exit(code)
    except click.Abort:
        click.echo("Przerwano. / Interrupted.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        if language_of(argv) == "pl":
            from geo.cli.polish import usage

            click.echo(usage(error.format_message()), err=True)
        error.show()
        sys.exit(error.exit_code)
    except GeoError as error:
        tell(error, language_of(argv), as_json="--json" in argv)
        sys.exit(rule(error).exit_code)


def language_of(argv: Sequence[str]) -> Language:
    """Return the language of a command line: what --lang says, else Polish."""
    said = [each.removeprefix("--lang=") for each in argv if each.startswith("--lang=")]
    said += [after for each, after in pairwise(argv) if each == "--lang"]
    return "en" if "en" in said else "pl"


def tell(error: GeoError, language: Language, *, as_json: bool) -> None:
    """Write an error where a person or a machine expects it: the machine gets both languages."""
    from geo.cli.polish import in_polish, told

    if as_json:
        document = {"error": {**error.as_dict(), "pl": in_polish(error)}}
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        click.echo(told(error, language), err=True)


def echo_json(value: Any) -> None:  # noqa: ANN401 - anything that JSON can say
    """Write a value as JSON on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))
