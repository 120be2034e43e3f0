"""What is served at this moment, built again within milliseconds when something is published."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pygeoapi.api import API

from geo.errors import GeoError, NotFoundError
from geo.model import Layer, Project
from geo.model.derived import all_layers
from geo.serve.config import live_config
from geo.serve.current import Current
from geo.store.snapshot import Snapshot

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

    @property
    def base_url(self) -> str:
        """The address of the API's landing page."""
        return str(self.api.base_url)


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
        self._current = Current(root)
        self._layers = all_layers(project)
        self._lock = threading.Lock()
        self._edition = self._build(self._current.generation())

    def edition(self) -> Edition:
        """Return the newest edition; requests in flight keep the one that they began with."""
        if self._current.generation() != self._edition.generation:
            with self._lock:  # and asked again: another thread may have built it meanwhile
                generation = self._current.generation()
                if generation != self._edition.generation:
                    self._edition = self._build(generation)
        return self._edition

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
        )

    def _found(self, layer_id: str) -> Snapshot | None:
        """One damaged version must not take the other collections down with it."""
        try:
            return self._current.snapshot(layer_id)
        except GeoError:
            LOGGER.exception("%s is left out: its version cannot be opened", layer_id)
            return None
