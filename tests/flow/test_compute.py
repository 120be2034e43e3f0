"""From published layers to published values and evidence."""

from __future__ import annotations

import json
import math
import threading
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType

import pytest
import shapely

from geo.errors import LedgerError, MeasureError, NotFoundError
from geo.flow.compute import compute
from geo.flow.results import load_all, load_results
from geo.measure.example import table_of
from geo.model.derived import STATUSES, VALUES, WHOLE, evidence_id, evidence_layer, values_layer
from geo.store import catalog as catalog_module
from geo.store import table
from geo.store.catalog import Catalog
from geo.store.query import open_serve
from geo.store.snapshot import read_table, verify, write_snapshot

EAST, NORTH = 505_000, 270_000
ZONES = {
    "bangow": (0, 0, 1000, 1000),
    "centrum": (1000, 0, 2000, 1000),
    "las": (2000, 0, 2500, 1000),
}


def _box(x0, y0, x1, y1):
    return shapely.box(EAST + x0, NORTH + y0, EAST + x1, NORTH + y1).wkt


def _point(x, y):
    return f"POINT ({EAST + x} {NORTH + y})"


TOWN = {
    "districts": [
        {"district_id": zone, "name": zone.title(), "geometry": _box(*box)}
        for zone, box in ZONES.items()
    ],
    "greenery": [
        {"green_id": "g1", "kind": "park", "public": True, "geometry": _box(800, 0, 1200, 500)},
        {"green_id": "g2", "kind": "square", "public": True, "geometry": _box(900, 100, 1000, 200)},
        {"green_id": "g3", "kind": "forest", "public": True, "geometry": _box(2400, 0, 2600, 100)},
    ],
    "addresses": [
        {"address_id": "1", "label": "A", "people": 600, "geometry": _point(100, 100)},
        {"address_id": "2", "label": "B", "people": 400, "geometry": _point(1000, 100)},
        {"address_id": "3", "label": "C", "people": 500, "geometry": _point(1500, 100)},
    ],
    "schools": [
        {"school_id": "s1", "name": "SP 1", "level": "primary", "geometry": _point(500, 500)}
    ],
    "bike_paths": [
        {
            "path_id": "p1", "kind": "path", "sides": 2,
            "geometry": f"LINESTRING ({EAST + 500} {NORTH + 5}, {EAST + 1500} {NORTH + 5})",
        }
    ],
}  # fmt: skip


@pytest.fixture
def publish(project, tmp_path):
    def go(layer_id, rows=None, *, synthetic=False):
        layer = project.layers[layer_id]
        made = table_of(layer, rows if rows is not None else TOWN[layer_id])
        shapes = table.promote(table.geometries(made), layer.geometry)
        made = table.with_geometries(made, shapes)
        snapshot = write_snapshot(
            tmp_path, layer, made, source_name="town.gpkg", synthetic=synthetic
        )
        Catalog(tmp_path).publish(snapshot)
        return snapshot

    return go


@pytest.fixture
def town(publish, tmp_path):
    for layer_id in TOWN:
        publish(layer_id)
    return tmp_path


def test_values_are_published_as_a_layer_with_one_row_per_zone_and_one_for_all(project, town):
    done = compute(project, town, ["greenery_per_person"])
    assert [each.indicator for each in done] == ["greenery_per_person"]
    assert done[0].closes
    results = load_results(project, town, "greenery_per_person")
    assert [(row.zone_id, row.zone_name, row.status) for row in results.rows] == [
        ("bangow", "Bangow", "ok"), ("centrum", "Centrum", "ok"), ("las", "Las", "not_computable"),
    ]  # fmt: skip
    assert [row.value for row in results.rows] == [100.0, 200.0, None]
    assert [row.numerator for row in results.rows] == [100_000, 100_000, 10_000]
    assert results.whole.value == pytest.approx(210_000 / 1500)
    assert (results.whole.zone_id, results.whole.zone_name) == (WHOLE, "")
    assert results.ledger["numerator"]["counted_away"] == 10_000
    assert results.ledger["numerator"]["outside"] == 10_000
    assert results.computed_at.endswith("Z")
    current = {layer: Catalog(town).current(layer).version for layer in results.inputs}
    assert results.inputs == current
    assert set(current) == {"districts", "greenery", "addresses"}
    snapshot = Catalog(town).current(VALUES)
    verify(snapshot)
    assert read_table(snapshot).schema.equals(table.schema_of(values_layer(project)))
    assert set(read_table(snapshot).column("status").to_pylist()) <= set(STATUSES)


@pytest.mark.parametrize(
    "name", ["greenery_per_person", "bike_paths_sides", "population_density", "schools_per_1000"]
)
def test_the_published_evidence_sums_to_the_published_number(project, town, name):
    compute(project, town, [name])
    snapshot = Catalog(town).current(evidence_id(name))
    verify(snapshot)
    pieces = read_table(snapshot)
    layer = evidence_layer(project, project.indicators[name])
    assert pieces.schema.equals(table.schema_of(layer))
    rows = pieces.to_pylist()
    results = load_results(project, town, name)
    for row in results.rows:
        mine = [r for r in rows if r["zone_id"] == row.zone_id]
        for part in {r["part"] for r in rows}:
            expected = getattr(row, part)
            total = math.fsum(r["measure"] for r in mine if r["part"] == part)
            assert total == (expected or 0.0)
        assert row.pieces == sum(r["part"] == "numerator" for r in mine)
    assert {r["version"] for r in rows} <= set(results.inputs.values())
    assert snapshot.manifest.inputs == results.inputs
    assert snapshot.manifest.extra["ledger"] == results.ledger


def test_evidence_pieces_are_clipped_to_their_zone_and_named(project, town):
    compute(project, town, ["greenery_per_person"])
    snapshot = Catalog(town).current("evidence_greenery_per_person")
    pieces = read_table(snapshot)
    shapes = dict(zip(pieces.column("piece_id").to_pylist(), table.geometries(pieces), strict=True))
    assert set(shapes) == {
        "bangow.n.g1", "centrum.n.g1", "las.n.g3", "bangow.d", "centrum.d", "las.d",
    }  # fmt: skip
    assert shapely.area(shapes["bangow.n.g1"]) == 200 * 500
    assert shapely.area(shapes["bangow.d"]) == 1_000_000
    with_people = [row for row in pieces.to_pylist() if row["part"] == "denominator"]
    assert [row["feature_id"] for row in with_people] == [None] * 3
    assert {row["zone_id"]: row["features"] for row in with_people} == {
        "bangow": 2, "centrum": 1, "las": 0,
    }  # fmt: skip


def test_no_address_is_served_in_evidence(project, town):
    compute(project, town, ["population_density", "schools_per_1000", "greenery_per_person"])
    for name in ("population_density", "schools_per_1000", "greenery_per_person"):
        served = open_serve(Catalog(town).current(evidence_id(name)))
        fragments = served.page(limit=100).fragments
        features = [json.loads(fragment) for fragment in fragments]
        from_addresses = [f for f in features if f["properties"]["layer"] == "addresses"]
        assert all(f["properties"]["feature_id"] is None for f in from_addresses)
        assert all(f["geometry"]["type"] == "MultiPolygon" for f in from_addresses)


def test_all_cards_skip_those_whose_layers_are_not_published(project, town):
    done = {each.indicator: each for each in compute(project, town)}
    assert set(done) == set(project.indicators)
    assert done["stops_density"].skipped
    assert "stops" in done["stops_density"].note
    assert not done["bike_paths_density"].skipped
    assert "stops_density" not in load_all(town)


def test_a_card_that_was_asked_for_says_which_layer_to_publish(project, town):
    with pytest.raises(NotFoundError, match="stops") as caught:
        compute(project, town, ["stops_density"])
    assert "geobank publish stops" in caught.value.fix
    assert Catalog(town).current(VALUES) is None


def test_an_unknown_card_and_one_never_computed(project, town):
    with pytest.raises(NotFoundError, match="no indicator"):
        compute(project, town, ["nothing"])
    with pytest.raises(NotFoundError, match="not been computed"):
        load_results(project, town, "stops_density")
    with pytest.raises(NotFoundError, match="no indicator"):
        load_results(project, town, "nothing")
    assert load_all(town) == {}


def test_nothing_published_at_all(project, tmp_path):
    assert all(each.skipped for each in compute(project, tmp_path))
    assert not (tmp_path / "layers").exists()


def test_computing_one_card_keeps_the_values_of_the_others(project, town, publish):
    compute(project, town, ["population_density", "bike_paths_sides"])
    before = load_results(project, town, "population_density")
    path = "LINESTRING (505000 270005, 505100 270005)"
    publish("bike_paths", [{"path_id": "p9", "kind": "path", "sides": 1, "geometry": path}])
    compute(project, town, ["bike_paths_sides"])
    assert load_results(project, town, "population_density") == before
    after = load_results(project, town, "bike_paths_sides")
    assert after.whole.value == pytest.approx(0.1)
    assert len(Catalog(town).versions(VALUES)) == 2
    manifest = Catalog(town).current(VALUES).manifest
    assert set(manifest.extra["ledger"]) == {"population_density", "bike_paths_sides"}
    assert set(manifest.inputs) == {"districts", "addresses", "bike_paths"}


def test_values_of_a_card_that_is_gone_are_dropped(project, town):
    compute(project, town, ["population_density", "bike_paths_sides"])
    left = {name: card for name, card in project.indicators.items() if name != "bike_paths_sides"}
    smaller = replace(project, indicators=MappingProxyType(left))
    compute(smaller, town, ["population_density"])
    assert list(load_all(town)) == ["population_density"]


def test_synthetic_input_makes_a_synthetic_answer(project, town, publish):
    publish("schools", synthetic=True)
    done = compute(project, town, ["schools_per_1000", "population_density"])
    assert [each.synthetic for each in done] == [True, False]
    assert load_results(project, town, "schools_per_1000").synthetic
    assert not load_results(project, town, "population_density").synthetic
    assert Catalog(town).current(VALUES).manifest.synthetic
    assert Catalog(town).current("evidence_schools_per_1000").manifest.synthetic


def test_an_empty_layer_gives_zero_and_empty_evidence(project, town, publish):
    publish("stops", [])
    done = compute(project, town, ["stops_density"])
    assert done[0].pieces == 0
    results = load_results(project, town, "stops_density")
    assert [(row.value, row.status, row.pieces) for row in results.rows] == [(0.0, "ok", 0)] * 3
    assert results.whole.value == 0.0


def test_a_feature_that_cannot_be_measured_leaves_what_was_served(project, town, publish):
    compute(project, town)
    before = Catalog(town).generation()
    bow = "POLYGON ((505000 270000, 505010 270010, 505010 270000, 505000 270010, 505000 270000))"
    publish("greenery", [{"green_id": "x", "kind": "park", "public": True, "geometry": bow}])
    with pytest.raises(MeasureError, match="not valid") as caught:
        compute(project, town)
    assert caught.value.where == "greenery, feature x"
    assert Catalog(town).generation() == before + 1
    assert load_results(project, town, "greenery_per_person").whole.value == pytest.approx(140)


def test_a_run_that_dies_while_it_publishes_leaves_numbers_and_evidence_of_one_run(
    project, town, publish, monkeypatch
):
    names = ["schools_per_1000", "greenery_per_person"]
    compute(project, town, names)
    layers = [VALUES, *(evidence_id(name) for name in names)]
    served = {layer: Catalog(town).current(layer) for layer in layers}
    publish("schools", [])
    switch = catalog_module._switch

    def dies_at_the_values(db, snapshot, **more):
        if snapshot.layer_id == VALUES:
            raise KeyboardInterrupt
        switch(db, snapshot, **more)

    monkeypatch.setattr(catalog_module, "_switch", dies_at_the_values)
    with pytest.raises(KeyboardInterrupt):
        compute(project, town, names)
    assert {layer: Catalog(town).current(layer) for layer in layers} == served


def test_two_runs_at_once_keep_the_values_of_both(project, town, monkeypatch):
    names = ["schools_per_1000", "greenery_per_person"]
    meeting = threading.Barrier(2)

    def both_have_read_what_was_there(root, layer, *more, **details):
        if layer.id == VALUES:
            with suppress(threading.BrokenBarrierError):
                meeting.wait(2)
        return write_snapshot(root, layer, *more, **details)

    monkeypatch.setattr("geo.flow.compute.write_snapshot", both_have_read_what_was_there)
    runs = [threading.Thread(target=compute, args=(project, town, [name])) for name in names]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert set(load_all(town)) == set(names)


def test_a_run_is_recorded_with_its_ledger(project, town):
    told = []
    compute(project, town, ["bike_paths_sides"], progress=lambda *step: told.append(step))
    run = Catalog(town).runs("compute")[0]
    assert run.subject == "bike_paths_sides"
    assert run.detail["closes"] is True
    assert run.detail["ledger"]["numerator"]["whole"] == 2000
    assert run.detail["evidence"] == Catalog(town).current("evidence_bike_paths_sides").version
    assert told[0] == ("indicators", 0, 1)
    assert told[-1] == ("indicators", 1, 1)


def test_strict_publishes_nothing_when_the_parts_do_not_add_up(project, town, monkeypatch):
    from geo.measure import kernels

    monkeypatch.setattr(kernels, "_outside", lambda *args: args[3].copy())
    with pytest.raises(LedgerError):
        compute(project, town, ["bike_paths_sides"], strict=True)
    assert Catalog(town).current(VALUES) is None
    done = compute(project, town, ["bike_paths_sides"])
    assert not done[0].closes
    assert load_results(project, town, "bike_paths_sides").ledger["numerator"]["worst"]


def test_the_same_input_gives_the_same_numbers(project, town):
    compute(project, town)
    first = load_all(town)
    compute(project, town)
    second = load_all(town)
    for name, result in first.items():
        assert second[name].rows == result.rows
        assert second[name].whole == result.whole


def test_an_api_reader_finds_one_zone_of_one_indicator(project, town):
    compute(project, town)
    served = open_serve(Catalog(town).current(VALUES))
    page = served.page(limit=10, equals={"indicator": "schools_per_1000", "zone_id": "bangow"})
    (feature,) = (json.loads(fragment) for fragment in page.fragments)
    assert feature["id"] == "schools_per_1000.bangow"
    assert feature["properties"]["value"] == 1.0
    assert feature["properties"]["unit"] == "feature/1000person"
