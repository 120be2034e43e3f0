"""Store -> measure -> store: an indicator's result is a layer, published like any other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from geo.errors import NotFoundError
from geo.flow.answers import evidence_table, values_table
from geo.flow.promised import Promise, promise_of
from geo.flow.results import LEDGER, versions_of
from geo.flow.seams import summary
from geo.flow.sources import Sources
from geo.limits import limit
from geo.measure.card import CardResult, measure
from geo.measure.evidence import counted
from geo.measure.ledger import require
from geo.measure.network import Walked
from geo.measure.plan import Plan, plan
from geo.model import Project
from geo.model.derived import VALUES, class_title, evidence_layer, values_layer
from geo.model.progress import Progress, silent
from geo.store.catalog import Catalog
from geo.store.folder import alone_in
from geo.store.snapshot import Snapshot, read_table, write_snapshot
from geo.store.table import schema_of

WAYS = "ways"
"""Key of a manifest's extra: how whole the network was that distances were measured along."""

_COMPUTED = "computed"


@dataclass(frozen=True)
class Computed:
    """What became of one card.

    Attributes
    ----------
    indicator : str
    note : str
        Why it was skipped; empty when it was computed.
    why : str
        Why it was computed although nobody asked for it.
    evidence : str
        Version of the published evidence.
    on_demand : bool
        Whether its pieces are too many to be stored.
    zones, pieces : int
        Zones with an answer of any status, and pieces of evidence.
    ledger : dict
        Role (numerator, denominator) to its entry.
    ways : dict
        Of a card that measures along lines: gaps closed, and how many reach nothing.
    closes : bool
        Whether the parts add up to the whole at 1e-9.
    seams : dict
        Where the zones overlap and where they leave gaps; None where they are cells.
    """

    indicator: str
    note: str = ""
    evidence: str = ""
    on_demand: bool = False
    zones: int = 0
    pieces: int = 0
    inputs: dict[str, str] | None = None
    synthetic: bool = False
    ledger: dict[str, Any] | None = None
    ways: dict[str, Any] | None = None
    closes: bool = True
    seams: dict[str, Any] | None = None
    why: str = ""

    @property
    def skipped(self) -> bool:
        """Whether the card could not be computed."""
        return bool(self.note)


@dataclass(frozen=True)
class _Made:
    """A card that is measured, but not yet published; its evidence is written, or promised."""

    computed: Computed
    values: pa.Table
    evidence: Snapshot | Promise
    extra: dict[str, Any]


def compute(
    project: Project,
    root: Path,
    ids: Sequence[str] | None = None,
    *,
    strict: bool = False,
    progress: Progress = silent,
) -> list[Computed]:
    """Compute indicators from the layers as they are published, and publish the results.

    Values and evidence are all written, then published in one transaction: a card that fails, or
    a run that dies, leaves what was served. Evidence of more pieces than the limit
    ``evidence_stored`` is not written: it is made when somebody asks for it.
    Without `ids`, a card whose layer is not published is skipped with a note. Where the published
    values were written by an earlier release, every card among them is computed again.

    Parameters
    ----------
    strict : bool
        Publish nothing unless every ledger closes.

    Raises
    ------
    NotFoundError
        If an indicator does not exist, or a layer of one that was asked for is not published.
    MeasureError, LedgerError
        If a layer cannot be measured; if `strict`, and parts do not add up to the whole.
    """
    asked = list(project.indicators) if ids is None else list(dict.fromkeys(ids))
    older = [name for name in _of_another_release(project, root) if name not in asked]
    names = [*asked, *older]
    recipes = [plan(project, project.indicator(name)) for name in names]
    sources = Sources(project, root, recipes)
    found: list[Computed | _Made] = []
    for number, recipe in enumerate(recipes):
        progress("indicators", number, len(recipes))
        missing = sources.missing(recipe)
        if missing:
            found.append(_skip(recipe, missing, asked=number < len(asked) and ids is not None))
        else:
            result = _measured(recipe, sources, strict=strict)
            made = _make(project, root, result, sources)
            found.append(_because(made) if number >= len(asked) else made)
    done = iter(_publish(project, root, [each for each in found if isinstance(each, _Made)]))
    progress("indicators", len(recipes), len(recipes))
    return [next(done) if isinstance(each, _Made) else each for each in found]


def _of_another_release(project: Project, root: Path) -> list[str]:
    """Return the cards whose published values have other columns than this release writes."""
    current = Catalog(root).current(VALUES)
    if current is None:
        return []
    table = read_table(current)
    if table.schema.equals(schema_of(values_layer(project)), check_metadata=False):
        return []
    names = set(table.column("indicator").to_pylist())
    return [name for name in project.indicators if name in names]


def _because(made: _Made) -> _Made:
    why = "the published values were written by an earlier release"
    return replace(made, computed=replace(made.computed, why=why))


def _skip(recipe: Plan, missing: tuple[str, ...], *, asked: bool) -> Computed:
    layers = ", ".join(missing)
    if asked:
        raise NotFoundError(
            f"the indicator needs layers that are not published: {layers}",
            where=recipe.card.id,
            fix=f"publish first: geobank publish {missing[0]} FILE",
        )
    return Computed(recipe.card.id, note=f"not published: {layers}")


def _measured(recipe: Plan, sources: Sources, *, strict: bool) -> CardResult:
    features = {layer: sources.source(layer) for layer in recipe.layers}
    result = measure(recipe, sources.zones(recipe), features)
    if strict:
        require(result.ledger)
    return result


def _make(project: Project, root: Path, result: CardResult, sources: Sources) -> _Made:
    recipe = result.plan
    snapshots = sources.snapshots(recipe)
    inputs = {layer: snapshot.version for layer, snapshot in snapshots.items()}
    synthetic = any(snapshot.manifest.synthetic for snapshot in snapshots.values())
    extra = {LEDGER: ledger_of(result), WAYS: ways_of(result)}
    card = project.indicator(recipe.card.id)
    pieces = int(counted(result).sum())
    promised = pieces > limit("evidence_stored")
    computed = Computed(
        recipe.card.id,
        on_demand=promised,
        zones=len(result.zones),
        pieces=pieces,
        inputs=inputs,
        synthetic=synthetic,
        ledger=extra[LEDGER],
        ways=extra[WAYS],
        closes=result.closes,
        seams=None if recipe.cells is not None else summary(result.zones),
    )
    rows = values_table(
        values_layer(project), card, result, partial(class_title, project, card), inputs,
        synthetic=synthetic, computed_at=sources.read_at,
    )  # fmt: skip
    found = promise_of(result) if promised else _stored(project, root, computed, result, extra)
    return _Made(computed, rows, found, extra)


def _stored(
    project: Project, root: Path, computed: Computed, result: CardResult, extra: dict[str, Any]
) -> Snapshot:
    """Write the pieces behind a card, to be published."""
    layer = evidence_layer(project, project.indicator(computed.indicator))
    inputs = computed.inputs or {}
    return write_snapshot(
        root, layer, evidence_table(layer, result, inputs), source_name=_COMPUTED, inputs=inputs,
        synthetic=computed.synthetic, extra=extra,
    )  # fmt: skip


def _promised(project: Project, root: Path, made: _Made, promise: Promise, values: str) -> Snapshot:
    """Write what is needed to make the pieces behind the values of one version."""
    computed = made.computed
    layer = evidence_layer(project, project.indicator(computed.indicator))
    return write_snapshot(
        root, layer, schema_of(layer).empty_table(), source_name=_COMPUTED,
        inputs=computed.inputs, synthetic=computed.synthetic, extra=made.extra,
        promised=replace(promise, values=values).as_bytes(), features=promise.total,
    )  # fmt: skip


def ways_of(result: CardResult) -> dict[str, Any] | None:
    """Return what is to be known of the ways that a card measures along; None without any."""
    reached = [each.chosen.reached for each in result.quantities if each.chosen is not None]
    walked = next((each for each in reached if isinstance(each, Walked)), None)
    return None if walked is None else walked.report()


def ledger_of(result: CardResult) -> dict[str, Any]:
    """Return a card's ledger, role to entry, as manifests and runs hold it."""
    return {entry.role: entry.as_dict() for entry in result.ledger}


def _publish(project: Project, root: Path, made: list[_Made]) -> list[Computed]:
    """Write the values of all cards, then serve everything that was made."""
    done: list[Computed] = []
    if not made:
        return done
    # One run after the other: each keeps the values that the one before it has published.
    with alone_in(root / "layers"):
        snapshot, behind = _publish_alone(project, root, made)
    for each, pieces in zip(made, behind, strict=True):
        computed = replace(each.computed, evidence=pieces.version)
        done.append(computed)
        Catalog(root).record_run("compute", computed.indicator, _run(computed, snapshot))
    return done


def _publish_alone(
    project: Project, root: Path, made: list[_Made]
) -> tuple[Snapshot, list[Snapshot]]:
    catalog = Catalog(root)
    layer = values_layer(project)
    kept, inputs, ledgers = _kept(project, catalog, made)
    table = pa.concat_tables([*kept, *(each.values for each in made)])
    for each in made:
        inputs |= each.computed.inputs or {}
        ledgers[each.computed.indicator] = each.computed.ledger
    synthetic = any(table.column("synthetic").to_pylist())
    snapshot = write_snapshot(
        root, layer, table, source_name=_COMPUTED, inputs=inputs, synthetic=synthetic,
        extra={LEDGER: ledgers},
    )  # fmt: skip
    behind = [
        _promised(project, root, each, each.evidence, snapshot.version)
        if isinstance(each.evidence, Promise)
        else each.evidence
        for each in made
    ]
    # One moment for all: a number is never served beside the evidence of another run.
    catalog.publish_together([*behind, snapshot], actor="compute")
    return snapshot, behind


def _run(computed: Computed, values: Snapshot) -> dict[str, Any]:
    return {
        "evidence": computed.evidence,
        "values": values.version,
        "inputs": computed.inputs,
        "pieces": computed.pieces,
        "on_demand": computed.on_demand,
        "closes": computed.closes,
        "ways": computed.ways,
        "ledger": computed.ledger,
        "seams": computed.seams,
    }


def _kept(
    project: Project, catalog: Catalog, made: list[_Made]
) -> tuple[list[pa.Table], dict[str, str], dict[str, Any]]:
    """Return the values, inputs and ledgers of the cards that this run leaves as they are."""
    current = catalog.current(VALUES)
    if current is None:
        return [], {}, {}
    table = read_table(current)
    if not table.schema.equals(schema_of(values_layer(project)), check_metadata=False):
        return [], {}, {}  # written by another release: all of it has been computed again
    now = {each.computed.indicator for each in made}
    stay = [name in project.indicators and name not in now
            for name in table.column("indicator").to_pylist()]  # fmt: skip
    table = table.filter(pa.array(stay, type=pa.bool_()))
    names = set(table.column("indicator").to_pylist())
    ledgers = current.manifest.extra.get(LEDGER, {})
    inputs: dict[str, str] = {}
    for text in sorted(set(table.column("inputs").to_pylist())):
        inputs |= versions_of(text)
    return [table], inputs, {name: ledgers[name] for name in ledgers if name in names}
