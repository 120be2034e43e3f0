from __future__ import annotations

import json
import threading
from datetime import UTC, date, datetime

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo import crs
from geo.errors import IntegrityError, NotFoundError, UsageError
from geo.limits import limit as cap
from geo.store import close_all, geometries, open_serve, read_table, write_snapshot
from geo.store.boxes import Area

N = 500
PUBLIC = ("key", "name", "floors", "height", "open", "built", "seen")


@pytest.fixture
def shot(tmp_path, make_layer, make_table, squares):
    layer = make_layer()
    heights = [None if i % 50 == 7 else i / 7 for i in range(N)]
    return write_snapshot(
        tmp_path, layer, make_table(layer, squares(N), height=heights), source_name="x"
    )


def ids(page) -> list[str]:
    return [json.loads(fragment)["id"] for fragment in page.fragments]


def test_pages_put_together_are_the_layer(shot):
    serve = open_serve(shot)
    stored = read_table(shot).column("key").to_pylist()
    assert (serve.count, serve.fields, serve.id_field) == (N, PUBLIC, "key")
    paged = []
    for offset in range(0, N, 70):
        page = serve.page(limit=70, offset=offset)
        assert page.matched == N
        paged += ids(page)
    assert paged == stored
    assert serve.page(limit=10, offset=N).fragments == []
    assert serve.page(limit=10, offset=2**70).fragments == []
    assert serve.page(limit=0).fragments == []


def test_a_feature_holds_public_fields_only_in_their_order(shot):
    feature = json.loads(open_serve(shot).one("a/7"))
    assert list(feature) == ["type", "id", "geometry", "properties"]
    assert list(feature["properties"]) == list(PUBLIC)
    assert feature["properties"]["built"] == "2000-01-08"
    assert feature["properties"]["seen"] == "2026-11-22T03:07:00Z"
    assert feature["properties"]["open"] is False
    assert open_serve(shot).one("a/x") is None


def test_epsg_2180_is_northing_first(shot):
    feature = json.loads(open_serve(shot).one("a/0", crs="EPSG:2180"))
    northing, easting = feature["geometry"]["coordinates"][0][0][0]
    assert 270_000 <= northing < 280_000 < 500_000 < easting < 510_000


def test_an_integer_id_is_a_number(tmp_path, make_layer, make_table, squares):
    layer = make_layer(id_type="integer")
    table = make_table(layer, squares(3), key=[1, 2**53 + 1, -5])
    serve = open_serve(write_snapshot(tmp_path, layer, table, source_name="x"))
    assert json.loads(serve.one(str(2**53 + 1)))["id"] == 2**53 + 1
    assert serve.page(limit=9, equals={"key": "-5"}).matched == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    x=st.floats(-0.2, 1.1), y=st.floats(-0.2, 1.1), w=st.floats(0, 1.2), h=st.floats(0, 1.2),
    floors=st.sampled_from([None, 3]),
)  # fmt: skip
def test_a_box_finds_what_shapely_finds(shot, x, y, w, h, floors):
    serve = open_serve(shot)
    table = read_table(shot)
    shapes = crs.reproject(geometries(table), crs.METRIC, crs.CRS84)
    shapes = shapely.transform(shapes, lambda xy: np.round(xy, 7))
    west, south, east, north = serve.bbox84
    box = (
        west + x * (east - west), south + y * (north - south),
        west + (x + w) * (east - west), south + (y + h) * (north - south),
    )  # fmt: skip
    hit = shapely.intersects(shapes, shapely.box(*box))
    if floors is not None:
        hit &= np.array(table.column("floors").to_pylist()) == floors
    want = [key for key, yes in zip(table.column("key").to_pylist(), hit, strict=True) if yes]
    equals = {} if floors is None else {"floors": str(floors)}
    page = serve.page(limit=N, area=Area(box), equals=equals)
    assert ids(page) == want
    assert page.matched == len(want)
    assert serve.page(limit=1, area=Area(box), equals=equals, hits=True).matched == len(want)
    assert ids(serve.page(limit=3, offset=2, area=Area(box), equals=equals)) == want[2:5]


@pytest.mark.parametrize("kind", ["Point", "MultiLineString"])
def test_points_and_lines_are_exact_though_the_rtree_holds_32_bits(
    tmp_path, make_layer, make_table, kind
):
    layer = make_layer(kind)
    rng = np.random.default_rng(3)
    points = shapely.points(rng.uniform([505000, 270000], [505010, 270010], (400, 2)))
    lines = shapely.multilinestrings(
        [[shapely.LineString([(p.x, p.y), (p.x + 2, p.y + 3)])] for p in points]
    )
    shapes = points if kind == "Point" else lines
    shot = write_snapshot(tmp_path, layer, make_table(layer, shapes), source_name="x")
    serve = open_serve(shot)
    degrees = crs.reproject(geometries(read_table(shot)), crs.METRIC, crs.CRS84)
    degrees = shapely.transform(degrees, lambda xy: np.round(xy, 7))
    west, south, east, north = serve.bbox84
    for cut in np.linspace(0, 1, 60):
        box = (west, south, west + cut * (east - west), south + (1 - cut / 2) * (north - south))
        want = int(shapely.intersects(degrees, shapely.box(*box)).sum())
        assert serve.page(limit=1, area=Area(box)).matched == want


def test_a_box_across_the_antimeridian(shot):
    serve = open_serve(shot)
    west, _, east, _ = serve.bbox84
    assert serve.page(limit=1, area=Area((170, 0, -170, 90))).matched == 0
    assert serve.page(limit=1, area=Area((170, 0, east, 90))).matched == N
    middle = (west + east) / 2
    left = serve.page(limit=1, area=Area((-180, 0, middle, 90))).matched
    assert serve.page(limit=1, area=Area((170, 0, middle, 90))).matched == left


def test_values_are_found_by_type(shot):
    serve = open_serve(shot)
    rows = read_table(shot).to_pylist()
    day, moment = date(2000, 1, 5), datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
    for name, given_, value in [
        ("name", "nazwa 1", "nazwa 1"), ("floors", "3", 3), ("floors", 3, 3),
        ("height", "2.0", 2.0),
        ("height", None, None), ("open", "true", True), ("open", False, False),
        ("built", "2000-01-05", day), ("built", day, day),
        ("seen", "2026-11-22T04:04:00+01:00", moment), ("seen", moment, moment),
    ]:  # fmt: skip
        want = sum(row[name] == value for row in rows)
        assert want > 0
        page = serve.page(limit=N, equals={name: given_})
        assert (page.matched, len(page.fragments)) == (want, want), name
    both = serve.page(limit=N, equals={"name": "nazwa 1", "floors": "3"})
    assert both.matched == sum(r["name"] == "nazwa 1" and r["floors"] == 3 for r in rows) > 0


@pytest.mark.parametrize("area", [None, Area((18.0, 50.0, 19.0716, 51.0))])
@pytest.mark.parametrize("descending", [False, True])
def test_sorting_puts_nulls_last_and_ties_in_stored_order(shot, area, descending):
    serve = open_serve(shot)
    page = serve.page(limit=N, sort=[("height", descending)], area=area)
    found = [json.loads(f)["properties"]["height"] for f in page.fragments]
    numbers = [value for value in found if value is not None]
    assert numbers == sorted(numbers, reverse=descending)
    assert None in found
    assert found[len(numbers) :] == [None] * (len(found) - len(numbers))
    order = {key: i for i, key in enumerate(read_table(shot).column("key").to_pylist())}
    tied = serve.page(limit=N, sort=[("floors", descending), ("name", False)], area=area)
    rows = [json.loads(f)["properties"] for f in tied.fragments]
    sign = -1 if descending else 1
    assert rows == sorted(rows, key=lambda r: (sign * r["floors"], r["name"], order[r["key"]]))


@pytest.mark.parametrize(
    "query",
    [
        {"equals": {"secret": "x"}}, {"equals": {"c0": "x"}}, {"equals": {"rid": "1"}},
        {"equals": {"name' OR 1=1 --": "x"}}, {"sort": [("secret", False)]},
        {"sort": [("key; DROP TABLE features", True)]}, {"equals": {"floors": "three"}},
        {"equals": {"floors": "1.5"}}, {"equals": {"floors": 10**30}},
        {"equals": {"height": "nan"}},
        {"equals": {"open": "yes"}}, {"equals": {"built": "5 May"}}, {"equals": {"seen": "now"}},
        {"area": Area((0, 0, float("nan"), 1))}, {"area": Area((0, 2, 1, 1))},
        {"area": Area((0, 0, 1))}, {"area": Area((0, 0, float("inf"), 1))},
        {"crs": "EPSG:25832"}, {"limit": -1}, {"offset": -1},
    ],
)  # fmt: skip
def test_what_has_no_meaning_is_refused(shot, query):
    with pytest.raises(UsageError) as caught:
        open_serve(shot).page(**{"limit": 5, **query})
    assert "SELECT" not in str(caught.value)
    assert str(shot.folder) not in str(caught.value)


@given(text=st.text())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_text_becomes_sql(shot, text):
    serve = open_serve(shot)
    known = set(read_table(shot).column("name").to_pylist())
    assert (serve.page(limit=1, equals={"name": text}).matched > 0) == (text in known)
    assert serve.one(text) is None
    assert serve.count == serve.page(limit=1).matched


def test_the_cap_on_a_page_holds(shot, monkeypatch):
    monkeypatch.setattr(
        "geo.store.query.cap", lambda name: 7 if name == "items_maximum" else cap(name)
    )
    assert len(open_serve(shot).page(limit=10**9).fragments) == 7


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(
    rows=st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
            st.none() | st.text(st.characters(exclude_categories=["Cs"])),
            st.none() | st.integers(-(2**63), 2**63 - 1),
            st.none() | st.floats(allow_nan=False, allow_infinity=False),
        ),
        min_size=1, max_size=8, unique_by=lambda row: row[0],
    )
)  # fmt: skip
def test_any_text_and_any_number_comes_back(tmp_path, make_layer, make_table, squares, rows):
    layer = make_layer()
    keys, names, floors, heights = (list(column) for column in zip(*rows, strict=True))
    table = make_table(
        layer, squares(len(rows)), key=keys, name=names, floors=floors, height=heights
    )
    serve = open_serve(write_snapshot(tmp_path, layer, table, source_name="x"))
    for key, name, floor, height in rows:
        feature = json.loads(serve.one(key))
        assert feature["id"] == key
        got = feature["properties"]
        assert (got["key"], got["name"], got["floors"], got["height"]) == (key, name, floor, height)
        if name is not None:
            assert key in ids(serve.page(limit=99, equals={"name": name}))
        if floor is not None:
            assert key in ids(serve.page(limit=99, equals={"floors": floor}))
    close_all()


@pytest.mark.parametrize(
    "text",
    ['"', "'", "<script>&amp;</script>", "\u2028\u2029", "😀", "Śródmieście", "a\x00b", "\\"],
)
def test_nothing_is_escaped_beyond_json(tmp_path, make_layer, make_table, squares, text):
    layer = make_layer()
    table = make_table(layer, squares(1), key=[text], name=[text])
    fragment = open_serve(write_snapshot(tmp_path, layer, table, source_name="x")).one(text)
    assert json.loads(fragment)["properties"]["name"] == text
    assert b"&lt;" not in fragment


def test_threads_share_a_version(shot):
    wrong: list[object] = []

    def read() -> None:
        serve = open_serve(shot)
        for offset in range(0, N, 25):
            page = serve.page(limit=25, offset=offset, sort=[("key", False)])
            if page.matched != N or len(page.fragments) != 25:
                wrong.append(page)

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_file_that_is_missing_or_no_database(tmp_path, shot):
    with pytest.raises(NotFoundError):
        open_serve(tmp_path / "things" / "v" / "serve.sqlite")
    bad = tmp_path / "serve.sqlite"
    bad.write_bytes(b"not a database at all, not a database")
    with pytest.raises(IntegrityError) as caught:
        open_serve(bad)
    assert str(tmp_path) not in str(caught.value)
