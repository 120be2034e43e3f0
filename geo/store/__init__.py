"""Immutable versions of layers, the catalogue of them, and the read side of the API."""

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
