"""The generated configuration: committed, valid, and good enough for a stock pygeoapi."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from pygeoapi.config import validate_config
from pygeoapi.util import yaml_load

from geo.model import Project
from geo.model.derived import all_layers
from geo.serve.config import FILE, as_yaml, build_config, outward

ROOT = Path(__file__).resolve().parents[2]


def test_the_committed_file_is_what_the_model_says(project: Project) -> None:
    expected = as_yaml(build_config(project))
    assert (ROOT / FILE).read_text(encoding="utf-8") == expected, "run `geobank config write`"


def test_it_is_valid_for_pygeoapi_and_reads_back_the_same(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = build_config(project)
    text = as_yaml(config)
    assert yaml.safe_load(text) == config
    assert str(ROOT) not in text
    monkeypatch.setenv("GEOBANK_DATA", "/somewhere/else")
    (tmp_path / "pygeoapi.yml").write_text(text, encoding="utf-8")
    with (tmp_path / "pygeoapi.yml").open(encoding="utf-8") as file:
        read = yaml_load(file)
    assert validate_config(read)
    assert {one["providers"][0]["data"] for one in read["resources"].values()} == {
        "/somewhere/else"
    }
    assert (ROOT / read["server"]["templates"]["path"] / "_base.html").is_file()


def test_every_layer_is_a_resource_with_its_public_fields_only(project: Project) -> None:
    resources = build_config(project)["resources"]
    layers = all_layers(project)
    assert set(resources) == set(layers)
    for layer_id, layer in layers.items():
        fields = resources[layer_id]["providers"][0]["options"]["fields"]
        assert list(fields) == [field.name for field in layer.fields if field.public]
    hidden = [f for layer in layers.values() for f in layer.fields if not f.public]
    assert hidden, "no layer has a field that is not public: this test proves nothing"


def test_an_extent_is_never_rounded_inward() -> None:
    box = (19.000000049, 50.000000049, 19.000000051, 50.000000051)
    west, south, east, north = outward(box)
    assert west <= box[0] and south <= box[1] and east >= box[2] and north >= box[3]
    assert max(abs(a - b) for a, b in zip((west, south, east, north), box, strict=True)) < 2e-7


@contextmanager
def stock_server(town: Any, folder: Path) -> Iterator[str]:
    """Run pygeoapi's own Starlette application over the generated file, in its own process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "pygeoapi.yml"
    config.write_text(as_yaml(build_config(town.project)), encoding="utf-8")
    env = {
        **os.environ,
        "PYGEOAPI_CONFIG": str(config),
        "PYGEOAPI_OPENAPI": str(folder / "openapi.yml"),
        "GEOBANK_DATA": str(town.root),
    }
    code = "from pygeoapi import cli; cli()"
    command = [sys.executable, "-c", code, "openapi", "generate", str(config)]
    made = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    (folder / "openapi.yml").write_text(made.stdout, encoding="utf-8")
    app = ["-m", "uvicorn", "pygeoapi.starlette_app:APP", "--port", str(port)]
    server = subprocess.Popen(
        [sys.executable, *app, "--log-level", "error"], env=env, cwd=ROOT, stdout=subprocess.DEVNULL
    )
    try:
        yield wait_for(f"http://127.0.0.1:{port}/api", server)
    finally:
        server.terminate()
        server.wait(20)


def wait_for(url: str, server: subprocess.Popen[bytes]) -> str:
    for _ in range(300):
        assert server.poll() is None, "the server has ended"
        try:
            with urllib.request.urlopen(f"{url}?f=json"):
                return url
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:
        return answer.read()


def test_a_stock_pygeoapi_serves_the_same_collections(
    new_town: Callable[[], Any], tmp_path: Path
) -> None:
    town = new_town()
    town.publish()
    town.publish_districts()
    folder = tmp_path / "stock"
    folder.mkdir()
    with stock_server(town, folder) as url, town.client() as ours:
        theirs = json.loads(fetch(f"{url}/collections?f=json"))["collections"]
        mine = ours.get("/api/collections").json()["collections"]
        ids = {one["id"] for one in mine if one.get("itemType") == "feature"}
        assert {one["id"] for one in theirs} == ids
        for query in ("limit=15", "rank=7", "bbox=19.02,50.27,19.03,50.29", "sortby=-rank"):
            path = f"/collections/assorted/items?f=json&{query}"
            assert features(fetch(url + path)) == features(ours.get("/api" + path).content)
        page = fetch(f"{url}/collections/assorted/items?f=html&limit=2").decode()
        assert "<script>alert" not in page
        assert "//cdn" not in page
        assert "Kolekcje" in page
        before = features(fetch(f"{url}/collections/assorted/items?f=json"))
        town.publish(3)
        after = features(fetch(f"{url}/collections/assorted/items?f=json"))
        assert (len(before), len(after)) == (40, 3)


def features(body: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(body)["features"]
    return found
