"""What a GeoJSON says about its CRS, found without GDAL, which would follow a link."""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# The key may be spelt with escapes, and GDAL would understand it all the same.
_KEY = re.compile(rb'"(?:c|\\u0063)(?:r|\\u0072)(?:s|\\u0073)"\s{0,99}:\s{0,99}(?=\{|null)')
_MOST_CHARS = 10_000


def crs_members(path: Path) -> Iterator[Any]:
    """Yield the value of every member called ``crs``: an object, or None for null.

    A property of a feature that happens to be called so is yielded too; a value that cannot be
    read as JSON is yielded as an empty object.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for match in _KEY.finditer(data):
            text = data[match.end() : match.end() + _MOST_CHARS].decode("utf-8", "replace")
            try:
                value, _ = json.JSONDecoder().raw_decode(text)
            except (ValueError, RecursionError):
                value = {}
            yield value


def link_of(value: Any) -> str | None:  # noqa: ANN401 - any JSON
    """Return what kind of reference a ``crs`` member is, unless it is a plain name.

    ``{"type": "name"}`` and null are harmless; everything else makes GDAL look elsewhere.
    """
    if value is None:
        return None
    kind = value.get("type") if isinstance(value, dict) else None
    if isinstance(kind, str) and kind.lower() == "name":
        return None
    return str(kind)[:40]


def declares_crs(path: Path) -> bool:
    """Tell whether a GeoJSON names its CRS; RFC 7946 takes degrees when it does not."""
    return any(value for value in crs_members(path))
