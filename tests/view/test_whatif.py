"""The report of a scenario: what changes is shown, what does not is one line."""

from __future__ import annotations

import copy
import re
from pathlib import Path

import pytest

from geo.flow.scenario import evaluate
from geo.model.scenario import read_scenario
from geo.view.picture import Caption
from geo.view.whatif import classes, report

EXAMPLE = Path(__file__).resolve().parents[2] / "docs/scenarios/park-na-poprzemyslowym.yml"
CARDS = ("greenery_share_plans", "residential_share")


@pytest.fixture(scope="module")
def measured(project, demo_data):
    scenario = read_scenario(EXAMPLE.read_bytes(), EXAMPLE.name)
    found = evaluate(project, demo_data, scenario, indicators=CARDS)
    shapes = {
        each.card.id: dict(
            zip(each.after.result.zones.ids, each.after.result.zones.features.geometries,
                strict=True)
        )
        for each in found.measured
    }  # fmt: skip
    return found.as_dict(), shapes


def test_what_stays_is_one_line(project, measured):
    result, shapes = measured
    assert {each["id"] for each in result["indicators"]} == set(CARDS)
    html = report(project, result, shapes, "pl")
    stays = project.indicators["residential_share"].title.pl
    assert html.count(stays) == 1
    assert re.search(rf"<p>Bez zmian: [^<]*{re.escape(stays)}[^<]*</p>", html)
    assert f"<h2>{project.indicators['greenery_share_plans'].title.pl}" in html
    assert "<p>Unchanged: " in report(project, result, shapes, "en")


def test_an_indicator_whose_parts_do_not_add_up_is_never_one_line(project, measured):
    result, shapes = copy.deepcopy(measured[0]), measured[1]
    for each in result["indicators"]:
        each["closes"] = False
    html = report(project, result, shapes, "pl")
    assert "Bez zmian" not in html
    assert html.count("Części nie dają całości") == len(CARDS)


def test_corners_put_back_are_counted(project, measured):
    result, shapes = copy.deepcopy(measured[0]), measured[1]
    result["changes"][0]["fitted"] = 1234
    html = report(project, result, shapes, "pl")
    assert "wierzchołki przywrócone na miejsce" in html and "<td>1234</td>" in html


@pytest.mark.parametrize(
    ("gaps", "decimals"),
    [([0.1, -0.04], 1), ([0.04], 1), ([0.2], 1), ([0.15, -2.3], 1), ([3.0], 0)],
)
def test_no_two_breaks_of_a_legend_read_the_same(gaps, decimals):
    from geo.view.picture import _edge_words

    found = classes(gaps, decimals)
    caption = Caption("x", "t", "d", "%", decimals, "pl")
    told = _edge_words(found.edges, caption)
    assert len(set(told)) == len(told) == len(found.colours) + 1
    assert list(found.edges) == sorted(found.edges)
    assert found.index(0.0) == len(found.colours) // 2
