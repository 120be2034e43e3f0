"""The files of features that stand ready to be sent, beside ``serve.sqlite``."""

from __future__ import annotations

from pathlib import Path

from geo import crs

READY = {crs.CRS84: ".crs84", crs.METRIC: ".epsg2180"}
"""CRS whose features stand ready -> ending of their file, whose name is that of the SQLite file."""


def ready_file(path: Path, code: str) -> Path:
    """Return the file of features that stand ready beside a serve.sqlite."""
    return path.with_suffix(READY[code])
