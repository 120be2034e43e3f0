"""The classes of an indicator beside each other: their colours, and a stacked bar per zone."""

from __future__ import annotations

from dataclasses import dataclass

from geo.flow.results import ClassRows, Results, ValueRow
from geo.measure.verbs import VERBS
from geo.model import Indicator, Layer, Text
from geo.model.derived import WHOLE
from geo.model.indicator import UNCLASSIFIED

# Eight that colour-blind eyes tell apart (Okabe and Ito 2008), in an order that puts unlike ones
# beside each other; the outlines and the table carry the meaning where there are more.
COLOURS = (
    "#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#0072b2", "#d55e00", "#999999",
)  # fmt: skip
NO_CLASS = "#ffffff"


@dataclass(frozen=True)
class Group:
    """One class of an answer.

    Attributes
    ----------
    rows : dict of str to ValueRow
        By zone id; WHOLE for all zones.
    """

    id: str
    title: Text
    colour: str
    rows: dict[str, ValueRow]


@dataclass(frozen=True)
class Part:
    """A rectangle of a stacked bar; percent of its length."""

    colour: str
    start: float
    width: float


def groups_of(card: Indicator, layer: Layer, results: Results) -> tuple[Group, ...]:
    """Return the classes, the largest first, each with a colour.

    Parameters
    ----------
    layer : Layer
        What is classed: its style may colour the field of the classes.
    """
    known = _colours(card, layer)
    return tuple(_group(found, number, known) for number, found in enumerate(results.classes))


def _colours(card: Indicator, layer: Layer) -> dict[str, str]:
    if not isinstance(card.by, str):
        return {group.id: group.colour for group in card.by if group.colour}
    return dict(layer.style.colours) if layer.style.by == (card.by,) else {}


def _group(found: ClassRows, number: int, known: dict[str, str]) -> Group:
    colour = NO_CLASS if found.id == UNCLASSIFIED else COLOURS[number % len(COLOURS)]
    colour = known.get(found.id, colour)
    rows = {row.zone_id: row for row in (*found.rows, found.whole)}
    return Group(found.id, found.title, colour, rows)


def bar(card: Indicator, groups: tuple[Group, ...], zone_id: str = WHOLE) -> tuple[Part, ...]:
    """Return what each class has of a zone, as parts of a bar; nothing where that makes no sense.

    Classes that are values of their own (a median each) are no parts of anything, and where one
    is hidden the others would tell it.
    """
    amounts = [group.rows[zone_id].numerator for group in groups]
    known = [amount for amount in amounts if amount is not None]
    total = sum(known)
    if VERBS[card.verb].classes != "parts" or len(known) < len(amounts) or total <= 0:
        return ()
    parts, start = [], 0.0
    for group, amount in zip(groups, known, strict=True):
        width = 100 * amount / total
        parts.append(Part(group.colour, start, width))
        start += width
    return tuple(part for part in parts if part.width > 0)
