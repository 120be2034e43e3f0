"""Everything that one card publishes, as equations: no small group may follow from them.

Unknown are the people of each zone and class, outside every zone, and within and beyond a
distance. Each number of a card (numerators, denominators, values times divisors, ledger,
evidence) is one linear equation in them. What the equations determine, anybody can work out.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from towns import EAST, NORTH, run

from geo.measure.disclose import Threshold, hidden
from geo.measure.evidence import evidence
from geo.model import Recipe, load_project
from geo.model.indicator import UNCLASSIFIED

# No fixture: hypothesis would write all of it beside a counterexample.
PROJECT = load_project(Path(__file__).resolve().parents[3])
LEAST = Threshold().persons
PLACES = ((10, 10), (500, 10), (10, 500), (5000, 5000))
"""In zone a, b and c, and outside."""
CLASSES = ("A", "B", "C", None)
SCHOOLS = [
    {"school_id": str(number), "geometry": f"POINT ({EAST + x} {NORTH + y})"}
    for number, (x, y) in enumerate(PLACES)
]
OF = {"layer": "addresses", "measure": "sum", "field": "people"}
RECIPES = {
    "sum": {"verb": "sum", "of": OF, "unit": "person"},
    "density": {"verb": "density", "of": OF, "unit": "person/km2"},
    "sum by": {"verb": "sum", "of": OF, "unit": "person", "by": "street"},
    "density by": {"verb": "density", "of": OF, "unit": "person/km2", "by": "street"},
    "share_by_class": {"verb": "share_by_class", "of": OF, "unit": "%", "by": "street"},
    "share_within": {"verb": "share_within", "of": OF, "unit": "%", "to": {"layer": "schools"},
                     "distance": 50},
    "share_within by": {"verb": "share_within", "of": OF, "unit": "%", "by": "street",
                        "to": {"layer": "schools"}, "distance": 50},
    "per_person": {"verb": "per_person", "of": {"layer": "schools", "measure": "count"},
                   "unit": "feature/person"},
}  # fmt: skip
SIZES = st.one_of(st.just(0), st.integers(1, 14), st.integers(200, 900))
CELLS = st.lists(SIZES, min_size=32, max_size=32)


class Attacker:
    """Collects equations; an unknown is (zone 0 to 3, class 0 to 3, near 0 or 1)."""

    def __init__(self) -> None:
        self.rows: list[np.ndarray] = []

    def learns(self, zones, classes, nears=(0, 1)) -> None:
        self.rows.append(vector(zones, classes, nears))

    def knows(self, group: np.ndarray) -> bool:
        if not self.rows:
            return False
        known = np.array(self.rows)
        before = np.linalg.matrix_rank(known)
        return bool(np.linalg.matrix_rank(np.vstack((known, group))) == before)


def vector(zones, classes, nears=(0, 1)) -> np.ndarray:
    out = np.zeros((4, 4, 2))
    out[np.ix_(list(zones), list(classes), list(nears))] = 1
    return out.ravel()


def town(cells):
    rows = []
    for number, people in enumerate(cells):
        place, of, near = number // 8, number // 2 % 4, number % 2
        x, y = PLACES[place]
        if people:
            rows.append(
                {"address_id": f"{number:03}", "people": people, "street": CLASSES[of],
                 "geometry": f"POINT ({EAST + x + 200 * (1 - near)} {NORTH + y})"}
            )  # fmt: skip
    return {"addresses": rows, "schools": SCHOOLS}


def columns(result):
    """Each column of answers with the classes that its numerator and its divisor are of."""
    by = bool(result.plan.card.by)
    if not by:
        yield (*result.values, result.whole), (0, 1, 2, 3), (0, 1, 2, 3)
        return
    apart = result.plan.rule.below == "classified"
    every = (0, 1, 2) if apart else (0, 1, 2, 3)
    for each in result.classes:
        of = 3 if each.name == UNCLASSIFIED else CLASSES.index(each.name)
        yield (*each.values, each.whole), (of,), every if apart else (of,)
    yield (*result.values, result.whole), every, every


def listen(result) -> Attacker:
    found = Attacker()
    hear_values(result, found)
    for entry, term in zip(result.ledger, result.plan.terms, strict=True):
        if term.private:
            hear_ledger(entry, nears_of(term), found)
    for part in evidence(result):
        if part.plan.private:
            hear_evidence(part, found)
    return found


def nears_of(term):
    return (1,) if term.reading == "within" else (0, 1)


def hear_values(result, found) -> None:
    above, below = result.plan.numerator, result.plan.denominator
    divided = result.plan.rule.below == "classified" or (below is not None and below.private)
    for values, classes, of in columns(result):
        for row, value in enumerate(values):
            zones = (0, 1, 2) if row == 3 else (row,)
            if above.private and value.numerator is not None:
                found.learns(zones, classes, nears_of(above))
            if divided and not (value.denominator is None and value.value is None):
                found.learns(zones, of)  # a value with its numerator gives the divisor too


def hear_ledger(entry, nears, found) -> None:
    if entry.inside is not None:
        found.learns((0, 1, 2), (0, 1, 2, 3), nears)
    if entry.whole is not None:
        found.learns((0, 1, 2, 3), (0, 1, 2, 3), nears)
    if entry.outside is not None:
        found.learns((3,), (0, 1, 2, 3), nears)
    if entry.unclassified:
        found.learns((0, 1, 2), (3,), nears)


def hear_evidence(part, found) -> None:
    for zone, name in zip(part.zone.tolist(), part.class_name.tolist(), strict=True):
        of = (0, 1, 2, 3)
        if name is not None:
            of = (3,) if name == UNCLASSIFIED else (CLASSES.index(name),)
        found.learns((zone,), of, nears_of(part.plan))


def groups(result):
    """What nobody may learn of: cells, zones and classes that the card tells apart."""
    by = [(0,), (1,), (2,), (3,)] if result.plan.card.by else []
    near = [(0,), (1,)] if result.plan.numerator.reading == "within" else []
    for zones in ((0,), (1,), (2,), (0, 1, 2)):
        for classes in (*by, (0, 1, 2, 3)):
            for nears in (*near, (0, 1)):
                yield vector(zones, classes, nears)
    for nears in near:
        yield vector((3,), (0, 1, 2, 3), nears)
    yield vector((3,), (0, 1, 2, 3))


@pytest.mark.parametrize("name", RECIPES)
@settings(deadline=None, max_examples=80)
@given(CELLS)
def test_no_small_group_follows_from_all_that_a_card_says(name, cells):
    result = run(PROJECT, Recipe(**RECIPES[name]), town(cells), threshold=Threshold())
    attacker = listen(result)
    people = np.array(cells, float)
    for group in groups(result):
        if 0 < group @ people < LEAST:
            assert not attacker.knows(group), group.reshape(4, 4, 2)


def test_the_attacker_would_find_a_group_that_is_shown():
    """The net of the other test is not empty."""
    cells = [0] * 32
    cells[0], cells[2], cells[9], cells[16] = 300, 4, 500, 700
    free = Threshold(persons=0, features=0, weights=0)
    result = run(PROJECT, Recipe(**RECIPES["sum by"]), town(cells), threshold=free)
    assert listen(result).knows(vector((0,), (1,)))
    hidden = run(PROJECT, Recipe(**RECIPES["sum by"]), town(cells), threshold=Threshold())
    assert not listen(hidden).knows(vector((0,), (1,)))
    assert listen(hidden).knows(vector((0, 1, 2), (0, 1, 2, 3)))


ROWS = st.lists(st.integers(0, 14), min_size=1, max_size=9)


@given(ROWS, st.integers(0, 300))
def test_what_is_hidden_together_is_no_small_group_either(people, large):
    """Two zones of 3 and 4 leave 7 when the rest is taken from the city's number."""
    size = np.array([*people, large], dtype=float)
    found = hidden(size, size.astype(int), persons=True, threshold=Threshold())
    rest = size[found.zones].sum()
    assert found.whole or not found.zones.any() or rest >= LEAST
    assert found.whole == (bool(found.zones.any()) and size.sum() < LEAST)


def test_a_zone_that_is_hidden_shows_no_class():
    """Not even that a class is empty there."""
    cells = [0] * 32
    cells[0], cells[8], cells[10], cells[16], cells[18] = 6, 300, 40, 500, 60
    result = run(PROJECT, Recipe(**RECIPES["sum by"]), town(cells), threshold=Threshold())
    assert result.values[0].status == "suppressed"
    assert {each.values[0].status for each in result.classes} == {"suppressed"}


def test_a_class_that_a_zone_has_nothing_of_is_no_piece_of_evidence():
    cells = [0] * 32
    cells[0], cells[8], cells[10], cells[16], cells[18] = 60, 300, 40, 500, 60
    result = run(PROJECT, Recipe(**RECIPES["sum by"]), town(cells), threshold=Threshold())
    (part,) = evidence(result)
    found = list(zip(part.zone.tolist(), part.class_name.tolist(), strict=True))
    assert found == [(0, "A"), (1, "A"), (1, "B"), (2, "A"), (2, "B")]
    assert part.features.tolist() == [1] * 5
