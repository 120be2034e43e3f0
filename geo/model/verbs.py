"""What a card must say for each verb, and the dimension of its answer: the model's half.

What a verb does with numbers stands in :mod:`geo.measure.verbs`, under the same keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verb = Literal[
    "area", "length", "count", "sum", "mean", "median", "share_of_area", "density", "ratio",
    "per_person", "share_by_class", "diversity", "nearest", "share_within",
]  # fmt: skip
Measure = Literal["area", "length", "count", "sum"]
Key = Literal["over", "to", "distance", "by", "index"]
Dimensioned = Literal["term", "term/zone", "term/over", "term/person", "none", "length"]

_ALL: tuple[Measure, ...] = ("area", "length", "count", "sum")
_POINTS: tuple[Measure, ...] = ("count", "sum")


@dataclass(frozen=True)
class Grammar:
    """What goes with a verb.

    Attributes
    ----------
    measures : tuple of str
        What its terms may measure.
    unit : str
        The dimension of the answer: of the term, of the term over something, none, or a length.
    needs : frozenset of str
        Keys of the card that it cannot do without; of these keys it takes no other, but `by`.
    default : str or None
        The measure of a term that names none.
    ellipsoid : bool
        Whether its areas and lengths can be taken on the ellipsoid.
    """

    measures: tuple[Measure, ...]
    unit: Dimensioned
    needs: frozenset[Key] = frozenset()
    default: Measure | None = None
    ellipsoid: bool = False


def _row(
    measures: tuple[Measure, ...],
    unit: Dimensioned,
    *needs: Key,
    default: Measure | None = None,
    ellipsoid: bool = False,
) -> Grammar:
    only = measures[0] if len(measures) == 1 else default
    return Grammar(measures, unit, frozenset(needs), only, ellipsoid)


GRAMMAR: dict[Verb, Grammar] = {
    "area": _row(("area",), "term", ellipsoid=True),
    "length": _row(("length",), "term", ellipsoid=True),
    "count": _row(("count",), "term"),
    "sum": _row(("sum",), "term"),
    "mean": _row(("sum",), "term"),
    "median": _row(("sum",), "term"),
    "share_of_area": _row(("area",), "none", ellipsoid=True),
    "density": _row(_ALL, "term/zone", ellipsoid=True),
    "ratio": _row(_ALL, "term/over", "over", ellipsoid=True),
    "per_person": _row(_ALL, "term/person", ellipsoid=True),
    "share_by_class": _row(_ALL, "none", "by", ellipsoid=True),
    "diversity": _row(("area", "length", "count"), "none", "by", "index"),
    "nearest": _row(_POINTS, "length", "to", default="count"),
    "share_within": _row(_POINTS, "none", "to", "distance", default="count"),
}
