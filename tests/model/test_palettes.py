"""Codes of planning mean what their own dictionary says."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from geo.model import Project
from geo.model.palettes import palettes


def _class_of(palette: str, key: str) -> str:
    found = [use.id for use in palettes()[palette].classes if key in palettes()[palette].keys(use)]
    assert len(found) == 1, (key, found)
    return found[0]


@pytest.mark.parametrize("name", ["mpzp", "pog"])
def test_a_key_has_one_class_and_a_class_its_own_colour(name: str):
    palette = palettes()[name]
    keys = Counter(key for use in palette.classes for key in palette.keys(use))
    assert max(keys.values()) == 1
    assert len({use.colour for use in palette.classes}) == len(palette.classes)
    assert len({use.id for use in palette.classes}) == len(palette.classes)
    assert all(use.codes and palette.keys(use) for use in palette.classes)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2003/W", "2021/W"),  # waterworks, water
        ("2003/K", "2021/K"),  # sewage, traffic
        ("2003/C", "2021/C"),  # heating, cemetery
        ("2003/G", "2021/G"),  # gas, mining
    ],
)
def test_the_same_letter_is_another_class_in_another_dictionary(old: str, new: str):
    assert _class_of("mpzp", old) == "I"
    assert _class_of("mpzp", new) != "I"


def test_renamed_codes_keep_their_class():
    for old, new in [("ZL", "L"), ("ZC", "C"), ("WS", "W"), ("RM", "RZM"), ("MN", "MN")]:
        assert _class_of("mpzp", f"2003/{old}") == _class_of("mpzp", f"2021/{new}")
        assert _class_of("mpzp", f"2026/{new}") == _class_of("mpzp", f"2021/{new}")


def test_dictionaries_are_those_of_the_layer_and_codes_are_its_codes(project: Project):
    palette, layer = palettes()["mpzp"], project.layers["mpzp"]
    basis, use = layer.field("basis"), layer.field("use")
    assert basis is not None and use is not None and use.pattern is not None
    keys = [key.split("/") for each in palette.classes for key in palette.keys(each)]
    assert {book for book, _ in keys} == set(basis.values or {})
    assert not [code for _, code in keys if not re.fullmatch(use.pattern, code)]


def test_the_thirteen_zones_of_the_general_plan_are_there_and_nothing_claims_to_be_checked():
    zones = {use.id: use.colour for use in palettes()["pog"].classes}
    assert " ".join(zones) == "SW SJ SZ SU SH SP SR SI SN SC SG SO SK"
    assert zones["SW"] == "#b89578" and zones["SK"] == "#f2f2f2"
    for palette in palettes().values():
        assert not palette.verified
        assert palette.source.pl and palette.source.en
