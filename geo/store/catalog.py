"""The catalogue: which version of each layer is served, what ran, and who changed what.

SQLite in WAL mode, one short transaction per change, one connection per call: a reader never
waits for a writer, and a process that is killed leaves what was served before.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from geo.errors import IntegrityError, NotFoundError
from geo.store.folder import sha256_of
from geo.store.snapshot import MANIFEST, Snapshot, open_snapshot, verify

FILE = "catalog.sqlite"
SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS versions (
    layer_id TEXT NOT NULL,
    version TEXT NOT NULL,
    created_at TEXT NOT NULL,
    features INTEGER NOT NULL,
    synthetic INTEGER NOT NULL,
    note TEXT NOT NULL,
    manifest_sha256 TEXT NOT NULL,
    PRIMARY KEY (layer_id, version)
);
CREATE TABLE IF NOT EXISTS current (
    layer_id TEXT PRIMARY KEY,
    version TEXT NOT NULL,
    FOREIGN KEY (layer_id, version) REFERENCES versions (layer_id, version)
);
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    layer_id TEXT NOT NULL,
    version TEXT NOT NULL,
    version_before TEXT,
    note TEXT NOT NULL
);
"""


@dataclass(frozen=True)
class VersionRow:
    """One version as the catalogue lists it."""

    version: str
    created_at: str
    features: int
    synthetic: bool
    current: bool
    note: str


@dataclass(frozen=True)
class RunRow:
    """One run of a computation, as it was recorded."""

    at: str
    kind: str
    subject: str
    detail: dict[str, Any]


@dataclass(frozen=True)
class AuditRow:
    """One change of what is served."""

    at: str
    actor: str
    action: str
    layer_id: str
    version: str
    version_before: str | None
    note: str


class Catalog:
    """The catalogue of a data folder; the file is made by the first change.

    Parameters
    ----------
    root : Path
        The data folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._path = root / FILE

    def current(self, layer_id: str) -> Snapshot | None:
        """Return the version that is served, or None.

        Raises
        ------
        IntegrityError
            If its manifest is not the one that was published.
        """
        rows = self._read(
            "SELECT version, manifest_sha256 FROM current JOIN versions USING (layer_id, version) "
            "WHERE layer_id = ?",
            layer_id,
        )
        return self._open(layer_id, *rows[0]) if rows else None

    def versions(self, layer_id: str) -> list[VersionRow]:
        """Return the versions of a layer, newest first."""
        rows = self._read(
            "SELECT v.version, created_at, features, synthetic, c.version IS NOT NULL, note "
            "FROM versions v LEFT JOIN current c USING (layer_id, version) "
            "WHERE v.layer_id = ? ORDER BY v.version DESC",
            layer_id,
        )
        return [VersionRow(v, at, n, bool(s), bool(c), note) for v, at, n, s, c, note in rows]

    def layer_ids(self) -> list[str]:
        """Return the layers that are served, in alphabetical order."""
        return list(self.served())

    def served(self) -> dict[str, str]:
        """Return the version that is served of each layer, by layer id in alphabetical order."""
        rows = self._read("SELECT layer_id, version FROM current ORDER BY layer_id")
        return {layer_id: version for layer_id, version in rows}  # noqa: C416 - rows have no type

    def generation(self) -> int:
        """Return a number that grows with every change of what is served."""
        rows = self._read("SELECT coalesce(max(id), 0) FROM audit")
        return int(rows[0][0]) if rows else 0

    def publish(self, snapshot: Snapshot, actor: str = "cli", note: str = "") -> None:
        """Serve a snapshot from now on: one transaction, all or nothing.

        Raises
        ------
        NotFoundError, IntegrityError
            If the snapshot does not lie whole in this data folder.
        """
        self.publish_together([snapshot], actor, note)

    def publish_together(
        self, snapshots: Iterable[Snapshot], actor: str = "cli", note: str = ""
    ) -> None:
        """Serve snapshots that belong together from one moment on: all of them or none.

        Raises
        ------
        NotFoundError, IntegrityError
            If one of them does not lie whole in this data folder.
        """
        found = [open_snapshot(self.root, each.layer_id, each.version) for each in snapshots]
        rows = [_version_row(each, note) for each in found]
        with self._write() as db:
            db.executemany("INSERT OR IGNORE INTO versions VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            for each in found:
                said = note or each.manifest.note
                _switch(db, each, actor=actor, action="publish", note=said)

    def rollback(
        self, layer_id: str, version: str | None = None, *, actor: str = "cli", note: str = ""
    ) -> Snapshot:
        """Serve an older version again, after comparing all its files with its manifest.

        Parameters
        ----------
        layer_id : str
        version : str, optional
            The one just before the current one, when left out.

        Raises
        ------
        NotFoundError
            If there is no such version, or none before the current one.
        IntegrityError
            If its files have changed; what is served stays.
        """
        snapshot = self._older(layer_id, version)
        verify(snapshot)
        with self._write() as db:
            _switch(db, snapshot, actor=actor, action="rollback", note=note)
        return snapshot

    def _older(self, layer_id: str, version: str | None) -> Snapshot:
        rows = self._read(
            "SELECT version, manifest_sha256 FROM versions WHERE layer_id = :layer AND "
            "CASE WHEN :version IS NULL THEN "
            "  version < (SELECT version FROM current WHERE layer_id = :layer) "
            "ELSE version = :version END ORDER BY version DESC LIMIT 1",
            {"layer": layer_id, "version": version},
        )
        if not rows:
            what = f"no version {version!r}" if version else "no version before the current one"
            raise NotFoundError(
                f"there is {what}", where=layer_id, fix=f"see `geobank layers {layer_id}`"
            )
        return self._open(layer_id, *rows[0])

    def record_run(self, kind: str, subject: str, detail: Mapping[str, Any]) -> None:
        """Record that something ran; `detail` is anything that JSON can say."""
        text = json.dumps(dict(detail), ensure_ascii=False, default=str)
        with self._write() as db:
            db.execute(
                "INSERT INTO runs (at, kind, subject, detail) VALUES (?, ?, ?, ?)",
                (_now(), kind, subject, text),
            )

    def runs(self, kind: str | None = None, limit: int = 50) -> list[RunRow]:
        """Return the latest runs, newest first, of one kind or of all."""
        rows = self._read(
            "SELECT at, kind, subject, detail FROM runs WHERE :kind IS NULL OR kind = :kind "
            "ORDER BY id DESC LIMIT :limit",
            {"kind": kind, "limit": limit},
        )
        return [RunRow(at, kind_, subject, json.loads(text)) for at, kind_, subject, text in rows]

    def audit(self, layer_id: str | None = None, limit: int = 50) -> list[AuditRow]:
        """Return the latest changes of what is served, newest first."""
        rows = self._read(
            "SELECT at, actor, action, layer_id, version, version_before, note FROM audit "
            "WHERE :layer IS NULL OR layer_id = :layer ORDER BY id DESC LIMIT :limit",
            {"layer": layer_id, "limit": limit},
        )
        return [AuditRow(*row) for row in rows]

    def _open(self, layer_id: str, version: str, manifest_sha256: str) -> Snapshot:
        snapshot = open_snapshot(self.root, layer_id, version)
        if sha256_of(snapshot.folder / MANIFEST) != manifest_sha256:
            raise IntegrityError(
                "manifest.json is not the one that was published",
                where=f"{layer_id} {version}",
                fix="`geobank rollback` to another version",
            )
        return snapshot

    def _read(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401 - SQLite's
        if not self._path.exists():
            return []
        named = values[0] if values and isinstance(values[0], dict) else values
        with self._connect() as db:
            return db.execute(sql, named).fetchall()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        self.root.mkdir(parents=True, exist_ok=True)
        with self._connect() as db, db:  # the second commits, or rolls back
            db.execute("BEGIN IMMEDIATE")
            yield db

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=30, isolation_level=None)) as db:
            db.execute("PRAGMA foreign_keys = ON")
            if db.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
                _prepare(db)
            yield db


def _prepare(db: sqlite3.Connection) -> None:
    """Make the tables; the version number is the last thing written."""
    if db.execute("PRAGMA user_version").fetchone()[0] > SCHEMA_VERSION:
        raise IntegrityError(
            "the catalogue was written by a newer Geobank", where=FILE, fix="upgrade Geobank"
        )
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("BEGIN IMMEDIATE")
    for statement in _SCHEMA.split(";\n"):
        db.execute(statement)
    db.execute("PRAGMA user_version = 1")
    db.execute("COMMIT")


def _version_row(snapshot: Snapshot, note: str) -> tuple[str | int, ...]:
    manifest = snapshot.manifest
    return (
        snapshot.layer_id, snapshot.version, manifest.created_at, manifest.features,
        int(manifest.synthetic), note or manifest.note, sha256_of(snapshot.folder / MANIFEST),
    )  # fmt: skip


def _switch(
    db: sqlite3.Connection, snapshot: Snapshot, *, actor: str, action: str, note: str
) -> None:
    layer_id, version = snapshot.layer_id, snapshot.version
    row = db.execute("SELECT version FROM current WHERE layer_id = ?", (layer_id,)).fetchone()
    db.execute(
        "INSERT INTO current VALUES (?, ?) ON CONFLICT (layer_id) DO UPDATE SET "
        "version = excluded.version",
        (layer_id, version),
    )
    db.execute(
        "INSERT INTO audit (at, actor, action, layer_id, version, version_before, note) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (_now(), actor, action, layer_id, version, row[0] if row else None, note),
    )


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
