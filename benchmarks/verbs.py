"""What medians and ``--overlaps once`` cost beside a plain sum, by ``geobank measure`` itself.

Run ``python benchmarks/verbs.py [--quick] [--runs N]``. Parcels and districts are those of
benchmarks/scale.py, each run is a process of its own, from its start to its end:

- area: the peer, of the same file in the same run;
- median: of the parcels' own area, at two sizes, for what each feature holds in memory;
- once: parcels that only touch;
- once, overlapping: parcels drawn 1.45 times as long and as wide, so that most ground lies under
  several; "deep" is the area of all parcels over the ground that they cover.

A rate is features over the CPU seconds that a verb takes more than area. The last line is one line
of JSON.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from scale import spent, write

MEDIAN = ["--verb", "median", "--field", "$area"]
ONCE = ["--verb", "share_of_area", "--overlaps", "once", "--id", "id"]


def asked(folder: Path, words: list[str], runs: int) -> dict[str, Any]:
    """Return what one question takes, and its ledger."""
    files = [str(folder / "parcels.parquet"), "--zones", str(folder / "zones.parquet")]
    found = spent(folder, [*files, *words], runs)
    answer = json.loads((folder / "answer.json").read_text())
    return {**found, "ledger": answer["ledger"]}


@contextmanager
def written(size: int, grown: float = 1.0) -> Iterator[Path]:
    """Lend a folder with parcels and districts."""
    with tempfile.TemporaryDirectory(prefix="geobank-verbs-") as name:
        # In a process of its own: a child's peak counts what its parent held when it began.
        writer = get_context("spawn").Process(
            target=write, args=(Path(name), size), kwargs={"grown": grown}
        )
        writer.start()
        writer.join()
        yield Path(name)


def medians(sizes: tuple[int, int], runs: int) -> dict[str, Any]:
    """Return how much more memory a median takes, for each feature, than a sum."""
    peaks, cpu = {}, {}
    for size in sizes:
        with written(size) as folder:
            for verb, words in (("area", ["--verb", "area"]), ("median", MEDIAN)):
                found = asked(folder, words, runs)
                peaks[verb, size], cpu[verb, size] = found["peak_mb"], found["cpu_s"]
                print(f"{verb:<20}{size:>9} features {found['cpu_s']:7.2f} CPU s"
                      f"{found['peak_mb']:7.0f} MB")  # fmt: skip
    small, large = sizes
    grown = {verb: peaks[verb, large] - peaks[verb, small] for verb in ("area", "median")}
    each = (grown["median"] - grown["area"]) * 2**20 / (large - small)
    print(f"a median holds {each:.0f} bytes of each feature more than a sum")
    return {f"{verb}_{size}_peak_mb": round(peak, 1) for (verb, size), peak in peaks.items()} | {
        f"{verb}_{size}_cpu_s": round(spent_s, 2) for (verb, size), spent_s in cpu.items()
    } | {"median_bytes_a_feature": round(each, 1)}  # fmt: skip


def once(name: str, size: int, grown: float, runs: int) -> dict[str, Any]:
    """Return how many features a second of a core settles."""
    with written(size, grown) as folder:
        every = asked(folder, ["--verb", "area"], runs)
        settled = asked(folder, ONCE, runs)
    rate = size / (settled["cpu_s"] - every["cpu_s"])
    ledger = settled["ledger"]
    deep = ledger["whole"] / (ledger["whole"] - ledger["counted_away"])
    spent_s, peak, plain_s = settled["cpu_s"], settled["peak_mb"], every["cpu_s"]
    print(
        f"{name:<20}{size:>9} features {spent_s:7.2f} CPU s{peak:7.0f} MB"
        f"   area {plain_s:.2f} CPU s   {rate:,.0f} a second   {deep:.2f} deep"
    )
    return {
        "name": name, "features": size, "cpu_s": round(spent_s, 2), "area_cpu_s": round(plain_s, 2),
        "a_second": round(rate), "deep": round(deep, 3), "peak_mb": round(peak, 1),
        "gap": ledger["gap"],
    }  # fmt: skip


def main() -> None:
    """Print a line per question, then one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer features, one run")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    part, runs = (20, 1) if options.quick else (1, options.runs)
    figures = medians((250_000 // part, 1_000_000 // part), runs)
    rows = [once("once", 250_000 // part, 1.0, runs),
            once("once, overlapping", 50_000 // part, 1.45, runs)]  # fmt: skip
    print(json.dumps({"benchmark": "verbs", **figures, "once": rows}))


if __name__ == "__main__":
    main()
