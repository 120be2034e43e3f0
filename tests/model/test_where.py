"""``where`` of a card is read when the project is: an error names file, line and key."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from geo.errors import ModelError
from geo.model import load_project

ROOT = Path(__file__).resolve().parents[2]
CARD = "indicators/bike_paths_density.yml"
GOOD = "where: \"kind <> 'trail'\""


@pytest.fixture
def city(tmp_path: Path) -> Path:
    for folder in ("config", "layers", "indicators"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def write(city: Path, where: str) -> int:
    """Put another filter into the card; return its line."""
    path = city / CARD
    text = path.read_text(encoding="utf-8")
    assert text.count(GOOD) == 1
    path.write_text(text.replace(GOOD, where), encoding="utf-8")
    return text[: text.index(GOOD)].count("\n") + 1


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ('where: "kind <>"', "character 8: the filter cannot be read: a field or a value"),
        ('where: "rodzaj = 1"', "the fields are: path_id, "),
        ('where: "kind = 5"', "5 is a number, not text, in kind = 5"),
        ('where: "S_INTERSECTS(geometry, POINT(1 2))"', "does not see the geometry"),
        ('where: "kind LIKE sides"', "LIKE sides is no pattern"),
    ],
)
def test_a_filter_without_a_meaning_is_refused(city: Path, where: str, says: str) -> None:
    line = write(city, where)
    with pytest.raises(ModelError) as caught:
        load_project(city)
    assert caught.value.where == f"{CARD}:{line} (of.where)"
    assert says in str(caught.value)


def test_a_filter_with_a_meaning_is_taken(city: Path) -> None:
    write(city, "where: \"ACCENTI(CASEI(kind)) LIKE 'tra%' OR sides + 1 > 2\"")
    assert load_project(city).indicator("bike_paths_density").of.where.startswith("ACCENTI")
