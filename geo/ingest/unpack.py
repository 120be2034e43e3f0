"""Take one Shapefile out of a .zip without trusting what the archive says about itself."""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath
from typing import IO

from geo.ingest.report import Report
from geo.limits import limit

PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
"""Files of a Shapefile that are read; the first three must be there."""

MOST_MEMBERS = 100
_BLOCK = 1 << 20


def unpack_shapefile(archive: Path, folder: Path, report: Report) -> None:
    """Write the parts of the one Shapefile of an archive to ``folder/input.*``.

    Member names are only compared, never used as paths, and the bytes that really come out
    are counted against the cap ``file_bytes``.

    Raises
    ------
    InputRefusedError
        If it is no zip, is encrypted, holds no or several Shapefiles, or grows beyond the cap.
    """
    try:
        with zipfile.ZipFile(archive) as source:
            members = _members(source, report)
            left = limit("file_bytes")
            for suffix, member in members.items():
                with source.open(member) as packed, (folder / f"input{suffix}").open("wb") as out:
                    left = _copy(packed, out, left, report)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        report.refuse("archive", detail=_reason(error))


def _reason(error: Exception) -> str:
    # RuntimeError is how zipfile says "encrypted"; an OSError would name our own folder.
    return "encrypted" if isinstance(error, RuntimeError) else type(error).__name__


def _members(source: zipfile.ZipFile, report: Report) -> dict[str, zipfile.ZipInfo]:
    infos = [info for info in source.infolist() if not info.is_dir()]
    if len(infos) > MOST_MEMBERS:
        report.refuse("archive", detail=f"{len(infos)} > {MOST_MEMBERS}")
    paths = [(PurePosixPath(info.filename), info) for info in infos]
    found = [path for path, _ in paths if path.suffix.lower() == ".shp" and _visible(path)]
    if len(found) != 1:
        report.refuse("archive", detail=f"{len(found)} × .shp")
    stem = found[0].with_suffix("").as_posix().lower()
    return {
        path.suffix.lower(): info
        for path, info in paths
        if path.suffix.lower() in PARTS and path.with_suffix("").as_posix().lower() == stem
    }


def _visible(path: PurePosixPath) -> bool:
    # macOS puts a shadow of every file into __MACOSX/.
    return not path.name.startswith(".") and "__MACOSX" not in path.parts


def _copy(packed: IO[bytes], out: IO[bytes], left: int, report: Report) -> int:
    while block := packed.read(_BLOCK):
        left -= len(block)
        if left < 0:
            most = limit("file_bytes")
            report.refuse("file-too-large", found=f"> {most}", most=most)
        out.write(block)
    return left
