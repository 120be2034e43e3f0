"""Files by name: on this machine, or on object storage by a URL that fsspec knows.

A Parquet file far away is read in ranges: its footer in one request, then of each row group the
columns that are wanted, and no byte beside them.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from geo.errors import BusyError, MeasureError, NotFoundError, UsageError

ENDINGS = (".parquet", ".geoparquet")
BUFFER = 1 << 20
"""Bytes of a column of a local file that are held at once; else all of its row group is."""
TAIL = 1 << 16
"""Bytes at the end of a file that are read first: nearly every footer is shorter."""


@dataclass(frozen=True)
class Opened:
    """A Parquet file, and the SHA-256 of its footer and size."""

    file: pq.ParquetFile
    footer: str


def name_of(path: str) -> str:
    """Return a file's name without its folder."""
    return path.rstrip("/").rpartition("/")[2]


def paths(source: str) -> list[str]:
    """Return the files of a source by name, in order.

    Parameters
    ----------
    source : str
        A GeoParquet file, a folder of them, a pattern with ``*``, or a URL that fsspec knows.

    Raises
    ------
    UsageError
        If nothing that is installed can open such an address, or it may not be read.
    BusyError
        If the storage does not answer.
    """
    if "://" not in source:
        return _local(Path(source))
    with answering(source):
        system, path = _system(source)
        if "*" in path:
            found = system.glob(path)
        elif system.isdir(path):
            found = [name for name in system.find(path) if name.endswith(ENDINGS)]
        else:
            found = [path] if system.exists(path) else []
        return sorted(str(system.unstrip_protocol(name)) for name in found)


def _local(path: Path) -> list[str]:
    """Return files on this machine; fsspec is not needed for them."""
    whole = path.absolute()
    if "*" in path.name:
        return sorted(str(one) for one in whole.parent.glob(path.name))
    if whole.is_dir():
        return sorted(str(one) for one in whole.rglob("*") if one.name.endswith(ENDINGS))
    return [str(whole)] if whole.exists() else []


def _system(source: str) -> tuple[Any, str]:
    """Return the file system of a URL, and the path in it."""
    try:
        from fsspec.core import url_to_fs

        found: tuple[Any, str] = url_to_fs(source)
    except (ImportError, ValueError) as error:
        raise UsageError(
            f"this kind of address cannot be opened: {error}",
            where=source,
            fix="pip install 'geobank[cluster]', and what fsspec needs for it (s3://: s3fs)",
        ) from None
    return found


@contextmanager
def answering(where: str) -> Iterator[None]:
    """Turn what a storage raises into words: it is not there, refuses, or does not answer.

    Raises
    ------
    NotFoundError, UsageError, BusyError
    """
    try:
        yield
    except FileNotFoundError:
        raise NotFoundError("there is no such file", where=name_of(where)) from None
    except PermissionError:
        raise UsageError(
            "the storage refuses access",
            where=where,
            fix="give keys that may read it (S3: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)",
        ) from None
    except _failures() as error:
        raise BusyError(
            f"the storage does not answer ({type(error).__name__}: {str(error)[:120]})",
            where=where,
            fix="look at its address (S3: AWS_ENDPOINT_URL) and keys, then run it with --resume",
        ) from None


def _failures() -> tuple[type[Exception], ...]:
    """Return the errors of storages: OSError, and others of those libraries that are loaded."""
    there = (("botocore.exceptions", "BotoCoreError"), ("aiohttp", "ClientError"))
    foreign = (getattr(sys.modules[one], name) for one, name in there if one in sys.modules)
    return OSError, *foreign


@contextmanager
def opened(path: str, footer: str = "", coded: tuple[str, ...] = ()) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file; a local one is not copied into memory.

    Parameters
    ----------
    path : str
        A local path or a URL of fsspec.
    footer : str, optional
        The file's footer must have this SHA-256.
    coded : tuple of str, optional
        Columns of text that are wanted as codes and a dictionary.

    Raises
    ------
    NotFoundError
        If a local file is not there.
    MeasureError
        If it is no Parquet, or another file than when the plan was made.
    """
    with open_parquet(path, coded) as found:
        if footer and found.footer != footer:
            raise MeasureError(
                "the file is not the one that the plan was made from",
                where=name_of(path),
                fix="run the command again; every machine must see the same files",
            )
        yield found.file


@contextmanager
def open_parquet(path: str, coded: tuple[str, ...] = ()) -> Iterator[Opened]:
    """Open a Parquet file and say which one it is; see :func:`opened`."""
    far = "://" in path
    with _bytes(path) as raw:
        try:
            told, footer = _footer(raw)
            with pq.ParquetFile(
                raw, metadata=told, pre_buffer=far, buffer_size=0 if far else BUFFER,
                read_dictionary=list(coded),
            ) as file:  # fmt: skip
                yield Opened(file, footer)
        except pa.ArrowInvalid as error:
            reason = str(error).splitlines()[0][:120]
            raise MeasureError(
                f"this is no Parquet file ({reason})", where=name_of(path), fix="write GeoParquet"
            ) from None


def _bytes(path: str) -> Any:  # noqa: ANN401 - a file of Arrow or of fsspec
    """Open a file for reading; Arrow reads a local one without Python in between."""
    if "://" not in path:
        try:
            return pa.OSFile(path, "rb")
        except OSError:
            raise NotFoundError("there is no such file", where=name_of(path)) from None
    system, inside = _system(path)
    # Arrow knows the ranges that it wants: fsspec else reads 5 MB on, the other columns' bytes.
    return system.open(inside, "rb", cache_type="none")


def _footer(raw: Any) -> tuple[pq.FileMetaData, str]:  # noqa: ANN401 - as _bytes
    """Return what a file's footer says, and the SHA-256 of the footer and the file's size."""
    raw.seek(0, 2)
    size = raw.tell()
    tail = _last(raw, size, TAIL)
    length = int.from_bytes(tail[-8:-4], "little") + 8
    if len(tail) < length <= size:
        tail = _last(raw, size, length)
    digest = hashlib.sha256(tail[-length:])
    digest.update(str(size).encode())
    return pq.read_metadata(pa.BufferReader(tail[-length:])), digest.hexdigest()


def _last(raw: Any, size: int, count: int) -> bytes:  # noqa: ANN401 - as _bytes
    raw.seek(max(0, size - count))
    return bytes(raw.read())
