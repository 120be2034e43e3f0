"""The pieces behind one value, made when somebody asks: nothing of them need be stored.

They are computed at the versions that the value names, whatever is served today, from the few row
groups around the zone; so they add up to the published number to its last digit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geo import crs
from geo.crs import Box
from geo.errors import IntegrityError, NotFoundError
from geo.flow.answers import evidence_table
from geo.flow.rasters import raster_source
from geo.flow.results import Results, ValueRow, load_results
from geo.measure.card import CardResult, measure
from geo.measure.disclose import of_cells
from geo.measure.inputs import Features, ZoneSet, features, zone_set
from geo.measure.ledger import TOLERANCE
from geo.measure.merge import narrowed
from geo.measure.plan import Plan, plan
from geo.measure.tessellation import cells_over
from geo.measure.verbs import VERBS
from geo.measure.where import GEOMETRY
from geo.measure.zonal import Source
from geo.measure.zones import Geometries
from geo.model import Indicator, Layer, Project
from geo.model.derived import WHOLE, denominator_in_evidence, evidence_layer
from geo.model.indicator import UNCLASSIFIED
from geo.store.snapshot import open_snapshot, read_table
from geo.store.table import with_geometries


@dataclass(frozen=True)
class Pieces:
    """The pieces of one value, or a page of them.

    Attributes
    ----------
    layer : Layer
        The evidence layer, whose columns `table` has.
    table : pyarrow.Table
        Numerator first, then the denominator where it has pieces of its own; geometry is WKB in
        EPSG:2180, clipped to the zone.
    total : int
        Pieces of the value, of which the table may be a page.
    sums : dict of str to float
        Role to the exactly rounded sum of all its pieces, in its base unit.
    inputs : dict of str to str
        Layer id to the version that was measured.
    """

    layer: Layer
    table: pa.Table
    total: int
    sums: dict[str, float]
    inputs: dict[str, str]


def pieces(
    project: Project,
    root: Path,
    indicator_id: str,
    zone_id: str,
    *,
    offset: int = 0,
    limit: int | None = None,
) -> Pieces:
    """Return the pieces of a published value.

    Parameters
    ----------
    root : Path
        The data folder.
    zone_id : str
        A zone of the card, or ``_all`` for every zone.
    offset, limit : int
        A page; every piece when left out.

    Raises
    ------
    NotFoundError
        If the indicator was not computed, has no such zone, or a version that it was computed
        from is gone.
    IntegrityError
        If the pieces do not add up to the published number.
    """
    results = load_results(project, root, indicator_id)
    card = project.indicator(indicator_id)
    wanted = None if zone_id == WHOLE else (zone_id,)
    table = pieces_of(project, root, card, results, wanted)
    return page(project, card, table, zone_id, results.inputs, offset=offset, limit=limit)


def pieces_of(
    project: Project,
    root: Path,
    card: Indicator,
    results: Results,
    wanted: tuple[str, ...] | None,
) -> pa.Table:
    """Return the pieces of some zones at the versions that their values were computed from.

    Parameters
    ----------
    results : Results
        The values; what they hide stays hidden.
    wanted : tuple of str, or None
        Zones; None: every one.

    Raises
    ------
    NotFoundError
        If there is no such zone, or a version is gone.
    IntegrityError
        If the pieces do not add up to the values.
    """
    rows = _rows(results, wanted or ())
    recipe = plan(project, card)
    zones = near(read_zones(root, recipe, results.inputs), wanted)
    if wanted is not None and {term.layer for term in recipe.terms} <= {*project.rasters}:
        zones = zone_set(zones.features.take(np.isin(np.array(zones.ids, dtype=object), wanted)))
    found = measured(project, root, recipe, zones, wanted, results.inputs)
    found = _as_published(found, results)
    if wanted is not None:
        found = _narrowed(found, wanted)
    table = evidence_table(evidence_layer(project, card), found, results.inputs)
    if wanted is not None:
        table = table.filter(pc.is_in(table.column("zone_id"), pa.array(wanted)))
    for zone_id, sums in _sums_by_zone(project, card, table, wanted or ()).items():
        _compare(card, sums, rows[zone_id])
    return table


def read_zones(root: Path, recipe: Plan, inputs: Mapping[str, str]) -> ZoneSet:
    """Return the zones of a plan (cells too) at the version that `inputs` names."""
    layer = recipe.extent
    columns = [name for name in (layer.id_field, layer.title_field, GEOMETRY) if name]
    snapshot = open_snapshot(root, layer.id, inputs[layer.id])
    extent = features(layer, read_table(snapshot, list(dict.fromkeys(columns))))
    return (
        zone_set(extent) if recipe.cells is None else cells_over(recipe.cells, extent, recipe.zones)
    )


def near(zones: ZoneSet, wanted: tuple[str, ...] | None) -> ZoneSet:
    """Return zones with those whose boxes touch their own: all that say what belongs to them.

    Raises
    ------
    NotFoundError
        If there is no such zone.
    """
    if wanted is None:
        return zones
    places = shapely.box(*shapely.bounds(_shapes_of(zones, wanted)).T)
    keep = np.zeros(len(zones), dtype=bool)
    keep[zones.zones.tree.query(places)[1]] = True
    return zones if keep.all() else zone_set(zones.features.take(keep))


def measured(
    project: Project,
    root: Path,
    recipe: Plan,
    zones: ZoneSet,
    wanted: tuple[str, ...] | None,
    inputs: Mapping[str, str],
) -> CardResult:
    """Measure a plan in some zones, reading only the features around them.

    Their sums are those of a run over the whole city. Those of other zones, and the ledger, are
    not: they know nothing of the features elsewhere.

    Parameters
    ----------
    wanted : tuple of str, or None
        Some of `zones`; None: all of them, and everything is read.
    inputs : mapping of str to str
        Layer id to version.
    """
    box = None if wanted is None else _corners(_shapes_of(zones, wanted))
    reached = {term.target.layer for term in recipe.terms if term.target is not None}
    once = {term.layer for term in recipe.terms if term.once}
    terms = {term.layer for term in recipe.terms if not term.itself}
    # A total is spread over all that stands in its zone, also beyond the box.
    spread = {term.layer for term in recipe.terms if term.modelled is not None}
    needed = terms | reached
    sources: dict[str, Source] = {}
    for name, columns in recipe.reads.items():
        if name in project.rasters:
            snapshot = open_snapshot(root, name, inputs[name])
            sources[name] = raster_source(project.raster(name), snapshot)
        elif name != recipe.extent.id or name in needed:
            # Whatever is nearest may lie anywhere, and so may the streets on the way to it.
            part = box if name in terms and name not in reached | spread else None
            layer = project.layer(name)
            sources[name] = _read(root, layer, inputs[name], [*columns], part, once=name in once)
    return measure(recipe, zones, sources)


def page(
    project: Project,
    card: Indicator,
    table: pa.Table,
    zone_id: str,
    inputs: Mapping[str, str],
    *,
    offset: int = 0,
    limit: int | None = None,
) -> Pieces:
    """Return the pieces of one zone (or ``_all``) out of the evidence of several.

    Parameters
    ----------
    table : pyarrow.Table
        From :func:`geo.flow.answers.evidence_table`.
    """
    if zone_id != WHOLE:
        table = table.filter(pc.equal(table.column("zone_id"), zone_id))
    sums = _sums(project, card, table)
    layer = evidence_layer(project, card)
    return Pieces(layer, table.slice(offset, limit), len(table), sums, dict(inputs))


def _sums(project: Project, card: Indicator, table: pa.Table) -> dict[str, float]:
    if VERBS[card.verb].below == "classified":  # shares are of what has a class
        table = table.filter(pc.not_equal(table.column("class"), UNCLASSIFIED))
    roles = table.column("part")
    return {
        role: math.fsum(table.filter(pc.equal(roles, role)).column("measure").to_pylist())
        for role in _roles(project, card)
    }


def _sums_by_zone(
    project: Project, card: Indicator, table: pa.Table, zone_ids: tuple[str, ...]
) -> dict[str, dict[str, float]]:
    if len(zone_ids) == 1:
        return {zone_ids[0]: _sums(project, card, table)}
    order = pc.sort_indices(table.column("zone_id"))
    lines = table.select(["zone_id", "part", "class", "measure"]).take(order)
    names = np.array(lines.column("zone_id").to_pylist(), dtype=object)
    ends = {each: np.searchsorted(names, [each, each + "\0"]).tolist() for each in zone_ids}
    return {
        each: _sums(project, card, lines.slice(start, end - start))
        for each, (start, end) in ends.items()
    }


def _roles(project: Project, card: Indicator) -> list[str]:
    both = denominator_in_evidence(project, card)
    return ["numerator", "denominator"] if both else ["numerator"]


def _shapes_of(zones: ZoneSet, wanted: tuple[str, ...]) -> Geometries:
    rows = {name: row for row, name in enumerate(zones.ids)}
    for zone_id in wanted:
        if zone_id not in rows:
            raise NotFoundError(
                f"there is no zone {zone_id!r}", fix=f"zones: {', '.join(zones.ids)}"
            )
    shapes: Geometries = zones.features.geometries[[rows[each] for each in wanted]]
    return shapes


def _corners(shapes: object) -> Box:
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    return west, south, east, north


def _read(
    root: Path, layer: Layer, version: str, columns: list[str], box: Box | None, *, once: bool
) -> Features:
    snapshot = open_snapshot(root, layer.id, version)
    names = [*columns, GEOMETRY]
    found = features(layer, read_table(snapshot, names, box))
    if box is None or not once or not len(found):
        return found
    # How much of its ground a feature keeps is decided by its neighbours, also beyond the box.
    return features(layer, read_table(snapshot, names, _corners(found.geometries)))


def _rows(results: Results, wanted: tuple[str, ...]) -> dict[str, ValueRow]:
    """Return the numbers that pieces add up to, all classes together, by zone."""
    rows = {row.zone_id: row for row in (results.together or results).rows}
    for zone_id in wanted:
        if zone_id not in rows:
            raise NotFoundError(
                f"there is no zone {zone_id!r}",
                where=results.indicator,
                fix=f"zones: {', '.join((*rows, WHOLE))}",
            )
    return rows


def _as_published(result: CardResult, results: Results) -> CardResult:
    """Hide what the run hid: a few zones do not know how small all the others are."""
    cells = np.zeros_like(result.hidden.cells)
    columns = {each.name: number for number, each in enumerate(result.classes)} | {"": -1}
    for group in results.groups:
        if group.id in columns:
            secret = {row.zone_id for row in group.rows if row.status == "suppressed"}
            hidden = [zone in secret for zone in result.zones.ids]
            cells[:, columns[group.id]] = [*hidden, group.whole.status == "suppressed"]
    return replace(result, hidden=of_cells(cells))


def _narrowed(result: CardResult, wanted: tuple[str, ...]) -> CardResult:
    """Keep the pieces of some zones, so that no others are cut."""
    mine = np.isin(np.array(result.zones.ids, dtype=object), wanted)
    kept = tuple(narrowed(each, mine[each.pieces.zone]) for each in result.quantities)
    return replace(result, quantities=kept)


def _compare(card: Indicator, sums: Mapping[str, float], row: ValueRow) -> None:
    """Refuse pieces that are not those of the published number."""
    if row.status == "suppressed":
        return
    for role, found in sums.items():
        stored = (row.numerator if role == "numerator" else row.denominator) or 0.0
        if abs(found - stored) > TOLERANCE * abs(stored):
            raise IntegrityError(
                f"the pieces add up to {found!r}, not to the published {stored!r}",
                where=f"{card.id}, {row.zone_id}, {role}",
                fix=f"compute it again: geobank indicators compute {card.id}",
            )


def write_pieces(path: Path, found: Pieces, driver: str) -> None:
    """Write pieces as a file: GeoJSON in CRS84, any other driver of GDAL in EPSG:2180."""
    import pyogrio  # GDAL is loaded only where a file is written

    table, code = found.table, crs.METRIC
    if driver == "GeoJSON":
        shapes = np.asarray(shapely.from_wkb(table.column(GEOMETRY).to_numpy()))
        turned, code = crs.reproject(shapes, crs.METRIC, crs.CRS84), crs.CRS84
        table = with_geometries(table, turned)
    pyogrio.write_arrow(
        table, path, driver=driver, layer=found.layer.id, geometry_name=GEOMETRY,
        geometry_type=found.layer.geometry, crs=code,
    )  # fmt: skip
