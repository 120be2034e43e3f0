"""A border that was redrawn as people do it: ground added to one district, taken from another.

GEOS leaves slits of a nanometre where an arc meets the old border. In degrees, whether they are
written with 7 decimals or with 15, such a border crosses itself.
"""

from __future__ import annotations

import json
import time

import numpy as np
import pytest
import shapely

from geo import crs
from geo.errors import InputRefusedError
from geo.flow.fitting import mended
from geo.flow.scenario import check, evaluate
from geo.model.scenario import parse_scenario
from geo.store import Catalog
from geo.store.snapshot import read_table
from geo.store.table import geometries

IDS = ("michalkowice", "centrum")


@pytest.fixture(scope="module")
def districts(demo_data):
    table = read_table(Catalog(demo_data).current("districts"))
    return dict(zip(table.column("district_id").to_pylist(), geometries(table), strict=True))


def redrawn(districts, radius):
    """Give the ground around the middle of two districts' border to the first of them."""
    one, other = (districts[each] for each in IDS)
    middle = shapely.line_merge(one.intersection(other)).interpolate(0.5, normalized=True)
    larger = one.union(middle.buffer(radius).intersection(other))
    return larger, other.difference(larger)


def drawing(shapes, decimals):
    degrees = crs.reproject(np.array(shapes, dtype=object), crs.METRIC, crs.CRS84)
    rounded = shapely.transform(degrees, lambda xy: np.round(xy, decimals))
    return {
        "type": "FeatureCollection",
        "title": "Granica",
        "features": [
            {"type": "Feature", "geometry": json.loads(shapely.to_geojson(shape)),
             "properties": {"layer": "districts", "change": "replace", "district_id": each}}
            for each, shape in zip(IDS, rounded, strict=True)
        ],
    }  # fmt: skip


@pytest.mark.parametrize("radius", [100, 200, 400])
@pytest.mark.parametrize("decimals", [7, 15])
def test_a_border_that_was_valid_where_it_was_drawn_is_taken(
    project, demo_data, districts, radius, decimals
):
    wanted = redrawn(districts, radius)
    assert shapely.is_valid(wanted).all()
    given = drawing(wanted, decimals)
    first = shapely.from_geojson(json.dumps(given["features"][0]["geometry"]))
    assert not shapely.is_valid(first)
    (found,) = check(project, demo_data, parse_scenario(given))
    shapes = shapely.from_wkb(found.table.column("geometry").to_numpy())
    assert shapely.is_valid(shapes).all()
    # A centimetre along what was drawn anew, and nothing along what was not.
    most = 1e-6 if decimals == 15 else 0.01 * 2 * np.pi * radius
    assert np.abs(shapely.area(shapes) - shapely.area(wanted)).max() < most
    assert found.counts["fitted"] > 900
    said = [each for each in found.report.issues if each.code == "threads-cut"]
    assert len(said) == 1 if decimals == 7 else len(said) <= 1
    for each in said:
        assert "EPSG:2180: 501" in each.what["en"]


def test_its_numbers_close_and_the_city_keeps_its_own(project, demo_data, districts):
    given = parse_scenario(drawing(redrawn(districts, 400), 7))
    found = evaluate(project, demo_data, given, indicators=["greenery_share_district"])
    (card,) = found.as_dict()["indicators"]
    assert card["closes"]
    assert card["whole"]["difference"] == pytest.approx(0.0, abs=1e-6)
    assert {each["zone_id"] for each in card["zones"]} >= set(IDS)


def test_a_loop_and_a_bow_tie_are_still_refused(project, demo_data, districts):
    one, other = redrawn(districts, 200)
    ring = shapely.get_coordinates(one.exterior)
    at = ring[40]
    loop = np.array([[0, 0], [0.5, 0.5], [0.5, 0], [0, 0.5]])  # crosses itself: half a metre
    bad = shapely.Polygon(np.vstack((ring[:41], at + loop, ring[41:])))
    with pytest.raises(InputRefusedError, match="invalid"):
        check(project, demo_data, parse_scenario(drawing((bad, other), 15)))


def test_a_scribble_is_not_cut_to_pieces_first():
    """Two thousand segments that all cross: cutting them took 20 s and 1.2 GB."""
    at = np.random.default_rng(1).uniform(0, 5000, (2000, 2)) + np.array([503_000, 270_000])
    scribble = np.array([shapely.Polygon(at)], dtype=object)
    begun = time.thread_time()
    found, where = mended(scribble)
    assert time.thread_time() - begun < 2
    assert where == {}
    assert found[0] is scribble[0]


@pytest.mark.parametrize("multi", [False, True])
@pytest.mark.parametrize(
    ("ring", "cut"),
    [
        ([(0, 0), (10, 0), (10, 10), (5, 10), (5, 19), (5, 10), (0, 10)], True),  # a spike
        ([(0, 0), (10, 0), (10, 10), (5.002, 10), (5, 4), (5.004, 4), (4.998, 10), (0, 10)], True),
        ([(0, 0), (10, 0), (10, 10), (5.02, 10), (4.9, 4), (5.1, 4), (4.98, 10), (0, 10)], False),
        ([(0, 0), (10, 10), (10, 0), (0, 10)], False),
        ([(0, 0), (0.001, 0), (0.001, 0.001), (0.0, 0.0)], False),
    ],
)
def test_only_what_is_thinner_than_a_centimetre_is_cut(ring, cut, multi):
    drawn = np.array([shapely.Polygon(ring), shapely.box(0, 0, 1, 1), None], dtype=object)
    drawn[0] = shapely.transform(drawn[0], lambda xy: xy + np.array([503_000.0, 270_000.0]))
    if multi:
        drawn[0] = shapely.multipolygons([drawn[0], shapely.box(0, 0, 1, 1)])
    found, where = mended(drawn)
    assert found[1] is drawn[1]
    assert found[2] is None
    if cut:
        assert list(where) == [0]
        assert where[0].startswith("5030")
        assert shapely.is_valid(found[0])
        assert found[0].area == pytest.approx(101.0 if multi else 100.0, abs=0.05)
    else:
        assert where == {}
        assert found[0] is drawn[0]
