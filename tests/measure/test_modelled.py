"""People laid on buildings weigh other verbs: distances, shares, means, people to divide by.

One town, computed by hand. Area r1 has 100 people; house h1 has 1 floor and h3 has 3, on equal
ground, so 25 and 75 live there; the shop takes nobody. Area r2 has 60 people in house k. The park
is 200 m from h1 and 400 m from h3; k touches a meadow.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from towns import box, run, zones_of

from geo.errors import MeasureError, ModelError, UsageError
from geo.measure.evidence import evidence
from geo.measure.plan import plan
from geo.model import Project, Recipe, Term
from geo.model.indicator import ClassGroup, Target
from geo.model.project import load_project
from geo.model.recipes import check_recipe
from geo.model.site import Residents

PEOPLE = "residents_modelled"
ZONES = {"a": (0, 0, 1000, 400), "b": (1000, 0, 2000, 400)}
TOWN = {
    "census_areas": [
        {"area_id": "r1", "residents": 100, "geometry": box(0, 0, 1000, 400)},
        {"area_id": "r2", "residents": 60, "geometry": box(1000, 0, 2000, 400)},
    ],
    "buildings": [
        {"building_id": name, "function": use, "floors": floors, "geometry": box(x, 0, x + 10, 10)}
        for name, use, floors, x in (
            ("h1", "residential", 1, 300), ("h3", "residential", 3, 500),
            ("shop", "services", 2, 120), ("k", "residential", 2, 1500),
        )
    ],
    "greenery": [
        {"green_id": "park", "kind": "park", "public": True, "geometry": box(0, 0, 100, 100)},
        {"green_id": "meadow", "kind": "forest", "public": True,
         "geometry": box(1510, 0, 1610, 100)},
    ],
    "streets": [
        {"street_id": "s", "class": "main", "geometry":
         "LINESTRING (505000 270005, 507000 270005)"},
    ],
}  # fmt: skip
SUMMED = Term(layer="buildings", measure="sum", field=PEOPLE)
WEIGHED = Term(layer="buildings", weight=PEOPLE)
GREEN = Target(layer="greenery", where="kind = 'park' OR kind = 'forest'")


def _answers(project: Project, recipe: Recipe) -> list[float | None]:
    result = run(project, recipe, TOWN, zones_of(project, ZONES))
    assert result.closes
    for each, quantity in zip(evidence(result), result.quantities, strict=False):
        assert each.measure.sum() == pytest.approx(quantity.sums.sum(), rel=1e-12)
    return [value.value for value in (*result.values, result.whole)]


def _near(recipe: dict[str, object]) -> Recipe:
    return Recipe.model_validate({"to": GREEN, **recipe})


@pytest.mark.parametrize("of", [SUMMED, WEIGHED], ids=["summed", "weight"])
def test_people_within_300_m_of_greenery(project: Project, of: Term) -> None:
    recipe = _near({"verb": "share_within", "of": of, "distance": 300.0, "unit": "%"})
    assert _answers(project, recipe) == [25.0, 100.0, pytest.approx(100 * 85 / 160)]


@pytest.mark.parametrize("of", [SUMMED, WEIGHED], ids=["summed", "weight"])
def test_how_far_the_nearest_greenery_is_from_people(project: Project, of: Term) -> None:
    recipe = _near({"verb": "nearest", "of": of, "unit": "m"})
    assert _answers(project, recipe) == [
        pytest.approx((25 * 200 + 75 * 400) / 100), 0.0, pytest.approx(35_000 / 160),
    ]  # fmt: skip


def test_the_distance_that_half_of_the_people_have_at_most(project: Project) -> None:
    recipe = _near({"verb": "nearest", "of": WEIGHED, "statistic": "median", "unit": "m"})
    # 60 people have 0 m and 25 have 200 m: more than half of 160.
    assert _answers(project, recipe) == [pytest.approx(400.0), 0.0, pytest.approx(200.0)]


def test_along_streets(project: Project) -> None:
    """From the middle of a house along the street that runs through it, to the rim of the park."""
    way = Target(layer="greenery", where="kind = 'park'", along="streets")
    recipe = Recipe(verb="nearest", of=WEIGHED, to=way, unit="m")
    got = _answers(project, recipe)
    assert got[0] == pytest.approx((25 * 205 + 75 * 405) / 100)
    recipe = Recipe(verb="share_within", of=WEIGHED, to=way, distance=300.0, unit="%")
    assert _answers(project, recipe)[:2] == [25.0, 0.0]


def test_a_mean_of_houses_weighed_by_who_lives_there(project: Project) -> None:
    of = Term(layer="buildings", field="floors", weight=PEOPLE)
    got = _answers(project, Recipe(verb="mean", of=of, unit="1"))
    assert got == [2.5, 2.0, pytest.approx((25 + 225 + 120) / 160)]
    got = _answers(project, Recipe(verb="median", of=of, unit="1"))
    assert got == [3.0, 2.0, 2.0]


def test_classes_of_people(project: Project) -> None:
    groups = (
        ClassGroup.model_validate(
            {"id": "low", "where": "floors < 3", "title": {"pl": "niskie", "en": "low"}}
        ),
        ClassGroup.model_validate(
            {"id": "high", "where": "floors >= 3", "title": {"pl": "wysokie", "en": "high"}}
        ),
    )
    recipe = Recipe(verb="sum", of=SUMMED, by=groups, unit="person")
    result = run(project, recipe, TOWN, zones_of(project, ZONES))
    found = {each.name: [value.numerator for value in each.values] for each in result.classes}
    assert found["low"][:1] == [25.0] and found["high"][:1] == [75.0]


def test_people_to_divide_by(project: Project) -> None:
    site = project.site.model_copy(update={
        "residents": Residents(layer="buildings", field=PEOPLE)
    })  # fmt: skip
    modelled = replace(project, site=site)
    of = Term(layer="greenery", measure="area", overlaps="once")
    recipe = Recipe(verb="per_person", of=of, unit="m2/person")
    assert _answers(modelled, recipe) == [100.0, pytest.approx(10_000 / 60), 125.0]
    recipe = Recipe(verb="ratio", of=of, over=SUMMED, unit="m2/person")
    assert _answers(project, recipe) == [100.0, pytest.approx(10_000 / 60), 125.0]


def test_nothing_of_it_is_secret_and_so_nothing_is_hidden(project: Project) -> None:
    """The totals and the weights are public: who lives where is a guess, and says so."""
    found = plan(project, _near({"verb": "nearest", "of": WEIGHED, "unit": "m"}))
    assert not any(term.private or term.persons for term in found.terms)
    assert all(term.modelled is not None and not term.local for term in found.terms)
    assert PEOPLE not in found.reads["buildings"]
    assert found.reads["census_areas"] == ("area_id", "residents")


@pytest.mark.parametrize(
    ("term", "what"),
    [(Term(layer="buildings", measure="sum", field=PEOPLE, weight=PEOPLE), "both modelled"),
     (Term(layer="buildings", weight="nobody"), "no numeric field"),
     (Term(layer="buildings", where=f"{PEOPLE} > 3"), PEOPLE)],
)  # fmt: skip
def test_what_has_no_meaning_is_refused(project: Project, term: Term, what: str) -> None:
    unit = "person" if term.field else "feature"
    recipe = Recipe(verb="sum" if term.field else "count", of=term, unit=unit)
    with pytest.raises((UsageError, MeasureError), match=what):
        check_recipe(recipe, project.layers, project.site)


@pytest.mark.parametrize("where", ["weight", "residents"])
def test_a_card_says_that_it_is_modelled(project: Project, tmp_path, where: str) -> None:
    import shutil

    for name in ("config", "layers", "indicators"):
        shutil.copytree(project.root / name, tmp_path / name)
    if where == "weight":
        path = tmp_path / "indicators" / "school_walk_800.yml"
        text = path.read_text(encoding="utf-8")
        changed = text.replace(
            "{ measure: sum, layer: buildings, field: residents_modelled }",
            "{ layer: buildings, weight: residents_modelled }",
        )
        assert changed != text
        start, end = changed.index("modelled:\n"), changed.index("caveat:\n")
        path.write_text(changed[:start] + changed[end:], encoding="utf-8")
    else:
        path = tmp_path / "config" / "site.yml"
        text = path.read_text(encoding="utf-8")
        changed = text.replace(
            "residents: { layer: addresses, field: people }",
            "residents: { layer: buildings, field: residents_modelled }",
        )
        assert changed != text
        path.write_text(changed, encoding="utf-8")
    with pytest.raises(ModelError, match="modelled"):
        load_project(tmp_path)


FLOORS = Term(layer="buildings", field="floors", weight=PEOPLE)


@pytest.mark.parametrize(
    ("recipe", "ledger"),
    [({"verb": "sum", "of": SUMMED, "unit": "person"}, [(160.0, 40.0)]),
     ({"verb": "nearest", "of": SUMMED, "unit": "m", "to": GREEN},
      [(35_000.0, 0.0), (160.0, 40.0)]),
     ({"verb": "share_within", "of": WEIGHED, "unit": "%", "to": GREEN, "distance": 300.0},
      [(85.0, 0.0), (160.0, 40.0)]),
     ({"verb": "mean", "of": FLOORS, "unit": "1"}, [(370.0, 0.0), (160.0, 40.0)])],
    ids=["sum", "nearest", "share", "mean"],
)  # fmt: skip
def test_people_without_a_house_are_told(project: Project, recipe, ledger) -> None:
    """r3 has 40 people and no house: they are in no number, and the ledger of people says so.

    What is people times metres or floors says nothing of them: 40 would be no metres.
    """
    area = {"area_id": "r3", "residents": 40, "geometry": box(2000, 0, 3000, 400)}
    town = {**TOWN, "census_areas": [*TOWN["census_areas"], area]}
    found = run(project, Recipe.model_validate(recipe), town, zones_of(project, ZONES)).ledger
    assert [(entry.whole, entry.unplaced) for entry in found] == ledger
    assert all(entry.closes for entry in found)


def test_who_has_no_house_is_told_in_the_unit_of_the_whole(project: Project) -> None:
    layer = project.layers["buildings"]
    fields = tuple(each.model_copy(update={"unit": "km"}) for each in layer.modelled)
    layer = layer.model_copy(update={"modelled": fields})
    project = replace(project, layers={**project.layers, "buildings": layer})
    area = {"area_id": "r3", "residents": 40, "geometry": box(2000, 0, 3000, 400)}
    town = {**TOWN, "census_areas": [*TOWN["census_areas"], area]}
    recipe = Recipe(verb="sum", of=SUMMED, unit="km")
    (entry,) = run(project, recipe, town, zones_of(project, ZONES)).ledger
    assert (entry.whole, entry.unplaced, entry.unit) == (160_000.0, 40_000.0, "m")
