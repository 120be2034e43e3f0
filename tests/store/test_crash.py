"""Kill the writer at any point: what was served stays served, and the next writer cleans up."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from geo.errors import GeoError
from geo.store import Catalog, close_all, open_serve, read_table, verify, write_snapshot

ROOT = Path(__file__).resolve().parents[2]

WRITER = """
import os, sys
from pathlib import Path
import pyarrow as pa
from geo.model import Layer
from geo.store import Catalog, catalog, folder, parquet, servefile, snapshot, write_snapshot

root = Path(sys.argv[1])
point, when = (sys.argv[2].split(":") + [""])[:2]
layer = Layer.model_validate_json((root / "layer.json").read_text())
with pa.ipc.open_file(str(root / "table.arrow")) as file:
    table = file.read_all()

def deadly(real):
    def call(*args, **more):
        if when == "before":
            os.kill(os.getpid(), 9)
        real(*args, **more)
        os.kill(os.getpid(), 9)
    return call

modules = {"snapshot": snapshot, "folder": folder, "catalog": catalog,
           "parquet": parquet, "servefile": servefile}
if "." in point:
    module, name = point.split(".")
    setattr(modules[module], name, deadly(getattr(modules[module], name)))
print("ready", flush=True)
while True:
    shot = write_snapshot(root, layer, table, source_name="x")
    Catalog(root).publish(shot)
    print(shot.version, flush=True)
    if point != "loop":
        break
"""


@pytest.fixture
def root(tmp_path, make_layer, make_table, squares) -> Path:
    import pyarrow as pa

    layer = make_layer()
    table = make_table(layer, squares(2000))
    (tmp_path / "layer.json").write_text(layer.model_dump_json())
    with (
        pa.OSFile(str(tmp_path / "table.arrow"), "wb") as sink,
        pa.ipc.new_file(sink, table.schema) as writer,
    ):
        writer.write_table(table)
    Catalog(tmp_path).publish(write_snapshot(tmp_path, layer, table, source_name="x"))
    return tmp_path


def start(root: Path, point: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(root), point], stdout=subprocess.PIPE, cwd=ROOT
    )


def whole(root: Path) -> str:
    """Read what is served, wholly; return its version."""
    current = Catalog(root).current("things")
    assert current is not None
    verify(current)
    serve = open_serve(current)
    assert serve.count == len(read_table(current, ["key"])) == 2000
    assert len(serve.page(limit=2000).fragments) == 2000
    return current.version


POINTS = [
    "parquet.write_features:before", "parquet.write_features:after",
    "servefile.write_serve:after", "snapshot.write_json:before", "snapshot.write_json:after",
    "folder._sync:after", "snapshot.put_in_place:before", "snapshot.put_in_place:after",
    "catalog._prepare:before", "catalog._switch:before", "catalog._switch:after",
]  # fmt: skip


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_point(root, point, make_layer, make_table, squares):
    before = whole(root)
    with start(root, point) as child:
        child.communicate(timeout=60)
    # The catalogue stands already, so nothing prepares it: that writer ends well.
    survives = point.startswith("catalog._prepare")
    assert child.returncode == (0 if survives else -signal.SIGKILL)
    assert (whole(root) == before) != survives
    shot = write_snapshot(
        root, make_layer(), make_table(make_layer(), squares(2000)), source_name="y"
    )
    Catalog(root).publish(shot)
    assert whole(root) == shot.version
    assert not list((root / "layers" / "things").glob(".tmp-*"))


def test_killed_at_random_while_a_reader_reads(root):
    seed = 20261122
    rng = random.Random(seed)
    bad: list[str] = []
    good = 0
    done = threading.Event()

    def read() -> None:
        nonlocal good
        while not done.is_set():
            try:
                whole(root)
            except (GeoError, AssertionError, OSError) as error:
                bad.append(repr(error))
            else:
                good += 1
            close_all()

    reader = threading.Thread(target=read)
    reader.start()
    versions = set()
    for _ in range(8):
        with start(root, "loop") as child:
            assert child.stdout is not None
            for _ in range(rng.randint(1, 3)):  # "ready", then versions
                child.stdout.readline()
            time.sleep(rng.uniform(0, 0.3))
            child.kill()
        versions.add(whole(root))
    done.set()
    reader.join()
    assert bad == []
    assert good >= 8
    assert len(versions) > 1  # some of them did publish before they were killed
