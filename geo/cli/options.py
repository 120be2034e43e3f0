"""Options that several commands share, and the progress bar."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geo.model.progress import Progress

if TYPE_CHECKING:
    from geo.model import Project

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

data_option: Decorator = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("data"),
    envvar="GEOBANK_DATA",
    show_default=True,
    show_envvar=True,
    help="Folder of the published data.",
)
project_option: Decorator = click.option(
    "--project",
    "project_dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="GEOBANK_PROJECT",
    show_envvar=True,
    help="Folder with config/, layers/ and indicators/.  [default: here or above]",
)
json_option: Decorator = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def open_project(project_dir: Path | None) -> Project:
    """Read the model of the city that a command works on."""
    from geo.model import find_project, load_project

    return load_project(project_dir or find_project(Path.cwd()))


@contextmanager
def progress_bar(*, quiet: bool = False) -> Iterator[Progress]:
    """Give a :class:`Progress` that draws one bar per stage on standard error.

    Nothing is drawn when standard error is no terminal, or when `quiet`.
    """
    if quiet or not sys.stderr.isatty():
        from geo.model.progress import silent

        yield silent
        return
    bars: dict[str, Any] = {}
    finished: set[str] = set()

    def tell(stage: str, done: int, total: int) -> None:
        if stage in finished:
            return
        if stage not in bars:
            bars[stage] = click.progressbar(
                length=max(total, 1), label=f"{stage:<28}", file=sys.stderr
            )
            bars[stage].__enter__()
        bars[stage].update(done - bars[stage].pos)
        if done >= total:
            bars[stage].__exit__(None, None, None)
            finished.add(stage)

    try:
        yield tell
    finally:
        for stage, bar in bars.items():
            if stage not in finished:
                bar.__exit__(None, None, None)
