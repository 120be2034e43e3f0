"""The tilesets of a data folder, and what is kept of them between requests."""

from __future__ import annotations

from pathlib import Path

from geo.errors import NotFoundError, UsageError
from geo.limits import limit
from geo.model import Project
from geo.model.derived import VALUES, all_layers
from geo.serve.current import current
from geo.serve.tiles.matrix import Tile
from geo.serve.tiles.paths import Paths
from geo.serve.tiles.source import Source, load_source
from geo.serve.tiles.tileset import Packed, Tileset
from geo.store.kept import Kept


class Shelf:
    """Gives tilesets of what is published now; a new version makes another tileset.

    Parameters
    ----------
    project : Project
    root : Path
        The data folder.
    """

    def __init__(self, project: Project, root: Path) -> None:
        self.project = project
        self._layers = all_layers(project)
        self._current = current(root)
        half = limit("tile_source_bytes") // 2
        self._sources: Kept[Source] = Kept(half, lambda source: source.nbytes)
        self._levels: Kept[Paths] = Kept(half, lambda paths: paths.nbytes)
        self._tiles: Kept[Packed] = Kept(limit("tile_cache_bytes"), lambda tile: tile.nbytes)

    def tileset(self, layer_id: str, indicator: str = "") -> Tileset:
        """Return the tileset of the version of a layer that is served now.

        Parameters
        ----------
        indicator : str
            Only with the layer of values: the indicator whose values to show; empty: all.

        Raises
        ------
        NotFoundError
            If the layer is not published, or there is no such indicator.
        UsageError
            If an indicator is named with any other layer.
        """
        layer = self._layers.get(layer_id)
        snapshot = self._current.snapshot(layer_id) if layer is not None else None
        if layer is None or snapshot is None:
            raise NotFoundError(
                f"there is no collection {layer_id!r}", fix="/api/collections lists those there are"
            )
        if snapshot.is_promised:
            raise NotFoundError(
                "this evidence is made when it is asked for, and has no tiles",
                where=layer_id,
                fix=f"its features: /api/collections/{layer_id}/items",
            )
        if indicator:
            if layer_id != VALUES:
                raise UsageError(
                    f"{layer_id} has no indicators", where="indicator", fix=f"use it with {VALUES}"
                )
            self.project.indicator(indicator)
        key = (layer_id, snapshot.version, indicator)
        source = self._sources.get(key, lambda: load_source(snapshot, layer, indicator))
        return Tileset(layer, snapshot, source, self._levels, indicator)

    def packed(self, tileset: Tileset, tile: Tile) -> Packed:
        """Return a tile, drawn now or kept from before."""
        return self._tiles.get((*tileset.key, tile), lambda: tileset.packed(tile))
