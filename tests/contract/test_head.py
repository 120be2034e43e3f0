"""A head without an end is cut off by the server that people run, and it goes on answering."""

from __future__ import annotations

import socket
from contextlib import suppress
from urllib.parse import urlsplit


def test_an_endless_head_stops_nobody_else(served) -> None:
    address = urlsplit(served.url)
    place = (address.hostname, address.port)
    with socket.create_connection(place, timeout=20) as hostile:
        hostile.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
        with suppress(OSError):  # it hangs up in the middle
            for _ in range(500):
                hostile.sendall(b"a" * 1_000)
        with suppress(OSError):
            assert hostile.recv(12) in (b"HTTP/1.1 400", b"")
    with socket.create_connection(place, timeout=20) as polite:
        polite.sendall(b"GET /api/conformance HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert polite.recv(12) == b"HTTP/1.1 200"
