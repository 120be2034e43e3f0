"""What changed between two published versions of a layer, and in the answers made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.errors import NotFoundError, UsageError
from geo.flow.rasters import raster_source
from geo.flow.versions import Versions
from geo.measure.card import CardResult, measure
from geo.measure.change import (
    TOLERANCE_M,
    Comparison,
    Difference,
    Transition,
    compare,
    differences,
    transition,
)
from geo.measure.inputs import features, zone_set
from geo.measure.plan import Plan, plan
from geo.measure.tessellation import cells_over
from geo.measure.zonal import Source
from geo.model import Project
from geo.store.catalog import Catalog
from geo.store.snapshot import open_snapshot, read_table


@dataclass(frozen=True)
class Change:
    """Two versions of a layer.

    Attributes
    ----------
    comparison : Comparison or None
        Feature by feature; None for a raster.
    transition : Transition or None
        Ground from class to class, of polygons.
    indicators : dict
        Indicator id to its differences, zone by zone, the whole city last; everything but this
        layer as it is served now.
    """

    layer: str
    then: str
    now: str
    comparison: Comparison | None
    transition: Transition | None
    indicators: dict[str, tuple[Difference, ...]]


def change(
    project: Project,
    root: Path,
    layer_id: str,
    *,
    then: str | None = None,
    now: str | None = None,
    by: str = "",
    indicators: Sequence[str] = (),
    tolerance_m: float = TOLERANCE_M,
) -> Change:
    """Compare two versions of a layer.

    Parameters
    ----------
    then, now : str, optional
        Versions; the one before the current, and the current, when left out.
    by : str
        The field of classes that ground goes from and to.
    indicators : sequence of str
        Cards that read the layer.

    Raises
    ------
    NotFoundError
        If the layer, a version, or the version before does not exist.
    UsageError
        If a card does not read the layer.
    MeasureError
        If a version cannot be measured.
    """
    layer = project.layer(layer_id)
    plans = [_plan(project, name, layer_id) for name in indicators]
    old, new = _versions(root, layer_id, then, now)
    answers = {
        each.card.id: _differences(project, root, each, layer_id, old, new) for each in plans
    }
    if layer_id in project.rasters:
        return Change(layer_id, old, new, None, None, answers)
    before, after = (
        features(layer, read_table(open_snapshot(root, layer_id, version)))
        for version in (old, new)
    )
    ground = transition(before, after, by) if layer.family == "polygon" else None
    found = compare(before, after, tolerance_m=tolerance_m)
    return Change(layer_id, old, new, found, ground, answers)


def _versions(root: Path, layer_id: str, then: str | None, now: str | None) -> tuple[str, str]:
    listed = Catalog(root).versions(layer_id)
    current = next((row.version for row in listed if row.current), None)
    new = now or current
    if new is None:
        raise NotFoundError("nothing is published", where=layer_id, fix="geobank publish")
    before = [row.version for row in listed if row.version < new]
    old = then or (before[0] if before else None)
    if old is None:
        raise NotFoundError(
            "there is no version before this one",
            where=f"{layer_id} {new}",
            fix=f"see `geobank layers {layer_id}`",
        )
    return old, new


def _plan(project: Project, name: str, layer_id: str) -> Plan:
    found = plan(project, project.indicator(name))
    if layer_id not in found.layers:
        raise UsageError(
            f"the indicator does not read the layer {layer_id!r}",
            where=name,
            fix=f"it reads: {', '.join(found.layers)}",
        )
    if any(term.private for term in found.terms):
        raise UsageError(
            "the indicator sums a field that is not public: two versions of it side by side could "
            "show single people",
            where=name,
            fix="compare its published values by their runs",
        )
    return found


def _differences(
    project: Project, root: Path, recipe: Plan, layer_id: str, old: str, new: str
) -> tuple[Difference, ...]:
    catalog = Catalog(root)
    served = catalog.served()
    missing = [each for each in recipe.layers if each not in served]
    if missing:
        raise NotFoundError(
            f"the indicator needs layers that are not published: {', '.join(missing)}",
            where=recipe.card.id,
            fix=f"publish first: geobank publish {missing[0]} FILE",
        )
    versions = Versions(project, root, [recipe])
    then, now = (
        _measured(project, root, recipe, versions, {**served, layer_id: version})
        for version in (old, new)
    )
    return differences(then, now)


def _measured(
    project: Project, root: Path, recipe: Plan, versions: Versions, inputs: dict[str, str]
) -> CardResult:
    def source(layer_id: str) -> Source:
        if layer_id in project.rasters:
            snapshot = open_snapshot(root, layer_id, inputs[layer_id])
            return raster_source(project.raster(layer_id), snapshot)
        return versions.features(layer_id, inputs[layer_id])

    extent = versions.features(recipe.extent.id, inputs[recipe.extent.id])
    cells = recipe.cells
    zones = zone_set(extent) if cells is None else cells_over(cells, extent, recipe.zones)
    return measure(recipe, zones, {layer: source(layer) for layer in recipe.layers})


def as_dict(found: Change) -> dict[str, Any]:
    """Return a change as JSON has it; areas in m2, lengths in m."""
    document: dict[str, Any] = {"layer": found.layer, "from": found.then, "to": found.now}
    if found.comparison is not None:
        said = found.comparison
        document["features"] = {
            "added": list(said.added),
            "removed": list(said.removed),
            "changed": [
                {"id": each.id, "moved_m": each.moved_m, "fields": list(each.fields)}
                for each in said.changed
            ],
            "same": said.same,
            "size_before": said.size_before,
            "size_after": said.size_after,
        }
    if found.transition is not None:
        ground = found.transition
        document["ground"] = {
            "classes": list(ground.classes),
            "area_m2": ground.area_m2.tolist(),
            "gained_m2": ground.gained_m2.tolist(),
            "lost_m2": ground.lost_m2.tolist(),
            "gap": ground.gap,
            "closes": ground.closes,
        }
    document["indicators"] = {
        name: [
            {
                "zone_id": each.zone or "_all",
                "then": each.then.value if each.then else None,
                "now": each.now.value if each.now else None,
                "difference": each.difference,
            }
            for each in rows
        ]
        for name, rows in found.indicators.items()
    }
    return document
