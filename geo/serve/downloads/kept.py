"""Files that were built once and are kept for as long as their version is served."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

from geo.flow.export.formats import Format, write
from geo.model import Layer
from geo.store.folder import alone_in, beside, put_in_place
from geo.store.snapshot import Snapshot

_FOLDER = "downloads"
_LEVEL = 6


def kept(root: Path, layer: Layer, snapshot: Snapshot, form: Format) -> Path:
    """Return the file of a version in a format; the first who asks waits until it is built.

    Whoever asks meanwhile, in this process or another, waits for the same file. Files of other
    versions of the layer go; who is still reading one keeps it until the end.

    Parameters
    ----------
    root : Path
        The data folder.
    """
    folder = root / _FOLDER / layer.id
    target = folder / f"{snapshot.version}{form.suffix}"
    file = target / f"{layer.id}{form.suffix}"
    if file.is_file():
        return file
    with alone_in(folder):
        if not file.is_file():
            _sweep(folder, snapshot.version)
            with beside(folder) as unfinished:
                _build(unfinished / file.name, layer, snapshot, form)
                put_in_place(unfinished, target)
    return file


def packed(file: Path) -> Path:
    """Return where the compressed form of a text file lies."""
    return file.with_name(f"{file.name}.gz")


def _build(file: Path, layer: Layer, snapshot: Snapshot, form: Format) -> None:
    write(file, layer, snapshot, form)
    if form.text:
        with (
            file.open("rb") as plain,
            packed(file).open("wb") as target,
            gzip.GzipFile("", "wb", _LEVEL, target, mtime=0) as out,
        ):
            shutil.copyfileobj(plain, out, 1 << 20)


def _sweep(folder: Path, version: str) -> None:
    for old in folder.iterdir():
        if old.is_dir() and not old.name.startswith(version):
            shutil.rmtree(old, ignore_errors=True)
