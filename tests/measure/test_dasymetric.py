"""People of districts on buildings: every district keeps its own, to the last person."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import TEXT, layer, made
from shapely import box

from geo.errors import MeasureError
from geo.measure.dasymetric import spread, with_modelled
from geo.model.layer import ModelledField

weights = st.lists(st.one_of(st.just(0.0), st.floats(1e-3, 1e6)), min_size=1, max_size=40)


@given(st.data(), weights, st.integers(1, 5), st.booleans())
def test_every_zone_keeps_its_total(data, given_weights, zones, whole):
    n = len(given_weights)
    zone = np.array(data.draw(st.lists(st.integers(-1, zones - 1), min_size=n, max_size=n)))
    totals = np.array(data.draw(st.lists(st.integers(0, 10**7), min_size=zones, max_size=zones)))
    found = spread(totals.astype(float), zone, np.array(given_weights), whole=whole)
    for each in range(zones):
        mine = found.values[zone == each]
        kept = math.fsum(mine.tolist()) + found.unplaced[each]
        if whole:
            assert kept == totals[each]
            assert (mine == np.floor(mine)).all()
        else:
            assert kept == pytest.approx(totals[each], rel=1e-12)
    assert np.isnan(found.values[zone == -1]).all()
    assert (found.values[(zone >= 0) & (np.array(given_weights) == 0.0)] == 0.0).all()


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=30), st.integers(0, 10**6))
def test_whole_persons_are_within_one_of_the_exact_share(parts, total):
    values = spread(
        np.array([float(total)]), np.zeros(len(parts), dtype=int), np.array(parts, float),
        whole=True,
    ).values  # fmt: skip
    for value, part in zip(values, parts, strict=True):
        assert abs(Fraction(value) - Fraction(total * part, sum(parts))) < 1 + Fraction(1, 10**6)


def test_the_largest_remainders_get_what_is_left_and_ties_go_by_order():
    # 10 over 1:1:1 = 3.33 each; one is left and goes to the first.
    assert spread(np.array([10.0]), np.zeros(3, int), np.ones(3), whole=True).values.tolist() == [
        4, 3, 3,
    ]  # fmt: skip
    # 10 over 5:3:1 = 5.56, 3.33, 1.11: one left, to the greatest remainder.
    found = spread(np.array([10.0]), np.zeros(3, int), np.array([5.0, 3, 1]), whole=True)
    assert found.values.tolist() == [6, 3, 1]


def test_a_total_with_nothing_to_stand_on_is_reported_and_one_unknown_gives_unknowns():
    found = spread(np.array([7.0, np.nan]), np.array([0, 1]), np.array([0.0, 2.0]))
    assert found.unplaced.tolist() == [7, 0]
    assert found.values[0] == 0
    assert math.isnan(found.values[1])


@pytest.mark.parametrize(
    ("totals", "weight", "whole", "words"),
    [
        (1.0, -1.0, False, "weight"), (1.0, np.nan, False, "weight"), (-1.0, 1.0, False, "total"),
        (np.inf, 1.0, False, "total"), (1.5, 1.0, True, "not whole"),
    ],
)  # fmt: skip
def test_what_is_no_total_or_weight_is_refused(totals, weight, whole, words):
    with pytest.raises(MeasureError, match=words):
        spread(np.array([totals]), np.zeros(1, int), np.array([weight]), whole=whole)


def test_a_modelled_field_by_hand():
    """100 people; dwellings of 100 m2 x 1 floor and 100 m2 x 3 floors, a shop that takes none."""
    districts = layer("districts", "Polygon", {"people": "integer"})
    houses = layer("houses", "Polygon", {"floors": "integer", "kind": "string"})
    zones = made(districts, [box(0, 0, 100, 100), box(100, 0, 200, 100)], people=[100, None])
    found = made(
        houses,
        [box(0, 0, 10, 10), box(20, 0, 30, 10), box(40, 0, 50, 10), box(120, 0, 130, 10)],
        floors=[1, 3, 5, 2],
        kind=["home", "home", "shop", "home"],
    )
    field = ModelledField.model_validate(
        {
            "name": "people_modelled", "title": TEXT, "unit": "person",
            "spread": {"layer": "districts", "field": "people", "by": ["$area", "floors"],
                       "where": "kind = 'home'", "whole": True},
        }
    )  # fmt: skip
    got, unplaced = with_modelled(found, field, zones)
    assert unplaced == 0.0
    assert got.table.column("people_modelled").to_pylist() == [25, 75, 0, None]
    nobody, unplaced = with_modelled(found.take(np.array([False, False, True, True])), field, zones)
    assert nobody.table.column("people_modelled").to_pylist() == [0, None]
    assert unplaced == 100.0
