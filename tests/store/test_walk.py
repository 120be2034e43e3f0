"""A walk from page to page gives every feature once, in order, whatever is asked."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.errors import TooSlowError
from geo.model.cql2 import parse_text
from geo.store import open_serve, write_snapshot
from geo.store.boxes import FOUND, Area
from geo.store.clock import at_most, look

N = 120
FILTERS = (None, "floors > 1", "name IS NULL OR floors = 2", "height < 5", "TRUE", "floors = 99")


@pytest.fixture(scope="module")
def rows() -> dict[str, list[Any]]:
    """Return columns full of ties and nulls."""
    rng = np.random.default_rng(8)
    names = [None if i % 3 == 0 else f"n{rng.integers(3)}" for i in range(N)]
    floors = [None if i % 7 == 0 else int(rng.integers(4)) for i in range(N)]
    heights = [None if i % 5 == 0 else float(rng.integers(5)) * 2.5 for i in range(N)]
    return {"name": names, "floors": floors, "height": heights}


@pytest.fixture
def serve(tmp_path, make_layer, make_table, squares, rows):
    layer = make_layer()
    table = make_table(layer, squares(N), **rows)
    return open_serve(write_snapshot(tmp_path, layer, table, source_name="x"))


SORTS = st.lists(
    st.tuples(st.sampled_from(["name", "floors", "height", "key", "open"]), st.booleans()),
    max_size=3, unique_by=lambda one: one[0],
)  # fmt: skip


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    sort=SORTS,
    text=st.sampled_from(FILTERS),
    limit=st.integers(1, 50),
    equals=st.sampled_from([{}, {"floors": "2"}, {"name": "n1"}]),
    boxed=st.booleans(),
    cold=st.booleans(),
)
def test_a_walk_gives_every_feature_once_in_order(
    serve, rows, sort, text, limit, equals, boxed, cold
) -> None:
    west, south, east, north = serve.bbox84
    box = Area((west, south, (west + east) / 2, north)) if boxed else None
    tree = parse_text(text) if text else None
    asked = {"sort": sort, "filter": tree, "equals": equals, "area": box}
    whole = serve.page(limit=10_000, **asked)
    keys = [json.loads(one)["id"] for one in whole.fragments]
    assert not whole.more and whole.last is None and whole.matched == len(keys)
    assert keys == ordered(serve, keys, sort)
    walked: list[str] = []
    after, pages = None, 0
    while True:
        page = serve.page(limit=limit, after=after, **asked)
        assert page.matched == whole.matched
        assert len(page) == len(page.fragments) <= limit
        assert b",".join(page.fragments) == page.body() == b"".join(page.parts(3))
        if page.position is not None:
            assert page.position == len(walked)
        walked += [json.loads(one)["id"] for one in page.fragments]
        pages += 1
        if page.last is None:
            break
        after = page.last
        if cold:
            FOUND.clear()  # as another worker that has not seen this question
    assert walked == keys
    # An exact multiple of the page size ends in no empty page.
    assert pages == max(1, -(-len(keys) // limit))


def ordered(serve: Any, keys: list[str], sort: list[tuple[str, bool]]) -> list[str]:
    """Sort as Python does: stable, from the last term to the first, nulls last."""
    stored = [json.loads(one) for one in serve.page(limit=10_000).fragments]
    found = [one["properties"] | {"id": one["id"]} for one in stored if one["id"] in set(keys)]
    for name, down in reversed(sort):
        filled = [one for one in found if one[name] is not None]
        filled = sorted(filled, key=lambda one, name=name: one[name], reverse=down)
        found = filled + [one for one in found if one[name] is None]
    return [one["id"] for one in found]


def test_offset_and_walk_agree(serve) -> None:
    sort = [("floors", True), ("name", False)]
    first = serve.page(limit=30, sort=sort)
    assert serve.page(limit=30, sort=sort, after=first.last).fragments == (
        serve.page(limit=30, sort=sort, offset=30).fragments
    )


def test_an_index_leads_to_the_next_page(serve) -> None:
    """Only the strata that a page reaches into are asked for; none sorts what it does not give."""
    from geo.store.connections import POOL
    from geo.store.order import Order

    order = Order((("c2", True),))
    with POOL.lend(serve.path) as db:
        for conditions, values, clause in order.strata((2,), 5):
            where = " AND ".join(conditions)
            plan = db.execute(
                f"EXPLAIN QUERY PLAN SELECT rid FROM features WHERE {where} ORDER BY {clause}",
                values,
            ).fetchall()
            text = " ".join(row[3] for row in plan)
            # Ties of one value may be sorted, never all that follows.
            assert text.startswith("SEARCH features") and "FOR ORDER BY" not in text, text


def test_what_takes_too_long_is_stopped(serve) -> None:
    slow = "CASEI(name) LIKE '%a%' OR height ^ 3.0 > floors * 2 OR ACCENTI(name) = 'x'"
    with pytest.raises(TooSlowError), at_most(-1.0):
        serve.page(limit=5, filter=parse_text(f"({slow}) AND NOT ({slow})" + f" OR {slow}" * 30))
    with pytest.raises(TooSlowError), at_most(-1.0):
        look()
    with at_most(60):
        assert serve.page(limit=5, filter=parse_text(slow)).matched >= 0
    # The connection works as before, and without a clock nothing is stopped.
    assert serve.page(limit=5).matched == N
    look()


def test_spatial_conditions_are_stopped_between_parts(serve, monkeypatch) -> None:
    monkeypatch.setattr("geo.store.spatial._AT_ONCE", 1)
    west, south, east, north = serve.bbox84
    line = shapely.to_wkt(shapely.LineString([(west, south), (east, north)]), rounding_precision=-1)
    tree = parse_text(f"S_CROSSES(geometry, {line})")
    with pytest.raises(TooSlowError), at_most(-1.0):
        serve.page(limit=5, filter=tree)
    assert serve.page(limit=5, filter=tree).matched >= 0
