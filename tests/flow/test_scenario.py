"""What-if: checked like a published file, measured beside the official numbers, never mixed."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.errors import (
    CRSMismatchError,
    InputRefusedError,
    LimitExceededError,
    MeasureError,
    NotFoundError,
    UsageError,
)
from geo.flow.bases import Bases
from geo.flow.compute import compute
from geo.flow.scenario import check, evaluate, run
from geo.flow.scenarios import compared, kept, load, pieces_geojson, save
from geo.measure.example import table_of
from geo.measure.plan import plan
from geo.model.scenario import NOTICE, parse_scenario, read_scenario
from geo.store import table
from geo.store.catalog import Catalog
from geo.store.snapshot import write_snapshot
from geo.view.whatif import line

EXAMPLE = Path(__file__).resolve().parents[2] / "docs/scenarios/park-na-poprzemyslowym.yml"
PRIVATE = {"greenery_per_person", "population_density", "greenery_within_300m", "schools_per_1000"}
EAST, NORTH = 503_000, 270_000
CARDS = [
    "greenery_per_person",
    "greenery_share_plans",
    "population_density",
    "greenery_within_300m",
]


def _box(*corners):
    west, south, east, north = corners
    return shapely.box(EAST + west, NORTH + south, EAST + east, NORTH + north).wkt


def _rows(layer, key, *rows):
    return [{key: f"{layer}{i}", **row} for i, row in enumerate(rows, start=1)]


TOWN = {
    "districts": [
        {"district_id": "a", "name": "A", "geometry": _box(0, 0, 1000, 1000)},
        {"district_id": "b", "name": "B", "geometry": _box(1000, 0, 2000, 1000)},
    ],
    "greenery": _rows("g", "green_id",
        {"kind": "park", "public": True, "geometry": _box(800, 0, 1200, 500)},
        {"kind": "square", "public": True, "geometry": _box(900, 100, 1000, 200)},
    ),
    "mpzp": _rows("m", "area_id",
        {"plan_id": "P", "symbol": "1P", "use": "P", "basis": "2003",
         "geometry": _box(0, 0, 500, 1000)},
        {"plan_id": "P", "symbol": "1ZP", "use": "ZP", "basis": "2003",
         "geometry": _box(500, 0, 1000, 1000)},
    ),
    "addresses": [
        {"address_id": f"x{i}", "label": "X", "people": people,
         "geometry": f"POINT ({EAST + x} {NORTH + 300})"}
        for i, (people, x) in enumerate([(600, 100), (4, 980), (500, 1500)])
    ],
}  # fmt: skip
PARK = {"green_id": "new", "kind": "park", "public": True, "geometry": _box(0, 600, 100, 700)}


def _scenario(*changes, **more):
    return {"name": "co-jesli", "title": {"pl": "Co", "en": "What"}, "crs": "EPSG:2180",
            "changes": list(changes), **more}  # fmt: skip


@pytest.fixture(scope="module")
def town(project, tmp_path_factory):
    root = tmp_path_factory.mktemp("town")
    for layer_id, rows in TOWN.items():
        layer = project.layers[layer_id]
        made = table_of(layer, rows)
        made = table.with_geometries(made, table.promote(table.geometries(made), layer.geometry))
        Catalog(root).publish(write_snapshot(root, layer, made, source_name="town.gpkg"))
    compute(project, root, CARDS)
    return root


def _zones(result, card):
    found = next(each for each in result["indicators"] if each["id"] == card)
    return {row["zone_id"]: row for row in found["zones"]} | {"_all": found["whole"]}


def test_a_park_is_counted_beside_the_official_number(project, town):
    before = Catalog(town).generation(), Catalog(town).served()
    result = run(project, town, _scenario({"layer": "greenery", "add": [PARK]}))
    rows = _zones(result, "greenery_per_person")
    # a: 200 m x 500 m of 604 people, and 100 m x 100 m more
    assert rows["a"]["official"]["value"] == pytest.approx(100_000 / 604)
    assert rows["a"]["scenario"]["value"] == pytest.approx(110_000 / 604)
    assert rows["a"]["difference"] == pytest.approx(10_000 / 604)
    assert rows["a"]["changed"]
    assert not rows["b"]["changed"]
    assert rows["b"]["difference"] == 0.0
    assert result["official"] is False
    assert result["notice"] == NOTICE.model_dump()
    assert (Catalog(town).generation(), Catalog(town).served()) == before
    json.dumps(result)


def test_synthetic_people_make_a_scenario_synthetic(project, town, tmp_path):
    """Greenery of one's own over people who were made up: the answer is made up, too."""
    root = tmp_path / "data"
    shutil.copytree(town, root)
    assert not run(project, root, _scenario({"layer": "greenery", "add": [PARK]}))["synthetic"]
    layer = project.layers["addresses"]
    made = table_of(layer, TOWN["addresses"])
    write = partial(write_snapshot, root, layer, made, source_name="town.gpkg")
    Catalog(root).publish(write(synthetic=True))
    compute(project, root, CARDS)
    for cards, expected in ((["greenery_per_person"], True), (["greenery_share_plans"], False)):
        change = {"layer": "greenery", "add": [PARK]}
        if not expected:
            change = {"layer": "mpzp", "where": "use = 'P'", "set": {"use": "ZP"}}
        assert run(project, root, _scenario(change), indicators=cards)["synthetic"] is expected
    # What is current later does not matter: the numbers are of the versions that were read.
    base = Catalog(root).served()["greenery"]
    layer = project.layers["greenery"]
    made = table_of(layer, TOWN["greenery"])
    made = table.with_geometries(made, table.promote(table.geometries(made), layer.geometry))
    snapshot = write_snapshot(root, layer, made, source_name="town.gpkg", synthetic=True)
    Catalog(root).publish(snapshot)
    scenario = _scenario({"layer": "mpzp", "where": "use = 'P'", "set": {"use": "ZP"}})
    assert base != snapshot.version
    assert not run(project, root, scenario, indicators=["greenery_share_plans"])["synthetic"]


def test_a_class_that_is_set_by_a_filter_moves_the_share_of_green(project, town):
    change = {"layer": "mpzp", "where": "use = 'P'", "set": {"use": "ZP", "symbol": "2ZP"}}
    found = evaluate(project, town, _scenario(change), indicators=["greenery_share_plans"])
    rows = _zones(found.as_dict(), "greenery_share_plans")
    assert rows["a"]["official"]["value"] == pytest.approx(50)
    assert rows["a"]["scenario"]["value"] == pytest.approx(100)
    assert found.measured[0].after.how == "incremental"
    pieces = pieces_geojson(project, found)["features"]
    # In the denominator, all plans, the same ground counts as before: no piece of it changed.
    assert [each["properties"]["change"] for each in pieces] == ["come"]
    assert {each["properties"]["scenario"] for each in pieces} == {"co-jesli"}
    come = [each["properties"] for each in pieces if each["properties"]["change"] == "come"]
    assert all(each["version"].endswith("+co-jesli") for each in come)
    area = sum(each["measure"] for each in come if each["part"] == "numerator")
    assert area == pytest.approx(500_000)


def test_a_class_that_comes_or_goes_is_told_as_a_class_and_not_as_a_zone(project, town):
    """Classes of a free field are those that stand in the data: here 1P goes and 2ZP comes."""
    card = project.indicators["zoning_classes"].model_copy(update={"by": "symbol", "headline": ""})
    mine = replace(project, indicators={**project.indicators, card.id: card})
    change = {"layer": "mpzp", "where": "symbol = '1P'", "set": {"use": "ZP", "symbol": "2ZP"}}
    found = evaluate(mine, town, _scenario(change), indicators=[card.id]).as_dict()
    (answer,) = found["indicators"]
    reasons = {
        each["class"]: {row["reason"] for row in (*each["zones"], each["whole"])}
        for each in answer["classes"]
    }
    assert reasons["2ZP"] == {"class_added"}
    assert reasons["1P"] == {"class_removed"}
    (row, *_) = next(each["zones"] for each in answer["classes"] if each["class"] == "2ZP")
    told = line(card, row, "en")
    assert told.official == told.difference == "the city's data have no such class"
    assert told.scenario.startswith("50")


def test_changes_follow_each_other(project, town):
    found = check(
        project, town,
        parse_scenario(_scenario(
            {"layer": "greenery", "add": [PARK]},
            {"layer": "greenery", "where": "kind = 'park'", "set": {"public": False}},
            {"layer": "greenery", "ids": ["g1"], "remove": True},
            {"layer": "greenery", "replace": [{"green_id": "g2", "name": "Nowy"}]},
        )),
    )[0]  # fmt: skip
    rows = {row["green_id"]: row for row in found.table.to_pylist()}
    assert set(rows) == {"new", "g2"}
    assert rows["new"]["public"] is False
    assert rows["g2"]["name"] == "Nowy"
    assert found.gone == ("g1", "g2")
    assert found.counts == {"added": 1, "replaced": 1, "set": 2, "removed": 1}


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"add": [{**PARK, "kind": "parkk"}]}, InputRefusedError, "parkk"),
        ({"add": [{**PARK, "kind": None}]}, InputRefusedError, "kind"),
        ({"add": [{**PARK, "flowers": 3}]}, UsageError, "flowers"),
        ({"add": [{**PARK, "green_id": "g1"}]}, UsageError, "g1"),
        ({"add": [{**PARK, "green_id": None}]}, UsageError, "green_id"),
        ({"add": [{**PARK, "geometry": None}]}, InputRefusedError, "geometry"),
        ({"add": [{**PARK, "geometry": "POLYGON ((0 0"}]}, InputRefusedError, "built"),
        ({"add": [{**PARK, "geometry": "POINT (503000 270000)"}]}, InputRefusedError, "Polygon"),
        ({"add": [{**PARK, "geometry": "POLYGON ((503000 270000, 503100 270100, "
           "503100 270000, 503000 270100, 503000 270000))"}]}, InputRefusedError, "Self-inter"),
        ({"add": [{**PARK, "geometry": "POLYGON ((270000 503000, 270100 503000, "
           "270100 503100, 270000 503000))"}]}, CRSMismatchError, "axes"),
        ({"replace": [{"green_id": "nobody"}]}, UsageError, "nobody"),
        ({"remove": True, "where": "kind = 'lake'"}, UsageError, "no feature"),
        ({"remove": True, "where": "kindd = 'park'"}, UsageError, "kindd"),
        ({"set": {"green_id": "z"}, "ids": ["g1"]}, UsageError, "id"),
        ({"remove": True}, UsageError, "which features"),
        ({"add": [PARK], "remove": True, "ids": ["g1"]}, UsageError, "one of"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_refused_in_words(project, town, change, error, words):
    with pytest.raises(error) as caught:
        run(project, town, _scenario({"layer": "greenery", **change}))
    assert words in f"{caught.value.what} {caught.value.fix}"
    assert caught.value.where
    assert caught.value.fix
    assert "--" not in caught.value.fix


def test_a_feature_that_is_named_twice_goes_once(project, town):
    change = {"layer": "greenery", "remove": True, "ids": ["g1", "g1"]}
    (found,) = check(project, town, parse_scenario(_scenario(change)))
    assert (found.gone, found.counts["removed"]) == (("g1",), 1)


@pytest.mark.parametrize("card", [None, "ndvi_mean"])
def test_a_city_without_districts_is_refused(project, demo_data, card):
    change = {"layer": "districts", "remove": True, "where": "district_id IS NOT NULL"}
    with pytest.raises(MeasureError, match="no zone is left"):
        run(project, demo_data, _scenario(change), indicators=card and [card], stranger=False)


def test_geometry_without_a_crs_is_refused(project, town):
    with pytest.raises(CRSMismatchError):
        run(project, town, _scenario({"layer": "greenery", "add": [PARK]}, crs=""))


def test_a_filter_over_a_private_field_is_refused(project, town):
    """How many features it takes would tell their people."""
    change = {"layer": "addresses", "where": "people > 5", "remove": True}
    with pytest.raises(UsageError, match="people"):
        run(project, town, _scenario(change), stranger=False)


def test_a_new_overlap_in_a_coverage_is_a_warning(project, town):
    area = {"area_id": "m9", "plan_id": "P", "symbol": "2P", "use": "P", "basis": "2003",
            "geometry": _box(400, 0, 600, 100)}  # fmt: skip
    result = run(project, town, _scenario({"layer": "mpzp", "add": [area]}), indicators=[])
    assert [each["code"] for each in result["changes"][0]["warnings"]] == ["coverage-overlap"]


def test_too_much_is_refused(project, town):
    with pytest.raises(LimitExceededError):
        read_scenario(b"x" * 6_000_000)
    many = [{**PARK, "green_id": str(i)} for i in range(20_001)]
    with pytest.raises(LimitExceededError):
        parse_scenario(_scenario({"layer": "greenery", "add": many}))


@pytest.mark.parametrize(
    "text", [b"- 1", b"{", b"\xff", b"name: &a x\ntitle: *a", b"[[[[", b"name: x", b"a: [" * 9999]
)
def test_what_is_no_scenario_is_refused(text):
    with pytest.raises(UsageError):
        read_scenario(text)


def _redrawn(border):
    return {
        "layer": "districts",
        "replace": [
            {"district_id": "a", "geometry": _box(0, 0, border, 1000)},
            {"district_id": "b", "geometry": _box(border, 0, 2000, 1000)},
        ],
    }


def test_a_stranger_cannot_tell_a_household_apart(project, town):
    """Zones drawn at will, addresses removed, a park drawn around a house: nothing of people."""
    for change in (
        _redrawn(970),
        {"layer": "addresses", "ids": ["x0"], "remove": True},
    ):
        result = run(project, town, _scenario(change))
        assert not {each["id"] for each in result["indicators"]} & PRIVATE
        assert {"greenery_per_person", "population_density"} <= set(result["skipped"])
    result = run(project, town, _scenario({"layer": "greenery", "add": [PARK]}))
    assert "greenery_within_300m" in result["skipped"]


def test_those_who_moved_are_hidden_from_the_city_too_when_they_are_few(project, town):
    """The border moves over an address of four: neither district's scenario is shown."""
    found = evaluate(project, town, _scenario(_redrawn(970)), indicators=["population_density"])
    rows = _zones(found.as_dict(), "population_density")
    for zone in ("a", "b"):
        assert rows[zone]["official"]["status"] == "ok"
        assert rows[zone]["scenario"]["status"] == "suppressed"
        assert rows[zone]["scenario"]["numerator"] is None
        assert rows[zone]["difference"] is None
    found = evaluate(project, town, _scenario(_redrawn(50)), indicators=["population_density"])
    rows = _zones(found.as_dict(), "population_density")
    assert rows["b"]["scenario"]["status"] == "ok"  # 604 moved
    assert "4" not in json.dumps(rows["a"]["scenario"]["numerator"])


def test_a_drawing_is_a_scenario_as_well(project, town):
    """GeoJSON in degrees, as RFC 7946 has it, and in EPSG:2180, as QGIS may write it."""
    shape = shapely.from_wkt(PARK["geometry"])
    fields = {key: PARK[key] for key in ("green_id", "kind", "public")}
    drawn = {
        "type": "FeatureCollection",
        "name": "Mój park",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2180"}},
        "features": [{"type": "Feature", "geometry": json.loads(shapely.to_geojson(shape)),
                      "properties": {"layer": "greenery", "change": "add", **fields}},
                     {"type": "Feature", "geometry": None,
                      "properties": {"layer": "greenery", "change": "remove", "id": "g2"}}],
    }  # fmt: skip
    scenario = read_scenario(json.dumps(drawn).encode())
    assert scenario.name == "moj-park"
    metres = check(project, town, scenario)[0]
    from geo.flow.seams import geojson_shapes

    drawn["features"][0]["geometry"] = geojson_shapes(np.array([shape]))[0]
    del drawn["crs"]
    degrees = check(project, town, parse_scenario(drawn))[0]
    assert metres.counts == degrees.counts == {"added": 1, "replaced": 0, "set": 0, "removed": 1}
    one, other = (table.geometries(each.table)[0] for each in (metres, degrees))
    assert shapely.hausdorff_distance(one, other) < 0.02
    del drawn["features"][0]["properties"]["layer"]
    with pytest.raises(UsageError, match="layer"):
        parse_scenario(drawn)


def test_the_base_is_what_the_published_values_name(project, town):
    result = run(project, town, _scenario({"layer": "greenery", "add": [PARK]}))
    cards = {each["id"]: each for each in result["indicators"]}
    assert cards["greenery_per_person"]["published"]
    assert set(cards["greenery_per_person"]["inputs"]) == {"districts", "greenery", "addresses"}


def test_a_scenario_is_kept_once_and_compared(project, town):
    one = evaluate(project, town, _scenario({"layer": "greenery", "add": [PARK]}))
    saved = save(project, town, one)
    assert save(project, town, one) == saved
    assert load(town, "co-jesli").result["digest"] == one.digest
    other = _scenario({"layer": "greenery", "ids": ["g1"], "remove": True})
    with pytest.raises(UsageError, match="kept already"):
        save(project, town, evaluate(project, town, other))
    save(project, town, evaluate(project, town, {**other, "name": "bez-parku"}))
    assert [each.name for each in kept(town)] == ["bez-parku", "co-jesli"]
    rows = compared(load(town, "co-jesli").result, load(town, "bez-parku").result)
    row = next(r for r in rows if r["indicator"] == "greenery_per_person" and r["zone_id"] == "a")
    assert row["difference"] == pytest.approx(row["bez-parku"] - row["co-jesli"])
    assert row["bez-parku"] < row["official"] < row["co-jesli"]
    assert "co-jesli" not in Catalog(town).served()


def test_an_indicator_that_one_scenario_measured_is_compared_all_the_same(project, town):
    green = run(project, town, _scenario({"layer": "greenery", "add": [PARK]}))
    plans = {"layer": "mpzp", "where": "use = 'P'", "set": {"use": "ZP", "symbol": "2ZP"}}
    zoning = run(project, town, {**_scenario(plans), "name": "plany"})
    rows = {(r["indicator"], r["zone_id"]): r for r in compared(green, zoning)}
    share = rows["greenery_share_plans", "a"]  # greenery is no layer of it: as published
    assert (share["co-jesli"], share["official"]) == (pytest.approx(50),) * 2
    assert (share["plany"], share["difference"]) == (pytest.approx(100), pytest.approx(50))
    park = rows["greenery_per_person", "a"]
    assert park["plany"] == park["official"] < park["co-jesli"]
    assert park["difference"] < 0
    only = ["greenery_per_person"]
    again = {**_scenario({"layer": "greenery", "ids": ["g1"], "remove": True}), "name": "mniej"}
    rows = compared(run(project, town, again, indicators=only), {**green, "indicators": []})
    assert {r["reason"] for r in rows} == {"unmeasured"}
    assert all(r["co-jesli"] is r["difference"] is None for r in rows)


def test_the_example_of_the_guide_runs_on_the_demo_city(project, demo_data):
    found = evaluate(project, demo_data, read_scenario(EXAMPLE.read_bytes(), EXAMPLE.name))
    result = found.as_dict()
    assert all(each["closes"] for each in result["indicators"])
    rows = _zones(result, "greenery_per_person")
    assert [zone for zone, row in rows.items() if row["changed"]] == ["bangow", "_all"]
    people = rows["bangow"]["scenario"]["denominator"]
    assert rows["bangow"]["difference"] == pytest.approx(45_696.0 / people, rel=1e-2)
    assert _zones(result, "greenery_share_plans")["bangow"]["difference"] > 2


def test_prepared_cards_are_kept_at_their_versions_and_a_bounded_number(project, town):
    plans = {name: plan(project, project.indicator(name)) for name in CARDS}
    served = Catalog(town).served()
    bases = Bases(project, town, plans.values(), most=1)

    def base(name, **other):
        inputs = {layer: served[layer] for layer in plans[name].layers} | other
        return bases.run(plans[name], inputs)

    one = base("greenery_share_plans")
    whole = bases.versions.whole("mpzp", served["mpzp"])
    bases.settle()
    assert base("greenery_share_plans") is one
    assert bases.versions.whole("mpzp", served["mpzp"]) is whole
    with pytest.raises(NotFoundError):
        base("greenery_share_plans", mpzp="20200101T000000Z-000000000000")
    base("population_density")
    bases.settle()
    assert bases.versions.whole("mpzp", served["mpzp"]) is not whole
    assert base("greenery_share_plans") is not one
