"""The closed set of verbs: what is divided by what, and how districts add up to the city."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from geo.model import Text
from geo.model.indicator import Verb

Status = Literal["ok", "null", "not_computable", "suppressed"]
Below = Literal["nothing", "zone_area", "count", "over"]

_SUM = Text(
    pl="Wartość miasta to suma wartości dzielnic.",
    en="The city's value is the sum over its districts.",
)
_RATIO = Text(
    pl="Wartość miasta to suma liczników przez sumę mianowników, nie średnia z dzielnic.",
    en="The city's value is the sum of numerators over the sum of denominators, "
    "not a mean of districts.",
)
_MISSING = Text(
    pl="Cecha bez wartości w polu nie wchodzi do wyniku; gdy żadna w strefie jej nie ma: "
    "brak danych.",
    en="A feature without a value in its field does not count; where none in a zone has one: "
    "no data.",
)


@dataclass(frozen=True)
class Rule:
    """What a verb does with the numbers of a zone.

    Attributes
    ----------
    below : str
        What the term is divided by: nothing; the zone's area; the number of features with a
        value; the card's second term.
    additive : bool
        True: values of zones add up. False: the city is a sum over a sum.
    aggregation, nulls : Text
        The same for a person.
    """

    below: Below
    additive: bool
    aggregation: Text
    nulls: Text = _MISSING


VERBS: dict[Verb, Rule] = {
    "area": Rule("nothing", True, _SUM),
    "length": Rule("nothing", True, _SUM),
    "count": Rule("nothing", True, _SUM),
    "sum": Rule("nothing", True, _SUM),
    "mean": Rule("count", False, _RATIO),
    "share_of_area": Rule("zone_area", False, _RATIO),
    "density": Rule("zone_area", False, _RATIO),
    "ratio": Rule("over", False, _RATIO),
}


def value_of(
    numerator: float | None, denominator: float | None, *, divided: bool
) -> tuple[float | None, Status]:
    """Return a value in base units and its status.

    Parameters
    ----------
    numerator, denominator : float or None
        In base units (m, m2, persons, features); None where every feature lacks its value.
    divided : bool
        Whether the verb has a denominator.

    Returns
    -------
    tuple
        (value, "ok"), (None, "null") or (None, "not_computable"); zero is a value.
    """
    if numerator is None or (divided and denominator is None):
        return None, "null"
    if not divided:
        return numerator, "ok"
    if not denominator:
        return None, "not_computable"
    return numerator / denominator, "ok"
