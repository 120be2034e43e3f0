"""A weight of modelled people on the way through the house: values, evidence, versions, flags."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
import shapely

from geo.flow.change import change
from geo.flow.compute import compute
from geo.flow.evidence import pieces
from geo.flow.results import load_results
from geo.flow.scenario import evaluate
from geo.measure.example import table_of
from geo.model import Project, Term
from geo.model.derived import VALUES, evidence_layer
from geo.model.indicator import Target
from geo.store import table
from geo.store.catalog import Catalog
from geo.store.snapshot import read_table, write_snapshot

CARD = "school_walk_800"


@pytest.fixture
def weighed(project: Project) -> Project:
    """A city whose card weighs a share within 300 m of greenery by modelled people."""
    card = project.indicator(CARD).model_copy(update={
        "of": Term(layer="buildings", weight="residents_modelled"),
        "to": Target(layer="greenery", where="public = true"),
        "distance": 300.0,
    })  # fmt: skip
    return replace(project, indicators=MappingProxyType({CARD: card}))


def _box(x: float, y: float, side: float, high: float | None = None) -> str:
    east, north = 505_000 + x, 270_000 + y
    return shapely.box(east, north, east + side, north + (high or side)).wkt


def _publish(project: Project, root: Path, layer_id: str, rows: list[dict[str, object]]) -> str:
    layer = project.layers[layer_id]
    made = table_of(layer, rows)
    made = table.with_geometries(made, table.promote(table.geometries(made), layer.geometry))
    snapshot = write_snapshot(root, layer, made, source_name="town.gpkg")
    Catalog(root).publish(snapshot)
    return snapshot.version


def _house(name: str, x: float, floors: int) -> dict[str, object]:
    return {"building_id": name, "function": "residential", "floors": floors,
            "geometry": _box(x, 0, 10)}  # fmt: skip


@pytest.fixture
def root(weighed: Project, tmp_path: Path) -> Path:
    _publish(weighed, tmp_path, "districts", [
        {"district_id": name, "name": name, "geometry": _box(x, 0, 1000, 400)}
        for name, x in (("a", 0), ("b", 1000))
    ])  # fmt: skip
    # One area over both districts: who lives in b decides how many do in a.
    _publish(weighed, tmp_path, "census_areas", [
        {"area_id": "r", "residents": 200, "geometry": _box(0, 0, 2000, 400)}
    ])  # fmt: skip
    _publish(weighed, tmp_path, "greenery", [
        {"green_id": "g", "kind": "park", "public": True, "geometry": _box(0, 0, 100)}
    ])  # fmt: skip
    houses = [_house("h1", 300, 1), _house("h3", 500, 3), _house("k", 1500, 4)]
    _publish(weighed, tmp_path, "buildings", houses)
    return tmp_path


def test_values_and_evidence_on_demand(weighed: Project, root: Path) -> None:
    (done,) = compute(weighed, root)
    assert done.closes
    results = load_results(weighed, root, CARD)
    assert [row.value for row in results.rows] == [25.0, 0.0]
    assert [row.denominator for row in results.rows] == [100.0, 100.0]
    # The evidence of one district knows the houses of the other: they share an area's people.
    for row in results.rows:
        found = pieces(weighed, root, CARD, row.zone_id)
        assert found.sums["denominator"] == row.denominator
        assert found.sums["numerator"] == row.numerator
        assert found.inputs["census_areas"] == Catalog(root).served()["census_areas"]


def test_the_flag_goes_with_the_number(weighed: Project, project: Project, root: Path) -> None:
    compute(weighed, root)
    values = Catalog(root).current(VALUES)
    assert values is not None
    assert set(read_table(values, ["modelled"]).column(0).to_pylist()) == {True}
    card = weighed.indicator(CARD)
    assert card.modelled is not None
    assert card.modelled.pl in evidence_layer(weighed, card).description.pl
    assert card.modelled.en in evidence_layer(weighed, card).description.en
    plain = project.indicator("parcels_count")
    assert plain.modelled is None
    assert plain.definition.en in evidence_layer(project, plain).description.en


def test_two_versions_of_what_people_are_laid_on(weighed: Project, root: Path) -> None:
    """A house more in b takes people from every house of the area."""
    compute(weighed, root)
    houses = [_house("h1", 300, 2), _house("h3", 500, 3), _house("k", 1500, 5)]
    _publish(weighed, root, "buildings", houses)
    found = change(weighed, root, "buildings", indicators=[CARD]).indicators[CARD]
    assert [each.then.value for each in found if each.then] == [25.0, 0.0, 12.5]
    assert [each.now.value for each in found if each.now] == [40.0, 0.0, 20.0]


def test_two_versions_of_the_totals(weighed: Project, root: Path) -> None:
    _publish(weighed, root, "census_areas", [
        {"area_id": "r", "residents": 400, "geometry": _box(0, 0, 2000, 400)}
    ])  # fmt: skip
    found = change(weighed, root, "census_areas", indicators=[CARD]).indicators[CARD]
    assert [each.now.denominator for each in found if each.now] == [200.0, 200.0, 400.0]
    assert [each.difference for each in found] == [0.0, 0.0, 0.0]


def test_what_if_a_house_is_built(weighed: Project, root: Path) -> None:
    """Its people come from all houses of its area: 200 over 12 floors, to whole persons."""
    compute(weighed, root)
    change_ = {"layer": "buildings", "add": [_house("new", 1700, 4)]}
    asked = {"name": "dom", "title": {"pl": "Dom", "en": "House"}, "crs": "EPSG:2180",
             "changes": [change_]}  # fmt: skip
    found = evaluate(weighed, root, asked, indicators=[CARD]).as_dict()
    (answer,) = found["indicators"]
    rows = {row["zone_id"]: row["scenario"] for row in answer["zones"]}
    # 16 2/3, 50, 66 2/3 and 66 2/3; the two left go to the greatest remainders, the first of equal.
    assert (rows["a"]["numerator"], rows["a"]["denominator"]) == (17.0, 67.0)
    assert (rows["b"]["numerator"], rows["b"]["denominator"]) == (0.0, 133.0)
