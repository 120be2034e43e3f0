"""The API's pages in a real browser: the search, the filter form, the maps, the look."""

from __future__ import annotations

import json
import urllib.request
from urllib.parse import parse_qs, urlsplit

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]

PAGES = [
    "/api", "/api/collections", "/api/collections/mpzp", "/api/collections/parcels",
    "/api/collections/greenery/items?kind=park", "/api/collections/greenery/items/Z00001",
    "/api/collections/greenery/filter", "/api/collections/greenery/filter?kind=park&go=cql2",
    "/api/collections/greenery/queryables", "/api/collections/catalogue/items?q=zielen",
    "/api/collections/catalogue/items/layer.greenery", "/api/conformance", "/api/openapi?f=html",
    "/api/tileMatrixSets/WebMercatorQuad", "/api/collections/stops/tiles/WebMercatorQuad",
]  # fmt: skip


def found(browser, css):
    return browser.driver.find_elements(By.CSS_SELECTOR, css)


def features(address):
    with urllib.request.urlopen(address, timeout=60) as answer:
        return json.load(answer)


def drawn(browser):
    """Wait for the map's first picture."""
    box = found(browser, "[data-style]")[0]
    WebDriverWait(browser.driver, 60).until(lambda _: box.get_attribute("data-drawn") == "yes")
    return box


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_no_error_nothing_foreign_and_no_sideways_scroll(browser, server, path, width):
    browser.open(server + path, width=width)
    if found(browser, "[data-style]"):
        drawn(browser)
    assert browser.console() == []
    strange = [a for a in browser.requests()
               if not a.startswith((server, "data:", "about:", "blob:"))]  # fmt: skip
    assert strange == []
    scroll = browser.driver.execute_script(
        "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert scroll[0] <= scroll[1]
    assert len(found(browser, "h1")) == len(found(browser, "main")) == 1
    named = browser.driver.execute_script(
        "return [...document.querySelectorAll('input:not([type=hidden]), select, textarea')]"
        ".filter(x => !x.labels.length).map(x => x.outerHTML)"
    )
    assert named == [], "a control without a label"


@pytest.mark.parametrize("scripts", [True, False])
def test_a_search_finds_by_a_word_without_accents(browser, server, scripts):
    browser.open(f"{server}/api", width=390, scripts=scripts)
    box = found(browser, "input[type=search]")[0]
    box.send_keys("sciezki rowerowe", Keys.ENTER)
    WebDriverWait(browser.driver, 30).until(lambda driver: "q=sciezki" in driver.current_url)
    titles = [each.text for each in found(browser, ".results h2")]
    assert titles[0].startswith("Drogi rowerowe")
    assert found(browser, "input[type=search]")[0].get_attribute("value") == "sciezki rowerowe"
    Select(found(browser, "#kind")[0]).select_by_visible_text("wskaźnik")
    found(browser, "form.search button")[0].click()
    WebDriverWait(browser.driver, 30).until(lambda driver: "type=indicator" in driver.current_url)
    assert {each.text for each in found(browser, ".kind")} <= {"wskaźnik"}


@pytest.mark.parametrize("scripts", [True, False])
def test_the_form_builds_a_filter_that_finds_just_that(browser, server, scripts):
    here = f"{server}/api/collections/greenery"
    browser.open(f"{here}/filter", scripts=scripts)
    Select(found(browser, "select[name=kind]")[0]).select_by_visible_text("park")
    found(browser, "input[name=name]")[0].send_keys("GÓRNIK")
    Select(found(browser, "select[name=public]")[0]).select_by_visible_text("tak")
    found(browser, "button[value=cql2]")[0].click()
    WebDriverWait(browser.driver, 30).until(lambda driver: found(browser, "#made"))
    text = found(browser, "#made")[0].text
    assert "kind = 'park'" in text and "public = TRUE" in text and "LIKE" in text
    assert found(browser, "input[name=name]")[0].get_attribute("value") == "GÓRNIK"
    found(browser, "a.button.first")[0].click()
    WebDriverWait(browser.driver, 30).until(lambda driver: "/items?" in driver.current_url)
    asked = parse_qs(urlsplit(browser.driver.current_url).query)
    assert asked["filter"] == [text]
    rows = [row.text for row in found(browser, "table tbody th")]
    everything = features(f"{here}/items?f=json&limit=10000&kind=park&public=true")["features"]
    expected = [f["id"] for f in everything if "górnik" in (f["properties"]["name"] or "").lower()]
    assert rows == expected and len(rows) >= 1
    assert found(browser, "textarea[name=filter]")[0].get_attribute("value") == text


def test_a_district_is_chosen_by_its_name(browser, server):
    here = f"{server}/api/collections/schools"
    browser.open(f"{here}/filter")
    Select(found(browser, "select[name=place]")[0]).select_by_visible_text("Bytków")
    found(browser, "button[value=items]")[0].click()
    WebDriverWait(browser.driver, 30).until(lambda driver: "/items?" in driver.current_url)
    rows = {row.text for row in found(browser, "table tbody th")}
    every = {f["id"] for f in features(f"{here}/items?f=json&limit=1000")["features"]}
    assert rows and rows < every


def test_tiles_are_drawn_in_official_colours(browser, server):
    browser.open(f"{server}/api/collections/mpzp")
    drawn(browser)
    legend = {rect.get_attribute("fill") for rect in found(browser, ".legend rect")}
    assert len(legend) > 10
    browser.driver.execute_script(
        "document.querySelector('.map').scrollIntoView({block: 'center', behavior: 'instant'})"
    )
    picture = browser.driver.execute_async_script(
        "const done = arguments[0];"
        "createImageBitmap(document.querySelector('.map canvas')).then(image => {"
        " const sheet = new OffscreenCanvas(image.width, image.height).getContext('2d');"
        " sheet.drawImage(image, 0, 0);"
        " done([image.width, image.height]); });"
    )
    assert picture[0] > 900 and picture[1] > 300
    shot = found(browser, ".map")[0].screenshot_as_png
    assert _colours(shot) > 200, "an empty map has a handful of colours"


def _colours(png):
    from io import BytesIO

    import matplotlib.image as images

    pixels = (images.imread(BytesIO(png))[:, :, :3] * 255).astype("uint32")
    packed = pixels[:, :, 0] << 16 | pixels[:, :, 1] << 8 | pixels[:, :, 2]
    return len(set(packed.ravel().tolist()))


def test_a_click_on_the_map_reads_the_feature_in_polish(browser, server):
    browser.open(f"{server}/api/collections/districts")
    box = drawn(browser)
    browser.driver.execute_script(
        "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", box
    )
    from selenium.webdriver import ActionChains

    ActionChains(browser.driver).move_to_element(box).click().perform()
    WebDriverWait(browser.driver, 20).until(lambda _: found(browser, ".maplibregl-popup dl"))
    words = found(browser, ".maplibregl-popup")[0].text
    assert "Nazwa" in words and "Cały obiekt" in words
    names = {f["properties"]["name"] for f in
             features(f"{server}/api/collections/districts/items?f=json")["features"]}  # fmt: skip
    assert any(name in words for name in names)
    zoom = found(browser, ".maplibregl-ctrl-zoom-in")[0]
    assert zoom.get_attribute("title") == "Przybliż"


def test_the_scheme_of_the_reader_is_kept(browser, server):
    grounds = {}
    for scheme in ("light", "dark"):
        browser.tell(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )
        browser.open(f"{server}/api")
        grounds[scheme] = browser.driver.execute_script(
            "return getComputedStyle(document.body).backgroundColor"
        )
    browser.tell("Emulation.setEmulatedMedia", features=[])
    assert grounds["light"] == "rgb(255, 255, 255)" != grounds["dark"]


def test_the_keyboard_reaches_the_content_first(browser, server):
    browser.open(f"{server}/api/collections/catalogue/items")
    browser.driver.switch_to.active_element.send_keys(Keys.TAB)
    first = browser.driver.switch_to.active_element
    assert first.get_attribute("href").endswith("#main")
    assert first.is_displayed() and first.location["y"] >= 0
    first.send_keys(Keys.ENTER)
    browser.driver.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.driver.switch_to.active_element.get_attribute("id") == "q"
