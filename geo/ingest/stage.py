"""Copy a stranger's file into a folder of our own, and see that it is what it says it is.

GDAL then sees only known names beside each other, nobody can change the file while it is read,
and the SHA-256 is that of the bytes which were read.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from geo.errors import LimitExceededError, NotFoundError
from geo.ingest.report import Report
from geo.ingest.unpack import PARTS, unpack_shapefile
from geo.limits import limit

Driver = Literal["GPKG", "GeoJSON", "ESRI Shapefile", "GTiff"]
_DRIVERS: dict[str, Driver] = {
    ".gpkg": "GPKG",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".shp": "ESRI Shapefile",
    ".zip": "ESRI Shapefile",
}
_RASTER_DRIVERS: dict[str, Driver] = {".tif": "GTiff", ".tiff": "GTiff"}
ENDINGS = tuple(_DRIVERS)
_SHP_MAGIC = (9994).to_bytes(4, "big")
_TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


@dataclass(frozen=True)
class Staged:
    """A file in its own folder.

    Attributes
    ----------
    path : Path
        The copy that GDAL opens.
    driver : str
        The one driver that may open it.
    sha256 : str
        Of the file, or of a Shapefile's parts one after the other.
    """

    path: Path
    driver: Driver
    sha256: str


def stage(path: Path, folder: Path, report: Report, *, raster: bool = False) -> Staged:
    """Copy a file (and what belongs to it) into `folder` and check its kind.

    Parameters
    ----------
    raster : bool
        A GeoTIFF is wanted, and nothing else; otherwise a file of features.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InputRefusedError, LimitExceededError
        If it is empty, too large, or not of a kind that is taken.
    """
    if not path.is_file():
        raise NotFoundError(f"there is no file {path.name!r}", fix="check the name of the file")
    suffix = path.suffix.lower()
    known = _RASTER_DRIVERS if raster else _DRIVERS
    if suffix not in known:
        code = "unknown-raster-format" if raster else "unknown-format"
        report.refuse(code, found=suffix or path.name)
    driver = known[suffix]
    report.format = driver
    sources = _sources(path, suffix)
    _check_sizes(path, sources, report)
    for ending, source in sources.items():
        shutil.copyfile(source, folder / f"input{ending}")
    if suffix == ".zip":
        unpack_shapefile(folder / "input.zip", folder, report)
        (folder / "input.zip").unlink()
    staged = _main(folder, driver)
    if driver == "ESRI Shapefile":
        missing = [part for part in PARTS[:3] if not (folder / f"input{part}").is_file()]
        if missing:
            report.refuse("part-missing", found=", ".join(missing))
    if not _is_kind(staged, driver):
        report.refuse("not-what-it-says", name=path.name, format=driver)
    return Staged(staged, driver, _digest(folder))


def _sources(path: Path, suffix: str) -> dict[str, Path]:
    """Return what to copy: ending of the copy -> file."""
    if suffix == ".shp":
        beside = {file.name.lower(): file for file in path.parent.iterdir() if file.is_file()}
        stem = path.stem.lower()
        found = {part: beside.get(f"{stem}{part}") for part in PARTS[1:]}
        return {".shp": path, **{part: file for part, file in found.items() if file}}
    if suffix == ".gpkg":
        # What SQLite has not yet moved into the main file belongs to the data.
        journal = path.with_name(path.name + "-wal")
        more = {".gpkg-wal": journal} if journal.is_file() and journal.stat().st_size else {}
        return {".gpkg": path, **more}
    return {{".json": ".geojson", ".tiff": ".tif"}.get(suffix, suffix): path}


def _check_sizes(path: Path, sources: dict[str, Path], report: Report) -> None:
    if path.stat().st_size == 0:
        report.refuse("empty-file", name=path.name)
    size = sum(source.stat().st_size for source in sources.values())
    if size > limit("file_bytes"):
        report.refuse(
            "file-too-large", found=size, most=limit("file_bytes"), error=LimitExceededError
        )


def _main(folder: Path, driver: Driver) -> Path:
    endings = {"GPKG": ".gpkg", "GeoJSON": ".geojson", "ESRI Shapefile": ".shp", "GTiff": ".tif"}
    return folder / f"input{endings[driver]}"


def _is_kind(path: Path, driver: Driver) -> bool:
    with path.open("rb") as file:
        head = file.read(1024)
    if driver == "GPKG":
        return head.startswith(b"SQLite format 3\0")
    if driver == "ESRI Shapefile":
        return head.startswith(_SHP_MAGIC)
    if driver == "GTiff":
        return head.startswith(_TIFF_MAGIC)
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("input.*")):
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
