"""A recipe that is not whole, or does not fit its layers, is refused with its key."""

from __future__ import annotations

import pytest
import yaml

from geo.errors import UsageError
from geo.model import Project, Recipe
from geo.model.recipes import check_recipe

A = "of: {layer: addresses}, unit: m"
N = "verb: nearest"


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        (f"{N}, {A}", "needs `to`"),
        (f"verb: share_within, to: {{layer: schools}}, {A}", "needs `distance`"),
        ("verb: area, of: {layer: mpzp}, to: {layer: schools}, unit: ha", "`to` goes with"),
        ("verb: diversity, of: {layer: mpzp, measure: area}, by: use, unit: '1'", "needs `index`"),
        ("verb: median, of: {layer: parcels}, unit: m2", "needs a field"),
        ("verb: area, of: {layer: mpzp}, statistic: max, unit: ha", "`statistic`"),
        ("verb: count, of: {layer: stops}, ellipsoid: true, unit: feature", "ellipsoid"),
        ("verb: count, of: {layer: stops}, per: {grid: 9, h3: 8}, unit: feature", "grid"),
        ("verb: count, of: {layer: stops}, per: {grid: 99, h3: 8}, unit: feature", "of the two"),
        ("verb: count, of: {layer: stops}, measure: area, unit: feature", "measure"),
    ],
)
def test_a_recipe_that_is_not_whole_is_refused(recipe, words):
    with pytest.raises(ValueError, match=words):
        Recipe.model_validate(yaml.safe_load(f"{{{recipe}}}"))


@pytest.mark.parametrize(
    ("recipe", "where"),
    [
        (f"{N}, to: {{layer: schols}}, {A}", "to.layer"),
        (f"{N}, to: {{layer: schools}}, {A}2", "unit"),
        (f"{N}, to: {{layer: schools, least_m2: 5}}, {A}", "to.least_m2"),
        (f"{N}, to: {{layer: schools, where: x = 1}}, {A}", "to.where"),
        ("verb: count, of: {layer: addresses}, by: people, unit: feature", "by"),
        ("verb: count, of: {layer: addresses}, by: nothing, unit: feature", "by"),
        ("verb: diversity, of: {layer: stops, measure: count}, by: name, index: evenness, "
         "unit: '1'", "by"),
        ("verb: per_person, of: {layer: stops, measure: count}, unit: feature", "unit"),
    ],
)  # fmt: skip
def test_a_recipe_that_does_not_fit_its_layers_names_the_key(project: Project, recipe, where):
    with pytest.raises(UsageError) as caught:
        check_recipe(
            Recipe.model_validate(yaml.safe_load(f"{{{recipe}}}")), project.layers, project.site
        )
    assert caught.value.where == where
