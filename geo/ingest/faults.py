"""Rows that break a rule: refused together, or left out together, never lost in silence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from geo.ingest.report import MOST_PLACES, Report

Place = dict[str, Any]
_Found = tuple[str, np.ndarray, Callable[[int], str] | None, dict[str, Any]]
"""Code, rows, detail of a row, values of the message."""
FINAL = frozenset({"duplicate-id", "geometry-type"})
"""Faults that no option allows: which feature, or which layer, is meant is not ours to say."""


class Faults:
    """Faults by row.

    Parameters
    ----------
    rows : int
        Features in the file.

    Attributes
    ----------
    bad, repaired : numpy.ndarray of bool, shape (rows,)
        Rows that break a rule, and rows whose geometry was mended.
    final : numpy.ndarray of bool, shape (rows,)
        Rows that break a rule of :data:`FINAL`; they are among `bad`.
    """

    def __init__(self, rows: int) -> None:
        self.bad = np.zeros(rows, dtype=bool)
        self.repaired = np.zeros(rows, dtype=bool)
        self.final = np.zeros(rows, dtype=bool)
        self._ids: pa.Array | None = None
        self._found: list[_Found] = []

    def know_ids(self, ids: pa.Array) -> None:
        """Name rows by these ids from now on; length = number of rows."""
        self._ids = ids

    def add(
        self,
        code: str,
        rows: np.ndarray,
        detail: Callable[[int], str] | None = None,
        **values: Any,  # noqa: ANN401 - whatever the message's words need
    ) -> None:
        """Note that rows (a bool mask, shape (n,)) break the rule `code`."""
        if rows.any():
            self.bad |= rows
            if code in FINAL:
                self.final |= rows
            self._found.append((code, np.flatnonzero(rows), detail, values))

    def part(self, start: int, stop: int) -> Faults:
        """Return the faults of rows [start, stop): what is added there is added here."""
        return _Part(self, start, stop)

    def settle(self, report: Report, *, drop: bool) -> np.ndarray:
        """Return the rows to keep, as a bool mask.

        Raises
        ------
        InputRefusedError
            If there are faults and `drop` is false, if some are never allowed, if `report` has
            errors from before, or if nothing would be left.
        """
        self.tell(report, drop=drop)
        errors = [issue for issue in report.issues if issue.severity == "error"]
        if errors:
            report.stop(errors[0])
        if not self.bad.any():
            return ~self.bad
        if self.bad.all():
            report.refuse("all-dropped")
        dropped = np.flatnonzero(self.bad)
        report.dropped = {
            "rows": len(dropped),
            "why": {code: len(rows) for code, rows, _, _ in self._joined()},
            "where": self.places(dropped),
        }
        report.add("warning", "dropped", count=len(dropped), read=len(self.bad))
        return ~self.bad

    def tell(self, report: Report, *, drop: bool) -> None:
        """Tell all that was found: as errors, or as warnings where `drop` allows it."""
        for code, rows, detail, values in self._joined():
            allowed = drop and code not in FINAL
            told = {"count": len(rows), **values}
            report.add("warning" if allowed else "error", code, self.places(rows, detail), **told)

    def _joined(self) -> list[_Found]:
        """Return each rule's rows together, those that parts have added among them."""
        groups: dict[tuple[str, str], list[_Found]] = {}
        for found in self._found:
            groups.setdefault((found[0], repr(found[3])), []).append(found)
        return [_one(group) for group in groups.values()]

    def places(self, rows: np.ndarray, detail: Callable[[int], str] | None = None) -> list[Place]:
        """Return the first of `rows` (indices) as places of a report."""
        return [self._place(int(row), detail) for row in rows[:MOST_PLACES]]

    def _place(self, row: int, detail: Callable[[int], str] | None) -> Place:
        place: Place = {"row": row + 1}
        key = None if self._ids is None else self._ids[row].as_py()
        if key is not None:
            place["id"] = str(key)[:100]
        if detail is not None:
            place["detail"] = detail(row)[:200]
        return place


class _Part(Faults):
    """Faults of neighbouring rows, counted from the first of them."""

    def __init__(self, whole: Faults, start: int, stop: int) -> None:
        self._whole, self._start = whole, start
        self.bad = whole.bad[start:stop]
        self.repaired = whole.repaired[start:stop]
        self.final = whole.final[start:stop]

    def add(
        self,
        code: str,
        rows: np.ndarray,
        detail: Callable[[int], str] | None = None,
        **values: Any,  # noqa: ANN401 - as above
    ) -> None:
        if rows.any():
            everywhere = np.zeros(len(self._whole.bad), dtype=bool)
            everywhere[self._start : self._start + len(rows)] = rows
            first = np.flatnonzero(rows)[:MOST_PLACES]
            # Told now: what a detail is made from is gone with its part.
            told = {} if detail is None else {int(r) + self._start: detail(int(r)) for r in first}
            self._whole.add(
                code, everywhere, None if detail is None else told.__getitem__, **values
            )

    def places(self, rows: np.ndarray, detail: Callable[[int], str] | None = None) -> list[Place]:
        whole = None if detail is None else lambda row: detail(row - self._start)
        return self._whole.places(rows + self._start, whole)


def _one(group: list[_Found]) -> _Found:
    """Join what several parts found of one rule; the details are those of the first."""
    code, _, detail, values = group[0]
    rows = np.concatenate([found[1] for found in group])
    if len(group) == 1 or detail is None:
        return code, rows, detail, values

    def told(row: int) -> str:
        for _, mine, say, _ in group:
            if say is not None and row in mine:
                return say(row)
        return ""

    return code, rows, told, values
