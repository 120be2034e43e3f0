"""Take a file in: stage it, read and clean it in a caged child, bring the table back."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from geo import errors, limits
from geo.crs import Box
from geo.errors import InputRefusedError, LimitExceededError
from geo.ingest import cage
from geo.ingest.position import Choices
from geo.ingest.report import Report
from geo.ingest.stage import Staged, stage
from geo.model.layer import Layer
from geo.model.progress import Progress, silent
from geo.model.raster import Raster

_PREFIX = "geobank-in-"
_CLOCKS = {signal.SIGALRM: "repair_seconds", signal.SIGXCPU: "read_seconds"}


@dataclass(frozen=True)
class Intake:
    """A file that was taken in.

    Attributes
    ----------
    table : pyarrow.Table
        The feature table of the layer, EPSG:2180.
    report : Report
    sha256 : str
        Of the file that was read.
    """

    table: pa.Table
    report: Report
    sha256: str


def take_in(
    layer: Layer,
    path: Path,
    *,
    bbox84: Box,
    assume_crs: str | None = None,
    reproject: bool = False,
    repair: bool = False,
    drop_invalid: bool = False,
    progress: Progress = silent,
) -> Intake:
    """Read and check a file for a layer, in a caged child process.

    Parameters
    ----------
    layer : Layer
    path : Path
        GeoPackage, GeoJSON, or Shapefile (.shp with its parts beside it, or one in a .zip).
    bbox84 : tuple of float
        The city: west, south, east, north in degrees.
    assume_crs : str, optional
        The CRS of a file that names none; stands in the report as an assumption.
    reproject, repair, drop_invalid : bool
        Allow another CRS, mend invalid geometry, leave faulty rows out. All are counted.

    Returns
    -------
    Intake

    Raises
    ------
    NotFoundError
        If there is no such file.
    InputRefusedError, CRSMismatchError, LimitExceededError
        With the report on it, in its attribute ``report``.
    """
    report = Report(layer.id, path.name.encode("utf-8", "replace").decode())
    choices = Choices(bbox84, assume_crs, reproject, repair, drop_invalid)
    with workshop() as folder:
        staged = stage(path, folder / "in", report)
        write_request(folder, staged, layer, choices, report)
        run_child(folder, staged, report, progress, _drivers())
        report = read_result(folder)
        with pa.memory_map(str(folder / "result.arrow")) as file:
            table = pa.ipc.open_file(file).read_all()
        return Intake(table, report, staged.sha256)


@contextmanager
def workshop() -> Iterator[Path]:
    """Give a folder to read a file in, with an empty ``in/``; it is gone afterwards."""
    _sweep(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as name:
        (Path(name) / "in").mkdir()
        yield Path(name)


def _sweep(folder: Path) -> None:
    """Remove copies that a killed process of ours left: none is read for as long as this."""
    long_ago = time.time() - 3600 - 2 * limits.limit("read_seconds")
    for path in folder.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            found = path.lstat()
            mine = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
            if mine and found.st_mtime < long_ago:
                shutil.rmtree(path)


def write_request(
    folder: Path, staged: Staged, layer: Layer | Raster, choices: Choices, report: Report
) -> None:
    """Write what the child shall do into ``request.json``."""
    request = {
        "path": str(staged.path),
        "driver": staged.driver,
        "layer": layer.model_dump(mode="json"),
        "choices": asdict(choices),
        "report": report.as_dict(),
        "limits": {name: item.value for name, item in limits.LIMITS.items()}
        | {"read_seconds": seconds_for(staged)},
    }
    (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")


@cache
def _drivers() -> list[str]:
    import pyogrio  # GDAL is loaded only where a file is taken in

    return sorted(pyogrio.list_drivers())


def run_child(
    folder: Path, staged: Staged, report: Report, progress: Progress, drivers: list[str]
) -> None:
    """Run the child to its end, or kill it when its time is over.

    Parameters
    ----------
    drivers : list of str
        All that its GDAL knows: every one but the file's own is skipped.

    Raises
    ------
    InputRefusedError, LimitExceededError
        If it gave no result.
    """
    last: list[Any] = ["start", 0, 1]
    with (folder / "errors.txt").open("wb") as complaints:
        child = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", "geo.ingest.child", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=cage.environment(staged.driver, drivers) | {"TMPDIR": str(folder)},
            cwd=folder,
            start_new_session=True,
        )
    expired = threading.Event()
    with child, _clock(child, seconds_for(staged), expired):
        assert child.stdout is not None  # noqa: S101 - it is a pipe
        for line in child.stdout:
            last = json.loads(line)
            if last[0] != "start":
                progress(*last)
    if child.returncode or expired.is_set():
        caps = {name: limits.limit(name) for name in _CLOCKS.values()}
        caps["read_seconds"] = seconds_for(staged)
        _refuse(child.returncode, last, report, folder, caps, expired=expired.is_set())


def seconds_for(staged: Staged) -> int:
    """Return how long a file may be read: the cap for any, and more for a large one."""
    size = sum(path.stat().st_size for path in staged.path.parent.glob("input.*"))
    return limits.limit("read_seconds") + limits.limit("read_seconds_per_gib") * size // 2**30


@contextmanager
def _clock(
    child: subprocess.Popen[bytes], seconds: float, expired: threading.Event
) -> Iterator[None]:
    def stop() -> None:
        expired.set()
        _kill(child)

    timer = threading.Timer(seconds, stop)
    timer.start()
    try:
        yield
        child.wait()
    finally:
        timer.cancel()
        _kill(child)


def _kill(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)


def _refuse(
    code: int, last: list[Any], report: Report, folder: Path, caps: dict[str, int], *,
    expired: bool,
) -> None:  # fmt: skip
    """Say why the child gave no result: time, memory, or a crash, and at which feature."""
    stage_name, done, _ = last
    where = [{"row": done}] if "repair" in stage_name else []
    signal_ = -code if code < 0 else 0
    clock = "read_seconds" if expired else _CLOCKS.get(signal_)  # type: ignore[call-overload]
    if clock:
        report.refuse(
            "time-limit", where, stage=stage_name, most=caps[clock],
            error=LimitExceededError,
        )  # fmt: skip
    detail = signal.Signals(signal_).name if signal_ else _last_words(folder)
    report.refuse("crashed", where, stage=stage_name, detail=detail)


def _last_words(folder: Path) -> str:
    """Return the kind of the child's last exception; its text may hold folders of ours."""
    lines = (folder / "errors.txt").read_text(encoding="utf-8", errors="replace").splitlines()
    kind = lines[-1].split(":")[0] if lines else "?"
    return kind if kind.replace(".", "").replace("_", "").isalnum() else "?"


def read_result(folder: Path) -> Report:
    """Return the report that the child wrote, or raise its refusal."""
    data = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    report = Report.from_dict(data["report"])
    if "refusal" in data:
        refusal = dict(data["refusal"])
        cls: type[InputRefusedError] = getattr(errors, refusal.pop("class"))
        error = cls(refusal["what"], where=refusal["where"], fix=refusal["fix"])
        error.report = report
        raise error
    return report
