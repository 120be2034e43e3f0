"""A process that holds little: for a command that streams more than memory holds."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class Without(MetaPathFinder):
    """Keeps packages out of a process, as if they were not installed.

    Parameters
    ----------
    names : str
        Of top-level packages.
    """

    def __init__(self, *names: str) -> None:
        self.names = names

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Refuse the names; leave others to the next finder."""
        if name in self.names:
            raise ModuleNotFoundError(f"{name} is kept out of this process", name=name)
        return None


def lean() -> None:
    """Make this process small, before anything heavy is imported; for good.

    - Arrow imports pandas, where it is installed, as soon as it meets a list or an array of
      numpy: 50 MB and 0.5 s for nothing. Without it Arrow does the same work.
    - Arrow's own allocator (mimalloc) keeps what was freed, 65 MB of batches that are over; the
      system's gives it back.
    """
    sys.meta_path.insert(0, Without("pandas"))
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
