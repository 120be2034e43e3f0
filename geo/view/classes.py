"""The classes of a choropleth: breaks by a card's legend, colours, and ink that reads on them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.model.indicator import Legend

# Seven steps each, light to dark, after ColorBrewer (Apache-2.0) and matplotlib's viridis (CC0):
# sequences that stay apart for colour-blind eyes.
PALETTES: dict[str, tuple[str, ...]] = {
    "YlGnBu": ("#ffffcc", "#c7e9b4", "#7fcdbb", "#41b6c4", "#1d91c0", "#225ea8", "#0c2c84"),
    "viridis": ("#fde725", "#90d743", "#35b779", "#21918c", "#31688e", "#443983", "#440154"),
    "Greens": ("#edf8e9", "#c7e9c0", "#a1d99b", "#74c476", "#41ab5d", "#238b45", "#005a32"),
    "Blues": ("#eff3ff", "#c6dbef", "#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#084594"),
    "Purples": ("#f2f0f7", "#dadaeb", "#bcbddc", "#9e9ac8", "#807dba", "#6a51a3", "#4a1486"),
}
DARK, LIGHT = "#000000", "#ffffff"
"""Of black and white one always has at least 4.58:1 on any colour."""


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb`` (WCAG 2.1), 0 to 1."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.1), 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def ink_on(colour: str) -> str:
    """Return black or white, whichever reads better on a colour."""
    return DARK if contrast(DARK, colour) >= contrast(LIGHT, colour) else LIGHT


@dataclass(frozen=True)
class Classes:
    """The classes of one picture.

    Attributes
    ----------
    edges : tuple of float
        ``k + 1`` edges, ascending, rounded as the numbers are shown. Class ``i`` holds
        ``edges[i] < value <= edges[i + 1]``, the first also ``edges[0]``. Empty: no value at all.
    colours : tuple of str
        One ``#rrggbb`` per class.
    decimals : int
        Digits to which values are rounded before they are classed, so that the number a reader
        sees never contradicts the legend.
    """

    edges: tuple[float, ...]
    colours: tuple[str, ...]
    decimals: int

    def index(self, value: float | None) -> int | None:
        """Return the class of a value, or None where there is no data."""
        if value is None or np.isnan(value) or not self.colours:
            return None
        inner = self.edges[1:-1]
        return int(np.searchsorted(inner, round(value, self.decimals), side="left"))

    def colour(self, value: float | None) -> str | None:
        """Return the colour of a value, or None where there is no data."""
        found = self.index(value)
        return None if found is None else self.colours[found]


def classify(values: Sequence[float | None], legend: Legend, decimals: int) -> Classes:
    """Choose the classes of a choropleth.

    Parameters
    ----------
    values : sequence of float or None, length n
        In the card's unit; None and NaN are left out.
    legend : Legend
        Scheme, number of classes and palette; there are never more classes than distinct values.
    decimals : int
        Digits that a person is shown.

    Returns
    -------
    Classes
        One class when all values are equal, none when there is no value.
    """
    # The built-in round, as in what is shown: numpy's makes 20.55 of 20.545 where text has 20.54.
    shown = [round(v, decimals) for v in values if v is not None and not np.isnan(v)]
    known = np.array(shown, dtype=float)
    if known.size == 0:
        return Classes((), (), decimals)
    inner = _inner_breaks(known, legend, decimals)
    low, high = min([known.min(), *inner[:1]]), max([known.max(), *inner[-1:]])
    edges = (float(low), *inner, float(high))
    steps = PALETTES[legend.palette]
    picked = np.linspace(0, len(steps) - 1, len(inner) + 1) if inner else np.array([2])
    return Classes(edges, tuple(steps[round(i)] for i in picked), decimals)


def _inner_breaks(known: np.ndarray, legend: Legend, decimals: int) -> tuple[float, ...]:
    """Return ascending inner breaks: a card's own as they stand, others within the data."""
    if legend.scheme == "breaks":
        return tuple(sorted(set(legend.breaks)))
    k = min(legend.classes, np.unique(known).size)
    if k < 2:
        return ()
    bins = _SCHEMES[legend.scheme](known, k)
    found = np.unique([round(float(edge), decimals) for edge in bins])
    return tuple(float(b) for b in found[(found >= known.min()) & (found < known.max())])


def _quantiles(known: np.ndarray, k: int) -> np.ndarray:
    return np.asarray(np.quantile(known, np.arange(1, k + 1) / k))


def _equal_interval(known: np.ndarray, k: int) -> np.ndarray:
    return np.linspace(known.min(), known.max(), k + 1)[1:]


def _fisher_jenks(known: np.ndarray, k: int) -> np.ndarray:
    # Imported here: mapclassify takes scipy, sklearn, numba and matplotlib with it, 5 s of CPU.
    import mapclassify

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # "not enough unique values": k is clamped
        return np.asarray(mapclassify.FisherJenks(known, k=k).bins)


_SCHEMES = {
    "quantiles": _quantiles,
    "equal_interval": _equal_interval,
    "fisher_jenks": _fisher_jenks,
}
