"""HTTP around features: what is kept, compressed, streamed, and stopped."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from geo.limits import LIMITS, Limit
from geo.serve.shortcut import _Sent
from geo.store import Catalog
from geo.store.kept import Kept

ITEMS = "/api/collections/assorted/items"
LONG = {"Accept": "application/json;q=0.9, text/html;q=0.1"}
"""What makes the same answer come the long way, past the shortcut."""


@pytest.mark.parametrize("path", [f"{ITEMS}?limit=3", f"{ITEMS}?sortby=-rank&open=true",
                                  f"{ITEMS}/{quote('247401_1.0003.3/0 ?#%')}"])  # fmt: skip
def test_the_short_way_says_what_the_long_way_says(client: TestClient, path: str) -> None:
    if "last-modified" not in client.get(path).headers:
        time.sleep(1.1)  # the town was published this second
    origin = {"Origin": "https://elsewhere.test"}
    short, long = client.get(path, headers=origin), client.get(path, headers=origin | LONG)
    ignored = {"timeStamp"}
    mine, theirs = ({k: v for k, v in one.json().items() if k not in ignored}
                    for one in (short, long))  # fmt: skip
    assert mine == theirs
    names = set(short.headers) | set(long.headers)
    for name in names - {"content-length", "vary"}:
        assert short.headers.get(name) == long.headers.get(name), name
    assert "x-content-type-options" in names and "content-security-policy" in names
    assert set(short.headers["vary"].split(", ")) == {"Accept", "Accept-Encoding"}


def test_time_of_the_last_change(new_town: Callable[[], Any]) -> None:
    town = new_town()
    town.publish(5)
    with town.client() as client:
        assert "last-modified" not in client.get(ITEMS).headers  # another may come this second
        time.sleep(1.1)
        first = client.get(ITEMS)
        at = parsedate_to_datetime(first.headers["last-modified"])
        for since, status in ((at, 304), (at + timedelta(days=1), 304),
                              (at - timedelta(seconds=1), 200)):  # fmt: skip
            headers = {"If-Modified-Since": format_datetime(since, usegmt=True)}
            answer = client.get(ITEMS, headers=headers)
            assert answer.status_code == status
            assert status == 200 or answer.content == b""
            # A tag, where there is one, decides alone.
            assert client.get(ITEMS, headers=headers | {"If-None-Match": '"x"'}).status_code == 200
        for nonsense in ("yesterday", "", "Sun, 22 Nov 2026"):
            assert client.get(ITEMS, headers={"If-Modified-Since": nonsense}).status_code == 200
        town.publish(6)
        time.sleep(1.1)
        headers = {"If-Modified-Since": first.headers["last-modified"]}
        assert client.get(ITEMS, headers=headers).json()["numberMatched"] == 6
        # What is withdrawn is a change too, though the version is older.
        headers = {"If-Modified-Since": client.get(ITEMS).headers["last-modified"]}
        Catalog(town.root).rollback("assorted")
        assert client.get(ITEMS, headers=headers).json()["numberMatched"] == 5


def test_small_answers_count_with_what_python_adds_to_them() -> None:
    def sent(number: int) -> _Sent:
        headers = tuple((b"name-%d-%d" % (number, k), b"%40d" % k) for k in range(10))
        return _Sent(headers, b"%500d" % number)

    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    kept: Kept[_Sent] = Kept(10**9, lambda one: one.nbytes)
    for number in range(300):
        kept.put((1, "/items", b"filter=%100d" % number), sent(number))
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept.nbytes >= after - before


def test_a_kept_answer_ends_with_its_version(new_town: Callable[[], Any]) -> None:
    town = new_town()
    town.publish(5)
    with town.client() as client:
        time.sleep(1.1)
        asked = f"{ITEMS}?sortby=-rank"
        first, again = client.get(asked), client.get(asked)
        assert first.content == again.content  # its time stamp too: it was kept
        assert dict(first.headers) == dict(again.headers)
        town.publish(6)
        assert client.get(asked).json()["numberMatched"] == 6


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("more", ["", "&skipGeometry=true&properties=rank", "&crs=2177"])
def test_a_long_page_is_sent_in_parts(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, packed: bool, more: str
) -> None:
    more = more.replace("2177", "http://www.opengis.net/def/crs/EPSG/0/2177")
    whole = client.get(f"{ITEMS}?limit=40&sortby=-rank{more}").json()
    monkeypatch.setitem(LIMITS, "items_streamed", Limit(7, "features", "for a test"))
    headers = {"Accept-Encoding": "gzip" if packed else "identity"}
    asked = f"{ITEMS}?limit=40&sortby=-rank&lang=pl{more}"
    with client.stream("GET", asked, headers=headers) as answer:
        body = b"".join(answer.iter_raw())
    assert "content-length" not in answer.headers
    assert answer.headers.get("content-encoding") == ("gzip" if packed else None)
    found = json.loads(gzip.decompress(body) if packed else body)
    assert found["features"] == whole["features"]
    assert found["numberReturned"] == 40
    assert "etag" in answer.headers and "x-content-type-options" in answer.headers


def test_parts_are_read_when_they_are_sent(town: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a part is on its way to a slow client the next one is not in memory."""
    from geo.store.featurefile import FeatureFile

    monkeypatch.setitem(LIMITS, "items_streamed", Limit(4, "features", "for a test"))
    reads: list[int] = []
    joined = FeatureFile.joined

    def counted(self: FeatureFile, rids: Any) -> bytes:
        reads.append(len(rids))
        return joined(self, rids)

    monkeypatch.setattr(FeatureFile, "joined", counted)
    app = town.client().app
    seen: list[int] = []

    async def ask() -> None:
        async def receive() -> dict[str, Any]:
            await asyncio.sleep(60)
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.body":
                seen.append(len(reads))

        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "method": "GET",
            "http_version": "1.1", "scheme": "http", "path": ITEMS, "raw_path": ITEMS.encode(),
            "query_string": b"limit=40", "root_path": "", "headers": [(b"host", b"town.test")],
            "server": ("town.test", 80), "client": ("127.0.0.1", 1),
        }  # fmt: skip
        await app(scope, receive, send)

    asyncio.run(ask())
    assert reads == [4] * 10
    assert seen[1:11] == list(range(1, 11))


def test_a_question_that_takes_too_long_is_503(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "query_seconds", Limit(-1, "s", "for a test"))
    for query in ("filter=rank%20%3E%203.25", "bbox=19.0151,50.2,19.0251,50.2793"):
        answer = client.get(f"{ITEMS}?{query}")
        if answer.status_code != 503:
            assert query.startswith("filter"), answer.text  # 40 rows end before the clock is seen
            continue
        body = answer.json()
        assert (answer.headers["cache-control"], body["code"]) == ("no-store", "TooSlow")
        assert "smaller box" in body["description"]
    monkeypatch.undo()
    assert client.get(f"{ITEMS}?bbox=19.0151,50.2,19.0251,50.2793").status_code == 200
