"""Any number of parcels in 15 districts, streamed from GeoParquet: time against reading, memory.

Run ``python benchmarks/scale.py [--quick] [--sizes 250000,1000000,4000000]``.
Parcels of 4 to 12 vertices (benchmarks/shapes.py) lie in row groups of 125 000 in Hilbert order;
districts have 500 to 5 000 vertices. For each size, each in a process of its own:

- read: the columns that are measured (class and geometry), and nothing more, by pyarrow;
- measure: area by district and class, with its ledger, as ``geobank measure`` does it;
- count: the same of features, by a point on each;
- worker: area by 2 500 zones of 40 to 400 vertices with one thread: what a cluster's worker does;
- dask: area on a local cluster of two workers; starting it is told apart;
- command, command_many: ``geobank measure`` itself from its start to its end, area by class in the
  districts and in the 2 500 zones: what a user's machine must hold and spend.

CPU counts all threads; memory is the peak of the whole process, imports included. The machine is
warmed first: on a new one ``geobank measure --warm`` compiles once. What is written is deleted.
The last line is one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
import shapes
from shapely import affinity

from geo import crs
from geo.store.table import hilbert_order

GROUP = 125_000
KINDS = np.array(["KD", "MN", "MW", "P", "U", "ZP"])
SEED = 2026
BOX = pa.struct([(side, pa.float64()) for side in ("xmin", "ymin", "xmax", "ymax")])


def write(folder: Path, count: int, *, grown: float = 1.0) -> None:
    """Write `count` parcels block by block, and the districts over all blocks.

    Parameters
    ----------
    grown : float
        Each parcel is drawn so many times as long and as wide: above 1 they overlap.
    """
    rng = np.random.default_rng(SEED)
    block = shapes.parcels(min(count, GROUP), rng)
    if grown != 1.0:
        block = np.array([affinity.scale(one, grown, grown) for one in block])
    block = block[hilbert_order(shapely.bounds(block))]
    blocks = math.ceil(count / GROUP)
    side = 1 << math.ceil(math.log2(math.sqrt(blocks)))
    places = np.array([(x, y) for x in range(side) for y in range(side)], dtype=float)
    order = hilbert_order(np.hstack((places, places)))[:blocks]
    with ExitStack() as stack:
        writer = None
        for number, (x, y) in enumerate(places[order]):
            rows = min(GROUP, count - number * GROUP)
            move = np.array([x * shapes.WIDTH, y * shapes.HEIGHT])
            table = _table(shapely.transform(block[:rows], lambda xy, move=move: xy + move), number)
            if writer is None:
                path = folder / "parcels.parquet"
                writer = stack.enter_context(
                    pq.ParquetWriter(path, table.schema, compression="zstd", compression_level=1)
                )
            writer.write_table(table)
    spread = np.array(places[order].max(axis=0) + 1)
    origin = shapes.ORIGIN
    zones = shapely.transform(shapes.districts(rng), lambda xy: (xy - origin) * spread + origin)
    _write_zones(folder / "zones.parquet", zones)
    many = shapely.transform(shapes.zones(rng), lambda xy: (xy - origin) * spread + origin)
    _write_zones(folder / "many.parquet", many)


def _table(parcels: np.ndarray, number: int) -> pa.Table:
    rng = np.random.default_rng(SEED + number)
    bounds = shapely.bounds(parcels)
    sides = [pa.array(bounds[:, i]) for i in range(4)]
    table = pa.table(
        {
            "id": [f"24{number:04d}_1.{i}" for i in range(len(parcels))],
            "kind": rng.choice(KINDS, len(parcels)),
            "people": rng.integers(0, 9, len(parcels)),
            "geometry": pa.array(shapely.to_wkb(parcels, byte_order=1), pa.binary()),
            "bbox": pa.StructArray.from_arrays(sides, fields=list(BOX)),
        }
    )
    return table.replace_schema_metadata({"geo": json.dumps(_geo(covering=True))})


def _geo(*, covering: bool) -> dict[str, Any]:
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": ["Polygon"],
        "crs": crs.parse(crs.METRIC).to_json_dict(),
    }
    if covering:
        sides = ("xmin", "ymin", "xmax", "ymax")
        column["covering"] = {"bbox": {side: ["bbox", side] for side in sides}}
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}


def _write_zones(path: Path, zones: np.ndarray) -> None:
    ids = [f"D{number:04d}" for number in range(len(zones))]
    table = pa.table({"id": ids, "geometry": pa.array(shapely.to_wkb(zones, byte_order=1))})
    geo = json.dumps(_geo(covering=False))
    pq.write_table(table.replace_schema_metadata({"geo": geo}), path)


def read(folder: Path) -> int:
    """Read what is measured, row group by row group."""
    rows = 0
    with pa.OSFile(str(folder / "parcels.parquet")) as raw, pq.ParquetFile(raw) as file:
        for group in range(file.num_row_groups):
            rows += file.read_row_group(group, columns=["kind", "geometry"]).num_rows
    return rows


def planned(folder: Path, verb: str, zones: str = "zones") -> Any:
    """Return the job, planned from footers."""
    from geo.flow.streamed.job import job
    from geo.measure.streamed.question import Question

    source, places = str(folder / "parcels.parquet"), str(folder / f"{zones}.parquet")
    return job(Question(verb, by="kind"), source, places, project=None, root=folder)


def measure(folder: Path, side: str) -> dict[str, Any]:
    """Measure as the command does: plan, prepare, stream, keep partial sums."""
    from geo.flow.streamed import stream

    alone = side == "worker"
    some = planned(folder, "area", "many") if alone else planned(folder, side)
    kept = some.kept(folder, resume=False)
    whole = stream.measure(some.task(int(alone)), some.given, some.ready(), kept)
    kept.discard()
    return _digest(whole)


def dask(folder: Path, runs: int) -> dict[str, Any]:
    """Measure area on two workers of one machine."""
    from distributed import LocalCluster

    from geo.flow.streamed import cluster

    some = planned(folder, "area")
    begun = time.perf_counter()
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as machines:
        start = time.perf_counter() - begun
        wall, first = [], 0.0
        for _ in range(runs + 1):
            kept = some.kept(folder, resume=False)
            begun = time.perf_counter()
            whole = cluster.measure(
                some.task(1), some.given, some.ready(), kept, scheduler=machines.scheduler_address
            )
            wall.append(time.perf_counter() - begun)
            kept.discard()
        first = wall.pop(0)
    return {**_digest(whole), "wall_s": statistics.median(wall), "first_s": first, "start_s": start}


def _digest(whole: Any) -> dict[str, Any]:
    import hashlib

    bits = hashlib.sha256(whole.values.tobytes()).hexdigest()[:16]
    return {"rows": whole.read, "gap": whole.entry.gap, "bits": bits}


def timed(work: Callable[[], Any], runs: int) -> dict[str, Any]:
    """Return median CPU and wall seconds; the first run loads the compiled code."""
    cpu, wall, found = [], [], None
    for run in range(runs + 1):
        begun, used = time.perf_counter(), time.process_time()
        found = work()
        if run:
            cpu.append(time.process_time() - used)
            wall.append(time.perf_counter() - begun)
    told = found if isinstance(found, dict) else {"rows": found}
    return {**told, "cpu_s": statistics.median(cpu), "wall_s": statistics.median(wall)}


def command(folder: Path, zones: str, runs: int) -> dict[str, Any]:
    """Run ``geobank measure`` by class in some zones; see :func:`spent`."""
    words = [str(folder / "parcels.parquet"), "--zones", str(folder / f"{zones}.parquet")]
    found = spent(folder, [*words, "--by", "kind"], runs)
    told = json.loads((folder / "answer.json").read_text())
    return {"gap": told["ledger"]["gap"], **found}


def spent(folder: Path, words: list[str], runs: int) -> dict[str, float]:
    """Run ``geobank measure`` in processes of their own; return medians and the largest peak.

    The last answer is left in answer.json.
    """
    program = [sys.executable, "-c", "from geo.cli import main; main()", "measure"]
    subprocess.run([*program, "--warm", "--json"], check=True)
    cpu, wall, peaks = [], [], []
    for _ in range(runs):
        begun = time.perf_counter()
        with (folder / "answer.json").open("wb") as out:
            asked = [*program, *words, "--json", "--data", str(folder / "data")]
            child = subprocess.Popen(asked, stdout=out, cwd=folder)
            _, code, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(code)
        if child.returncode:
            raise SystemExit("geobank measure failed")
        wall.append(time.perf_counter() - begun)
        cpu.append(used.ru_utime + used.ru_stime)
        peaks.append(used.ru_maxrss / 1024)
    return {
        "cpu_s": statistics.median(cpu), "wall_s": statistics.median(wall), "peak_mb": max(peaks),
    }  # fmt: skip


def peak_mb() -> float:
    """Return the peak of this process's resident memory."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def side(name: str, folder: Path, runs: int) -> dict[str, Any]:
    """Measure one side in this process."""
    if name == "read":
        found = timed(lambda: read(folder), runs)
    elif name == "dask":
        found = dask(folder, runs)
    elif name.startswith("command"):
        return command(folder, "many" if name.endswith("many") else "zones", runs)
    else:
        found = timed(lambda: measure(folder, name), runs)
    return {**found, "peak_mb": peak_mb()}


def in_process(name: str, folder: Path, runs: int) -> dict[str, Any]:
    """Run one side in a fresh process."""
    command = [sys.executable, __file__, "--only", name, "--folder", str(folder),
               "--runs", str(runs)]  # fmt: skip
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def compare(count: int, folder: Path, runs: int, sides: list[str]) -> dict[str, Any]:
    """Measure every side at one size and print a table."""
    write(folder, count)
    size = (folder / "parcels.parquet").stat().st_size / 1e6
    found = {name: in_process(name, folder, runs) for name in sides}
    print(f"\n{count} parcels, {size:.0f} MB")
    print(f"{'':<13}{'CPU s':>9}{'wall s':>9}{'peak MB':>9}{'/ read':>8}{'gap':>10}  bits")
    figures: dict[str, Any] = {}
    for name, one in found.items():
        ratio = one["wall_s"] / found["read"]["wall_s"]
        print(f"{name:<13}{one.get('cpu_s', math.nan):>9.2f}{one['wall_s']:>9.2f}"
              f"{one['peak_mb']:>9.0f}{ratio:>8.2f}{one.get('gap', 0):>10.1e}"
              f"  {one.get('bits', '')}")  # fmt: skip
        for key in ("cpu_s", "wall_s", "first_s", "start_s", "peak_mb", "gap"):
            if key in one:
                figures[f"{count}_{name}_{key}"] = float(f"{one[key]:.4g}")
        figures[f"{count}_{name}_per_read_wall"] = round(ratio, 2)
        if "cpu_s" in one:
            per = one["cpu_s"] / found["read"]["cpu_s"]
            figures[f"{count}_{name}_per_read_cpu"] = round(per, 2)
    if "worker" in found:
        figures[f"{count}_worker_rows_per_cpu_s"] = round(count / found["worker"]["cpu_s"])
    if "dask" in found:
        same = found["dask"]["bits"] == found["area"]["bits"]
        figures[f"{count}_dask_same_bits"] = same
        figures[f"{count}_dask_per_one_process"] = round(
            found["dask"]["wall_s"] / found["area"]["wall_s"], 2
        )
        start, first = found["dask"]["start_s"], found["dask"]["first_s"]
        print(f"dask: the same bits as one process: {same}; started in "
              f"{start:.1f} s, its first run {first:.1f} s")  # fmt: skip
    return figures


def exponent(figures: dict[str, Any], sizes: list[int]) -> float:
    """Return the slope of log(time) over log(size): 1 is linear."""
    times = [figures[f"{size}_area_cpu_s"] for size in sizes]
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


def main() -> None:
    """Measure, print tables and one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="100 000 parcels, one run")
    parser.add_argument("--sizes", default="250000,1000000,4000000")
    parser.add_argument("--sides", default="read,area,count,worker,dask,command,command_many")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        print(json.dumps(side(options.only, options.folder, options.runs)))
        return
    sizes = [100_000] if options.quick else [int(one) for one in options.sizes.split(",")]
    runs = 1 if options.quick else options.runs
    figures: dict[str, Any] = {}
    for count in sizes:
        with tempfile.TemporaryDirectory(prefix="geobank-scale-") as name:
            figures |= compare(count, Path(name), runs, options.sides.split(","))
    if len(sizes) > 1 and "area" in options.sides:
        figures["area_exponent"] = round(exponent(figures, sizes), 3)
        print(f"\nexponent of time over size: {figures['area_exponent']}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
