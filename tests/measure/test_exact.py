"""A sum that is changed equals a sum that is made anew, to the last bit."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.measure.exact import ExactSum, exact_sum

NUMBER = st.floats(min_value=-1e200, max_value=1e200, allow_nan=False)


@given(st.lists(NUMBER), st.lists(NUMBER), st.data())
def test_a_changed_sum_is_the_sum_of_what_is_left(start, come, data):
    gone = data.draw(st.lists(st.sampled_from(start), unique_by=id) if start else st.just([]))
    left = list(start)
    for value in gone:
        left.remove(value)
    changed = exact_sum(np.array(start, dtype=float)).changed(gone, come)
    assert changed.value == math.fsum(left + come)


def test_what_a_float_loses_is_kept():
    total = exact_sum(np.array([1e16, 1.0, 1e-9]))
    assert total.value == math.fsum([1e16, 1.0, 1e-9])
    assert total.changed([1e16], []).value == 1.000000001
    assert ExactSum().value == 0.0
