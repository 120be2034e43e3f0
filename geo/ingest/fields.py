"""Columns of a file to fields of a layer: an allow-list, types, codes, ranges, ids."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.ingest.convert import convert
from geo.ingest.faults import Faults
from geo.ingest.report import Report
from geo.ingest.words import TYPES
from geo.limits import limit
from geo.model.layer import FORBIDDEN_FIELDS, Field, FieldType, Layer
from geo.model.text import Text

_PERSONAL = ("pesel", "wlasciciel", "wladajac", "ksiega_w", "ksiegaw", "nr_kw", "nrkw")
"""Beginnings or parts of column names that hold personal data in city registers."""
_DBF_NAME = 10
"""Characters of a column's name that a Shapefile keeps."""


def match(
    layer: Layer, columns: Sequence[str], report: Report, *, shapefile: bool
) -> dict[str, str]:
    """Return field name -> column of the file, and report what is not taken.

    A field is found by its name, then by its aliases, without regard to case; in a Shapefile
    also by its first ten characters. A column with personal data is never taken.

    Raises
    ------
    InputRefusedError
        If the id has no column, or two columns differ by case alone. Another required field
        without a column is an error of `report`, so that the rows are still looked at.
    """
    report.refused = [column for column in columns if is_personal(column)]
    if report.refused:
        report.add("warning", "personal-column", found=", ".join(report.refused))
    usable = [column for column in columns if column not in report.refused]
    by_name = _by_lower_case(usable, layer, report)
    taken: dict[str, str] = {}
    for field in layer.fields:
        column = _column_of(field, by_name, set(taken.values()), shapefile=shapefile)
        if column is not None:
            taken[field.name] = column
            if column.lower() != field.name.lower():
                report.add("info", "column-renamed", field=field.name, found=column)
        else:
            _absent(field, layer, columns, report)
    report.ignored = [column for column in usable if column not in taken.values()]
    if report.ignored:
        report.add("info", "columns-ignored", found=", ".join(report.ignored)[:500])
    missing = [issue for issue in report.issues if issue.code == "missing-column"]
    if missing and layer.id_field not in taken:
        report.stop(missing[0])
    return taken


def is_personal(column: str) -> bool:
    """Tell whether a column's name says that it holds personal data."""
    plain = unicodedata.normalize("NFKD", column.lower().replace("ł", "l"))
    name = re.sub(r"[^a-z0-9]+", "_", plain.encode("ascii", "ignore").decode()).strip("_")
    return name in FORBIDDEN_FIELDS or any(part in name for part in _PERSONAL)


def _by_lower_case(columns: Sequence[str], layer: Layer, report: Report) -> dict[str, str]:
    known = {name.lower() for field in layer.fields for name in (field.name, *field.aliases)}
    found: dict[str, str] = {}
    for column in columns:
        key = column.lower()
        if key in found and key in known:
            report.refuse("ambiguous-column", found=f"{found[key]}, {column}")
        found[key] = column
    return found


def _column_of(
    field: Field, by_name: dict[str, str], taken: set[str], *, shapefile: bool
) -> str | None:
    names = [field.name.lower(), *(alias.lower() for alias in field.aliases)]
    if shapefile:
        names += [name[:_DBF_NAME] for name in names if len(name) > _DBF_NAME]
    free = (by_name[name] for name in names if name in by_name and by_name[name] not in taken)
    return next(free, None)


def _absent(field: Field, layer: Layer, columns: Sequence[str], report: Report) -> None:
    if field.required or field.name == layer.id_field:
        report.add(
            "error", "missing-column", field=field.name,
            aliases=", ".join(field.aliases) or "-", found=", ".join(columns)[:300] or "-",
        )  # fmt: skip
    else:
        report.add("info", "field-absent", field=field.name)


def take(
    layer: Layer, raw: pa.Table, taken: dict[str, str], faults: Faults, report: Report
) -> dict[str, pa.Array]:
    """Return field name -> converted column; what breaks a rule goes to `faults`.

    Parameters
    ----------
    raw : pyarrow.Table
        The file's columns, n rows.
    taken : dict
        Field name -> column, from :func:`match`.
    """
    result: dict[str, pa.Array] = {}
    # The id first, so that every later fault can name its row by it.
    for field in sorted(layer.fields, key=lambda item: item.name != layer.id_field):
        if field.name not in taken:
            result[field.name] = pa.nulls(len(raw), _arrow_type(field))
            report.fields[field.name] = {"column": None, "nulls": len(raw), "coerced": 0}
            continue
        source = raw.column(taken[field.name])
        found = convert(source, field.type)
        if field.name == layer.id_field:
            faults.know_ids(found.column)
        _tell(field, taken[field.name], source, found.changed, found.column.null_count, report)
        if found.zone_assumed and field.type == "datetime":
            report.add("warning", "zone-assumed", field=field.name)
        quote = _quote(source)
        faults.add("wrong-type", found.wrong, quote, field=field.name, wanted=TYPES[field.type])
        _check(field, found.column, found.wrong, faults, required=_is_required(field, layer))
        result[field.name] = found.column
    return result


def _arrow_type(field: Field) -> pa.DataType:
    return convert(pa.chunked_array([pa.array([], pa.string())]), field.type).column.type


def _is_required(field: Field, layer: Layer) -> bool:
    return field.required or field.name == layer.id_field


def _quote(column: pa.ChunkedArray | pa.Array) -> Any:  # noqa: ANN401 - a function of a row
    return lambda row: repr(column[row].as_py())[:100]


def _tell(
    field: Field, column: str, source: pa.ChunkedArray, changed: int, nulls: int, report: Report
) -> None:
    report.fields[field.name] = {"column": column, "nulls": nulls, "coerced": changed}
    if changed:
        report.counts["coerced"] = report.counts.get("coerced", 0) + changed
        report.add(
            "info", "coerced", field=field.name, count=changed, found=_kind(source.type),
            wanted=TYPES[field.type],
        )  # fmt: skip


def _kind(found: pa.DataType) -> Text | str:
    """Return a column's type in a reader's words, or as Arrow calls it."""
    is_ = pa.types
    kinds: dict[FieldType, bool] = {
        "string": is_.is_string(found) or is_.is_large_string(found),
        "integer": is_.is_integer(found),
        "number": is_.is_floating(found) or is_.is_decimal(found),
        "boolean": is_.is_boolean(found),
        "date": is_.is_date(found),
        "datetime": is_.is_timestamp(found),
    }
    return next((TYPES[kind] for kind, same in kinds.items() if same), str(found))


def _check(
    field: Field, column: pa.Array, wrong: np.ndarray, faults: Faults, *, required: bool
) -> None:
    quote = _quote(column)
    if required:
        faults.add("required-null", _mask(pc.is_null(column)) & ~wrong, field=field.name)
    if pa.types.is_string(column.type):
        most = limit("text_chars")
        too_long = _mask(pc.greater(pc.utf8_length(column), most))
        faults.add("text-too-long", too_long, field=field.name, wanted=most)
    if field.pattern is not None:
        bad = _unmatched(column, field.pattern)
        faults.add("pattern", bad, quote, field=field.name, wanted=field.pattern)
    if field.values is not None:
        codes = column.cast(pa.string())
        known = pc.is_in(codes, value_set=pa.array(list(field.values), pa.string()))
        bad = _mask(pc.and_(pc.is_valid(codes), pc.invert(known)))
        faults.add("unknown-code", bad, quote, field=field.name, wanted=", ".join(field.values))
    _check_range(field, column, faults)


def _check_range(field: Field, column: pa.Array, faults: Faults) -> None:
    if field.type not in ("integer", "number"):
        return
    out = np.zeros(len(column), dtype=bool)
    if field.minimum is not None:
        out |= _mask(pc.less(column, field.minimum))
    if field.maximum is not None:
        out |= _mask(pc.greater(column, field.maximum))
    low = "..." if field.minimum is None else f"{field.minimum:g}"
    high = "..." if field.maximum is None else f"{field.maximum:g}"
    faults.add("out-of-range", out, _quote(column), field=field.name, wanted=f"[{low}, {high}]")


def _unmatched(column: pa.Array, pattern: str) -> np.ndarray:
    compiled = re.compile(pattern)
    texts = column.cast(pa.string())
    bad = [
        text for text in pc.unique(texts).to_pylist()
        # `$` also matches before a line's end, which no code of a city ends with.
        if text is not None and (compiled.search(text) is None or text.endswith("\n"))
    ]  # fmt: skip
    return _mask(pc.is_in(texts, value_set=pa.array(bad, pa.string())))


def _mask(condition: pa.Array) -> np.ndarray:
    """Return a condition as bool, shape (n,); null counts as false."""
    return np.asarray(pc.fill_null(condition, False).to_numpy(zero_copy_only=False), dtype=bool)


def check_unique(
    layer: Layer, ids: pa.Array, faults: Faults, report: Report, *, drop: bool
) -> None:
    """Note ids that stand more than once: nobody can tell which feature is the right one.

    Parameters
    ----------
    ids : pyarrow.Array, length n
    drop : bool
        Faulty rows are left out: an id that is unique without them is only warned of.
    """
    texts = ids.cast(pa.string())
    everywhere = _repeated(texts, np.ones(len(texts), dtype=bool))
    stay = ~faults.bad | faults.final if drop else np.ones(len(texts), dtype=bool)
    left = _repeated(texts, stay)
    gone = everywhere.filter(pc.invert(pc.is_in(everywhere, value_set=left)))
    if len(gone):
        rows = np.flatnonzero(_mask(pc.is_in(texts, value_set=gone)))
        report.add(
            "warning", "duplicate-id-left-out", faults.places(rows), count=len(gone),
            field=layer.id_field,
        )  # fmt: skip
    rows = _mask(pc.is_in(texts, value_set=left)) & stay
    faults.add("duplicate-id", rows, count=len(left), field=layer.id_field)


def _repeated(texts: pa.Array, rows: np.ndarray) -> pa.Array:
    """Return the texts, other than null, that stand more than once among `rows`, shape (n,)."""
    counted = pc.value_counts(texts.filter(pa.array(rows)))
    return counted.field("values").filter(pc.greater(counted.field("counts"), 1)).drop_null()
