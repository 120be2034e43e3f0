"""The portal in a real browser: no error, nothing foreign, and the API's numbers."""

from __future__ import annotations

import json
import urllib.request

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from geo.flow.results import load_results
from geo.view.map import indicator_map

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]

INDICATOR = "greenery_share_plans"
PLAN, NEAR = "/co-wolno-zbudowac", "/co-jest-blisko"
PAGES = [
    "/", f"/wskazniki/{INDICATOR}", "/warstwy", "/o-geobanku", f"/wskazniki/{INDICATOR}/mapa",
    PLAN, NEAR, f"{PLAN}?q=4/2", f"{PLAN}?q=50.30350,18.99290", f"{NEAR}?q=50.30350,18.99290",
    "/dzielnice", "/dzielnice/bytkow", "/dla-szkol",
]  # fmt: skip


def api_values(server, indicator):
    address = (
        f"{server}/api/collections/indicator_values/items?indicator={indicator}&f=json&limit=100"
    )
    with urllib.request.urlopen(address, timeout=30) as answer:
        features = json.load(answer)["features"]
    return {f["properties"]["zone_id"]: f["properties"] for f in features}


def table_of(browser, selector):
    """Return the first cell's words -> the number in the row, as the page holds it."""
    rows = browser.driver.find_elements(
        By.CSS_SELECTOR, f"{selector} tbody tr, {selector} tfoot tr"
    )
    found = {}
    for row in rows:
        name = row.find_element(By.TAG_NAME, "th").text
        value = row.find_element(By.TAG_NAME, "data").get_attribute("value")
        found[name] = float(value) if value else None
    return found


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_no_error_nothing_foreign_and_no_sideways_scroll(browser, server, path, width):
    browser.open(server + path, width=width)
    assert browser.driver.title
    assert browser.console() == []
    asked = browser.requests()
    assert any(address.startswith(server) for address in asked)
    assert [a for a in asked if not a.startswith((server, "data:", "about:"))] == []
    scroll = browser.driver.execute_script(
        "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert scroll[0] <= scroll[1]


@pytest.mark.parametrize("scripts", [True, False])
def test_the_number_in_the_table_is_the_number_in_the_api(browser, server, scripts):
    expected = {
        values["zone_name"] or "Całe miasto": values["value"]
        for values in api_values(server, INDICATOR).values()
    }
    assert len(expected) == 6
    browser.open(server, scripts=scripts)
    [whole] = browser.driver.find_elements(By.CSS_SELECTOR, f"#{INDICATOR} data")
    assert float(whole.get_attribute("value")) == expected["Całe miasto"]
    assert whole.is_displayed()
    browser.open(f"{server}/wskazniki/{INDICATOR}", width=390, scripts=scripts)
    assert table_of(browser, "table.full") == expected
    shown = browser.driver.find_element(By.CSS_SELECTOR, "table.full tbody td.number").text
    first = max(value for name, value in expected.items() if name != "Całe miasto")
    assert shown == f"{first:.1f}".replace(".", ",") + "\u202f%"


@pytest.mark.parametrize("lang", ["pl", "en"])
def test_a_phone_shows_the_residents_questions_first_and_the_page_is_short(browser, server, lang):
    browser.open(f"{server}/?lang={lang}", width=390)
    entries = browser.driver.find_elements(By.CSS_SELECTOR, ".entries a")
    targets = [
        each.get_attribute("href").removeprefix(server).partition("?")[0] for each in entries
    ]
    assert targets[:3] == [PLAN, NEAR, "/dzielnice"] and "/dla-szkol" in targets
    two_screens = 2 * 844  # of a phone that is 390 px wide
    assert all(each.location["y"] + each.size["height"] < two_screens for each in entries)
    assert all(each.size["height"] >= 44 for each in entries)
    height = browser.driver.execute_script("return document.documentElement.scrollHeight")
    assert height < 6_000


@pytest.mark.parametrize("scripts", [True, False])
def test_a_tap_on_the_picture_tells_of_that_place(browser, server, scripts):
    browser.open(server + PLAN, width=390, scripts=scripts)
    shown = [
        each
        for each in browser.driver.find_elements(By.CSS_SELECTOR, "input[type=image]")
        if each.is_displayed()
    ]
    [picture] = shown
    assert picture.size["width"] == 344
    ActionChains(browser.driver).move_to_element_with_offset(picture, 20, 40).click().perform()
    WebDriverWait(browser.driver, 30).until(lambda driver: "q=50." in driver.current_url)
    assert "Miejscowe plany" in browser.driver.find_element(By.CSS_SELECTOR, ".told h3").text
    assert browser.driver.find_elements(By.CSS_SELECTOR, ".use h4, .answer-part .answer")


def test_the_position_is_asked_for_on_tap_only_and_goes_to_this_server(browser, server):
    browser.open(server + NEAR, width=390)
    browser.tell("Browser.grantPermissions", permissions=["geolocation"], origin=server)
    place = {"latitude": 50.30351, "longitude": 18.99285, "accuracy": 10}
    browser.tell("Emulation.setGeolocationOverride", **place)
    assert browser.driver.current_url == server + NEAR
    browser.driver.find_element(By.ID, "here").click()
    WebDriverWait(browser.driver, 30).until(lambda driver: "q=50.30351" in driver.current_url)
    assert browser.driver.find_elements(By.CSS_SELECTOR, ".steps li")
    asked = [a for a in browser.requests() if not a.startswith((server, "data:", "about:"))]
    assert asked == [] and browser.console() == []


def test_without_scripts_no_button_promises_a_position(browser, server):
    browser.open(server + NEAR, scripts=False)
    assert not browser.driver.find_element(By.ID, "here").is_displayed()
    field = browser.driver.find_element(By.ID, "q")
    field.send_keys("park hutnik", Keys.ENTER)
    WebDriverWait(browser.driver, 30).until(lambda driver: "q=park" in driver.current_url)
    assert "tutaj" in browser.driver.find_element(By.CSS_SELECTOR, ".steps li").text


def test_the_map_of_an_indicator_is_drawn_in_colour(browser, server):
    browser.open(f"{server}/wskazniki/{INDICATOR}")
    paths = browser.driver.find_elements(By.CSS_SELECTOR, "figure svg path")
    assert len(paths) == 5
    assert all(path.size["width"] > 20 and path.size["height"] > 20 for path in paths)
    fills = {path.value_of_css_property("fill") for path in paths}
    assert len(fills) >= 3 and "rgb(0, 0, 0)" not in fills


def test_a_phone_shows_the_way_to_the_evidence_beside_the_number(browser, server):
    browser.open(f"{server}/wskazniki/{INDICATOR}", width=390)
    link = browser.driver.find_element(By.CSS_SELECTOR, "table.full tbody td a")
    assert "evidence_" in link.get_attribute("href")
    assert link.location["x"] + link.size["width"] <= 390
    browser.open(f"{server}/wskazniki/{INDICATOR}/mapa", width=390)
    uncovered = browser.driver.execute_script(
        "const button = document.querySelector('.leaflet-control-zoom-in');"
        "button.scrollIntoView({block: 'center'});"
        "const box = button.getBoundingClientRect();"
        "const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];"
        "return button.contains(document.elementFromPoint(x, y));"
    )
    assert uncovered


def test_evidence_is_one_click_from_the_number(browser, server):
    browser.open(f"{server}/wskazniki/{INDICATOR}")
    link = browser.driver.find_element(By.CSS_SELECTOR, "table.full tbody td a").get_attribute(
        "href"
    )
    zone = link.split("zone_id=")[1].split("&")[0]
    with urllib.request.urlopen(f"{link}&f=json&limit=10000", timeout=60) as answer:
        pieces = json.load(answer)["features"]
    numerator = api_values(server, INDICATOR)[zone]["numerator"]
    assert sum(p["properties"]["measure"] for p in pieces) == pytest.approx(numerator, rel=1e-9)


def test_the_keyboard_reaches_the_content_and_the_switch(browser, server):
    browser.open(f"{server}/wskazniki/{INDICATOR}")
    active = browser.driver.switch_to.active_element
    active.send_keys(Keys.TAB)
    first = browser.driver.switch_to.active_element
    assert first.get_attribute("href").endswith("#tresc")
    assert first.is_displayed() and first.location["y"] >= 0
    for _ in range(8):
        browser.driver.switch_to.active_element.send_keys(Keys.TAB)
        here = browser.driver.switch_to.active_element
        if here.text == "English":
            break
    outline = browser.driver.execute_script(
        "return getComputedStyle(document.activeElement).outlineWidth"
    )
    assert here.text == "English" and outline == "3px"
    here.send_keys(Keys.ENTER)
    assert browser.driver.current_url == f"{server}/wskazniki/{INDICATOR}?lang=en"
    assert browser.driver.find_element(By.TAG_NAME, "html").get_attribute("lang") == "en"


def test_a_column_sorts_and_says_so(browser, server):
    browser.open(f"{server}/wskazniki/{INDICATOR}")
    table = "table.full"
    before = list(table_of(browser, table))
    button = browser.driver.find_element(By.CSS_SELECTOR, f"{table} th button")
    browser.driver.execute_script(
        "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", button
    )
    button.click()
    names = list(table_of(browser, table))
    header = browser.driver.find_element(By.CSS_SELECTOR, f"{table} thead th")
    assert header.get_attribute("aria-sort") == "ascending"
    assert names[:-1] == ["Bańgów", "Bytków", "Centrum", "Michałkowice", "Przełajka"]
    assert names[-1] == before[-1] == "Całe miasto"
    button.click()
    assert list(table_of(browser, table))[:-1] == names[-2::-1]
    assert header.get_attribute("aria-sort") == "descending"


def test_an_exported_map_opens_from_a_disk(browser, project, demo_data, tmp_path):
    results = load_results(project, demo_data, INDICATOR)
    path = tmp_path / "mapa.html"
    path.write_text(indicator_map(project, demo_data, INDICATOR, "pl"), encoding="utf-8")
    browser.open(path.as_uri(), width=390)
    assert browser.console() == []
    assert [a for a in browser.requests() if not a.startswith(("file:", "data:", "about:"))] == []
    zoom = browser.driver.find_element(By.CSS_SELECTOR, ".leaflet-control-zoom-in")
    assert zoom.get_attribute("title") == "Przybliż"
    scale = browser.driver.find_element(By.CSS_SELECTOR, ".leaflet-control-scale").text
    assert scale.endswith("m") and "ft" not in scale and "mi" not in scale
    shapes = browser.driver.find_elements(By.CSS_SELECTOR, ".leaflet-overlay-pane path")
    assert len(shapes) >= len(results.rows)
    labels = browser.driver.find_elements(By.CSS_SELECTOR, ".leaflet-marker-pane .label")
    assert {label.text.split("\n")[0] for label in labels} == {r.zone_name for r in results.rows}
    expected = {r.zone_name or "Całe miasto": r.value for r in (*results.rows, results.whole)}
    assert table_of(browser, "main > table") == expected
    assert browser.driver.execute_script("return document.documentElement.scrollWidth") <= 390


def test_an_exported_map_without_scripts_still_tells(browser, project, demo_data, tmp_path):
    path = tmp_path / "mapa.html"
    path.write_text(indicator_map(project, demo_data, INDICATOR, "en"), encoding="utf-8")
    browser.open(path.as_uri(), scripts=False)
    assert browser.driver.find_element(By.CSS_SELECTOR, "noscript svg path").is_displayed()
    assert len(table_of(browser, "main > table")) == 6


def test_the_list_of_layers_is_short_and_an_address_unfolds_one(browser, server):
    browser.open(f"{server}/warstwy", width=390)
    tall = browser.driver.execute_script("return document.documentElement.scrollHeight")
    assert tall < 3_000  # four screens of a phone; unfolded it was 14 300
    browser.open(f"{server}/warstwy#greenery", width=390)
    script = "return [...document.querySelectorAll('details[open] > div')].map((e) => e.id)"
    assert browser.driver.execute_script(script) == ["greenery"]
    script = "return document.querySelector('details[open]').getBoundingClientRect().top"
    # The page scrolls smoothly to it.
    WebDriverWait(browser.driver, 10).until(lambda d: -10 <= d.execute_script(script) < 600)
