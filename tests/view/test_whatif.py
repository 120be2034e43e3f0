"""The report of a scenario: what changes is shown, what does not is one line."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from geo.flow.scenario import evaluate
from geo.model.reasons import why_no_difference
from geo.model.scenario import read_scenario
from geo.view.picture import Caption
from geo.view.whatif import classes, line, report

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
    assert "przywrócono na miejsce 1234 wierzchołki" in html
    assert "1234 vertices put back in place" in report(project, result, shapes, "en")


def test_what_changes_is_a_sentence_and_its_unit_stands_once(project, measured):
    result, shapes = measured
    html = report(project, result, shapes, "pl")
    assert "<li>Miejscowe plany zagospodarowania (MPZP): zmieniono pola w 1 obiekcie " in html
    [table] = re.findall(r"<caption>W dzielnicach.*?</table>", html, re.DOTALL)
    assert "[%]" in table and table.count("pkt proc.") == 1
    assert not re.search(r"<td>[^<]*%", html)
    assert len(re.findall(r">pkt proc\.</text>", html)) == 1


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


CARD = SimpleNamespace(unit="%", precision=1)
GIVEN = {"value": 0.0, "status": "ok"}


@pytest.mark.parametrize(
    ("official", "scenario", "said", "sign"),
    [
        (GIVEN, GIVEN, "0,0\u202fpkt proc.", None),
        (GIVEN, {"value": None, "status": "null"}, "brak danych", "null"),
        (GIVEN, {"value": None, "status": "suppressed"}, "ukryto: zbyt mała liczba", "suppressed"),
        ({"value": None, "status": "not_computable"}, GIVEN,
         "nie do policzenia (mianownik równy zeru)", "not_computable"),
        ({"value": None, "status": "null"}, {"value": None, "status": "suppressed"},
         "ukryto: zbyt mała liczba", "suppressed"),
        (None, GIVEN, "strefy nie ma w danych miasta", "zone_added"),
        (GIVEN, None, "strefy nie ma w scenariuszu", "zone_removed"),
    ],
)  # fmt: skip
def test_why_there_is_no_difference_is_told(official, scenario, said, sign):
    assert why_no_difference(official, scenario) == sign
    gap = None if sign else 0.0
    row = {"official": official, "scenario": scenario, "difference": gap}
    told = line(CARD, {"zone_name": "A", "changed": True, **row}, "pl")
    assert told.difference == said
    whole = (told.official, told.scenario, told.difference)
    assert "–" not in whole and sum("0,0" in each for each in whole) == 3 - sum(
        each is None or each["value"] is None for each in (official, scenario, {"value": gap})
    )


def test_the_map_of_differences_says_why_a_zone_has_none(project, measured):
    result, shapes = copy.deepcopy(measured[0]), measured[1]
    [card] = [each for each in result["indicators"] if each["id"] == "greenery_share_plans"]
    hidden = next(row for row in card["zones"] if not row["difference"])
    hidden["scenario"] = {**dict.fromkeys(hidden["scenario"]), "status": "suppressed"}
    hidden["difference"] = None
    html = report(project, result, shapes, "pl")
    assert f"<title>{hidden['zone_name']}: ukryto: zbyt mała liczba</title>" in html
    assert ">ukryto: zbyt mała liczba</text>" in html and "brak danych" not in html
