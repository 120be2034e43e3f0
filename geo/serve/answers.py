"""Responses: headers that every answer carries, errors, compression, and 304."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo.errors import GeoError, rule

Answer = Callable[[Request], Response]
"""What answers the requests of one path."""

HTML = "text/html; charset=utf-8"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "worker-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
SECURITY = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""Sent with every answer, unless a page (an exported map) brings a policy of its own."""

_CODES = {
    400: "InvalidParameterValue", 404: "NotFound", 405: "MethodNotAllowed", 410: "Gone",
    503: "TooSlow",
}  # fmt: skip
_WORTH_BYTES = 1_400
"""Below one network packet compression saves nothing."""

_LARGE_BYTES = 1_000_000
"""From here on level 1: 46 ms for 4.9 MB, where level 9 takes 480."""


class SecurityHeaders:
    """ASGI middleware that adds :data:`SECURITY` to each response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, sending if scope["type"] == "http" else send)


def weak_tag(*parts: str) -> str:
    """Return a weak ETag: the same state and question, though not the same time stamp."""
    return f'W/"{hashlib.sha256("|".join(parts).encode()).hexdigest()[:24]}"'


def unchanged(headers: Headers, tag: str) -> bool:
    """Tell whether the client has the answer of this tag already (weak comparison)."""
    known = headers.get("if-none-match", "")
    mine = tag.removeprefix("W/")
    return known.strip() == "*" or mine in (
        one.strip().removeprefix("W/") for one in known.split(",")
    )


def known_already(request: Request, tag: str, changed_at: datetime | None = None) -> bool:
    """Tell whether the client need not be sent anything: by ETag, or else by the time."""
    if "if-none-match" in request.headers:
        return unchanged(request.headers, tag)
    since = request.headers.get("if-modified-since")
    if since is None or changed_at is None:
        return False
    try:
        return changed_at <= parsedate_to_datetime(since)
    except (ValueError, TypeError):  # no date, or one without a zone
        return False


def takes_gzip(headers: Headers) -> bool:
    """Tell whether the client reads gzip."""
    return "gzip" in headers.get("accept-encoding", "")


def validators(tag: str, changed_at: datetime | None = None) -> dict[str, str]:
    """Return the headers by which an answer is kept: always asked about, never trusted blindly.

    A version may be swapped at any moment, so that nobody may take an answer for fresh.
    """
    headers = {
        "ETag": tag, "Cache-Control": "public, no-cache", "Vary": "Accept, Accept-Encoding",
    }  # fmt: skip
    if changed_at is not None:
        headers["Last-Modified"] = format_datetime(changed_at, usegmt=True)
    return headers


def answer(
    request: Request,
    body: bytes,
    media_type: str,
    tag: str,
    more: Mapping[str, str] | None = None,
    changed_at: datetime | None = None,
) -> Response:
    """Return a response with its ETag, compressed where that pays, or 304.

    It runs in the request's own thread, so that compressing holds nobody else up.
    """
    headers = {**validators(tag, changed_at), **(more or {})}
    if known_already(request, tag, changed_at):
        return Response(status_code=304, headers=headers)
    if len(body) >= _WORTH_BYTES and takes_gzip(request.headers):
        body = gzip.compress(body, 1 if len(body) >= _LARGE_BYTES else 5, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers={**headers, "Content-Type": media_type})


def streamed(
    request: Request, parts: Iterator[bytes], media_type: str, headers: Mapping[str, str]
) -> Response:
    """Return a response that is made while it is sent: a part of it is in memory at a time."""
    sent = {**headers, "Content-Type": media_type}
    if takes_gzip(request.headers):
        sent["Content-Encoding"] = "gzip"
        parts = _packed(parts)
    return StreamingResponse(parts, headers=sent)


def _packed(parts: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(1, wbits=31)
    for part in parts:
        yield packer.compress(part)
    yield packer.flush()


def as_document(error: GeoError) -> tuple[int, dict[str, str]]:
    """Return the status of an error and its body, in the words of pygeoapi's exceptions."""
    parts = [f"{error.where}: {error.what}" if error.where else error.what, error.fix]
    status = rule(error).http_status
    return status, exception(status, ". ".join(part for part in parts if part))


def exception(status: int, description: str) -> dict[str, str]:
    """Return the body of an exception as the OpenAPI document declares it."""
    code = _CODES.get(status, "NoApplicableCode")
    return {"code": code, "type": code, "description": description}


def problem(
    status: int, body: Mapping[str, str], more: Mapping[str, str] | None = None
) -> Response:
    """Return an error as JSON; nothing keeps it."""
    headers = {**SECURITY, "Cache-Control": "no-store", **(more or {})}
    return Response(
        orjson.dumps(body), status_code=status, headers=headers, media_type="application/json"
    )
