"""The child of a what-if stays with what it prepared: the same answers within the same walls."""

from __future__ import annotations

import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest
import shapely

from geo import limits
from geo.errors import GeoError, LimitExceededError, TooSlowError, UsageError
from geo.flow.compute import compute
from geo.flow.scenario import run as measured
from geo.limits import Limit
from geo.measure.example import table_of
from geo.model import Project
from geo.serve.processes.pool import Pool, Work
from geo.serve.processes.watch import DismissedError
from geo.store import table
from geo.store.catalog import Catalog
from geo.store.snapshot import read_table, write_snapshot

EAST, NORTH = 503_000, 270_000
CARD = "greenery_share_district"


def _box(*corners: float) -> str:
    west, south, east, north = corners
    return str(shapely.box(EAST + west, NORTH + south, EAST + east, NORTH + north).wkt)


TOWN = {
    "districts": [
        {"district_id": "a", "name": "A", "geometry": _box(0, 0, 1000, 1000)},
        {"district_id": "b", "name": "B", "geometry": _box(1000, 0, 2000, 1000)},
    ],
    "mpzp": [
        {"area_id": "m1", "plan_id": "P", "symbol": "1P", "use": "P", "basis": "2003",
         "geometry": _box(0, 0, 500, 1000)},
        {"area_id": "m2", "plan_id": "P", "symbol": "1ZP", "use": "ZP", "basis": "2003",
         "geometry": _box(500, 0, 1100, 1000)},
    ],
}  # fmt: skip
NO_GREEN = {"layer": "mpzp", "remove": True, "where": "use = 'ZP'"}
NO_WORKS = {"layer": "mpzp", "remove": True, "where": "use = 'P'"}
A_CLASS = {"layer": "mpzp", "where": "use = 'P'", "set": {"use": "ZP", "symbol": "2ZP"}}
A_BORDER = {
    "layer": "districts",
    "replace": [
        {"district_id": "a", "geometry": _box(0, 0, 950, 1000)},
        {"district_id": "b", "geometry": _box(950, 0, 2000, 1000)},
    ],
}
HIGH_HOUSES = {"layer": "buildings", "remove": True, "where": "floors > 4"}


def _publish(project: Project, root: Path, layer_id: str, rows: list[dict[str, Any]]) -> str:
    layer = project.layers[layer_id]
    made = table_of(layer, rows)
    made = table.with_geometries(made, table.promote(table.geometries(made), layer.geometry))
    snapshot = write_snapshot(root, layer, made, source_name="town.gpkg")
    Catalog(root).publish(snapshot)
    return snapshot.version


@pytest.fixture
def town(project: Project, tmp_path: Path) -> Path:
    for layer_id, rows in TOWN.items():
        _publish(project, tmp_path, layer_id, rows)
    compute(project, tmp_path, [CARD])
    return tmp_path


def _scenario(*changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "x", "title": {"pl": "x", "en": "x"}, "crs": "EPSG:2180",
            "changes": list(changes), **more}  # fmt: skip


def _work(scenario: dict[str, Any], *cards: str) -> Work:
    inputs = {"scenario": scenario, **({"indicators": list(cards)} if cards else {})}
    return Work("what-if", orjson.dumps(inputs), "application/json", "en")


def _asked(pool: Pool, scenario: dict[str, Any], *cards: str) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(pool.answer(_work(scenario, *cards)))
    return {key: found[key] for key in found if key not in ("columns", "rows", "notes")}


def _cold(project: Project, root: Path, scenario: dict[str, Any], *cards: str) -> dict[str, Any]:
    """Return what the command line measures, that keeps nothing."""
    found = measured(project, root, scenario, indicators=cards or None)
    plain: dict[str, Any] = orjson.loads(orjson.dumps(found))
    return plain


def _pids(pool: Pool) -> list[int]:
    return [child.process.pid or 0 for child in pool._staying._children]


def _gone(pid: int) -> bool:
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def begun() -> Iterator[Callable[[Project, Path], Pool]]:
    """Make pools whose children are gone when the test is over."""
    made: list[Pool] = []

    def make(project: Project, root: Path) -> Pool:
        made.append(Pool(project, root, 2))
        return made[-1]

    yield make
    for pool in made:
        while (child := pool._staying.take("what-if")) is not None:
            child.end()


def test_the_second_answer_comes_from_the_same_child_and_is_the_same(project, town, begun):
    pool = begun(project, town)
    scenarios = [_scenario(each) for each in (NO_GREEN, A_CLASS, A_BORDER)]
    first = [_asked(pool, each, CARD) for each in scenarios]
    pids = _pids(pool)
    again = [_asked(pool, each, CARD) for each in reversed(scenarios)][::-1]
    assert len(pids) == 1 and _pids(pool) == pids
    assert first == again == [_cold(project, town, each, CARD) for each in scenarios]
    zones = [{row["zone_id"]: row["scenario"]["value"] for row in found["indicators"][0]["zones"]}
             for found in first]  # fmt: skip
    assert len({tuple(each.items()) for each in zones}) == 3
    assert all(each["indicators"][0]["how"] == "incremental" for each in first)


def test_a_whole_city_is_the_same_to_the_last_bit(project, served_root, begun):
    pool = begun(project, served_root)
    districts = read_table(Catalog(served_root).current("districts"))
    shapes = table.geometries(districts)
    ids = districts.column("district_id").to_pylist()
    cut = shapely.box(*(shapely.get_coordinates(shapely.centroid(shapes[0]))[0].tolist() * 2))
    drawn = shapely.difference(shapes[0], shapely.buffer(cut, 60.0, quad_segs=2))
    border = _scenario({"layer": "districts", "replace": [
        {"district_id": ids[0], "geometry": shapely.to_wkt(drawn, -1)}]})  # fmt: skip
    parks = _scenario({"layer": "greenery", "remove": True, "where": "kind = 'park'"})
    for scenario in (parks, border, parks, border):
        assert _asked(pool, scenario) == _cold(project, served_root, scenario)
    assert len(_pids(pool)) == 1


def test_a_publication_in_between_is_what_the_next_answer_starts_from(project, town, begun):
    pool = begun(project, town)
    scenario = _scenario(A_CLASS)
    first = _asked(pool, scenario, CARD)
    pids = _pids(pool)
    old = Catalog(town).served()["mpzp"]
    more = {**TOWN["mpzp"][1], "area_id": "m3", "geometry": _box(1100, 0, 1500, 1000)}
    new = _publish(project, town, "mpzp", [*TOWN["mpzp"], more])
    # Not computed again yet: the official values are still those of the version before.
    assert _asked(pool, scenario, CARD) == _cold(project, town, scenario, CARD)
    compute(project, town, [CARD])
    second = _asked(pool, scenario, CARD)
    assert _pids(pool) == pids
    assert second == _cold(project, town, scenario, CARD)
    assert second["indicators"][0]["inputs"]["mpzp"] == new != old
    official = [found["indicators"][0]["whole"]["official"]["value"] for found in (first, second)]
    assert official[1] > official[0]
    pinned = _scenario(A_CLASS, base={"mpzp": old})
    back = _asked(pool, pinned, CARD)
    assert back == _cold(project, town, pinned, CARD)
    assert back["indicators"][0]["inputs"]["mpzp"] == old


def test_a_version_that_is_gone_is_refused_though_it_was_kept(project, town, begun):
    pool = begun(project, town)
    old = Catalog(town).served()["mpzp"]
    pinned = _scenario(A_CLASS, base={"mpzp": old})
    _asked(pool, pinned, CARD)
    _publish(project, town, "mpzp", TOWN["mpzp"][:1])
    (town / "layers" / "mpzp" / old).rename(town / "taken")
    with pytest.raises(GeoError) as cold:
        _cold(project, town, pinned, CARD)
    with pytest.raises(UsageError) as warm:
        _asked(pool, pinned, CARD)
    assert warm.value.what == cold.value.what


def test_what_is_refused_leaves_the_child_as_it_was(project, town, begun):
    pool = begun(project, town)
    good = _scenario(NO_GREEN)
    first = _asked(pool, good, CARD)
    pids = _pids(pool)
    for wrong in (
        _scenario({**NO_GREEN, "where": "usee = 'ZP'"}),
        _scenario({**NO_GREEN, "layer": "nope"}),
        _scenario({"layer": "mpzp", "replace": [{"area_id": "m1", "geometry": "POLYGON ((0 0"}]}),
        {"name": "x"},
    ):  # fmt: skip
        with pytest.raises(GeoError):
            _asked(pool, wrong, CARD)
    assert _asked(pool, good, CARD) == first
    assert _pids(pool) == pids


def test_a_child_that_was_killed_is_begun_anew(project, town, begun):
    pool = begun(project, town)
    first = _asked(pool, _scenario(NO_GREEN), CARD)
    (idle,) = _pids(pool)
    os.kill(idle, signal.SIGKILL)
    assert _gone(idle)
    assert _asked(pool, _scenario(NO_GREEN), CARD) == first
    # And one that is killed in the middle of a question: it is held, asked, and killed.
    (busy,) = _pids(pool)
    os.kill(busy, signal.SIGSTOP)
    killer = threading.Timer(0.5, os.kill, (busy, signal.SIGKILL))
    killer.start()
    assert _asked(pool, _scenario(NO_GREEN), CARD) == first
    killer.join()
    assert _pids(pool) != [busy]


def test_what_one_child_has_no_memory_for_is_tried_in_a_new_one(project, served_root, begun):
    pool = begun(project, served_root)
    scenario = _scenario(NO_GREEN)
    _asked(pool, scenario, CARD)
    (full,) = _pids(pool)
    pages = int(Path(f"/proc/{full}/statm").read_text(encoding="ascii").split()[0])
    taken = pages * resource.getpagesize()
    resource.prlimit(full, resource.RLIMIT_AS, (taken, taken))
    assert _asked(pool, scenario) == _cold(project, served_root, scenario)
    assert full not in _pids(pool) and _gone(full)


def test_a_new_child_has_no_more_memory_than_any_other(project, served_root, begun, monkeypatch):
    monkeypatch.setitem(limits.LIMITS, "process_memory_bytes", Limit(2**26, "bytes", "test"))
    pool = begun(project, served_root)
    with pytest.raises(LimitExceededError, match="memory"):
        _asked(pool, _scenario(NO_GREEN))
    assert _pids(pool) == []


def test_a_clock_and_a_dismissal_end_a_child_that_stayed(project, served_root, begun):
    pool = begun(project, served_root)
    quick, everything = _work(_scenario(NO_GREEN), CARD), _work(_scenario(HIGH_HOUSES))
    for error, seconds, dismissed in (
        (TooSlowError, 0.01, lambda: False),
        (DismissedError, 60.0, lambda: True),
    ):
        expected = pool.answer(quick)
        (pid,) = _pids(pool)
        with pytest.raises(error):
            pool.run(everything, seconds, dismissed=dismissed)
        assert _pids(pool) == [] and _gone(pid)
        assert pool.answer(quick) == expected


def test_several_ask_at_once_and_one_child_stays(project, served_root, begun):
    pool = begun(project, served_root)
    changes = (NO_GREEN, NO_WORKS, A_CLASS)
    scenarios = [_scenario(each) for each in changes] * 2
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda each: _asked(pool, each, CARD), scenarios))
    assert found[:3] == found[3:] == [_cold(project, served_root, s, CARD) for s in scenarios[:3]]
    assert len(_pids(pool)) == 1


@pytest.mark.parametrize(
    ("name", "value"), [("process_warm_seconds", 0), ("process_warm_bytes", 1)]
)
def test_a_child_that_nobody_asks_or_that_holds_too_much_leaves(
    project, town, begun, monkeypatch, name, value
):
    monkeypatch.setitem(limits.LIMITS, name, Limit(value, "", "test"))
    pool = begun(project, town)
    first = _asked(pool, _scenario(NO_GREEN), CARD)
    (pid,) = _pids(pool)
    assert _gone(pid)
    assert _asked(pool, _scenario(NO_GREEN), CARD) == first


def test_a_child_whose_server_lets_go_of_it_leaves(project, town):
    pool = Pool(project, town, 1)
    _asked(pool, _scenario(NO_GREEN), CARD)
    (pid,) = _pids(pool)
    del pool
    assert _gone(pid)


def test_a_job_that_is_dismissed_takes_its_child_along(another, run, ended):
    scenario = _scenario(HIGH_HOUSES)
    inputs = {"scenario": scenario, "indicators": ["building_cover"]}
    first = run(another, "what-if", inputs)
    assert first.status_code == 200
    location = run(
        another, "what-if", {"scenario": scenario}, headers={"Prefer": "respond-async"}
    ).headers["location"]
    assert another.delete(location).json()["status"] == "dismissed"
    assert run(another, "what-if", inputs).json() == first.json()
    job = run(another, "what-if", inputs, headers={"Prefer": "respond-async"}).headers["location"]
    assert ended(another, job)["status"] == "successful"
    assert another.get(f"{job}/results").json() == first.json()
