"""The errors of a filter: where, what was expected, and how it is written."""

from __future__ import annotations

from geo.errors import UsageError
from geo.limits import limit
from geo.model.cql2.tree import Node, depth

EXAMPLE = "for example: kind IN ('park', 'forest') AND NOT (name IS NULL)"


def unreadable(at: str, what: str, fix: str = "") -> UsageError:
    """Return the refusal of a filter that cannot be read.

    Parameters
    ----------
    at : str
        Where in it: ``character 12``, or the path of a JSON value.
    what : str
        What is wrong there, in words.
    """
    return UsageError(f"the filter cannot be read: {what}", where=at, fix=fix or EXAMPLE)


def meaningless(what: str, fix: str) -> UsageError:
    """Return the refusal of a filter that can be read but has no meaning for a layer."""
    return UsageError(what, where="filter", fix=fix)


def too_long() -> UsageError:
    """Return the refusal of a text beyond the cap ``query_chars``."""
    return UsageError(
        f"the filter is too long: more than {limit('query_chars')} characters",
        where="filter",
        fix="shorten it, for example with IN (...)",
    )


def too_deep() -> UsageError:
    """Return the refusal of a tree beyond the cap ``filter_depth``."""
    return UsageError(
        f"the filter is nested more than {limit('filter_depth')} levels deep",
        where="filter",
        fix="join conditions with AND and OR on one level",
    )


def shallow[T: Node](tree: T) -> T:
    """Return the tree, if whoever walks it by recursion may.

    Raises
    ------
    UsageError
        If it is deeper than the cap ``filter_depth``.
    """
    if depth(tree) > limit("filter_depth"):
        raise too_deep()
    return tree
