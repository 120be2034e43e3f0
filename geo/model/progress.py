"""How long work tells how far it is, without knowing who watches."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called with a stage's name, and how much of how much of it is done."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Report that `done` of `total` units of `stage` are done."""


def silent(stage: str, done: int, total: int) -> None:
    """Tell nobody: the default."""
