from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace

import pytest

from geo.errors import IntegrityError, NotFoundError
from geo.store import Catalog, open_snapshot, verify, write_snapshot


@pytest.fixture
def write(tmp_path, make_layer, make_table, squares):
    def one(n: int = 3, layer_id: str = "things", **more):
        layer = make_layer(id=layer_id)
        return write_snapshot(
            tmp_path, layer, make_table(layer, squares(n)), source_name="x", **more
        )

    return one


def test_nothing_is_made_by_looking(tmp_path):
    catalog = Catalog(tmp_path / "none")
    assert catalog.current("things") is None
    assert (catalog.versions("things"), catalog.layer_ids(), catalog.runs()) == ([], [], [])
    assert catalog.generation() == 0
    assert not (tmp_path / "none").exists()


def test_publish_versions_rollback(tmp_path, write):
    catalog = Catalog(tmp_path)
    first = write(3, note="one")
    assert catalog.current("things") is None  # written is not yet current
    catalog.publish(first)
    second = write(4, synthetic=True)
    catalog.publish(second, actor="anna", note="two")
    third = write(5)
    catalog.publish(third)
    assert catalog.current("things") == third
    rows = catalog.versions("things")
    assert [row.version for row in rows] == [third.version, second.version, first.version]
    assert [row.features for row in rows] == [5, 4, 3]
    assert [row.current for row in rows] == [True, False, False]
    assert [row.synthetic for row in rows] == [False, True, False]
    assert [row.note for row in rows] == ["", "two", "one"]
    before = catalog.generation()
    assert catalog.rollback("things") == second
    assert catalog.rollback("things") == first
    assert catalog.current("things") == first
    assert catalog.generation() == before + 2
    with pytest.raises(NotFoundError, match="before the current"):
        catalog.rollback("things")
    assert catalog.rollback("things", third.version, actor="jan", note="back") == third
    last, *_ = catalog.audit("things")
    assert (last.actor, last.action, last.note) == ("jan", "rollback", "back")
    assert (last.version, last.version_before) == (third.version, first.version)
    assert catalog.layer_ids() == ["things"]


def test_publishing_a_version_twice_is_one_version(tmp_path, write):
    catalog, shot = Catalog(tmp_path), write()
    catalog.publish(shot)
    catalog.publish(shot)
    assert len(catalog.versions("things")) == 1


def test_rollback_refuses_what_is_damaged_and_what_is_not_there(tmp_path, write):
    catalog = Catalog(tmp_path)
    old, new = write(3), write(4)
    catalog.publish(old)
    catalog.publish(new)
    with old.serve.open("ab") as file:
        file.write(b"x")
    with pytest.raises(IntegrityError, match=r"serve\.sqlite"):
        catalog.rollback("things")
    for version in ("nonsense", "../x", new.version[:-1] + "0"):
        with pytest.raises(NotFoundError):
            catalog.rollback("things", version)
    with pytest.raises(NotFoundError):
        catalog.rollback("nothing")
    assert catalog.current("things") == new


def test_a_version_that_is_not_on_disk_is_not_published(tmp_path, write):
    shot = replace(write(), version="20200101T000000Z-00000000")
    with pytest.raises(NotFoundError):
        Catalog(tmp_path).publish(shot)
    assert Catalog(tmp_path).layer_ids() == []


def test_a_changed_manifest_is_noticed(tmp_path, write):
    catalog, shot = Catalog(tmp_path), write()
    catalog.publish(shot)
    manifest = shot.folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"features": 3', '"features": 4'))
    with pytest.raises(IntegrityError, match="manifest"):
        catalog.current("things")


def test_runs_are_kept(tmp_path):
    catalog = Catalog(tmp_path)
    for i in range(5):
        catalog.record_run("compute" if i % 2 else "publish", f"s{i}", {"i": i, "ł": "'"})
    assert [run.subject for run in catalog.runs("compute")] == ["s3", "s1"]
    assert [run.subject for run in catalog.runs(limit=2)] == ["s4", "s3"]
    assert catalog.runs()[0].detail == {"i": 4, "ł": "'"}


def test_a_newer_catalogue_is_left_alone(tmp_path, write):
    catalog = Catalog(tmp_path)
    catalog.publish(write())
    with closing(sqlite3.connect(tmp_path / "catalog.sqlite")) as db:
        db.execute("PRAGMA user_version = 2")
    with pytest.raises(IntegrityError, match="newer"):
        catalog.layer_ids()


def test_many_first_writers_at_once(tmp_path):
    failed: list[BaseException] = []

    def record(i: int) -> None:
        try:
            Catalog(tmp_path).record_run("k", str(i), {})
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=record, args=(i,)) for i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert sorted(int(run.subject) for run in Catalog(tmp_path).runs()) == list(range(16))


def test_two_writers_of_one_layer_do_not_sweep_each_other(tmp_path, write):
    catalog, failed = Catalog(tmp_path), []

    def publish(n: int) -> None:
        try:
            catalog.publish(write(n))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=publish, args=(n,)) for n in (3, 300, 30, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert sorted(row.features for row in catalog.versions("things")) == [3, 3, 30, 300]
    for row in catalog.versions("things"):
        verify(open_snapshot(tmp_path, "things", row.version))


def test_a_killed_writer_leaves_no_lock(tmp_path, write):
    home = tmp_path / "layers" / "things"
    code = (
        "import os, sys; from pathlib import Path; from geo.store.folder import alone_in, beside\n"
        "home = Path(sys.argv[1])\n"
        "with alone_in(home), beside(home) as folder:\n"
        "    (folder / 'x').write_text('half')\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(home)], check=False)
    assert done.returncode == -9
    assert list(home.glob(".tmp-*"))
    write()
    assert not list(home.glob(".tmp-*"))
