"""Protocol buffers, as far as a vector tile needs them: varints of whole arrays at once."""

from __future__ import annotations

import struct

import numpy as np

VARINT, FIXED64, BYTES = 0, 1, 2
_LONGEST = 10


def key(field: int, wire: int) -> int:
    """Return the number that stands before a value of a field."""
    return field << 3 | wire


def varint(value: int) -> bytes:
    """Return one number below 2**64 as a varint."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def message(field: int, body: bytes) -> bytes:
    """Return a field that holds bytes: a text or a message."""
    return varint(key(field, BYTES)) + varint(len(body)) + body


def number(field: int, value: int) -> bytes:
    """Return a field that holds a number of 0 or more."""
    return varint(key(field, VARINT)) + varint(value)


def double(field: int, value: float) -> bytes:
    """Return a field that holds a double."""
    return varint(key(field, FIXED64)) + struct.pack("<d", value)


def zigzag(values: np.ndarray) -> np.ndarray:
    """Return signed numbers, any shape, as uint64 that are small when those are near zero."""
    wide = values.astype(np.int64)
    return ((wide << 1) ^ (wide >> 63)).astype(np.uint64)


def sizes(values: np.ndarray) -> np.ndarray:
    """Return how many bytes each of uint64 numbers, shape (n,), takes as a varint: int64."""
    count = np.ones(len(values), dtype=np.int64)
    top = int(values.max()) if len(values) else 0
    for power in range(1, _LONGEST):
        if top >> (7 * power) == 0:
            break
        count += values >= np.uint64(1 << (7 * power))
    return count


def varints(values: np.ndarray) -> bytes:
    """Return uint64 numbers, shape (n,), as varints one after the other."""
    count = sizes(values)
    ends = np.cumsum(count)
    out = np.zeros(int(ends[-1]) if len(ends) else 0, dtype=np.uint8)
    for place in range(int(count.max(initial=0))):
        rows = np.flatnonzero(count > place) if place else slice(None)
        part = (values[rows] >> np.uint64(7 * place)) & np.uint64(127)
        goes_on = (count[rows] > place + 1).astype(np.uint8) << 7
        out[ends[rows] - count[rows] + place] = part.astype(np.uint8) | goes_on
    return out.tobytes()


def spans(starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return ``starts[i], starts[i] + 1, ...``, `counts[i]` of them, for every i in turn: int64."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - ends + counts, counts) + np.arange(total)


def interleave(*pieces: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Return the pieces of message 0, then those of message 1, and so on.

    Parameters
    ----------
    *pieces : tuple of (values, counts)
        The values of all messages in order, and how many of them each message has, shape (n,).

    Returns
    -------
    numpy.ndarray of uint64, shape (total,)
    """
    per_message = np.sum([counts for _, counts in pieces], axis=0)
    at = np.cumsum(per_message) - per_message
    out = np.empty(int(per_message.sum()), dtype=np.uint64)
    for values, counts in pieces:
        out[spans(at, counts)] = values
        at = at + counts
    return out


def sums(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the sum of each run of `counts[i]` values, 0 for an empty one; shape (n,)."""
    running = np.concatenate(([0], np.cumsum(values)))
    ends = np.cumsum(counts)
    return np.asarray(running[ends] - running[ends - counts])
