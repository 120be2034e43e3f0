"""What is shown at which zoom, clipping at its worst, and what is kept."""

from __future__ import annotations

import threading
import time

import numpy as np
import pyarrow as pa
import pytest
import shapely
from tilebench import BOX, CENTRE, TEXT, Bench, decode, expected, unpacked

from geo import limits
from geo.limits import Limit
from geo.serve.tiles.matrix import MAX_ZOOM, Tile
from geo.store.kept import Kept


def dots(count: int, size: float) -> list[shapely.Geometry]:
    rng = np.random.default_rng(3)
    return list(shapely.points(np.array(CENTRE) + rng.uniform(0, size, (count, 2))))


def test_a_small_layer_is_drawn_at_every_zoom(bench: Bench, whole) -> None:
    tileset = bench.tileset(dots(50, 5_000))
    assert tileset.source.detail_zoom == 0
    for z in (0, 5, 12):
        assert sum(decoded.counted for decoded in whole(tileset, z).values()) == 0


def test_a_full_layer_is_counted_until_its_tiles_are_not_too_full(
    bench: Bench, whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.LIMITS, "tile_features", Limit(100, "features", "test"))
    tileset = bench.tileset(dots(3_000, 5_000))
    first = tileset.source.detail_zoom
    assert 0 < first <= 16
    for z in range(first + 1):
        tiles = whole(tileset, z).values()
        drawn = {number for decoded in tiles for number in decoded.ids}
        assert len(drawn) == (3_000 if z == first else 0)
        assert sum(decoded.counted for decoded in tiles) == 3_000 - len(drawn)


def test_what_is_below_a_pixel_is_counted_not_lost(bench: Bench, whole) -> None:
    rng = np.random.default_rng(4)
    sides = [2.0] * 40 + [400.0] * 3
    shapes = [shapely.box(x, y, x + side, y + side)
              for side, (x, y) in zip(sides, np.array(CENTRE) + rng.uniform(0, 4_000, (43, 2)),
                                      strict=True)]  # fmt: skip
    tileset = bench.tileset(shapes)
    for z, drawn in ((10, 3), (14, 43)):
        tiles = whole(tileset, z).values()
        assert len({number for decoded in tiles for number in decoded.ids}) == drawn
        assert sum(decoded.counted for decoded in tiles) == 43 - drawn


def test_a_tile_inside_a_polygon_is_filled_and_inside_a_hole_is_empty(bench: Bench) -> None:
    x, y = CENTRE
    around = shapely.box(x - 5_000, y - 5_000, x + 5_000, y + 5_000)
    ring = around.difference(shapely.box(x - 3_000, y - 3_000, x + 3_000, y + 3_000))
    tileset = bench.tileset([around, ring])
    middle = expected([shapely.Point(CENTRE)], 16)[0]
    tile = Tile(16, int(middle.x // 4_096), int(middle.y // 4_096))
    found = decode(tileset.draw(tile))
    assert found.ids == [1]
    assert found.features[0].shape.equals(shapely.box(-64, -64, 4_160, 4_160))
    assert found.features[0].shape.covers(BOX)


def test_a_tile_too_large_gives_up_identifiers_then_vertices(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes = [point.buffer(15, quad_segs=32) for point in dots(800, 1_000)]
    fields = [{"name": "use", "type": "string", "title": TEXT}]
    tileset = bench.tileset(shapes, columns={"use": pa.array(["a", "b"] * 400)}, fields=fields)
    limit14 = tileset.limits(14)
    assert limit14 is not None
    tile = max(limit14.tiles(), key=lambda one: len(tileset.draw(one)))
    whole = tileset.packed(tile)
    assert whole.thrift == 0
    sizes = [len(whole.body)]
    for thrift, keys in ((1, {"use"}), (2, {"use"})):
        smaller = Limit(sizes[-1] - 1, "bytes", "test")
        monkeypatch.setitem(limits.LIMITS, "tile_bytes", smaller)
        packed = tileset.packed(tile)
        assert packed.thrift == thrift
        found = unpacked(packed.body)
        assert set(found.features[0].properties) == keys
        assert sorted(found.ids) == sorted(unpacked(whole.body).ids)
        assert all(feature.shape.is_valid for feature in found.features)
        sizes.append(len(packed.body))
    assert sizes == sorted(sizes, reverse=True)


def test_limits_hold_everything(bench: Bench) -> None:
    tileset = bench.tileset(dots(20, 3_000))
    for z in range(MAX_ZOOM + 1):
        units = list(expected(dots(20, 3_000), z))
        limits_ = tileset.limits(z)
        assert limits_ is not None
        for point in units:
            x, y = round(point.x) // 4_096, round(point.y) // 4_096
            assert limits_.hold(Tile(z, x, y))
    assert tileset.limits(MAX_ZOOM + 1) is None
    assert not tileset.holds(Tile(4, 0, 0))


def test_an_index_finds_what_a_scan_finds(bench: Bench) -> None:
    source = bench.tileset([point.buffer(30) for point in dots(1_000, 5_000)]).source
    rng = np.random.default_rng(5)
    low, high = source.boxes[:, :2].min(axis=0), source.boxes[:, 2:].max(axis=0)
    for _ in range(50):
        corner = rng.uniform(low - 100, high)
        box = (*corner, *(corner + rng.uniform(0, 1_500, 2)))
        scan = shapely.intersects(shapely.box(*source.boxes.T), shapely.box(*box))
        assert source.touching(box).tolist() == np.flatnonzero(scan).tolist()


def test_kept_is_bounded_and_makes_each_value_once() -> None:
    made: list[int] = []
    kept: Kept[bytes] = Kept(100, len)

    def make() -> bytes:
        time.sleep(0.05)
        made.append(1)
        return bytes(40)

    threads = [threading.Thread(target=kept.get, args=("a", make)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]
    for key in "bcd":
        kept.get(key, lambda: bytes(40))
    assert kept.nbytes == 80
    assert kept.find("a") is None
    assert kept.find("d") == bytes(40)
    with pytest.raises(ZeroDivisionError):
        kept.get("e", lambda: bytes(1 // 0))
    assert kept.get("e", lambda: b"later") == b"later"
