"""What a person may have meant by a name that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches


def meant(name: str, known: Iterable[str]) -> str:
    """Return ``did you mean 'a'?`` and what there is; only what there is where nothing is near.

    Parameters
    ----------
    name : str
        What was asked for.
    known : iterable of str
        What there is, in the order in which it is told.
    """
    names = list(known)
    near = get_close_matches(name, names, n=1)
    asked = f"did you mean {near[0]!r}? " if near else ""
    return f"{asked}there are: {', '.join(names) or 'none'}"


def unquoted(name: str, where: str) -> str:
    """Return how to quote a name that a filter compares something with; empty: it does not.

    ``land_use = B`` compares two columns in CQL2, and a person mostly means the text 'B'.
    """
    word = re.escape(name)
    if re.search(rf"(?:[=<>]|\blike|\bin\s*\([^)]*)\s*\"?{word}(?!\w)", where, re.IGNORECASE):
        return f"text stands in quotes: '{name}', not {name}; "
    return ""
