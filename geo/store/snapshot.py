"""One version of a layer is one folder that never changes.

``features.parquet`` is the truth, ``serve.sqlite`` is what the API reads, ``quality.json`` is
what was found when it was taken in, and ``manifest.json`` holds the SHA-256 of all three.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.crs import Box
from geo.errors import IntegrityError, NotFoundError
from geo.model.layer import IDENTIFIER, Layer
from geo.model.progress import Progress, silent
from geo.store.folder import alone_in, beside, put_in_place, sha256_of
from geo.store.ready import READY, ready_file

if TYPE_CHECKING:
    import pyarrow as pa


PARQUET, SERVE, QUALITY, MANIFEST = (
    "features.parquet", "serve.sqlite", "quality.json", "manifest.json",
)  # fmt: skip
SERVED = (SERVE, *(ready_file(Path(SERVE), code).name for code in READY))
"""What the API reads."""

COVERAGE = "coverage.tif"
"""In the place of features.parquet and serve.sqlite, the one file of a raster's data."""
PROMISED = "promised.json"
"""Beside an empty features.parquet: how the features are made when somebody asks for them."""
_ORDERED = "ordered.arrow"
"""A large table on its way: gone before the folder gets its name."""
_VERSION = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
_LAYER = re.compile(IDENTIFIER)


@dataclass(frozen=True)
class Manifest:
    """What a snapshot is, where it came from, and how to tell that it is whole.

    Attributes
    ----------
    created_at : str
        ISO 8601 in UTC.
    source_name, source_sha256 : str
        The file's name without its folder, or ``computed``.
    bbox84 : tuple of float, or None
        West, south, east, north in degrees; None when the layer holds no feature.
    bbox2180 : tuple of float, or None
        minx, miny, maxx, maxy in metres, easting first.
    files : dict
        File name to ``{"sha256": ..., "bytes": ...}``.
    inputs : dict
        Layer id to the version that it was computed from.
    layer_sha256 : str
        Of the layer's definition, so that a change of layer.yml shows.
    """

    layer_id: str
    version: str
    created_at: str
    source_name: str
    source_sha256: str
    features: int
    bbox84: Box | None
    bbox2180: Box | None
    files: dict[str, dict[str, Any]]
    quality: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    synthetic: bool = False
    layer_sha256: str = ""
    note: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the manifest as its file holds it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Manifest:
        """Read a manifest back; keys of later versions of Geobank are ignored."""
        known = {item.name for item in fields(cls)}
        values = {key: value for key, value in data.items() if key in known}
        for key in ("bbox84", "bbox2180"):
            values[key] = tuple(values[key]) if values.get(key) else None
        return cls(**values)


@dataclass(frozen=True)
class Snapshot:
    """One version of a layer on disk."""

    layer_id: str
    version: str
    folder: Path
    manifest: Manifest

    @property
    def parquet(self) -> Path:
        """The GeoParquet file, EPSG:2180."""
        return self.folder / PARQUET

    @property
    def serve(self) -> Path:
        """The SQLite file of the API."""
        return self.folder / SERVE

    @property
    def coverage(self) -> Path:
        """The GeoTIFF of a raster, EPSG:2180; a layer of features has none."""
        return self.folder / COVERAGE

    @property
    def is_promised(self) -> bool:
        """Whether its features are made when somebody asks for them."""
        return PROMISED in self.manifest.files

    @property
    def is_raster(self) -> bool:
        """Whether it holds cells and no features."""
        return COVERAGE in self.manifest.files


def write_snapshot(
    root: Path,
    layer: Layer,
    table: pa.Table,
    *,
    source_name: str,
    source_sha256: str = "",
    quality: Mapping[str, Any] | None = None,
    inputs: Mapping[str, str] | None = None,
    synthetic: bool = False,
    note: str = "",
    extra: Mapping[str, Any] | None = None,
    promised: bytes | None = None,
    features: int | None = None,
    progress: Progress = silent,
) -> Snapshot:
    """Write a feature table as a new version: durable and in its place, but not yet current.

    Parameters
    ----------
    root : Path
        The data folder.
    layer : Layer
    table : pyarrow.Table
        The feature table of :mod:`geo.store.table`, EPSG:2180.
    promised, features : bytes, int
        Of a version whose features are made when somebody asks: what :data:`PROMISED` holds, and
        how many there are; the table has no rows then.

    Returns
    -------
    Snapshot
        For :meth:`geo.store.catalog.Catalog.publish`.

    Raises
    ------
    InputRefusedError
        If the table is not what the layer says.
    """
    from geo.store.hilbert import extent_of, in_order
    from geo.store.parquet import write_features
    from geo.store.servefile import write_serve
    from geo.store.table import check

    check(layer, table)
    home = root / "layers" / layer.id
    with alone_in(home), beside(home) as folder:
        progress(PARQUET, 0, 1)
        ordered = in_order(table, folder / _ORDERED)
        table, shapes = ordered.table, ordered.shapes
        write_features(folder / PARQUET, table, shapes)
        progress(PARQUET, 1, 1)
        bbox84 = write_serve(folder / SERVE, layer, table, shapes, progress=progress)
        (folder / _ORDERED).unlink(missing_ok=True)
        write_json(folder / QUALITY, dict(quality or {}))
        names = [PARQUET, *SERVED, QUALITY]
        if promised is not None:
            (folder / PROMISED).write_bytes(promised)
            names.append(PROMISED)
        files = {name: fingerprint(folder / name) for name in names}
        version, created_at = version_name(home, files[PARQUET]["sha256"])
        manifest = Manifest(
            layer_id=layer.id,
            version=version,
            created_at=created_at,
            source_name=Path(source_name).name,
            source_sha256=source_sha256,
            features=len(table) if features is None else features,
            bbox84=bbox84,
            bbox2180=extent_of(shapes),
            files=files,
            quality=dict(quality or {}),
            inputs=dict(inputs or {}),
            synthetic=synthetic,
            layer_sha256=hashlib.sha256(layer.model_dump_json().encode()).hexdigest(),
            note=note,
            extra=dict(extra or {}),
        )
        write_json(folder / MANIFEST, manifest.as_dict())
        put_in_place(folder, home / version)
    return Snapshot(layer.id, version, home / version, manifest)


def fingerprint(path: Path) -> dict[str, Any]:
    """Return what a manifest says of a file."""
    return {"sha256": sha256_of(path), "bytes": path.stat().st_size}


def version_name(home: Path, sha256: str) -> tuple[str, str]:
    """Return a version id and its time, later than every version there is: ids sort by time."""
    moment = datetime.now(UTC).replace(microsecond=0)
    stamps = [path.name[:16] for path in home.iterdir() if _VERSION.fullmatch(path.name)]
    if stamps:
        newest = datetime.strptime(max(stamps), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        moment = max(moment, newest + timedelta(seconds=1))
    return f"{moment:%Y%m%dT%H%M%SZ}-{sha256[:8]}", f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write JSON that is the same for the same value."""
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, default=str)
    path.write_text(text + "\n", encoding="utf-8")


def open_snapshot(root: Path, layer_id: str, version: str) -> Snapshot:
    """Open a version by its id.

    Raises
    ------
    NotFoundError
        If there is no such version.
    IntegrityError
        If its manifest cannot be read, or is another version's.
    """
    where = f"{layer_id} {version}"
    if not _LAYER.fullmatch(layer_id) or not _VERSION.fullmatch(version):
        raise NotFoundError("there is no such version", where=where, fix="see `geobank layers`")
    folder = root / "layers" / layer_id / version
    try:
        text = (folder / MANIFEST).read_text(encoding="utf-8")
        manifest = Manifest.from_dict(json.loads(text))
    except FileNotFoundError:
        raise NotFoundError(
            "there is no such version on disk", where=where, fix="see `geobank layers`"
        ) from None
    except (ValueError, TypeError, AttributeError):
        raise IntegrityError(
            "manifest.json cannot be read", where=where, fix="`geobank rollback` to another version"
        ) from None
    if (manifest.layer_id, manifest.version) != (layer_id, version):
        raise IntegrityError(
            "manifest.json is another version's",
            where=where,
            fix="`geobank rollback` to another version",
        )
    return Snapshot(layer_id, version, folder, manifest)


def verify(snapshot: Snapshot) -> None:
    """Compare every file of a snapshot with its manifest.

    Raises
    ------
    IntegrityError
        If a file is missing or differs.
    """
    data = {COVERAGE} if snapshot.is_raster else {PARQUET, *SERVED}
    if not {*data, QUALITY} <= set(snapshot.manifest.files):
        _damaged(snapshot, "the manifest does not list every file")
    for name, expected in snapshot.manifest.files.items():
        path = snapshot.folder / Path(name).name
        if not path.is_file():
            _damaged(snapshot, f"{name} is missing")
        if sha256_of(path) != expected["sha256"]:
            _damaged(snapshot, f"{name} is not the file that was published")


def _damaged(snapshot: Snapshot, what: str) -> None:
    raise IntegrityError(
        what,
        where=f"{snapshot.layer_id} {snapshot.version}",
        fix="`geobank rollback` to another version, or publish the file again",
    )


def read_table(
    snapshot: Snapshot, columns: list[str] | None = None, near: Box | None = None
) -> pa.Table:
    """Read a snapshot's feature table.

    Parameters
    ----------
    snapshot : Snapshot
    columns : list of str, optional
        Only these, in this order (``geometry`` is one of them); every column otherwise.
    near : tuple of float, optional
        Only features whose own box touches this one: minx, miny, maxx, maxy in EPSG:2180, metres.

    Raises
    ------
    NotFoundError
        If the snapshot has no such column: it was published under another layer.yml.
    """
    if snapshot.is_raster:
        raise NotFoundError(
            "this version holds cells and no features",
            where=f"{snapshot.layer_id} {snapshot.version}",
            fix="a raster is measured by a card, or downloaded as GeoTIFF",
        )
    from geo.store.parquet import read_features

    try:
        return read_features(snapshot.parquet, columns, near)
    except KeyError as error:
        raise NotFoundError(
            f"this version has no field {error.args[0]!r}",
            where=f"{snapshot.layer_id} {snapshot.version}",
            fix="publish the layer again under the present layer.yml",
        ) from None
