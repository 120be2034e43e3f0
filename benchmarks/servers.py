"""The sides of benchmarks/serve.py, each a server in a process of its own, over a real socket.

Run by serve.py as ``python benchmarks/servers.py SIDE FOLDER PORT``.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import pwd
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import geopandas as gpd
import psutil
import shapely
import uvicorn
from pygeoapi.api import API, APIRequest, itemtypes
from pygeoapi.provider import sqlite as stock_sqlite
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from geo.crs import CRS84, uri
from geo.model import load_project
from geo.serve.app import create_app
from geo.serve.config import live_config
from geo.serve.current import Current

ROOT = Path(__file__).resolve().parents[1]
LAYER = "parcels"
POSTGIS = {"host": "127.0.0.1", "dbname": "postgres", "user": "bench"}


def geobank(folder: Path, url: str) -> ASGIApp:
    """Return our application."""
    return create_app(load_project(ROOT), folder / "data", server_url=url)


def bare(folder: Path, url: str) -> ASGIApp:
    """Return a Starlette that knows answers by name: no server of Python can be cheaper."""
    bodies = {path.name: path.read_bytes() for path in (folder / "bare").iterdir()}

    async def answer(request: Request) -> Response:
        return Response(bodies[request.path_params["name"]], media_type="application/geo+json")

    return Starlette(routes=[Route("/{name}", answer)])


def gpkg(folder: Path, url: str) -> ASGIApp:
    """Return pygeoapi over its GeoPackage provider."""
    if not hasattr(sqlite3.Connection, "enable_load_extension"):
        stock_sqlite.sqlite3 = importlib.import_module("pysqlite3")
    return _stock(folder, url, {"name": "SQLiteGPKG", "data": str(folder / "peer.gpkg")})


def postgis(folder: Path, url: str) -> ASGIApp:
    """Return pygeoapi over its PostgreSQL provider."""
    port = int((folder / "postgres.port").read_text())
    data = {**POSTGIS, "port": port, "password": "none", "search_path": ["public"]}
    return _stock(folder, url, {"name": "PostgreSQL", "data": data, "geom_field": "geom"})


SIDES = {"geobank": geobank, "bare": bare, "gpkg": gpkg, "postgis": postgis}


def _stock(folder: Path, url: str, provider: dict[str, Any]) -> ASGIApp:
    """Return pygeoapi's own API over one of its own providers, for the same collection."""
    snapshot = Current(folder / "data").snapshot(LAYER)
    assert snapshot is not None
    config = live_config(load_project(ROOT), folder / "data", url, {LAYER: snapshot})
    provider |= {
        "type": "feature", "table": LAYER, "id_field": "id", "crs": [uri(CRS84)],
        "storage_crs": uri(CRS84),
    }  # fmt: skip
    resource = {**config["resources"][LAYER], "providers": [provider], "formatters": []}
    api = API({**config, "resources": {LAYER: resource}}, {})

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


class Side:
    """A running server.

    Parameters
    ----------
    name : str
        A key of :data:`SIDES`.
    also : psutil.Process, optional
        What works for it besides: its time counts too.
    """

    def __init__(self, name: str, folder: Path, also: psutil.Process | None = None) -> None:
        self.port = free_port()
        command = [sys.executable, __file__, name, str(folder), str(self.port)]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._server = subprocess.Popen(command, env=env)
        self.process = psutil.Process(self._server.pid)
        self._also = also

    def cpu_ms(self) -> float:
        """Return the CPU time that it has taken so far."""
        found = task_ms(self.process.pid)
        if self._also is not None:
            found += sum(task_ms(one.pid) for one in self._also.children(recursive=True))
        return found

    def stop(self) -> None:
        """End it."""
        self._server.terminate()
        self._server.wait(30)


def task_ms(pid: int) -> float:
    """Return what the kernel has counted for every thread of a process, in nanoseconds by it."""
    spent = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            spent += int((task / "schedstat").read_text().split()[0])
        except OSError:  # it has just ended
            continue
    return spent / 1e6


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


class Postgres:
    """A PostGIS of our own in a folder; ``running`` is False where it or a driver is missing."""

    def __init__(self, folder: Path) -> None:
        homes = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        has_postgis = list(Path("/usr/share/postgresql").glob("*/extension/postgis.control"))
        drivers = ("psycopg", "psycopg2", "geoalchemy2")
        has_drivers = all(importlib.util.find_spec(name) is not None for name in drivers)
        self.running = bool(homes and has_postgis and has_drivers)
        if not self.running:
            return
        user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        run: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid} if user else {}
        run |= {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
        data = folder / "postgres"
        data.mkdir()
        folder.chmod(0o755)
        if user:
            os.chown(data, user.pw_uid, user.pw_gid)
        home, port = homes[-1].parent, free_port()
        init = [str(home / "initdb"), "-D", str(data), "-U", "bench", "-A", "trust", "-N"]
        subprocess.run(init, check=True, **run)
        settings = {
            "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "",
            "fsync": "off", "shared_buffers": "512MB", "jit": "off",
        }  # fmt: skip
        command = [str(home / "postgres"), "-D", str(data)]
        command += [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        self._server = subprocess.Popen(command, **run)
        self.process = psutil.Process(self._server.pid)
        self.port = port
        (folder / "postgres.port").write_text(str(port))

    def load(self, frame: gpd.GeoDataFrame) -> None:
        """Copy parcels, EPSG:4326, into the table ``parcels`` and index it."""
        psycopg = importlib.import_module("psycopg")
        db = _patiently(psycopg, self.port)
        with db:
            db.execute("CREATE EXTENSION postgis")
            db.execute(
                "CREATE TABLE parcels (id int PRIMARY KEY, parcel_id text, precinct text, "
                "land_use text, register_area_m2 float8, geom geometry(Polygon, 4326))"
            )
            wkb = shapely.to_wkb(shapely.set_srid(frame.geometry.values, 4326), hex=True,
                                 include_srid=True)  # fmt: skip
            rows = frame[["parcel_id", "precinct", "land_use", "register_area_m2"]]
            with db.cursor().copy("COPY parcels FROM STDIN") as copy:
                for i, (row, shape) in enumerate(zip(rows.itertuples(index=False), wkb,
                                                     strict=True)):  # fmt: skip
                    copy.write_row((i, *row, shape))
            db.execute("CREATE INDEX ON parcels USING gist (geom)")
        _patiently(psycopg, self.port).execute("VACUUM ANALYZE parcels")

    def stop(self) -> None:
        """End it."""
        if self.running:
            # At once, without a checkpoint: the cluster is thrown away.
            self._server.send_signal(signal.SIGQUIT)
            try:
                self._server.wait(20)
            except subprocess.TimeoutExpired:  # it had not yet come up
                self._server.kill()
                self._server.wait(20)


def _patiently(psycopg: Any, port: int) -> Any:
    for _ in range(300):
        try:
            return psycopg.connect(**POSTGIS, port=port, autocommit=True)
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise SystemExit("PostgreSQL does not answer")


def main() -> None:
    """Serve one side until it is told to stop."""
    name, folder, port = sys.argv[1:]
    logging.disable(logging.CRITICAL)
    app = SIDES[name](Path(folder), f"http://127.0.0.1:{port}")
    quiet = {"log_level": "critical", "access_log": False}
    uvicorn.run(app, host="127.0.0.1", port=int(port), timeout_keep_alive=3_600, **quiet)


if __name__ == "__main__":
    main()
