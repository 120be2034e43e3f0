"""What-if: published versions with a scenario's changes, measured beside the official numbers.

Nothing of a scenario is published: no layer, no value, no evidence of the city changes. What it
was measured from are the versions behind the published numbers, so that the difference is the
scenario's alone; only what it touches is measured again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from geo.errors import NotFoundError
from geo.flow.answers import evidence_table
from geo.flow.bases import Bases
from geo.flow.beside import classes, group
from geo.flow.changes import Changed, changed
from geo.flow.results import Results, load_all
from geo.flow.versions import Versions
from geo.measure.differences import differenced
from geo.measure.incremental import Run
from geo.measure.plan import Plan, plan
from geo.model import Indicator, Project
from geo.model.derived import evidence_layer
from geo.model.progress import Progress, silent
from geo.model.scenario import NOTICE, Scenario, parse_scenario
from geo.store.catalog import Catalog
from geo.store.snapshot import open_snapshot


@dataclass(frozen=True)
class Measured:
    """A card before and after a scenario.

    Attributes
    ----------
    inputs : dict of str to str
        Layer id to the version that the scenario changes.
    published : bool
        The official values are the published ones; otherwise computed here, from `inputs`.
    """

    card: Indicator
    inputs: dict[str, str]
    published: bool
    before: Run
    after: Run

    def pieces(self, project: Project, name: str) -> tuple[pa.Table, pa.Table]:
        """Return the pieces of evidence that went and that came, as evidence tables.

        The version of a piece that came names the scenario. A private term has none.
        """
        layer = evidence_layer(project, self.card)
        marked = {key: f"{version}+{name}" for key, version in self.inputs.items()}
        one, other = self.after.touched
        gone = evidence_table(layer, one, self.inputs)
        come = evidence_table(layer, other, marked)
        same = set(_keys(gone)) & set(_keys(come))
        return _other_than(gone, same), _other_than(come, same)


def _keys(table: pa.Table) -> list[tuple[str, float]]:
    names, measures = (table.column(name).to_pylist() for name in ("piece_id", "measure"))
    return list(zip(names, measures, strict=True))


def _other_than(table: pa.Table, same: set[tuple[str, float]]) -> pa.Table:
    return table.filter(pa.array([key not in same for key in _keys(table)], pa.bool_()))


@dataclass(frozen=True)
class Outcome:
    """A scenario that was measured.

    Attributes
    ----------
    digest : str
        SHA-256 of the scenario and of the versions it changes: the same ones give the same.
    skipped : dict of str to str
        Indicator to the reason why it was not measured.
    """

    scenario: Scenario
    digest: str
    changes: tuple[Changed, ...]
    measured: tuple[Measured, ...]
    skipped: dict[str, str]
    synthetic: bool

    def as_dict(self) -> dict[str, Any]:
        """Return everything that JSON can say of it."""
        return {
            "scenario": self.scenario.name,
            "title": self.scenario.title.model_dump(),
            "notice": NOTICE.model_dump(),
            "official": False,
            "digest": self.digest,
            "synthetic": self.synthetic,
            "changes": [each.as_dict() for each in self.changes],
            "indicators": [card_dict(each) for each in self.measured],
            "skipped": dict(self.skipped),
        }


def run(
    project: Project,
    root: Path,
    document: Mapping[str, Any] | Scenario,
    *,
    indicators: Sequence[str] | None = None,
    progress: Progress = silent,
    stranger: bool = True,
    bases: Bases | None = None,
) -> dict[str, Any]:
    """Measure a scenario: plain JSON in, plain JSON out; the function behind the OGC process.

    Parameters
    ----------
    As :func:`evaluate`; whoever calls from outside is a stranger.
    """
    found = evaluate(
        project, root, document,
        indicators=indicators, progress=progress, stranger=stranger, bases=bases,
    )  # fmt: skip
    return found.as_dict()


def evaluate(
    project: Project,
    root: Path,
    document: Mapping[str, Any] | Scenario,
    *,
    indicators: Sequence[str] | None = None,
    progress: Progress = silent,
    stranger: bool = False,
    bases: Bases | None = None,
) -> Outcome:
    """Measure indicators as published and as a scenario would have them.

    Parameters
    ----------
    root : Path
        The data folder; nothing in it is written.
    document : mapping or Scenario
        See :mod:`geo.model.scenario`.
    indicators : sequence of str, optional
        Those that read what the scenario changes, when left out.
    stranger : bool
        Whoever asks must not learn of single persons. A card that adds up a field that is not
        public is then measured only where nothing changes that decides who is counted together:
        its zones, the layer of that field, and what distances go to. How many people a district
        has is published; how many live in zones drawn at will, or with all addresses but one,
        tells single households apart by subtraction.
    bases : Bases, optional
        Prepared cards of this project that are kept from one scenario to the next.

    Raises
    ------
    UsageError, InputRefusedError, LimitExceededError, NotFoundError
        If the scenario does not hold, names what is not there, or is too large.
    """
    scenario = document if isinstance(document, Scenario) else parse_scenario(document)
    results = load_all(root)
    cards = _cards(project, scenario, indicators)
    bases = Bases(project, root, cards.values()) if bases is None else bases
    known: dict[tuple[str, str], Changed] = {}
    _check_layers(project, root, scenario)
    done: list[Measured] = []
    skipped: dict[str, str] = {}
    for number, (name, recipe) in enumerate(cards.items()):
        progress("what-if", number, len(cards))
        reason = _reason(project, root, recipe, scenario, stranger=stranger)
        if reason:
            skipped[name] = reason
            continue
        done.append(_measure(project, root, recipe, scenario, results.get(name), bases, known))
    progress("what-if", len(cards), len(cards))
    unread = [layer for layer in scenario.layers if layer not in {key[0] for key in known}]
    seen = (*known.values(), *_checked(project, root, scenario, unread, bases.versions))
    return _outcome(root, scenario, seen, tuple(done), skipped)


def _cards(
    project: Project, scenario: Scenario, indicators: Sequence[str] | None
) -> dict[str, Plan]:
    """Return the plans that are asked for; else those that read what changes."""
    names = project.indicators if indicators is None else dict.fromkeys(indicators)
    plans = {name: plan(project, project.indicator(name)) for name in names}
    if indicators is not None:
        return plans
    return {name: each for name, each in plans.items() if set(each.layers) & set(scenario.layers)}


def _check_layers(project: Project, root: Path, scenario: Scenario) -> None:
    served = Catalog(root).served()
    for layer in (*scenario.layers, *scenario.base):
        project.layer(layer)
        if layer not in served:
            raise NotFoundError(
                "the scenario changes a layer that is not published",
                where=layer,
                fix=f"publish it first: geobank publish {layer} FILE",
            )


def _reason(
    project: Project, root: Path, recipe: Plan, scenario: Scenario, *, stranger: bool
) -> str:
    """Return why a card is not measured; empty when it is."""
    missing = [layer for layer in recipe.layers if layer not in Catalog(root).served()]
    if missing:
        return f"not published: {', '.join(missing)}"
    if not set(recipe.layers) & set(scenario.layers):
        return "the scenario changes nothing that it reads"
    if stranger and _secret_layers(recipe) & set(scenario.layers):
        return "it adds up a field that is not public, and what decides on its groups would change"
    return ""


def _secret_layers(recipe: Plan) -> set[str]:
    """Return the layers that decide which persons a private term counts together."""
    private = [term for term in recipe.terms if term.private]
    if any(term.target is not None for term in private):
        return set(recipe.layers)  # a park drawn around one house has its people within 300 m
    return {recipe.extent.id, *(term.layer for term in private)} if private else set()


def _measure(
    project: Project,
    root: Path,
    recipe: Plan,
    scenario: Scenario,
    results: Results | None,
    bases: Bases,
    known: dict[tuple[str, str], Changed],
) -> Measured:
    inputs = _inputs(root, recipe, scenario, results)
    before, versions = bases.run(recipe, inputs), bases.versions
    for layer in scenario.layers:
        if layer in recipe.layers and (layer, inputs[layer]) not in known:
            whole = versions.whole(layer, inputs[layer])
            known[layer, inputs[layer]] = changed(scenario, whole, project.site.bbox)
    mine = {
        layer: versions.change(known[layer, inputs[layer]])
        for layer in scenario.layers
        if layer in recipe.layers
    }
    card = project.indicator(recipe.card.id)
    published = results is not None and results.inputs == inputs
    return Measured(card, inputs, published, before, before.changed(mine))


def _inputs(
    root: Path, recipe: Plan, scenario: Scenario, results: Results | None
) -> dict[str, str]:
    """Return the versions behind the published values; what the scenario pins comes first."""
    served = Catalog(root).served()
    named = results.inputs if results is not None else {}
    return {
        layer: scenario.base.get(layer) or named.get(layer) or served[layer]
        for layer in recipe.layers
    }


def check(project: Project, root: Path, scenario: Scenario) -> tuple[Changed, ...]:
    """Check a scenario's changes against the versions that it changes; nothing is measured.

    Raises
    ------
    UsageError, InputRefusedError, LimitExceededError, NotFoundError
        As :func:`evaluate`.
    """
    _check_layers(project, root, scenario)
    return _checked(project, root, scenario, scenario.layers, Versions(project, root, ()))


def _checked(
    project: Project, root: Path, scenario: Scenario, layers: Sequence[str], versions: Versions
) -> tuple[Changed, ...]:
    served, found = Catalog(root).served(), []
    for layer in layers:
        whole = versions.whole(layer, scenario.base.get(layer) or served[layer])
        found.append(changed(scenario, whole, project.site.bbox))
    return tuple(found)


def _outcome(
    root: Path,
    scenario: Scenario,
    changes: tuple[Changed, ...],
    done: tuple[Measured, ...],
    skipped: dict[str, str],
) -> Outcome:
    changed = {(each.layer.id, each.version) for each in changes}
    read = {(layer, version) for each in done for layer, version in each.inputs.items()}
    bases = [f"{k}@{v}" for part in (changed, read - changed) for k, v in sorted(part)]
    text = "\n".join([scenario.model_dump_json(), *bases])
    synthetic = any(open_snapshot(root, *each).manifest.synthetic for each in changed | read)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Outcome(scenario, digest, changes, done, skipped, synthetic)


def card_dict(found: Measured) -> dict[str, Any]:
    """Return a card before and after: a row per zone of either, and one for the whole city."""
    card, before, after = found.card, found.before.result, found.after.result
    secret = differenced(before, after)
    groups = [group(before, after, secret, name) for name in classes(before, after)]
    shown = next(each for each in groups if each["class"] == card.headline)
    return {
        "id": card.id,
        "title": card.title.model_dump(),
        "unit": card.unit,
        "precision": card.precision,
        "modelled": card.modelled.model_dump() if card.modelled else None,
        "inputs": found.inputs,
        "published": found.published,
        "how": found.after.how,
        "zones": shown["zones"],
        "whole": shown["whole"],
        "classes": groups[1:],
        "ledger": {entry.role: entry.as_dict() for entry in after.ledger},
        "closes": after.closes,
    }
