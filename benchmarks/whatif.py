"""What-if over HTTP against a full recompute of the edited data: 200 000 parcels in 15 districts.

Run ``python benchmarks/whatif.py [--quick] [--runs N]``. A server of its own (``geobank serve``)
answers the process ``what-if``. Of each kind of change the first question meets no child that
stays, and reads and measures everything (cold); each question after it is another scenario (warm).
The peer, in turns with them: the same change written as a new version of the layer (not timed),
then the same indicators read and measured from that, whole, in a process that has imported
everything; and, once, with all that ``geobank indicators compute`` writes besides. Every answer is
compared with that of the full run, number by number.

Milliseconds, medians: wall, as the client waits, and CPU of the server with all its children, or
of the full run. The last line is one line of JSON.
"""

from __future__ import annotations

import argparse
import http.client
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from changes import KINDS, PROJECT, City, Held, city
from servers import ROOT, free_port, task_ms

from geo.flow.compute import compute
from geo.flow.sources import Sources
from geo.measure.card import CardResult, Value, measure
from geo.measure.plan import plan
from geo.store import Catalog

COMMAND = [sys.executable, "-c", "from geo.cli import main; main()"]
CLOSE = 1e-12
"""How far an answer may be from the full run's, relative."""


class Server:
    """``geobank serve`` over a data folder; :func:`serving` ends it."""

    def __init__(self, root: Path, log: Any) -> None:
        self.port = free_port()
        words = ["serve", "--port", str(self.port), "--data", str(root), "--project", str(ROOT)]
        self.running = subprocess.Popen([*COMMAND, *words], stdout=log, stderr=log, cwd=root)
        self._process = psutil.Process(self.running.pid)
        self._stays: set[int] = set()

    def wait(self) -> None:
        """Wait until it answers, and until what starts children is there."""
        for _ in range(300):
            try:
                self.execution("echo", {"message": "x"})
                break
            except OSError:
                time.sleep(0.1)
        time.sleep(1.0)
        self._stays = {each.pid for each in self._process.children(recursive=True)}

    def cool(self) -> None:
        """End the child that stays, as a quarter of an hour without a question does."""
        for child in self._process.children(recursive=True):
            if child.pid not in self._stays:
                child.kill()
        time.sleep(0.3)

    def execution(self, process: str, inputs: dict[str, Any]) -> dict[str, Any]:
        """Execute a process and return its answer."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        path = f"/api/processes/{process}/execution"
        try:
            line.request("POST", path, json.dumps({"inputs": inputs}),
                         {"Content-Type": "application/json"})  # fmt: skip
            answer = line.getresponse()
            body = json.loads(answer.read())
        finally:
            line.close()
        if answer.status != 200:
            raise SystemExit(f"{process} answers {answer.status}: {body}")
        found: dict[str, Any] = body
        return found

    def timed(self, inputs: dict[str, Any]) -> tuple[float, float, dict[str, Any]]:
        """Return the wall and CPU milliseconds of one what-if, and its answer."""
        time.sleep(0.1)
        used, begun = self._cpu_ms(), time.perf_counter()
        found = self.execution("what-if", inputs)
        wall = (time.perf_counter() - begun) * 1e3
        time.sleep(0.1)  # what it does after it has answered counts too
        return wall, self._cpu_ms() - used, found

    def _cpu_ms(self) -> float:
        family = [self._process, *self._process.children(recursive=True)]
        return sum(task_ms(each.pid) for each in family)


@contextmanager
def serving(root: Path) -> Iterator[Server]:
    """Run a server."""
    with (root.parent / "serve.log").open("wb") as log:
        server = Server(root, log)
        try:
            server.wait()
            yield server
        finally:
            server.running.terminate()
            server.running.wait(30)


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return the wall and CPU milliseconds of some work in this process, and its result."""
    begun, used = time.perf_counter(), time.process_time()
    found = work()
    return (time.perf_counter() - begun) * 1e3, (time.process_time() - used) * 1e3, found


def read_and_measure(root: Path, names: tuple[str, ...]) -> list[CardResult]:
    """Do of a full run only what answers: no evidence, nothing written."""
    recipes = [plan(PROJECT, PROJECT.indicator(name)) for name in names]
    sources = Sources(PROJECT, root, recipes)
    return [
        measure(recipe, sources.zones(recipe), {one: sources.source(one) for one in recipe.layers})
        for recipe in recipes
    ]


def furthest(card: dict[str, Any], full: CardResult) -> float:
    """Return the largest relative difference between an answer and a full run, number by number."""
    known = {each.name: (each.values, each.whole) for each in full.classes}
    if card["classes"]:
        groups = {each["class"]: each for each in card["classes"]}
    else:
        groups, known = {"": card}, {"": (full.values, full.whole)}
    if set(known) != set(groups):
        raise SystemExit(f"{card['id']}: other classes than in the full run")
    return max(_apart(groups[name], full.zones.ids, *known[name]) for name in groups)


def _apart(group: dict[str, Any], ids: Any, values: Any, whole: Value) -> float:
    mine = {each["zone_id"]: each["scenario"] for each in group["zones"]}
    mine["all"] = group["whole"]["scenario"]
    rows: dict[str, Value] = {**dict(zip(ids, values, strict=True)), "all": whole}
    if {(zone, each["status"]) for zone, each in mine.items()} != {
        (zone, each.status) for zone, each in rows.items()
    }:
        raise SystemExit("other zones or states than in the full run")
    pairs = [
        (mine[zone]["value"], each.value) for zone, each in rows.items() if each.status == "ok"
    ]
    return max((abs(one - other) / (abs(other) or 1.0) for one, other in pairs), default=0.0)


def compared(kind: str, server: Server, held: City, root: Path, runs: int) -> dict[str, Any]:
    """Ask one kind of change, `runs` times after the first, in turns with the full run."""
    edit, names = KINDS[kind]
    server.cool()
    asked, bare, full = [], [], []
    worst, cards = 0.0, ()
    for number in range(runs + 1):
        change, after = edit(held, number)
        said = {"name": f"a-{number}", "title": {"pl": "a", "en": "a"}, "crs": "EPSG:2180",
                "changes": [change]}  # fmt: skip
        *spent, answer = server.timed({"scenario": said, "indicators": [*names]})
        asked.append(spent)
        cards = tuple(each["id"] for each in answer["indicators"])
        with edited(root, after) as other:
            *spent, results = timed(partial(read_and_measure, other, cards))
            bare.append(spent)
            if number == runs:  # it takes long, and gives the same numbers
                full.append(timed(partial(compute, PROJECT, other, cards))[:2])
        worst = max(worst, *map(furthest, answer["indicators"], results))
        _check_changed(kind, answer)
    if worst > CLOSE:
        raise SystemExit(f"{kind}: {worst:.1e} from the full run")
    return {
        "kind": kind, "indicators": len(cards), **_both("cold", asked[:1]),
        **_both("warm", asked[1:]), **_both("measure", bare), **_both("publish", full),
        "relative_difference": worst,
    }  # fmt: skip


def _check_changed(kind: str, answer: dict[str, Any]) -> None:
    """Be sure that there was something to measure."""
    for card in answer["indicators"]:
        groups = (card, *card["classes"])
        if not any(row["changed"] for group in groups for row in group["zones"]):
            raise SystemExit(f"{kind}: {card['id']} has not changed")


def _both(name: str, found: list[Any]) -> dict[str, float]:
    wall, cpu = (statistics.median(each) for each in zip(*found, strict=True))
    return {f"{name}_ms": round(wall, 1), f"{name}_cpu_ms": round(cpu, 1)}


@contextmanager
def edited(root: Path, after: Held) -> Iterator[Path]:
    """Lend a copy of the data folder in which a layer has another version."""
    other = root.parent / "edited"
    before = Catalog(other).current(after.layer_id)
    assert before is not None
    mine = after.write(other)
    yield other
    Catalog(other).publish(before)
    shutil.rmtree(mine.folder)


def main() -> None:
    """Print a table, then one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20 000 parcels, one run")
    parser.add_argument("--runs", type=int, default=5, help="warm questions of each kind")
    options = parser.parse_args()
    count, runs = (20_000, 1) if options.quick else (200_000, options.runs)
    with tempfile.TemporaryDirectory(prefix="geobank-what-if-") as name:
        root, held = Path(name) / "data", city(count, simple=options.quick)
        root.mkdir()
        for each in held.values():
            each.write(root)
        compute(PROJECT, root)
        shutil.copytree(root, root.parent / "edited")
        with serving(root) as server:
            rows = [compared(kind, server, held, root, runs) for kind in KINDS]
    print(f"{count} parcels in 15 districts; ms wall (ms CPU)")
    sides = {"cold": "cold", "warm": "warm", "measure": "full run", "publish": "... published"}
    print(f"{'':<26}" + "".join(f"{each:>20}" for each in sides.values()) + "  difference")
    for row in rows:
        told = (f"{row[f'{each}_ms']:.0f} ({row[f'{each}_cpu_ms']:.0f})" for each in sides)
        print(f"{row['kind']:<17}{row['indicators']:>2} cards" + "".join(f"{t:>20}" for t in told)
              + f"{row['relative_difference']:>12.1e}")  # fmt: skip
    print(json.dumps({"benchmark": "what-if", "parcels": count, "rows": rows}))


if __name__ == "__main__":
    main()
