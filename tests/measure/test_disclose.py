"""Small groups, and the next smallest that would give them away."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.measure.disclose import Threshold, hidden

PEOPLE = st.lists(st.integers(0, 40), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("people", "zones", "whole"),
    [
        ([100, 200, 300], [False, False, False], False),
        ([100, 9, 300], [True, True, False], False),
        ([100, 9, 9], [False, True, True], False),
        ([100, 0, 300], [False, False, False], False),
        ([10, 20], [False, False], False),
        ([0, 4, 0], [False, True, False], True),
        ([4, 4], [True, True], True),
    ],
)
def test_which_zones_are_hidden(people, zones, whole):
    found = hidden(np.array(people, float), np.array(people), persons=True, threshold=Threshold())
    assert found.zones.tolist() == zones
    assert found.whole is whole


@given(PEOPLE)
def test_no_small_group_follows_by_subtraction(people):
    size = np.array(people, float)
    found = hidden(size, size.astype(int), persons=True, threshold=Threshold())
    assert not ((size > 0) & (size < 10) & ~found.zones).any()
    unknown = int(found.zones.sum()) + found.whole
    assert unknown != 1


def test_other_secrets_go_by_the_number_of_features():
    sums = np.array([5e6, 1.0, 7.0])
    found = hidden(sums, np.array([2, 30, 40]), persons=False, threshold=Threshold())
    assert found.zones.tolist() == [True, True, False]
    free = Threshold(persons=1, features=1)
    assert not hidden(sums, np.array([2, 3, 4]), persons=False, threshold=free).zones.any()
