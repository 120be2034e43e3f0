"""YAML files of a city, read into frozen objects; an error names file, line and key."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.model.indicator import Indicator, Recipe, Term
    from geo.model.layer import Field, Layer
    from geo.model.project import Project, find_project, load_project
    from geo.model.site import Site
    from geo.model.text import Text

__all__ = [
    "Field",
    "Indicator",
    "Layer",
    "Project",
    "Recipe",
    "Site",
    "Term",
    "Text",
    "find_project",
    "load_project",
]

_HOMES = {
    "indicator": ("Indicator", "Recipe", "Term"),
    "layer": ("Field", "Layer"),
    "project": ("Project", "find_project", "load_project"),
    "site": ("Site",),
    "text": ("Text",),
}


def __getattr__(name: str) -> object:
    """Import a name when it is first asked for: a command that reads no city starts at once."""
    for home, held in _HOMES.items():
        if name in held:
            found: object = getattr(import_module(f"{__name__}.{home}"), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
