"""Text comes out as it went in, in every format: slashes, markup, quotes, U+2028, emoji."""

from __future__ import annotations

import csv
import html.parser
import io
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import geopandas as gpd
import mapbox_vector_tile
import pytest

from geo.flow.export.spreadsheet import harmless

COLLECTION = "/api/collections/assorted"
Reading = Callable[[object, Path], dict[str, str | None]]


def expected(town) -> dict[str, str | None]:
    """Id -> text of the rows that were published; null stays null."""
    frame = town.squares()
    texts = [text if isinstance(text, str) else None for text in frame["szerokość"]]
    return dict(zip(frame["code"], texts, strict=True))


def _features(document: dict) -> dict[str, str | None]:
    return {one["id"]: one["properties"]["szerokość"] for one in document["features"]}


def items(client, folder: Path) -> dict[str, str | None]:
    return _features(client.get(f"{COLLECTION}/items?limit=1000").json())


def raw_bytes(client, folder: Path) -> dict[str, str | None]:
    answer = client.get(f"{COLLECTION}/items?limit=1000&f=json")
    return _features(json.loads(answer.content.decode("utf-8")))


def single(client, folder: Path) -> dict[str, str | None]:
    ids = [one["id"] for one in client.get(f"{COLLECTION}/items?limit=1000").json()["features"]]
    found = {}
    for number, code in enumerate(ids):
        safe = "/" if number % 2 else ""
        one = client.get(f"{COLLECTION}/items/{quote(code, safe=safe)}").json()
        found[one["id"]] = one["properties"]["szerokość"]
    return found


def file(suffix: str) -> Reading:
    def read(client, folder: Path) -> dict[str, str | None]:
        path = folder / f"assorted{suffix}"
        path.write_bytes(client.get(f"{COLLECTION}/files/assorted{suffix}").content)
        if suffix == ".parquet":
            frame = gpd.read_parquet(path)
        elif suffix == ".gpkg":
            with sqlite3.connect(path) as db:
                rows = db.execute('SELECT code, "szerokość" FROM assorted').fetchall()
            db.close()
            return dict(rows)
        else:
            frame = gpd.read_file(path)
        texts = [text if isinstance(text, str) else None for text in frame["szerokość"]]
        return dict(zip(frame["code"], texts, strict=True))

    return read


def tile(client, folder: Path) -> dict[str, str | None]:
    matrix = client.get(f"{COLLECTION}/tiles/WebMercatorQuad").json()
    found: dict[str, str | None] = {}
    one = next(each for each in matrix["tileMatrixSetLimits"] if each["tileMatrix"] == "15")
    for row in range(one["minTileRow"], one["maxTileRow"] + 1):
        for column in range(one["minTileCol"], one["maxTileCol"] + 1):
            answer = client.get(f"{COLLECTION}/tiles/WebMercatorQuad/15/{row}/{column}")
            if answer.status_code == 200:
                decoded = mapbox_vector_tile.decode(answer.content)
                for feature in decoded["assorted"]["features"]:
                    properties = feature["properties"]
                    found[properties["code"]] = properties.get("szerokość")
    return found


FORMATS: dict[str, Reading] = {
    "items": items,
    "bytes": raw_bytes,
    "single items": single,
    "GeoPackage": file(".gpkg"),
    "FlatGeobuf": file(".fgb"),
    "GeoParquet": file(".parquet"),
    "GeoJSON": file(".geojson"),
    "JSON-FG": file(".fg.json"),
    "tiles": tile,
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_text_comes_out_as_it_went_in(client, town, tmp_path: Path, name: str) -> None:
    assert FORMATS[name](client, tmp_path) == expected(town)


def test_csv_differs_only_where_a_formula_would_run(client, town) -> None:
    body = client.get(f"{COLLECTION}/files/assorted.csv").content.decode()
    found = {row["code"]: row["szerokość"] for row in csv.DictReader(io.StringIO(body, newline=""))}
    assert found == {code: harmless(text or "") for code, text in expected(town).items()}


class Text(html.parser.HTMLParser):
    """The text that a reader of a page sees, and the elements that stand in it."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.elements: list[str] = []

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.elements.append(tag)


def test_a_page_shows_the_text_and_runs_none_of_it(client, town) -> None:
    code, text = next(
        (code, text) for code, text in expected(town).items() if text and "<script>" in text
    )
    answer = client.get(f"{COLLECTION}/items/{quote(code)}?f=html")
    page = Text()
    page.feed(answer.text)
    assert text in "".join(page.text)
    assert "alert('&lt;')</script>" not in answer.text


def test_a_filter_finds_each_text(client, town) -> None:
    texts = {text: code for code, text in expected(town).items() if text is not None}
    for text, code in texts.items():
        literal = text.replace("'", "''")
        answer = client.get(
            f"{COLLECTION}/items", params={"filter": f"szerokość = '{literal}'", "limit": "1000"}
        )
        found = _features(answer.json())
        assert code in found
        assert set(found.values()) == {text}
