"""``geobank indicators``: compute, list, show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import click

from geo.cli import echo_json
from geo.cli.answer_text import aligned, gap_text, number_text, say, value_text
from geo.cli.evidence import evidence, ledger, zone_named
from geo.cli.options import (
    data_option,
    json_option,
    open_project,
    progress_bar,
    project_option,
)

if TYPE_CHECKING:
    from geo.model.text import Language

lang_option = click.option(
    "--lang", type=click.Choice(["pl", "en"]), default="pl", show_default=True, help="Language."
)


@click.group()
def indicators() -> None:
    """Compute indicators per district, list them, show one with its evidence.

    \b
    Examples:
      geobank indicators compute
      geobank indicators list
      geobank indicators show greenery_per_person --lang en
    """


@indicators.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--strict", is_flag=True, help="Publish nothing unless every ledger closes.")
@data_option
@project_option
@json_option
@lang_option
def compute(
    ids: tuple[str, ...],
    strict: bool,
    data: Path,
    project_dir: Path | None,
    as_json: bool,
    lang: Language,
) -> None:
    """Compute indicators from the published layers and publish the results as layers.

    Without an ID every indicator is computed; one whose layer is not published is skipped.

    \b
    Examples:
      geobank indicators compute
      geobank indicators compute greenery_per_person bike_paths_sides --json
    """
    from geo.flow import compute as flow

    project = open_project(project_dir)
    with progress_bar(quiet=as_json) as progress:
        done = flow.compute(project, data, ids or None, strict=strict, progress=progress)
    if as_json:
        echo_json([asdict(each) for each in done])
    else:
        click.echo(_verdicts(done, lang))
    open_ledgers = [each.indicator for each in done if not each.closes]
    if open_ledgers:
        names = ", ".join(open_ledgers)
        click.secho(f"!!! {say('no', lang)}: {names}", err=True, fg="red", bold=True)


def _verdicts(done: Sequence[Any], lang: Language) -> str:
    rows = [[say("card", lang), say("districts", lang), say("pieces", lang), ""]]
    for each in done:
        if each.skipped:
            rows.append([each.indicator, "", "", f"{say('skipped', lang)}: {each.note}"])
            continue
        gap = max(entry["gap"] for entry in each.ledger.values())
        verdict = (
            f"{say('yes' if each.closes else 'no', lang)} ({say('gap', lang)} {gap_text(gap)})"
        )
        verdict += f"; {say('why', lang)}: {each.why}" if each.why else ""
        verdict += f"; {say('on_demand', lang)}" if each.on_demand else ""
        verdict += _ways(each.ways, lang) if each.ways else ""
        rows.append([each.indicator, str(each.zones), str(each.pieces), verdict])
    return aligned(rows, left=(0, 3))


def _ways(ways: Mapping[str, Any], lang: Language) -> str:
    """Return how whole the network was that a card measured along."""
    from geo.model.text import Count

    unreached = ways["no_way_near"] + ways["cut_off"]
    gaps = Count(ways["ends_joined"] + ways["ends_joined_to_lines"])
    if lang == "pl":
        return (f"; sieć: zamknięto {gaps:przerwę|przerwy|przerw} do {ways['tolerance_m']:g} m, "
                f"bez drogi {unreached} z {ways['origins']}")  # fmt: skip
    return (f"; network: {gaps:gap|gaps} up to {ways['tolerance_m']:g} m closed, "
            f"{unreached} of {ways['origins']} without a way")  # fmt: skip


@indicators.command(name="list")
@data_option
@project_option
@json_option
@lang_option
def list_(data: Path, project_dir: Path | None, as_json: bool, lang: Language) -> None:
    """List the indicators, with the city's value where it was computed.

    \b
    Examples:
      geobank indicators list
      geobank indicators list --json
    """
    from geo.flow.results import load_all
    from geo.model.derived import titled

    project = open_project(project_dir)
    found = load_all(data)
    if as_json:
        echo_json([_summary(card, found.get(card.id)) for card in project.indicators.values()])
        return
    rows = []
    for card in project.indicators.values():
        result = found.get(card.id)
        whole = value_text(result.whole, card, lang) if result else say("never", lang)
        mark = f" ({say('modelled', lang)})" if card.modelled else ""
        if result and result.outdated:
            changed = ", ".join(result.outdated)
            mark += click.style(f" !!! {say('stale', lang)}: {changed}", fg="yellow")
        rows.append([card.id, whole, titled(project, card, lang) + mark])
    click.echo(aligned(rows, left=(0, 2)))
    if any(each.outdated for each in found.values()):
        click.echo(f"\n{say('again', lang)}")


def _summary(card: Any, result: Any) -> dict[str, Any]:  # noqa: ANN401 - heavy imports stay lazy
    return {
        "id": card.id,
        "title": card.title.model_dump(),
        "theme": card.theme,
        "unit": card.unit,
        "verb": card.verb,
        "computed_at": result.computed_at if result else None,
        "whole": asdict(result.whole) if result else None,
        "outdated": result.outdated if result else (),
    }


@indicators.command()
@click.argument("indicator_id", metavar="ID")
@click.option("--zone", default="", help="Only this zone (its id or its name).")
@click.option(
    "--evidence", "pieces", type=click.IntRange(0), default=0, help="Print this many pieces too."
)
@data_option
@project_option
@json_option
@lang_option
def show(
    indicator_id: str,
    zone: str,
    pieces: int,
    data: Path,
    project_dir: Path | None,
    as_json: bool,
    lang: Language,
) -> None:
    """Show an indicator: card, values, ledger, inputs at their versions, evidence.

    \b
    Examples:
      geobank indicators show greenery_per_person
      geobank indicators show bike_paths_sides --zone centrum --evidence 5 --lang en
    """
    from geo.flow.results import load_results

    project = open_project(project_dir)
    card = project.indicator(indicator_id)
    results = load_results(project, data, indicator_id)
    zone = zone_named(results, zone) if zone else ""
    rows = [row for row in results.rows if not zone or row.zone_id == zone]
    only = zone, results.headline
    behind = _pieces(project, data, card, only, pieces) if pieces else []
    if as_json:
        echo_json(_document(card, results, rows, behind, zone))
        return
    parts = [_card(card, lang), _values(card, results, rows, lang, whole=not zone)]
    parts += [_classes(card, results, zone, lang)] if results.classes else []
    parts += [_ledger(results.ledger, lang), _origin(card, results, zone, lang)]
    parts += [_evidence(behind, lang)] if behind else []
    click.echo("\n\n".join(parts))


def evidence_path(indicator_id: str, zone: str, class_id: str = "") -> str:
    """Return the path of an indicator's evidence in the API."""
    from geo.model.derived import evidence_id

    asked = {"zone_id": zone, "class": class_id}
    query = urlencode({key: value for key, value in asked.items() if value})
    return f"/api/collections/{evidence_id(indicator_id)}/items" + (f"?{query}" if query else "")


def _document(card: Any, results: Any, rows: Any, behind: Any, zone: str) -> dict[str, Any]:  # noqa: ANN401
    return {
        "card": card.model_dump(mode="json", exclude={"example"}),
        "values": [asdict(row) for row in rows],
        "whole": asdict(results.whole),
        "headline": results.headline,
        "classes": [_class_document(card, group, zone) for group in results.classes],
        "inputs": results.inputs,
        "outdated": results.outdated,
        "synthetic": results.synthetic,
        "computed_at": results.computed_at,
        "ledger": results.ledger,
        "evidence_path": evidence_path(card.id, zone, results.headline),
        "evidence": behind,
    }


def _class_document(card: Any, group: Any, zone: str) -> dict[str, Any]:  # noqa: ANN401
    return {
        "class": group.id,
        "title": group.title.model_dump(),
        "values": [asdict(row) for row in group.rows if not zone or row.zone_id == zone],
        "whole": asdict(group.whole),
        "evidence_path": evidence_path(card.id, zone, group.id),
    }


def _card(card: Any, lang: Language) -> str:  # noqa: ANN401 - see _summary
    from geo.view.numbers import unit_text

    facts = [
        (say("formula", lang), card.formula[lang]),
        (say("unit", lang), unit_text(card.unit, lang)),
        *((say("standard", lang), f"{s.code} ({s.conformance}): {s.note[lang]}")
          for s in card.standards),
        (say("caveat", lang), card.caveat[lang]),
        *([(say("modelled", lang), card.modelled[lang])] if card.modelled else []),
    ]  # fmt: skip
    width = max(len(name) for name, _ in facts) + 2
    lines = [f"{name + ':':<{width}}{text}" for name, text in facts]
    return "\n".join([click.style(card.title[lang], bold=True), card.definition[lang], *lines])


def _values(card: Any, results: Any, rows: Any, lang: Language, *, whole: bool) -> str:  # noqa: ANN401
    head = [say(key, lang) for key in ("zone", "value", "above", "below", "pieces")]
    spoken = next((each for each in results.classes if each.id == results.headline), None)
    head[1] += f" ({spoken.title[lang]})" if spoken is not None else ""
    table = [head]
    shown = [(row.zone_name, row) for row in rows]
    shown += [(say("all", lang), results.whole)] if whole else []
    for name, row in shown:
        above, below = (number_text(each, lang) for each in (row.numerator, row.denominator))
        table.append([name, value_text(row, card, lang), above, below, str(row.pieces)])
    note = [click.style(say("synthetic", lang), fg="yellow")] if results.synthetic else []
    return "\n".join([*note, aligned(table, left=(0,))])


def _classes(card: Any, results: Any, zone: str, lang: Language) -> str:  # noqa: ANN401
    """Return a table of classes: a row for each zone, a column for each class."""
    groups = results.classes
    table = [[say("zone", lang), *(group.title[lang] for group in groups)]]
    for number, row in enumerate(groups[0].rows):
        if not zone or row.zone_id == zone:
            cells = (_class_value(group.rows[number], card, lang) for group in groups)
            table.append([row.zone_name, *cells])
    if not zone:
        whole = (_class_value(group.whole, card, lang) for group in groups)
        table.append([say("all", lang), *whole])
    return aligned(table, left=(0,))


def _class_value(row: Any, card: Any, lang: Language) -> str:  # noqa: ANN401 - see _summary
    return (
        number_text(row.numerator, lang)
        if row.status == "unclassified"
        else value_text(row, card, lang)
    )


def _ledger(ledger: dict[str, Any], lang: Language) -> str:
    from geo.measure.ledger import TOLERANCE
    from geo.view.numbers import unit_text

    lines = []
    for entry in ledger.values():
        unit = unit_text(entry["unit"], lang)
        parts = [
            f"{say('districts', lang)} {number_text(entry['inside'], lang)}",
            f"{say('outside', lang)} {number_text(entry['outside'], lang)}",
            f"{say('repeated', lang)} {number_text(entry['repeated'], lang)}",
            f"{say('away', lang)} {number_text(entry['counted_away'], lang)}",
            f"{say('whole', lang)} {number_text(entry['whole'], lang)} {unit}".rstrip(),
        ]
        parts += [f"{say('missing', lang)} {entry['missing']}"] if entry["missing"] else []
        rest = entry.get("unclassified")
        parts += [f"{say('unclassified', lang)} {number_text(rest, lang)}"] if rest else []
        left = entry.get("unplaced", 0.0)
        parts += [f"{say('unplaced', lang)} {number_text(left, lang)}"] if left != 0 else []
        verdict = say("yes" if entry["gap"] <= TOLERANCE else "no", lang)
        worst = f" ({entry['worst']})" if entry["worst"] else ""
        gap = f"{say('gap', lang)} {gap_text(entry['gap'])}"
        lines.append(f"{entry['layer']}: {'; '.join(parts)}: {verdict}, {gap}{worst}")
    return "\n".join(lines)


def _origin(card: Any, results: Any, zone: str, lang: Language) -> str:  # noqa: ANN401
    inputs = ", ".join(f"{layer}@{version}" for layer, version in results.inputs.items())
    changed = ", ".join(results.outdated)
    return "\n".join(
        [
            *([f"{say('outdated', lang)}: {changed}"] if changed else []),
            f"{say('inputs', lang)}: {inputs}",
            f"{say('computed', lang)}: {results.computed_at}",
            f"{say('evidence', lang)}: {evidence_path(card.id, zone, results.headline)}",
        ]
    )


def _pieces(
    project: Any,  # noqa: ANN401 - see _summary
    data: Path,
    card: Any,  # noqa: ANN401 - see _summary
    only: tuple[str, str],
    count: int,
) -> list[dict[str, Any]]:
    """Return the largest pieces, of one zone and class where `only` names them."""
    from geo.model.derived import evidence_id
    from geo.store.catalog import Catalog
    from geo.store.snapshot import read_table

    snapshot = Catalog(data).current(evidence_id(card.id))
    if snapshot is None:
        return []
    columns = ["piece_id", "zone_id", "zone_name", "part", "layer", "version", "feature_id",
               "class", "measure", "unit", "features"]  # fmt: skip
    zone, name = only
    if snapshot.is_promised:
        from geo.flow.evidence import pieces
        from geo.model.derived import WHOLE

        table = pieces(project, data, card.id, zone or WHOLE).table.select(columns)
    else:
        table = read_table(snapshot, columns)
    rows: list[dict[str, Any]] = table.to_pylist()
    mine = [row for row in rows if zone in ("", row["zone_id"]) and name in ("", row["class"])]
    mine.sort(key=lambda row: (row["part"] != "numerator", -row["measure"], row["piece_id"]))
    return mine[:count]


def _evidence(behind: list[dict[str, Any]], lang: Language) -> str:
    from geo.view.numbers import unit_text

    table = [[say("piece", lang), say("zone", lang), "", say("measure", lang), ""]]
    for row in behind:
        source = row["feature_id"] or f"{row['features']} × {row['layer']}"
        measure, unit = number_text(row["measure"], lang), unit_text(row["unit"], lang)
        table.append([row["piece_id"], row["zone_name"], source, measure, unit])
    return aligned(table, left=(0, 1, 2, 4))


indicators.add_command(evidence)
indicators.add_command(ledger)
