"""What CQL2 says with many words, in few: the wings evaluate only comparisons and sets.

Time is compared as W3C's OWL-Time does, by the ends of intervals, which belong to them. Where an
end is missing, what the other end decides is decided, and the rest is unknown.
"""

from __future__ import annotations

from collections.abc import Callable

from geo.model.cql2.tree import (
    And,
    Arithmetic,
    Between,
    Boolean,
    CompareOp,
    Comparison,
    Date,
    Folded,
    Interval,
    IsNull,
    Not,
    Or,
    Predicate,
    Property,
    Spatial,
    Temporal,
    Timestamp,
    Value,
)

_End = Value | int
"""An instant; -1: before all time; 1: after all time."""


def lowered(tree: Predicate) -> Predicate:
    """Return a tree of the same meaning without Between, Temporal, S_DISJOINT and intervals.

    The tree must have been checked.
    """
    match tree:
        case And(parts):
            return And(tuple(lowered(part) for part in parts))
        case Or(parts):
            return Or(tuple(lowered(part) for part in parts))
        case Not(part):
            return Not(lowered(part))
        case Between():
            return _between(tree)
        case Temporal():
            return _temporal(tree)
        case Spatial("s_disjoint", left, right):
            return Not(Spatial("s_intersects", left, right))
        case IsNull(Interval(start, end)):
            return _and(*(Boolean(False) if x is None else IsNull(x) for x in (start, end)))
        case IsNull(And() | Or() | Not() | Between() | Temporal() | Spatial() | IsNull() as part):
            return IsNull(lowered(part))
        case _:
            return tree


def _between(tree: Between) -> Predicate:
    """Write BETWEEN as two comparisons, unknown if an end is missing, as the standard says."""
    inside = And((Comparison(">=", tree.value, tree.low), Comparison("<=", tree.value, tree.high)))
    unsure = tuple(
        Comparison("<>", end, end)
        for end in (tree.low, tree.high)
        if isinstance(end, Property | Arithmetic | Folded)
    )
    return Or((inside, *unsure)) if unsure else inside


def _temporal(tree: Temporal) -> Predicate:
    one, other = _ends(tree.left), _ends(tree.right)
    return _RELATIONS[tree.op](one, other)


_Ends = tuple[_End, _End]


def _ends(part: Property | Date | Timestamp | Interval) -> _Ends:
    if not isinstance(part, Interval):
        return part, part
    return -1 if part.start is None else part.start, 1 if part.end is None else part.end


def _compare(op: CompareOp, left: _End, right: _End) -> Predicate:
    """Compare two ends of time; what is unbounded is beyond every instant that is not missing."""
    if not isinstance(left, int) and not isinstance(right, int):
        return Comparison(op, left, right)
    one = left if isinstance(left, int) else 0
    other = right if isinstance(right, int) else 0
    holds = {
        "=": one == other, "<>": one != other, "<": one < other, "<=": one <= other,
        ">": one > other, ">=": one >= other,
    }[op]  # fmt: skip
    known = [end for end in (left, right) if isinstance(end, Property)]
    if not known:
        return Boolean(holds)
    return Comparison("=" if holds else "<>", known[0], known[0])


def _and(*parts: Predicate) -> Predicate:
    return And(parts)


_RELATIONS: dict[str, Callable[[_Ends, _Ends], Predicate]] = {
    "t_after": lambda a, b: _compare(">", a[0], b[1]),
    "t_before": lambda a, b: _compare("<", a[1], b[0]),
    "t_disjoint": lambda a, b: Or((_compare("<", a[1], b[0]), _compare(">", a[0], b[1]))),
    "t_equals": lambda a, b: _and(_compare("=", a[0], b[0]), _compare("=", a[1], b[1])),
    "t_intersects": lambda a, b: _and(_compare(">=", a[1], b[0]), _compare("<=", a[0], b[1])),
    "t_contains": lambda a, b: _and(_compare("<", a[0], b[0]), _compare(">", a[1], b[1])),
    "t_during": lambda a, b: _and(_compare(">", a[0], b[0]), _compare("<", a[1], b[1])),
    "t_finishedBy": lambda a, b: _and(_compare("<", a[0], b[0]), _compare("=", a[1], b[1])),
    "t_finishes": lambda a, b: _and(_compare(">", a[0], b[0]), _compare("=", a[1], b[1])),
    "t_meets": lambda a, b: _compare("=", a[1], b[0]),
    "t_metBy": lambda a, b: _compare("=", a[0], b[1]),
    "t_overlaps": lambda a, b: _and(
        _compare("<", a[0], b[0]), _compare(">", a[1], b[0]), _compare("<", a[1], b[1])
    ),
    "t_overlappedBy": lambda a, b: _and(
        _compare(">", a[0], b[0]), _compare("<", a[0], b[1]), _compare(">", a[1], b[1])
    ),
    "t_startedBy": lambda a, b: _and(_compare("=", a[0], b[0]), _compare(">", a[1], b[1])),
    "t_starts": lambda a, b: _and(_compare("=", a[0], b[0]), _compare("<", a[1], b[1])),
}
"""Relation of two intervals to comparisons of their ends (start, end)."""
