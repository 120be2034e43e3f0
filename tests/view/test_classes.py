from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.model.indicator import Legend
from geo.view.classes import PALETTES, classify, contrast, ink_on


def test_a_value_on_an_edge_belongs_to_the_class_below():
    classes = classify([0, 10, 20, 30], Legend(scheme="breaks", breaks=(10, 20)), 1)
    assert classes.edges == (0, 10, 20, 30)
    assert [classes.index(v) for v in (0, 10, 10.1, 20, 20.1, 30)] == [0, 0, 1, 1, 2, 2]


def test_a_value_is_classed_as_it_is_shown():
    classes = classify([0.0, 10.04, 30.0], Legend(scheme="breaks", breaks=(10,)), 1)
    assert classes.index(10.04) == 0  # a reader sees 10,0


def test_breaks_of_a_card_stay_whatever_the_data():
    classes = classify([1.0, 2.0], Legend(scheme="breaks", breaks=(10, 20, 30)), 0)
    assert classes.edges == (1, 10, 20, 30, 30)
    assert len(classes.colours) == 4
    assert classes.index(2.0) == 0


@pytest.mark.parametrize("scheme", ["quantiles", "equal_interval", "fisher_jenks"])
def test_fewer_values_than_classes(scheme):
    legend = Legend(scheme=scheme, classes=7)
    assert classify([5.0] * 5, legend, 1).edges == (5, 5)
    two = classify([1.0, 1.0, 9.0, None, math.nan], legend, 1)
    assert (two.index(1.0), two.index(9.0)) == (0, len(two.colours) - 1)
    assert two.index(None) is None and two.index(math.nan) is None
    assert classify([None, math.nan], legend, 1).colours == ()


@given(
    values=st.lists(
        st.one_of(st.none(), st.floats(0, 1e6, allow_nan=False).map(lambda v: round(v, 3))),
        max_size=40,
    ),
    scheme=st.sampled_from(["quantiles", "equal_interval", "fisher_jenks"]),
    k=st.integers(2, 7),
    decimals=st.integers(0, 3),
)
def test_every_value_has_one_class_and_the_legend_tells_the_truth(values, scheme, k, decimals):
    classes = classify(values, Legend(scheme=scheme, classes=k), decimals)
    assert len(classes.colours) <= k
    assert len(set(classes.colours)) == len(classes.colours)
    assert list(classes.edges) == sorted(classes.edges)
    for value in values:
        found = classes.index(value)
        assert (found is None) == (value is None)
        if value is not None and found is not None:
            shown = round(value, decimals)
            below, above = classes.edges[found], classes.edges[found + 1]
            assert below <= shown <= above
            assert found == 0 or below < shown


@pytest.mark.parametrize("palette", PALETTES)
def test_labels_reach_the_contrast_of_wcag_on_every_colour(palette):
    for colour in PALETTES[palette]:
        assert contrast(ink_on(colour), colour) >= 4.5


@pytest.mark.parametrize("palette", PALETTES)
def test_palettes_darken_step_by_step(palette):
    # Lightness alone orders the classes: so they stay apart without any sense of colour.
    steps = [contrast("#ffffff", colour) for colour in PALETTES[palette]]
    assert steps == sorted(steps)
    assert min(b / a for a, b in pairwise(steps)) > 1.1


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["Quantiles", "EqualInterval"])
@given(
    values=st.lists(st.integers(0, 10**6), min_size=2, max_size=50, unique=True),
    k=st.integers(2, 7),
)
def test_our_own_schemes_are_those_of_mapclassify(scheme, values, k):
    import mapclassify
    import numpy as np

    k = min(k, len(values))
    legend = Legend(
        scheme={"Quantiles": "quantiles", "EqualInterval": "equal_interval"}[scheme], classes=k
    )
    theirs = getattr(mapclassify, scheme)(np.array(values, dtype=float), k=k).bins
    ours = classify([float(v) for v in values], legend, 6)
    assert ours.edges[1:] == pytest.approx(theirs, abs=2e-6)


def test_the_portal_starts_without_the_heavy_libraries():
    import subprocess
    import sys

    code = (
        "import sys; import geo.view.portal; "
        "heavy = {'mapclassify', 'sklearn', 'scipy', 'matplotlib', 'folium'}; "
        "print(*(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "\n"), done.stdout + done.stderr
