"""The headers that every page of the portal leaves with."""

from __future__ import annotations

import hashlib

from starlette.requests import Request
from starlette.responses import Response

HEADERS: dict[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-cache",
}


def html(body: str | bytes, *, status: int = 200, **headers: str) -> Response:
    """Return a page with the security headers; `headers` overrides (``_`` for ``-``)."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(body, status, {**HEADERS, **named}, media_type="text/html")


def conditional(request: Request, response: Response) -> Response:
    """Answer 304 to a reader who has this very page."""
    tag = f'"{hashlib.sha256(response.body).hexdigest()[:20]}"'
    response.headers["ETag"] = tag
    if request.headers.get("if-none-match") != tag:
        return response
    body = ("content-length", "content-type")
    kept = {key: value for key, value in response.headers.items() if key not in body}
    return Response(status_code=304, headers=kept)
