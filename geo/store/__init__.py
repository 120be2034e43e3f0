"""Immutable versions of layers, the catalogue of them, and the read side of the API."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.store.catalog import Catalog, RunRow, VersionRow
    from geo.store.page import Page
    from geo.store.query import ServeDB, close_all, open_serve
    from geo.store.snapshot import (
        Manifest,
        Snapshot,
        open_snapshot,
        read_table,
        verify,
        write_snapshot,
    )
    from geo.store.table import check, from_frame, geometries, schema_of, with_geometries

__all__ = [
    "Catalog",
    "Manifest",
    "Page",
    "RunRow",
    "ServeDB",
    "Snapshot",
    "VersionRow",
    "check",
    "close_all",
    "from_frame",
    "geometries",
    "open_serve",
    "open_snapshot",
    "read_table",
    "schema_of",
    "verify",
    "with_geometries",
    "write_snapshot",
]

_HOMES = {
    "catalog": ("Catalog", "RunRow", "VersionRow"),
    "page": ("Page",),
    "query": ("ServeDB", "close_all", "open_serve"),
    "snapshot": (
        "Manifest", "Snapshot", "open_snapshot", "read_table", "verify", "write_snapshot",
    ),
    "table": ("check", "from_frame", "geometries", "schema_of", "with_geometries"),
}  # fmt: skip


def __getattr__(name: str) -> object:
    """Import a name when it is first asked for: who lists versions needs no Arrow."""
    for home, held in _HOMES.items():
        if name in held:
            found: object = getattr(import_module(f"{__name__}.{home}"), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
