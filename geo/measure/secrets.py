"""Which answers of a card stay hidden: the groups behind each of its private terms."""

from __future__ import annotations

import numpy as np

from geo.measure.disclose import Hidden, Threshold, hidden_cells, of_cells
from geo.measure.plan import Plan, TermPlan
from geo.measure.quantity import Quantity
from geo.measure.zones import Bools, Floats

Group = tuple[Floats, float]
"""Sizes by zone and class, shape (k, C + 2), and the smallest of them that may be shown."""


def secrets(plan: Plan, quantities: tuple[Quantity, ...], threshold: Threshold) -> Hidden:
    """Return what is not shown of a card.

    A zone or a class is hidden where any group that its numbers tell of is too small: the people
    of a sum; those within a distance and those beyond; the features behind people times distances.
    """
    columns = 1 + max(_width(found) for found in quantities)
    cells: Bools = np.zeros((len(quantities[0].sums) + 1, columns), dtype=bool)
    for sizes, least in _groups(plan, quantities, threshold):
        small = _classified(sizes, least) if _apart(plan) else hidden_cells(sizes, least)
        # What has one column only (a denominator without classes) hides all of a zone.
        cells |= small if small.shape == cells.shape else small[:, -1:]
    cells |= cells[:, -1:]
    return of_cells(cells)


def by_features(plan: TermPlan) -> bool:
    """Tell whether what is hidden follows from a term's pieces, and not from its sums alone."""
    return plan.private and (not plan.persons or plan.reading == "reached")


def _groups(plan: Plan, quantities: tuple[Quantity, ...], threshold: Threshold) -> list[Group]:
    found: list[Group] = []
    for each in quantities:
        if not each.plan.private or each.plan.reading == "distance":
            continue
        persons = each.plan.persons
        sizes = _sums(each) if persons else _counts(each)
        found.append((sizes, threshold.persons if persons else threshold.features))
        if each.plan.reading == "within":
            below = next(other for other in quantities if other.plan.role == "denominator")
            rest = (_sums(below) if persons else _counts(below)) - sizes
            found.append((rest, threshold.persons if persons else threshold.features))
        if each.plan.reading == "reached":
            found.append((_counts(each), threshold.weights))
    return found


def _apart(plan: Plan) -> bool:
    """Tell whether what has no class is no part of the sums that are published."""
    return plan.rule.below == "classified"


def _classified(sizes: Floats, least: float) -> Bools:
    """Return what is hidden where the classes are published with their own sum.

    With the sum of all in its place, a class hidden with what has none would follow from the
    classes that are shown and the divisor of their shares.
    """
    classes = sizes[:, :-2]
    known = hidden_cells(np.column_stack((classes, classes.sum(axis=1))), least)
    rest = hidden_cells(sizes[:, -2:-1], least)
    return np.column_stack((known[:, :-1], rest, known[:, -1]))


def inside_tells(plan: Plan, secret: Hidden) -> bool:
    """Tell whether the sum over all zones, less the classes, gives away a few without a class."""
    return _apart(plan) and bool(secret.cells[-1, -2:-1].any())


def _width(found: Quantity) -> int:
    return 0 if found.classes is None else len(found.classes.names) + 1


def _sums(found: Quantity) -> Floats:
    if found.classes is None:
        return found.sums[:, None]
    return np.column_stack((found.classes.sums, found.sums))


def _counts(found: Quantity) -> Floats:
    """Count the features that weigh something, by zone and class."""
    some, zones = found.pieces.measure != 0, len(found.sums)
    zone = found.pieces.zone[some]
    total = np.bincount(zone, minlength=zones)
    if found.classes is None:
        return total[:, None].astype(np.float64)
    width = len(found.classes.names) + 1
    cell = zone * width + found.classes.codes[found.pieces.feature[some]] % width
    by_class = np.bincount(cell, minlength=zones * width).reshape(zones, width)
    return np.column_stack((by_class, total)).astype(np.float64)
