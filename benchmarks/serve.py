"""Pages of features: Geobank against pygeoapi's stock GeoPackage provider, on the same data.

Run ``python benchmarks/serve.py [--quick]``. All sides answer through ASGI in one process and in
turns, so that they meet the same noise; figures are CPU milliseconds, medians. Beside them stands
a bare Starlette route that sends the same bytes: no server can be cheaper. The last line is one
line of JSON.

The stock GeoPackage provider needs Debian's libsqlite3-mod-spatialite and a Python whose sqlite3
loads extensions; where it does not, ``uv run --with pysqlite3-binary python benchmarks/serve.py``.
Without either, pygeoapi's GeoJSON provider stands in, and the report says so.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import logging
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from pygeoapi.api import API, APIRequest, itemtypes
from pygeoapi.provider import sqlite as stock_sqlite
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message

from geo.crs import CRS84, METRIC, reproject, uri
from geo.model import load_project
from geo.serve.app import create_app
from geo.serve.config import live_config
from geo.store import Catalog, from_frame, write_snapshot

ROOT = Path(__file__).resolve().parents[1]
LAYER = "parcels"
URL = "http://127.0.0.1:5000"


def parcels(count: int) -> gpd.GeoDataFrame:
    """Return a grid of parcels of about 20 m with 12 vertices each, EPSG:2180."""
    rng = np.random.default_rng(2026)
    side = int(np.ceil(np.sqrt(count)))
    place = np.arange(count)
    x, y = 500_000 + 22.0 * (place % side), 268_000 + 22.0 * (place // side)
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    radius = rng.uniform(8, 11, (count, 12))
    rings = np.stack(
        [x[:, None] + radius * np.cos(angles), y[:, None] + radius * np.sin(angles)], 2
    )
    frame = {
        "parcel_id": [f"247401_1.{i % 9:04}.{i}/{i % 7}" for i in range(count)],
        "precinct": [f"{i % 9:04}" for i in range(count)],
        "land_use": rng.choice(["B", "Bp", "dr", "R", "Lz"], count),
        "register_area_m2": rng.uniform(200, 900, count).round(1),
    }
    return gpd.GeoDataFrame(frame, geometry=shapely.polygons(rings), crs=METRIC)


def _let_sqlite_load_extensions() -> None:
    """Give the stock provider a sqlite3 that can, if this interpreter's own cannot."""
    if hasattr(sqlite3.Connection, "enable_load_extension"):
        return
    try:
        stock_sqlite.sqlite3 = importlib.import_module("pysqlite3")
    except ImportError:
        print("sqlite3 loads no extensions here and pysqlite3 is not installed")


def stock_app(frame: gpd.GeoDataFrame, folder: Path, config: dict[str, Any]) -> tuple[str, ASGIApp]:
    """Return pygeoapi's own API over its own provider, for the same collection, and its name."""
    _let_sqlite_load_extensions()
    flat = frame.to_crs("EPSG:4326")
    flat["id"] = np.arange(len(flat))
    flat.to_file(folder / "peer.gpkg", layer=LAYER, engine="pyogrio")
    flat.to_file(folder / "peer.geojson", engine="pyogrio")
    for name, file in (("SQLiteGPKG", "peer.gpkg"), ("GeoJSON", "peer.geojson")):
        provider = {
            "type": "feature",
            "name": name,
            "data": str(folder / file),
            "table": LAYER,
            "id_field": "id",
            "crs": [uri(CRS84)],
            "storage_crs": uri(CRS84),
        }
        resource = {**config["resources"][LAYER], "providers": [provider], "formatters": []}
        app = _stock({**config, "resources": {LAYER: resource}})
        if status(app, f"/api/collections/{LAYER}/items?limit=1") == 200:
            return name, app
    raise SystemExit("no stock provider of pygeoapi works here")


def _stock(config: dict[str, Any]) -> ASGIApp:
    api = API(config, {})

    async def items(request: Request) -> Response:
        asked = await APIRequest.from_starlette(request, api.locales)
        if "item" in request.path_params:
            found = itemtypes.get_collection_item(api, asked, LAYER, request.path_params["item"])
        else:
            found = itemtypes.get_collection_items(api, asked, LAYER)
        headers, code, body = found
        return Response(body, code, headers)

    base = f"/api/collections/{LAYER}/items"
    return Starlette(routes=[Route(base, items), Route(f"{base}/{{item:path}}", items)])


def bare_app(body: bytes) -> ASGIApp:
    """Return a Starlette that knows one answer."""

    async def answer(request: Request) -> Response:
        return Response(body, media_type="application/geo+json")

    return Starlette(routes=[Route("/{path:path}", answer)])


async def ask(app: ASGIApp, url: str) -> tuple[int, bytes]:
    """Send one GET through ASGI, with no network between."""
    path, _, query = url.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": query.encode(),
        "root_path": "", "headers": [(b"host", b"127.0.0.1:5000")], "server": ("127.0.0.1", 5000),
        "client": ("127.0.0.1", 1),
    }  # fmt: skip
    heard: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        heard.append(message)

    await app(scope, receive, send)
    return heard[0]["status"], b"".join(message.get("body", b"") for message in heard[1:])


def status(app: ASGIApp, url: str) -> int:
    """Return the status of an answer; an exception is a 500."""
    try:
        return asyncio.run(ask(app, url))[0]
    except Exception:  # whatever a missing extension raises
        return 500


async def in_turns(asked: dict[str, Callable[[], Any]], repeats: int) -> dict[str, float]:
    """Return the median CPU milliseconds of each side, one after the other in every round."""
    spent: dict[str, list[float]] = {name: [] for name in asked}
    for turn in range(repeats + 1):
        for name, call in asked.items():
            start = time.process_time()
            code, _ = await call()
            assert code == 200, name
            if turn:  # the first one warms up
                spent[name].append((time.process_time() - start) * 1e3)
    return {name: statistics.median(times) for name, times in spent.items()}


async def compare(ours: ASGIApp, stock: ASGIApp, frame: gpd.GeoDataFrame, repeats: int) -> dict:
    """Measure every kind of question; return figures by name."""
    base = f"/api/collections/{LAYER}/items"
    middle = frame.iloc[len(frame) // 2]
    x, y = middle.geometry.centroid.coords[0]
    west, south, east, north = frame.total_bounds
    half = np.array([east - west, north - south]) / 20  # a tenth of each side: 1 % of the area
    corner = shapely.box(x - half[0], y - half[1], x + half[0], y + half[1])
    box = ",".join(f"{v:.7f}" for v in reproject(np.array([corner]), METRIC, CRS84)[0].bounds)
    questions = {
        "first_page_10": (f"{base}?limit=10", f"{base}?f=json&limit=10"),
        "limit_1000": (f"{base}?limit=1000", f"{base}?f=json&limit=1000"),
        "bbox_1_percent": (
            f"{base}?limit=10000&bbox={box}",
            f"{base}?f=json&limit=10000&bbox={box}",
        ),
        "one_item": (f"{base}/{middle.parcel_id}", f"{base}/{len(frame) // 2}?f=json"),
    }
    figures: dict[str, Any] = {}
    for name, (mine, theirs) in questions.items():
        body = (await ask(ours, mine))[1]
        figures[name] = await _row(ours, stock, bare_app(body), mine, theirs, body, repeats)
    return figures


async def _row(
    ours: ASGIApp, stock: ASGIApp, bare: ASGIApp, mine: str, theirs: str, body: bytes, repeats: int
) -> dict[str, float]:
    sides = {
        "geobank": lambda: ask(ours, mine),
        "stock": lambda: ask(stock, theirs),
        "bare": lambda: ask(bare, mine),
    }
    await _agree(ours, stock, mine, theirs)
    found = await in_turns(sides, repeats)
    return {
        **{f"{side}_ms": round(value, 3) for side, value in found.items()},
        "times_faster": round(found["stock"] / found["geobank"], 1),
        "kilobytes": round(len(body) / 1024, 1),
    }


async def _agree(ours: ASGIApp, stock: ASGIApp, mine: str, theirs: str) -> None:
    """Refuse to compare answers that hold different features."""
    answers = [json.loads((await ask(*side))[1]) for side in ((ours, mine), (stock, theirs))]
    ids = [
        sorted(one["properties"]["parcel_id"] for one in found.get("features", [found]))
        for found in answers
    ]
    assert len(ids[0]) == len(ids[1]), f"{len(ids[0])} features here, {len(ids[1])} there: {mine}"
    if len(ids[0]) == answers[0].get("numberMatched", 1):  # pages begin where each order begins
        assert ids[0] == ids[1], mine


def main() -> None:
    """Publish once, ask all sides the same, and say what it cost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="20 000 parcels in place of 100 000")
    quick = parser.parse_args().quick
    logging.disable(logging.CRITICAL)
    count, repeats = (20_000, 9) if quick else (100_000, 15)
    project, frame = load_project(ROOT), parcels(count)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        layer = project.layers[LAYER]
        start = time.process_time()
        snapshot = write_snapshot(
            folder / "data", layer, from_frame(layer, frame), source_name="b", synthetic=True
        )
        Catalog(folder / "data").publish(snapshot)
        publish_s = time.process_time() - start
        ours = create_app(project, folder / "data", server_url=URL)
        config = live_config(project, folder / "data", URL, {LAYER: snapshot})
        peer, stock = stock_app(frame, folder, config)
        figures = asyncio.run(compare(ours, stock, frame, repeats))
    _report(figures, peer, count)
    print(
        json.dumps(
            {
                "benchmark": "serve",
                "features": count,
                "peer": f"pygeoapi {peer}",
                "publish_cpu_s": round(publish_s, 2),
                "cpu_ms": figures,
            }
        )
    )


def _report(figures: dict[str, Any], peer: str, count: int) -> None:
    print(f"{count} parcels; CPU ms, medians; peer: pygeoapi {peer}")
    print(f"{'':16}{'geobank':>9}{'stock':>9}{'bare':>7}{'times':>8}{'kB':>8}")
    for name, row in figures.items():
        print(
            f"{name:16}{row['geobank_ms']:9.2f}{row['stock_ms']:9.1f}{row['bare_ms']:7.2f}"
            f"{row['times_faster']:8.1f}{row['kilobytes']:8.1f}"
        )


if __name__ == "__main__":
    main()
