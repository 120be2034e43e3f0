"""OGC's own suites (CITE) against the running server: nothing fails, each skip has its reason.

The suites are no released artefacts of Maven Central; `docs/cite.md` says how to build them from
their sources (a minute each). The tests run where ``GEOBANK_CITE`` names the folder of their
``*-aio.jar`` files, and are skipped elsewhere.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import urllib.request
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

JARS = os.environ.get("GEOBANK_CITE", "")
pytestmark = [
    pytest.mark.client,
    pytest.mark.slow,
    pytest.mark.skipif(
        not JARS or shutil.which("java") is None,
        reason="GEOBANK_CITE names no folder with OGC's suites (docs/cite.md)",
    ),
]

SKIPPED = {
    r"Number of matched features too large to check": "the suite counts up to 10 000 itself",
    r"No features were returned for collection": "its fixed boxes lie in other countries",
    r"dataset-tilesets is not implemented": "tilesets belong to collections here",
    r"No input of type (array|bounding box)": "the echo process takes a text and a number",
    r"identifies a mixed type": "the same",
}
"""What a skip may say -> why it is right."""

OFFLINE = {
    r"schemas\.opengis\.net": "the suite fetches the schema from the network",
    r"^$": "the suite could not read its own context, for the same reason",
    r"No processes listed at .*/jobs": "jobs are listed to who shows their secret, and to no other",
    r"More than 1 schema is valid": "in the suite's own schema of results, for a plain text",
}
"""What a test of processes10 may fail with where there is no network -> why."""


def run(suite: str, folder: Path, **arguments: str) -> Counter[tuple[str, str, str]]:
    """Run a suite; return how often (status, test, message) came up."""
    jar = next(Path(JARS).rglob(f"ets-ogcapi-{suite}-*-aio.jar"))
    entries = "".join(
        f"<entry key={quoteattr(key)}>{value}</entry>" for key, value in arguments.items()
    )
    # Without a DOCTYPE: the suite's parser would fetch it.
    properties = folder / "run.xml"
    properties.write_text(f'<properties version="1.0">{entries}</properties>', "utf-8")
    # As XML, which is read below; one of the suites knows no option for it.
    command = ["java", "-jar", str(jar), "-o", str(folder), str(properties)]
    subprocess.run(command, check=True, capture_output=True, timeout=900)
    results = next(folder.glob("testng/*/testng-results.xml"))
    found: Counter[tuple[str, str, str]] = Counter()
    for method in ElementTree.parse(results).getroot().iter("test-method"):
        message = " ".join((method.findtext(".//message") or "").split())
        found[(method.get("status", ""), method.get("name", ""), message)] += 1
    return found


def assert_clean(found: Counter[tuple[str, str, str]]) -> None:
    """Nothing failed, something passed, and each skip is one that we know."""
    failed = [each for each in found if each[0] == "FAIL"]
    assert not failed, failed
    assert sum(count for (status, _, _), count in found.items() if status == "PASS") >= 10
    for status, name, message in found:
        if status == "SKIP":
            assert any(re.search(known, message) for known in SKIPPED), (name, message)


def test_features(served, tmp_path: Path) -> None:
    """Part 1 (Core) and part 2 (CRS), every collection."""
    assert_clean(run("features10", tmp_path, iut=served.url, noofcollections="-1"))


def test_tiles(served, tmp_path: Path) -> None:
    """Core, tilesets and geodata tilesets, over tiles that are not empty."""
    tiles = f"{served.url}/collections/districts/tiles/WebMercatorQuad"
    with urllib.request.urlopen(tiles) as answer:
        limits = json.load(answer)["tileMatrixSetLimits"]
    one = next(each for each in limits if each["tileMatrix"] == "8")
    assert_clean(
        run(
            "tiles10",
            tmp_path,
            iut=served.url,
            tilematrixsetdefinitionuri=(
                "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
            ),
            urltemplatefortiles=f"{tiles}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}",
            tilematrix="8",
            mintilerow=str(one["minTileRow"]),
            maxtilerow=str(one["maxTileRow"]),
            mintilecol=str(one["minTileCol"]),
            maxtilecol=str(one["maxTileCol"]),
            noofcollections="-1",
        )
    )


def test_processes(served, tmp_path: Path) -> None:
    """As far as it runs without a network: what fails is known, and most passes."""
    found = run("processes10", tmp_path, iut=served.url, echoprocessid="echo")
    counts = Counter(dict.fromkeys(("PASS", "FAIL", "SKIP"), 0))
    for (status, name, message), count in found.items():
        counts[status] += count
        known = {"PASS": {r"": ""}, "FAIL": OFFLINE, "SKIP": SKIPPED}[status]
        assert any(re.search(each, message) for each in known), (status, name, message)
    assert counts["PASS"] >= 40, counts
