"""What a scenario's numbers would tell of single persons, set beside the official ones.

Each of two numbers may be shown by itself while their difference may not: a district redrawn
around one house has three people fewer. So a difference of a private term is a number like any
other, and stays hidden where too few stand behind it; with it the scenario's own value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.measure.card import CardResult
from geo.measure.disclose import Threshold, hidden
from geo.measure.quantity import Quantity


@dataclass(frozen=True)
class Secret:
    """Zones whose scenario is not shown, by id, and whether that of the whole is not."""

    zones: frozenset[str]
    whole: bool


def differenced(
    before: CardResult, after: CardResult, threshold: Threshold | None = None
) -> Secret:
    """Return which values of a scenario do not stand beside the official ones.

    Parameters
    ----------
    before, after : CardResult
        The same card; zones are matched by their ids.
    """
    threshold = threshold or Threshold()
    names = sorted({*before.zones.ids, *after.zones.ids})
    zones: set[str] = set()
    whole = False
    for old, new in zip(before.quantities, after.quantities, strict=True):
        if not old.plan.private:
            continue
        people, features = (
            np.abs(_by_name(names, after, new, kind) - _by_name(names, before, old, kind))
            for kind in ("sums", "counted")
        )
        secret = hidden(
            people, features.astype(np.int64), persons=old.plan.persons, threshold=threshold
        )
        zones |= {names[row] for row in np.flatnonzero(secret.zones)}
        moved = abs(float(new.sums.sum()) - float(old.sums.sum()))
        whole = whole or secret.whole or (old.plan.persons and 0 < moved < threshold.persons)
    return Secret(frozenset(zones), whole)


def _by_name(names: list[str], result: CardResult, found: Quantity, kind: str) -> np.ndarray:
    out = np.zeros(len(names))
    rows = {name: row for row, name in enumerate(names)}
    out[[rows[name] for name in result.zones.ids]] = getattr(found, kind)
    return out
