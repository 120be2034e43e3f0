"""Pages of features: Geobank against pygeoapi's stock providers, on the same data, over sockets.

Run ``python benchmarks/serve.py [--quick]``. Each side is a server in a process of its own and
they are asked in turns, so that they meet the same noise; figures are CPU milliseconds of the
server (and of PostgreSQL behind it), medians. No question is asked twice of one side, so that no
kept answer counts, but where the row says "again". Beside them stands a bare Starlette route with
the same bytes under the same uvicorn. ``--memory`` publishes a million parcels and walks through
them. The last line is one line of JSON.

The GeoPackage side needs Debian's libsqlite3-mod-spatialite and a sqlite3 that loads extensions
(or pysqlite3); the PostGIS side needs postgresql-15-postgis-3, geoalchemy2 and psycopg2. A side
that does not answer is left out, and the report says so.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import geopandas as gpd
import numpy as np
import shapely
from servers import LAYER, ROOT, Postgres, Side

from geo.crs import CRS84, METRIC, reproject
from geo.model import load_project
from geo.store import Catalog, from_frame, write_snapshot

BASE = f"/api/collections/{LAYER}/items"


BURST = 32
"""Questions one after the other, of which the mean is a figure."""

SLOW_ROUNDS = 6
"""Rounds in which the stock providers are asked."""


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


@dataclass(frozen=True)
class Kind:
    """One kind of question: addresses for us and for the stock providers, round by round."""

    name: str
    ours: list[str]
    theirs: list[str]
    headers: dict[str, str]


def kinds(frame: gpd.GeoDataFrame, rounds: int) -> list[Kind]:
    """Return what is asked. Pages begin elsewhere in each round; so do boxes."""
    count = len(frame)
    rng = np.random.default_rng(1)
    west, south, east, north = frame.total_bounds
    half = np.array([east - west, north - south]) / 20  # a tenth of each side: 1 % of the area
    middles = rng.uniform(
        np.add((west, south), half), np.subtract((east, north), half), size=(rounds, 2)
    )
    corners = shapely.box(*(middles - half).T, *(middles + half).T)
    bounds = shapely.bounds(reproject(corners, METRIC, CRS84))
    boxes = [",".join(f"{side:.7f}" for side in box) for box in bounds]
    offsets = {n: rng.integers(0, count - n, rounds).tolist() for n in (10, 1000, 10_000)}
    rows = rng.integers(0, count, rounds).tolist()
    ids = [quote(frame.parcel_id.iloc[row], safe="/") for row in rows]
    found = [
        _pages(f"limit_{n}", [f"limit={n}&offset={offset}" for offset in offsets[n]])
        for n in (10, 1000, 10_000)
    ]
    found.append(_pages("bbox_1_percent", [f"limit=10000&bbox={box}" for box in boxes]))
    one = [f"{BASE}/{row}?f=json" for row in rows]
    found.append(Kind("one_item", [f"{BASE}/{key}" for key in ids], one, {}))
    packed = {"Accept-Encoding": "gzip"}
    asked = [
        f"{BASE}?limit=1000&offset={offset}" for offset in rng.integers(0, count - 1000, rounds)
    ]
    found.append(Kind("limit_1000_gzip", asked, [], packed))
    found.append(Kind("limit_1000_gzip_again", asked, [], packed))
    turned = "http://www.opengis.net/def/crs/EPSG/0/2177"
    found.append(Kind("limit_1000_epsg_2177", [f"{one}&crs={turned}" for one in asked], [], {}))
    return found


def _pages(name: str, queries: list[str]) -> Kind:
    ours = [f"{BASE}?{query}" for query in queries]
    return Kind(name, ours, [f"{BASE}?f=json&{query}" for query in queries], {})


class Client:
    """One connection that is kept open, as clients do."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self._connection = http.client.HTTPConnection("127.0.0.1", side.port, timeout=600)

    def get(self, url: str, headers: dict[str, str]) -> bytes:
        """Return the body."""
        self._connection.request("GET", url, headers={"Accept": "*/*", **headers})
        answer = self._connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (answer.status, url, body[:200])
        return body

    def cost(self, urls: list[str], headers: dict[str, str]) -> tuple[float, bytes]:
        """Return what a question costs the server, in CPU ms, and the last body."""
        before = self.side.cpu_ms()
        for url in urls:
            body = self.get(url, headers)
        time.sleep(0.005)  # the server goes to sleep, and the kernel counts
        return (self.side.cpu_ms() - before) / len(urls), body

    def answers(self, url: str) -> bool:
        """Wait until the server is there; tell whether it can answer."""
        for _ in range(600):
            try:
                self.get(url, {})
            except (OSError, http.client.HTTPException):
                self._connection.close()
                time.sleep(0.1)
            except AssertionError:
                return False
            else:
                return True
        return False


def row(clients: dict[str, Client], kind: Kind, folder: Path, rounds: int) -> dict[str, Any]:
    """Ask all sides in turns; return the medians."""
    spent: dict[str, list[float]] = {}
    sizes = []
    for turn in range(rounds):
        bodies = {}
        for name, client in clients.items():
            urls = kind.ours if name == "geobank" else kind.theirs
            if not urls or (name != "geobank" and turn > SLOW_ROUNDS):
                continue
            # A burst, as a client pages; the last question is the same one for all.
            burst = BURST if name == "geobank" else 1
            part = urls[(turn + 1) * BURST - burst : (turn + 1) * BURST]
            cost, bodies[name] = client.cost(part, kind.headers)
            spent.setdefault(name, []).append(cost)
        _agree(bodies, kind)
        sizes.append(len(bodies["geobank"]))
    spent["bare"] = _bare(folder, kind, clients["geobank"], rounds)
    found = {name: statistics.median(times[1:]) for name, times in spent.items()}
    stock = [found[name] for name in ("gpkg", "postgis") if name in found]
    more = {"times_faster": round(min(stock) / found["geobank"], 1)} if stock else {}
    return {
        **{f"{name}_ms": round(value, 3) for name, value in found.items()},
        **more,
        "times_bare": round(found["geobank"] / found["bare"], 2),
        "kilobytes": round(statistics.median(sizes) / 1024, 1),
    }


def _bare(folder: Path, kind: Kind, ours: Client, rounds: int) -> list[float]:
    """Measure a bare route with the bytes of one of our answers."""
    (folder / "bare").mkdir(exist_ok=True)
    for old in (folder / "bare").iterdir():
        old.unlink()
    (folder / "bare" / "answer").write_bytes(ours.get(kind.ours[0], kind.headers))
    with running("bare", folder) as side:
        client = Client(side)
        assert client.answers("/answer")
        return [client.cost(["/answer"] * BURST, {})[0] for _ in range(rounds)]


def _agree(bodies: dict[str, bytes], kind: Kind) -> None:
    """Refuse to compare answers that hold different features."""
    if kind.headers or len(bodies) < 2:
        return
    found = {name: json.loads(body) for name, body in bodies.items()}
    ids = {
        name: sorted(one["properties"]["parcel_id"] for one in each.get("features", [each]))
        for name, each in found.items()
    }
    assert len({len(each) for each in ids.values()}) == 1, kind.name
    if len(ids["geobank"]) == found["geobank"].get("numberMatched", 1):
        assert all(each == ids["geobank"] for each in ids.values()), kind.name


@contextmanager
def running(name: str, folder: Path, postgres: Postgres | None = None) -> Iterator[Side]:
    """Give a side that runs."""
    also = postgres.process if postgres and name == "postgis" else None
    side = Side(name, folder, also)
    try:
        yield side
    finally:
        side.stop()


def publish(folder: Path, count: int) -> tuple[gpd.GeoDataFrame, float]:
    """Publish parcels; return them, and the CPU seconds."""
    project, frame = load_project(ROOT), parcels(count)
    layer = project.layers[LAYER]
    start = time.process_time()
    table = from_frame(layer, frame)
    snapshot = write_snapshot(folder / "data", layer, table, source_name="b", synthetic=True)
    Catalog(folder / "data").publish(snapshot)
    return frame, time.process_time() - start


def compare(folder: Path, frame: gpd.GeoDataFrame, rounds: int) -> dict[str, Any]:
    """Run every side; return figures by kind of question."""
    flat = frame.to_crs("EPSG:4326")
    flat["id"] = np.arange(len(flat))
    flat.to_file(folder / "peer.gpkg", layer=LAYER, engine="pyogrio")
    postgres = Postgres(folder)
    sides: dict[str, Side] = {}
    try:
        if postgres.running:
            postgres.load(flat)
        names = ["geobank", "gpkg", *(["postgis"] if postgres.running else [])]
        for name in names:
            also = postgres.process if name == "postgis" else None
            sides[name] = Side(name, folder, also)
        clients = {name: Client(side) for name, side in sides.items()}
        for name in names:
            if not clients[name].answers(f"{BASE}?f=json&limit=1"):
                print(f"{name} does not answer here, and is left out")
                del clients[name]
        return {
            kind.name: row(clients, kind, folder, rounds) for kind in kinds(frame, rounds * BURST)
        }
    finally:
        for side in sides.values():
            side.stop()
        postgres.stop()


def memory(folder: Path, count: int) -> dict[str, Any]:
    """Walk through a whole layer, page by page, by boxes and a filter; return the peak of RSS."""
    _, publish_s = publish(folder, count)
    with running("geobank", folder) as side:
        client = Client(side)
        assert client.answers(f"{BASE}?limit=1")
        peaks = {"start": _mb(side)}
        start, before, url, seen = time.monotonic(), side.cpu_ms(), f"{BASE}?limit=10000", 0
        while url:
            page = json.loads(client.get(url, {}))
            seen += page["numberReturned"]
            links = [link["href"] for link in page["links"] if link["rel"] == "next"]
            url = links[0].partition("127.0.0.1")[2].partition("/")[2] if links else ""
            url = f"/{url}" if url else ""
        assert seen == count, seen
        walk_s, walk_cpu = time.monotonic() - start, side.cpu_ms() - before
        peaks["walked"] = _mb(side)
        for query in ("bbox=18,50,19.15,51", "filter=register_area_m2%20%3E%20300",
                      "sortby=-register_area_m2", "precinct=0003"):  # fmt: skip
            client.get(f"{BASE}?limit=1000&{query}", {})
            gzip.decompress(client.get(f"{BASE}?limit=10000&{query}", {"Accept-Encoding": "gzip"}))
            peaks[query.partition("=")[0]] = _mb(side)
    return {
        "features": count, "publish_cpu_s": round(publish_s, 1), "walk_s": round(walk_s, 1),
        "walk_server_cpu_s": round(walk_cpu / 1e3, 2), "rss_mb": peaks,
    }  # fmt: skip


def _mb(side: Side) -> int:
    """Return the most memory that a server has ever held, in MB."""
    status = Path(f"/proc/{side.process.pid}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) // 1024


def main() -> None:
    """Publish once, ask all sides the same, and say what it cost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="20 000 parcels in place of 100 000")
    parser.add_argument("--memory", action="store_true", help="a million parcels, our side alone")
    asked = parser.parse_args()
    count, rounds = (20_000, 9) if asked.quick else (100_000, 15)
    report: dict[str, Any] = {"benchmark": "serve"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if asked.memory:
            report["memory"] = memory(folder, 1_000_000)
            print(report["memory"])
        else:
            frame, publish_s = publish(folder, count)
            figures = compare(folder, frame, rounds)
            _print(figures, count)
            report |= {"features": count, "publish_cpu_s": round(publish_s, 2), "cpu_ms": figures}
    print(json.dumps(report))


def _print(figures: dict[str, Any], count: int) -> None:
    columns = ("geobank_ms", "gpkg_ms", "postgis_ms", "bare_ms", "times_faster", "times_bare",
               "kilobytes")  # fmt: skip
    print(f"{count} parcels; CPU ms of the server, medians; peers: pygeoapi's providers")
    print(f"{'':24}" + "".join(f"{name:>14}" for name in columns))
    for name, each in figures.items():
        cells = [f"{each[key]:14.2f}" if key in each else f"{'-':>14}" for key in columns]
        print(f"{name:24}" + "".join(cells))


if __name__ == "__main__":
    main()
