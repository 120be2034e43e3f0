"""The filter form: what is filled in becomes CQL2 that finds just that, without JavaScript."""

from __future__ import annotations

from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from geo.errors import UsageError
from geo.model.cql2 import check, parse_text, to_text
from geo.serve.filterform import form, names, predicate

HERE = "/api/collections/assorted/filter"
BROWSER = {"Accept": "text/html,*/*;q=0.8"}


def made(layer: Any, **filled: str) -> str:
    found = predicate(
        layer, form(layer, "pl", {k.replace("__", "."): v for k, v in filled.items()})
    )
    return "" if found is None else to_text(found)


@pytest.fixture(scope="module")
def layer(town: Any) -> Any:
    return town.project.layers["assorted"]


@pytest.mark.parametrize(
    ("filled", "text"),
    [
        ({}, ""),
        ({"code": "  ", "rank__from": ""}, ""),
        ({"code": "a'b"}, "CASEI(ACCENTI(code)) LIKE CASEI(ACCENTI('%a''b%'))"),
        ({"code": "50%_\\"}, r"CASEI(ACCENTI(code)) LIKE CASEI(ACCENTI('%50\\%\\_\\\\%'))"),
        ({"code": "A", "code__op": "is"}, "code = 'A'"),
        ({"code": "A", "code__op": "not"}, "code <> 'A'"),
        ({"code": "A", "code__op": "begins"}, "CASEI(ACCENTI(code)) LIKE CASEI(ACCENTI('A%'))"),
        ({"szerokość__op": "empty"}, "szerokość IS NULL"),
        ({"szerokość__op": "filled"}, "NOT (szerokość IS NULL)"),
        ({"rank__from": "3"}, "rank >= 3"),
        ({"rank__from": "3", "rank__to": "3"}, "rank = 3"),
        ({"area__from": "0,5", "area__to": "1.5"}, "area BETWEEN 0.5 AND 1.5"),
        ({"open": "true"}, "open = TRUE"),
        ({"day__to": "2026-01-03"}, "day <= DATE('2026-01-03')"),
        ({"at__from": "2026-11-22"}, "at >= TIMESTAMP('2026-11-22T00:00:00Z')"),
        ({"rank__from": "3", "open": "false"}, "(rank >= 3) AND (open = FALSE)"),
        ({"secret": "hush"}, ""),
    ],
)
def test_what_is_filled_in_becomes_cql2(layer: Any, filled: dict[str, str], text: str) -> None:
    found = made(layer, **filled)
    assert found == text
    if found:
        types = {field.name: field.type for field in layer.public_fields}
        tree = parse_text(found)
        check(tree, types)
        assert to_text(tree) == found


@pytest.mark.parametrize(
    "filled",
    [{"rank__from": "x"}, {"area__to": "1,5,5"}, {"day__from": "22.11.2026"}, {"at__to": "x"}],
)
def test_what_has_no_meaning_is_refused(layer: Any, filled: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=next(iter(filled)).split("__")[0]):
        made(layer, **filled)


@given(st.text(min_size=1, max_size=40).filter(lambda text: text.strip() and "\x00" not in text))
def test_any_text_stays_a_text(town: Any, text: str) -> None:
    layer = town.project.layers["assorted"]
    for operator in ("contains", "is", "not", "begins"):
        found = made(layer, code=text, code__op=operator)
        assert to_text(parse_text(found)) == found
        assert found.count("LIKE") <= 1 or "LIKE" in text


def shown(client: TestClient, **filled: str) -> str:
    params = {name.replace("__", "."): value for name, value in filled.items()}
    answer = client.get(HERE, params={**params, "go": "cql2"}, headers=BROWSER)
    assert answer.status_code == 200
    return unescape(answer.text)


def test_the_page_shows_the_text_and_how_many_match(client: TestClient) -> None:
    page = shown(client, rank__from="30")
    assert '<pre id="made">rank >= 30</pre>' in page
    assert "Pasujących obiektów: <strong>10</strong>" in page
    assert 'name="rank.from" value="30"' in page, "the form keeps what was filled in"
    assert "<pre" not in shown(client)


def test_the_form_leads_to_the_features(client: TestClient) -> None:
    answer = client.get(
        HERE, params={"go": "items", "szerokość": "o'neil", "lang": "en"},
        headers=BROWSER, follow_redirects=False,
    )  # fmt: skip
    assert answer.status_code == 303
    where = urlsplit(answer.headers["location"])
    asked = {name: value for name, (value,) in parse_qs(where.query).items()}
    assert asked["lang"] == "en" and "LIKE" in asked["filter"]
    page = client.get(answer.headers["location"], headers=BROWSER)
    assert page.status_code == 200 and "O&#39;Neil" in page.text
    data = client.get(f"{where.path}?filter={asked['filter']}&f=json").json()
    assert {one["properties"]["rank"] % 6 for one in data["features"]} == {1}
    assert data["numberMatched"] == len(data["features"]) == 7
    everything = client.get(HERE, params={"go": "items", "rank.from": ""}, headers=BROWSER)
    assert "1–40 z 40" in everything.text


def test_a_district_is_a_place_to_look_in(client: TestClient) -> None:
    page = shown(client, place="a")
    assert "S_INTERSECTS(geometry, POLYGON((" in page
    # Ten squares lie in the first district, and one touches its edge.
    assert "Pasujących obiektów: <strong>11</strong>" in page
    assert 'value="a" selected' in page and "Bańgów" in page
    answer = client.get(HERE, params={"place": "b", "go": "items"}, headers=BROWSER)
    assert answer.status_code == 200 and "1–11 z 11" in answer.text
    zones = client.get("/api/collections/districts/filter", headers=BROWSER).text
    assert 'name="place"' not in zones
    refused = client.get(HERE, params={"place": "nowhere"}, headers=BROWSER)
    assert "nowhere" in refused.text and 'role="alert"' in refused.text


def test_mistakes_are_said_on_the_page_and_strangers_parameters_refused(client: TestClient) -> None:
    page = shown(client, rank__from="many")
    assert 'role="alert"' in page and "many" in page
    assert client.get(f"{HERE}?secret=x", headers=BROWSER).status_code == 400
    assert client.get(f"{HERE}?foo=x", headers=BROWSER).status_code == 400
    long = client.get(HERE, params={"code": "ą" * 2_000}, headers=BROWSER)
    assert long.status_code == 400 or "too long" in long.text


def test_every_control_has_a_name_and_queryables_show_the_form(
    client: TestClient, layer: Any
) -> None:
    page = client.get("/api/collections/assorted/queryables", headers=BROWSER).text
    for name in ("code", "code.op", "rank.from", "rank.to", "open", "day.from", "at.to", "place"):
        assert f'name="{name}"' in page, name
        assert name in names(layer)
    assert "secret" not in page
    assert f'action="http://town.test{HERE}"' in page
