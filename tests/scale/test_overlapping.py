"""Ground counted once over many row groups: that of a union, by the same rule as a card's."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from country import write
from test_stream import planned, run, same

from geo.errors import MeasureError, UsageError
from geo.flow.streamed import overlapping, stream
from geo.measure.overlaps import once
from geo.measure.streamed.question import Question

ONCE = Question("area", by="kind", once=True, key="id")


def stars(count: int, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Return rings with bulges around random spots, some of them twice, ids in no order."""
    middle = rng.uniform((500_000, 270_000), (501_150, 271_000), (count, 1, 2))
    turn = np.linspace(0, 2 * np.pi, 13)[:-1]
    reach = rng.uniform(10, 60, (count, 12))
    ring = middle + np.stack((reach * np.cos(turn), reach * np.sin(turn)), axis=2)
    shapes = shapely.polygons(ring)
    shapes[-9:] = shapes[:9]
    return gpd.GeoDataFrame(
        {
            "id": rng.permutation([f"p{i:05d}" for i in range(count)]),
            "kind": rng.choice(np.array(["KD", "MN", None], dtype=object), count),
            "people": gpd.pd.array([1] * count, dtype="Int64"),
            "year": range(count),
        },
        geometry=shapes,
        crs=2180,
    )


@pytest.fixture(scope="module")
def heap(tmp_path_factory):
    rng = np.random.default_rng(2)
    frame = stars(700, rng)
    folder = tmp_path_factory.mktemp("heap")
    order = frame.hilbert_distance().argsort()
    write(folder / "one.parquet", frame, 700)
    write(folder / "near.parquet", frame.iloc[order], 60)
    write(folder / "mixed" / "a.parquet", frame.iloc[rng.permutation(700)[:300]], 45)
    rest = frame[~frame["id"].isin(gpd.read_parquet(folder / "mixed" / "a.parquet")["id"])]
    write(folder / "mixed" / "b.parquet", rest, 33)
    return folder, frame


def answer(land, source, tmp_path, question=ONCE, **more):
    return run(planned(land, question, str(source), **more), tmp_path)


def test_it_is_the_ground_of_a_union(land, heap, tmp_path):
    folder, frame = heap
    found = answer(land, folder / "near.parquet", tmp_path)
    union = shapely.union_all(frame.geometry.to_numpy())
    theirs = shapely.area(shapely.intersection(land.gminas.geometry.to_numpy(), union))
    assert found.totals == pytest.approx(theirs, rel=1e-9)
    assert found.entry.closes
    assert found.entry.whole == pytest.approx(frame.area.sum(), rel=1e-12)
    assert found.entry.counted_away == pytest.approx(frame.area.sum() - union.area, rel=1e-9)
    assert found.entry.counted_away > 0.3 * frame.area.sum()


def test_the_smallest_key_keeps_shared_ground_for_its_class(land, heap, tmp_path):
    folder, frame = heap
    found = answer(land, folder / "mixed", tmp_path)
    held = once(frame.geometry.to_numpy(), frame["id"].tolist())
    for column, label in enumerate(found.labels):
        mine = frame["kind"].isna() if label is None else frame["kind"] == label
        for place, zone in enumerate(land.gminas.geometry):
            ground = shapely.area(shapely.intersection(held.geometries[mine.to_numpy()], zone))
            assert found.values[place, column] == pytest.approx(ground.sum(), rel=1e-9)


@pytest.mark.parametrize("key", ["id", ""])
def test_the_same_bits_however_the_rows_are_parted(land, heap, tmp_path, monkeypatch, key):
    folder, _ = heap
    question = Question("share_of_area", by="kind", once=True, key=key)
    places = planned(land, question, str(folder / "one.parquet")).ready()
    wholes = []
    for name, block in (("one.parquet", 65_536), ("near.parquet", 37), ("mixed", 16)):
        monkeypatch.setattr(overlapping, "BLOCK", block)
        monkeypatch.setattr(stream, "BATCH", 23)
        some = planned(land, question, str(folder / name))
        kept = some.kept(tmp_path, resume=False)
        wholes.append(stream.measure(some.task(), some.given, places, kept))
    same(wholes[0], wholes[1])
    same(wholes[0], wholes[2])
    assert wholes[0].ledger == wholes[1].ledger == wholes[2].ledger


def test_a_filter_takes_features_before_they_hold_ground(land, heap, tmp_path):
    folder, frame = heap
    question = Question("area", where="kind = 'MN'", once=True)
    found = answer(land, folder / "near.parquet", tmp_path, question)
    union = shapely.union_all(frame[frame["kind"] == "MN"].geometry.to_numpy())
    theirs = shapely.area(shapely.intersection(land.gminas.geometry.to_numpy(), union))
    assert found.totals == pytest.approx(theirs, rel=1e-9)


def test_what_lies_beyond_the_zones_holds_its_ground_all_the_same(land, tmp_path):
    """A row group that no zone meets is not measured, but its features may have smaller keys."""
    shapes = [shapely.box(500_100, 270_100, 500_200, 270_200), shapely.box(0, 0, 1, 1)]
    shapes[1] = shapely.box(500_150, 270_100, 502_000, 270_200)
    frame = gpd.GeoDataFrame(
        {"id": ["b", "a"], "kind": ["MN", "KD"], "people": [1, 1], "year": [1, 2]},
        geometry=shapes, crs=2180,
    )  # fmt: skip
    write(tmp_path / "two.parquet", frame, 1)
    strip = shapely.box(500_100, 270_100, 500_149, 270_200)
    zones = gpd.GeoDataFrame({"id": ["z"]}, geometry=[strip], crs=2180)
    zones.to_parquet(tmp_path / "zones.parquet")
    some = planned(land, ONCE, str(tmp_path / "two.parquet"), str(tmp_path / "zones.parquet"))
    assert len(some.given.chosen) == 1
    assert len(some.given.skipped("place")) == 1
    found = run(some, tmp_path)
    assert found.entry.counted_away == pytest.approx(50 * 100)
    assert found.totals[0] == pytest.approx(49 * 100)


def test_files_that_do_not_say_where_their_rows_lie_are_refused(land, heap, tmp_path):
    folder, frame = heap
    frame.to_parquet(tmp_path / "no.parquet", row_group_size=100)
    with pytest.raises(MeasureError, match="do not say where") as found:
        planned(land, ONCE, str(tmp_path / "no.parquet"))
    assert "covering box" in found.value.fix
    frame.to_parquet(tmp_path / "one.parquet")
    alone = answer(land, tmp_path / "one.parquet", tmp_path)
    same(alone, answer(land, folder / "one.parquet", tmp_path))


def test_the_plan_counts_what_is_read_again(land, heap):
    from geo.flow.streamed.cost import cost

    folder, frame = heap
    near, one = (
        planned(land, ONCE, str(folder / name)) for name in ("near.parquet", "one.parquet")
    )
    told = cost(near)
    bounds = [part.extent for part in near.given.parts]
    boxes = shapely.box(*np.array(bounds).T)
    meets = sum(int(shapely.intersects(box, boxes).sum()) - 1 for box in boxes)
    assert told.again_groups == meets > len(bounds)
    assert told.again_bytes > told.bytes_read
    assert told.rows == len(frame)
    assert cost(one).again_groups == 0


def test_a_key_must_go_with_overlaps():
    from geo.cli.asking import question

    choices = dict.fromkeys(
        ("measure", "index", "statistic", "distance"), None
    ) | dict.fromkeys(("field", "by", "where", "weight", "over", "over_where", "to", "to_where",
                       "classes"), "")  # fmt: skip
    with pytest.raises(UsageError, match="share ground"):
        question({**choices, "verb": "area", "overlaps": "each", "key": "id"})
