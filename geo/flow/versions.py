"""Layers at named versions, each read once for all the cards of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from geo.flow.changes import Changed, Published
from geo.flow.rasters import raster_source
from geo.measure.edits import Change
from geo.measure.inputs import Features, ZoneSet, features, zone_set
from geo.measure.plan import Plan
from geo.measure.tessellation import cells_over
from geo.measure.where import GEOMETRY
from geo.measure.zonal import Source
from geo.model import Project
from geo.store.snapshot import open_snapshot, read_table


class Versions:
    """Features and zones of versions, whatever is served today.

    Parameters
    ----------
    project : Project
    root : Path
        The data folder.
    plans : iterable of Plan
        What will be measured: of a layer, only the columns that some plan reads are kept.
    """

    def __init__(self, project: Project, root: Path, plans: Iterable[Plan]) -> None:
        self._project, self._root = project, root
        self._columns: dict[str, dict[str, None]] = {}
        for recipe in plans:
            for layer, columns in recipe.reads.items():
                self._columns.setdefault(layer, {}).update(dict.fromkeys(columns))
        self._wholes: dict[tuple[str, str], Published] = {}
        self._features: dict[tuple[str, str], Features] = {}
        self._zones: dict[tuple[str, str], ZoneSet] = {}

    def whole(self, layer_id: str, version: str) -> Published:
        """Return a whole version, all columns."""
        key = layer_id, version
        if key not in self._wholes:
            table = read_table(open_snapshot(self._root, layer_id, version))
            self._wholes[key] = Published(self._project.layer(layer_id), version, table)
        return self._wholes[key]

    def features(self, layer_id: str, version: str) -> Features:
        """Return a version as features, with the columns that are read."""
        key = layer_id, version
        if key not in self._features:
            columns = [*self._columns[layer_id], GEOMETRY]
            table = read_table(open_snapshot(self._root, layer_id, version), columns)
            self._features[key] = features(self._project.layer(layer_id), table)
        return self._features[key]

    def source(self, layer_id: str, version: str) -> Source:
        """Return a version of a layer or a raster, to be measured."""
        if layer_id in self._project.rasters:
            snapshot = open_snapshot(self._root, layer_id, version)
            return raster_source(self._project.raster(layer_id), snapshot)
        return self.features(layer_id, version)

    def zones(self, recipe: Plan, inputs: Mapping[str, str]) -> ZoneSet:
        """Return the zones of a plan (cells too) at the version that `inputs` names."""
        version = inputs[recipe.extent.id]
        key = recipe.zones.id, version
        if key not in self._zones:
            extent, cells = self.features(recipe.extent.id, version), recipe.cells
            self._zones[key] = (
                zone_set(extent) if cells is None else cells_over(cells, extent, recipe.zones)
            )
        return self._zones[key]

    def keep(self, named: set[tuple[str, str]]) -> None:
        """Forget all versions but those named: pairs of layer id and version."""
        self._wholes = {key: each for key, each in self._wholes.items() if key in named}
        self._features = {key: each for key, each in self._features.items() if key in named}
        versions = {version for _, version in named}  # cells bear that of what they cover
        self._zones = {key: each for key, each in self._zones.items() if key[1] in versions}

    def change(self, found: Changed) -> Change:
        """Return a scenario's change of a layer with the columns that are read."""
        columns = [*self._columns[found.layer.id], GEOMETRY]
        return Change(found.gone, features(found.layer, found.table.select(columns)))
