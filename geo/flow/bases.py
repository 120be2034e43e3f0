"""Cards measured as they are, ready to be changed; kept from one what-if to the next.

A base follows from the card and from the versions it was measured from, which never change: it is
asked for by those versions, and one of other versions is no answer. So a publication in between
can be late for nobody. Who keeps none (the command line) makes them for one run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from geo.flow.versions import Versions
from geo.measure.incremental import Run, prepare
from geo.measure.plan import Plan
from geo.model import Project
from geo.store.snapshot import open_snapshot


class Bases:
    """Prepared cards of one project, each at the versions that were asked for last.

    Parameters
    ----------
    project : Project
        The cards and layers as they read; another project needs bases of its own.
    root : Path
        The data folder.
    plans : iterable of Plan
        Of all cards that will be asked for.
    most : int, optional
        How many are kept; whichever was asked for longest ago goes first. All, when left out.
    """

    def __init__(
        self, project: Project, root: Path, plans: Iterable[Plan], most: int | None = None
    ) -> None:
        self._root = root
        self._most = most
        self._runs: dict[str, tuple[dict[str, str], Run]] = {}
        self.versions = Versions(project, root, plans)

    def run(self, recipe: Plan, inputs: Mapping[str, str]) -> Run:
        """Return a card measured at named versions, without any change.

        Parameters
        ----------
        inputs : mapping of str to str
            Layer id to version, of all layers that the plan reads.

        Raises
        ------
        NotFoundError, IntegrityError
            If a version is gone, though a base of it may have been kept.
        MeasureError
            If it cannot be measured.
        """
        for layer, version in inputs.items():
            open_snapshot(self._root, layer, version)
        known, run = self._runs.pop(recipe.card.id, ({}, None))
        if run is None or known != dict(inputs):
            sources = {layer: self.versions.source(layer, inputs[layer]) for layer in inputs}
            run = prepare(recipe, self.versions.zones(recipe, inputs), sources)
        self._runs[recipe.card.id] = dict(inputs), run
        return run

    def settle(self) -> None:
        """Forget the cards beyond the most that are kept, and versions that none of them reads."""
        if self._most is not None:
            for name in [*self._runs][: max(0, len(self._runs) - self._most)]:
                del self._runs[name]
        self.versions.keep({pair for inputs, _ in self._runs.values() for pair in inputs.items()})
