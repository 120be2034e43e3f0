"""What a process is: a description for clients, and a function that a child runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geo.model import Project, Text
from geo.model.progress import Progress
from geo.model.text import Language

JSON = "application/json"
GEOJSON = "application/geo+json"
Schema = dict[str, Any]


@dataclass(frozen=True)
class Input:
    """One input.

    Attributes
    ----------
    schema : dict
        JSON Schema of its value.
    required : bool
        False: it may be left out (minOccurs 0).
    choices : mapping of str to Text
        What a form calls the values of an enumeration.
    rare : bool
        A form shows it only to who asks for more.
    """

    title: Text
    description: Text
    schema: Schema
    required: bool = False
    choices: Mapping[str, Text] = field(default_factory=dict)
    rare: bool = False


@dataclass(frozen=True)
class Output:
    """The one output of a process.

    Attributes
    ----------
    formats : mapping of str to dict
        Media type to JSON Schema, the default first.
    """

    id: str
    title: Text
    description: Text
    formats: Mapping[str, Schema]

    @property
    def media_type(self) -> str:
        """The media type when none is asked for."""
        return next(iter(self.formats))


@dataclass(frozen=True)
class Errand:
    """One execution, as the function of a process is given it.

    Attributes
    ----------
    root : Path
        The data folder.
    inputs : mapping
        As the caller wrote them, references resolved.
    media_type : str
        The format of the answer, one of the output's.
    kept : dict
        What the process keeps for the next errand of this child; empty in a child of one errand.
    """

    project: Project
    root: Path
    inputs: Mapping[str, Any]
    media_type: str
    language: Language
    progress: Progress
    kept: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Process:
    """A process.

    Attributes
    ----------
    inputs : callable
        (project, ids of the published layers) -> inputs by id.
    run : callable
        Errand -> anything that JSON can say. It raises a GeoError for what the caller can mend.
    stays : bool
        Its child waits for the next execution, with what the process keeps. Of whoever asks,
        nothing may be kept: the next one may be another.
    """

    id: str
    version: str
    title: Text
    description: Text
    inputs: Callable[[Project, Sequence[str]], dict[str, Input]]
    output: Output
    run: Callable[[Errand], Any]
    keywords: tuple[Text, ...] = field(default=())
    stays: bool = False
