"""A request's head without an end is refused; a long body is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import uvicorn

from geo.limits import limit
from geo.serve.protocol import BoundedProtocol


class Wire:
    """The transport of a connection: what was written, and whether it was closed."""

    def __init__(self) -> None:
        self.written = b""
        self.closed = False

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, name: str) -> object:
        return {"sockname": ("127.0.0.1", 1), "peername": ("127.0.0.1", 2)}.get(name)

    def set_protocol(self, protocol: object) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


async def _nothing(scope, receive, send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def wire() -> Iterator[tuple[BoundedProtocol, Wire]]:
    import asyncio

    config = uvicorn.Config(_nothing, ws="none", log_level="critical")
    config.load()
    server = uvicorn.Server(config)
    loop = asyncio.new_event_loop()
    protocol = BoundedProtocol(config, server.server_state, {}, loop)
    made = Wire()
    protocol.connection_made(made)
    yield protocol, made
    loop.run_until_complete(asyncio.sleep(0))
    protocol.connection_lost(None)
    loop.close()


@pytest.mark.parametrize("line", [b"X-Long: ", b"Cookie: a="])
def test_an_endless_header_is_cut_off(wire, line: bytes) -> None:
    protocol, made = wire
    protocol.data_received(b"GET / HTTP/1.1\r\nHost: a\r\n" + line)
    sent = 0
    while not made.closed and sent < 10 * limit("head_bytes"):
        protocol.data_received(b"a" * 1_000)
        sent += 1_000
    assert made.closed
    assert b" 400 " in made.written
    assert sent <= limit("head_bytes") + 1_000


def test_endless_headers_and_an_endless_address_are_cut_off(wire) -> None:
    protocol, made = wire
    protocol.data_received(b"GET /")
    for _ in range(2 * limit("head_bytes") // 1_000):
        if made.closed:
            break
        protocol.data_received(b"a" * 1_000)
    assert made.closed


def test_a_long_body_is_no_long_head(wire) -> None:
    protocol, made = wire
    size = 3 * limit("head_bytes")
    head = f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n"
    protocol.data_received(head.encode())
    protocol.data_received(b"a" * size)
    assert not made.closed
