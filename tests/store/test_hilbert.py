"""A large table goes through a file piece by piece, and becomes the very same version."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import shapely

from geo.store import geometries, hilbert, open_serve, read_table, verify, write_snapshot
from geo.store.hilbert import Shapes, extent_of, in_order, kinds_of


@pytest.fixture
def table(make_layer, make_table, squares) -> pa.Table:
    """Squares in no order, some of them clockwise, as several chunks."""
    shapes = squares(400)
    shapes[::3] = shapely.reverse(shapes[::3])
    mixed = make_table(make_layer(), shapes).take(np.random.default_rng(1).permutation(400))
    return pa.concat_tables([mixed.slice(0, 130), mixed.slice(130, 7), mixed.slice(137)])


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hilbert, "LARGE", 100)
    monkeypatch.setattr(hilbert, "PIECE", 37)


def test_the_order_through_a_file_is_that_in_memory(table, tmp_path, monkeypatch):
    plain = in_order(table, tmp_path / "no.arrow")
    assert not (tmp_path / "no.arrow").exists()
    monkeypatch.setattr(hilbert, "LARGE", 100)
    monkeypatch.setattr(hilbert, "PIECE", 37)
    piecewise = in_order(table, tmp_path / "yes.arrow")
    assert isinstance(piecewise.shapes, Shapes)
    assert piecewise.table.equals(plain.table)
    assert extent_of(piecewise.shapes) == extent_of(plain.shapes)
    assert kinds_of(piecewise.shapes) == kinds_of(plain.shapes)
    for part in (slice(0, 50), slice(35, 80), slice(390, 500), slice(400, 500)):
        assert shapely.equals_exact(piecewise.shapes[part], plain.shapes[part]).all()
        assert len(piecewise.shapes[part]) == len(plain.shapes[part])


def test_a_large_version_has_the_bytes_of_a_small_one(table, make_layer, tmp_path, request):
    layer = make_layer()
    small = write_snapshot(tmp_path / "small", layer, table, source_name="x")
    request.getfixturevalue("large")
    big = write_snapshot(tmp_path / "big", layer, table, source_name="x")
    verify(big)
    assert big.manifest.files == small.manifest.files
    assert (big.manifest.bbox84, big.manifest.bbox2180) == (
        small.manifest.bbox84, small.manifest.bbox2180,
    )  # fmt: skip
    assert not list(big.folder.glob("*.arrow"))
    assert read_table(big).equals(read_table(small))
    rings = shapely.get_exterior_ring(shapely.get_parts(geometries(read_table(big))))
    assert shapely.is_ccw(rings).all()
    assert open_serve(big).count == 400


def test_what_is_wrong_in_any_part_of_a_large_table_is_refused(table, make_layer, tmp_path, large):
    from geo.errors import InputRefusedError
    from geo.store import with_geometries

    shapes = geometries(table)
    shapes[399] = shapely.Point(500_000, 270_000)
    with pytest.raises(InputRefusedError, match="1 features are not of type"):
        write_snapshot(tmp_path, make_layer(), with_geometries(table, shapes), source_name="x")
