"""The published layers that a run of computations reads: each once, all at one version."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from geo.measure.inputs import Features, ZoneSet, features, zone_set
from geo.measure.plan import Plan
from geo.measure.where import GEOMETRY
from geo.model import Layer, Project
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
            self._name(recipe.zones.id, (recipe.zones.id_field, recipe.zones.title_field))
            for term in recipe.terms:
                self._name(term.layer, term.columns)
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

    def zones(self, layer: Layer) -> ZoneSet:
        """Read a layer of zones and prepare it, once."""
        if layer.id not in self._zones:
            self._zones[layer.id] = zone_set(self.features(layer.id))
        return self._zones[layer.id]
