"""All tiles of a layer in one PMTiles file, which any web server or a disk can serve."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from geo.errors import UsageError
from geo.model.progress import Progress, silent
from geo.model.text import Language
from geo.serve.tiles.describe import attribution, bounds84, fitting_zoom, vector_layers
from geo.serve.tiles.matrix import Tile
from geo.serve.tiles.tileset import Tileset
from geo.store.folder import replacing


@dataclass(frozen=True)
class Written:
    """What a file holds.

    Attributes
    ----------
    bytes_written, largest_tile_bytes : int
        Of the file, and of its largest tile, gzipped.
    """

    layer: str
    indicator: str
    version: str
    min_zoom: int
    max_zoom: int
    tiles: int
    bytes_written: int
    largest_tile_bytes: int

    def as_dict(self) -> dict[str, Any]:
        """Return it as ``--json`` prints it."""
        return asdict(self)


def write_archive(
    tileset: Tileset,
    path: Path,
    *,
    min_zoom: int,
    max_zoom: int,
    title: str,
    language: Language = "pl",
    progress: Progress = silent,
) -> Written:
    """Write a PMTiles file (version 3), whole or not at all; the same version, the same bytes.

    Parameters
    ----------
    path : Path
        The file; one that is there already is replaced when the new one is complete.
    min_zoom, max_zoom : int, both included

    Raises
    ------
    UsageError
        If nothing is there to draw, the zooms are reversed, or the file cannot be written.
    """
    if min_zoom > max_zoom:
        raise UsageError("the zooms are reversed", where="zoom", fix="give the smaller one first")
    if tileset.source.bounds is None:
        raise UsageError(
            "there is nothing to draw: no features", where=tileset.layer.id, fix="publish some"
        )
    with replacing(path) as file:
        tiles, largest = _write(file, tileset, min_zoom, max_zoom, title, language, progress)
    layer, version, indicator = tileset.key
    size = path.stat().st_size
    return Written(layer, indicator, version, min_zoom, max_zoom, tiles, size, largest)


def _write(
    file: IO[bytes],
    tileset: Tileset,
    min_zoom: int,
    max_zoom: int,
    title: str,
    language: Language,
    progress: Progress,
) -> tuple[int, int]:
    writer: Any = Writer(file)  # type: ignore[no-untyped-call]
    try:
        tiles, largest = _fill(writer, tileset, min_zoom, max_zoom, progress)
        writer.finalize(_header(tileset, min_zoom, max_zoom), _metadata(tileset, title, language))
    finally:
        writer.tile_f.close()
    return tiles, largest


def _fill(
    writer: Any,  # noqa: ANN401 - pmtiles is untyped
    tileset: Tileset,
    min_zoom: int,
    max_zoom: int,
    progress: Progress,
) -> tuple[int, int]:
    """Write the tiles; return how many, and the bytes of the largest."""
    tiles = largest = 0
    for z, held in _occupied(tileset, min_zoom, max_zoom):
        stage = f"zoom {z}"
        # Along the Hilbert curve: readers then fetch neighbours with one request.
        for done, (number, tile) in enumerate(
            sorted((zxy_to_tileid(tile.z, tile.x, tile.y), tile) for tile in held)
        ):
            body = tileset.packed(tile).body
            if body:
                writer.write_tile(number, body)
                tiles, largest = tiles + 1, max(largest, len(body))
            progress(stage, done + 1, len(held))
    return tiles, largest


def _occupied(tileset: Tileset, min_zoom: int, max_zoom: int) -> Iterator[tuple[int, list[Tile]]]:
    """Yield each zoom with the tiles that a feature's box touches."""
    limits = tileset.limits(min_zoom)
    found = list(limits.tiles()) if limits else []
    for z in range(min_zoom, max_zoom + 1):
        if z > min_zoom:
            found = [tile for above in found for tile in above.children() if tileset.holds(tile)]
        found = [tile for tile in found if len(tileset.source.touching(tile.box()))]
        yield z, found


def _header(tileset: Tileset, min_zoom: int, max_zoom: int) -> dict[str, Any]:
    box = bounds84(tileset)
    assert box is not None  # noqa: S101 - write_archive has seen to it
    sides = dict(zip(("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7"),
                     (round(side * 1e7) for side in box), strict=True))  # fmt: skip
    return {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "center_zoom": min(max(fitting_zoom(box), min_zoom), max_zoom),
        **sides,
    }


def _metadata(tileset: Tileset, title: str, language: Language) -> dict[str, Any]:
    layer = tileset.layer
    return {
        "name": title,
        "description": layer.description[language],
        "attribution": attribution(tileset, language),
        "license": layer.licence.url or layer.licence.name,
        "version": tileset.snapshot.version,
        "synthetic": tileset.snapshot.manifest.synthetic,
        "type": "overlay",
        "vector_layers": vector_layers(tileset, language),
    }
