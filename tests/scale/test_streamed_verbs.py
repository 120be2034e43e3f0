"""Every verb, streamed: the numbers of the card over the demo city, and those of geopandas."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from test_stream import overlay, planned, run, same

from geo.cli import asking
from geo.errors import MeasureError, UsageError
from geo.flow.sources import Sources
from geo.flow.streamed import stream
from geo.flow.streamed.job import job
from geo.measure import card, forms
from geo.measure.plan import plan
from geo.measure.streamed.question import VERBS_ASKED, Over, Question, own_area
from geo.measure.streamed.whole import STATUSES
from geo.model.indicator import UNCLASSIFIED, Target

AREA = "$area"


@dataclass(frozen=True)
class Case:
    """A question over a layer of the demo city; `least_m2` is what `to_where` says of size."""

    layer: str
    asked: dict[str, Any]
    to: str = ""
    to_where: str = ""
    least_m2: float = 0.0
    more: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        words = [self.layer, *(f"{v}" for k, v in self.asked.items() if k != "where"), self.to]
        return "-".join(word for word in words if word and " " not in word)


CASES = (
    Case("buildings", {"verb": "area", "by": "function"}),
    Case("buildings", {"verb": "share_of_area", "once": True}),
    Case("greenery", {"verb": "share_of_area", "once": True, "by": "kind"}),
    Case("greenery", {"verb": "share_of_area", "where": "kind = 'no such'"}),
    Case("greenery", {"verb": "area", "once": True, "by": "kind", "where": "public = true"}),
    Case("stops", {"verb": "density", "by": "mode"}),
    Case("bike_paths", {"verb": "density", "weight": "sides", "where": "kind <> 'trail'"}),
    Case("buildings", {"verb": "density", "field": "floors"}),
    Case("mpzp", {"verb": "ratio", "where": "use = 'MN'", "over": Over("area")}),
    Case("buildings", {"verb": "ratio", "field": "floors", "by": "function",
                       "over": Over("count")}),
    Case("buildings", {"verb": "ratio", "where": "floors > 2",
                       "over": Over("sum", "floors", "floors > 900")}),
    Case("mpzp", {"verb": "share_by_class", "by": "use"}),
    Case("buildings", {"verb": "share_by_class", "by": "function", "measure": "count"}),
    Case("mpzp", {"verb": "diversity", "by": "use", "index": "shannon"}),
    Case("mpzp", {"verb": "diversity", "by": "use", "index": "simpson"}),
    Case("buildings", {"verb": "diversity", "by": "function", "index": "evenness"}),
    Case("parcels", {"verb": "mean", "field": AREA}),
    Case("parcels", {"verb": "sum", "field": AREA, "by": "land_use"}),
    Case("buildings", {"verb": "mean", "field": "floors", "by": "function"}),
    Case("parcels", {"verb": "median", "field": AREA}),
    Case("buildings", {"verb": "median", "field": "floors", "by": "function"}),
    Case("addresses", {"verb": "nearest"}, "schools", "level = 'primary'"),
    Case("addresses", {"verb": "nearest", "statistic": "median"}, "stops"),
    Case("addresses", {"verb": "nearest", "statistic": "max"}, "stops"),
    Case("buildings", {"verb": "nearest", "field": "floors", "by": "function"}, "bike_paths"),
    Case("buildings", {"verb": "nearest"}, "greenery", "kind = 'no such'"),
    Case("addresses", {"verb": "share_within", "distance": 300.0}, "greenery",
         "public = true AND $area >= 5000", 5000.0),
    Case("buildings", {"verb": "share_within", "distance": 50.0, "weight": "floors",
                       "by": "function"}, "buildings", "function = 'commercial'"),
)  # fmt: skip


def of_card(case: Case, some, project, data):
    """Measure the same recipe as a card: read whole, cut by the cards' own functions."""
    recipe = some.question.recipe
    terms = {"of": recipe.of.model_copy(update={"layer": case.layer})}
    if recipe.over is not None:
        terms["over"] = recipe.over.model_copy(update={"layer": case.layer})
    if case.to:
        where = case.to_where.replace(" AND $area >= 5000", "")
        terms["to"] = Target(layer=case.to, where=where, least_m2=case.least_m2)
    found = plan(project, recipe.model_copy(update=terms))
    sources = Sources(project, data, [found])
    layers = {name: sources.source(name) for name in found.layers}
    return card.measure(found, sources.zones(found), layers)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_verb_says_what_the_card_says(case, project, demo_data, tmp_path):
    some = job(
        Question(**case.asked, far=bool(case.to)), case.layer, "districts", project=project,
        root=demo_data, to=case.to, to_where=own_area(case.to_where), **case.more,
    )  # fmt: skip
    whole = run(some, tmp_path)
    theirs = of_card(case, some, project, demo_data)
    if case.asked.get("by"):
        names = tuple(one.name for one in theirs.classes)
        assert tuple(label or UNCLASSIFIED for label in whole.labels) == names
    columns = [(one.values, one.whole) for one in theirs.classes] or [(theirs.values, theirs.whole)]
    for column, (values, together) in enumerate([*columns, (theirs.values, theirs.whole)]):
        for place, value in enumerate((*values, together)):
            mine = whole.table.values[place, column]
            assert STATUSES[whole.table.status[place, column]] == value.status
            assert (
                np.isnan(mine)
                if value.value is None
                else (mine == pytest.approx(value.value, rel=1e-9, abs=1e-12))
            )
    assert len(whole.ledger) == len(theirs.ledger)
    for mine, entry in zip(whole.ledger, theirs.ledger, strict=True):
        assert mine.closes
        told = (mine.whole, mine.inside, mine.outside, mine.counted_away, mine.missing)
        there = (entry.whole, entry.inside, entry.outside, entry.counted_away, entry.missing)
        assert told == pytest.approx(there, rel=1e-9, abs=1e-5)


def test_the_command_offers_what_can_be_asked():
    assert asking.VERBS == VERBS_ASKED


def test_share_and_density_are_those_of_geopandas(land, tmp_path):
    share = run(planned(land, Question("share_of_area", by="kind")), tmp_path)
    theirs = overlay(land).groupby(["zone", "kind"])["area"].sum()
    ground = land.gminas.set_index("id").area
    for place, zone in enumerate(land.gminas["id"]):
        for column, label in enumerate(share.labels):
            expected = 100 * theirs[zone, label or "-"] / ground[zone]
            assert share.values[place, column] == pytest.approx(expected, rel=1e-10)
    density = run(planned(land, Question("density", measure="count")), tmp_path)
    held = points(land).groupby("zone").size()
    assert density.totals == pytest.approx((held / ground * 1e6).to_numpy(), rel=1e-12)


def points(land) -> gpd.GeoDataFrame:
    some = land.frame.assign(geometry=land.frame.representative_point(), own=land.frame.area)
    held = some.sjoin(land.gminas.rename(columns={"id": "zone"}), predicate="within")
    return held.assign(kind=held["kind"].fillna("-"))


def test_a_ratio_and_the_own_area_are_those_of_geopandas(land, tmp_path):
    question = Question("ratio", "people", "", "kind = 'MN'", over=Over("sum", AREA, "year > 1950"))
    found = run(planned(land, question), tmp_path)
    held = points(land)
    above = held[held["kind"] == "MN"].groupby("zone")["people"].sum()
    below = held[held["year"] > 1950].groupby("zone")["own"].sum()
    assert found.totals == pytest.approx((above / below).astype(float).to_numpy(), rel=1e-12)
    where = own_area("$area > 400 AND kind <> '$area'")
    counted = run(planned(land, Question("count", where=where)), tmp_path)
    some = held[(held["own"] > 400) & (held["kind"] != "-")]
    assert counted.totals == pytest.approx(some.groupby("zone").size().to_numpy())
    assert 0 < counted.taken < counted.read


@pytest.mark.parametrize("by", ["", "kind"])
def test_a_median_is_that_of_pandas(land, tmp_path, by):
    found = run(planned(land, Question("median", "people", by)), tmp_path)
    held = points(land)
    theirs = held.groupby("zone")["people"].median().astype(float)
    assert found.totals == pytest.approx(theirs.to_numpy())
    assert found.table.values[-1, -1] == held["people"].median()
    if by:
        theirs = held.groupby(["zone", "kind"])["people"].median().astype(float)
        for place, zone in enumerate(land.gminas["id"]):
            for column, label in enumerate(found.labels):
                assert found.values[place, column] == theirs[zone, label or "-"]


@pytest.fixture(scope="module")
def targets(tmp_path_factory):
    rng = np.random.default_rng(11)
    spots = shapely.points(rng.uniform((500_000, 270_000), (501_200, 271_000), (40, 2)))
    path = tmp_path_factory.mktemp("targets") / "spots.parquet"
    frame = gpd.GeoDataFrame({"n": range(40)}, geometry=spots, crs=2180)
    frame.to_parquet(path)
    return str(path), frame


def test_distances_are_those_of_geopandas(land, targets, tmp_path):
    path, spots = targets
    held = points(land).drop(columns="index_right")
    shapes = land.frame.loc[held.index].geometry
    near = gpd.GeoDataFrame(geometry=shapes).sjoin_nearest(spots[spots["n"] < 30], distance_col="d")
    metres = near[~near.index.duplicated()]["d"].reindex(held.index)
    weight = held["people"].astype(float)
    nearest = Question("nearest", far=True, weight="people")
    found = run(planned(land, nearest, to=path, to_where="n < 30"), tmp_path)
    mean = (metres * weight).groupby(held["zone"]).sum() / weight.groupby(held["zone"]).sum()
    assert found.totals == pytest.approx(mean.to_numpy(), rel=1e-12)
    within = Question("share_within", by="kind", far=True, distance=80.0)
    found = run(planned(land, within, to=path, to_where="n < 30"), tmp_path)
    share = (metres <= 80).groupby([held["zone"], held["kind"]]).mean() * 100
    for place, zone in enumerate(land.gminas["id"]):
        for column, label in enumerate(found.labels):
            assert found.values[place, column] == pytest.approx(share[zone, label or "-"])


QUESTIONS = (
    Question("share_of_area", by="kind"),
    Question("diversity", by="kind", index="shannon", names=("MN", "ZP", "U")),
    Question("ratio", "people", "kind", over=Over("sum", AREA, "year > 1950")),
    Question("density", measure="count", weight="people"),
    Question("median", AREA, "kind"),
    Question("median", "people", weight="year"),
    Question("nearest", far=True, weight="people", by="kind"),
    Question("nearest", far=True, statistic="median"),
    Question("share_within", far=True, distance=80.0),
)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.verb)
def test_the_same_bits_in_any_order_and_partition(land, targets, tmp_path, question, monkeypatch):
    from country import write

    far = {"to": targets[0]} if question.far else {}
    some = planned(land, question, **far)
    once = run(some, tmp_path, 1)
    monkeypatch.setattr(stream, "BATCH", 130)
    same(once, run(some, tmp_path, 2))
    near = land.frame[land.frame.centroid.x < 520_000]
    write(tmp_path / "mixed.parquet", near.sample(frac=1, random_state=4), 250)
    other = planned(land, question, str(tmp_path / "mixed.parquet"), **far)
    again = stream.measure(
        other.task(), other.given, some.ready(), other.kept(tmp_path, resume=False)
    )
    same(once, again)
    assert once.table.values.tobytes() == again.table.values.tobytes()
    assert once.table.status.tobytes() == again.table.status.tobytes()
    assert once.ledger == again.ledger


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.verb)
def test_without_numba_shapely_gives_the_same_numbers(
    land, targets, tmp_path, question, monkeypatch
):
    some = planned(land, question, **({"to": targets[0]} if question.far else {}))
    assert some.form == "compiled"
    fast = run(some, tmp_path)
    monkeypatch.setattr(forms, "compiled_here", lambda: False)
    assert some.form == "plain"
    plain = run(some, tmp_path)
    assert plain.table.values == pytest.approx(fast.table.values, rel=1e-9, nan_ok=True)
    assert plain.table.status.tobytes() == fast.table.status.tobytes()


def test_what_is_kept_of_every_verb_is_found_again(land, targets, tmp_path, monkeypatch):
    for question in QUESTIONS:
        some = planned(land, question, **({"to": targets[0]} if question.far else {}))
        kept = some.kept(tmp_path, resume=False)
        first = stream.measure(some.task(), some.given, some.ready(), kept)
        again = some.kept(tmp_path, resume=True)
        assert again.found == len(some.given.chosen)
        monkeypatch.setattr(stream, "_summed", None)  # nothing may be measured anew
        second = stream.measure(some.task(), some.given, some.ready(), again)
        monkeypatch.undo()
        assert first.table.values.tobytes() == second.table.values.tobytes()
        assert first.ledger == second.ledger


def test_a_zone_without_anything_has_no_share_and_no_mean(land, tmp_path):
    empty = gpd.GeoDataFrame({"id": ["far"]}, geometry=[shapely.box(0, 0, 9, 9)], crs=2180)
    zones = gpd.pd.concat([land.gminas, empty], ignore_index=True)
    zones.to_parquet(tmp_path / "zones.parquet")
    there = str(tmp_path / "zones.parquet")
    for question, status in (
        (Question("area"), "ok"),
        (Question("share_of_area"), "ok"),
        (Question("mean", "people"), "not_computable"),
        (Question("ratio", "people", over=Over("count")), "not_computable"),
        (Question("share_by_class", by="kind"), "not_computable"),
        (Question("median", "people"), "not_computable"),
    ):
        found = run(planned(land, question, zones=there), tmp_path)
        assert STATUSES[found.table.status[-2, -1]] == status, question.verb
        assert STATUSES[found.table.status[0, -1]] == "ok"


def test_what_does_not_go_together_is_refused_with_a_way_out(land):
    for question, says in (
        (Question("share_by_class"), "needs `by`"),
        (Question("diversity", by="kind"), "needs `index`"),
        (Question("diversity", by="kind", index="evenness"), "--classes"),
        (Question("ratio", "people"), "needs `over`"),
        (Question("area", over=Over("count")), "goes with verb: ratio"),
        (Question("nearest"), "needs `to`"),
        (Question("share_within", far=True), "needs `distance`"),
        (Question("count", distance=5.0), "goes with verb: share_within"),
        (Question("count", once=True), "only ground is counted once"),
        (Question("share_of_area", "people"), "takes no field"),
        (Question("median"), "needs a field"),
        (Question("per_person"), "indicator card"),
        (Question("median", "people", statistic="max"), "`statistic` goes with"),
    ):
        with pytest.raises((UsageError, MeasureError)) as found:
            planned(land, question)
        assert says in f"{found.value.what} {found.value.fix}", question
