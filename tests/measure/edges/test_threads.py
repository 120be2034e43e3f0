"""Chunks cover every feature once, depend on the input alone, and come back in order."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.measure.edges import threads


@given(st.lists(st.integers(0, 400_000), max_size=60))
def test_chunks_cover_everything_once(vertices):
    for bounds in (threads.cut(len(vertices), 7), threads.cut_by(np.array(vertices, dtype=int))):
        rows = [row for start, stop in bounds for row in range(start, stop)]
        assert rows == list(range(len(vertices)))


def test_heavy_features_get_chunks_of_their_own():
    assert threads.cut_by(np.array([10, 500_000, 10, 10, 600_000])) == [(0, 1), (1, 4), (4, 5)]


def test_results_come_in_order():
    bounds = threads.cut(1_000, 10)
    assert threads.each(lambda start, stop: (start, stop), bounds) == bounds


def test_measuring_is_what_pays_for_numba():
    """Nothing that `geo.measure` imports on its own loads the compiler."""
    code = "import sys, geo.measure, geo.measure.verbs; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
