"""``geobank serve`` and ``geobank config``, as a person runs them."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from geo.cli import main

ROOT = Path(__file__).resolve().parents[2]
RUN = [sys.executable, "-c", "from geo.cli import main; main()"]


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """Give a copy of the project whose files may be changed."""
    for name in ("config", "layers", "indicators"):
        shutil.copytree(ROOT / name, tmp_path / "city" / name)
    return tmp_path / "city"


def call(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    code = 0
    try:
        main(list(args))
    except SystemExit as leaving:
        code = int(leaving.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.parametrize(
    "command", [["serve"], ["config"], ["config", "check"], ["config", "write"]]
)
def test_help_shows_an_example(capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    code, out, _ = call(capsys, *command, "--help")
    assert code == 0
    assert "Examples:" in out
    assert f"geobank {' '.join(command)}" in out


def test_a_taken_port_is_said_with_another_to_take(
    capsys: pytest.CaptureFixture[str], taken_port: int, tmp_path: Path
) -> None:
    code, out, err = call(
        capsys, "serve", "--port", str(taken_port), "--data", str(tmp_path), "--project", str(ROOT)
    )
    assert code == 2
    assert f"port {taken_port} is taken" in err
    assert f"--port {taken_port + 1}" in err
    assert "Traceback" not in err and str(tmp_path) not in out + err


def test_an_address_that_is_not_ours_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, _, err = call(
        capsys, "serve", "--host", "192.0.2.1", "--data", str(tmp_path), "--project", str(ROOT)
    )
    assert code == 2
    assert "192.0.2.1:5000" in err and "--host" in err


def test_it_serves_says_how_to_begin_and_stops_at_ctrl_c(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [*RUN, "serve", "--port", str(port), "--data", str(tmp_path), "--project", str(ROOT)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        collections = fetch(f"http://127.0.0.1:{port}/api/collections", server)
        found = json.loads(collections)["collections"]
        assert [one["id"] for one in found] == ["catalogue"]  # of layers there are none
        assert b"<html" in fetch(f"http://127.0.0.1:{port}/", server)
        server.send_signal(signal.SIGINT)
        out, err = server.communicate(timeout=20)
    finally:
        server.kill()
    assert server.returncode == 0, err
    assert "geobank demo" in out and "geobank publish" in out
    assert f"http://127.0.0.1:{port}/api" in out
    assert "Zatrzymano" in out
    assert err == ""


def fetch(url: str, server: subprocess.Popen[str]) -> bytes:
    for _ in range(600):
        assert server.poll() is None, server.communicate()
        try:
            with urllib.request.urlopen(url) as answer:
                found: bytes = answer.read()
                return found
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


def test_config_check_and_write(capsys: pytest.CaptureFixture[str], city: Path) -> None:
    project = ["--project", str(city)]
    assert call(capsys, "config", "write", *project)[0] == 0
    written = (city / "config" / "pygeoapi.yml").read_bytes()
    code, out, _ = call(capsys, "config", "check", *project)
    assert code == 0 and "up to date" in out

    card = next((city / "layers").glob("stops/layer.yml"))
    text = card.read_text(encoding="utf-8")
    card.write_text(text.replace("pl: Przystanki,", "pl: Przystanki i perony,"), encoding="utf-8")
    code, out, err = call(capsys, "config", "check", *project)
    assert code == 3
    assert "+    title: {pl: Przystanki i perony" in out
    assert "geobank config write" in err
    code, out, _ = call(capsys, "config", "check", "--json", *project)
    assert code == 3
    assert json.loads(out)["error"]["where"] == "config/pygeoapi.yml"

    code, out, _ = call(capsys, "config", "write", "--json", *project)
    assert code == 0 and json.loads(out)["written"] is True
    assert (city / "config" / "pygeoapi.yml").read_bytes() != written
    (city / "config" / "pygeoapi.yml").unlink()
    code, _, err = call(capsys, "config", "check", *project)
    assert code == 3 and "is missing" in err


def test_a_broken_layer_is_named_with_its_line(
    capsys: pytest.CaptureFixture[str], city: Path
) -> None:
    layer = city / "layers" / "stops" / "layer.yml"
    text = layer.read_text(encoding="utf-8")
    layer.write_text(text.replace("geometry: Point", "geometry: Dot"), encoding="utf-8")
    line = text[: text.index("geometry: Point")].count("\n") + 1
    code, _, err = call(capsys, "config", "check", "--project", str(city))
    assert code == 3
    assert f"layers/stops/layer.yml:{line}" in err
