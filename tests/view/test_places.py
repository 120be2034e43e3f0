"""The pages of a place: what may be built here, what is near; worked out by hand."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qs, urlsplit

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

from geo.store import Catalog, from_frame, write_snapshot
from geo.store.kept import Kept
from geo.store.parquet import read_features
from geo.view.portal import places, routes, titles
from geo.view.portal.content import read_city
from geo.view.portal.goals import direction
from geo.view.portal.window import SIZES, Window

PLAN, NEAR = "/co-wolno-zbudowac", "/co-jest-blisko"
E, N = 500_000.0, 270_000.0


def words_of(html):
    """Return what a reader hears of the main part: its text, in its order."""
    main = html[html.index("<main") : html.index("</main>")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main))).replace("\u202f", " ")


@pytest.fixture(scope="module")
def client(project, planned_city):
    app = Starlette(routes=routes(project, planned_city))
    with TestClient(app, base_url="http://geobank.test") as opened:
        yield opened


@pytest.fixture(scope="module")
def city(project, planned_city):
    return read_city(project, planned_city)


def degrees(easting, northing):
    return places.at(easting, northing).degrees


def test_a_parcel_is_told_by_its_square_metres(client):
    told = words_of(client.get(PLAN, params={"q": "1/2"}).text)
    assert "3MN: zabudowa mieszkaniowa jednorodzinna 6 000 m² , 60,0 % powierzchni" in told
    assert "1ZP: zieleń urządzona, parki 3 000 m² , 30,0 % powierzchni" in told
    assert "Bez planu: 1 000 m² (10,0 %)" in told
    assert told.index("3MN") < told.index("1ZP") < told.index("Bez planu")


def test_it_says_what_is_official_and_where_it_comes_from(client, project):
    layer = project.layers["mpzp"]
    told = words_of(client.get(PLAN, params={"q": "1/2"}).text)
    for words in ("nie urzędowy dokument", "wypis i wyrys", layer.steward.email,
                  layer.source.name.pl, "Dane syntetyczne"):  # fmt: skip
        assert words in told
    english = words_of(client.get(PLAN, params={"q": "1/2", "lang": "en"}).text)
    for words in ("not an official document", "single-family housing", layer.source.name.en):
        assert words in english
    assert "zabudowa" not in english


def test_the_same_letter_means_what_its_plan_s_dictionary_says(client):
    heating = words_of(client.get(PLAN, params={"q": degrees(E + 450, N + 150)}).text)
    cemetery = words_of(client.get(PLAN, params={"q": degrees(E + 650, N + 150)}).text)
    assert "1C: infrastruktura techniczna" in heating and "cmentarze" not in heating
    assert "1C: cmentarze" in cemetery and "infrastruktura" not in cemetery


def test_no_plan_is_no_proof_that_there_is_none(client):
    told = words_of(client.get(PLAN, params={"q": degrees(E + 500, N + 500)}).text)
    assert "Geobank nie ma tu obowiązującego planu" in told
    assert "nie znaczy, że planu na pewno nie ma" in told and "3MN" not in told


def test_near_a_border_the_other_side_is_named(client):
    told = words_of(client.get(PLAN, params={"q": degrees(E + 155, N + 150)}).text)
    assert "3MN: zabudowa" in told
    assert "Bliżej niż 10 m jest też: 1ZP (zieleń urządzona, parki)" in told
    assert "1ZP" not in words_of(client.get(PLAN, params={"q": degrees(E + 130, N + 150)}).text)


def test_distances_are_those_of_the_hand(client):
    told = words_of(client.get(NEAR, params={"q": "ul. Prosta 2"}).text)
    # Street greenery 10 m away does not count, nor does a secondary school at 1 m.
    assert "Park Łąkowy (park): 300 m na wschód" in told
    assert "Szkoła nr 1 (podstawowa): 500 m na północny wschód" in told
    assert "(zieleń uliczna)" not in told and "Liceum" not in told
    inside = words_of(client.get(NEAR, params={"q": degrees(E + 350, N + 300)}).text)
    assert "Park Łąkowy (park): tutaj" in inside


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("prosta 2", ["ul. Prosta 2"]),
        ("ul.prosta 2", ["ul. Prosta 2"]),
        ("prosta 1", []),
        ("ulica Prosta 12", ["ul. Prosta 12"]),
        ("PARK LAKOWY", ["Park Łąkowy"]),
        ("Prosta", ["ul. Prosta 2", "ul. Prosta 12"]),
        ("1/2", ["247401_1.0001.1/2"]),
        ("dzialka nr 11/2", ["247401_1.0001.11/2"]),
        ("247401_1.0002.7", ["247401_1.0002.7"]),
        ("szkola 1", ["Szkoła nr 1"]),
        ("Siemianowice Śląskie, Prosta 12", ["ul. Prosta 12"]),
        ("siemianowice slaskie prosta 12", ["ul. Prosta 12"]),
        ("Prosta 12, Siemianowice", ["ul. Prosta 12"]),
        ("41-100 Siemianowice Śl., ul. PROSTA 12, Polska", ["ul. Prosta 12"]),
        ("al. Prosta 12", ["ul. Prosta 12"]),
        ("pl. prósta 12", ["ul. Prosta 12"]),
        ("Siemianowice Śląskie", []),
        ("Katowice, Prosta 12", []),
        ("3MN", []),
        ("%", []),
        ("_rosta 2", []),
        ("", []),
        (" . ", []),
    ],
)
def test_a_place_is_found_as_people_write_it(project, city, typed, found):
    assert [each.title for each in places.named(project, city, typed)] == found


def test_a_title_that_is_not_public_is_not_searched(project, tmp_path):
    greenery = project.layers["greenery"]
    fields = [each.model_copy(update={"public": each.name != "name"}) for each in greenery.fields]
    secret = greenery.model_copy(update={"fields": tuple(fields)})
    columns = {"green_id": ["g"], "kind": ["park"], "name": ["Kowalski"], "public": [True]}
    frame = gpd.GeoDataFrame(columns, geometry=[shapely.box(E, N, E + 9, N + 9)], crs=2180)
    table = from_frame(secret, frame)
    Catalog(tmp_path).publish(
        write_snapshot(tmp_path, secret, table, source_name="x.gpkg", synthetic=True)
    )
    project = replace(project, layers={**project.layers, "greenery": secret})
    assert places.named(project, read_city(project, tmp_path), "kowal") == []


def test_who_searches_at_once_reads_the_titles_once(city, monkeypatch):
    read = []
    monkeypatch.setattr(titles, "read_features", lambda *of: read.append(of) or slow(*of))
    monkeypatch.setattr(titles, "_KEPT", Kept(10_000, lambda found: len(found.text)))

    def slow(*of):
        time.sleep(0.1)
        return read_features(*of)

    (parquet,) = [e.snapshot.parquet for e in city.published if e.layer.id == "addresses"]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: titles.titles_of(parquet, "label"), range(4)))
    assert len(read) == 1
    assert {each.rows("prosta 2\n", 9)[0] for each in found} == {0}


def test_what_is_unclear_is_asked_and_each_answer_leads_on(client, read_page):
    page = client.get(PLAN, params={"q": "prosta"}).text
    assert "Które miejsce?" in page
    links = [a for a in read_page(page).links if "obiekt=addresses" in a]
    assert len(links) == 2
    assert "ul. Prosta 2" in words_of(client.get(links[0]).text)


def test_a_large_area_is_not_one_place(client):
    told = words_of(client.get(PLAN, params={"q": "247401_1.0002.7"}).text)
    assert "To duży teren" in told and "nie ma tu obowiązującego" not in told


@pytest.mark.parametrize(
    ("query", "words"),
    [({"q": "nie ma takiej"}, "Nie ma miejsca o takiej nazwie"),
     ({"q": "52.23, 21.01"}, "poza obszarem miasta"),
     ({"q": "91.5, 19.0"}, "Nie ma miejsca o takiej nazwie"),
     ({"obiekt": "mpzp/a"}, "Wpisz miejsce"),
     ({"obiekt": "addresses/none"}, "Wpisz miejsce"),
     ({"r": "nan", "e": "x", "s.x": "-1", "s.y": "7"}, "Wpisz miejsce"),
     ({"r": "nan", "s.x": "1", "s.y": "7"}, None),
     ({"e": "abc", "n": "1"}, "jest niepełny albo błędny"),
     ({"obiekt": "addresses/none"}, "jest niepełny albo błędny"),
     ({"q": " "}, "Pole było puste"),
     ({"q": "Katowice, ul. Mariacka 1"}, "obejmuje tylko miasto Siemianowice Śląskie"),
     ({"q": "50.305, 18.990"}, "poza obszarem miasta")],
)  # fmt: skip
def test_what_leads_nowhere_is_told(client, query, words):
    answer = client.get(PLAN, params=query, follow_redirects=False)
    if words is None:  # a press on the whole city leads on, whatever its radius says
        assert answer.status_code == 303
        return
    assert answer.status_code == 200 and words in words_of(answer.text)


def test_a_plain_visit_scolds_nobody(client):
    told = words_of(client.get(PLAN).text)
    assert "Pole było puste" not in told and "niepełny" not in told and "Wpisz miejsce" in told


def test_only_the_zones_are_the_city(client, project, tmp_path):
    """Beside the one square zone the box of the site goes on, and so does its picture."""
    beside = {"q": degrees(E + 1100, N + 500)}
    told = words_of(client.get(PLAN, params=beside).text)
    assert "poza obszarem miasta" in told and "nie ma tu obowiązującego" not in told
    tap = {"e": E + 1000, "n": N + 500, "r": 200, "m.x": SIZES["m"] * 3 // 4, "m.y": 172}
    assert "poza obszarem miasta" in words_of(client.get(PLAN, params=tap).text)
    inside = {"q": degrees(E + 990, N + 500)}
    assert "poza obszarem" not in words_of(client.get(PLAN, params=inside).text)
    with TestClient(Starlette(routes=routes(project, tmp_path / "none"))) as empty:
        assert "poza obszarem" not in words_of(empty.get(PLAN, params=beside).text)


@pytest.mark.parametrize("typed", ["ul. Prosta 9999", "prosta 13/1", "ul.prosta 13 m. 2"])
def test_the_nearest_numbers_of_the_street_are_offered(client, read_page, typed):
    page = client.get(PLAN, params={"q": typed}).text
    read_page(page)
    told = words_of(page)
    assert "Nie ma takiego numeru. Najbliższe numery: ul. Prosta 12 " in told
    assert told.index("ul. Prosta 12 ") < told.index("ul. Prosta 2 warstwa")


def test_longitude_first_is_read_and_told(client):
    latitude, longitude = degrees(E + 130, N + 150).split(", ")
    told = words_of(client.get(PLAN, params={"q": f"{longitude}, {latitude}"}).text)
    assert "3MN: zabudowa" in told
    assert f"odczytano jako szerokość i długość: {latitude}, {longitude}" in told
    straight = words_of(client.get(PLAN, params={"q": f"{latitude}, {longitude}"}).text)
    assert "3MN: zabudowa" in straight and "odczytano" not in straight


def test_a_layer_s_title_stands_as_it_is(client):
    told = words_of(client.get(PLAN, params={"q": "ul. Prosta 2"}).text)
    assert "Warstwa: Punkty adresowe; dzielnica Cała" in told
    told = words_of(client.get(PLAN, params={"q": degrees(E + 130, N + 150)}).text)
    assert "Inne warstwy w tym miejscu Działki ewidencyjne: 247401_1.0001.1/2" in told


@pytest.mark.parametrize("name", list(SIZES))
def test_a_press_on_the_picture_is_a_place(client, name):
    """Pixel 3/4 across and 1/4 down of a window of 400 m around the middle of the park."""
    side = SIZES[name]
    query = {"e": E + 350, "n": N + 300, "r": 200,
             f"{name}.x": side * 3 // 4, f"{name}.y": side // 4}  # fmt: skip
    answer = client.get(NEAR, params=query, follow_redirects=False)
    assert answer.status_code == 303
    sent = urlsplit(answer.headers["location"])
    [place] = parse_qs(sent.query)["q"]
    found = places.of_degrees(place)
    assert sent.path == NEAR and not sent.netloc
    assert found.point.distance(shapely.Point(E + 450, N + 400)) < 2 * 200 / side + 1


def test_a_key_on_the_picture_points_at_nothing(client):
    answer = client.get(PLAN, params={"m.x": 0, "m.y": 0}, follow_redirects=False)
    assert answer.status_code == 200


@given(
    st.floats(0, 575), st.floats(0, 575), st.sampled_from([150.0, 400.0, 6000.0]),
)  # fmt: skip
def test_what_is_drawn_where_somebody_points_is_what_he_points_at(x, y, radius):
    window = Window(E, N, radius)
    easting, northing = window.pointed(x, y, 576)
    [placed] = window.placed(shapely.points([[easting, northing]]))
    step = 5760 / 576
    assert placed.x == pytest.approx((x + 0.5) * step, abs=1)
    assert placed.y == pytest.approx((y + 0.5) * step, abs=1)


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [(0, 1, "na północ"), (1, 1, "na północny wschód"), (1, 0, "na wschód"), (0, -1, "na południe"),
     (-1, 0, "na zachód"), (-1, 1, "na północny zachód"), (-1, -0.3, "na zachód")],
)  # fmt: skip
def test_a_direction_is_told_in_words(x, y, words):
    assert direction(shapely.Point(0, 0), shapely.Point(x, y)).pl == words


@pytest.mark.parametrize(
    ("text", "at"),
    [("50.3, 19.0", (50.3, 19.0)), ("50,31 19,02", (50.31, 19.02)), ("50.3N 19.0E", (50.3, 19.0)),
     ("50.30000;19.00000", (50.3, 19.0)), ("12/3", None), ("50, 19", None), ("Prosta 2", None)],
)  # fmt: skip
def test_degrees_are_read_as_phones_write_them(text, at):
    found = places.of_degrees(text)
    expected = None if at is None else f"{at[0]:.5f}, {at[1]:.5f}"
    assert (found.degrees if found else None) == expected


def test_the_picture_is_an_image_that_runs_nothing(client):
    for query in ({}, {"tryb": "blisko", "q": "prosta 2", "e": E, "n": N, "r": 400}):
        answer = client.get("/mapa-miejsca.svg", params=query)
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.headers["content-security-policy"] == "default-src 'none'"
        svg = answer.text
        assert svg.startswith("<svg") and "<script" not in svg and "href" not in svg
        again = client.get(
            "/mapa-miejsca.svg", params=query, headers={"If-None-Match": answer.headers["etag"]}
        )
        assert again.status_code == 304


def test_only_these_pages_may_ask_for_a_position_and_send_a_form(client):
    for path in (PLAN, NEAR):
        headers = client.get(path).headers
        assert "geolocation=(self)" in headers["permissions-policy"]
        assert "form-action 'self'" in headers["content-security-policy"]
        assert "script-src 'self';" in headers["content-security-policy"]
    for path in ("/", "/dzielnice", "/warstwy"):
        headers = client.get(path).headers
        assert "geolocation=()" in headers["permissions-policy"]
        assert "form-action 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize("path", [PLAN, NEAR])
def test_what_is_typed_stays_text(client, read_page, path):
    evil = '"><script>alert(1)</script>{{7*7}}'
    page = client.get(path, params={"q": evil}).text
    read_page(page)
    assert "<script>alert" not in page and "{{7*7}}" in page


def test_the_switch_of_language_keeps_the_place(client, read_page):
    links = read_page(client.get(PLAN, params={"q": "prosta 2"}).text).links
    assert any("lang=en" in link and "obiekt=addresses" in link for link in links)


def test_the_page_tells_what_counts_and_the_map_shows_it(client, project):
    card = project.indicators["greenery_within_300m"]
    for language in ("pl", "en"):
        told = words_of(client.get(NEAR, params={"q": "prosta 2", "lang": language}).text)
        assert card.definition[language] in told
        assert {"pl": "5 000 m²", "en": "5,000 m²"}[language] in told
    query = {"e": E + 200, "n": N + 300, "r": 400, "q": "prosta 2", "tryb": "blisko"}
    near = client.get("/mapa-miejsca.svg", params=query).text
    colours = project.layers["greenery"].style.colours
    # The park counts, the street greenery beside it does not.
    assert near.count('<path fill="url(#idle)"') == 1
    assert f'fill="{colours["park"]}"' in near and colours["street"] not in near
    plan = client.get("/mapa-miejsca.svg", params={**query, "tryb": ""}).text
    assert 'fill="url(#idle)"' not in plan


def test_the_place_is_marked_as_nothing_else_is(client):
    told = words_of(client.get(PLAN, params={"q": "1/2"}).text)
    assert "Czarna pinezka: Twoje miejsce, przerywana linia: jego granica." in told
    query = {"e": E + 150, "n": N + 150, "r": 150, "q": "1/2"}
    assert client.get("/mapa-miejsca.svg", params=query).text.count('fill="#000000"') == 1
    point = words_of(client.get(NEAR, params={"q": "prosta 2"}).text)
    assert "Czarna pinezka: Twoje miejsce." in point and "przerywana" not in point


def test_a_city_without_layers_says_so(project, tmp_path, read_page):
    with TestClient(Starlette(routes=routes(project, tmp_path / "none"))) as client:
        for path in (PLAN, NEAR, "/dzielnice", "/dla-szkol", "/mapa-miejsca.svg"):
            assert client.get(path).status_code == 200
        told = client.get(PLAN, params={"q": "50.30000, 19.00000"}).text
        read_page(told)
        assert "Nie opublikowano jeszcze żadnej warstwy planów" in told
