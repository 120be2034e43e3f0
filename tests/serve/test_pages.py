"""Pages for people: chosen by Accept, in two languages, escaped, and without anything foreign."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest
from jinja2 import Environment, FileSystemLoader
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from geo import serve
from geo.serve.app import create_app
from geo.serve.endpoints import LEAFLET
from geo.serve.parameters import wanted_format
from geo.view.portal import routes

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
PATHS = [
    "/api", "/api/collections", "/api/collections/assorted", "/api/collections/assorted/items",
    "/api/collections/assorted/queryables", "/api/collections/assorted/schema",
    "/api/conformance", "/api/openapi", "/api/collections/nothing", "/api/nothing",
    "/api/collections/assorted/filter", "/api/collections/assorted/filter?rank.from=x",
    "/api/collections/catalogue", "/api/collections/catalogue/items?q=r",
    "/api/collections/catalogue/items/layer.assorted", "/api/collections/catalogue/sortables",
    "/api/tileMatrixSets", "/api/tileMatrixSets/WebMercatorQuad",
    "/api/collections/assorted/tiles", "/api/collections/assorted/tiles/WebMercatorQuad",
    "/api/collections/assorted/style",
    "/api/collections/assorted/items?foo=%3Cscript%3Ealert(1)%3C/script%3E",
]  # fmt: skip


class Page(HTMLParser):
    """What a browser would load, run and follow."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.follows: list[str] = []
        self.inline: list[str] = []
        self.language = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.inline += [name for name in found if name.startswith("on") or name == "style"]
        if tag == "html":
            self.language = found["lang"] or ""
        if tag == "style" or (tag == "script" and "src" not in found):
            self.inline.append(tag)
        if tag in ("script", "img", "link", "iframe"):
            self.loads.append(found.get("src") or found.get("href") or "")
        if tag == "a":
            self.follows.append(found["href"] or "")


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("path", PATHS)
def test_a_browser_gets_a_page_with_nothing_foreign_in_it(
    client: TestClient, path: str, language: str
) -> None:
    glue = "&" if "?" in path else "?"
    url = f"{path}{glue}lang=en" if language == "en" else path
    answer = client.get(url, headers={"Accept": BROWSER})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    page = Page(answer.text)
    assert page.language == language
    assert page.inline == []
    assert page.loads
    for load in page.loads:
        assert urlsplit(urljoin("http://town.test", load)).netloc == "town.test"
        assert client.get(load).status_code == 200
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "<script>alert" not in answer.text


def test_links_between_pages_lead_somewhere_and_keep_the_language(client: TestClient) -> None:
    todo, seen = ["http://town.test/api?lang=en"], set()
    while todo and len(seen) < 60:
        url = todo.pop()
        seen.add(url)
        answer = client.get(url, headers={"Accept": BROWSER})
        assert answer.status_code == 200, url
        if answer.headers["content-type"].startswith("text/html"):
            page = Page(answer.text)
            assert page.language == "en", url
            for href in page.follows:
                found = urljoin(url, href)
                if found.startswith("http://town.test/api") and "lang=pl" not in found:
                    todo += [found] if found not in seen else []
    assert any("/items/" in url for url in seen)
    assert len(seen) > 20


def test_values_are_escaped_and_shown_as_they_are(client: TestClient) -> None:
    page = client.get("/api/collections/assorted/items?f=html").text
    assert "&lt;script&gt;alert(&#39;&amp;lt;&#39;)&lt;/script&gt;" in page
    assert "{{ 7*7 }}" in page and "49" not in re.findall(r"two\s+lines\s+and (\S+)", page)
    assert "Różności &lt;i&gt;" in page
    assert page.count("<tr>") == 41


def test_pages_of_a_long_list(client: TestClient) -> None:
    page = Page(client.get("/api/collections/assorted/items?f=html&limit=30&open=true").text)
    assert not any("offset" in href for href in page.follows)
    filtered = client.get("/api/collections/assorted/items?f=html&code=%3Cb%3E").text
    assert "<code>code = &lt;b&gt;</code>" in filtered
    text = client.get("/api/collections/assorted/items?f=html&limit=30").text
    assert "1–30 z 40" in text
    (after,) = [href for href in Page(text).follows if "offset=" in href]
    last = client.get(f"/api/collections/assorted/items{after}").text
    assert "31–40 z 40" in last
    assert not any("offset=60" in href for href in Page(last).follows)


def test_one_feature_has_a_page(client: TestClient) -> None:
    feature = client.get("/api/collections/assorted/items?rank=1").json()["features"][0]
    path = f"/api/collections/assorted/items/{quote(feature['id'])}"
    page = client.get(path, headers={"Accept": BROWSER}).text
    assert "O&#39;Neil" in page
    assert "Szerokość" in page and "tak" not in page and "nie" in page


def test_maps_are_drawn_by_libraries_of_this_server(client: TestClient) -> None:
    items = client.get("/api/collections/assorted/items?f=html").text
    assert f'src="{LEAFLET}/leaflet.js"' in items and 'id="map"' in items
    collection = client.get("/api/collections/assorted?f=html").text
    assert 'type="module" src="/api/static/tilemap.js"' in collection
    assert 'data-style="/api/collections/assorted/style?f=json&amp;lang=pl"' in collection
    for file in ("maplibre-gl.mjs", "maplibre-gl-worker.mjs"):
        answer = client.get(f"/api/static/vendor/maplibre/{file}")
        assert answer.headers["content-type"].startswith("text/javascript")
    policy = client.get("/api").headers["content-security-policy"]
    assert "worker-src 'self'" in policy and "unsafe" not in policy


def test_a_collection_shows_its_first_features_and_its_files(client: TestClient) -> None:
    page = client.get("/api/collections/assorted?f=html").text
    assert page.count("/items/247401_1.0003.") == 5
    assert "&lt;script&gt;alert" in page
    links = client.get("/api/collections/assorted").json()["links"]
    for link in links:
        if link["rel"] == "enclosure":
            assert f'href="{link["href"]}"' in page


def test_portal_and_api_share_one_look(town: Any) -> None:
    app = create_app(
        town.project, town.root, server_url="http://t",
        extra_routes=[*routes(town.project, town.root)],
    )  # fmt: skip
    with TestClient(app, base_url="http://t") as client:
        for path in ("/", "/api", "/api/collections"):
            page = Page(client.get(path, headers={"Accept": BROWSER}).text)
            assert any(load.endswith("/base.css") for load in page.loads), path
            assert any(href.startswith("/warstwy") for href in page.follows), path
            assert any(href.startswith("/api/collections/catalogue/items") for href in page.follows)
        assert client.get("/static/base.css").content == client.get("/api/static/base.css").content


def test_a_portal_comes_first_and_keeps_its_own_policy(town) -> None:
    def start(request: object) -> PlainTextResponse:
        return PlainTextResponse("portal", headers={"Content-Security-Policy": "default-src *"})

    app = create_app(
        town.project, town.root, server_url="http://t", extra_routes=[Route("/", start)]
    )
    with TestClient(app) as client:
        assert client.get("/").text == "portal"
        assert client.get("/").headers["content-security-policy"] == "default-src *"
        assert client.get("/").headers["x-content-type-options"] == "nosniff"
        assert client.get("/api").status_code == 200


def test_without_a_portal_the_root_leads_to_the_api(client: TestClient) -> None:
    answer = client.get("/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/api")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "json"), ("*/*", "json"), ("application/json", "json"), (BROWSER, "html"),
        ("application/geo+json, text/html;q=0.5", "json"), ("text/html", "html"),
        ("text/html;q=0.2, application/json;q=0.1", "html"), ("image/png", "json"),
        ("text/html;q=0", "json"), ("garbage;;;q=x,,", "json"),
    ],
)  # fmt: skip
def test_the_format_follows_accept(accept: str, expected: str) -> None:
    from starlette.datastructures import QueryParams

    assert wanted_format(QueryParams(""), accept) == expected
    assert wanted_format(QueryParams("f=json"), accept) == "json"
    assert wanted_format(QueryParams("f=html"), accept) == "html"


@pytest.mark.parametrize(
    ("value", "polish", "english"),
    [(423242.8985725169, "423\u202f242,90", "423,242.90"), (63892.0, "63\u202f892", "63,892"),
     (-1459.7415, "-1\u202f459,74", "-1,459.74"), (0.00041234, "0,000412", "0.000412"),
     (0.0, "0", "0")],
)  # fmt: skip
def test_a_number_is_read_as_people_write_it_and_kept_whole(value, polish, english) -> None:
    folder = Path(serve.__file__).parent / "templates"
    template = Environment(loader=FileSystemLoader(folder), autoescape=True).from_string(
        "{% from '_words.html' import shown with context %}{{ shown(value) }}"
    )
    for language, text in (("pl", polish), ("en", english)):
        told = template.render(value=value, locale={"language": language})
        assert told == f'<data value="{value!r}">{text}</data>'
