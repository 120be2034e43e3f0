"""A card before and after a scenario, as rows: the official value and the scenario's, side by side.

What the scenario's value would tell of few persons, beside the official one, is hidden.
"""

from __future__ import annotations

from typing import Any

from geo.measure.card import CardResult, Value
from geo.measure.differences import Secret
from geo.model.derived import WHOLE
from geo.model.reasons import why_no_difference


def classes(before: CardResult, after: CardResult) -> list[str]:
    """Return the classes of either, all together first."""
    return ["", *dict.fromkeys(each.name for each in (*before.classes, *after.classes))]


def group(before: CardResult, after: CardResult, secret: Secret, name: str) -> dict[str, Any]:
    """Return the rows of one class; empty: of all together."""
    old, new = _by_zone(before, name), _by_zone(after, name)
    stay = set(before.zones.ids) & set(after.zones.ids)
    names = dict(zip(before.zones.ids, before.zones.names, strict=True)) | dict(
        zip(after.zones.ids, after.zones.names, strict=True)
    )
    return {
        "class": name,
        "zones": [
            {"zone_id": zone, "zone_name": names[zone],
             **_row(old.get(zone), new.get(zone), zone in stay, hide=zone in secret.zones)}
            for zone in sorted(names)
        ],
        "whole": _row(old.get(WHOLE), new.get(WHOLE), True, hide=secret.whole),
    }  # fmt: skip


def _by_zone(result: CardResult, name: str) -> dict[str, Value]:
    """Return the values of a class by zone, and that of the whole; nothing of an unknown class."""
    if not name:
        return {**dict(zip(result.zones.ids, result.values, strict=True)), WHOLE: result.whole}
    for each in result.classes:
        if each.name == name:
            return {**dict(zip(result.zones.ids, each.values, strict=True)), WHOLE: each.whole}
    return {}


def _row(old: Value | None, new: Value | None, stays: bool, *, hide: bool) -> dict[str, Any]:
    shown = None if new is None else _value(new)
    if shown is not None and hide:
        shown = {**dict.fromkeys(shown), "status": "suppressed"}
    official = None if old is None else _value(old)
    one, other = (None if each is None else each["value"] for each in (official, shown))
    return {
        "official": official,
        "scenario": shown,
        "difference": None if one is None or other is None else other - one,
        "reason": why_no_difference(official, shown, zone_stays=stays),
        "changed": old != new,
    }


def _value(found: Value) -> dict[str, Any]:
    return {
        "value": found.value,
        "status": found.status,
        "numerator": found.numerator,
        "denominator": found.denominator,
        "pieces": found.pieces,
    }
