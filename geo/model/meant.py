"""What a person may have meant by a name that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``did you mean 'a'? `` with a space at its end; empty where nothing is near."""
    near = get_close_matches(name, list(known), n=1)
    return f"did you mean {near[0]!r}? " if near else ""


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
    return f"{did_you_mean(name, names)}there are: {', '.join(names) or 'none yet'}"


def unquoted(name: str, where: str) -> str:
    """Return how to quote a name that a filter compares something with; empty: it does not.

    ``land_use = B`` compares two columns in CQL2, and a person mostly means the text 'B'.
    """
    word = re.escape(name)
    if re.search(rf"(?:[=<>]|\blike|\bin\s*\([^)]*)\s*\"?{word}(?!\w)", where, re.IGNORECASE):
        return f"text stands in quotes: '{name}', not {name}; "
    return ""
