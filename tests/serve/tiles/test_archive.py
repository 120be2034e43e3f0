"""PMTiles: what was written is what the server would have sent."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from pmtiles.reader import MemorySource, Reader, all_tiles
from tilebench import decode

from geo.cli.tiles import tiles as command
from geo.errors import UsageError
from geo.serve.tiles.archive import write_archive
from geo.serve.tiles.matrix import Tile
from geo.serve.tiles.shelf import Shelf


@pytest.fixture
def tileset(town):
    return Shelf(town.project, town.root).tileset("assorted")


def test_every_tile_of_the_file_is_the_servers(tileset, tmp_path: Path) -> None:
    told: dict[str, tuple[int, int]] = {}
    path = tmp_path / "a.pmtiles"
    written = write_archive(
        tileset, path, min_zoom=8, max_zoom=15, title="A",
        progress=lambda stage, done, total: told.__setitem__(stage, (done, total)),
    )  # fmt: skip
    source = MemorySource(path.read_bytes())
    held = dict(all_tiles(source))
    assert len(held) == written.tiles
    assert written.bytes_written == path.stat().st_size
    assert all(done == total for done, total in told.values())
    assert set(told) == {f"zoom {z}" for z in range(8, 16)}
    for z in range(8, 16):
        limits = tileset.limits(z)
        for tile in limits.tiles():
            assert held.get((z, tile.x, tile.y), b"") == tileset.packed(tile).body
        found = [decode(gzip.decompress(body)) for (at, _, _), body in held.items() if at == z]
        drawn = {number for one in found for number in one.ids}
        assert len(drawn) + sum(one.counted for one in found) == 40


def test_the_header_and_metadata_say_what_it_is(tileset, tmp_path: Path) -> None:
    path = tmp_path / "a.pmtiles"
    write_archive(tileset, path, min_zoom=3, max_zoom=9, title="Różności")
    reader = Reader(MemorySource(path.read_bytes()))
    header, metadata = reader.header(), reader.metadata()
    assert (header["min_zoom"], header["max_zoom"], header["clustered"]) == (3, 9, True)
    assert 19.0e7 < header["min_lon_e7"] < header["max_lon_e7"] < 19.2e7
    assert metadata["name"] == "Różności"
    assert metadata["license"]
    assert metadata["version"] == tileset.snapshot.version
    assert metadata["vector_layers"][0]["id"] == "assorted"
    tile = Tile(9, 283, 173)
    assert tileset.packed(tile).body
    assert reader.get(9, tile.x, tile.y) == tileset.packed(tile).body


def test_the_same_version_gives_the_same_bytes(tileset, tmp_path: Path) -> None:
    one, two = tmp_path / "a.pmtiles", tmp_path / "b.pmtiles"
    for path in (one, two):
        write_archive(tileset, path, min_zoom=0, max_zoom=12, title="A")
    assert one.read_bytes() == two.read_bytes()


def test_a_failure_leaves_the_old_file(tileset, tmp_path: Path) -> None:
    path = tmp_path / "a.pmtiles"
    path.write_text("old")

    def stop(stage: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_archive(tileset, path, min_zoom=0, max_zoom=5, title="A", progress=stop)
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["a.pmtiles"]
    with pytest.raises(UsageError, match="cannot be written"):
        write_archive(tileset, tmp_path / "no" / "a", min_zoom=0, max_zoom=1, title="A")
    with pytest.raises(UsageError, match="reversed"):
        write_archive(tileset, path, min_zoom=5, max_zoom=1, title="A")


def test_the_command(town, tmp_path: Path) -> None:
    path = tmp_path / "a.pmtiles"
    answer = CliRunner().invoke(
        command,
        ["assorted", "-o", str(path), "--max-zoom", "9", "--json", "--data", str(town.root),
         "--project", str(town.project.root)],
    )  # fmt: skip
    assert answer.exit_code == 0, answer.output
    summary = json.loads(answer.stdout)
    assert summary["file"] == "a.pmtiles"
    assert summary["tiles"] == len(dict(all_tiles(MemorySource(path.read_bytes()))))
    assert (summary["min_zoom"], summary["max_zoom"]) == (0, 9)
