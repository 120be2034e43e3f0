"""Every example of docs/cql2.md is CQL2, and its limits are those that hold."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from geo.limits import limit
from geo.model.cql2 import parse_json, parse_text, to_json, to_text

DOC = (Path(__file__).resolve().parents[3] / "docs" / "cql2.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```cql2\n(.*?)```", DOC, re.S)[0].splitlines()


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_is_read(text: str) -> None:
    tree = parse_text(text)
    assert parse_text(to_text(tree)) == tree


def test_the_json_example_says_the_second_line() -> None:
    (document,) = re.findall(r"```json\n(.*?)```", DOC, re.S)
    wanted = parse_text("kind = 'park' AND NOT (name IS NULL)")
    assert parse_json(document) == wanted
    assert json.loads(document) == to_json(wanted)


def test_the_limits_are_those_that_hold() -> None:
    assert f"{limit('query_chars'):,}".replace(",", " ") in DOC
    assert f"{limit('filter_depth')} poziomów" in DOC
    assert f"{limit('filter_shapes')} warunków" in DOC
