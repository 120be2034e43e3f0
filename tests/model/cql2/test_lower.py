"""Relations of time, against the law that exactly one of Allen's thirteen holds."""

from __future__ import annotations

import itertools
import operator
from datetime import date

from geo.model.cql2 import lowered
from geo.model.cql2 import tree as t

ALLEN = set(t.TEMPORAL) - {"t_disjoint", "t_intersects"}
COMPARE = {"=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le,
           ">": operator.gt, ">=": operator.ge}  # fmt: skip
DAYS = [t.Date(date(2026, 1, day)) for day in range(1, 6)]
PROPER = [t.Interval(*pair) for pair in itertools.combinations(DAYS, 2)]
OPEN = [*(t.Interval(None, day) for day in DAYS), *(t.Interval(day, None) for day in DAYS),
        t.Interval(None, None)]  # fmt: skip


def holds(node: t.Predicate) -> bool:
    match node:
        case t.And(parts):
            return all(map(holds, parts))
        case t.Or(parts):
            return any(map(holds, parts))
        case t.Not(part):
            return not holds(part)
        case t.Comparison(op, left, right):
            return COMPARE[op](left.value, right.value)
    return node.value


def relations(one: t.Interval, other: t.Interval) -> set[str]:
    return {op for op in t.TEMPORAL if holds(lowered(t.Temporal(op, one, other)))}


def test_exactly_one_relation_holds_between_two_intervals() -> None:
    seen = set()
    for one, other in itertools.product([*PROPER, *OPEN], repeat=2):
        found = relations(one, other) & ALLEN
        assert len(found) == 1, (one, other, found)
        seen |= found
    assert seen == ALLEN


def test_a_relation_has_its_converse_and_intersects_is_not_disjoint() -> None:
    converse = {
        "t_after": "t_before", "t_contains": "t_during", "t_finishedBy": "t_finishes",
        "t_meets": "t_metBy", "t_overlaps": "t_overlappedBy", "t_startedBy": "t_starts",
        "t_equals": "t_equals",
    }  # fmt: skip
    for one, other in itertools.product([*PROPER, *OPEN], repeat=2):
        mine, theirs = relations(one, other), relations(other, one)
        for op, opposite in converse.items():
            assert (op in mine) == (opposite in theirs)
            assert (opposite in mine) == (op in theirs)
        assert ("t_disjoint" in mine) == bool({"t_before", "t_after"} & mine)
        assert ("t_intersects" in mine) != ("t_disjoint" in mine)


def test_an_example_of_each() -> None:
    jan = {day: t.Date(date(2026, 1, day)) for day in range(1, 6)}
    two_four = t.Interval(jan[2], jan[4])
    for op, start, end in (
        ("t_meets", 1, 2), ("t_overlaps", 1, 3), ("t_finishedBy", 1, 4), ("t_contains", 1, 5),
        ("t_starts", 2, 3), ("t_equals", 2, 4), ("t_startedBy", 2, 5), ("t_finishes", 3, 4),
        ("t_overlappedBy", 3, 5), ("t_metBy", 4, 5),
    ):  # fmt: skip
        assert relations(t.Interval(jan[start], jan[end]), two_four) & ALLEN == {op}
    assert relations(jan[1], two_four) & set(t.INSTANT_OR_INTERVAL) == {"t_before", "t_disjoint"}
    assert relations(jan[2], two_four) & set(t.INSTANT_OR_INTERVAL) == {"t_intersects"}
