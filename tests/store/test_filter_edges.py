"""Where SQL, Arrow and CQL2 would each do otherwise, a filter means one thing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from geo.measure.where import select
from geo.model.cql2 import parse_text
from geo.store import geometries, open_serve
from geo.store.servefile import write_serve

MOMENTS = [datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 0, 0, 1, UTC)]
LARGE = 2**53
EDGES: list[tuple[str, dict[str, Any], bool]] = [
    # A whole number is not rounded to a float before it is compared...
    (f"height = {LARGE + 1}", {"height": float(LARGE)}, False),
    (f"height IN ({LARGE + 1}, 5)", {"height": float(LARGE)}, False),
    (f"floors > {LARGE}.0", {"floors": LARGE + 1}, True),
    ("floors > height", {"floors": LARGE + 1, "height": float(LARGE)}, True),
    # ... but arithmetic is in double precision, with whole numbers too.
    (f"floors + 0 = {LARGE}", {"floors": LARGE + 1}, True),
    ("floors / (floors - 2) = 1.4", {"floors": 7}, True),
    ("floors * floors = 85070591730234615847396907784232501249.0", {"floors": 2**63 - 1}, True),
    ("floors * floors = 4611686022722355201", {"floors": 2**31 + 1}, False),
    ("-7 div floors = -3 AND -7 % floors = -1", {"floors": 2}, True),
    ("(1 / floors = 1) IS NULL AND (1 % floors = 1) IS NULL", {"floors": 0}, True),
    # An instant with decimals comes after the whole second.
    ("seen > TIMESTAMP('2026-01-01T00:00:00Z')", {"seen": MOMENTS[1]}, True),
    ("seen < TIMESTAMP('2026-01-01T00:00:00.000001Z')", {"seen": MOMENTS[0]}, True),
    ("seen BETWEEN TIMESTAMP('2026-01-01T00:00:00Z') AND TIMESTAMP('2026-01-01T00:00:00.5Z')",
     {"seen": MOMENTS[1]}, True),
    # LIKE knows upper from lower case, and its wildcards are no others.
    ("name LIKE 'łąka'", {"name": "Łąka"}, False),
    ("name LIKE 'a*b' OR name LIKE 'a?[b' OR name LIKE 'a[?][[]b'", {"name": "a?[c"}, False),
    (r"name LIKE '%\\\\new'", {"name": "C:\\new"}, True),
    ("name LIKE '_'", {"name": "🏙"}, True),
    ("CASEI(name) = CASEI('STRASSE')", {"name": "straße"}, True),
    # What is unknown stays unknown.
    ("NOT (name = 'a')", {"name": None}, False),
    ("NOT (name = 'a' AND floors = 1)", {"name": None, "floors": 2}, True),
    ("NOT (floors IN (1, height))", {"floors": 2, "height": None}, False),
    ("NOT (floors BETWEEN 5 AND height)", {"floors": 2, "height": None}, False),
    ("(name = 'a') IS NULL", {"name": None}, True),
]  # fmt: skip


@pytest.mark.parametrize(("text", "row", "wanted"), EDGES)
def test_edges(
    tmp_path, make_layer, make_table, squares, text: str, row: dict[str, Any], wanted: bool
) -> None:
    table = make_table(make_layer(), squares(1), **{name: [value] for name, value in row.items()})
    path = tmp_path / "things" / "1" / "serve.sqlite"
    path.parent.mkdir(parents=True)
    write_serve(path, make_layer(), table, geometries(table))
    db = open_serve(path)
    assert db.page(limit=1, filter=parse_text(text)).matched == wanted
    assert select(text, table).tolist() == [wanted]
