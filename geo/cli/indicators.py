"""``geobank indicators``: compute, list, show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from geo.cli import echo_json
from geo.cli.options import (
    data_option,
    json_option,
    open_project,
    progress_bar,
    project_option,
)
from geo.errors import NotFoundError
from geo.model.text import Language

lang_option = click.option(
    "--lang", type=click.Choice(["pl", "en"]), default="pl", show_default=True, help="Language."
)
_WORDS: dict[str, tuple[str, str]] = {
    "zone": ("strefa", "zone"),
    "value": ("wartość", "value"),
    "above": ("licznik", "numerator"),
    "below": ("mianownik", "denominator"),
    "pieces": ("fragm.", "pieces"),
    "all": ("CAŁE MIASTO", "WHOLE CITY"),
    "unit": ("jednostka", "unit"),
    "formula": ("wzór", "formula"),
    "caveat": ("uwaga", "mind"),
    "standard": ("norma", "standard"),
    "inputs": ("policzono z", "computed from"),
    "computed": ("policzono", "computed"),
    "outdated": (
        "NIEAKTUALNE, policz od nowa (geobank indicators compute); zmieniono",
        "OUT OF DATE, compute again (geobank indicators compute); changed",
    ),
    "evidence": ("dowód", "evidence"),
    "synthetic": ("DANE SYNTETYCZNE", "SYNTHETIC DATA"),
    "never": ("nie policzono", "not computed"),
    "yes": ("części dają całość", "the parts add up"),
    "no": ("CZĘŚCI NIE DAJĄ CAŁOŚCI", "THE PARTS DO NOT ADD UP"),
    "districts": ("strefy", "zones"),
    "outside": ("poza strefami", "outside the zones"),
    "repeated": ("w kilku strefach", "in several zones"),
    "away": ("nakładanie", "overlaps"),
    "missing": ("bez wartości", "without a value"),
    "whole": ("całość", "whole"),
    "card": ("wskaźnik", "indicator"),
    "skipped": ("pominięto", "skipped"),
    "measure": ("miara", "measure"),
    "piece": ("fragment", "piece"),
}


def _say(key: str, lang: Language) -> str:
    return _WORDS[key][0 if lang == "pl" else 1]


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
        click.secho(f"!!! {_say('no', lang)}: {names}", err=True, fg="red", bold=True)


def _verdicts(done: Sequence[Any], lang: Language) -> str:
    rows = [[_say("card", lang), _say("districts", lang), _say("pieces", lang), ""]]
    for each in done:
        if each.skipped:
            rows.append([each.indicator, "", "", f"{_say('skipped', lang)}: {each.note}"])
            continue
        gap = max(entry["gap"] for entry in each.ledger.values())
        verdict = f"{_say('yes' if each.closes else 'no', lang)} ({gap:.0e})"
        rows.append([each.indicator, str(each.zones), str(each.pieces), verdict])
    return _aligned(rows, left=(0, 3))


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

    project = open_project(project_dir)
    found = load_all(data)
    if as_json:
        echo_json([_summary(card, found.get(card.id)) for card in project.indicators.values()])
        return
    rows = []
    for card in project.indicators.values():
        result = found.get(card.id)
        whole = _value(result.whole, card, lang) if result else _say("never", lang)
        rows.append([card.id, whole, card.title[lang]])
    click.echo(_aligned(rows, left=(0, 2)))


def _summary(card: Any, result: Any) -> dict[str, Any]:  # noqa: ANN401 - heavy imports stay lazy
    return {
        "id": card.id,
        "title": card.title.model_dump(),
        "theme": card.theme,
        "unit": card.unit,
        "verb": card.verb,
        "computed_at": result.computed_at if result else None,
        "whole": asdict(result.whole) if result else None,
    }


@indicators.command()
@click.argument("indicator_id", metavar="ID")
@click.option("--zone", default="", help="Only this zone (its id).")
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
    rows = [row for row in results.rows if not zone or row.zone_id == zone]
    if not rows:
        known = ", ".join(row.zone_id for row in results.rows)
        raise NotFoundError(f"there is no zone {zone!r}", where=card.id, fix=f"zones: {known}")
    behind = _pieces(data, card, zone, pieces) if pieces else []
    if as_json:
        echo_json(_document(card, results, rows, behind, zone))
        return
    parts = [_card(card, lang), _values(card, results, rows, lang, whole=not zone)]
    parts += [_ledger(results.ledger, lang), _origin(card, results, zone, lang)]
    parts += [_evidence(behind, lang)] if behind else []
    click.echo("\n\n".join(parts))


def evidence_path(indicator_id: str, zone: str) -> str:
    """Return the path of an indicator's evidence in the API."""
    from geo.model.derived import evidence_id

    return f"/api/collections/{evidence_id(indicator_id)}/items" + (
        f"?zone_id={zone}" if zone else ""
    )


def _document(card: Any, results: Any, rows: Any, behind: Any, zone: str) -> dict[str, Any]:  # noqa: ANN401
    return {
        "card": card.model_dump(mode="json", exclude={"example"}),
        "values": [asdict(row) for row in rows],
        "whole": asdict(results.whole),
        "inputs": results.inputs,
        "outdated": results.outdated,
        "synthetic": results.synthetic,
        "computed_at": results.computed_at,
        "ledger": results.ledger,
        "evidence_path": evidence_path(card.id, zone),
        "evidence": behind,
    }


def _card(card: Any, lang: Language) -> str:  # noqa: ANN401 - see _summary
    from geo.view.numbers import unit_text

    facts = [
        (_say("formula", lang), card.formula[lang]),
        (_say("unit", lang), unit_text(card.unit, lang)),
        *((_say("standard", lang), f"{s.code} ({s.conformance}): {s.note[lang]}")
          for s in card.standards),
        (_say("caveat", lang), card.caveat[lang]),
    ]  # fmt: skip
    width = max(len(name) for name, _ in facts) + 2
    lines = [f"{name + ':':<{width}}{text}" for name, text in facts]
    return "\n".join([click.style(card.title[lang], bold=True), card.definition[lang], *lines])


def _values(card: Any, results: Any, rows: Any, lang: Language, *, whole: bool) -> str:  # noqa: ANN401
    head = [_say(key, lang) for key in ("zone", "value", "above", "below", "pieces")]
    table = [head]
    shown = [(row.zone_name, row) for row in rows]
    shown += [(_say("all", lang), results.whole)] if whole else []
    for name, row in shown:
        above, below = (_number(each, lang) for each in (row.numerator, row.denominator))
        table.append([name, _value(row, card, lang), above, below, str(row.pieces)])
    note = [click.style(_say("synthetic", lang), fg="yellow")] if results.synthetic else []
    return "\n".join([*note, _aligned(table, left=(0,))])


def _ledger(ledger: dict[str, Any], lang: Language) -> str:
    from geo.measure.ledger import TOLERANCE
    from geo.view.numbers import unit_text

    lines = []
    for entry in ledger.values():
        unit = unit_text(entry["unit"], lang)
        parts = [
            f"{_say('districts', lang)} {_number(entry['inside'], lang)}",
            f"{_say('outside', lang)} {_number(entry['outside'], lang)}",
            f"{_say('repeated', lang)} {_number(entry['repeated'], lang)}",
            f"{_say('away', lang)} {_number(entry['counted_away'], lang)}",
            f"{_say('whole', lang)} {_number(entry['whole'], lang)} {unit}".rstrip(),
        ]
        parts += [f"{_say('missing', lang)} {entry['missing']}"] if entry["missing"] else []
        verdict = _say("yes" if entry["gap"] <= TOLERANCE else "no", lang)
        worst = f" ({entry['worst']})" if entry["worst"] else ""
        lines.append(f"{entry['layer']}: {'; '.join(parts)}: {verdict} {entry['gap']:.0e}{worst}")
    return "\n".join(lines)


def _origin(card: Any, results: Any, zone: str, lang: Language) -> str:  # noqa: ANN401
    inputs = ", ".join(f"{layer}@{version}" for layer, version in results.inputs.items())
    changed = ", ".join(results.outdated)
    return "\n".join(
        [
            *([f"{_say('outdated', lang)}: {changed}"] if changed else []),
            f"{_say('inputs', lang)}: {inputs}",
            f"{_say('computed', lang)}: {results.computed_at}",
            f"{_say('evidence', lang)}: {evidence_path(card.id, zone)}",
        ]
    )


def _pieces(data: Path, card: Any, zone: str, count: int) -> list[dict[str, Any]]:  # noqa: ANN401
    from geo.model.derived import evidence_id
    from geo.store.catalog import Catalog
    from geo.store.snapshot import read_table

    snapshot = Catalog(data).current(evidence_id(card.id))
    if snapshot is None:
        return []
    columns = ["piece_id", "zone_id", "zone_name", "part", "layer", "version", "feature_id",
               "measure", "unit", "features"]  # fmt: skip
    rows: list[dict[str, Any]] = read_table(snapshot, columns).to_pylist()
    mine = [row for row in rows if not zone or row["zone_id"] == zone]
    mine.sort(key=lambda row: (row["part"] != "numerator", -row["measure"], row["piece_id"]))
    return mine[:count]


def _evidence(behind: list[dict[str, Any]], lang: Language) -> str:
    from geo.view.numbers import unit_text

    table = [[_say("piece", lang), _say("zone", lang), "", _say("measure", lang), ""]]
    for row in behind:
        source = row["feature_id"] or f"{row['features']} × {row['layer']}"
        measure, unit = _number(row["measure"], lang), unit_text(row["unit"], lang)
        table.append([row["piece_id"], row["zone_name"], source, measure, unit])
    return _aligned(table, left=(0, 1, 2, 4))


def _value(row: Any, card: Any, lang: Language) -> str:  # noqa: ANN401 - see _summary
    from geo.model.derived import STATUSES
    from geo.view.numbers import quantity

    if row.value is None:
        return STATUSES[row.status][lang]
    return quantity(row.value, card.precision, card.unit, lang)


def _number(value: float | None, lang: Language) -> str:
    from geo.view.numbers import number

    if value is None:
        return "–"
    return number(value, 0 if float(value).is_integer() else 2, lang)


def _aligned(rows: Sequence[Sequence[str]], *, left: Sequence[int]) -> str:
    """Return rows as columns; those named in `left` to the left, the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if i in left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join(lines)
