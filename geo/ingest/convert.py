"""One column of a file into the type of a layer's field; every change is counted."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.model.arrow import ARROW
from geo.model.layer import FieldType

_SPACES = re.compile(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_POLISH_DAY = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_WORDS = {
    **dict.fromkeys(("true", "t", "tak", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "f", "nie", "no", "n", "0"), False),
}


@dataclass(frozen=True)
class Converted:
    """A converted column.

    Attributes
    ----------
    column : pyarrow.Array
        Of the field's type; null where the file has none or where it could not be read.
    wrong : numpy.ndarray of bool, shape (n,)
        Values that are none of the type.
    changed : int
        Values that had to be turned into it.
    zone_assumed : bool
        Instants without a zone were taken as UTC.
    """

    column: pa.Array
    wrong: np.ndarray
    changed: int = 0
    zone_assumed: bool = False


def convert(column: pa.ChunkedArray, kind: FieldType) -> Converted:
    """Turn a column, length n, into the Arrow type of a field of type `kind`."""
    none_wrong = np.zeros(len(column), dtype=bool)
    fast = _as_it_is(column, kind)
    if fast is not None:
        zone = kind == "datetime" and column.type.tz is None
        return Converted(fast, none_wrong, zone_assumed=zone)
    read = _READERS[kind]
    values: list[Any] = []
    wrong, changed = none_wrong, 0
    for row, value in enumerate(column.to_pylist()):
        if value is None or (isinstance(value, str) and not value.strip()):
            values.append(None)
            changed += value is not None
            continue
        try:
            values.append(read(value))
        except (ValueError, TypeError, OverflowError):
            values.append(None)
            wrong[row] = True
        else:
            changed += values[-1] is not value
    naive = kind == "datetime" and any(_names_no_zone(value) for value in column.to_pylist())
    return Converted(pa.array(values, type=ARROW[kind]), wrong, changed, naive)


def _as_it_is(column: pa.ChunkedArray, kind: FieldType) -> pa.Array | None:
    """Return the column if its type already says the same, else None."""
    found, is_ = column.type, pa.types
    same = {
        "string": (is_.is_string(found) or is_.is_large_string(found)) and not _has_blank(column),
        "integer": is_.is_integer(found) and found != pa.uint64(),
        "number": is_.is_floating(found) and _all_finite(column),
        "boolean": is_.is_boolean(found),
        "date": is_.is_date32(found),
        "datetime": is_.is_timestamp(found),
    }[kind]
    if not same:
        return None
    if kind == "datetime" and found.tz is None:
        column = pc.assume_timezone(column.cast(pa.timestamp("us")), "UTC")
    return column.cast(ARROW[kind]).combine_chunks()


def _has_blank(column: pa.ChunkedArray) -> bool:
    return bool(pc.any(pc.match_substring_regex(column, r"^\s*$")).as_py())


def _all_finite(column: pa.ChunkedArray) -> bool:
    return bool(pc.all(pc.is_finite(column)).as_py() is not False)


def _string(value: Any) -> str:  # noqa: ANN401 - whatever a file holds
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (bool, int, float)):
        return str(value)
    raise TypeError(type(value))


def _number(value: Any) -> float:  # noqa: ANN401
    if isinstance(value, str):
        text = _SPACES.sub("", value.strip())
        if not _NUMBER.fullmatch(text):
            raise ValueError(value)
        value = text.replace(",", ".")
    elif isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(type(value))
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(value)
    return number


def _integer(value: Any) -> int:  # noqa: ANN401
    text = _SPACES.sub("", value.strip()) if isinstance(value, str) else ""
    if re.fullmatch(r"[+-]?\d{1,19}", text):
        number = int(text)
    elif isinstance(value, int) and not isinstance(value, bool):
        number = value
    else:
        real = _number(value)
        # Beyond 2^53 a float no longer names one whole number.
        if not real.is_integer() or abs(real) > 2**53:
            raise ValueError(value)
        number = int(real)
    if not -(2**63) <= number < 2**63:
        raise OverflowError(value)
    return number


def _boolean(value: Any) -> bool:  # noqa: ANN401
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    word = str(value).strip().lower()
    if word not in _WORDS:
        raise ValueError(value)
    return _WORDS[word]


def _date(value: Any) -> date:  # noqa: ANN401
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = value.strip() if isinstance(value, str) else ""
    found, polish = _DAY.fullmatch(text[:10].strip()), _POLISH_DAY.fullmatch(text)
    if found and (len(text) <= 10 or text[10] in "T "):
        year, month, day = found.groups()
    elif polish:
        day, month, year = polish.groups()
    else:
        raise ValueError(value)
    return date(int(year), int(month), int(day))


def _datetime(value: Any) -> datetime:  # noqa: ANN401
    if isinstance(value, str):
        moment = datetime.fromisoformat(value.strip().replace("/", "-"))
    elif isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day, tzinfo=UTC)
    else:
        raise TypeError(type(value))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _names_no_zone(value: Any) -> bool:  # noqa: ANN401
    try:
        return isinstance(value, str) and datetime.fromisoformat(value.strip()).tzinfo is None
    except ValueError:
        return False


_READERS: dict[FieldType, Callable[[Any], Any]] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
}
