"""The titles of a layer in one text: a word is found in it without a look at the features."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa

from geo.model.cql2.meaning import fold_case, strip_accents
from geo.store.parquet import read_features

_KEPT = 24
"""Versions whose titles are kept: 25 bytes a title."""


@dataclass(frozen=True)
class Titles:
    """The titles of one version, without case and accents, in stored order.

    Attributes
    ----------
    text : str
        Each title with a line feed before and after it.
    starts : numpy.ndarray of int64, shape (n + 1,)
        Where each begins in `text`, and where the next would.
    """

    text: str
    starts: np.ndarray

    def rows(self, part: str, most: int) -> list[int]:
        """Return the rows whose title holds a part, ascending.

        Parameters
        ----------
        part : str
            Folded; a line feed at its end stands for the end of the title.
        most : int
            So many places of the text are looked at.
        """
        places = np.fromiter(islice(self._places(part), most), dtype=np.int64)
        found = np.unique(np.searchsorted(self.starts, places, side="right") - 1)
        return [int(row) for row in found]

    def title(self, row: int) -> str:
        """Return the folded title of a row; empty where it has none."""
        return self.text[self.starts[row] : self.starts[row + 1] - 1]

    def first(self) -> int | None:
        """Return the first row that has a title."""
        named = np.flatnonzero(np.diff(self.starts) > 1)
        return int(named[0]) if len(named) else None

    def _places(self, part: str) -> Iterator[int]:
        at = self.text.find(part, 1)
        while part and at >= 0:
            yield at
            at = self.text.find(part, at + len(part))


def folded(text: str) -> str:
    """Return a text as it is compared: without case and accents."""
    return str(fold_case(strip_accents(text)))


@lru_cache(maxsize=_KEPT)
def titles_of(parquet: Path, field: str) -> Titles:
    """Return the titles of a version; read once.

    Parameters
    ----------
    parquet : Path
        Its features: a file that never changes.
    field : str
        The layer's title field. A version of an earlier layer.yml may lack it: no titles.
    """
    try:
        column = read_features(parquet, [field]).column(field)
    except KeyError:
        column = pa.array([], pa.string())
    words = [str(value or "").replace("\n", " ") for value in column.to_pylist()]
    text = folded("\n" + "".join(f"{each}\n" for each in words))
    starts = np.flatnonzero(np.frombuffer(text.encode("utf-32-le"), np.uint32) == ord("\n")) + 1
    return Titles(text, starts)
