"""The same plan on many machines: one task per row group on Dask `distributed`.

Workers read their row groups themselves; only the zones go out and only sums come back. The
sums are integers inside (:mod:`geo.measure.streamed.matrix`), so that the answer has the same bits
as that of one machine, whatever order the workers finish in and however often a task is run.

A worker that dies is survived: its tasks run again elsewhere. A scheduler that dies is told;
the partial sums that came back until then are kept for ``--resume``.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from geo.errors import ClusterError, GeoError
from geo.flow.build import versions
from geo.flow.streamed.kept import Kept
from geo.flow.streamed.partitions import Input, Part
from geo.flow.streamed.stream import STAGE, Task, measured
from geo.measure.streamed import matrix
from geo.measure.streamed.partial import Partial, Sums, Whole
from geo.model.progress import Progress, silent

Client = Any
"""A distributed.Client; the package is optional and not typed."""
Future = Any

RETRIES = 3
"""Times that a row group is read again after an error of the network or of storage."""
ROUNDS = 3
"""Times that the zones are sent out again, when every worker that held them died."""
CONNECT_S = 15
SHOWN = 5
"""Differences between machines that a message names."""


def measure(
    task: Task,
    given: Input,
    places: matrix.Places,
    kept: Kept,
    *,
    scheduler: str,
    progress: Progress = silent,
) -> Whole:
    """Measure every chosen part on the workers of a scheduler.

    Parameters
    ----------
    task : Task
    given : Input
        Every worker must be able to open its files by the same names.
    places : matrix.Places
        The zones; sent out once.
    kept : Kept
        Partial sums of a run before; takes those of this run as they come.
    scheduler : str
        ``tcp://host:8786``, or a path to a scheduler file (``.json``).

    Raises
    ------
    ClusterError
        If there is no scheduler or no worker, if they run other versions, or if they are lost.
    MeasureError
        If a feature cannot be measured.
    """
    sums = Sums(task.question, places)
    total = sum(part.rows for part in given.chosen)
    left: list[Part] = []
    for part in given.chosen:
        before = kept.get(part)
        if before is None:
            left.append(part)
        else:
            sums.add(before)
    with _connected(scheduler) as client:
        check_workers(client)
        for part, found in _gathered(client, task, left, places):
            kept.put(part, found)
            sums.add(found)
            progress(STAGE, sums.read, total)
    return sums.whole()


def _dask() -> Any:  # noqa: ANN401 - an optional module
    if importlib.util.find_spec("distributed") is None:
        raise ClusterError(
            "the cluster needs the package `distributed`",
            fix="install it on every machine: pip install 'geobank[cluster]'",
        )
    return importlib.import_module("distributed")


@contextmanager
def _connected(scheduler: str) -> Iterator[Client]:
    """Give a client; what goes wrong between here and the scheduler becomes a ClusterError."""
    dask = _dask()
    where = {"scheduler_file": scheduler} if scheduler.endswith(".json") else {"address": scheduler}
    try:
        client = dask.Client(timeout=CONNECT_S, set_as_default=False, **where)
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"no scheduler answers ({type(error).__name__})",
            where=scheduler,
            fix="start one: dask scheduler; and name it as it says: tcp://host:8786",
        ) from None
    try:
        yield client
    except (dask.comm.CommClosedError, TimeoutError) as error:
        raise _lost(scheduler, type(error).__name__) from None
    finally:
        client.close(timeout=2)


def _address(client: Client) -> str:
    return "" if client.scheduler is None else str(client.scheduler.address)


def _lost(scheduler: str, why: str) -> ClusterError:
    return ClusterError(
        f"the scheduler was lost while the work went on ({why})",
        where=scheduler,
        fix="start it again and run the command with --resume: what came back is kept",
    )


def check_workers(client: Client) -> None:
    """Refuse a cluster without workers, or one that would compute other bits.

    Raises
    ------
    ClusterError
        Names each package that differs, and the worker.
    """
    where = _address(client)
    try:
        theirs = client.run(versions)
    except ImportError as error:
        raise ClusterError(
            f"a worker cannot import {error.name}",
            where=where,
            fix="install the same lock file on every machine: uv sync --extra cluster",
        ) from None
    if not theirs:
        raise ClusterError(
            "the scheduler has no worker",
            where=where,
            fix="start some: dask worker ADDRESS --nworkers auto --nthreads 1",
        )
    wrong = [
        f"{address}: {difference}"
        for address, found in sorted(theirs.items())
        for difference in differences(found)
    ]
    if wrong:
        raise _other(wrong, where)


def differences(theirs: dict[str, str]) -> list[str]:
    """Return what another process would compute otherwise with, in words."""
    return [
        f"{name} {theirs.get(name) or 'missing'}, here {version or 'missing'}"
        for name, version in versions().items()
        if theirs.get(name) != version
    ]


def _other(wrong: list[str], where: str) -> ClusterError:
    more = f" (and {len(wrong) - SHOWN} more)" if len(wrong) > SHOWN else ""
    return ClusterError(
        "workers run other versions: " + "; ".join(wrong[:SHOWN]) + more,
        where=where,
        fix="install the same lock file on every machine (uv sync --extra cluster), "
        "and start the workers again",
    )


def answer(
    task: Task, part: Part, places: matrix.Places, expected: dict[str, str]
) -> Partial | GeoError:
    """Measure one row group on a worker.

    What cannot be measured comes back as a value, for it would fail again; what else is raised
    (storage, network) is tried again by the scheduler. A worker that joined late is looked at
    here.
    """
    if versions() != expected:
        return _other(["a worker that joined late"], part.name)
    try:
        return measured(task, part, places)
    except GeoError as error:
        return error


def _gathered(
    client: Client, task: Task, parts: list[Part], places: matrix.Places
) -> Iterator[tuple[Part, Partial]]:
    """Give each part's sums as they come; send out again what was lost with its zones."""
    for _ in range(ROUNDS):
        lost: list[Part] = []
        for part, found in _round(client, task, parts, places):
            if found is None:
                lost.append(part)
            else:
                yield part, found
        parts = lost
        if not parts:
            return
    raise ClusterError(
        f"{len(parts)} row groups were lost again and again with the workers that had them",
        where=_address(client),
        fix="look at the workers' memory and logs, then run the command with --resume",
    )


def _round(
    client: Client, task: Task, parts: list[Part], places: matrix.Places
) -> Iterator[tuple[Part, Partial | None]]:
    """Give each part's sums, or None where they were lost."""
    dask = _dask()
    zones = client.scatter(places, broadcast=True, hash=False)
    futures: dict[Future, Part] = {
        client.submit(answer, task, part, zones, versions(), retries=RETRIES, pure=False): part
        for part in parts
    }
    try:
        for future in dask.as_completed(list(futures), loop=client.loop):
            part = futures.pop(future)
            yield part, _result(client, future, part)
            future.release()
    finally:
        if futures and client.status == "running":
            client.cancel(list(futures), force=True)


def _result(client: Client, future: Future, part: Part) -> Partial | None:
    """Return what a task gave; None where it was lost with its worker's copy of the zones."""
    if client.status != "running":
        raise _lost(_address(client), client.status)
    if future.status in ("cancelled", "lost"):
        return None
    if future.status == "error":
        error = future.exception()
        raise ClusterError(
            f"a row group could not be measured ({type(error).__name__})",
            where=f"{part.name}, row group {part.group}",
            fix="look at the workers' memory and logs, then run the command with --resume",
        )
    found = future.result()
    if isinstance(found, GeoError):
        raise found
    answered: Partial = found
    return answered


def warm(scheduler: str) -> None:
    """Compile the kernels on every machine.

    Workers of one machine share a cache of machine code: one of them compiles, then the others
    load what it has made.

    Raises
    ------
    ClusterError
        As for :func:`measure`.
    """
    from geo.measure import engine

    with _connected(scheduler) as client:
        check_workers(client)
        workers = sorted(client.scheduler_info(n_workers=-1)["workers"])
        first = {address.rpartition(":")[0]: address for address in workers}
        client.run(engine.warm, workers=list(first.values()))
        client.run(engine.warm)
