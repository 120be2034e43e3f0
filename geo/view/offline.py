"""One HTML file that holds its scripts and styles, and may fetch nothing."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from html import unescape
from typing import Any

from markupsafe import Markup

from geo.look import STATIC as LOOK
from geo.model import Project
from geo.model.text import Language
from geo.view.rendering import STATIC, render

_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')


def page(
    template: str,
    project: Project,
    language: Language,
    *,
    body: str,
    script: str,
    **context: Any,  # noqa: ANN401 - whatever the template names
) -> str:
    """Return a page around a Leaflet map; its own policy names its scripts by their hashes.

    Parameters
    ----------
    body : str
        The map's HTML, trusted: every text of the city in it is escaped already.
    script : str
        The map's JavaScript, trusted likewise.
    """
    scripts = [_leaflet_js(), script]
    styles = [_leaflet_css(), (STATIC / "map.css").read_text(encoding="utf-8")]
    rule = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hashes(scripts)}",
            f"style-src {_hashes(styles)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    return render(
        template,
        project,
        language,
        "/",
        policy=rule,
        scripts=[Markup(each) for each in scripts],  # noqa: S704 - see above
        styles=[Markup(each) for each in styles],  # noqa: S704 - our own files
        body=Markup(body),  # noqa: S704 - see above
        **context,
    )


def policy(html: str) -> str:
    """Return the content security policy that a page carries, for its HTTP header."""
    found = _POLICY.search(html)
    if found is None:
        raise ValueError("not a page of this module")
    return f"{unescape(found[1])}; frame-ancestors 'none'"


def _hashes(texts: Sequence[str]) -> str:
    digests = (hashlib.sha256(text.encode()).digest() for text in texts)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


@cache
def _leaflet_js() -> str:
    text = (LOOK / "vendor" / "leaflet" / "leaflet.js").read_text(encoding="utf-8")
    return re.sub(r"\n//# sourceMappingURL=.*", "", text)


@cache
def _leaflet_css() -> str:
    """Return Leaflet's style with its images inside."""
    folder = LOOK / "vendor" / "leaflet"

    def inline(found: re.Match[str]) -> str:
        data = base64.b64encode((folder / found[1]).read_bytes()).decode()
        return f"url(data:image/png;base64,{data})"

    css = (folder / "leaflet.css").read_text(encoding="utf-8")
    return re.sub(r"url\((images/[a-z0-9-]+\.png)\)", inline, css)
