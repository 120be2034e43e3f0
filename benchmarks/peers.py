"""Databases with spatial functions as peers of the engine: PostGIS, DuckDB and SedonaDB.

Each loads tables of (id, kind, geometry) and indexes them before the clock starts, and answers
in its own SQL. PostGIS runs in a cluster of its own, made for the benchmark from the server that
Debian installs (``postgresql-15-postgis-3``) and deleted afterwards; its CPU is its backend's.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
import psutil
import pyarrow as pa
import shapely

Rows = list[tuple[Any, ...]]
Layers = dict[str, tuple[np.ndarray, np.ndarray]]
"""Table -> (geometries, kinds), shape (n,) each."""


class Peer(Protocol):
    """A database that holds tables of geometries."""

    def ask(self, query: str) -> Rows:
        """Return the rows of a query."""

    def cpu_s(self) -> float:
        """Return the CPU that it has taken until now."""


def available(name: str) -> bool:
    """Tell whether a peer is installed here."""
    import importlib.util

    if name == "postgis":
        folder = _server()
        found = folder is not None and importlib.util.find_spec("psycopg") is not None
        return found and any(folder.parent.parent.parent.parent.glob(
            f"share/postgresql/{folder.parent.name}/extension/postgis.control"
        ))  # fmt: skip
    modules = {"duckdb": ("duckdb", "duckdb_extension_spatial"), "sedonadb": ("sedonadb",)}
    return all(importlib.util.find_spec(module) is not None for module in modules[name])


class DuckDB:
    """DuckDB with its spatial extension, in this process."""

    def __init__(self, layers: Layers) -> None:
        import duckdb
        import duckdb_extension_spatial

        folder = Path(duckdb_extension_spatial.__file__).parent
        self._db = duckdb.connect()
        self._db.load_extension(str(next(folder.rglob("*.duckdb_extension"))))
        self._db.execute("SET threads = 2")
        for name, (shapes, kinds) in layers.items():
            self._db.register("given", _table(shapes, kinds))
            self._db.execute(
                f"CREATE TABLE {name} AS SELECT id, kind, ST_GeomFromWKB(wkb) g FROM given"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def ask(self, query: str) -> Rows:
        """Return the rows of a query."""
        return self._db.execute(query).fetchall()

    def cpu_s(self) -> float:
        """Return this process's CPU seconds, all threads."""
        return time.process_time()


class SedonaDB:
    """SedonaDB, in this process."""

    def __init__(self, layers: Layers) -> None:
        import sedonadb

        self._db = sedonadb.connect()
        for name, (shapes, kinds) in layers.items():
            self._db.create_data_frame(_table(shapes, kinds)).to_view(f"{name}_wkb", overwrite=True)
            query = f"SELECT id, kind, ST_GeomFromWKB(wkb) AS g FROM {name}_wkb"
            self._db.sql(query).to_memtable().to_view(name, overwrite=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def ask(self, query: str) -> Rows:
        """Return the rows of a query."""
        found = self._db.sql(query).to_arrow_table()
        return list(zip(*(column.to_pylist() for column in found.columns), strict=True))

    def cpu_s(self) -> float:
        """Return this process's CPU seconds, all threads."""
        return time.process_time()


class PostGIS:
    """PostGIS in a cluster of its own: GiST indexes, analysed, no JIT, one backend."""

    def __init__(self, layers: Layers, *, subdivide: tuple[str, ...] = ()) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="postgis-"))
        self._db: Any = None
        self._server: subprocess.Popen[bytes] | None = None
        try:
            self._start()
            self._load(layers, subdivide)
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def _start(self) -> None:
        import psycopg

        home = _server()
        assert home is not None, "Debian's postgresql and postgis are not installed"
        self._folder.chmod(0o755)
        data = self._folder / "data"
        data.mkdir()
        user = _owner()
        if user is not None:
            os.chown(data, user.pw_uid, user.pw_gid)
        run = {"user": user.pw_uid, "group": user.pw_gid} if user else {}
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
        init = [str(home / "initdb"), "-D", str(data), "-U", "bench", "-A", "trust", "-N"]
        subprocess.run(init, check=True, **run, **quiet)  # type: ignore[call-overload]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        settings = {
            "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "",
            "fsync": "off", "shared_buffers": "1GB", "work_mem": "256MB", "jit": "off",
            "max_parallel_workers_per_gather": 0, "maintenance_work_mem": "512MB",
        }  # fmt: skip
        command = [str(home / "postgres"), "-D", str(data)]
        command += [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        self._server = subprocess.Popen(command, **run, **quiet)  # type: ignore[call-overload]
        address = f"host=127.0.0.1 port={port} user=bench dbname=postgres"
        for _ in range(300):
            try:
                self._db = psycopg.connect(address, autocommit=True)
                break
            except psycopg.OperationalError:
                time.sleep(0.1)
        self._db.execute("CREATE EXTENSION postgis")
        row = self._db.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None
        self._backend = psutil.Process(row[0])

    def _load(self, layers: Layers, subdivide: tuple[str, ...]) -> None:
        for name, (shapes, kinds) in layers.items():
            self._db.execute(f"CREATE TABLE {name}_raw (id int, kind int, g geometry)")
            with self._db.cursor().copy(f"COPY {name}_raw FROM STDIN") as copy:
                wkb = shapely.to_wkb(shapes, hex=True)
                for row in zip(range(len(shapes)), kinds.tolist(), wkb, strict=True):
                    copy.write_row(row)
            g = "ST_Subdivide(g, 64)" if name in subdivide else "g"
            self._db.execute(f"CREATE TABLE {name} AS SELECT id, kind, {g} g FROM {name}_raw")
            self._db.execute(f"CREATE INDEX {name}_g ON {name} USING gist (g)")
            self._db.execute(f"CLUSTER {name} USING {name}_g")
            self._db.execute(f"ANALYZE {name}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._db is not None:
            self._db.close()
        if self._server is not None:
            # At once, without a checkpoint: the cluster is thrown away.
            self._server.send_signal(signal.SIGQUIT)
            try:
                self._server.wait(20)
            except subprocess.TimeoutExpired:  # it had not yet come up
                self._server.kill()
                self._server.wait(20)
        shutil.rmtree(self._folder, ignore_errors=True)

    def ask(self, query: str) -> Rows:
        """Return the rows of a query."""
        return self._db.execute(query).fetchall()

    def cpu_s(self) -> float:
        """Return the backend's CPU seconds."""
        times = self._backend.cpu_times()
        return float(times.user + times.system)


PEERS: dict[str, Callable[[Layers], Any]] = {
    "postgis": PostGIS,
    "duckdb": DuckDB,
    "sedonadb": SedonaDB,
}


def _table(shapes: np.ndarray, kinds: np.ndarray) -> pa.Table:
    wkb = pa.array(shapely.to_wkb(shapes))
    return pa.table({"id": np.arange(len(shapes)), "kind": kinds, "wkb": wkb})


def _server() -> Path | None:
    """Return the folder of Debian's newest PostgreSQL server, if there is one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def _owner() -> pwd.struct_passwd | None:
    """Return who may run the server: it refuses root."""
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else None


# What the peers are asked. {size} is ST_Area or ST_Length.

INTERSECTION = """
    SELECT z.id, f.kind, sum({size}(ST_Intersection(f.g, z.g)))
    FROM zones z JOIN features f ON ST_Intersects(z.g, f.g) GROUP BY z.id, f.kind
"""
"""Naive."""

WITHIN_ELSE = """
    SELECT z.id, f.kind, sum(CASE WHEN ST_Within(f.g, z.g) THEN {size}(f.g)
                                  ELSE {size}(ST_Intersection(f.g, z.g)) END)
    FROM zones z JOIN features f ON ST_Intersects(z.g, f.g) GROUP BY z.id, f.kind
"""
"""Cut only what crosses a border."""

NEAREST = {
    "postgis": """
        SELECT f.id, (SELECT ST_Distance(f.g, t.g) FROM targets t ORDER BY t.g <-> f.g LIMIT 1)
        FROM features f
    """,
    "sedonadb": """
        SELECT f.id, ST_Distance(f.g, t.g)
        FROM features f JOIN targets t ON ST_KNN(f.g, t.g, 1, FALSE)
    """,
}
SHARE_WITHIN = """
    SELECT DISTINCT f.id FROM features f JOIN targets t ON ST_DWithin(f.g, t.g, {reach})
"""
SHARE_WITHIN_POSTGIS = """
    SELECT f.id FROM features f WHERE EXISTS
        (SELECT 1 FROM targets t WHERE ST_DWithin(f.g, t.g, {reach}))
"""
UNION = {
    "postgis": """
        SELECT z.id, ST_Area(ST_Union(CASE WHEN ST_Within(f.g, z.g) THEN f.g
                                           ELSE ST_Intersection(f.g, z.g) END))
        FROM zones z JOIN features f ON ST_Intersects(z.g, f.g) GROUP BY z.id
    """,
    "duckdb": """
        SELECT z.id, ST_Area(ST_Union_Agg(CASE WHEN ST_Within(f.g, z.g) THEN f.g
                                               ELSE ST_Intersection(f.g, z.g) END))
        FROM zones z JOIN features f ON ST_Intersects(z.g, f.g) GROUP BY z.id
    """,
    "sedonadb": """
        SELECT z.id, ST_Area(ST_Union_Agg(ST_Intersection(f.g, z.g)))
        FROM zones z JOIN features f ON ST_Intersects(z.g, f.g) GROUP BY z.id
    """,
}
