from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.model.indicator import Legend
from geo.model.reasons import REASONS
from geo.view import labels
from geo.view.classes import classify, contrast
from geo.view.picture import Caption, Zone, choropleth, path_data, place

SVG = "{http://www.w3.org/2000/svg}"


def draw(shapes, names, values, *, language="pl", legend=None, uid="x"):
    zones = [
        Zone(f"z{i}", name, shape, value)
        for i, (name, shape, value) in enumerate(zip(names, shapes, values, strict=True))
    ]
    classes = classify(values, legend or Legend(), 1)
    caption = Caption(uid, "Zieleń", "Opis", "%", 1, language)
    return choropleth(zones, classes, caption)


@pytest.fixture(scope="module")
def warsaw(shared_data):
    return gpd.read_file(shared_data / "warszawa" / "districts.geojson").geometry.to_numpy()


@pytest.fixture(scope="module")
def five(shared_data):
    path = shared_data / "siemianowice" / "districts_derived_not_official.geojson"
    frame = gpd.read_file(path).to_crs(2180)
    return frame.geometry.to_numpy(), list(frame["nazwa"])


def squares(n):
    return [shapely.box(500_000 + 1000 * i, 270_000, 501_000 + 1000 * i, 271_000) for i in range(n)]


def test_five_districts_each_in_the_colour_of_its_value(five):
    shapes, names = five
    values = [12.3, 45.6, None, 3.2, 28.8]
    svg = draw(shapes, names, values)
    root = ElementTree.fromstring(svg)
    paths = root.findall(f".//{SVG}path")
    titles = [path.findtext(f"{SVG}title") for path in paths]
    assert titles[0] == f"{names[0]}: 12,3\u202f%"
    assert titles[2] == f"{names[2]}: brak danych"
    fills = [path.get("fill") for path in paths]
    assert fills[2] == "url(#hatch-x)" and root.find(f".//{SVG}pattern").get("id") == "hatch-x"
    order = [fills[i] for i in np.argsort([12.3, 45.6, 99, 3.2, 28.8])[:4]]
    assert order == ["#ffffcc", "#7fcdbb", "#1d91c0", "#0c2c84"]
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "title-x desc-x"
    assert root.findtext(f"{SVG}title") == "Zieleń" and root.findtext(f"{SVG}desc") == "Opis"
    assert "brak danych" in "".join(root.itertext())


def test_no_style_and_no_script_so_that_a_strict_policy_lets_it_through(five):
    svg = draw(*five, [1.0, 2, 3, 4, 5])
    assert "style" not in svg and "<script" not in svg and " on" not in re.sub(">[^<]*<", "><", svg)
    assert "hatch" not in svg  # nothing is missing


def test_it_is_small(five, warsaw):
    assert len(draw(*five, [1.0, 2, 3, 4, 5]).encode()) < 6_000
    values = [float(i) for i in range(18)]
    assert len(draw(warsaw, ["Praga-Południe"] * 18, values).encode()) < 15_000


def test_neighbours_keep_their_shared_edge(warsaw):
    zones = [Zone(str(i), "", shape, 1.0) for i, shape in enumerate(warsaw)]
    shapes, height = place(zones)
    assert shapely.get_num_coordinates(shapes).sum() < shapely.get_num_coordinates(warsaw).sum() / 5
    west, south, east, north = shapely.total_bounds(shapes)
    assert west >= 0 and east <= 960 and south >= 0 and north <= height
    # Simplified one by one, hundreds of units of gap and overlap would open along the borders.
    together = float(shapely.area(shapely.union_all(shapely.make_valid(shapes))))
    assert float(shapely.area(shapes).sum()) == pytest.approx(together, rel=2e-4)
    min_x, min_y, max_x, max_y = shapely.total_bounds(warsaw)
    scale = min(944 / (max_x - min_x), 804 / (max_y - min_y))
    assert together == pytest.approx(float(shapely.area(warsaw).sum()) * scale**2, rel=0.01)


def test_labels_do_not_touch_in_five_districts(five):
    shapes, names = five
    zones = [Zone(str(i), "", shape, 1.0) for i, shape in enumerate(shapes)]
    placed, _ = place(zones)
    found = labels.arrange(placed, names, ["1\u202f234,5"] * 5)
    assert all(label is not None for label in found)
    for a, b in combinations(found, 2):
        assert (
            a.box[2] <= b.box[0]
            or b.box[2] <= a.box[0]
            or a.box[3] <= b.box[1]
            or b.box[3] <= a.box[1]
        )
    for label, shape in zip(found, placed, strict=True):
        assert shape.contains(shapely.Point(label.x, (label.box[1] + label.box[3]) / 2))
    assert sum(len(label.lines) == 2 for label in found) >= 3  # most carry their names, too


def test_each_label_reads_on_its_own_colour(five):
    legend = Legend(scheme="equal_interval", classes=5, palette="viridis")
    root = ElementTree.fromstring(draw(*five, [1.0, 2, 3, 4, 5], legend=legend))
    drawn = [t for t in root.iter(f"{SVG}text") if t.get("stroke")]
    assert len(drawn) == 5
    for label in drawn:
        assert contrast(label.get("fill"), label.get("stroke")) >= 4.5
    assert {t.get("stroke") for t in drawn} == {p.get("fill") for p in root.iter(f"{SVG}path")}


def test_names_are_text_whatever_they_hold():
    names = ["<script>alert(1)</script>", 'a" onload="x', "\x00\x08]]>&amp;"]
    svg = draw(squares(3), names, [1.0, 2.0, 3.0])
    root = ElementTree.fromstring(svg)
    assert "<script" not in svg
    titles = [path.findtext(f"{SVG}title") for path in root.iter(f"{SVG}path")]
    assert titles[0].startswith("<script>alert(1)</script>: ")
    assert titles[2].startswith("]]>&amp;: ")
    assert {"onload"} & {key for element in root.iter() for key in element.attrib} == set()


def test_all_equal_and_all_missing():
    equal = ElementTree.fromstring(draw(squares(3), "abc", [7.0] * 3))
    assert len({path.get("fill") for path in equal.iter(f"{SVG}path")}) == 1
    words = [t.text for t in equal.iter(f"{SVG}text") if t.text]
    assert words.count("7,0") == 1  # one step in the legend, not "7,0 – 7,0"
    none = draw(squares(3), "abc", [None] * 3, language="en")
    assert none.count("no data") == 4 and "url(#hatch-x)" in none


def test_holes_islands_and_slivers():
    ring = shapely.box(0, 0, 100, 100).difference(shapely.box(40, 40, 60, 60))
    assert path_data(ring).count("M") == 2
    assert (
        path_data(shapely.MultiPolygon([shapely.box(0, 0, 9, 9), shapely.box(20, 0, 29, 9)])).count(
            "z"
        )
        == 2
    )
    assert path_data(shapely.Polygon([(0, 0), (0, 0), (1, 0), (0, 0)])) == ""
    tiny = [shapely.box(0, 0, 100_000, 100_000), shapely.box(100_000, 0, 100_001, 1)]
    assert draw(tiny, "ab", [1.0, 2.0])  # the second is below one unit of the drawing


def test_two_pictures_on_a_page_do_not_share_ids():
    one, two = (draw(squares(2), "ab", [1.0, None], uid=uid) for uid in ("one", "two"))
    ids = [set(re.findall(r' id="([^"]+)"', svg)) for svg in (one, two)]
    assert ids[0] and not ids[0] & ids[1]


def test_many_zones_carry_no_labels(shared_data):
    gminy = gpd.read_file(shared_data / "gminy" / "gminy_2015_simplified_2180.gpkg", rows=400)
    shapes = gminy.geometry.to_numpy()
    svg = draw(shapes, ["x"] * 400, [float(i) for i in range(400)])
    assert "font-weight" not in svg and svg.count("<path") == 400


def test_why_there_is_no_value_is_said_zone_by_zone():
    why = ["null", "suppressed", "not_computable", "null"]
    values = [0.0, None, None, None]
    zones = [
        Zone(name, name.upper(), shape, value, word)
        for name, shape, value, word in zip("abcd", squares(4), values, why, strict=True)
    ]
    classes = classify(values, Legend(), 1)
    root = ElementTree.fromstring(choropleth(zones, classes, Caption("x", "T", "D", "%", 1, "en")))
    titles = [path.findtext(f"{SVG}title") for path in root.findall(f".//{SVG}path")]
    words = {reason: told.en for reason, told in REASONS.items()}
    assert titles == [
        "A: 0.0\u202f%",
        *(f"{n}: {words[w]}" for n, w in zip("BCD", why[1:], strict=True)),
    ]
    spans = [each.text for each in root.iter(f"{SVG}tspan")]
    assert [s for s in spans if s not in set("abcdABCD")] == ["0.0", "hidden", "÷0", "n/a"]
    legend = [each.text for each in root.iter(f"{SVG}text") if each.text]
    assert legend[-3:] == [
        "n/a: no data",
        "÷0: not computable (denominator is zero)",
        "hidden: suppressed: the count is too small to show",
    ]
    box = [float(part) for part in root.get("viewBox").split()]
    last = [each for each in root.iter(f"{SVG}text") if each.text][-1]
    below = float(re.search(r" (\d+)\)", root.findall(f"{SVG}g")[-1].get("transform"))[1])
    assert below + float(last.get("y")) < box[3]


def test_breaks_that_look_alike_get_the_decimals_that_tell_them_apart():
    shapes = [shapely.box(i, 0, i + 1, 1) for i in range(3)]
    legend = Legend(scheme="breaks", breaks=(1.01, 1.02, 1.1))
    svg = draw(shapes, "abc", [1.0, 1.06, 1.2], legend=legend)
    told = re.findall(r">([\d,]+)</text>", svg)
    assert told[-5:] == ["1,00", "1,01", "1,02", "1,10", "1,20"]
    plain = draw(shapes, "abc", [1.0, 2.0, 3.0], legend=Legend(scheme="breaks", breaks=(2.0,)))
    assert re.findall(r">([\d,]+)</text>", plain)[-3:] == ["1,0", "2,0", "3,0"]
