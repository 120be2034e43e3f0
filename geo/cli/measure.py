"""``geobank measure``: any number of features in any zones, on this machine or on a cluster."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from geo.cli import echo_json
from geo.cli.asking import question, question_options
from geo.cli.measured import (
    counted,
    decimal,
    ledger_lines,
    plan_lines,
    raster_lines,
    spaced,
    word,
)
from geo.cli.options import data_option, json_option, project_option
from geo.cli.table import table_lines
from geo.errors import ModelError, NotFoundError, UsageError
from geo.model.progress import Progress, silent

if TYPE_CHECKING:
    from geo.flow.streamed.handout import Answer
    from geo.flow.streamed.job import Job
    from geo.flow.streamed.kept import Kept
    from geo.measure.streamed.whole import Whole
    from geo.model import Project
    from geo.model.text import Language


class Took(NamedTuple):
    """Seconds of measuring alone, and of compiling before it."""

    seconds: float
    compile_seconds: float


@click.command()
@click.argument("source", required=False)
@click.option("--zones", help="A layer, a .parquet or .geojson file, grid:250 (m) or h3:8.")
@click.option("--zone-id", default="", metavar="COLUMN", help="Column that names a zone of a file.")
@question_options
@click.option("--check", is_flag=True, help="Look at the validity of each geometry (slow).")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path),
    help="Write .csv, .parquet, .geojson or .json.",
)  # fmt: skip
@click.option("--scheduler", default="", metavar="ADDRESS", help="Dask: tcp://host:8786.")
@click.option("--threads", type=click.IntRange(1), help="Cores to use.  [default: all]")
@click.option("--explain", is_flag=True, help="Print what would be read and cost; do nothing.")
@click.option("--resume", is_flag=True, help="Go on with what a run before has kept.")
@click.option("--warm", is_flag=True, help="Compile the kernels first; without SOURCE only that.")
@click.option(
    "--lang", type=click.Choice(["pl", "en"]), default="pl", show_default=True,
    help="Language of what is printed.",
)  # fmt: skip
@data_option
@project_option
@json_option
def measure(
    source: str | None,
    zones: str | None,
    lang: Language,
    as_json: bool,
    warm: bool,
    **choices: Any,  # noqa: ANN401 - the options above, by name
) -> None:
    """Measure the features of SOURCE in zones, streamed: memory does not grow with their number.

    SOURCE is a published layer, a GeoParquet file in EPSG:2180, a folder of them, a pattern, or a
    URL that fsspec knows (s3://, memory://); or a raster: a published one, or a .tif in EPSG:2180.
    What is summed is the same to the last bit with any number of threads and workers. A value is
    null (no feature has one), not_computable (nothing to divide by) or zero: three things.

    \b
    Examples:
      geobank measure parcels --zones districts --verb area --by land_use
      geobank measure parcels --zones grid:250 --verb count -o siatka.geojson
      geobank measure dzialki/ --zones gminy.parquet --where "kind = 'ZP'" --explain
      geobank measure s3://kraj/dzialki/ --zones gminy.parquet --scheduler tcp://10.0.0.1:8786
    \b
    Shares, densities, ratios:
      geobank measure buildings --zones districts --verb share_of_area --overlaps once
      geobank measure stops --zones grid:500 --verb density
      geobank measure buildings --zones districts --verb ratio --field floors --over count
    \b
    Classes, medians, the feature's own area:
      geobank measure mpzp --zones districts --verb share_by_class --by use
      geobank measure mpzp --zones districts --verb diversity --by use --index shannon
      geobank measure parcels --zones districts --verb median --field '$area'
    \b
    Distances, straight, to the nearest:
      geobank measure addresses --zones districts --verb nearest --to schools
      geobank measure addresses --zones districts --verb share_within --to greenery --distance 300
    \b
    Rasters:
      geobank measure land_cover --zones districts --verb share_by_class --by class
      geobank measure ndvi.tif --zones gminy.parquet --verb mean
    """
    if warm:
        _warm(choices["scheduler"], lang, quiet=as_json)
    if source is None or zones is None:
        if warm and source is None:
            return
        raise UsageError(
            "say what to measure, and in which zones",
            fix="geobank measure SOURCE --zones LAYER; see geobank measure --help",
        )
    if choices["output"] is not None:
        from geo.flow.streamed.handout import check_target

        check_target(choices["output"])
    project = _project(choices["project_dir"])
    if _of_cells(source, project):
        _raster(source, zones, project, choices, lang, as_json=as_json)
        return
    job = _job(source, zones, project, choices)
    if choices["explain"]:
        _explain(job, choices, lang, as_json=as_json)
        return
    _run(job, choices, lang, as_json=as_json)


def _of_cells(source: str, project: Project | None) -> bool:
    """Tell whether a source is a raster."""
    known = project is not None and source in project.rasters
    return known or source.lower().endswith((".tif", ".tiff"))


def _raster(
    source: str, zones: str, project: Project | None, choices: dict[str, Any], lang: Language,
    *, as_json: bool,
) -> None:  # fmt: skip
    from geo.flow.streamed import handout
    from geo.flow.streamed.raster_job import raster_job

    for option in ("scheduler", "resume", "check"):
        if choices[option]:
            raise UsageError(
                f"--{option} does not go with a raster: one machine reads it once, from its start",
                fix=f"leave out --{option}",
            )
    job = raster_job(
        question(choices), source, zones, project=project, root=choices["data"],
        zone_key=choices["zone_id"],
    )  # fmt: skip
    if choices["explain"]:
        if as_json:
            echo_json({"plan": {**job.about(), **job.plan()}})
        else:
            click.echo("\n".join(raster_lines(job, lang)))
        return
    made_s = _compiled(job.kinds, lang)
    begun = time.monotonic()
    with _bar(lang, quiet=as_json) as progress:
        answer = job.answer(job.measure(progress))
    took = Took(time.monotonic() - begun, made_s)
    if choices["output"] is not None:
        handout.write(answer, choices["output"])
    _tell(answer, choices["output"], lang, took, as_json=as_json, unit="cells")


def _job(source: str, zones: str, project: Project | None, choices: dict[str, Any]) -> Job:
    from geo.flow.streamed.job import job
    from geo.measure.streamed.question import own_area

    return job(
        question(choices),
        source,
        zones,
        project=project,
        root=choices["data"],
        zone_key=choices["zone_id"],
        checked=choices["check"],
        to=choices["to"],
        to_where=own_area(choices["to_where"]),
    )


def _project(folder: Path | None) -> Project | None:
    """Return the city, where there is one: files can be measured without."""
    from geo.model import find_project, load_project

    if folder is not None:
        return load_project(folder)
    try:
        return load_project(find_project(Path.cwd()))
    except (NotFoundError, ModelError):
        return None


def _run(job: Job, choices: dict[str, Any], lang: Language, *, as_json: bool) -> None:
    from geo.flow.streamed import handout

    kept = job.kept(choices["data"], resume=choices["resume"])
    if choices["resume"] and not as_json:
        click.echo(word(lang, "resumed", kept.found), err=True)
    # On a cluster each worker compiles what it needs; `--warm --scheduler` does so beforehand.
    made_s = 0.0 if choices["scheduler"] else _compiled(job.kinds, lang)
    begun = time.monotonic()
    try:
        with _bar(lang, quiet=as_json) as progress:
            whole = _measured(job, kept, choices, progress)
    except KeyboardInterrupt:
        click.echo(word(lang, "stopped", len(kept), len(job.given.chosen)), err=True)
        raise click.Abort from None
    answer = job.answer(whole)
    took = Took(time.monotonic() - begun, made_s)
    if choices["output"] is not None:
        handout.write(answer, choices["output"])
    kept.discard()
    _tell(answer, choices["output"], lang, took, as_json=as_json)


def _compiled(kinds: Sequence[str], lang: Language) -> float:
    """Have the kernels compiled where the cache lacks one; return the seconds that it took."""
    from geo.flow.streamed.warming import warm_apart

    return warm_apart(kinds, lambda about: click.echo(word(lang, "compiling", about), err=True))


def _measured(job: Job, kept: Kept, choices: dict[str, Any], progress: Progress) -> Whole:
    places = job.ready()
    if choices["scheduler"]:
        from geo.flow.streamed import cluster

        task = job.task(choices["threads"] or 1)
        return cluster.measure(
            task, job.given, places, kept, scheduler=choices["scheduler"], progress=progress
        )
    from geo.flow.streamed import stream

    task = job.task(choices["threads"] or 0)
    return stream.measure(task, job.given, places, kept, progress=progress)


def _warm(scheduler: str, lang: Language, *, quiet: bool) -> None:
    begun = time.monotonic()
    if scheduler:
        from geo.flow.streamed import cluster

        cluster.warm(scheduler)
    else:
        from geo.measure import engine

        engine.warm()
    if not quiet:
        click.echo(word(lang, "warm", round(time.monotonic() - begun)), err=True)


@contextmanager
def _bar(lang: Language, *, quiet: bool) -> Iterator[Progress]:
    """Draw rows, rows per second and the time that remains; nothing where nobody watches."""
    if quiet or not sys.stderr.isatty():
        yield silent
        return
    label = "pomiar" if lang == "pl" else "measure"
    bar: Any = click.progressbar(
        length=1, label=label, file=sys.stderr, show_pos=True, item_show_func=lambda text: text
    )
    begun = time.monotonic()

    def tell(stage: str, done: int, total: int) -> None:
        bar.length = max(total, 1)
        rate = done / max(time.monotonic() - begun, 1e-3)
        bar.update(done - bar.pos, f"{spaced(int(rate), lang)}/s")

    with bar:
        yield tell


def _explain(job: Job, choices: dict[str, Any], lang: Language, *, as_json: bool) -> None:
    from geo.flow.streamed.cost import cost

    found = cost(job, job.kept(choices["data"], resume=True).found)
    if as_json:
        echo_json({"plan": {**job.about(), **found.as_dict()}})
        return
    for line in plan_lines(job, found, lang):
        click.echo(line)


def _tell(
    answer: Answer, output: Path | None, lang: Language, took: Took, *, as_json: bool,
    unit: str = "rows",
) -> None:  # fmt: skip
    """Print the answer where it was not written, and its ledger always."""
    from geo.flow.streamed.handout import as_dict

    if as_json:
        told = as_dict(answer)
        if output is not None:
            told = {**{k: v for k, v in told.items() if k != "rows"}, "output": output.name}
        echo_json({**told, **{name: round(value, 3) for name, value in took._asdict().items()}})
        return
    for line in [] if output is not None else table_lines(answer, lang):
        click.echo(line)
    for line in ledger_lines(answer, lang):
        click.echo(line, err=output is not None)
    read, taken = answer.whole.read, answer.whole.taken
    rate = spaced(int(read / max(took.seconds, 1e-3)), lang)
    count, time_s = counted(read, unit, lang), decimal(took.seconds, 1, lang)
    if took.compile_seconds:
        click.echo(word(lang, "compiled", round(took.compile_seconds)), err=True)
    click.echo(word(lang, f"done_{unit}", count, spaced(taken, lang), time_s, rate), err=True)
    if output is not None:
        click.echo(word(lang, "written", output), err=True)
