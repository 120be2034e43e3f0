"""Rows that break a rule: refused together, or left out together, never lost in silence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from geo.ingest.report import MOST_PLACES, Report

Place = dict[str, Any]


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
    """

    def __init__(self, rows: int) -> None:
        self.bad = np.zeros(rows, dtype=bool)
        self.repaired = np.zeros(rows, dtype=bool)
        self._ids: pa.Array | None = None
        self._found: list[tuple[str, np.ndarray, Callable[[int], str] | None, dict[str, Any]]] = []

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
            self._found.append((code, np.flatnonzero(rows), detail, values))

    def settle(self, report: Report, *, drop: bool) -> np.ndarray:
        """Return the rows to keep, as a bool mask.

        Raises
        ------
        InputRefusedError
            If there are faults and `drop` is false, or if nothing would be left.
        """
        issues = [
            report.add(
                "warning" if drop else "error", code, self.places(rows, detail),
                count=len(rows), **values,
            )
            for code, rows, detail, values in self._found
        ]  # fmt: skip
        if not issues:
            return ~self.bad
        if not drop:
            report.stop(issues[0])
        if self.bad.all():
            report.refuse("all-dropped")
        dropped = np.flatnonzero(self.bad)
        report.dropped = {
            "rows": len(dropped),
            "why": {code: len(rows) for code, rows, _, _ in self._found},
            "where": self.places(dropped),
        }
        report.add("warning", "dropped", count=len(dropped), read=len(self.bad))
        return ~self.bad

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
