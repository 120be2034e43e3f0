"""The published layers that a run of computations reads: each once, all at one version."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from geo.flow.rasters import raster_source
from geo.measure.inputs import Features, ZoneSet, features, zone_set
from geo.measure.plan import Plan
from geo.measure.tessellation import cells_over
from geo.measure.where import GEOMETRY
from geo.measure.zonal import Source
from geo.model import Project
from geo.store.catalog import Catalog
from geo.store.snapshot import Snapshot, read_table


class Sources:
    """Layers at the versions that were current when the run began.

    Parameters
    ----------
    project : Project
    root : Path
        The data folder.
    plans : iterable of Plan
        What will be measured: only the columns that some plan names are read.

    Attributes
    ----------
    read_at : datetime
        When the versions were looked up, UTC.
    """

    def __init__(self, project: Project, root: Path, plans: Iterable[Plan]) -> None:
        self._project = project
        self._columns: dict[str, dict[str, None]] = {}
        for recipe in plans:
            for layer_id, columns in recipe.reads.items():
                self._name(layer_id, columns)
        self.read_at = datetime.now(UTC).replace(microsecond=0)
        catalog = Catalog(root)
        found = {layer_id: catalog.current(layer_id) for layer_id in self._columns}
        self._snapshots = {key: snapshot for key, snapshot in found.items() if snapshot}
        self._features: dict[str, Features] = {}
        self._zones: dict[str, ZoneSet] = {}

    def _name(self, layer_id: str, columns: Iterable[str]) -> None:
        known = self._columns.setdefault(layer_id, {})
        known.update(dict.fromkeys(name for name in columns if name))

    def missing(self, recipe: Plan) -> tuple[str, ...]:
        """Return the layers of a plan that are not published."""
        return tuple(layer for layer in recipe.layers if layer not in self._snapshots)

    def snapshots(self, recipe: Plan) -> dict[str, Snapshot]:
        """Return the versions that a plan reads, by layer id."""
        return {layer: self._snapshots[layer] for layer in recipe.layers}

    def snapshot(self, layer_id: str) -> Snapshot:
        """Return the version of one layer that is read."""
        return self._snapshots[layer_id]

    def source(self, layer_id: str) -> Source:
        """Read a layer, once, or open a raster; either is what a card measures from.

        Raises
        ------
        MeasureError
            If a feature cannot be measured.
        NotFoundError
            If the version lacks a field.
        """
        if layer_id in self._project.rasters:
            return raster_source(self._project.raster(layer_id), self._snapshots[layer_id])
        return self.features(layer_id)

    def features(self, layer_id: str) -> Features:
        """Read a layer, once.

        Raises
        ------
        MeasureError
            If a feature cannot be measured.
        NotFoundError
            If the version lacks a field.
        """
        if layer_id not in self._features:
            columns = [*self._columns[layer_id], GEOMETRY]
            table = read_table(self._snapshots[layer_id], columns)
            self._features[layer_id] = features(self._project.layer(layer_id), table)
        return self._features[layer_id]

    def zones(self, recipe: Plan) -> ZoneSet:
        """Return the zones of a plan, prepared once: a layer's polygons, or cells over them."""
        name = recipe.zones.id
        if name not in self._zones:
            extent = self.features(recipe.extent.id)
            cells = recipe.cells
            self._zones[name] = (
                zone_set(extent) if cells is None else cells_over(cells, extent, recipe.zones)
            )
        return self._zones[name]
