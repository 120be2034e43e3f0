"""A card that takes changes gives what a full run over the changed layers gives."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import asdict, fields, replace

import pytest
import shapely
from changing import PROJECT, RECIPES, city, layer_of, step
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.measure.answers import Value
from geo.measure.card import measure
from geo.measure.disclose import Threshold
from geo.measure.incremental import INCREMENTAL, prepare
from geo.measure.inputs import zone_set
from geo.measure.ledger import TOLERANCE
from geo.measure.plan import plan
from geo.measure.verbs import VERBS
from geo.model import Recipe

LOOK = settings(max_examples=25)
THRESHOLDS = (Threshold(), Threshold(persons=3, features=2, weights=2))
"""The city's, and small ones: in a small town, what is hidden at those is not always all."""


def _pieces(result):
    """Pieces without regard to the order of features: role, zone, feature, measure."""
    return sorted(
        (found.plan.role, result.zones.ids[zone], str(found.features.ids[row]), measure)
        for found in result.quantities
        for row, zone, measure in zip(
            found.pieces.feature, found.pieces.zone, found.pieces.measure, strict=True
        )
        if not found.plan.itself
    )


def _assert_same(run, full):
    _assert_answers(run.result, full)
    _assert_answers(run.measured, full)
    assert _pieces(run.measured) == _pieces(full)
    gone, come = run.touched
    _assert_ways(run.measured)
    before = Counter(_pieces(run.base))
    assert before - Counter(_pieces(gone)) + Counter(_pieces(come)) == Counter(_pieces(full))


def _assert_ways(result):
    """The lines of evidence are as long as the distances that they stand for."""
    for found in result.quantities:
        if found.plan.reading == "distance" and len(found.pieces):
            rows = found.pieces.feature
            ways = shapely.length(found.chosen.reached.ways(rows))
            assert ways == pytest.approx(found.chosen.reading[rows], rel=1e-9, abs=1e-9)


def _assert_answers(after, full):
    assert after.zones.ids == full.zones.ids
    assert after.values == full.values
    assert after.classes == full.classes
    assert (after.hidden.cells == full.hidden.cells).all()
    for one, other, found in zip(after.ledger, full.ledger, full.quantities, strict=True):
        one, other = replace(one, worst=""), replace(other, worst="")
        if found.plan.itself:
            # Of the zones' union only what changed is measured: to rounding, not to the last bit.
            one, other = asdict(one), asdict(other)
            assert one.pop("gap") < TOLERANCE and other.pop("gap") < TOLERANCE
            for name in ("whole", "outside", "repeated"):
                assert one.pop(name) == pytest.approx(other.pop(name), rel=1e-12, abs=1e-9)
        assert one == other
    exact = not any(found.plan.itself for found in full.quantities)
    for name in [field.name for field in fields(Value)]:
        one, other = getattr(after.whole, name), getattr(full.whole, name)
        close = not exact and isinstance(other, float)
        assert one == (pytest.approx(other, rel=1e-12) if close else other), name
    for one, other in zip(after.quantities, full.quantities, strict=True):
        for name in ("sums", "counted", "missing"):
            assert (getattr(one, name) == getattr(other, name)).all(), name


@pytest.mark.parametrize("name", RECIPES)
@given(seed=st.integers(0, 2**32))
@LOOK
def test_changes_give_what_a_full_run_gives(name, seed):
    """To the last bit: values, classes, suppression, ledger and pieces, after each change."""
    chance = random.Random(seed)
    recipe = plan(PROJECT, Recipe.model_validate({"id": "x", **RECIPES[name]}))
    layers = [PROJECT.layers[each] for each in recipe.layers]
    town = city(chance, layers[1:])
    sources = {layer.id: layer_of(layer, town[layer.id]) for layer in layers}
    threshold = chance.choice(THRESHOLDS)
    run = prepare(recipe, zone_set(sources["districts"]), sources, threshold=threshold)
    for _ in range(3):
        run = run.changed(step(chance, town, layers))
        assert run.how == INCREMENTAL
        now = {}
        for layer in layers:
            names = chance.sample(sorted(town[layer.id]), len(town[layer.id]))
            now[layer.id] = layer_of(layer, {each: town[layer.id][each] for each in names})
        full = measure(recipe, zone_set(now["districts"]), now, threshold=threshold)
        _assert_same(run, full)


def test_every_verb_of_the_table_is_tried():
    assert {each["verb"] for each in RECIPES.values()} == set(VERBS)
