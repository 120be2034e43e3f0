"""``geobank change``: what two versions of a layer differ in, and what follows for indicators."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo.cli import echo_json
from geo.cli.answer_text import gap_text
from geo.cli.options import data_option, json_option, open_project, project_option

if TYPE_CHECKING:
    from geo.flow.change import Change
    from geo.measure.change import Comparison, Difference, Transition
    from geo.model import Project
    from geo.model.indicator import Indicator
    from geo.model.text import Language

_MOST = 20
"""Features of each kind that are named."""


@click.command()
@click.argument("layer")
@click.option("--from", "then", metavar="VERSION", help="Default: the one before.")
@click.option("--to", "now", metavar="VERSION", help="Default: the one that is served.")
@click.option("--by", default="", metavar="FIELD", help="Classes that ground goes from and to.")
@click.option(
    "--indicator", "indicators", multiple=True, metavar="ID",
    help="Its values with either version, everything else as it is served; may be repeated.",
)  # fmt: skip
@click.option(
    "--tolerance", type=click.FloatRange(min=0), default=0.01, show_default=True,
    help="Metres that a vertex may move without having moved.",
)  # fmt: skip
@click.option("--lang", type=click.Choice(["pl", "en"]), default="pl", show_default=True)
@data_option
@project_option
@json_option
def change(
    layer: str,
    then: str | None,
    now: str | None,
    by: str,
    indicators: tuple[str, ...],
    tolerance: float,
    lang: Language,
    data: Path,
    project_dir: Path | None,
    as_json: bool,
) -> None:
    """Compare two published versions of LAYER: features, ground by class, indicators.

    \b
    Examples:
      geobank change greenery
      geobank change mpzp --by use --indicator greenery_share_plans
      geobank change greenery --from 20261122T031500Z-1f2e3d4c --json
    """
    from geo.flow.change import as_dict
    from geo.flow.change import change as run

    project = open_project(project_dir)
    found = run(
        project, data, layer, then=then, now=now, by=by,
        indicators=indicators, tolerance_m=tolerance,
    )  # fmt: skip
    if as_json:
        echo_json(as_dict(found))
    else:
        click.echo(_text(project, found, lang))


def _text(project: Project, found: Change, lang: Language) -> str:
    head = f"{found.layer}: {found.then} -> {found.now}"
    parts = [head]
    if found.comparison is not None:
        parts.append(_features(found.comparison, lang))
    if found.transition is not None:
        parts.append(_ground(found.transition, lang))
    parts += [
        _answers(project.indicator(name), rows, lang) for name, rows in found.indicators.items()
    ]
    return "\n\n".join(parts)


def _features(said: Comparison, lang: Language) -> str:
    from geo.view.numbers import number

    polish = lang == "pl"
    names = ("dodano", "usunięto", "zmieniono", "bez zmian") if polish else (
        "added", "removed", "changed", "unchanged",
    )  # fmt: skip
    counts = (len(said.added), len(said.removed), len(said.changed), said.same)
    lines = [", ".join(f"{name} {count}" for name, count in zip(names, counts, strict=True))]
    for sign, ids in (("+", said.added), ("-", said.removed)):
        lines += [f"  {sign} {each}" for each in ids[:_MOST]]
    for each in said.changed[:_MOST]:
        moved = f"{number(each.moved_m, 2, lang)} m" if each.moved_m else ""
        if moved:
            moved = f"obrys przesunięty o {moved}" if polish else f"outline moved by {moved}"
        lines.append(f"  ~ {each.id}: {', '.join(filter(None, (moved, *each.fields)))}")
    shown = sum(min(count, _MOST) for count in counts[:3])
    if shown < sum(counts[:3]):
        lines.append("  ... (--json: wszystkie)" if polish else "  ... (--json: all of them)")
    return "\n".join(lines)


def _ground(said: Transition, lang: Language) -> str:
    from geo.view.numbers import number

    polish = lang == "pl"
    title = "grunt, m² (wiersz: przedtem, kolumna: teraz)" if polish else (
        "ground, m² (row: before, column: now)"
    )  # fmt: skip
    nothing = "(brak)" if polish else "(none)"
    names = [*said.classes[:-1], nothing]
    width = max(14, *(len(name) + 2 for name in names))
    rows = ["".join(cell.rjust(width) for cell in ("", *names))]
    for name, row in zip(names, said.area_m2.tolist(), strict=True):
        cells = (number(area, 1, lang) for area in row)
        rows.append("".join(cell.rjust(width) for cell in (name, *cells)))
    verdict = ("części dają całość" if polish else "the parts add up") if said.closes else (
        "CZĘŚCI NIE DAJĄ CAŁOŚCI" if polish else "THE PARTS DO NOT ADD UP"
    )  # fmt: skip
    gap = "różnica względna" if polish else "relative gap"
    return "\n".join([title, *rows, f"{verdict} ({gap} {gap_text(said.gap)})"])


def _answers(card: Indicator, rows: tuple[Difference, ...], lang: Language) -> str:
    from geo.view.numbers import quantity
    from geo.view.whatif import gap_text as difference_text

    polish = lang == "pl"
    whole = "CAŁE MIASTO" if polish else "WHOLE CITY"
    lines = [f"{card.id}: {'przedtem, teraz, różnica' if polish else 'before, now, difference'}"]
    for each in rows:
        then, now = (side.value if side else None for side in (each.then, each.now))
        cells = ["-" if value is None else quantity(value, card.precision, card.unit, lang)
                 for value in (then, now)]  # fmt: skip
        gap = each.difference
        cells.append("-" if gap is None else difference_text(gap, card.precision, card.unit, lang))
        lines.append(f"  {each.zone or whole:<20}" + "".join(f"  {c:>14}" for c in cells))
    return "\n".join(lines)
