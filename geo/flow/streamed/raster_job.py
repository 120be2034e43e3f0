"""A raster as the source of ``geobank measure``: a published one, or a GeoTIFF in EPSG:2180.

It is read in strips from north to south, so that memory holds one strip, and measured by the
functions of the cards (:mod:`geo.measure.zonal`), with exact coverage of cells.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import NotFoundError, UsageError
from geo.flow.rasters import raster_source
from geo.flow.streamed.areas import areas, digest
from geo.flow.streamed.handout import Answer, Places
from geo.flow.streamed.tif import tif_source
from geo.flow.streamed.warming import compile_s
from geo.measure import card, engine
from geo.measure.plan import Plan, TermPlan
from geo.measure.streamed.question import SOURCE, Question, settled, unit_of
from geo.measure.streamed.standin import layer, zone_set
from geo.measure.streamed.whole import Whole, whole
from geo.measure.zonal import STRIP, RasterGrid
from geo.measure.zones import Zones
from geo.model.progress import Progress, silent
from geo.model.raster import CLASS, VALUE

if TYPE_CHECKING:
    from geo.model import Project

STAGE = "pomiar / measure"
CELLS_S = 50e6
"""Cells that one core lays against zones in a second."""
_NOT_OF_CELLS = ("length", "nearest", "share_within")


@dataclass(frozen=True)
class RasterJob:
    """Everything that is known before a cell is measured.

    Attributes
    ----------
    source : str
        As the user named it; with its version where it is a layer.
    cells : RasterGrid
        Where its cells are, and how they are read.
    sha256 : str
        Of the file.
    """

    question: Question
    source: str
    cells: RasterGrid
    sha256: str
    zones_name: str
    places: Places
    unit: str

    @property
    def form(self) -> engine.Form:
        """Which form answers: it follows from the plan alone."""
        return engine.form_of_cells(self.places.geometries, self.cells.grid)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of kernels that will be used; none where shapely answers."""
        if self.form == "plain":
            return ()
        return ("raster", *(("digits",) if self.question.verb == "median" else ()))

    def about(self) -> dict[str, Any]:
        """Return what the answer is made from."""
        grid = self.cells.grid
        return {
            "source": self.source,
            "zones": self.zones_name,
            **self.question.told(),
            "unit": self.unit,
            **self._titles(),
            "overlaps": None,
            "form": self.form,
            "input_sha256": self.sha256,
            "zones_sha256": digest(self.places),
            "cells": {
                "rows": grid.rows,
                "columns": grid.columns,
                "width_m": grid.cell_width,
                "height_m": grid.cell_height,
            },
        }

    def _titles(self) -> dict[str, Any]:
        """Return what each code means, where the raster says."""
        classes = self.cells.raster.classes if self.question.by else {}
        told = {str(code): one.title.model_dump() for code, one in sorted(classes.items())}
        said = {code: title for code, title in told.items() if set(title.values()) != {code}}
        return {"class_titles": said} if said else {}

    def plan(self) -> dict[str, Any]:
        """Return what would be read, and what it would cost."""
        grid = self.cells.grid
        count = grid.rows * grid.columns
        return {
            "strips": -(-grid.rows // STRIP),
            "cells_read": count,
            "zones": len(self.places.ids),
            "seconds_one_core": round(2.0 + count / CELLS_S, 1),
            "compile_seconds": compile_s(self.kinds),
            "seconds_are": "an estimate",
        }

    def measure(self, progress: Progress = silent) -> Whole:
        """Read the raster once, and measure it."""
        grid = self.cells.grid
        count = grid.rows * grid.columns
        zones = zone_set(Zones(self.places.geometries), self.places.ids)
        formula = _plan(self.question)
        source = _watched(self.cells, progress)
        found = card.measure(formula, zones, {SOURCE: source})
        return whole(formula, found.quantities, len(zones), count, count)

    def answer(self, found: Whole) -> Answer:
        """Return the answer, ready to be written."""
        return Answer(self.question, self.places, found, self.unit, self.about())


def raster_job(
    question: Question,
    source: str,
    zones: str,
    *,
    project: Project | None,
    root: Path,
    zone_key: str = "",
) -> RasterJob:
    """Return a measurement of a raster, planned.

    Parameters
    ----------
    question : Question
        Over `class` of a classified raster, or `value` of one of numbers; a file holds numbers
        unless the question names classes.
    source, zones, project, root, zone_key
        As :func:`geo.flow.streamed.job.job` takes them.

    Raises
    ------
    UsageError, NotFoundError, MeasureError, CRSMismatchError
        If anything of it has no meaning.
    """
    if project is not None and source in project.rasters:
        name, cells, sha256 = _published(source, project, root)
    else:
        name, (cells, sha256) = source, tif_source(source, question)
    asked = _of_cells(question, cells)
    grid = cells.grid
    south = grid.north - grid.rows * grid.cell_height
    east = grid.west + grid.columns * grid.cell_width
    extent = (grid.west, south, east, grid.north)
    places = areas(zones, project=project, root=root, extent=extent, key=zone_key)
    unit = cells.raster.unit if cells.raster.unit != "1" else ""
    return RasterJob(asked, name, cells, sha256, zones, places, unit_of(asked, unit))


def _of_cells(question: Question, cells: RasterGrid) -> Question:
    """Return a question with what a raster says of it: its field, and its classes."""
    numbers = not cells.raster.classes
    if {question.verb, question.measure} & {*_NOT_OF_CELLS} or question.far:
        raise UsageError(
            f"{question.measure or question.verb} is not of a raster: cells are not features",
            where="verb",
            fix="take area, sum, mean, median, share_of_area, share_by_class or diversity",
        )
    for option, said in (
        ("--weight", question.weight), ("--overlaps", question.once), ("--over", question.over),
        ("--id", question.key),
    ):  # fmt: skip
        if said:
            raise UsageError(f"{option} does not go with a raster", where=option)
    needs = question.verb in ("sum", "mean", "median") or question.measure == "sum"
    asked = replace(question, field=VALUE) if needs and not question.field else question
    only = VALUE if numbers else CLASS
    for column in asked.columns:
        if column != only:
            kind = "numbers" if numbers else "classes"
            raise UsageError(
                f"there is no {column!r} in a raster of {kind}", fix=f"there is only {only!r}"
            )
    if asked.by and numbers:
        raise UsageError("a raster of numbers has no classes", where="by", fix="leave out --by")
    names = tuple(str(code) for code in sorted(cells.raster.classes))
    return settled(replace(asked, names=names), "polygon")


def _plan(question: Question) -> Plan:
    """Return a question as a card's plan over a raster."""
    zones = layer("zones")
    below = question.below
    if question.rule.below == "zone_area":
        below = TermPlan("denominator", zones.id, "polygon", "area", itself=True)
    return Plan(question.recipe, zones, question.rule, question.above, below, zones)


def _watched(cells: RasterGrid, progress: Progress) -> RasterGrid:
    """Return a raster that tells of each strip that is read."""
    total = cells.grid.rows * cells.grid.columns

    def read(row: int, column: int, rows: int, columns: int) -> Any:  # noqa: ANN401 - an array
        found = cells.read(row, column, rows, columns)
        progress(STAGE, min((row + rows) * cells.grid.columns, total), total)
        return found

    return replace(cells, read=read)


def _published(source: str, project: Project, root: Path) -> tuple[str, RasterGrid, str]:
    from geo.store.catalog import Catalog
    from geo.store.snapshot import COVERAGE

    snapshot = Catalog(root).current(source)
    if snapshot is None:
        fix = f"geobank publish {source} FILE"
        raise NotFoundError("the raster is not published", where=source, fix=fix)
    cells = raster_source(project.rasters[source], snapshot)
    sha256 = str(snapshot.manifest.files[COVERAGE]["sha256"])
    return f"{source} {snapshot.version}", cells, sha256
