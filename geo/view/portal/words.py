"""Names that pages need in both languages and no YAML file holds."""

from __future__ import annotations

from geo.model.text import Text
from geo.model.themes import THEMES
from geo.view.qgis.contents import GROUPS

__all__ = ["CONFORMANCE", "DIRECTIONS", "FAMILIES", "GROUPS", "MEASURES", "THEMES"]

DIRECTIONS: dict[str, Text] = {
    "up": Text(pl="im więcej, tym lepiej", en="more is better"),
    "down": Text(pl="im mniej, tym lepiej", en="less is better"),
    "none": Text(
        pl="ani więcej, ani mniej nie znaczy lepiej", en="neither more nor less is better"
    ),
}
CONFORMANCE: dict[str, Text] = {
    "exact": Text(pl="zgodnie z normą", en="as the standard says"),
    "adapted": Text(pl="norma dostosowana", en="adapted from the standard"),
    "proxy": Text(pl="przybliżenie normy", en="a proxy for the standard"),
}
MEASURES: dict[str, Text] = {
    "area": Text(pl="powierzchnia", en="area"),
    "length": Text(pl="długość", en="length"),
    "count": Text(pl="liczba obiektów", en="number of features"),
    "sum": Text(pl="suma pola", en="sum of the field"),
}
FAMILIES: dict[str, Text] = {
    "point": Text(pl="punkty", en="points"),
    "line": Text(pl="linie", en="lines"),
    "polygon": Text(pl="obszary", en="areas"),
}
