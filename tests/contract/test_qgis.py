"""QGIS, as Debian ships it, reads every collection whole, in the right place."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.client

SCRIPT = Path(__file__).parent / "qgis_reads.py"


@pytest.fixture(scope="module")
def read(served, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("qgis")
    target = folder / "found.json"
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(folder),
           "XDG_RUNTIME_DIR": str(folder)}  # fmt: skip
    for name in ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME"):
        env.pop(name, None)
    command = ["/usr/bin/python3", str(SCRIPT), served.url, str(target), *served.frames]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(target.read_text())
    return found


@pytest.mark.parametrize("layer", ["districts", "greenery", "bike_paths", "stops", "parcels"])
def test_every_feature_comes_with_its_attributes_in_its_place(
    served, read: dict[str, Any], layer: str
) -> None:
    found, published = read[layer], served.frames[layer]
    assert "error" not in found
    assert found["count"] == len(found["features"]) == len(published)
    for feature_id, row in zip(published.index, published.itertuples(), strict=True):
        feature = found["features"][feature_id]
        assert np.allclose(feature["box"], row.geometry.bounds, rtol=0, atol=0.02)
        for field in served.fields[layer]:
            mine = getattr(row, field, None)
            mine = None if mine != mine else mine
            theirs = feature["values"][field]
            if isinstance(mine, float):
                assert theirs == pytest.approx(mine)
            else:
                assert theirs == mine, (layer, feature_id, field)
    expected = published.to_crs("EPSG:4326").total_bounds
    assert np.allclose(found["extent"], expected, rtol=0, atol=1e-5)
