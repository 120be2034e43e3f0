"""Two published versions of a layer, side by side."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import shapely

from geo.cli import main
from geo.errors import NotFoundError, UsageError
from geo.flow.change import change
from geo.measure.example import table_of
from geo.store import Catalog, table, write_snapshot

ROOT = Path(__file__).resolve().parents[2]


def box(x0, y0, x1, y1):
    return shapely.box(505_000 + x0, 270_000 + y0, 505_000 + x1, 270_000 + y1).wkt


DISTRICTS = [
    {"district_id": "a", "name": "A", "geometry": box(0, 0, 100, 100)},
    {"district_id": "b", "name": "B", "geometry": box(100, 0, 200, 100)},
]
BEFORE = [
    {"area_id": "1", "basis": "2003", "use": "ZP", "geometry": box(0, 0, 50, 100)},
    {"area_id": "2", "basis": "2003", "use": "MN", "geometry": box(150, 0, 200, 100)},
    {"area_id": "3", "basis": "2003", "use": "ZP", "geometry": box(60, 0, 70, 10)},
]
AFTER = [
    {"area_id": "1", "basis": "2003", "use": "ZP", "geometry": box(0, 0, 40, 100)},
    {"area_id": "2", "basis": "2003", "use": "ZP", "geometry": box(150, 0, 200, 100)},
    {"area_id": "4", "basis": "2003", "use": "U", "geometry": box(110, 0, 120, 10)},
]


@pytest.fixture
def town(project, tmp_path):
    def put(layer_id, rows):
        layer = project.layers[layer_id]
        made = table_of(layer, rows)
        made = table.with_geometries(made, table.promote(table.geometries(made), layer.geometry))
        snapshot = write_snapshot(tmp_path, layer, made, source_name="x")
        Catalog(tmp_path).publish(snapshot)
        return snapshot.version

    put("districts", DISTRICTS)
    return tmp_path, put("mpzp", BEFORE), put("mpzp", AFTER)


def test_features_ground_and_answers_by_hand(project, town):
    root, old, new = town
    found = change(project, root, "mpzp", by="use", indicators=["greenery_share_district"])
    assert (found.then, found.now) == (old, new)
    said = found.comparison
    assert (said.added, said.removed, said.same) == (("4",), ("3",), 0)
    assert [(each.id, each.moved_m, each.fields) for each in said.changed] == [
        ("1", 10.0, ()),
        ("2", 0.0, ("use",)),
    ]
    ground = found.transition
    assert ground.classes == ("MN", "U", "ZP", "_none")
    assert ground.area_m2.tolist() == [
        [0, 0, 5000, 0],
        [0, 0, 0, 0],
        [0, 0, 4000, 1100],
        [0, 100, 0, 0],
    ]
    assert ground.closes
    by_zone = {each.zone: each for each in found.indicators["greenery_share_district"]}
    # a: 5000 + 100 of 10 000 m2, then 4000; b: none, then 5000.
    assert (by_zone["a"].then.value, by_zone["a"].now.value) == (51.0, 40.0)
    assert by_zone["a"].difference == pytest.approx(-11.0)
    assert by_zone["b"].difference == pytest.approx(50.0)
    assert by_zone[""].difference == pytest.approx((50 - 11) / 2)  # two districts of one size


def test_the_other_way_round(project, town):
    root, old, new = town
    there = change(project, root, "mpzp", by="use")
    back = change(project, root, "mpzp", then=new, now=old, by="use")
    assert back.comparison.added == there.comparison.removed
    assert (back.transition.area_m2 == there.transition.area_m2.T).all()


def test_on_the_command_line(town, capsys):
    root, old, new = town
    words = ["change", "mpzp", "--data", str(root), "--project", str(ROOT)]
    main([*words, "--by", "use", "--indicator", "greenery_share_district", "--lang", "en"])
    text = capsys.readouterr().out
    assert "added 1, removed 1, changed 2, unchanged 0" in text
    assert "~ 1: outline moved by 10.00 m" in text and "~ 2: use" in text
    assert "the parts add up" in text
    assert "WHOLE CITY" in text
    main([*words, "--json", "--from", old, "--to", new])
    document = json.loads(capsys.readouterr().out)
    assert document["features"]["added"] == ["4"]
    assert document["ground"]["closes"] is True


def test_what_has_no_answer_is_refused(project, town):
    root, old, _ = town
    with pytest.raises(NotFoundError, match="before"):
        change(project, root, "mpzp", now=old)
    with pytest.raises(NotFoundError, match="nothing is published"):
        change(project, root, "stops")
    with pytest.raises(UsageError, match="does not read"):
        change(project, root, "mpzp", indicators=["stops_density"])
    with pytest.raises(UsageError, match="not public"):
        change(project, root, "districts", indicators=["population_density"])
    with pytest.raises(NotFoundError):
        change(project, root, "mpzp", then="20200101T000000Z-00000000")
