"""Evidence on demand: the pieces of one district of 15 over 200 000 published parcels.

Run ``python benchmarks/evidence.py [--quick]``. The peer reads and measures the whole layer, as a
run does that stores its evidence. Then the same over HTTP: a part that is made and written, pages
out of it; and what a run takes that stores its evidence, beside one that promises it. CPU seconds,
medians of three; the last line is one of JSON.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from shapes import districts, parcels
from starlette.testclient import TestClient

from geo.flow.compute import compute
from geo.flow.evidence import pieces
from geo.flow.made import make
from geo.flow.promised import read_promise
from geo.flow.results import load_results
from geo.limits import LIMITS, Limit
from geo.model import Project, load_project
from geo.model.derived import WHOLE, evidence_id
from geo.serve.app import create_app
from geo.store import Catalog, write_snapshot
from geo.store.table import promote, schema_of, wkb_column

PROJECT = load_project(Path(__file__).resolve().parent.parent)
CARDS = ("parcels_count", "parcels_mean_area")


def cpu_s(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return median CPU and wall seconds of three runs, and the last result."""
    taken, found = [], None
    for _ in range(3):
        start, wall = time.process_time(), time.perf_counter()
        found = work()
        taken.append((time.process_time() - start, time.perf_counter() - wall))
    return *(statistics.median(each) for each in zip(*taken, strict=True)), found  # type: ignore[return-value]


def publish(project: Project, root: Path, layer_id: str, shapes: np.ndarray) -> None:
    """Publish shapes with an id, and nothing else but what the layer requires."""
    layer = project.layers[layer_id]
    schema = schema_of(layer)
    ids = pa.array([f"{layer_id}{i:07d}" for i in range(len(shapes))], pa.string())
    arrays = [
        ids if pa.types.is_string(each.type) else pa.nulls(len(ids), each.type)
        for each in schema
        if each.name != "geometry"
    ]
    table = pa.table([*arrays, wkb_column(promote(shapes, layer.geometry))], schema=schema)
    Catalog(root).publish(write_snapshot(root, layer, table, source_name="benchmark"))


def main() -> None:
    """Print a line per card, then one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20 000 parcels")
    count = 20_000 if parser.parse_args().quick else 200_000
    LIMITS["evidence_stored"] = Limit(count // 2, "pieces", "")
    rng = np.random.default_rng(3)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        publish(PROJECT, root, "districts", districts(rng))
        publish(PROJECT, root, "parcels", shapely.force_2d(parcels(count, rng)))
        compute(PROJECT, root, CARDS)
        for card in CARDS:
            row = max(load_results(PROJECT, root, card).rows, key=lambda each: each.pieces)
            cpu, wall, found = cpu_s(lambda c=card, r=row: pieces(PROJECT, root, c, r.zone_id))
            whole, _, _ = cpu_s(lambda c=card: pieces(PROJECT, root, c, WHOLE))
            same = found.sums["numerator"] == row.numerator
            rows.append({"card": card, "parcels": count, "pieces": found.total, "cpu_s": cpu,
                         "wall_s": wall, "whole_cpu_s": whole, "exact": same})  # fmt: skip
            rows[-1] |= served(root, card, row.zone_id)
            print(f"{card:<20}{found.total:>8} pieces  {cpu:6.2f} CPU s ({wall:.2f} wall)   "
                  f"all districts {whole:6.2f} CPU s   to the last bit: {same}")  # fmt: skip
            times = (f"{name[:-6].replace('_', ' ')} {rows[-1][name]:.4f}" for name in SERVED)
            print("  over HTTP, CPU s: " + ", ".join(times))
        rows.append(computing(root))
        text = "computing: promised {promised_cpu_s:.2f} CPU s, {promised_mb:.1f} MB; "
        text += "stored {stored_cpu_s:.2f} CPU s, {stored_mb:.1f} MB"
        print(text.format(**rows[-1]))
    print(json.dumps(rows))


SERVED = ("first_page_cpu_s", "same_page_cpu_s", "next_page_cpu_s", "made_cpu_s")


def served(root: Path, card: str, zone_id: str) -> dict[str, float]:
    """Return CPU seconds of pages of 1 000 pieces: while the part is not made, and after it.

    The first page is what the server does, with what its child does to make the part.
    """
    snapshot = Catalog(root).current(evidence_id(card))
    assert snapshot is not None and snapshot.is_promised
    number, *_ = read_promise(snapshot).parts_of([zone_id])
    version, made_s = snapshot.version, []
    for _ in range(3):
        shutil.rmtree(root / "made", ignore_errors=True)
        start = time.process_time()
        make(PROJECT, root, snapshot.layer_id, version, number)
        made_s.append(time.process_time() - start)
    client = TestClient(create_app(PROJECT, root, server_url="http://bench.test"))
    path = f"/api/collections/{snapshot.layer_id}/items?limit=1000&zone_id={zone_id}"

    def page(address: str) -> tuple[float, Any]:
        start = time.process_time()
        found = client.get(address)
        assert found.status_code == 200, found.text
        return time.process_time() - start, found.json()

    first, body = page(path)
    more = next(link["href"] for link in body["links"] if link["rel"] == "next")
    again = statistics.median(page(f"{path}&skipGeometry=false&lang={x}")[0] for x in ("pl", "en"))
    following, _ = page(more)
    made = statistics.median(made_s)
    return {"first_page_cpu_s": first + made, "same_page_cpu_s": again,
            "next_page_cpu_s": following, "made_cpu_s": made}  # fmt: skip


def computing(root: Path) -> dict[str, float]:
    """Return what a run takes that stores its evidence, and one that promises it."""
    found: dict[str, float] = {}
    for name, most in (("promised", 1_000), ("stored", 10_000_000), ("promised", 1_000)):
        LIMITS["evidence_stored"] = Limit(most, "pieces", "")
        start = time.process_time()
        compute(PROJECT, root, CARDS)
        found[f"{name}_cpu_s"] = time.process_time() - start
        snapshot = Catalog(root).current(evidence_id(CARDS[0]))
        assert snapshot is not None
        size = sum(file.stat().st_size for file in snapshot.folder.iterdir())
        found[f"{name}_mb"] = size / 1e6
    return found


if __name__ == "__main__":
    main()
