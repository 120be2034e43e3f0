"""One value of a query, turned into what serve.sqlite holds for a field of its type."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from geo.errors import UsageError
from geo.model.layer import FieldType
from geo.store.fragments import instant

SqlValue = str | int | float | None


def to_sql(value: Any, kind: FieldType, *, where: str) -> SqlValue:  # noqa: ANN401 - text or typed
    """Return a value as the column of a field holds it.

    Parameters
    ----------
    value : str, or the field's own type, or None
        Text as it stands in a URL, or a Python value; None is null.
    kind : str
        The field's type.
    where : str
        Layer and field, for the message.

    Raises
    ------
    UsageError
        If it is no value of that type.
    """
    if value is None:
        return None
    try:
        return _READERS[kind](value)
    except (ValueError, TypeError, OverflowError):
        raise UsageError(
            f"{str(value)[:80]!r} is no {kind}", where=where, fix=f"give {_EXAMPLES[kind]}"
        ) from None


def _integer(value: Any) -> int:  # noqa: ANN401
    number = int(value) if not isinstance(value, float) else int(_whole(value))
    if not -(2**63) <= number < 2**63:
        raise ValueError(number)
    return number


def _whole(value: float) -> float:
    if not value.is_integer():
        raise ValueError(value)
    return value


def _number(value: Any) -> float:  # noqa: ANN401
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(value)
    return number


def _boolean(value: Any) -> int:  # noqa: ANN401
    found = {"true": 1, "1": 1, "false": 0, "0": 0}.get(str(value).lower())
    if found is None:
        raise ValueError(value)
    return found


def _date(value: Any) -> str:  # noqa: ANN401
    day = value if isinstance(value, date) else date.fromisoformat(str(value))
    return (day.date() if isinstance(day, datetime) else day).isoformat()


def _datetime(value: Any) -> str:  # noqa: ANN401
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return instant(moment.astimezone(UTC))


_READERS: dict[FieldType, Callable[[Any], SqlValue]] = {
    "string": str,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
}
_EXAMPLES: dict[FieldType, str] = {
    "string": "text",
    "integer": "a whole number such as 12",
    "number": "a number such as 1.5",
    "boolean": "true or false",
    "date": "a date such as 2026-11-22",
    "datetime": "an instant such as 2026-11-22T03:15:00Z",
}
