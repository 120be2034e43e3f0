"""Folders and files that appear whole or not at all: written beside, then renamed."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from geo.errors import UsageError

_UNFINISHED = ".tmp-"


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Be the only writer of a folder, in this process or any other; sweep what died there.

    The kernel frees the lock when its holder dies, so whatever is unfinished while we hold it
    was left by a crash.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        for stale in folder.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(stale)
        yield
    finally:
        os.close(handle)


@contextmanager
def beside(folder: Path) -> Iterator[Path]:
    """Give a temporary folder inside `folder`; it is gone afterwards unless it was renamed."""
    path = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def put_in_place(unfinished: Path, target: Path) -> None:
    """Make every byte durable, then give the folder its name: the one moment that counts."""
    for file in unfinished.iterdir():
        _sync(file)
    _sync(unfinished)
    unfinished.rename(target)
    _sync(target.parent)


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of `path` when all of it is written, or not at all.

    Raises
    ------
    UsageError
        If it cannot be written there.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(
            f"{path.name} cannot be written: {error.strerror}",
            fix="name a folder that exists and that you may write to with -o FILE",
        ) from None


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
