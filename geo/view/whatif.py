"""A scenario as one HTML file that opens from a disk: numbers, maps of the difference, warnings."""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import shapely
from markupsafe import Markup

from geo.model import Indicator, Project
from geo.model.derived import class_title, titled
from geo.model.indicator import UNCLASSIFIED
from geo.model.reasons import REASONS, why_no_difference
from geo.model.scenario import NOTICE
from geo.model.text import Count, Language, Text
from geo.view import numbers, picture
from geo.view.classes import Classes
from geo.view.picture import Caption, Zone
from geo.view.rendering import STATIC, render

_LESS_MORE = ("#7b3294", "#c2a5cf", "#f7f7f7", "#a6dba0", "#008837")
"""ColorBrewer's PRGn (Apache-2.0), apart for colour-blind eyes: less, the same, more."""
_DONE = {
    "added": Text(pl="dodano {count:obiekt|obiekty|obiektów}", en="{count:feature|features} added"),
    "replaced": Text(
        pl="zamieniono {count:obiekt|obiekty|obiektów}", en="{count:feature|features} replaced"
    ),
    "set": Text(
        pl="zmieniono pola w {count:obiekcie|obiektach|obiektach}",
        en="fields set in {count:feature|features}",
    ),
    "removed": Text(
        pl="usunięto {count:obiekt|obiekty|obiektów}", en="{count:feature|features} removed"
    ),
    "fitted": Text(
        pl="przywrócono na miejsce {count:wierzchołek|wierzchołki|wierzchołków}",
        en="{count:vertex|vertices} put back in place",
    ),
}
_MOST_ROWS = 60
"""A longer table shows the zones that change."""


@dataclass(frozen=True)
class Line:
    """One row of a table, in words."""

    name: str
    official: str
    scenario: str
    difference: str
    changed: bool


@dataclass(frozen=True)
class Section:
    """One indicator of a report.

    Attributes
    ----------
    unit, gap_unit : str
        Of the values and of their differences; a table names them once.
    """

    title: str
    unit: str
    gap_unit: str
    whole: Line
    lines: tuple[Line, ...]
    picture: Markup
    how: str
    closes: bool
    published: bool

    @property
    def unchanged(self) -> bool:
        """Whether there is nothing to show: no number changes, and the parts add up."""
        return self.closes and not any(line.changed for line in (self.whole, *self.lines))


def report(
    project: Project,
    result: Mapping[str, Any],
    shapes: Mapping[str, Mapping[str, shapely.Geometry]],
    language: Language,
) -> str:
    """Return the page of a scenario.

    Parameters
    ----------
    result : mapping
        Of :meth:`geo.flow.scenario.Outcome.as_dict`.
    shapes : mapping
        Indicator id to its zones as the scenario has them: zone id to polygon in EPSG:2180.
    """
    sections = [
        _section(project, each, shapes[each["id"]], language) for each in result["indicators"]
    ]
    same = [each.title for each in sections if each.unchanged]
    told = [each for each in sections if not each.unchanged]
    style = (STATIC / "whatif.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return render(
        "whatif.html", project, language, "/",
        result=result, notice=NOTICE[language], title=result["title"][language],
        changes=[change_text(project, each, language) for each in result["changes"]],
        sections=told, same=same, warnings=_warnings(project, result, language),
        style=Markup(style), policy=f"'sha256-{digest}'",  # noqa: S704 - our own file
    )  # fmt: skip


def _section(
    project: Project,
    found: Mapping[str, Any],
    shapes: Mapping[str, shapely.Geometry],
    language: Language,
) -> Section:
    card = project.indicator(found["id"])
    lines = [line(card, row, language, units=False) for row in found["zones"]]
    if len(lines) > _MOST_ROWS:
        lines = [each for each in lines if each.changed]
    everywhere = "Całe miasto" if language == "pl" else "Whole city"
    whole = line(card, {**found["whole"], "zone_name": everywhere}, language, units=False)
    rows = class_rows(project, found, everywhere, language)
    lines += [line(card, row, language, units=False) for row in rows]
    return Section(
        titled(project, card, language), numbers.unit_text(card.unit, language),
        gap_unit(card.unit, language), whole, tuple(lines), _map(card, found, shapes, language),
        found["how"], found["closes"], found["published"],
    )  # fmt: skip


def class_rows(
    project: Project, found: Mapping[str, Any], everywhere: str, language: Language
) -> list[dict[str, Any]]:
    """Return the rows of other classes that change: the whole city's, then each zone's.

    A scenario that moves ground between two classes leaves the class of the headline as it was.
    """
    card = project.indicator(found["id"])
    rows: list[dict[str, Any]] = []
    for group in found["classes"]:
        if group["class"] in (card.headline, UNCLASSIFIED):
            continue
        title = class_title(project, card, group["class"])[language]
        every = [{**group["whole"], "zone_name": everywhere}, *group["zones"]]
        changed = (row for row in every if row["changed"])
        rows += [{**row, "zone_name": f"{title}: {row['zone_name']}"} for row in changed]
    return rows


def change_text(project: Project, change: Mapping[str, Any], language: Language) -> str:
    """Return what a scenario does to a layer, in words: ``Zieleń: dodano 1 obiekt``."""
    done = []
    for key, words in _DONE.items():
        count = Count(change.get(key, 0))
        if count:
            done.append(words[language].format(count=count))
    return f"{project.layer(change['layer']).title[language]}: {', '.join(done)}"


def gap_unit(unit: str, language: Language) -> str:
    """Return the unit of a difference: 28 % and 30 % differ by 2 percentage points."""
    if unit == "%":
        return "pkt proc." if language == "pl" else "pp"
    return numbers.unit_text(unit, language)


def gap_text(gap: float, precision: int, unit: str, language: Language) -> str:
    """Return a difference with its sign, and with its unit unless that is empty."""
    decimals = seen_with(gap, precision)
    words = numbers.number(gap, decimals, language)
    words = f"+{words}" if round(gap, decimals) > 0 else words
    unit = gap_unit(unit, language) if unit else ""
    return words + (f"{numbers.NARROW}{unit}" if unit else "")


def line(
    card: Indicator, row: Mapping[str, Any], language: Language, *, units: bool = True
) -> Line:
    """Return one zone's official value, scenario value and difference in words.

    Parameters
    ----------
    units : bool
        Whether the numbers bring their unit.
    """
    gap = row["difference"]
    reason = _reason(row)
    words = REASONS[reason][language] if reason else ""
    if gap is not None:
        words = gap_text(gap, card.precision, card.unit if units else "", language)
    unit = card.unit if units else "1"
    return Line(
        row["zone_name"], _said(card, row["official"], unit, reason, language),
        _said(card, row["scenario"], unit, reason, language), words, bool(row["changed"]),
    )  # fmt: skip


def seen_with(gap: float, precision: int) -> int:
    """Return the decimals that show a difference: those of the card, or those it begins with.

    What is below 1e-6 of the unit of the last decimal is rounding, and stays zero.
    """
    least = 10.0**-precision
    if abs(gap) >= least / 2 or abs(gap) < least * 1e-6:
        return precision
    return math.ceil(-math.log10(abs(gap)))


def _reason(row: Mapping[str, Any]) -> str | None:
    """Return why a row has no difference; one of long ago does not say it itself."""
    return row.get("reason") or why_no_difference(row["official"], row["scenario"])


def _said(
    card: Indicator,
    value: Mapping[str, Any] | None,
    unit: str,
    absent: str | None,
    language: Language,
) -> str:
    if value is None or value["value"] is None:
        return REASONS[value["status"] if value else absent or "null"][language]
    return numbers.quantity(value["value"], card.precision, unit, language)


def _map(
    card: Indicator,
    found: Mapping[str, Any],
    shapes: Mapping[str, shapely.Geometry],
    language: Language,
) -> Markup:
    rows = [row for row in found["zones"] if row["zone_id"] in shapes]
    gaps = [row["difference"] for row in rows]
    if not any(gaps):
        return Markup("")
    zones = [
        Zone(
            row["zone_id"], row["zone_name"], shapes[row["zone_id"]], row["difference"],
            _reason(row) or "null",
        )
        for row in rows
    ]  # fmt: skip
    decimals = seen_with(max(abs(gap) for gap in gaps if gap is not None), card.precision)
    caption = Caption(
        uid=f"whatif-{card.id}",
        title=f"{card.title[language]}: {'zmiana' if language == 'pl' else 'difference'}",
        description=NOTICE[language],
        unit=card.unit,
        decimals=decimals,
        language=language,
        unit_words=gap_unit(card.unit, language),
    )
    drawn = picture.choropleth(zones, classes(gaps, decimals), caption)
    return Markup(drawn)  # noqa: S704 - our own SVG: every text in it is escaped


def classes(gaps: list[float | None], decimals: int) -> Classes:
    """Return classes about zero: much less, less, the same as shown, more, much more.

    Where the greatest difference is the least that is shown, nothing is much less or much more.
    """
    most = round(max(abs(gap) for gap in gaps if gap is not None), decimals) or 10.0**-decimals
    same = 10.0**-decimals / 2
    if most < 4 * same:
        return Classes((-most, -same, same, most), _LESS_MORE[::2], decimals)
    return Classes((-most, -most / 2, -same, same, most / 2, most), _LESS_MORE, decimals)


def _warnings(project: Project, result: Mapping[str, Any], language: Language) -> list[str]:
    return [
        f"{project.layer(change['layer']).title[language]}: {warning['what'][language]}"
        for change in result["changes"]
        for warning in change["warnings"]
    ]
