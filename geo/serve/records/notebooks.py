"""The notebooks of a project: found by their files, named by their first cell."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from geo.model.text import Text

LOGGER = logging.getLogger(__name__)
MEDIA_TYPE = "application/x-ipynb+json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MARKS = re.compile(r"[*_`#]+|\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True)
class Notebook:
    """A lesson or tutorial.

    Attributes
    ----------
    name : str
        The file's name without its ending.
    licence : str
        ``metadata.license`` of the notebook, an SPDX identifier; empty: it says none.
    """

    name: str
    path: Path
    title: Text
    description: Text
    licence: str


def notebooks(root: Path) -> list[Notebook]:
    """Return the notebooks of a project by name; one that is broken is left out.

    Parameters
    ----------
    root : Path
        The project's folder.
    """
    found = sorted((root / "notebooks").glob("*.ipynb"))
    return [each for each in map(_read, found) if each is not None]


def _read(path: Path) -> Notebook | None:
    if not _NAME.fullmatch(path.stem):
        return None
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        cells = document["cells"]
        first = "".join(cells[0]["source"]) if cells else ""
        licence = str(document.get("metadata", {}).get("license", ""))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        LOGGER.warning("%s is no notebook", path.name)
        return None
    title, described = _told(first)
    name = Text(pl=path.stem, en=path.stem)
    return Notebook(path.stem, path, title or name, described or title or name, licence)


def _told(source: str) -> tuple[Text | None, Text | None]:
    """Return title and first paragraph of a cell: Polish, and English in italics after it."""
    lines = [line.strip() for line in source.splitlines()]
    polish = next((line.lstrip("# ") for line in lines if line.startswith("# ")), "")
    paragraphs = list(_paragraphs(lines))
    english = [_plain(each) for each in paragraphs if each.startswith("*")]
    plain = [_plain(each) for each in paragraphs if not each.startswith(("*", "#"))]
    if not polish:
        return None, None
    # The English title stands in italics under the heading.
    title = Text(pl=_plain(polish), en=english[0] if english else _plain(polish))
    text = plain[0] if plain else ""
    return title, Text(pl=text, en=english[1] if len(english) > 1 else text) if text else None


def _paragraphs(lines: list[str]) -> Iterator[str]:
    kept: list[str] = []
    for line in [*lines, ""]:
        if line and not line.startswith("#"):
            kept.append(line)
        elif kept:
            yield " ".join(kept)
            kept = []


def _plain(text: str) -> str:
    return " ".join(_MARKS.sub(lambda found: found[1] or "", text).split())
