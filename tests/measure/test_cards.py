"""Every card's example through the engine, and what a value, a zero and a gap are."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from geo.errors import LedgerError, MeasureError
from geo.measure.card import measure
from geo.measure.evidence import evidence, family_of
from geo.measure.example import run_example, table_of
from geo.measure.inputs import features, zone_set
from geo.measure.ledger import require
from geo.measure.plan import plan
from geo.measure.verbs import VERBS, value_of
from geo.model import Indicator, Project, load_project
from geo.model.derived import denominator_in_evidence, evidence_geometry
from geo.model.indicator import UNCLASSIFIED
from geo.model.verbs import GRAMMAR

ROOT = Path(__file__).resolve().parents[2]
CARDS = sorted(load_project(ROOT).indicators)
THIRTEEN = {
    "greenery_share_plans", "greenery_share_district", "greenery_per_person", "bike_paths_sides",
    "bike_paths_geometry", "bike_paths_density", "population_density", "parcels_count",
    "parcels_mean_area", "residential_share", "schools_per_1000", "stops_density",
    "building_cover",
}  # fmt: skip
ZONES = {
    "a": "POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))",
    "b": "POLYGON ((10 0, 20 0, 20 10, 10 10, 10 0))",
    "c": "POLYGON ((20 0, 30 0, 30 10, 20 10, 20 0))",
}


def test_the_cards_that_were_promised_are_there():
    assert set(CARDS) >= THIRTEEN


@pytest.mark.parametrize("name", CARDS)
def test_the_example_by_hand_comes_out(project: Project, name):
    card = project.indicators[name]
    result = run_example(project, card)
    for name_of_class, expect in {
        card.headline: card.example.expect,
        **card.example.classes,
    }.items():
        got = {zone: answer.value for zone, answer in _of_class(result, name_of_class).items()}
        for zone, expected in expect.items():
            if expected is None:
                assert got[zone] is None, zone
            else:
                assert got[zone] == pytest.approx(expected, rel=1e-12, abs=1e-12), zone
    assert result.closes
    require(result.ledger)


def _of_class(result, name):
    """Return the answers of a class ("": all together), by zone."""
    groups = {"": result.values} | {each.name: each.values for each in result.classes}
    return dict(zip(result.zones.ids, groups[name], strict=True))


@pytest.mark.parametrize("name", CARDS)
def test_the_evidence_sums_to_the_stored_number_to_the_last_digit(project: Project, name):
    card = project.indicators[name]
    result = run_example(project, card)
    parts = evidence(result)
    assert parts[0].plan.role == "numerator"
    left_out = UNCLASSIFIED if result.plan.rule.below == "classified" else "nothing"
    for part in parts:
        amounts = [getattr(answer, part.plan.role) for answer in result.values]
        for zone, amount in enumerate(amounts):
            mine = (part.zone == zone) & (part.class_name != left_out)
            pieces = part.measure[mine].tolist()
            assert math.fsum(pieces) == (amount or 0.0)
            assert amount is not None or not pieces
    counted = parts[0].class_name != left_out
    assert [answer.pieces for answer in result.values] == [
        int(((parts[0].zone == zone) & counted).sum()) for zone in range(len(result.zones))
    ]
    for each in result.classes:
        for zone, answer in enumerate(each.values):
            mine = (parts[0].zone == zone) & (parts[0].class_name == each.name)
            assert math.fsum(parts[0].measure[mine].tolist()) == answer.numerator
            assert int(mine.sum()) == answer.pieces
    roles = [part.plan.role for part in parts]
    assert ("denominator" in roles) == denominator_in_evidence(project, card)
    family = {"Point": "point", "MultiLineString": "line", "MultiPolygon": "polygon"}
    assert family_of(result.plan.numerator) == family[evidence_geometry(project, card)]


@pytest.mark.parametrize("name", CARDS)
def test_a_card_speaks_to_a_person_in_both_languages(project: Project, name):
    card = project.indicators[name]
    for language in ("pl", "en"):
        assert len(card.caveat[language]) > 60
        assert any(digit in card.example.working[language] for digit in "0123456789")
        assert plan(project, card).explain(language)[0].endswith(card.per or project.site.zones)
    assert len(card.example.zones) >= 2


def _card(project: Project, base: str, **changes) -> Indicator:
    data = project.indicators[base].model_dump(by_alias=True) | changes
    return Indicator.model_validate(data)


def _run(project: Project, card: Indicator, zones=ZONES, **layers):
    example = card.example.model_copy(update={"zones": zones, "layers": layers})
    return run_example(project, card.model_copy(update={"example": example}))


def _statuses(result):
    return {
        zone: (answer.value, answer.status)
        for zone, answer in zip(result.zones.ids, result.values, strict=True)
    }


def _parcel(number, x, area=None):
    return {
        "parcel_id": f"247401_1.0001.{number}",
        "register_area_m2": area,
        "geometry": f"POLYGON (({x} 1, {x + 2} 1, {x + 2} 3, {x} 3, {x} 1))",
    }


def test_zero_null_and_not_computable_are_three_things(project: Project):
    rows = (_parcel(1, 1, 0.0), _parcel(2, 11, None), _parcel(3, 12, None))
    of = {"layer": "parcels", "field": "register_area_m2"}
    total = _run(project, _card(project, "parcels_mean_area", verb="sum", of=of), parcels=rows)
    assert _statuses(total) == {"a": (0.0, "ok"), "b": (None, "null"), "c": (0.0, "ok")}
    mean = _run(project, _card(project, "parcels_mean_area", of=of), parcels=rows)
    assert _statuses(mean) == {
        "a": (0.0, "ok"), "b": (None, "null"), "c": (None, "not_computable"),
    }  # fmt: skip
    assert mean.whole.value == 0.0
    assert mean.ledger[0].missing == 2
    assert (mean.whole.numerator, mean.whole.denominator) == (0.0, 1.0)


def test_a_mean_leaves_out_features_without_a_value(project: Project):
    rows = (_parcel(1, 1, 100.0), _parcel(2, 4, None), _parcel(3, 7, 300.0))
    of = {"layer": "parcels", "field": "register_area_m2"}
    result = _run(project, _card(project, "parcels_mean_area", of=of), parcels=rows)
    assert _statuses(result)["a"] == (200.0, "ok")
    assert result.values[0].pieces == 2


def test_the_city_is_a_sum_over_a_sum_and_not_a_mean(project: Project):
    result = run_example(project, project.indicators["bike_paths_density"])
    assert result.whole.value == pytest.approx(0.6)
    outside = result.ledger[0].outside
    assert outside == pytest.approx(100)


def _people(*rows):
    return tuple(
        {"address_id": str(number), "people": people, "geometry": f"POINT ({x} 5)"}
        for number, (x, people) in enumerate(rows)
    )


def test_a_small_group_is_hidden_with_its_complement(project: Project):
    card = project.indicators["population_density"]
    result = _run(project, card, addresses=_people((5, 900), (15, 7), (25, 50)))
    assert [answer.status for answer in result.values] == ["ok", "suppressed", "suppressed"]
    assert [answer.numerator for answer in result.values] == [900, None, None]
    assert [answer.denominator for answer in result.values] == [100, 100, 100]
    assert result.whole.numerator == 957
    numerator = evidence(result)[0]
    assert numerator.zone.tolist() == [0]
    assert numerator.feature_id.tolist() == [None]
    assert numerator.features.tolist() == [1]


def test_a_hidden_city_hides_its_ledger_too(project: Project):
    card = project.indicators["population_density"]
    result = _run(project, card, addresses=_people((5, 4)))
    assert [answer.status for answer in result.values] == ["suppressed", "ok", "ok"]
    assert result.whole.status == "suppressed"
    assert (result.ledger[0].whole, result.ledger[0].inside) == (None, None)
    assert result.ledger[0].closes


def test_few_people_outside_every_zone_are_hidden(project: Project):
    card = project.indicators["population_density"]
    result = _run(project, card, addresses=_people((5, 400), (15, 300), (25, 20), (99, 3)))
    entry = result.ledger[0]
    assert (entry.inside, entry.outside, entry.whole) == (720, None, None)
    assert entry.closes


def test_zones_that_overlap_are_told_and_the_city_counts_once(project: Project):
    zones = {"a": ZONES["a"], "b": "POLYGON ((8 0, 20 0, 20 10, 8 10, 8 0))"}
    rows = ({"building_id": "1", "geometry": "POLYGON ((0 0, 20 0, 20 10, 0 10, 0 0))"},)
    result = _run(project, project.indicators["building_cover"], zones, buildings=rows)
    for entry in result.ledger:
        assert (entry.inside, entry.whole, entry.repeated) == (220, 200, 20)
        assert entry.closes
    assert result.whole.value == pytest.approx(100)
    assert result.whole.denominator == 200


def test_a_ledger_that_does_not_close_names_the_feature(project: Project, monkeypatch):
    from geo.measure import kernels

    honest = kernels._outside

    def loses(*args):
        out = honest(*args)
        out[1] += 3.0
        return out

    monkeypatch.setattr(kernels, "_outside", loses)
    rows = (
        {"building_id": "fine", "geometry": "POLYGON ((1 1, 3 1, 3 3, 1 3, 1 1))"},
        {"building_id": "lost", "geometry": "POLYGON ((5 1, 7 1, 7 3, 5 3, 5 1))"},
    )
    result = _run(project, project.indicators["building_cover"], buildings=rows)
    assert not result.closes
    entry = result.ledger[0]
    assert entry.gap == pytest.approx(3 / 8)
    assert entry.worst.startswith("lost: +3")
    with pytest.raises(LedgerError, match="lost"):
        require(result.ledger)


def test_a_filter_or_weight_over_a_secret_field_is_refused(project: Project):
    secret = {"measure": "count", "layer": "addresses", "where": "people = 1"}
    with pytest.raises(MeasureError, match="not public"):
        plan(project, _card(project, "stops_density", of=secret))
    with pytest.raises(MeasureError, match="not public"):
        plan(
            project, _card(project, "stops_density", of=secret | {"where": "", "weight": "people"})
        )


def test_a_plan_reads_only_what_it_needs(project: Project):
    recipe = plan(project, project.indicators["greenery_per_person"])
    assert recipe.layers == ("districts", "greenery", "addresses")
    assert recipe.numerator.columns == ("green_id", "public", "kind")
    assert recipe.denominator is not None
    assert recipe.denominator.columns == ("address_id", "people")
    assert (recipe.denominator.private, recipe.denominator.persons) == (True, True)
    with pytest.raises(MeasureError, match="'rodzaj'"):
        of = {"layer": "stops", "measure": "count", "where": "rodzaj = 'x'"}
        plan(project, _card(project, "stops_density", of=of))


def test_every_verb_has_its_rule():
    assert set(VERBS) == set(GRAMMAR)
    assert value_of(0.0, 5.0, divided=True) == (0.0, "ok")
    assert value_of(3.0, 0.0, divided=True) == (None, "not_computable")
    assert value_of(None, 5.0, divided=True) == (None, "null")
    assert value_of(3.0, None, divided=True) == (None, "null")
    assert value_of(0.0, None, divided=False) == (0.0, "ok")


@pytest.mark.parametrize(
    ("wkt", "words"),
    [
        ("POLYGON ((0 0, 10 10, 10 0, 0 10, 0 0))", "not valid"),
        ("POINT (1 1)", "not a polygon"),
        ("POLYGON EMPTY", "missing or empty"),
        ("GEOMETRYCOLLECTION (POLYGON ((0 0, 1 0, 1 1, 0 0)))", "not a polygon"),
        ("POLYGON ((0 0, 1 0, 1 inf, 0 0))", "not a finite number"),
        ("POLYGON ((0 0, 1 0, nan 1, 0 0))", "not valid"),
        (
            "POLYGON ((6500000 5500000, 6500001 5500000, 6500000 5500001, 6500000 5500000))",
            "far outside the area of EPSG:2180",
        ),
        (None, "missing or empty"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")  # inf in from_wkt
def test_what_cannot_be_measured_is_refused_with_its_id(project: Project, wkt, words):
    layer = project.layers["buildings"]
    rows = [
        {"building_id": "good", "geometry": "POLYGON ((0 0, 1 0, 1 1, 0 0))"},
        {"building_id": "bad", "geometry": wkt},
    ]
    with pytest.raises(MeasureError, match=words) as caught:
        features(layer, table_of(layer, rows))
    assert caught.value.where == "buildings, feature bad"


@pytest.mark.parametrize("text", ["18.9 50.3, 19 50.3, 19 50.4, 18.9 50.3",
                                  "50.3 18.9, 50.3 19, 50.4 19, 50.3 18.9"])  # fmt: skip
def test_degrees_are_refused(project: Project, text):
    """Whole layers of them, in either order of axes; one such place alone may be metres."""
    layer = project.layers["buildings"]
    degrees = {"building_id": "first", "geometry": f"POLYGON (({text}))"}
    with pytest.raises(MeasureError, match="degrees") as caught:
        features(layer, table_of(layer, [degrees]))
    assert caught.value.where == "buildings, feature first"
    metres = {"building_id": "other", "geometry": "POLYGON ((0 0, 1 0, 1 1, 0 0))"}
    assert len(features(layer, table_of(layer, [degrees, metres]))) == 2


def test_a_number_that_is_none_is_refused_with_its_id(project: Project):
    layer = project.layers["parcels"]
    rows = [_parcel(1, 1, 5.0), _parcel(2, 4, float("nan"))]
    found = features(layer, table_of(layer, rows))
    with pytest.raises(MeasureError, match="register_area_m2") as caught:
        found.numbers("register_area_m2")
    assert "247401_1.0001.2" in caught.value.where


def test_zones_are_ordered_by_id_whatever_the_table(project: Project):
    layer = project.layers["districts"]
    rows = [{"district_id": z, "name": z.upper(), "geometry": ZONES[z]} for z in "cab"]
    zones = zone_set(features(layer, table_of(layer, rows)))
    assert zones.ids == ("a", "b", "c")
    assert zones.names == ("A", "B", "C")
    card = project.indicators["stops_density"]
    stops = project.layers["stops"]
    source = features(stops, table_of(stops, [{"stop_code": "1", "geometry": "POINT (10 5)"}]))
    result = measure(plan(project, card), zones, {"districts": zones.features, "stops": source})
    assert [answer.numerator for answer in result.values] == [1, 0, 0]
