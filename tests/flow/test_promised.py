"""How promised evidence falls into parts: every zone in one, none too large, boxes around all."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.flow import promised
from geo.flow.promised import Promise, promise_of, recipe_of
from geo.flow.sources import Sources
from geo.measure.card import measure
from geo.measure.evidence import boxes, counted, evidence
from geo.measure.plan import plan
from geo.model import Project, load_project

CARDS = sorted(load_project(Path(__file__).resolve().parents[2]).indicators)
COUNTS = st.lists(st.integers(0, 50), min_size=1, max_size=40)


def _promise(pieces: list[int], most: int) -> Promise:
    starts = promised._grouped(pieces, most)
    zones = tuple(f"z{row}" for row in range(len(pieces)))
    found = tuple((float(part), 0.0, part + 0.5, 1.0) for part in range(len(starts)))
    return Promise(zones, tuple(pieces), tuple(starts), found, "recipe", "version")


@given(COUNTS, st.integers(1, 80))
def test_every_zone_is_in_one_part_and_parts_follow_each_other(
    pieces: list[int], most: int
) -> None:
    found = _promise(pieces, most)
    zones = [zone for part in range(len(found)) for zone in found.zones_of(part)]
    assert zones == list(found.zones)
    assert found.total == sum(pieces)
    before = 0
    for part in range(len(found)):
        mine = found.zones_of(part)
        assert found.first_piece(part) == before
        assert found.count(part) == sum(pieces[int(zone[1:])] for zone in mine)
        assert found.count(part) <= most or len(mine) == 1
        assert all(found.parts_of([zone]) == [part] for zone in mine)
        before += found.count(part)
    assert found.parts_of(["nowhere"]) == []
    assert found.parts_of(reversed(found.zones)) == list(range(len(found)))
    assert found.parts_in((0.6, 0.0, 1.0, 2.0)) == ([1] if len(found) > 1 else [])


@given(COUNTS, st.integers(1, 80))
def test_two_neighbours_are_never_apart_for_nothing(pieces: list[int], most: int) -> None:
    found = _promise(pieces, most)
    for part in range(len(found) - 1):
        first_of_next = pieces[found.starts[part + 1]]
        assert found.count(part) + first_of_next > most


def test_it_is_read_as_it_was_written() -> None:
    found = _promise([3, 0, 9], 5)
    said = json.loads(found.as_bytes())
    assert said["pieces"] == [3, 0, 9] and said["values"] == "version"


@pytest.mark.parametrize("card", CARDS)
def test_pieces_are_counted_and_bounded_without_being_made(
    project: Project, demo_data: Path, card: str
) -> None:
    recipe = plan(project, project.indicator(card))
    sources = Sources(project, demo_data, [recipe])
    found = {layer: sources.source(layer) for layer in recipe.layers}
    result = measure(recipe, sources.zones(recipe), found)
    made = evidence(result)
    zone = np.concatenate([each.zone for each in made])
    around = boxes(result)[zone]
    bounds = shapely.bounds(np.concatenate([each.geometry for each in made]))
    some = ~np.isnan(bounds).any(axis=1)  # what reaches nothing has an empty line
    assert (bounds[some, :2] >= around[some, :2] - 1e-6).all()
    assert (bounds[some, 2:] <= around[some, 2:] + 1e-6).all()
    assert counted(result).tolist() == np.bincount(zone, minlength=len(result.zones)).tolist()
    assert promise_of(result).total == len(zone) > 0


def test_what_is_measured_decides_the_recipe_and_words_do_not(project: Project) -> None:
    card = project.indicator("building_cover")
    told = card.model_copy(update={"title": card.question, "precision": 5})
    assert recipe_of(plan(project, told)) == recipe_of(plan(project, card))
    of = card.of.model_copy(update={"where": "floors > 2"})
    other = card.model_copy(update={"of": of})
    assert recipe_of(plan(project, other)) != recipe_of(plan(project, card))
