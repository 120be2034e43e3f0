"""The verbs against arithmetic done another way: brute force, numpy, and laws of adding up."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from towns import KINDS, MERGED, SQUARES, box, run, towns, zones_of

from geo.measure.distance import nearest
from geo.measure.evidence import evidence
from geo.measure.statistics import contributions, order_statistic
from geo.measure.tessellation import cells_over
from geo.measure.verbs import VERBS
from geo.model import Project, Recipe, Term
from geo.model.cells import Cells, cells_layer
from geo.model.indicator import UNCLASSIFIED, ClassGroup, Target


def _amounts(result):
    return [each.numerator for each in (*result.values, result.whole)]


GREEN = Term(layer="greenery", measure="area", overlaps="once")
RECIPES = [
    Recipe(verb="area", of=Term(layer="greenery", overlaps="each"), unit="m2", by="kind"),
    Recipe(verb="area", of=Term(layer="greenery", overlaps="once"), unit="m2", by="kind"),
    Recipe(verb="count", of=Term(layer="addresses"), unit="feature", by="street"),
    Recipe(verb="density", of=GREEN, unit="m2/km2", by="kind"),
    Recipe(verb="share_of_area", of=GREEN, unit="%", by="kind"),
    Recipe(verb="per_person", of=GREEN, unit="m2/person", by="kind"),
]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.verb)
@settings(max_examples=15)
@given(town=towns())
def test_the_classes_add_up_to_all_of_them(project: Project, recipe, town):
    result = run(project, recipe, town)
    assert VERBS[recipe.verb].classes == "parts"
    assert result.closes
    for zone, answer in enumerate((*result.values, result.whole)):
        each = [(*one.values, one.whole)[zone] for one in result.classes]
        if answer.value is not None:
            together = math.fsum(one.value for one in each)
            assert together == pytest.approx(answer.value, rel=1e-12, abs=1e-9)
        assert sum(one.pieces for one in each) == answer.pieces


@settings(max_examples=25)
@given(town=towns(), measure=st.sampled_from(["area", "count"]))
def test_shares_of_classes_sum_to_one_and_the_rest_is_told(project: Project, town, measure):
    groups = tuple(
        ClassGroup(id=kind, title={"pl": kind, "en": kind}, where=f"kind = '{kind}'")
        for kind in KINDS[:3]
    )
    of = Term(layer="greenery", measure=measure, overlaps="each")
    result = run(project, Recipe(verb="share_by_class", of=of, unit="1", by=groups), town)
    whole = run(
        project, Recipe(verb=measure, of=of, unit={"area": "m2", "count": "feature"}[measure]), town
    )
    assert result.closes
    for zone in range(len(result.zones)):
        shares = [one.values[zone].value for one in result.classes if one.name != UNCLASSIFIED]
        rest = [one.values[zone] for one in result.classes if one.name == UNCLASSIFIED]
        classified = result.values[zone].numerator
        if classified:
            assert math.fsum(shares) == pytest.approx(1.0, abs=1e-12)
            assert result.values[zone].value == 1.0
        else:
            assert shares == [None] * len(shares)
            assert result.values[zone].status == "not_computable"
        amount = classified + math.fsum(each.numerator for each in rest)
        assert amount == pytest.approx(whole.values[zone].numerator, rel=1e-12, abs=1e-9)
        assert all(each.status == "unclassified" and each.value is None for each in rest)
    told = result.ledger[0].unclassified
    assert told == pytest.approx(math.fsum(
        one.whole.numerator for one in result.classes if one.name == UNCLASSIFIED
    ))  # fmt: skip


@settings(max_examples=25)
@given(town=towns(), private=st.booleans())
def test_nearest_and_within_agree_with_brute_force(project: Project, town, private):
    of = {"measure": "sum", "field": "people"} if private else {"measure": "count"}
    of = Term(layer="addresses", **of)
    to = Target(layer="greenery", where="public = TRUE", least_m2=900)
    mean = run(project, Recipe(verb="nearest", of=of, to=to, unit="m"), town)
    near = run(project, Recipe(verb="share_within", of=of, to=to, distance=120, unit="1"), town)
    targets = [g for g in town["greenery"] if g["public"]]
    shapes = shapely.from_wkt([g["geometry"] for g in targets])
    shapes = shapes[shapely.area(shapes) >= 900] if len(targets) else np.array([], object)
    for zone, name in enumerate(SQUARES):
        zone_shape = shapely.from_wkt(box(*SQUARES[name]))
        mine = [
            a for a in town["addresses"] if zone_shape.intersects(shapely.from_wkt(a["geometry"]))
        ]
        points = shapely.from_wkt([a["geometry"] for a in mine])
        weight = np.array([a["people"] if private else 1 for a in mine], float)
        total = weight.sum()
        if len(shapes) and len(mine):
            metres = shapely.distance(points[:, None], shapes[None, :]).min(axis=1)
            counted = np.round(metres / 10) * 10 if private else metres
            assert mean.values[zone].numerator == pytest.approx((weight * counted).sum())
            assert near.values[zone].numerator == weight[metres <= 120].sum()
            if total:
                assert mean.values[zone].value == pytest.approx((weight * counted).sum() / total)
        else:
            assert mean.values[zone].value is None
            assert near.values[zone].value == (0.0 if total else None)
        assert near.values[zone].denominator == total
    assert mean.closes
    assert near.closes


@settings(max_examples=20)
@given(town=towns())
def test_the_lines_of_evidence_are_the_distances(project: Project, town):
    recipe = Recipe(
        verb="nearest", of=Term(layer="addresses"), to=Target(layer="greenery"), unit="m"
    )
    result = run(project, recipe, town)
    (lines,) = evidence(result)
    assert shapely.length(lines.geometry) == pytest.approx(lines.measure, abs=1e-9)
    assert lines.reading.tolist() == lines.measure.tolist()
    for zone, answer in enumerate(result.values):
        assert math.fsum(lines.measure[lines.zone == zone].tolist()) == answer.numerator


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.floats(-1e6, 1e6), st.integers(0, 5)), min_size=1, max_size=30),
    st.randoms(),
)
def test_a_weighted_median_is_the_median_of_repeated_readings(pairs, chance):
    reading, weight = np.array(pairs, float).T
    repeated = np.repeat(reading, weight.astype(int))
    expected = np.median(repeated) if len(repeated) else None
    found = order_statistic("median", reading, weight)
    assert found is None if expected is None else found == pytest.approx(expected)
    order = list(range(len(pairs)))
    chance.shuffle(order)
    assert order_statistic("median", reading[order], weight[order]) == found
    largest = repeated.max() if len(repeated) else None
    assert order_statistic("max", reading, weight) == largest


@settings(max_examples=15)
@given(town=towns())
def test_a_median_is_taken_of_the_features_and_the_city_anew(project: Project, town):
    recipe = Recipe(verb="median", of=Term(layer="greenery", field="$area"), unit="m2", by="kind")
    result = run(project, recipe, town)
    (above, _) = evidence(result)
    for zone, answer in enumerate(result.values):
        mine = above.reading[above.zone == zone]
        assert answer.value == (pytest.approx(np.median(mine)) if len(mine) else None)
        for each in result.classes:
            some = above.reading[(above.zone == zone) & (above.class_name == each.name)]
            assert each.values[zone].value == (
                pytest.approx(np.median(some)) if len(some) else None
            )
    if len(above.reading):
        assert result.whole.value == pytest.approx(np.median(above.reading))


@settings(max_examples=15)
@given(town=towns(), chance=st.randoms())
def test_the_order_of_features_changes_nothing(project: Project, town, chance):
    mixed = {name: chance.sample(rows, len(rows)) for name, rows in town.items()}
    people = Term(layer="addresses", measure="sum", field="people")
    to = Target(layer="greenery")
    for recipe in (
        *RECIPES,
        Recipe(verb="nearest", of=people, to=to, unit="m"),
        Recipe(verb="nearest", of=Term(layer="addresses"), to=to, unit="m", statistic="median"),
        Recipe(verb="median", of=Term(layer="greenery", field="$area"), unit="m2"),
    ):
        first, second = run(project, recipe, town), run(project, recipe, mixed)
        assert first.values == second.values
        assert first.whole == second.whole
        assert first.classes == second.classes


@settings(max_examples=15)
@given(town=towns())
def test_two_zones_merged_have_what_both_had(project: Project, town):
    people = Term(layer="addresses", measure="sum", field="people")
    to = Target(layer="greenery")
    for recipe in (
        *RECIPES,
        Recipe(verb="nearest", of=people, to=to, unit="m"),
        Recipe(verb="share_within", of=people, to=to, distance=99, unit="%"),
    ):
        apart = run(project, recipe, town)
        merged = run(project, recipe, town, zones_of(project, MERGED))
        for role in ("numerator", "denominator"):
            a, b, _ = (getattr(each, role) or 0.0 for each in apart.values)
            both = getattr(merged.values[0], role) or 0.0
            assert a + b == pytest.approx(both, rel=1e-9, abs=1e-6)
        if apart.whole.value is not None:
            assert apart.whole.value == pytest.approx(merged.whole.value, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("cells", [Cells(grid=250), Cells(grid=130), Cells(h3=10)])
@settings(max_examples=5)
@given(town=towns())
def test_cells_sum_to_the_whole(project: Project, cells, town):
    layer = cells_layer(cells, project.site.contact)
    extent = zones_of(project, SQUARES)
    zones = cells_over(cells, extent.features, layer)
    assert shapely.area(zones.zones.whole) == pytest.approx(zones.zones.areas_m2.sum())
    assert shapely.covers(shapely.buffer(zones.zones.whole, 1e-6), extent.zones.whole)
    recipe = Recipe(verb="area", of=Term(layer="greenery", overlaps="once"), unit="m2", per=cells)
    found = run(project, recipe, town, zones)
    assert found.closes
    shapes = shapely.from_wkt([g["geometry"] for g in town["greenery"]])
    ground = shapely.intersection(shapely.union_all(shapes), zones.zones.whole)
    assert math.fsum(_amounts(found)[:-1]) == pytest.approx(ground.area, rel=1e-9)
    assert found.plan.layers == ("districts", "greenery")


def test_squares_are_named_by_their_corner_and_h3_by_its_index(project: Project):
    extent = zones_of(project, SQUARES).features
    squares = cells_over(
        Cells(grid=500), extent, cells_layer(Cells(grid=500), project.site.contact)
    )
    assert squares.ids == (
        "500mN270000E505000", "500mN270000E505500", "500mN270500E505000", "500mN270500E505500",
    )  # fmt: skip
    cells = Cells(h3=8)
    hexagons = cells_over(cells, extent, cells_layer(cells, project.site.contact))
    assert all(name.startswith("88") for name in hexagons.ids)
    assert cells.id == "h3_8"


ROUND = [
    Recipe(verb="area", of=Term(layer="greenery", overlaps="once"), unit="m2", ellipsoid=True),
    Recipe(verb="area", of=Term(layer="greenery", overlaps="each"), unit="m2", ellipsoid=True),
    Recipe(verb="share_of_area", of=GREEN, unit="1", by="kind", ellipsoid=True),
]


@pytest.mark.parametrize("recipe", ROUND)
@settings(max_examples=8)
@given(town=towns())
def test_the_ledger_closes_on_the_ellipsoid_too(project: Project, recipe, town):
    found = run(project, recipe, town)
    assert found.closes
    flat = run(project, recipe.model_copy(update={"ellipsoid": False}), town)
    for curved, plane in zip(_amounts(found), _amounts(flat), strict=True):
        # In Siemianowice the plane of EPSG:2180 makes areas some 1.4 per mille too small.
        assert 1.0011 * plane <= curved <= 1.0017 * plane
    parts = evidence(found)[0]
    assert math.fsum(parts.measure.tolist()) == pytest.approx(math.fsum(_amounts(found)[:-1]))


def test_indices_of_diversity_at_their_ends():
    equal, alone = np.full(4, 2.5), np.array([0.0, 7.0, 0.0, 0.0])
    assert contributions("shannon", equal).sum() == pytest.approx(math.log(4))
    assert contributions("simpson", equal).sum() == pytest.approx(0.75)
    assert contributions("evenness", equal).sum() == pytest.approx(1.0)
    for index in ("shannon", "simpson", "evenness"):
        assert contributions(index, alone).tolist() == [0.0, 0.0, 0.0, 0.0]


def test_the_first_of_equally_near_targets_is_the_answer():
    origin = shapely.points([[0.0, 0.0], [5.0, 0.0]])
    targets = shapely.points([[10.0, 0.0], [-10.0, 0.0], [0.0, 10.0]])
    distance, index = nearest(origin, targets)
    assert distance.tolist() == [10.0, 5.0]
    assert index.tolist() == [0, 0]
    nothing, none = nearest(origin, targets[:0])
    assert np.isnan(nothing).all()
    assert none.tolist() == [-1, -1]
