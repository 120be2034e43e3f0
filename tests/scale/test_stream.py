"""Many parts, one answer: that of an overlay, closed, and the same bits however it is made."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest

from geo.errors import LimitExceededError, MeasureError, UsageError
from geo.flow.streamed import stream
from geo.flow.streamed.job import Job, job
from geo.measure import forms
from geo.measure.streamed.partial import Question, joined, partial


def planned(land, question, source=None, zones=None, **more):
    return job(
        question, source or land.plots, zones or str(land.zones), project=None,
        root=land.folder / "data", **more,
    )  # fmt: skip


def run(some: Job, tmp_path, threads=0, **more):
    return stream.measure(
        some.task(threads), some.given, some.ready(), some.kept(tmp_path, resume=False), **more
    )


def same(one, other):
    assert one.labels == other.labels
    assert one.values.tobytes() == other.values.tobytes()
    assert one.totals.tobytes() == other.totals.tobytes()
    assert one.entry == other.entry


def overlay(land, where="index >= 0") -> gpd.GeoDataFrame:
    some = land.frame.query(where)
    cut = gpd.overlay(some, land.gminas.rename(columns={"id": "zone"}), how="intersection")
    return cut.assign(area=cut.area, kind=cut["kind"].fillna("-"))


def test_area_by_class_is_that_of_an_overlay(land, tmp_path):
    whole = run(planned(land, Question("area", by="kind")), tmp_path)
    theirs = overlay(land).groupby(["zone", "kind"])["area"].sum()
    assert whole.labels == ("KD", "MN", "ZP", None)
    for place, zone in enumerate(land.gminas["id"]):
        for column, label in enumerate(whole.labels):
            assert whole.values[place, column] == pytest.approx(
                theirs[zone, label or "-"], rel=1e-10
            )
    near = land.frame[land.frame.centroid.x < 520_000]
    assert whole.entry.whole == pytest.approx(near.area.sum(), rel=1e-13)
    assert whole.entry.outside > 0
    assert whole.entry.gap <= 1e-12
    assert whole.read == whole.taken == len(near)


def test_a_filter_takes_the_same_features_as_pandas(land, tmp_path):
    question = Question("area", where="kind = 'MN' AND year >= 1980")
    whole = run(planned(land, question), tmp_path)
    theirs = overlay(land, "kind == 'MN' and year >= 1980").groupby("zone")["area"].sum()
    theirs = theirs.reindex(land.gminas["id"], fill_value=0.0)
    assert whole.totals == pytest.approx(theirs.to_numpy(), rel=1e-10)
    assert whole.taken < whole.read < len(land.frame)


@pytest.mark.parametrize("verb", ["count", "sum", "mean"])
def test_features_are_counted_where_a_point_on_them_lies(land, tmp_path, verb):
    question = Question(verb, field="" if verb == "count" else "people", by="kind")
    whole = run(planned(land, question), tmp_path)
    points = land.frame.assign(geometry=land.frame.representative_point())
    held = points.sjoin(land.gminas.rename(columns={"id": "zone"}), predicate="within")
    groups = held.assign(kind=held["kind"].fillna("-")).groupby(["zone", "kind"])["people"]
    theirs = (groups.size() if verb == "count" else groups.agg(verb)).astype(float)
    for place, zone in enumerate(land.gminas["id"]):
        for column, label in enumerate(whole.labels):
            assert whole.values[place, column] == pytest.approx(theirs[zone, label or "-"])
    assert whole.entry.gap <= 1e-12
    if verb != "count":
        near = land.frame[land.frame.centroid.x < 520_000]
        assert whole.entry.missing == near["people"].isna().sum()
        assert whole.entry.whole == near["people"].sum()


def test_where_no_feature_has_a_value_there_is_none(land, tmp_path):
    some = land.frame.head(500).assign(people=None)
    some["people"] = some["people"].astype("Int64")
    some.to_parquet(tmp_path / "none.parquet")
    for verb in ("sum", "mean"):
        question = Question(verb, field="people")
        whole = run(planned(land, question, str(tmp_path / "none.parquet")), tmp_path)
        assert np.isnan(whole.totals[whole.totals != 0]).any()
        assert whole.entry.missing == 500


@pytest.mark.parametrize("verb", ["area", "count", "sum"])
def test_the_same_bits_for_any_threads_order_and_batches(land, tmp_path, monkeypatch, verb):
    question = Question(verb, "people" if verb == "sum" else "", "kind")
    some = planned(land, question)
    once = run(some, tmp_path, 1)
    same(once, run(some, tmp_path, 2))
    monkeypatch.setattr(stream, "BATCH", 130)
    same(once, run(some, tmp_path))
    monkeypatch.undo()
    places, task = some.ready(), some.task()
    parts = [stream.measured(task, part, places) for part in some.given.chosen]
    for seed in range(3):
        rng = np.random.default_rng(seed)
        mixed = [parts[i] for i in rng.permutation(len(parts))]
        cut = int(rng.integers(1, len(mixed)))
        halves = [joined(question, places, mixed[:cut]), joined(question, places, mixed[cut:])]
        sums = stream.Sums(question, places)
        for half in halves:
            sums.add(half)
        same(once, sums.whole())


def test_the_same_bits_for_any_partition_of_the_rows(land, tmp_path):
    question = Question("area", by="kind")
    rng = np.random.default_rng(3)
    near = land.frame[land.frame.centroid.x < 520_000]
    from country import write

    for number, group in enumerate((37, 1000, 100_000)):
        folder = tmp_path / str(number)
        write(folder / "all.parquet", near.iloc[rng.permutation(len(near))], group)
    wholes = [
        stream.measure(
            some.task(), some.given, planned(land, question).ready(),
            some.kept(tmp_path, resume=False),
        )
        for some in (planned(land, question, str(tmp_path / str(i))) for i in range(3))
    ]  # fmt: skip
    same(wholes[0], wholes[1])
    same(wholes[0], wholes[2])


def test_squares_and_hexagons_are_zones_too(land, tmp_path):
    near = f"{land.plots}/a.parquet"
    for zones in ("grid:250", "h3:9"):
        some = planned(land, Question("area"), near, zones)
        whole = run(some, tmp_path)
        assert len(some.places.ids) > 10
        assert whole.entry.outside == pytest.approx(0.0, abs=1e-3)
        assert whole.totals.sum() == pytest.approx(whole.entry.whole, rel=1e-9)


def test_what_has_no_meaning_is_refused(land, tmp_path):
    with pytest.raises(UsageError, match="needs a field"):
        planned(land, Question("sum"))
    with pytest.raises(UsageError, match="takes no field"):
        planned(land, Question("area", field="people"))
    with pytest.raises(MeasureError, match="lines"):
        planned(land, Question("length"))
    with pytest.raises(MeasureError, match="no numbers"):
        run(planned(land, Question("sum", field="kind")), tmp_path)


def test_a_key_is_no_class(land, tmp_path):
    with pytest.raises(LimitExceededError, match="classes"):
        run(planned(land, Question("area", by="id")), tmp_path)


def test_what_cannot_be_measured_is_named_by_file_row_group_and_row(land, tmp_path):
    bow = land.frame.head(40).copy()
    import shapely

    bow.loc[17, "geometry"] = shapely.Polygon([(500_000, 270_000), (500_010, 270_010),
                                               (500_010, 270_000), (500_000, 270_012)])  # fmt: skip
    bow.to_parquet(tmp_path / "bow.parquet")
    source = str(tmp_path / "bow.parquet")
    with pytest.raises(MeasureError, match=r"not valid \(Self-intersection") as found:
        run(planned(land, Question("area"), source, checked=True), tmp_path)
    assert found.value.where == "bow.parquet, row group 0, geometry, row 17"
    bow.loc[17, "geometry"] = None
    bow.to_parquet(tmp_path / "bow.parquet")
    with pytest.raises(MeasureError, match="missing") as found:
        run(planned(land, Question("area"), source), tmp_path)
    assert "bow.parquet, row group 0" in found.value.where


def test_a_partial_of_no_rows_is_nothing(land):
    some = planned(land, Question("area", by="kind"))
    with stream.opened(some.given.parts[0].file) as file:
        table = file.read_row_group(0, columns=list(some.given.columns)).slice(0, 0)
    found = partial(some.question, table, "geometry", some.ready())
    assert (found.labels, found.read, found.taken) == ((), 0, 0)


def test_without_numba_shapely_gives_the_same_numbers(land, tmp_path, monkeypatch):
    for question in (Question("area", by="kind"), Question("mean", "people", "kind")):
        monkeypatch.setattr(forms, "VERTICES", 0)
        some = planned(land, question)
        assert some.form == "compiled"
        fast = run(some, tmp_path)
        monkeypatch.setattr(forms, "compiled_here", lambda: False)
        assert some.form == "plain"
        plain = run(some, tmp_path)
        monkeypatch.undo()
        assert plain.values == pytest.approx(fast.values, rel=1e-9)
        assert plain.entry.outside == pytest.approx(fast.entry.outside, rel=1e-9)
        assert plain.entry.gap <= 1e-9
