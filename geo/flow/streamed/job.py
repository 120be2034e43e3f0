"""A large measurement before it is run: what is asked, of which bytes, in which zones."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from geo.errors import MeasureError, NotFoundError, UsageError
from geo.flow.build import versions
from geo.flow.streamed.areas import areas, digest
from geo.flow.streamed.handout import Answer, Places
from geo.flow.streamed.kept import Kept
from geo.flow.streamed.overlapping import with_neighbours
from geo.flow.streamed.partitions import Input, is_source, read_plan
from geo.flow.streamed.stream import Task
from geo.flow.streamed.targets import Targets, targets
from geo.measure.forms import Form, Work
from geo.measure.streamed import matrix
from geo.measure.streamed.partial import KINDS
from geo.measure.streamed.question import Question, settled, unit_of
from geo.measure.streamed.whole import Whole
from geo.model import Layer, Project
from geo.model.cql2 import lowered, parse_text
from geo.model.derived import all_layers
from geo.model.meant import meant, unquoted
from geo.store.catalog import Catalog

RUNS = "measuring"
"""Folder of the data folder where partial sums are kept until a run is over."""
_SIDES_M = (2.0, 500.0)
"""A middling feature is taken to be no smaller and no larger."""
_UNKNOWN_M = 30.0
VERTEX_BYTES = 16


@dataclass(frozen=True)
class Job:
    """Everything that is known before a feature is read.

    Attributes
    ----------
    source : str
        As the user named it; with its version where it is a layer.
    given : Input
        The parts, with those skipped that lie beyond the zones.
    checked : bool
        The validity of each geometry is looked at.
    published : bool
        The source is a layer of ours: its geometry was looked at when it was taken in.
    coverage : bool
        It is a layer whose polygons do not overlap.
    targets : Targets, optional
        What distances go to.
    """

    question: Question
    source: str
    given: Input
    zones_name: str
    places: Places
    unit: str
    checked: bool = False
    published: bool = False
    coverage: bool = False
    targets: Targets | None = None

    def ready(self) -> matrix.Places:
        """Return the zones, and what distances go to, made ready to be measured in."""
        goals = None if self.targets is None else self.targets.geometries
        return matrix.places(self.places.geometries, size_m=side_m(self.given), targets=goals)

    def task(self, threads: int = 0) -> Task:
        """Return what every part is asked."""
        given = self.given
        return Task(self.question, given.columns, given.geometry, self.checked, threads, self.form)

    @property
    def form(self) -> Form:
        """Which form answers, for all parts and on all machines: it follows from the plan alone."""
        return self.work.form

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of kernels that will be used; none where shapely answers."""
        if self.form == "plain":
            return ()
        return (*sorted(self.work.measures), *(("nearest",) if self.question.far else ()))

    @cached_property
    def work(self) -> Work:
        """What is known of the work before a feature is read."""
        chosen = self.given.chosen
        return Work(
            measures=frozenset(KINDS[plan.measure] for plan in self.question.terms),
            rows=sum(part.rows for part in chosen),
            vertices=sum(part.bytes_geometry for part in chosen) / VERTEX_BYTES,
            extent=replace(self.given, parts=chosen).extent,
            side_m=side_m(self.given),
            zones=self.places.geometries,
            targets=None if self.targets is None else self.targets.geometries,
        )

    def kept(self, root: Path, *, resume: bool) -> Kept:
        """Return the folder of partial sums; another question or another byte is another."""
        return Kept(root / RUNS, {**self.about(), "versions": versions()}, resume=resume)

    def about(self) -> dict[str, Any]:
        """Return what the answer is made from."""
        return {
            "source": self.source,
            "zones": self.zones_name,
            **self.question.told(),
            **self._to(),
            "unit": self.unit,
            "overlaps": self._overlaps(),
            "validity_checked": self.checked or self.published,
            "form": self.form,
            "input_sha256": self.given.digest,
            "zones_sha256": digest(self.places),
            "row_groups": {"read": len(self.given.chosen), "of": len(self.given.parts)},
            "rows": {
                "read": sum(part.rows for part in self.given.chosen),
                "skipped_by_filter": sum(part.rows for part in self.given.skipped("filter")),
                "skipped_beyond_zones": sum(part.rows for part in self.given.skipped("place")),
            },
        }

    def _to(self) -> dict[str, Any]:
        found = self.targets
        if found is None:
            return {}
        told = {"to": found.name, "to_where": found.where or None, "targets": len(found.geometries)}
        return {**told, "targets_sha256": found.digest}

    def _overlaps(self) -> str | None:
        if self.question.once:
            return "once"
        return "each" if self.question.measured == "area" and not self.coverage else None

    def answer(self, whole: Whole) -> Answer:
        """Return the answer, ready to be written."""
        return Answer(self.question, self.places, whole, self.unit, self.about())


def job(
    question: Question,
    source: str,
    zones: str,
    *,
    project: Project | None,
    root: Path,
    zone_key: str = "",
    checked: bool = False,
    to: str = "",
    to_where: str = "",
) -> Job:
    """Return a measurement, planned: footers are read, features are not.

    Parameters
    ----------
    question : Question
    source, zones : str
        As :func:`geo.flow.streamed.partitions.read_plan` and
        :func:`geo.flow.streamed.areas.areas` take them, or a published layer.
    project : Project, optional
        The city, where there is one.
    root : Path
        The data folder.
    zone_key : str
        Column that names a zone in a file.
    checked : bool
        Look at the validity of each geometry; a published layer was looked at.
    to, to_where : str
        What distances go to, as :func:`geo.flow.streamed.targets.targets` takes it.

    Raises
    ------
    UsageError, NotFoundError, MeasureError, CRSMismatchError
        If anything of it has no meaning.
    """
    layer = all_layers(project).get(source) if project is not None else None
    path, name = _source(source, layer, project, root)
    if layer is not None:
        question = _of_layer(question, layer)
    where = question.every_row
    given = read_plan(path, question.columns, lowered(parse_text(where)) if where.strip() else None)
    question = settled(question, given.family)
    found = areas(zones, project=project, root=root, extent=given.extent, key=zone_key)
    given = given.within(_extent(found))
    return Job(
        question,
        name,
        with_neighbours(given) if question.once else given,
        zones,
        found,
        unit_of(question, *_units(layer, question)),
        checked and layer is None,
        layer is not None,
        layer is not None and layer.coverage,
        _targets(question, to, to_where, project, root),
    )


def _targets(
    question: Question, to: str, to_where: str, project: Project | None, root: Path
) -> Targets | None:
    if not question.far:
        return None
    return targets(to, to_where, project=project, root=root)


def _source(
    source: str, layer: Layer | None, project: Project | None, root: Path
) -> tuple[str, str]:
    """Return (what to read, its name)."""
    if layer is not None:
        snapshot = Catalog(root).current(source)
        if snapshot is None:
            fix = f"geobank publish {source} FILE"
            raise NotFoundError("the layer is not published", where=source, fix=fix)
        return str(snapshot.parquet), f"{source} {snapshot.version}"
    if not is_source(source):
        known = [*project.layers, *project.rasters] if project is not None else []
        raise NotFoundError(
            f"there is no layer and no file {source!r}",
            fix=f"{meant(source, known)}; or a .parquet or .tif file",
        )
    return source, source


def _of_layer(question: Question, layer: Layer) -> Question:
    """Return a question with what its layer says: the list of classes, and what orders features."""
    _check_public(layer, question)
    by = layer.field(question.by)
    names = question.names or tuple((by.values if by is not None else None) or ())
    return replace(question, names=names, key=layer.id_field if question.once else "")


def _units(layer: Layer | None, question: Question) -> tuple[str, str]:
    """Return the units of the fields that are added up, as their layer has them."""
    over = question.over.field if question.over is not None else ""
    fields = [layer.field(name) if layer is not None else None for name in (question.field, over)]
    first, second = (field.unit if field is not None else "" for field in fields)
    return first, second


def side_m(given: Input) -> float:
    """Return the side of a middling feature, as far as footers tell: metres."""
    parts = [part for part in given.parts if part.rows and part.extent]
    rows = sum(part.rows for part in parts)
    if not rows:
        return _UNKNOWN_M
    boxes = [part.extent for part in parts if part.extent]
    ground = sum((east - west) * (north - south) for west, south, east, north in boxes)
    return min(max(math.sqrt(ground / rows), _SIDES_M[0]), _SIDES_M[1])


def _extent(places: Places) -> tuple[float, float, float, float]:
    import shapely

    west, south, east, north = shapely.total_bounds(places.geometries).tolist()
    return west, south, east, north


def _check_public(layer: Layer, question: Question) -> None:
    """Refuse a field that is not public: only a card hides groups that are too small."""
    over = question.over
    for name in question.columns:
        field = layer.field(name)
        if layer.modelled_field(name) is not None:
            raise MeasureError(
                f"the field {name!r} is modelled from the totals of other zones",
                where=layer.id,
                fix="write an indicator card: it spreads the totals, and says so",
            )
        if field is None:
            hint = unquoted(name, question.where) or unquoted(name, over.where if over else "")
            there = meant(name, [one.name for one in layer.public_fields])
            raise UsageError(f"there is no field {name!r}", where=layer.id, fix=hint + there)
        if not field.public:
            raise MeasureError(
                f"the field {name!r} is not public",
                where=layer.id,
                fix="write an indicator card: it keeps groups back that are too small to show",
            )
