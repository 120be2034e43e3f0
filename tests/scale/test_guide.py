"""The guide's commands, run as they stand, at a small size, on a cluster of this machine."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
BLOCK = re.compile(r"```(sh|python)\n(.*?)```", re.DOTALL)


def blocks(name: str) -> list[tuple[str, str]]:
    return BLOCK.findall((DOCS / name).read_text(encoding="utf-8"))


def test_both_languages_have_the_same_commands():
    assert blocks("cluster.md") == blocks("klaster.md")


@pytest.mark.slow
def test_the_commands_work_as_they_stand(land, tmp_path):
    near = land.frame[land.frame.centroid.x < 520_000]
    near.drop(columns="people").to_file(tmp_path / "2474.gpkg")
    (tmp_path / "powiaty").mkdir()
    (tmp_path / "gminy.parquet").write_bytes(land.zones.read_bytes())
    bin_ = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}"}
    running: list[subprocess.Popen[bytes]] = []
    written = []
    try:
        for kind, text in blocks("cluster.md"):
            if kind == "python":
                subprocess.run(
                    [sys.executable, "-W", "ignore", "-c", text], cwd=tmp_path, check=True
                )
                continue
            for line in text.strip().splitlines():
                words = line.split()
                if words[0] == "dask":
                    running.append(
                        subprocess.Popen(
                            words, cwd=tmp_path, env=environment, start_new_session=True,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                        )
                    )  # fmt: skip
                    ready(tmp_path, workers="worker" in words)
                    continue
                done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True)
                assert done.returncode == 0, done.stderr.decode()
                if "-o" in words:
                    written.append((tmp_path / "gminy.csv").read_bytes())
                if "--explain" in words:
                    assert b"3,000 rows" in done.stdout
    finally:
        for one in reversed(running):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(one.pid, signal.SIGTERM)
            one.wait(timeout=30)
    assert len(written) == 3
    assert len(set(written)) == 1, "one machine, resumed, and the cluster: the same bytes"


def ready(folder: Path, *, workers: bool) -> None:
    end = time.monotonic() + 60
    while not (folder / "scheduler.json").exists():
        assert time.monotonic() < end
        time.sleep(0.1)
    if workers:
        import distributed

        with distributed.Client(
            scheduler_file=str(folder / "scheduler.json"), set_as_default=False
        ) as client:
            client.wait_for_workers(1, timeout=60)
