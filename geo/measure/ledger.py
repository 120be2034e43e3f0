"""The conservation ledger: districts + outside = whole, to 1e-9, or it says where not."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from geo.errors import LedgerError
from geo.measure.zones import Floats

TOLERANCE = 1e-9
"""Relative: a thousandth of a millimetre in a kilometre."""


@dataclass(frozen=True)
class Entry:
    """What became of one term of a card, in its base unit.

    Attributes
    ----------
    whole : float or None
        Every feature's own measure, added up; None where it would disclose too few people.
    inside : float or None
        The sum over zones.
    outside : float or None
        Measured in no zone, independently of `inside`.
    repeated : float
        Counted more than once because zones overlap.
    counted_away : float
        Ground under several features that was counted once.
    missing : int
        Features left out because their field has no value.
    gap : float
        |inside + outside - repeated - (whole - counted_away)|, relative to what was measured;
        with classes at least |classes + unclassified - inside|.
    unclassified : float
        Inside, but of no class, where a card asks for classes.
    unplaced : float or None
        Of a modelled field: totals with nothing to stand on (people of a district without a
        dwelling), no part of `whole`; None where it would disclose too few people.
    worst : str
        The feature with the largest gap of its own, when the ledger does not close.
    """

    role: str
    layer: str
    unit: str
    whole: float | None
    inside: float | None
    outside: float | None
    repeated: float
    counted_away: float
    missing: int
    gap: float
    worst: str = ""
    unclassified: float = 0.0
    unplaced: float | None = 0.0

    @property
    def closes(self) -> bool:
        """Whether the parts add up to the whole at 1e-9."""
        return self.gap <= TOLERANCE

    def as_dict(self) -> dict[str, Any]:
        """Return the entry for a manifest, with its verdict."""
        return {**asdict(self), "closes": self.closes}


@dataclass(frozen=True)
class Parts:
    """Per feature, shape (n,): its own measure and where it went, in the term's base unit."""

    total: Floats
    inside: Floats
    outside: Floats
    repeated: Floats
    counted_away: Floats

    @property
    def gaps(self) -> Floats:
        """What each feature lost (negative) or won, shape (n,)."""
        kept = self.total - self.counted_away
        return np.asarray(self.inside + self.outside - self.repeated - kept)


@dataclass(frozen=True)
class Totals:
    """The sums of :class:`Parts`, exactly rounded; `scale`: of |total - counted away|."""

    whole: float
    outside: float
    repeated: float
    counted_away: float
    scale: float


def totals(parts: Parts) -> Totals:
    """Add parts up."""
    found = (math.fsum(part.tolist()) for part in sized(parts))
    return Totals(*found)


def sized(parts: Parts) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return what :class:`Totals` are the sums of, shape (n,) each, in their order."""
    kept = np.abs(parts.total - parts.counted_away)
    return parts.total, parts.outside, parts.repeated, parts.counted_away, kept


def entry(
    role: str,
    layer: str,
    unit: str,
    parts: Parts,
    sums: Floats,
    ids: Any,  # noqa: ANN401 - an array or a list
    missing: int,
    classes: Floats | None = None,
    known: Totals | None = None,
) -> Entry:
    """Return the ledger entry of a term.

    Parameters
    ----------
    sums : numpy.ndarray of float, shape (k,)
        The sums per zone as they are published.
    ids : numpy.ndarray, shape (n,)
        Ids of the features in `parts`.
    classes : numpy.ndarray of float, shape (k, C + 1), optional
        The sums per zone and class, what has none in the last column.
    known : Totals, optional
        Those of `parts`, from whoever has them.
    """
    of = known or totals(parts)
    whole, outside, repeated, away = of.whole, of.outside, of.repeated, of.counted_away
    inside = math.fsum(sums.tolist())
    off = abs(math.fsum((inside, outside, -repeated, away, -whole)))
    scale = of.scale
    unclassified = 0.0
    if classes is not None:
        unclassified = math.fsum(classes[:, -1].tolist())
        off = max(off, abs(math.fsum((*classes.ravel().tolist(), -inside))))
    gap = off / scale if scale else off
    worst = ""
    if gap > TOLERANCE and len(parts.total):
        row = int(np.argmax(np.abs(parts.gaps)))
        worst = f"{ids[row]}: {parts.gaps[row]:+.6g} {unit}"
    return Entry(
        role, layer, unit, whole, inside, outside, repeated, away, missing, gap, worst, unclassified
    )


def require(entries: tuple[Entry, ...]) -> None:
    """Raise where a ledger does not close.

    Raises
    ------
    LedgerError
        Names the term, the gap and the worst feature.
    """
    for found in entries:
        if not found.closes:
            raise LedgerError(
                f"the parts do not add up to the whole: relative gap {found.gap:.3g}",
                where=f"{found.layer} ({found.role}), feature {found.worst}",
                fix="look at this feature and at the borders of its zones",
            )
