"""What was computed of an indicator, read back from the published values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.errors import NotFoundError
from geo.model import Project, Text
from geo.model.derived import VALUES, WHOLE
from geo.model.indicator import UNCLASSIFIED
from geo.store.catalog import Catalog
from geo.store.snapshot import Snapshot, open_snapshot, read_table

LEDGER = "ledger"
"""Key of a manifest's extra: the ledger of a card, or of each card by its id."""

_COLUMNS = [
    "indicator", "zone_id", "zone_name", "class", "class_pl", "class_en", "headline", "value",
    "status", "numerator", "denominator", "pieces", "inputs", "synthetic", "computed_at",
]  # fmt: skip


@dataclass(frozen=True)
class ValueRow:
    """One answer.

    Attributes
    ----------
    zone_name : str
        Empty for the whole city.
    value : float or None
        In the card's unit.
    status : str
        ok, null, not_computable or suppressed: see geo.model.derived.STATUSES.
    numerator, denominator : float or None
        In base units: m, m2, persons, features.
    pieces : int
        Pieces of evidence behind the numerator.
    """

    zone_id: str
    zone_name: str
    value: float | None
    status: str
    numerator: float | None
    denominator: float | None
    pieces: int


@dataclass(frozen=True)
class ClassRows:
    """All answers of one class.

    Attributes
    ----------
    id : str
        The class; empty: all of them together.
    rows : tuple of ValueRow
        One per zone, in the order of their ids.
    """

    id: str
    title: Text
    rows: tuple[ValueRow, ...]
    whole: ValueRow


@dataclass(frozen=True)
class Results:
    """All answers of one indicator, with what they were computed from.

    Attributes
    ----------
    rows : tuple of ValueRow
        One per zone, in the order of their ids: what the card's headline speaks of.
    headline : str
        That class; empty: all classes together.
    classes : tuple of ClassRows
        Of an indicator by class: the largest first; what has no class last.
    inputs : dict
        Layer id to version.
    ledger : dict
        Role (numerator, denominator) to its entry of the conservation ledger.
    together : ClassRows or None
        All classes together, of whatever the headline speaks.
    outdated : tuple of str
        The inputs of which another version is served today: the numbers wait to be computed again.
    """

    indicator: str
    rows: tuple[ValueRow, ...]
    whole: ValueRow
    inputs: dict[str, str]
    synthetic: bool
    computed_at: str
    ledger: dict[str, Any]
    outdated: tuple[str, ...] = ()
    headline: str = ""
    classes: tuple[ClassRows, ...] = ()
    together: ClassRows | None = None

    @property
    def groups(self) -> tuple[ClassRows, ...]:
        """All classes together where that was computed, then each class."""
        return (*((self.together,) if self.together else ()), *self.classes)


def load_results(project: Project, root: Path, indicator_id: str) -> Results:
    """Return what was computed of an indicator.

    Parameters
    ----------
    root : Path
        The data folder.

    Raises
    ------
    NotFoundError
        If there is no such indicator, or it was never computed.
    """
    project.indicator(indicator_id)
    found = load_all(root)
    if indicator_id not in found:
        raise NotFoundError(
            "the indicator has not been computed",
            where=indicator_id,
            fix=f"run: geobank indicators compute {indicator_id}",
        )
    return found[indicator_id]


def load_all(root: Path) -> dict[str, Results]:
    """Return every indicator that was computed, by id."""
    catalog = Catalog(root)
    snapshot = catalog.current(VALUES)
    if snapshot is None:
        return {}
    try:
        return _of_version(snapshot, catalog.served())
    except NotFoundError:
        return {}  # written by an earlier release: it waits to be computed again


def results_at(root: Path, indicator_id: str, version: str) -> Results:
    """Return what was computed of an indicator in one version of the values.

    Raises
    ------
    NotFoundError
        If that version is gone, or does not hold the indicator.
    """
    snapshot = open_snapshot(root, VALUES, version)
    found = _of_version(snapshot, Catalog(root).served(), indicator_id)
    if indicator_id not in found:
        raise NotFoundError("these values do not hold the indicator", where=indicator_id)
    return found[indicator_id]


def _of_version(
    snapshot: Snapshot, served: Mapping[str, str], only: str | None = None
) -> dict[str, Results]:
    table = read_table(snapshot, _COLUMNS)
    place = table.schema.get_field_index("computed_at")
    table = table.set_column(place, "computed_at", _as_text(table.column(place)))
    found: dict[str, list[dict[str, Any]]] = {}
    for row in table.to_pylist():
        found.setdefault(row["indicator"], []).append(row)
    wanted = sorted(found) if only is None else {only} & found.keys()
    return {name: _results(snapshot, found[name], name, served) for name in wanted}


def _as_text(moments: Any) -> Any:  # noqa: ANN401 - Arrow has no types
    """Return moments as Arrow writes them: as Python's, they make it import pandas (0.3 s)."""
    import pyarrow as pa

    return moments.cast(pa.timestamp("s", "UTC"), safe=False).cast(pa.string())


def versions_of(text: str) -> dict[str, str]:
    """Read :func:`geo.flow.answers.versions_text` back."""
    pairs = (part.partition("@") for part in text.split("; ") if part)
    return {layer: version for layer, _, version in pairs}


def _results(
    snapshot: Snapshot, mine: list[dict[str, Any]], indicator_id: str, served: Mapping[str, str]
) -> Results:
    first = mine[0]
    inputs = versions_of(first["inputs"])
    groups = _groups(mine)
    shown = next(each["class"] for each in mine if each["headline"]) or ""
    headline = next(group for group in groups if group.id == shown)
    return Results(
        indicator=indicator_id,
        rows=headline.rows,
        whole=headline.whole,
        inputs=inputs,
        synthetic=first["synthetic"],
        computed_at=first["computed_at"].replace(" ", "T"),
        ledger=snapshot.manifest.extra.get(LEDGER, {}).get(indicator_id, {}),
        outdated=tuple(layer for layer, used in inputs.items() if served.get(layer) != used),
        headline=shown,
        classes=tuple(group for group in groups if group.id),
        together=next((group for group in groups if not group.id), None),
    )


def _groups(mine: list[dict[str, Any]]) -> list[ClassRows]:
    """Return the rows class by class: all together first, the largest next, no class last."""
    found: dict[str, list[dict[str, Any]]] = {}
    for each in mine:
        found.setdefault(each["class"] or "", []).append(each)
    groups = [_group(name, rows) for name, rows in found.items()]
    return sorted(groups, key=lambda group: (
        group.id != "", group.id == UNCLASSIFIED, -(group.whole.numerator or 0.0), group.id,
    ))  # fmt: skip


def _group(name: str, mine: list[dict[str, Any]]) -> ClassRows:
    rows = sorted((_row(each) for each in mine), key=lambda row: row.zone_id)
    first = mine[0]
    title = Text(pl=first["class_pl"] or "", en=first["class_en"] or "")
    whole = next(row for row in rows if row.zone_id == WHOLE)
    return ClassRows(name, title, tuple(row for row in rows if row.zone_id != WHOLE), whole)


def _row(each: dict[str, Any]) -> ValueRow:
    return ValueRow(
        zone_id=each["zone_id"],
        zone_name=each["zone_name"] or "",
        value=each["value"],
        status=each["status"],
        numerator=each["numerator"],
        denominator=each["denominator"],
        pieces=each["pieces"],
    )
