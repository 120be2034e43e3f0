"""What we vendor is what its publisher published."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from geo.look import STATIC as LOOK
from geo.view.rendering import STATIC


def _told(folder: Path) -> dict[str, str]:
    """Return the digests that a README tells, after comparing each with its file."""
    told = dict(re.findall(r"\| (\S+) \| ([0-9a-f]{64}) \|", (folder / "README.md").read_text()))
    for name, digest in told.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    return told


def test_leaflet_is_unchanged_and_its_licence_is_there():
    folder = LOOK / "vendor" / "leaflet"
    told = _told(folder)
    assert set(told) == {"leaflet.js", "leaflet.css"}
    # As it is listed for the release 1.9.4.
    assert told["leaflet.js"] == "db49d009c841f5ca34a888c96511ae936fd9f5533e90d8b2c4d57596f4e5641a"
    assert "BSD 2-Clause" in (folder / "LICENSE").read_text()


def test_maplibre_is_unchanged_and_its_licence_is_there():
    folder = LOOK / "vendor" / "maplibre"
    told = _told(folder)
    assert set(told) == {"maplibre-gl.mjs", "maplibre-gl-worker.mjs", "maplibre-gl.css"}
    # As the npm package maplibre-gl 6.17.0 holds it.
    assert told["maplibre-gl.mjs"].startswith("e02cb08c572fd0950a75343cd558099c")
    assert "Redistribution and use" in (folder / "LICENSE.txt").read_text()


def test_no_asset_names_a_foreign_host():
    ours = [STATIC / name for name in ("portal.css", "map.css", "sort.js")]
    ours += [LOOK / name for name in ("base.css", "api.css", "map.js", "tilemap.js")]
    for path in ours:
        assert "http" not in path.read_text(), path.name
