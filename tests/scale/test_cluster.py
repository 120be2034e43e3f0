"""Dask over row groups: the bits of one machine, workers and schedulers that die, versions."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from country import write
from test_stream import planned, run, same

from geo.errors import ClusterError, MeasureError
from geo.flow import build
from geo.flow.streamed import cluster
from geo.measure.streamed.partial import Question

distributed = pytest.importorskip("distributed")

QUESTION = Question("area", by="kind")
ROWS = 60


class Machines:
    """A scheduler and its workers, each a process of its own, as on a real cluster."""

    def __init__(self, folder: Path, workers: int, first_on_path: str = "") -> None:
        before = os.environ.get("PYTHONPATH", "")
        paths = [path for path in (first_on_path, before) if path]
        self._environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        self._file = folder / "scheduler.json"
        self._started: list[subprocess.Popen[bytes]] = []
        self._run("dask_scheduler", "--port", "0", "--no-dashboard", "--no-jupyter")
        self._wait(self._file.exists)
        if workers:
            self._run("dask_worker", "--nworkers", str(workers), "--nthreads", "1",
                      "--no-dashboard", "--local-directory", str(folder))  # fmt: skip
        with self.client() as client:
            self.address = client.scheduler.address
            if workers:
                client.wait_for_workers(workers, timeout=60)

    def _run(self, module: str, *words: str) -> None:
        command = [sys.executable, "-m", f"distributed.cli.{module}",
                   "--scheduler-file", str(self._file), *words]  # fmt: skip
        quiet = subprocess.DEVNULL
        self._started.append(
            subprocess.Popen(
                command, stdout=quiet, stderr=quiet, start_new_session=True, env=self._environment
            )
        )

    def _wait(self, ready: object) -> None:
        end = time.monotonic() + 60
        while not ready():
            assert time.monotonic() < end, "the scheduler does not start"
            time.sleep(0.05)

    @contextlib.contextmanager
    def client(self) -> Iterator[distributed.Client]:
        found = distributed.Client(scheduler_file=str(self._file), set_as_default=False)
        try:
            yield found
        finally:
            found.close()

    def kill_scheduler(self) -> None:
        os.killpg(self._started[0].pid, signal.SIGKILL)

    def close(self) -> None:
        for one in reversed(self._started):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(one.pid, signal.SIGKILL)
            one.wait()


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    made = Machines(tmp_path_factory.mktemp("cluster"), 2)
    yield made
    made.close()


@pytest.fixture(scope="module")
def many(land, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The plots near the gminas in fifty small row groups."""
    path = tmp_path_factory.mktemp("many") / "plots.parquet"
    write(path, land.frame[land.frame.centroid.x < 520_000], ROWS)
    return str(path)


def measure(some, where, tmp_path, *, resume=False, **more):
    kept = some.kept(tmp_path, resume=resume)
    return cluster.measure(
        some.task(1), some.given, some.ready(), kept, scheduler=where.address, **more
    )


def test_workers_give_the_bits_of_one_machine(land, many, machines, tmp_path):
    for question in (QUESTION, Question("mean", "people", "kind", "year > 1950")):
        some = planned(land, question, many)
        told: list[tuple[int, int]] = []

        def tell(stage: str, done: int, total: int, told: list = told) -> None:
            told.append((done, total))

        whole = measure(some, machines, tmp_path, progress=tell)
        same(whole, run(some, tmp_path))
        assert told[-1] == (whole.read, whole.read)
        assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_every_worker_is_warmed(machines):
    cluster.warm(machines.address)
    with machines.client() as client:
        loaded = client.run(lambda: "geo.measure.edges.area" in __import__("sys").modules)
    assert set(loaded.values()) == {True}
    assert len(loaded) == 2


def test_a_worker_that_is_killed_in_the_middle_is_survived(land, many, machines, tmp_path):
    some = planned(land, QUESTION, many)
    killed: list[int] = []

    def kill(stage: str, done: int, total: int) -> None:
        if not killed:
            with machines.client() as client:
                pids = client.run(os.getpid)
            killed.append(next(iter(pids.values())))
            os.kill(killed[0], signal.SIGKILL)

    whole = measure(some, machines, tmp_path, progress=kill)
    assert killed
    same(whole, run(some, tmp_path))
    with machines.client() as client:
        client.wait_for_workers(2, timeout=60)


def test_what_a_feature_is_refused_for_comes_back_from_the_worker(land, machines, tmp_path):
    bad = land.frame.head(30).copy()
    bad.loc[7, "geometry"] = None
    bad.to_parquet(tmp_path / "bad.parquet")
    some = planned(land, Question("area"), str(tmp_path / "bad.parquet"))
    with pytest.raises(MeasureError, match="missing") as found:
        measure(some, machines, tmp_path)
    assert "bad.parquet, row group 0" in found.value.where


def test_a_file_that_workers_see_otherwise_is_refused(land, machines, tmp_path):
    path = tmp_path / "plots.parquet"
    write(path, land.frame.head(100))
    some = planned(land, QUESTION, str(path))
    write(path, land.frame.head(90))
    with pytest.raises(MeasureError, match="not the one"):
        measure(some, machines, tmp_path)


def test_workers_of_another_version_are_refused(land, many, tmp_path):
    fake = tmp_path / "site" / "numba-0.1.dist-info"
    fake.mkdir(parents=True)
    (fake / "METADATA").write_text("Metadata-Version: 2.1\nName: numba\nVersion: 0.1\n")
    other = Machines(tmp_path, 1, first_on_path=str(fake.parent))
    try:
        with pytest.raises(ClusterError, match=r"numba 0\.1, here ") as found:
            measure(planned(land, QUESTION, many), other, tmp_path)
    finally:
        other.close()
    assert "uv sync" in found.value.fix


def test_a_worker_that_joins_late_with_other_versions_is_refused_too(land, many):
    some = planned(land, QUESTION, many)
    expected = {**build.versions(), "engine": "other"}
    found = cluster.answer(some.task(1), some.given.parts[0], some.ready(), expected)
    assert isinstance(found, ClusterError)


def test_a_scheduler_without_workers_or_none_at_all(land, many, tmp_path, monkeypatch):
    some = planned(land, QUESTION, many)
    alone = Machines(tmp_path, 0)
    try:
        with pytest.raises(ClusterError, match="no worker"):
            measure(some, alone, tmp_path)
    finally:
        alone.close()
    monkeypatch.setattr(cluster, "CONNECT_S", 1)
    with pytest.raises(ClusterError, match="no scheduler answers"):
        measure(some, alone, tmp_path)


def test_a_lost_scheduler_is_told_and_the_run_goes_on_later(land, many, tmp_path):
    some = planned(land, QUESTION, many)
    machines = Machines(tmp_path, 1)
    seen = []

    def kill(stage: str, done: int, total: int) -> None:
        seen.append(done)
        if len(seen) == 3:
            machines.kill_scheduler()

    try:
        with pytest.raises(ClusterError, match="scheduler was lost") as found:
            measure(some, machines, tmp_path, progress=kill)
    finally:
        machines.close()
    assert "--resume" in found.value.fix
    kept = some.kept(tmp_path, resume=True)
    assert 3 <= kept.found < 50
    from geo.flow.streamed import stream

    whole = stream.measure(some.task(), some.given, some.ready(), kept)
    same(whole, run(some, tmp_path))
