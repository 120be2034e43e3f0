"""Where a page ended, as one opaque word: the next page begins there, in the same version."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass

from geo.serve.parameters import ItemsQuery, bad

_CHECK_BYTES = 6


@dataclass(frozen=True)
class Cursor:
    """The last feature of a page.

    Attributes
    ----------
    version : str
        Of the layer that is walked through.
    rid : int
        The feature's number in that version.
    """

    version: str
    rid: int

    def text(self, layer_id: str, query: ItemsQuery) -> str:
        """Return the word, which checks itself against what was asked."""
        said = f"{self.rid}~{self.version}".encode()
        word = urlsafe_b64encode(_check(said, layer_id, query) + said)
        return word.rstrip(b"=").decode()


def read_cursor(layer_id: str, query: ItemsQuery) -> Cursor:
    """Return what the word in a query means.

    Raises
    ------
    UsageError
        If it is no word of ours, or one of another question.
    """
    try:
        word = query.cursor.encode("ascii")
        raw = urlsafe_b64decode(word + b"=" * (-len(word) % 4))
        said = raw[_CHECK_BYTES:]
        rid, _, version = said.decode("ascii").partition("~")
        if raw[:_CHECK_BYTES] == _check(said, layer_id, query):
            return Cursor(version, int(rid))
    except (ValueError, Error):
        pass
    raise bad(
        "cursor",
        "does not belong to this question",
        "follow the link with rel=next as it is, or begin again without cursor",
    )


def _check(said: bytes, layer_id: str, query: ItemsQuery) -> bytes:
    """Return what ties a place to a question: what is found, and in which order."""
    asked = repr((
        layer_id, query.area, sorted(query.equals.items()), query.sort, query.filter,
        query.filter_crs,
    ))  # fmt: skip
    return hashlib.sha256(said + b"|" + asked.encode()).digest()[:_CHECK_BYTES]
