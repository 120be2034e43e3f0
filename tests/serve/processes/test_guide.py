"""Every command of docs/processes.md and docs/procesy.md is run, by curl, against a server."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from geo.limits import limit

DOCS = Path(__file__).resolve().parents[3] / "docs"
GUIDES = ("processes.md", "procesy.md")
COMMANDS = [
    pytest.param(command, id=f"{guide}-{number}")
    for guide in GUIDES
    for number, command in enumerate(
        re.findall(r"```bash\n(.*?)```", (DOCS / guide).read_text(encoding="utf-8"), re.S)
    )
]


@pytest.mark.skipif(shutil.which("curl") is None, reason="the guide's commands use curl")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_guide(address, command):
    text = command.replace("https://geobank.example", address)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    decoder, rest, found = json.JSONDecoder(), done.stdout, []
    while rest.strip():
        one, end = decoder.raw_decode(rest.lstrip())
        rest = rest.lstrip()[end:]
        found.append(one)
    assert found
    shown = found[0]
    if "features" in shown:
        assert any(each["properties"]["status"] == "ok" for each in shown["features"])
        assert shown["inputs"]
    elif "rows" in shown:
        assert shown["rows"]
    else:
        assert shown["status"] == "accepted"
        assert [job["jobID"] for job in found[1]["jobs"]] == [shown["jobID"]]


@pytest.mark.parametrize("guide", GUIDES)
def test_the_limits_of_the_guide_are_those_that_hold(guide):
    text = (DOCS / guide).read_text(encoding="utf-8")
    for name in ("own_zones", "own_vertices", "own_area_km2", "own_cells"):
        assert f"{limit(name):,}".replace(",", " ") in text
    for name in ("process_wait_seconds", "process_queue", "units_shown", "persons_shown"):
        assert re.search(rf"\b{limit(name)}\b", text)
    assert limit("request_bytes") == 5 * 1024**2 and "5 MB" in text
    assert limit("process_kept_seconds") == 86_400 and re.search("a day|dobę", text)


def test_the_decision_that_the_guides_name_is_there():
    for guide in GUIDES:
        for target in re.findall(r"\]\(([^)]+)\)", (DOCS / guide).read_text(encoding="utf-8")):
            assert (DOCS / target).is_file()
