"""What a plan knows from footers alone: parts, bytes, extents, and what may be skipped."""

from __future__ import annotations

import sys

import fsspec
import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import CRSMismatchError, MeasureError, NotFoundError, UsageError
from geo.flow.statistics import impossible
from geo.flow.streamed.partitions import range_of, read_plan
from geo.flow.streamed.storage import opened, paths
from geo.measure.where import select
from geo.model.cql2 import lowered, parse_text


def filtered(text):
    return lowered(parse_text(text))


def test_a_folder_is_its_row_groups_in_order(land):
    plan = read_plan(land.plots, ["kind"], None)
    assert [(part.name, part.group) for part in plan.parts] == [
        *(("a.parquet", group) for group in range(5)),
        ("b.parquet", 0),
    ]
    assert sum(part.rows for part in plan.parts) == len(land.frame)
    assert (plan.family, plan.geometry) == ("polygon", "geometry")
    assert plan.extent == pytest.approx(tuple(land.frame.total_bounds))
    with pq.ParquetFile(plan.parts[0].file) as file:
        group = file.metadata.row_group(0)
        sizes = {group.column(i).path_in_schema: group.column(i) for i in range(group.num_columns)}
    read = sizes["kind"].total_compressed_size + sizes["geometry"].total_compressed_size
    assert plan.parts[0].bytes_read == read


def test_a_pattern_a_file_and_memory_are_sources_too(land):
    assert len(paths(f"{land.plots}/*.parquet")) == 2
    assert len(paths(f"{land.plots}/a.parquet")) == 1
    store = fsspec.filesystem("memory")
    store.pipe("/partitions/a.parquet", (land.folder / "plots" / "a.parquet").read_bytes())
    try:
        plan = read_plan("memory://partitions", ["kind"], None)
        local = read_plan(f"{land.plots}/a.parquet", ["kind"], None)
        assert plan.parts[0].file.startswith("memory://")
        assert plan.digest == local.digest
        with opened(plan.parts[0].file, plan.parts[0].footer) as file:
            assert file.read_row_group(0).num_rows == local.parts[0].rows
    finally:
        store.rm("/partitions", recursive=True)


def test_local_files_need_no_fsspec(land, monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec", None)
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    plan = read_plan(land.plots, [], None)
    with opened(plan.parts[0].file, plan.parts[0].footer) as file:
        assert file.num_row_groups == 5
    with pytest.raises(UsageError, match="cannot be opened"):
        read_plan("memory://partitions", [], None)


def test_row_groups_beyond_the_zones_are_skipped(land):
    plan = read_plan(land.plots, [], None).within(tuple(land.gminas.total_bounds))
    assert [part.name for part in plan.skipped("place")] == ["b.parquet"]
    for part in plan.skipped("place"):
        with opened(part.file) as file:
            box = file.read_row_group(part.group, columns=["bbox"]).column("bbox").combine_chunks()
        assert box.field("xmin").to_numpy().min() > land.gminas.total_bounds[2]


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("year < 1900", 0), ("year >= 1900", 6), ("1900 > year", 0), ("year BETWEEN 1 AND 2", 0),
        ("kind = 'ZZ'", 0), ("kind IN ('AA', 'ZZ')", 0), ("kind IN ('AA', 'MN')", 6),
        ("year < 1900 OR kind = 'MN'", 6), ("year < 1900 AND kind = 'MN'", 0),
        ("year IS NULL", 0), ("people IS NULL", 6), ("NOT year < 1900", 6),
    ],
)  # fmt: skip
def test_row_groups_that_cannot_pass_a_filter_are_skipped(land, where, kept):
    plan = read_plan(land.plots, ["year", "kind", "people"], filtered(where))
    assert len(plan.chosen) == kept


def test_a_sorted_column_lets_only_its_row_groups_be_read(land):
    plan = read_plan(land.plots, ["year"], filtered("year > 2015"))
    assert 0 < len(plan.chosen) < len(plan.parts)
    for part in plan.skipped("filter"):
        with opened(part.file) as file:
            years = file.read_row_group(part.group, columns=["year"]).column("year")
        assert max(years.to_pylist()) <= 2015


LITERALS = st.one_of(st.integers(-3, 3), st.sampled_from([-1.5, 0.5, 2.0]))
LEAVES = st.one_of(
    st.tuples(st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), LITERALS).map(
        lambda pair: f"x {pair[0]} {pair[1]}"
    ),
    st.tuples(LITERALS, st.sampled_from(["<", ">=", "="])).map(lambda p: f"{p[0]} {p[1]} x"),
    st.just("x IS NULL"),
    st.just("x IS NOT NULL"),
    st.lists(LITERALS, min_size=1, max_size=3).map(
        lambda some: f"x IN ({', '.join(map(str, some))})"
    ),
    st.tuples(LITERALS, LITERALS).map(lambda pair: f"x BETWEEN {pair[0]} AND {pair[1]}"),
)
FILTERS = st.recursive(
    LEAVES,
    lambda more: st.one_of(
        st.tuples(more, more).map(lambda pair: f"({pair[0]} AND {pair[1]})"),
        st.tuples(more, more).map(lambda pair: f"({pair[0]} OR {pair[1]})"),
        more.map(lambda one: f"NOT ({one})"),
    ),
    max_leaves=5,
)
VALUES = st.lists(
    st.one_of(st.none(), st.integers(-3, 3), st.sampled_from([0.5, float("nan")])),
    min_size=1,
    max_size=6,
)


@given(where=FILTERS, values=VALUES)
def test_what_is_skipped_has_no_row_that_passes(where, values):
    column = pa.array(values, pa.float64())
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"x": column}), sink)
    group = pq.ParquetFile(pa.BufferReader(sink.getvalue())).metadata.row_group(0)
    ranges = {"x": range_of(group.column(0), len(values))}
    if impossible(filtered(where), ranges):
        assert not select(where, pa.table({"x": column})).any()


def test_what_cannot_be_measured_is_refused_before_any_work(land, tmp_path):
    with pytest.raises(NotFoundError):
        read_plan(str(tmp_path / "no.parquet"), [], None)
    with pytest.raises(UsageError, match="no column 'colour'"):
        read_plan(land.plots, ["colour"], None)
    with pytest.raises(UsageError, match="cannot be opened"):
        read_plan("nonsense://a/b.parquet", [], None)
    land.frame.head(9).to_crs(4326).to_parquet(tmp_path / "degrees.parquet")
    with pytest.raises(CRSMismatchError, match="not in EPSG:2180"):
        read_plan(str(tmp_path / "degrees.parquet"), [], None)
    pq.write_table(pa.table({"a": [1]}), tmp_path / "plain.parquet")
    with pytest.raises(MeasureError, match="not GeoParquet"):
        read_plan(str(tmp_path / "plain.parquet"), [], None)
    (tmp_path / "text.parquet").write_text("no parquet at all, but long enough to look")
    with pytest.raises(MeasureError, match="no Parquet file"):
        read_plan(str(tmp_path / "text.parquet"), [], None)
    lines = gpd.GeoDataFrame(geometry=land.frame.head(3).boundary, crs=2180)
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    lines.to_parquet(mixed / "a.parquet")
    land.frame.head(3).to_parquet(mixed / "b.parquet")
    with pytest.raises(MeasureError, match="different kinds"):
        read_plan(str(mixed), [], None)


def test_a_file_that_was_changed_since_the_plan_is_not_read(land, tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes((land.folder / "plots" / "a.parquet").read_bytes())
    part = read_plan(str(path), [], None).parts[0]
    path.write_bytes((land.folder / "plots" / "b.parquet").read_bytes())
    with pytest.raises(MeasureError, match="not the one"), opened(part.file, part.footer):
        pass
