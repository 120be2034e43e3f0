"""Parts of promised evidence on the disk: made once, kept while they are asked for.

They lie in the data folder under ``made/<collection>/<version>-<release>/<part>/ready``, and bear
their name only when they are whole. Whoever asks for a part that is being made, in this process
or another, waits for the same one. What nobody asked for longest goes first.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import pyarrow as pa
import shapely

from geo.errors import GoneError, IntegrityError, NotFoundError
from geo.flow.build import versions
from geo.flow.evidence import pieces_of
from geo.flow.promised import Promise, read_promise, recipe_of
from geo.flow.results import results_at
from geo.limits import limit
from geo.measure.plan import plan
from geo.model import Indicator, Project
from geo.model.derived import evidence_id, evidence_layer
from geo.store.folder import alone_in, beside, put_in_place
from geo.store.servefile import FORMAT, write_serve
from geo.store.snapshot import SERVE, Snapshot, open_snapshot
from geo.store.table import geometries, hilbert_order

_FOLDER, _READY, _GOING = "made", "ready", ".tmp-going-"
_SURE_S = 60
"""A part that was asked for so lately stays, however full the disk: somebody is reading it."""


@cache
def release() -> str:
    """Return what tells parts of another release apart, as it was when this process first asked."""
    return f"{FORMAT}{versions()['engine']}"


def kept(root: Path, snapshot: Snapshot, part: int) -> Path | None:
    """Return the serve.sqlite of a part, or None while it is not made.

    Parameters
    ----------
    root : Path
        The data folder.
    snapshot : Snapshot
        A version of evidence that is promised.
    """
    ready = _home(root, snapshot.layer_id, snapshot.version, part, release()) / _READY
    try:
        os.utime(ready)  # asked for now: it goes last
    except FileNotFoundError:
        return None
    except OSError:  # a folder that may only be read
        return ready / SERVE if ready.is_dir() else None
    return ready / SERVE


def make(
    project: Project, root: Path, layer_id: str, version: str, part: int, named: str = ""
) -> None:
    """Make a part, unless it is there by now.

    Parameters
    ----------
    named : str
        The :func:`release` of who will look for it, where that is another process.

    Raises
    ------
    GoneError
        If a version that the values were computed from is no longer on the disk, or the card has
        changed since.
    IntegrityError
        If the pieces are not those of the published numbers.
    """
    snapshot = open_snapshot(root, layer_id, version)
    home = _home(root, layer_id, version, part, named or release())
    with alone_in(home):
        if (home / _READY).is_dir():
            return
        card = next(each for each in project.indicators.values()
                    if evidence_id(each.id) == layer_id)  # fmt: skip
        table = _table(project, root, card, snapshot, part)
        with beside(home) as unfinished:
            shapes = geometries(table)
            order = hilbert_order(shapely.bounds(shapes))
            # As a stored version has them: neighbours side by side, exteriors as RFC 7946 says.
            turned = shapely.orient_polygons(shapes[order], exterior_cw=False)
            layer = evidence_layer(project, card)
            write_serve(unfinished / SERVE, layer, table.take(order), turned, brief=True)
            put_in_place(unfinished, home / _READY)
    _make_room(root / _FOLDER)


def _home(root: Path, layer_id: str, version: str, part: int, named: str) -> Path:
    return root / _FOLDER / layer_id / f"{version}-{named}" / f"{part:06d}"


def _table(
    project: Project, root: Path, card: Indicator, snapshot: Snapshot, part: int
) -> pa.Table:
    promise = read_promise(snapshot)
    if recipe_of(plan(project, card)) != promise.recipe:
        raise _gone(card, "the card has changed since its values were computed")
    try:
        results = results_at(root, card.id, promise.values)
        table = pieces_of(project, root, card, results, promise.zones_of(part))
    except (NotFoundError, FileNotFoundError) as error:
        which = error.where if isinstance(error, NotFoundError) else ""
        what = "a version that the values were computed from can no longer be read"
        raise _gone(card, f"{what}: {which}" if which else what) from None
    _check(card, promise, part, len(table))
    return table


def _gone(card: Indicator, what: str) -> GoneError:
    return GoneError(
        what,
        where=evidence_id(card.id),
        fix=f"compute it again: geobank indicators compute {card.id}",
    )


def _check(card: Indicator, promise: Promise, part: int, found: int) -> None:
    """Refuse another number of pieces: the places of a walk would shift."""
    if found != promise.count(part):
        raise IntegrityError(
            f"{found} pieces are found, not the {promise.count(part)} that were counted",
            where=evidence_id(card.id),
            fix=f"compute it again: geobank indicators compute {card.id}",
        )


def _make_room(folder: Path) -> None:
    """Remove the parts that were not asked for longest, until the rest is within the limit."""
    found = sorted(_parts(folder))
    total = sum(size for _, size, _ in found)
    for used_at, size, ready in found:
        if total <= limit("evidence_kept_bytes") or time.time() - used_at < _SURE_S:
            break
        total -= size
        with suppress(OSError):  # another process was faster
            # Renamed first: nobody finds half a part.
            going = Path(tempfile.mkdtemp(prefix=_GOING, dir=ready.parent))
            ready.rename(going / _READY)
            shutil.rmtree(going, ignore_errors=True)


def _parts(folder: Path) -> Iterator[tuple[float, int, Path]]:
    """Give each part that is kept: when it was asked for, its bytes, its folder."""
    for ready in folder.glob(f"*/*/*/{_READY}"):
        with suppress(OSError):
            size = sum(file.stat().st_size for file in ready.iterdir())
            yield ready.stat().st_mtime, size, ready
