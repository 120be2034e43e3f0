"""Evidence made on demand is the evidence that was stored, and adds up to the published number."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyogrio
import pytest
import shapely

from geo import crs
from geo.errors import IntegrityError, NotFoundError
from geo.flow.compute import compute
from geo.flow.evidence import pieces, write_pieces
from geo.flow.results import load_results
from geo.measure.example import table_of
from geo.model import load_project
from geo.model.derived import WHOLE, evidence_id
from geo.store import table
from geo.store.catalog import Catalog
from geo.store.snapshot import read_table, write_snapshot

CARDS = sorted(load_project(Path(__file__).resolve().parents[2]).indicators)


def _stored(root, card, zone):
    found = read_table(Catalog(root).current(evidence_id(card)))
    return found.filter(pc.equal(found.column("zone_id"), zone)).sort_by("piece_id")


@pytest.mark.parametrize("card", CARDS)
def test_pieces_on_demand_are_those_that_were_stored(project, demo_data, card):
    """One zone of each card of the demo city: ids, measures, classes, versions and places."""
    results = load_results(project, demo_data, card)
    row = min((each for each in results.rows if each.pieces), key=lambda each: each.pieces)
    found = pieces(project, demo_data, card, row.zone_id)
    want, got = _stored(demo_data, card, row.zone_id), found.table.sort_by("piece_id")
    assert found.total == len(want) > 0
    assert got.drop_columns("geometry").equals(want.drop_columns("geometry"))
    one, other = table.geometries(got), table.geometries(want)
    for size in (shapely.area, shapely.length, shapely.bounds):
        np.testing.assert_allclose(size(one), size(other), rtol=1e-12, atol=1e-6)
    if not results.headline:
        assert found.sums["numerator"] == row.numerator


def test_a_page_is_a_part_of_all_pieces(project, demo_data):
    whole = pieces(project, demo_data, "stops_density", "centrum")
    ids = whole.table.column("piece_id").to_pylist()
    for offset in (0, 7, whole.total - 1, whole.total):
        page = pieces(project, demo_data, "stops_density", "centrum", offset=offset, limit=7)
        assert page.table.column("piece_id").to_pylist() == ids[offset : offset + 7]
        assert page.total == whole.total
        assert page.sums == whole.sums


def test_every_zone_at_once(project, demo_data):
    found = pieces(project, demo_data, "stops_density", WHOLE)
    results = load_results(project, demo_data, "stops_density")
    assert found.total == sum(row.pieces for row in results.rows)
    assert found.sums["numerator"] == math.fsum(row.numerator for row in results.rows)


def test_an_unknown_zone_is_told_with_those_that_are(project, demo_data):
    with pytest.raises(NotFoundError, match="nowhere") as caught:
        pieces(project, demo_data, "stops_density", "nowhere")
    assert "centrum" in caught.value.fix


@pytest.mark.parametrize(("suffix", "driver"), [("gpkg", "GPKG"), ("geojson", "GeoJSON")])
def test_pieces_leave_as_a_file_that_gis_opens(project, demo_data, tmp_path, suffix, driver):
    found = pieces(project, demo_data, "bike_paths_sides", "centrum")
    path = tmp_path / f"pieces.{suffix}"
    write_pieces(path, found, driver)
    frame = pyogrio.read_dataframe(path)
    assert math.fsum(frame["measure"]) == pytest.approx(found.sums["numerator"], rel=1e-12)
    assert crs.same(frame.crs, crs.METRIC if suffix == "gpkg" else crs.CRS84)
    bounds = frame.to_crs(2180).total_bounds
    assert 490_000 < bounds[0] < 515_000 < 520_000
    assert 255_000 < bounds[1] < 285_000


def _publish(project, root, layer_id, rows):
    layer = project.layers[layer_id]
    made = table_of(layer, rows)
    made = table.with_geometries(made, table.promote(table.geometries(made), layer.geometry))
    Catalog(root).publish(write_snapshot(root, layer, made, source_name="town.gpkg"))


def _square(x, y, side):
    return shapely.box(505_000 + x, 270_000 + y, 505_000 + x + side, 270_000 + y + side).wkt


@pytest.fixture
def town(project, tmp_path):
    zones = [("a", 0), ("b", 100)]
    _publish(project, tmp_path, "districts", [
        {"district_id": name, "name": name, "geometry": _square(x, 0, 100)} for name, x in zones
    ])  # fmt: skip
    # b2 lies in a alone, but its ground is decided by b1, whose box never meets that of a.
    chain = {"b1": (130, 0), "b2": (90, 0), "b0": (160, 10)}
    _publish(project, tmp_path, "buildings", [
        {"building_id": name, "function": "services", "floors": 1, "geometry": _square(x, y, 50)}
        for name, (x, y) in chain.items()
    ])  # fmt: skip
    compute(project, tmp_path, ["building_cover"])
    return tmp_path


def test_ground_that_counts_once_looks_at_neighbours_beyond_the_zone(project, town):
    for row in load_results(project, town, "building_cover").rows:
        assert pieces(project, town, "building_cover", row.zone_id).sums["numerator"] == (
            row.numerator
        )


def test_the_versions_are_those_of_the_number_not_those_of_today(project, town):
    before = pieces(project, town, "building_cover", "a")
    _publish(project, town, "buildings", [
        {"building_id": "z", "function": "services", "floors": 1, "geometry": _square(0, 0, 5)}
    ])  # fmt: skip
    after = pieces(project, town, "building_cover", "a")
    assert after.table.equals(before.table)
    assert after.inputs == before.inputs != Catalog(town).served()


def test_pieces_that_do_not_make_the_number_are_refused(project, town, monkeypatch):
    from dataclasses import replace

    from geo.flow import evidence

    results = load_results(project, town, "building_cover")
    wrong = tuple(replace(row, numerator=row.numerator * (1 + 1e-6)) for row in results.rows)
    wrong = replace(results.together, rows=wrong)
    monkeypatch.setattr(evidence, "load_results", lambda *_: replace(results, together=wrong))
    with pytest.raises(IntegrityError, match="add up"):
        pieces(project, town, "building_cover", "a")


def test_a_window_reads_what_meets_its_box(project, demo_data):
    snapshot = Catalog(demo_data).current("buildings")
    whole = read_table(snapshot, ["building_id", "geometry"])
    boxes = shapely.bounds(table.geometries(whole))
    west, south = np.median(boxes[:, :2], axis=0).tolist()
    east, north = west + 400, south + 400
    found = read_table(snapshot, ["building_id"], (west, south, east, north))
    meets = (boxes[:, 0] <= east) & (boxes[:, 2] >= west)
    meets &= (boxes[:, 1] <= north) & (boxes[:, 3] >= south)
    expected = np.array(whole.column("building_id").to_pylist())[meets].tolist()
    assert 0 < len(expected) < len(whole)
    assert found.column("building_id").to_pylist() == expected
    assert len(read_table(snapshot, ["building_id"], (0.0, 0.0, 1.0, 1.0))) == 0
    with pytest.raises(NotFoundError, match="nothing"):
        read_table(snapshot, ["nothing"], (0.0, 0.0, 1.0, 1.0))
