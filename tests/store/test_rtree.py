from __future__ import annotations

import sqlite3
from contextlib import closing

import numpy as np
import pytest

from geo.store.rtree import write_tree


def tree(bounds: np.ndarray) -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE places USING rtree(rid, minx, maxx, miny, maxy)")
    write_tree(db, bounds)
    return db


# Around the sizes where a node, a level, or the height of the tree changes (51 cells a node).
@pytest.mark.parametrize("n", [0, 1, 2, 50, 51, 52, 102, 103, 2601, 2602, 2653, 9999])
def test_sqlite_finds_the_packed_tree_sound(n):
    rng = np.random.default_rng(n)
    low = rng.random((n, 2)) * [0.2, 0.1] + [18.9, 50.3]
    bounds = np.column_stack((low, low + rng.random((n, 2)) * 1e-3))
    with closing(tree(bounds)) as db:
        assert db.execute("SELECT rtreecheck('places')").fetchone()[0] == "ok"
        assert db.execute("SELECT count(*) FROM places").fetchone()[0] == n
        for west, south in rng.random((20, 2)) * [0.2, 0.1] + [18.9, 50.3]:
            east, north = west + 0.02, south + 0.01
            sql = "SELECT rid FROM places WHERE maxx >= ? AND minx <= ? AND maxy >= ? AND miny <= ?"
            got = {row[0] for row in db.execute(sql, (west, east, south, north))}
            hit = (
                (bounds[:, 2] >= west) & (bounds[:, 0] <= east)
                & (bounds[:, 3] >= south) & (bounds[:, 1] <= north)
            )  # fmt: skip
            want = set((np.flatnonzero(hit) + 1).tolist())
            assert want <= got  # 32-bit boxes may hold a little more, never less
            assert len(got - want) <= 2


def test_sqlite_can_go_on_with_the_tree():
    bounds = np.array([[0.0, 0.0, 1.0, 1.0]] * 60)
    with closing(tree(bounds)) as db:
        db.execute("INSERT INTO places VALUES (61, 5, 6, 5, 6)")
        db.execute("DELETE FROM places WHERE rid = 3")
        assert db.execute("SELECT rtreecheck('places')").fetchone()[0] == "ok"
