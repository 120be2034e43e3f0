"""Which form answers follows from the plan alone, and both give the same numbers."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import geopandas as gpd
import numpy as np
import pytest
import shapely
from click.testing import CliRunner
from test_stream import planned, run

from geo.cli import root
from geo.flow.streamed import stream
from geo.flow.streamed.cost import cost
from geo.measure import engine, forms
from geo.measure.forms import Work
from geo.measure.streamed.question import Over, Question

QUESTIONS = [
    Question("area", by="kind"),
    Question("area", once=True, key="id", by="kind"),
    Question("share_of_area", by="kind", where='"$area" > 400'),
    Question("density", "people", weight="people"),
    Question("ratio", "people", over=Over("area", where="kind = 'ZP'")),
    Question("median", "people", "kind", weight="people"),
    Question("nearest", by="kind", far=True, weight="people"),
    Question("nearest", far=True, statistic="max", where="kind = 'MN'"),
    Question("share_within", far=True, distance=40.0, by="kind"),
    Question("count", by="kind", where="kind <> 'ZP'"),
]
MUCH = forms.VERTICES
KERNELS = """
import sys
from geo.measure import engine
from geo.measure.edges import compiled
engine.warm(kinds=sys.argv[1:])
print(engine.cold(sys.argv[1:]), engine.cold())
"""


@pytest.fixture(params=["apart", "overlapping"])
def zones(request, land, tmp_path):
    """The gminas, and the gminas with one across them."""
    if request.param == "apart":
        return str(land.zones)
    west, south, east, north = land.gminas.total_bounds
    across = shapely.box((2 * west + east) / 3, south - 9, (west + 2 * east) / 3, north - 300)
    more = gpd.GeoDataFrame({"id": ["across"]}, geometry=[across], crs=2180)
    path = tmp_path / "across.parquet"
    gpd.pd.concat([land.gminas[["id", "geometry"]], more], ignore_index=True).to_parquet(path)
    return str(path)


def ask(land, question, zones, tmp_path):
    few = land.frame.iloc[::97][["id", "geometry"]]
    few.to_parquet(tmp_path / "few.parquet")
    to = {"to": str(tmp_path / "few.parquet")} if question.far else {}
    return planned(land, question, zones=zones, **to)


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_both_forms_give_the_same_numbers(land, zones, tmp_path, question, monkeypatch):
    some, found = ask(land, question, zones, tmp_path), {}
    for form, much in (("compiled", 0), ("plain", np.inf)):
        monkeypatch.setattr(forms, "VERTICES", much)
        assert some.form == some.task().form == some.about()["form"] == form
        found[form] = run(some, tmp_path)
    fast, plain = found["compiled"], found["plain"]
    assert plain.labels == fast.labels
    assert plain.table.status.tobytes() == fast.table.status.tobytes()
    for name in ("values", "above", "below"):
        one, other = getattr(plain.table, name), getattr(fast.table, name)
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            assert one == pytest.approx(other, rel=1e-9, nan_ok=True)
    for one, other in zip(plain.ledger, fast.ledger, strict=True):
        assert one.closes
        for name in ("inside", "outside", "repeated", "whole", "counted_away"):
            mine, theirs = getattr(one, name), getattr(other, name)
            assert mine == pytest.approx(theirs, rel=1e-9, abs=1e-9 * abs(other.whole))


@pytest.mark.parametrize("question", QUESTIONS[:1] + QUESTIONS[6:], ids=str)
def test_shapely_gives_the_same_bits_in_any_batches(land, zones, tmp_path, question, monkeypatch):
    monkeypatch.setattr(forms, "VERTICES", np.inf)
    some = ask(land, question, zones, tmp_path)
    once = run(some, tmp_path, 1)
    monkeypatch.setattr(stream, "BATCH", 130)
    again = run(some, tmp_path, 2)
    assert once.table.values.tobytes() == again.table.values.tobytes()
    assert once.ledger == again.ledger


def test_what_is_kept_by_one_form_is_not_taken_by_the_other(land, tmp_path, monkeypatch):
    some, folders = planned(land, Question("area")), set()
    for much in (0, np.inf):
        monkeypatch.setattr(forms, "VERTICES", much)
        folders.add(some.kept(tmp_path, resume=True).folder)
    assert len(folders) == 2


def work(rows, **more):
    zones = shapely.box(*(np.array([[0, 0, 5_000, 5_000]]) + 5_000.0 * np.arange(4)[:, None]).T)
    given = {"measures": frozenset({"area"}), "rows": rows, "vertices": 9.0 * rows,
             "extent": (0.0, 0.0, 2e4, 2e4), "side_m": 40.0, "zones": zones}  # fmt: skip
    return Work(**{**given, **more})


def test_a_plan_knows_little_work_from_much(monkeypatch):
    monkeypatch.setattr(forms, "VERTICES", MUCH)
    grid = shapely.box(*(np.arange(30_000)[:, None] + np.array([[0, 0, 1, 1]])).T)
    targets = shapely.linestrings(np.zeros((9, 30, 2)))
    for little in (
        work(14_000),
        work(30_000, measures=frozenset({"count"})),
        work(14_000, targets=shapely.points(np.zeros((30, 2)))),
        work(14_000, targets=targets[:0]),
    ):
        assert little.form == "plain"
    for much in (
        work(140_000),
        work(14_000, zones=grid),
        work(14_000, targets=targets),
        work(14_000, zones=shapely.segmentize(work(1).zones, 0.1)),
    ):
        assert much.form == "compiled"
    # Zones that no feature is near cost what making them ready costs, and no more.
    far = work(14_000, zones=np.append(work(1).zones, shapely.box(9e5, 0, 9e6, 9e6)))
    assert far.form == "plain"


def test_the_plan_says_what_answers_and_what_is_compiled_first(land, tmp_path, monkeypatch):
    words = ["measure", land.plots, "--zones", str(land.zones), "--data", str(tmp_path),
             "--explain"]  # fmt: skip
    monkeypatch.setattr(engine, "cold", lambda kinds: list(kinds) == ["area"])
    told = json.loads(CliRunner().invoke(root, [*words, "--json"]).output)["plan"]
    assert (told["form"], told["compile_seconds"] > 0) == ("compiled", True)
    assert "najpierw ich kompilacja" in CliRunner().invoke(root, words).output
    monkeypatch.setattr(forms, "VERTICES", np.inf)
    told = json.loads(CliRunner().invoke(root, [*words, "--json"]).output)["plan"]
    assert (told["form"], told["compile_seconds"]) == ("plain", 0)
    assert "nic nie trzeba kompilować" in CliRunner().invoke(root, words).output
    assert cost(planned(land, Question("count"))).seconds(8) < 2


ALONE = """
import sys
from pathlib import Path
from geo.measure import engine, forms
from geo.measure.edges.compiled import from_cache_alone
from geo.flow.streamed import stream
from geo.flow.streamed.job import job
from geo.measure.streamed.question import Question
plots, lines, zones, verb, *over = sys.argv[1:]
forms.VERTICES = 0
ways = {"length": [Question("length", by="kind"), Question("density", measure="length")],
        "area": [Question("area", by="kind"), Question("area", once=True, key="id")],
        "count": [Question("count", by="kind"), Question("sum", "people")],
        "nearest": [Question("nearest", far=True),
                    Question("share_within", far=True, distance=9.0)]}
source = lines if verb == "length" else plots
made = [job(one, source, where, project=None, root=Path("data"), to=lines if one.far else "")
        for one in ways[verb] for where in (zones, *over)]
engine.warm(kinds=made[0].kinds)
with from_cache_alone():
    for some in made:
        kept = some.kept(Path("data"), resume=False)
        stream.measure(some.task(1), some.given, some.ready(), kept)
print(*made[0].kinds)
"""


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["area", "length", "count", "nearest"])
def test_a_kind_has_every_kernel_of_its_questions(land, zones, tmp_path, verb):
    """Where a job's kinds are compiled, and nothing else is, it finds all that it needs."""
    lines = land.frame.assign(geometry=land.frame.boundary)[["id", "kind", "geometry"]]
    lines.iloc[::9].to_parquet(tmp_path / "lines.parquet")
    words = [land.plots, str(tmp_path / "lines.parquet"), str(land.zones), verb, zones]
    env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", ALONE, *words], env=env, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-900:]
    assert verb in done.stdout.split()


@pytest.mark.slow
def test_one_kind_is_compiled_and_no_other(tmp_path):
    env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", KERNELS, "count"], env=env, check=True, capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.stdout.split() == ["False", "True"]
