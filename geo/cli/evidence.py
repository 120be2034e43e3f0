"""``geobank indicators evidence`` and ``ledger``: pieces of a value, and where zones do not fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geo.cli import echo_json
from geo.cli.answer_text import number_text, say
from geo.cli.options import data_option, json_option, open_project, project_option
from geo.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from geo.flow.results import Results
    from geo.model.text import Language

_FORMS = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".fgb": "FlatGeobuf"}


@click.command()
@click.argument("indicator_id", metavar="ID")
@click.option(
    "--zone", required=True, help="The zone (its id or its name), or _all for the whole city."
)
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path),
              help="FILE.gpkg (EPSG:2180), .fgb or .geojson (CRS84).")  # fmt: skip
@click.option("--lang", type=click.Choice(["pl", "en"]), default="pl", show_default=True)
@data_option
@project_option
@json_option
def evidence(
    indicator_id: str,
    zone: str,
    output: Path,
    lang: Language,
    data: Path,
    project_dir: Path | None,
    as_json: bool,
) -> None:
    """Make the pieces behind one value, at the versions that it was computed from.

    Nothing need be stored for it: the pieces are cut now, and add up to the published number.

    \b
    Examples:
      geobank indicators evidence greenery_per_person --zone centrum -o zielen.gpkg
      geobank indicators evidence building_cover --zone bytkow -o budynki.geojson --json
    """
    from geo.flow.evidence import pieces, write_pieces
    from geo.flow.results import load_results
    from geo.model.text import Count

    if output.suffix.lower() not in _FORMS:
        raise UsageError(
            f"{output.name} has no known ending", where="--output", fix=", ".join(_FORMS)
        )
    project = open_project(project_dir)
    zone_id = zone_named(load_results(project, data, indicator_id), zone)
    found = pieces(project, data, indicator_id, zone_id)
    write_pieces(output, found, _FORMS[output.suffix.lower()])
    said: dict[str, Any] = {"pieces": found.total, "sums": found.sums, "inputs": found.inputs}
    if as_json:
        echo_json(said)
    else:
        words = {"numerator": "above", "denominator": "below"}
        sums = (f"{say(words[key], lang)} {number_text(total, lang)}"
                for key, total in found.sums.items())  # fmt: skip
        count = Count(found.total)
        told = f"{count:fragment|fragmenty|fragmentów}" if lang == "pl" else f"{count:piece|pieces}"
        click.echo(f"{output}: {told}; {', '.join(sums)}")


def zone_named(results: Results, zone: str) -> str:
    """Return the id of a zone that is named by its id or its name, in any case, without accents.

    Raises
    ------
    NotFoundError
        If it names no zone, or two of them.
    """
    from geo.model.cql2.meaning import fold_case, strip_accents
    from geo.model.derived import WHOLE
    from geo.model.meant import did_you_mean

    names = {row.zone_id: row.zone_name for row in results.rows}
    if zone in names or zone == WHOLE:
        return zone
    wanted = strip_accents(fold_case(zone.strip()))
    found = [
        key
        for key, name in names.items()
        if wanted in [strip_accents(fold_case(each)) for each in (key, name)]
    ]
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{key} ({name})" if name else key for key, name in names.items())
    raise NotFoundError(
        f"there is no zone {zone!r}",
        where=results.indicator,
        fix=f"{did_you_mean(zone, names)}zones: {known}",
    )


@click.command()
@click.argument("layer_id", metavar="[LAYER]", default="")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path),
              help="Write the places as GeoJSON.")  # fmt: skip
@click.option("--lang", type=click.Choice(["pl", "en"]), default="pl", show_default=True)
@data_option
@project_option
@json_option
def ledger(
    layer_id: str,
    output: Path | None,
    lang: Language,
    data: Path,
    project_dir: Path | None,
    as_json: bool,
) -> None:
    """Show where the zones overlap and where they leave gaps, with the places.

    A gap is ground that zones enclose, or a strip between them narrower than a metre.

    \b
    Examples:
      geobank indicators ledger
      geobank indicators ledger districts -o granice.geojson
    """
    from geo.flow.seams import found_in
    from geo.view.numbers import number

    project = open_project(project_dir)
    found = found_in(project, data, layer_id or project.site.zones)
    if output is not None:
        output.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    if as_json:
        echo_json(found)
        return
    polish = lang == "pl"
    words = {"gap": "luka" if polish else "gap", "overlap": "nakładanie" if polish else "overlap"}
    for feature in found["features"]:
        row = feature["properties"]
        area, width = (number(row[key], 2, lang) for key in ("area_m2", "width_m"))
        click.echo(f"{words[row['kind']]:<12}{area:>12} m²  {width:>8} m  {row['zones']}")
    if not found["features"]:
        click.echo("strefy pasują do siebie" if polish else "the zones fit")
