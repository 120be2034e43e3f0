"""The encoding of a Shapefile's texts, from its .cpg, else from the bytes of its .dbf."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_SAMPLE = 16 << 20
_POLISH = frozenset("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ")
_LANGUAGE_DRIVERS = {0xC8: "CP1250", 0x64: "CP852"}
"""Byte 29 of a .dbf where it is unambiguous: Windows and DOS for Central Europe."""


@dataclass(frozen=True)
class Encoding:
    """An encoding and, when it was not declared, why it was taken."""

    name: str
    assumed_because: str = ""


def of_shapefile(path: Path) -> Encoding | None:
    """Return the encoding of a Shapefile; None when its .cpg declares one, which GDAL follows.

    Without a .cpg: the language byte where it says CP1250 or CP852; UTF-8 when every byte
    beyond ASCII fits it; else CP1250 or ISO-8859-2, whichever reads more Polish letters.
    """
    if path.with_suffix(".cpg").is_file():
        return None
    head, texts = _read(path.with_suffix(".dbf"))
    declared = _LANGUAGE_DRIVERS.get(head[29]) if len(head) > 29 else None
    if declared:
        return Encoding(declared)
    if texts.isascii():
        return Encoding("UTF-8", "only ASCII")
    try:
        texts.decode("utf-8")
    except UnicodeDecodeError as error:
        # The sample may end inside a letter.
        if error.start < len(texts) - 3:
            return _central_european(texts)
    return Encoding("UTF-8", "valid UTF-8")


def _central_european(texts: bytes) -> Encoding:
    scores = {
        name: sum(letter in _POLISH for letter in texts.decode(name, "replace"))
        for name in ("CP1250", "ISO-8859-2")
    }
    best = "ISO-8859-2" if scores["ISO-8859-2"] > scores["CP1250"] else "CP1250"
    return Encoding(best, f"{scores[best]} Polish letters")


def _read(path: Path) -> tuple[bytes, bytes]:
    with path.open("rb") as file:
        head = file.read(32)
        size = int.from_bytes(head[8:10], "little")
        file.seek(max(size, 32))
        return head, file.read(_SAMPLE)
