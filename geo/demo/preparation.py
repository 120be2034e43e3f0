"""The demo from nothing to numbers: files, publication, indicators; or what is there already."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.demo.files import FILES, build, check
from geo.demo.rasters import RASTERS
from geo.errors import UsageError
from geo.flow.compute import compute
from geo.flow.publish import publish
from geo.model import Project
from geo.model.derived import VALUES, all_layers, evidence_id
from geo.model.progress import Progress, silent
from geo.store import Catalog

GENERATOR = "1"
"""Raised when the same seed gives another city."""

MARKER = "demo.json"
SEED = 2026
NOTE = "synthetic demo city"


@dataclass(frozen=True)
class Prepared:
    """What a data folder holds after the demo is prepared.

    Attributes
    ----------
    reused : bool
        It was there already: nothing was generated.
    features : mapping
        Layer id to its number of features.
    computed : mapping
        Indicator id to the reason why it was not computed; empty when it was.
    """

    seed: int
    scale: float
    reused: bool
    features: Mapping[str, int]
    computed: Mapping[str, str]


def prepare(
    project: Project,
    root: Path,
    *,
    seed: int = SEED,
    scale: float = 1.0,
    progress: Progress = silent,
) -> Prepared:
    """Fill a data folder with the synthetic city, unless it holds that city already.

    Parameters
    ----------
    project : Project
        Its layers are filled from the demo's files, as from a city's; a layer that the demo
        has no file for stays as it is.
    root : Path
        The data folder; ``files/`` and ``demo.json`` are made in it.
    seed, scale
        See :func:`geo.demo.files.build`.

    Raises
    ------
    UsageError
        If the folder holds a version that is not synthetic, or a number is out of range.
    """
    check(seed, scale)
    refuse_real_data(project, root)
    wanted = {"generator": GENERATOR, "seed": seed, "scale": scale, "model": _model_sha256(project)}
    marker = root / MARKER
    found = _read(marker)
    if found and _same(found, wanted) and found.get("versions") == _versions(project, root):
        return _summary(project, root, seed, scale, found.get("computed", {}), reused=True)
    marker.unlink(missing_ok=True)
    root.mkdir(parents=True, exist_ok=True)
    files = build(root, seed=seed, scale=scale, progress=progress)
    _publish(project, root, files, progress)
    notes = {made.indicator: made.note for made in compute(project, root, progress=progress)}
    wanted |= {"computed": notes, "versions": _versions(project, root)}
    _write(marker, wanted)
    return _summary(project, root, seed, scale, notes, reused=False)


def refuse_real_data(project: Project, root: Path) -> None:
    """Refuse a folder in which anything that is not synthetic was ever published."""
    if not root.is_dir():
        return
    catalog = Catalog(root)
    for layer_id in catalog.layer_ids():
        if any(not row.synthetic for row in catalog.versions(layer_id)):
            raise UsageError(
                "the data folder holds data that are not synthetic; the demo does not mix with it",
                where=layer_id,
                fix="give the demo a folder of its own: geobank demo --data demo-data",
            )


def _publish(project: Project, root: Path, files: Mapping[str, Path], progress: Progress) -> None:
    stage = "publikacja / publishing"
    layers = [layer for layer in FILES if layer in project.layers]
    layers += [name for name in RASTERS if name in project.rasters]
    for done, layer in enumerate(layers):
        progress(stage, done, len(layers))
        publish(project, root, layer, files[layer], synthetic=True, note=NOTE, actor="demo")
    progress(stage, len(layers), len(layers))


def _versions(project: Project, root: Path) -> dict[str, str]:
    """Return the current version of every layer, derived ones too."""
    catalog = Catalog(root)
    found = {layer: catalog.current(layer) for layer in (*all_layers(project), *project.rasters)}
    return {layer: snapshot.version for layer, snapshot in found.items() if snapshot}


def _summary(
    project: Project,
    root: Path,
    seed: int,
    scale: float,
    computed: Mapping[str, str],
    *,
    reused: bool,
) -> Prepared:
    catalog = Catalog(root)
    derived = {VALUES, *(evidence_id(card) for card in project.indicators)}
    current = {layer: catalog.current(layer) for layer in project.layers if layer not in derived}
    features = {layer: s.manifest.features for layer, s in current.items() if s}
    return Prepared(seed, scale, reused, features, computed)


def _model_sha256(project: Project) -> str:
    """Return a digest of the layers and cards: another model means another publication."""
    digest = hashlib.sha256()
    models = (*project.layers.values(), *project.rasters.values(), *project.indicators.values())
    for item in models:
        digest.update(item.model_dump_json().encode())
    return digest.hexdigest()


def _same(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(found.get(key) == value for key, value in wanted.items())


def _read(marker: Path) -> dict[str, Any]:
    try:
        found = json.loads(marker.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(marker: Path, content: Mapping[str, Any]) -> None:
    draft = marker.with_suffix(".new")
    draft.write_text(json.dumps(content, indent=2), encoding="utf-8")
    draft.replace(marker)
