"""The demo city with a folder of jobs of its own."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.testclient import TestClient

from geo.model import Project
from geo.serve.app import create_app
from geo.store import close_all

URL = "http://town.test"


def borrowed(demo_data: Path, folder: Path) -> Path:
    """Return a data folder with the demo's layers, to write other things into."""
    folder.mkdir()
    shutil.copy(demo_data / "catalog.sqlite", folder)
    (folder / "layers").symlink_to(demo_data / "layers")
    return folder


@pytest.fixture(scope="session")
def served_root(demo_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return borrowed(demo_data, tmp_path_factory.mktemp("processes") / "data")


@pytest.fixture(scope="session")
def api(project: Project, served_root: Path) -> Iterator[TestClient]:
    """Ask a server over the demo city."""
    with TestClient(create_app(project, served_root, server_url=URL), base_url=URL) as found:
        yield found
    close_all()


@pytest.fixture
def another(project: Project, demo_data: Path, tmp_path: Path) -> Iterator[TestClient]:
    """Ask a server whose limits a test may change before it asks."""
    root = borrowed(demo_data, tmp_path / "data")
    with TestClient(create_app(project, root, server_url=URL), base_url=URL) as found:
        yield found


@pytest.fixture(scope="session")
def run() -> Callable[..., Any]:
    """Run a process and wait for the answer."""

    def go(api: TestClient, process: str, inputs: dict[str, Any], **more: Any) -> Any:
        headers = more.pop("headers", {})
        return api.post(
            f"/api/processes/{process}/execution", json={"inputs": inputs, **more}, headers=headers
        )

    return go


@pytest.fixture(scope="session")
def ended() -> Callable[..., dict[str, Any]]:
    """Wait until a job has ended, and return its status."""

    def wait(api: TestClient, location: str, **headers: str) -> dict[str, Any]:
        for _ in range(400):
            found: dict[str, Any] = api.get(location, headers=headers).json()
            if found["status"] not in ("accepted", "running"):
                return found
            time.sleep(0.05)
        raise AssertionError(f"the job did not end: {found}")

    return wait


@pytest.fixture(scope="session")
def address(project: Project, served_root: Path) -> Iterator[str]:
    """Serve the demo city on a port, for clients that are no library."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = create_app(project, served_root, server_url=url)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield url
    server.should_exit = True
    thread.join()
    listener.close()
