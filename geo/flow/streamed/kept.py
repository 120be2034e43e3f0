"""Partial sums kept in a folder while a long run lasts, so that the next one may go on.

One small file per row group, written beside and renamed: what is there is whole. The folder is
named by what was asked and of which bytes; anything else finds nothing in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from geo.flow.streamed.partitions import Part
from geo.measure.streamed import matrix
from geo.measure.streamed.collected import Collected
from geo.measure.streamed.partial import SUMS, Partial

_ABOUT = "about.json"


class Kept:
    """The folder of one run.

    Parameters
    ----------
    root : Path
        Where runs are kept; the folder of this one is made by its first part.
    about : mapping
        What decides the sums: the question, digests of the input and of the zones, versions.
    resume : bool
        Take what is there; otherwise it is thrown away.
    """

    def __init__(self, root: Path, about: Mapping[str, Any], *, resume: bool) -> None:
        self._about = json.dumps(dict(about), sort_keys=True, ensure_ascii=False, indent=2)
        self.folder = root / hashlib.sha256(self._about.encode()).hexdigest()[:16]
        if not resume:
            self.discard()
        self.found = len(self)

    def __len__(self) -> int:
        """Return the number of parts that are kept."""
        return sum(1 for _ in self.folder.glob("*.npz"))

    def get(self, part: Part) -> Partial | None:
        """Return a part's sums, or None where they are not kept or cannot be read."""
        try:
            with self._path(part).open("rb") as file:
                return _unpacked(dict(np.load(file, allow_pickle=False)))
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
            return None

    def put(self, part: Part, found: Partial) -> None:
        """Keep a part's sums."""
        self.folder.mkdir(parents=True, exist_ok=True)
        about = self.folder / _ABOUT
        if not about.exists():
            about.write_text(self._about + "\n", encoding="utf-8")
        path = self._path(part)
        beside = path.with_suffix(f".{os.getpid()}")
        with beside.open("wb") as file:
            np.savez(file, **_packed(found))
        beside.replace(path)

    def discard(self) -> None:
        """Throw away what is kept: the run is over, or begins anew."""
        if self.folder.is_dir():
            shutil.rmtree(self.folder)

    def _path(self, part: Part) -> Path:
        name = hashlib.sha256(f"{part.file}\0{part.footer}".encode()).hexdigest()[:16]
        return self.folder / f"{name}-{part.group:05d}.npz"


def _packed(found: Partial) -> dict[str, Any]:
    """Return sums as arrays by name; what is no array stands in the head."""
    told: dict[str, Any] = {"labels": found.labels, "read": found.read, "taken": found.taken}
    arrays: dict[str, Any] = {}
    for prefix in (*SUMS, "readings"):
        sums = getattr(found, prefix)
        if sums is None:
            continue
        values = {f.name: getattr(sums, f.name) for f in fields(sums)}
        arrays |= {f"{prefix}.{k}": v for k, v in values.items() if isinstance(v, np.ndarray)}
        told[prefix] = {k: v for k, v in values.items() if not isinstance(v, np.ndarray)}
    return {**arrays, "head": np.frombuffer(json.dumps(told).encode(), np.uint8)}


def _unpacked(arrays: dict[str, Any]) -> Partial:
    told = json.loads(arrays.pop("head").tobytes())
    found: dict[str, Any] = {}
    for prefix in (*SUMS, "readings"):
        if prefix in told:
            mine = {k.partition(".")[2]: v for k, v in arrays.items() if k.startswith(prefix + ".")}
            kind = Collected if prefix == "readings" else matrix.Partial
            found[prefix] = kind(**mine, **told[prefix])
    labels = tuple(told["labels"])
    return Partial(labels, read=told["read"], taken=told["taken"], **{"lost": None, **found})
