"""Renderers: which symbol a feature gets, and what the legend says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from geo.view.qgis.elements import add


@dataclass(frozen=True)
class Category:
    """Features with one of these values; no value at all: whatever no other category takes."""

    values: tuple[str, ...]
    label: str
    symbol: Element


@dataclass(frozen=True)
class Range:
    """Features whose value lies within; of two that touch, the first takes the edge."""

    lower: float
    upper: float
    label: str
    symbol: Element


def _renderer(kind: str, symbols: Sequence[Element], **attributes: str) -> Element:
    found = Element("renderer-v2", {"type": kind, "forceraster": "0", "symbollevels": "0"})
    found.set("enableorderby", "0")
    for key, value in attributes.items():
        found.set(key, value)
    box = Element("symbols")
    for number, each in enumerate(symbols):
        each.set("name", str(number))
        box.append(each)
    found.append(box)
    return found


def single(symbol: Element) -> Element:
    """Draw every feature alike."""
    return _renderer("singleSymbol", [symbol])


def categorised(expression: str, categories: Sequence[Category]) -> Element:
    """Draw by the value of an expression."""
    found = _renderer("categorizedSymbol", [c.symbol for c in categories], attr=expression)
    box = Element("categories")
    for number, each in enumerate(categories):
        shared = {"symbol": str(number), "label": each.label, "render": "true"}
        if len(each.values) > 1:
            several = add(box, "category", **shared)
            for value in each.values:
                add(several, "val", value=value, type="string")
        else:
            add(box, "category", value="".join(each.values), type="string", **shared)
    found.insert(0, box)
    return found


def graduated(expression: str, ranges: Sequence[Range]) -> Element:
    """Draw by the range that a number falls into."""
    found = _renderer(
        "graduatedSymbol",
        [r.symbol for r in ranges],
        attr=expression,
        graduatedMethod="GraduatedColor",
    )
    box = Element("ranges")
    for number, each in enumerate(ranges):
        add(
            box,
            "range",
            lower=repr(float(each.lower)),
            upper=repr(float(each.upper)),
            symbol=str(number),
            label=each.label,
            render="true",
        )
    found.insert(0, box)
    return found
