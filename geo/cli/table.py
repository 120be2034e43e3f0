"""The answer of ``geobank measure`` as a table on screen: every class, in blocks that fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo.cli.measured import counted, figure, places_of, unit_shown, word
from geo.limits import limit

if TYPE_CHECKING:
    from geo.flow.streamed.handout import Answer
    from geo.model.text import Language

SHOWN_ZONES, SHOWN_CLASSES = 40, 100
WIDTH = 100
"""Characters of a line; a wider table is turned or broken into blocks."""
_FEW = 8
"""Zones that may stand side by side, a line for each class."""
_MARKS = {"-": "mark_null", "÷0": "mark_nothing"}


def table_lines(answer: Answer, language: Language) -> list[str]:
    """Return the answer as a table, with all zones together.

    Without classes, or with few: a line for each zone, a column for each class. With more than fit
    in a line: a line for each class where zones are few, and else blocks of columns, one below the
    other. What is left out is counted, never silent. Of a quotient, all together is sums over sums.
    """
    rows = _rows(answer, language)
    if _wide(rows) > WIDTH:
        turned = [list(row) for row in zip(*rows, strict=True)]
        fits = len(rows[0]) > 2 and len(rows) <= _FEW + 2 and _wide(turned) <= WIDTH
        blocks = [turned] if fits else _blocks(rows)
    else:
        blocks = [rows]
    lines = _drawn(blocks[0])
    for block in blocks[1:]:
        lines += ["", *_drawn(block)]
    return [*lines, *_left_out(answer, language), *_marks(answer, rows, language)]


def _rows(answer: Answer, language: Language) -> list[list[str]]:
    """Return a head, a row for each zone, and one of all; the last column is of all classes."""
    labels = answer.whole.labels[:SHOWN_CLASSES] if answer.question.by else ()
    titles = answer.about.get("class_titles", {})
    head = [_class(label, titles, language) for label in labels]
    unit = unit_shown(answer.unit or "1", answer, language)
    rows = [["", *head, f"{word(language, 'total')} [{unit}]"]]
    shown = [*enumerate(answer.places.names[:SHOWN_ZONES]), (-1, word(language, "zones_all"))]
    columns = [*range(len(labels)), -1]
    told = [[answer.told(place, at) for at in columns] for place, _ in shown]
    decimals = places_of(
        float(one["value"]) for line in told for one in line if one["value"] is not None
    )
    for (_, name), line in zip(shown, told, strict=True):
        rows.append([name, *(_cell(one, decimals, language) for one in line)])
    return rows


def _class(label: str | None, titles: dict[str, Any], language: Language) -> str:
    if not label:
        return word(language, "none")
    title = titles.get(label)
    return label if title is None else f"{label} {title[language]}"


def _cell(told: dict[str, Any], decimals: int, language: Language) -> str:
    if told["status"] == "not_computable":
        return "÷0"
    return "-" if told["value"] is None else figure(float(told["value"]), decimals, language)


def _widths(rows: list[list[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def _wide(rows: list[list[str]]) -> int:
    return sum(_widths(rows)) + 2 * (len(rows[0]) - 1)


def _blocks(rows: list[list[str]]) -> list[list[list[str]]]:
    """Break columns into blocks that fit, each with the names of the zones."""
    first, *widths = _widths(rows)
    blocks: list[list[int]] = [[]]
    used = first
    for column, width in enumerate(widths, start=1):
        if blocks[-1] and used + 2 + width > WIDTH:
            blocks.append([])
            used = first
        blocks[-1].append(column)
        used += 2 + width
    return [[[row[0], *(row[column] for column in block)] for row in rows] for block in blocks]


def _drawn(rows: list[list[str]]) -> list[str]:
    first, *widths = _widths(rows)
    return [
        "  ".join(
            [
                row[0].ljust(first),
                *(cell.rjust(width) for cell, width in zip(row[1:], widths, strict=True)),
            ]
        ).rstrip()
        for row in rows
    ]


def _left_out(answer: Answer, language: Language) -> list[str]:
    zones = len(answer.places.names) - SHOWN_ZONES
    classes = len(answer.whole.labels) - SHOWN_CLASSES if answer.question.by else 0
    return [
        word(language, "more", counted(count, what, language))
        for count, what in ((zones, "zones"), (classes, "classes"))
        if count > 0
    ]


def _marks(answer: Answer, rows: list[list[str]], language: Language) -> list[str]:
    there = {cell for row in rows[1:] for cell in row[1:]}
    lines = [word(language, key) for mark, key in _MARKS.items() if mark in there]
    if "-" in there and "cells" in answer.about:
        lines[0] = word(language, "mark_blind", limit("blind_percent"))
    return lines
