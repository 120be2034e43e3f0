"""Names that pages need in both languages and no YAML file holds."""

from __future__ import annotations

from geo.model.text import Text

THEMES: dict[str, Text] = {
    "population": Text(pl="Ludność", en="Population"),
    "spatial_planning": Text(pl="Planowanie przestrzenne", en="Spatial planning"),
    "environment_climate": Text(pl="Środowisko i klimat", en="Environment and climate"),
    "recreation": Text(pl="Rekreacja", en="Recreation"),
    "transport": Text(pl="Transport", en="Transport"),
    "education": Text(pl="Edukacja", en="Education"),
    "housing": Text(pl="Mieszkalnictwo", en="Housing"),
    "health": Text(pl="Zdrowie", en="Health"),
    "sport_culture": Text(pl="Sport i kultura", en="Sport and culture"),
    "civic_activity": Text(pl="Aktywność obywatelska", en="Civic activity"),
    "administration": Text(pl="Administracja", en="Administration"),
    "economy": Text(pl="Gospodarka", en="Economy"),
    "agriculture": Text(pl="Rolnictwo", en="Agriculture"),
    "finance": Text(pl="Finanse", en="Finance"),
    "safety": Text(pl="Bezpieczeństwo", en="Safety"),
    "water": Text(pl="Woda", en="Water"),
    "wastewater": Text(pl="Ścieki", en="Wastewater"),
    "energy": Text(pl="Energia", en="Energy"),
    "solid_waste": Text(pl="Odpady", en="Solid waste"),
    "telecommunication": Text(pl="Telekomunikacja", en="Telecommunication"),
}
"""The themes of cards, in the order of the start page."""

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
