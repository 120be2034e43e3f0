"""One district beside the others and the whole city, in every indicator."""

from __future__ import annotations

from dataclasses import dataclass

from geo.errors import NotFoundError
from geo.model import Project
from geo.model.text import Text
from geo.view.answer import Answer, Row
from geo.view.portal.content import City


@dataclass(frozen=True)
class Line:
    """A district in one indicator.

    Attributes
    ----------
    of : int
        How many districts have a rank.
    """

    answer: Answer
    row: Row
    of: int


@dataclass(frozen=True)
class District:
    """A district in all indicators, by theme."""

    id: str
    name: str
    themes: tuple[tuple[str, Text, tuple[Line, ...]], ...]


def names(project: Project, city: City) -> list[tuple[str, str]]:
    """Return id and name of each district that has a number, by name."""
    found: dict[str, str] = {}
    for answer in _answers(project, city):
        found |= {row.result.zone_id: row.result.zone_name for row in answer.rows}
    return sorted(found.items(), key=lambda pair: pair[1])


def district(project: Project, city: City, zone_id: str) -> District:
    """Return a district's numbers.

    Raises
    ------
    NotFoundError
        If no indicator has a district of that id.
    """
    groups = []
    for theme, title, entries in city.entries:
        lines = (
            _line(entry.answer, zone_id)
            for entry in entries
            if entry.answer is not None and entry.answer.zones.id == project.site.zones
        )
        kept = tuple(line for line in lines if line is not None)
        if kept:
            groups.append((theme, title, kept))
    if not groups:
        raise NotFoundError("there is no such district", fix="see the list of districts")
    name = groups[0][2][0].row.result.zone_name
    return District(zone_id, name, tuple(groups))


def _answers(project: Project, city: City) -> list[Answer]:
    return [each for each in city.answers.values() if each.zones.id == project.site.zones]


def _line(answer: Answer, zone_id: str) -> Line | None:
    row = next((row for row in answer.rows if row.result.zone_id == zone_id), None)
    ranked = sum(other.rank is not None for other in answer.rows)
    return Line(answer, row, ranked) if row else None
