"""Any question, in any parts: the same bits, and the answer of all rows at once."""

from __future__ import annotations

import drawing
import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import LimitExceededError, MeasureError
from geo.measure.streamed import fixed, matrix
from geo.measure.streamed.partial import Sums, joined, partial
from geo.measure.streamed.question import Over, Question, own_area, settled

KINDS = np.array(["a", "b", "c", None], object)
SEEDS = st.integers(0, 2**32 - 1)
QUESTIONS = st.sampled_from(
    [
        Question("area", by="kind"),
        Question("share_of_area", by="kind", names=("b", "a", "z")),
        Question("density", "size", weight="heavy"),
        Question("ratio", "size", "kind", "heavy > 2", over=Over("area", where="heavy < 7")),
        Question("mean", "$area", "kind"),
        Question("median", "size", "kind", weight="heavy"),
        Question("share_by_class", by="kind", where='"$area" > 900'),
        Question("diversity", by="kind", index="simpson"),
        Question("nearest", by="kind", far=True, weight="heavy"),
        Question("nearest", far=True, statistic="max"),
        Question("share_within", far=True, distance=60.0),
    ]
)


def rows(count, rng) -> pa.Table:
    shapes = drawing.stars(count, 900.0, 90, rng)
    size = np.where(rng.random(count) < 0.2, np.nan, rng.uniform(0, 9, count))
    return pa.table(
        {
            "kind": pa.array(rng.choice(KINDS, count), pa.string()),
            "size": pa.array(size, pa.float64(), from_pandas=True),
            "heavy": pa.array(rng.uniform(0, 9, count)),
            "geometry": pa.array(shapely.to_wkb(shapes), pa.binary()),
        }
    )  # fmt: skip


@settings(deadline=None, max_examples=80)
@given(SEEDS, QUESTIONS, st.integers(0, 40), st.integers(1, 6), st.booleans())
def test_order_and_parts_change_no_bit(seed, question, count, parts, overlapping):
    rng = np.random.default_rng(seed)
    zones = drawing.jittered(3, 3, 300.0, rng)
    if overlapping:
        zones = drawing.stars(5, 700.0, 300, rng)
    places = matrix.places(zones, targets=drawing.stars(6, 900.0, 40, rng))
    asked, table = settled(question, "polygon"), rows(count, rng)
    whole = joined(asked, places, [partial(asked, table, "geometry", places)])
    mixed = table.take(pa.array(rng.permutation(count), pa.int64()))
    edges = np.sort(rng.integers(0, count + 1, parts - 1)).tolist()
    starts, ends = [0, *edges], [*edges, count]
    made = [
        partial(asked, mixed.slice(a, b - a), "geometry", places)
        for a, b in zip(starts, ends, strict=True)
    ]
    rng.shuffle(made)
    half = len(made) // 2
    sums = Sums(asked, places)
    for each in (joined(asked, places, made[:half]), joined(asked, places, made[half:])):
        sums.add(each)
    once = Sums(asked, places)
    once.add(whole)
    one, other = once.whole(), sums.whole()
    assert one.labels == other.labels
    for name in ("values", "status", "above", "below"):
        mine, theirs = getattr(one.table, name), getattr(other.table, name)
        assert (mine is None) == (theirs is None)
        assert mine is None or mine.tobytes() == theirs.tobytes()
    assert one.ledger == other.ledger
    assert all(entry.closes for entry in one.ledger)
    assert (one.read, one.taken) == (other.read, other.taken)


def test_sums_of_a_million_cells_do_not_run_over():
    """Limbs are below 2**40: a million zones of a thousand classes would pass 63 bits at once."""
    full = np.full((2_000, 1_000, fixed.LIMBS), (1 << fixed.BITS) - 1, dtype=np.int64)
    full[..., -1] = 0
    added = matrix._added(matrix._added(full, 1), 0)
    whole = sum(int(limb) << (fixed.BITS * at) for at, limb in enumerate(added.tolist()))
    one = sum(((1 << fixed.BITS) - 1) << (fixed.BITS * at) for at in range(fixed.LIMBS - 1))
    assert whole == one * 2_000_000


def test_the_gap_is_the_same_in_any_order_of_classes():
    rng = np.random.default_rng(8)
    shapes = drawing.stars(40, 900.0, 90, rng)
    blobs = pa.array(shapely.to_wkb(shapes), pa.binary())
    zones = drawing.stars(5, 700.0, 300, rng)
    found = matrix.partial("area", blobs, np.arange(40), 40, matrix.places(zones))
    gaps = {found.spread(rng.permutation(40), 40).closes() for _ in range(50)}
    assert len(gaps) == 1


def test_a_missing_geometry_is_named_by_its_row():
    table = rows(5, np.random.default_rng(1))
    blobs = table.column("geometry").to_pylist()
    blobs[3] = None
    table = table.set_column(3, "geometry", pa.array(blobs, pa.binary()))
    asked = settled(Question("count", where='"$area" > 0'), "polygon")
    places = matrix.places(drawing.jittered(2, 2, 300.0, np.random.default_rng(2)))
    with pytest.raises(MeasureError, match="missing or empty") as found:
        partial(asked, table, "geometry", places)
    assert found.value.where == "geometry, row 3"


def test_classes_that_are_not_listed_count_as_none():
    table = rows(30, np.random.default_rng(3))
    bounds = shapely.total_bounds(shapely.from_wkb(table.column("geometry").to_pylist()))
    places = matrix.places(np.array([shapely.box(*bounds)]))
    asked = settled(Question("count", by="kind", names=("b", "z")), "polygon")
    sums = Sums(asked, places)
    sums.add(partial(asked, table, "geometry", places))
    whole = sums.whole()
    assert whole.labels == ("b", "z", None)
    kinds = table.column("kind").to_pylist()
    assert whole.table.values[-1].tolist() == [kinds.count("b"), 0, 30 - kinds.count("b"), 30]
    assert whole.entry.unclassified == 30 - kinds.count("b")


def test_a_key_is_no_class(monkeypatch):
    from geo.measure.streamed import batch

    monkeypatch.setattr(batch, "limit", lambda name: 2)
    asked = settled(Question("count", by="kind"), "polygon")
    places = matrix.places(drawing.jittered(2, 2, 900.0, np.random.default_rng(2)))
    with pytest.raises(LimitExceededError, match="more than 2 classes"):
        partial(asked, rows(30, np.random.default_rng(3)), "geometry", places)


def test_a_name_within_quotes_is_left_alone():
    assert own_area("$area > 5 AND a = '$area' AND \"$area\" < 9") == (
        '"$area" > 5 AND a = \'$area\' AND "$area" < 9'
    )
