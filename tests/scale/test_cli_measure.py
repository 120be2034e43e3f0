"""``geobank measure``: files out, the plan, stop and resume, and a layer of the demo city."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time

import geopandas as gpd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from country import write

from geo.cli import root
from geo.cli.measured import spaced
from geo.flow.streamed import stream
from geo.store import Catalog

AREA = ("--zones", "ZONES", "--by", "kind")


@pytest.fixture
def call(land, tmp_path):
    def run(*words: str, code: int = 0):
        named = [str(land.zones) if word == "ZONES" else word for word in words]
        found = CliRunner().invoke(root, ["measure", *named, "--data", str(tmp_path / "data")])
        assert found.exit_code == code, (found.output, found.exception)
        return found

    return run


def test_it_prints_a_table_and_a_ledger(land, call):
    polish = call(land.plots, *AREA).output
    assert "poza strefami" in polish
    assert "zamyka się" in polish
    assert "bez tego, co leży dalej niż wszystkie strefy: 400 wierszy" in polish
    english = call(land.plots, *AREA, "--lang", "en").output
    assert "closes, relative gap" in english
    assert "outside" in english


def test_every_kind_of_file_says_the_same(land, call, tmp_path):
    files = [tmp_path / f"out.{end}" for end in ("csv", "parquet", "geojson", "json")]
    for file in files:
        call(land.plots, *AREA, "-o", str(file))
    with files[0].open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    values = {(row["zone"], row["kind"] or None): float(row["value"]) for row in rows}
    assert len(values) == 16
    table = pq.read_table(files[1])
    assert values == {(row["zone"], row["kind"]): row["value"] for row in table.to_pylist()}
    told = json.loads(files[3].read_text())
    assert values == {(row["zone"], row["kind"]): row["value"] for row in told["rows"]}
    assert told["ledger"]["closes"]
    frame = gpd.read_file(files[2])
    assert frame.crs.to_epsg() == 4326
    for key, zone in zip(frame["id"], frame["value"], strict=True):
        assert zone == pytest.approx(sum(v for (place, _), v in values.items() if place == key))


def test_a_cell_that_begins_like_a_formula_is_text(land, call, tmp_path):
    some = land.frame.head(60).assign(kind="=1+1")
    some.to_parquet(tmp_path / "formula.parquet")
    call(str(tmp_path / "formula.parquet"), *AREA, "-o", str(tmp_path / "out.csv"))
    assert ",'=1+1," in (tmp_path / "out.csv").read_text()


def test_what_is_explained_is_what_is_read(land, call):
    where = ("--where", "year > 2000")
    plan = json.loads(call(land.plots, *AREA, *where, "--explain", "--json").stdout)["plan"]
    done = json.loads(call(land.plots, *AREA, *where, "--json").stdout)
    parts = {"row_groups": 0, "rows": 0, "bytes": 0}
    for name in ("a.parquet", "b.parquet"):
        with pq.ParquetFile(land.folder / "plots" / name) as file:
            for number in range(file.metadata.num_row_groups):
                group = file.metadata.row_group(number)
                chunks = {group.column(i).path_in_schema: group.column(i)
                          for i in range(group.num_columns)}  # fmt: skip
                if name == "b.parquet" or chunks["year"].statistics.max <= 2000:
                    continue
                parts["row_groups"] += 1
                parts["rows"] += group.num_rows
                parts["bytes"] += sum(
                    chunks[column].total_compressed_size for column in ("kind", "year", "geometry")
                )
    assert (plan["row_groups"], plan["rows"]) == (parts["row_groups"], parts["rows"])
    assert plan["bytes_read"] == parts["bytes"]
    assert plan["filtered_groups"] + plan["beyond_groups"] + plan["row_groups"] == 6
    assert done["rows"] and done["ledger"]["whole"] > 0
    words = call(land.plots, *AREA, *where, "--explain", "--lang", "en").output
    assert "an estimate" in words
    assert f"{spaced(plan['rows'], 'en')} rows" in words
    assert "beyond every zone" in words or "filter cannot be true" in words


def test_nothing_is_left_behind_by_a_run_that_ended(land, call, tmp_path):
    call(land.plots, *AREA)
    assert not list((tmp_path / "data").rglob("*.npz"))


def test_stopped_it_says_what_is_kept_and_resumed_it_reads_only_the_rest(
    land, call, tmp_path, monkeypatch
):
    whole = call(land.plots, *AREA, "--json").stdout
    real, read = stream._summed, []

    def stops(task, part, table, places):
        if len(read) == 3:
            raise KeyboardInterrupt
        read.append(part.group)
        return real(task, part, table, places)

    monkeypatch.setattr(stream, "_summed", stops)
    stopped = call(land.plots, *AREA, code=1)
    assert "Zachowano 3 z 5" in stopped.output
    explained = call(land.plots, *AREA, "--explain").output
    assert "Zachowane z poprzedniego biegu: 3 grupy wierszy" in explained
    again: list[int] = []

    def counts(task, part, table, places):
        again.append(part.group)
        return real(task, part, table, places)

    monkeypatch.setattr(stream, "_summed", counts)
    call(land.plots, "--zones", "ZONES", "--resume", "--json")
    assert len(again) == 5, "another question finds nothing kept"
    again.clear()
    resumed = call(land.plots, *AREA, "--resume", "--json").stdout
    assert again == [3, 4]
    one, other = json.loads(whole), json.loads(resumed)
    assert one["rows"] == other["rows"]
    assert one["ledger"] == other["ledger"]


def test_a_kept_part_that_is_damaged_is_measured_again(land, call, tmp_path, monkeypatch):
    whole = json.loads(call(land.plots, *AREA, "--json").stdout)
    from geo.flow.streamed.kept import Kept

    monkeypatch.setattr(Kept, "discard", lambda self: None)
    call(land.plots, *AREA)
    files = sorted((tmp_path / "data").rglob("*.npz"))
    assert len(files) == 5
    files[0].write_bytes(files[0].read_bytes()[:200])
    files[1].write_bytes(b"")
    resumed = json.loads(call(land.plots, *AREA, "--resume", "--json").stdout)
    assert resumed["rows"] == whole["rows"]


def test_ctrl_c_ends_it_quickly_and_cleanly(land, tmp_path):
    path = tmp_path / "plots.parquet"
    # A part for each feature: the signal comes long before the last, on a busy machine too.
    write(path, land.frame[land.frame.centroid.x < 520_000], 1)
    command = [sys.executable, "-c", "from geo.cli import main; main()", "measure", str(path),
               "--zones", str(land.zones), "--data", str(tmp_path / "data")]  # fmt: skip
    child = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    end = time.monotonic() + 60
    while not list((tmp_path / "data").rglob("*.npz")):
        assert child.poll() is None, child.stderr.read()
        assert time.monotonic() < end
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGINT)
    _, told = child.communicate(timeout=20)
    assert child.returncode == 130, told
    assert "Zachowano" in told
    assert "Traceback" not in told


def test_a_published_layer_is_measured_at_its_version(demo_data, project, call):
    found = CliRunner().invoke(
        root, ["measure", "parcels", "--zones", "districts", "--verb", "count", "--json",
               "--data", str(demo_data)],
    )  # fmt: skip
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    current = Catalog(demo_data).current("parcels")
    assert told["source"] == f"parcels {current.version}"
    assert told["ledger"]["whole"] == current.manifest.features
    assert told["validity_checked"]


def test_a_field_that_is_not_public_is_refused(demo_data, project):
    private = [
        (layer.id, field.name)
        for layer in project.layers.values()
        for field in layer.fields
        if not field.public and Catalog(demo_data).current(layer.id)
    ]
    assert private
    layer, field = private[0]
    found = CliRunner().invoke(
        root, ["measure", layer, "--zones", "districts", "--verb", "sum", "--field", field,
               "--data", str(demo_data)],
    )  # fmt: skip
    assert found.exit_code != 0
    assert "not public" in str(found.exception)


def test_what_is_asked_wrongly_says_how(land, call, tmp_path):
    for words, says in (
        ((land.plots,), "in which zones"),
        ((land.plots, "--zones", "nowhere"), "there are no zones"),
        (("nothing.parquet", "--zones", "ZONES"), "there is no"),
        ((land.plots, "--zones", "grid:0.1"), "side of at least"),
        ((land.plots, "--zones", "h3:99"), "resolutions 0 to 15"),
        ((land.plots, *AREA, "-o", "out.xlsx"), "cannot be written"),
        ((land.plots, *AREA, "--where", "kind ="), ""),
    ):
        named = [str(land.zones) if word == "ZONES" else word for word in words]
        found = CliRunner().invoke(root, ["measure", *named, "--data", str(tmp_path)])
        assert found.exit_code != 0
        assert says in str(found.exception)


def test_numbers_are_written_as_the_language_writes_them():
    assert (spaced(1234.56), spaced(12.5), spaced(1234)) == ("1\u202f234,6", "12,5", "1\u202f234")
    assert (spaced(1234.56, "en"), spaced(0.25, "en")) == ("1,234.6", "0.25")
