"""Words that fill the messages: types of values, and what mends the wrong kind of geometry."""

from __future__ import annotations

from geo.model.layer import Family, FieldType
from geo.model.text import Text

TYPES: dict[FieldType, Text] = {
    "string": Text(pl="tekst", en="text"),
    "integer": Text(pl="liczba całkowita", en="a whole number"),
    "number": Text(pl="liczba", en="a number"),
    "boolean": Text(pl="prawda/fałsz", en="true/false"),
    "date": Text(pl="data", en="a date"),
    "datetime": Text(pl="data i czas", en="a date and time"),
}
CELLS = {
    "codes": Text(pl="liczbami całkowitymi", en="whole numbers"),
    "numbers": Text(pl="liczbami rzeczywistymi", en="real numbers"),
}
"""What the cells of a raster are to be."""

_FAMILY: dict[str, Family] = {"Point": "point", "LineString": "line", "Polygon": "polygon"}
_RIGHT_LAYER = Text(
    pl="opublikuj plik w warstwie tego rodzaju albo wyeksportuj właściwy plik",
    en="publish the file as a layer of that kind, or export the right file",
)
_PARTS = Text(
    pl="rozdziel je na pojedyncze (QGIS: Wieloczęściowe na pojedyncze)",
    en="take them apart (QGIS: Multipart to singleparts)",
)
_BETWEEN: dict[tuple[Family, Family], Text] = {
    ("line", "polygon"): Text(
        pl="jeśli linie są zamkniętymi obrysami, zamień je (QGIS: Linie na poligony); jeśli nie,",
        en="if the lines are closed outlines, turn them (QGIS: Lines to polygons); if not,",
    ),
    ("polygon", "line"): Text(
        pl="jeśli potrzebne są obrysy, zamień je (QGIS: Poligony na linie); jeśli nie,",
        en="if outlines are wanted, turn them (QGIS: Polygons to lines); if not,",
    ),
    ("polygon", "point"): Text(
        pl="jeśli wystarczą środki, zamień je (QGIS: Centroidy); jeśli nie,",
        en="if centres are enough, turn them (QGIS: Centroids); if not,",
    ),
}


def mended_kind(found: str, wanted: Family) -> Text:
    """Return what mends geometry of the type `found` in a layer of the family `wanted`."""
    family = _FAMILY.get(found.removeprefix("Multi"))
    if family == wanted:
        return _PARTS
    if family is None:
        return Text(
            pl=f"{_PARTS.pl} i zostaw te właściwego rodzaju",
            en=f"{_PARTS.en}, and keep those of the right kind",
        )
    before = _BETWEEN.get((family, wanted))
    if before is None:
        return _RIGHT_LAYER
    return Text(pl=f"{before.pl} {_RIGHT_LAYER.pl}", en=f"{before.en} {_RIGHT_LAYER.en}")
