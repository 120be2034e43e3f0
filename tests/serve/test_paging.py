"""Paging behind ``next``: complete, in order, tied to its question and to its version."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from geo.store import Catalog
from geo.store.catalog import FILE

ITEMS = "/api/collections/assorted/items"


def link(document: dict[str, Any], rel: str) -> str:
    found = [one["href"] for one in document["links"] if one["rel"] == rel]
    assert len(found) <= 1
    return found[0] if found else ""


def walk(client: TestClient, **params: Any) -> list[dict[str, Any]]:
    pages = [client.get(ITEMS, params=params).json()]
    while following := link(pages[-1], "next"):
        pages.append(client.get(following).json())
    return pages


SORTS = st.lists(
    st.tuples(
        st.sampled_from("+-"), st.sampled_from(["szerokość", "open", "rank", "area", "day", "at"])
    ),
    max_size=3, unique_by=lambda one: one[1],
)  # fmt: skip


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    sort=SORTS,
    limit=st.integers(1, 45),
    text=st.sampled_from(["", "rank > 10", "szerokość IS NULL", "NOT open", "rank < 0"]),
    bbox=st.sampled_from(["", "19.0,50.2,19.04,50.3"]),
)
def test_every_feature_comes_once_in_order(
    client: TestClient, sort: list[tuple[str, str]], limit: int, text: str, bbox: str
) -> None:
    params = {"sortby": ",".join(map("".join, sort)), "filter": text, "bbox": bbox}
    params = {name: value for name, value in params.items() if value}
    (whole,) = walk(client, **params, limit=1000)
    pages = walk(client, **params, limit=limit)
    assert [one for page in pages for one in page["features"]] == whole["features"]
    for page in pages:
        assert page["numberMatched"] == len(whole["features"])
        assert page["numberReturned"] == len(page["features"])
        assert page["features"] or len(pages) == 1


def test_next_changes_nothing_but_the_place(client: TestClient) -> None:
    crs = "http://www.opengis.net/def/crs/EPSG/0/2177"
    asked = {"limit": "7", "sortby": "-open,rank", "crs": crs, "properties": "rank", "lang": "en",
             "f": "json"}  # fmt: skip
    page = client.get(ITEMS, params=asked).json()
    found = dict(parse_qsl(urlsplit(link(page, "next")).query))
    cursor = found.pop("cursor")
    assert found == asked and "offset" not in found
    answer = client.get(link(page, "next"))
    assert answer.headers["content-crs"] == f"<{crs}>"
    assert set(answer.json()["features"][0]["properties"]) == {"rank"}
    # The size of a page may change on the way.
    more = client.get(ITEMS, params={**asked, "limit": "100", "cursor": cursor}).json()
    assert more["numberReturned"] == 33


def test_the_page_before(client: TestClient) -> None:
    pages = walk(client, limit=9)
    for before, page in pairwise(pages):
        assert client.get(link(page, "prev")).json()["features"] == before["features"]
    assert not link(pages[0], "prev")


def test_a_cursor_belongs_to_one_question(client: TestClient) -> None:
    page = client.get(ITEMS, params={"limit": 5, "filter": "rank > 3"}).json()
    cursor = dict(parse_qsl(urlsplit(link(page, "next")).query))["cursor"]
    assert client.get(ITEMS, params={"filter": "rank > 3", "cursor": cursor}).status_code == 200
    for other in ({}, {"filter": "rank > 4"}, {"filter": "rank > 3", "sortby": "rank"},
                  {"filter": "rank > 3", "open": "true"},
                  {"filter": "rank > 3", "bbox": "1,2,30,60"}):  # fmt: skip
        answer = client.get(ITEMS, params={**other, "cursor": cursor})
        assert answer.status_code == 400, other
        assert "rel=next" in answer.json()["description"]
    other_letter = "B" if cursor.startswith("A") else "A"
    for broken in (cursor[:-1], cursor[1:], other_letter + cursor[1:], cursor + "A", cursor[::-1]):
        answer = client.get(ITEMS, params={"filter": "rank > 3", "cursor": broken})
        assert answer.status_code == 400, broken


def ranks(pages: list[dict[str, Any]]) -> list[int]:
    return [one["properties"]["rank"] for page in pages for one in page["features"]]


def test_a_walk_ends_in_the_version_that_it_began_in(new_town: Callable[[], Any]) -> None:
    town = new_town()
    town.publish(30)
    with town.client() as client:
        first = client.get(ITEMS, params={"limit": 12, "sortby": "-rank"}).json()
        town.publish(12, shift=500.0)
        second = client.get(link(first, "next")).json()
        assert second["numberMatched"] == 30
        third = client.get(link(second, "next")).json()
        assert ranks([first, second, third]) == list(range(29, -1, -1))
        assert not link(third, "next")
        assert client.get(ITEMS).json()["numberMatched"] == 12


def test_a_version_that_was_withdrawn_is_gone(new_town: Callable[[], Any]) -> None:
    town = new_town()
    town.publish(30)
    town.publish(40)
    with town.client() as client:
        first = client.get(ITEMS, params={"limit": 12}).json()
        Catalog(town.root).rollback("assorted")
        answer = client.get(link(first, "next"))
        assert answer.status_code == 410
        assert "begin again" in answer.json()["description"]


def test_a_version_of_long_ago_is_gone(new_town: Callable[[], Any]) -> None:
    town = new_town()
    town.publish(30)
    with town.client() as client:
        first = client.get(ITEMS, params={"limit": 12}).json()
        town.publish(31)
        with closing(sqlite3.connect(town.root / FILE)) as db, db:
            db.execute("UPDATE audit SET at = '2026-01-01T00:00:00Z'")
        assert client.get(link(first, "next")).status_code == 410


@pytest.mark.parametrize("version", ["20260101T000000Z-00000000", "../../etc", "x"])
def test_a_version_that_never_was_is_gone(client: TestClient, version: str) -> None:
    from geo.serve.cursor import Cursor
    from geo.serve.parameters import ItemsQuery

    cursor = Cursor(version, 1).text("assorted", ItemsQuery(limit=1))
    assert client.get(ITEMS, params={"cursor": cursor}).status_code == 410
