"""The colours of planning, read from palettes.yml: classes of land use, keyed by dictionary.

Below both floors that draw: QGIS projects, tiles and pages use the same colours.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from geo.model.layer import Colour
from geo.model.text import Frozen, Text

_FILE = Path(__file__).parent / "palettes.yml"


class LandUse(Frozen):
    """One class of land use.

    Attributes
    ----------
    codes : dict
        Dictionary of symbols (empty where there is only one) to the codes that mean this class.
    """

    id: str
    title: Text
    colour: Colour
    codes: dict[str, tuple[str, ...]]


class Palette(Frozen):
    """A table of classes with its colours.

    Attributes
    ----------
    verified : bool
        Whether the colours were compared with the text of the act.
    same_as : dict of str to str
        A dictionary whose codes mean what they mean in another.
    """

    verified: bool
    source: Text
    same_as: dict[str, str]
    classes: tuple[LandUse, ...]

    def keys(self, use: LandUse) -> tuple[str, ...]:
        """Return every key of a class: ``2003/ZL``, ``2021/L``; the bare code of a lone one."""
        books = {**use.codes, **{new: use.codes[old] for new, old in self.same_as.items()}}
        return tuple(
            f"{book}/{code}" if book else code for book, codes in books.items() for code in codes
        )


@cache
def palettes() -> dict[str, Palette]:
    """Return the palettes by name."""
    tables = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {name: Palette.model_validate(table) for name, table in tables.items()}
