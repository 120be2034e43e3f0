from __future__ import annotations

import csv
import io
import re
import shutil
import time
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from geo.flow.compute import compute
from geo.flow.results import load_results
from geo.model.derived import WHOLE
from geo.model.indicator import UNCLASSIFIED
from geo.store import Catalog, read_table, write_snapshot
from geo.view.answer import load_answer
from geo.view.portal import routes
from geo.view.rendering import Words

PAGES = [
    "/",
    "/wskazniki/stops_density",
    "/wskazniki/greenery_per_person",
    "/warstwy",
    "/o-geobanku",
    "/co-wolno-zbudowac",
    "/co-jest-blisko",
    "/dzielnice",
    "/dzielnice/d0",
    "/dla-szkol",
]


def client_of(project, root):
    return TestClient(Starlette(routes=routes(project, root)), base_url="http://geobank.test")


@pytest.fixture(scope="module")
def client(project, small_city):
    with client_of(project, small_city) as opened:
        yield opened


@pytest.mark.parametrize("lang", ["pl", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_each_page_is_well_formed_and_loads_only_its_own(client, read_page, path, lang):
    answer = client.get(path, params={"lang": lang} if lang == "en" else None)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert f'<html lang="{lang}">' in answer.text
    page = read_page(answer.text)
    own = ("/static/", "/mapa-miejsca.svg")
    assert page.loads and all(address.startswith(own) for _, address in page.loads)
    for _, address in page.loads:
        assert client.get(address).status_code == 200
    assert page.inline == []
    assert not {"style", "onclick", "onload"} & page.attributes
    foreign = {link for link in page.links if link.startswith("http")}
    assert all("creativecommons.org" in link for link in foreign)
    assert "{{" not in answer.text and "None" not in re.sub(r"<code>.*?</code>", "", answer.text)


@pytest.mark.parametrize("path", PAGES)
def test_every_link_inside_leads_somewhere(client, read_page, path):
    for link in read_page(client.get(path).text).links:
        if link.startswith("#"):
            continue
        if link.startswith("/") and not link.startswith("/api"):
            address, _, fragment = link.partition("#")
            answer = client.get(address)
            assert answer.status_code == (404 if "greenery_per_person/" in link else 200), link
            if fragment:
                assert f'id="{fragment}"' in answer.text, link


def test_the_switch_keeps_the_page_and_links_keep_the_language(client, read_page):
    polish = read_page(client.get("/wskazniki/stops_density").text)
    assert "/wskazniki/stops_density?lang=en" in polish.links
    english = read_page(client.get("/wskazniki/stops_density?lang=en").text)
    assert "/wskazniki/stops_density" in english.links
    own = [a for a in english.links if a.startswith("/") and not a.startswith("/api")]
    assert [a for a in own if "lang=en" not in a] == ["/wskazniki/stops_density"]
    assert "/warstwy?lang=en#stops" in own
    assert client.get("/?lang=xx").text == client.get("/").text


def test_numbers_on_the_pages_are_those_that_were_computed(project, small_city, client, read_page):
    results = load_results(project, small_city, "stops_density")
    start = client.get("/").text
    row = re.search(r'<li id="stops_density">.*?</li>', start, re.DOTALL)[0]
    [(whole, shown)] = re.findall(r'<data value="(.*?)">(.*?)<', row)
    assert float(whole) == results.whole.value
    assert shown == f"{results.whole.value:.1f}".replace(".", ",") + "\u202fszt./km²"
    page = client.get("/wskazniki/stops_density").text
    rows = re.findall(
        r'<th scope="row">(.*?)</th>\s*<td class="number"><data value="(.*?)">(.*?)<', page
    )
    assert {name: float(value) for name, value, _ in rows} == {
        **{row.zone_name: row.value for row in results.rows},
        "Całe miasto": results.whole.value,
    }
    for _, value, shown in rows:
        assert shown == f"{float(value):.1f}".replace(".", ",") + "\u202fszt./km²"
    for row in results.rows:
        assert f'<data value="{row.numerator}">' in page
        assert f'<data value="{row.denominator}">' in page
        link = f"/api/collections/evidence_stops_density/items?zone_id={row.zone_id}"
        assert link in page
        # The stops are points, so the ground below them is no evidence: it opens as the zone.
        zone = f"indicator_values/items?indicator=stops_density&amp;zone_id={row.zone_id}"
        assert f'<a href="/api/collections/{zone}">' in page
    assert WHOLE not in page
    english = client.get("/wskazniki/stops_density", params={"lang": "en"}).text
    assert not re.findall(r'href="/api/collections/[^"]*items\?(?![^"]*lang=en)', english)


def test_a_sentence_ends_with_one_full_stop(project):
    say = Words(project, "pl").sentence
    assert say("{zone}: {value}.", "a", "2 os.") == "a: <strong>2 os.</strong>"
    assert say("{zone}: {value}.", "a", "2 ha") == "a: <strong>2 ha</strong>."
    assert say("{zone}: {value} tu.", "a", "2 os.") == "a: <strong>2 os.</strong> tu."


def test_ranks_go_by_the_number_and_ties_share_one(client, project, small_city):
    page = client.get("/wskazniki/stops_density").text
    ranks = [int(r) for r in re.findall(r'<data value="\d+">(\d+)\.</data>', page)]
    values = [row.value for row in load_results(project, small_city, "stops_density").rows]
    assert ranks == sorted(ranks) and ranks[0] == 1 and len(ranks) == len(values)


def test_the_indicator_page_says_it_all(client, project):
    card = project.indicators["stops_density"]
    page = client.get("/wskazniki/stops_density").text
    for words in (card.question.pl, card.definition.pl, card.caveat.pl, card.steward.name):
        assert words in page
    assert "Czy części dają całość" in page and "różnica 0." in page
    assert "wersja" in page.lower() and "CC-BY-4.0" in page
    assert (
        "Tego wskaźnika jeszcze nie policzono" in client.get("/wskazniki/greenery_per_person").text
    )


def test_the_page_says_whether_the_evidence_holds_the_denominator(project, demo_data):
    """Of a length per km² it holds lengths; the ground is the zone, which is no line."""
    with client_of(project, demo_data) as client:
        lines = client.get("/wskazniki/bike_paths_density").text
        ground = client.get("/wskazniki/building_cover").text
    assert "Kawałków mianownika w dowodzie nie ma" in lines
    assert "Mianownik też można otworzyć" not in lines
    assert "Mianownik też można otworzyć" in ground
    assert "Kawałków mianownika" not in ground


def test_figures_of_the_city_measured_beside_published(client):
    start = client.get("/").text
    area = float(re.search(r'<data value="([\d.]+)">25,\d\d</data>', start)[1])
    assert area == pytest.approx(25.56, abs=0.01)
    assert "Miasto podaje 25,5\u202fkm²; z mapy wychodzi o 0,2&#8239;% więcej." in start
    assert "Dane syntetyczne" not in start


def test_numbers_of_earlier_data_say_so_until_they_are_computed_again(
    project, small_city, tmp_path
):
    root = tmp_path / "city"
    shutil.copytree(small_city, root)
    pages = ("/", "/wskazniki/stops_density", "/wskazniki/stops_density/mapa")
    words = "Od ich policzenia zmieniły się dane: Przystanki"
    with client_of(project, root) as client:
        assert not [path for path in pages if words in client.get(path).text]
        layer = project.layers["stops"]
        snapshot = Catalog(root).current("stops")
        again = write_snapshot(root, layer, read_table(snapshot).slice(1), source_name="new.gpkg")
        Catalog(root).publish(again)
        assert [path for path in pages if words in client.get(path).text] == list(pages)
        assert load_results(project, root, "stops_density").outdated == ("stops",)
        assert "these data have changed: Public" in client.get(pages[1], params={"lang": "en"}).text
        Catalog(root).rollback("stops")
        assert not [path for path in pages if words in client.get(path).text]


def test_synthetic_data_are_called_so_on_every_page(project, hostile_city):
    with client_of(project, hostile_city) as client:
        for path in (
            "/",
            "/wskazniki/stops_density",
            "/warstwy",
            "/o-geobanku",
            "/wskazniki/stops_density/mapa",
            "/warstwy/stops/mapa",
        ):
            assert "Dane syntetyczne" in client.get(path).text
            assert "Synthetic data" in client.get(f"{path}?lang=en").text
        assert "tak" in client.get("/wskazniki/stops_density/tabela.csv").text


def test_names_of_an_attacker_stay_text(project, hostile_city, read_page):
    with client_of(project, hostile_city) as client:
        for path in ("/dzielnice", "/wskazniki/stops_density", "/warstwy"):
            text = client.get(path).text
            read_page(text)
            assert (
                "<script>alert" not in text and "&lt;script&gt;alert(1)" in text
            ) or path == "/warstwy"
            assert "{{7*7}}" in text or path == "/warstwy"
            assert ' onload="' not in text


def test_a_missing_value_is_told_not_drawn_as_zero(project, hostile_city):
    with client_of(project, hostile_city) as client:
        page = client.get("/wskazniki/stops_density").text
    assert '<data value="0.0">0,0' in page  # a district without a stop has zero stops per km²


def test_headers_forbid_everything_foreign(client):
    answer = client.get("/")
    rule = answer.headers["content-security-policy"]
    assert "default-src 'none'" in rule and "unsafe" not in rule and "http" not in rule
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in answer.headers
    map_rule = client.get("/wskazniki/stops_density/mapa").headers["content-security-policy"]
    assert "sha256-" in map_rule and "unsafe" not in map_rule


def test_a_reader_who_has_the_page_gets_304(client):
    first = client.get("/")
    again = client.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304 and again.content == b""
    assert client.get("/", headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/nic", "/wp-login.php", "/apis", "/wskazniki/no_such",
     "/wskazniki/..%2F..%2Fetc%2Fpasswd", "/warstwy/no_such/mapa",
     "/wskazniki/a/b/c", "/wskazniki/no_such/mapa", "/warstwy/x/y/z",
     "/wskazniki/no_such/tabela.csv", "/wskazniki/%00"],
)  # fmt: skip
def test_what_does_not_exist_is_a_page_that_leads_back(client, read_page, path):
    answer = client.get(path)
    assert answer.status_code == 404
    page = read_page(answer.text)
    assert "Nie ma takiej strony" in answer.text and "/" in page.links
    assert "aria-current" not in answer.text
    assert "There is no such page" in client.get(path, params={"lang": "en"}).text


def test_a_slash_too_many_is_taken_off_and_leads_nowhere_foreign(client):
    answer = client.get("/warstwy/?lang=en", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/warstwy?lang=en")
    for path in ("//evil.test/", "//evil.test//", "/%2Fevil.test/", "/\\evil.test/"):
        answer = client.get(f"http://geobank.test{path}", follow_redirects=False)
        assert not answer.headers.get("location", "/x").startswith(("//", "/\\", "http"))


def test_the_api_s_addresses_are_left_to_the_api(client):
    for path in ("/api", "/api/collections/x"):
        answer = client.get(path)
        assert answer.status_code == 404 and "Nie ma takiej strony" not in answer.text


def test_the_list_of_indicators_stands_on_the_start_page(client):
    answer = client.get("/wskazniki?lang=en", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/?lang=en#wskazniki")


def test_the_address_for_qgis_is_the_one_that_was_asked(client):
    assert "http://geobank.test/api" in client.get("/o-geobanku").text
    hostile = client.get("/o-geobanku", headers={"Host": "a<b>.test"})
    assert "<b>.test" not in hostile.text
    assert "http://geobank.test/api" in client.get("/o-geobanku").text  # nothing of it is kept


def test_an_empty_folder_says_what_to_do(project, tmp_path, read_page):
    with client_of(project, tmp_path / "nothing") as client:
        for path in ("/", "/warstwy", "/o-geobanku", "/wskazniki/stops_density"):
            answer = client.get(path)
            assert answer.status_code == 200
            read_page(answer.text)
        assert "geobank demo" in client.get("/").text
        assert client.get("/wskazniki/stops_density/mapa").status_code == 404
    assert not (tmp_path / "nothing").exists()  # reading makes no files


def test_what_is_published_later_shows_without_a_restart(project, shared_data, tmp_path):
    import geopandas as gpd
    import shapely

    from geo.store import from_frame, write_snapshot

    def publish(layer_id, frame):
        layer = project.layers[layer_id]
        Catalog(tmp_path).publish(
            write_snapshot(tmp_path, layer, from_frame(layer, frame), source_name="x.gpkg")
        )

    with client_of(project, tmp_path) as client:
        assert "Przystanków" not in client.get("/").text
        square = gpd.GeoDataFrame(
            {"district_id": ["a"], "name": ["Nowa"]},
            geometry=[shapely.box(5e5, 27e4, 501e3, 271e3)],
            crs=2180,
        )
        publish("districts", square)
        assert "1,00</data>" in client.get("/").text
        stop = gpd.GeoDataFrame(
            {"stop_code": ["1"], "name": ["Rynek"]},
            geometry=[shapely.Point(500_100, 270_100)],
            crs=2180,
        )
        publish("stops", stop)
        compute(project, tmp_path)
        assert "Nowa" in client.get("/dzielnice").text
        assert "Nowa" in client.get("/dzielnice/a").text
        assert "1,0\u202fszt./km²" in client.get("/").text


@pytest.mark.parametrize(("lang", "mark", "point"), [("pl", ";", ","), ("en", ",", ".")])
def test_the_table_as_csv(client, project, small_city, lang, mark, point):
    answer = client.get("/wskazniki/stops_density/tabela.csv", params={"lang": lang})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="stops_density.csv"' in answer.headers["content-disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=mark))
    results = load_results(project, small_city, "stops_density")
    assert len(rows) == 1 + 5 + 1
    values = {row[0]: float(row[2].replace(point, ".")) for row in rows[1:]}
    assert values == {row.zone_id: row.value for row in (*results.rows, results.whole)}


def test_csv_runs_nothing_in_a_spreadsheet(project, hostile_city):
    with client_of(project, hostile_city) as client:
        text = client.get("/wskazniki/stops_density/tabela.csv").content.decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text), delimiter=";") for cell in row]
    assert any(cell.startswith("'=1+1") for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_the_start_page_is_light_and_quick(client):
    first = client.get("/")
    assert len(first.content) < 150_000
    spent = []
    for _ in range(5):
        begun = time.perf_counter()
        client.get("/")
        spent.append(time.perf_counter() - begun)
    assert min(spent) < 0.1


def test_every_word_of_a_card_has_a_name_on_the_pages():
    from typing import get_args

    from geo.model.indicator import Measure, Theme
    from geo.view.portal import words

    assert set(words.THEMES) == set(get_args(Theme))
    assert set(words.MEASURES) == set(get_args(Measure))


def test_each_card_has_a_page_before_and_after_it_is_computed(
    project, small_city, demo_data, read_page
):
    for root in (small_city, demo_data):
        with client_of(project, root) as client:
            for name in project.indicators:
                for lang in ("pl", "en"):
                    answer = client.get(f"/wskazniki/{name}", params={"lang": lang})
                    assert answer.status_code == 200
                    read_page(answer.text)


def test_the_demo_city_is_what_it_says(project, demo_data):
    with client_of(project, demo_data) as client:
        start = client.get("/")
        assert len(start.content) < 10_000 * len(project.indicators)
        rows = re.findall(r'<li id="(\w+)">.*?</li>', start.text, re.DOTALL)
        assert sorted(rows) == sorted(project.indicators) and len(rows) >= 10
        assert "jeszcze nie policzono" not in start.text
        assert "63\u202f892</data>" in start.text
        parcels = client.get("/wskazniki/parcels_count").text
        assert re.search(r"<strong>[\d\u202f]+</strong> działek ewidencyjnych", parcels)
        assert "Dane syntetyczne" in start.text
        modelled = [card.id for card in project.indicators.values() if card.modelled]
        for name in project.indicators:
            row = re.search(rf'<li id="{name}">.*?</li>', start.text, re.DOTALL)[0]
            assert ("(z modelu)" in row) == (name in modelled)
        district = client.get("/dzielnice/bytkow?lang=en").text
        assert modelled and district.count("(modelled)") == len(modelled)
        layers = client.get("/warstwy").text
        for raster in project.rasters:
            assert f'href="/warstwy/{raster}/mapa"' in layers
            drawn = client.get(f"/warstwy/{raster}/mapa")
            assert drawn.status_code == 200 and "Dane syntetyczne" in drawn.text


def test_invented_data_are_nowhere_called_real(project, planned_city):
    with client_of(project, planned_city) as client:
        for path in ("/dla-szkol", "/dla-szkol?lang=en", "/"):
            page = client.get(path).text
            assert "Dane syntetyczne" in page or "Synthetic data" in page
            told = re.sub(r'<p class="synthetic".*?</p>', "", page.split("<main")[1])
            assert not re.search(r"prawdziw|\breal\b", told, re.IGNORECASE)


def test_the_start_page_asks_what_its_answer_tells(client):
    assert "Gdzie jest najbliższa zieleń?" in client.get("/").text
    assert "Where is the nearest greenery?" in client.get("/", params={"lang": "en"}).text


def test_what_is_heard_of_a_link_has_no_space_before_a_colon(client):
    for path in ("/warstwy", "/wskazniki/stops_density"):
        assert '<span class="unseen"> (' in client.get(path).text
        assert '<span class="unseen">:' not in client.get(path).text


def test_shares_of_classes_name_the_class_that_has_most(project, demo_data):
    answer = load_answer(project, demo_data, "zoning_classes")
    whole = {g.id: g.rows[WHOLE].value for g in answer.groups if g.id != UNCLASSIFIED}
    most = max(whole, key=whole.get)
    assert most != answer.headline and whole[most] > whole[answer.headline]
    name = next(g.title.pl for g in answer.groups if g.id == most)
    assert answer.largest("pl") == f"{name}, {answer.quantity(whole[most], 'pl')}"
    assert replace(answer, headline=most).largest("pl") == ""
    assert load_answer(project, demo_data, "stops_density").largest("pl") == ""
    with client_of(project, demo_data) as client:
        start = client.get("/").text
        entry = start[start.index('id="zoning_classes"') :].split("</li>")[0]
        assert answer.largest("pl") in entry and answer.spoken_class("pl") in entry
        for path in ("", "/mapa"):
            page = client.get(f"/wskazniki/zoning_classes{path}").text
            largest = f"Najwięcej: <strong>{answer.largest('pl')}</strong>. "
            assert page.index(largest) < page.index("na usługi plany przeznaczają")
