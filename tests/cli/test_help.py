"""The help of every command: examples on lines of their own, with options that exist."""

from __future__ import annotations

import re

import click
import pytest
from click.testing import CliRunner

from geo.cli import root


def _commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    context = click.Context(group)
    found: list[tuple[str, ...]] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        found.append((*path, name))
        if isinstance(command, click.Group):
            found += _commands(command, (*path, name))
    return found


@pytest.mark.parametrize("path", _commands(root), ids=" ".join)
def test_each_command_shows_examples_that_it_would_read(path):
    told = CliRunner().invoke(root, [*path, "--help"]).output
    lines = told.splitlines()
    assert "  Examples:" in lines
    examples = [line for line in lines if line.startswith(f"    geobank {' '.join(path)}")]
    assert examples
    if path[-1] in {"indicators", "scenarios", "config"}:
        return
    known = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", told.split("Options:")[1]))
    for line in examples:
        words = re.sub(r'"[^"]*"', "", line).split("   ")[1:]
        used = re.findall(r"(?<![\w-])--?[a-z][a-z-]*", " ".join(words) or line)
        assert set(used) <= known, line
