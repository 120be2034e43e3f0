"""``geobank what-if``: a scenario's values beside the official ones; ``geobank scenarios``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geo.cli import echo_json
from geo.cli.options import data_option, json_option, open_project, progress_bar, project_option
from geo.errors import UsageError
from geo.store.folder import replacing

if TYPE_CHECKING:
    from geo.model import Project
    from geo.model.text import Language

_FORMS = (".html", ".json", ".geojson")
_WORDS = {
    "zone": ("strefa", "zone"),
    "official": ("dane miasta", "the city's data"),
    "scenario": ("scenariusz", "scenario"),
    "difference": ("różnica", "difference"),
    "whole": ("CAŁE MIASTO", "WHOLE CITY"),
    "nothing": ("bez zmian", "unchanged"),
    "unrounded": (
        "Różnice policzono z liczb niezaokrąglonych.",
        "Differences are of numbers that are not rounded.",
    ),
    "skipped": ("pominięto", "skipped"),
    "checked": ("sprawdzono, nic nie liczono", "checked, nothing was computed"),
    "added": ("dodane", "added"),
    "replaced": ("zamienione", "replaced"),
    "set": ("zmienione pola", "fields set"),
    "removed": ("usunięte", "removed"),
    "fitted": ("wierzchołki przywrócone na miejsce", "vertices put back in place"),
    "how": ("policzono w całości", "measured whole"),
    "open": ("CZĘŚCI NIE DAJĄ CAŁOŚCI", "THE PARTS DO NOT ADD UP"),
    "synthetic": ("DANE WYJŚCIOWE SĄ SYNTETYCZNE", "THE DATA IT STARTS FROM ARE SYNTHETIC"),
}
lang_option = click.option(
    "--lang", type=click.Choice(["pl", "en"]), default="pl", show_default=True, help="Language."
)


def _say(key: str, lang: Language) -> str:
    return _WORDS[key][0 if lang == "pl" else 1]


@click.command("what-if")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--indicator", "indicators", multiple=True, metavar="ID", help="Only this one.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path),
    help="Write FILE.html (a report that opens offline), .json, or .geojson (changed pieces).",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only check the file.")
@click.option("--save", is_flag=True, help="Keep it in the data folder, for `geobank scenarios`.")
@data_option
@project_option
@json_option
@lang_option
def what_if(
    file: Path,
    indicators: tuple[str, ...],
    output: Path | None,
    dry_run: bool,
    save: bool,
    data: Path,
    project_dir: Path | None,
    as_json: bool,
    lang: Language,
) -> None:
    """Measure indicators as they would be if layers were changed; nothing is published.

    FILE is YAML, JSON, or GeoJSON drawn in QGIS: features added, replaced, removed, or given other
    values, zones redrawn; see docs/what-if.md.

    \b
    Examples:
      geobank what-if docs/scenarios/park-na-poprzemyslowym.yml
      geobank what-if park.yml --indicator greenery_per_person -o park.html
      geobank what-if park.geojson --dry-run --json
    """
    from geo.flow.scenario import check, evaluate
    from geo.model.scenario import read_scenario

    if output is not None and output.suffix.lower() not in _FORMS:
        raise UsageError(
            f"{output.name} has no known ending",
            where="--output",
            fix=f"one of {', '.join(_FORMS)}",
        )
    project = open_project(project_dir)
    scenario = read_scenario(file.read_bytes(), file.name)
    if dry_run:
        changes = [each.as_dict() for each in check(project, data, scenario)]
        if as_json:
            echo_json({"scenario": scenario.name, "changes": changes})
        else:
            click.echo("\n".join([*_changes(changes, lang), _say("checked", lang)]))
        return
    with progress_bar(quiet=as_json) as progress:
        found = evaluate(project, data, scenario, indicators=indicators or None, progress=progress)
    result = found.as_dict()
    if save:
        from geo.flow.scenarios import save as keep

        keep(project, data, found)
    if as_json:
        echo_json(result)
    else:
        click.echo(_table(project, result, lang))
    if output is not None:
        content = _content(project, found, result, output, lang)
        with replacing(output) as written:
            written.write(content.encode())
        click.echo(f"{output}", err=True)


def _content(
    project: Project,
    found: Any,  # noqa: ANN401 - heavy imports stay lazy
    result: dict[str, Any],
    output: Path,
    lang: Language,
) -> str:
    kind = output.suffix.lower()
    if kind == ".json":
        return json.dumps(result, ensure_ascii=False, indent=2)
    if kind == ".geojson":
        from geo.flow.scenarios import pieces_geojson

        return json.dumps(pieces_geojson(project, found), ensure_ascii=False)
    from geo.view.whatif import report

    shapes = {
        each.card.id: dict(
            zip(each.after.result.zones.ids, each.after.result.zones.features.geometries,
                strict=True)
        )
        for each in found.measured
    }  # fmt: skip
    return report(project, result, shapes, lang)


def _table(project: Project, result: dict[str, Any], lang: Language) -> str:
    """Return a table per indicator: the whole city, and the zones that change."""
    from geo.model.derived import titled
    from geo.view.whatif import class_rows, line

    index = 0 if lang == "pl" else 1
    notice = result["notice"][("pl", "en")[index]]
    parts = [click.style(f"*** {result['title'][lang]}: {notice} ***", fg="yellow", bold=True)]
    parts += [click.style(_say("synthetic", lang), fg="yellow")] if result["synthetic"] else []
    parts += ["\n".join(_changes(result["changes"], lang))]
    same: list[str] = []
    for found in result["indicators"]:
        card = project.indicator(found["id"])
        rows = [{**found["whole"], "zone_name": _say("whole", lang)}]
        rows += [row for row in found["zones"] if row["changed"]]
        rows += class_rows(project, found, _say("whole", lang), lang)
        lines = [line(card, row, lang) for row in rows]
        head = [_say(key, lang) for key in ("zone", "official", "scenario", "difference")]
        body = [[each.name, each.official, each.scenario, each.difference] for each in lines]
        title = click.style(titled(project, card, lang), bold=True)
        title += f" ({_say('how', lang)})" if found["how"] != "incremental" else ""
        if not any(row["changed"] for row in rows) and found["closes"]:
            same.append(titled(project, card, lang))
            continue
        closes = [] if found["closes"] else [click.style(_say("open", lang), fg="red")]
        parts.append("\n".join([title, _aligned([head, *body]), *closes]))
    parts += [_say("unrounded", lang)] if len(same) < len(result["indicators"]) else []
    parts += [f"{_say('nothing', lang)}: {'; '.join(same)}"] if same else []
    parts += [f"{name}: {_say('skipped', lang)}: {why}" for name, why in result["skipped"].items()]
    return "\n\n".join(parts)


def _changes(changes: list[dict[str, Any]], lang: Language) -> list[str]:
    lines = []
    for each in changes:
        counts = ", ".join(
            f"{_say(key, lang)} {each[key]}"
            for key in ("added", "replaced", "set", "removed", "fitted")
            if each.get(key)
        )
        lines.append(f"{each['layer']}@{each['version']}: {counts}")
        lines += [f"  ! {warning['what'][lang]}" for warning in each["warnings"]]
    return lines


def _aligned(rows: list[list[str]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  " + "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )  # fmt: skip


@click.group()
def scenarios() -> None:
    """List, show and compare the scenarios that `geobank what-if --save` kept.

    \b
    Examples:
      geobank scenarios list
      geobank scenarios show park-na-poprzemyslowym
      geobank scenarios compare park-na-poprzemyslowym inny-park --json
    """


@scenarios.command("list")
@data_option
@json_option
@lang_option
def list_(data: Path, as_json: bool, lang: Language) -> None:
    """List the scenarios that are kept.

    \b
    Examples:
      geobank scenarios list --json
    """
    from geo.flow.scenarios import kept

    found = kept(data)
    if as_json:
        echo_json([{"name": each.name, "created_at": each.created_at, "digest": each.digest,
                    "title": each.result["title"]} for each in found])  # fmt: skip
        return
    for each in found:
        click.echo(f"{each.name}  {each.created_at}  {each.result['title'][lang]}")


@scenarios.command()
@click.argument("name")
@data_option
@project_option
@json_option
@lang_option
def show(name: str, data: Path, project_dir: Path | None, as_json: bool, lang: Language) -> None:
    """Show a scenario that was kept, as it was measured then.

    \b
    Examples:
      geobank scenarios show park-na-poprzemyslowym --lang en
    """
    from geo.flow.scenarios import load

    found = load(data, name)
    if as_json:
        echo_json(found.result)
    else:
        click.echo(_table(open_project(project_dir), found.result, lang))


@scenarios.command()
@click.argument("one")
@click.argument("other")
@data_option
@json_option
@lang_option
def compare(one: str, other: str, data: Path, as_json: bool, lang: Language) -> None:
    """Set two scenarios beside each other and beside the city's data.

    \b
    Examples:
      geobank scenarios compare park-na-poprzemyslowym inny-park
    """
    from geo.flow.scenarios import compared, load
    from geo.model.reasons import REASONS
    from geo.view.numbers import quantity
    from geo.view.whatif import gap_text

    results = [load(data, name).result for name in (one, other)]
    rows = compared(*results)
    if as_json:
        echo_json(rows)
        return
    head = ["", _say("zone", lang), _say("official", lang), one, other, _say("difference", lang)]
    table = [head]
    for row in rows:
        statuses = row["statuses"] | {"difference": row["reason"]}
        if row["difference"] or len({row["statuses"][name] for name in (one, other)}) > 1:
            told = [
                REASONS[statuses[key]][lang]
                if row[key] is None
                else gap_text(row[key], row["precision"], row["unit"], lang)
                if key == "difference"
                else quantity(row[key], row["precision"], row["unit"], lang)
                for key in ("official", one, other, "difference")
            ]
            table.append([row["title"][lang], row["zone_name"] or _say("whole", lang), *told])
    click.secho(f"*** {results[0]['notice'][lang]} ***", fg="yellow", bold=True)
    if any(result["synthetic"] for result in results):
        click.secho(_say("synthetic", lang), fg="yellow")
    click.echo(_aligned(table), file=sys.stdout)
