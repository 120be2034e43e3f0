"""A card measured again from what is published today, beside what was published: no change."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from geo.errors import NotFoundError
from geo.flow.compute import ledger_of
from geo.flow.results import Results, load_all
from geo.flow.sources import Sources
from geo.measure.answers import Value
from geo.measure.card import CardResult, measure
from geo.measure.plan import plan
from geo.model import Project
from geo.model.progress import Progress, silent


@dataclass(frozen=True)
class Recomputed:
    """A card from the current versions.

    Attributes
    ----------
    result : CardResult
        With the card's own disclosure control, as if it were published.
    inputs : dict of str to str
        Layer id to the version that was read.
    published : Results or None
        What is served; None: it was never computed.
    """

    result: CardResult
    inputs: dict[str, str]
    synthetic: bool
    published: Results | None

    @property
    def ledger(self) -> dict[str, object]:
        """The ledger, role to entry."""
        return ledger_of(self.result)

    def before(self, zone_id: str) -> tuple[float | None, str]:
        """Return the published value and status of a zone; ``_all``: the whole."""
        if self.published is None:
            return None, ""
        rows = (*self.published.rows, self.published.whole)
        return next(((row.value, row.status) for row in rows if row.zone_id == zone_id), (None, ""))

    def now(self, zone_id: str) -> Value:
        """Return the value of a zone from the current versions, the headline if there is one."""
        zones = self.result.zones
        row = zones.ids.index(zone_id) if zone_id in zones.ids else len(zones)
        headline = getattr(self.result.plan.card, "headline", "")
        for each in self.result.classes if headline else ():
            if each.name == headline:
                return (*each.values, each.whole)[row]
        return (*self.result.values, self.result.whole)[row]


def recompute(
    project: Project, root: Path, indicator_id: str, *, progress: Progress = silent
) -> Recomputed:
    """Measure a card; nothing is written.

    Parameters
    ----------
    root : Path
        The data folder.

    Raises
    ------
    NotFoundError
        If there is no such card, or a layer of it is not published.
    MeasureError
        If a layer cannot be measured.
    """
    recipe = plan(project, project.indicator(indicator_id))
    progress("read", 0, 3)
    sources = Sources(project, root, [recipe])
    missing = sources.missing(recipe)
    if missing:
        raise NotFoundError(
            f"the indicator needs layers that are not published: {', '.join(missing)}",
            where=indicator_id,
            fix="they are not in /collections",
        )
    features = {layer: sources.source(layer) for layer in recipe.layers}
    progress("measure", 1, 3)
    result = measure(recipe, sources.zones(recipe), features)
    progress("compare", 2, 3)
    snapshots = sources.snapshots(recipe)
    return Recomputed(
        result,
        {layer: snapshot.version for layer, snapshot in snapshots.items()},
        any(snapshot.manifest.synthetic for snapshot in snapshots.values()),
        load_all(root).get(indicator_id),
    )
