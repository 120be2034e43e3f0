"""Classes and cells from published layers to published values, evidence and pages."""

from __future__ import annotations

import math
from dataclasses import replace
from types import MappingProxyType

import pyarrow as pa
import pytest
import shapely

from geo.flow.compute import compute
from geo.flow.results import load_all, load_results
from geo.measure.example import table_of
from geo.model import Indicator
from geo.model.derived import VALUES, WHOLE, evidence_id, evidence_layer, values_layer
from geo.model.indicator import UNCLASSIFIED
from geo.store import table
from geo.store.catalog import Catalog
from geo.store.query import open_serve
from geo.store.snapshot import read_table, write_snapshot
from geo.view.answer import load_answer
from geo.view.groups import bar
from geo.view.portal.export import as_csv

EAST, NORTH = 505_000, 270_000


def _box(x0, y0, x1, y1):
    return shapely.box(EAST + x0, NORTH + y0, EAST + x1, NORTH + y1).wkt


TOWN = {
    "districts": [
        {"district_id": "a", "name": "Ada", "geometry": _box(0, 0, 1000, 1000)},
        {"district_id": "b", "name": "Ewa", "geometry": _box(1000, 0, 2000, 1000)},
    ],
    "mpzp": [
        {"area_id": "1", "plan_id": "p", "symbol": "1MN", "use": "MN", "basis": "2003",
         "geometry": _box(0, 0, 600, 1000)},
        {"area_id": "2", "plan_id": "p", "symbol": "1U", "use": "U", "basis": "2003",
         "geometry": _box(600, 0, 1200, 1000)},
        {"area_id": "3", "plan_id": "p", "symbol": "1WS", "use": "WS", "basis": "2003",
         "geometry": _box(1200, 0, 1300, 1000)},
    ],
    "addresses": [
        {"address_id": str(n), "label": "x", "people": 40,
         "geometry": f"POINT ({EAST + 100 * n + 50} {NORTH + 500})"}
        for n in range(20)
    ],
    "schools": [
        {"school_id": "s", "name": "SP", "level": "primary",
         "geometry": f"POINT ({EAST + 50} {NORTH + 500})"}
    ],
}  # fmt: skip


@pytest.fixture
def publish(project, tmp_path):
    def go(layer_id):
        layer = project.layers[layer_id]
        made = table_of(layer, TOWN[layer_id])
        shapes = table.promote(table.geometries(made), layer.geometry)
        snapshot = write_snapshot(
            tmp_path, layer, table.with_geometries(made, shapes), source_name="town.gpkg"
        )
        Catalog(tmp_path).publish(snapshot)

    for layer_id in TOWN:
        go(layer_id)
    return tmp_path


def _project(project, base, **changes):
    """Return the project with one card changed."""
    data = project.indicators[base].model_dump(by_alias=True) | changes
    card = Indicator.model_validate(data)
    return replace(project, indicators=MappingProxyType({**project.indicators, base: card}))


def test_a_value_for_each_class_and_the_rest_apart(project, publish):
    (done,) = compute(project, publish, ["zoning_classes"])
    assert done.closes
    found = load_results(project, publish, "zoning_classes")
    assert found.headline == "services"
    assert [row.value for row in found.rows] == [40.0, 100.0]
    assert found.whole.value == 50.0
    # The largest first, what has no class last.
    names = [group.id for group in found.classes]
    assert set(names[:2]) == {"housing", "services"}
    assert names[-1] == UNCLASSIFIED
    rest = found.classes[-1]
    assert [row.status for row in rest.rows] == ["unclassified"] * 2
    assert rest.whole.numerator == 100_000
    assert found.ledger["numerator"]["unclassified"] == 100_000
    assert found.classes[0].title.en in ("housing", "services")
    for zone in range(2):
        shares = [group.rows[zone].value for group in found.classes[:-1]]
        assert math.fsum(shares) == pytest.approx(100)


def test_the_rows_of_the_values_layer_name_their_class(project, publish):
    compute(project, publish, ["zoning_classes", "school_distance"])
    snapshot = Catalog(publish).current(VALUES)
    rows = read_table(snapshot).to_pylist()
    assert len({row["value_id"] for row in rows}) == len(rows)
    mine = [row for row in rows if row["indicator"] == "zoning_classes"]
    assert {row["class"] for row in mine} == {
        None, "housing", "services", "production", "greenery", "farming", "transport", "_none",
    }  # fmt: skip
    shown = [row for row in mine if row["headline"]]
    assert {row["class"] for row in shown} == {"services"}
    assert {row["zone_id"] for row in shown} == {"a", "b", WHOLE}
    total = [row for row in mine if row["class"] is None]
    assert [row["value"] for row in total] == [100.0] * 3
    other = [row for row in rows if row["indicator"] == "school_distance"]
    assert all(row["headline"] and row["class"] is None for row in other)
    assert "class" in open_serve(snapshot).fields


def test_the_evidence_of_a_class_sums_to_its_numerator(project, publish):
    compute(project, publish, ["zoning_classes"])
    snapshot = Catalog(publish).current(evidence_id("zoning_classes"))
    pieces = read_table(snapshot).to_pylist()
    for group in load_results(project, publish, "zoning_classes").classes:
        for row in group.rows:
            mine = [p["measure"] for p in pieces
                    if (p["zone_id"], p["class"]) == (row.zone_id, group.id)]  # fmt: skip
            assert (math.fsum(mine), len(mine)) == (row.numerator, row.pieces)


def test_the_evidence_of_a_distance_is_lines(project, publish):
    compute(project, publish, ["school_distance"])
    layer = evidence_layer(project, project.indicators["school_distance"])
    assert layer.geometry == "MultiLineString"
    found = read_table(Catalog(publish).current(layer.id))
    lengths = shapely.length(table.geometries(found))
    assert lengths == pytest.approx(found.column("measure").to_numpy(), abs=1e-6)
    assert found.column("reading").to_pylist() == found.column("measure").to_pylist()
    whole = load_results(project, publish, "school_distance").whole
    assert whole.value == pytest.approx(sum(100 * n for n in range(20)) / 20)
    assert math.fsum(found.column("measure").to_pylist()) == whole.numerator


@pytest.mark.parametrize("per", [{"grid": 500}, {"h3": 9}])
def test_cells_are_zones_with_names_geometry_and_a_city_that_sums(project, publish, per):
    changed = _project(
        project, "greenery_share_plans", verb="area", unit="ha", over=None, per=per,
        of={"layer": "mpzp"}, by="use",
    )  # fmt: skip
    (done,) = compute(changed, publish, ["greenery_share_plans"])
    assert done.closes
    found = load_results(changed, publish, "greenery_share_plans")
    assert set(found.inputs) == {"districts", "mpzp"}
    assert found.whole.value == pytest.approx(130.0)
    assert math.fsum(row.value for row in found.rows) == pytest.approx(130.0)
    if "grid" in per:
        assert len(found.rows) == 8
        assert found.rows[0].zone_id == "500mN270000E505000"
    rows = read_table(Catalog(publish).current(VALUES))
    assert set(rows.column("zones").to_pylist()) == {
        f"{next(iter(per))}_{next(iter(per.values()))}"
    }
    answer = load_answer(changed, publish, "greenery_share_plans")
    assert len(answer.geometries) >= len(answer.rows)
    assert "<svg" in answer.picture("pl")
    assert answer.zones.title["en"].startswith(("Grid of 500 m", "H3 hexagons"))


def test_a_private_denominator_over_cells_has_a_version_of_its_own(project, publish):
    changed = _project(project, "population_density", per={"grid": 1000})
    (done,) = compute(changed, publish, ["population_density"])
    assert done.closes
    evidence = read_table(Catalog(publish).current("evidence_population_density"))
    assert set(evidence.column("layer").to_pylist()) == {"addresses", "grid_1000"}
    versions = set(evidence.column("version").to_pylist())
    assert versions == set(done.inputs.values())


def test_a_page_and_a_table_tell_the_classes(project, publish):
    compute(project, publish, ["zoning_classes", "school_distance"])
    answer = load_answer(project, publish, "zoning_classes")
    assert [row.result.value for row in answer.rows] == [100.0, 40.0]
    parts = bar(answer.card, answer.groups, "a")
    assert [part.width for part in parts] == [60.0, 40.0]
    assert parts[1].start == 60.0
    lines = as_csv(answer, "en").splitlines()
    assert lines[0].split(",")[2] == "class"
    assert len(lines) == 1 + 3 * len(answer.groups)
    plain = load_answer(project, publish, "school_distance")
    assert plain.groups == ()
    assert bar(plain.card, plain.groups) == ()
    assert "class" not in as_csv(plain, "en").splitlines()[0].split(",")
    assert plain.numerator_unit == "m"


def test_values_of_an_earlier_release_are_computed_again_and_it_is_said(project, publish):
    compute(project, publish, ["zoning_classes", "school_distance"])
    layer = values_layer(project)
    now = read_table(Catalog(publish).current(VALUES))
    older = layer.model_copy(
        update={"fields": tuple(f for f in layer.fields if not f.name.startswith("class"))}
    )
    names = [field.name for field in older.fields]
    rows = now.filter(pa.array([each is None for each in now.column("class").to_pylist()]))
    before = write_snapshot(
        publish, older, rows.select([*names, "geometry"]), source_name="computed"
    )
    Catalog(publish).publish(before)
    assert load_all(publish) == {}
    done = compute(project, publish, ["school_distance"])
    assert [(each.indicator, bool(each.why)) for each in done] == [
        ("school_distance", False), ("zoning_classes", True),
    ]  # fmt: skip
    assert set(load_all(publish)) == {"school_distance", "zoning_classes"}
