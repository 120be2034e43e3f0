"""What decides the last bits of a sum besides its input: packages, and our own sources."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
from functools import cache
from pathlib import Path

import geo.measure

PACKAGES = ("geobank", "numba", "numpy", "pyarrow", "shapely")


@cache
def versions() -> dict[str, str]:
    """Return package -> version, empty where it is missing; ``engine``: SHA-256 of our sources."""
    found = {"python": ".".join(platform.python_version_tuple()[:2])}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = ""
    return found | {"engine": _sources()}


def _sources() -> str:
    digest = hashlib.sha256()
    folder = Path(next(iter(geo.measure.__path__)))
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
