"""The closed set of verbs: what is divided by what, and how districts add up to the city.

What a card must say for each stands in :mod:`geo.model.verbs`, under the same keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from geo.model import Text
from geo.model.indicator import Verb

Status = Literal["ok", "null", "not_computable", "suppressed", "unclassified"]
Below = Literal["nothing", "zone_area", "count", "over", "persons", "classified", "reached", "all"]
Kind = Literal["sum", "ratio", "order", "diversity"]
Classes = Literal["parts", "groups"]
Pieces = Literal["pieces", "lines"]

_SUM = Text(
    pl="Wartość całości to suma wartości jej części.",
    en="The value of the whole is the sum over its parts.",
)
_RATIO = Text(
    pl="Wartość całości to suma liczników przez sumę mianowników, nie średnia z części.",
    en="The value of the whole is the sum of numerators over the sum of denominators, "
    "not a mean of its parts.",
)
_ORDER = Text(
    pl="Wartości całości nie da się złożyć z wartości części: liczy się ją od nowa ze wszystkich "
    "obiektów w strefach.",
    en="The value of the whole does not follow from those of its parts: it is taken anew over all "
    "features in the zones.",
)
_DIVERSITY = Text(
    pl="Różnorodność całości liczy się od nowa z udziałów klas w całości, nie jako średnią "
    "z części.",
    en="The diversity of the whole is taken anew from the shares of classes in it, not as "
    "a mean of its parts.",
)
_MISSING = Text(
    pl="Obiekt bez wartości w polu nie wchodzi do wyniku; gdy żaden w strefie jej nie ma: "
    "brak danych.",
    en="A feature without a value in its field does not count; where none in a zone has one: "
    "no data.",
)
_UNREACHED = Text(
    pl="Obiekt, od którego nie ma dokąd mierzyć, nie wchodzi do wyniku; gdy żaden w strefie nie "
    "ma celu: brak danych.",
    en="A feature with nothing to measure to does not count; where none in a zone has a target: "
    "no data.",
)
_UNCLASSIFIED = Text(
    pl="Co nie ma klasy, nie wchodzi do udziałów i jest podane osobno.",
    en="What has no class is left out of the shares and told apart.",
)
_PARTS = Text(
    pl="Bilans: strefy i to, co poza nimi, dają całość.",
    en="Ledger: the zones and what lies outside them make the whole.",
)
_PARTS_OF_ORDER = Text(
    pl="Bilans dotyczy sum, z których powstała średnia; mediana i największa wartość nie sumują "
    "się, dlatego liczba miasta jest liczona ze wszystkich obiektów.",
    en="The ledger is of the sums behind the mean; a median or a greatest value does not add up, "
    "so the city's number is taken over all features.",
)
_PARTS_OF_CLASSES = Text(
    pl="Bilans: klasy, to, co bez klasy, i to, co poza strefami, dają całość.",
    en="Ledger: the classes, what has none, and what lies outside the zones make the whole.",
)
_PARTS_OF_DIVERSITY = Text(
    pl="Bilans dotyczy miar klas, z których powstał wskaźnik; sam wskaźnik się nie sumuje.",
    en="The ledger is of the classes' measures behind the index; the index itself does not add up.",
)


@dataclass(frozen=True)
class Rule:
    """What a verb does with the numbers of a zone.

    Attributes
    ----------
    below : str
        What the term is divided by: nothing; the zone's area; the number of features with a
        value (count), or with a target (reached); all features of the term; what has a class;
        the card's second term; the residents.
    additive : bool
        True: values of zones add up. False: the city is a sum over a sum, or taken anew.
    aggregation, nulls, conservation : Text
        The same for a person; what the ledger says.
    value : str
        sum, ratio; order: a median or a greatest value of the features' readings; diversity: of
        the shares of classes.
    classes : str
        With `by`. parts: the values of the classes add up to that of all; groups: each class
        is a value of its own.
    evidence : str
        pieces of the term's features, or lines from each to what it is measured to.
    """

    below: Below
    additive: bool
    aggregation: Text
    nulls: Text = _MISSING
    value: Kind = "ratio"
    classes: Classes = "parts"
    evidence: Pieces = "pieces"
    conservation: Text = _PARTS

    @property
    def of_same_term(self) -> bool:
        """Whether the denominator counts the numerator's own features, so that it has classes."""
        return self.below in ("count", "reached", "all")


def _sum() -> Rule:
    return Rule("nothing", True, _SUM, value="sum")


VERBS: dict[Verb, Rule] = {
    "area": _sum(),
    "length": _sum(),
    "count": _sum(),
    "sum": _sum(),
    "mean": Rule("count", False, _RATIO, classes="groups"),
    "median": Rule(
        "count", False, _ORDER, value="order", classes="groups", conservation=_PARTS_OF_ORDER
    ),
    "share_of_area": Rule("zone_area", False, _RATIO),
    "density": Rule("zone_area", False, _RATIO),
    "ratio": Rule("over", False, _RATIO),
    "per_person": Rule("persons", False, _RATIO),
    "share_by_class": Rule(
        "classified", False, _RATIO, _UNCLASSIFIED, conservation=_PARTS_OF_CLASSES
    ),
    "diversity": Rule(
        "classified", False, _DIVERSITY, _UNCLASSIFIED,
        value="diversity", conservation=_PARTS_OF_DIVERSITY,
    ),
    "nearest": Rule("reached", False, _RATIO, _UNREACHED, classes="groups", evidence="lines"),
    "share_within": Rule("all", False, _RATIO, classes="groups"),
}  # fmt: skip


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
