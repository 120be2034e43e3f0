"""A filter through SQL, through Arrow, and through plain Python: the same features, or refused."""

from __future__ import annotations

import itertools
import json
import math
import operator
import re
import time
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from geo.errors import MeasureError, UsageError
from geo.measure.where import select
from geo.model import Layer
from geo.model.cql2 import parse_json, parse_text, to_json, to_text
from geo.model.cql2 import tree as t
from geo.store import close_all, geometries, open_serve, read_table, write_snapshot
from geo.store.servefile import write_serve

TEXTS = ["", "a", "A", "Łąka", "łąka", "laka", "straße", "STRASSE", "50%", "a_b", "a*b", "a?[b",
         "O'Neil", "C:\\new", "łą\nka", "🏙"]  # fmt: skip
INTEGERS = [-3, 0, 1, 2, 7, 2**53, 2**53 + 1, -(2**63)]
NUMBERS = [-2.5, 0.0, 0.5, 1.0, 2.0, 1e300, float(2**53), -1e-9]
DAYS = [date(1999, 12, 31), date(2026, 1, 1), date(2026, 11, 22)]
MOMENTS = [datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 0, 0, 1, UTC),
           datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)]  # fmt: skip
DOMAINS: dict[str, list[Any]] = {
    "name": TEXTS, "floors": INTEGERS, "height": NUMBERS, "open": [True, False], "built": DAYS,
    "seen": MOMENTS,
}  # fmt: skip
LITERALS: dict[str, Callable[[Any], Any]] = {
    "name": t.Text, "floors": t.Number, "height": t.Number, "open": t.Boolean, "built": t.Date,
    "seen": t.Timestamp,
}  # fmt: skip

# ---- plain Python: three-valued logic with True, False and None -------------------------------

COMPARE = {"=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le,
           ">": operator.gt, ">=": operator.ge}  # fmt: skip
STROKES = str.maketrans("łŁøØđĐ", "lLoOdD")


def plainly(node: Any, row: dict[str, Any]) -> Any:  # noqa: C901 - a case for each form
    """Return the value of a node for a row."""
    match node:
        case t.Property(name):
            return row[name]
        case t.Folded("casei", part):
            value = plainly(part, row)
            return None if value is None else value.casefold()
        case t.Folded(_, part):
            value = plainly(part, row)
            if value is None:
                return None
            parts = unicodedata.normalize("NFD", value.translate(STROKES))
            return "".join(c for c in parts if unicodedata.category(c) != "Mn")
        case t.Arithmetic(op, left, right):
            return calculated(op, plainly(left, row), plainly(right, row))
        case t.And(parts) | t.Or(parts):
            found = [plainly(part, row) for part in parts]
            decides = isinstance(node, t.Or)
            return decides if decides in found else None if None in found else not decides
        case t.Not(part):
            value = plainly(part, row)
            return None if value is None else not value
        case t.Comparison(op, left, right):
            pair = plainly(left, row), plainly(right, row)
            return None if None in pair else COMPARE[op](*pair)
        case t.Between(value, low, high):
            value, low, high = (plainly(one, row) for one in (value, low, high))
            return None if None in (low, value, high) else low <= value <= high
        case t.In(value, items):
            value, found = plainly(value, row), [plainly(item, row) for item in items]
            if value is None:
                return None
            return True if value in found else None if None in found else False
        case t.Like(value, pattern):
            value, pattern = plainly(value, row), plainly(pattern, row)
            return None if value is None else re.fullmatch(regex(pattern), value, re.S) is not None
        case t.IsNull(t.Interval(start, end)):
            return all(end is not None and plainly(end, row) is None for end in (start, end))
        case t.IsNull(part):
            return plainly(part, row) is None
        case t.Temporal(op, left, right):
            return timed(op, ends(left, row), ends(right, row))
    return node.value


def regex(pattern: str) -> str:
    return "".join(
        re.escape(one[-1]) if len(one) > 1 or one not in "%_" else {"%": ".*", "_": "."}[one]
        for one in re.findall(r"\\.|.", pattern, re.S)
    )


def calculated(op: str, left: Any, right: Any) -> float | None:
    if left is None or right is None or (right == 0 and op in ("/", "%", "div")):
        return None
    left, right = float(left), float(right)
    try:
        found = {"+": lambda: left + right, "-": lambda: left - right, "*": lambda: left * right,
                 "/": lambda: left / right, "%": lambda: math.fmod(left, right),
                 "div": lambda: float(int(left / right)),
                 "^": lambda: math.pow(left, right)}[op]()  # fmt: skip
    except (ValueError, OverflowError):
        return None
    return None if math.isnan(found) else found


def ends(part: Any, row: dict[str, Any]) -> tuple[Any, Any]:
    if not isinstance(part, t.Interval):
        return (plainly(part, row),) * 2
    return ("first" if part.start is None else plainly(part.start, row),
            "last" if part.end is None else plainly(part.end, row))  # fmt: skip


def order(one: Any, other: Any) -> int | None:
    """Return -1, 0 or 1 as two ends of time stand; None if either is missing."""
    if one is None or other is None:
        return None
    ranks = [{"first": -1, "last": 1}.get(end, 0) if isinstance(end, str) else 0
             for end in (one, other)]  # fmt: skip
    if ranks != [0, 0]:
        return (ranks[0] > ranks[1]) - (ranks[0] < ranks[1])
    return (one > other) - (one < other)


ALLEN = {  # start:start, start:end, end:start, end:end; None: whatever
    "t_after": (None, 1, None, None), "t_before": (None, None, -1, None),
    "t_equals": (0, None, None, 0), "t_contains": (-1, None, None, 1),
    "t_during": (1, None, None, -1), "t_finishedBy": (-1, None, None, 0),
    "t_finishes": (1, None, None, 0), "t_meets": (None, None, 0, None),
    "t_metBy": (None, 0, None, None), "t_overlappedBy": (1, -1, None, 1),
    "t_overlaps": (-1, None, 1, -1), "t_startedBy": (0, None, None, 1),
    "t_starts": (0, None, None, -1),
}  # fmt: skip


def timed(op: str, one: tuple[Any, Any], other: tuple[Any, Any]) -> bool | None:
    if op in ("t_disjoint", "t_intersects"):
        found = [timed("t_before", one, other), timed("t_after", one, other)]
        apart = True if True in found else None if None in found else False
        return apart if op == "t_disjoint" or apart is None else not apart
    pairs = itertools.product(one, other)
    found = [None if wanted is None else (order(*pair), wanted)
             for pair, wanted in zip(pairs, ALLEN[op], strict=True)]  # fmt: skip
    holds = [None if is_ is None else is_ == wanted for is_, wanted in filter(None, found)]
    return False if False in holds else None if None in holds else True


# ---- filters that have a meaning ----------------------------------------------------------------


def one_of(field: str) -> st.SearchStrategy:
    return st.sampled_from(DOMAINS[field]).map(LITERALS[field])


NUMERIC = st.recursive(
    st.one_of(
        st.sampled_from(["floors", "height"]).map(t.Property), one_of("floors"), one_of("height")
    ),
    lambda inner: st.builds(t.Arithmetic, st.sampled_from(t.ARITHMETIC), inner, inner),
    max_leaves=3,
)
PATTERNS = st.one_of(
    one_of("name"),
    st.text("aAbłŁąk%_\\*?[s", max_size=6).map(t.Text),
)
FOLDS = st.sampled_from(["casei", "accenti"])
TEXTUAL = st.recursive(
    st.one_of(st.just(t.Property("name")), one_of("name")),
    lambda inner: st.builds(t.Folded, FOLDS, inner),
    max_leaves=1,
)
PATTERN = st.one_of(PATTERNS, st.builds(t.Folded, FOLDS, PATTERNS))
KINDS = [
    NUMERIC,
    TEXTUAL,
    st.one_of(st.just(t.Property("open")), one_of("open")),
    st.one_of(st.just(t.Property("built")), one_of("built")),
    st.one_of(st.just(t.Property("seen")), one_of("seen")),
]


def compared(kind: st.SearchStrategy) -> st.SearchStrategy:
    return st.one_of(
        st.builds(t.Comparison, st.sampled_from(t.COMPARE), kind, kind),
        st.builds(t.Between, kind, kind, kind),
        st.builds(t.In, kind, st.lists(kind, min_size=1, max_size=3).map(tuple)),
        st.builds(t.IsNull, kind),
    )


def timely(field: str) -> st.SearchStrategy:
    instant = st.one_of(st.just(t.Property(field)), one_of(field))
    end = st.one_of(st.none(), instant)
    interval = st.builds(t.Interval, end, end).filter(
        lambda found: (
            not (
                type(found.start) is type(found.end) is LITERALS[field]
                and found.start.value > found.end.value
            )
        )
    )
    either = st.one_of(instant, interval)
    return st.one_of(
        st.builds(t.Temporal, st.sampled_from(t.INSTANT_OR_INTERVAL), either, either),
        st.builds(t.Temporal, st.sampled_from(t.TEMPORAL), interval, interval),
        st.builds(t.IsNull, interval),
    )


LEAVES = st.one_of(
    *map(compared, KINDS),
    st.builds(t.Like, TEXTUAL, PATTERN),
    timely("built"),
    timely("seen"),
    st.booleans().map(t.Boolean),
)


def joined(inner: st.SearchStrategy) -> st.SearchStrategy:
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(t.And, parts), st.builds(t.Or, parts), inner.map(t.Not), inner.map(t.IsNull)
    )


TREES = st.recursive(LEAVES, joined, max_leaves=5)
ROW = st.fixed_dictionaries(
    {name: st.one_of(st.none(), st.sampled_from(values)) for name, values in DOMAINS.items()}
)
COUNTER = itertools.count()


def served(folder: Path, layer: Layer, table: pa.Table) -> Any:
    """Return serve.sqlite of a table alone: a whole version takes ten times as long."""
    path = folder / "things" / str(next(COUNTER)) / "serve.sqlite"
    path.parent.mkdir(parents=True)
    write_serve(path, layer, table, geometries(table))
    return open_serve(path)


def ids(page: Any) -> list[str]:
    return [json.loads(fragment)["id"] for fragment in page.fragments]


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(tree=TREES, rows=st.lists(ROW, min_size=1, max_size=6))
def test_every_backend_gives_the_same_features(
    tmp_path, make_layer, make_table, squares, tree, rows
) -> None:
    text = to_text(tree)
    assume(len(text) <= 8_000)
    columns = {name: [row[name] for row in rows] for name in DOMAINS}
    table = make_table(make_layer(), squares(len(rows)), **columns)
    expected = [f"a/{i}" for i, row in enumerate(rows) if plainly(tree, row) is True]
    db = served(tmp_path, make_layer(), table)
    page = db.page(limit=10, filter=parse_text(text))
    assert sorted(ids(page)) == expected
    assert page.matched == len(expected)
    again = parse_json(json.dumps(to_json(tree), default=list, ensure_ascii=False))
    assert db.page(limit=10, filter=again, hits=True).matched == len(expected)
    mask = select(text, table)
    assert [f"a/{i}" for i in mask.nonzero()[0]] == expected
    close_all()


WRONG = st.one_of(
    st.builds(t.Comparison, st.sampled_from(t.COMPARE), TEXTUAL, KINDS[3]),
    st.builds(t.Like, NUMERIC, PATTERN),
    st.builds(t.Comparison, st.just("="), st.just(t.Property("secret")), TEXTUAL),
    st.builds(t.In, KINDS[2], st.tuples(NUMERIC)),
    st.builds(t.Comparison, st.just("="), st.just(t.Property("none")), NUMERIC),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(wrong=WRONG, other=TREES, order=st.booleans())
def test_what_has_no_meaning_is_refused_wherever_it_stands(
    tmp_path, make_layer, make_table, squares, wrong, other, order
) -> None:
    tree = t.Or((other, t.Not(wrong)) if order else (t.Not(wrong), other))
    table = make_table(make_layer(), squares(2))
    db = served(tmp_path, make_layer(), table)
    with pytest.raises(UsageError):
        db.page(limit=10, filter=tree)
    with pytest.raises(MeasureError):
        select(to_text(tree), table.drop_columns(["secret"]))
    close_all()


# ---- limits and hostility -----------------------------------------------------------------------


def test_wide_and_long_filters_are_answered(tmp_path, make_layer, make_table, squares) -> None:
    db = served(tmp_path, make_layer(), make_table(make_layer(), squares(20)))
    one = t.Comparison("=", t.Property("floors"), t.Number(1))
    for tree in (t.Or((one,) * 2_000), t.And((one,) * 2_000)):
        assert db.page(limit=1, filter=tree).matched == 4
    many = parse_text(f"floors IN ({', '.join(map(str, range(1_500)))})")
    assert db.page(limit=1, filter=many).matched == 20
    started = time.process_time()
    assert db.page(limit=1, filter=parse_text("name LIKE '" + "%a" * 3_000 + "b'")).matched == 0
    assert time.process_time() - started < 2


ONE, FLOORS = t.Number(1), t.Property("floors")
SMALL = t.Comparison("<", FLOORS, t.Number(3))
DEEPER: dict[str, Callable[[Any, int], Any]] = {
    "not": lambda tree, i: t.Not(tree),
    "is null": lambda tree, i: t.Or((t.IsNull(tree), SMALL)),
    "left": lambda tree, i: (t.And, t.Or)[i % 2]((tree, SMALL)),
    "right": lambda tree, i: (t.And, t.Or)[i % 2]((SMALL, t.Not(SMALL), tree)),
    "wide": lambda tree, i: (t.And, t.Or)[i % 2]((*(SMALL,) * 11, tree)),
    "sum": lambda tree, i: t.Arithmetic("+", tree, FLOORS),
    "difference": lambda tree, i: t.Arithmetic("-", ONE, tree),
    "remainder": lambda tree, i: t.Arithmetic("%", t.Number(7), tree),
    "power": lambda tree, i: t.Arithmetic("^", tree, ONE),
    "fold": lambda tree, i: t.Folded(("casei", "accenti")[i % 2], tree),
}


@pytest.mark.parametrize("how", DEEPER)
def test_as_deep_as_is_allowed(tmp_path, make_layer, make_table, squares, how: str) -> None:
    values = how in ("sum", "difference", "remainder", "power")
    tree: Any = FLOORS if values else t.Property("name") if how == "fold" else SMALL
    for i in range(96 if how != "is null" else 48):
        tree = DEEPER[how](tree, i)
    if values or how == "fold":
        against = t.Number(0.5) if values else t.Text("nazwa 1")
        tree = t.Or((t.Comparison(">=", tree, against), t.Comparison("=", FLOORS, t.Number(2))))
    table = make_table(make_layer(), squares(10), floors=[*range(-3, 6), None])
    db = served(tmp_path, make_layer(), table)
    rows = [{"floors": f, "name": f"nazwa {i % 3}"} for i, f in enumerate([*range(-3, 6), None])]
    expected = [f"a/{i}" for i, row in enumerate(rows) if plainly(tree, row) is True]
    assert ids(db.page(limit=20, filter=tree)) == expected


INJECTIONS = ["'; DROP TABLE features; --", "' OR 1=1 --", "x') OR (1=1", "c0", "\\", "%", "?",
              "\"; SELECT 1", "${7*7}", "\u2028", "*", "[a-z]*"]  # fmt: skip


@pytest.mark.parametrize("hostile", INJECTIONS)
def test_text_stays_text(tmp_path, make_layer, make_table, squares, hostile: str) -> None:
    names = [hostile, "other", hostile.upper() + "x", None]
    db = served(tmp_path, make_layer(), make_table(make_layer(), squares(4), name=names))
    equal = t.Comparison("=", t.Property("name"), t.Text(hostile))
    for tree in (equal, parse_text(to_text(equal)), t.In(t.Property("name"), (t.Text(hostile),))):
        assert ids(db.page(limit=9, filter=tree)) == ["a/0"]
    escaped = "".join(f"\\{c}" if c in "%_\\" else c for c in hostile)
    assert ids(db.page(limit=9, filter=t.Like(t.Property("name"), t.Text(escaped)))) == ["a/0"]
    with pytest.raises(UsageError):
        db.page(limit=9, filter=t.Comparison("=", t.Property(hostile), t.Number(1)))


def test_an_answer_is_kept_by_its_filter(tmp_path, make_layer, make_table, squares) -> None:
    shot = write_snapshot(
        tmp_path, make_layer(), make_table(make_layer(), squares(200)), source_name="x"
    )
    db, tree = open_serve(shot), parse_text("floors = 1 OR name LIKE '%1'")
    table = read_table(shot)
    expected = [
        key for key, floors, name in zip(*(table.column(c).to_pylist()
                                           for c in ("key", "floors", "name")), strict=True)
        if floors == 1 or name.endswith("1")
    ]  # fmt: skip
    paged = [key for offset in range(0, 200, 30)
             for key in ids(db.page(limit=30, offset=offset, filter=tree))]  # fmt: skip
    assert paged == expected
    other = db.page(limit=1, filter=parse_text("floors = 1 OR name LIKE '%2'")).matched
    assert other == db.page(limit=1, filter=parse_text("floors = 1 OR name LIKE '%2'")).matched
    assert db.page(limit=1, filter=parse_text("open = TRUE")).matched == 100
    with pytest.raises(UsageError):  # 1 is not TRUE, though Python says so
        db.page(limit=1, filter=parse_text("open = 1"))
