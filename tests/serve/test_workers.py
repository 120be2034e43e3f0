"""Several workers behind one port: a publication drops no request and is seen by each of them."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

ITEMS = "/api/collections/assorted/items"
WORKERS = 2


@contextmanager
def serving(project: Path, root: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from geo.cli import main; main()", "serve"]
    command += ["--workers", str(WORKERS), "--port", str(port)]
    command += ["--data", str(root), "--project", str(project)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ})
    try:
        for _ in range(600):
            assert server.poll() is None, "the server has ended"
            if len(workers(server)) == WORKERS and answers(port):
                break
            time.sleep(0.1)
        yield port, server
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def workers(server: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Return the processes that answer; multiprocessing's own helper is none of them."""
    found = []
    for one in psutil.Process(server.pid).children():
        with suppress(psutil.Error):  # it ends this moment
            if "spawn_main" in " ".join(one.cmdline()):
                found.append(one)
    return found


def answers(port: int) -> bool:
    try:
        return once(port, "/api")[0] == 200
    except OSError:
        return False


def once(port: int, path: str) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as client:
        return ask(client, path)


def ask(client: http.client.HTTPConnection, path: str) -> tuple[int, bytes]:
    client.request("GET", path)
    answer = client.getresponse()
    return answer.status, answer.read()


@pytest.fixture
def running(new_town: Callable[[], Any]) -> Iterator[tuple[Any, int, subprocess.Popen[bytes]]]:
    town = new_town()
    town.publish(5)
    with serving(town.project.root, town.root) as (port, server):
        yield town, port, server


@pytest.mark.slow
def test_publishing_under_load_drops_nothing_and_a_dead_worker_is_replaced(running: Any) -> None:
    town, port, server = running
    stop, wrong, counts = threading.Event(), [], []

    def load() -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as kept:
            while not stop.is_set():
                look(*ask(kept, f"{ITEMS}?sortby=rank"))

    def look(status: int, body: bytes) -> None:
        found = json.loads(body) if status == 200 else {}
        ranks = [one["properties"]["rank"] for one in found.get("features", [])]
        if ranks != list(range(found.get("numberMatched", -1))):
            wrong.append((status, body[:200]))
        counts.append(len(ranks))

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for size in (6, 7, 8):
            town.publish(size)
            time.sleep(0.4)
            published = time.monotonic()
        # Each worker knows within a second: many new connections reach both of them.
        time.sleep(max(0.0, published + 1 - time.monotonic()))
        fresh = [json.loads(once(port, ITEMS)[1]) for _ in range(20)]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert {one["numberMatched"] for one in fresh} == {8}
    assert set(counts) <= {5, 6, 7, 8} and 8 in counts
    replaced(server, workers(server)[0])
    assert answers(port)


def replaced(server: subprocess.Popen[bytes], victim: psutil.Process) -> None:
    victim.kill()
    for _ in range(300):
        time.sleep(0.1)
        now = {one.pid for one in workers(server)}
        if len(now) == WORKERS and victim.pid not in now:
            return
    raise AssertionError("nobody took its place")
