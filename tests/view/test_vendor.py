"""What we vendor is what its publisher published."""

from __future__ import annotations

import hashlib
import re

from geo.view.rendering import STATIC


def test_leaflet_is_unchanged_and_its_licence_is_there():
    folder = STATIC / "vendor" / "leaflet"
    told = dict(re.findall(r"\| (\S+) \| ([0-9a-f]{64}) \|", (folder / "README.md").read_text()))
    assert set(told) == {"leaflet.js", "leaflet.css"}
    for name, digest in told.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    # As it is listed for the release 1.9.4.
    assert told["leaflet.js"] == "db49d009c841f5ca34a888c96511ae936fd9f5533e90d8b2c4d57596f4e5641a"
    assert "BSD 2-Clause" in (folder / "LICENSE").read_text()


def test_no_asset_names_a_foreign_host():
    for name in ("portal.css", "map.css", "sort.js"):
        assert "http" not in (STATIC / name).read_text(), name
