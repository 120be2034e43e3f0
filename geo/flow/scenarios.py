"""Scenarios that are kept: DIR/scenarios/<name>/, written once, beside the layers, not in them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from geo.errors import NotFoundError, UsageError
from geo.flow.scenario import Outcome
from geo.flow.seams import geojson_shapes
from geo.model import Project
from geo.model.meant import meant
from geo.model.reasons import ADDED, REMOVED, UNMEASURED, why_no_difference
from geo.model.scenario import NAME, NOTICE
from geo.store.folder import alone_in, beside, put_in_place, sha256_of
from geo.store.table import GEOMETRY

FOLDER = "scenarios"
SCENARIO, RESULT, PIECES, MANIFEST = (
    "scenario.json",
    "result.json",
    "pieces.geojson",
    "manifest.json",
)
_SHOWN = (
    "piece_id", "zone_id", "zone_name", "part", "layer", "version", "feature_id", "measure", "unit",
)  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """A scenario as it was kept."""

    name: str
    created_at: str
    digest: str
    result: dict[str, Any]


def save(project: Project, root: Path, found: Outcome) -> Kept:
    """Keep a scenario with its results and changed pieces; the same one again changes nothing.

    Raises
    ------
    UsageError
        If another scenario, or the same over other versions, has this name.
    """
    home = root / FOLDER
    with alone_in(home):
        if (home / found.scenario.name).is_dir():
            kept = load(root, found.scenario.name)
            if kept.digest == found.digest:
                return kept
            raise UsageError(
                f"a scenario {found.scenario.name!r} is kept already, and is not this one",
                where=found.scenario.name,
                fix="give this one another name: what is kept never changes",
            )
        with beside(home) as folder:
            _write(folder / SCENARIO, found.scenario.model_dump(mode="json"))
            _write(folder / RESULT, found.as_dict())
            _write(folder / PIECES, pieces_geojson(project, found))
            files = {name: sha256_of(folder / name) for name in (SCENARIO, RESULT, PIECES)}
            now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
            _write(folder / MANIFEST, {"name": found.scenario.name, "created_at": now,
                                       "digest": found.digest, "files": files})  # fmt: skip
            put_in_place(folder, home / found.scenario.name)
    return load(root, found.scenario.name)


def load(root: Path, name: str) -> Kept:
    """Read a scenario that was kept.

    Raises
    ------
    NotFoundError
        If there is none of this name.
    """
    folder = root / FOLDER / name
    if not re.fullmatch(NAME, name) or not (folder / MANIFEST).is_file():
        known = [each.name for each in kept(root)]
        raise NotFoundError(
            f"no scenario {name!r} is kept",
            fix=meant(name, known) if known else "keep one: geobank what-if FILE --save",
        )
    manifest, result = (
        json.loads((folder / each).read_text(encoding="utf-8")) for each in (MANIFEST, RESULT)
    )
    return Kept(manifest["name"], manifest["created_at"], manifest["digest"], result)


def kept(root: Path) -> list[Kept]:
    """Return the scenarios that are kept, in the order of their names."""
    folders = sorted((root / FOLDER).glob("*/" + MANIFEST))
    return [load(root, each.parent.name) for each in folders]


def compared(one: dict[str, Any], other: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what two results say of indicators: a row for each one and zone.

    An indicator that only one of them measured is as published in the other, where that changes
    none of its layers; else it has no value there.

    Parameters
    ----------
    one, other : dict
        Of :meth:`geo.flow.scenario.Outcome.as_dict`.
    """
    left, right = ({card["id"]: card for card in each["indicators"]} for each in (one, other))
    rows: list[dict[str, Any]] = []
    for name in dict.fromkeys([*left, *right]):
        card = left.get(name) or _unmeasured(right[name], one)
        twin = right.get(name) or _unmeasured(left[name], other)
        theirs = {row["zone_id"]: row for row in twin["zones"]}
        pairs = [(row, theirs.get(row["zone_id"])) for row in card["zones"]]
        pairs += [({**card["whole"], "zone_id": "_all", "zone_name": ""}, twin["whole"])]
        rows += [_compared(card, row, also, one, other) for row, also in pairs if also is not None]
    return rows


def _unmeasured(card: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    """Return a card as it is in a scenario that did not measure it."""
    untouched = card["inputs"].keys().isdisjoint(each["layer"] for each in result["changes"])

    def row(there: dict[str, Any]) -> dict[str, Any]:
        if untouched:
            return {**there, "scenario": there["official"], "reason": None}
        return {**there, "scenario": None, "reason": UNMEASURED}

    return {**card, "zones": [row(each) for each in card["zones"]], "whole": row(card["whole"])}


def _compared(
    card: dict[str, Any], row: dict[str, Any], also: dict[str, Any], one: dict[str, Any],
    other: dict[str, Any],
) -> dict[str, Any]:  # fmt: skip
    rows = {one["scenario"]: row, other["scenario"]: also}
    named = {name: each["scenario"] for name, each in rows.items()}
    statuses = {
        name: value["status"] if value else rows[name].get("reason") or REMOVED
        for name, value in named.items()
    }
    statuses["official"] = row["official"]["status"] if row["official"] else ADDED
    apart = why_no_difference(*named.values()) if len(named) > 1 else None
    gone = next((statuses[name] for name, value in named.items() if value is None), None)
    left, right = ((each["scenario"] or {}).get("value") for each in (row, also))
    return {
        "indicator": card["id"],
        "title": card["title"],
        "unit": card["unit"],
        "precision": card["precision"],
        "zone_id": row["zone_id"],
        "zone_name": row["zone_name"],
        "official": (row["official"] or {}).get("value"),
        one["scenario"]: left,
        other["scenario"]: right,
        "difference": None if left is None or right is None else right - left,
        "reason": gone if len(named) > 1 and gone else apart,
        "statuses": statuses,
    }


def pieces_geojson(project: Project, found: Outcome) -> dict[str, Any]:
    """Return the pieces of evidence that went and that came, in CRS84, as GIS programs read it."""
    features: list[dict[str, Any]] = []
    for each in found.measured:
        gone, come = each.pieces(project, found.scenario.name)
        for table, change in ((gone, "gone"), (come, "come")):
            marks = {"indicator": each.card.id, "change": change, "scenario": found.scenario.name,
                     "notice": NOTICE.en}  # fmt: skip
            features += _features(table, marks)
    return {"type": "FeatureCollection", "name": found.scenario.name, "notice": NOTICE.model_dump(),
            "features": features}  # fmt: skip


def _features(table: pa.Table, marks: dict[str, Any]) -> list[dict[str, Any]]:
    if not len(table):
        return []
    shapes = geojson_shapes(np.asarray(shapely.from_wkb(table.column(GEOMETRY).to_numpy())))
    rows = table.select(list(_SHOWN)).to_pylist()
    return [
        {"type": "Feature", "id": f"{marks['indicator']}.{row['piece_id']}.{marks['change']}",
         "geometry": shape, "properties": {**row, **marks}}
        for row, shape in zip(rows, shapes, strict=True)
    ]  # fmt: skip


def _write(path: Path, value: dict[str, Any]) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1, default=str)
    path.write_text(text + "\n", encoding="utf-8")
