"""What is served at this moment, built again within milliseconds when something is published."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pygeoapi.api import API

from geo.errors import GeoError, GoneError, NotFoundError
from geo.limits import limit
from geo.model import Layer, Project
from geo.model.derived import all_layers
from geo.serve.config import live_config
from geo.serve.current import current
from geo.serve.evidence.collection import Promised
from geo.serve.evidence.makers import Makers
from geo.store.catalog import Catalog
from geo.store.query import ServeDB, open_serve
from geo.store.snapshot import Snapshot, open_snapshot

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class Edition:
    """One state of everything published; a request is answered from one edition throughout.

    Attributes
    ----------
    api : pygeoapi.api.API
        Configured with the published layers only.
    snapshots : mapping of str to Snapshot
        The current version of each published layer.
    makers : Makers
        Make evidence that is not stored.
    documents : dict
        Documents that do not change within an edition, as they were rendered.
    """

    generation: int
    api: API
    config: Mapping[str, Any]
    project: Project
    layers: Mapping[str, Layer]
    snapshots: Mapping[str, Snapshot]
    server_url: str
    catalog: Catalog
    makers: Makers
    documents: dict[tuple[str, ...], Any] = field(default_factory=dict)

    def snapshot(self, layer_id: str) -> Snapshot:
        """Return the version of a layer that this edition serves.

        Raises
        ------
        NotFoundError
            If none is published.
        """
        if layer_id not in self.snapshots:
            raise NotFoundError(
                f"there is no collection {layer_id!r}",
                fix="/api/collections lists those there are",
            )
        return self.snapshots[layer_id]

    def read(self, snapshot: Snapshot) -> ServeDB | Promised:
        """Return what reads the features of a version, stored or made when they are asked for."""
        if not snapshot.is_promised:
            return open_serve(snapshot)
        return Promised(snapshot, lambda part: open_serve(self.makers.part(snapshot, part)))

    def promised(self, layer_id: str) -> bool:
        """Tell whether the features of a collection are made when they are asked for."""
        return layer_id in self.snapshots and self.snapshots[layer_id].is_promised

    def walked(self, layer_id: str, version: str) -> Snapshot:
        """Return the version of a walk through pages, also when a newer one is served by now.

        It must have been followed by a publication, not by a rollback that withdrew it, and not
        longer ago than the limit ``walk_seconds``; and hold no field that is no longer public.

        Raises
        ------
        NotFoundError
            If the collection is not published.
        GoneError
            If that version is not to be read any more.
        """
        now = self.snapshot(layer_id)
        if version == now.version:
            return now
        for row in self.catalog.audit(layer_id):
            if row.version_before == version:
                if row.action == "publish" and _seconds_since(row.at) <= limit("walk_seconds"):
                    return self._before(layer_id, version)
                break
        raise GoneError(
            "the collection has changed since the page before",
            where=layer_id,
            fix="begin again with the first page, without cursor",
        )

    def _before(self, layer_id: str, version: str) -> Snapshot:
        found = open_snapshot(self.catalog.root, layer_id, version)
        public = {field.name for field in self.layers[layer_id].public_fields}
        if not set(open_serve(found).fields) <= public:
            raise GoneError(
                "fields of the collection are no longer public",
                where=layer_id,
                fix="begin again with the first page, without cursor",
            )
        return found

    def changed_at(self, layer_id: str) -> datetime | None:
        """Return when what a collection serves last changed; None while that is this second.

        A second later no other change can bear the same time.
        """
        key = ("changed_at", layer_id)
        if key not in self.documents:
            rows = self.catalog.audit(layer_id, limit=1)
            self.documents[key] = datetime.fromisoformat(rows[0].at) if rows else None
        found: datetime | None = self.documents[key]
        return found if found and (datetime.now(UTC) - found).total_seconds() >= 1 else None

    @property
    def base_url(self) -> str:
        """The address of the API's landing page."""
        return str(self.api.base_url)


def _seconds_since(text: str) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(text)).total_seconds()


class Live:
    """Gives the newest :class:`Edition`; a change of the catalogue makes another.

    Parameters
    ----------
    project : Project
    root : Path
        The data folder.
    server_url : str
        Scheme, host and port under which clients reach the server.
    """

    def __init__(self, project: Project, root: Path, server_url: str) -> None:
        self._project = project
        self._root = root
        self._server_url = server_url.rstrip("/")
        self._current = current(root)
        self._layers = all_layers(project)
        self._lock = threading.Lock()
        self._makers = Makers(project, root)
        self._edition = self._build(self._current.generation())

    def knows(self, layer_id: str) -> bool:
        """Tell whether a layer may be published here, now or later."""
        return layer_id in self._layers

    def edition(self) -> Edition:
        """Return the newest edition; requests in flight keep the one that they began with."""
        if self._current.generation() != self._edition.generation:
            with self._lock:  # and asked again: another thread may have built it meanwhile
                generation = self._current.generation()
                if generation != self._edition.generation:
                    self._edition = self._build(generation)
        return self._edition

    def warm(self) -> None:
        """Begin what the first who asks for promised evidence would wait for."""
        if any(snapshot.is_promised for snapshot in self._edition.snapshots.values()):
            self._makers.warm()

    def _build(self, generation: int) -> Edition:
        found = {layer_id: self._found(layer_id) for layer_id in self._layers}
        snapshots = {layer_id: one for layer_id, one in found.items() if one is not None}
        config = live_config(self._project, self._root, self._server_url, snapshots)
        return Edition(
            generation=generation,
            api=API(config, {}),
            config=config,
            project=self._project,
            layers={layer_id: self._layers[layer_id] for layer_id in snapshots},
            snapshots=snapshots,
            server_url=self._server_url,
            catalog=self._current.catalog,
            makers=self._makers,
        )

    def _found(self, layer_id: str) -> Snapshot | None:
        """One damaged version must not take the other collections down with it."""
        try:
            return self._current.snapshot(layer_id)
        except GeoError:
            LOGGER.exception("%s is left out: its version cannot be opened", layer_id)
            return None
