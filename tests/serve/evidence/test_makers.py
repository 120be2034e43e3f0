"""Parts are made once, of the versions that were measured; what cannot be made says why."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import shapely

from geo.flow import made
from geo.flow.compute import compute
from geo.flow.promised import read_promise, recipe_of
from geo.flow.results import load_results
from geo.measure.plan import plan
from geo.serve.evidence.makers import Makers
from geo.store import Catalog
from geo.store.snapshot import read_table, write_snapshot

from .conftest import City, limited, next_of, recompute, serving

CARD = "stops_density"
ITEMS = f"/api/collections/evidence_{CARD}/items"


class Counted(ThreadPoolExecutor):
    """Takes the place of the child, and counts what it was told to make."""

    def __init__(self, city: City) -> None:
        super().__init__(2)
        self.city, self.asked = city, 0
        self.go_on = threading.Event()
        self.go_on.set()

    def submit(self, function: Any, /, *key: Any) -> Any:
        if not key:  # it only begins
            return super().submit(function)
        self.asked += 1
        return super().submit(self._run, *key)

    def _run(self, *key: Any) -> None:
        assert self.go_on.wait(30)
        made.make(self.city.project, self.city.root, *key)


@pytest.fixture
def counted(own: City, monkeypatch: pytest.MonkeyPatch) -> Counted:
    found = Counted(own)
    monkeypatch.setattr(Makers, "_started", lambda _: found)
    return found


def test_a_part_is_made_once_for_all_its_pages(own: City, counted: Counted) -> None:
    pages = own.walk(CARD, zone_id="centrum", limit=10)
    assert len(pages) > 3
    assert counted.asked == 1 == len(own.made())
    own.walk(CARD, zone_id="centrum", limit=7, crs="http://www.opengis.net/def/crs/EPSG/0/3857")
    assert counted.asked == 1
    serving(own.project, own.root).walk(CARD, zone_id="centrum")  # a server that starts anew
    assert counted.asked == 1


def test_many_who_ask_at_once_wait_for_the_same_part(own: City, counted: Counted) -> None:
    counted.go_on.clear()
    with ThreadPoolExecutor(6) as crowd:
        asked = [crowd.submit(own.get, f"evidence_{CARD}/items", limit=5) for _ in range(6)]
        while counted.asked == 0:
            time.sleep(0.01)
        counted.go_on.set()
        pages = [each.result() for each in asked]
    assert counted.asked == 1
    assert len({str(page["features"]) for page in pages}) == 1


def test_who_asks_when_too_many_wait_is_told_so(
    own: City, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, evidence_waiting=1)
    city = serving(own.project, own.root)
    counted.go_on.clear()
    with ThreadPoolExecutor(1) as crowd:
        first = crowd.submit(city.client.get, ITEMS)
        while counted.asked == 0:
            time.sleep(0.01)
        second = city.client.get(ITEMS, params={"zone_id": "bytkow"})
        # What is made already, and all else, is served meanwhile.
        assert city.client.get("/api/collections/stops/items").status_code == 200
        counted.go_on.set()
        assert first.result().status_code == 200
    assert second.status_code == 503 and "at once" in second.json()["description"]
    assert city.client.get(ITEMS, params={"zone_id": "bytkow"}).status_code == 200


def test_a_part_that_takes_long_is_there_the_next_time(
    own: City, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, evidence_wait_seconds=0)
    counted.go_on.clear()
    found = own.client.get(ITEMS)
    assert found.status_code == 503 and "again" in found.json()["description"]
    assert "no-store" in found.headers["cache-control"]
    counted.go_on.set()
    counted.shutdown()
    assert own.client.get(ITEMS).status_code == 200


def test_a_child_that_was_killed_is_replaced(own: City) -> None:
    makers = Makers(own.project, own.root)
    snapshot = Catalog(own.root).current(f"evidence_{CARD}")
    assert snapshot is not None
    try:
        makers.warm()
        makers.part(snapshot, 0)
        assert makers._pool is not None
        for pid in [*makers._pool._processes]:
            os.kill(pid, signal.SIGKILL)
            while Path(f"/proc/{pid}").exists():
                time.sleep(0.02)
        own.forget()
        assert makers.part(snapshot, 0).is_file()
    finally:
        makers.close()


def test_the_pieces_are_of_the_versions_that_were_measured(own: City) -> None:
    before = own.features(CARD)
    own.forget()
    catalog = Catalog(own.root)
    stops = catalog.current("stops")
    assert stops is not None
    layer = own.project.layers["stops"]
    fewer = read_table(stops).slice(0, 3)
    catalog.publish(write_snapshot(own.root, layer, fewer, source_name="fewer.gpkg"))
    assert own.features(CARD) == before
    assert {one["properties"]["version"] for one in before.values()} == {stops.version}
    results = load_results(own.project, own.root, CARD)
    assert results.outdated == ("stops",)
    # Once that version is gone, what is made stays, and the rest says so.
    shutil.rmtree(stops.folder)
    assert own.features(CARD) == before
    own.forget()
    found = own.client.get(ITEMS, params={"limit": 11})  # a page that was not sent before
    assert found.status_code == 410
    assert f"stops {stops.version}" in found.json()["description"]
    assert f"indicators compute {CARD}" in found.json()["description"]
    recompute(own.project, own.root, [CARD])
    assert len(own.features(CARD)) == 3


def test_a_walk_ends_in_the_version_that_it_began_in(own: City) -> None:
    whole = own.features(CARD)
    first = own.get(f"evidence_{CARD}/items", limit=20)
    catalog = Catalog(own.root)
    stops = catalog.current("stops")
    assert stops is not None
    fewer = read_table(stops).slice(0, 3)
    layer = own.project.layers["stops"]
    catalog.publish(write_snapshot(own.root, layer, fewer, source_name="fewer.gpkg"))
    recompute(own.project, own.root, [CARD])
    own.forget()
    found = [*first["features"]]
    while following := next_of(first):
        first = own.client.get(following).json()
        found += first["features"]
    assert {one["id"]: one for one in found} == whole and len(found) == len(whole)
    assert len(own.features(CARD)) == 3


def test_a_card_that_has_changed_since_has_no_pieces(own: City) -> None:
    card = own.project.indicator(CARD)
    term = card.of.model_copy(update={"where": "mode = 'tram'"})
    cards = {**own.project.indicators, CARD: card.model_copy(update={"of": term})}
    city = serving(replace(own.project, indicators=cards), own.root)
    assert recipe_of(plan(city.project, cards[CARD])) != recipe_of(plan(own.project, card))
    found = city.client.get(ITEMS)
    assert found.status_code == 410 and "card has changed" in found.json()["description"]


def test_the_disk_holds_no_more_than_the_limit(
    own: City, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(made, "_SURE_S", 0)
    card = "building_cover"
    own.walk(card, limit=10_000)
    parts = sorted(own.made())
    assert len(parts) > 2
    sizes = {part: sum(file.stat().st_size for file in part.iterdir()) for part in parts}
    for age, part in enumerate(parts):
        os.utime(part, (time.time() - age, time.time() - age))
    limited(monkeypatch, evidence_kept_bytes=sizes[parts[0]] + sizes[parts[1]])
    made._make_room(own.root / "made")
    assert own.made() == {*parts[:2]}
    asked = counted.asked
    assert len(own.features(card, limit=10_000)) == sum(
        page["numberReturned"] for page in own.walk(card, limit=10_000)
    )
    assert counted.asked > asked
    assert not [*(own.root / "made").rglob(".tmp-*")]


def test_pieces_that_are_not_those_of_the_number_are_not_shown(
    own: City, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*given: Any) -> Any:
        results = results_at(*given)
        rows = tuple(replace(row, numerator=row.numerator + 1) for row in results.together.rows)
        return replace(results, together=replace(results.together, rows=rows))

    results_at = made.results_at
    monkeypatch.setattr(made, "results_at", wrong)
    assert own.client.get(ITEMS).status_code == 500
    assert own.made() == set()


def test_what_is_hidden_stays_hidden(project: Any, own: City) -> None:
    """Few people live in one zone: it, and the next smallest, have no piece of people."""
    layer = project.layers["addresses"]
    addresses = Catalog(own.root).current("addresses")
    assert addresses is not None
    table = read_table(addresses)
    districts = read_table(Catalog(own.root).current("districts"))  # type: ignore[arg-type]
    names = districts.column("district_id").to_pylist()
    zone = shapely.from_wkb(districts.column("geometry").to_pylist()[names.index("przelajka")])
    inside = shapely.contains(zone, shapely.from_wkb(table.column("geometry").to_numpy()))
    people = [1 if mine and row < 60 else 0 if mine else each for row, (mine, each) in enumerate(
        zip(inside.tolist(), table.column("people").to_pylist(), strict=True))]  # fmt: skip
    people = [each if not mine else 0 for mine, each in zip(inside, people, strict=True)]
    people[inside.tolist().index(True)] = 3
    place = table.column_names.index("people")
    table = table.set_column(place, table.schema.field(place), [people])
    Catalog(own.root).publish(write_snapshot(own.root, layer, table, source_name="few.gpkg"))
    for card in ("population_density", "greenery_per_person"):
        (stored,) = compute(project, own.root, [card])
        assert not stored.on_demand
        want = own.features(card)
        recompute(project, own.root, [card])
        own.forget()
        assert own.features(card) == want
        shown = {one["properties"]["zone_id"] for one in want.values()
                 if one["properties"]["layer"] == "addresses"}  # fmt: skip
        assert "przelajka" not in shown and 0 < len(shown) < len(names) - 1
        assert read_promise(Catalog(own.root).current(f"evidence_{card}")).total == len(want)  # type: ignore[arg-type]
