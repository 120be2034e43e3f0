"""``geobank change``: what two versions of a layer differ in, and what follows for indicators."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo.cli import echo_json
from geo.cli.options import data_option, json_option, open_project, project_option

if TYPE_CHECKING:
    from geo.flow.change import Change
    from geo.measure.change import Comparison, Difference, Transition
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

    found = run(
        open_project(project_dir), data, layer, then=then, now=now, by=by,
        indicators=indicators, tolerance_m=tolerance,
    )  # fmt: skip
    if as_json:
        echo_json(as_dict(found))
    else:
        click.echo(_text(found, polish=lang == "pl"))


def _text(found: Change, *, polish: bool) -> str:
    head = f"{found.layer}: {found.then} -> {found.now}"
    parts = [head]
    if found.comparison is not None:
        parts.append(_features(found.comparison, polish=polish))
    if found.transition is not None:
        parts.append(_ground(found.transition, polish=polish))
    parts += [_answers(name, rows, polish=polish) for name, rows in found.indicators.items()]
    return "\n\n".join(parts)


def _features(said: Comparison, *, polish: bool) -> str:
    names = ("dodano", "usunięto", "zmieniono", "bez zmian") if polish else (
        "added", "removed", "changed", "unchanged",
    )  # fmt: skip
    counts = (len(said.added), len(said.removed), len(said.changed), said.same)
    lines = [", ".join(f"{name} {count}" for name, count in zip(names, counts, strict=True))]
    for sign, ids in (("+", said.added), ("-", said.removed)):
        lines += [f"  {sign} {each}" for each in ids[:_MOST]]
    for each in said.changed[:_MOST]:
        moved = f"{each.moved_m:.2f} m" if each.moved_m else ""
        lines.append(f"  ~ {each.id}: {', '.join(filter(None, (moved, *each.fields)))}")
    shown = sum(min(count, _MOST) for count in counts[:3])
    if shown < sum(counts[:3]):
        lines.append("  ... (--json: wszystkie)" if polish else "  ... (--json: all of them)")
    return "\n".join(lines)


def _ground(said: Transition, *, polish: bool) -> str:
    title = "grunt, m2 (wiersz: przedtem, kolumna: teraz)" if polish else (
        "ground, m2 (row: before, column: now)"
    )  # fmt: skip
    nothing = "(brak)" if polish else "(none)"
    names = [*said.classes[:-1], nothing]
    width = max(14, *(len(name) + 2 for name in names))
    rows = ["".join(cell.rjust(width) for cell in ("", *names))]
    for name, row in zip(names, said.area_m2.tolist(), strict=True):
        cells = (f"{area:,.1f}".replace(",", " ") for area in row)
        rows.append("".join(cell.rjust(width) for cell in (name, *cells)))
    verdict = ("części dają całość" if polish else "the parts add up") if said.closes else (
        "CZĘŚCI NIE DAJĄ CAŁOŚCI" if polish else "THE PARTS DO NOT ADD UP"
    )  # fmt: skip
    gap = "różnica względna" if polish else "relative gap"
    return "\n".join([title, *rows, f"{verdict} ({gap} {said.gap:.0e})"])


def _answers(name: str, rows: tuple[Difference, ...], *, polish: bool) -> str:
    whole = "CAŁE MIASTO" if polish else "WHOLE CITY"
    lines = [f"{name}: {'przedtem, teraz, różnica' if polish else 'before, now, difference'}"]
    for each in rows:
        then, now = (side.value if side else None for side in (each.then, each.now))
        cells = ("-" if value is None else f"{value:,.6g}" for value in (then, now))
        step = "-" if each.difference is None else f"{each.difference:+,.6g}"
        lines.append(f"  {each.zone or whole:<20}" + "".join(c.rjust(16) for c in (*cells, step)))
    return "\n".join(lines)
