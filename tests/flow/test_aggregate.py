"""A caller's question: the numbers of the cards and of geopandas, and none that should not show."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import crs, limits
from geo.errors import GeoError, LimitExceededError, MeasureError, UsageError
from geo.flow.aggregate import aggregate
from geo.flow.asked import NAMES, VERBS_OFFERED, asked
from geo.flow.polygons import own_polygons
from geo.flow.results import load_results
from geo.limits import Limit, limit
from geo.measure.verbs import VERBS
from geo.model import Project, load_project
from geo.store import Catalog
from geo.store.snapshot import read_table
from geo.store.table import geometries

PROJECT = load_project(Path(__file__).resolve().parents[2])


def as_request(card):
    """Return a card as a caller would ask it; None: a caller may not."""
    terms = [card.of, *([card.over] if card.over else [])]
    fields = [PROJECT.layers[t.layer].field(t.field) for t in terms if t.layer in PROJECT.layers]
    if card.verb not in VERBS_OFFERED or not isinstance(card.by, str) or len(fields) < len(terms):
        return None
    if any(field is not None and not field.public for field in fields):
        return None
    if any(t.field not in ("", "$area") and f is None for t, f in zip(terms, fields, strict=True)):
        return None  # a modelled field: it is spread from what is not public
    found = {
        "layer": card.of.layer, "verb": card.verb, "where": card.of.where, "field": card.of.field,
        "weight": card.of.weight, "measure": card.of.measure or "", "by": card.by,
        "overlaps": card.of.overlaps, "unit": card.unit, "zones": card.per,
    }  # fmt: skip
    if card.to is not None:
        if card.to.least_m2:
            return None
        found |= {"to": card.to.layer, "toWhere": card.to.where, "along": card.to.along}
    extra = {"distance": card.distance, "statistic": card.statistic, "index": card.index}
    found |= {name: value for name, value in extra.items() if value is not None}
    return {name: value for name, value in found.items() if value != ""}


CARDS = {name: as_request(card) for name, card in PROJECT.indicators.items()}


@pytest.mark.parametrize("name", [name for name, request in CARDS.items() if request])
def test_the_request_of_a_card_gives_the_published_values(project, demo_data, name):
    found = aggregate(project, demo_data, CARDS[name])
    published = load_results(project, demo_data, name)
    headline = getattr(project.indicators[name], "headline", "")
    column = found.classes.index(headline) if headline else -1
    rows = {row.zone_id: row for row in published.rows}
    shown = 0
    assert set(rows) == set(found.zones.ids)
    for zone_id, row in zip((*found.zones.ids, "_all"), found.rows, strict=True):
        mine, theirs = row[column], rows.get(zone_id, published.whole)
        if mine.status != "suppressed":
            shown += 1
            assert (mine.value, mine.status) == (theirs.value, theirs.status)
    assert shown >= 2
    assert found.inputs == published.inputs
    assert found.synthetic
    assert all(entry.closes for entry in found.ledger)


def test_there_are_cards_that_a_caller_may_ask(project):
    assert sum(request is not None for request in CARDS.values()) >= 6
    assert CARDS["population_density"] is None  # residents of an address are not public


def frame(root, layer):
    snapshot = Catalog(root).current(layer)
    table = read_table(snapshot)
    plain = table.drop_columns(["geometry"]).to_pandas()
    return gpd.GeoDataFrame(plain, geometry=list(geometries(table)), crs="EPSG:2180")


def star(seed, east=502_000, north=270_500, size=1500):
    """Return a polygon with 12 random corners around a point of the demo city."""
    random = np.random.default_rng(seed)
    angle = np.sort(random.uniform(0, 2 * np.pi, 12))
    far = random.uniform(0.3, 1.0, 12) * size
    return shapely.Polygon(
        np.column_stack((east + far * np.cos(angle), north + far * np.sin(angle)))
    )


def sent(polygon, **more):
    """Return a polygon as GeoJSON in EPSG:2180, northing first."""
    swapped = shapely.transform(polygon, lambda xy: xy[:, ::-1])
    return {"zones": json.loads(shapely.to_geojson(swapped)), "zonesCrs": "EPSG:2180", **more}


@pytest.fixture(scope="module")
def middle(demo_data):
    """The middle of the demo city."""
    box = frame(demo_data, "districts").total_bounds
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


@pytest.mark.parametrize("seed", range(3))
def test_a_random_polygon_agrees_with_overlay(project, demo_data, middle, seed):
    polygon = star(seed, *middle)
    zone = gpd.GeoDataFrame(geometry=[polygon], crs="EPSG:2180")
    greens = gpd.overlay(frame(demo_data, "greenery"), zone, how="intersection")
    found = aggregate(
        project, demo_data,
        sent(polygon, layer="greenery", verb="area", overlaps="each", by="kind", unit="m2"),
    )  # fmt: skip
    assert found.own
    assert found.rows[0][-1].value == pytest.approx(greens.area.sum(), rel=1e-9)
    by_kind = greens.area.groupby(greens["kind"]).sum()
    for name, value in zip(found.classes, found.rows[0], strict=False):
        if value.status == "ok":
            assert value.value == pytest.approx(by_kind.get(name, 0.0), rel=1e-9)
    paths = gpd.overlay(frame(demo_data, "bike_paths"), zone, how="intersection")
    length = aggregate(
        project, demo_data, sent(polygon, layer="bike_paths", verb="length", unit="m")
    )
    if length.rows[0][-1].status == "ok":
        assert length.rows[0][-1].value == pytest.approx(paths.length.sum(), rel=1e-9)


def test_a_polygon_in_degrees_is_the_same_place(project, demo_data, middle):
    polygon = star(7, *middle)
    asked_in = {"layer": "buildings", "verb": "count"}
    metric = aggregate(project, demo_data, sent(polygon, **asked_in))
    degrees = crs.reproject(np.array([polygon]), crs.METRIC, crs.CRS84)[0]
    document = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "id": "osiedle", "properties": {"name": "Osiedle <1>"},
             "geometry": json.loads(shapely.to_geojson(degrees))},
        ],
    }  # fmt: skip
    found = aggregate(project, demo_data, {**asked_in, "zones": document})
    assert found.rows[0][-1].value == metric.rows[0][-1].value > 100
    assert (found.zones.ids, found.names) == (("osiedle",), ("Osiedle <1>",))
    latitude_first = shapely.transform(degrees, lambda xy: xy[:, ::-1])
    again = aggregate(project, demo_data, {
        **asked_in, "zones": json.dumps(json.loads(shapely.to_geojson(latitude_first))),
        "zonesCrs": "http://www.opengis.net/def/crs/EPSG/0/4326",
    })  # fmt: skip
    assert again.rows[0][-1].value == metric.rows[0][-1].value


@pytest.mark.parametrize("zones", ["grid:500", "h3:8", {"grid": 700}, "parcels"])
def test_every_kind_of_zones_keeps_the_whole(project, demo_data, zones):
    found = aggregate(
        project, demo_data, {"layer": "greenery", "verb": "area", "zones": zones, "unit": "m2"}
    )
    whole = aggregate(project, demo_data, {"layer": "greenery", "verb": "area", "unit": "m2"})
    (entry,), (by_districts,) = found.ledger, whole.ledger
    assert entry.closes
    assert len(found.zones) > 20
    assert entry.inside + entry.outside == pytest.approx(by_districts.whole - entry.counted_away)
    if zones != "parcels":  # cells reach beyond the city
        assert entry.inside >= by_districts.inside * (1 - 1e-12)


def test_no_number_stands_on_fewer_than_three_features(project, demo_data):
    found = aggregate(
        project,
        demo_data,
        {"layer": "schools", "verb": "count", "zones": "grid:500", "by": "level"},
    )
    values = [value for row in found.rows for value in row]
    shown = [value for value in values if value.status == "ok"]
    assert all(value.value == 0 or value.value >= 3 for value in shown)
    hushed = [value for value in values if value.status == "suppressed"]
    assert len(hushed) > 5
    assert all(value.value is value.numerator is None and value.pieces == 0 for value in hushed)


def test_what_is_suppressed_does_not_follow_from_the_rest(project, demo_data):
    found = aggregate(
        project,
        demo_data,
        {"layer": "greenery", "verb": "count", "by": "kind", "zones": "grid:700"},
    )
    table = np.array([[np.nan if v.value is None else v.value for v in row] for row in found.rows])
    for line in (*table, *table.T):
        if not np.isnan(line[-1]):
            assert np.isnan(line[:-1]).sum() != 1


def test_one_feature_cannot_be_asked_about(project, demo_data):
    name = frame(demo_data, "schools")["school_id"].iloc[0]
    found = aggregate(
        project, demo_data,
        {"layer": "schools", "verb": "sum", "field": "pupils", "where": f"school_id = '{name}'"},
    )  # fmt: skip
    statuses = {row[-1].status for row in found.rows}
    assert "suppressed" in statuses
    assert found.rows[-1][-1].status == "suppressed"
    (entry,) = found.ledger
    assert entry.inside is entry.whole is entry.outside is None
    assert entry.worst == ""


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"verb": "sum", "field": "people"}, "input 'field'"),
        ({"verb": "mean", "field": "people"}, "input 'field'"),
        ({"verb": "median", "field": "people"}, "input 'field'"),
        ({"verb": "count", "weight": "people"}, "input 'weight'"),
        ({"verb": "count", "where": "people > 3"}, "input 'where'"),
        ({"verb": "count", "where": {"op": ">", "args": [{"property": "people"}, 3]}},
         "input 'where'"),
        ({"verb": "count", "by": "people"}, "input 'by'"),
        ({"verb": "per_person"}, "input 'verb'"),
        ({"verb": "ratio"}, "input 'verb'"),
        ({"verb": "count", "zones": "grid:100"}, "input 'zones'"),
        ({"verb": "count", "zones": "h3:9"}, "input 'zones'"),
        ({"verb": "count", "zones": {"type": "Polygon", "coordinates": []}}, "input 'zones'"),
    ],
)  # fmt: skip
def test_what_is_not_public_cannot_be_read_and_is_not_named(project, demo_data, more, place):
    with pytest.raises(UsageError) as caught:
        aggregate(project, demo_data, {"layer": "addresses", **more})
    assert caught.value.where == place
    assert "people" not in caught.value.fix


def test_nested_polygons_tell_no_more_than_the_items_do(project, demo_data, middle):
    """Two polygons that differ by one feature: possible only where every field is public."""
    greens = frame(demo_data, "greenery")
    wide, one = star(3, *middle), greens.geometry.iloc[0]
    less = wide.difference(one.buffer(1)).buffer(0)
    ask = {"layer": "buildings", "verb": "count"}
    numbers = [
        aggregate(project, demo_data, sent(each, **ask)).rows[0][-1].value for each in (wide, less)
    ]
    points = gpd.GeoSeries(frame(demo_data, "buildings").representative_point(), crs="EPSG:2180")
    public = [int(points.intersects(each).sum()) for each in (wide, less)]
    assert numbers == pytest.approx(public, abs=2)  # a point of the border may be taken otherwise
    with pytest.raises(UsageError, match="published zones only"):
        aggregate(project, demo_data, sent(wide, layer="addresses", verb="count"))


def test_persons_need_ten(project, demo_data, monkeypatch):
    request = {"layer": "schools", "verb": "sum", "field": "pupils"}
    usual = aggregate(project, demo_data, request)
    monkeypatch.setitem(limits.LIMITS, "persons_shown", Limit(10**6, "persons", "test"))
    from geo.measure.disclose import Threshold

    strict = Threshold(persons=10**6)
    monkeypatch.setattr("geo.flow.aggregate.Threshold", lambda: strict)
    hidden = aggregate(project, demo_data, request)
    assert any(row[-1].status == "ok" and row[-1].value > 10 for row in usual.rows)
    assert all(row[-1].value in (None, 0) for row in hidden.rows)


def test_a_layer_that_is_not_published(project, tmp_path):
    with pytest.raises(UsageError, match="not published") as caught:
        aggregate(project, tmp_path, {"layer": "greenery", "verb": "area"})
    assert caught.value.where in ("input 'layer'", "input 'zones'")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"verb": "area"}, "input 'layer': is missing"),
        ({"layer": "greenery"}, "input 'verb': is missing"),
        ({"layer": "evidence_x", "verb": "area"}, "no layer"),
        ({"layer": "greenery", "verb": "volume"}, "no verb"),
        ({"layer": "greenery", "verb": "sum"}, "needs a field"),
        ({"layer": "greenery", "verb": "area", "colour": "red"}, "is unknown"),
        ({"layer": "greenery", "verb": "area", "where": "kind = "}, "input 'where'"),
        ({"layer": "greenery", "verb": "area", "where": 7}, "must be CQL2"),
        ({"layer": "greenery", "verb": "area", "where": "kind > 3"}, "input 'where'"),
        ({"layer": "greenery", "verb": "area",
          "where": "S_INTERSECTS(geometry, POINT(19 50))"}, "input 'where'"),
        ({"layer": "greenery", "verb": "area", "by": "nope"}, "no field 'nope'"),
        ({"layer": "greenery", "verb": "length"}, "needs lines"),
        ({"layer": "greenery", "verb": "area", "unit": "km"}, "dimension"),
        ({"layer": "greenery", "verb": "area", "unit": "furlong"}, "unknown unit"),
        ({"layer": "greenery", "verb": "area", "zones": "streets"}, "not a layer of polygons"),
        ({"layer": "greenery", "verb": "area", "zones": "grid:0"}, "greater than or equal"),
        ({"layer": "greenery", "verb": "area", "zones": {"grid": True}}, "whole number"),
        ({"layer": "greenery", "verb": "area", "zones": {"grid": 100, "h3": 8}}, "one of the two"),
        ({"layer": "greenery", "verb": "area", "zones": 5}, "not GeoJSON"),
        ({"layer": "greenery", "verb": "area", "zones": "{oops"}, "not JSON"),
        ({"layer": "greenery", "verb": "area", "zonesCrs": "EPSG:2180"}, "without polygons"),
        ({"layer": "greenery", "verb": "nearest"}, "needs `to`"),
        ({"layer": "greenery", "verb": "area", "toWhere": "kind = 'x'"}, "without `to`"),
        ({"layer": "greenery", "verb": "share_within", "to": "stops", "distance": -1},
         "input 'distance'"),
        ({"layer": "greenery", "verb": "area", "overlaps": "twice"}, "once, each"),
        ({"layer": ["greenery"], "verb": "area"}, "must be text"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_input(project, demo_data, request_, words):
    with pytest.raises(UsageError) as caught:
        aggregate(project, demo_data, request_)
    assert words in str(caught.value)
    assert caught.value.where.startswith("input '")


def test_a_grid_that_is_too_fine(project, demo_data):
    for zones in ("grid:20", "h3:12"):
        with pytest.raises(LimitExceededError, match="such cells"):
            aggregate(project, demo_data, {"layer": "greenery", "verb": "area", "zones": zones})


SQUARE = [[19.0, 50.3], [19.02, 50.3], [19.02, 50.32], [19.0, 50.32], [19.0, 50.3]]
BOW = [[19.0, 50.3], [19.02, 50.32], [19.02, 50.3], [19.0, 50.32], [19.0, 50.3]]


def polygon(*rings):
    return {"type": "Polygon", "coordinates": list(rings)}


def nested(levels):
    found = polygon(SQUARE)
    for _ in range(levels):
        found = {"type": "GeometryCollection", "geometries": [found]}
    return found


HOSTILE = {
    "bow-tie": (polygon(BOW), "not valid"),
    "hole outside": (polygon(SQUARE, [[x + 1, y] for x, y in SQUARE]), "not valid"),
    "swapped axes": (polygon([[y, x] for x, y in SQUARE]), "the axes are swapped"),
    "metres": (polygon([[500_000, 270_000], [501_000, 270_000], [501_000, 271_000],
                        [500_000, 270_000]]), "outside of Poland"),
    "huge": (polygon([[1e300, 0], [1e300, 1], [0, 1], [1e300, 0]]), "not on Earth"),
    "huge int": (polygon([[10**400, 0], [1, 1], [0, 1], [10**400, 0]]), "not on Earth"),
    "nan": (polygon([[float("nan"), 50], [19, 51], [19, 50], [float("nan"), 50]]), "not"),
    "infinite": (polygon([[float("inf"), 50], [19, 51], [19, 50], [float("inf"), 50]]), "not"),
    "text": (polygon([["19", 50], [19, 51], [19, 50], ["19", 50]]), "not a number"),
    "true": (polygon([[True, 50], [19, 51], [19, 50], [True, 50]]), "not a number"),
    "null": (polygon([None, None, None, None]), "not [number, number]"),
    "open": (polygon(SQUARE[:-1]), "not closed"),
    "two positions": (polygon([SQUARE[0], SQUARE[0]]), "fewer than four"),
    "flat": (polygon([SQUARE[0]] * 4), "not valid"),
    "empty": (polygon(), "not a list of rings"),
    "no coordinates": ({"type": "Polygon"}, "not a list of rings"),
    "point": ({"type": "Point", "coordinates": [19, 50]}, "is a Point, not a polygon"),
    "collection": (nested(1), "GeometryCollection"),
    "nested": (nested(200), "GeometryCollection"),
    "topology": ({"type": "Topology", "arcs": []}, "not a polygon"),
    "no features": ({"type": "FeatureCollection", "features": []}, "no features"),
    "features null": ({"type": "FeatureCollection", "features": [None]}, "not an object"),
    "no geometry": ({"type": "Feature", "geometry": None, "properties": None}, "no geometry"),
    "linked crs": ({**polygon(SQUARE), "crs": {"type": "link", "properties":
                    {"href": "http://127.0.0.1:9/x"}}}, "names another CRS"),
    "other crs": ({**polygon(SQUARE), "crs": {"type": "name", "properties":
                   {"name": "urn:ogc:def:crs:EPSG::2180"}}}, "names another CRS"),
    "crs text": ({**polygon(SQUARE), "crs": "EPSG:4326"}, "names another CRS"),
    "same ids": ({"type": "FeatureCollection", "features": [
        {"type": "Feature", "id": 1, "geometry": polygon(SQUARE)},
        {"type": "Feature", "id": "1", "geometry": polygon(SQUARE)}]}, "two features have the id"),
    "list": ([polygon(SQUARE)], "not GeoJSON"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_polygons_are_refused_with_their_place(project, demo_data, name):
    document, words = HOSTILE[name]
    with pytest.raises(GeoError) as caught:
        own_polygons(document)
    assert words in str(caught.value)
    assert caught.value.where.startswith("input 'zones'")


def test_too_many_vertices_polygons_and_too_much_ground(monkeypatch):
    ring = [[19 + i * 1e-9, 50.3] for i in range(limit("own_vertices"))]
    with pytest.raises(LimitExceededError, match="vertices"):
        own_polygons(polygon([*ring, [19, 51], ring[0]]))
    many = {"type": "FeatureCollection", "features": [None] * (limit("own_zones") + 1)}
    with pytest.raises(LimitExceededError, match="polygons"):
        own_polygons(many)
    poland = [[15, 50], [23, 50], [23, 54], [15, 54], [15, 50]]
    with pytest.raises(LimitExceededError, match="km2"):
        own_polygons(polygon(poland))


EAST_FIRST = [[501_000, 270_000], [502_000, 270_000], [502_000, 271_000], [501_000, 270_000]]


@pytest.mark.parametrize(
    ("ring", "code", "words"),
    [
        (EAST_FIRST, "EPSG:2180", ("axes are swapped", "write [northing, easting]")),
        ([[y, x] for x, y in SQUARE], "CRS84", ("axes are swapped", "write [longitude, latitude]")),
        (SQUARE, "EPSG:4326", ("axes are swapped", "write [latitude, longitude]")),
        ([[x - 3, y + 2] for x, y in SQUARE], "CRS84", ("beyond the city, at 16.01 E 52.31 N",)),
        ([[y + 250_000, x] for x, y in EAST_FIRST], "EPSG:2180", ("beyond the city", "northing")),
    ],
)
def test_a_polygon_beyond_the_city_is_refused(project, demo_data, ring, code, words):
    """Nothing lies there, so that the answer would be a zero that is not true."""
    near, named = polygon([[19.0, 50.3], [19.01, 50.3], [19.01, 50.31], [19.0, 50.3]]), {}
    features = [{"type": "Feature", "geometry": polygon(ring)}]
    if code != "CRS84":
        named = {"zonesCrs": code}
    else:
        features.insert(0, {"type": "Feature", "geometry": near})
    zones = {"type": "FeatureCollection", "features": features}
    with pytest.raises(UsageError) as caught:
        aggregate(
            project, demo_data, {"layer": "greenery", "verb": "area", "zones": zones, **named}
        )
    assert caught.value.where == f"input 'zones', feature {len(features)}"
    for each in words:
        assert each in str(caught.value) + caught.value.fix


def test_a_polygon_over_the_border_is_not_refused(project, demo_data):
    ring = [[x - 0.08, y] for x, y in SQUARE]  # its east side is the city's west side, or beyond
    found = aggregate(
        project, demo_data, {"layer": "greenery", "verb": "area", "zones": polygon(ring)}
    )
    assert found.rows[0][-1].status == "ok"


def test_an_old_crs_member_of_crs84_is_what_rfc_7946_says():
    name = "urn:ogc:def:crs:OGC:1.3:CRS84"
    member = {"type": "name", "properties": {"name": name}}
    found = own_polygons({**polygon(SQUARE), "crs": member})
    assert shapely.area(found.geometries[0]) == pytest.approx(1.422 * 2.225 * 1e6, rel=0.01)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from(["Polygon", "MultiPolygon", "Feature", "FeatureCollection", "type"]),
    lambda each: st.lists(each, max_size=4)
    | st.dictionaries(
        st.sampled_from(["type", "features", "geometry", "coordinates", "crs", "id"]), each
    ),
    max_leaves=20,
)  # fmt: skip


@given(JSON)
@settings(max_examples=200)
def test_anything_in_json_is_polygons_or_a_refusal(document):
    try:
        found = own_polygons(document)
    except GeoError as error:
        assert error.where.startswith("input 'zones'")
    else:
        assert shapely.is_valid(found.geometries).all()


WORDS = st.sampled_from(["greenery", "area", "count", "kind", "grid:100", "{}", "ha"])


@given(st.dictionaries(st.sampled_from([*NAMES, "other"]), JSON | WORDS))
@settings(max_examples=200)
def test_any_request_is_a_recipe_or_a_refusal(request_):
    try:
        found = asked(PROJECT, request_)
    except GeoError as error:
        assert error.where.startswith("input '")
    else:
        assert found.recipe.verb in VERBS


def test_the_way_along_streets_is_no_shorter_than_straight(project, demo_data):
    request = {"layer": "schools", "verb": "nearest", "to": "stops"}
    straight = aggregate(project, demo_data, request)
    along = aggregate(project, demo_data, {**request, "along": "streets"})
    assert along.rows[-1][-1].value >= straight.rows[-1][-1].value > 0
    assert "streets" in along.inputs


def test_a_field_of_ids_is_none_of_classes(project, demo_data):
    with pytest.raises(MeasureError, match="different values"):
        aggregate(project, demo_data, {"layer": "parcels", "verb": "count", "by": "parcel_id"})


def test_progress(project, demo_data):
    told = []
    request = {"layer": "stops", "verb": "count"}
    aggregate(project, demo_data, request, progress=lambda *step: told.append(step))
    assert [step[0] for step in told] == ["read", "zones", "measure", "done"]


def test_the_name_of_sent_polygons_takes_no_layer_s(project):
    layers = {**project.layers, "zones_sent": project.layers["districts"]}
    other = replace(project, layers=MappingProxyType(layers))
    found = asked(other, {"layer": "greenery", "verb": "area", "zones": polygon(SQUARE)})
    assert found.recipe.per == "zones_sent_"
    assert other.layers["zones_sent"] is project.layers["districts"]


def test_a_raster_is_measured_like_its_card(project: Project, demo_data: Path) -> None:
    asked = {"layer": "ndvi", "verb": "mean", "field": "value"}
    found = aggregate(project, demo_data, asked)
    card = load_results(project, demo_data, "ndvi_mean")
    want = {row.zone_id: row.value for row in card.rows}
    got = {zone: row[0].value for zone, row in zip(found.zones.ids, found.rows, strict=False)}
    assert got == want
    classes = aggregate(project, demo_data, {"layer": "land_cover", "verb": "area", "by": "class"})
    assert all(value.status == "ok" for row in classes.rows for value in row[:-1])


def test_nothing_is_near_a_raster(project: Project, demo_data: Path) -> None:
    asked = {"layer": "schools", "verb": "nearest", "to": "ndvi"}
    with pytest.raises(UsageError, match="ndvi"):
        aggregate(project, demo_data, asked)
