"""What would show one person or one house stays hidden, whatever the verb."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from towns import EAST, NORTH, run

from geo.errors import MeasureError
from geo.measure.disclose import Threshold, hidden_cells
from geo.measure.plan import plan
from geo.model import Project, Recipe, Term
from geo.model.indicator import Target


def test_an_order_statistic_of_a_secret_is_refused(project: Project):
    secret = Term(layer="addresses", measure="sum", field="people")
    to = Target(layer="schools")
    for recipe in (
        Recipe(verb="median", of=secret, unit="person"),
        Recipe(verb="nearest", of=secret, to=to, unit="m", statistic="median"),
        Recipe(verb="nearest", of=secret, to=to, unit="m", statistic="max"),
    ):
        with pytest.raises(MeasureError, match="not public"):
            plan(project, recipe)


def test_people_times_distances_are_shown_only_of_many_addresses(project: Project):
    def town(count):
        return {
            "addresses": [
                {"address_id": str(n), "people": 20, "geometry": f"POINT ({EAST + n} {NORTH + 5})"}
                for n in range(count)
            ],
            "schools": [{"school_id": "1", "geometry": f"POINT ({EAST} {NORTH + 5})"}],
        }

    of = Term(layer="addresses", measure="sum", field="people")
    recipe = Recipe(verb="nearest", of=of, to=Target(layer="schools"), unit="m")
    few = run(project, recipe, town(29), threshold=Threshold())
    assert (few.values[0].status, few.whole.status) == ("suppressed", "suppressed")
    many = run(project, recipe, town(30), threshold=Threshold())
    assert many.values[0].status == "ok"
    assert many.values[0].numerator % 10 == 0  # rounded, so that no house follows from the sum


def test_those_beyond_a_distance_are_a_group_too(project: Project):
    rows = [(10, 100), (350, 4), (500, 300), (700, 50)]
    town = {
        "addresses": [
            {"address_id": str(n), "people": people, "geometry": f"POINT ({EAST + x} {NORTH + 5})"}
            for n, (x, people) in enumerate(rows)
        ],
        "schools": [{"school_id": "1", "geometry": f"POINT ({EAST} {NORTH + 5})"}],
    }
    of = Term(layer="addresses", measure="sum", field="people")
    recipe = Recipe(verb="share_within", of=of, to=Target(layer="schools"), distance=300, unit="%")
    result = run(project, recipe, town, threshold=Threshold())
    # Zone a has 100 near and 4 beyond; its complement, zone b, goes with it.
    assert [each.status for each in result.values] == ["suppressed", "suppressed", "not_computable"]
    assert [each.numerator for each in result.values] == [None, None, 0.0]


TABLES = st.lists(
    st.lists(st.integers(0, 25), min_size=3, max_size=3), min_size=2, max_size=6
)  # fmt: skip


@settings(max_examples=200)
@given(TABLES)
def test_no_small_cell_of_a_table_follows_from_its_margins(rows):
    cells = np.array(rows, float)
    sizes = np.column_stack((cells, cells.sum(axis=1)))
    out = hidden_cells(sizes, 10)
    table = np.vstack((sizes, sizes.sum(axis=0)))
    small = (table > 0) & (table < 10)
    assert not (small & ~out).any()
    unknown = np.argwhere(out)
    if not len(unknown):
        return
    # Each row and each column of the table is one equation in the hidden numbers.
    equations = np.zeros((sum(table.shape), len(unknown)))
    for number, (row, column) in enumerate(unknown):
        sign = (-1.0 if row == len(table) - 1 else 1.0) * (-1.0 if column == 3 else 1.0)
        equations[row, number] = equations[len(table) + column, number] = sign
    _, values, vectors = np.linalg.svd(equations)
    free = vectors[(values > 1e-9).sum() :]
    follows = np.abs(free).max(axis=0) < 1e-9 if len(free) else np.ones(len(unknown), bool)
    assert not any(small[row, column] for (row, column) in unknown[follows])
