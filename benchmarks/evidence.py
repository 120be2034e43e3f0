"""Evidence on demand: the pieces of one district of 15 over 200 000 published parcels.

Run ``python benchmarks/evidence.py [--quick]``. The peer reads and measures the whole layer, as a
run does that stores its evidence. CPU seconds, medians of three; the last line is one of JSON.
"""

from __future__ import annotations

import argparse
import json
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

from geo.flow.compute import compute
from geo.flow.evidence import pieces
from geo.flow.results import load_results
from geo.model import Project, load_project
from geo.model.derived import WHOLE
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
            print(f"{card:<20}{found.total:>8} pieces  {cpu:6.2f} CPU s ({wall:.2f} wall)   "
                  f"all districts {whole:6.2f} CPU s   to the last bit: {same}")  # fmt: skip
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
