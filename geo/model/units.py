"""Units of indicators, as powers of metre, person and feature with a factor.

``km/km2`` is parsed to factor 1e3/1e6 and dimension metre^-1. A card whose unit does not have
the dimension of its formula is refused when it is read.
"""

from __future__ import annotations

from dataclasses import dataclass

Dimension = tuple[int, int, int]
"""Powers of (metre, person, feature)."""


@dataclass(frozen=True)
class Unit:
    """A unit: 1 of it is `factor` of the base unit of its dimension."""

    symbol: str
    factor: float
    dimension: Dimension

    def from_base(self, value: float) -> float:
        """Turn a value in base units (m, person, feature) into this unit."""
        return value / self.factor


NONE: Dimension = (0, 0, 0)
LENGTH: Dimension = (1, 0, 0)
AREA: Dimension = (2, 0, 0)
PERSONS: Dimension = (0, 1, 0)
FEATURES: Dimension = (0, 0, 1)

_ATOMS: dict[str, Unit] = {
    "1": Unit("1", 1.0, NONE),
    "%": Unit("%", 0.01, NONE),
    "m": Unit("m", 1.0, LENGTH),
    "km": Unit("km", 1e3, LENGTH),
    "m2": Unit("m²", 1.0, AREA),
    "ha": Unit("ha", 1e4, AREA),
    "km2": Unit("km²", 1e6, AREA),
    "person": Unit("os.", 1.0, PERSONS),
    "1000person": Unit("1000 os.", 1e3, PERSONS),
    "100000person": Unit("100 tys. os.", 1e5, PERSONS),
    "feature": Unit("szt.", 1.0, FEATURES),
    "person*m": Unit("os.·m", 1.0, (1, 1, 0)),
}
_ENGLISH = {"os.": "person", "1000 os.": "1,000 people", "100 tys. os.": "100,000 people",
            "os.·m": "person·m"}  # fmt: skip


def parse_unit(text: str) -> Unit:
    """Return the unit of a text such as ``%``, ``ha``, ``km/km2`` or ``m2/person``.

    Raises
    ------
    ValueError
        If an atom is unknown or there is more than one slash.
    """
    parts = text.split("/")
    if len(parts) > 2 or any(part not in _ATOMS for part in parts):
        raise ValueError(f"unknown unit {text!r}; atoms are {', '.join(_ATOMS)}, with one slash")
    top = _ATOMS[parts[0]]
    if len(parts) == 1:
        return top
    below = _ATOMS[parts[1]]
    dimension = divide(top.dimension, below.dimension)
    return Unit(f"{top.symbol}/{below.symbol}", top.factor / below.factor, dimension)


def divide(top: Dimension, below: Dimension) -> Dimension:
    """Return the dimension of a quotient."""
    return (top[0] - below[0], top[1] - below[1], top[2] - below[2])


def symbol(text: str, language: str) -> str:
    """Return how a person reads a unit: ``m2/person`` -> ``m²/os.`` or ``m²/person``."""
    polish = parse_unit(text).symbol
    if language == "pl":
        return polish
    words = polish.replace("szt.", "").split("/")
    return "/".join(_ENGLISH.get(word, word) for word in words)
