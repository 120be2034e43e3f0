"""YAML files of a city, read into frozen objects; an error names file, line and key."""

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
