"""The titles of a layer in one text: a word is found in it without a look at the features."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa

from geo.model.cql2.meaning import fold_case, strip_accents
from geo.store.kept import Kept
from geo.store.parquet import read_features

_NAME = re.compile(r"(?<=\n)[^\s]+(?: [^\s\d]\S*)*")
"""A title up to a later word that begins with a digit; ``3 Maja`` begins with one itself."""


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

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The distinct titles without what follows a house number, sorted."""
        return tuple(sorted(set(_NAME.findall(self.text))))

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


_KEPT: Kept[Titles] = Kept(
    250_000_000, lambda titles: sys.getsizeof(titles.text) + titles.starts.nbytes
)
"""Titles by version: ten million, at 25 bytes each."""


def titles_of(parquet: Path, field: str) -> Titles:
    """Return the titles of a version; read once, however many ask at once.

    Parameters
    ----------
    parquet : Path
        Its features: a file that never changes.
    field : str
        The layer's title field. A version of an earlier layer.yml may lack it: no titles.
    """
    return _KEPT.get((parquet, field), lambda: _read(parquet, field))


def _read(parquet: Path, field: str) -> Titles:
    try:
        column = read_features(parquet, [field]).column(field)
    except KeyError:
        column = pa.array([], pa.string())
    words = [str(value or "").replace("\n", " ") for value in column.to_pylist()]
    text = folded("\n" + "".join(f"{each}\n" for each in words))
    starts = np.flatnonzero(np.frombuffer(text.encode("utf-32-le"), np.uint32) == ord("\n")) + 1
    return Titles(text, starts)
